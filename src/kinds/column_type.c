/*
 * column_type.c
 *		ALTER COLUMN ... TYPE: how the values are converted, and what the statement does to the
 *		table.
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
 * The fields of the new row type in their order after ALTER: new fields come after the old ones,
 * wherever the new schema has them.
 */
static List *
row_parts_in_place(const SchemaObject *row, const Writer *w)
{
	List	   *new = row_list_parts(row);
	List	   *kept = NIL;
	List	   *added = NIL;
	ListCell   *lc;

	if (!row_stays(row, w))
		return new;
	foreach(lc, row_list_parts(w->changes->of_new[row->number]->old))
	{
		const Change *change = w->changes->of_old[((SchemaObject *) lfirst(lc))->number];

		CHECK_FOR_INTERRUPTS();
		if (change->new != NULL && !change_goes_away(change))
			kept = lappend(kept, unconstify(SchemaObject *, change->new));
	}
	foreach(lc, new)
	{
		if (!list_member_ptr(kept, lfirst(lc)))
			added = lappend(added, lfirst(lc));
	}
	return list_concat(kept, added);
}

static char *value_conversion(const char *value, const char *from, const char *to, Writer *w);

/*
 * The expression for values of a row type whose attributes have changed, also deeper inside: every
 * value goes to the attribute of the same name.  NULL for any other type.
 */
static char *
row_conversion(const char *value, const char *from, const char *to, Writer *w)
{
	const SchemaObject *old_row = row_find_type(w->from, from, false);
	const SchemaObject *new_row = row_find_type(w->to, to, false);
	List	   *old;
	List	   *new;
	bool		same;
	StringInfoData buf;
	ListCell   *lc;

	if (old_row == NULL || new_row == NULL)
		return NULL;
	old = row_list_parts(old_row);
	new = row_parts_in_place(new_row, w);
	same = list_length(old) == list_length(new);
	initStringInfo(&buf);
	foreach(lc, new)
	{
		const SchemaObject *part = lfirst(lc);
		const SchemaObject *before = row_find_part(old, part->name);
		char	   *field = psprintf("(%s).%s", value, quote_identifier(part->name));
		char	   *inner = before == NULL ? NULL
		: value_conversion(field, row_part_type(before), row_part_type(part), w);

		CHECK_FOR_INTERRUPTS();
		same = same && inner == NULL && before == list_nth(old, foreach_current_index(lc));
		appendStringInfo(&buf, "%s%s", buf.len ? ", " : "",
						 before == NULL ? "NULL" : inner != NULL ? inner
						 : psprintf("%s::text", field));
	}
	if (same || new == NIL)
		return NULL;
	return psprintf("CASE WHEN %s IS DISTINCT FROM NULL THEN ROW(%s)::%s END", value, buf.data, to);
}

/* The name of a type while columns are converted. */
static const char *
name_meanwhile(const SchemaObject *row, const Writer *w)
{
	if (!w->changes->of_old[row->number]->is_aside)
		return row->identity;
	return psprintf("%s.%s", quote_identifier(row->schema),
					quote_identifier(type_aside_name(row, w)));
}

static char *
helper_function(const SchemaObject *row, const Writer *w)
{
	return psprintf("%s.%s(%s)", quote_identifier(row->schema),
					quote_identifier(type_aside_name(row, w)), name_meanwhile(row, w));
}

/*
 * The expression for arrays of such values.  USING must not contain a subquery, but the server
 * converts an array by a cast of its elements.  So create a cast for the statement, and drop it
 * afterwards.
 */
static char *
array_conversion(const char *value, const char *from, const char *to, Writer *w)
{
	const char *old = row_element_type(w->from, from);
	const char *new = row_element_type(w->to, to);
	const SchemaObject *old_row;
	const char *source;
	const char *target;
	char	   *body;
	char	   *cast;

	if (old == NULL || new == NULL || (old_row = row_find_type(w->from, old, false)) == NULL ||
		row_find_type(w->to, new, false) == NULL)
		return NULL;
	target = row_find_type(w->to, new, false)->identity;
	body = row_conversion("$1", old_row->identity, target, w);
	if (body == NULL)
		return NULL;
	source = name_meanwhile(old_row, w);
	cast = psprintf("DROP CAST (%s AS %s)", source, target);
	if (!has_text(w->helpers, cast))
	{
		put(w, "CREATE FUNCTION %s RETURNS %s LANGUAGE sql AS %s", helper_function(old_row, w),
			target,
			literal(psprintf("SELECT %s", body)));
		put(w, "CREATE CAST (%s AS %s) WITH FUNCTION %s", source, target,
			helper_function(old_row, w));
		w->helpers = lappend(lappend(w->helpers, cast),
							 psprintf("DROP FUNCTION %s", helper_function(old_row, w)));
	}
	/* not where a domain is in between */
	if (strcmp(from, psprintf("%s[]", old_row->identity)) != 0)
		value = psprintf("%s::%s[]", value, source);
	value = psprintf("%s::%s[]", value, target);
	return strcmp(to, psprintf("%s[]", target)) != 0 ? psprintf("%s::%s", value, to)
		: pstrdup(value);
}

static char *
value_conversion(const char *value, const char *from, const char *to, Writer *w)
{
	char	   *result;

	check_stack_depth();
	result = row_conversion(value, from, to, w);
	return result != NULL ? result : array_conversion(value, from, to, w);
}

void
column_conversion_end(Writer *w)
{
	ListCell   *lc;

	foreach(lc, w->helpers)
	{
		put(w, "%s", (char *) lfirst(lc));
	}
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

	if (column_is_held(change) && (row = row_from_text(change, w)) != NULL)
		return row;
	if (has_own_cast(change) || column_is_held(change))
		return psprintf("%s::%s", name, prop(new, "type"));
	row = value_conversion(name, prop(change->old, "type"), prop(new, "type"), w);
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

/* The kept links of foreign tables below the table, which have the column from it. */
static List *
foreign_links(const SchemaObject *column, const Writer *w)
{
	List	   *links = NIL;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, column->parent->needed_by)
	{
		SchemaObject *link = lfirst(lc);
		const SchemaObject *theirs = column_below(column, link, w->from);

		CHECK_FOR_INTERRUPTS();
		if (theirs == NULL || !table_keeps_link(link, w->changes, false))
			continue;
		if (prop_is(link->parent, "kind", "f"))
			links = list_append_unique_ptr(links, link);
		else
			links = list_concat_unique_ptr(links, foreign_links(theirs, w));
	}
	return links;
}

SchemaStatement *
column_put_type(const SchemaObject *column, const char *type, const char *using, int hazards,
				Writer *w)
{
	List	   *links = using == NULL ? NIL : foreign_links(column, w);
	const char *name = quote_identifier(column->name);
	SchemaStatement *statement;
	ListCell   *lc;

	foreach(lc, links)
	{
		const SchemaObject *link = lfirst(lc);

		link->kind->drop(w->changes->of_old[link->number], w);
	}
	statement = put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, hazards,
					   "%s %s ALTER COLUMN %s TYPE %s%s%s", alter_table(column->parent),
					   column->parent->identity, name, type, using ? " USING " : "", using ? using
					   : "");
	with_children(w, statement);
	foreach(lc, links)
	{
		const SchemaObject *link = lfirst(lc);

		put_on(w, link->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s ALTER COLUMN %s TYPE %s",
			   alter_table(link->parent),
			   link->parent->identity, name, type);
		link->kind->create(w->changes->of_old[link->number], w);
	}
	return statement;
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
	const char *alter = psprintf("%s %s ALTER COLUMN %s", alter_table(old->parent),
								 old->parent->identity, name);
	const char *row = row_as_text(change, w);

	if (prop(old, "generated") != NULL)
		with_children(w, put_on(w, old->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s DROP EXPRESSION",
								alter));
	(void) column_put_type(old, "text", row ? row : psprintf("%s::text", name), HAZARD_REWRITE, w);
	column_conversion_end(w);
}

/* Is the type of the old column dropped or recreated? */
static bool
loses_type(const SchemaObject *column, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, column->needs)
	{
		if (lfirst(lc) != column->parent && object_goes(w, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * The built-in type of the column's values, also below domains; false if the type is not built in.
 */
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
		!find_base_type(w->from, change->old, &from, &from_typmod) ||
		!find_base_type(w->to, change->new, &to, &to_typmod))
		return true;
	/* as conversion() has it */
	return asked_cast_rewrites(from, from_typmod, to, to_typmod, is_own);
}

/* Can every value be converted, and back again? */
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
		asked_casts(atooid(prop(change->old, "_typid")), atooid(prop(change->new, "_typid")),
					COERCION_IMPLICIT);
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

/* Is the collation of the column, or of its domain, recreated? */
static bool
loses_collation(const SchemaObject *old, const Writer *w)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, old->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if ((kind_is(need, KIND_COLLATION) && object_goes(w, need)) ||
			(kind_is(need, KIND_DOMAIN) && loses_collation(need, w)))
			return true;
	}
	return false;
}

/* Does an index on the column then have another order, or other operators? */
static bool
needs_other_index(const Change *change, const Writer *w)
{
	Oid			from;
	Oid			to;
	int32		typmod;

	if (texts_differ(find_collation(w->from, change->old), find_collation(w->to, change->new)) ||
		loses_collation(change->old, w))
		return true;
	return find_base_type(w->from, change->old, &from, &typmod) &&
		find_base_type(w->to, change->new, &to, &typmod) &&
		from != to && GetDefaultOpClass(from, BTREE_AM_OID) != GetDefaultOpClass(to, BTREE_AM_OID);
}

/* Does the server rebuild an index although it does not rewrite the table? */
static bool
rebuilds_index(const Change *change, const Writer *w)
{
	ListCell   *lc;

	if (!needs_other_index(change, w))
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (kind_is(user, KIND_INDEX) || (kind_is(user, KIND_CONSTRAINT) &&
										  prop(user, "_index") != NULL))
			return true;
	}
	return false;
}

/* The server recreates foreign keys on the retyped column, and those that reference it. */
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
	return is_rewritten(change, w) ? HAZARD_REWRITE : rebuilds_index(change, w) ? HAZARD_INDEX_BUILD
		: 0;
}

void
column_write_type(const Change *change, Writer *w)
{
	const SchemaObject *new = change->new;

	/* a foreign table has no rows to convert */
	bool		is_foreign = prop_is(new->parent, "kind", "f");
	const char *using = is_foreign ? NULL : conversion(change, w);

	const char *type = psprintf("%s%s%s", prop(new, "type"),
								prop(new, "collation") ? " COLLATE " : "",
								prop(new, "collation") ? prop(new, "collation") : "");
	SchemaStatement *statement = column_put_type(change->old, type, using,
												 column_type_hazards(change, w) |
												 (is_lossless(change, w) ? 0 : HAZARD_MAY_FAIL |
												  HAZARD_IRREVERSIBLE), w);

	column_conversion_end(w);
	also_locks_keys(w, statement, change->old);
}

bool
column_is_retyped(const Change *change)
{
	return change->retype || prop_differs(change, "type") || prop_differs(change, "collation");
}

bool
column_of_table_is_retyped(const Change *change)
{
	return kind_is(change->old, KIND_COLUMN) && column_is_retyped(change);
}
