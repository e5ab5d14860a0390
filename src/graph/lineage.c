/*
 * lineage.c
 *		Which revision descends from which: closures, lineage, label reach, reduced
 *		dependencies.
 *
 * These are searches over the links that graph.c made.  Marks are arrays over all
 * revisions rather than sets.  No search recurses, so a chain of a hundred thousand
 * revisions cannot overflow the stack.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "graph/graph_private.h"

static bool *alloc_marks(const Graph *graph);
static int *alloc_stack(const Graph *graph);
static void search(const Graph *graph, bool *marks, const int *revs, int n, bool up,
				   bool with_deps);
static bool is_real_branch_point(const Revision *rev);
static int	label_members(const Graph *graph, int labelled_rev, bool *marks, int *members);
static void reduce_dependencies(const Graph *graph);

/* ---------------------------------------------------------------- closures */

bool *
graph_closure(const Graph *graph, const RevList *revs)
{
	return graph_ancestors(graph, revs->revs, revs->n, true);
}

bool *
graph_ancestors(const Graph *graph, const int *revs, int n, bool with_deps)
{
	bool	   *marks = alloc_marks(graph);

	search(graph, marks, revs, n, false, with_deps);
	return marks;
}

bool *
graph_descendants(const Graph *graph, const int *revs, int n, bool with_deps)
{
	bool	   *marks = alloc_marks(graph);

	search(graph, marks, revs, n, true, with_deps);
	return marks;
}

const bool *
graph_lineage(const Graph *graph, int rev)
{
	GraphPrivate *priv = graph->priv;

	if (priv->lineage_rev != rev)
	{
		bool	   *above = graph_descendants(graph, &rev, 1, false);
		MemoryContext caller;

		priv->lineage_rev = -1;
		if (priv->lineage)
			pfree(priv->lineage);
		priv->lineage = NULL;
		/* kept for the next call, which may come in another memory context */
		caller = MemoryContextSwitchTo(priv->context);
		priv->lineage = graph_ancestors(graph, &rev, 1, false);
		MemoryContextSwitchTo(caller);
		for (int i = 0; i < graph->nrevs; i++)
			priv->lineage[i] |= above[i];
		priv->lineage_rev = rev;
		pfree(above);
	}
	return priv->lineage;
}

bool
graph_find_overlap(const Graph *graph, const RevList *revs, int *upper, int *lower)
{
	bool	   *below = alloc_marks(graph);
	int			found = -1;

	/* mark all ancestors; a given revision itself only if it is one of them */
	for (int i = 0; i < revs->n; i++)
	{
		const Revision *rev = &graph->revs[revs->revs[i]];

		search(graph, below, rev->parents, rev->nparents, false, true);
		search(graph, below, rev->deps, rev->ndeps, false, true);
	}
	for (int i = 0; i < revs->n && found < 0; i++)
		if (below[revs->revs[i]])
			found = revs->revs[i];
	pfree(below);
	if (found < 0)
		return false;

	*lower = found;
	below = graph_descendants(graph, &found, 1, true);
	for (int i = 0; i < revs->n; i++)
		if (revs->revs[i] != found && below[revs->revs[i]])
		{
			*upper = revs->revs[i];
			break;
		}
	pfree(below);
	return true;
}

/*
 * Mark the revisions and everything above (up) or below them.  The search does not go on from
 * a revision that was marked before: an earlier call has done that.
 */
static void
search(const Graph *graph, bool *marks, const int *revs, int n, bool up, bool with_deps)
{
	int		   *stack = NULL;
	int			depth = 0;

	for (int i = 0; i < n; i++)
	{
		if (marks[revs[i]])
			continue;
		if (stack == NULL)
			stack = alloc_stack(graph);
		marks[revs[i]] = true;
		stack[depth++] = revs[i];
		while (depth > 0)
		{
			const Revision *rev = &graph->revs[stack[--depth]];
			const int  *links = up ? rev->children : rev->parents;
			int			nlinks = up ? rev->nchildren : rev->nparents;

			CHECK_FOR_INTERRUPTS();
			for (int l = 0; l < nlinks; l++)
				if (!marks[links[l]])
				{
					marks[links[l]] = true;
					stack[depth++] = links[l];
				}
			if (!with_deps)
				continue;
			links = up ? rev->dependents : rev->deps;
			nlinks = up ? rev->ndependents : rev->ndeps;
			for (int l = 0; l < nlinks; l++)
				if (!marks[links[l]])
				{
					marks[links[l]] = true;
					stack[depth++] = links[l];
				}
		}
	}
	if (stack)
		pfree(stack);
}

static bool *
alloc_marks(const Graph *graph)
{
	return palloc_extended(sizeof(bool) * Max(graph->nrevs, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* A search marks a revision before it pushes it, so the stack has it at most once. */
static int *
alloc_stack(const Graph *graph)
{
	return palloc_extended(sizeof(int) * Max(graph->nrevs, 1), MCXT_ALLOC_HUGE);
}

/* ---------------------------------------------------------------- labels */

static int
compare_labels(const void *a, const void *b)
{
	return strcmp(((const GraphLabel *) a)->name, ((const GraphLabel *) b)->name);
}

char ***
graph_label_reach(const Graph *graph)
{
	const GraphPrivate *priv = graph->priv;
	Size		n = Max(graph->nrevs, 1);
	char	 ***reach = palloc_extended(sizeof(char **) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	int		   *count;
	int		   *members;
	bool	   *marks;
	GraphLabel *sorted;

	if (priv->nlabels == 0)
		return reach;

	count = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	members = alloc_stack(graph);
	marks = alloc_marks(graph);
	sorted = palloc(sizeof(GraphLabel) * priv->nlabels);
	memcpy(sorted, priv->labels, sizeof(GraphLabel) * priv->nlabels);
	qsort(sorted, priv->nlabels, sizeof(GraphLabel), compare_labels);

	/* take the labels in order of name, so that each list is sorted */
	for (int l = 0; l < priv->nlabels; l++)
	{
		int			nmembers = label_members(graph, sorted[l].rev, marks, members);

		for (int m = 0; m < nmembers; m++)
		{
			int			rev = members[m];
			int			have = count[rev];

			/* room for 1, 3, 7, ... labels and the NULL */
			if (have == 0)
				reach[rev] = palloc(sizeof(char *) * 2);
			else if ((have & (have + 1)) == 0)
				reach[rev] = repalloc(reach[rev], sizeof(char *) * 2 * (have + 1));
			reach[rev][have] = unconstify(char *, sorted[l].name);
			reach[rev][have + 1] = NULL;
			count[rev]++;
			marks[rev] = false;
		}
	}
	return reach;
}

bool *
graph_label_members(const Graph *graph, int labelled_rev)
{
	bool	   *marks = alloc_marks(graph);
	int		   *members = alloc_stack(graph);

	label_members(graph, labelled_rev, marks, members);
	pfree(members);
	return marks;
}

/*
 * Mark and list the labelled revision and its descendants by parent links; returns
 * how many.  Alembic then goes from the last descendant towards the base until a
 * branch point or merge point stops it.  That gets below the labelled revision only
 * if all its descendants are one line.
 */
static int
label_members(const Graph *graph, int labelled_rev, bool *marks, int *members)
{
	int			n = 0;
	bool		one_line = true;

	marks[labelled_rev] = true;
	members[n++] = labelled_rev;
	for (int next = 0; next < n; next++)
	{
		const Revision *rev = &graph->revs[members[next]];

		CHECK_FOR_INTERRUPTS();
		if (is_real_branch_point(rev) || revision_is_merge_point(rev))
			one_line = false;
		for (int c = 0; c < rev->nchildren; c++)
			if (!marks[rev->children[c]])
			{
				marks[rev->children[c]] = true;
				members[n++] = rev->children[c];
			}
	}
	if (one_line)
	{
		const Revision *rev = &graph->revs[labelled_rev];

		while (rev->nparents == 1)
		{
			int			parent = rev->parents[0];

			CHECK_FOR_INTERRUPTS();
			rev = &graph->revs[parent];
			if (is_real_branch_point(rev) || revision_is_merge_point(rev))
				break;
			marks[parent] = true;
			members[n++] = parent;
		}
	}
	return n;
}

/* Is the revision parent or dependency of at least two different revisions? */
static bool
is_real_branch_point(const Revision *rev)
{
	int			first;

	if (rev->nchildren + rev->ndependents < 2)
		return false;
	first = rev->nchildren > 0 ? rev->children[0] : rev->dependents[0];
	for (int i = 0; i < rev->nchildren; i++)
		if (rev->children[i] != first)
			return true;
	for (int i = 0; i < rev->ndependents; i++)
		if (rev->dependents[i] != first)
			return true;
	return false;
}

/* ---------------------------------------------------------------- reduced dependencies */

const int *
graph_lower(const Graph *graph, int rev, int *n)
{
	const Revision *revision = &graph->revs[rev];

	if (revision->ndeps == 0)
	{
		*n = revision->nparents;
		return revision->parents;
	}
	if (graph->priv->lower == NULL)
		reduce_dependencies(graph);
	Assert(graph->priv->lower != NULL);
	*n = graph->priv->nlower[rev];
	return graph->priv->lower[rev];
}

/*
 * A revision's dependency is dropped if an ancestor by parent links declares the
 * same one, so only dependencies that several revisions declare need a search.  The
 * search goes up from all dependents at once, no higher than the highest of them.
 */
static void
reduce_dependencies(const Graph *graph)
{
	GraphPrivate *priv = graph->priv;
	Size		n = graph->nrevs;
	int		   *stack = alloc_stack(graph);
	int		   *above;			/* above[r] == d + 1: r is above a dependent
								 * of d */
	int		   *parent_of;		/* parent_of[p] == r + 1: p is a parent of r */
	Size		ndeps = 0;
	Size	   *first;			/* by revision: where its dependencies begin
								 * in dropped */
	bool	   *dropped;
	int		  **lower;
	MemoryContext caller;

	above = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	parent_of = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	first = palloc_extended(sizeof(Size) * n, MCXT_ALLOC_HUGE);
	for (Size i = 0; i < n; i++)
	{
		first[i] = ndeps;
		ndeps += graph->revs[i].ndeps;
	}
	dropped = palloc_extended(Max(ndeps, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);

	for (int d = 0; d < graph->nrevs; d++)
	{
		const Revision *dep = &graph->revs[d];
		int			top = 0;
		int			depth = 0;

		if (dep->ndependents < 2)
			continue;
		for (int i = 0; i < dep->ndependents; i++)
			top = Max(top, priv->level[dep->dependents[i]]);
		for (int i = 0; i < dep->ndependents; i++)
		{
			stack[depth++] = dep->dependents[i];
			while (depth > 0)
			{
				const Revision *rev = &graph->revs[stack[--depth]];

				CHECK_FOR_INTERRUPTS();
				for (int c = 0; c < rev->nchildren; c++)
				{
					int			child = rev->children[c];

					if (above[child] == d + 1 || priv->level[child] > top)
						continue;
					above[child] = d + 1;
					stack[depth++] = child;
				}
			}
		}
		for (int i = 0; i < dep->ndependents; i++)
		{
			int			r = dep->dependents[i];

			if (above[r] != d + 1)
				continue;
			for (int k = 0; k < graph->revs[r].ndeps; k++)
				if (graph->revs[r].deps[k] == d)
					dropped[first[r] + k] = true;
		}
	}

	/* lives as long as the graph; set priv->lower last, in case of an error */
	caller = MemoryContextSwitchTo(priv->context);
	priv->nlower = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	lower = palloc_extended(sizeof(int *) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	for (int r = 0; r < graph->nrevs; r++)
	{
		const Revision *rev = &graph->revs[r];
		int			nlower = 0;

		if (rev->ndeps == 0)
			continue;
		CHECK_FOR_INTERRUPTS();
		lower[r] = palloc_extended(sizeof(int) * (rev->nparents + rev->ndeps), MCXT_ALLOC_HUGE);
		for (int p = 0; p < rev->nparents; p++)
		{
			lower[r][nlower++] = rev->parents[p];
			parent_of[rev->parents[p]] = r + 1;
		}
		for (int k = 0; k < rev->ndeps; k++)
			if (!dropped[first[r] + k] && parent_of[rev->deps[k]] != r + 1)
				lower[r][nlower++] = rev->deps[k];
		priv->nlower[r] = nlower;
	}
	priv->lower = lower;
	MemoryContextSwitchTo(caller);
	pfree(stack);
	pfree(above);
	pfree(parent_of);
	pfree(first);
	pfree(dropped);
}

RevList *
graph_marked(const Graph *graph, const bool *marks)
{
	RevList    *list = revlist_make(graph->nrevs);

	for (int i = 0; i < graph->nrevs; i++)
		if (marks[i])
			list->revs[list->n++] = i;
	return list;
}

RevList *
graph_tips(const Graph *graph, const bool *marks)
{
	RevList    *list = graph_marked(graph, marks);
	int			n = 0;

	for (int i = 0; i < list->n; i++)
	{
		const Revision *rev = &graph->revs[list->revs[i]];
		bool		is_tip = true;

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < rev->nchildren && is_tip; j++)
			is_tip = !marks[rev->children[j]];
		for (int j = 0; j < rev->ndependents && is_tip; j++)
			is_tip = !marks[rev->dependents[j]];
		if (is_tip)
			list->revs[n++] = list->revs[i];
	}
	list->n = n;
	return list;
}
