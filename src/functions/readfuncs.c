/*
 * readfuncs.c
 *		SQL: what is there and what is applied.  Nothing here writes or locks.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "run/run.h"

#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

MIGRATE_FUNCTION(migrate_current);
MIGRATE_FUNCTION(migrate_heads);
MIGRATE_FUNCTION(migrate_branches);
MIGRATE_FUNCTION(migrate_history);
MIGRATE_FUNCTION(migrate_script);
MIGRATE_FUNCTION(migrate_prelude);
MIGRATE_FUNCTION(migrate_check_heads);
MIGRATE_FUNCTION(migrate_graph);
MIGRATE_FUNCTION(migrate_status);

Datum
migrate_current(PG_FUNCTION_ARGS)
{
	return result_ids(fcinfo, store_version_rows(false));
}

Datum
migrate_heads(PG_FUNCTION_ARGS)
{
	bool		resolve = arg_bool(fcinfo, 0, "resolve_dependencies");
	Graph	   *graph = store_load(false, false)->graph;

	return result_ids(fcinfo, revlist_ids(graph, graph_heads(graph, resolve)));
}

static void
put_branch_point(ResultSet *result, const Graph *graph, const Revision *rev)
{
	Datum		values[3];
	bool		nulls[3] = {false};

	set_text(values, nulls, 0, rev->links.id);
	set_text(values, nulls, 1, rev->links.message);
	values[2] = revisions_array(graph, rev->children, rev->nchildren, true);
	result_put(result, values, nulls);
}

Datum
migrate_branches(PG_FUNCTION_ARGS)
{
	Store	   *store = store_load(false, false);
	Graph	   *graph = store->graph;
	RevList    *order = order_history(graph, store->version, NULL);
	ResultSet  *result = result_begin(fcinfo);

	for (int i = 0; i < order->n; i++)
	{
		const Revision *rev = &graph->revs[order->revs[i]];

		CHECK_FOR_INTERRUPTS();
		if (revision_is_branch_point(rev))
			put_branch_point(result, graph, rev);
	}
	return (Datum) 0;
}

/* labels: of this revision, ended by NULL; or NULL. */
static void
put_history(ResultSet *result, const Store *store, int number, char **labels)
{
	const Revision *rev = &store->graph->revs[number];
	const StoredRevision *stored = &store->revs[number];
	Datum		values[11];
	bool		nulls[11] = {false};
	int			nlabels = 0;

	set_text(values, nulls, 0, rev->links.id);
	values[1] = store_text_array(rev->links.parents, rev->links.nparents);
	set_text(values, nulls, 2, rev->links.message);
	while (labels != NULL && labels[nlabels] != NULL)
		nlabels++;
	values[3] = store_text_array(labels, nlabels);
	values[4] = store_text_array(rev->links.depends_on, rev->links.ndepends_on);
	values[5] = BoolGetDatum(revision_is_head(rev));
	values[6] = BoolGetDatum(revision_is_branch_point(rev));
	values[7] = BoolGetDatum(revision_is_merge_point(rev));
	values[8] = BoolGetDatum(version_is_row(store->version, number));
	values[9] = BoolGetDatum(store->version->applied[number]);
	values[10] = TimestampTzGetDatum(stored->created_at);
	nulls[10] = !stored->has_created;
	result_put(result, values, nulls);
}

Datum
migrate_history(PG_FUNCTION_ARGS)
{
	char	   *range = arg_text_or_null(fcinfo, 0);
	Store	   *store = store_load(false, false);
	RevList    *order = order_history(store->graph, store->version, range);
	char	 ***labels = graph_label_reach(store->graph);
	ResultSet  *result = result_begin(fcinfo);
	MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext history",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(per_row);

	for (int i = 0; i < order->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_history(result, store, order->revs[i], labels[order->revs[i]]);
		MemoryContextReset(per_row);
	}
	MemoryContextSwitchTo(old);
	return (Datum) 0;
}

Datum
migrate_script(PG_FUNCTION_ARGS)
{
	char	   *name = arg_text(fcinfo, 0, "revision");
	Store	   *store = store_load(false, false);
	int			number = target_revision(store->graph, store->version, name, true);
	RevisionFile file;
	char	   *id;

	if (number < 0)
		PG_RETURN_NULL();
	id = unconstify(char *, store->revs[number].links.id);
	file.rev = store->revs[number];
	file.script = store_scripts(false, &id, 1)[0];
	PG_RETURN_TEXT_P(cstring_to_text(revision_file_print(&file)));
}

Datum
migrate_prelude(PG_FUNCTION_ARGS)
{
	char	   *script = store_prelude(false);

	if (script == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(script));
}

Datum
migrate_check_heads(PG_FUNCTION_ARGS)
{
	IdList		rows;
	IdList		heads;

	PG_RETURN_BOOL(store_at_heads(false, &rows, &heads));
}

static GraphFormat
graph_format(const char *name)
{
	if (strcmp(name, "text") == 0)
		return GRAPH_TEXT;
	if (strcmp(name, "dot") == 0)
		return GRAPH_DOT;
	if (strcmp(name, "mermaid") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown graph format \"%s\"", name),
				 errhint("Formats are text, dot and mermaid.")));
	return GRAPH_MERMAID;
}

Datum
migrate_graph(PG_FUNCTION_ARGS)
{
	GraphFormat format = graph_format(arg_text(fcinfo, 0, "format"));
	Store	   *store = store_load(false, false);

	PG_RETURN_TEXT_P(cstring_to_text(draw_graph(store->graph, store->version,
												arg_text_or_null(fcinfo, 1),
												arg_bool(fcinfo, 2, "fold"), format)));
}

/* The revision that the next upgrade to all heads begins with, or NULL. */
static const char *
next_revision(const Store *store)
{
	MigrationPlan *plan = plan_upgrade(store->graph, store->version, "heads", false);

	return plan->nsteps > 0 ? store->revs[plan->steps[0].rev].links.id : NULL;
}

static void
set_last_run(Datum *values, bool *nulls)
{
	LastRun		run;

	if (store_last_run(NULL, &run))
	{
		set_text(values, nulls, 7, run.action);
		set_text(values, nulls, 8, run.revision);
		set_text(values, nulls, 9, run.outcome);
		set_text(values, nulls, 10, run.error);
		values[11] = TimestampTzGetDatum(run.at);
		values[12] = DirectFunctionCall1(namein, CStringGetDatum(run.role));
	}
	else
		memset(&nulls[7], true, sizeof(bool) * 6);
}

Datum
migrate_status(PG_FUNCTION_ARGS)
{
	Store	   *store = store_load(false, false);
	RevList    *rows = version_rows(store->version);
	RevList    *heads = graph_heads(store->graph, true);
	int			pending = store->nrevs - store->version->napplied;
	char	   *description;
	int			pid;
	TupleDesc	desc;
	Datum		values[16];
	bool		nulls[16] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = revisions_array(store->graph, rows->revs, rows->n, true);
	values[1] = revisions_array(store->graph, heads->revs, heads->n, true);
	values[2] = BoolGetDatum(pending == 0);
	values[3] = Int32GetDatum(store->nrevs);
	values[4] = Int32GetDatum(store->version->napplied);
	values[5] = Int32GetDatum(pending);
	set_text(values, nulls, 6, pending > 0 ? next_revision(store) : NULL);
	set_last_run(values, nulls);
	pid = lock_holder(&description);
	values[13] = Int32GetDatum(pid);
	nulls[13] = pid == 0;
	set_text(values, nulls, 14, description);
	set_text(values, nulls, 15, pid == 0 ? journal_half_done() : NULL);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
