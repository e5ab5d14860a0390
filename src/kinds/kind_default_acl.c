/*
 * kind_default_acl.c
 *		Default privileges: what new objects of a role are granted by themselves.
 *
 * What acl.c expects of a new object is those that were there before, so that they
 * change when all is made (sort.c).
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_default_acl.h"
#include "catalog/pg_namespace.h"

static void
create_default_acl(const Change *change, Writer *w)
{
	acl_write_defaults(NULL, change->new, w);
}

static void
drop_default_acl(const Change *change, Writer *w)
{
	acl_write_defaults(change->old, NULL, w);
}

static bool
alter_default_acl(Change *change, Writer *w)
{
	acl_write_defaults(change->old, change->new, w);
	return true;
}

static bool
same_default_acl(const SchemaObject *old, const SchemaObject *new, const char *prop, const char *a,
				 const char *b)
{
	return strcmp(prop, "privileges") == 0 && acl_equal(a, b);
}

static const Property default_acl_props[] = {
	{"type", "d.defaclobjtype::text", NOT_NULL},
	{"role", "pg_get_userbyid(d.defaclrole)::text", NOT_NULL},
	{"schema", "n.nspname::text", MAY_BE_NULL},
	{"privileges", "d.defaclacl::text", NOT_NULL},
	{NULL}
};

const Kind	kind_default_acl = {
	.name = "default privileges",
	.source = {
		.oid = "d.oid",
		.parent = "d.defaclnamespace",
		.identity = "quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' IN SCHEMA '"
		" || quote_ident(n.nspname), '') || CASE d.defaclobjtype WHEN 'r' THEN ' ON TABLES'"
		" WHEN 'S' THEN ' ON SEQUENCES' WHEN 'f' THEN ' ON FUNCTIONS' WHEN 'T' THEN ' ON TYPES'"
		" WHEN 'n' THEN ' ON SCHEMAS' ELSE ' ON LARGE OBJECTS' END",
		.from = "pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace",
		.where = "CASE WHEN n.oid IS NULL THEN $2 ELSE " MANAGED " END",
	},
	.classid = DefaultAclRelationId,
	.parent_classid = NamespaceRelationId,
	.props = default_acl_props,
	.create = create_default_acl,
	.drop = drop_default_acl,
	.alter = alter_default_acl,
	.same = same_default_acl,
	.sorts_last = true,
};
