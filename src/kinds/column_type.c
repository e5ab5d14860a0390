/*
 * column_type.c
 *		A column gets another type: how its values get from the one to the other, and
 *		what that does to the table.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_am.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/*
 * The type that a row of this type, or of a domain over it, is of; NULL if it is none whose rows can have changed.  Those of
 * a table stay as they are, but that they may hold others: with_tables.
 */
static const SchemaObject *
find_row_type(const SchemaSnapshot *snapshot, const char *type, bool with_tables)
{
	const SchemaObject *domain = snapshot_find(snapshot, KIND_DOMAIN, type);
	const SchemaObject *row;

	if (domain != NULL)
		return find_row_type(snapshot, prop(domain, "type"), with_tables);
	row = snapshot_find(snapshot, KIND_COMPOSITE, type);
	if (row == NULL)
		row = snapshot_find(snapshot, KIND_VIEW, type);
	if (row == NULL)
		row = snapshot_find(snapshot, KIND_MATVIEW, type);
	return row == NULL && with_tables ? snapshot_find(snapshot, KIND_TABLE, type) : row;
}

/* What a row of the type consists of: SchemaObject *. */
static List *
row_parts(const SchemaObject *row)
{
	List	   *parts = NIL;
	ListCell   *lc;

	foreach(lc, row->parts)
	{
		SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_ATTRIBUTE) || kind_is(part, KIND_VIEW_COLUMN) || kind_is(part, KIND_COLUMN))
			parts = lappend(parts, part);
	}
	return parts;
}

static const char *
part_type(const SchemaObject *part)
{
	return prop(part, kind_is(part, KIND_VIEW_COLUMN) ? "_type" : "type");
}

static const SchemaObject *
find_part(const List *parts, const char *name)
{
	ListCell   *lc;

	foreach(lc, parts)
		if (strcmp(((SchemaObject *) lfirst(lc))->name, name) == 0)
		return lfirst(lc);
	return NULL;
}

static char *value_conversion(const char *value, const char *from, const char *to, bool as_text, Writer *w);

/*
 * Values of a row type whose attributes are others now, or those of a row within: each goes where its
 * name is.  NULL if it is none.  as_text: what the new type reads, for when it is there.
 */
static char *
row_conversion(const char *value, const char *from, const char *to, bool as_text, Writer *w)
{
	const SchemaObject *old_row = find_row_type(w->from, from, as_text);
	const SchemaObject *new_row = find_row_type(w->to, to, as_text);
	List	   *old;
	List	   *new;
	bool		same;
	StringInfoData buf;
	ListCell   *lc;

	if (old_row == NULL || new_row == NULL)
		return NULL;
	old = row_parts(old_row);
	new = row_parts(new_row);
	same = list_length(old) == list_length(new);
	initStringInfo(&buf);
	foreach(lc, new)
	{
		const SchemaObject *part = lfirst(lc);
		const SchemaObject *before = find_part(old, part->name);
		char	   *field = psprintf("(%s).%s", value, quote_identifier(part->name));
		char	   *inner = before == NULL ? NULL : value_conversion(field, part_type(before), part_type(part), as_text, w);

		CHECK_FOR_INTERRUPTS();
		same = same && inner == NULL && before == list_nth(old, foreach_current_index(lc));
		appendStringInfo(&buf, "%s%s", buf.len ? ", " : "",
						 before == NULL ? "NULL" : inner != NULL ? inner : psprintf("%s::text", field));
	}
	if (same || new == NIL)
		return NULL;
	return psprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN ROW(%s)::%s END", value, buf.data, as_text ? "text" : to);
}

/* The type of the elements of an array, or of a domain over one; NULL if it is none. */
static char *
find_element_type(const SchemaSnapshot *snapshot, const char *type)
{
	const SchemaObject *domain;
	size_t		len;

	while ((domain = snapshot_find(snapshot, KIND_DOMAIN, type)) != NULL)
		type = prop(domain, "type");
	len = strlen(type);
	return len > 2 && strcmp(type + len - 2, "[]") == 0 ? pnstrdup(type, len - 2) : NULL;
}

/* By what name it is called while columns are converted. */
static const char *
name_meanwhile(const SchemaObject *row, const Writer *w)
{
	if (!w->changes->of_old[row->number]->is_aside)
		return row->identity;
	return psprintf("%s.%s", quote_identifier(row->schema), quote_identifier(type_aside_name(row, w)));
}

static char *
helper_function(const SchemaObject *row, const Writer *w)
{
	return psprintf("%s.%s(%s)", quote_identifier(row->schema), quote_identifier(type_aside_name(row, w)), name_meanwhile(row, w));
}

/*
 * Arrays of such values.  No subquery may stand in ALTER TABLE, but the server converts an array of any shape by the cast of
 * its elements: there is one as long as the statement lasts.
 */
static char *
array_conversion(const char *value, const char *from, const char *to, bool as_text, Writer *w)
{
	const char *old = find_element_type(w->from, from);
	const char *new = find_element_type(w->to, to);
	const SchemaObject *old_row;
	const char *source;
	const char *target;
	char	   *body;
	char	   *cast;

	if (old == NULL || new == NULL || (old_row = find_row_type(w->from, old, as_text)) == NULL ||
		find_row_type(w->to, new, as_text) == NULL)
		return NULL;
	target = as_text ? "text" : find_row_type(w->to, new, false)->identity;
	body = row_conversion("$1", old_row->identity, as_text ? new : target, as_text, w);
	if (body == NULL)
		return NULL;
	source = name_meanwhile(old_row, w);
	cast = psprintf("DROP CAST (%s AS %s)", source, target);
	if (!has_text(w->helpers, cast))
	{
		put(w, "CREATE FUNCTION %s RETURNS %s LANGUAGE sql AS %s", helper_function(old_row, w), target,
			literal(psprintf("SELECT %s", body)));
		put(w, "CREATE CAST (%s AS %s) WITH FUNCTION %s", source, target, helper_function(old_row, w));
		w->helpers = lappend(lappend(w->helpers, cast), psprintf("DROP FUNCTION %s", helper_function(old_row, w)));
	}
	/* not where a domain is in between */
	if (strcmp(from, psprintf("%s[]", old_row->identity)) != 0)
		value = psprintf("%s::%s[]", value, source);
	value = psprintf("%s::%s[]", value, target);
	return as_text || strcmp(to, psprintf("%s[]", target)) != 0 ? psprintf("%s::%s", value, as_text ? "text" : to) : pstrdup(value);
}

static char *
value_conversion(const char *value, const char *from, const char *to, bool as_text, Writer *w)
{
	char	   *result;

	check_stack_depth();
	result = row_conversion(value, from, to, as_text, w);
	return result != NULL ? result : array_conversion(value, from, to, as_text, w);
}

void
column_conversion_end(Writer *w)
{
	ListCell   *lc;

	foreach(lc, w->helpers)
		put(w, "%s", (char *) lfirst(lc));
	w->helpers = NIL;
}

/* Has somebody made a cast from the old type to the new one? */
static bool
has_own_cast(const Change *change)
{
	const char *casts = prop(change->old, "_casts");

	return casts != NULL && !change->retype &&
		strstr(casts, psprintf("\001%s\001", prop(change->new, "_typname"))) != NULL;
}

/* How values get from the old type to the new one. */
static char *
conversion(const Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	const char *name = quote_identifier(new->name);
	const char *from = prop(change->old, "_typid");
	const char *to = prop(new, "_typid");
	char	   *row;

	if (has_own_cast(change) || column_is_held(change))
		return psprintf("%s::%s", name, prop(new, "type"));
	row = value_conversion(name, prop(change->old, "type"), prop(new, "type"), false, w);
	if (row != NULL)
		return row;
	if (from != NULL && to != NULL)
	{
		if (strcmp(from, to) == 0)
			return NULL;
		if (!change->retype && asked_casts(atooid(from), atooid(to), COERCION_ASSIGNMENT))
			return NULL;
		if (asked_casts(atooid(from), atooid(to), COERCION_EXPLICIT))
			return psprintf("%s::%s", name, prop(new, "type"));
	}

	/*
	 * every type can be read from the text that another prints, or says why
	 * not
	 */
	return psprintf("%s::text::%s", name, prop(new, "type"));
}

bool
column_is_held(const Change *change)
{
	return change->held && change->fate == FATE_ALTER;
}

void
column_hold(const Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const char *name = quote_identifier(old->name);
	const char *alter = psprintf("%s %s ALTER COLUMN %s", alter_table(old->parent), old->parent->identity, name);
	const char *row = value_conversion(name, prop(old, "type"), prop(change->new, "type"), true, w);

	if (prop(old, "generated") != NULL)
		with_children(w, put_on(w, old->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s DROP EXPRESSION", alter));
	with_children(w, put_on(w, old->parent, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s TYPE text USING %s", alter,
							row ? row : psprintf("%s::text", name)));
	column_conversion_end(w);
}

/* Is something of which the old column is, its type, made again? */
static bool
loses_type(const SchemaObject *column, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, column->needs)
		if (lfirst(lc) != column->parent && object_goes(w, lfirst(lc)))
		return true;
	return false;
}

/* PostgreSQL's own type that the column's values are of, if need be below domains; false if it is another. */
static bool
find_base_type(const SchemaSnapshot *snapshot, const SchemaObject *column, Oid *type, int32 *typmod)
{
	const SchemaObject *domain = snapshot_find(snapshot, KIND_DOMAIN, prop(column, "type"));
	const SchemaObject *below;
	const char *typid = prop(column, "_typid");
	const char *mod = prop(column, "_typmod");

	if (domain != NULL)
	{
		while ((below = snapshot_find(snapshot, KIND_DOMAIN, prop(domain, "type"))) != NULL)
			domain = below;
		typid = prop(domain, "_base");
		mod = prop(domain, "_base_typmod");
	}
	if (typid == NULL)
		return false;
	*type = atooid(typid);
	*typmod = pg_strtoint32(mod);
	return true;
}

/*
 * Is the table written anew?  As ALTER TABLE finds out (ATPrepAlterColumnType and
 * ATColumnChangeRequiresRewrite in tablecmds.c): by what is left of the cast once
 * the planner has simplified it.  Types of the user's own are taken as rewritten, but for
 * domains that check nothing.
 */
static bool
is_rewritten(const Change *change, const Writer *w)
{
	bool		is_own = prop(change->old, "_typid") == NULL || prop(change->new, "_typid") == NULL;
	Oid			from;
	Oid			to;
	int32		from_typmod;
	int32		to_typmod;

	if (prop_true(change->new, "_checked") || has_own_cast(change) ||
		!find_base_type(w->from, change->old, &from, &from_typmod) || !find_base_type(w->to, change->new, &to, &to_typmod))
		return true;
	/* as conversion() has it */
	return asked_cast_rewrites(from, from_typmod, to, to_typmod, is_own);
}

/* Can every value be converted, and back? */
static bool
is_lossless(const Change *change, const Writer *w)
{
	if (!is_rewritten(change, w))
		return true;
	if (change->retype)
	{
		const SchemaObject *old = snapshot_find(w->from, KIND_ENUM, prop(change->old, "type"));
		const SchemaObject *new = snapshot_find(w->to, KIND_ENUM, prop(change->new, "type"));

		return old != NULL && new != NULL && enum_contains(new, old);
	}
	return prop(change->old, "_typid") != NULL && prop(change->new, "_typid") != NULL &&
		strcmp(prop(change->new, "_typmod"), "-1") == 0 &&
		asked_casts(atooid(prop(change->old, "_typid")), atooid(prop(change->new, "_typid")), COERCION_IMPLICIT);
}

char *
column_conversion(const SchemaObject *old, const SchemaObject *new, Writer *w, int *hazards)
{
	Change		change = {.old = old,.new = new,.fate = FATE_REPLACE,.retype = loses_type(old, w)};

	if (!column_is_retyped(&change))
		return NULL;
	if (!is_lossless(&change, w))
		*hazards |= HAZARD_MAY_FAIL | HAZARD_IRREVERSIBLE;
	return conversion(&change, w);
}

/* The collation of the column, or of the domain that it is of; NULL: that of the type. */
static const char *
find_collation(const SchemaSnapshot *snapshot, const SchemaObject *column)
{
	const char *collation = prop(column, "collation");
	const SchemaObject *domain = snapshot_find(snapshot, KIND_DOMAIN, prop(column, "type"));

	while (collation == NULL && domain != NULL)
	{
		collation = prop(domain, "collation");
		domain = snapshot_find(snapshot, KIND_DOMAIN, prop(domain, "type"));
	}
	return collation;
}

/* Is the collation made anew, of the column or of its domain? */
static bool
loses_collation(const SchemaObject *old, const Writer *w)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, old->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if ((kind_is(need, KIND_COLLATION) && object_goes(w, need)) || (kind_is(need, KIND_DOMAIN) && loses_collation(need, w)))
			return true;
	}
	return false;
}

/* Is an index on the column another one then, in its order or for its operators? */
static bool
needs_other_index(const Change *change, const Writer *w)
{
	Oid			from;
	Oid			to;
	int32		typmod;

	if (texts_differ(find_collation(w->from, change->old), find_collation(w->to, change->new)) || loses_collation(change->old, w))
		return true;
	return find_base_type(w->from, change->old, &from, &typmod) && find_base_type(w->to, change->new, &to, &typmod) &&
		from != to && GetDefaultOpClass(from, BTREE_AM_OID) != GetDefaultOpClass(to, BTREE_AM_OID);
}

/* Is there an index to be built again, though the table is not written anew? */
static bool
rebuilds_index(const Change *change, const Writer *w)
{
	ListCell   *lc;

	if (!needs_other_index(change, w))
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (kind_is(user, KIND_INDEX) || (kind_is(user, KIND_CONSTRAINT) && prop(user, "_index") != NULL))
			return true;
	}
	return false;
}

/* A foreign key of a column that gets another type, or one that refers to it, is made again by the server. */
static void
also_locks_keys(const Writer *w, SchemaStatement *statement, const SchemaObject *column)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, column->needed_by)
	{
		const SchemaObject *key = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (kind_is(key, KIND_FOREIGN_KEY) && !object_goes(w, key))
			constraint_locks_tables(w, statement, LOCK_ACCESS_EXCLUSIVE, key);
	}
	foreach(lc, column->parent->needed_by)
	{
		const SchemaObject *theirs = column_below(column, lfirst(lc), w->from);

		if (theirs != NULL)
			also_locks_keys(w, statement, theirs);
	}
}

int
column_type_hazards(const Change *change, const Writer *w)
{
	if (prop_is(change->new->parent, "kind", "f"))
		return 0;
	/* it has been written before */
	if (column_is_held(change) && prop_is(change->new, "type", "text"))
		return 0;
	return is_rewritten(change, w) ? HAZARD_REWRITE : rebuilds_index(change, w) ? HAZARD_INDEX_BUILD : 0;
}

void
column_write_type(const Change *change, Writer *w)
{
	const SchemaObject *new = change->new;

	/* a foreign table has no rows to convert */
	bool		is_foreign = prop_is(new->parent, "kind", "f");
	const char *using = is_foreign ? NULL : conversion(change, w);

	SchemaStatement *statement = put_on(w, new->parent, LOCK_ACCESS_EXCLUSIVE,
										column_type_hazards(change, w) | (is_lossless(change, w) ? 0 : HAZARD_MAY_FAIL | HAZARD_IRREVERSIBLE),
										"%s %s ALTER COLUMN %s TYPE %s%s%s%s%s", alter_table(new->parent), new->parent->identity,
										quote_identifier(new->name), prop(new, "type"),
										prop(new, "collation") ? " COLLATE " : "", prop(new, "collation") ? prop(new, "collation") : "",
										using ? " USING " : "", using ? using : "");

	column_conversion_end(w);
	with_children(w, statement);
	also_locks_keys(w, statement, change->old);
}

bool
column_is_retyped(const Change *change)
{
	return change->retype || prop_differs(change, "type") || prop_differs(change, "collation");
}
