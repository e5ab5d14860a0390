/*
 * row_values.c
 *		Values that are rows: what they consist of, and how they are held as text while
 *		their type changes.
 *
 * What is held is held by the names of what is in it, as JSON: in which order a table has its
 * columns in the end depends on the statements before, and on the database.  All values in it are
 * strings, which every type reads as it prints them, but for rows and arrays of rows within; so
 * nothing of them is lost but the lower bounds of such arrays.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/json.h"

/* ------------------------------------------------------------------- their types */

const SchemaObject *
row_find_type(const SchemaSnapshot *snapshot, const char *type, bool with_tables)
{
	const SchemaObject *domain = snapshot_find(snapshot, KIND_DOMAIN, type);
	const SchemaObject *row;

	if (domain != NULL)
		return row_find_type(snapshot, prop(domain, "type"), with_tables);
	row = snapshot_find(snapshot, KIND_COMPOSITE, type);
	if (row == NULL)
		row = snapshot_find(snapshot, KIND_VIEW, type);
	if (row == NULL)
		row = snapshot_find(snapshot, KIND_MATVIEW, type);
	return row == NULL && with_tables ? snapshot_find(snapshot, KIND_TABLE, type) : row;
}

List *
row_list_parts(const SchemaObject *row)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, row->parts)
	{
		SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_ATTRIBUTE) || kind_is(part, KIND_VIEW_COLUMN) ||
			kind_is(part, KIND_COLUMN))
			parts = lappend(parts, part);
	}
	return parts;
}

const char *
row_part_type(const SchemaObject *part)
{
	return prop(part, kind_is(part, KIND_VIEW_COLUMN) ? "_type" : "type");
}

const SchemaObject *
row_find_part(const List *parts, const char *name)
{
	ListCell   *lc;

	foreach(lc, parts)
	{
		if (strcmp(((SchemaObject *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

char *
row_element_type(const SchemaSnapshot *snapshot, const char *type)
{
	const SchemaObject *domain;
	size_t		len;

	while ((domain = snapshot_find(snapshot, KIND_DOMAIN, type)) != NULL)
		type = prop(domain, "type");
	len = strlen(type);
	return len > 2 && strcmp(type + len - 2, "[]") == 0 ? pnstrdup(type, len - 2) : NULL;
}

bool
row_stays(const SchemaObject *row, const Writer *w)
{
	const Change *change = w->changes->of_new[row->number];

	return (kind_is(row, KIND_TABLE) || kind_is(row, KIND_COMPOSITE)) && change->old != NULL &&
		!change_goes_away(change);
}

/* ------------------------------------------------------------------- as text */

static char *value_as_json(const char *value, const char *from, const char *to, Writer *w);

static bool
is_json(const SchemaSnapshot *snapshot, const char *type)
{
	const SchemaObject *domain;

	while ((domain = snapshot_find(snapshot, KIND_DOMAIN, type)) != NULL)
		type = prop(domain, "type");
	return strcmp(type, "json") == 0 || strcmp(type, "jsonb") == 0;
}

/* {"name": */
static const char *
json_key(const char *before, const char *name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, before);
	escape_json(&buf, name);
	appendStringInfoChar(&buf, ':');
	return literal(buf.data);
}

/*
 * Does the text of a row mean the same afterwards: have all fields kept their places and their
 * types?
 */
static bool
parts_agree(const SchemaObject *row, const List *old, const List *new, const Writer *w)
{
	ListCell   *lc;

	if (list_length(old) != list_length(new))
		return false;
	foreach(lc, new)
	{
		const SchemaObject *part = lfirst(lc);
		const SchemaObject *before = row_find_part(old, part->name);

		if (before == NULL || (row_stays(row, w)
							   ? change_goes_away(w->changes->of_new[part->number]) :
							   before != list_nth(old, foreach_current_index(lc))))
			return false;
	}
	return true;
}

static char *
row_as_json(const char *value, const char *from, const char *to, Writer *w)
{
	const SchemaObject *old_row = row_find_type(w->from, from, true);
	const SchemaObject *new_row = row_find_type(w->to, to, true);
	List	   *old;
	List	   *new;
	bool		same;
	const char *before_key = "{";
	StringInfoData buf;
	ListCell   *lc;

	if (old_row == NULL || new_row == NULL)
		return NULL;
	old = row_list_parts(old_row);
	new = row_list_parts(new_row);
	same = parts_agree(new_row, old, new, w);
	initStringInfo(&buf);
	foreach(lc, new)
	{
		const SchemaObject *part = lfirst(lc);
		const SchemaObject *before = row_find_part(old, part->name);
		char	   *field = psprintf("(%s).%s", value, quote_identifier(part->name));
		char	   *inner = before == NULL ? NULL
		: value_as_json(field, row_part_type(before), row_part_type(part), w);

		CHECK_FOR_INTERRUPTS();
		if (before == NULL)
			continue;
		same = same && inner == NULL;
		if (inner == NULL)
			inner = psprintf(is_json(w->from, row_part_type(before)) ? "%s::text"
							 : "to_json(%s::text)::text", field);
		appendStringInfo(&buf, "%s || coalesce(%s, 'null') || ", json_key(before_key, part->name),
						 inner);
		before_key = ",";
	}
	if (same || buf.len == 0)
		return NULL;
	return psprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN %s'}' END", value, buf.data);
}

/* By a cast of the elements, as array_conversion() in column_type.c. */
static char *
array_as_json(const char *value, const char *from, const char *to, Writer *w)
{
	const char *old = row_element_type(w->from, from);
	const char *new = row_element_type(w->to, to);
	const SchemaObject *old_row;
	const char *function;
	char	   *body;
	char	   *cast;

	if (old == NULL || new == NULL || (old_row = row_find_type(w->from, old, true)) == NULL)
		return NULL;
	body = row_as_json("$1", old_row->identity, new, w);
	if (body == NULL)
		return NULL;
	cast = psprintf("DROP CAST (%s AS json)", old_row->identity);
	function = psprintf("%s.%s(%s)", quote_identifier(old_row->schema),
						quote_identifier(type_aside_name(old_row, w)), old_row->identity);
	if (!has_text(w->helpers, cast))
	{
		put(w, "CREATE FUNCTION %s RETURNS json LANGUAGE sql AS %s", function,
			literal(psprintf("SELECT (%s)::json", body)));
		put(w, "CREATE CAST (%s AS json) WITH FUNCTION %s", old_row->identity, function);
		w->helpers = lappend(lappend(w->helpers, cast), psprintf("DROP FUNCTION %s", function));
	}
	/* not where a domain is in between */
	if (strcmp(from, psprintf("%s[]", old_row->identity)) != 0)
		value = psprintf("%s::%s[]", value, old_row->identity);
	return psprintf("to_json(%s::json[])::text", value);
}

static char *
value_as_json(const char *value, const char *from, const char *to, Writer *w)
{
	char	   *result;

	check_stack_depth();
	result = row_as_json(value, from, to, w);
	return result != NULL ? result : array_as_json(value, from, to, w);
}

char *
row_as_text(const Change *change, Writer *w)
{
	return value_as_json(quote_identifier(change->old->name), prop(change->old, "type"),
						 prop(change->new, "type"), w);
}

bool
row_parts_move(const Change *change, const Changes *changes)
{
	Writer		scratch = {.from = changes->from,.to = changes->to,.changes = changes};

	return row_as_text(change, &scratch) != NULL;
}

char *
row_from_text(const Change *change, Writer *w)
{
	const SchemaObject *column = change->new;
	const char *name = quote_identifier(column->name);
	const char *helper;

	if (!row_parts_move(change, w->changes))
		return NULL;
	helper = psprintf("%s.%s", quote_identifier(column->parent->schema),
					  quote_identifier(psprintf("%s_v",
												object_aside_name(column->parent, w->from,
																  w->to))));
	put(w, "CREATE TYPE %s AS (v %s)", helper, prop(column, "type"));
	w->helpers = lappend(w->helpers, psprintf("DROP TYPE %s", helper));
	return psprintf("(json_populate_record(NULL::%s, ('{\"v\":' || %s || '}')::json)).v", helper,
					name);
}
