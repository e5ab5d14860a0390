/*
 * rename_guesses.c
 *		Guesses renames: a notice for an object that is dropped while a similar one is created.
 */
#include "postgres.h"

#include "diff/steps.h"
#include "kinds/kinds.h"

#include "miscadmin.h"
#include "utils/builtins.h"

static bool
is_same_column(const SchemaObject *a, const SchemaObject *b)
{
	return !texts_differ(prop(a, "type"), prop(b, "type")) &&
		!texts_differ(prop(a, "generated"), prop(b, "generated"));
}

/* The columns of a table that the other has not, by name. */
static List *
columns_without(const SchemaObject *table, const SchemaObject *other)
{
	List	   *others = row_list_parts(other);
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, row_list_parts(table))
	{
		SchemaObject *column = lfirst(lc);

		if ((!prop_true(column, "_inherited") || prop_true(column, "_local")) &&
			row_find_part(others, column->name) == NULL)
			result = lappend(result, column);
	}
	return result;
}

/* The only object of the list that resembles this one; NULL if none or several do. */
static const SchemaObject *
only_like(const List *objects, const SchemaObject *object,
		  bool (*like) (const SchemaObject *a, const SchemaObject *b))
{
	const SchemaObject *found = NULL;
	ListCell   *lc;

	foreach(lc, objects)
	{
		if (like(object, lfirst(lc)))
		{
			if (found != NULL)
				return NULL;
			found = lfirst(lc);
		}
	}
	return found;
}

static bool
is_same_table(const SchemaObject *a, const SchemaObject *b)
{
	List	   *others = row_list_parts(b);
	ListCell   *lc;

	if (texts_differ(a->schema, b->schema) || columns_without(a, b) != NIL ||
		columns_without(b, a) != NIL)
		return false;
	foreach(lc, row_list_parts(a))
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *other = row_find_part(others, column->name);

		if (other != NULL && !is_same_column(column, other))
			return false;
	}
	return true;
}

static char *
guess_notice(const SchemaObject *old, const SchemaObject *new)
{
	return psprintf("%s %s is dropped and %s created, which is like it; if it is to be renamed: renames => ARRAY[%s], or \"%s%s\" before it in a model",
					old->kind->name, old->identity, new->identity,
					quote_literal_cstr(psprintf("%s=%s", old->identity, new->identity)),
					"-- migrate: renamed from ",
					old->kind->field == FIELD_OF_ROW ? quote_identifier(old->name) : old->identity);
}

static List *
add_guesses(List *notices, const List *gone, const List *come,
			bool (*like) (const SchemaObject *a, const SchemaObject *b))
{
	ListCell   *lc;

	foreach(lc, gone)
	{
		const SchemaObject *old = lfirst(lc);
		const SchemaObject *new = only_like(come, old, like);

		CHECK_FOR_INTERRUPTS();
		if (new != NULL && only_like(gone, new, like) == old)
			notices = lappend(notices, guess_notice(old, new));
	}
	return notices;
}

/* The tables of one that the other has not. */
static List *
tables_without(const SchemaSnapshot *snapshot, const SchemaSnapshot *other)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, snapshot_tables(snapshot))
	{
		if (snapshot_find_same(other, lfirst(lc)) == NULL)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

List *
rename_guesses(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *gone = tables_without(from, to);
	List	   *come = tables_without(to, from);

	/* so many tables are hardly renames, and every pair would be compared */
	List	   *notices = list_length(gone) > 100 || list_length(come) > 100 ? NIL
	: add_guesses(NIL, gone, come, is_same_table);
	ListCell   *lc;

	foreach(lc, snapshot_tables(from))
	{
		const SchemaObject *table = lfirst(lc);
		const SchemaObject *other = snapshot_find_same(to, table);

		CHECK_FOR_INTERRUPTS();
		if (other != NULL)
			notices = add_guesses(notices, columns_without(table, other),
								  columns_without(other, table), is_same_column);
	}
	return notices;
}
