/*
 * lock.c
 *		One session at a time migrates or writes revisions.
 *
 * The lock is the heavyweight lock of the extension object itself: it cannot
 * collide with anybody's advisory locks, is seen in pg_locks, goes with the
 * transaction, and makes DROP EXTENSION wait.  Readers take none.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
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

	/* as the caller: what is hidden from it stays hidden */
	SPI_connect();
	rc = SPI_execute_with_args("SELECT l.pid, format('Process %s%s%s%s holds the migration lock%s.', l.pid,"
							   " ' of role ' || a.usename,"
							   " ', application ' || quote_literal(nullif(nullif(a.application_name, ''), '<insufficient privilege>')),"
							   " ', client ' || host(a.client_addr),"
							   " ', in a transaction that began at ' || date_trunc('second', a.xact_start) ||"
							   " ' (' || extract(epoch FROM clock_timestamp() - a.xact_start)::int || ' s ago)')"
							   " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
							   " WHERE l.locktype = 'object' AND l.classid = 'pg_extension'::regclass"
							   " AND l.objid = $1 AND l.objsubid = 0 AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> $2"
							   " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())",
							   2, types, values, NULL, true, 1);
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "query for the lock's holder failed: %s", SPI_result_code_string(rc));
	if (SPI_processed > 0)
	{
		bool		isnull;
		char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);

		pid = DatumGetInt32(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
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
 * Our locks: the one; the one that says "do not wait with a snapshot"; and the
 * one of an online run that has failed and has still to say so in the log.  An
 * abort releases a session's locks, but not those of the kind that advisory locks
 * are of; so whoever gets the first one then waits for the third, for a moment.
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

/*
 * Wait for the lock, but not for longer than this (ms; 0: without a limit).
 * Returns false if the time is over; what the attempt had changed is undone by
 * its subtransaction.
 */
static bool
wait_for_lock(const LOCKTAG *tag, int ms)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool got = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		int			nest_level = settings_set_lock_timeout(ms);

		(void) LockAcquire(tag, ExclusiveLock, false, false);
		settings_leave(nest_level);
		ReleaseCurrentSubTransaction();
		got = true;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		/*
		 * first of all, since whoever catches an error counts on its own
		 * subtransaction
		 */
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(caller);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE)
			ReThrowError(error);
		FreeErrorData(error);
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return got;
}

static void
announce_wait(char **description)
{
	(void) lock_holder(description);
	if (migrate_wait_timeout < 0)
		raise_in_progress(*description);
	ereport(NOTICE,
			(errmsg("waiting for another session that is migrating"),
			 *description ? errdetail_internal("%s", *description) : 0));
}

/* An online run that builds an index waits for all snapshots to go: ours, too. */
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
 * How long to wait at a time before looking whether waiting still makes sense,
 * beyond deadlock_timeout: a wait that is shorter would never find a deadlock.
 */
#define WAIT_SLICE 300

void
lock_migrations(void)
{
	LOCKTAG		tag;
	char	   *description;
	TimestampTz start = GetCurrentTimestamp();

	make_tag(&tag, LOCK_MIGRATION);
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		(void) lock_holder(&description);
		refuse_to_wait_with_snapshot(description);
		announce_wait(&description);
		for (;;)
		{
			int			slice = DeadlockTimeout + WAIT_SLICE;

			if (migrate_wait_timeout > 0)
			{
				long		waited = TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());

				if (waited >= migrate_wait_timeout)
				{
					(void) lock_holder(&description);
					raise_in_progress(description);
				}
				slice = Min(slice, migrate_wait_timeout - waited);
			}
			if (wait_for_lock(&tag, slice))
				break;
			refuse_to_wait_with_snapshot(description);
		}
	}
	make_tag(&tag, LOCK_LOG);
	(void) LockAcquire(&tag, ShareLock, false, false);
	LockRelease(&tag, ShareLock, false);
	/* as LockDatabaseObject() does: see what was committed while we waited */
	AcceptInvalidationMessages();
	store_check_snapshot();
}

/*
 * The wait is in a transaction that has no snapshot: nobody who builds an index
 * waits for it.  The lock of the transaction is got first, for its time limit,
 * and the session's beside it.
 */
void
lock_session(void)
{
	LOCKTAG		tag;
	char	   *description;

	make_tag(&tag, LOCK_MIGRATION);
	if (LockAcquire(&tag, ExclusiveLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		announce_wait(&description);
		online_commit();
		if (!wait_for_lock(&tag, migrate_wait_timeout))
		{
			(void) lock_holder(&description);
			raise_in_progress(description);
		}
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

/* Those that are there: an abort has released some of them, DISCARD ALL the last. */
void
unlock_session(void)
{
	for (int number = LOCK_LOG; number >= LOCK_MIGRATION; number--)
	{
		LOCKTAG		tag;

		make_tag(&tag, number);
		if (compat_lock_held(&tag, ExclusiveLock))
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
