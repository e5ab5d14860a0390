/*
 * fold.c
 *		Which revisions of a range a drawing shows singly, and which it folds into one line.
 *
 * Pure: it sees only the graph and the state in memory.
 */
#include "postgres.h"

#include "graph/fold.h"

#include "miscadmin.h"

/* Folding fewer revisions would not shorten the drawing enough. */
#define FOLD_AT_LEAST	3

static bool
applied(const VersionState *current, int rev)
{
	return current == NULL || current->applied[rev];
}

/*
 * May the revision be folded?  Yes if it has one parent and one child in the range, and no
 * label, dependency, dependent or version row that the drawing would have to show.
 */
static bool
is_straight(const Drawn *drawn, const Graph *graph, const VersionState *current, int rev)
{
	const Revision *r = &graph->revs[rev];

	return r->nparents == 1 && drawn->in_range[r->parents[0]] && r->nchildren == 1 &&
		drawn->in_range[r->children[0]] &&
		r->links.nlabels == 0 && r->ndeps == 0 && r->ndependents == 0 &&
		(current == NULL || !version_is_row(current, rev));
}

/*
 * Returns the oldest revision of the straight stretch whose newest is rev, and in *n how many
 * revisions the stretch has.  A stretch is all applied or all not applied.
 */
static int
walk_stretch(const Drawn *drawn, const Graph *graph, const VersionState *current, int rev, int *n)
{
	*n = 1;
	for (;;)
	{
		int			parent = graph->revs[rev].parents[0];

		CHECK_FOR_INTERRUPTS();
		if (!is_straight(drawn, graph, current, parent) ||
			applied(current, parent) != applied(current, rev))
			return rev;
		rev = parent;
		(*n)++;
	}
}

static void
hide_stretch(const Graph *graph, int newest, int oldest, bool *hidden)
{
	for (int rev = newest; rev != oldest;)
	{
		rev = graph->revs[rev].parents[0];
		hidden[rev] = true;
	}
}

Drawn *
fold_graph(const Graph *graph, const VersionState *current, const RevList *order, bool fold)
{
	Drawn	   *drawn = palloc0(sizeof(Drawn));
	bool	   *hidden = palloc0(sizeof(bool) * Max(graph->nrevs, 1));

	drawn->in_range = palloc0(sizeof(bool) * Max(graph->nrevs, 1));
	drawn->stretch = palloc0(sizeof(int) * Max(graph->nrevs, 1));
	drawn->oldest = palloc(sizeof(int) * Max(graph->nrevs, 1));
	drawn->order = revlist_make(order->n);
	for (int i = 0; i < order->n; i++)
		drawn->in_range[order->revs[i]] = true;
	for (int i = 0; i < order->n; i++)
	{
		int			rev = order->revs[i];
		int			n;

		CHECK_FOR_INTERRUPTS();
		drawn->oldest[rev] = rev;
		if (hidden[rev])
			continue;
		drawn->order->revs[drawn->order->n++] = rev;
		if (!fold || !is_straight(drawn, graph, current, rev))
			continue;
		drawn->oldest[rev] = walk_stretch(drawn, graph, current, rev, &n);
		if (n >= FOLD_AT_LEAST)
		{
			drawn->stretch[rev] = n;
			hide_stretch(graph, rev, drawn->oldest[rev], hidden);
		}
		else
			drawn->oldest[rev] = rev;
	}
	return drawn;
}
