/*
 * online.c
 *		deploy and revert: a transaction for each revision.
 *
 * A busy database wants short transactions, table locks that give way, indexes
 * built concurrently, and an honest record when something fails half way.  The
 * session holds the migration lock from beginning to end, so that graph and
 * version rows change under nobody's hands but ours; the plan is made once.
 *
 * A revision that can run inside a transaction does so, in a subtransaction: if
 * it fails, the subtransaction is rolled back and the failure is committed to
 * the log.  One that cannot is run statement by statement; after each, the log
 * says how many are done, and a later run goes on from there.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "storage/latch.h"
#include "tcop/pquery.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* A run: what does not change while it goes on. */
typedef struct OnlineRun
{
	Store	   *store;
	MigrationPlan *plan;
	VersionState *state;		/* what has been reached */
	int			step;			/* number of the step that is running */
	bool		against_snapshots;	/* lock_against_snapshots() was called */
} OnlineRun;

/* The step that is running. */
typedef struct OnlineStep
{
	OnlineRun  *run;
	const PlanStep *plan_step;
	const StoredRevision *rev;
	ScriptOrigin origin;
	Script	   *script;
	bool		by_statement;	/* it cannot run inside a transaction */
	int64		journal;		/* its row in the log */
	char	  **before;			/* version rows */
	int			nbefore;
	int			tries;
	int64		waited_us;
	instr_time	start;
	MemoryContext context;		/* lives as long as the step */
} OnlineStep;

static int64
elapsed_us(const OnlineStep *step)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, step->start);
	return INSTR_TIME_GET_MICROSEC(now);
}

/* ------------------------------------------------------------- interruptions */

/* What a crash has rolled back as a whole is failed, not running. */
static bool
end_rolled_back(const OpenEntry *entry)
{
	ErrorData	error = {0};

	if (entry->has_statements)
		return false;
	error.sqlerrcode = ERRCODE_MG_INTERRUPTED;
	error.message = "its session or the server came to an end while it ran; nothing of it is left";
	journal_end(entry->id, "failed", NULL, -1, 0, &error);
	return true;
}

static void
raise_interrupted(const OpenEntry *entry, const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_INTERRUPTED),
			 errmsg("the %s of revision \"%s\" is half done", entry->action, entry->revision),
			 errdetail("%d of its statements are committed. %s", entry->statements_done, detail),
			 errhint("Look at migrate.log. Go on with CALL migrate.%s(...); or put it right by hand and say how, with SELECT migrate.resolve('%s', 'applied') or 'rolled back'.",
					 strcmp(entry->action, "upgrade") == 0 ? "deploy" : "revert", entry->revision)));
}

void
run_check_interrupted(void)
{
	int			n;
	OpenEntry  *entries;

	if (!journal_has_open())
		return;
	entries = journal_open(&n);
	for (int i = 0; i < n; i++)
		if (!end_rolled_back(&entries[i]))
			raise_interrupted(&entries[i], "An online run was interrupted.");
}

/* The entry that the first step of this plan goes on with, or NULL. */
static OpenEntry *
find_interrupted(const OnlineRun *run)
{
	int			n;
	OpenEntry  *entries = journal_open(&n);
	OpenEntry  *found = NULL;

	for (int i = 0; i < n; i++)
	{
		OpenEntry  *entry = &entries[i];
		const PlanStep *first = run->plan->nsteps > 0 ? &run->plan->steps[0] : NULL;

		if (end_rolled_back(entry))
			continue;
		if (found != NULL || first == NULL ||
			strcmp(run->store->revs[first->rev].links.id, entry->revision) != 0 ||
			strcmp(run_step_action(first), entry->action) != 0)
			raise_interrupted(entry, "This run does not begin with it.");
		if (!entry->is_same_script)
			raise_interrupted(entry, "Its script has been changed since.");
		found = entry;
	}
	return found;
}

void
run_resolve(const char *name, const char *outcome, char ***rows, int *nrows)
{
	bool		applied = strcmp(outcome, "applied") == 0;
	Store	   *store;
	VersionState *state;
	int			rev;
	int			n;
	OpenEntry  *entries;

	if (!applied && strcmp(outcome, "rolled back") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown outcome \"%s\"", outcome),
				 errhint("Say 'applied' if all of the revision is in effect, 'rolled back' if nothing of it is.")));
	lock_migrations();
	store = store_load(true, false);
	rev = target_revision(store->graph, store->version, name, true);
	entries = journal_open(&n);
	for (int i = 0; i < n; i++)
	{
		OpenEntry  *entry = &entries[i];

		if (rev < 0 || strcmp(entry->revision, store->revs[rev].links.id) != 0)
			continue;
		state = version_copy(store->version);
		if (applied)
			version_set(state, rev, strcmp(entry->action, "upgrade") == 0);
		*rows = run_row_names(state, nrows);
		run_write_rows(store->rows, store->nrows, *rows, *nrows);
		journal_end(entry->id, applied ? "done" : "failed", *rows, *nrows, 0, NULL);
		return;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("revision \"%s\" is not half done", name),
			 errhint("To say where the database is without running anything, use migrate.stamp().")));
}

/* ------------------------------------------------------- failures and retries */

/* The failure goes into the log, for good, and then to the caller. */
static void
fail_step(OnlineStep *step, ErrorData *error, int statements_done)
{
	run_set_running(NULL);
	journal_end(step->journal, statements_done > 0 ? "half done" : "failed",
				step->before, step->nbefore, elapsed_us(step), error);
	if (step->by_statement)
		journal_progress(step->journal, statements_done);
	online_commit();
	if (step->by_statement)
		settings_show_revision(NULL, NULL);
	ReThrowError(error);
}

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
		Oid			relid = relation ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid;

		if (OidIsValid(relid))
			appendStringInfo(&oids, "%s%u", oids.len > 1 ? "," : "", relid);
	}
	appendStringInfoChar(&oids, '}');

	nest_level = settings_pin_path();
	SPI_connect();
	values[0] = CStringGetTextDatum(oids.data);
	if (SPI_execute_with_args("SELECT string_agg(DISTINCT format('process %s%s holds %s on %s%s', l.pid,"
							  " ' of role ' || a.usename, l.mode, l.relation::regclass,"
							  " format(', in a transaction that began %s s ago',"
							  " extract(epoch FROM clock_timestamp() - a.xact_start)::int)), '; ')"
							  " FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid"
							  " WHERE l.locktype = 'relation' AND l.granted AND l.pid <> pg_backend_pid()"
							  " AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())"
							  " AND l.relation = ANY ($1::oid[])",
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

/* Sleep, holding nothing: twice as long each time up to half a minute, give or take a quarter. */
static void
back_off(OnlineStep *step)
{
	long		ms = Min(30000, 250L << Min(step->tries, 8));
	TimestampTz start = GetCurrentTimestamp();
	uint8		random;

	if (pg_strong_random(&random, sizeof(random)))
		ms += ms * ((int) random - 128) / 512;
	for (;;)
	{
		long		left = ms - TimestampDifferenceMilliseconds(start, GetCurrentTimestamp());

		CHECK_FOR_INTERRUPTS();
		if (left <= 0)
			break;
		(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH, left, PG_WAIT_EXTENSION);
		ResetLatch(MyLatch);
	}
	step->waited_us += ms * 1000;
}

/*
 * Some statements in a subtransaction.  Returns NULL, or the error with which
 * they were rolled back.
 */
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
		ConstraintsSetStmt *immediate = makeNode(ConstraintsSetStmt);

		if (migrate_lock_timeout > 0)
			(void) settings_set_lock_timeout(migrate_lock_timeout);
		execute_statements(step->script, &step->origin, first, n);
		/* what is deferred to the commit fails here, where it can be told */
		AfterTriggerSetState(immediate);
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

/*
 * The same, and if a table lock is not to be had, give way and try again.  Ends
 * with the statements run but not committed, or with an error.
 */
static void
run_statements(OnlineStep *step, int first, int n, int statements_done)
{
	for (int retries = 0;; retries++)
	{
		ErrorData  *error = try_statements(step, first, n);
		char	   *blockers;

		if (error == NULL)
			return;
		if ((error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE && error->sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED) ||
			retries >= migrate_lock_retries)
			fail_step(step, error, statements_done);

		blockers = find_blockers(step->script, first, n);
		step->tries++;
		journal_retry(step->journal, step->tries, step->waited_us, blockers);
		online_commit();
		ereport(NOTICE,
				(errmsg("revision \"%s\" did not get its locks and gives way, try %d of %d",
						step->rev->links.id, retries + 1, migrate_lock_retries + 1),
				 blockers ? errdetail_internal("%s", blockers) : 0));
		back_off(step);
	}
}

/* ------------------------------------------------------ statement by statement */

/* Must it be the first of a transaction, or may it end one? */
static bool
is_toplevel(const Statement *stmt)
{
	return (stmt->mode != RUN_TRANSACTION && !IsA(stmt->raw->stmt, TransactionStmt)) ||
		IsA(stmt->raw->stmt, DoStmt) || IsA(stmt->raw->stmt, CallStmt);
}

/* The index that a CREATE INDEX CONCURRENTLY makes, if it is there. */
static Oid
index_of(Node *node)
{
	IndexStmt  *stmt = (IndexStmt *) node;
	Oid			relid;

	if (!IsA(node, IndexStmt) || stmt->idxname == NULL)
		return InvalidOid;
	relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	return OidIsValid(relid) ? get_relname_relid(stmt->idxname, get_rel_namespace(relid)) : InvalidOid;
}

static bool
index_is_valid(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		valid = HeapTupleIsValid(tuple) && ((Form_pg_index) GETSTRUCT(tuple))->indisvalid;

	if (HeapTupleIsValid(tuple))
		ReleaseSysCache(tuple);
	return valid;
}

/* Run it; an error comes back, with the transaction that it broke ended. */
static ErrorData *
try_toplevel(OnlineStep *step, const Script *script, int number)
{
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		MemoryContextSwitchTo(step->context);
		execute_toplevel(script, &step->origin, number);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(step->context);
		error = CopyErrorData();
		FlushErrorState();
		online_abort();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(step->context);
	return error;
}

/* Name an index that was left invalid, and say what to do about it. */
static void
explain_invalid_index(ErrorData *error, Oid index)
{
	char	   *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(index)), get_rel_name(index));

	error->detail = psprintf("%s%sThe index %s is left behind, INVALID.",
							 error->detail ? error->detail : "", error->detail ? " " : "", name);
	error->hint = psprintf("The next CALL migrate.deploy() drops it and builds it anew; by hand: DROP INDEX CONCURRENTLY %s;", name);
}

/* Take away what an earlier attempt left of an index. */
static void
drop_invalid_index(OnlineStep *step, Oid index)
{
	char	   *name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(index)), get_rel_name(index));
	char	   *sql = psprintf("DROP INDEX CONCURRENTLY %s", name);
	ScriptOrigin origin = step->origin;
	Script	   *script = script_parse(sql, true, &origin);
	ErrorData  *error;

	ereport(NOTICE, (errmsg("dropping the invalid index %s of an earlier attempt", name)));
	online_commit();
	error = try_toplevel(step, script, 0);
	if (error != NULL)
		ReThrowError(error);
	online_commit();
}

/*
 * The statement with which an earlier run was interrupted.  Returns false if
 * there is nothing left of it to be done.
 */
static bool
prepare_resumed(OnlineStep *step, const OpenEntry *entry, int number)
{
	Node	   *node = step->script->statements[number].raw->stmt;
	Oid			index = index_of(node);

	switch (nodeTag(node))
	{
		case T_IndexStmt:
			if (!OidIsValid(index))
				return true;
			if (index_is_valid(index))
				return false;
			drop_invalid_index(step, index);
			return true;
		case T_DropStmt:
			{
				RangeVar   *relation = statement_relation(node);

				return relation == NULL || OidIsValid(RangeVarGetRelid(relation, NoLock, true));
			}
		case T_ReindexStmt:
		case T_VacuumStmt:
		case T_ClusterStmt:
		case T_AlterSystemStmt:
		case T_DiscardStmt:
			return true;		/* once more does no harm */
		default:
			/* it failed: try again; after a crash nobody knows */
			if (!entry->is_half_done && is_toplevel(&step->script->statements[number]))
				raise_interrupted(entry, psprintf("Statement %d was running and may be done or not.", number + 1));
			return true;
	}
}

/* One statement in a transaction of its own, not ours. */
static void
run_toplevel(OnlineStep *step, int number, const OpenEntry *resumed)
{
	const Statement *stmt = &step->script->statements[number];
	ErrorData  *error;

	if (resumed != NULL && !prepare_resumed(step, resumed, number))
		return;
	online_commit();
	error = try_toplevel(step, step->script, number);
	if (error != NULL)
	{
		Oid			index = index_of(stmt->raw->stmt);
		bool		is_left = OidIsValid(index) && !index_is_valid(index);

		if (is_left)
			explain_invalid_index(error, index);
		/* an index that is left is something half done, if it is the first statement, too */
		if (is_left || number > 0)
		{
			journal_progress(step->journal, number);
			journal_end(step->journal, "half done", step->before, step->nbefore, elapsed_us(step), error);
			online_commit();
			run_set_running(NULL);
			settings_show_revision(NULL, NULL);
			ReThrowError(error);
		}
		fail_step(step, error, number);
	}
}

/* BEGIN ... COMMIT inside: the number of statements up to and with the end. */
static int
group_length(const Script *script, int first)
{
	int			i = first;

	if (IsA(script->statements[i].raw->stmt, TransactionStmt))
		i++;
	while (i < script->nstatements && !IsA(script->statements[i].raw->stmt, TransactionStmt))
		i++;
	return Min(i + 1, script->nstatements) - first;
}

static bool
opens_group(const Statement *stmt)
{
	TransactionStmt *node = (TransactionStmt *) stmt->raw->stmt;

	return IsA(node, TransactionStmt) &&
		(node->kind == TRANS_STMT_BEGIN || node->kind == TRANS_STMT_START || node->chain);
}

static bool
is_rollback(const Statement *stmt)
{
	TransactionStmt *node = (TransactionStmt *) stmt->raw->stmt;

	return IsA(node, TransactionStmt) && node->kind == TRANS_STMT_ROLLBACK;
}

static void
announce_statement(const OnlineStep *step, int number)
{
	const Statement *stmt = &step->script->statements[number];
	int			len = Min(stmt->len, (int) strcspn(step->script->text + stmt->start, "\r\n"));

	if (step->script->nstatements > 1)
		ereport(NOTICE, (errmsg("statement %d of %d: %.*s", number + 1, step->script->nstatements,
								pg_mbcliplen(step->script->text + stmt->start, len, 100),
								step->script->text + stmt->start)));
}

/* A revision that cannot run inside a transaction, from statement `first` on. */
static void
run_by_statement(OnlineStep *step, int first, const OpenEntry *resumed)
{
	const Script *script = step->script;
	List	   *names = script_settings(script);
	List	   *values = NIL;
	ListCell   *lc;
	ListCell   *lv;
	int			n;

	/* its settings outlive its transactions: keep what they were */
	foreach(lc, names)
		values = lappend(values, GetConfigOptionByName(strVal(lfirst(lc)), NULL, true));
	settings_show_revision(step->origin.revision, step->origin.direction);

	for (int i = first; i < script->nstatements; i += n)
	{
		const Statement *stmt = &script->statements[i];

		n = 1;
		announce_statement(step, i);
		if (is_toplevel(stmt))
			run_toplevel(step, i, i == first ? resumed : NULL);
		else if (IsA(stmt->raw->stmt, VariableSetStmt))
		{
			/* a setting is for the statements to come, not for its own transaction */
			ErrorData  *error = try_toplevel(step, script, i);

			if (error != NULL)
				fail_step(step, error, i);
		}
		else if (opens_group(stmt))
		{
			n = group_length(script, i);
			if (!is_rollback(&script->statements[i + n - 1]))
				run_statements(step, i, n, i);
			/* the end of a chain opens the next group */
			if (opens_group(&script->statements[i + n - 1]))
				n--;
		}
		else if (!IsA(stmt->raw->stmt, TransactionStmt))
			run_statements(step, i, 1, i);
		journal_progress(step->journal, i + n);
		online_commit();
	}

	forboth(lc, names, lv, values)
		if (lfirst(lv) != NULL)
			settings_set(strVal(lfirst(lc)), lfirst(lv));
	settings_show_revision(NULL, NULL);
}

/* ------------------------------------------------------------------- the run */

/* The row in the log that is committed before the revision runs. */
static void
begin_journal(OnlineStep *step, const OpenEntry *resumed)
{
	if (resumed != NULL)
	{
		step->journal = resumed->id;
		journal_resume(step->journal);
	}
	else
	{
		LogEntry	entry = {0};

		entry.action = step->origin.direction;
		entry.revision = step->rev->links.id;
		entry.message = step->rev->links.message;
		entry.before = step->before;
		entry.nbefore = step->nbefore;
		entry.started_at = GetCurrentTimestamp();
		step->journal = journal_begin(&entry, step->by_statement ? step->script->nstatements : 0);
	}
	online_commit();
}

static void
run_step(OnlineRun *run, const OpenEntry *resumed)
{
	OnlineStep	step = {.run = run,.plan_step = &run->plan->steps[run->step],.tries = 1};
	bool		up = step.plan_step->kind == STEP_UPGRADE;
	char	   *id;
	StoredScript *stored;
	char	  **after;
	int			nafter;

	step.rev = &run->store->revs[step.plan_step->rev];
	step.by_statement = (up ? step.rev->upgrade_mode : step.rev->downgrade_mode) != RUN_TRANSACTION;
	step.context = CurrentMemoryContext;
	id = unconstify(char *, step.rev->links.id);
	stored = store_scripts(true, &id, 1);
	step.origin.revision = step.rev->links.id;
	step.origin.message = step.rev->links.message;
	step.origin.direction = run_step_action(step.plan_step);
	step.origin.file_name = step.rev->links.file_name;
	step.origin.first_line = up ? stored->upgrade_line : stored->downgrade_line;
	step.script = script_parse(up ? stored->upgrade : stored->downgrade,
							   up ? stored->upgrade_marked : stored->downgrade_marked, &step.origin);
	step.before = run_row_names(run->state, &step.nbefore);

	ereport(NOTICE,
			(errmsg("Running %s", plan_step_label(run->plan, step.plan_step, true)),
			 resumed ? errdetail("It goes on with statement %d.", resumed->statements_done + 1) : 0));
	begin_journal(&step, resumed);
	INSTR_TIME_SET_CURRENT(step.start);
	progress_step(step.origin.direction, id, run->step + 1, run->plan->nsteps);

	run_set_running(id);
	if (step.by_statement)
		run_by_statement(&step, resumed ? resumed->statements_done : 0, resumed);
	else
		run_statements(&step, 0, step.script->nstatements, 0);
	run_set_running(NULL);

	plan_apply_step(run->plan, step.plan_step, run->state);
	after = run_row_names(run->state, &nafter);
	run_write_rows(step.before, step.nbefore, after, nafter);
	if (step.tries > 1)
		journal_retry(step.journal, step.tries, step.waited_us, NULL);
	journal_end(step.journal, "done", after, nafter, elapsed_us(&step), NULL);
	online_commit();
}

static bool
needs_no_snapshots(const OnlineRun *run)
{
	for (int i = 0; i < run->plan->nsteps; i++)
	{
		const PlanStep *step = &run->plan->steps[i];
		const StoredRevision *rev = &run->store->revs[step->rev];

		if ((step->kind == STEP_UPGRADE ? rev->upgrade_mode : rev->downgrade_mode) != RUN_TRANSACTION)
			return true;
	}
	return false;
}

/* With the lock held: read, plan, run. */
static void
run_locked(OnlineRun *run, bool up, const char *target)
{
	MemoryContext context = CurrentMemoryContext;
	OpenEntry  *resumed;

	run->store = store_load(true, false);
	run->plan = up ? plan_upgrade(run->store->graph, run->store->version, target, false)
		: plan_downgrade(run->store->graph, run->store->version, target, false);
	run->state = version_copy(run->plan->start);
	run_check_plan(run->store, run->plan, false);
	resumed = find_interrupted(run);
	if (needs_no_snapshots(run))
	{
		lock_against_snapshots();
		run->against_snapshots = true;
	}
	online_commit();

	for (run->step = 0; run->step < run->plan->nsteps; run->step++)
	{
		MemoryContext per_step = AllocSetContextCreate(context, "migrate_ext step", ALLOCSET_DEFAULT_SIZES);

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(per_step);
		run_step(run, resumed);
		resumed = NULL;
		MemoryContextSwitchTo(context);
		MemoryContextDelete(per_step);
	}
}

static void
run_online(bool up, const char *target, bool atomic)
{
	OnlineRun	run = {0};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext context;
	char	  **rows;
	int			nrows;
	char	  **heads;
	int			nheads;

	online_require_toplevel(atomic);
	if (up && (strcmp(target, "head") == 0 || strcmp(target, "heads") == 0) &&
		store_at_heads(true, &rows, &nrows, &heads, &nheads) && (nrows <= 1 || strcmp(target, "heads") == 0))
		return;

	/* what is to live on through commits */
	context = AllocSetContextCreate(PortalContext, "migrate_ext online run", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	target = pstrdup(target);
	PG_TRY();
	{
		lock_session();
		run_locked(&run, up, target);
		unlock_session(run.against_snapshots);
	}
	PG_FINALLY();
	{
		/* an error releases the locks with its transaction */
		run_set_running(NULL);
		progress_end();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

void
run_deploy(const char *target, bool atomic)
{
	run_online(true, target, atomic);
}

void
run_revert(const char *target, bool atomic)
{
	run_online(false, target, atomic);
}
