/*
 * column_rows.c
 *		Columns whose values are, or contain, rows of a table.  The server does not change such a
 *		table while the columns exist.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "miscadmin.h"
#include "utils/builtins.h"

/* The materialised views with values of the type, or of a type that contains it. */
static void
add_matviews_of(const SchemaObject *type, List **matviews)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, type->needed_by)
	{
		SchemaObject *user = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (user->parent == type)
			continue;
		if (kind_is(user, KIND_VIEW_COLUMN) || kind_is(user, KIND_COLUMN) ||
			kind_is(user, KIND_ATTRIBUTE) || user->kind->link == LINK_OF_TABLES)
			user = user->parent;
		else if (!kind_is(user, KIND_COMPOSITE) && !kind_is(user, KIND_DOMAIN))
			continue;
		if (kind_is(user, KIND_MATVIEW))
		{
			if (list_member_ptr(*matviews, user))
				continue;
			*matviews = lappend(*matviews, user);
		}
		add_matviews_of(user, matviews);
	}
}

List *
column_rows_in_matviews(const SchemaObject *table)
{
	List	   *matviews = NIL;

	add_matviews_of(table, &matviews);
	return matviews;
}

/* The columns with values of the type, or of a type that contains it; the outermost come first. */
static void
add_columns_of(const SchemaObject *type, List **columns)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, type->needed_by)
	{
		SchemaObject *user = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (user->parent == type || list_member_ptr(*columns, user))
			continue;

		/*
		 * a foreign table holds none, but its column goes with that of a
		 * table which may
		 */
		if (kind_is(user, KIND_COLUMN) && (!prop_is(user->parent, "kind", "f") ||
										   prop_true(user, "_inherited")))
		{
			add_columns_of(user->parent, columns);
			*columns = list_append_unique_ptr(*columns, user);
		}
		else if (kind_is(user, KIND_ATTRIBUTE) || kind_is(user, KIND_VIEW_COLUMN) ||
				 user->kind->link == LINK_OF_TABLES)
			add_columns_of(user->parent, columns);
		else if (kind_is(user, KIND_COMPOSITE) || kind_is(user, KIND_DOMAIN))
			add_columns_of(user, columns);
	}
}

List *
column_rows_in(const SchemaObject *table)
{
	List	   *columns = NIL;

	add_columns_of(table, &columns);
	return columns;
}

/*
 * The columns that are kept and inherited from no parent.  None is generated, see
 * replace_on_rows().
 */
List *
column_rows_to_hold(const SchemaObject *table, const Writer *w)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, column_rows_in(table))
	{
		const SchemaObject *column = lfirst(lc);
		const Change *theirs = w->changes->of_old[column->number];

		if (theirs->new != NULL && !change_goes_away(theirs) && !theirs->held &&
			column_of_parent(column, w->from) == NULL)
			columns = lappend(columns, unconstify(SchemaObject *, theirs->new));
	}
	return columns;
}

/*
 * The server retypes or fills no column of a table whose rows are values of other columns.  So
 * those are text meanwhile: every row type reads the text that it prints.
 */
void
column_rows_as_text(const List *columns, Writer *w)
{
	ListCell   *lc;

	foreach(lc, columns)
	{
		const SchemaObject *column = lfirst(lc);

		(void) column_put_type(w->changes->of_new[column->number]->old, "text",
							   psprintf("%s::text", quote_identifier(column->name)),
							   HAZARD_REWRITE, w);
	}
}

void
column_rows_back(const List *columns, Writer *w)
{
	for (int i = list_length(columns) - 1; i >= 0; i--)
	{
		const SchemaObject *column = list_nth(columns, i);

		(void) column_put_type(w->changes->of_new[column->number]->old, prop(column, "type"),
							   psprintf("%s::%s", quote_identifier(column->name),
										prop(column, "type")),
							   HAZARD_REWRITE | HAZARD_MAY_FAIL, w);
		if (prop(column, "compression") != NULL)
			column_set_compression(column, w);
		if (prop(column, "storage") != NULL)
			column_set_storage(column, w);
	}
}
