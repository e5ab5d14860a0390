/*
 * routines.c
 *		What becomes of the bodies of functions?
 *
 * The server knows of a body in text only that it was valid once.  It is read again as the
 * validator of its language reads it, which runs nothing.  Bodies that are stored as trees (BEGIN
 * ATOMIC) need no look: the server lets nobody take away what they need.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "review/analyse.h"
#include "review/routines.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/pg_language.h"
#include "catalog/indexing.h"
#include "catalog/pg_proc.h"
#include "commands/proclang.h"
#include "executor/functions.h"
#include "miscadmin.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "rewrite/rewriteHandler.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

List *
routine_add_error(List *errors, MemoryContext context, const char *part, int line, int sqlstate,
				  const char *error)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	BodyError  *result = palloc(sizeof(BodyError));

	result->part = pstrdup(part);
	result->sqlstate = sqlstate;
	result->error = line > 0 ? psprintf("line %d: %s", line, error) : pstrdup(error);
	errors = lappend(errors, result);
	MemoryContextSwitchTo(old);
	return errors;
}

/* -------------------------------------------------------------------- the list */

static const char *
own_search_path(HeapTuple tuple)
{
	bool		isnull;
	Datum		config = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proconfig, &isnull);
	char	  **settings;
	int			n;

	if (isnull)
		return NULL;
	store_array_texts(config, &settings, &n);
	for (int i = 0; i < n; i++)
		if (strncmp(settings[i], "search_path=", strlen("search_path=")) == 0)
			return settings[i] + strlen("search_path=");
	return NULL;
}

static bool
has_text_body(const Shadow *shadow, HeapTuple tuple)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	const char *schema;

	if (form->prolang != SQLlanguageId && form->prolang != get_language_oid("plpgsql", true))
		return false;
	schema = get_namespace_name(form->pronamespace);
	if (schema == NULL || !shadow_has_schema(shadow, schema) ||
		OidIsValid(getExtensionOfObject(ProcedureRelationId, form->oid)))
		return false;
	return compat_body_tree(tuple) == NULL;
}

List *
routines_of(const Shadow *shadow)
{
	Relation	rel = table_open(ProcedureRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, ProcedureOidIndexId, true, NULL, 0, NULL);
	List	   *routines = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
		Routine    *routine;
		char	   *types;

		CHECK_FOR_INTERRUPTS();
		if (form->oid < FirstNormalObjectId || !has_text_body(shadow, tuple))
			continue;
		routine = palloc0(sizeof(Routine));
		routine->oid = form->oid;
		types = TextDatumGetCString(DirectFunctionCall1(oidvectortypes,
														PointerGetDatum(&form->proargtypes)));
		routine->name = psprintf("%s %s(%s)",
								 form->prokind == PROKIND_PROCEDURE ? "procedure" : "function",
								 quote_qualified_identifier(get_namespace_name(form->pronamespace),
															NameStr(form->proname)),
								 types);
		routine->search_path = own_search_path(tuple);
		routines = lappend(routines, routine);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return routines;
}

/* ------------------------------------------------------------------------- SQL */

typedef struct BodyLook
{
	const Shadow *shadow;
	const Routine *routine;
	MemoryContext context;
	BodyAnalysis *body;
} BodyLook;

/* The rows that its statements insert. */
static void
look_at_rows(BodyLook *look, HeapTuple tuple, List *trees)
{
	SQLFunctionParseInfoPtr info = prepare_sql_fn_parse_info(tuple, NULL, InvalidOid);
	ListCell   *lc;

	foreach(lc, trees)
	{
		ParseState *pstate = make_parsestate(NULL);
		Analysis	analysis = {.context = look->context,.usage = look->body->usage};
		Query	   *query;

		sql_fn_parser_setup(pstate, info);
		query = transformTopLevelStmt(pstate, copyObject(lfirst_node(RawStmt, lc)));
		free_parsestate(pstate);
		if (query->commandType == CMD_UTILITY)
			continue;
		analyse_rewritten(QueryRewrite(query), false, &analysis);
		if (analysis.fails != NULL)
			look->body->failures = routine_add_error(look->body->failures, look->context, "", 0,
													 analysis.fails_sqlstate, analysis.fails);
	}
}

static void
analyse_sql(BodyLook *look, HeapTuple tuple)
{
	bool		isnull;
	char	   *source =
	TextDatumGetCString(SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull));
	ErrorData  *error;
	List	   *trees = analyse_parse(source, &error);
	ListCell   *lc;

	if (error != NULL)
		ReThrowError(error);
	foreach(lc, trees)
	{
		RawStmt    *raw = lfirst_node(RawStmt, lc);
		RawStmt    *copy = copyObject(raw);

		/* the validator reads the text itself */
		analyse_keep_off(look->shadow, copy->stmt);
		if (!equal(copy, raw))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("it locks rows of what is not managed")));
	}
	(void) OidFunctionCall1(F_FMGR_SQL_VALIDATOR, ObjectIdGetDatum(look->routine->oid));
	look_at_rows(look, tuple, trees);
}

/* -------------------------------------------------------------------- analysing */

static void
analyse_body(void *arg)
{
	BodyLook   *look = arg;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(look->routine->oid));
	bool		is_sql;

	if (!HeapTupleIsValid(tuple))
	{
		look->body->is_gone = true;
		return;
	}
	is_sql = ((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId;
	if (is_sql)
		analyse_sql(look, tuple);
	ReleaseSysCache(tuple);
	if (!is_sql)
		routine_analyse_plpgsql(look->shadow, look->routine->oid, look->context, look->body);
}

BodyAnalysis *
routine_analyse(const Shadow *shadow, const Routine *routine, Usage *usage)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_routine = AllocSetContextCreate(caller, "migrate_ext analysed routine",
													  ALLOCSET_DEFAULT_SIZES);
	BodyLook	look = {.shadow = shadow,.routine = routine,.context = caller};
	ErrorContextCallback *callers = error_context_stack;
	ErrorData  *error;

	look.body = palloc0(sizeof(BodyAnalysis));
	look.body->usage = usage;
	MemoryContextSwitchTo(per_routine);
	error_context_stack = NULL;
	error = analyse_undone(analyse_body, &look);
	error_context_stack = callers;
	MemoryContextSwitchTo(caller);
	analyse_rethrow_end(error);
	if (error != NULL)
		look.body->errors = routine_add_error(look.body->errors, caller, "", 0, error->sqlerrcode,
											  error->message);
	MemoryContextDelete(per_routine);
	return look.body;
}
