/*
 * patience.h
 *		Runs work without making a live application wait for its locks: try the work;
 *		if a lock is refused, roll back, wait, and try again.
 *
 * Private to src/run.
 */
#ifndef MIGRATE_PATIENCE_H
#define MIGRATE_PATIENCE_H

#include "postgres.h"

#include "run/run.h"
#include "storage/lock.h"

/* The locks that some work needs, as far as its tries have shown, and the state of the tries. */
typedef struct Patience Patience;

/* The work.  Its functions get arg; all but body may be NULL. */
typedef struct PatientWork
{
	const char *what;			/* in messages: "revision \"1b2c\"" */

	/*
	 * Does the work, from the last stop or the beginning.  Called in a
	 * subtransaction, which is rolled back if a lock is refused.
	 */
	void		(*body) (void *arg);

	/* Called after such a rollback, before the wait. */
	void		(*rolled_back) (void *arg);

	/* Called after the wait, before the next try or the error. */
	void		(*waited) (void *arg);

	/* Called for any error before the rollback; may change its texts. */
	void		(*explain) (ErrorData *error);
	bool		keeps_nothing;	/* roll back even when the work succeeds */
	void	   *arg;
} PatientWork;

/*
 * Returns a Patience that knows of no lock yet.  It lives in the given context, which
 * must outlast all tries.
 */
extern Patience *patience_begin(MemoryContext context, const PatientWork *work);

/*
 * Try until the work is done.
 * Errors: those of the body, after a rollback.  When migrate.lock_patience is over: the error
 * of the first refused lock (55P03 or 40P01), with the sessions that are in the way.
 */
extern void patience_run(Patience *patience);

/*
 * For the body, between two steps: make a stop here.  Returns true if the transaction holds no
 * new lock that keeps others waiting; the work so far then stays done, and later tries begin
 * here.
 */
extern bool patience_stop(Patience *patience);

/*
 * For the body: a revision begins.  If the revision sets lock_timeout itself, it waits for locks
 * no longer than that in all, nor longer than migrate.lock_patience.  has_set: it has set
 * lock_timeout in an earlier transaction.
 */
extern void patience_begin_revision(Patience *patience, const char *revision, bool has_set);

/*
 * For the body: run statements of a revision.  Makes a stop between two of them where it can,
 * and goes on there after a wait.
 */
extern void patience_statements(Patience *patience, Script *script, bool marked,
								const ScriptOrigin *origin,
								int first, int n);

/* For the body: ask what a revision requires or verifies.  Errors: those of execute_questions(). */
extern void patience_questions(Patience *patience, const StoredRevision *rev,
							   const StoredScript *script,
							   ScriptPurpose purpose);

/*
 * For the body, outside of patience_statements(): one statement, and *rows as execute_statements()
 * returns it. False if it has refused to run inside a transaction, which leaves nothing of it.
 */
extern bool patience_try_statement(Patience *patience, const Script *script,
								   const ScriptOrigin *origin, int i,
								   int64 *rows);

/*
 * The LockWatch of execute.c.  The first function, before each statement, limits how long it may
 * queue for a lock.  The second, in the error context callback, notes that a lock was refused.
 * The third, after each statement, raises 55P03 if the statement has caught that error itself.
 */
extern void patience_before_statement(void);
extern void patience_note_error(int sqlerrcode);
extern void patience_after_statement(void);

/* Returns how many ms all waits took, also those in a queue. */
extern long patience_waited(const Patience *patience);

/* Returns the number of tries. */
extern int	patience_tries(const Patience *patience);

/* Returns a text about the lock holders met last, and how they were treated; or NULL. */
extern const char *patience_blockers(const Patience *patience);

/* ---------------------------------------------------------------- wishes.c */

/* A set of tables and the locks that the work needs on them. */
typedef struct Wishes Wishes;

/* Returns an empty set in the given context. */
extern Wishes *wishes_begin(MemoryContext context);

/* Add locks on a table. */
extern void wishes_add(Wishes *wishes, Oid relid, LOCKMASK modes);

/* Add all locks that the transaction holds now, except ACCESS SHARE. */
extern void wishes_add_held(Wishes *wishes);

/*
 * Take all locks of the set without waiting, in the order of the tables' OIDs.  Returns
 * false and the lock in *relid and *mode if one is refused.
 */
extern bool wishes_take(const Wishes *wishes, Oid *relid, LOCKMODE *mode);

/* Wait for a lock in its queue, unless the table is gone. */
extern void wishes_queue_for(Oid relid, LOCKMODE mode);

/*
 * Returns how many locks the transaction holds for which others may have to wait.  Relations that
 * it has created itself do not count: nobody else sees them yet.
 */
extern int	locks_in_the_way(void);

/* Has the server's lock table as many locks as max_locks_per_transaction guarantees room for? */
extern bool lock_table_is_full(void);

/* -------------------------------------------------------------- blockers.c */

/*
 * SQL that describes a session, apart from its process number, and what it does.  a is its row of
 * pg_stat_activity.
 */
#define SESSION_IN_WORDS(a) \
	"coalesce(' of role ' || " #a ".usename, '')" \
	" || coalesce(', application ' || quote_literal(nullif(nullif(" #a \
	".application_name, ''), '<insufficient privilege>')), '')"
#define DOING_IN_WORDS(a) \
	"coalesce(', ' || nullif(" #a ".state, 'active'), '')" \
	" || coalesce(', in a transaction that began ' || extract(epoch" \
	" FROM clock_timestamp() - " #a ".xact_start)::int || ' s ago', '')" \
	" || coalesce(', query: ' || nullif(left(regexp_replace(" #a \
	".query, '\\s+', ' ', 'g'), 100), '<insufficient privilege>'), '')"

/*
 * Returns a text about the sessions whose locks conflict with this one, in the current memory
 * context, or NULL if there are none.
 */
extern char *describe_blockers(const LOCKTAG *tag, LOCKMODE mode);

/*
 * Cancel the queries of the sessions whose locks conflict with this one, or terminate the
 * sessions.  Only client backends, only those that the caller may signal, and only if their
 * transaction has lasted for migrate.lock_blockers_after.  Returns a text that says which, or
 * NULL for none.
 */
extern char *signal_blockers(const LOCKTAG *tag, LOCKMODE mode, bool terminate);

#endif							/* MIGRATE_PATIENCE_H */
