/*
 * kind_routine.c
 *		Functions, procedures and window functions.
 *
 * CREATE OR REPLACE changes all but the interface: the result, names that
 * arguments have, defaults that are taken away or get another type.
 */
#include "postgres.h"

#include "compat.h"
#include "diff/shape.h"
#include "kinds/kinds.h"

#include "catalog/pg_proc.h"
#include "funcapi.h"
#include "nodes/parsenodes.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

static const char *const function_props[] = {
	"definition", "_kind", "_result", "_names", "_types", "_ndefaults", "_any_defaults", "_is_parsed", "_shape",
	NULL
};
static const char *const function_nullable[] = {
	"_result", "_names", "_types", "_any_defaults", "_is_parsed", "_shape", NULL
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
		if (prop_differs(change, "_kind") || prop_differs(change, "_result") || prop_differs(change, "_types") ||
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

/* Has it arguments with names, and one that goes in and has none? */
static bool
lacks_names(HeapTuple tuple)
{
	bool		isnull;
	Datum		names = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargnames, &isnull);
	Datum		modes;
	char	  **input;
	int			n;

	if (isnull)
		return false;
	modes = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proargmodes, &isnull);
	n = get_func_input_arg_names(names, isnull ? PointerGetDatum(NULL) : modes, &input);
	for (int i = 0; i < n; i++)
		if (input[i] == NULL || input[i][0] == '\0')
			return true;
	return false;
}

/* A body that has been parsed, with the numbers of the arguments for their names. */
static char *
print_numbered(const char *tree)
{
	Node	   *node = stringToNode(unconstify(char *, tree));
	StringInfoData buf;
	ListCell   *lc;

	if (!IsA(node, List))
		return compat_print_query(castNode(Query, node));
	initStringInfo(&buf);
	appendStringInfoString(&buf, "BEGIN ATOMIC\n");
	foreach(lc, linitial_node(List, castNode(List, node)))
	{
		AcquireRewriteLocks(lfirst_node(Query, lc), false, false);
		appendStringInfo(&buf, " %s;\n", compat_print_query(lfirst_node(Query, lc)));
	}
	appendStringInfoString(&buf, "END");
	return buf.data;
}

/*
 * In a body that has been parsed the server calls an argument by its name, and one that has none
 * "", which nobody can read again.
 */
static void
number_arguments(SchemaObject *function, HeapTuple tuple)
{
	bool		isnull;
	Datum		tree = SysCacheGetAttr(PROCOID, tuple, COMPAT_PROC_BODY, &isnull);
	const char *definition = prop(function, "definition");
	const char *printed;
	const char *numbered;
	int			head;

	if (isnull || !lacks_names(tuple))
		return;
	printed = compat_print_body(function->objid);
	numbered = printed != NULL ? print_numbered(TextDatumGetCString(tree)) : NULL;
	if (numbered == NULL)
		return;
	head = strlen(definition) - strlen("\n") - strlen(printed);
	if (head > 0 && strncmp(definition + head, printed, strlen(printed)) == 0)
		set_prop(function, "definition", psprintf("%.*s%s\n", head, definition, numbered));
}

static void
read_function(SchemaObject *function)
{
	HeapTuple	tuple;

	if (prop(function, "_is_parsed") != NULL && prop_is(function, "_is_parsed", "true") &&
		HeapTupleIsValid(tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function->objid))))
	{
		number_arguments(function, tuple);
		ReleaseSysCache(tuple);
	}
	set_prop(function, "_shape", shape_of_function(function->objid));
}

static const char *const function_sql[] = {"definition", "", NULL};

const Kind	kind_function = {
	.name = "function",
	.query = "SELECT p.oid, 0, " NO_PARENT ", n.nspname::text, p.proname::text,"
	" " QUALIFIED("n.nspname", "p.proname") " || '(' || oidvectortypes(p.proargtypes) || ')', "
	OWNER("p.proowner") ", " ACL("p.proacl", "f", "p.proowner") ","
	" pg_get_functiondef(p.oid), p.prokind::text, pg_get_function_result(p.oid),"
	" CASE WHEN p.proargmodes IS NULL THEN array_to_string(p.proargnames, E'\\001') ELSE p.proargnames::text END,"
	" p.proallargtypes::regtype[]::text || p.proargmodes::text, p.pronargdefaults::text,"
	/* of arguments whose type is that of the default */
	" CASE WHEN p.pronargdefaults > 0 AND EXISTS (SELECT FROM pg_type t WHERE t.oid = ANY (p.proargtypes) AND t.typtype = 'p')"
	"  THEN pg_get_expr(p.proargdefaults, 0) END, " COMPAT_IS_PARSED ", NULL::text"
	" FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE p.prokind IN ('f', 'p', 'w') AND " MANAGED
	/* those of a range type come with it */
	" AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')",
	.classid = ProcedureRelationId,
	.props = function_props,
	.nullable = function_nullable,
	.keyword = "FUNCTION",
	.keyword_of = routine_keyword,
	.acl_type = 'f',
	.create = create_function,
	.drop = drop_object,
	.alter = alter_function,
	.slots = function_slots,
	.sql = function_sql,
	.read = read_function,
};
