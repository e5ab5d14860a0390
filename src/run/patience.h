/*
 * patience.h
 *		Work whose locks a live application does not notice: it is tried, gives
 *		back what it holds, waits, and is tried again.  Private to src/run.
 */
#ifndef MIGRATE_PATIENCE_H
#define MIGRATE_PATIENCE_H

#include "postgres.h"

#include "run/run.h"
#include "storage/lock.h"

/* What a piece of work needs of locks, as far as its tries have shown, and how they went. */
typedef struct Patience Patience;

/* The work.  arg is given to each of the functions; those that are NULL are left out. */
typedef struct PatientWork
{
	const char *what;			/* in messages: "revision \"1b2c\"" */

	/*
	 * Do it, from the last stop on, or from the beginning.  It is called in a
	 * subtransaction, which an error for want of a lock rolls back.
	 */
	void		(*body) (void *arg);

	/* The subtransaction was rolled back for want of a lock; a wait follows. */
	void		(*rolled_back) (void *arg);

	/* It has waited; another try follows, or the error. */
	void		(*waited) (void *arg);

	/* Any error, before the rollback: what it says may be changed. */
	void		(*explain) (ErrorData *error);
	bool		keeps_nothing;	/* what has been done is rolled back in the
								 * end */
	void	   *arg;
} PatientWork;

/*
 * Returns one that knows of no lock yet.  It lives in the given context, which
 * has to outlast all tries, and is freed with that.
 */
extern Patience *patience_begin(MemoryContext context, const PatientWork *work);

/*
 * Try until it is done.
 * Errors: those of the body, rolled back; 55P03 of its first try if
 * migrate.lock_patience is over, with who is in the way.
 */
extern void patience_run(Patience *patience);

/*
 * For the body, between two steps that it could begin at: if nothing is held that
 * keeps others waiting, what was done so far stays, and true is returned.
 */
extern bool patience_stop(Patience *patience);

/*
 * For the body: what comes is of this revision.  A lock_timeout that it sets itself is how long
 * it waits for locks in all, if that is shorter than migrate.lock_patience; has_set: it has
 * done so in an earlier transaction.
 */
extern void patience_begin_revision(Patience *patience, const char *revision, bool has_set);

/*
 * For the body: statements of a revision.  Between them as well it stops where it
 * can, and goes on there after a wait.
 */
extern void patience_statements(Patience *patience, Script *script, bool marked, const ScriptOrigin *origin,
								int first, int n);

/*
 * For execute.c, which has them as its LockWatch, around each statement of a try and in the context of its errors:
 * how long it may queue for a lock; whether a lock was refused; and raise that
 * if the statement has caught it itself.  Elsewhere they do nothing.
 */
extern void patience_before_statement(void);
extern void patience_note_error(int sqlerrcode);
extern void patience_after_statement(void);

/* Milliseconds that the waits took in all, those in a queue among them. */
extern long patience_waited(const Patience *patience);

/* How often it was tried. */
extern int	patience_tries(const Patience *patience);

/* The holders that were met last, and what was done with them; or NULL. */
extern const char *patience_blockers(const Patience *patience);

/* ---------------------------------------------------------------- wishes.c */

/* Tables with the locks on them. */
typedef struct Wishes Wishes;

extern Wishes *wishes_begin(MemoryContext context);
extern void wishes_add(Wishes *wishes, Oid relid, LOCKMASK modes);

/* All locks that the transaction holds now. */
extern void wishes_add_held(Wishes *wishes);

/*
 * Take all of them without waiting, in the order of the tables' numbers.  Returns
 * false if one is refused, which is put into *relid and *mode.
 */
extern bool wishes_take(const Wishes *wishes, Oid *relid, LOCKMODE *mode);

/* Wait for one of them in the queue, unless the table is gone. */
extern void wishes_queue_for(Oid relid, LOCKMODE mode);

/*
 * How many locks does the transaction hold that others may have to wait for?
 * What it has made itself nobody knows yet.
 */
extern int	locks_in_the_way(void);

/* Is there no place left in the server's table of locks? */
extern bool lock_table_is_full(void);

/* -------------------------------------------------------------- blockers.c */

/*
 * SQL: what is known of a session besides its number, and of what it does; a is
 * its row of pg_stat_activity.
 */
#define SESSION_IN_WORDS(a) \
	"coalesce(' of role ' || " #a ".usename, '')" \
	" || coalesce(', application ' || quote_literal(nullif(nullif(" #a ".application_name, ''), '<insufficient privilege>')), '')"
#define DOING_IN_WORDS(a) \
	"coalesce(', ' || nullif(" #a ".state, 'active'), '')" \
	" || coalesce(', in a transaction that began ' || extract(epoch FROM clock_timestamp() - " #a ".xact_start)::int || ' s ago', '')" \
	" || coalesce(', query: ' || nullif(left(regexp_replace(" #a ".query, '\\s+', ' ', 'g'), 100), '<insufficient privilege>'), '')"

/* Who has locks that are in the way of this one: text in the current memory context, or NULL. */
extern char *describe_blockers(const LOCKTAG *tag, LOCKMODE mode);

/*
 * Cancel the queries of those whose locks are in the way of this one, or
 * terminate them: client processes only, those that the caller may, and whose
 * transaction has lasted for migrate.lock_blockers_after.  Returns what was done,
 * or NULL.
 */
extern char *signal_blockers(const LOCKTAG *tag, LOCKMODE mode, bool terminate);

#endif							/* MIGRATE_PATIENCE_H */
