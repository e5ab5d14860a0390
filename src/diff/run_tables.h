/*
 * run_tables.h
 *		Tables that an extension runs: hypertables, distributed tables, sets of partitions.
 *
 * Memory: results are allocated in the context that is current in the call and are never freed singly.
 */
#ifndef MIGRATE_RUN_TABLES_H
#define MIGRATE_RUN_TABLES_H

#include "diff/diff.h"

/* Those of the second snapshot that the first has not: RunTable *. */
extern List *run_tables_new(const SchemaSnapshot *from, const SchemaSnapshot *to);

/* What makes them such tables, when the tables are there: SchemaChange *.  A comment where nobody knows. */
extern List *run_tables_changes(const SchemaSnapshot *from, const SchemaSnapshot *to);

/* Errors: 0A000 for one of which nobody knows. */
extern void run_tables_require(const SchemaSnapshot *from, const SchemaSnapshot *to);

#endif							/* MIGRATE_RUN_TABLES_H */
