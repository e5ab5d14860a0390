/*
 * run.h
 *		Do it: run a plan, or write it down as a script.
 */
#ifndef MIGRATE_RUN_H
#define MIGRATE_RUN_H

#include "postgres.h"

#include "storage/lockdefs.h"

#include "exec/exec.h"
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

/*
 * The same for an online run: the lock is the session's and lives on through
 * commits, until unlock_session(), which after an error has to be called, too.
 * The wait is without a snapshot, so that it holds nobody up.
 */
extern void lock_session(void);
extern void unlock_session(void);

/*
 * While this lock is held as well, whoever cannot wait without a snapshot is
 * refused at once (MG025): the holder will wait for all snapshots to go.
 */
extern void lock_against_snapshots(void);

/* How often it is said for whom one waits, in ms. */
#define SAY_EVERY 10000

typedef enum WaitOutcome
{
	WAIT_ENDED,
	WAIT_TIMED_OUT,
	WAIT_DEADLOCK
} WaitOutcome;

/*
 * Call wait(arg) in a subtransaction of its own, with lock_timeout so many ms
 * (0: without a limit).  Unless it has ended, what the attempt had changed is
 * undone.
 * Errors: those of wait; 40P01 unless outlives_deadlock.
 */
extern WaitOutcome lock_wait_at_most(int ms, void (*wait) (void *arg), void *arg, bool outlives_deadlock);

/* Who holds it: a process number, or 0; what is known of it is printed into *description. */
extern int	lock_holder(char **description);

/*
 * Refuse where nothing can be written, with 25006: on a standby and in a read-only transaction.
 * function is the name of what was called.
 */
extern void require_writable(const char *function);

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

/* A revision runs now; NULL: no more.  To be undone in case of an error, too. */
extern void run_set_running(const char *revision);

/* Can every step be run?  MG020 if not, and MG024 if not inside a transaction. */
extern void run_check_plan(const Store *store, const MigrationPlan *plan, bool in_transaction);

/* The names of revisions, with room for one more; they belong to the graph. */
extern char **run_names(const Graph *graph, const RevList *list);

/* The names of the version rows; they belong to the graph. */
extern char **run_row_names(const VersionState *state, int *nrows);

/* Change the state as the step does, and write down for the log what its rows were and are. */
extern void run_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state, LogRows *log);

/* upgrade, downgrade or stamp */
extern const char *run_step_action(const PlanStep *step);

/* ---------------------------------------------------------------- deploy.c */

/*
 * deploy and revert: a transaction for each revision, and for each statement of
 * a revision that cannot run inside one.  atomic says how the procedure was
 * called.
 * Errors: 25001 where it may not commit; MG020, MG025, MG026; the revision's own.
 */
extern void run_deploy(const char *target, bool atomic);
extern void run_revert(const char *target, bool atomic);

/* A half-done revision is applied, or rolled back, says the user.  Returns the rows. */
extern void run_resolve(const char *name, const char *outcome, char ***rows, int *nrows);

/*
 * Before an atomic call changes anything, with the lock held: end the entries
 * of runs that a crash has rolled back, and refuse with MG026 if there is a
 * revision half done.
 */
extern void run_check_interrupted(void);

/* ---------------------------------------------------------------- observe.c
 *
 * What statements do to the relations that others use.  Only in a transaction
 * or subtransaction that lasts from observe_begin() to the last observe_after().
 */
typedef struct Observer Observer;

/* What one statement did.  Lists of char *, sorted by relation. */
typedef struct Observation
{
	List	   *locks;			/* newly taken: "AccessExclusiveLock on
								 * public.users" */
	List	   *rewritten;		/* tables and indexes */
	List	   *scanned;		/* tables read by a sequential scan */
	bool		knows_scans;	/* the server counts them (track_counts) */
	const char *blocks;			/* nothing, writes, reads and writes */
	int64		blocked_bytes;	/* of the largest table that is blocked, or -1 */
	const char *severity;		/* none, low, medium, high */
	const char *warning;		/* in words, or NULL */
} Observation;

extern Observer *observe_begin(void);

/* The tables that a utility statement names in order to lock them (Oid), and how. */
extern LOCKMODE observe_named(Node *node, List **named);

/* A step begins: what its statements block is blocked until it ends. */
extern void observe_step(Observer *observer, int step);

/* Before and after a statement; rows is what execute_statements() said. */
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
	int			statement;		/* 0: what was deferred to the commit */
	const char *sql;
	const char *outcome;		/* ok, failed, skipped, not run */
	bool		is_measured;	/* it ran to its end; otherwise of the
								 * following only observed.warning is set */
	int64		duration_us;
	int64		rows;			/* -1: it does not count any */
	int64		wal_bytes;
	Observation observed;
	const char *sqlstate;		/* of the error, if it failed */
	const char *error;
	const char *error_context;
} DryRunRow;

/*
 * Run "upgrade" or "downgrade" in a subtransaction that is rolled back.
 * Returns a list of DryRunRow.
 * Errors: 22023 for another command; MG020, MG025, MG026; 57014.  An error of a
 * revision's own is a row, after which nothing is run.
 */
extern List *run_dry(const char *command, const char *target);

/* The same for one revision, which is to be changed or removed. */
extern void run_check_half_done(const char *revision, const char *what);

/* Raise MG026 for this entry; can_go_on: deploy or revert would. */
extern void run_raise_half_done(const OpenEntry *entry, const char *detail, bool can_go_on) pg_attribute_noreturn();

/* deploy for upgrade, revert for downgrade */
extern const char *run_online_procedure(const char *action);

/* --------------------------------------------------------------- offline.c */

/* The plan as a script for psql. */
extern char *offline_script(const Store *store, const MigrationPlan *plan);

#endif							/* MIGRATE_RUN_H */
