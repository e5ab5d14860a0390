/*
 * filefuncs.c
 *		SQL: files_status, check_files and prune.
 *
 * A team's revisions are the files of a directory; the database also keeps what
 * other releases and other branches of the code have brought.  What the files
 * mean is decided by their own heads and by what is applied: what has no file and
 * is not applied counts for nothing.
 */
#include "postgres.h"

#include "errors.h"
#include "functions/functions.h"
#include "run/run.h"

#include "funcapi.h"
#include "access/htup_details.h"
#include "miscadmin.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_files_status);
MIGRATE_FUNCTION(migrate_check_files);
MIGRATE_FUNCTION(migrate_prune);

/* Which revisions have files?  These identifiers, all of which are stored. */
static bool *
mark_files(const Graph *graph, char **ids, int nids)
{
	bool	   *is_file = palloc0(sizeof(bool) * Max(graph->nrevs, 1));

	for (int i = 0; i < nids; i++)
	{
		int			number = graph_find(graph, ids[i]);

		CHECK_FOR_INTERRUPTS();
		if (number < 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_CANT_LOCATE),
					 errmsg("revision \"%s\" is not loaded", ids[i]),
					 errhint("Load its file first, with migrate.load_files().")));
		is_file[number] = true;
	}
	return is_file;
}

/*
 * What counts: the revisions that have files, those that are applied or half
 * done, and what all of them are on top of.
 */
static bool *
mark_kept(const Store *store, const bool *is_file)
{
	bool	   *roots = palloc(sizeof(bool) * Max(store->nrevs, 1));
	char	   *half_done = journal_half_done();
	int			number = half_done != NULL ? graph_find(store->graph, half_done) : -1;

	for (int i = 0; i < store->nrevs; i++)
		roots[i] = is_file[i] || store->version->applied[i];
	if (number >= 0)
		roots[number] = true;
	return graph_closure(store->graph, graph_marked(store->graph, roots));
}

/* The store that would be with these revisions only. */
static Store *
store_of(const Store *store, const bool *marks)
{
	StoredRevision *revs = palloc(sizeof(StoredRevision) * Max(store->nrevs, 1));
	int			nrevs = 0;

	for (int i = 0; i < store->nrevs; i++)
		if (marks[i])
			revs[nrevs++] = store->revs[i];
	return store_rebuild(store, revs, nrevs);
}

static char *
comma_list(const Graph *graph, const RevList *list)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < list->n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? "," : "", graph->revs[list->revs[i]].links.id);
	return out.data;
}

/* What files are on top of and has no file itself: "a1, which b2 revises". */
static Datum
missing_files(const Store *store, const bool *is_file, bool applied)
{
	char	  **lines = palloc(sizeof(char *) * Max(store->nrevs, 1));
	int			n = 0;

	for (int i = 0; i < store->nrevs; i++)
	{
		const Revision *rev = &store->graph->revs[i];
		int			above = -1;
		bool		revises = false;

		CHECK_FOR_INTERRUPTS();
		if (is_file[i] || store->version->applied[i] != applied)
			continue;
		for (int j = 0; j < rev->nchildren && above < 0; j++)
			if (is_file[rev->children[j]])
			{
				above = rev->children[j];
				revises = true;
			}
		for (int j = 0; j < rev->ndependents && above < 0; j++)
			if (is_file[rev->dependents[j]])
				above = rev->dependents[j];
		if (above >= 0)
			lines[n++] = psprintf("%s, which %s %s", rev->links.id, store->revs[above].links.id,
								  revises ? "revises" : "depends on");
	}
	return store_text_array(lines, n);
}

/* Those of the revisions that the test marks, newest first. */
static Datum
newest_first(const Store *store, const bool *marks)
{
	RevList    *order = revlist_make(store->nrevs);
	RevList    *history;

	for (int i = 0; i < store->nrevs; i++)
		if (marks[i])
		{
			history = order_history(store->graph, store->version, NULL);
			for (int j = 0; j < history->n; j++)
				if (marks[history->revs[j]])
					order->revs[order->n++] = history->revs[j];
			break;
		}
	return revisions_array(store->graph, order->revs, order->n, false);
}

/* "a1 (Create users), applied, no file here" */
static Datum
words_of(const Store *store, const RevList *revs, const bool *is_file)
{
	char	  **words = palloc(sizeof(char *) * Max(revs->n, 1));

	for (int i = 0; i < revs->n; i++)
	{
		const RevisionLinks *links = &store->revs[revs->revs[i]].links;

		words[i] = psprintf("%s (%s)%s%s", links->id, first_line_shown(links->message),
							store->version->applied[revs->revs[i]] ? ", applied" : "",
							is_file[revs->revs[i]] ? "" : ", no file here");
	}
	return store_text_array(words, revs->n);
}

/*
 * Of two heads, the files that can be put on the other: the latest that is not applied
 * and begins a branch.  NULL if there is none.
 */
static const char *
to_rebase(const Store *store, const bool *is_file)
{
	for (int i = store->nrevs - 1; i >= 0; i--)
	{
		const Revision *rev = &store->graph->revs[i];
		bool		begins = rev->nparents == 0;

		for (int j = 0; j < rev->nparents && !begins; j++)
			begins = store->version->applied[rev->parents[j]] || revision_is_branch_point(&store->graph->revs[rev->parents[j]]);
		if (begins && is_file[i] && !store->version->applied[i])
			return rev->links.id;
	}
	return NULL;
}

/* Down to where is what is applied and has no file to be undone?  NULL: there is nothing of the kind. */
static const char *
to_undo(const Store *store, const bool *is_file)
{
	for (int i = 0; i < store->nrevs; i++)
	{
		const Revision *rev = &store->graph->revs[i];

		if (is_file[i] || !store->version->applied[i])
			continue;
		for (int j = 0; j < rev->nparents; j++)
			if (is_file[rev->parents[j]])
				return store->revs[rev->parents[j]].links.id;
		if (rev->nparents == 0)
			return "base";
	}
	return NULL;
}

enum
{
	COL_HEADS, COL_TARGET, COL_PENDING, COL_MESSAGES, COL_APART, COL_APART_WORDS, COL_TO_REBASE, COL_TO_UNDO,
	COL_MISSING, COL_MISSING_APPLIED, COL_AHEAD, COL_UNKNOWN, COL_FILES, COL_ADDED, COL_REPLACED, NCOLS
};

/* One row of all that. */
static Datum
answer(FunctionCallInfo fcinfo, const Store *store, char **ids, int nids, const char *target, int nadded, int nreplaced)
{
	Store	   *kept;
	bool	   *is_file;
	bool	   *marks;
	bool	   *below;
	bool	   *others;
	bool	   *in_plan;
	RevList    *heads;
	RevList    *pending;
	RevList    *apart = revlist_make(0);
	MigrationPlan *plan = NULL;
	char	  **messages;
	TupleDesc	desc;
	Datum		values[NCOLS];
	bool		nulls[NCOLS] = {false};

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");

	/* what counts for nothing is said, and then forgotten */
	is_file = mark_files(store->graph, ids, nids);
	marks = mark_kept(store, is_file);
	others = palloc0(sizeof(bool) * Max(store->nrevs, 1));
	for (int i = 0; i < store->nrevs; i++)
		others[i] = !marks[i];
	values[COL_UNKNOWN] = newest_first(store, others);
	/* what files are on top of is missing, the database is not ahead by it */
	below = graph_closure(store->graph, graph_marked(store->graph, is_file));
	for (int i = 0; i < store->nrevs; i++)
		others[i] = store->version->applied[i] && !below[i];
	values[COL_AHEAD] = newest_first(store, others);
	kept = store_of(store, marks);

	is_file = mark_files(kept->graph, ids, nids);
	heads = graph_tips(kept->graph, graph_closure(kept->graph, graph_marked(kept->graph, is_file)));
	if (target != NULL && strcmp(target, "head") != 0)
		plan = plan_upgrade(kept->graph, kept->version, target, false);
	else if (heads->n == 1)
		plan = plan_upgrade(kept->graph, kept->version, kept->revs[heads->revs[0]].links.id, false);
	else if (heads->n > 1)
		plan = plan_upgrade(kept->graph, kept->version, "heads", false);
	if (target != NULL && plan != NULL && plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", plan->notice)));

	/* two heads, and no word of which is meant */
	if (target == NULL || strcmp(target, "head") == 0)
	{
		RevList    *all = graph_heads(kept->graph, true);

		if (heads->n > 1 || (plan != NULL && plan->nsteps > 0 && all->n > 1))
			apart = all;
	}

	in_plan = palloc0(sizeof(bool) * Max(kept->nrevs, 1));
	pending = revlist_make(plan != NULL ? plan->nsteps : 0);
	messages = palloc(sizeof(char *) * Max(plan != NULL ? plan->nsteps : 0, 1));
	for (int i = 0; plan != NULL && i < plan->nsteps; i++)
	{
		int			rev = plan->steps[i].rev;

		in_plan[rev] = true;
		messages[i] = first_line_shown(kept->revs[rev].links.message);
		pending->revs[pending->n++] = rev;
	}

	values[COL_HEADS] = revisions_array(kept->graph, heads->revs, heads->n, true);
	set_text(values, nulls, COL_TARGET, apart->n > 0 ? NULL : comma_list(kept->graph, graph_tips(kept->graph, in_plan)));
	values[COL_PENDING] = revisions_array(kept->graph, pending->revs, pending->n, false);
	values[COL_MESSAGES] = store_text_array(messages, pending->n);
	values[COL_APART] = revisions_array(kept->graph, apart->revs, apart->n, false);
	values[COL_APART_WORDS] = words_of(kept, apart, is_file);
	set_text(values, nulls, COL_TO_REBASE, apart->n > 0 ? to_rebase(kept, is_file) : NULL);
	set_text(values, nulls, COL_TO_UNDO, apart->n > 0 ? to_undo(kept, is_file) : NULL);
	values[COL_MISSING] = missing_files(kept, is_file, false);
	values[COL_MISSING_APPLIED] = missing_files(kept, is_file, true);
	values[COL_FILES] = Int32GetDatum(nids);
	values[COL_ADDED] = Int32GetDatum(nadded);
	values[COL_REPLACED] = Int32GetDatum(nreplaced);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}

Datum
migrate_files_status(PG_FUNCTION_ARGS)
{
	char	  **ids;
	int			nids;

	arg_texts(fcinfo, 0, "revisions", &ids, &nids);
	return answer(fcinfo, store_load(false, false), ids, nids, arg_text_or_null(fcinfo, 1), 0, 0);
}

Datum
migrate_check_files(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	char	  **ids;
	int			nids;
	int			nadded;
	int			nreplaced;
	Store	   *store;

	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	store = store_with_texts(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &ids, &nids, &nadded, &nreplaced);
	return answer(fcinfo, store, ids, nids, arg_text_or_null(fcinfo, 2), nadded, nreplaced);
}

Datum
migrate_prune(PG_FUNCTION_ARGS)
{
	char	  **ids;
	int			nids;
	Store	   *store;
	bool	   *marks;
	char	  **removed;
	int			nremoved = 0;

	begin_writing("migrate.prune()");
	arg_texts(fcinfo, 0, "revisions", &ids, &nids);

	/* mostly there is nothing, which takes no lock */
	for (int pass = 0; pass < 2; pass++)
	{
		store = store_load(true, false);
		marks = mark_kept(store, mark_files(store->graph, ids, nids));
		removed = palloc(sizeof(char *) * Max(store->nrevs, 1));
		nremoved = 0;
		for (int i = 0; i < store->nrevs; i++)
			if (!marks[i])
				removed[nremoved++] = unconstify(char *, store->revs[i].links.id);
		if (nremoved == 0)
			break;
		if (pass == 0)
			lock_migrations();
	}
	for (int i = 0; i < nremoved; i++)
	{
		CHECK_FOR_INTERRUPTS();
		store_remove(removed[i]);
	}
	if (nremoved > 0)
		store_write_heads(store_of(store, marks));
	return result_texts(fcinfo, removed, nremoved);
}
