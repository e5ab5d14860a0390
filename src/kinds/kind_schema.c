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

static const Property schema_props[] = {
	{NULL}
};

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

const Kind	kind_schema = {
	.name = "schema",
	.query = "SELECT n.oid, 0, " NO_PARENT ", NULL::text, n.nspname::text, quote_ident(n.nspname), "
	OWNER("n.nspowner") ", " ACL("n.nspacl", "n", "n.nspowner")
	" FROM pg_namespace n WHERE " MANAGED,
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
static const Property extension_props[] = {
	{"schema", NOT_NULL},
	{"_version", NOT_NULL},
	{"_relocatable", NOT_NULL},
	{NULL}
};

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

const Kind	kind_extension = {
	.name = "extension",
	.query = "SELECT e.oid, 0, " NO_PARENT ", NULL::text, e.extname::text, quote_ident(e.extname), "
	NO_OWNER ","
	" n.nspname::text, e.extversion, e.extrelocatable::text"
	" FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace"
	" WHERE e.extname NOT IN ('plpgsql', 'migrate_ext')",
	.classid = ExtensionRelationId,
	.props = extension_props,
	.keyword = "EXTENSION",
	.create = create_extension,
	.drop = drop_object,
	.alter = alter_extension,
	.on_loss = object_outlives,
};
