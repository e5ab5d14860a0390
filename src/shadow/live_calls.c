/*
 * live_calls.c
 *		What functions that a model calls are about to say of tables that are not its own.
 *
 * The server locks the table of an INSERT when it reads the statement, before any hook
 * of a query is asked (see live.c).  PL/pgSQL tells of each statement that is about to
 * run; the text of EXECUTE is found beforehand where that changes nothing.  A body in
 * SQL is looked at when its function is called.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_language.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "plpgsql.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/syscache.h"

static PLpgSQL_plugin watcher;
static PLpgSQL_plugin *next = NULL; /* while ours is in its place */
static bool watches = false;

/* --------------------------------------------------------------------- EXECUTE */

/*
 * What the server brings along does what it says of itself; what others have made may write, or
 * tell something.
 */
static bool
is_harmless(Form_pg_proc function)
{
	return function->oid < FirstNormalObjectId && function->provolatile != PROVOLATILE_VOLATILE;
}

static bool
function_has_effect(Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	bool		result = true;

	if (HeapTupleIsValid(tuple))
	{
		result = !is_harmless((Form_pg_proc) GETSTRUCT(tuple));
		ReleaseSysCache(tuple);
	}
	return result;
}

/* Those of the name, whatever their arguments. */
static bool
call_has_effect(const char *name)
{
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(name));
	bool		found = false;

	for (int i = 0; i < list->n_members; i++)
		found |= !is_harmless((Form_pg_proc) GETSTRUCT(&list->members[i]->tuple));
	ReleaseSysCacheList(list);
	return found;
}

static bool
operator_has_effect(const char *name)
{
	CatCList   *list = SearchSysCacheList1(OPERNAMENSP, CStringGetDatum(name));
	bool		found = false;

	for (int i = 0; i < list->n_members; i++)
	{
		Oid			function = ((Form_pg_operator) GETSTRUCT(&list->members[i]->tuple))->oprcode;

		found |= OidIsValid(function) && function_has_effect(function);
	}
	ReleaseSysCacheList(list);
	return found;
}

/* A cast to a domain checks it. */
static bool
cast_has_effect(const TypeName *type)
{
	Oid			oid = LookupTypeNameOid(NULL, type, true);

	return !OidIsValid(oid) || oid >= FirstNormalObjectId;
}

/* Would it matter if the expression were evaluated twice? */
static bool
has_effect(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_SubLink:
			return true;
		case T_FuncCall:
			if (call_has_effect(strVal(llast(castNode(FuncCall, node)->funcname))))
				return true;
			break;
		case T_A_Expr:
			if (operator_has_effect(strVal(llast(castNode(A_Expr, node)->name))))
				return true;
			break;
		case T_TypeCast:
			if (cast_has_effect(castNode(TypeCast, node)->typeName))
				return true;
			break;
		default:
			break;
	}
	return raw_expression_tree_walker(node, has_effect, context);
}

/* What an expression comes to, or NULL: nothing, or nobody may ask. */
static char *
evaluate(PLpgSQL_execstate *estate, PLpgSQL_expr *expr)
{
	char		name[] = "query";
	PLpgSQL_type type =
	{.typoid = TEXTOID,.ttype = PLPGSQL_TTYPE_SCALAR,.typlen = -1,.typtype = TYPTYPE_BASE,
	.collation = DEFAULT_COLLATION_OID,.atttypmod = -1};
	PLpgSQL_var var =
	{.dtype = PLPGSQL_DTYPE_VAR,.dno = estate->ndatums,.refname = name,
	.datatype = &type,.isnull = true};
	List	   *parsed = live_parse(psprintf("%s%s", COMPAT_PLPGSQL_SELECT, expr->query));
	char	   *result;

	if (list_length(parsed) != 1 || !IsA(linitial_node(RawStmt, parsed)->stmt, SelectStmt) ||
		has_effect(linitial_node(RawStmt, parsed)->stmt, NULL))
		return NULL;
	watcher.assign_expr(estate, (PLpgSQL_datum *) &var, expr);
	if (var.isnull)
		return NULL;
	result = TextDatumGetCString(var.value);
	if (var.freeval)
		pfree(DatumGetPointer(var.value));
	return result;
}

/* ------------------------------------------------------------------- statements */

/* One that was read before was not refused then. */
static void
check_static(const Shadow *shadow, const PLpgSQL_expr *expr)
{
	if (expr != NULL && expr->plan == NULL)
		live_refuse_text(shadow, expr->query);
}

static void
check_dynamic(const Shadow *shadow, PLpgSQL_execstate *estate, PLpgSQL_expr *expr)
{
	char	   *text = expr != NULL ? evaluate(estate, expr) : NULL;

	if (text != NULL)
		live_refuse_text(shadow, text);
}

static const PLpgSQL_expr *
cursor_query(const PLpgSQL_execstate *estate, int variable)
{
	return ((PLpgSQL_var *) estate->datums[variable])->cursor_explicit_expr;
}

static void
before_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	const Shadow *shadow = shadow_execute_current();

	if (next != NULL && next->stmt_beg != NULL)
		next->stmt_beg(estate, stmt);
	if (shadow == NULL || creating_extension)
		return;
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_EXECSQL:
			check_static(shadow, ((PLpgSQL_stmt_execsql *) stmt)->sqlstmt);
			break;
		case PLPGSQL_STMT_PERFORM:
			check_static(shadow, ((PLpgSQL_stmt_perform *) stmt)->expr);
			break;
		case PLPGSQL_STMT_FORS:
			check_static(shadow, ((PLpgSQL_stmt_fors *) stmt)->query);
			break;
		case PLPGSQL_STMT_FORC:
			check_static(shadow, cursor_query(estate, ((PLpgSQL_stmt_forc *) stmt)->curvar));
			break;
		case PLPGSQL_STMT_RETURN_QUERY:
			check_static(shadow, ((PLpgSQL_stmt_return_query *) stmt)->query);
			check_dynamic(shadow, estate, ((PLpgSQL_stmt_return_query *) stmt)->dynquery);
			break;
		case PLPGSQL_STMT_OPEN:
			check_static(shadow, ((PLpgSQL_stmt_open *) stmt)->query);
			check_static(shadow, cursor_query(estate, ((PLpgSQL_stmt_open *) stmt)->curvar));
			check_dynamic(shadow, estate, ((PLpgSQL_stmt_open *) stmt)->dynquery);
			break;
		case PLPGSQL_STMT_DYNEXECUTE:
			check_dynamic(shadow, estate, ((PLpgSQL_stmt_dynexecute *) stmt)->query);
			break;
		case PLPGSQL_STMT_DYNFORS:
			check_dynamic(shadow, estate, ((PLpgSQL_stmt_dynfors *) stmt)->query);
			break;
		default:
			break;
	}
}

/* ----------------------------------------------------------------- another plugin */

static void
set_up(PLpgSQL_execstate *estate, PLpgSQL_function *function)
{
	if (next == NULL)
		return;
	next->error_callback = watcher.error_callback;
	next->assign_expr = watcher.assign_expr;
	compat_plpgsql_give(next, watcher);
	if (next->func_setup != NULL)
		next->func_setup(estate, function);
}

static void
before_function(PLpgSQL_execstate *estate, PLpgSQL_function *function)
{
	if (next != NULL && next->func_beg != NULL)
		next->func_beg(estate, function);
}

static void
after_function(PLpgSQL_execstate *estate, PLpgSQL_function *function)
{
	if (next != NULL && next->func_end != NULL)
		next->func_end(estate, function);
}

static void
after_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	if (next != NULL && next->stmt_end != NULL)
		next->stmt_end(estate, stmt);
}

void
live_watch(bool on)
{
	PLpgSQL_plugin **plugin = (PLpgSQL_plugin **) find_rendezvous_variable("PLpgSQL_plugin");

	if (on == watches)
		return;
	watches = on;
	if (on)
	{
		next = *plugin;
		watcher.func_setup = set_up;
		watcher.func_beg = before_function;
		watcher.func_end = after_function;
		watcher.stmt_beg = before_statement;
		watcher.stmt_end = after_statement;
		*plugin = &watcher;
	}
	else
		*plugin = next;
}

/* ---------------------------------------------------------------------- bodies */

void
live_refuse_call(Oid function)
{
	Shadow	   *shadow = shadow_execute_current();
	HeapTuple	tuple;
	Datum		body;
	bool		isnull;
	MemoryContext old;

	if (function < FirstNormalObjectId || shadow == NULL || !shadow_execute_is_model() ||
		creating_extension ||
		list_member_oid(shadow->called, function))
		return;
	old = MemoryContextSwitchTo(shadow->context);
	shadow->called = lappend_oid(shadow->called, function);
	MemoryContextSwitchTo(old);
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return;
	body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
	if (!isnull && ((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId)
		live_refuse_text(shadow, TextDatumGetCString(body));
	ReleaseSysCache(tuple);
}
