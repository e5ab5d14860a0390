/*
 * draw.c
 *		Draws the graph: as text with lanes, for Graphviz, for Mermaid.
 *
 * The text form resembles `git log --graph`, with fewer rules:
 *
 *	- Newest first, one line per revision.  "*" is applied, "o" is not.
 *	- A lane waits for one revision, and no two lanes wait for the same one.
 *	  Width therefore grows with the branches that are open, not with children.
 *	- The connector rows under a revision belong to that revision alone.  The lines
 *	  that leave its lane there lead to its parents; every other lane only moves
 *	  aside.  So a line that crosses other lanes cannot be mistaken for theirs.
 *	- A line passes other lanes in one row, along "_":
 *
 *			| | * x
 *			|_|/			x's parent is the leftmost lane
 *
 *	  (git takes a row for each lane passed, and "| |/" there reads as if x
 *	  joined its neighbour.)
 *	- Where a lane has ended (at a base) and an unrelated lane begins in the same
 *	  column, a free row separates them.
 *	- A folded stretch (fold.c) is one line: ":" and the number of its revisions.
 *	- Dependencies are words, not lanes: they order revisions, but the history
 *	  of a branch does not run through them.
 *
 * A drawing wider than MAX_LANES helps nobody and would make the output
 * quadratic.  A parent for which no lane is left is named in the line of its
 * child instead.
 *
 * Pure: it sees only the graph and the state in memory.  Looking at single bytes
 * is safe: in every server encoding a byte below 0x80 is an ASCII character.  All
 * other bytes are passed through.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "graph/fold.h"

#define MAX_LANES	50

/* the widest row: a full set of lanes being pushed aside by a wide merge */
#define ROW_WIDTH	(6 * (MAX_LANES + 1))

/* The text drawing in progress. */
typedef struct Canvas
{
	const Graph *graph;
	const VersionState *current;
	const Drawn *drawn;
	StringInfo	out;
	int			nlanes;
	int			lanes[MAX_LANES + 1];	/* the revision each lane waits for */
	int			width;			/* of row, without blanks at the end */
	char		row[ROW_WIDTH]; /* the row being composed, or printed last */
} Canvas;

/* The parents of one revision, by the way to reach them from its lane. */
typedef struct ParentEdges
{
	int			nfresh;			/* parents that get a lane of their own */
	int			fresh[MAX_LANES + 1];
	int			njoined;		/* lanes that wait for a parent already */
	int			joined[MAX_LANES + 1];
	int			nhidden;		/* parents outside the range, or without a
								 * lane left */
} ParentEdges;

static void draw_text(Canvas *canvas);
static void draw_node(Canvas *canvas, int rev);
static int	lane_of(const Canvas *canvas, int rev);
static int	open_lane(Canvas *canvas, int rev);
static void sort_parents(const Canvas *canvas, int rev, ParentEdges *edges);
static void make_room(Canvas *canvas, int lane, int extra);
static void draw_node_row(Canvas *canvas, int rev, int lane, const ParentEdges *edges);
static void draw_fan(Canvas *canvas, int lane, const ParentEdges *edges, int left);
static void draw_crossing(Canvas *canvas, int from, int to);
static void draw_ending(Canvas *canvas, int lane);
static void draw_collapse(Canvas *canvas, int from, int to);

static void row_clear(Canvas *canvas);
static void row_put(Canvas *canvas, int column, char c);
static void row_put_lanes(Canvas *canvas, int from, int to, int shift, char c);
static void row_put_passage(Canvas *canvas, int left_lane, int right_lane);
static void row_print(Canvas *canvas);

static void draw_dot(const Graph *graph, const VersionState *current,
					 const Drawn *drawn, StringInfo out);
static void draw_mermaid(const Graph *graph, const VersionState *current,
						 const Drawn *drawn, StringInfo out);
static void mermaid_class(const RevList *order, const bool *members, const char *name,
						  StringInfo out);

static bool is_applied(const VersionState *current, int rev);
static bool is_current(const VersionState *current, int rev);
static void append_marks(StringInfo out, const Graph *graph,
						 const VersionState *current, int rev);
static void append_stretch(StringInfo out, const Graph *graph, const VersionState *current,
						   const Drawn *drawn, int rev);
static void append_names(StringInfo out, char **names, int n);
static char *first_line(const char *message);
static void append_dot_text(StringInfo out, const char *text);
static void append_mermaid_text(StringInfo out, const char *text);
static bool is_word_char(char c);

/* Returns the revisions of the range, or of the whole graph for NULL; newest first. */
static RevList *
order_drawn(const Graph *graph, const VersionState *current, const char *range)
{
	bool	   *todo;

	if (range != NULL)
		return order_history(graph, current, range);
	todo = palloc(Max(graph->nrevs, 1) * sizeof(bool));
	memset(todo, true, graph->nrevs);
	return order_newest_first(graph, todo, graph_heads(graph, false));
}

/*
 * The drawing has no newline at its end, since psql adds one.  The text form of an empty graph is
 * empty.  Without a range current may be NULL: the drawing then does not tell applied revisions
 * from others.
 */
char *
draw_graph(const Graph *graph, const VersionState *current, const char *range, bool fold,
		   GraphFormat format)
{
	StringInfoData out;
	Drawn	   *drawn = fold_graph(graph, current, order_drawn(graph, current, range), fold);

	initStringInfo(&out);
	switch (format)
	{
		case GRAPH_TEXT:
			{
				Canvas	   *canvas = palloc0(sizeof(Canvas));

				canvas->graph = graph;
				canvas->current = current;
				canvas->drawn = drawn;
				canvas->out = &out;
				draw_text(canvas);
				break;
			}
		case GRAPH_DOT:
			draw_dot(graph, current, drawn, &out);
			break;
		case GRAPH_MERMAID:
			draw_mermaid(graph, current, drawn, &out);
			break;
	}
	if (out.len > 0)
		out.data[--out.len] = '\0';
	return out.data;
}

/* ------------------------------------------------------------------ text */

static void
draw_text(Canvas *canvas)
{
	const RevList *order = canvas->drawn->order;
	bool		all_applied = true;

	for (int i = 0; i < order->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		draw_node(canvas, order->revs[i]);
		if (!is_applied(canvas->current, order->revs[i]))
			all_applied = false;
	}

	/* Explain the marks unless every revision is applied. */
	if (!all_applied)
		appendStringInfoString(canvas->out, "\n* applied   o not applied\n");
}

/* Draw a revision and the rows from it to its parents' lanes. */
static void
draw_node(Canvas *canvas, int rev)
{
	int			lane = lane_of(canvas, rev);
	ParentEdges edges;
	int			last;			/* the lane where its lines to the right start */
	int			end = -1;		/* the lane in which its lane ends, if no
								 * parent takes its lane over */

	if (lane < 0)
		lane = open_lane(canvas, rev);
	sort_parents(canvas, rev, &edges);

	if (edges.nfresh > 2 && lane < canvas->nlanes - 1)
		make_room(canvas, lane, edges.nfresh - 2);
	draw_node_row(canvas, rev, lane, &edges);

	if (edges.nfresh == 0)
	{
		if (edges.njoined == 0)
		{
			draw_ending(canvas, lane);
			return;
		}

		/*
		 * All parents have lanes already.  The revision's lane ends in the
		 * nearest of those on its left, or else in the first on its right.
		 */
		end = edges.joined[0];
		for (int i = 1; i < edges.njoined && edges.joined[i] < lane; i++)
			end = edges.joined[i];
	}

	/* The leftmost line can share the row in which the lanes fan out. */
	if (edges.nfresh > 1)
	{
		int			left = edges.njoined > 0 && edges.joined[0] < lane ? edges.joined[0] : -1;

		draw_fan(canvas, lane, &edges, left);
		if (left >= 0)
		{
			edges.njoined--;
			memmove(edges.joined, edges.joined + 1, edges.njoined * sizeof(int));
		}
		for (int i = 0; i < edges.njoined; i++)
			if (edges.joined[i] > lane)
				edges.joined[i] += edges.nfresh - 1;
	}
	else if (edges.nfresh == 1)
		canvas->lanes[lane] = edges.fresh[0];

	last = lane + Max(edges.nfresh, 1) - 1;
	for (int i = 0; i < edges.njoined; i++)
		if (edges.joined[i] != end)
			draw_crossing(canvas, edges.joined[i] < lane ? lane : last, edges.joined[i]);

	if (end >= 0)
		draw_collapse(canvas, lane, end);
}

/* Returns the lane that waits for the revision, or -1. */
static int
lane_of(const Canvas *canvas, int rev)
{
	for (int i = 0; i < canvas->nlanes; i++)
		if (canvas->lanes[i] == rev)
			return i;
	return -1;
}

/*
 * Begin a lane at the right for a revision that no lane waits for, such as a head.
 * If the last row has a character in that column, a row without it separates them.
 */
static int
open_lane(Canvas *canvas, int rev)
{
	int			lane = canvas->nlanes;

	if (2 * lane < canvas->width && canvas->row[2 * lane] != ' ')
	{
		row_clear(canvas);
		row_put_lanes(canvas, 0, lane, 0, '|');
		row_print(canvas);
	}

	Assert(lane <= MAX_LANES);
	canvas->lanes[lane] = rev;
	canvas->nlanes++;
	return lane;
}

/* Fill edges with the revision's parents; the joined lanes are sorted from left to right. */
static void
sort_parents(const Canvas *canvas, int rev, ParentEdges *edges)
{
	const Revision *r = &canvas->graph->revs[canvas->drawn->oldest[rev]];
	int			room = MAX_LANES - (canvas->nlanes - 1);

	edges->nfresh = edges->njoined = edges->nhidden = 0;
	for (int i = 0; i < r->nparents; i++)
	{
		int			lane = lane_of(canvas, r->parents[i]);

		if (!canvas->drawn->in_range[r->parents[i]])
			edges->nhidden++;
		else if (lane >= 0)
		{
			int			at = edges->njoined++;

			for (; at > 0 && edges->joined[at - 1] > lane; at--)
				edges->joined[at] = edges->joined[at - 1];
			edges->joined[at] = lane;
		}
		else if (edges->nfresh < room)
			edges->fresh[edges->nfresh++] = r->parents[i];
		else
			edges->nhidden++;
	}
}

/*
 * Before the row of a merge of more than two: push the lanes on its right aside,
 * one character per row, so that the merge's row has room for "-." and the lanes
 * stay connected.
 */
static void
make_room(Canvas *canvas, int lane, int extra)
{
	for (int shift = 1; shift < 2 * extra; shift++)
	{
		row_clear(canvas);
		row_put_lanes(canvas, 0, lane + 1, 0, '|');
		row_put_lanes(canvas, lane + 1, canvas->nlanes, shift, '\\');
		row_print(canvas);
	}
}

/* The revision's own line. */
static void
draw_node_row(Canvas *canvas, int rev, int lane, const ParentEdges *edges)
{
	const Revision *r = &canvas->graph->revs[rev];
	StringInfo	out = canvas->out;
	int			extra = Max(edges->nfresh - 2, 0);
	int			stretch = canvas->drawn->stretch[rev];
	char	   *message = stretch > 0 ? NULL : first_line(r->links.message);
	int			text_at = 2 * (canvas->nlanes + Max(edges->nfresh - 1, 0));

	row_clear(canvas);
	row_put_lanes(canvas, 0, lane, 0, '|');
	row_put(canvas, 2 * lane, stretch > 0 ? ':' : is_applied(canvas->current, rev) ? '*' : 'o');
	for (int i = 1; i <= 2 * extra; i++)
		row_put(canvas, 2 * lane + i, i < 2 * extra ? '-' : '.');
	row_put_lanes(canvas, lane + 1, canvas->nlanes, 2 * extra, extra > 0 ? '\\' : '|');
	appendBinaryStringInfo(out, canvas->row, canvas->width);
	appendStringInfoSpaces(out, text_at - canvas->width);

	if (stretch > 0)
	{
		append_stretch(out, canvas->graph, canvas->current, canvas->drawn, rev);
		appendStringInfoChar(out, '\n');
		return;
	}
	appendStringInfoString(out, r->links.id);
	append_marks(out, canvas->graph, canvas->current, rev);
	if (r->links.nlabels > 0)
	{
		appendStringInfoString(out, " [");
		append_names(out, r->links.labels, r->links.nlabels);
		appendStringInfoChar(out, ']');
	}
	if (r->links.ndepends_on > 0)
	{
		appendStringInfoString(out, " (depends on ");
		append_names(out, r->links.depends_on, r->links.ndepends_on);
		appendStringInfoChar(out, ')');
	}
	if (edges->nhidden > 0)
	{
		/*
		 * sort_parents() gave out the lanes in declared order, so the last
		 * parents have none.
		 */
		int			skip = edges->nfresh;
		const char *separator = " (parents not drawn: ";

		for (int i = 0; i < r->nparents; i++)
		{
			if (canvas->drawn->in_range[r->parents[i]] &&
				(lane_of(canvas, r->parents[i]) >= 0 || skip-- > 0))
				continue;
			appendStringInfo(out, "%s%s", separator,
							 canvas->graph->revs[r->parents[i]].links.id);
			separator = ", ";
		}
		appendStringInfoChar(out, ')');
	}
	if (message != NULL)
	{
		appendStringInfo(out, ", %s", message);
		pfree(message);
	}
	appendStringInfoChar(out, '\n');
}

/*
 * Open the lanes of a merge's parents to the right of its own, and move the other
 * lanes aside.  left, if not negative, is a lane to which a line leads in the same row.
 */
static void
draw_fan(Canvas *canvas, int lane, const ParentEdges *edges, int left)
{
	int			more = edges->nfresh - 1;

	row_clear(canvas);
	row_put_lanes(canvas, 0, lane + 1, 0, '|');
	if (left >= 0)
		row_put_passage(canvas, left, lane);
	row_put_lanes(canvas, lane, lane + more, 1, '\\');
	row_put_lanes(canvas, lane + 1, canvas->nlanes, 2 * more - 1, '\\');
	row_print(canvas);

	memmove(&canvas->lanes[lane + 1 + more], &canvas->lanes[lane + 1],
			(canvas->nlanes - lane - 1) * sizeof(int));
	memcpy(&canvas->lanes[lane], edges->fresh, edges->nfresh * sizeof(int));
	canvas->nlanes += more;
	Assert(canvas->nlanes <= MAX_LANES);
}

/* Draw a line from one lane to another; both lanes go on. */
static void
draw_crossing(Canvas *canvas, int from, int to)
{
	row_clear(canvas);
	row_put_lanes(canvas, 0, canvas->nlanes, 0, '|');
	if (to < from)
		row_put_passage(canvas, to, from);
	else
	{
		row_put(canvas, 2 * from + 1, '\\');
		for (int lane = from + 1; lane < to; lane++)
			row_put(canvas, 2 * lane + 1, '_');
	}
	row_print(canvas);
}

/* End a lane; the lanes on its right close up. */
static void
draw_ending(Canvas *canvas, int lane)
{
	if (lane < canvas->nlanes - 1)
	{
		row_clear(canvas);
		row_put_lanes(canvas, 0, lane, 0, '|');
		row_put_lanes(canvas, lane + 1, canvas->nlanes, -1, '/');
		row_print(canvas);
	}
	canvas->nlanes--;
	memmove(&canvas->lanes[lane], &canvas->lanes[lane + 1],
			(canvas->nlanes - lane) * sizeof(int));
}

/*
 * Join two lanes: `from`, that of a revision that has been drawn, and `to`, which waits
 * for its parent.  The left one of them stays, and the lanes on the right close up.
 */
static void
draw_collapse(Canvas *canvas, int from, int to)
{
	int			left = Min(from, to);
	int			right = Max(from, to);

	row_clear(canvas);
	row_put_lanes(canvas, 0, right, 0, '|');
	row_put_passage(canvas, left, right);
	row_put_lanes(canvas, right + 1, canvas->nlanes, -1, '/');
	row_print(canvas);

	canvas->lanes[left] = canvas->lanes[to];
	canvas->nlanes--;
	memmove(&canvas->lanes[right], &canvas->lanes[right + 1],
			(canvas->nlanes - right) * sizeof(int));
}

/* --------------------------------------------------------- text: one row */

static void
row_clear(Canvas *canvas)
{
	memset(canvas->row, ' ', ROW_WIDTH);
	canvas->width = 0;
}

static void
row_put(Canvas *canvas, int column, char c)
{
	Assert(column >= 0 && column < ROW_WIDTH);
	canvas->row[column] = c;
	if (column >= canvas->width)
		canvas->width = column + 1;
}

/* Put c into the columns of the lanes from .. to - 1, moved by shift characters. */
static void
row_put_lanes(Canvas *canvas, int from, int to, int shift, char c)
{
	for (int lane = from; lane < to; lane++)
		row_put(canvas, 2 * lane + shift, c);
}

/* Put a line that leaves right_lane to the left and passes the lanes between. */
static void
row_put_passage(Canvas *canvas, int left_lane, int right_lane)
{
	for (int lane = left_lane; lane < right_lane - 1; lane++)
		row_put(canvas, 2 * lane + 1, '_');
	row_put(canvas, 2 * right_lane - 1, '/');
}

static void
row_print(Canvas *canvas)
{
	appendBinaryStringInfo(canvas->out, canvas->row, canvas->width);
	appendStringInfoChar(canvas->out, '\n');
}

/* -------------------------------------------------------------- Graphviz
 *
 * Nodes are named by number, since identifiers may contain nearly any character.
 * Arrows point from parent to child, and the newest revision is on top, as in the text.
 */

static void
draw_dot(const Graph *graph, const VersionState *current, const Drawn *drawn, StringInfo out)
{
	const RevList *order = drawn->order;

	appendStringInfoString(out,
						   "digraph revisions {\n"
						   "    rankdir=BT;\n"
						   "    node [shape=box, style=\"rounded,filled\", fillcolor=white,\n"
						   "          fontname=\"monospace\", fontsize=10];\n"
						   "    edge [arrowsize=0.6];\n");

	for (int i = 0; i < order->n; i++)
	{
		int			rev = order->revs[i];
		const Revision *r = &graph->revs[rev];
		char	   *message = first_line(r->links.message);
		StringInfoData marks;

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "    n%d [label=\"", rev);
		if (drawn->stretch[rev] > 0)
		{
			StringInfoData words;

			initStringInfo(&words);
			append_stretch(&words, graph, current, drawn, rev);
			append_dot_text(out, words.data);
			appendStringInfo(out, "\", style=dashed%s];\n",
							 current != NULL && is_applied(current, rev) ? ", color=\"#38761d\""
							 : "");
			continue;
		}
		append_dot_text(out, r->links.id);

		initStringInfo(&marks);
		append_marks(&marks, graph, current, rev);
		if (r->links.nlabels > 0)
		{
			appendStringInfoString(&marks, " [");
			append_names(&marks, r->links.labels, r->links.nlabels);
			appendStringInfoChar(&marks, ']');
		}
		append_dot_text(out, marks.data);
		pfree(marks.data);

		if (message != NULL)
		{
			appendStringInfoString(out, "\\n");
			append_dot_text(out, message);
			pfree(message);
		}
		appendStringInfoChar(out, '"');

		if (current != NULL && is_applied(current, rev))
			appendStringInfoString(out, ", fillcolor=\"#d9ead3\"");
		if (is_current(current, rev))
			appendStringInfoString(out, ", color=\"#38761d\", penwidth=3");
		if (revision_is_real_head(r))
			appendStringInfoString(out, ", peripheries=2");
		appendStringInfoString(out, "];\n");
	}

	for (int i = 0; i < order->n; i++)
	{
		int			rev = order->revs[i];
		const Revision *r = &graph->revs[drawn->oldest[rev]];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < r->nparents; j++)
			if (drawn->in_range[r->parents[j]])
				appendStringInfo(out, "    n%d -> n%d;\n", r->parents[j], rev);

		/* else a dependency would pull branches into one column */
		for (int j = 0; j < r->ndeps; j++)
			if (drawn->in_range[r->deps[j]])
				appendStringInfo(out, "    n%d -> n%d [style=dashed, constraint=false];\n",
								 r->deps[j], rev);
	}
	appendStringInfoString(out, "}\n");
}

/* --------------------------------------------------------------- Mermaid */

static void
draw_mermaid(const Graph *graph, const VersionState *current, const Drawn *drawn, StringInfo out)
{
	const RevList *order = drawn->order;
	bool	   *applied = palloc0(Max(graph->nrevs, 1) * sizeof(bool));
	bool	   *currents = palloc0(Max(graph->nrevs, 1) * sizeof(bool));
	bool	   *heads = palloc0(Max(graph->nrevs, 1) * sizeof(bool));

	appendStringInfoString(out, "flowchart BT\n");
	for (int i = 0; i < order->n; i++)
	{
		int			rev = order->revs[i];
		const Revision *r = &graph->revs[rev];
		char	   *message = first_line(r->links.message);
		StringInfoData marks;

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out, "    n%d[\"", rev);
		applied[rev] = current != NULL && is_applied(current, rev);
		if (drawn->stretch[rev] > 0)
		{
			StringInfoData words;

			initStringInfo(&words);
			append_stretch(&words, graph, current, drawn, rev);
			append_mermaid_text(out, words.data);
			appendStringInfoString(out, "\"]\n");
			continue;
		}
		append_mermaid_text(out, r->links.id);

		initStringInfo(&marks);
		append_marks(&marks, graph, current, rev);
		if (r->links.nlabels > 0)
		{
			appendStringInfoString(&marks, " (");
			append_names(&marks, r->links.labels, r->links.nlabels);
			appendStringInfoChar(&marks, ')');
		}
		append_mermaid_text(out, marks.data);
		pfree(marks.data);

		if (message != NULL)
		{
			appendStringInfoString(out, "<br/>");
			append_mermaid_text(out, message);
			pfree(message);
		}
		appendStringInfoString(out, "\"]\n");

		currents[rev] = is_current(current, rev);
		heads[rev] = revision_is_real_head(r);
	}

	for (int i = 0; i < order->n; i++)
	{
		int			rev = order->revs[i];
		const Revision *r = &graph->revs[drawn->oldest[rev]];

		CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < r->nparents; j++)
			if (drawn->in_range[r->parents[j]])
				appendStringInfo(out, "    n%d --> n%d\n", r->parents[j], rev);
		for (int j = 0; j < r->ndeps; j++)
			if (drawn->in_range[r->deps[j]])
				appendStringInfo(out, "    n%d -.-> n%d\n", r->deps[j], rev);
	}

	/* where a node has several classes, the later one wins */
	if (order->n > 0)
	{
		appendStringInfoString(out,
							   "    classDef applied fill:#d9ead3\n"
							   "    classDef head stroke:#000,stroke-width:2px\n"
							   "    classDef current stroke:#38761d,stroke-width:4px\n");
		mermaid_class(order, applied, "applied", out);
		mermaid_class(order, heads, "head", out);
		mermaid_class(order, currents, "current", out);
	}
}

static void
mermaid_class(const RevList *order, const bool *members, const char *name, StringInfo out)
{
	int			n = 0;

	for (int i = 0; i < order->n; i++)
	{
		if (!members[order->revs[i]])
			continue;

		/* keep the lines short enough to read */
		if (n > 0 && n % 16 == 0)
			appendStringInfo(out, " %s\n", name);
		appendStringInfo(out, "%sn%d", n % 16 == 0 ? "    class " : ",", order->revs[i]);
		n++;
	}
	if (n > 0)
		appendStringInfo(out, " %s\n", name);
}

/* --------------------------------------------------------- what they share */

/* Without a state every revision counts as applied. */
static bool
is_applied(const VersionState *current, int rev)
{
	return current == NULL || current->applied[rev];
}

static bool
is_current(const VersionState *current, int rev)
{
	return current != NULL && version_is_row(current, rev);
}

/* Append marks such as " (head) (current)", each with a blank before it. */
static void
append_marks(StringInfo out, const Graph *graph, const VersionState *current, int rev)
{
	const Revision *r = &graph->revs[rev];

	if (revision_is_real_head(r))
		appendStringInfoString(out, " (head)");
	else if (revision_is_head(r))
		appendStringInfoString(out, " (effective head)");
	if (is_current(current, rev))
		appendStringInfoString(out, " (current)");
	if (revision_is_branch_point(r))
		appendStringInfoString(out, " (branch point)");
	if (revision_is_merge_point(r))
		appendStringInfoString(out, " (merge point)");
	if (revision_is_base(r))
		appendStringInfoString(out, " (base)");
}

/* Append the text of a folded line: "8 revisions from a1 to b8, not applied" */
static void
append_stretch(StringInfo out, const Graph *graph, const VersionState *current, const Drawn *drawn,
			   int rev)
{
	appendStringInfo(out, "%d revisions from %s to %s%s", drawn->stretch[rev],
					 graph->revs[drawn->oldest[rev]].links.id,
					 graph->revs[rev].links.id, is_applied(current, rev) ? "" : ", not applied");
}

static void
append_names(StringInfo out, char **names, int n)
{
	for (int i = 0; i < n; i++)
	{
		if (i > 0)
			appendStringInfoString(out, ", ");
		appendStringInfoString(out, names[i]);
	}
}

/*
 * Returns the first line of a message that is not blank, palloc'd and safe to print
 * (text_shown()); NULL if the message has none.
 */
static char *
first_line(const char *message)
{
	int			len;

	if (message == NULL)
		return NULL;
	message += strspn(message, " \t\r\n\v\f");
	len = strcspn(message, "\r\n");
	while (len > 0 && message[len - 1] == ' ')
		len--;
	if (len == 0)
		return NULL;

	return text_shown(message, len);
}

/* Append text inside a quoted DOT string.  Graphviz also reads HTML entities there: escape "&". */
static void
append_dot_text(StringInfo out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
	{
		if (*p == '"' || *p == '\\')
			appendStringInfoChar(out, '\\');
		if (*p == '&')
			appendStringInfoString(out, "&amp;");
		else
			appendStringInfoChar(out, *p);
	}
}

/*
 * Append text inside a quoted Mermaid label.  Mermaid reads Markdown, HTML, "\n",
 * icons, formulas and directives there, and more syntax with each release.  So only
 * ASCII characters without any meaning are passed through; all others are written
 * as "#code;".
 */
static void
append_mermaid_text(StringInfo out, const char *text)
{
	for (const char *p = text; *p != '\0'; p++)
	{
		bool		plain = is_word_char(*p) || strchr(" .,;!?()/+-='", *p) != NULL;

		/* "_" is plain inside a word; at its end it is emphasis */
		if (*p == '_')
			plain = p > text && is_word_char(p[-1]) && is_word_char(p[1]);

		/*
		 * ":" and a blank is plain, as in "fix: this"; else it might be an
		 * icon, fa:fa-car
		 */
		else if (*p == ':')
			plain = p[1] == ' ' || p[1] == '\0';

		if (plain)
			appendStringInfoChar(out, *p);
		else
			appendStringInfo(out, "#%d;", *p);
	}
}

static bool
is_word_char(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		IS_HIGHBIT_SET(c);
}
