/*
 * execute.c
 *		Run a revision's SQL.
 *
 * Statement by statement, each analysed when the ones before it have run, as
 * psql would send them and as core does for extension scripts
 * (execute_sql_string in extension.c).  It runs with the caller's role,
 * search_path and settings; what it SETs ends with it.
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

/* What the error context callback needs. */
typedef struct Running
{
	const ScriptOrigin *origin;
	const char *text;
	const Statement *statement;
	int			number;			/* of the statement, 1-based */
} Running;

/* A statement is shown whole up to here. */
#define MAX_SHOWN 1000

/* "revision 1b2c (Add phone), upgrade", or what else it is: "model" */
static char *
subject(const ScriptOrigin *origin)
{
	if (origin->revision == NULL)
		return pstrdup(origin->direction);
	return psprintf("revision \"%s\" (%s), %s", origin->revision,
					pnstrdup(origin->message, strcspn(origin->message, "\n")), origin->direction);
}

static void
show_statement(const char *text, const Statement *stmt)
{
	const char *sql = text + stmt->start;
	int			shown = stmt->len > MAX_SHOWN ? pg_mbcliplen(sql, stmt->len, MAX_SHOWN) : stmt->len;

	errcontext("SQL statement \"%.*s\"%s", shown, sql, shown < stmt->len ? " ..." : "");
}

static void
show_place(const ScriptOrigin *origin, const Statement *stmt, int number)
{
	errcontext("%s, statement %d, %s", subject(origin), number, script_where(origin, stmt->line));
}

int
execute_errcontext(const Script *script, const ScriptOrigin *origin, int i)
{
	show_statement(script->text, &script->statements[i]);
	show_place(origin, &script->statements[i], i + 1);
	return 0;
}

/*
 * "revision 1b2c (Add phone), upgrade, statement 3, line 12".  A position in
 * the script becomes one in the statement, with the statement as the query, so
 * that psql draws its caret there.
 */
static void
error_callback(void *arg)
{
	Running    *running = arg;
	const Statement *stmt = running->statement;
	const ScriptOrigin *origin = running->origin;
	char	   *sql = pnstrdup(running->text + stmt->start, stmt->len);
	int			position = geterrposition();

	if (position > 0)
	{
		errposition(0);
		internalerrposition(position - pg_mbstrlen_with_len(running->text, stmt->start));
		internalerrquery(sql);
	}
	else
		show_statement(running->text, stmt);

	if (geterrcode() == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE)
		errhint("An enum value must be committed before it can be used: run the revisions in transactions of their own, "
				"with CALL migrate.deploy(); a value that the same revision adds goes into one of its own.");

	show_place(origin, stmt, running->number);
}

static void
deferred_callback(void *arg)
{
	const ScriptOrigin *origin = arg;

	errcontext("%s, deferred constraints and triggers at its end", subject(origin));
}

/* CONCURRENTLY as it is meant for an empty or idle database: plainly. */
static void
make_plain(Node *node)
{
	ListCell   *lc;

	switch (nodeTag(node))
	{
		case T_IndexStmt:
			castNode(IndexStmt, node)->concurrent = false;
			break;
		case T_DropStmt:
			castNode(DropStmt, node)->concurrent = false;
			break;
		case T_ReindexStmt:
			(void) compat_reindex_concurrently(castNode(ReindexStmt, node), true);
			break;
		case T_AlterTableStmt:
			foreach(lc, castNode(AlterTableStmt, node)->cmds)
				(void) compat_detach_concurrently(lfirst_node(AlterTableCmd, lc), true);
			break;
		default:
			break;
	}
}

/* Returns how many rows it processed, or -1 if it does not count any. */
static int64
execute_statement(const char *text, const Statement *stmt)
{
	bool		snapshot = analyze_requires_snapshot(stmt->raw);
	List	   *plans;
	ListCell   *lc;
	int64		rows = -1;

	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	plans = pg_analyze_and_rewrite_fixedparams(stmt->raw, text, NULL, 0, NULL);
	plans = pg_plan_queries(plans, text, CURSOR_OPT_PARALLEL_OK, NULL);
	if (snapshot)
		PopActiveSnapshot();

	foreach(lc, plans)
	{
		PlannedStmt *plan = lfirst_node(PlannedStmt, lc);

		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
		if (plan->utilityStmt != NULL)
			rows = compat_process_utility(plan, text, PROCESS_UTILITY_QUERY);
		else
		{
			QueryDesc  *desc = CreateQueryDesc(plan, text, GetActiveSnapshot(), InvalidSnapshot,
											   None_Receiver, NULL, NULL, 0);

			ExecutorStart(desc, 0);
			compat_executor_run(desc);
			ExecutorFinish(desc);
			if (plan->canSetTag)
				rows = desc->estate->es_processed;
			ExecutorEnd(desc);
			FreeQueryDesc(desc);
		}
		PopActiveSnapshot();
	}
	CommandCounterIncrement();
	return rows;
}

int64
execute_statements(const Script *script, const ScriptOrigin *origin, int first, int n)
{
	return execute_hooked(script, origin, first, n, NULL);
}

int64
execute_hooked(const Script *script, const ScriptOrigin *origin, int first, int n, const StatementHooks *hooks)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_statement = AllocSetContextCreate(caller, "migrate_ext statement", ALLOCSET_DEFAULT_SIZES);
	Running		running = {.origin = origin,.text = script->text};
	ErrorContextCallback callback;
	int64		rows = -1;

	callback.callback = error_callback;
	callback.arg = &running;
	callback.previous = error_context_stack;

	MemoryContextSwitchTo(per_statement);
	for (int i = first; i < first + n; i++)
	{
		const Statement *stmt = &script->statements[i];

		/* first, since an interrupt is an error with a context */
		running.statement = stmt;
		running.number = i + 1;
		error_context_stack = &callback;
		CHECK_FOR_INTERRUPTS();
		if (!IsA(stmt->raw->stmt, TransactionStmt) &&
			(hooks == NULL || hooks->before(i, hooks->arg)))
		{
			progress_statement(script, i);
			if (stmt->mode == RUN_CONCURRENTLY)
				make_plain(stmt->raw->stmt);
			rows = execute_statement(script->text, stmt);
			allow_new_enum_values();
			if (hooks != NULL)
				hooks->after(i, hooks->arg);
		}
		error_context_stack = callback.previous;
		MemoryContextReset(per_statement);
	}
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_statement);
	return rows;
}

void
execute_deferred(const ScriptOrigin *origin)
{
	ConstraintsSetStmt *immediate = makeNode(ConstraintsSetStmt);
	ErrorContextCallback callback;

	callback.callback = deferred_callback;
	callback.arg = unconstify(ScriptOrigin *, origin);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	AfterTriggerSetState(immediate);
	error_context_stack = callback.previous;
}

void
execute_script(const char *sql, bool marked, const ScriptOrigin *origin)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_script = AllocSetContextCreate(caller, "migrate_ext script", ALLOCSET_DEFAULT_SIZES);
	int			nest_level;
	Script	   *script;

	MemoryContextSwitchTo(per_script);
	script = script_parse(sql, marked, origin);
	nest_level = settings_enter_revision(origin->revision, origin->direction);
	execute_statements(script, origin, 0, script->nstatements);
	settings_leave(nest_level);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_script);
}

/*
 * One statement as if the client had sent it: the first of a transaction, with
 * nothing around it, so that it may commit.  That is allowed to a procedure that
 * was called at top level and that is not in SPI; the portal's snapshot is the
 * only one, and what runs here may have dropped it.
 */
void
execute_toplevel(const Script *script, const ScriptOrigin *origin, int number)
{
	const Statement *stmt = &script->statements[number];
	Running		running = {.origin = origin,.text = script->text,.statement = stmt,.number = number + 1};
	MemoryContext caller = CurrentMemoryContext;
	ErrorContextCallback callback;
	List	   *plans;

	callback.callback = error_callback;
	callback.arg = &running;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	CHECK_FOR_INTERRUPTS();
	progress_statement(script, number);

	/* utility statements all: nothing is planned, and no rule applies */
	EnsurePortalSnapshotExists();
	plans = pg_analyze_and_rewrite_fixedparams(stmt->raw, script->text, NULL, 0, NULL);
	plans = pg_plan_queries(plans, script->text, CURSOR_OPT_PARALLEL_OK, NULL);
	(void) compat_process_utility(linitial_node(PlannedStmt, plans), script->text, PROCESS_UTILITY_TOPLEVEL);
	MemoryContextSwitchTo(caller);
	online_drop_snapshot();
	error_context_stack = callback.previous;
}
