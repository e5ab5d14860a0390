/*
 * run.h
 *		Do it: run a plan, or write it down as a script.
 */
#ifndef MIGRATE_RUN_H
#define MIGRATE_RUN_H

#include "postgres.h"

#include "script/script.h"
#include "store/store.h"

/* ------------------------------------------------------------------ lock.c */

/*
 * Take the migration lock until the end of the transaction: one session at a
 * time migrates or writes revisions.  Waits as long as migrate.wait_timeout
 * says, and says so in a NOTICE.
 * Errors: MG025 if the wait was refused or too long; 40001 if the transaction cannot see what
 * another session has done since it began.
 */
extern void lock_migrations(void);

/* Who holds it: a process number, or 0; what is known of it is printed into *description. */
extern int	lock_holder(char **description);

/*
 * Refuse where nothing can be written, with 25006: on a standby and in a read-only transaction.
 * function is the name of what was called.
 */
extern void require_writable(const char *function);

/* --------------------------------------------------------------- execute.c */

/*
 * Run one direction of one revision in the current transaction, with the
 * caller's privileges and settings.  Settings that it changes are put back.
 * Errors: whatever its SQL raises, with the revision, the statement and its line as context.
 */
extern void execute_script(const char *sql, bool marked, const ScriptOrigin *origin);

/* ------------------------------------------------------------------ enum.c */

/*
 * Let enum values that were added in this transaction be used in it, if all of
 * them belong to types that were made in it as well.
 */
extern void allow_new_enum_values(void);

/* ---------------------------------------------------------------- atomic.c */

/*
 * Run upgrade, downgrade or stamp in the caller's transaction.  Returns the
 * version rows afterwards, sorted.
 */
extern void run_upgrade(const char *target, char ***rows, int *nrows);
extern void run_downgrade(const char *target, char ***rows, int *nrows);
extern void run_stamp(const char *target, bool purge, char ***rows, int *nrows);

/* Refuse to be called from inside a running revision, with 55000. */
extern void run_refuse_nested(const char *function);

/* --------------------------------------------------------------- offline.c */

/* The plan as a script for psql. */
extern char *offline_script(const Store *store, const MigrationPlan *plan);

#endif							/* MIGRATE_RUN_H */
