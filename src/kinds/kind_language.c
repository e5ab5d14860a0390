/*
 * kind_language.c
 *		Procedural languages, transforms for them, and access methods: what code in
 *		C brings without an extension.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_am.h"
#include "catalog/pg_language.h"
#include "catalog/pg_transform.h"

static const Property definition_props[] = {
	{"definition", NOT_NULL},
	{NULL}
};

/* -------------------------------------------------------------------- languages */

static const Property language_props[] = {
	{"trusted", NOT_NULL},
	{"definition", NOT_NULL},
	{NULL}
};

static void
create_language(const Change *change, Writer *w)
{
	put(w, "CREATE %s%sLANGUAGE %s %s", change->fate == FATE_ALTER ? "OR REPLACE " : "",
		prop_true(change->new, "trusted") ? "TRUSTED "
		: "", change->new->identity, prop(change->new, "definition"));
}

static bool
alter_language(Change *change, Writer *w)
{
	if (prop_differs(change, "trusted") || prop_differs(change, "definition"))
	{
		change->fate = FATE_ALTER;
		create_language(change, w);
	}
	return true;
}

const Kind	kind_language = {
	.name = "language",
	.query = "SELECT l.oid, 0, " NO_PARENT ", NULL::text, l.lanname::text, quote_ident(l.lanname), "
	OWNER("l.lanowner") ", "
	ACL("l.lanacl", "l", "l.lanowner") ", l.lanpltrusted::text, concat_ws(' ', 'HANDLER ' || "
	FUNCTION_NAME("l.lanplcallfoid") ","
	" 'INLINE ' || " FUNCTION_NAME("l.laninline") ", 'VALIDATOR ' || "
	FUNCTION_NAME("l.lanvalidator") ")"
	" FROM pg_language l WHERE $2 AND l.lanispl AND l.oid >= 16384",
	.classid = LanguageRelationId,
	.props = language_props,
	.keyword = "LANGUAGE",
	.acl_type = 'l',
	.create = create_language,
	.drop = drop_object,
	.alter = alter_language,
	.slots = object_slots,
};

/* ------------------------------------------------------------------- transforms */

static void
create_transform(const Change *change, Writer *w)
{
	put(w, "CREATE %sTRANSFORM %s (%s)", change->fate == FATE_ALTER ? "OR REPLACE " : "",
		change->new->identity,
		prop(change->new, "definition"));
}

static bool
alter_transform(Change *change, Writer *w)
{
	if (prop_differs(change, "definition"))
	{
		change->fate = FATE_ALTER;
		create_transform(change, w);
	}
	return true;
}

#define WITH_FUNCTION(words, oid) "'" words " WITH FUNCTION ' || " FUNCTION_NAME(oid) \
	" || (SELECT '(' || oidvectortypes(p.proargtypes) || ')' FROM pg_proc p WHERE p.oid = " oid ")"

const Kind	kind_transform = {
	.name = "transform",
	.query = "SELECT t.oid, 0, " NO_PARENT ", NULL::text, NULL::text,"
	" 'FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE ' || quote_ident(l.lanname), "
	NO_OWNER ", concat_ws(', ', "
	WITH_FUNCTION("FROM SQL", "t.trffromsql") ", " WITH_FUNCTION("TO SQL", "t.trftosql") ")"
	" FROM pg_transform t JOIN pg_language l ON l.oid = t.trflang WHERE $2",
	.classid = TransformRelationId,
	.props = definition_props,
	.keyword = "TRANSFORM",
	.create = create_transform,
	.drop = drop_object,
	.alter = alter_transform,
	.slots = object_slots,
};

/* --------------------------------------------------------------- access methods */

static void
create_access_method(const Change *change, Writer *w)
{
	put(w, "CREATE ACCESS METHOD %s %s", change->new->identity, prop(change->new, "definition"));
}

const Kind	kind_access_method = {
	.name = "access method",
	.query = "SELECT a.oid, 0, " NO_PARENT ", NULL::text, a.amname::text, quote_ident(a.amname), "
	NO_OWNER ","
	" 'TYPE ' || CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END || ' HANDLER ' || "
	FUNCTION_NAME("a.amhandler")
	" FROM pg_am a WHERE $2 AND a.oid >= 16384",
	.classid = AccessMethodRelationId,
	.props = definition_props,
	.keyword = "ACCESS METHOD",
	.create = create_access_method,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};
