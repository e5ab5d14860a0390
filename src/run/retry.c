/*
 * retry.c
 *		Statements that can run inside a transaction, and table locks that give way.
 *
 * A statement that queues for a table lock makes everybody queue who comes after
 * it, readers too.  So it waits for migrate.lock_timeout only; then all that the
 * transaction did is rolled back and it tries again a while later.  The
 * subtransaction is there for that: an abort of the whole transaction would
 * release the session's locks with it.
 */
#include "postgres.h"

#include "compat.h"
#include "run/online_private.h"
#include "settings.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

/* The table that a statement is about, or NULL. */
static RangeVar *
statement_relation(Node *node)
{
	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			return castNode(AlterTableStmt, node)->relation;
		case T_IndexStmt:
			return castNode(IndexStmt, node)->relation;
		case T_CreateTrigStmt:
			return castNode(CreateTrigStmt, node)->relation;
		case T_RenameStmt:
			return castNode(RenameStmt, node)->relation;
		case T_AlterObjectSchemaStmt:
			return castNode(AlterObjectSchemaStmt, node)->relation;
		case T_RuleStmt:
			return castNode(RuleStmt, node)->relation;
		case T_CreatePolicyStmt:
			return castNode(CreatePolicyStmt, node)->table;
		case T_InsertStmt:
			return castNode(InsertStmt, node)->relation;
		case T_UpdateStmt:
			return castNode(UpdateStmt, node)->relation;
		case T_DeleteStmt:
			return castNode(DeleteStmt, node)->relation;
		case T_TruncateStmt:
			return linitial_node(RangeVar, castNode(TruncateStmt, node)->relations);
		case T_LockStmt:
			return linitial_node(RangeVar, castNode(LockStmt, node)->relations);
		case T_DropStmt:
			if (castNode(DropStmt, node)->removeType == OBJECT_TABLE ||
				castNode(DropStmt, node)->removeType == OBJECT_INDEX ||
				castNode(DropStmt, node)->removeType == OBJECT_VIEW)
				return makeRangeVarFromNameList(linitial(castNode(DropStmt, node)->objects));
			return NULL;
		default:
			return NULL;
	}
}

char *
find_blockers(const Script *script, int first, int n)
{
	MemoryContext caller = CurrentMemoryContext;
	StringInfoData oids;
	char	   *result = NULL;
	int			nest_level;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	initStringInfo(&oids);
	appendStringInfoChar(&oids, '{');
	for (int i = first; i < first + n; i++)
	{
		RangeVar   *relation = statement_relation(script->statements[i].raw->stmt);
		Oid			relid = relation ? relation_by_name(relation) : InvalidOid;

		if (OidIsValid(relid))
			appendStringInfo(&oids, "%s%u", oids.len > 1 ? "," : "", relid);
	}
	appendStringInfoChar(&oids, '}');

	nest_level = settings_pin_path();
	SPI_connect();
	values[0] = CStringGetTextDatum(oids.data);
	if (SPI_execute_with_args("SELECT string_agg(b.who, '; ') FROM ("
							  "SELECT format('process %s%s holds %s on %s%s', l.pid, ' of role ' || a.usename,"
							  " l.mode, l.relation::regclass, ', in a transaction that began ' ||"
							  " extract(epoch FROM clock_timestamp() - a.xact_start)::int || ' s ago') AS who"
							  " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
							  " WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()"
							  " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
							  " AND l.relation = ANY ($1::oid[])"
							  " ORDER BY a.xact_start, l.pid, l.relation, l.mode LIMIT 10) b",
							  1, types, values, NULL, true, 1) == SPI_OK_SELECT && SPI_processed > 0)
	{
		char	   *text = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);

		if (text != NULL)
			result = MemoryContextStrdup(caller, text);
	}
	SPI_finish();
	settings_leave(nest_level);
	return result;
}

/* How long to wait: twice as long each time up to half a minute, give or take a quarter. */
static long
back_off_time(int retries)
{
	long		ms = Min(30000, 500L << Min(retries, 7));
	uint8		random;

	if (pg_strong_random(&random, sizeof(random)))
		ms += ms * ((int) random - 128) / 512;
	return ms;
}

/* Sleep, in a transaction that holds nothing. */
static void
back_off(long ms)
{
	TimestampTz start = GetCurrentTimestamp();

	for (;;)
	{
		long		left = ms - TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());

		CHECK_FOR_INTERRUPTS();
		if (left <= 0)
			return;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
}

/* Returns NULL, or the error with which the statements were rolled back. */
static ErrorData *
try_statements(OnlineStep *step, int first, int n)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(caller);
	PG_TRY();
	{
		int			nest_level = settings_enter_revision(step->origin.revision, step->origin.direction);

		if (migrate_lock_timeout > 0)
			(void) settings_set_lock_timeout(migrate_lock_timeout);
		execute_statements(step->script, &step->origin, first, n);
		/* fails here, where it can be told, rather than in the commit */
		execute_deferred(&step->origin);
		settings_leave(nest_level);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(step->context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	return error;
}

void
retry_statements(OnlineStep *step, int first, int n)
{
	for (int retries = 0;; retries++)
	{
		ErrorData  *error = try_statements(step, first, n);
		bool		give_up = retries >= migrate_lock_retries;
		char	   *blockers;
		long		ms;

		if (error == NULL)
			return;
		if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE && error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED)
			ReThrowError(error);

		/* what has been run once may have been scribbled on */
		step->script = script_parse(step->script->text, step->is_marked, &step->origin);
		blockers = find_blockers(step->script, first, n);
		ms = give_up ? 0 : back_off_time(retries);
		journal_retry(step->journal, !give_up, ms, blockers);
		online_commit();
		if (give_up)
		{
			if (blockers != NULL && error->detail == NULL)
				error->detail = psprintf("It was tried %d times; %s.", retries + 1, blockers);
			ReThrowError(error);
		}
		ereport(NOTICE,
				(errmsg("revision \"%s\" did not get its locks and gives way, try %d of %d",
						step->rev->links.id, retries + 1, migrate_lock_retries + 1),
				 blockers ? errdetail_internal("%s", blockers) : 0));
		back_off(ms);
	}
}
