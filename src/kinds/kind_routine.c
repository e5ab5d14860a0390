/*
 * kind_routine.c
 *		Functions, procedures and window functions.
 *
 * CREATE OR REPLACE changes all but the interface: the result, names that
 * arguments have, defaults that are taken away or get another type.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/kinds.h"

#include "catalog/pg_proc.h"
#include "utils/builtins.h"

static const char *
routine_keyword(const SchemaObject *function)
{
	return prop_is(function, "_kind", "p") ? "PROCEDURE" : "FUNCTION";
}

static void
create_function(const Change *change, Writer *w)
{
	const char *definition = prop(change->new, "definition");
	int			len = strlen(definition);

	while (len > 0 && definition[len - 1] == '\n')
		len--;
	put(w, "%.*s", len, definition);
}

/* Arguments without a name can be given one; old is a list with \001 between them. */
static bool
names_allowed(const char *old, const char *new)
{
	if (old == NULL || !texts_differ(old, new))
		return true;
	while (new != NULL)
	{
		size_t		len = strcspn(old, "\001");
		size_t		new_len = strcspn(new, "\001");

		if (len > 0 && (len != new_len || strncmp(old, new, len) != 0))
			return false;
		if (old[len] == '\0' || new[new_len] == '\0')
			return old[len] == new[new_len];
		old += len + 1;
		new += new_len + 1;
	}
	return false;
}

static bool
alter_function(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;

	if (prop_differs(change, "definition"))
	{
		if (prop_differs(change, "_kind") || prop_differs(change, "_result") ||
			prop_differs(change, "_types") ||
			!names_allowed(prop(old, "_names"), prop(new, "_names")) ||
			(prop(old, "_any_defaults") != NULL && prop_differs(change, "_any_defaults")) ||
			pg_strtoint32(prop(new, "_ndefaults")) < pg_strtoint32(prop(old, "_ndefaults")))
			return false;
		create_function(change, w);
	}
	return true;
}

static List *
function_slots(const SchemaObject *function)
{
	return list_make1(psprintf("proc %s", function->identity));
}

static void
read_function(SchemaObject *function)
{
	char	   *numbered = prop_is(function, "_is_parsed", "true")
	? asked_numbered_definition(function->objid, prop(function, "definition")) : NULL;

	if (numbered != NULL)
		set_prop(function, "definition", numbered);
	set_prop(function, "_shape", asked_shape_of_function(function->objid));
}

static const Property function_props[] = {
	{"definition", "pg_get_functiondef(p.oid)", NOT_NULL, SQL_AFTER("")},
	{"_kind", "p.prokind::text", NOT_NULL},
	{"_result", "pg_get_function_result(p.oid)", MAY_BE_NULL},
	{"_names",
		"CASE WHEN p.proargmodes IS NULL THEN array_to_string(p.proargnames, E'\\001')"
		" ELSE p.proargnames::text END", MAY_BE_NULL
	},
	{"_types", "p.proallargtypes::regtype[]::text || p.proargmodes::text", MAY_BE_NULL},
	{"_ndefaults", "p.pronargdefaults::text", NOT_NULL},
	/* of arguments whose type is that of the default */
	{"_any_defaults",
		"CASE WHEN p.pronargdefaults > 0 AND EXISTS (SELECT FROM pg_type t"
		" WHERE t.oid = ANY (p.proargtypes) AND t.typtype = 'p')"
		" THEN pg_get_expr(p.proargdefaults, 0) END", MAY_BE_NULL
	},
	{"_is_parsed", "(p.prosqlbody IS NOT NULL)::text", SINCE(140000), MAY_BE_NULL},
	{"_shape", SET_BY_READ},
	{NULL}
};

const Kind	kind_function = {
	.name = "function",
	.source = {
		.oid = "p.oid",
		.schema = "n.nspname::text",
		.name = "p.proname::text",
		.identity = QUALIFIED("n.nspname", "p.proname") " || '(' || oidvectortypes(p.proargtypes)"
		" || ')'",
		.owner = OWNER("p.proowner"),
		.acl = ACL("p.proacl", "f", "p.proowner"),
		.from = "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace",
		/* those of a range type come with it */
		.where = "p.prokind IN ('f', 'p', 'w') AND " MANAGED
		" AND NOT EXISTS (SELECT FROM pg_depend d"
		" WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')",
	},
	.classid = ProcedureRelationId,
	.props = function_props,
	.keyword = "FUNCTION",
	.keyword_of = routine_keyword,
	.acl_type = 'f',
	.create = create_function,
	.drop = drop_object,
	.alter = alter_function,
	.slots = function_slots,
	.read = read_function,
	.is_routine = true,
	.has_body = true,
	.named_in_bodies = true,
	.breaks_by_retype = object_always_breaks,
	.renamed_as = RENAMED_ROUTINE,
};
