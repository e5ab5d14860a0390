/*
 * exec.h
 *		Runs statements with the caller's rights, inside a transaction or as transactions
 *		of their own.
 */
#ifndef MIGRATE_EXEC_H
#define MIGRATE_EXEC_H

#include "postgres.h"

#include "script/script.h"
#include "tcop/dest.h"

/* --------------------------------------------------------------- execute.c */

/*
 * Run the statements first .. first + n - 1 of a script in the current transaction, with the
 * caller's rights and settings.  Leaves out transaction control, and CONCURRENTLY in a statement.
 * Returns how many rows the last statement processed, or -1 if it has no row count.
 */
extern int64 execute_statements(const Script *script, const ScriptOrigin *origin, int first, int n);

/*
 * The same with hooks: before() says whether to run a statement, and after() is called when
 * it has run.  An error in a hook gets the statement's context.
 */
typedef struct StatementHooks
{
	bool		(*before) (int number, void *arg);
	void		(*after) (int number, void *arg);
	void	   *arg;
	bool		new_values_wait;	/* forbid new enum values until the
									 * commit, even those of new types */
	DestReceiver *rows;			/* who gets the rows of queries, or NULL */
} StatementHooks;

extern int64 execute_hooked(const Script *script, const ScriptOrigin *origin, int first, int n,
							const StatementHooks *hooks);

/*
 * Functions that are called before and after each statement, and for each of its errors, to watch
 * its locks.  patience.c sets them while a try runs.
 */
typedef struct LockWatch
{
	void		(*before_statement) (void);
	void		(*note_error) (int sqlerrcode);
	void		(*after_statement) (void);
} LockWatch;

extern const LockWatch *execute_lock_watch;

/*
 * Give the transaction the isolation level that these statements need.  Call it before the
 * transaction's first query and outside subtransactions.
 */
extern void execute_set_isolation(const Script *script, int first, int n);

/*
 * Returns what is running, for messages, palloc'd: revision "1b2c" (Add phone), upgrade; or: model
 */
extern char *execute_subject(const ScriptOrigin *origin);

/* In ereport(): add the context of statement i to an error found after it has run; returns 0. */
extern int	execute_errcontext(const Script *script, const ScriptOrigin *origin, int i);

/* Restart statement_timeout, with its current value. */
extern void execute_restart_timeout(void);

/* Run the deferred checks and triggers of these constraints (RangeVar), or of all for NIL, now. */
extern void execute_deferred(const ScriptOrigin *origin, List *constraints);

/*
 * Would the deferred checks and triggers fail if the transaction committed now?  Tries it in a
 * subtransaction that it rolls back, if rows may have been changed since the last call, or
 * always.  *failure is the error, in the current memory context, or NULL.  Returns false, without
 * setting *failure, if it did not try.
 * Errors: lock timeout, deadlock, cancel.
 */
extern bool execute_try_deferred(const ScriptOrigin *origin, bool always, ErrorData **failure);

/*
 * Does this error of the statement say that it cannot run inside a transaction, where it is a
 * utility statement?
 */
extern bool execute_has_to_be_alone(const Statement *stmt, int sqlerrcode);

/*
 * Run one utility statement as if the client had sent it, so that it may commit.  Only for a
 * procedure called at top level, in a new transaction.
 */
extern void execute_toplevel(const Script *script, const ScriptOrigin *origin, int number);

/* -------------------------------------------------------------- as_owner.c */

typedef struct RoleBefore
{
	Oid			user;
	int			context;
} RoleBefore;

/*
 * Be the owner of a table, in a security-restricted operation, until as_owner_end() or the end of
 * the subtransaction, which an error brings.
 */
extern RoleBefore as_owner_begin(Oid owner);
extern void as_owner_end(RoleBefore before);

/* ---------------------------------------------------------------- undone.c */

/*
 * Call body(arg) in a subtransaction and roll that back in any case.  Returns NULL, or the error of
 * body, which the caller has to raise again or to free, in the current memory context.  What body
 * allocates in CurTransactionContext goes with the subtransaction.
 */
extern ErrorData *run_undone(void (*body) (void *arg), void *arg);

/*
 * Does the error say nothing of what was tried: a cancel, a shutdown, no memory or space left?  Who
 * tries things out has to raise it again.
 */
extern bool error_ends_the_call(const ErrorData *error);

/* ------------------------------------------------------------- questions.c */

/*
 * Ask what a revision requires or verifies, in a subtransaction that may not write and is rolled
 * back.  text may be NULL.
 * Errors: MG028 or MG029 for one that does not hold; 42804 for one whose first column is no
 * boolean; 25006 for one that writes; and its own.
 */
extern void execute_questions(const char *text, const ScriptOrigin *origin);

/*
 * The same for who runs the statements himself: the rows of each go to this receiver, which is
 * allocated in the current context; and once it has run, raise if it does not hold.
 */
extern DestReceiver *questions_receiver(void);
extern void questions_judge(DestReceiver *receiver, const Script *script,
							const ScriptOrigin *origin, int number);

/* -------------------------------------------------------------- progress.c
 *
 * The query text of this session in pg_stat_activity, which the view migrate.progress reads.
 */

/* Set the step that the next progress_statement() shows. */
extern void progress_step(const char *action, const char *revision, int step, int nsteps);

/* Show the step and this statement. */
extern void progress_statement(const Script *script, int number);

/* Show the client's query again. */
extern void progress_end(void);

/* ------------------------------------------------------- new_enum_values.c */

/*
 * Allow the use of enum values that this transaction has added, if it has also created
 * all their types.
 */
extern void allow_new_enum_values(void);

/*
 * While on, the (sub)transaction that is current now counts as "this transaction", instead of the
 * subtransactions inside it in which our code runs revisions.
 */
extern void enum_set_caller(bool on);

/* ------------------------------------------------------------ transaction.c */

/*
 * Set the tag of the run that begins, which is copied, or NULL: migrate.tag in this transaction
 * and in those that the two functions below begin.
 */
extern void online_set_tag(const char *tag);

/* Commit, and begin the next transaction, without a snapshot. */
extern void online_commit(void);

/* After a caught error: abort the transaction, and begin the next one. */
extern void online_abort(void);

/* Drop the portal's snapshot, if it still has one. */
extern void online_drop_snapshot(void);

/* Raises 25001 unless a procedure may commit here.  atomic: as the CALL context says. */
extern void online_require_toplevel(bool atomic);

/*
 * For a procedure that was called at top level: do this when its CALL is over, in the same
 * transaction and with a snapshot of the portal's, where no hook of anybody has the CALL on a stack
 * any more.  arg has to be in PortalContext itself.  Where the CALL is part of something else it is
 * done at once.
 */
extern void online_after_call(Oid procedure, void (*work) (void *arg), void *arg);

#endif							/* MIGRATE_EXEC_H */
