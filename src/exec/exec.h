/*
 * exec.h
 *		Run statements: as the caller, inside a transaction or as transactions.
 */
#ifndef MIGRATE_EXEC_H
#define MIGRATE_EXEC_H

#include "postgres.h"

#include "script/script.h"

/* --------------------------------------------------------------- execute.c */

/*
 * With the caller's privileges and settings: some statements of a script in the current transaction.  Transaction control
 * among them is left out, CONCURRENTLY is run plainly.  Returns how many rows
 * the last one processed, or -1 if it does not count any.
 */
extern int64 execute_statements(const Script *script, const ScriptOrigin *origin, int first, int n);

/*
 * The same, asked before each statement whether to run it, and told when it has
 * run.  Errors of both have its context.
 */
typedef struct StatementHooks
{
	bool		(*before) (int number, void *arg);
	void		(*after) (int number, void *arg);
	void	   *arg;
	bool		new_values_wait;	/* new values of enums are not allowed to
									 * be used, whatever the age of their
									 * types */
} StatementHooks;

extern int64 execute_hooked(const Script *script, const ScriptOrigin *origin, int first, int n,
							const StatementHooks *hooks);

/*
 * What watches the locks of statements: it is told before and after each one, and of each error.  NULL:
 * nothing does.  patience.c sets it while a try runs.
 */
typedef struct LockWatch
{
	void		(*before_statement) (void);
	void		(*note_error) (int sqlerrcode);
	void		(*after_statement) (void);
} LockWatch;

extern const LockWatch *execute_lock_watch;

/*
 * Give the transaction the isolation level that these statements ask for; before its first query,
 * and not in a subtransaction.
 */
extern void execute_set_isolation(const Script *script, int first, int n);

/* In ereport(): the context of an error that is found when the statement has run. */
extern int	execute_errcontext(const Script *script, const ScriptOrigin *origin, int i);

/* Let statement_timeout count from now on, if there is one. */
extern void execute_restart_timeout(void);

/* Run what is deferred to the commit: of these constraints and triggers (RangeVar), or NIL for all. */
extern void execute_deferred(const ScriptOrigin *origin, List *constraints);

/*
 * If rows may have been changed since the last call, or always: would what is deferred to the
 * commit fail now?  *failure is NULL or the error, in the current memory context.
 * Returns false if there was nothing to try.
 * Errors: for want of a lock, and a cancel.
 */
extern bool execute_try_deferred(const ScriptOrigin *origin, bool always, ErrorData **failure);

/*
 * One utility statement as if the client had sent it: it may commit.  Only for a
 * procedure called at top level, in a new transaction.
 */
extern void execute_toplevel(const Script *script, const ScriptOrigin *origin, int number);

/* -------------------------------------------------------------- progress.c
 *
 * What pg_stat_activity shows of this session, and migrate.progress from it.
 */
extern void progress_step(const char *action, const char *revision, int step, int nsteps);
extern void progress_statement(const Script *script, int number);
extern void progress_end(void);

/* ------------------------------------------------------- new_enum_values.c */

/*
 * Let enum values that were added in this transaction be used in it, if all of
 * them belong to types that were made in it as well.
 */
extern void allow_new_enum_values(void);

/* While revisions run in subtransactions of ours, "this transaction" is the one that they were called in. */
extern void enum_set_caller(bool on);

/* ------------------------------------------------------------ transaction.c */

/* Commit, and begin the next transaction, which has no snapshot. */
extern void online_commit(void);

/* After an error that was caught: abort, and begin the next transaction. */
extern void online_abort(void);

/* Let go of the portal's snapshot, if there still is one. */
extern void online_drop_snapshot(void);

/* Raise 25001 unless a procedure may commit here. */
extern void online_require_toplevel(bool atomic);

#endif							/* MIGRATE_EXEC_H */
