/*
 * execute.c
 *		Runs a revision's SQL.
 *
 * The statements run one by one, and each is analysed only when those before it have
 * run, as if psql sent them, and as the server does it for extension scripts
 * (execute_sql_string() in extension.c).  They run with the caller's role,
 * search_path and settings.  The calling code closes the GUC nest level that undoes
 * what they SET.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "settings.h"

#include "access/xact.h"
#include "commands/trigger.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "storage/proc.h"
#include "utils/snapmgr.h"

/* What the error context callback needs. */
typedef struct Running
{
	const ScriptOrigin *origin;
	const Statement *statement;
	int			number;			/* of the statement, 1-based */
} Running;

/* May rows have been changed since the last execute_try_deferred()? */
static bool has_written = false;

/* The number of bytes of a statement that an error context shows. */
#define MAX_SHOWN 1000

const LockWatch *execute_lock_watch = NULL;

static void
before_statement(void)
{
	if (execute_lock_watch != NULL)
		execute_lock_watch->before_statement();
}

static void
after_statement(void)
{
	if (execute_lock_watch != NULL)
		execute_lock_watch->after_statement();
}

static void
note_error(void)
{
	if (execute_lock_watch != NULL)
		execute_lock_watch->note_error(geterrcode());
}

char *
execute_subject(const ScriptOrigin *origin)
{
	if (origin->revision == NULL)
		return pstrdup(origin->direction);
	return psprintf("revision \"%s\" (%s), %s", origin->revision,
					first_line_shown(origin->message), origin->direction);
}

static void
show_statement(const Statement *stmt)
{
	int			len = strlen(stmt->shown);
	int			shown = len > MAX_SHOWN ? pg_mbcliplen(stmt->shown, len, MAX_SHOWN) : len;

	errcontext("SQL statement \"%.*s\"%s", shown, stmt->shown, shown < len ? " ..." : "");
}

static void
show_place(const ScriptOrigin *origin, const Statement *stmt, int number)
{
	errcontext("%s, statement %d, %s", execute_subject(origin), number,
			   script_where(origin, stmt->line));
}

int
execute_errcontext(const Script *script, const ScriptOrigin *origin, int i)
{
	show_statement(&script->statements[i]);
	show_place(origin, &script->statements[i], i + 1);
	return 0;
}

/*
 * Adds the context: revision "1b2c" (Add phone), upgrade, statement 3, line 12.  An error with
 * a position gets the statement as internal query, so that psql shows it with a caret.
 */
static void
error_callback(void *arg)
{
	Running    *running = arg;
	const Statement *stmt = running->statement;
	const ScriptOrigin *origin = running->origin;
	int			position = geterrposition();

	note_error();
	if (position > 0)
	{
		errposition(0);
		internalerrposition(position);
		internalerrquery(stmt->shown);
	}
	else
		show_statement(stmt);

	if (geterrcode() == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE)
		errhint("An enum value must be committed before it can be used: run the revisions in transactions of their own, "
				"with CALL migrate.deploy(); a value that the same revision adds goes into one of its own.");

	if (origin->purpose != SCRIPT_CHANGES)
	{
		if (geterrcode() == ERRCODE_READ_ONLY_SQL_TRANSACTION)
			errhint("A question changes nothing. Put what does into the upgrade.");
	}
	else if (geterrcode() == ERRCODE_ACTIVE_SQL_TRANSACTION && origin->revision != NULL &&
			 !IsA(stmt->raw->stmt, VariableSetStmt))
		errhint("What cannot run inside a transaction goes into a section that is marked with \"-- migrate:%s transaction:false\", which CALL migrate.deploy() and migrate.revert() run statement by statement.",
				direction_mark(origin->half));

	/* in a revision, pending trigger events are the likely reason */
	if (geterrcode() == ERRCODE_OBJECT_IN_USE)
		errhint("If rows that were changed before in the transaction have deferred checks: put the statement into a revision of its own and use CALL migrate.deploy(), or say SET CONSTRAINTS ALL IMMEDIATE before it.");

	show_place(origin, stmt, running->number);
}

static void
deferred_callback(void *arg)
{
	const ScriptOrigin *origin = arg;

	note_error();
	errcontext("%s, deferred constraints and triggers at its end", execute_subject(origin));
}

/* Remove CONCURRENTLY from a statement, since it cannot run inside a transaction. */
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
			{
				(void) compat_detach_concurrently(lfirst_node(AlterTableCmd, lc), true);
			}
			break;
		default:
			break;
	}
}

/*
 * statement_timeout applies to each statement of a revision, as if the client had sent
 * it: restart the timer with the current value of the setting.
 */
void
execute_restart_timeout(void)
{
	if (get_timeout_active(STATEMENT_TIMEOUT))
		disable_timeout(STATEMENT_TIMEOUT, false);
	if (StatementTimeout > 0)
		enable_timeout_after(STATEMENT_TIMEOUT, StatementTimeout);
}

/* May the statement, or a function that it calls, change rows and so leave deferred checks? */
static bool
may_write(const PlannedStmt *plan)
{
	Node	   *node = plan->utilityStmt;

	return node == NULL || IsA(node, DoStmt) || IsA(node, CallStmt) || IsA(node, CopyStmt) ||
		IsA(node, ExecuteStmt);
}

/* Run one statement.  Returns how many rows it processed, or -1 if it has no row count. */
static int64
execute_statement(const Statement *stmt, DestReceiver *receiver)
{
	bool		snapshot = analyze_requires_snapshot(stmt->raw);
	List	   *plans;
	ListCell   *lc;
	int64		rows = -1;

	if (snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	plans = pg_analyze_and_rewrite_fixedparams(stmt->raw, stmt->text, NULL, 0, NULL);
	plans = pg_plan_queries(plans, stmt->text, CURSOR_OPT_PARALLEL_OK, NULL);
	if (snapshot)
		PopActiveSnapshot();

	foreach(lc, plans)
	{
		PlannedStmt *plan = lfirst_node(PlannedStmt, lc);

		CommandCounterIncrement();
		has_written = has_written || may_write(plan);
		snapshot = PlannedStmtRequiresSnapshot(plan);
		if (snapshot)
			PushActiveSnapshot(GetTransactionSnapshot());
		if (plan->utilityStmt != NULL)
			rows = compat_process_utility(plan, stmt->text, PROCESS_UTILITY_QUERY);
		else
		{
			QueryDesc  *desc = CreateQueryDesc(plan, stmt->text, GetActiveSnapshot(),
											   InvalidSnapshot,
											   receiver, NULL, NULL, 0);

			ExecutorStart(desc, 0);
			ExecutorRun(desc, ForwardScanDirection, 0);
			ExecutorFinish(desc);
			if (plan->canSetTag)
				rows = desc->estate->es_processed;
			ExecutorEnd(desc);
			FreeQueryDesc(desc);
		}
		if (snapshot)
			PopActiveSnapshot();
	}
	CommandCounterIncrement();
	return rows;
}

/*
 * Set READ ONLY or READ WRITE among these modes, until the revision's settings are restored.
 * The isolation level is not set here: execute_set_isolation() or the caller has chosen it.
 * DEFERRABLE is ignored: it has no meaning in a transaction that writes our tables.
 */
static void
set_read_only(List *modes)
{
	ListCell   *lc;

	foreach(lc, modes)
	{
		DefElem    *mode = lfirst_node(DefElem, lc);

		if (strcmp(mode->defname, "transaction_read_only") == 0)
			SetPGVariable(mode->defname, list_make1(mode->arg), true);
	}
}

void
execute_set_isolation(const Script *script, int first, int n)
{
	ListCell   *lc;

	for (int i = first; i < first + n; i++)
	{
		foreach(lc, script->statements[i].modes)
		{
			DefElem    *mode = lfirst_node(DefElem, lc);

			if (strcmp(mode->defname, "transaction_isolation") == 0)
				SetPGVariable(mode->defname, list_make1(mode->arg), true);
		}
	}
}

int64
execute_statements(const Script *script, const ScriptOrigin *origin, int first, int n)
{
	return execute_hooked(script, origin, first, n, NULL);
}

int64
execute_hooked(const Script *script, const ScriptOrigin *origin, int first, int n,
			   const StatementHooks *hooks)
{
	MemoryContext caller = CurrentMemoryContext;

	/*
	 * gone with the subtransaction if that fails, and with it what hooks of
	 * others have kept of the statement
	 */
	MemoryContext per_statement = AllocSetContextCreate(CurTransactionContext,
														"migrate_ext statement",
														ALLOCSET_DEFAULT_SIZES);
	Running		running = {.origin = origin};
	ErrorContextCallback callback;
	int64		rows = -1;

	callback.callback = error_callback;
	callback.arg = &running;
	callback.previous = error_context_stack;

	MemoryContextSwitchTo(per_statement);
	for (int i = first; i < first + n; i++)
	{
		const Statement *stmt = &script->statements[i];

		/* before CHECK_FOR_INTERRUPTS(), whose error gets this context */
		running.statement = stmt;
		running.number = i + 1;
		error_context_stack = &callback;
		CHECK_FOR_INTERRUPTS();
		if (stmt->modes != NIL)
		{
			/*
			 * with hooks the script runs in a shadow, inside the caller's
			 * transaction: ignore modes
			 */
			if (hooks == NULL)
				set_read_only(stmt->modes);
		}
		else if (!IsA(stmt->raw->stmt, TransactionStmt) &&
				 (hooks == NULL || hooks->before(i, hooks->arg)))
		{
			progress_statement(script, i);
			if (hooks == NULL)
				execute_restart_timeout();
			before_statement();
			if (stmt->mode == RUN_CONCURRENTLY)
				make_plain(stmt->raw->stmt);
			rows = execute_statement(stmt, hooks != NULL &&
									 hooks->rows != NULL ? hooks->rows : None_Receiver);
			after_statement();
			if (hooks == NULL || !hooks->new_values_wait)
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
execute_deferred(const ScriptOrigin *origin, List *constraints)
{
	ConstraintsSetStmt *immediate = makeNode(ConstraintsSetStmt);
	ErrorContextCallback callback;

	immediate->constraints = constraints;
	callback.callback = deferred_callback;
	callback.arg = unconstify(ScriptOrigin *, origin);
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	AfterTriggerSetState(immediate);
	error_context_stack = callback.previous;
}

/* Is it an error of the checks?  A lock timeout, deadlock or cancel is not. */
static bool
is_of_the_checks(int sqlerrcode)
{
	return sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE &&
		sqlerrcode != ERRCODE_T_R_DEADLOCK_DETECTED &&
		ERRCODE_TO_CATEGORY(sqlerrcode) != ERRCODE_OPERATOR_INTERVENTION;
}

static void
run_deferred(void *arg)
{
	execute_restart_timeout();
	before_statement();
	execute_deferred(arg, NIL);
}

/*
 * The subtransaction is rolled back in any case: otherwise the constraints would stay
 * immediate for the rest of the caller's transaction.
 */
bool
execute_try_deferred(const ScriptOrigin *origin, bool always, ErrorData **failure)
{
	ErrorData  *error;

	if (!has_written && !always)
		return false;
	has_written = false;
	(void) GetCurrentCommandId(true);
	CommandCounterIncrement();
	error = run_undone(run_deferred, unconstify(ScriptOrigin *, origin));
	if (error != NULL && !is_of_the_checks(error->sqlerrcode))
		ReThrowError(error);
	*failure = error;
	return true;
}

static bool
is_utility(Node *node)
{
	switch (nodeTag(node))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
			return false;
		default:
			return compat_merged_into(node) == NULL;
	}
}

bool
execute_has_to_be_alone(const Statement *stmt, int sqlerrcode)
{
	Node	   *node = stmt->raw->stmt;

	if (sqlerrcode == ERRCODE_INVALID_TRANSACTION_TERMINATION)
		return IsA(node, DoStmt) || IsA(node, CallStmt);
	return sqlerrcode == ERRCODE_ACTIVE_SQL_TRANSACTION && is_utility(node);
}

/*
 * The statement is the first of its transaction and runs with nothing around it, so it may
 * commit.  That needs a procedure called at top level and not in SPI.  The portal's
 * snapshot is the only one, and the statement may have dropped it.
 */
void
execute_toplevel(const Script *script, const ScriptOrigin *origin, int number)
{
	const Statement *stmt = &script->statements[number];
	Running		running = {.origin = origin,.statement = stmt,.number = number + 1};
	MemoryContext caller = CurrentMemoryContext;

	/*
	 * of hooks of others, too, which keep things of a statement until its
	 * memory goes
	 */
	MemoryContext per_statement = AllocSetContextCreate(caller, "migrate_ext statement",
														ALLOCSET_DEFAULT_SIZES);
	ErrorContextCallback callback;
	List	   *plans;

	callback.callback = error_callback;
	callback.arg = &running;
	callback.previous = error_context_stack;
	error_context_stack = &callback;
	CHECK_FOR_INTERRUPTS();
	progress_statement(script, number);
	execute_restart_timeout();

	/* only utility statements come here: nothing is planned */
	MemoryContextSwitchTo(per_statement);
	EnsurePortalSnapshotExists();
	plans = pg_analyze_and_rewrite_fixedparams(stmt->raw, stmt->text, NULL, 0, NULL);
	plans = pg_plan_queries(plans, stmt->text, CURSOR_OPT_PARALLEL_OK, NULL);
	(void) compat_process_utility(linitial_node(PlannedStmt, plans), stmt->text,
								  PROCESS_UTILITY_TOPLEVEL);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_statement);
	online_drop_snapshot();
	error_context_stack = callback.previous;
}
