/*
 * deploy.c
 *		deploy and revert: a transaction for each revision.
 *
 * A busy database wants short transactions, table locks that give way, indexes
 * built concurrently, and an honest record when something fails half way.  The
 * session holds the migration lock from beginning to end, so that graph and
 * version rows change under nobody's hands but ours; the plan is made once.
 *
 * Whatever fails ends up in run_online(): the transaction is ended, the failure
 * is committed to the log, and then the caller gets it.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/online_private.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* The arguments of the CALL. */
typedef struct Called
{
	Direction	direction;
	const char *target;
	const PlanGate *gate;		/* or NULL */
} Called;

/* An online run. */
typedef struct OnlineRun
{
	MemoryContext context;		/* lives on through commits */
	Direction	direction;
	const char *target;
	const PlanGate *gate;		/* or NULL */
	Store	   *store;
	MigrationPlan *plan;
	VersionState *state;		/* what has been reached */
	int			number;			/* of the step that is running */
	int			unchecked;		/* steps since the version table was read */
	OnlineStep *step;			/* or NULL */
} OnlineRun;

static int64
elapsed_us(const OnlineStep *step)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, step->start);
	return INSTR_TIME_GET_MICROSEC(now);
}

/* The direction of an entry of the log, of which the journal keeps no stamp. */
static Direction
entry_direction(const OpenEntry *entry)
{
	Direction	direction;

	(void) direction_find(entry->action, &direction);
	return direction;
}

/* ------------------------------------------------------------- interruptions */

/*
 * A crash has rolled back the whole entry: its outcome is "failed" then, and no longer "running".
 */
static bool
end_rolled_back(const OpenEntry *entry)
{
	ErrorData	error = {0};

	if (entry->has_statements)
		return false;
	error.sqlerrcode = ERRCODE_MG_INTERRUPTED;
	error.message = "its session or the server came to an end while it ran; nothing of it is left";
	journal_end(entry->id, "failed", NULL, -1, &error);
	return true;
}

void
run_raise_half_done(const OpenEntry *entry, const char *detail, bool can_go_on)
{
	const char *go_on = can_go_on ? psprintf("Go on with CALL migrate.%s(...); or put",
											 direction_procedure(entry_direction(entry))) : "Put";

	ereport(ERROR,
			(errcode(ERRCODE_MG_INTERRUPTED),
			 errmsg("the %s of revision \"%s\" is half done", entry->action, entry->revision),
			 errdetail("%d of its statements %s committed. %s", entry->statements_done,
					   entry->statements_done == 1 ? "is" : "are", detail),
			 errhint("Look at migrate.log. %s it right by hand and say how: SELECT migrate.resolve('%s', 'applied') if all of the %s is in effect, 'rolled_back' if nothing of it is.",
					 go_on, entry->revision, entry->action)));
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
			run_raise_half_done(&entries[i], "An online run was interrupted.", true);
}

void
run_check_half_done(const char *revision, const char *what)
{
	int			n;
	OpenEntry  *entries;

	if (!journal_has_open())
		return;
	entries = journal_open(&n);
	for (int i = 0; i < n; i++)
		if (entries[i].has_statements && strcmp(entries[i].revision, revision) == 0)
			run_raise_half_done(&entries[i], psprintf("It cannot be %s.", what), true);
}

/* The half-done entry that the first step of this plan resumes, or NULL. */
static OpenEntry *
find_interrupted(const OnlineRun *run)
{
	int			n;
	OpenEntry  *entries = journal_open(&n);
	OpenEntry  *found = NULL;
	const PlanStep *first = run->plan->nsteps > 0 ? &run->plan->steps[0] : NULL;

	for (int i = 0; i < n; i++)
	{
		OpenEntry  *entry = &entries[i];

		if (end_rolled_back(entry))
			continue;
		if (found != NULL || first == NULL ||
			strcmp(run->store->revs[first->rev].links.id, entry->revision) != 0 ||
			strcmp(run_step_action(first), entry->action) != 0)
			run_raise_half_done(entry, "This run does not begin with it.", true);
		if (!entry->is_same_script)
			run_raise_half_done(entry, "Its script has been changed since.", false);
		found = entry;
	}
	return found;
}

IdList
run_resolve(const char *name, const char *outcome)
{
	bool		applied = strcmp(outcome, "applied") == 0;
	Store	   *store;
	VersionState *state;
	LogRows		log;
	IdList		rows;
	int			rev;
	int			n;
	OpenEntry  *entries;

	if (!applied && strcmp(outcome, "rolled_back") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown outcome \"%s\"", outcome),
				 errhint("Say 'applied' if all of the upgrade or downgrade is in effect, 'rolled_back' if nothing of it is.")));
	lock_migrations();
	store = store_load(true, false);
	rev = target_revision(store->graph, store->version, name, true);
	entries = journal_open(&n);
	for (int i = 0; i < n; i++)
	{
		OpenEntry  *entry = &entries[i];

		if (end_rolled_back(entry) || rev < 0 ||
			strcmp(entry->revision, store->revs[rev].links.id) != 0)
			continue;
		state = version_copy(store->version);
		log = store_log_rows(store->rows);
		if (applied)
		{
			PlanStep	step = {.kind = entry_direction(entry) == DIRECTION_UP ? STEP_UPGRADE
			: STEP_DOWNGRADE,.rev = rev};

			run_apply_step(NULL, &step, state, &log);
		}
		rows = run_row_names(state);
		store_write_version(store->rows, rows);
		journal_end(entry->id, applied ? "done" : "failed", &log, -1, NULL);
		return rows;
	}
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("revision \"%s\" is not half done", name),
			 errhint("To say where the database is without running anything, use migrate.stamp().")));
}

/* ------------------------------------------------------------------- the run */

/* The row in the log that is committed before the revision runs. */
static void
begin_journal(OnlineStep *step, const OpenEntry *resumed)
{
	if (resumed != NULL)
	{
		step->journal = resumed->id;
		step->statements_done = resumed->statements_done;
		journal_resume(step->journal);
	}
	else
	{
		LogEntry	entry = {0};

		entry.action = step->origin.direction;
		entry.revision = step->rev->links.id;
		entry.message = step->rev->links.message;
		entry.rows = store_log_rows(step->before);
		entry.started_at = GetCurrentTimestamp();
		if (step->direction == DIRECTION_UP)
			entry.allowed = script_allowed_words(step->stored->half[DIRECTION_UP].sql);
		step->journal = journal_begin(&entry, step->by_statement ? step->script->nstatements : 0);
	}
	online_commit();
}

/*
 * Does this step read the whole version table?  At every step that would take time quadratic in the
 * number of heads.  So do it at the last step, and whenever the number of steps since the last time
 * is a hundredth of the number of rows.
 */
static bool
reads_version(OnlineRun *run, int nrows)
{
	if (run->number + 1 < run->plan->nsteps && ++run->unchecked < nrows / 100)
		return false;
	run->unchecked = 0;
	return true;
}

static void
write_version(const OnlineRun *run)
{
	const OnlineStep *step = run->step;
	RevList    *gone;
	RevList    *come;

	if (step->before.ids != NULL)
	{
		store_write_version(step->before, run_row_names(run->state));
		return;
	}
	version_changes(run->state, &gone, &come);
	store_change_version(revlist_ids(run->state->graph, gone),
						 revlist_ids(run->state->graph, come));
}

/* Read and parse the script of one step. */
static OnlineStep *
prepare_step(OnlineRun *run, const PlanStep *plan_step)
{
	OnlineStep *step = palloc0(sizeof(OnlineStep));
	Direction	direction = step_direction(plan_step);
	StoredScript *stored;
	char	   *id;

	step->context = CurrentMemoryContext;
	step->toplevel = -1;
	step->rev = &run->store->revs[plan_step->rev];
	step->by_statement = step->rev->mode[direction] != RUN_TRANSACTION;
	id = unconstify(char *, step->rev->links.id);
	stored = store_scripts(true, &id, 1);
	step->stored = stored;
	step->direction = direction;
	step->origin = script_origin(&step->rev->links, stored, direction);
	step->is_marked = stored->half[direction].marked;
	step->script = script_parse(stored->half[direction].sql, step->is_marked, &step->origin);
	step->before.n = version_nrows(run->state);
	if (reads_version(run, step->before.n))
		step->before = run_row_names(run->state);
	return step;
}

static void
run_step(OnlineRun *run, const OpenEntry *resumed)
{
	const PlanStep *plan_step = &run->plan->steps[run->number];
	OnlineStep *step = prepare_step(run, plan_step);
	LogRows		log;

	if (resumed != NULL)
		pieces_check_resumed(step, resumed);
	ereport(NOTICE,
			(errmsg("Running %s", plan_step_label(run->plan, plan_step, true)),
			 resumed == NULL ? 0 :
			 resumed->statements_done < step->script->nstatements
			 ? errdetail("It goes on with statement %d.", resumed->statements_done + 1) :
			 errdetail("It goes on with what it verifies.")));
	replicated_note(step);
	INSTR_TIME_SET_CURRENT(step->start);
	run->step = step;
	begin_journal(step, resumed);
	progress_step(step->origin.direction, step->rev->links.id, run->number + 1, run->plan->nsteps);

	run_set_running(step->rev->links.id);
	if (step->by_statement)
		pieces_run(step, resumed);
	else
		retry_revision(step);
	run_set_running(NULL);

	run_apply_step(run->plan, plan_step, run->state, &log);
	write_version(run);
	journal_end(step->journal, "done", &log, elapsed_us(step), NULL);
	online_commit();
	run->step = NULL;
}

static bool
needs_no_snapshots(const OnlineRun *run)
{
	for (int i = 0; i < run->plan->nsteps; i++)
	{
		const PlanStep *step = &run->plan->steps[i];

		if (run->store->revs[step->rev].mode[step_direction(step)] != RUN_TRANSACTION)
			return true;
	}
	return false;
}

static void
make_plan(OnlineRun *run)
{
	run->store = store_load(true, false);
	run->plan = plan_run(run->store->graph, run->store->version, run->direction, run->target);
}

/* Read the store, make the plan and run it, with the migration lock held. */
static void
run_locked(OnlineRun *run)
{
	MemoryContext context = CurrentMemoryContext;
	OpenEntry  *resumed;

	make_plan(run);
	run->state = version_copy(run->plan->start);
	run_check_plan(run->store, run->plan, false);
	resumed = find_interrupted(run);
	if (run->gate != NULL && run->plan->nsteps > 0)
	{
		/* what is noted is committed, so that a refusal does not undo it */
		if (run->gate->note(run->store, run->plan))
			online_commit();
		run->gate->judge(run->store, run->plan);
	}
	if (run->plan->nsteps == 0 && run->plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", run->plan->notice)));
	if (needs_no_snapshots(run))
		lock_against_snapshots();
	online_commit();

	for (run->number = 0; run->number < run->plan->nsteps; run->number++)
	{
		MemoryContext per_step = AllocSetContextCreate(context, "migrate_ext step",
													   ALLOCSET_DEFAULT_SIZES);

		CHECK_FOR_INTERRUPTS();
		MemoryContextSwitchTo(per_step);
		run_step(run, resumed);
		resumed = NULL;
		MemoryContextSwitchTo(context);
		MemoryContextDelete(per_step);
	}
}

/*
 * Commit the failure to the log.  The failed transaction ends, and the session's table locks with
 * it; but the migration lock is held until unlock_session().
 */
static void
record_failure(OnlineRun *run, ErrorData *error)
{
	OnlineStep *step = run->step;
	bool		has_committed;
	bool		is_half_done;

	has_committed = step != NULL && pieces_has_committed(step);
	online_abort();
	if (step == NULL)
		return;
	is_half_done = pieces_left_behind(step, has_committed, error) || step->statements_done > 0;
	if (step->by_statement)
		pieces_restore_settings(step);
	journal_end(step->journal, is_half_done ? "half_done" : "failed",
				NULL, elapsed_us(step), error);
	online_commit();
}

/* Raises the error in the end.  The locks are released, whatever else fails on the way. */
static void
fail_run(OnlineRun *run, ErrorData *error)
{
	PG_TRY();
	{
		record_failure(run, error);
	}
	PG_CATCH();
	{
		/*
		 * the first error says more; the log says "running" still, which is
		 * seen next time
		 */
		FlushErrorState();
		online_abort();
	}
	PG_END_TRY();
	progress_end();
	unlock_session();
	ReThrowError(error);
}

/* Is there nothing to do?  Takes no lock and writes nothing. */
static bool
nothing_to_do(OnlineRun *run)
{
	bool		to_heads = strcmp(run->target, "heads") == 0;
	IdList		rows;
	IdList		heads;

	if (journal_has_open())
		return false;
	/* the usual start of a container does not even read the graph */
	if (run->direction == DIRECTION_UP && (to_heads || strcmp(run->target, "head") == 0))
		return store_at_heads(true, &rows, &heads) && (heads.n <= 1 || to_heads);

	make_plan(run);
	if (run->plan->nsteps > 0)
		return false;
	if (run->plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", run->plan->notice)));
	return true;
}

static void
run_online(OnlineRun *run)
{
	PG_TRY();
	{
		lock_session();
		run_locked(run);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(run->context);
		error = CopyErrorData();
		FlushErrorState();
		run_set_running(NULL);
		fail_run(run, error);
	}
	PG_END_TRY();
	unlock_session();
	progress_end();
}

/* When the CALL is over. */
static void
run_called(void *arg)
{
	const Called *called = arg;
	MemoryContext caller = CurrentMemoryContext;

	/* this memory has to survive commits */
	MemoryContext context = AllocSetContextCreate(PortalContext, "migrate_ext online run",
												  ALLOCSET_DEFAULT_SIZES);
	OnlineRun  *run;

	MemoryContextSwitchTo(context);
	run = palloc0(sizeof(OnlineRun));
	run->context = context;
	run->direction = called->direction;
	run->target = called->target;
	run->gate = called->gate;
	if (!nothing_to_do(run))
		run_online(run);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(context);
}

static void
call(Direction direction, const char *target, const PlanGate *gate, Oid procedure, bool atomic)
{
	Called	   *called;

	online_require_toplevel(atomic);
	called = MemoryContextAlloc(PortalContext, sizeof(Called));
	called->direction = direction;
	called->gate = gate;
	called->target = MemoryContextStrdup(PortalContext, target);
	online_after_call(procedure, run_called, called);
}

void
run_deploy(const char *target, const PlanGate *gate, Oid procedure, bool atomic)
{
	call(DIRECTION_UP, target, gate, procedure, atomic);
}

void
run_revert(const char *target, Oid procedure, bool atomic)
{
	call(DIRECTION_DOWN, target, NULL, procedure, atomic);
}
