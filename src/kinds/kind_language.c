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

/* -------------------------------------------------------------------- languages */

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

static const Property language_props[] = {
	{"trusted", "l.lanpltrusted::text", NOT_NULL},
	{"definition",
		"concat_ws(' ', 'HANDLER ' || " FUNCTION_NAME("l.lanplcallfoid") ", 'INLINE ' || "
		FUNCTION_NAME("l.laninline") ", 'VALIDATOR ' || " FUNCTION_NAME("l.lanvalidator") ")",
		NOT_NULL
	},
	{NULL}
};

const Kind	kind_language = {
	.name = "language",
	.source = {
		.oid = "l.oid",
		.name = "l.lanname::text",
		.identity = "quote_ident(l.lanname)",
		.owner = OWNER("l.lanowner"),
		.acl = ACL("l.lanacl", "l", "l.lanowner"),
		.from = "pg_language l",
		.where = "$2 AND l.lanispl AND l.oid >= 16384",
	},
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

static const Property transform_props[] = {
	{"definition",
		"concat_ws(', ', " WITH_FUNCTION("FROM SQL", "t.trffromsql") ", "
		WITH_FUNCTION("TO SQL", "t.trftosql") ")", NOT_NULL
	},
	{NULL}
};

const Kind	kind_transform = {
	.name = "transform",
	.source = {
		.oid = "t.oid",
		.identity = "'FOR ' || format_type(t.trftype, NULL) || ' LANGUAGE '"
		" || quote_ident(l.lanname)",
		.from = "pg_transform t JOIN pg_language l ON l.oid = t.trflang",
		.where = "$2",
	},
	.classid = TransformRelationId,
	.props = transform_props,
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

static const Property access_method_props[] = {
	{"definition",
		"'TYPE ' || CASE a.amtype WHEN 't' THEN 'TABLE' ELSE 'INDEX' END || ' HANDLER ' || "
		FUNCTION_NAME("a.amhandler"), NOT_NULL
	},
	{NULL}
};

const Kind	kind_access_method = {
	.name = "access method",
	.source = {
		.oid = "a.oid",
		.name = "a.amname::text",
		.identity = "quote_ident(a.amname)",
		.from = "pg_am a",
		.where = "$2 AND a.oid >= 16384",
	},
	.classid = AccessMethodRelationId,
	.props = access_method_props,
	.keyword = "ACCESS METHOD",
	.create = create_access_method,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};
