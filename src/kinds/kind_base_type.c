/*
 * kind_base_type.c
 *		Base types and shell types.
 *
 * A type and its functions reference each other.  So a shell type is created first, then the
 * functions, then the type (sort.c); they are dropped together.
 */
#include "postgres.h"

#include "kinds/types.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

static const Property base_props[] = {
	{"definition",
		"CASE WHEN t.typisdefined THEN concat_ws(E',\n    ',"
		" 'INTERNALLENGTH = ' || CASE WHEN t.typlen < 0 THEN 'VARIABLE' ELSE t.typlen::text END,"
		" 'INPUT = ' || t.typinput::regproc, 'OUTPUT = ' || t.typoutput::regproc,"
		" CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END,"
		" 'DEFAULT = ' || quote_literal(t.typdefault),"
		" CASE WHEN t.typelem <> 0 THEN 'ELEMENT = ' || format_type(t.typelem, NULL) END,"
		" CASE WHEN t.typcategory <> 'U'"
		" THEN 'CATEGORY = ' || quote_literal(t.typcategory::text) END,"
		" CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,"
		" CASE WHEN t.typdelim <> ',' THEN 'DELIMITER = ' || quote_literal(t.typdelim::text) END,"
		" 'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2'"
		" WHEN 'd' THEN 'double' ELSE 'int4' END,"
		" CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END) END",
		MAY_BE_NULL
	},
	{"receive", "nullif(t.typreceive::text, '-')", MAY_BE_NULL},
	{"send", "nullif(t.typsend::text, '-')", MAY_BE_NULL},
	{"typmod_in", "nullif(t.typmodin::text, '-')", MAY_BE_NULL},
	{"typmod_out", "nullif(t.typmodout::text, '-')", MAY_BE_NULL},
	{"analyze", "nullif(t.typanalyze::text, '-')", MAY_BE_NULL},
	{"subscript", "nullif(t.typsubscript::text, '-')", SINCE(140000), MAY_BE_NULL},
	{"storage",
		"CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e' THEN 'external' WHEN 'x' THEN 'extended'"
		" ELSE 'main' END", NOT_NULL
	},
	{NULL}
};

/* All properties after the first one can be set by ALTER TYPE, which calls them so. */
#define FIRST_SETTABLE 1

static char *
clause_word(const char *word)
{
	return asc_toupper(word, strlen(word));
}

void
type_create_shell(const SchemaObject *type, Writer *w)
{
	put(w, "CREATE TYPE %s", type->identity);
}

static void
create_base(const Change *change, Writer *w)
{
	StringInfoData buf;

	if (prop(change->new, "definition") == NULL)
	{
		type_create_shell(change->new, w);
		return;
	}
	initStringInfo(&buf);
	appendStringInfoString(&buf, prop(change->new, "definition"));
	for (const Property *row = &base_props[FIRST_SETTABLE]; row->name != NULL; row++)
		if (prop(change->new, row->name) != NULL)
			appendStringInfo(&buf, ",\n    %s = %s", clause_word(row->name),
							 prop(change->new, row->name));
	put(w, "CREATE TYPE %s (\n    %s\n)", change->new->identity, buf.data);
}

static void
drop_base(const Change *change, Writer *w)
{
	put(w, "DROP TYPE %s%s", change->old->identity,
		prop(change->old, "definition") ? " CASCADE" : "");
}

/*
 * Can ALTER TYPE change the storage?  Columns keep the old storage, and values that were stored
 * plain have no header.
 */
static bool
storage_allowed(const Change *change)
{
	ListCell   *lc;

	if (!prop_differs(change, "storage"))
		return true;
	foreach(lc, change->old->needed_by)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
			return false;
	}
	return !prop_is(change->old, "storage", "plain") && !prop_is(change->new, "storage", "plain");
}

static bool
alter_base(Change *change, Writer *w)
{
	StringInfoData buf;

	if (prop_differs(change, "definition") || prop(change->new, "definition") == NULL)
		return !prop_differs(change, "definition");
	if (!storage_allowed(change))
		return false;
	initStringInfo(&buf);
	for (const Property *row = &base_props[FIRST_SETTABLE]; row->name != NULL; row++)
		if (prop_differs(change, row->name))
			appendStringInfo(&buf, "%s%s = %s", buf.len > 0 ? ", " : "", clause_word(row->name),
							 prop(change->new, row->name) ? prop(change->new, row->name)
							 : "NONE");
	if (buf.len > 0)
		put(w, "ALTER TYPE %s SET (%s)", change->new->identity, buf.data);
	return true;
}

static List *
base_slots(const SchemaObject *type)
{
	return list_make1(psprintf("type %s", type->identity));
}

/* CASCADE drops the type's functions, which have other names by now. */
static void
drop_base_aside(const Change *change, Writer *w)
{
	put(w, "DROP TYPE %s.%s CASCADE", quote_identifier(change->old->schema),
		quote_identifier(type_aside_name(change->old, w)));
}

/* A function's name, or NULL. */
const Kind	kind_base_type = {
	.name = "base type",
	.source = {
		TYPE_SOURCE,
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace",
		.where = "(t.typtype = 'b' OR NOT t.typisdefined) AND NOT EXISTS (SELECT FROM pg_type e"
		" WHERE e.typarray = t.oid) AND " MANAGED,
	},
	.classid = TypeRelationId,
	.props = base_props,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_base,
	.drop = drop_base,
	.alter = alter_base,
	.slots = base_slots,
	.typtypes = "bpm",
	.names = NAME_OF_TYPE,
	.made_of_functions = true,
	.named_in_bodies = true,
	.used_aside = true,
	.stub = type_create_shell,
	.put_aside = type_put_aside,
	.drop_aside = drop_base_aside,
};
