/*
 * order.c
 *		Orders the revisions of upgrades, downgrades and history, as Alembic does.
 *
 * The algorithm walks from the tips towards the base, newest first, and finishes
 * a branch before it begins another.  It keeps a list of open tips and a cursor in
 * that list.  If another open tip has the revision at the cursor as ancestor, the
 * cursor goes to the first such tip.  Otherwise the revision is emitted.  Those of
 * its parents and reduced dependencies that are wanted, not emitted and not open
 * replace it: the first takes its place in the list, the others go to the end.  If
 * there are none, the cursor goes one back.
 *
 * Alembic keeps the set of ancestors of every open tip, which takes time in
 * proportion to the square of the number of revisions.  Here:
 *
 * - The set to order is usually convex (it contains every revision between two of
 *   its members) and lies entirely under its tips.  Then a revision has an open tip
 *   above it exactly if one of its children or dependents in the set has not been
 *   emitted yet, and `pending` counts those.
 * - Two searches look for the first such tip and take turns: one goes up from the
 *   revision, one goes down from the tips.  Whichever finds the answer first ends
 *   both.  When the searches have become expensive, a table (reach.c) answers for
 *   the tips on long lines, and the searches look only for the other tips.
 *
 * Only the history of a range can be a set that is not convex.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/bitmapset.h"

#include "errors.h"
#include "graph/graph_private.h"

#define NONE	(-1)

/*
 * The list of open tips.  All arrays are by revision, since a revision is opened at
 * most once.  Each tip has a place, a number that grows from the first tip to the last.
 */
typedef struct Walk
{
	const Graph *graph;
	const bool *todo;			/* the set */
	const bool *hull;			/* NULL if the set is convex; otherwise the
								 * set and all revisions between its members */
	bool	   *done;			/* has been emitted */
	int		   *pending;		/* number of children and dependents in todo
								 * that are not done */
	bool	   *open;
	int		   *next;
	int		   *prev;
	int		   *place;
	int			first;
	int			last;
	int			nplaces;

	/* of find_tip_above() */
	int		   *seen_up;
	int		   *seen_down;
	int		   *stack_up;
	int		   *stack_down;
	int		   *link_up;		/* of a revision on the stack: the next link
								 * to follow */
	int		   *link_down;
	int			search;			/* number of the search; in the seen arrays:
								 * the last one that saw the revision */
	int			nlinks;			/* links followed in all searches so far */

	/* made when the searches have become expensive */
	Reach	   *reach;
	int		   *tip_at;			/* by place: the revision open there */
	Bitmapset  *unknown;		/* places of the open tips that `reach` does
								 * not know */
} Walk;

static RevList *run(const Graph *graph, const bool *todo, const bool *hull, const RevList *tips);
static void open_at_end(Walk *w, int rev);
static void open_instead(Walk *w, int rev, int old);
static int	close_tip(Walk *w, int rev);
static void mark_open(Walk *w, int rev);
static void mark_closed(Walk *w, int rev);
static void make_reach(Walk *w);
static int	next_tip(const Walk *w, int tip);
static int	find_tip_above(Walk *w, int rev);
static bool climb(Walk *w, int *depth, int *best, int target);
static bool descend(Walk *w, int *depth, int *tip, int known, int target);
static void push(int *stack, int *depth, int *seen, int *link, int rev, int search);

RevList *
order_newest_first(const Graph *graph, const bool *todo, const RevList *tips)
{
	int			n = 0;
	int			nhull = 0;
	bool	   *hull = palloc_extended(Max(graph->nrevs, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	bool	   *above = palloc_extended(Max(graph->nrevs, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	RevList    *result = NULL;
	RevList    *maximal;
	RevList    *ordered;

	/* hull: has a member at or above itself, and one at or below */
	for (int i = 0; i < graph->nrevs; i++)
	{
		int			r = graph->priv->topo[i];
		const Revision *rev = &graph->revs[r];

		CHECK_FOR_INTERRUPTS();
		above[r] = todo[r];
		for (int p = 0; p < rev->nparents && !above[r]; p++)
			above[r] = above[rev->parents[p]];
		for (int d = 0; d < rev->ndeps && !above[r]; d++)
			above[r] = above[rev->deps[d]];
	}
	maximal = revlist_make(graph->nrevs);
	for (int i = graph->nrevs - 1; i >= 0; i--)
	{
		int			r = graph->priv->topo[i];
		const Revision *rev = &graph->revs[r];

		CHECK_FOR_INTERRUPTS();
		for (int c = 0; c < rev->nchildren && !hull[r]; c++)
			hull[r] = hull[rev->children[c]];
		for (int d = 0; d < rev->ndependents && !hull[r]; d++)
			hull[r] = hull[rev->dependents[d]];
		if (todo[r] && !hull[r])
			maximal->revs[maximal->n++] = r;
		hull[r] |= todo[r];
	}
	for (int i = 0; i < graph->nrevs; i++)
	{
		hull[i] &= above[i];
		n += todo[i];
		nhull += hull[i];
	}

	if (nhull == n)
		result = run(graph, todo, NULL, tips);
	else
		result = run(graph, todo, hull, tips);
	if (result)
		return result;

	/*
	 * Some revisions of the set are not under the tips, or only by way of
	 * revisions outside the set.  Alembic fails here; we order the hull and
	 * keep the revisions of the set.
	 */
	ordered = run(graph, hull, NULL, maximal);
	if (ordered == NULL)
		elog(ERROR, "could not order revisions");
	result = revlist_make(n);
	for (int i = 0; i < ordered->n; i++)
		if (todo[ordered->revs[i]])
			result->revs[result->n++] = ordered->revs[i];
	return result;
}

RevList *
order_convex(const Graph *graph, const bool *todo, const RevList *tips)
{
	RevList    *result = run(graph, todo, NULL, tips);

	return result ? result : order_newest_first(graph, todo, tips);
}

static int
compare_ints(const void *a, const void *b)
{
	int			x = *(const int *) a;
	int			y = *(const int *) b;

	return (x > y) - (x < y);
}

/* Returns the set in order, or NULL if the walk from the tips does not reach all of it. */
static RevList *
run(const Graph *graph, const bool *todo, const bool *hull, const RevList *tips)
{
	Size		n = Max(graph->nrevs, 1);
	RevList    *result;
	RevList    *sorted;
	Walk		w = {0};
	int			ntodo = 0;
	int			at;

	w.graph = graph;
	w.todo = todo;
	w.hull = hull;
	w.done = palloc_extended(n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	w.open = palloc_extended(n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	w.pending = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	w.next = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	w.prev = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	w.place = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	w.first = w.last = NONE;

	for (int i = 0; i < graph->nrevs; i++)
	{
		const Revision *rev = &graph->revs[i];

		if (!todo[i])
			continue;
		CHECK_FOR_INTERRUPTS();
		ntodo++;
		for (int p = 0; p < rev->nparents; p++)
			w.pending[rev->parents[p]]++;
		for (int d = 0; d < rev->ndeps; d++)
			w.pending[rev->deps[d]]++;
	}

	sorted = revlist_dedupe(graph, tips);
	qsort(sorted->revs, sorted->n, sizeof(int), compare_ints);
	for (int i = 0; i < sorted->n; i++)
		if (todo[sorted->revs[i]])
			open_at_end(&w, sorted->revs[i]);

	result = revlist_make(ntodo);
	at = w.first;
	while (at != NONE)
	{
		const Revision *rev = &graph->revs[at];
		const int  *lower;
		int			nlower;
		bool		replaced = false;

		CHECK_FOR_INTERRUPTS();
		if (hull != NULL || w.pending[at] > 0)
		{
			int			tip = find_tip_above(&w, at);

			if (tip != NONE)
			{
				at = tip;
				continue;
			}
			if (hull == NULL)
				return NULL;
		}

		result->revs[result->n++] = at;
		w.done[at] = true;
		for (int p = 0; p < rev->nparents; p++)
			w.pending[rev->parents[p]]--;
		for (int d = 0; d < rev->ndeps; d++)
			w.pending[rev->deps[d]]--;

		lower = graph_lower(graph, at, &nlower);
		for (int l = 0; l < nlower; l++)
		{
			int			below = lower[l];

			if (!todo[below] || w.done[below] || w.open[below])
				continue;
			if (replaced)
				open_at_end(&w, below);
			else
			{
				open_instead(&w, below, at);
				replaced = true;
				at = below;
			}
		}
		if (!replaced)
			at = close_tip(&w, at);
	}
	return result->n == ntodo ? result : NULL;
}

/* ---------------------------------------------------------------- open tips */

static void
open_at_end(Walk *w, int rev)
{
	w->open[rev] = true;
	w->place[rev] = w->nplaces++;
	w->prev[rev] = w->last;
	w->next[rev] = NONE;
	if (w->last == NONE)
		w->first = rev;
	else
		w->next[w->last] = rev;
	w->last = rev;
	mark_open(w, rev);
}

static void
open_instead(Walk *w, int rev, int old)
{
	mark_closed(w, old);
	w->open[old] = false;
	w->open[rev] = true;
	w->place[rev] = w->place[old];
	mark_open(w, rev);
	w->prev[rev] = w->prev[old];
	w->next[rev] = w->next[old];
	if (w->prev[rev] == NONE)
		w->first = rev;
	else
		w->next[w->prev[rev]] = rev;
	if (w->next[rev] == NONE)
		w->last = rev;
	else
		w->prev[w->next[rev]] = rev;
}

/* Close a tip.  Returns where the cursor goes: one back, or to the new first tip. */
static int
close_tip(Walk *w, int rev)
{
	int			prev = w->prev[rev];
	int			next = w->next[rev];

	mark_closed(w, rev);
	w->open[rev] = false;
	if (prev == NONE)
		w->first = next;
	else
		w->next[prev] = next;
	if (next == NONE)
		w->last = prev;
	else
		w->prev[next] = prev;
	return prev == NONE ? w->first : prev;
}

static void
mark_open(Walk *w, int rev)
{
	if (w->reach == NULL)
		return;
	w->tip_at[w->place[rev]] = rev;
	if (reach_knows(w->reach, rev))
		reach_open(w->reach, rev, w->place[rev]);
	else
		w->unknown = bms_add_member(w->unknown, w->place[rev]);
}

static void
mark_closed(Walk *w, int rev)
{
	if (w->reach == NULL)
		return;
	if (reach_knows(w->reach, rev))
		reach_close(w->reach, rev);
	else
		w->unknown = bms_del_member(w->unknown, w->place[rev]);
}

static void
make_reach(Walk *w)
{
	w->reach = reach_make(w->graph);
	/* each revision gets at most one place */
	w->tip_at = palloc_extended(sizeof(int) * w->graph->nrevs, MCXT_ALLOC_HUGE);
	for (int tip = w->first; tip != NONE; tip = w->next[tip])
		mark_open(w, tip);
}

/*
 * Returns the open tip after this one, or the first for NONE, in the order of their places.  Once
 * `reach` exists, only the tips that it does not know count.
 */
static int
next_tip(const Walk *w, int tip)
{
	int			place;

	if (w->reach == NULL)
		return tip == NONE ? w->first : w->next[tip];
	place = bms_next_member(w->unknown, tip == NONE ? -1 : w->place[tip]);
	return place < 0 ? NONE : w->tip_at[place];
}

/* ---------------------------------------------------------------- search */

/*
 * Returns the first open tip, other than the revision itself, that has the revision
 * as ancestor, or NONE.
 *
 * The search up visits the revisions above that are not emitted yet; it is short on
 * short branches.  The search down goes from the first tip to the last; it is short
 * if one of the first tips leads to the revision.  Either can be long where the other
 * is short, so they take turns.
 */
static int
find_tip_above(Walk *w, int rev)
{
	int			depth_up = 0;
	int			depth_down = 0;
	int			known = NONE;
	int			best;
	int			tip = NONE;

	if (w->first == rev && w->last == rev)
		return NONE;
	if (w->seen_up == NULL)
	{
		Size		n = w->graph->nrevs;

		w->seen_up = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		w->seen_down = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
		w->stack_up = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
		w->stack_down = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
		w->link_up = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
		w->link_down = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	}
	if (w->reach == NULL && w->nlinks / 4 > w->graph->nrevs)
		make_reach(w);
	if (w->reach)
	{
		int			place = reach_first_above(w->reach, rev);

		known = place < 0 ? NONE : w->tip_at[place];
		if (bms_is_empty(w->unknown) || known == w->first)
			return known;
	}
	best = known;
	w->search++;
	push(w->stack_up, &depth_up, w->seen_up, w->link_up, rev, w->search);
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		w->nlinks++;
		if (climb(w, &depth_up, &best, rev))
			return best;
		if (descend(w, &depth_down, &tip, known, rev))
			return tip;
	}
}

/* May a search pass through the revision? */
#define MAY_PASS(w, rev) \
	((w)->hull ? (w)->hull[rev] : ((w)->todo[rev] && !(w)->done[rev]))

/* Follow one link up; returns true when *best is certain to be the answer. */
static bool
climb(Walk *w, int *depth, int *best, int target)
{
	int			rev = w->stack_up[*depth - 1];
	const Revision *revision = &w->graph->revs[rev];
	int			link = w->link_up[rev]++;
	int			up;

	if (link >= revision->nchildren + revision->ndependents)
		return --(*depth) == 0;
	up = link < revision->nchildren ? revision->children[link] :
		revision->dependents[link - revision->nchildren];
	if (w->seen_up[up] == w->search || !MAY_PASS(w, up))
		return false;
	push(w->stack_up, depth, w->seen_up, w->link_up, up, w->search);
	if (w->open[up] && (*best == NONE || w->place[up] < w->place[*best]))
		*best = up;
	/* no tip comes before the first */
	return *best == (w->first == target ? w->next[target] : w->first);
}

/*
 * Follow one link down from *tip, or go on to the next tip.  Returns true when *tip
 * is the answer: the search has reached the revision, or no tip is left before the
 * known one, which *tip then is.  A revision that an earlier tip has visited in vain
 * is not visited again.
 */
static bool
descend(Walk *w, int *depth, int *tip, int known, int target)
{
	const int  *level = w->graph->priv->level;
	const Revision *revision;
	int			rev;
	int			link;
	int			down;

	if (*depth == 0)
	{
		*tip = next_tip(w, *tip);
		if (*tip == target)
			*tip = next_tip(w, *tip);
		if (*tip == NONE || (known != NONE && w->place[*tip] > w->place[known]))
		{
			*tip = known;
			return true;
		}
		if (w->seen_down[*tip] != w->search && level[*tip] > level[target])
			push(w->stack_down, depth, w->seen_down, w->link_down, *tip, w->search);
		return false;
	}
	rev = w->stack_down[*depth - 1];
	revision = &w->graph->revs[rev];
	link = w->link_down[rev]++;
	if (link >= revision->nparents + revision->ndeps)
	{
		--*depth;
		return false;
	}
	down = link < revision->nparents ? revision->parents[link] :
		revision->deps[link - revision->nparents];
	if (down == target)
		return true;
	if (w->reach && reach_knows(w->reach, down))
		return reach_above(w->reach, down, target);
	if (w->seen_down[down] != w->search && level[down] > level[target] && MAY_PASS(w, down))
		push(w->stack_down, depth, w->seen_down, w->link_down, down, w->search);
	return false;
}

static void
push(int *stack, int *depth, int *seen, int *link, int rev, int search)
{
	seen[rev] = search;
	link[rev] = 0;
	stack[(*depth)++] = rev;
}
