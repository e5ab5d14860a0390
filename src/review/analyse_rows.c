/*
 * analyse_rows.c
 *		What the server would find out of a statement only when it plans or runs it.
 *
 * Rights; an ON CONFLICT without its index; a row that lacks a value, or that a policy does
 * not let in.  It is read from the rewritten query, in which views, defaults and policies are
 * written out.  Expressions of indexes are compared as they are stored: the relation cache
 * would fold their constants, and so call functions that somebody else has put there.
 */
#include "postgres.h"

#include "compat.h"
#include "review/analyse.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteManip.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

typedef struct Looking
{
	bool		with_rights;
	Analysis   *analysis;
} Looking;

static void
note_failure(Looking *looking, bool certain, int sqlstate, const char *message)
{
	Analysis   *analysis = looking->analysis;

	if (certain && analysis->fails == NULL)
	{
		analysis->fails = MemoryContextStrdup(analysis->context, message);
		analysis->fails_sqlstate = sqlstate;
	}
	else if (!certain && analysis->may_fail == NULL)
	{
		analysis->may_fail = MemoryContextStrdup(analysis->context, message);
		analysis->may_fail_sqlstate = sqlstate;
	}
}

static void
note_unsure(Looking *looking, const char *words)
{
	if (looking->analysis->unsure == NULL)
		looking->analysis->unsure = MemoryContextStrdup(looking->analysis->context, words);
}

/* ---------------------------------------------------------------- missing values */

/* A NULL, whatever it is converted to on its way into the column. */
static bool
is_null(Node *expr)
{
	for (;;)
	{
		if (expr == NULL || IsA(expr, SetToDefault))
			return true;
		if (IsA(expr, Const))
			return ((Const *) expr)->constisnull;
		if (IsA(expr, RelabelType))
			expr = (Node *) ((RelabelType *) expr)->arg;
		else if (IsA(expr, CoerceToDomain))
			expr = (Node *) ((CoerceToDomain *) expr)->arg;
		else if (IsA(expr, CoerceViaIO))
			expr = (Node *) ((CoerceViaIO *) expr)->arg;
		else if (IsA(expr, FuncExpr) && ((FuncExpr *) expr)->funcformat == COERCE_IMPLICIT_CAST)
			expr = linitial(((FuncExpr *) expr)->args);
		else
			return false;
	}
}

/* ... also in a row of VALUES. */
static bool
is_null_in_a_row(const Query *query, Node *expr)
{
	const RangeTblEntry *rte;
	ListCell   *lc;

	if (is_null(expr))
		return true;
	if (!IsA(expr, Var) || ((Var *) expr)->varlevelsup > 0)
		return false;
	rte = rt_fetch(((Var *) expr)->varno, query->rtable);
	if (rte->rtekind != RTE_VALUES)
		return false;
	foreach(lc, rte->values_lists)
	{
		if (is_null(list_nth(lfirst(lc), ((Var *) expr)->varattno - 1)))
			return true;
	}
	return false;
}

/* Of a domain that is NOT NULL, or of a domain over one. */
static bool
type_is_not_null(Oid type)
{
	for (;;)
	{
		HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
		Form_pg_type form;
		bool		is_domain;
		bool		not_null;

		if (!HeapTupleIsValid(tuple))
			return false;
		form = (Form_pg_type) GETSTRUCT(tuple);
		is_domain = form->typtype == TYPTYPE_DOMAIN;
		not_null = form->typnotnull;
		type = form->typbasetype;
		ReleaseSysCache(tuple);
		if (!is_domain || not_null)
			return is_domain;
	}
}

static TargetEntry *
find_target(const List *targets, int column)
{
	ListCell   *lc;

	foreach(lc, targets)
	{
		if (lfirst_node(TargetEntry, lc)->resno == column && !lfirst_node(TargetEntry, lc)->resjunk)
			return lfirst_node(TargetEntry, lc);
	}
	return NULL;
}

static bool
has_trigger(Relation rel, bool insert)
{
	const TriggerDesc *triggers = rel->trigdesc;

	return triggers != NULL && (insert ? triggers->trig_insert_before_row
								: triggers->trig_update_before_row);
}

static void
look_at_values(Looking *looking, const Query *query, const List *targets, bool insert)
{
	Relation	rel = table_open(rt_fetch(query->resultRelation, query->rtable)->relid,
								 AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 0; i < desc->natts && (rel->rd_rel->relkind == RELKIND_RELATION ||
										rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE); i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);
		bool		of_type = false;
		const TargetEntry *target;

		if (column->attisdropped || column->attgenerated != '\0' ||
			(!column->attnotnull && !(of_type = type_is_not_null(column->atttypid))))
			continue;
		target = find_target(targets, i + 1);
		if (target == NULL ? !insert : !is_null_in_a_row(query, (Node *) target->expr))
			continue;
		if (of_type)
			note_failure(looking, insert, ERRCODE_NOT_NULL_VIOLATION,
						 psprintf("domain %s of column \"%s\" does not allow null values",
								  format_type_be(column->atttypid), NameStr(column->attname)));
		else
			note_failure(looking, insert && !has_trigger(rel, true), ERRCODE_NOT_NULL_VIOLATION,
						 psprintf("null value in column \"%s\" of relation \"%s\" violates not-null constraint",
								  NameStr(column->attname), RelationGetRelationName(rel)));
	}
	table_close(rel, AccessShareLock);
}

static bool
reads_other_rows(const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind == RTE_SUBQUERY || rte->rtekind == RTE_CTE)
			return true;
	}
	return false;
}

/* No policy lets a row in: the check is the constant false. */
static void
look_at_policies(Looking *looking, const Query *query)
{
	ListCell   *lc;

	foreach(lc, query->withCheckOptions)
	{
		const WithCheckOption *check = lfirst_node(WithCheckOption, lc);
		const Const *qual = (const Const *) check->qual;

		/* policies may leave a query that it inserts from without rows */
		if (check->kind == WCO_RLS_INSERT_CHECK && qual != NULL && IsA(qual, Const) &&
			!DatumGetBool(qual->constvalue))
			note_failure(looking, !reads_other_rows(query), ERRCODE_INSUFFICIENT_PRIVILEGE,
						 psprintf("new row violates row-level security policy for table \"%s\"",
								  check->relname));
	}
}

/* ------------------------------------------------------------------- ON CONFLICT */

static List *
stored_expressions(HeapTuple tuple, AttrNumber column, int varno)
{
	bool		isnull;
	Datum		value = SysCacheGetAttr(INDEXRELID, tuple, column, &isnull);
	List	   *expressions;
	Node	   *node;

	if (isnull)
		return NIL;
	node = stringToNode(TextDatumGetCString(value));
	expressions = IsA(node, List) ? (List *) node : make_ands_implicit((Expr *) node);
	ChangeVarNodes((Node *) expressions, 1, varno, 0);
	return expressions;
}

/* What ON CONFLICT (...) names. */
typedef struct Arbiter
{
	List	   *columns;		/* attribute numbers */
	List	   *expressions;
	List	   *where;
	bool		is_special;		/* with a collation or an operator class */
} Arbiter;

typedef enum Fit
{
	FITS_NOT,
	FITS,
	FITS_PERHAPS
} Fit;

static bool
same_members(const List *a, const List *b)
{
	return list_difference(a, b) == NIL && list_difference(b, a) == NIL;
}

static Fit
index_fits(Oid index, const Arbiter *arbiter, int varno)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	List	   *columns = NIL;
	List	   *condition;
	Fit			fit = FITS;

	if (!HeapTupleIsValid(tuple))
		return FITS_NOT;
	form = (Form_pg_index) GETSTRUCT(tuple);
	if (!form->indisunique || !form->indisvalid)
		fit = FITS_NOT;
	for (int i = 0; i < form->indnkeyatts; i++)
		if (form->indkey.values[i] != 0)
			columns = list_append_unique_int(columns, form->indkey.values[i]);
	if (list_difference_int(columns, arbiter->columns) != NIL ||
		list_difference_int(arbiter->columns, columns) != NIL ||
		!same_members(stored_expressions(tuple, Anum_pg_index_indexprs, varno),
					  arbiter->expressions))
		fit = FITS_NOT;
	condition = stored_expressions(tuple, Anum_pg_index_indpred, varno);
	if (fit == FITS && list_difference(condition, arbiter->where) != NIL)
		fit = arbiter->where == NIL ? FITS_NOT : FITS_PERHAPS;
	if (fit == FITS && arbiter->is_special)
		fit = FITS_PERHAPS;
	ReleaseSysCache(tuple);
	return fit;
}

static void
look_at_conflict(Looking *looking, const Query *query)
{
	const OnConflictExpr *conflict = query->onConflict;
	Relation	rel;
	Arbiter		arbiter = {0};
	Fit			best = FITS_NOT;
	ListCell   *lc;

	if (conflict == NULL || conflict->arbiterElems == NIL)
		return;
	foreach(lc, conflict->arbiterElems)
	{
		const InferenceElem *element = lfirst_node(InferenceElem, lc);

		arbiter.is_special |= OidIsValid(element->infercollid) || OidIsValid(element->inferopclass);
		if (IsA(element->expr, Var))
			arbiter.columns = list_append_unique_int(arbiter.columns,
													 ((Var *) element->expr)->varattno);
		else
			arbiter.expressions = lappend(arbiter.expressions, element->expr);
	}
	if (conflict->arbiterWhere != NULL)
		arbiter.where = IsA(conflict->arbiterWhere, List) ? (List *) conflict->arbiterWhere
			: make_ands_implicit((Expr *) conflict->arbiterWhere);
	rel = table_open(rt_fetch(query->resultRelation, query->rtable)->relid, AccessShareLock);
	foreach(lc, RelationGetIndexList(rel))
	{
		Fit			fit = index_fits(lfirst_oid(lc), &arbiter, query->resultRelation);

		if (fit == FITS || best == FITS_NOT)
			best = fit;
	}
	table_close(rel, AccessShareLock);
	if (best == FITS_NOT)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
				 errmsg("there is no unique or exclusion constraint matching the ON CONFLICT specification")));
	if (best == FITS_PERHAPS)
	{
		note_unsure(looking, "which index its ON CONFLICT means");
		note_failure(looking, false, ERRCODE_INVALID_COLUMN_REFERENCE,
					 "there may be no unique or exclusion constraint matching the ON CONFLICT specification");
	}
}

/* -------------------------------------------------------------------------- walk */

static bool
require_execute(Oid function, void *arg)
{
	AclResult	result = object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
	return false;
}

/* nextval(), which a default calls as well, asks for rights itself. */
static void
require_sequence(const FuncExpr *call)
{
	const Const *sequence = linitial(call->args);

	if (!IsA(sequence, Const) || sequence->constisnull ||
		get_rel_relkind(DatumGetObjectId(sequence->constvalue)) != RELKIND_SEQUENCE)
		return;
	if (pg_class_aclcheck(DatumGetObjectId(sequence->constvalue), GetUserId(),
						  ACL_USAGE | ACL_UPDATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SEQUENCE,
					   get_rel_name(DatumGetObjectId(sequence->constvalue)));
}

static bool
look(Node *node, void *arg)
{
	Looking    *looking = arg;
	Query	   *query = (Query *) node;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (looking->with_rights)
		(void) check_functions_in_node(node, require_execute, NULL);
	if (looking->with_rights && IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NEXTVAL)
		require_sequence((FuncExpr *) node);
	if (!IsA(node, Query))
		return expression_tree_walker(node, look, arg);
	if (looking->with_rights)
		compat_check_rights(query);
	if (looking->analysis->usage != NULL)
		looking->analysis->usage->use |= compat_use_of(query, looking->analysis->usage->table,
													   looking->analysis->usage->column);
	if (query->commandType == CMD_INSERT || query->commandType == CMD_UPDATE)
		look_at_values(looking, query, query->targetList, query->commandType == CMD_INSERT);
	foreach(lc, compat_merge_inserts(query))
	{
		look_at_values(looking, query, lfirst(lc), true);
	}
	if (query->commandType == CMD_INSERT)
		look_at_policies(looking, query);
	look_at_conflict(looking, query);
	return query_tree_walker(query, look, arg, 0);
}

void
analyse_rewritten(List *queries, bool with_rights, Analysis *analysis)
{
	Looking		looking = {.with_rights = with_rights,.analysis = analysis};
	ListCell   *lc;

	foreach(lc, queries)
	{
		(void) look(lfirst(lc), &looking);
	}
}
