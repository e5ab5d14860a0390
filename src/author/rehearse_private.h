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
 * 42501 for a table that has rows which the caller may not read, or which row-level security hides.
 */
extern void sample_require_rows(const SchemaSnapshot *live);

/*
 * In a shadow that holds a copy of the live schema: fill its tables.  Returns how many rows they
 * have then. Triggers do not fire and foreign keys are not checked meanwhile.
 */
extern int64 sample_rows(Shadow *shadow, const SchemaSnapshot *live, int rows);

/* -------------------------------------------------------------- row_prints.c */

/* The rows of a table, each value as a number that differs where the value does. */
typedef struct TablePrints
{
	const char *table;			/* quoted, with its schema */
	uint64		signature;		/* of the files, the columns and what has been
								 * written: where it is the same, so are the
								 * rows */
	int			ncolumns;
	char	  **columns;		/* unquoted */
	List	   *key;			/* char *: the columns of the primary key;
								 * NIL: it has none */
	int64		nrows;
	uint64	   *values;			/* row after row; 0 is NULL */
} TablePrints;

/*
 * Read all tables of these schemas (char **).  Those whose signature is that of the same table in
 * known (TablePrints) are taken from there.
 */
extern List *prints_of_tables(int nschemas, char **schemas, List *known);

/*
 * Say what of the rows before (TablePrints) is not as it was in after, as Finding without step and
 * revision.
 */
extern List *prints_compare(List *before, List *after);

#endif							/* MIGRATE_REHEARSE_PRIVATE_H */
