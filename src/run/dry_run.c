/*
 * dry_run.c
 *		Runs a plan for real, observes each statement, and rolls everything back.
 *
 * What a migration locks and rewrites, and how long it takes, is certain only after it
 * has run on this database with its data.  So it runs, as an atomic call would run it, in
 * a subtransaction that is always rolled back, which releases all locks, also the
 * migration lock.  Effects that no rollback undoes (nextval(), anything outside the
 * database) are not undone here either.
 *
 * The tables are really locked during the run.  But others wait no longer than its own
 * statements take: when the run itself is refused a lock, it rolls everything back, waits,
 * and begins again (patience.c).
 *
 * The first statement that fails ends the run.  That statement and those after it have
 * result rows as well, so that the user sees how far the run came.
 */
#include "postgres.h"

#include "compat.h"
#include "run/patience.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "executor/instrument.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"

/* The number of bytes of a statement that a row shows, on one line. */
#define MAX_SHOWN 200

typedef struct DryRun
{
	Direction	direction;
	const char *target;
	Store	   *store;
	MigrationPlan *plan;
	VersionState *state;
	Patience   *patience;
	Observer   *observer;
	List	   *rows;			/* of DryRunRow */
	MemoryContext context;		/* of the result */
	MemoryContext per_step;

	/* the current or next statement */
	int			step;
	int			statement;
	const StoredScript *stored;
	Script	   *script;
	ScriptOrigin origin;
	bool		is_running;
	ScriptPurpose asks;			/* the questions that run instead of a
								 * statement */
	bool		has_skipped;	/* a statement of the step */
} DryRun;

/* Returns a statement on one line, shortened. */
static char *
shorten(const char *sql)
{
	int			len = strlen(sql);
	int			shown = len > MAX_SHOWN ? pg_mbcliplen(sql, len, MAX_SHOWN) : len;
	char	   *text = psprintf("%.*s%s", shown, sql, shown < len ? " ..." : "");

	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	return text;
}

/* Add a row for the current statement, or after the last one for the deferred checks. */
static DryRunRow *
add_row(DryRun *run, const char *outcome)
{
	MemoryContext old = MemoryContextSwitchTo(run->context);
	DryRunRow  *row = palloc0(sizeof(DryRunRow));

	row->step = run->step + 1;
	row->action = run->origin.direction;
	row->revision = run->origin.revision;
	if (run->asks != SCRIPT_CHANGES)
		row->sql = run->asks == SCRIPT_REQUIRES ? "-- migrate:require" : "-- migrate:verify";
	else if (run->statement < run->script->nstatements)
	{
		const Statement *stmt = &run->script->statements[run->statement];

		row->statement = run->statement + 1;
		row->sql = shorten(stmt->shown);
	}
	row->outcome = outcome;
	run->rows = lappend(run->rows, row);
	MemoryContextSwitchTo(old);
	return row;
}

/* The questions have a row where they stop the run. */
static void
ask_questions(DryRun *run, ScriptPurpose purpose)
{
	const StoredRevision *rev = &run->store->revs[run->plan->steps[run->step].rev];

	if (run->direction == DIRECTION_DOWN)
		return;
	run->asks = purpose;
	run->is_running = true;
	patience_questions(run->patience, rev, run->stored, purpose);
	run->is_running = false;
	run->asks = SCRIPT_CHANGES;
}

/* -------------------------------------------------------------- a statement */

/* Add a warning that CONCURRENTLY was left out, and what that means for the row. */
static void
explain_plain(DryRunRow *row)
{
	const char *text;

	text = migrate_plain_concurrently
		? "CONCURRENTLY was left out, as migrate.upgrade() does with migrate.plain_concurrently"
		: "CONCURRENTLY was left out, since it cannot run inside a transaction: the locks are those of the plain statement, which migrate.deploy() does not take";

	row->observed.warning =
		row->observed.warning ? psprintf("%s; %s", text, row->observed.warning) : pstrdup(text);
}

static void
skip_statement(DryRun *run)
{
	run->has_skipped = true;
	add_row(run, "skipped")->observed.warning =
		"it cannot run inside a transaction; what comes after it ran without it";
}

/*
 * What only turns out to have to be alone (REINDEX of a partitioned table, a procedure that
 * commits) is skipped where deploy() would run it alone.
 */
static bool
execute(DryRun *run, int64 *rows)
{
	if (run->script->mode != RUN_TRANSACTION)
		return patience_try_statement(run->patience, run->script, &run->origin, run->statement,
									  rows);
	*rows = execute_statements(run->script, &run->origin, run->statement, 1);
	return true;
}

static void
measure_statement(DryRun *run)
{
	const Statement *stmt = &run->script->statements[run->statement];
	MemoryContext old;
	DryRunRow  *row;
	uint64		wal_bytes;
	int64		rows;
	bool		has_run;
	instr_time	start;
	instr_time	end;

	run->is_running = true;
	observe_before(run->observer, run->statement + 1, stmt);
	wal_bytes = pgWalUsage.wal_bytes;
	INSTR_TIME_SET_CURRENT(start);
	has_run = execute(run, &rows);
	run->is_running = false;
	if (!has_run)
	{
		skip_statement(run);
		return;
	}
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);

	row = add_row(run, "ok");
	row->is_measured = true;
	row->duration_us = INSTR_TIME_GET_MICROSEC(end);
	row->rows = rows;
	row->wal_bytes = pgWalUsage.wal_bytes - wal_bytes;
	old = MemoryContextSwitchTo(run->context);
	observe_after(run->observer, stmt, rows, row->wal_bytes, &row->observed);
	if (stmt->mode == RUN_CONCURRENTLY)
		explain_plain(row);
	MemoryContextSwitchTo(old);
}

static void
run_statement(DryRun *run)
{
	const Statement *stmt = &run->script->statements[run->statement];

	if (IsA(stmt->raw->stmt, TransactionStmt))
		add_row(run, "skipped")->observed.warning = "transaction control is left out";
	else if (stmt->mode == RUN_AUTOCOMMIT)
		skip_statement(run);
	else
		measure_statement(run);
}

/*
 * Run the checks and triggers that are deferred to the commit; raises the error that the
 * commit would.
 */
static void
run_deferred(DryRun *run)
{
	patience_before_statement();
	run->is_running = true;
	execute_deferred(&run->origin, NIL);
	run->is_running = false;
}

/* -------------------------------------------------------------------- steps */

static void
open_step(DryRun *run)
{
	const PlanStep *step = &run->plan->steps[run->step];
	const StoredRevision *rev = &run->store->revs[step->rev];
	char	   *id = unconstify(char *, rev->links.id);
	StoredScript *stored;

	MemoryContextReset(run->per_step);
	MemoryContextSwitchTo(run->per_step);
	run->stored = stored = store_scripts(true, &id, 1);
	run->origin = script_origin(&rev->links, stored, run->direction);
	run->script = script_parse(stored->half[run->direction].sql,
							   stored->half[run->direction].marked, &run->origin);
}

static void
run_step(DryRun *run)
{
	const PlanStep *step = &run->plan->steps[run->step];
	int			nest_level;

	ereport(NOTICE, (errmsg("Trying %s", plan_step_label(run->plan, step, true))));
	open_step(run);
	store_stage_version(run->state);
	progress_step("dry_run", run->origin.revision, run->step + 1, run->plan->nsteps);
	run_set_running(run->origin.revision);
	observe_step(run->observer, run->step);
	run->statement = 0;
	run->has_skipped = false;
	ask_questions(run, SCRIPT_REQUIRES);
	nest_level = settings_enter_trial(run->origin.revision, run->origin.direction);
	patience_begin_revision(run->patience, run->origin.revision, false);
	for (run->statement = 0; run->statement < run->script->nstatements; run->statement++)
		run_statement(run);
	if (run->step == run->plan->nsteps - 1)
		run_deferred(run);
	settings_leave(nest_level);
	/* what was skipped may be what it asks for */
	if (!run->has_skipped)
		ask_questions(run, SCRIPT_VERIFIES);
	run_set_running(NULL);
	plan_apply_step(run->plan, step, run->state);
}

/* Make the plan; returns false if there is nothing to do. */
static bool
make_plan(DryRun *run)
{
	run->store = store_load(true, false);
	run->plan = plan_run(run->store->graph, run->store->version, run->direction, run->target);
	return run->plan->nsteps > 0;
}

/* Run the plan; all of this is rolled back. */
static void
run_plan(void *arg)
{
	DryRun	   *run = arg;

	lock_migrations();
	run_check_interrupted();
	if (!make_plan(run))
		return;
	run_check_plan(run->store, run->plan, false);
	run->state = version_copy(run->plan->start);
	run->rows = NIL;
	run->observer = observe_begin();
	for (run->step = 0; run->step < run->plan->nsteps; run->step++)
	{
		run_step(run);
		MemoryContextSwitchTo(run->context);
	}
}

/* ------------------------------------------------------------------ the end */

/* Add the row of the statement that failed; if it was refused a lock, with the lock's holders. */
static void
add_failure(DryRun *run, const ErrorData *error)
{
	DryRunRow  *row = add_row(run, "failed");
	const char *blockers = patience_blockers(run->patience);

	if (row->sql == NULL)
		row->sql = "SET CONSTRAINTS ALL IMMEDIATE";
	row->sqlstate = pstrdup(unpack_sql_state(error->sqlerrcode));
	row->error = error->message;
	row->error_context = error->context;
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
	{
		row->observed.warning = psprintf("it gave way, see migrate.lock_patience%s%s",
										 blockers ? ": " : "", blockers ? blockers : "");
		return;
	}
	if (error->detail != NULL)
		row->error = psprintf("%s\nDETAIL:  %s", row->error, error->detail);

	/*
	 * only the hint of execute.c: the server's own hints are for users who
	 * run the statement by hand
	 */
	if (error->sqlerrcode == ERRCODE_OBJECT_IN_USE && error->hint != NULL)
		row->error = psprintf("%s\nHINT:  %s", row->error, error->hint);
}

/* Add rows for the statements after the one that failed. */
static void
list_rest(DryRun *run)
{
	int			first = run->asks == SCRIPT_REQUIRES ? 0 : run->statement + 1;

	run->asks = SCRIPT_CHANGES;
	for (; run->step < run->plan->nsteps; run->step++)
	{
		CHECK_FOR_INTERRUPTS();
		open_step(run);
		for (run->statement = first; run->statement < run->script->nstatements; run->statement++)
			add_row(run, "not_run");
		first = 0;
	}
	MemoryContextSwitchTo(run->context);
}

static void
forget_running(void *arg)
{
	run_set_running(NULL);
	store_stage_version(NULL);
}

/* Run the plan and roll it back.  Returns NULL, or the error of the statement that failed. */
static ErrorData *
run_and_roll_back(DryRun *run)
{
	PatientWork work = {
		.what = "the dry run",
		.body = run_plan,
		.rolled_back = forget_running,
		.keeps_nothing = true,
		.arg = run
	};
	ErrorData  *volatile error = NULL;

	run->patience = patience_begin(run->context, &work);
	PG_TRY();
	{
		patience_run(run->patience);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(run->context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(run->context);
	forget_running(run);
	progress_end();

	/* raise the error if cancelled, or if no statement was running */
	if (error != NULL && (!run->is_running || error->sqlerrcode == ERRCODE_QUERY_CANCELED))
		ReThrowError(error);
	return error;
}

List *
run_dry(const char *command, const char *target)
{
	DryRun		run = {.target = target,.context = CurrentMemoryContext};
	ErrorData  *error;

	if (!direction_find(command, &run.direction))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown command \"%s\"", command),
				 errhint("Commands are upgrade and downgrade.")));
	if (!make_plan(&run))
	{
		if (run.plan->notice != NULL)
			ereport(NOTICE, (errmsg_internal("%s", run.plan->notice)));
		return NIL;
	}
	run.per_step = AllocSetContextCreate(run.context, "migrate_ext dry run step",
										 ALLOCSET_DEFAULT_SIZES);
	error = run_and_roll_back(&run);
	if (error != NULL)
	{
		add_failure(&run, error);
		list_rest(&run);
	}
	MemoryContextDelete(run.per_step);
	return run.rows;
}
