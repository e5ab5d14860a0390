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
#include "utils/builtins.h"
#include "utils/inval.h"

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
							   " AND l.objid = $1 AND l.mode = 'ExclusiveLock' AND l.granted AND l.pid <> $2"
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

/* Wait for the lock for as long as migrate.wait_timeout says. */
static void
wait_for_lock(const LOCKTAG *tag, const char *description)
{
	MemoryContext old = CurrentMemoryContext;
	int			nest_level = settings_set_lock_timeout(migrate_wait_timeout);

	PG_TRY();
	{
		(void) LockAcquire(tag, ExclusiveLock, false, false);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		if (geterrcode() != ERRCODE_LOCK_NOT_AVAILABLE)
			PG_RE_THROW();
		/* another error takes its place: the transaction ends all the same */
		FlushErrorState();
		raise_in_progress(description);
	}
	PG_END_TRY();
	settings_leave(nest_level);
}

void
lock_migrations(void)
{
	LOCKTAG		tag;
	char	   *description;

	SET_LOCKTAG_OBJECT(tag, MyDatabaseId, ExtensionRelationId,
					   get_extension_oid("migrate_ext", false), 0);
	if (LockAcquire(&tag, ExclusiveLock, false, true) == LOCKACQUIRE_NOT_AVAIL)
	{
		(void) lock_holder(&description);
		if (migrate_wait_timeout < 0)
			raise_in_progress(description);
		ereport(NOTICE,
				(errmsg("waiting for another session that is migrating"),
				 description ? errdetail_internal("%s", description) : 0));
		wait_for_lock(&tag, description);
	}
	/* as LockDatabaseObject() does: see what was committed while we waited */
	AcceptInvalidationMessages();
	store_check_snapshot();
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
