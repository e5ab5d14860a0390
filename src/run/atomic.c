/*
 * atomic.c
 *		Runs upgrade, downgrade and stamp in the caller's transaction: all or nothing.
 *
 * The graph and the version rows are read once, under the migration lock.  Then the
 * revisions run, and the version rows and the log are written at the end.  Until then
 * the state that the run has reached is staged in the store for migrate.current().
 * A failure leaves nothing behind, since everything is in one transaction.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/patience.h"
#include "run/run.h"
#include "settings.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/formatting.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Scripts are read for this many steps at a time, to limit the memory that they take. */
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
				 errmsg("cannot call %s while revision \"%s\" is running", function,
						running_revision),
				 errhint("A revision may call the reading functions only.")));
}

const char *
run_step_action(const PlanStep *step)
{
	return step->kind == STEP_STAMP ? "stamp" : direction_name(step_direction(step));
}

static const char *
current_isolation(void)
{
	switch (XactIsoLevel)
	{
		case XACT_SERIALIZABLE:
			return "serializable";
		case XACT_REPEATABLE_READ:
			return "repeatable read";
		default:
			return "read committed";	/* also for READ UNCOMMITTED */
	}
}

/* Raises MG024 unless the caller's transaction has the isolation level that the revision needs. */
static void
require_isolation(const PlanStep *step, const StoredRevision *rev)
{
	const char *level = rev->isolation[step_direction(step)];

	if (level == NULL || pg_strcasecmp(level, current_isolation()) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MG_NEEDS_OWN_TRANSACTION),
			 errmsg("the %s of revision \"%s\" asks for isolation level %s", run_step_action(step),
					rev->links.id, level),
			 errdetail("This transaction has %s. Nothing was run.", current_isolation()),
			 errhint("Use CALL migrate.%s(...), which gives the revision a transaction of that level; or begin this one with BEGIN ISOLATION LEVEL %s.",
					 direction_procedure(step_direction(step)),
					 asc_toupper(level, strlen(level)))));
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
		mode = rev->mode[step_direction(step)];
		if (mode == RUN_NONE)
			ereport(ERROR,
					(errcode(ERRCODE_MG_IRREVERSIBLE),
					 errmsg("revision \"%s\" has no downgrade", rev->links.id),
					 errdetail("Nothing was run."),
					 errhint("Restore a backup; or undo it by hand and say so with SELECT migrate.stamp(...).")));
		if (!in_transaction)
			continue;
		require_isolation(step, rev);
		if (mode == RUN_AUTOCOMMIT || (mode == RUN_CONCURRENTLY && !migrate_plain_concurrently))
			ereport(ERROR,
					(errcode(ERRCODE_MG_NEEDS_OWN_TRANSACTION),
					 errmsg("the %s of revision \"%s\" cannot run inside a transaction",
							run_step_action(step), rev->links.id),
					 errdetail("It is marked transaction:false or has a statement such as CREATE INDEX CONCURRENTLY or VACUUM. Nothing was run."),
					 mode == RUN_CONCURRENTLY
					 ? errhint("Use CALL migrate.%s(...). On an empty or idle database, SET migrate.plain_concurrently = on runs it here, without CONCURRENTLY.",
							   direction_procedure(step_direction(step)))
					 : errhint("Use CALL migrate.%s(...).",
							   direction_procedure(step_direction(step)))));
	}
}

IdList
run_row_names(const VersionState *state)
{
	return revlist_ids(state->graph, version_rows(state));
}

/*
 * Returns all version rows; or if they are many, the changed ones and "+n" for the number of
 * the others.
 */
static IdList
log_list(const VersionState *state, const RevList *changed, int nrows)
{
	IdList		list;

	if (nrows <= MAX_LOG_ROWS)
		return run_row_names(state);
	list = revlist_ids(state->graph, changed);
	if (changed->n < nrows)
		list.ids[list.n++] = psprintf("+%d", nrows - changed->n);
	return list;
}

void
run_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state, LogRows *log)
{
	int			nbefore = version_nrows(state);
	RevList    *gone;
	RevList    *come;

	if (nbefore <= MAX_LOG_ROWS)
		log->before = run_row_names(state);
	plan_apply_step(plan, step, state);
	version_changes(state, &gone, &come);
	if (nbefore > MAX_LOG_ROWS)
		log->before = log_list(state, gone, nbefore);
	log->after = log_list(state, come, version_nrows(state));
}

/* The run of a plan. */
typedef struct AtomicRun
{
	const Store *store;
	const MigrationPlan *plan;
	Patience   *patience;		/* NULL for a stamp, which runs no SQL */
	int			kept;			/* steps that stay done when a try fails */

	/* the current try */
	int			number;			/* of the current step */
	VersionState *state;
	MemoryContext per_batch;
	StoredScript *scripts;		/* of the steps from first_script on */
	int			first_script;

	LogEntry   *entries;
	int			tries;			/* when the current step began */
	long		waited;			/* ms, when the current step began */

	/* checks and triggers that are deferred to the commit */
	bool		fails_without;	/* those of the caller's own work fail already */
	bool		is_slow;		/* to try them takes long */
	ErrorData  *late_failure;	/* or NULL */
	int			late_number;	/* of the step after which it first failed */
} AtomicRun;

/* If trying the deferred checks takes longer (in us), they are next tried after the last step. */
#define SLOW_CHECKS 1000000

/*
 * Try the checks that are deferred to the commit after each revision: an error in the commit
 * would not name the revision.  A failure is kept, since a later revision may still put it
 * right.
 */
static void
try_deferred(AtomicRun *run, const ScriptOrigin *origin)
{
	bool		is_last = run->number == run->plan->nsteps - 1;
	ErrorData  *failure = NULL;
	instr_time	start;
	instr_time	end;

	if (run->fails_without || (run->is_slow && !is_last))
		return;
	INSTR_TIME_SET_CURRENT(start);
	if (!execute_try_deferred(origin, false, &failure))
		return;
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	run->is_slow = INSTR_TIME_GET_MICROSEC(end) > SLOW_CHECKS;
	if (failure == NULL || run->late_failure == NULL)
	{
		run->late_failure = failure;
		run->late_number = run->number;
	}
}

/*
 * Ask what the revision requires, run its script, restore the settings that the script changed, and
 * ask what the revision verifies.
 */
static void
run_script(AtomicRun *run, const StoredRevision *rev, const StoredScript *stored,
		   Direction direction)
{
	ScriptOrigin origin = script_origin(&rev->links, stored, direction);
	const ScriptHalf *half = &stored->half[direction];
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_script = AllocSetContextCreate(caller, "migrate_ext script",
													 ALLOCSET_DEFAULT_SIZES);
	int			nest_level;
	Script	   *script;

	MemoryContextSwitchTo(per_script);
	script = script_parse(half->sql, half->marked, &origin);
	if (direction == DIRECTION_UP)
		patience_questions(run->patience, rev, stored, SCRIPT_REQUIRES);
	patience_begin_revision(run->patience, origin.revision, false);
	nest_level = settings_enter_revision(origin.revision, origin.direction);
	patience_statements(run->patience, script, half->marked, &origin, 0, script->nstatements);
	MemoryContextSwitchTo(caller);
	try_deferred(run, &origin);
	settings_leave(nest_level);
	if (direction == DIRECTION_UP)
		patience_questions(run->patience, rev, stored, SCRIPT_VERIFIES);
	MemoryContextDelete(per_script);
}

/* Run one step's SQL. */
static void
run_step(AtomicRun *run, const PlanStep *step, const StoredScript *script)
{
	const StoredRevision *rev = &run->store->revs[step->rev];
	Direction	direction = step_direction(step);

	if (script->half[direction].sql == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("revision \"%s\" has no downgrade in migrate.scripts", rev->links.id),
				 errhint("The table was changed by hand: put the row right with UPDATE, or restore the table from a backup.")));
	running_revision = rev->links.id;
	run_script(run, rev, script, direction);
	running_revision = NULL;
}

/* Returns the script of step i; reads scripts in batches. */
static StoredScript *
get_script(AtomicRun *run, int i)
{
	MemoryContext old;
	char	  **ids;
	int			n = Min(SCRIPT_BATCH, run->plan->nsteps - i);

	if (run->scripts != NULL && i < run->first_script + SCRIPT_BATCH)
		return &run->scripts[i - run->first_script];
	MemoryContextReset(run->per_batch);
	old = MemoryContextSwitchTo(run->per_batch);
	ids = palloc(sizeof(char *) * n);
	for (int j = 0; j < n; j++)
		ids[j] = unconstify(char *, run->store->revs[run->plan->steps[i + j].rev].links.id);
	run->scripts = store_scripts(true, ids, n);
	run->first_script = i;
	MemoryContextSwitchTo(old);
	return &run->scripts[0];
}

/* Fill in the log entry of the current step before it runs. */
static LogEntry *
begin_entry(AtomicRun *run, const PlanStep *step)
{
	LogEntry   *entry = &run->entries[run->number];
	const RevisionLinks *links = step->rev >= 0 ? &run->store->revs[step->rev].links : NULL;

	entry->action = run_step_action(step);
	entry->revision = links ? links->id : NULL;
	entry->message = links ? links->message : NULL;
	entry->started_at = GetCurrentTimestamp();
	if (run->patience != NULL)
	{
		run->tries = patience_tries(run->patience);
		run->waited = patience_waited(run->patience);
	}
	return entry;
}

/* Add the current step's tries (one, and one after each wait) and waits to its log entry. */
static void
count_tries(AtomicRun *run)
{
	LogEntry   *entry = &run->entries[run->number];
	long		waited = patience_waited(run->patience) - run->waited;

	entry->tries += patience_tries(run->patience) - run->tries + 1;
	entry->waited_ms += waited;
	if (waited > 0)
		entry->blocked_by = patience_blockers(run->patience);
}

static void
run_numbered(AtomicRun *run)
{
	const PlanStep *step = &run->plan->steps[run->number];
	LogEntry   *entry = begin_entry(run, step);
	instr_time	start;
	instr_time	end;

	ereport(NOTICE,
			(errmsg("Running %s", plan_step_label(run->plan, step, step->kind != STEP_STAMP))));
	INSTR_TIME_SET_CURRENT(start);
	if (step->kind != STEP_STAMP)
	{
		StoredScript *script = get_script(run, run->number);

		store_stage_version(run->state);
		progress_step(entry->action, entry->revision, run->number + 1, run->plan->nsteps);
		entry->checksum = memcpy(palloc(32), script->checksum, 32);
		if (step->kind == STEP_UPGRADE)
			entry->allowed = script_allowed_words(script->half[DIRECTION_UP].sql);
		run_step(run, step, script);
		count_tries(run);
	}
	INSTR_TIME_SET_CURRENT(end);
	INSTR_TIME_SUBTRACT(end, start);
	entry->duration_us = INSTR_TIME_GET_MICROSEC(end);
	run_apply_step(run->plan, step, run->state, &entry->rows);
}

/* Run the steps, beginning with the first one that is not kept. */
static void
run_steps(void *arg)
{
	AtomicRun  *run = arg;

	run->state = version_copy(run->plan->start);
	for (int i = 0; i < run->kept; i++)
		plan_apply_step(run->plan, &run->plan->steps[i], run->state);
	run->scripts = NULL;
	if (run->late_number >= run->kept)
		run->late_failure = NULL;
	for (run->number = run->kept; run->number < run->plan->nsteps; run->number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (run->number > run->kept && run->patience != NULL && patience_stop(run->patience))
			run->kept = run->number;
		run_numbered(run);
	}
	if (run->late_failure != NULL)
		ReThrowError(run->late_failure);
}

/* Add the checksums of stamped revisions to the log entries. */
static void
stamp_checksums(LogEntry *entries, int nentries)
{
	char	  **ids = palloc(sizeof(char *) * Max(nentries, 1));
	char	  **checksums;

	if (nentries == 0 || strcmp(entries[0].action, "stamp") != 0)
		return;
	for (int i = 0; i < nentries; i++)
		ids[i] = unconstify(char *, entries[i].revision ? entries[i].revision : "");
	checksums = store_checksums(true, ids, nentries);
	for (int i = 0; i < nentries; i++)
		entries[i].checksum = checksums[i];
}

/*
 * Fill in the log entry of a stamp to base with purge, which removes all version rows, also
 * unknown ones.
 */
static void
purge_step(const Store *store, LogEntry *entry)
{
	StringInfoData rows;

	initStringInfo(&rows);
	for (int i = 0; i < store->rows.n; i++)
		appendStringInfo(&rows, "%s%s", i > 0 ? ", " : "", store->rows.ids[i]);
	ereport(NOTICE, (errmsg("Running stamp_revision %s -> ", rows.data)));
	entry->action = "stamp";
	entry->started_at = GetCurrentTimestamp();
}

/*
 * Every table that a transaction creates, changes or drops takes an entry in the lock
 * table until the transaction ends.  The server's hint names the setting; our hint adds that
 * fewer revisions per transaction help, too.
 */
static void
explain_full_lock_table(ErrorData *error)
{
	/* the code is also used when other memory runs out */
	if (error->sqlerrcode == ERRCODE_OUT_OF_MEMORY && lock_table_is_full())
		error->hint =
			"Every table that a transaction changes takes a place in the server's lock table: increase max_locks_per_transaction, "
			"or give the revisions transactions of their own, with CALL migrate.deploy() or with several calls such as migrate.upgrade('+10').";
}

static void
forget_running(void)
{
	running_revision = NULL;
	store_stage_version(NULL);
}

/* A try was rolled back: no revision is running during the wait. */
static void
step_rolled_back(void *arg)
{
	forget_running();
}

static void
step_waited(void *arg)
{
	count_tries(arg);
}

/*
 * Run the steps, and try again until they have got all their locks.  Locks that the caller's
 * transaction held before are kept during the waits.
 */
static void
run_patiently(AtomicRun *run)
{
	PatientWork work = {
		.what = "the migration",
		.body = run_steps,
		.rolled_back = step_rolled_back,
		.waited = step_waited,
		.explain = explain_full_lock_table,
		.arg = run
	};
	ScriptOrigin caller = {.direction = "the caller's transaction"};
	ErrorData  *failure = NULL;

	run->patience = patience_begin(CurrentMemoryContext, &work);
	(void) execute_try_deferred(&caller, true, &failure);
	run->fails_without = failure != NULL;
	PG_TRY();
	{
		patience_run(run->patience);
	}
	PG_FINALLY();
	{
		forget_running();
	}
	PG_END_TRY();
}

static IdList
run_plan(const Store *store, const MigrationPlan *plan)
{
	AtomicRun	run = {.store = store,.plan = plan};
	int			nentries = plan->nsteps;
	IdList		rows;

	run_check_plan(store, plan, true);
	run.entries = palloc0(sizeof(LogEntry) * (nentries + 1));
	run.per_batch = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext batch",
										  ALLOCSET_DEFAULT_SIZES);
	if (nentries > 0 && plan->steps[0].kind != STEP_STAMP)
		run_patiently(&run);
	else
		run_steps(&run);
	progress_end();

	rows = run_row_names(run.state);
	stamp_checksums(run.entries, nentries);

	/*
	 * With purge the plan started from no rows, but the log shall show those
	 * that were stored: as removed by the first step, or by a step of their
	 * own if the plan has none.
	 */
	if (nentries == 0)
		purge_step(store, &run.entries[nentries++]);
	if (version_nrows(plan->start) == 0)
		run.entries[0].rows.before = store_log_rows(store->rows).before;
	store_write_version(store->rows, rows);
	store_write_log(run.entries, nentries);
	return rows;
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

/* Is there nothing to do?  If so, sends the plan's NOTICE and returns the version rows. */
static bool
nothing_to_do(const Store *store, const MigrationPlan *plan, bool purge, IdList *rows)
{
	if (plan->nsteps > 0 || (purge && store->rows.n > 0))
		return false;
	if (plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", plan->notice)));
	*rows = run_row_names(store->version);
	return true;
}

static IdList
run_command(Command command, const char *target, bool purge, const PlanGate *gate)
{
	bool		to_heads = strcmp(target, "head") == 0 || strcmp(target, "heads") == 0;
	bool		may_be_half_done = journal_has_open();
	IdList		rows;
	IdList		heads;
	Store	   *store = NULL;
	MigrationPlan *plan;

	/*
	 * If there is nothing to do, take no lock and write nothing.  The usual
	 * start of a container, at the heads already, does not even read the
	 * graph.
	 */
	if (command == COMMAND_UPGRADE && to_heads && !may_be_half_done)
	{
		if (store_at_heads(true, &rows, &heads) && (heads.n <= 1 || strcmp(target, "heads") == 0))
			return rows;
	}
	else if (!may_be_half_done)
	{
		store = store_load(true, purge);
		plan = make_plan(store, command, target, purge);
		if (nothing_to_do(store, plan, purge, &rows))
			return rows;
		store = NULL;
	}

	lock_migrations();
	run_check_interrupted();

	/* if only revisions near the heads are pending, load just those */
	if (to_heads && !store_at_heads(true, &rows, &heads) &&
		(heads.n == 1 || strcmp(target, "heads") == 0))
		store = store_load_pending(heads, rows);
	if (store == NULL)
		store = store_load(true, purge);
	plan = make_plan(store, command, target, purge);
	if (nothing_to_do(store, plan, purge, &rows))
		return rows;
	if (gate != NULL)
	{
		(void) gate->note(store, plan);
		gate->judge(store, plan);
	}
	return run_plan(store, plan);
}

IdList
run_upgrade(const char *target, const PlanGate *gate)
{
	return run_command(COMMAND_UPGRADE, target, false, gate);
}

IdList
run_downgrade(const char *target)
{
	return run_command(COMMAND_DOWNGRADE, target, false, NULL);
}

IdList
run_stamp(const char *target, bool purge)
{
	return run_command(COMMAND_STAMP, target, purge, NULL);
}
