/*
 * rehearse.c
 *		Runs the pending revisions on a sample of the rows, up and down.
 *
 * preflight() checks all rows against the demands of the statements, and runs nothing.  A rehearsal
 * runs the statements, on a sample, in a copy of the live schema in a shadow.  So it finds what
 * only a run can show: an UPDATE that fails, a verify section that does not hold, and rows that a
 * downgrade does not restore.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "author/rehearse_private.h"
#include "author/replay.h"
#include "errors.h"
#include "exec/exec.h"
#include "graph/graph.h"
#include "kinds/kinds.h"
#include "settings.h"
#include "snapshot/snapshot.h"
#include "store/store.h"

#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

typedef struct Rehearsal
{
	const SchemaSnapshot *live;
	Store	   *store;
	MigrationPlan *plan;
	int			rows;
	RehearsalSize *size;
	Shadow	   *shadow;
	int			nschemas;
	char	  **schemas;		/* of the tables that are compared */

	/* the revision that is run */
	int			step;			/* -1: none yet */
	StoredScript *script;
	const char *where;			/* what of it */
	List	   *temporary;		/* objects that were there before it */
	List	   *before;			/* TablePrints */

	List	   *findings;
} Rehearsal;

static Finding *
add_finding(Rehearsal *r, Finding *finding)
{
	finding->step = r->step + 1;
	finding->revision = r->store->revs[r->plan->steps[r->step].rev].links.id;
	r->findings = lappend(r->findings, finding);
	return finding;
}

static Finding *
add_outcome(Rehearsal *r, const char *outcome, const char *detail)
{
	Finding    *finding = add_finding(r, palloc0(sizeof(Finding)));

	finding->outcome = outcome;
	finding->count = finding->of = -1;
	finding->detail = detail;
	return finding;
}

static char *
error_words(const Rehearsal *r, const ErrorData *error)
{
	return psprintf("%s: %s%s%s%s%s", r->where, error->message, error->detail ? "\n" : "",
					error->detail ? error->detail : "",
					error->context ? "\n" : "", error->context ? error->context : "");
}

/*
 * What a shadow refuses, such as a change of what is not managed, would work where the revision is
 * really run: that says nothing of the revision.
 */
static void
add_error(Rehearsal *r, const char *outcome, const ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_MG_BAD_SCRIPT)
		outcome = "unchecked";
	add_outcome(r, outcome, error_words(r, error))->sqlerrcode = error->sqlerrcode;
}

/* Says nothing of the revision. */
static bool
ends_the_call(const ErrorData *error)
{
	return error_ends_the_call(error) || error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE;
}

static List *
read_rows(const Rehearsal *r, List *known)
{
	return prints_of_tables(r->nschemas, r->schemas, known);
}

/* Run the downgrade, and report the rows that it does not restore. */
static void
go_back(void *arg)
{
	Rehearsal  *r = arg;
	ListCell   *lc;

	temporary_put_away(r->temporary);
	replay_down(r->shadow, r->store, r->plan->steps[r->step].rev, r->script, NULL, &r->where);
	foreach(lc, prints_compare(r->before, read_rows(r, r->before)))
	{
		add_finding(r, lfirst(lc));
	}
}

static void
try_downgrade(Rehearsal *r)
{
	Shadow	   *then;
	ErrorData  *error;

	if (r->script->half[DIRECTION_DOWN].sql == NULL)
	{
		(void) add_outcome(r, "unchecked", "there is no downgrade");
		return;
	}
	then = shadow_remember(r->shadow);
	error = run_undone(go_back, r);
	shadow_recall(r->shadow, then);
	if (error == NULL)
		return;
	if (ends_the_call(error))
		ReThrowError(error);
	add_error(r, "downgrade_fails", error);
}

static void
rehearse_body(Shadow *shadow, void *arg)
{
	Rehearsal  *r = arg;
	int			done =
	journal_statements_done(r->store->revs[r->plan->steps[0].rev].links.id, DIRECTION_UP);

	r->shadow = shadow;
	autogenerate_copy(shadow, r->live, "");
	shadow_invalid_indexes(r->live, done >= 0);
	r->size->rows = sample_rows(shadow, r->live, r->rows);
	r->before = read_rows(r, NIL);
	r->size->tables = list_length(r->before);
	for (r->step = 0; r->step < r->plan->nsteps; r->step++)
	{
		int			number = r->plan->steps[r->step].rev;

		CHECK_FOR_INTERRUPTS();
		r->temporary = temporary_objects();
		r->script = replay_script(r->store, number);
		if (r->step == 0)
			r->script->half[DIRECTION_UP].statements_done = Max(done, 0);
		replay_up(shadow, r->store, number, r->script, NULL, &r->where);
		try_downgrade(r);
		r->before = read_rows(r, r->before);
		r->size->revisions++;
	}
}

/* Where the tables are: the managed schemas, or all that there are. */
static void
find_schemas(Rehearsal *r)
{
	r->nschemas = r->live->managed.nschemas;
	r->schemas = r->live->managed.schemas;
	if (!r->live->managed.whole)
		return;
	r->schemas = palloc(sizeof(char *) * Max(r->live->nobjects, 1));
	for (int i = 0; i < r->live->nobjects; i++)
		if (kind_is(r->live->objects[i], KIND_SCHEMA))
			r->schemas[r->nschemas++] = pstrdup(r->live->objects[i]->name);
}

static bool *
pending(const Rehearsal *r)
{
	bool	   *revs = palloc0(sizeof(bool) * Max(r->store->nrevs, 1));

	for (int i = 0; i < r->plan->nsteps; i++)
		revs[r->plan->steps[i].rev] = true;
	return revs;
}

List *
rehearse(const Managed *managed, const char *target, int rows, RehearsalSize *size)
{
	MemoryContext caller = CurrentMemoryContext;
	Rehearsal	r = {.store = store_load(true, false),.rows = rows,.size = size,.step = -1};
	Rehearsal  *volatile result = &r;
	int			nest_level;

	r.plan = plan_upgrade(r.store->graph, r.store->version, target, false);
	size->planned = r.plan->nsteps;
	if (size->planned == 0)
		return NIL;
	r.live = snapshot_take(replay_managed(managed, r.store, pending(&r)), NULL);
	sample_require_rows(r.live);
	find_schemas(&r);
	nest_level = settings_be_quiet();
	PG_TRY();
	{
		snapshot_run_copy(r.live, rehearse_body, result);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		if (result->step < 0 || result->step >= result->plan->nsteps || ends_the_call(error))
			PG_RE_THROW();
		FlushErrorState();
		add_error(result, "fails", error);
	}
	PG_END_TRY();
	settings_leave(nest_level);
	return result->findings;
}
