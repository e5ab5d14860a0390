/*
 * run.h
 *		Runs a plan, tries it out, or writes it as a script.
 */
#ifndef MIGRATE_RUN_H
#define MIGRATE_RUN_H

#include "postgres.h"

#include "storage/lockdefs.h"

#include "exec/exec.h"
#include "store/store.h"

/* ------------------------------------------------------------------ lock.c */

/*
 * Take the migration lock until the end of the transaction: only one session at a
 * time migrates or writes revisions.  Waits for it up to migrate.wait_timeout, with a
 * NOTICE.
 * Errors: MG025 if the wait is refused or takes too long; 40001 if the transaction's snapshot
 * does not show what another session has migrated or written since.
 */
extern void lock_migrations(void);

/*
 * The same for an online run: the session holds the lock, through commits, until
 * unlock_session(), which must also be called after an error.  It waits without a
 * snapshot, so that nobody waits for it, and commits the current transaction.
 */
extern void lock_session(void);
extern void unlock_session(void);

/*
 * Also take a second lock.  While it is held, lock_migrations() in another session fails
 * at once with MG025 instead of waiting with a snapshot: the holder is going to wait until
 * all older snapshots are gone, so the two sessions would wait for each other.
 */
extern void lock_against_snapshots(void);

/* Time between two NOTICEs that say for whom this session waits, in ms. */
#define SAY_EVERY 10000

typedef enum WaitOutcome
{
	WAIT_ENDED,
	WAIT_TIMED_OUT,
	WAIT_DEADLOCK
} WaitOutcome;

/*
 * Call wait(arg) in a subtransaction of its own, with this lock_timeout in ms (0: no limit).
 * Returns WAIT_TIMED_OUT or, with outlives_deadlock, WAIT_DEADLOCK after such an error, which
 * rolls back the subtransaction.
 * Errors: those of wait; 40P01 unless outlives_deadlock.
 */
extern WaitOutcome lock_wait_at_most(int ms, void (*wait) (void *arg), void *arg,
									 bool outlives_deadlock);

/*
 * Returns the process that holds the migration lock, or 0 for none or a prepared transaction.
 * *description becomes a sentence about the holder, or NULL if nobody holds the lock.
 */
extern int	lock_holder(char **description);

/*
 * Raises 25006 on a standby and in a read-only transaction.  function is the name of the SQL
 * function, for the message.
 */
extern void require_writable(const char *function);

/* ---------------------------------------------------------------- atomic.c */

/*
 * What is asked before anything of an upgrade runs, with the migration lock held.  Not asked where
 * there is nothing to do.  Those who call the run pass it, since what it asks is above this room.
 */
typedef struct PlanGate
{
	/*
	 * Note what judge() will want to know the next time, too.  Returns
	 * whether anything was written, so that an online run can commit it.
	 */
	bool		(*note) (const Store *store, const MigrationPlan *plan);

	/* Raise an error to refuse the plan. */
	void		(*judge) (const Store *store, const MigrationPlan *plan);
} PlanGate;

/*
 * Run upgrade, downgrade or stamp in the caller's transaction.  Returns the
 * version rows afterwards, sorted.
 */
extern IdList run_upgrade(const char *target, const PlanGate *gate);
extern IdList run_downgrade(const char *target);
extern IdList run_stamp(const char *target, bool purge);

/* Raises 55000 if a revision is running in this session. */
extern void run_refuse_nested(const char *function);

/* Note which revision runs now; NULL for none.  Must be set to NULL after an error, too. */
extern void run_set_running(const char *revision);

/*
 * Raises MG020 if a step to downgrade has no script; with in_transaction MG024 if a step cannot run
 * in this transaction.
 */
extern void run_check_plan(const Store *store, const MigrationPlan *plan, bool in_transaction);

/* Returns the identifiers of the version rows, sorted; they belong to the graph. */
extern IdList run_row_names(const VersionState *state);

/* Change the state to what it is after the step; *log gets the version rows before and after. */
extern void run_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state,
						   LogRows *log);

/* Returns "upgrade", "downgrade" or "stamp". */
extern const char *run_step_action(const PlanStep *step);

/* ---------------------------------------------------------------- deploy.c */

/*
 * migrate.deploy() and migrate.revert(): run each revision in a transaction of its own, and each
 * statement of a revision that cannot run inside one.  procedure is the one that was called, atomic
 * as the CALL context says.  The run begins when the CALL is over: see online_after_call().
 * Errors: 25001 where the procedure may not commit; MG020, MG025, MG026; the revision's own.
 */
extern void run_deploy(const char *target, const PlanGate *gate, Oid procedure, bool atomic);
extern void run_revert(const char *target, Oid procedure, bool atomic);

/*
 * migrate.resolve(): the user says that a half-done revision is now "applied" or "rolled_back".
 * Returns the version rows afterwards, sorted.
 */
extern IdList run_resolve(const char *name, const char *outcome);

/*
 * Before an atomic call changes anything, with the migration lock held: set the outcome of log
 * entries of runs that a crash has rolled back.  Raises MG026 if a revision is half done.
 */
extern void run_check_interrupted(void);

/* ---------------------------------------------------------------- observe.c
 *
 * What statements do to relations that other sessions use.  One transaction or
 * subtransaction must last from observe_begin() to the last observe_after().
 */
typedef struct Observer Observer;

/* What one statement did.  The lists are of char *, sorted by relation. */
typedef struct Observation
{
	List	   *locks;			/* not held before: "AccessExclusiveLock on
								 * public.users" */
	List	   *rewritten;		/* tables and indexes */
	List	   *scanned;		/* tables read by a sequential scan */
	bool		knows_scans;	/* the server counts them (track_counts) */
	const char *blocks;			/* nothing, writes, reads and writes */
	int64		blocked_bytes;	/* of the largest table that is blocked, or -1 */
	const char *severity;		/* none, low, medium, high */
	const char *warning;		/* in words, or NULL */
} Observation;

/* Begin to observe; the result lives in the current memory context. */
extern Observer *observe_begin(void);

/*
 * Returns the strongest lock that a utility statement can take, and in *named the tables (Oid) that
 * it names and locks so.
 */
extern LOCKMODE observe_named(Node *node, List **named);

/* Begin a step: a relation that one of its statements blocks stays blocked until the step ends. */
extern void observe_step(Observer *observer, int step);

/*
 * Call these before and after a statement.  number: of the statement, 1-based; rows: as
 * execute_statements() returned it.  *result is allocated in the current memory context.
 */
extern void observe_before(Observer *observer, int number, const Statement *stmt);
extern void observe_after(Observer *observer, const Statement *stmt, int64 rows, int64 wal_bytes,
						  Observation *result);

/* ---------------------------------------------------------------- dry_run.c */

/* A statement of the plan. */
typedef struct DryRunRow
{
	int			step;
	const char *action;
	const char *revision;
	int			statement;		/* 0: checks deferred to the commit */
	const char *sql;
	const char *outcome;		/* ok, failed, skipped, not_run */
	bool		is_measured;	/* it ran to its end; if false, the next four
								 * are not set, except observed.warning */
	int64		duration_us;
	int64		rows;			/* -1: it has no row count */
	int64		wal_bytes;
	Observation observed;
	const char *sqlstate;		/* of the error, if it failed */
	const char *error;
	const char *error_context;
} DryRunRow;

/*
 * Run "upgrade" or "downgrade" in a subtransaction that is rolled back.
 * Returns a list of DryRunRow.
 * Errors: 22023 for another command; MG020, MG025, MG026; 57014.  An error in a
 * revision's own SQL becomes a row instead, and no later statement runs.
 */
extern List *run_dry(const char *command, const char *target);

/* ------------------------------------------------------- deploy.c, for others */

/*
 * Raises MG026 if this revision is half done.  what: the participle for the message, such as
 * "removed".
 */
extern void run_check_half_done(const char *revision, const char *what);

/* Raises MG026 for this entry.  can_go_on: the hint is to go on with deploy or revert. */
extern void run_raise_half_done(const OpenEntry *entry, const char *detail,
								bool can_go_on) pg_attribute_noreturn();

/* --------------------------------------------------------------- offline.c */

/*
 * Returns the plan as a script for psql, palloc'd; online: with a transaction for each revision.
 * Errors: MG020 for a downgrade that is not there; those of script_parse().
 */
extern char *offline_script(const Store *store, const MigrationPlan *plan, bool online);

#endif							/* MIGRATE_RUN_H */
