/*
 * replay.c
 *		Revisions run again in a shadow, away from the live schema.
 *
 * The tables are empty there: what a revision does with data it does with none.
 */
#include "postgres.h"

#include "schema/replay.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

/* The revisions of the graph, each after its parents and dependencies. */
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

/* The marked revisions and all that they need. */
static bool *
with_needed(const Store *store, const bool *wanted)
{
	RevList    *list = revlist_make(store->nrevs);

	for (int i = 0; i < store->nrevs; i++)
		if (wanted[i])
			list->revs[list->n++] = i;
	return graph_closure(store->graph, list);
}

/* Run one direction of a revision. */
static void
run_revision(Shadow *shadow, const Store *store, int number, const StoredScript *script, bool up)
{
	const RevisionLinks *links = &store->revs[number].links;
	ScriptOrigin origin = {
		.revision = links->id,
		.message = links->message,
		.direction = up ? "upgrade" : "downgrade",
		.file_name = links->file_name,
		.first_line = up ? script->upgrade_line : script->downgrade_line
	};

	(void) shadow_execute(shadow, up ? script->upgrade : script->downgrade, &origin);
}

static StoredScript *
fetch_script(const Store *store, int number)
{
	char	   *id = unconstify(char *, store->revs[number].links.id);

	return store_scripts(store->fresh, &id, 1);
}

/* Run all that are marked. */
static void
run_marked(Shadow *shadow, const Store *store, const bool *wanted)
{
	RevList    *list = oldest_first(store);
	MemoryContext per_revision = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext replayed revision", ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(per_revision);

	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!wanted[list->revs[i]])
			continue;
		run_revision(shadow, store, list->revs[i], fetch_script(store, list->revs[i]), true);
		MemoryContextReset(per_revision);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(per_revision);
}

typedef struct ReplayArgs
{
	const Managed *managed;
	const Store *store;
	const bool *before;
	const bool *wanted;
	SchemaSnapshot *snapshot;
	List	   *rows;
	Generated  *generated;
} ReplayArgs;

static void
replay_body(Shadow *shadow, void *arg)
{
	ReplayArgs *args = arg;

	run_marked(shadow, args->store, args->wanted);
	args->snapshot = snapshot_take(args->managed, shadow);
}

SchemaSnapshot *
replay(const Managed *managed, const Store *store, const bool *wanted)
{
	ReplayArgs	args = {.managed = managed,.store = store,.wanted = wanted};

	shadow_run(managed, replay_body, &args);
	return args.snapshot;
}

/* ------------------------------------------------------------------- verify */

typedef struct Verify
{
	Shadow	   *shadow;
	ReplayArgs *args;
	MemoryContext context;		/* of the rows */
	int			number;
	StoredScript *script;
	Verified   *row;
	SchemaSnapshot *before;
	SchemaSnapshot *after;
	const char *where;			/* what runs now */
} Verify;

/* Run a part in a subtransaction; false if it failed, which detail then says. */
static bool
try_part(Verify *v, void (*part) (Verify *v), bool keep)
{
	ResourceOwner owner = CurrentResourceOwner;
	MemoryContext context = CurrentMemoryContext;
	volatile bool ok = false;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		part(v);
		ok = true;
		if (keep)
			ReleaseCurrentSubTransaction();
		else
			RollbackAndReleaseCurrentSubTransaction();
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
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (error->sqlerrcode == ERRCODE_QUERY_CANCELED || error->sqlerrcode == ERRCODE_OUT_OF_MEMORY)
			ReThrowError(error);
		v->row->detail = MemoryContextStrdup(v->context, psprintf("%s: %s%s%s", v->where, error->message,
																  error->context ? "\n" : "", error->context ? error->context : ""));
	}
	PG_END_TRY();
	return ok;
}

static void
go_up(Verify *v)
{
	v->where = "upgrade";
	run_revision(v->shadow, v->args->store, v->number, v->script, true);
	v->after = snapshot_take(v->args->managed, v->shadow);
}

/*
 * A shadow has the managed schemas from the beginning; a revision that makes one
 * and drops it again is none the worse for it.
 */
static void
forget_schemas(SchemaDiff *diff)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (strcmp(change->object_type, "schema") != 0 || strcmp(change->action, "alter") == 0)
			rest = lappend(rest, lfirst(lc));
	}
	diff->changes = rest;
}

/* Says what differs; true if nothing does. */
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
	v->row->detail = MemoryContextStrdup(v->context, psprintf("%s:\n%s", words, diff_summary(diff)));
	return false;
}

static void
go_round(Verify *v)
{
	v->where = "downgrade";
	run_revision(v->shadow, v->args->store, v->number, v->script, false);
	v->row->downgrade_ok = true;
	if (!is_as(v, v->before, "the downgrade leaves to be done"))
		return;
	v->where = "second upgrade";
	run_revision(v->shadow, v->args->store, v->number, v->script, true);
	v->row->round_trip_ok = is_as(v, v->after, "the second upgrade leaves to be done");
}

static void
verify_one(Verify *v)
{
	v->script = fetch_script(v->args->store, v->number);
	v->row->was_run = true;
	v->row->has_downgrade = v->script->downgrade != NULL;
	v->row->upgrade_ok = try_part(v, go_up, true);
	if (v->row->upgrade_ok && v->row->has_downgrade)
		(void) try_part(v, go_round, false);
	else if (v->row->upgrade_ok)
		v->row->detail = "there is no downgrade";
}

/* What has failed takes with it what needs it. */
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
	MemoryContext contexts[2];
	int			turn = 0;

	/* a snapshot lives as long as the revision after it */
	for (int i = 0; i < 2; i++)
		contexts[i] = AllocSetContextCreate(v.context, "migrate_ext verified revision", ALLOCSET_DEFAULT_SIZES);
	queries_keep_plans();
	MemoryContextSwitchTo(contexts[turn]);
	v.before = snapshot_take(args->managed, shadow);
	for (int i = 0; i < list->n; i++)
	{
		Verified	unseen = {0};

		CHECK_FOR_INTERRUPTS();
		v.number = list->revs[i];
		if (!args->wanted[v.number] && !needed[v.number])
			continue;
		v.row = args->wanted[v.number] ? MemoryContextAllocZero(v.context, sizeof(Verified)) : &unseen;
		v.row->revision = store->revs[v.number].links.id;
		if (args->wanted[v.number])
		{
			MemoryContextSwitchTo(v.context);
			args->rows = lappend(args->rows, v.row);
		}
		turn = 1 - turn;
		MemoryContextReset(contexts[turn]);
		MemoryContextSwitchTo(contexts[turn]);
		v.after = NULL;
		if (!can_run(store, v.number, failed))
			v.row->detail = "not run, since one that it needs has failed";
		else if (args->wanted[v.number])
			verify_one(&v);
		else
		{
			v.script = fetch_script(store, v.number);
			v.row->upgrade_ok = try_part(&v, go_up, true);
		}
		failed[v.number] = v.after == NULL;
		if (v.after != NULL)
			v.before = v.after;
		else
			turn = 1 - turn;
	}
	MemoryContextSwitchTo(v.context);
}

List *
replay_verify(const Managed *managed, const Store *store, const bool *wanted)
{
	ReplayArgs	args = {.managed = managed,.store = store,.wanted = wanted,.before = with_needed(store, wanted)};

	shadow_run(managed, verify_body, &args);
	return args.rows;
}

/* ------------------------------------------------------------------- squash */

static void
squash_body(Shadow *shadow, void *arg)
{
	ReplayArgs *args = arg;
	SchemaSnapshot *from;
	SchemaSnapshot *to;

	run_marked(shadow, args->store, args->before);
	from = snapshot_take(args->managed, shadow);
	run_marked(shadow, args->store, args->wanted);
	to = snapshot_take(args->managed, shadow);
	args->generated = autogenerate(from, to);
	args->snapshot = to;
	autogenerate_prove_back(shadow, args->managed, from, to, args->generated);
}

Generated *
replay_squash(const Managed *managed, const Store *store, const bool *before, const bool *middle)
{
	ReplayArgs	args = {.managed = managed,.store = store,.before = before,.wanted = middle};

	shadow_run(managed, squash_body, &args);
	return args.generated;
}
