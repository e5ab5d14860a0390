/*
 * reach.c
 *		Answers "is one revision above another?" in constant time, for revisions on
 *		long lines.
 *
 * The graph is cut into lines (a chain decomposition, as in other reachability
 * indexes).  A line goes on with the child that has the longest way to a head above
 * it.  Histories are a few long lines with short ones between them.  For the longest
 * lines a table holds, for every revision, the first place on the line that is above
 * the revision.  order.c searches through revisions on the other lines until it meets
 * a long line.
 *
 * The part of a line that is above a revision thus reaches from one place to the end
 * of the line.  So the first open tip on it is the minimum of a range, which a segment
 * tree over the concatenated lines finds.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "graph/graph_private.h"

/* The most entries that the table may have; the shortest line that is worth a column. */
#define MAX_ENTRIES		(8 * 1024 * 1024)
#define MIN_LENGTH		16

#define NONE			PG_INT32_MAX

struct Reach
{
	int			nlines;			/* lines that have a column in the table */
	int		   *line;			/* by revision: the column of its line, or -1 */
	int		   *place;			/* by revision: its place on its line */
	int		   *from;			/* by revision and column: the first place on
								 * the line that is above the revision (or is
								 * the revision); NONE: no place is */

	/* the open tips */
	int		   *start;			/* by column, and one more: its first leaf */
	int		   *nopen;			/* by column: number of open tips */
	int			nleaves;
	int		   *first;			/* a segment tree: leaf i is at nleaves + i,
								 * its value the number of the tip there or
								 * NONE; node i has the least of 2i and 2i + 1 */
};


typedef struct Line
{
	int			number;
	int			length;
} Line;

static int
compare_length(const void *a, const void *b)
{
	const Line *la = a;
	const Line *lb = b;

	if (la->length != lb->length)
		return la->length > lb->length ? -1 : 1;
	return la->number - lb->number;
}

/* Cut the graph into lines; sets reach->line and reach->place, returns the number of lines. */
static int
make_lines(const Graph *graph, Reach *reach, Line *lines)
{
	int		   *height = palloc_extended(sizeof(int) * graph->nrevs, MCXT_ALLOC_HUGE);
	int		   *next = palloc_extended(sizeof(int) * graph->nrevs, MCXT_ALLOC_HUGE);
	int			nlines = 0;

	/*
	 * a line goes on with the child that has the longest way up, not into a
	 * short branch
	 */
	for (int i = graph->nrevs - 1; i >= 0; i--)
	{
		int			r = graph->priv->topo[i];
		const Revision *rev = &graph->revs[r];

		CHECK_FOR_INTERRUPTS();
		height[r] = 0;
		next[r] = -1;
		for (int c = 0; c < rev->nchildren; c++)
			if (next[r] < 0 || height[rev->children[c]] >= height[r])
			{
				next[r] = rev->children[c];
				height[r] = height[rev->children[c]] + 1;
			}
	}

	for (int i = 0; i < graph->nrevs; i++)
	{
		int			r = graph->priv->topo[i];
		const Revision *rev = &graph->revs[r];
		int			below = -1;

		CHECK_FOR_INTERRUPTS();
		/* if several lines could go on here, the longest one does */
		for (int p = 0; p < rev->nparents; p++)
			if (next[rev->parents[p]] == r &&
				(below < 0 || reach->place[rev->parents[p]] > reach->place[below]))
				below = rev->parents[p];
		if (below >= 0)
		{
			reach->line[r] = reach->line[below];
			reach->place[r] = reach->place[below] + 1;
		}
		else
		{
			reach->line[r] = nlines;
			reach->place[r] = 0;
			lines[nlines].number = nlines;
			lines[nlines].length = 0;
			nlines++;
		}
		lines[reach->line[r]].length++;
	}
	pfree(height);
	pfree(next);
	return nlines;
}

static void
fill_table(const Graph *graph, Reach *reach)
{
	int			n = reach->nlines;

	for (int i = graph->nrevs - 1; i >= 0; i--)
	{
		int			r = graph->priv->topo[i];
		const Revision *rev = &graph->revs[r];
		int		   *mine = reach->from + (Size) r * n;

		CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < n; k++)
			mine[k] = NONE;
		for (int u = 0; u < rev->nchildren + rev->ndependents; u++)
		{
			int			up = u < rev->nchildren ? rev->children[u]
			: rev->dependents[u - rev->nchildren];
			const int  *theirs = reach->from + (Size) up * n;

			for (int k = 0; k < n; k++)
				mine[k] = Min(mine[k], theirs[k]);
		}
		if (reach->line[r] >= 0)
			mine[reach->line[r]] = reach->place[r];
	}
}

Reach *
reach_make(const Graph *graph)
{
	Size		n = graph->nrevs;
	Reach	   *reach = palloc0(sizeof(Reach));
	Line	   *lines = palloc_extended(sizeof(Line) * n, MCXT_ALLOC_HUGE);
	int		   *column = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	int			nlines;

	reach->line = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	reach->place = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE);
	nlines = make_lines(graph, reach, lines);

	qsort(lines, nlines, sizeof(Line), compare_length);
	for (int i = 0; i < nlines; i++)
	{
		bool		good = lines[i].length >= MIN_LENGTH && n * (i + 1) <= MAX_ENTRIES;

		column[lines[i].number] = good ? i : -1;
		if (good)
			reach->nlines = i + 1;
	}
	reach->start = palloc(sizeof(int) * (reach->nlines + 1));
	reach->nopen = palloc0(sizeof(int) * Max(reach->nlines, 1));
	reach->start[0] = 0;
	for (int k = 0; k < reach->nlines; k++)
		reach->start[k + 1] = reach->start[k] + lines[k].length;
	for (int i = 0; i < graph->nrevs; i++)
		reach->line[i] = column[reach->line[i]];
	pfree(lines);
	pfree(column);

	reach->nleaves = reach->start[reach->nlines];
	reach->first = palloc_extended(sizeof(int) * 2 * Max(reach->nleaves, 1), MCXT_ALLOC_HUGE);
	for (int i = 0; i < 2 * reach->nleaves; i++)
		reach->first[i] = NONE;

	reach->from = palloc_extended(sizeof(int) * Max(n * reach->nlines, 1), MCXT_ALLOC_HUGE);
	fill_table(graph, reach);
	return reach;
}

bool
reach_knows(const Reach *reach, int upper)
{
	return reach->line[upper] >= 0;
}

bool
reach_above(const Reach *reach, int upper, int lower)
{
	return reach->from[(Size) lower * reach->nlines + reach->line[upper]] <= reach->place[upper];
}

static void
set_leaf(Reach *reach, int rev, int number)
{
	int			node = reach->nleaves + reach->start[reach->line[rev]] + reach->place[rev];

	reach->first[node] = number;
	for (node /= 2; node > 0; node /= 2)
		reach->first[node] = Min(reach->first[2 * node], reach->first[2 * node + 1]);
}

void
reach_open(Reach *reach, int rev, int number)
{
	reach->nopen[reach->line[rev]]++;
	set_leaf(reach, rev, number);
}

void
reach_close(Reach *reach, int rev)
{
	reach->nopen[reach->line[rev]]--;
	set_leaf(reach, rev, NONE);
}

/* Returns the least number in the leaves from .. to - 1, or NONE. */
static int
least(const Reach *reach, int from, int to)
{
	int			result = NONE;

	for (from += reach->nleaves, to += reach->nleaves; from < to; from /= 2, to /= 2)
	{
		if (from & 1)
		{
			result = Min(result, reach->first[from]);
			from++;
		}
		if (to & 1)
		{
			to--;
			result = Min(result, reach->first[to]);
		}
	}
	return result;
}

int
reach_first_above(const Reach *reach, int lower)
{
	const int  *from = reach->from + (Size) lower * reach->nlines;
	int			result = NONE;

	for (int k = 0; k < reach->nlines; k++)
	{
		int			place = from[k];

		if (reach->nopen[k] == 0 || place == NONE)
			continue;
		if (reach->line[lower] == k)
			place++;			/* skip the revision itself */
		result = Min(result, least(reach, reach->start[k] + place, reach->start[k + 1]));
	}
	return result == NONE ? -1 : result;
}
