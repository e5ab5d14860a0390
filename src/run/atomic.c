/*
 * atomic.c
 *		Upgrade, downgrade and stamp in the caller's transaction: all or nothing.
 *
 * What has to be known is read once, under the lock; then revisions run; at the
 * end the version rows and the log are written by one statement each.  In
 * between, what has been reached is staged in the store for migrate.current().
 * A failure leaves nothing behind, since all of it is one transaction.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/run.h"
#include "settings.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Scripts are fetched for that many steps at a time, which bounds memory. */
#define SCRIPT_BATCH 250

/* The revision that is running in this session, for run_refuse_nested(). */
static const char *running_revision = NULL;

void
run_set_running(const char *revision)
{
	running_revision = revision;
}

void
run_refuse_nested(const char *function)
{
	if (running_revision != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot call %s while revision \"%s\" is running", function, running_revision),
				 errhint("A revision may call the reading functions only.")));
}

const char *
run_step_action(const PlanStep *step)
{
	switch (step->kind)
	{
		case STEP_UPGRADE:
			return "upgrade";
		case STEP_DOWNGRADE:
			return "downgrade";
		case STEP_STAMP:
			return "stamp";
	}
	return NULL;				/* keep compiler quiet */
}

void
run_check_plan(const Store *store, const MigrationPlan *plan, bool in_transaction)
{
	for (int i = 0; i < plan->nsteps; i++)
	{
		const PlanStep *step = &plan->steps[i];
		const StoredRevision *rev = step->rev >= 0 ? &store->revs[step->rev] : NULL;
		RunMode		mode;

		CHECK_FOR_INTERRUPTS();
		if (step->kind == STEP_STAMP)
			continue;
		Assert(rev != NULL);
		mode = step->kind == STEP_UPGRADE ? rev->upgrade_mode : rev->downgrade_mode;
		if (mode == RUN_NONE)
			ereport(ERROR,
					(errcode(ERRCODE_MG_IRREVERSIBLE),
					 errmsg("revision \"%s\" has no downgrade", rev->links.id),
					 errdetail("Nothing was run."),
					 errhint("Restore a backup; or undo it by hand and say so with SELECT migrate.stamp(...).")));
		if (!in_transaction)
			continue;
		if (mode == RUN_AUTOCOMMIT || (mode == RUN_CONCURRENTLY && !migrate_plain_concurrently))
			ereport(ERROR,
					(errcode(ERRCODE_MG_NEEDS_OWN_TRANSACTION),
					 errmsg("the %s of revision \"%s\" cannot run inside a transaction", run_step_action(step), rev->links.id),
					 errdetail("It is marked transaction:false or has a statement such as CREATE INDEX CONCURRENTLY or VACUUM. Nothing was run."),
					 mode == RUN_CONCURRENTLY
					 ? errhint("Use CALL migrate.%s(...). On an empty or idle database, SET migrate.plain_concurrently = on runs it here, without CONCURRENTLY.",
							   step->kind == STEP_UPGRADE ? "deploy" : "revert")
					 : errhint("Use CALL migrate.%s(...).",
							   step->kind == STEP_UPGRADE ? "deploy" : "revert")));
	}
}

char **
run_row_names(const VersionState *state, int *nrows)
{
	RevList    *list = version_rows(state);
	char	  **rows = palloc(sizeof(char *) * Max(list->n, 1));

	for (int i = 0; i < list->n; i++)
		rows[i] = unconstify(char *, state->graph->revs[list->revs[i]].links.id);
	*nrows = list->n;
	return rows;
}

/* Run one step's SQL. */
static void
run_step(const Store *store, const PlanStep *step, const StoredScript *script)
{
	const StoredRevision *rev = &store->revs[step->rev];
	bool		up = step->kind == STEP_UPGRADE;
	ScriptOrigin origin = {
		.revision = rev->links.id,
		.message = rev->links.message,
		.direction = run_step_action(step),
		.file_name = rev->links.file_name,
		.first_line = up ? script->upgrade_line : script->downgrade_line
	};

	if (!up && script->downgrade == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("revision \"%s\" has no downgrade in migrate.scripts", rev->links.id),
				 errhint("The table was changed by hand: put the row right with UPDATE, or restore the table from a backup.")));
	running_revision = rev->links.id;
	execute_script(up ? script->upgrade : script->downgrade,
				   up ? script->upgrade_marked : script->downgrade_marked, &origin);
	running_revision = NULL;
}

/* The scripts for the steps from first on, as many as fit in a batch. */
static StoredScript *
fetch_scripts(const Store *store, const MigrationPlan *plan, int first)
{
	int			n = Min(SCRIPT_BATCH, plan->nsteps - first);
	char	  **ids = palloc(sizeof(char *) * n);

	for (int i = 0; i < n; i++)
		ids[i] = unconstify(char *, store->revs[plan->steps[first + i].rev].links.id);
	return store_scripts(true, ids, n);
}

static void
run_steps(const Store *store, const MigrationPlan *plan, VersionState *state, LogEntry *entries)
{
	MemoryContext old = CurrentMemoryContext;
	MemoryContext per_batch = AllocSetContextCreate(old, "migrate_ext batch", ALLOCSET_DEFAULT_SIZES);
	StoredScript *scripts = NULL;
	char	  **rows;
	int			nrows;

	rows = run_row_names(state, &nrows);
	for (int i = 0; i < plan->nsteps; i++)
	{
		const PlanStep *step = &plan->steps[i];
		LogEntry   *entry = &entries[i];
		instr_time	start;
		instr_time	end;

		CHECK_FOR_INTERRUPTS();
		if (step->kind != STEP_STAMP && i % SCRIPT_BATCH == 0)
		{
			MemoryContextReset(per_batch);
			MemoryContextSwitchTo(per_batch);
			scripts = fetch_scripts(store, plan, i);
			MemoryContextSwitchTo(old);
		}

		ereport(NOTICE, (errmsg("Running %s", plan_step_label(plan, step, step->kind != STEP_STAMP))));
		entry->action = run_step_action(step);
		entry->revision = step->rev >= 0 ? store->revs[step->rev].links.id : NULL;
		entry->message = step->rev >= 0 ? store->revs[step->rev].links.message : NULL;
		entry->before = rows;
		entry->nbefore = nrows;
		entry->started_at = GetCurrentTimestamp();

		INSTR_TIME_SET_CURRENT(start);
		if (step->kind != STEP_STAMP)
		{
			store_stage_version(state);
			progress_step(entry->action, entry->revision, i + 1, plan->nsteps);
			entry->checksum = memcpy(palloc(32), scripts[i % SCRIPT_BATCH].checksum, 32);
			run_step(store, step, &scripts[i % SCRIPT_BATCH]);
		}
		INSTR_TIME_SET_CURRENT(end);
		INSTR_TIME_SUBTRACT(end, start);
		entry->duration_us = INSTR_TIME_GET_MICROSEC(end);

		plan_apply_step(plan, step, state);
		rows = run_row_names(state, &nrows);
		entry->after = rows;
		entry->nafter = nrows;
	}
	MemoryContextDelete(per_batch);
}

/* The log has the checksums of what was stamped, too. */
static void
stamp_checksums(LogEntry *entries, int nentries)
{
	char	  **ids = palloc(sizeof(char *) * Max(nentries, 1));
	char	  **checksums;

	if (nentries == 0 || strcmp(entries[0].action, "stamp") != 0)
		return;
	for (int i = 0; i < nentries; i++)
		ids[i] = unconstify(char *, entries[i].revision ? entries[i].revision : "");
	checksums = store_checksums(ids, nentries);
	for (int i = 0; i < nentries; i++)
		entries[i].checksum = checksums[i];
}

/* A stamp to base with purge: all rows go, whatever they say. */
static void
purge_step(const Store *store, LogEntry *entry)
{
	StringInfoData rows;

	initStringInfo(&rows);
	for (int i = 0; i < store->nrows; i++)
		appendStringInfo(&rows, "%s%s", i > 0 ? ", " : "", store->rows[i]);
	ereport(NOTICE, (errmsg("Running stamp_revision %s -> ", rows.data)));
	entry->action = "stamp";
	entry->started_at = GetCurrentTimestamp();
}

/*
 * Every table that a transaction creates, changes or drops takes a place in the
 * lock table until its end.  The server's hint names the setting; that fewer
 * revisions in a transaction do as well is for us to say.
 */
static void
explain_full_lock_table(MemoryContext context)
{
	ErrorData  *error;

	if (geterrcode() != ERRCODE_OUT_OF_MEMORY)
		return;
	MemoryContextSwitchTo(context);
	error = CopyErrorData();
	/* memory of other kinds runs out with the same code */
	if (error->hint == NULL || strstr(error->hint, "max_locks_per_transaction") == NULL)
		return;
	FlushErrorState();
	error->hint = "Every table that a transaction changes takes a place in the server's lock table: increase max_locks_per_transaction, "
		"or give the revisions transactions of their own, with CALL migrate.deploy() or with several calls such as migrate.upgrade('+10').";
	ReThrowError(error);
}

static void
run_plan(const Store *store, const MigrationPlan *plan, char ***rows, int *nrows)
{
	VersionState *state = version_copy(plan->start);
	LogEntry   *entries = palloc0(sizeof(LogEntry) * (plan->nsteps + 1));
	int			nentries = plan->nsteps;
	MemoryContext caller = CurrentMemoryContext;

	run_check_plan(store, plan, true);

	PG_TRY();
	{
		run_steps(store, plan, state, entries);
	}
	PG_CATCH();
	{
		running_revision = NULL;
		store_stage_version(NULL);
		explain_full_lock_table(caller);
		PG_RE_THROW();
	}
	PG_END_TRY();
	running_revision = NULL;
	store_stage_version(NULL);
	progress_end();

	*rows = run_row_names(state, nrows);
	stamp_checksums(entries, nentries);

	/*
	 * From the rows that are there: with purge the plan started from none.
	 * Then the first step is what took them away, or there is a step for just
	 * that.
	 */
	if (nentries == 0)
		purge_step(store, &entries[nentries++]);
	entries[0].before = store->rows;
	entries[0].nbefore = store->nrows;
	store_write_version(store->rows, store->nrows, *rows, *nrows);
	store_write_log(entries, nentries);
}

typedef enum Command
{
	COMMAND_UPGRADE,
	COMMAND_DOWNGRADE,
	COMMAND_STAMP
} Command;

static MigrationPlan *
make_plan(const Store *store, Command command, const char *target, bool purge)
{
	switch (command)
	{
		case COMMAND_UPGRADE:
			return plan_upgrade(store->graph, store->version, target, false);
		case COMMAND_DOWNGRADE:
			return plan_downgrade(store->graph, store->version, target, false);
		case COMMAND_STAMP:
			return plan_stamp(store->graph, store->version, target, purge, false);
	}
	return NULL;				/* keep compiler quiet */
}

/* Is there nothing to do?  Then these are the rows. */
static bool
nothing_to_do(const Store *store, const MigrationPlan *plan, bool purge, char ***rows, int *nrows)
{
	if (plan->nsteps > 0 || (purge && store->nrows > 0))
		return false;
	if (plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", plan->notice)));
	*rows = run_row_names(store->version, nrows);
	return true;
}

static void
run_command(Command command, const char *target, bool purge, char ***rows, int *nrows)
{
	bool		to_heads = strcmp(target, "head") == 0 || strcmp(target, "heads") == 0;
	bool		may_be_half_done = journal_has_open();
	char	  **heads;
	int			nheads;
	Store	   *store = NULL;
	MigrationPlan *plan;

	/*
	 * Nothing to do takes no lock and writes nothing.  The usual start of a
	 * container, at the heads already, does not even read the graph.
	 */
	if (command == COMMAND_UPGRADE && to_heads && !may_be_half_done)
	{
		if (store_at_heads(true, rows, nrows, &heads, &nheads) &&
			(nheads <= 1 || strcmp(target, "heads") == 0))
			return;
	}
	else if (!may_be_half_done)
	{
		store = store_load(true, purge);
		plan = make_plan(store, command, target, purge);
		if (nothing_to_do(store, plan, purge, rows, nrows))
			return;
		store = NULL;
	}

	lock_migrations();
	run_check_interrupted();

	/* nor does one that has just the end of the graph to run */
	if (to_heads && !store_at_heads(true, rows, nrows, &heads, &nheads) &&
		(nheads == 1 || strcmp(target, "heads") == 0))
		store = store_load_pending(heads, nheads, *rows, *nrows);
	if (store == NULL)
		store = store_load(true, purge);
	plan = make_plan(store, command, target, purge);
	if (nothing_to_do(store, plan, purge, rows, nrows))
		return;
	run_plan(store, plan, rows, nrows);
}

void
run_upgrade(const char *target, char ***rows, int *nrows)
{
	run_command(COMMAND_UPGRADE, target, false, rows, nrows);
}

void
run_downgrade(const char *target, char ***rows, int *nrows)
{
	run_command(COMMAND_DOWNGRADE, target, false, rows, nrows);
}

void
run_stamp(const char *target, bool purge, char ***rows, int *nrows)
{
	run_command(COMMAND_STAMP, target, purge, rows, nrows);
}
