/*
 * kind_default.c
 *		Defaults of the columns of tables and views.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/kinds.h"

#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "utils/builtins.h"

/* The query has put the tree there. */
void
default_read(SchemaObject *default_)
{
	const char *tree = prop(default_, "_volatile");

	set_prop(default_, "_volatile", tree != NULL && asked_is_volatile(tree) ? "true" : "false");
}

static void
set_default(const SchemaObject *column, const char *what, Writer *w)
{
	const SchemaObject *relation = column->parent;

	if (kind_is(column, KIND_COLUMN))
		put_on(w, relation, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s", column_alter(column), what);
	else
		put_on(w, relation, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER VIEW %s ALTER COLUMN %s %s",
			   relation->identity,
			   quote_identifier(column->name), what);
}

static void
create_default(const Change *change, Writer *w)
{
	set_default(change->new->parent, psprintf("SET DEFAULT %s",
											  prop(change->new, "expression")), w);
}

static void
drop_default(const Change *change, Writer *w)
{
	set_default(change->old->parent, "DROP DEFAULT", w);
}

static bool
alter_default(Change *change, Writer *w)
{
	create_default(change, w);
	return true;
}

static bool
default_is_of_table(const SchemaObject *default_)
{
	return kind_is(default_->parent, KIND_COLUMN);
}

static const Property default_props[] = {
	{"expression", "pg_get_expr(d.adbin, d.adrelid)", NOT_NULL, SQL_AFTER("SELECT ")},
	{"_volatile", "d.adbin::text", NOT_NULL},
	{NULL}
};

const Kind	kind_default = {
	.name = "default",
	.source = {
		.oid = "d.oid",
		.parent = "d.adrelid",
		.parent_subid = "d.adnum::int",
		.schema = "n.nspname::text",
		.name = "a.attname::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(a.attname)",
		.from = "pg_attrdef d JOIN pg_class c ON c.oid = d.adrelid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" JOIN pg_attribute a ON a.attrelid = d.adrelid AND a.attnum = d.adnum",
		.where = "a.attgenerated = '' AND NOT a.attisdropped AND c.relpersistence <> 't'"
		" AND " MANAGED,
	},
	.classid = AttrDefaultRelationId,
	.parent_classid = RelationRelationId,
	.props = default_props,
	.read = default_read,
	.create = create_default,
	.drop = drop_default,
	.alter = alter_default,
	.stores_expression = true,
	.creates_alone = true,
	.drops_alone = true,
	.stays_inside = true,
	.created_with_parent = default_is_of_table,
	.is_evaluated = object_always,
	.breaks_by_retype = object_always_breaks,
};
