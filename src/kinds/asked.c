/*
 * asked.c
 *		The questions that kinds and the comparison ask the running server.
 *
 * No other file of kinds and diff reads system caches or calls the planner, as "make lint"
 * checks.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

/* ------------------------------------------------------------------ relations */

bool
asked_has_relation(const char *schema, const char *name)
{
	return OidIsValid(get_relname_relid(name, get_namespace_oid(schema, true)));
}

/* From this size on messages say how large a table is: 1 MB. */
#define LARGE_PAGES (1024 * 1024 / BLCKSZ)

char *
asked_table_size(const char *table)
{
	List	   *names;
	Oid			oid = InvalidOid;
	HeapTuple	tuple;
	Form_pg_class form;
	int64		distributed;
	char	   *size;

	if (SplitIdentifierString(pstrdup(table), '.', &names) && list_length(names) == 2)
		oid = RangeVarGetRelid(makeRangeVar(linitial(names), lsecond(names), -1), NoLock, true);
	tuple = OidIsValid(oid) ? SearchSysCache1(RELOID, ObjectIdGetDatum(oid)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return "";
	form = (Form_pg_class) GETSTRUCT(tuple);
	/* what Citus distributes is on other nodes */
	distributed = store_distributed_size(oid);
	if (distributed >= 0)
		size = distributed < 1024 * 1024 ? "" :
			psprintf(" (" INT64_FORMAT " MB, distributed)", distributed / (1024 * 1024));
	else
		size = form->relpages < LARGE_PAGES ? "" :
			psprintf(" (about %.0f rows, " INT64_FORMAT " MB)", form->reltuples,
					 (int64) form->relpages * BLCKSZ / (1024 * 1024));
	ReleaseSysCache(tuple);
	return size;
}

/* ---------------------------------------------------------------------- casts */

bool
asked_casts(Oid from, Oid to, CoercionContext context)
{
	Oid			func;

	return find_coercion_pathway(to, from, context, &func) != COERCION_PATH_NONE;
}

static Node *
cast_to(Node *value, Oid type, int32 typmod)
{
	return value == NULL ? NULL : coerce_to_target_type(NULL, value, exprType(value), type, typmod,
														COERCION_EXPLICIT, COERCE_IMPLICIT_CAST,
														-1);
}

/*
 * As ALTER TABLE finds out (ATPrepAlterColumnType and ATColumnChangeRequiresRewrite in
 * tablecmds.c).
 */
bool
asked_conversion_rewrites(Node *conversion, AttrNumber column)
{
	conversion = (Node *) expression_planner((Expr *) conversion);
	for (;;)
	{
		if (IsA(conversion, RelabelType))
			conversion = (Node *) ((RelabelType *) conversion)->arg;
		else if (IsA(conversion, FuncExpr) && !TimestampTimestampTzRequiresRewrite() &&
				 (((FuncExpr *) conversion)->funcid == F_TIMESTAMPTZ_TIMESTAMP ||
				  ((FuncExpr *) conversion)->funcid == F_TIMESTAMP_TIMESTAMPTZ))
			conversion = linitial(((FuncExpr *) conversion)->args);
		else
			return !IsA(conversion, Var) || ((Var *) conversion)->varattno != column;
	}
}

bool
asked_cast_rewrites(Oid from, int32 from_typmod, Oid to, int32 to_typmod, bool by_text)
{
	Node	   *cast;

	cast = (Node *) makeVar(1, 1, from, from_typmod, get_typcollation(from), 0);
	if (by_text)
		cast = cast_to(cast, TEXTOID, -1);
	cast = cast_to(cast, to, to_typmod);
	return cast == NULL || asked_conversion_rewrites(cast, 1);
}

bool
asked_is_volatile(const char *tree)
{
	return contain_volatile_functions(stringToNode(tree));
}

/* ------------------------------------------------------------------ functions */

/* Does the function have arguments with names, and also an input argument without one? */
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

/* The parsed body, printed with numbers in place of the names of arguments. */
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
 * The server prints arguments in a parsed body by their names.  It prints an argument without a
 * name as "", which it cannot read again.
 */
static char *
numbered(Oid function, const char *definition, HeapTuple tuple)
{
	const		text *tree = compat_body_tree(tuple);
	const char *printed;
	const char *body;
	int			head;

	if (tree == NULL || !lacks_names(tuple))
		return NULL;
	printed = compat_print_body(function);
	body = printed != NULL ? print_numbered(text_to_cstring(tree)) : NULL;
	if (body == NULL)
		return NULL;
	head = strlen(definition) - strlen("\n") - strlen(printed);
	if (head > 0 && strncmp(definition + head, printed, strlen(printed)) == 0)
		return psprintf("%.*s%s\n", head, definition, body);
	return NULL;
}

char *
asked_numbered_definition(Oid function, const char *definition)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	char	   *result = NULL;

	if (HeapTupleIsValid(tuple))
	{
		result = numbered(function, definition, tuple);
		ReleaseSysCache(tuple);
	}
	return result;
}

/* --------------------------------------------------------------------- shapes */

static char
letter_of(Oid type)
{
	switch (type)
	{
		case ANYARRAYOID:
		case ANYCOMPATIBLEARRAYOID:
			return SHAPE_ARRAY;
		case ANYOID:
		case ANYELEMENTOID:
		case ANYCOMPATIBLEOID:
			return SHAPE_ANY;
		default:
			/* as transformArrayExpr() decides */
			return type != INT2VECTOROID && type != OIDVECTOROID && type_is_array(type)
				? SHAPE_ARRAY : SHAPE_SCALAR;
	}
}

Oid
asked_own_type(Oid type)
{
	return type < FirstNormalObjectId && letter_of(type) == SHAPE_SCALAR &&
		get_typtype(type) == TYPTYPE_BASE ? type : InvalidOid;
}

static char *
shape_of_tuple(HeapTuple tuple)
{
	Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoChar(&buf, letter_of(form->prorettype));
	for (int i = 0; i < form->pronargs; i++)
		appendStringInfoChar(&buf, letter_of(form->proargtypes.values[i]));
	if (OidIsValid(form->provariadic))
		appendStringInfoChar(&buf, SHAPE_MORE);
	for (int i = 0; i < form->pronargs; i++)
		appendStringInfo(&buf, " %u", asked_own_type(form->proargtypes.values[i]));
	return buf.data;
}

char *
asked_shape_of_function(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	char	   *shape = NULL;

	if (HeapTupleIsValid(tuple))
	{
		shape = shape_of_tuple(tuple);
		ReleaseSysCache(tuple);
	}
	return shape;
}

char *
asked_shape_of_operator(Oid operator)
{
	return asked_shape_of_function(get_opcode(operator));
}

List *
asked_shapes(bool is_operator, const char *schema, const char *name)
{
	Oid			namespace = get_namespace_oid(schema, true);
	CatCList   *list = SearchSysCacheList1(is_operator ? OPERNAMENSP : PROCNAMEARGSNSP,
										   CStringGetDatum(name));
	List	   *shapes = NIL;

	for (int i = 0; i < list->n_members; i++)
	{
		HeapTuple	tuple = &list->members[i]->tuple;

		if (!is_operator && ((Form_pg_proc) GETSTRUCT(tuple))->pronamespace == namespace)
			shapes = lappend(shapes, shape_of_tuple(tuple));
		else if (is_operator && ((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace == namespace)
		{
			char	   *shape =
			asked_shape_of_function(((Form_pg_operator) GETSTRUCT(tuple))->oprcode);

			if (shape != NULL)
				shapes = lappend(shapes, shape);
		}
	}
	ReleaseSysCacheList(list);
	return shapes;
}

Oid
asked_type(const TypeName *name, int32 *typmod)
{
	Type		type = LookupTypeName(NULL, name, typmod, true);
	Oid			oid = InvalidOid;

	if (type != NULL)
	{
		oid = typeTypeId(type);
		ReleaseSysCache(type);
	}
	return oid;
}

Oid
asked_trigger_function(Oid trigger, bool *is_internal)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	Oid			function = InvalidOid;
	bool		internal = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(trigger));
	scan = systable_beginscan(rel, TriggerOidIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		function = ((Form_pg_trigger) GETSTRUCT(tuple))->tgfoid;
		internal = ((Form_pg_trigger) GETSTRUCT(tuple))->tgisinternal;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	if (is_internal != NULL)
		*is_internal = internal;
	return function;
}
