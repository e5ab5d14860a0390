/*
 * table.h
 *		Reading and writing our tables without SQL; for the files of src/store only.
 *
 * A container that starts and runs one revision uses a fresh backend, which would
 * spend most of its time in planning our queries.  So the functions that such a start
 * needs read and write the tables directly; all others use SQL.  This code checks no
 * rights on the tables: EXECUTE on a function of the extension is enough.
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
	int		   *columns;		/* positions of the columns asked for */
	SysScanDesc scan;
	Datum	   *values;			/* of the current row, by column asked for */
	bool	   *nulls;
	Datum	   *row;			/* all columns of the current row */
	bool	   *row_nulls;
} TableReader;

/*
 * Open a table to read these columns.  fresh: as for store_load().
 * Errors: 42P01, 42809, 42703 or 42804 if somebody dropped, replaced or changed the table.
 */
extern TableReader *table_reader_open(const char *table, const char *const *columns, int ncolumns,
									  bool fresh);

/*
 * Begin a scan of the whole table (index NULL) or through an index.  With a key, only
 * rows that have this text in the first column asked for.  If the index does not exist,
 * the scan reads the whole table, so the caller must check the condition of a partial index.
 */
extern void table_reader_scan(TableReader *reader, const char *index, const char *key);

/*
 * Read the next row into reader->values, valid until the next call; returns false if there is
 * none.  tid may be NULL.
 */
extern bool table_reader_next(TableReader *reader, ItemPointer tid);

/* End the scan; the reader can begin another one. */
extern void table_reader_rescan(TableReader *reader);

extern void table_reader_close(TableReader *reader);

/* A table to write to; the server checks constraints and foreign keys. */
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
