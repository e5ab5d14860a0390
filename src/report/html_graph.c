/*
 * html_graph.c
 *		The graph of revisions as an SVG.
 *
 * A line for each revision, newest first, as migrate.graph() has it.  A lane waits for one
 * revision; a revision's first parent takes over its lane, and the others get lanes of their own,
 * if none waits for them already.
 */
#include "postgres.h"

#include "graph/fold.h"
#include "report/escape.h"
#include "report/html.h"

#include "miscadmin.h"

#define ROW 26
#define LANE 16
#define LEFT 14
#define CHARACTER 7.3			/* width, of the font at 12 pixels */
#define MAX_LANES 40
#define MAX_ROWS 400
#define MAX_MESSAGE 60
#define NOBODY (-1)

typedef struct GraphPicture
{
	const Report *report;
	const Graph *graph;
	const Drawn *drawn;
	StringInfo	out;
	int			nrows;
	int			lanes[MAX_LANES];	/* the revision that each waits for */
	int			nlanes;			/* that have been used */
	StringInfoData lines;		/* of SVG; drawn under the revisions */
	StringInfoData nodes;
	int			width;			/* in characters, of the widest text */
} GraphPicture;

/* --------------------------------------------------------------------------- lanes */

static int
lane_of(const GraphPicture *picture, int rev)
{
	for (int i = 0; i < picture->nlanes; i++)
		if (picture->lanes[i] == rev)
			return i;
	return NOBODY;
}

/* Returns the number of a free lane, or NOBODY. */
static int
free_lane(GraphPicture *picture)
{
	int			lane = lane_of(picture, NOBODY);

	if (lane != NOBODY || picture->nlanes == MAX_LANES)
		return lane;
	picture->lanes[picture->nlanes] = NOBODY;
	return picture->nlanes++;
}

static int
lane_x(int lane)
{
	return LEFT + lane * LANE;
}

static int
row_y(int row)
{
	return row * ROW + ROW / 2;
}

static void
put_line(GraphPicture *picture, int from, int to, int row, bool is_stretch)
{
	int			y = row_y(row);
	const char *class = is_stretch ? " class=\"stretch\"" : "";

	if (from == to)
		appendStringInfo(&picture->lines, "<path%s d=\"M%d %dV%d\"/>", class, lane_x(from), y,
						 y + ROW);
	else
		appendStringInfo(&picture->lines, "<path%s d=\"M%d %dC%d %d %d %d %d %d\"/>", class,
						 lane_x(from), y,
						 lane_x(from), y + ROW * 2 / 3, lane_x(to), y + ROW / 3, lane_x(to),
						 y + ROW);
}

/* The lines from a revision to its parents, as far as the next row. */
static void
put_parents(GraphPicture *picture, int rev, int lane, int row)
{
	const Revision *r = &picture->graph->revs[picture->drawn->oldest[rev]];

	for (int i = 0; i < r->nparents; i++)
	{
		int			parent = r->parents[i];
		int			to = lane_of(picture, parent);

		if (to == NOBODY)
		{
			to = picture->lanes[lane] == NOBODY ? lane : free_lane(picture);
			if (to == NOBODY)
				continue;
			picture->lanes[to] = parent;
		}
		put_line(picture, lane, to, row, picture->drawn->stretch[rev] > 0);
	}
}

/* The lanes that pass by a row. */
static void
put_passing(GraphPicture *picture, int row)
{
	for (int i = 0; i < picture->nlanes; i++)
		if (picture->lanes[i] != NOBODY)
			put_line(picture, i, i, row, false);
}

/* ------------------------------------------------------------------------ revisions */

static void
put_tag(GraphPicture *picture, const char *class, const char *text, int *width)
{
	appendStringInfo(&picture->nodes, "<tspan class=\"tag %s\" dx=\"8\">", class);
	put_html(&picture->nodes, text);
	appendStringInfoString(&picture->nodes, "</tspan>");
	*width += text_width(text) + 2;
}

static void
put_tags(GraphPicture *picture, int rev, int *width)
{
	const Revision *r = &picture->graph->revs[rev];
	const VersionState *version = picture->report->store->version;

	if (version_is_row(version, rev))
		put_tag(picture, "current", "current", width);
	if (revision_is_head(r))
		put_tag(picture, "head", "head", width);
	for (int i = 0; i < r->links.nlabels; i++)
		put_tag(picture, "label", r->links.labels[i], width);
	for (int i = 0; i < r->ndeps; i++)
		put_tag(picture, "dep", psprintf("needs %s", picture->graph->revs[r->deps[i]].links.id),
				width);
}

static void
put_words(GraphPicture *picture, int rev, int row, int x)
{
	const Revision *r = &picture->graph->revs[rev];
	const Revision *oldest = &picture->graph->revs[picture->drawn->oldest[rev]];
	int			stretch = picture->drawn->stretch[rev];
	int			width;

	appendStringInfo(&picture->nodes, "<text x=\"%d\" y=\"%d\">", x, row_y(row) + 4);
	if (stretch > 0)
	{
		char	   *words = psprintf("%d revisions, %s to %s", stretch, oldest->links.id,
									 r->links.id);

		appendStringInfoString(&picture->nodes, "<tspan class=\"folded\">");
		put_html(&picture->nodes, words);
		appendStringInfoString(&picture->nodes, "</tspan>");
		width = text_width(words);
	}
	else
	{
		appendStringInfoString(&picture->nodes, "<tspan class=\"id\">");
		put_html(&picture->nodes, r->links.id);
		appendStringInfoString(&picture->nodes, "</tspan> ");
		put_html_line(&picture->nodes, r->links.message, MAX_MESSAGE);
		width = text_width(r->links.id) + 1 + Min(text_width(r->links.message), MAX_MESSAGE + 3);
	}
	put_tags(picture, rev, &width);
	appendStringInfoString(&picture->nodes, "</text>");
	picture->width = Max(picture->width, width);
}

static void
put_dot(GraphPicture *picture, int rev, int lane, int row)
{
	const VersionState *version = picture->report->store->version;
	const char *class = version->applied[rev] ? "applied" : "pending";

	if (picture->drawn->stretch[rev] > 0)
		appendStringInfo(&picture->nodes,
						 "<rect class=\"%s\" x=\"%d\" y=\"%d\" width=\"8\" height=\"14\" rx=\"4\"/>",
						 class,
						 lane_x(lane) - 4, row_y(row) - 7);
	else
		appendStringInfo(&picture->nodes, "<circle class=\"%s\" cx=\"%d\" cy=\"%d\" r=\"5\"/>",
						 class, lane_x(lane), row_y(row));
	if (version_is_row(version, rev))
		appendStringInfo(&picture->nodes, "<circle class=\"ring\" cx=\"%d\" cy=\"%d\" r=\"8\"/>",
						 lane_x(lane), row_y(row));
}

/* Where the text of a row begins: behind the lanes that are in use there. */
static int
text_x(const GraphPicture *picture, int lane)
{
	int			last = lane;

	for (int i = 0; i < picture->nlanes; i++)
		if (picture->lanes[i] != NOBODY)
			last = Max(last, i);
	return lane_x(last) + LANE;
}

static void
put_row(GraphPicture *picture, int row)
{
	int			rev = picture->drawn->order->revs[row];
	int			lane = lane_of(picture, rev);
	int			before;

	if (lane == NOBODY)
		lane = free_lane(picture);
	/* no lane is left: it shares the last one */
	if (lane == NOBODY)
		lane = MAX_LANES - 1;
	else
		picture->lanes[lane] = NOBODY;
	before = text_x(picture, lane);
	put_passing(picture, row);
	put_parents(picture, rev, lane, row);
	put_dot(picture, rev, lane, row);
	put_words(picture, rev, row, Max(before, text_x(picture, lane)));
}

void
html_graph(StringInfo out, const Report *report)
{
	const Graph *graph = report->store->graph;
	GraphPicture picture = {.report = report,.graph = graph,.out = out};
	int			width;

	picture.drawn = fold_graph(graph, report->store->version,
							   order_history(graph, report->store->version, NULL), true);
	picture.nrows = Min(picture.drawn->order->n, MAX_ROWS);
	initStringInfo(&picture.lines);
	initStringInfo(&picture.nodes);
	for (int i = 0; i < picture.nrows; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_row(&picture, i);
	}
	width = lane_x(picture.nlanes) + LANE + (int) (picture.width * CHARACTER) + 10;
	appendStringInfo(out,
					 "<div class=\"scroll\"><svg class=\"graph\" role=\"img\" aria-label=\"The revisions\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">",
					 width, picture.nrows * ROW, width, picture.nrows * ROW);
	appendStringInfo(out, "<g class=\"lines\">%s</g>", picture.lines.data);
	appendStringInfoString(out, picture.nodes.data);
	appendStringInfoString(out, "</svg></div>\n");
	if (picture.drawn->order->n > picture.nrows)
		appendStringInfo(out, "<p class=\"note\">%d older lines are left out.</p>\n",
						 picture.drawn->order->n - picture.nrows);
}
