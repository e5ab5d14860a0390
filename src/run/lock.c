/*
 * lock.c
 *		The migration lock: only one session at a time migrates or writes revisions.
 *
 * It is the heavyweight lock of the extension object itself.  So it cannot collide
 * with anybody's advisory locks, is visible in pg_locks, is released with the
 * transaction, and makes DROP EXTENSION wait.  Functions that only read do not take it.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/patience.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

int
lock_holder(char **description)
{
	MemoryContext caller = CurrentMemoryContext;
	int			nest_level = settings_pin_path();
	Oid			types[2] = {OIDOID, INT4OID};
	Datum		values[2];
	int			pid = 0;
	int			rc;

	*description = NULL;
	values[0] = ObjectIdGetDatum(get_extension_oid("migrate_ext", false));
	values[1] = Int32GetDatum(MyProcPid);

	/* as the caller, who sees only what pg_stat_activity shows to it */
	SPI_connect();
	rc = SPI_execute_with_args("SELECT coalesce(l.pid, 0), CASE WHEN x.gid IS NOT NULL THEN"
							   " format('The prepared transaction %L of role %s holds the migration lock, since %s;"
							   " COMMIT PREPARED or ROLLBACK PREPARED ends it.', x.gid, x.owner, date_trunc('second', x.prepared))"
							   " ELSE format('Process %s%s%s holds the migration lock%s%s%s.', l.pid,"
							   " " SESSION_IN_WORDS(a) ", ', client ' || host(a.client_addr),"
							   " ', in a transaction that began at '"
							   " || date_trunc('second', a.xact_start) ||"
							   " ' (' || extract(epoch FROM clock_timestamp() - a.xact_start)::int"
							   " || ' s ago)',"
							   " ', at ' || substring(a.query"
							   " FROM '^migrate: (.* statement \\d+ of \\d+): '),"
							   " '; it waits for '"
							   " || (SELECT string_agg(format('process %s', b.pid)"
							   " || " SESSION_IN_WORDS(b)
							   " || " DOING_IN_WORDS(b) ", '; ' ORDER BY b.pid)"
							   " FROM pg_stat_activity b"
							   " WHERE b.pid = ANY (pg_blocking_pids(l.pid)))) END"
							   " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
							   " LEFT JOIN pg_locks t ON l.pid IS NULL AND t.pid IS NULL"
							   " AND t.locktype = 'transactionid'"
							   " AND t.virtualtransaction = l.virtualtransaction"
							   " LEFT JOIN pg_prepared_xacts x ON x.transaction = t.transactionid"
							   " WHERE l.locktype = 'object'"
							   " AND l.classid = 'pg_extension'::regclass"
							   " AND l.objid = $1 AND l.objsubid = 0 AND l.mode = 'ExclusiveLock'"
							   " AND l.granted AND l.pid IS DISTINCT FROM $2"
							   " AND l.database = (SELECT oid FROM pg_database"
							   " WHERE datname = current_database())"
							   " ORDER BY x.gid",
							   2, types, values, NULL, true, 1);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "query for the lock's holder failed: %s", SPI_result_code_string(rc));
	if (SPI_processed > 0)
	{
		bool		isnull;
		char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);

		pid = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
										  &isnull));
		/* names may contain control characters */
		if (text != NULL)
			text = text_shown(text, strlen(text));
		*description = MemoryContextStrdup(caller, text ? text : "");
	}
	SPI_finish();
	settings_leave(nest_level);
	return pid;
}

static void
raise_in_progress(const char *description)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_MIGRATION_IN_PROGRESS),
			 errmsg("another session is migrating"),
			 description ? errdetail_internal("%s", description) : 0,
			 errhint("Try again when it has finished, or set migrate.wait_timeout higher.")));
}

/*
 * Our locks: the migration lock; the lock that says "do not wait with a snapshot"; and
 * the lock of an online run while it may still have to write the log.  When the run
 * fails, the abort releases the first two.  The third survives an abort, since it uses the
 * lock method of advisory locks.  So a session that gets the migration lock then waits for
 * the third, for a moment, until the failed run has written the log.
 */
#define LOCK_MIGRATION		0
#define LOCK_NO_SNAPSHOTS	1
#define LOCK_LOG			2

static void
make_tag(LOCKTAG *tag, uint16 number)
{
	SET_LOCKTAG_OBJECT(*tag, MyDatabaseId, ExtensionRelationId,
					   get_extension_oid("migrate_ext", false), number);
	if (number == LOCK_LOG)
		tag->locktag_lockmethodid = USER_LOCKMETHOD;
}

WaitOutcome
lock_wait_at_most(int ms, void (*wait) (void *arg), void *arg, bool outlives_deadlock)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile WaitOutcome outcome = WAIT_ENDED;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		int			nest_level = settings_set_lock_timeout(ms);

		wait(arg);
		settings_leave(nest_level);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		/*
		 * Roll back before anything else: a caller that catches an error must
		 * find its own subtransaction current.
		 */
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
			outcome = WAIT_TIMED_OUT;
		else if (error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED && outlives_deadlock)
			outcome = WAIT_DEADLOCK;
		else
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return outcome;
}

static void
acquire(void *tag)
{
	(void) LockAcquire(tag, ExclusiveLock, false, false);
}

static bool
wait_for_lock(LOCKTAG *tag, int ms)
{
	return lock_wait_at_most(ms, acquire, tag, false) == WAIT_ENDED;
}

/* Say for whom we wait: at once, and then every SAY_EVERY ms.  Raises MG025 if we may not wait. */
static void
announce_wait(char **description, TimestampTz *said)
{
	TimestampTz now = GetCurrentTimestamp();

	if (*said != 0 && TimestampDifferenceMilliseconds(*said, now) < SAY_EVERY)
		return;
	*said = now;
	(void) lock_holder(description);
	if (migrate_wait_timeout < 0)
		raise_in_progress(*description);
	ereport(NOTICE,
			(errmsg("waiting for another session that is migrating"),
			 *description ? errdetail_internal("%s", *description) : 0));
}

/* Raises MG025 if the holder is an online run that is going to wait for our snapshot. */
static void
refuse_to_wait_with_snapshot(const char *description)
{
	LOCKTAG		tag;

	make_tag(&tag, LOCK_NO_SNAPSHOTS);
	if (LockAcquire(&tag, ShareLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_MIGRATION_IN_PROGRESS),
				 errmsg("another session is migrating online"),
				 description ? errdetail_internal("%s", description) : 0,
				 errhint("It would wait for this transaction, and this one for it: try again when it has finished, or use CALL migrate.deploy(), which can wait.")));
	LockRelease(&tag, ShareLock, false);
}

/*
 * How long to wait, beyond deadlock_timeout, before checking whether to go on waiting, in
 * ms.  A wait shorter than deadlock_timeout would never find a deadlock.
 */
#define WAIT_SLICE 300

/*
 * Returns how long to wait next: at most ms, and not beyond migrate.wait_timeout.  Raises MG025 if
 * that is over.
 */
static int
next_slice(TimestampTz start, int ms)
{
	long		waited = TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());
	char	   *description;

	if (migrate_wait_timeout <= 0)
		return ms;
	if (waited >= migrate_wait_timeout)
	{
		(void) lock_holder(&description);
		raise_in_progress(description);
	}
	return Min(ms, migrate_wait_timeout - waited);
}

void
lock_migrations(void)
{
	LOCKTAG		tag;
	char	   *description;
	TimestampTz start = GetCurrentTimestamp();
	TimestampTz said = 0;

	make_tag(&tag, LOCK_MIGRATION);
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		(void) lock_holder(&description);
		do
		{
			refuse_to_wait_with_snapshot(description);
			announce_wait(&description, &said);
		} while (!wait_for_lock(&tag, next_slice(start, DeadlockTimeout + WAIT_SLICE)));
	}
	make_tag(&tag, LOCK_LOG);
	(void) LockAcquire(&tag, ShareLock, false, false);
	LockRelease(&tag, ShareLock, false);

	/* as LockDatabaseObject() does: see changes committed meanwhile */
	AcceptInvalidationMessages();
	store_check_snapshot();
}

/*
 * Waits in a transaction without a snapshot, so that no CREATE INDEX CONCURRENTLY waits
 * for us.  After a wait it first gets the lock for the transaction, in a subtransaction
 * with a time limit, and then for the session.
 */
void
lock_session(void)
{
	LOCKTAG		tag;
	char	   *description;
	TimestampTz start = GetCurrentTimestamp();
	TimestampTz said = 0;

	make_tag(&tag, LOCK_MIGRATION);
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		do
		{
			announce_wait(&description, &said);
			online_commit();
		} while (!wait_for_lock(&tag, next_slice(start, SAY_EVERY)));
		(void) LockAcquire(&tag, ExclusiveLock, true, false);
	}
	make_tag(&tag, LOCK_LOG);
	(void) LockAcquire(&tag, ExclusiveLock, true, false);
	online_commit();
	AcceptInvalidationMessages();
}

void
lock_against_snapshots(void)
{
	LOCKTAG		tag;

	make_tag(&tag, LOCK_NO_SNAPSHOTS);
	(void) LockAcquire(&tag, ExclusiveLock, true, false);
}

/* Release the locks that the session still has: an abort or DISCARD ALL may have released some. */
void
unlock_session(void)
{
	for (int number = LOCK_LOG; number >= LOCK_MIGRATION; number--)
	{
		LOCKTAG		tag;

		make_tag(&tag, number);
		if (LockHeldByMe(&tag, ExclusiveLock, false))
			LockRelease(&tag, ExclusiveLock, true);
	}
}

void
require_writable(const char *function)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot run %s on a standby server", function),
				 errhint("Connect to the primary server. The reading functions work here.")));
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot run %s in a read-only transaction", function),
				 errhint("Begin the transaction with READ WRITE, or look at default_transaction_read_only.")));
}
