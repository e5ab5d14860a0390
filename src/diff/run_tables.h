/*
 * run_tables.h
 *		Tables that an extension runs: hypertables, distributed tables, sets of partitions.
 *
 * They are compared as the tables that they are.  What makes a table such a one is a call of the
 * extension's, which a model may leave out and a revision may not.  So it is written where only the
 * schema wanted has it, it is taken back where the table goes, and nowhere else.
 *
 * Memory: results are allocated in the context that is current in the call and are never freed
 * singly.
 */
#ifndef MIGRATE_RUN_TABLES_H
#define MIGRATE_RUN_TABLES_H

#include "diff/diff.h"
#include "kinds/changes.h"

/*
 * What makes tables such ones, when they are there, and what takes that back, before anything else:
 * SchemaChange *.  A comment where nobody knows what does.
 */
extern List *run_tables_made(const SchemaSnapshot *from, const SchemaSnapshot *to);
extern List *run_tables_undone(const SchemaSnapshot *from, const SchemaSnapshot *to);

/*
 * Before revisions are written that lead from one to the other and back: both snapshots keep of
 * the tables that extensions run those about which there is something to be done.  The first one
 * knows the others as kept.
 * Errors: as run_tables_require_known().
 */
extern void run_tables_settle(SchemaSnapshot *from, SchemaSnapshot *to);

/* Errors: MG033 where nobody knows what makes a table that is new or gone. */
extern void run_tables_require_known(const SchemaSnapshot *from, const SchemaSnapshot *to);

/* Errors: MG033 for a change that no proof may run, where all of it has to be proven. */
extern void run_tables_require_tried(const SchemaDiff *diff);

/* Errors: MG033 for a table that would be made anew, without what its extension knows of it. */
extern void run_tables_require_kept(const Changes *changes);

/*
 * Errors: MG033 for a table that a rename gives another name: its extension may know it by the old
 * one.
 */
extern void run_tables_require_names(const SchemaSnapshot *before, const SchemaSnapshot *renamed);

/* The same snapshot with these tables as those that extensions run. */
extern SchemaSnapshot *run_tables_only(const SchemaSnapshot *snapshot, List *run_tables);

/* Those of them that a proof may make. */
extern List *run_tables_tried(const SchemaSnapshot *snapshot);

#endif							/* MIGRATE_RUN_TABLES_H */
