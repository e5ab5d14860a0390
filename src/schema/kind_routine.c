/*
 * kind_routine.c
 *		Functions, procedures and window functions.
 *
 * CREATE OR REPLACE changes all but the interface: the result, the names of
 * the arguments, defaults that are taken away.
 */
#include "postgres.h"

#include "schema/kinds.h"

#include "catalog/pg_proc.h"
#include "utils/builtins.h"

static const char *const function_props[] = {
	"definition", "_kind", "_result", "_names", "_types", "_ndefaults", NULL
};

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

static void
drop_function(const Change *change, Writer *w)
{
	put(w, "DROP %s %s", routine_keyword(change->old), change->old->identity);
}

static bool
alter_function(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;

	if (prop_differs(change, "definition"))
	{
		if (prop_differs(change, "_kind") || prop_differs(change, "_result") || prop_differs(change, "_types") ||
			(prop(old, "_names") != NULL && prop_differs(change, "_names")) ||
			pg_strtoint32(prop(new, "_ndefaults")) < atoi(prop(old, "_ndefaults")))
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

const Kind	kind_function = {
	.name = "function",
	.query = "SELECT p.oid, 0, " NO_PARENT ", n.nspname::text, p.proname::text,"
	" " QUALIFIED("n.nspname", "p.proname") " || '(' || oidvectortypes(p.proargtypes) || ')', "
	OWNER("p.proowner") ", " ACL("p.proacl", "f", "p.proowner") ","
	" pg_get_functiondef(p.oid), p.prokind::text, pg_get_function_result(p.oid), p.proargnames::text,"
	" p.proallargtypes::regtype[]::text || p.proargmodes::text, p.pronargdefaults::text"
	" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p', 'w') AND " MANAGED
	/* those of a range type come with it */
	" AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')",
	.classid = ProcedureRelationId,
	.props = function_props,
	.keyword = "FUNCTION",
	.keyword_of = routine_keyword,
	.acl_type = 'f',
	.create = create_function,
	.drop = drop_function,
	.alter = alter_function,
	.slots = function_slots,
};
