/*
 * kind_schema.c
 *		Schemas and extensions.
 *
 * The schema public is there in every new database, so it is created only where
 * it is known to be missing.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"

#include "utils/builtins.h"

static void
create_schema(const Change *change, Writer *w)
{
	put(w, "CREATE SCHEMA %s%s", strcmp(change->new->name, "public") == 0 ? "IF NOT EXISTS " : "",
		change->new->identity);
}

static void
drop_schema(const Change *change, Writer *w)
{
	put(w, "DROP SCHEMA %s", change->old->identity)->hazards = HAZARD_DATA_LOSS;
}

/* Nothing but what all objects have. */
static bool
alter_schema(Change *change, Writer *w)
{
	return true;
}

static const Property schema_props[] = {
	{NULL}
};

const Kind	kind_schema = {
	.name = "schema",
	.source = {
		.oid = "n.oid",
		.name = "n.nspname::text",
		.identity = "quote_ident(n.nspname)",
		.owner = OWNER("n.nspowner"),
		.acl = ACL("n.nspacl", "n", "n.nspowner"),
		.from = "pg_namespace n",
		.where = MANAGED,
	},
	.classid = NamespaceRelationId,
	.props = schema_props,
	.keyword = "SCHEMA",
	.acl_type = 'n',
	.create = create_schema,
	.drop = drop_schema,
	.alter = alter_schema,
	.on_loss = object_outlives,
};

/* ---------------------------------------------------------------- extensions */

/* The version is that of the server it runs on, and no part of the model. */
static void
create_extension(const Change *change, Writer *w)
{
	/*
	 * A database may have it already, from who may create it; the way back of
	 * a baseline leaves it there.
	 */
	put(w, "CREATE EXTENSION IF NOT EXISTS %s WITH SCHEMA %s", change->new->identity,
		quote_identifier(prop(change->new, "schema")));
}

static bool
alter_extension(Change *change, Writer *w)
{
	if (prop_differs(change, "schema"))
	{
		if (!prop_true(change->old, "_relocatable"))
			return false;
		put(w, "ALTER EXTENSION %s SET SCHEMA %s", change->new->identity,
			quote_identifier(prop(change->new, "schema")));
	}
	return true;
}

static const Property extension_props[] = {
	{"schema", "n.nspname::text", NOT_NULL},
	{"_version", "e.extversion", NOT_NULL},
	{"_relocatable", "e.extrelocatable::text", NOT_NULL},
	{NULL}
};

const Kind	kind_extension = {
	.name = "extension",
	.source = {
		.oid = "e.oid",
		.name = "e.extname::text",
		.identity = "quote_ident(e.extname)",
		.from = "pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace",
		.where = "e.extname NOT IN ('plpgsql', 'migrate_ext')",
	},
	.classid = ExtensionRelationId,
	.props = extension_props,
	.keyword = "EXTENSION",
	.create = create_extension,
	.drop = drop_object,
	.alter = alter_extension,
	.on_loss = object_outlives,
};
