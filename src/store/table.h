/*
 * table.h
 *		Reading and writing our tables without SQL; for the files of src/store only.
 *
 * A start of a container with one revision to run is a fresh backend, which
 * would spend most of its time in planning our queries.  So what such a start
 * needs reads and writes the tables directly; everything else is SQL.  Rights
 * are not looked at here: whoever may call the function may have it done.
 */
#ifndef MIGRATE_TABLE_H
#define MIGRATE_TABLE_H

#include "postgres.h"

#include "access/genam.h"
#include "executor/tuptable.h"
#include "nodes/execnodes.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

/* A table that is being read. */
typedef struct TableReader
{
	Relation	rel;
	Snapshot	snapshot;
	int			ncolumns;
	int		   *columns;		/* where the columns asked for are */
	SysScanDesc scan;
	Datum	   *values;			/* of the row at hand, by column asked for */
	bool	   *nulls;
	Datum	   *row;			/* all columns */
	bool	   *row_nulls;
} TableReader;

/*
 * Open a table to read these columns.  fresh as for store_load().
 * Errors: 42P01, 42703 if it is not as it should be.
 */
extern TableReader *table_reader_open(const char *table, const char *const *columns, int ncolumns, bool fresh);

/*
 * Begin to read: everything (index NULL), or by an index; with a key, the row
 * that has this text in the first column asked for.
 */
extern void table_reader_scan(TableReader *reader, const char *index, const char *key);

/* The next row, in reader->values, valid until the next call; false if there is none. The tid may be NULL. */
extern bool table_reader_next(TableReader *reader, ItemPointer tid);

/* End reading, not the reader. */
extern void table_reader_rescan(TableReader *reader);

extern void table_reader_close(TableReader *reader);

/* A table that rows are inserted into; constraints and foreign keys are checked. */
typedef struct TableWriter
{
	Relation	rel;
	int			ncolumns;
	int		   *columns;
	EState	   *estate;
	ResultRelInfo *info;
	TupleTableSlot *slot;
} TableWriter;

extern TableWriter *table_writer_open(const char *table, const char *const *columns, int ncolumns);
extern void table_writer_insert(TableWriter *writer, const Datum *values, const bool *nulls);
extern void table_writer_delete(TableWriter *writer, ItemPointer tid);
extern void table_writer_close(TableWriter *writer);

#endif							/* MIGRATE_TABLE_H */
