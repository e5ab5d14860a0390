/*
 * patience.c
 *		Locks that are waited for without standing in anybody's way.
 *
 * A statement that queues for a table makes everybody queue who comes after it,
 * readers too.  So a revision waits for the transactions that *hold* the table,
 * as CREATE INDEX CONCURRENTLY does, and takes the lock when it is free.  Where
 * transactions of the application always overlap there is no such moment; then
 * it queues, but never for longer than migrate.lock_queue.
 *
 * Which locks a revision needs is not known before it has run.  Its first try
 * shows: when a lock is refused, that one and all that the transaction holds go
 * on the list, what is in others' way is rolled back, and the next try begins by
 * taking all of the list or nothing.  So no lock is held while another one is
 * waited for: no queue behind the first, and no deadlock with an application that
 * locks the tables in another order.
 *
 * Work is not thrown away for nothing.  Between revisions, and between the
 * statements of one, there are stops: where nothing is held that keeps others
 * waiting, what was done stays, and a later try goes on from there.  Once there
 * is something in the way it stays so to the end of the transaction; therefore
 * the last stop is all that has to be known, and one subtransaction will do.
 * Stops inside a revision have another one inside that, since its settings end
 * with the revision.
 *
 * The server does not say which lock was refused: when lock_timeout raises its
 * error the wait has been cleaned up already.  So a timer looks, while
 * statements run, at what this process waits for.
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

/* So many times the holders are waited for before one queues for the first lock. */
#define ROUNDS_BEFORE_QUEUE 3

/* Nothing is known of the holders: try again after so many ms, doubled each time. */
#define SHORTEST_NAP 10
#define LONGEST_NAP 500

/* So often a stop is looked for wherever there could be one; then after so many ms. */
#define FREE_LOOKS 16
#define LOOK_EVERY 100

/* As many deadlocks are left to the other side to find. */
#define DEADLOCKS_LEFT_ALONE 3

struct Patience
{
	MemoryContext context;
	PatientWork work;
	Wishes	   *wishes;
	ErrorData  *first_error;	/* for want of a lock */
	bool		is_over;		/* the patience */

	/* the try */
	int			tries;
	bool		is_inside;		/* a stop inside a revision is the last one */
	int			in_the_way;		/* locks at the beginning */
	bool		has_more;		/* there are more of them than then */
	int			looks;
	TimestampTz looked;

	/* the revision that runs */
	char	   *revision;
	long		waited_before;	/* ms, when it was first begun */

	/* the lock that was refused, and the waiting for it */
	LOCKTAG		refused;
	LOCKMODE	refused_mode;
	bool		knows_refused;
	int			rounds;
	int			nap;			/* ms */
	int			deadlocks;
	long		waited_ms;		/* before this wait */
	TimestampTz wait_start;
	TimestampTz said;			/* the last NOTICE */
	char	   *blockers;
};

/* What the timer has seen last; written by a signal handler. */
static LOCKTAG seen_tag;
static LOCKMODE seen_mode;
static volatile sig_atomic_t has_seen = false;
static TimeoutId sampler = MAX_TIMEOUTS;

/* A try is running; a lock was refused, by which limit, and which it was, if that was seen. */
static const LockWatch lock_watch = {patience_before_statement, patience_note_error, patience_after_statement};
static bool was_refused = false;
static bool by_our_limit = false;
static int	our_limit = 0;		/* ms */
static bool knows_refused = false;
static LOCKTAG refused_tag;
static LOCKMODE refused_mode;

/*
 * lock_timeout as it was when it was looked at last; and as the revision itself has set it, or
 * 0.
 */
static int	known_limit = 0;
static int	own_limit = 0;

/* ------------------------------------------------------- what was refused */

/* In ms.  So no wait that ends by a limit is missed, nor one that is a deadlock. */
static int
look_every(void)
{
	return Max(1, Min(migrate_lock_queue, DeadlockTimeout) / 2);
}

/*
 * Runs in a signal handler: the lock that this process sleeps on stays where it
 * is.  A session that is terminated leaves without unwatch(): the timer
 * still runs while it exits, when there is no MyProc any more.
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

/* A wait is to end as one for a lock, and before statement_timeout. */
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

/* Not those of our own waits, for the migration lock. */
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

/* A try has failed: note the lock and all that the transaction holds.  Before the rollback. */
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

/* If an error comes now, it is for want of this lock. */
static void
note_refused(const LOCKTAG *tag, LOCKMODE mode)
{
	refused_tag = *tag;
	refused_mode = mode;
	was_refused = knows_refused = true;
}

/* Nothing that was given back is held again when the lock that was refused is queued for. */
static void
queue_for_refused(const Patience *patience)
{
	int			nest_level;

	if (patience->rounds < ROUNDS_BEFORE_QUEUE || migrate_lock_queue == 0 || !patience->knows_refused ||
		patience->refused.locktag_type != LOCKTAG_RELATION || patience->refused.locktag_field1 != MyDatabaseId)
		return;
	note_refused(&patience->refused, patience->refused_mode);
	nest_level = settings_set_lock_timeout(migrate_lock_queue);
	wishes_queue_for(patience->refused.locktag_field2, patience->refused_mode);
	settings_leave(nest_level);
	was_refused = knows_refused = false;
}

/* Raise the error of a lock that is not to be had. */
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

/* The beginning of a try: all known locks, or none. */
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

/* How long it has waited in all. */
static long
elapsed(const Patience *patience)
{
	return patience->waited_ms + TimestampDifferenceMilliseconds(patience->wait_start, GetCurrentTimestamp());
}

/* How much longer it may wait. */
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

/* How long to wait until something else is to be done: speak, act, or give up. */
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
	VirtualTransactionId *holder;	/* or NULL */
} Wait;

/*
 * For one transaction to end; or for what others do not queue for behind us.
 * Without a snapshot, that of the catalogs too, vacuum and CREATE INDEX
 * CONCURRENTLY of others do not wait for us.
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
			 : errmsg("%s waits for a lock; what this transaction has locked before stays locked", patience->work.what),
			 patience->blockers ? errdetail_internal("%s", patience->blockers) : 0));
}

/* Nothing to do with the holders: they are asked for again. */
static void
take_a_nap(int ms)
{
	CHECK_FOR_INTERRUPTS();
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, ms, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

static void
note_signal(Patience *patience)
{
	char	   *done = NULL;

	/* who is first in the queue for a row has done nothing */
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
 * Whoever waits for the migration lock and holds what is wanted has a deadlock
 * with us, and looks for it again and again.  We hold nothing that could be the
 * reason, and leave it to him.
 */
static bool
outlives_deadlock(const Patience *patience)
{
	return patience->in_the_way == 0 && patience->deadlocks < DEADLOCKS_LEFT_ALONE;
}

/* Until this wait is over, or the patience. */
static void
wait_in_slices(Patience *patience, Wait *wait)
{
	WaitOutcome outcome;

	do
	{
		CHECK_FOR_INTERRUPTS();
		say_who_blocks(patience);
		if (migrate_lock_blockers != LOCK_BLOCKERS_WAIT && elapsed(patience) >= migrate_lock_blockers_after)
			note_signal(patience);
		outcome = lock_wait_at_most(next_slice(patience), wait_for_holder, wait, outlives_deadlock(patience));
		if (outcome == WAIT_DEADLOCK)
			patience->deadlocks++;
	} while (outcome != WAIT_ENDED && !is_over(patience));
}

/* Does a wait for it keep nobody else waiting?  That is so with rows. */
static bool
has_no_queue(const LOCKTAG *tag)
{
	return tag->locktag_type == LOCKTAG_TRANSACTION || tag->locktag_type == LOCKTAG_TUPLE ||
		tag->locktag_type == LOCKTAG_SPECULATIVE_TOKEN;
}

/* For those who hold it now, and not for those who come meanwhile: there may always be some. */
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
 * Until nobody holds the lock that was refused.  Says whom it waits for, at once
 * and every ten seconds, and after migrate.lock_blockers_after does with them what
 * migrate.lock_blockers says.
 */
static void
wait_patiently(Patience *patience, ErrorData *error)
{
	/* that of a statement says more than that of locks taken beforehand */
	if (patience->first_error == NULL)
		patience->first_error = error;
	/* while it waits, migrate.lock_patience is the limit */
	if (get_timeout_active(STATEMENT_TIMEOUT))
		disable_timeout(STATEMENT_TIMEOUT, false);
	patience->wait_start = GetCurrentTimestamp();
	patience->rounds++;
	if (patience->knows_refused)
		wait_for_holders(patience);
	/* others may stand in the queue, who get the lock in a moment */
	if (TimestampDifferenceMilliseconds(patience->wait_start, GetCurrentTimestamp()) >= SHORTEST_NAP)
		patience->nap = SHORTEST_NAP;
	if (!is_over(patience))
		take_a_nap(patience->nap);
	patience->nap = Min(2 * patience->nap, LONGEST_NAP);
	patience->is_over = is_over(patience);
	if (patience->is_over)
		find_blockers(patience);
	patience->waited_ms = elapsed(patience);
}

static void
give_up(const Patience *patience)
{
	ErrorData  *error = patience->first_error;

	error->detail = psprintf("It was tried %d time%s in %ld s%s%s.", patience->tries, patience->tries == 1 ? "" : "s", patience->waited_ms / 1000,
							 patience->blockers ? "; " : "", patience->blockers ? patience->blockers : "");
	if (own_limit > 0)
		error->hint = "End those transactions and try again. The revision sets lock_timeout, which is how long it waits; without, migrate.lock_patience is.";
	else
		error->hint = "End those transactions and try again; migrate.lock_patience says how long to wait, migrate.lock_blockers what to do with them.";
	ReThrowError(error);
}

/* ---------------------------------------------------------------- the stops */

/*
 * Is nothing more in the way than at the beginning?  A transaction that keeps its
 * snapshot could not go on: what others did meanwhile it may not see.
 */
static bool
may_stop(Patience *patience)
{
	TimestampTz now = GetCurrentTimestamp();

	if (patience->has_more || patience->work.keeps_nothing || IsolationUsesXactSnapshot())
		return false;
	if (patience->looks >= FREE_LOOKS && TimestampDifferenceMilliseconds(patience->looked, now) < LOOK_EVERY)
		return false;
	patience->looks++;
	patience->looked = now;
	patience->has_more = locks_in_the_way() > patience->in_the_way;
	return !patience->has_more;
}

/*
 * The server refuses one as long as what was changed in the catalogs is not made
 * known in this session; a command that has used no number leaves that.
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

/* The same inside a revision. */
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

/* From the last stop inside the revision on; again says that it was rolled back to that. */
static void
run_statements(Patience *patience, const Script *script, const ScriptOrigin *origin, volatile int *stop, int end,
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
 * The error that is being handled: roll back to the last stop inside the revision,
 * and return it, if that can be gone on from.
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

/* READ ONLY ends with the subtransaction in which it was said. */
static bool
has_modes(const Script *script, int first, int n)
{
	for (int i = first; i < first + n; i++)
		if (script->statements[i].modes != NIL)
			return true;
	return false;
}

void
patience_statements(Patience *patience, Script *script, bool marked, const ScriptOrigin *origin, int first, int n)
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
		/* what has been run once may have been scribbled on */
		current = script_parse(script->text, marked, origin);
	} while (true);
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

/* Copy the error that is being handled, learn from it, and roll back. */
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

/* Returns NULL, or the error for want of a lock with which it was rolled back. */
static ErrorData *
try_once(Patience *patience)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
	volatile bool is_lock = true;

	patience->in_the_way = locks_in_the_way();

	/*
	 * what is new in this transaction is new in the tries as well, if they
	 * stay
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
	/* from here on it is the caller's again */
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
