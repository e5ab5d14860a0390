/*
 * patience.c
 *		Waits for locks without making others wait.
 *
 * When a statement queues for a lock on a table, every later session queues behind it,
 * readers too.  So a revision waits for the transactions that *hold* the table, as
 * CREATE INDEX CONCURRENTLY does, and takes the lock when it is free.  If transactions
 * of the application always overlap, the lock is never free; then the revision queues,
 * but never for longer than migrate.lock_queue.
 *
 * Nobody knows which locks a revision needs before it has run.  When a try is refused a
 * lock, that lock and all locks that the transaction holds go on a list, the try is rolled
 * back, and the next try first takes all locks of the list or none.  So the revision holds
 * no lock while it waits for another: nobody queues behind it, and it cannot deadlock
 * with an application that locks the tables in another order.
 *
 * A rollback does not discard all work.  Between revisions, and between the statements of
 * one, there are stops: if the transaction holds no lock that keeps others waiting, the
 * work so far stays done, and a later try goes on from there.  Once the transaction holds
 * such a lock, it holds it to its end.  So only the last stop matters, and one
 * subtransaction is enough.  Stops inside a revision use a second subtransaction inside
 * the first, since the revision's settings end with the revision.
 *
 * The server does not say which lock was refused: when lock_timeout raises its error, the
 * server has already cleaned up the wait.  So while statements run, a timer looks at the
 * lock for which this process waits.
 */
#include "postgres.h"

#include "compat.h"
#include "run/patience.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "storage/proc.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

/* The number of waits for the holders after which a try begins by queueing for the refused lock. */
#define ROUNDS_BEFORE_QUEUE 3

/* The nap after each wait, in ms, doubled each time: others in the queue may get the lock first. */
#define SHORTEST_NAP 10
#define LONGEST_NAP 500

/* A try looks for a stop this often wherever one is possible; then only once in so many ms. */
#define FREE_LOOKS 16
#define LOOK_EVERY 100

/* The number of deadlock errors that do not end the waiting: the other side should give up. */
#define DEADLOCKS_LEFT_ALONE 3

struct Patience
{
	MemoryContext context;
	PatientWork work;
	Wishes	   *wishes;
	ErrorData  *first_error;	/* of the first refused lock */
	bool		is_over;		/* the time to wait is over */

	/* the current try */
	int			tries;			/* its number */
	bool		is_inside;		/* the last stop is inside a revision */
	int			in_the_way;		/* locks in others' way at its beginning */
	bool		has_more;		/* it holds more of them than then */
	int			looks;			/* for a stop */
	TimestampTz looked;			/* time of the last look */

	/* the revision that runs */
	char	   *revision;
	long		waited_before;	/* waited_ms when it first began */

	/* the refused lock, and the waits for it */
	LOCKTAG		refused;
	LOCKMODE	refused_mode;
	bool		knows_refused;	/* these two are set */
	int			rounds;
	int			nap;			/* ms */
	int			deadlocks;
	long		waited_ms;		/* in all earlier waits */
	TimestampTz wait_start;
	TimestampTz said;			/* time of the last NOTICE */
	char	   *blockers;		/* see patience_blockers() */
};

/* The lock for which this process waited when the timer last looked; set in a signal handler. */
static LOCKTAG seen_tag;
static LOCKMODE seen_mode;
static volatile sig_atomic_t has_seen = false;
static TimeoutId sampler = MAX_TIMEOUTS;

static const LockWatch lock_watch = {patience_before_statement, patience_note_error,
patience_after_statement};

/* The current try: was it refused a lock, by our limit on lock_timeout, and is it known which? */
static bool was_refused = false;
static bool by_our_limit = false;
static int	our_limit = 0;		/* ms */
static bool knows_refused = false;	/* the next two are set */
static LOCKTAG refused_tag;
static LOCKMODE refused_mode;

/* lock_timeout after our last change of it, and as the revision has set it itself (or 0). */
static int	known_limit = 0;
static int	own_limit = 0;

/* ------------------------------------------------------- what was refused */

/*
 * Returns how often the timer looks, in ms: often enough to see every wait that ends by our limit
 * or as a deadlock.
 */
static int
look_every(void)
{
	return Max(1, Min(migrate_lock_queue, DeadlockTimeout) / 2);
}

/*
 * Runs in a signal handler.  That is safe: the lock for which this process sleeps does not
 * go away.  A terminated session exits without unwatch(), so the timer may fire when MyProc
 * is NULL already.
 */
static void
sample_wait(void)
{
	LOCK	   *lock = MyProc != NULL ? MyProc->waitLock : NULL;

	if (lock != NULL)
	{
		seen_tag = lock->tag;
		seen_mode = MyProc->waitLockMode;
	}
	has_seen = lock != NULL;
	compat_rearm_timeout(sampler, look_every());
}

static void
watch(void)
{
	if (sampler == MAX_TIMEOUTS)
		sampler = RegisterTimeout(USER_TIMEOUT, sample_wait);
	has_seen = was_refused = by_our_limit = knows_refused = false;
	execute_lock_watch = &lock_watch;
	compat_start_timeout(sampler, look_every());
}

static void
unwatch(void)
{
	execute_lock_watch = NULL;
	disable_timeout(sampler, false);
}

void
patience_begin_revision(Patience *patience, const char *revision, bool has_set)
{
	known_limit = LockTimeout;
	own_limit = has_set ? LockTimeout : 0;
	if (patience->revision != NULL && strcmp(patience->revision, revision) == 0)
		return;
	patience->revision = MemoryContextStrdup(patience->context, revision);
	patience->waited_before = patience->waited_ms;
}

/* Lower lock_timeout, so that a wait ends as a lock timeout and not by statement_timeout. */
void
patience_before_statement(void)
{
	if (execute_lock_watch == NULL)
		return;
	if (LockTimeout != known_limit)
		own_limit = LockTimeout;
	our_limit = migrate_lock_queue;
	if (StatementTimeout > 0)
		our_limit = Min(our_limit, StatementTimeout / 2);
	our_limit = Max(our_limit, 1);
	settings_bound_lock_waits(our_limit);
	known_limit = LockTimeout;
}

static bool
is_about_locks(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE || sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/* Was a lock refused?  Not if the error is of our own wait for the migration lock. */
static bool
is_for_want_of_lock(const ErrorData *error)
{
	return was_refused && is_about_locks(error->sqlerrcode);
}

void
patience_note_error(int sqlerrcode)
{
	if (execute_lock_watch == NULL || !is_about_locks(sqlerrcode))
		return;
	was_refused = true;
	if (!has_seen)
		return;
	refused_tag = seen_tag;
	refused_mode = seen_mode;
	knows_refused = true;
	by_our_limit = LockTimeout == our_limit;
	has_seen = false;
}

void
patience_after_statement(void)
{
	if (execute_lock_watch != NULL && by_our_limit)
		ereport(ERROR,
				(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
				 errmsg("the statement did not get a lock, and caught the error itself")));
}

/*
 * A try was refused a lock: note that lock and all locks that the transaction holds.  Before
 * the rollback.
 */
static void
learn(Patience *patience)
{
	wishes_add_held(patience->wishes);
	patience->knows_refused = knows_refused;
	if (!knows_refused)
		return;
	patience->refused = refused_tag;
	patience->refused_mode = refused_mode;
	if (refused_tag.locktag_type == LOCKTAG_RELATION && refused_tag.locktag_field1 == MyDatabaseId)
		wishes_add(patience->wishes, refused_tag.locktag_field2, LOCKBIT_ON(refused_mode));
	if (by_our_limit)
		patience->waited_ms += our_limit;
}

/* --------------------------------------------------------- what is wanted */

/* Note that a lock error from now on means this lock. */
static void
note_refused(const LOCKTAG *tag, LOCKMODE mode)
{
	refused_tag = *tag;
	refused_mode = mode;
	was_refused = knows_refused = true;
}

/* After some waits, queue for the refused lock before the try takes any other. */
static void
queue_for_refused(const Patience *patience)
{
	int			nest_level;

	if (patience->rounds < ROUNDS_BEFORE_QUEUE || migrate_lock_queue == 0 ||
		!patience->knows_refused ||
		patience->refused.locktag_type != LOCKTAG_RELATION ||
		patience->refused.locktag_field1 != MyDatabaseId)
		return;
	note_refused(&patience->refused, patience->refused_mode);
	nest_level = settings_set_lock_timeout(migrate_lock_queue);
	wishes_queue_for(patience->refused.locktag_field2, patience->refused_mode);
	settings_leave(nest_level);
	was_refused = knows_refused = false;
}

/* Raise 55P03 for a lock that could not be taken at once. */
static void
refuse(Oid relid, LOCKMODE mode)
{
	LOCKTAG		tag;

	SET_LOCKTAG_RELATION(tag, MyDatabaseId, relid);
	note_refused(&tag, mode);
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("could not obtain lock on relation with OID %u", relid)));
}

/* Begin a try: take all locks of the list, or raise 55P03. */
static void
take_locks(Patience *patience)
{
	Oid			relid;
	LOCKMODE	mode;

	patience->tries++;
	patience->looks = 0;
	patience->has_more = false;
	queue_for_refused(patience);
	if (!wishes_take(patience->wishes, &relid, &mode))
		refuse(relid, mode);
}

/* ------------------------------------------------------------- the waiting */

/* Returns how long the work has waited in all, in ms. */
static long
elapsed(const Patience *patience)
{
	return patience->waited_ms + TimestampDifferenceMilliseconds(patience->wait_start,
																 GetCurrentTimestamp());
}

/* Returns how much longer it may wait, in ms. */
static long
time_left(const Patience *patience)
{
	long		so_far = elapsed(patience);
	long		left = LONG_MAX;

	if (migrate_lock_patience > 0)
		left = migrate_lock_patience - so_far;
	if (own_limit > 0)
		left = Min(left, own_limit - (so_far - patience->waited_before));
	return left;
}

/*
 * Returns how many ms to wait until the next NOTICE, until migrate.lock_blockers_after, or
 * until the end.
 */
static int
next_slice(const Patience *patience)
{
	long		so_far = elapsed(patience);
	long		slice = Min(SAY_EVERY, time_left(patience));

	if (migrate_lock_blockers != LOCK_BLOCKERS_WAIT && so_far < migrate_lock_blockers_after)
		slice = Min(slice, migrate_lock_blockers_after - so_far);
	return (int) Max(slice, 1);
}

typedef struct Wait
{
	const LOCKTAG *tag;
	VirtualTransactionId *holder;	/* or NULL: queue for the lock */
} Wait;

/*
 * Wait for the end of one transaction; or without a holder, for a lock in whose queue we
 * delay nobody.  Drops the catalog snapshot, so that vacuum and CREATE INDEX CONCURRENTLY of
 * others do not wait for us.
 */
static void
wait_for_holder(void *arg)
{
	Wait	   *wait = arg;

	InvalidateCatalogSnapshot();

	if (wait->holder != NULL)
		(void) VirtualXactLock(*wait->holder, true);
	else
	{
		(void) LockAcquire(wait->tag, ShareLock, false, false);
		LockRelease(wait->tag, ShareLock, false);
	}
}

static void
find_blockers(Patience *patience)
{
	char	   *blockers = describe_blockers(&patience->refused, patience->refused_mode);

	if (blockers != NULL)
		patience->blockers = MemoryContextStrdup(patience->context, blockers);
}

static void
say_who_blocks(Patience *patience)
{
	TimestampTz now = GetCurrentTimestamp();

	if (patience->said != 0 && TimestampDifferenceMilliseconds(patience->said, now) < SAY_EVERY - 1)
		return;
	patience->said = now;
	find_blockers(patience);
	ereport(NOTICE,
			(patience->in_the_way == 0
			 ? errmsg("%s waits for a lock, and holds none meanwhile", patience->work.what)
			 : errmsg("%s waits for a lock; what this transaction has locked before stays locked",
					  patience->work.what),
			 patience->blockers ? errdetail_internal("%s", patience->blockers) : 0));
}

/* Sleep for a moment before the lock's holders are read again. */
static void
take_a_nap(int ms)
{
	CHECK_FOR_INTERRUPTS();
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms,
					 PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

static void
note_signal(Patience *patience)
{
	char	   *done = NULL;

	/* the holder of a tuple lock is only first in the queue: spare it */
	if (patience->refused.locktag_type != LOCKTAG_TUPLE)
		done = signal_blockers(&patience->refused, patience->refused_mode,
							   migrate_lock_blockers == LOCK_BLOCKERS_TERMINATE);
	if (done != NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(patience->context);

		patience->blockers = psprintf("%s; %s", patience->blockers ? patience->blockers : "", done);
		MemoryContextSwitchTo(old);
	}
}

static bool
is_over(const Patience *patience)
{
	return time_left(patience) <= 0;
}

/*
 * A session that waits for the migration lock and holds the lock that we want is in a
 * deadlock with us, and checks for it repeatedly (lock.c).  If our transaction held no
 * lock in others' way, leave the error to that session, a few times.
 */
static bool
outlives_deadlock(const Patience *patience)
{
	return patience->in_the_way == 0 && patience->deadlocks < DEADLOCKS_LEFT_ALONE;
}

/* Wait until the wait has ended or the time is over; say for whom, and signal the holders. */
static void
wait_in_slices(Patience *patience, Wait *wait)
{
	WaitOutcome outcome;

	do
	{
		CHECK_FOR_INTERRUPTS();
		say_who_blocks(patience);
		if (migrate_lock_blockers != LOCK_BLOCKERS_WAIT &&
			elapsed(patience) >= migrate_lock_blockers_after)
			note_signal(patience);
		outcome = lock_wait_at_most(next_slice(patience), wait_for_holder, wait,
									outlives_deadlock(patience));
		if (outcome == WAIT_DEADLOCK)
			patience->deadlocks++;
	} while (outcome != WAIT_ENDED && !is_over(patience));
}

/* Can we queue for the lock without delaying anybody?  True for locks that stand for rows. */
static bool
has_no_queue(const LOCKTAG *tag)
{
	return tag->locktag_type == LOCKTAG_TRANSACTION || tag->locktag_type == LOCKTAG_TUPLE ||
		tag->locktag_type == LOCKTAG_SPECULATIVE_TOKEN;
}

/* Wait for those who hold the lock now, not for later ones: there may always be some. */
static void
wait_for_holders(Patience *patience)
{
	Wait		wait = {.tag = &patience->refused};

	if (has_no_queue(&patience->refused))
	{
		wait_in_slices(patience, &wait);
		return;
	}
	for (wait.holder = GetLockConflicts(&patience->refused, patience->refused_mode, NULL);
		 VirtualTransactionIdIsValid(*wait.holder) && !is_over(patience); wait.holder++)
		wait_in_slices(patience, &wait);
}

/*
 * Wait for the holders of the refused lock.  Says in a NOTICE for whom, at once and every
 * ten seconds.  After migrate.lock_blockers_after, cancels or terminates them if
 * migrate.lock_blockers says so.
 */
static void
wait_patiently(Patience *patience, ErrorData *error)
{
	/*
	 * keep the first error, which a statement raised; later ones may come
	 * from take_locks()
	 */
	if (patience->first_error == NULL)
		patience->first_error = error;
	/* only migrate.lock_patience limits the wait */
	if (get_timeout_active(STATEMENT_TIMEOUT))
		disable_timeout(STATEMENT_TIMEOUT, false);
	patience->wait_start = GetCurrentTimestamp();
	patience->rounds++;
	if (patience->knows_refused)
		wait_for_holders(patience);

	/*
	 * others in the queue may get the lock now, so nap first; after a real
	 * wait, shortly
	 */
	if (TimestampDifferenceMilliseconds(patience->wait_start,
										GetCurrentTimestamp()) >= SHORTEST_NAP)
		patience->nap = SHORTEST_NAP;
	if (!is_over(patience))
		take_a_nap(patience->nap);
	patience->nap = Min(2 * patience->nap, LONGEST_NAP);
	patience->is_over = is_over(patience);
	if (patience->is_over)
		find_blockers(patience);
	patience->waited_ms = elapsed(patience);
}

/* Raise the first error, with how often it was tried and who is in the way. */
static void
give_up(const Patience *patience)
{
	ErrorData  *error = patience->first_error;

	error->detail = psprintf("It was tried %d time%s in %ld s%s%s.", patience->tries,
							 patience->tries == 1 ? "" : "s", patience->waited_ms / 1000,
							 patience->blockers ? "; " : "", patience->blockers ? patience->blockers
							 : "");
	if (own_limit > 0)
		error->hint =
			"End those transactions and try again. The revision sets lock_timeout, which is how long it waits; without, migrate.lock_patience is.";
	else
		error->hint =
			"End those transactions and try again; migrate.lock_patience says how long to wait, migrate.lock_blockers what to do with them.";
	ReThrowError(error);
}

/* ---------------------------------------------------------------- the stops */

/*
 * May the work stop here: does the transaction hold no more locks in others' way than at the
 * beginning of the try?  Not under REPEATABLE READ and SERIALIZABLE: the transaction could
 * not see what others did during a wait.
 */
static bool
may_stop(Patience *patience)
{
	TimestampTz now = GetCurrentTimestamp();

	if (patience->has_more || patience->work.keeps_nothing || IsolationUsesXactSnapshot())
		return false;
	if (patience->looks >= FREE_LOOKS && TimestampDifferenceMilliseconds(patience->looked,
																		 now) < LOOK_EVERY)
		return false;
	patience->looks++;
	patience->looked = now;
	patience->has_more = locks_in_the_way() > patience->in_the_way;
	return !patience->has_more;
}

/*
 * The server refuses to begin a subtransaction while the session has pending invalidations
 * of the current command.  CommandCounterIncrement() processes them, but only if the command
 * has used its number: mark the number as used.
 */
static void
begin_subtransaction(void)
{
	MemoryContext caller = CurrentMemoryContext;

	(void) GetCurrentCommandId(true);
	CommandCounterIncrement();
	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
}

static void
release_subtransaction(void)
{
	MemoryContext caller = CurrentMemoryContext;

	ReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
}

bool
patience_stop(Patience *patience)
{
	Assert(!patience->is_inside);
	if (!may_stop(patience))
		return false;
	release_subtransaction();
	begin_subtransaction();
	return true;
}

static void
leave_inside(Patience *patience)
{
	if (patience->is_inside)
		release_subtransaction();
	patience->is_inside = false;
}

/* Make a stop inside a revision, in the second subtransaction. */
static bool
stop_inside(Patience *patience)
{
	if (!may_stop(patience))
		return false;
	leave_inside(patience);
	begin_subtransaction();
	patience->is_inside = true;
	return true;
}

/*
 * Run the statements from *stop, the last stop inside the revision, to end.  again: a try was
 * rolled back to that stop.
 */
static void
run_statements(Patience *patience, const Script *script, const ScriptOrigin *origin,
			   volatile int *stop, int end,
			   bool again)
{
	if (again)
	{
		begin_subtransaction();
		patience->is_inside = true;
		watch();
		take_locks(patience);
	}
	for (int i = *stop; i < end; i++)
	{
		if (i > *stop && stop_inside(patience))
			*stop = i;
		execute_statements(script, origin, i, 1);
	}
	leave_inside(patience);
}

/*
 * In PG_CATCH: if a lock was refused after a stop inside the revision, roll back to that stop
 * and return the error.  Otherwise throw the error again.
 */
static ErrorData *
roll_back_inside(Patience *patience, MemoryContext caller, ResourceOwner owner)
{
	ErrorData  *error;

	MemoryContextSwitchTo(patience->context);
	error = CopyErrorData();
	if (!patience->is_inside || !is_for_want_of_lock(error))
		PG_RE_THROW();
	FlushErrorState();
	unwatch();
	learn(patience);
	RollbackAndReleaseCurrentSubTransaction();
	patience->is_inside = false;
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return error;
}

/* Does a statement set modes?  READ ONLY would end with the subtransaction of a stop. */
static bool
has_modes(const Script *script, int first, int n)
{
	for (int i = first; i < first + n; i++)
		if (script->statements[i].modes != NIL)
			return true;
	return false;
}

void
patience_statements(Patience *patience, Script *script, bool marked, const ScriptOrigin *origin,
					int first, int n)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	Script	   *volatile current = script;
	volatile int stop = first;

	if (n < 2 || has_modes(script, first, n))
	{
		execute_statements(script, origin, first, n);
		return;
	}
	do
	{
		bool		again = error != NULL;

		error = NULL;
		PG_TRY();
		{
			run_statements(patience, current, origin, &stop, first + n, again);
		}
		PG_CATCH();
		{
			error = roll_back_inside(patience, caller, owner);
		}
		PG_END_TRY();
		if (error == NULL)
			break;
		wait_patiently(patience, error);
		if (patience->is_over)
			ReThrowError(error);
		/* running a raw parse tree may have changed it, so parse again */
		current = script_parse(script->text, marked, origin);
	} while (true);
}

bool
patience_try_statement(Patience *patience, const Script *script, const ScriptOrigin *origin, int i,
					   int64 *rows)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool refused = false;

	begin_subtransaction();
	patience->is_inside = true;
	PG_TRY();
	{
		*rows = execute_statements(script, origin, i, 1);
		leave_inside(patience);
	}
	PG_CATCH();
	{
		if (!execute_has_to_be_alone(&script->statements[i], geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		patience->is_inside = false;
		refused = true;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return !refused;
}

void
patience_questions(Patience *patience, const StoredRevision *rev, const StoredScript *script,
				   ScriptPurpose purpose)
{
	const char *text;
	ScriptOrigin origin = script_questions(&rev->links, script, purpose, &text);

	if (text == NULL)
		return;
	patience_begin_revision(patience, origin.revision, false);
	execute_questions(text, &origin);
}

/* ---------------------------------------------------------------- the tries */

Patience *
patience_begin(MemoryContext context, const PatientWork *work)
{
	Patience   *patience = MemoryContextAllocZero(context, sizeof(Patience));

	patience->context = context;
	patience->work = *work;
	patience->wishes = wishes_begin(context);
	patience->nap = SHORTEST_NAP;
	return patience;
}

static void
end_try(const Patience *patience)
{
	if (patience->work.keeps_nothing)
		RollbackAndReleaseCurrentSubTransaction();
	else
		ReleaseCurrentSubTransaction();
}

/* In PG_CATCH: copy the error, learn from it if a lock was refused, and roll the try back. */
static ErrorData *
roll_back_try(Patience *patience, volatile bool *is_lock)
{
	ErrorData  *error;

	unwatch();
	enum_set_caller(false);
	MemoryContextSwitchTo(patience->context);
	error = CopyErrorData();
	FlushErrorState();
	if (patience->work.explain != NULL)
		patience->work.explain(error);
	*is_lock = is_for_want_of_lock(error);
	if (*is_lock && !patience->is_over)
		learn(patience);
	if (patience->is_inside)
		RollbackAndReleaseCurrentSubTransaction();
	patience->is_inside = false;
	RollbackAndReleaseCurrentSubTransaction();
	return error;
}

/* Try once.  Returns NULL, or the error of a refused lock, after which the try was rolled back. */
static ErrorData *
try_once(Patience *patience)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	volatile bool is_lock = true;

	patience->in_the_way = locks_in_the_way();

	/*
	 * If the work stays, types that the caller's transaction has created are
	 * new in the try as well.
	 */
	enum_set_caller(!patience->work.keeps_nothing);
	begin_subtransaction();
	PG_TRY();
	{
		watch();
		take_locks(patience);
		patience->work.body(patience->work.arg);
		unwatch();
		end_try(patience);
		enum_set_caller(false);
	}
	PG_CATCH();
	{
		error = roll_back_try(patience, &is_lock);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	if (!is_lock)
		ReThrowError(error);
	return error;
}

void
patience_run(Patience *patience)
{
	const PatientWork *work = &patience->work;
	ErrorData  *error;

	while ((error = try_once(patience)) != NULL)
	{
		if (!patience->is_over)
		{
			if (work->rolled_back != NULL)
				work->rolled_back(work->arg);
			wait_patiently(patience, error);
		}
		if (work->waited != NULL)
			work->waited(work->arg);
		if (patience->is_over)
			give_up(patience);
	}
	/* statement_timeout now counts for the caller's statement again */
	execute_restart_timeout();
}

long
patience_waited(const Patience *patience)
{
	return patience->waited_ms;
}

int
patience_tries(const Patience *patience)
{
	return patience->tries;
}

const char *
patience_blockers(const Patience *patience)
{
	return patience->blockers;
}
