/*
 * rehearse_private.h
 *		What the files of a rehearsal share: rehearse.c runs it, sample.c takes the rows,
 *		row_prints.c reads and compares them.
 */
#ifndef MIGRATE_REHEARSE_PRIVATE_H
#define MIGRATE_REHEARSE_PRIVATE_H

#include "author/rehearse.h"
#include "kinds/object.h"
#include "shadow/shadow.h"

/* ------------------------------------------------------------------ sample.c */

/*
 * Raises 42501 if the caller may not read the rows of a table, or row-level security hides them.
 */
extern void sample_require_rows(const SchemaSnapshot *live);

/*
 * In a shadow that holds a copy of the live schema: copy some rows into its tables, without firing
 * triggers or checking foreign keys.  Returns how many rows the tables have then.
 */
extern int64 sample_rows(Shadow *shadow, const SchemaSnapshot *live, int rows);

/* -------------------------------------------------------------- row_prints.c */

/* The rows of a table.  Each value is a hash of its text. */
typedef struct TablePrints
{
	const char *table;			/* quoted, with its schema */
	uint64		signature;		/* a hash of the files, the columns and the
								 * numbers of rows written: if it is the same,
								 * the rows are the same */
	int			ncolumns;
	char	  **columns;		/* unquoted */
	List	   *key;			/* char *: the columns of the primary key; NIL
								 * if there is none */
	int64		nrows;
	uint64	   *values;			/* the hashes, row after row; 0 for NULL */
} TablePrints;

/*
 * Reads all tables of these schemas.  A table whose signature has not changed since it was read for
 * known, a list of TablePrints, is taken from there.
 */
extern List *prints_of_tables(int nschemas, char **schemas, List *known);

/*
 * Compares two lists of TablePrints.  Returns the lost, changed and added values and rows as a list
 * of Finding, without step and revision.
 */
extern List *prints_compare(List *before, List *after);

#endif							/* MIGRATE_REHEARSE_PRIVATE_H */
