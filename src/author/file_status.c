/*
 * file_status.c
 *		Plans for a directory of revision files: what has to be run or undone so that the database
 *		is as the files say?
 *
 * The database also keeps revisions that other releases and branches of the code have loaded.  Only
 * the revisions that have files and those that are applied matter: a stored revision that has no
 * file and is not applied is disregarded.
 */
#include "postgres.h"

#include "author/file_status.h"
#include "errors.h"
#include "run/run.h"
#include "script/script.h"

#include "miscadmin.h"

/* Mark the revisions that have files.  All these identifiers are stored. */
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

/* The store as it would be with these revisions only. */
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

/* The revisions without a file that files revise: "a1, which b2 revises". */
static List *
missing_files(const Store *store, const bool *is_file, bool applied)
{
	List	   *lines = NIL;

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
			lines = lappend(lines, psprintf("%s, which %s %s", rev->links.id,
											store->revs[above].links.id,
											revises ? "revises" : "depends on"));
	}
	return lines;
}

/* The revisions that the test marks, newest first. */
static RevList *
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
	return order;
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
			begins = store->version->applied[rev->parents[j]] ||
				revision_is_branch_point(&store->graph->revs[rev->parents[j]]);
		if (begins && is_file[i] && !store->version->applied[i])
			return rev->links.id;
	}
	return NULL;
}

/*
 * The target of a downgrade that undoes all applied revisions without files; NULL if there are
 * none.
 */
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

/* ----------------------------------------------------------------- all of it */

/* Name the disregarded revisions in a NOTICE. */
static void
find_others(FilesStatus *status, const Store *store, const bool *is_file, const bool *kept)
{
	bool	   *others = palloc0(sizeof(bool) * Max(store->nrevs, 1));
	bool	   *below;

	for (int i = 0; i < store->nrevs; i++)
		others[i] = !kept[i];
	status->unknown = newest_first(store, others);

	/*
	 * such a revision is a missing file; it does not mean that the database
	 * is ahead
	 */
	below = graph_closure(store->graph, graph_marked(store->graph, is_file));
	for (int i = 0; i < store->nrevs; i++)
		others[i] = store->version->applied[i] && !below[i];
	status->ahead = newest_first(store, others);
}

static bool
is_default(const char *target)
{
	return target == NULL || strcmp(target, "head") == 0;
}

/* The target, or the head of the files; NULL if there are no files and no target. */
static MigrationPlan *
make_plan(const FilesStatus *status, const char *target)
{
	const Store *kept = status->kept;

	if (!is_default(target))
		return plan_upgrade(kept->graph, kept->version, target, false);
	if (status->heads->n == 1)
		return plan_upgrade(kept->graph, kept->version, kept->revs[status->heads->revs[0]].links.id,
							false);
	return status->heads->n > 1 ? plan_upgrade(kept->graph, kept->version, "heads", false) : NULL;
}

/* Error: the files have several heads, and the caller has not said which one is meant. */
static RevList *
heads_apart(const FilesStatus *status, const MigrationPlan *plan)
{
	RevList    *all = graph_heads(status->kept->graph, true);

	if (status->heads->n > 1 || (plan != NULL && plan->nsteps > 0 && all->n > 1))
		return all;
	return revlist_make(0);
}

static void
set_plan(FilesStatus *status, const MigrationPlan *plan)
{
	const Graph *graph = status->kept->graph;
	bool	   *in_plan = palloc0(sizeof(bool) * Max(graph->nrevs, 1));

	status->pending = revlist_make(plan != NULL ? plan->nsteps : 0);
	for (int i = 0; plan != NULL && i < plan->nsteps; i++)
	{
		in_plan[plan->steps[i].rev] = true;
		status->pending->revs[status->pending->n++] = plan->steps[i].rev;
	}
	if (status->apart->n == 0)
		status->target = comma_list(graph, graph_tips(graph, in_plan));
}

FilesStatus *
files_status(const Store *store, char **ids, int nids, const char *target)
{
	FilesStatus *status = palloc0(sizeof(FilesStatus));
	bool	   *is_file = mark_files(store->graph, ids, nids);
	bool	   *marks = mark_kept(store, is_file);
	const Store *kept;
	MigrationPlan *plan;

	find_others(status, store, is_file, marks);
	status->kept = kept = store_of(store, marks);
	status->is_file = is_file = mark_files(kept->graph, ids, nids);
	status->heads =
		graph_tips(kept->graph, graph_closure(kept->graph, graph_marked(kept->graph, is_file)));
	plan = make_plan(status, target);
	if (target != NULL && plan != NULL && plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", plan->notice)));
	status->apart = is_default(target) ? heads_apart(status, plan) : revlist_make(0);
	set_plan(status, plan);
	if (status->apart->n > 0)
	{
		status->to_rebase = to_rebase(kept, is_file);
		status->to_undo = to_undo(kept, is_file);
	}
	status->missing = missing_files(kept, is_file, false);
	status->missing_applied = missing_files(kept, is_file, true);
	return status;
}

/* ---------------------------------------------------------------------- pruning */

static char **
find_pruned(const Store *store, const bool *kept, int *n)
{
	char	  **removed = palloc(sizeof(char *) * Max(store->nrevs, 1));

	*n = 0;
	for (int i = 0; i < store->nrevs; i++)
		if (!kept[i])
			removed[(*n)++] = unconstify(char *, store->revs[i].links.id);
	return removed;
}

char **
files_prune(char **ids, int nids, int *nremoved)
{
	Store	   *store;
	bool	   *marks;
	char	  **removed;

	/* mostly there is nothing to remove, and then no lock is taken */
	for (int pass = 0; pass < 2; pass++)
	{
		store = store_load(true, false);
		marks = mark_kept(store, mark_files(store->graph, ids, nids));
		removed = find_pruned(store, marks, nremoved);
		if (*nremoved == 0)
			return removed;
		if (pass == 0)
			lock_migrations();
	}
	for (int i = 0; i < *nremoved; i++)
	{
		CHECK_FOR_INTERRUPTS();
		store_remove(removed[i]);
	}
	store_write_heads(store_of(store, marks));
	return removed;
}
