/*
 * kind_type.c
 *		Composite types and ranges, and how a type of any kind is put aside.  Enumerations:
 *		kind_enum.c; domains: kind_domain.c; base types: kind_base_type.c.
 *
 * A type that cannot be altered in place is renamed aside, the new one is created, columns are
 * converted, and the old one is dropped (sort.c).
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/types.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

const char *
type_aside_name(const SchemaObject *type, const Writer *w)
{
	return object_aside_name(type, w->from, w->to);
}

/* The functions that make values of a range have the name of the type. */
static void
put_constructors_aside(const SchemaObject *range, Writer *w)
{
	const char *aside = quote_identifier(type_aside_name(range, w));
	const char *aside_multi = quote_identifier(psprintf("%s_m", type_aside_name(range, w)));
	const char *type = psprintf("%s.%s", quote_identifier(range->schema), aside);
	const char *subtype = prop(range, "subtype");
	const char *multi = prop(range, "multirange");

	put(w, "ALTER FUNCTION %s(%s, %s) RENAME TO %s", range->identity, subtype, subtype, aside);
	put(w, "ALTER FUNCTION %s(%s, %s, text) RENAME TO %s", range->identity, subtype, subtype,
		aside);
	if (multi == NULL)
		return;
	put(w, "ALTER TYPE %s RENAME TO %s", multi, aside_multi);
	put(w, "ALTER FUNCTION %s() RENAME TO %s", multi, aside_multi);
	put(w, "ALTER FUNCTION %s(%s) RENAME TO %s", multi, type, aside_multi);
	put(w, "ALTER FUNCTION %s(%s[]) RENAME TO %s", multi, type, aside_multi);
}

/* The functions that a type is made of, which take it or return it. */
static void
put_functions_aside(const SchemaObject *type, Writer *w)
{
	ListCell   *lc;

	foreach(lc, type->needs)
	{
		const SchemaObject *function = lfirst(lc);

		if (kind_is(function, KIND_FUNCTION) && object_needs(function, type))
			put(w, "ALTER FUNCTION %s RENAME TO %s", function->identity,
				quote_identifier(type_aside_name(function, w)));
	}
}

void
type_put_aside(const SchemaObject *type, Writer *w)
{
	put_functions_aside(type, w);
	/* Only the view's row type is still needed. */
	if (kind_is(type, KIND_VIEW))
		view_create_dummy(type, w);
	put(w, "ALTER %s %s RENAME TO %s", type->kind->keyword, type->identity,
		quote_identifier(type_aside_name(type, w)));
	if (kind_is(type, KIND_RANGE))
		put_constructors_aside(type, w);
}

void
type_drop_aside(const Change *change, Writer *w)
{
	const SchemaObject *type = change->old;

	put(w, "DROP %s %s.%s", type->kind->keyword, quote_identifier(type->schema),
		quote_identifier(type_aside_name(type, w)));
}

List *
type_slots(const SchemaObject *type)
{
	List	   *slots = list_make1(psprintf("type %s", type->identity));

	if (kind_is(type, KIND_COMPOSITE))
		slots = lappend(slots, psprintf("rel %s", type->identity));
	return slots;
}

/* --------------------------------------------------------------- composites */

static char *
attribute_definition(const SchemaObject *attribute)
{
	const char *collation = prop(attribute, "collation");

	return psprintf("%s %s%s%s", quote_identifier(attribute->name), prop(attribute, "type"),
					collation ? " COLLATE " : "", collation ? collation : "");
}

static void
create_composite(const Change *change, Writer *w)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, change->merged)
	{
		appendStringInfo(&buf, "%s\n    %s", buf.len ? "," : "", attribute_definition(lfirst(lc)));
	}
	put(w, "CREATE TYPE %s AS (%s\n)", change->new->identity, buf.data);
}

/* ALTER TYPE adds attributes at the end: would they be in another order than is wanted? */
static bool
order_differs(const SchemaObject *old, const SchemaObject *new)
{
	int			last = 0;
	bool		added = false;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, new->parts)
	{
		const SchemaObject *attribute = lfirst(lc);
		const SchemaObject *before = NULL;

		foreach(lc2, old->parts)
		{
			if (strcmp(((SchemaObject *) lfirst(lc2))->name, attribute->name) == 0)
				before = lfirst(lc2);
		}
		if (before == NULL)
			added = true;
		else if (added || before->subid < last)
			return true;
		else
			last = before->subid;
	}
	return false;
}

/* CASCADE, if tables are made of the type. */
const char *
type_cascade(const SchemaObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_TABLE))
			return " CASCADE";
	}
	return "";
}

/* The locks on those tables; stays: only on those that are of the type while the statement runs. */
static void
type_locks_tables(SchemaStatement *statement, const SchemaObject *type, const Changes *stays)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const SchemaObject *table = lfirst(lc);

		if (!kind_is(table, KIND_TABLE) ||
			(stays != NULL && table_changes_type(stays->of_old[table->number], stays)))
			continue;
		also_locks(statement, LOCK_ACCESS_EXCLUSIVE, table->identity);
		also_locks_below(statement, LOCK_ACCESS_EXCLUSIVE, table);
	}
}

static void
lock_typed_tables(const Writer *w, SchemaStatement *statement, const SchemaObject *type)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_COMPOSITE, type->identity);

	if (before != NULL)
		type_locks_tables(statement, before, w->changes);
}

bool
column_is_stored(const SchemaObject *object)
{
	return kind_is(object, KIND_COLUMN) ||
		(kind_is(object, KIND_VIEW_COLUMN) && kind_is(object->parent, KIND_MATVIEW));
}

bool
type_is_stored(const SchemaObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (user->parent == type)
			continue;
		if (kind_is(user, KIND_ATTRIBUTE))
			user = user->parent;
		if (column_is_stored(user))
			return true;
		if ((kind_is(user, KIND_COMPOSITE) || kind_is(user, KIND_DOMAIN) ||
			 kind_is(user, KIND_RANGE)) && user != type && type_is_stored(user))
			return true;
	}
	return false;
}

static bool
has_part(const SchemaObject *type, const char *name)
{
	ListCell   *lc;

	foreach(lc, type->parts)
	{
		if (strcmp(((SchemaObject *) lfirst(lc))->name, name) == 0)
			return true;
	}
	return false;
}

/* Are attributes dropped whose values a column still needs for its conversion? */
static bool
loses_values_that_move(const Change *change, const Writer *w)
{
	bool		loses = false;
	ListCell   *lc;

	foreach(lc, change->old->parts)
	{
		loses |= !has_part(change->new, ((SchemaObject *) lfirst(lc))->name);
	}
	if (!loses)
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *now;

		if (!kind_is(column, KIND_COLUMN))
			continue;
		now = snapshot_find(w->to, KIND_COLUMN, column->identity);
		if (now != NULL && texts_differ(prop(column, "type"), prop(now, "type")))
			return true;
	}
	return false;
}

/* The order in tables stays; everything else can be made again. */
static bool
alter_composite(Change *change, Writer *w)
{
	if (*type_cascade(change->old) == '\0' && loses_values_that_move(change, w))
		return false;
	return type_is_stored(change->old) || *type_cascade(change->old) != '\0' ||
		!order_differs(change->old, change->new);
}

/* Has a table of the type to be written anew when it gets the attribute? */
static bool
rewrites_typed_table(const SchemaObject *attribute, const SchemaObject *old_type, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, old_type->needed_by)
	{
		const SchemaObject *table = lfirst(lc);
		const SchemaObject *column;

		if (!kind_is(table, KIND_TABLE) || !prop_is(table, "kind", "r") ||
			table_changes_type(w->changes->of_old[table->number], w->changes))
			continue;
		table = w->changes->of_old[table->number]->new;
		column = table == NULL ? NULL
			: snapshot_find(w->to, KIND_COLUMN,
							psprintf("%s.%s", table->identity, quote_identifier(attribute->name)));
		if (column != NULL && column_type_rewrites(column, w))
			return true;
	}
	return false;
}

static void
create_attribute(const Change *change, Writer *w)
{
	const SchemaObject *type = change->new->parent;
	const SchemaObject *before = snapshot_find(w->from, KIND_COMPOSITE, type->identity);
	SchemaStatement *statement = put(w, "ALTER TYPE %s ADD ATTRIBUTE %s%s", type->identity,
									 attribute_definition(change->new), type_cascade(type));

	if (before != NULL && rewrites_typed_table(change->new, before, w))
		statement->hazards = HAZARD_REWRITE;
	lock_typed_tables(w, statement, type);
}

static void
drop_attribute(const Change *change, Writer *w)
{
	const SchemaObject *type = change->old->parent;
	SchemaStatement *statement = put(w, "ALTER TYPE %s DROP ATTRIBUTE %s%s", type->identity,
									 quote_identifier(change->old->name), type_cascade(type));

	statement->hazards = HAZARD_DATA_LOSS;
	lock_typed_tables(w, statement, type);
}

static bool
alter_attribute(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	const char *collation = prop(new, "collation");

	if (!change->retype && !prop_differs(change, "type") && !prop_differs(change, "collation"))
		return true;
	if (type_is_stored(change->old->parent))
		return false;
	change->disturbs = true;
	/* the tables of the type have left it: table_changes_type() */
	put(w, "ALTER TYPE %s ALTER ATTRIBUTE %s TYPE %s%s%s", new->parent->identity,
		quote_identifier(new->name),
		prop(new, "type"), collation ? " COLLATE " : "", collation ? collation : "");
	return true;
}

static const Property composite_props[] = {
	{"_aliases", ADDRESS("pg_class", "t.typrelid", "0"), NOT_NULL},
	{"attributes",
		"(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a"
		" WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_composite = {
	.name = "composite type",
	.source = {
		TYPE_SOURCE,
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
		" JOIN pg_class c ON c.oid = t.typrelid",
		.where = "t.typtype = 'c' AND c.relkind = 'c' AND " MANAGED,
	},
	.classid = TypeRelationId,
	.props = composite_props,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_composite,
	.drop = drop_object,
	.alter = alter_composite,
	.slots = type_slots,
	.typtypes = "c",
	.names = NAME_OF_TYPE | NAME_OF_RELATION,
	.consists_of = CONSISTS_OF_FIELDS,
	.named_in_bodies = true,
	.drops_by_name = true,
	.used_aside = true,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_TYPE,
};

/* An attribute cannot be replaced alone where its type is in use. */
static bool
attribute_takes_type(const Change *part, const Changes *changes)
{
	return part->fate == FATE_REPLACE || part->retype;
}

static void
rename_attribute(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent,
				 Writer *w)
{
	const SchemaObject *typed = parent;
	SchemaStatement *statement;

	if (*type_cascade(parent) == '\0')
		typed = (is->parent == parent ? other : is)->parent;
	statement = put(w, "ALTER TYPE %s RENAME ATTRIBUTE %s TO %s%s", parent->identity,
					quote_identifier(is->name), quote_identifier(other->name), type_cascade(typed));
	type_locks_tables(statement, typed, NULL);
}

static const Property attribute_props[] = {
	{"type", "format_type(a.atttypid, a.atttypmod)", NOT_NULL},
	{"collation",
		"CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0"
		" THEN a.attcollation::regcollation::text END", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_attribute = {
	.name = "attribute",
	.source = {
		.oid = "c.oid",
		.subid = "a.attnum::int",
		.parent = "c.oid",
		.schema = "n.nspname::text",
		.name = "a.attname::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(a.attname)",
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
		" JOIN pg_type t ON t.oid = a.atttypid",
		.where = "c.relkind = 'c' AND " MANAGED,
		.order_by = "c.oid, a.attnum",
	},
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = attribute_props,
	.keyword = "COLUMN",
	.create = create_attribute,
	.drop = drop_attribute,
	.alter = alter_attribute,
	.relkinds = "c",
	.field = FIELD_OF_ROW,
	.part_of_type = true,
	.drops_by_name = true,
	.created_with_parent = object_always,
	.takes_parent = attribute_takes_type,
	.renamed_as = RENAMED_COLUMN,
	.rename = rename_attribute,
};

/* ------------------------------------------------------------------- ranges */

static const Property range_props[] = {
	{"subtype", "format_type(r.rngsubtype, NULL)", NOT_NULL},
	{"opclass",
		"CASE WHEN NOT oc.opcdefault THEN " QUALIFIED("ocn.nspname", "oc.opcname") " END",
		MAY_BE_NULL
	},
	{"collation",
		"CASE WHEN r.rngcollation <> st.typcollation AND r.rngcollation <> 0"
		" THEN r.rngcollation::regcollation::text END", MAY_BE_NULL
	},
	{"canonical", "nullif(r.rngcanonical::text, '-')", MAY_BE_NULL},
	{"subtype_diff", "nullif(r.rngsubdiff::text, '-')", MAY_BE_NULL},
	{"multirange",
		"(SELECT " QUALIFIED("mn.nspname", "mt.typname") " FROM pg_type mt"
		" JOIN pg_namespace mn ON mn.oid = mt.typnamespace WHERE mt.oid = r.rngmultitypid)",
		SINCE(140000), MAY_BE_NULL
	},
	{NULL}
};

static void
create_range(const Change *change, Writer *w)
{
	static const char *const clauses[] = {"SUBTYPE", "SUBTYPE_OPCLASS", "COLLATION", "CANONICAL",
	"SUBTYPE_DIFF", "MULTIRANGE_TYPE_NAME"};
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < lengthof(clauses); i++)
		if (prop(change->new, range_props[i].name) != NULL)
			appendStringInfo(&buf, "%s\n    %s = %s", buf.len ? "," : "", clauses[i],
							 prop(change->new, range_props[i].name));
	put(w, "CREATE TYPE %s AS RANGE (%s\n)", change->new->identity, buf.data);
}

static bool
alter_range(Change *change, Writer *w)
{
	for (int i = 0; range_props[i].name != NULL; i++)
		if (prop_differs(change, range_props[i].name))
			return false;
	return true;
}

const Kind	kind_range = {
	.name = "range type",
	.source = {
		TYPE_SOURCE,
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
		" JOIN pg_range r ON r.rngtypid = t.oid JOIN pg_opclass oc ON oc.oid = r.rngsubopc"
		" JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace"
		" JOIN pg_type st ON st.oid = r.rngsubtype",
		.where = "t.typtype = 'r' AND " MANAGED,
	},
	.classid = TypeRelationId,
	.props = range_props,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_range,
	.drop = drop_object,
	.alter = alter_range,
	.slots = type_slots,
	.typtypes = "r",
	.names = NAME_OF_TYPE,
	.made_of_functions = true,
	.named_in_bodies = true,
	.drops_by_name = true,
	.used_aside = true,
	.stub = type_create_shell,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_TYPE,
};
