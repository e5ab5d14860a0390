/*
 * order.c
 *		In which order: Alembic's, of upgrades, downgrades and history.
 *
 * A walk from the tips towards the base, newest first, that finishes a branch
 * before it begins another.  There is a list of open tips and a cursor in it.
 * The revision at the cursor comes out unless an open tip has it as ancestor;
 * then the cursor goes to the first such tip.  Its parents and reduced
 * dependencies, if still to come and not open, take its place: the first in the
 * list where it was, the others at the end.  If there are none, the cursor goes
 * one back.
 *
 * Alembic keeps the set of ancestors of every open tip, which costs the square
 * of the number of revisions.  The same order comes out of this:
 *
 * - The set to order is convex as a rule (what lies between two of its members is
 *   in it) and all under its tips.  Then a revision has an open tip above it
 *   exactly if one of its children or dependents in the set has not come out
 *   yet, and those are counted.
 * - Which tip is the first in the list is found by two searches that take turns,
 *   up from the revision and down from the tips; the first to know ends it.
 *   Where that gets dear, a table of what is above what (reach.c) knows the
 *   first of those tips that are on long lines, and only the others are left.
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
 * The list of open tips, all arrays by revision: one is open at most once.  Its
 * place in the list has a number that grows from first to last.
 */
typedef struct Walk
{
	const Graph *graph;
	const bool *todo;			/* the set */
	const bool *hull;			/* NULL if the set is convex; otherwise the
								 * set and all that lies between */
	bool	   *done;			/* has come out */
	int		   *pending;		/* children and dependents in todo, not done */
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
	int		   *link_up;		/* of a revision on the stack: the link to
								 * look at next */
	int		   *link_down;
	int			search;			/* number of the search, for the seen arrays */
	int			nlinks;			/* looked at in all searches so far */

	/* made when searching has become dear */
	Reach	   *reach;
	int		   *tip_at;			/* by place: the revision open there */
	Bitmapset  *unknown;		/* the places of the open tips that the table
								 * does not know */
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

	/* between two members: something of the set is above, and something below */
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
	 * Some of the set is not under the tips, or only by way of what is not in
	 * the set.  Alembic fails here; we order everything between as well.
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

/* NULL if something of the set would be left over. */
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

/* Returns where the cursor goes: one back, or to what is the first then. */
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

/* The open tip after this one, or the first: in the order of their places, of all as long as there
 * is no table, later of those that it does not know. */
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
 * The first open tip, other than the revision itself, that has it as ancestor.
 *
 * Searching up visits what is above the revision and still to come: short where
 * branches are.  Searching down from the tips, first to last, is short where
 * the first ones lead there.  Either can be long where the other is not, so
 * they take turns.
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

/* What a search may pass through. */
#define MAY_PASS(w, rev) \
	((w)->hull ? (w)->hull[rev] : ((w)->todo[rev] && !(w)->done[rev]))

/* One link up; true when *best is known to be the answer. */
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
	/* none can come before the first */
	return *best == (w->first == target ? w->next[target] : w->first);
}

/*
 * One link down from *tip, or on to the next tip; true when the revision was
 * reached (*tip is the answer) or no more tips can come before the known one,
 * which then is it.  What an earlier tip has visited in vain need not be
 * visited again.
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
