/*
 * blockers.c
 *		Describes the sessions that hold the locks for which a revision waits, and cancels
 *		or terminates them if migrate.lock_blockers says so.
 *
 * The queries of pg_locks and pg_stat_activity run as the caller, so they show of other
 * roles' sessions only what the caller may see.
 */
#include "postgres.h"

#include "compat.h"
#include "run/patience.h"
#include "run/run.h"
#include "settings.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/*
 * $1: processes, 0 for a prepared transaction.  The lock that they hold: $2: on this table, or
 * $3: on this transaction number, or (both 0) on something else; $4: the modes on a table.
 */
#define DESCRIBE \
	"SELECT string_agg(b.who, '; ') FROM (" \
	"SELECT CASE WHEN p.gid IS NULL THEN format('process %s', l.pid) || " SESSION_IN_WORDS(a) \
	" ELSE format('prepared transaction %L of role %s', p.gid, p.owner) END" \
	" || CASE l.locktype WHEN 'relation' THEN format(', holds %s on %s', l.mode, l.relation::regclass)" \
	" WHEN 'transactionid' THEN ', has locked rows that are wanted'" \
	" ELSE ', holds the lock that is wanted' END" \
	" || CASE WHEN p.gid IS NULL THEN " DOING_IN_WORDS(a) \
	" ELSE format(', prepared %s s ago', extract(epoch" \
	" FROM clock_timestamp() - p.prepared)::int) END AS who" \
	" FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid" \
	" LEFT JOIN pg_locks t ON l.pid IS NULL AND t.pid IS NULL AND t.locktype = 'transactionid'" \
	" AND t.virtualtransaction = l.virtualtransaction" \
	" LEFT JOIN pg_prepared_xacts p ON p.transaction = t.transactionid" \
	" WHERE l.granted AND coalesce(l.pid, 0) = ANY ($1) AND CASE" \
	" WHEN $2 <> 0 THEN l.locktype = 'relation' AND l.relation = $2 AND l.mode = ANY ($4)" \
	" AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())" \
	" WHEN $3 <> '0' THEN l.locktype = 'transactionid' AND l.transactionid = $3" \
	" ELSE l.locktype = 'virtualxid' END" \
	" ORDER BY a.xact_start, l.pid, l.relation, l.mode LIMIT 10) b"

/*
 * Signals only sessions that the caller may signal, and whose transaction (or else state) has
 * lasted long enough, so that no function raises an error.  The call is in the select list,
 * since only that is certain to be evaluated after the conditions.
 */
#define SIGNAL(function) \
	"SELECT a.pid, " function "(a.pid) FROM pg_stat_activity a" \
	" LEFT JOIN pg_roles his ON his.oid = a.usesysid" \
	" JOIN pg_roles mine ON mine.rolname = current_user" \
	" WHERE a.pid = ANY ($1) AND a.backend_type = 'client backend' AND" \
	" coalesce(a.xact_start, a.state_change) <= clock_timestamp() - $2 * interval '1 millisecond' AND" \
	" (mine.rolsuper OR NOT his.rolsuper AND" \
	" (pg_has_role(his.oid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE')))"

/*
 * Returns, as int4[], the processes whose locks conflict with this one; 0 for a prepared
 * transaction.
 */
static Datum
list_holders(const LOCKTAG *tag, LOCKMODE mode)
{
	LockData   *data = GetLockStatusData();
	LOCKMASK	conflicts = GetLockTagsMethodTable(tag)->conflictTab[mode];
	Datum	   *pids = palloc(sizeof(Datum) * Max(data->nelements, 1));
	int			n = 0;

	for (int i = 0; i < data->nelements; i++)
		if (memcmp(&data->locks[i].locktag, tag, sizeof(LOCKTAG)) == 0 &&
			(data->locks[i].holdMask & conflicts) != 0 && data->locks[i].pid != MyProcPid)
			pids[n++] = Int32GetDatum(data->locks[i].pid);
	return PointerGetDatum(construct_array(pids, n, INT4OID, 4, true, TYPALIGN_INT));
}

/* Returns, as text[], the names of the modes that conflict with this one. */
static Datum
list_modes(const LOCKTAG *tag, LOCKMODE mode)
{
	LockMethod	method = GetLockTagsMethodTable(tag);
	Datum		names[MAX_LOCKMODES];
	int			n = 0;

	for (LOCKMODE other = 1; other <= method->numLockModes; other++)
		if (method->conflictTab[mode] & LOCKBIT_ON(other))
			names[n++] = CStringGetTextDatum(GetLockmodeName(tag->locktag_lockmethodid, other));
	return PointerGetDatum(construct_array(names, n, TEXTOID, -1, false, TYPALIGN_INT));
}

/*
 * The query gets a snapshot of its own.  Otherwise the portal of the procedure would get
 * one, and keep it during the wait.
 */
char *
describe_blockers(const LOCKTAG *tag, LOCKMODE mode)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[4] = {INT4ARRAYOID, OIDOID, XIDOID, TEXTARRAYOID};
	Datum		values[4] = {list_holders(tag, mode), ObjectIdGetDatum(InvalidOid),
	TransactionIdGetDatum(InvalidTransactionId), list_modes(tag, mode)};
	int			nest_level = settings_pin_path();
	char	   *result = NULL;

	if (tag->locktag_type == LOCKTAG_RELATION)
		values[1] = ObjectIdGetDatum(tag->locktag_field2);
	else if (tag->locktag_type == LOCKTAG_TRANSACTION)
		values[2] = TransactionIdGetDatum(tag->locktag_field1);
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	if (SPI_execute_with_args(DESCRIBE, 4, types, values, NULL, true, 1) == SPI_OK_SELECT &&
		SPI_processed > 0)
	{
		char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		if (text != NULL)
			result = MemoryContextStrdup(caller, text);
	}
	SPI_finish();
	PopActiveSnapshot();
	settings_leave(nest_level);
	return result;
}

char *
signal_blockers(const LOCKTAG *tag, LOCKMODE mode, bool terminate)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[2] = {INT4ARRAYOID, INT4OID};
	Datum		values[2] = {list_holders(tag, mode), Int32GetDatum(migrate_lock_blockers_after)};
	int			nest_level = settings_pin_path();
	StringInfoData sent;

	initStringInfo(&sent);
	PushActiveSnapshot(GetTransactionSnapshot());
	SPI_connect();
	SPI_execute_with_args(terminate ? SIGNAL("pg_terminate_backend") : SIGNAL("pg_cancel_backend"),
						  2, types, values, NULL, false, 0);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(caller);

		appendStringInfo(&sent, "%s%s", sent.len > 0 ? ", " : "",
						 SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	PopActiveSnapshot();
	settings_leave(nest_level);
	if (sent.len == 0)
		return NULL;
	/* the NOTICE is for the client, the LOG for the server's log */
	ereport(NOTICE, (errmsg("%s process %s", terminate ? "terminated" : "cancelled the query of",
							sent.data)));
	ereport(LOG, (errmsg("a migration that waits for a lock has %s process %s",
						 terminate ? "terminated" : "cancelled the query of", sent.data)));
	return psprintf("%s: process %s", terminate ? "terminated" : "cancelled", sent.data);
}
