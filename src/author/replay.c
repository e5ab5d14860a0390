/*
 * replay.c
 *		Runs revisions again in a shadow, away from the live schema.
 *
 * The tables of the shadow are empty, so a revision that changes rows finds none.
 */
#include "postgres.h"

#include "author/replay.h"
#include "diff/run_tables.h"
#include "exec/exec.h"
#include "settings.h"
#include "shadow/made.h"
#include "snapshot/prints.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* All revisions of the graph, each after its parents and dependencies. */
static RevList *
oldest_first(const Store *store)
{
	RevList    *list = order_history(store->graph, NULL, NULL);

	for (int i = 0, j = list->n - 1; i < j; i++, j--)
	{
		int			rev = list->revs[i];

		list->revs[i] = list->revs[j];
		list->revs[j] = rev;
	}
	return list;
}

/* The marked revisions and all of their ancestors and dependencies. */
static bool *
with_needed(const Store *store, const bool *wanted)
{
	RevList    *list = revlist_make(store->nrevs);

	for (int i = 0; i < store->nrevs; i++)
		if (wanted[i])
			list->revs[list->n++] = i;
	return graph_closure(store->graph, list);
}

/*
 * Run one direction of a revision.  Add the changed catalog rows to changed, unless that is NULL.
 */
static void
run_revision(Shadow *shadow, const Store *store, int number, const StoredScript *script,
			 Direction direction,
			 Changed *changed)
{
	const StoredRevision *rev = &store->revs[number];
	const RevisionLinks *links = &rev->links;
	ScriptOrigin origin = script_origin(links, script, direction);

	(void) shadow_execute_noted(shadow, script->half[direction].sql,
								rev->mode[direction] != RUN_TRANSACTION, &origin, changed);
}

/* Ask the questions of the revision's require or verify section. */
static void
ask_questions(Shadow *shadow, const Store *store, int number, const StoredScript *script,
			  ScriptPurpose purpose)
{
	const char *text;
	ScriptOrigin origin = script_questions(&store->revs[number].links, script, purpose, &text);

	if (text != NULL)
		(void) shadow_execute(shadow, text, false, &origin);
}

StoredScript *
replay_script(const Store *store, int number)
{
	char	   *id = unconstify(char *, store->revs[number].links.id);

	return store_scripts(store->fresh, &id, 1);
}

void
replay_up(Shadow *shadow, const Store *store, int number, const StoredScript *script,
		  Changed *changed, const char **where)
{
	*where = "require section";
	if (script->half[DIRECTION_UP].statements_done == 0)
		ask_questions(shadow, store, number, script, SCRIPT_REQUIRES);
	*where = "upgrade";
	run_revision(shadow, store, number, script, DIRECTION_UP, changed);
	*where = "verify section";
	ask_questions(shadow, store, number, script, SCRIPT_VERIFIES);
}

void
replay_down(Shadow *shadow, const Store *store, int number, const StoredScript *script,
			Changed *changed, const char **where)
{
	*where = "downgrade";
	run_revision(shadow, store, number, script, DIRECTION_DOWN, changed);
}

/* Run the upgrades of all marked revisions. */
static void
run_marked(Shadow *shadow, const Store *store, const bool *wanted)
{
	RevList    *list = oldest_first(store);
	MemoryContext per_revision = AllocSetContextCreate(CurrentMemoryContext,
													   "migrate_ext replayed revision",
													   ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(per_revision);

	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!wanted[list->revs[i]])
			continue;
		run_revision(shadow, store, list->revs[i], replay_script(store, list->revs[i]),
					 DIRECTION_UP, NULL);
		MemoryContextReset(per_revision);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(per_revision);
}

typedef struct ReplayArgs
{
	Trial		trial;			/* for a squash */
	List	   *rebuild;
	const Managed *managed;
	const Store *store;
	const char *prelude;		/* or NULL */
	const bool *before;
	const bool *wanted;
	Presupposed *presupposed;
	SchemaSnapshot *snapshot;
	List	   *rows;
	int			nfailed;		/* how many revisions failed, including those
								 * that get no row in the result */
	Generated  *generated;
} ReplayArgs;

static void
add_revision(Made *made, const Store *store, int number)
{
	ScriptOrigin origin = {.direction = "upgrade",.first_line = 1};

	made_add(made, replay_script(store, number)->half[DIRECTION_UP].sql, &origin);
}

/* The objects outside of the comparison that the revisions' texts say they create. */
static Made *
find_made(const ReplayArgs *args)
{
	Made	   *made = palloc0(sizeof(Made));
	MemoryContext per_revision = AllocSetContextCreate(CurrentMemoryContext,
													   "migrate_ext parsed revision",
													   ALLOCSET_DEFAULT_SIZES);

	made->context = CurrentMemoryContext;
	MemoryContextSwitchTo(per_revision);
	prelude_add_made(made, args->prelude);
	for (int i = 0; i < args->store->nrevs && !args->managed->whole; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (args->wanted[i] || (args->before != NULL && args->before[i]))
			add_revision(made, args->store, i);
		MemoryContextReset(per_revision);
	}
	MemoryContextSwitchTo(made->context);
	MemoryContextDelete(per_revision);
	return made;
}

const Managed *
replay_managed(const Managed *managed, const Store *store, const bool *wanted)
{
	ReplayArgs	args = {.managed = managed,.store = store,.wanted = wanted};

	return made_managed(managed, find_made(&args));
}

/* How a replay has ended. */
typedef struct Attempt
{
	ReplayArgs	args;			/* with the results */
	int			nfailed;		/* how many revisions failed; INT_MAX after an
								 * error */
	ErrorData  *error;
} Attempt;

/* Can another attempt succeed?  Not if the call was cancelled or a lock was refused. */
static bool
is_about_objects(const ErrorData *error)
{
	return !error_ends_the_call(error) && error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE;
}

static Attempt
attempt(const ReplayArgs *args, ShadowBody body, const Made *made, MadeSeen *seen)
{
	MemoryContext caller = CurrentMemoryContext;
	Managed		managed = *made_managed(args->managed, made);
	Attempt		result = {.args = *args};
	ReplayArgs *volatile results = &result.args;
	ErrorData  *volatile error = NULL;

	managed.seen = managed.whole ? NULL : seen;
	PG_TRY();
	{
		shadow_run(&managed, body, results);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	result.error = error;
	result.nfailed = error != NULL ? INT_MAX : result.args.nfailed;
	return result;
}

/*
 * Run the body in a shadow that lacks what the revisions create: all of their schemas,
 * publications, foreign servers and so on, even if these are not compared.  The database has these
 * objects because the revisions ran there.
 *
 * The objects that a DO block creates are known only when the block runs.  If the object is there,
 * the block fails, and the replay starts again without that object.  A block that tests first
 * whether the object exists does not show what it would have created.  So objects that other
 * statements change, and schemas in which they create something, are left out in a further
 * attempt.  That attempt counts only if fewer revisions fail.
 */
static void
run_in_shadow(ReplayArgs *args, ShadowBody body)
{
	Made	   *made = find_made(args);
	MadeSeen	seen =
	{.certain.context = CurrentMemoryContext,.guessed.context = CurrentMemoryContext};
	Attempt		best = attempt(args, body, made, &seen);

	while (best.nfailed > 0 && !args->managed->whole &&
		   (best.error == NULL || is_about_objects(best.error)))
	{
		bool		certain = made_merge(made, &seen.certain, args->managed);
		Attempt		next;

		CHECK_FOR_INTERRUPTS();
		if (!certain && !made_merge(made, &seen.guessed, args->managed))
			break;
		next = attempt(args, body, made, &seen);
		if (certain || next.nfailed < best.nfailed)
			best = next;
	}
	if (best.error != NULL)
		ReThrowError(best.error);
	*args = best.args;
}

static void
replay_body(Shadow *shadow, void *arg)
{
	ReplayArgs *args = arg;

	if (args->prelude != NULL)
		args->presupposed = prelude_run_watched(shadow, args->managed, args->prelude);
	run_marked(shadow, args->store, args->wanted);
	args->snapshot = snapshot_take(args->managed, shadow);
}

SchemaSnapshot *
replay(const Managed *managed, const Store *store, const bool *wanted, const char *prelude,
	   Presupposed **presupposed)
{
	ReplayArgs	args = {.managed = managed,.store = store,.wanted = wanted,.prelude = prelude};

	run_in_shadow(&args, replay_body);
	*presupposed = args.presupposed;
	return args.snapshot;
}

/* ------------------------------------------------------------------- verify */

/*
 * A revision is run up, down and up again.  The objects that it has changed are read and compared
 * with their state before.  Only if they differ, the revision is rolled back and run once more,
 * with snapshots of the whole schema around it.  The snapshots tell what differs, if anything
 * does.
 */
typedef struct Verify
{
	Shadow	   *shadow;
	ReplayArgs *args;
	MemoryContext context;		/* where the rows, state and stale live */
	int			number;
	StoredScript *script;
	Verified   *row;
	const char *where;			/* which part runs now, for messages */

	PrintedState *state;		/* the schema before the revision; NULL until
								 * it is needed */
	Changed    *stale;			/* what has changed since state was read */
	Changed    *up;				/* what the upgrade has changed */
	Prints	   *now;			/* the objects in up, after the upgrade */
	bool		doubtful;		/* something may differ */
	List	   *temporary;		/* the temporary objects before the revision:
								 * the next session would have no others */

	SchemaSnapshot *before;
	SchemaSnapshot *after;
} Verify;

/*
 * Run a part of the verification in a subtransaction.  If the part fails, return false and put the
 * error into the row's detail.  The subtransaction is rolled back unless keep is set and nothing is
 * doubtful.
 */
static bool
try_part(Verify *v, void (*part) (Verify *v), bool keep)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context = CurrentMemoryContext;
	Shadow	   *then = shadow_remember(v->shadow);
	volatile bool ok = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		part(v);
		ok = true;
		if (keep && !v->doubtful)
			ReleaseCurrentSubTransaction();
		else
		{
			RollbackAndReleaseCurrentSubTransaction();
			shadow_recall(v->shadow, then);
		}
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(v->context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		shadow_recall(v->shadow, then);
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED ||
			error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
			ReThrowError(error);
		v->row->detail = MemoryContextStrdup(v->context,
											 psprintf("%s: %s%s%s", v->where, error->message,
													  error->context ? "\n"
													  : "", error->context ? error->context : ""));
	}
	PG_END_TRY();
	return ok;
}

static void
go_up(Verify *v)
{
	v->up = changed_nothing();
	replay_up(v->shadow, v->args->store, v->number, v->script, v->state != NULL ? v->up : NULL,
			  &v->where);
}

static void
go_down(Verify *v, Changed *changed)
{
	temporary_put_away(v->temporary);
	replay_down(v->shadow, v->args->store, v->number, v->script, changed, &v->where);
	v->row->downgrade_ok = true;
}

static void
go_up_again(Verify *v, Changed *changed)
{
	v->where = "second upgrade";
	temporary_put_away(v->temporary);
	run_revision(v->shadow, v->args->store, v->number, v->script, DIRECTION_UP, changed);
}

/* Downgrade and upgrade again, and compare only the objects that have changed. */
static void
go_round_quickly(Verify *v)
{
	Changed    *changed = changed_nothing();
	Changed    *all;

	changed_union(changed, v->up);
	go_down(v, changed);
	all = changed_with_dependents(changed);
	v->doubtful = !prints_equal(prints_read(v->state, all), prints_recall(v->state, NULL, all));
	if (v->doubtful)
		return;
	go_up_again(v, changed);
	all = changed_with_dependents(changed);
	v->doubtful = !prints_equal(prints_read(v->state, all), prints_recall(v->state, v->now, all));
	v->row->round_trip_ok = !v->doubtful;
}

static void
go_quickly(Verify *v)
{
	go_up(v);
	v->now = prints_read(v->state, changed_with_dependents(v->up));
	(void) try_part(v, go_round_quickly, false);
}

static void
go_up_whole(Verify *v)
{
	go_up(v);
	v->after = snapshot_take(v->args->managed, v->shadow);
}

/*
 * Leave created and dropped schemas out of the difference.  A shadow has the managed schemas from
 * the beginning, so a revision that creates one and drops it again leaves another state.
 */
static void
forget_schemas(SchemaDiff *diff)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (change->kind != kinds[KIND_SCHEMA] || change->action == CHANGE_ALTER)
			rest = lappend(rest, lfirst(lc));
	}
	diff->changes = rest;
}

/* Is the schema as wanted?  If not, put the difference into the row's detail. */
static bool
is_as(Verify *v, const SchemaSnapshot *wanted, const char *words)
{
	SchemaSnapshot *is = snapshot_take(v->args->managed, v->shadow);
	SchemaDiff *diff;

	if (strcmp(snapshot_fingerprint(is), snapshot_fingerprint(wanted)) == 0)
		return true;
	diff = schema_diff(is, wanted);
	forget_schemas(diff);
	if (diff->changes == NIL)
		return true;
	v->row->detail = MemoryContextStrdup(v->context,
										 psprintf("%s:\n%s", words, diff_summary(diff)));
	return false;
}

static void
go_round_whole(Verify *v)
{
	go_down(v, NULL);
	if (!is_as(v, v->before, "the downgrade leaves to be done"))
		return;
	go_up_again(v, NULL);
	v->row->round_trip_ok = is_as(v, v->after, "the second upgrade leaves to be done");
}

/*
 * Verify with snapshots of the whole schema.  The client has already seen the revision's messages,
 * so do not send them again.
 */
static void
verify_whole(Verify *v)
{
	int			nest_level = settings_be_quiet();

	v->row->downgrade_ok = v->row->round_trip_ok = false;
	v->row->detail = NULL;
	v->before = snapshot_take(v->args->managed, v->shadow);
	v->row->upgrade_ok = try_part(v, go_up_whole, true);
	if (v->row->upgrade_ok)
		(void) try_part(v, go_round_whole, false);
	settings_leave(nest_level);
}

/* Read the state before the revision, or bring it up to date.  Only a downgrade needs it. */
static void
read_state(Verify *v)
{
	MemoryContext old;

	if (v->state != NULL && changed_is_nothing(v->stale))
		return;
	if (v->state != NULL)
	{
		prints_apply(v->state, prints_read(v->state, changed_with_dependents(v->stale)));
		hash_destroy(v->stale->addresses);
	}
	old = MemoryContextSwitchTo(v->context);
	if (v->state == NULL)
		v->state = prints_begin(v->args->managed, v->shadow);
	v->stale = changed_nothing();
	MemoryContextSwitchTo(old);
}

static void
run_needed(Verify *v)
{
	v->row->upgrade_ok = try_part(v, go_up, true);
	if (v->row->upgrade_ok && v->state != NULL)
		changed_union(v->stale, v->up);
}

static void
verify_one(Verify *v)
{
	v->row->was_run = true;
	v->row->has_downgrade = v->script->half[DIRECTION_DOWN].sql != NULL;
	if (!v->row->has_downgrade)
	{
		run_needed(v);
		if (v->row->upgrade_ok)
			v->row->detail = "there is no downgrade";
		return;
	}
	v->temporary = temporary_objects();
	read_state(v);
	v->row->upgrade_ok = try_part(v, go_quickly, true);
	if (v->doubtful)
	{
		v->doubtful = false;
		verify_whole(v);
		if (v->row->upgrade_ok)
			changed_union(v->stale, v->up);
	}
	else if (v->row->upgrade_ok)
		prints_apply(v->state, v->now);
}

/* A revision cannot run if one of its parents or dependencies has failed. */
static bool
can_run(const Store *store, int number, const bool *failed)
{
	const Revision *rev = &store->graph->revs[number];

	for (int p = 0; p < rev->nparents; p++)
		if (failed[rev->parents[p]])
			return false;
	for (int d = 0; d < rev->ndeps; d++)
		if (failed[rev->deps[d]])
			return false;
	return true;
}

static void
verify_body(Shadow *shadow, void *arg)
{
	ReplayArgs *args = arg;
	const Store *store = args->store;
	const bool *needed = args->before;
	Verify		v = {.shadow = shadow,.args = args,.context = CurrentMemoryContext};
	RevList    *list = oldest_first(store);
	bool	   *failed = palloc0(sizeof(bool) * Max(store->nrevs, 1));
	MemoryContext per_revision = AllocSetContextCreate(v.context, "migrate_ext verified revision",
													   ALLOCSET_DEFAULT_SIZES);

	prelude_run(shadow, args->prelude);
	for (int i = 0; i < list->n; i++)
	{
		Verified	unseen = {0};

		CHECK_FOR_INTERRUPTS();
		v.number = list->revs[i];
		if (!args->wanted[v.number] && !needed[v.number])
			continue;
		v.row = args->wanted[v.number] ? palloc0(sizeof(Verified)) : &unseen;
		v.row->revision = store->revs[v.number].links.id;
		if (args->wanted[v.number])
			args->rows = lappend(args->rows, v.row);
		failed[v.number] = !can_run(store, v.number, failed);
		if (failed[v.number])
		{
			args->nfailed++;
			v.row->detail = "not run, since one that it needs has failed";
			continue;
		}
		MemoryContextSwitchTo(per_revision);
		v.script = replay_script(store, v.number);
		if (args->wanted[v.number])
			verify_one(&v);
		else
			run_needed(&v);
		failed[v.number] = !v.row->upgrade_ok;
		if (failed[v.number] || (v.row->has_downgrade && !v.row->downgrade_ok))
			args->nfailed++;
		MemoryContextSwitchTo(v.context);
		MemoryContextReset(per_revision);
	}
	MemoryContextDelete(per_revision);
}

List *
replay_verify(const Managed *managed, const Store *store, const bool *wanted, const char *prelude)
{
	ReplayArgs	args =
	{.managed = managed,.store = store,.wanted = wanted,
	.before = with_needed(store, wanted),.prelude = prelude};

	run_in_shadow(&args, verify_body);
	return args.rows;
}

/* ------------------------------------------------------------------- squash */

/*
 * Remove from the snapshot the schemas that the squashed revisions create.  A shadow has every
 * managed schema from the beginning, even one that a revision creates later.
 */
static void
leave_out_created(SchemaSnapshot *from, const List *created_before, const List *created)
{
	bool	   *gone = palloc0(sizeof(bool) * Max(from->nobjects, 1));
	ListCell   *lc;

	foreach(lc, created)
	{
		SchemaObject *schema = snapshot_find(from, KIND_SCHEMA, quote_identifier(lfirst(lc)));

		if (schema != NULL && !has_text(created_before, lfirst(lc)))
			gone[schema->number] = true;
	}
	for (int i = 0; i < from->nobjects; i++)
		gone[i] |= from->objects[i]->parent != NULL && gone[from->objects[i]->parent->number];
	snapshot_remove(from, gone);
}

static void
squash_body(Shadow *shadow, void *arg)
{
	ReplayArgs *args = arg;
	SchemaSnapshot *from;
	SchemaSnapshot *to;
	List	   *created_before;

	prelude_run(shadow, args->prelude);
	run_marked(shadow, args->store, args->before);
	from = snapshot_take(args->managed, shadow);
	created_before = shadow_created_schemas(shadow);
	run_marked(shadow, args->store, args->wanted);
	to = snapshot_take(args->managed, shadow);
	leave_out_created(from, created_before, shadow_created_schemas(shadow));
	run_tables_require_known(from, to);
	args->generated = autogenerate(from, to, args->rebuild);
	run_tables_require_tried(args->generated->diff);
	args->snapshot = to;
	args->trial.from = from;
	args->trial.to = to;
	autogenerate_prove_back(shadow, args->managed, from, to, args->generated);
}

static void
try_squash(Trial *trial, List *rebuild)
{
	ReplayArgs *args = (ReplayArgs *) trial;

	args->rebuild = rebuild;
	shadow_run(prelude_managed(args->managed, args->prelude), squash_body, args);
}

static bool
has_objects(const SchemaSnapshot *snapshot, const char *schema)
{
	for (int i = 0; i < snapshot->nobjects; i++)
		if (snapshot->objects[i]->schema != NULL &&
			strcmp(snapshot->objects[i]->schema, schema) == 0)
			return true;
	return false;
}

List *
replay_new_schemas(const SchemaSnapshot *replayed, const SchemaSnapshot *live)
{
	List	   *created = NIL;

	for (int i = 0; i < replayed->nobjects; i++)
	{
		const SchemaObject *object = replayed->objects[i];
		const char *name;

		if (kind_number(object->kind) != KIND_SCHEMA)
			continue;
		name = object->name;
		if (strcmp(name, "public") != 0 && !has_objects(replayed, name) && has_objects(live, name))
			created = lappend(created, unconstify(char *, name));
	}
	return created;
}

Generated *
replay_squash(const Managed *managed, const Store *store, const bool *before, const bool *middle,
			  const char *prelude)
{
	ReplayArgs	args = {
		.trial = {.run = try_squash},.managed =
		managed,.store = store,.before = before,.wanted = middle,.prelude = prelude
	};

	autogenerate_try(&args.trial);
	return args.generated;
}
