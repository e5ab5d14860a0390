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

static const Property default_acl_props[] = {
	{"type", NOT_NULL},
	{"role", NOT_NULL},
	{"schema", MAY_BE_NULL},
	{"privileges", NOT_NULL},
	{NULL}
};

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

const Kind	kind_default_acl = {
	.name = "default privileges",
	.query = "SELECT d.oid, 0, d.defaclnamespace, 0, NULL::text, NULL::text,"
	" quote_ident(pg_get_userbyid(d.defaclrole)) || coalesce(' IN SCHEMA '"
	" || quote_ident(n.nspname), '') ||"
	"  CASE d.defaclobjtype WHEN 'r' THEN ' ON TABLES' WHEN 'S' THEN ' ON SEQUENCES' WHEN 'f'"
	" THEN ' ON FUNCTIONS'"
	"   WHEN 'T' THEN ' ON TYPES' WHEN 'n' THEN ' ON SCHEMAS' ELSE ' ON LARGE OBJECTS' END, "
	NO_OWNER ","
	" d.defaclobjtype::text, pg_get_userbyid(d.defaclrole)::text, n.nspname::text, d.defaclacl::text"
	" FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace WHERE CASE"
	" WHEN n.oid IS NULL THEN $2 ELSE " MANAGED " END",
	.classid = DefaultAclRelationId,
	.parent_classid = NamespaceRelationId,
	.props = default_acl_props,
	.create = create_default_acl,
	.drop = drop_default_acl,
	.alter = alter_default_acl,
	.same = same_default_acl,
	.sorts_last = true,
};
