/*
 * html_tables.c
 *		The tables that the plan changes, and what they refer to: an entity-relationship picture.
 *
 * Tables that hang together by foreign keys are one SVG, in columns: a table stands to the right of
 * those that it refers to.  Groups flow beside and under each other, as wide as the page is.
 */
#include "postgres.h"

#include "report/escape.h"
#include "report/html.h"

#include "miscadmin.h"

#define LINE 18
#define HEAD 26
#define CHARACTER 6.7			/* width, of the font at 11 pixels */
#define GAP_X 60
#define GAP_Y 18
#define MIN_WIDTH 120
#define MAX_NAME 28				/* characters that are shown */
#define MAX_TYPE 24
#define MAX_COLUMNS 14			/* lines of a table that are shown */
#define UNKNOWN (-1)

/* A table in the picture. */
typedef struct Box
{
	const PictureTable *table;
	int			group;
	int			rank;			/* the column that it stands in */
	int			x;
	int			y;
	int			width;
	int			height;
	int			nshown;
	const PictureColumn *shown[MAX_COLUMNS];
	int			nhidden;
	bool		is_visited;
} Box;

typedef struct TablePicture
{
	int			nboxes;
	Box		   *boxes;
	StringInfo	out;
} TablePicture;

static int
box_of(const TablePicture *picture, const PictureTable *table)
{
	for (int i = 0; i < picture->nboxes; i++)
		if (picture->boxes[i].table == table)
			return i;
	return UNKNOWN;
}

/* --------------------------------------------------------------------------- a box */

/*
 * Changed columns first, then keys, then the others as far as there is room; all in the order of
 * the table.
 */
static int
importance(const PictureColumn *column)
{
	return column->mark != PICTURE_KEPT ? 0 : column->is_key || column->refers ? 1 : 2;
}

static bool
is_chosen(const PictureTable *table, const PictureColumn *column, int position)
{
	int			before = 0;
	int			i = 0;
	ListCell   *lc;

	foreach(lc, table->columns)
	{
		const PictureColumn *other = lfirst(lc);

		if (importance(other) < importance(column) ||
			(importance(other) == importance(column) && i < position))
			before++;
		i++;
	}
	return before < MAX_COLUMNS;
}

static void
choose_columns(Box *box)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, box->table->columns)
	{
		const PictureColumn *column = lfirst(lc);

		/* of what stays as it is, keys are enough */
		if ((box->table->mark != PICTURE_KEPT || importance(column) < 2) &&
			is_chosen(box->table, column, position))
			box->shown[box->nshown++] = column;
		else
			box->nhidden++;
		position++;
	}
}

static int
shown_width(const char *text, int most)
{
	return Min(text_width(text), most + 3);
}

static void
measure(Box *box)
{
	int			width = shown_width(box->table->words, MAX_NAME + MAX_TYPE);

	for (int i = 0; i < box->nshown; i++)
		width = Max(width, 4 + shown_width(box->shown[i]->name, MAX_NAME) + 1 +
					shown_width(box->shown[i]->type, MAX_TYPE));
	box->width = Max(MIN_WIDTH, (int) (width * CHARACTER) + 24);
	box->height = HEAD + LINE *(box->nshown + (box->nhidden > 0 ? 1 : 0)) + 6;
}

static const char *
mark_sign(PictureMark mark)
{
	return mark == PICTURE_NEW ? "+" : mark == PICTURE_DROPPED ? "-" : mark == PICTURE_CHANGED ? "~"
		: "";
}

static void
put_column(StringInfo out, const Box *box, const PictureColumn *column, int y)
{
	appendStringInfo(out, "<text class=\"col %s\" x=\"%d\" y=\"%d\"><tspan>%s</tspan></text>",
					 picture_mark_words(column->mark),
					 box->x + 8, y, mark_sign(column->mark));
	appendStringInfo(out, "<text class=\"col %s%s\" x=\"%d\" y=\"%d\">",
					 picture_mark_words(column->mark), column->is_key ? " key" : "",
					 box->x + 20, y);
	put_html_line(out, column->name, MAX_NAME);
	appendStringInfo(out, "</text><text class=\"type\" text-anchor=\"end\" x=\"%d\" y=\"%d\">",
					 box->x + box->width - 8, y);
	put_html_line(out, column->type, MAX_TYPE);
	appendStringInfoString(out, "</text>");
}

static void
put_box(StringInfo out, const Box *box)
{
	const PictureTable *table = box->table;
	int			y = box->y + HEAD + 12;

	appendStringInfo(out,
					 "<g class=\"table %s\"><rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" rx=\"5\"/>",
					 picture_mark_words(table->mark),
					 box->x, box->y, box->width, box->height);
	appendStringInfo(out, "<path d=\"M%d %dh%d\"/><text class=\"name\" x=\"%d\" y=\"%d\">", box->x,
					 box->y + HEAD - 4, box->width,
					 box->x + 8, box->y + 16);
	put_html_line(out, table->words, MAX_NAME + MAX_TYPE);
	appendStringInfo(out, "</text><title>%s</title>", picture_mark_words(table->mark));
	for (int i = 0; i < box->nshown; i++, y += LINE)
		put_column(out, box, box->shown[i], y);
	if (box->nhidden > 0)
		appendStringInfo(out, "<text class=\"type\" x=\"%d\" y=\"%d\">%d more</text>", box->x + 20,
						 y, box->nhidden);
	appendStringInfoString(out, "</g>");
}

/* ---------------------------------------------------------------------------- lines */

/* Where the line of a column is; the middle of the head for one that is not shown. */
static int
column_y(const Box *box, const char *name)
{
	for (int i = 0; name != NULL && i < box->nshown; i++)
		if (strcmp(box->shown[i]->name, name) == 0)
			return box->y + HEAD + LINE *i + 8;

	return box->y + HEAD / 2;
}

static void
put_reference(StringInfo out, const Box *from, const Box *to, const PictureReference *reference)
{
	int			y = column_y(from, reference->column);
	int			to_y = to->y + HEAD / 2;
	bool		is_left = to->rank < from->rank;
	int			x = from->x + (is_left ? 0 : from->width);
	int			to_x = to->x + to->width;
	int			bend = is_left ? -GAP_X / 2 : GAP_X / 2;

	appendStringInfo(out,
					 "<path class=\"ref %s\" d=\"M%d %dC%d %d %d %d %d %d\"/><circle class=\"ref %s\" cx=\"%d\" cy=\"%d\" r=\"3\"/>",
					 picture_mark_words(reference->mark), x, y, x + bend, y, to_x + GAP_X / 2, to_y,
					 to_x, to_y,
					 picture_mark_words(reference->mark), to_x, to_y);
}

static void
put_references(const TablePicture *picture, const Box *box)
{
	ListCell   *lc;

	foreach(lc, box->table->refers_to)
	{
		const PictureReference *reference = lfirst(lc);
		int			to = box_of(picture, reference->to);

		if (to != UNKNOWN)
			put_reference(picture->out, box, &picture->boxes[to], reference);
	}
}

/* --------------------------------------------------------------------------- places */

/*
 * A table stands right of what it refers to; what refers back to one on the way is left out of
 * account.
 */
static int
rank_of(TablePicture *picture, int number)
{
	Box		   *box = &picture->boxes[number];
	ListCell   *lc;

	check_stack_depth();
	if (box->is_visited)
		return box->rank;
	box->is_visited = true;
	foreach(lc, box->table->refers_to)
	{
		const PictureReference *reference = lfirst(lc);
		int			to = box_of(picture, reference->to);

		if (to == UNKNOWN || to == number)
			continue;
		box->rank = Max(box->rank, rank_of(picture, to) + 1);
	}
	return box->rank;
}

static void
join_groups(TablePicture *picture, int one, int other)
{
	for (int i = 0; i < picture->nboxes; i++)
		if (picture->boxes[i].group == one)
			picture->boxes[i].group = other;
}

static void
find_groups(TablePicture *picture)
{
	for (int i = 0; i < picture->nboxes; i++)
		picture->boxes[i].group = i;
	for (int i = 0; i < picture->nboxes; i++)
	{
		ListCell   *lc;

		foreach(lc, picture->boxes[i].table->refers_to)
		{
			int			to = box_of(picture, ((PictureReference *) lfirst(lc))->to);

			if (to != UNKNOWN)
				join_groups(picture, picture->boxes[to].group, picture->boxes[i].group);
		}
	}
}

/* One column of a group; returns its width, and in *height how high the group is at least. */
static int
place_column(TablePicture *picture, int group, int rank, int x, int *height)
{
	int			y = GAP_Y / 2;
	int			width = 0;

	for (int i = 0; i < picture->nboxes; i++)
	{
		Box		   *box = &picture->boxes[i];

		if (box->group != group || box->rank != rank)
			continue;
		box->x = x;
		box->y = y;
		y += box->height + GAP_Y;
		width = Max(width, box->width);
	}
	*height = Max(*height, y);
	return width;
}

static void
put_group(TablePicture *picture, int group)
{
	int			x = 8;
	int			height = 0;

	for (int rank = 0; rank <= picture->nboxes; rank++)
	{
		int			width = place_column(picture, group, rank, x, &height);

		if (width > 0)
			x += width + GAP_X;
	}
	/* lines of one that refers to itself bend out on the right */
	x = Max(x - GAP_X + 24, 0);
	appendStringInfo(picture->out,
					 "<svg class=\"tables\" role=\"img\" aria-label=\"Tables\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\">",
					 x, height, x, height);
	for (int i = 0; i < picture->nboxes; i++)
		if (picture->boxes[i].group == group)
			put_references(picture, &picture->boxes[i]);
	for (int i = 0; i < picture->nboxes; i++)
		if (picture->boxes[i].group == group)
			put_box(picture->out, &picture->boxes[i]);
	appendStringInfoString(picture->out, "</svg>\n");
}

void
html_tables(StringInfo out, const Report *report)
{
	TablePicture picture = {.out = out,.nboxes = list_length(report->picture.tables)};
	int			n = 0;
	ListCell   *lc;

	picture.boxes = palloc0(sizeof(Box) * Max(picture.nboxes, 1));
	foreach(lc, report->picture.tables)
	{
		Box		   *box = &picture.boxes[n++];

		CHECK_FOR_INTERRUPTS();
		box->table = lfirst(lc);
		choose_columns(box);
		measure(box);
	}
	find_groups(&picture);
	for (int i = 0; i < picture.nboxes; i++)
		(void) rank_of(&picture, i);
	appendStringInfoString(out, "<div class=\"groups\">\n");
	for (int group = 0; group < picture.nboxes; group++)
	{
		bool		is_there = false;

		for (int i = 0; i < picture.nboxes && !is_there; i++)
			is_there = picture.boxes[i].group == group;
		if (is_there)
			put_group(&picture, group);
	}
	appendStringInfoString(out, "</div>\n");
	if (report->picture.is_cut)
		appendStringInfo(out,
						 "<p class=\"note\">The plan changes more tables than the %d that are shown.</p>\n",
						 picture.nboxes);
}
