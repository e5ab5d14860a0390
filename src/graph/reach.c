/*
 * reach.c
 *		Is one revision above another?  In no time, for those on long lines.
 *
 * The graph is cut into lines, each going on with the child that has the longest
 * way to a head above it (a chain decomposition, as for reachability in general).  Histories are long lines with short ones between.  For the
 * longest lines a table says, for every revision, from which place on the line
 * is above it.  Revisions on other lines are looked through until such a line is met.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "graph/graph_private.h"

/* The table may have so many entries, and a line so short is not worth one. */
#define MAX_ENTRIES		(8 * 1024 * 1024)
#define MIN_LENGTH		16

struct Reach
{
	int			nlines;			/* that have a column in the table */
	int		   *line;			/* by revision: the column, or -1 */
	int		   *place;			/* by revision: its place on its line */
	int		   *from;			/* by revision and column: where what is above
								 * it begins; PG_INT32_MAX: nothing is */
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

/* Cut the graph into lines; returns how many. */
static int
make_lines(const Graph *graph, Reach *reach, Line *lines)
{
	int		   *height = palloc_extended(sizeof(int) * graph->nrevs, MCXT_ALLOC_HUGE);
	int		   *next = palloc_extended(sizeof(int) * graph->nrevs, MCXT_ALLOC_HUGE);
	int			nlines = 0;

	/* a line goes on where most is still to come, not into a short branch */
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
		for (int p = 0; p < rev->nparents && below < 0; p++)
			if (next[rev->parents[p]] == r)
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
			mine[k] = PG_INT32_MAX;
		for (int u = 0; u < rev->nchildren + rev->ndependents; u++)
		{
			int			up = u < rev->nchildren ? rev->children[u] : rev->dependents[u - rev->nchildren];
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
	for (int i = 0; i < graph->nrevs; i++)
		reach->line[i] = column[reach->line[i]];
	pfree(lines);
	pfree(column);

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
