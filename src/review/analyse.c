/*
 * analyse.c
 *		What does the server make of a statement, without running it?
 *
 * Parse analysis and the rewriter say whether names, operators and types are there, and the
 * rewriter writes out views, defaults and policies.  Neither evaluates anything: constants are
 * folded by the planner, which is not called.  What they do run are the input functions of the
 * types of constants, and those can only be in C.  The hooks of other extensions are passed over,
 * since a text that is only looked at is no statement to count.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "review/analyse.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "rewrite/rewriteHandler.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

void
analyse_rethrow_end(ErrorData *error)
{
	if (error != NULL && error_ends_the_call(error))
		ReThrowError(error);
}

/* --------------------------------------------------------------------- parsing */

/* A parameter where the grammar wants a constant. */
typedef struct Placeholder
{
	int			offset;			/* in the text */
	int			number;
} Placeholder;

StaticAssertDecl(sizeof(ParamRef) <= sizeof(A_Const), "a parameter takes the place of a constant");

static bool
put_parameters_back(Node *node, void *arg)
{
	List	   *placeholders = arg;
	ListCell   *lc;

	CHECK_FOR_INTERRUPTS();
	if (node == NULL)
		return false;
	if (IsA(node, A_Const))
	{
		int			location = ((A_Const *) node)->location;

		foreach(lc, placeholders)
		{
			const Placeholder *placeholder = lfirst(lc);
			ParamRef   *param = (ParamRef *) node;

			if (placeholder->offset != location)
				continue;
			param->type = T_ParamRef;
			param->number = placeholder->number;
			param->location = location;
			return false;
		}
		return false;
	}
	return raw_expression_tree_walker(node, put_parameters_back, arg);
}

static List *
try_parse(const char *sql, ErrorData **error)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorContextCallback *callers = error_context_stack;
	List	   *volatile trees = NIL;

	*error = NULL;
	PG_TRY();
	{
		/* or a function that calls us takes the position for its own */
		error_context_stack = NULL;
		trees = compat_parse(sql, true);
	}
	PG_CATCH();
	{
		/* the parser holds only memory, so this needs no subtransaction */
		MemoryContextSwitchTo(caller);
		*error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	error_context_stack = callers;
	analyse_rethrow_end(*error);
	return trees;
}

/* Where the parser has stopped at $n, an empty constant of the same length takes its place. */
static Placeholder *
replace_parameter(char *sql, const ErrorData *error)
{
	char	   *at = sql;
	char	   *end;
	Placeholder *placeholder;

	if (error->sqlerrcode != ERRCODE_SYNTAX_ERROR || error->cursorpos <= 0)
		return NULL;
	for (int i = 1; i < error->cursorpos && *at != '\0'; i++)
		at += pg_mblen(at);
	if (at[0] != '$' || at[1] < '1' || at[1] > '9')
		return NULL;
	placeholder = palloc(sizeof(Placeholder));
	placeholder->offset = at - sql;
	placeholder->number = strtol(at + 1, &end, 10);
	memset(at, ' ', end - at);
	at[0] = at[1] = '\'';
	return placeholder;
}

List *
analyse_parse(const char *sql, ErrorData **error)
{
	char	   *copy = pstrdup(sql);
	List	   *placeholders = NIL;
	List	   *trees = try_parse(copy, error);
	ErrorData  *first = *error;
	ListCell   *lc;

	while (*error != NULL)
	{
		Placeholder *placeholder = replace_parameter(copy, *error);

		CHECK_FOR_INTERRUPTS();
		if (placeholder == NULL)
		{
			*error = first;
			return NIL;
		}
		placeholders = lappend(placeholders, placeholder);
		trees = try_parse(copy, error);
	}
	if (placeholders != NIL)
	{
		foreach(lc, trees)
		{
			(void) put_parameters_back(lfirst_node(RawStmt, lc)->stmt, placeholders);
		}
	}
	return trees;
}

RawStmt *
analyse_unwrap(RawStmt *raw)
{
	RawStmt    *inner;

	if (!IsA(raw->stmt, PrepareStmt))
		return raw;
	inner = copyObject(raw);
	inner->stmt = castNode(PrepareStmt, raw->stmt)->query;
	return inner;
}

bool
analyse_is_harmless(const RawStmt *raw)
{
	switch (nodeTag(raw->stmt))
	{
		case T_TransactionStmt:
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_DiscardStmt:
		case T_DeallocateStmt:
		case T_ExecuteStmt:
		case T_FetchStmt:
		case T_ClosePortalStmt:
		case T_ListenStmt:
		case T_UnlistenStmt:
		case T_NotifyStmt:
		case T_CheckPointStmt:
		case T_ConstraintsSetStmt:
		case T_LoadStmt:
			return true;
		default:
			return false;
	}
}

/* -------------------------------------------------------------------- analysing */

typedef struct Analysing
{
	const Shadow *shadow;
	const Text *text;
	Analysis   *analysis;
	Oid		   *types;			/* of the parameters, as far as they are known */
	int			ntypes;
} Analysing;

/* What a prepared statement's plan remembers of its result: cached plans fail where it changes. */
static void
note_result(Analysing *a, const Query *query)
{
	List	   *targets =
	query->commandType == CMD_SELECT ? query->targetList : query->returningList;
	MemoryContext old = MemoryContextSwitchTo(a->analysis->context);
	ListCell   *lc;

	foreach(lc, targets)
	{
		const TargetEntry *target = lfirst_node(TargetEntry, lc);
		Node	   *expr = (Node *) target->expr;
		ResultColumn *column;

		if (target->resjunk)
			continue;
		column = palloc(sizeof(ResultColumn));
		column->name = pstrdup(target->resname ? target->resname : "");
		column->type = exprType(expr);
		column->typmod = exprTypmod(expr);
		column->collation = exprCollation(expr);
		column->words = psprintf("%s %s", quote_identifier(column->name),
								 format_type_with_typemod(column->type, column->typmod));
		a->analysis->columns = lappend(a->analysis->columns, column);
	}
	MemoryContextSwitchTo(old);
}

static List *
enum_labels(Oid type)
{
	CatCList   *rows = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	List	   *labels = NIL;

	for (int i = 0; i < rows->n_members; i++)
	{
		Form_pg_enum value = (Form_pg_enum) GETSTRUCT(&rows->members[i]->tuple);

		labels = lappend(labels, pstrdup(NameStr(value->enumlabel)));
	}
	ReleaseSysCacheList(rows);
	return labels;
}

static void
note_parameters(Analysing *a, const Oid *types, int n)
{
	MemoryContext old = MemoryContextSwitchTo(a->analysis->context);
	Analysis   *analysis = a->analysis;

	analysis->nparams = n;
	analysis->params = palloc(sizeof(Oid) * Max(n, 1));
	analysis->labels = palloc0(sizeof(List *) * Max(n, 1));
	for (int i = 0; i < n; i++)
	{
		Oid			type = types[i];
		Oid			element = OidIsValid(type) ? get_element_type(type) : InvalidOid;

		analysis->params[i] = type;
		if (OidIsValid(element))
			type = element;
		if (OidIsValid(type) && type_is_enum(type))
			analysis->labels[i] = enum_labels(type);
		else if (type == REGCLASSOID || type == REGPROCOID || type == REGPROCEDUREOID ||
				 type == REGTYPEOID ||
				 type == REGOPEROID || type == REGOPERATOROID)
			analysis->unsure = psprintf("parameter $%d names an object of the schema", i + 1);
	}
	MemoryContextSwitchTo(old);
}

/* The query in a utility statement that has one. */
static Query *
inner_query(Query *query)
{
	Node	   *utility = query->utilityStmt;

	switch (nodeTag(utility))
	{
		case T_ExplainStmt:
			return castNode(Query, castNode(ExplainStmt, utility)->query);
		case T_DeclareCursorStmt:
			return castNode(Query, castNode(DeclareCursorStmt, utility)->query);
		case T_CreateTableAsStmt:
			return IsA(castNode(CreateTableAsStmt, utility)->query, Query)
				? castNode(Query, castNode(CreateTableAsStmt, utility)->query) : NULL;
		default:
			return NULL;
	}
}

static void
look_at_query(Analysing *a, Query *query)
{
	if (query->commandType != CMD_UTILITY)
		note_result(a, query);
	else if (IsA(query->utilityStmt, CallStmt))
		return;
	else if ((query = inner_query(query)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a statement of this kind is not analysed")));
	/* EXPLAIN EXECUTE and the like */
	if (query->commandType == CMD_UTILITY)
		return;
	analyse_rewritten(QueryRewrite(query), a->text->with_rights, a->analysis);
}

static void
analyse_statement(Analysing *a, RawStmt *raw)
{
	const Text *text = a->text;
	ParseState *pstate = make_parsestate(NULL);
	Query	   *query;

	pstate->p_sourcetext = text->sql;
	if (text->types != NULL)
		setup_parse_fixed_parameters(pstate, text->types, text->ntypes);
	else
		setup_parse_variable_parameters(pstate, &a->types, &a->ntypes);
	query = transformTopLevelStmt(pstate, raw);
	if (text->types == NULL)
		check_variable_parameters(pstate, query);
	free_parsestate(pstate);
	note_parameters(a, text->types ? text->types : a->types,
					text->types ? text->ntypes : a->ntypes);
	look_at_query(a, query);
}

/* The names in a statement that is not analysed as a query. */
static void
find_relation(Analysing *a, const RangeVar *name, int use)
{
	Oid			relation = RangeVarGetRelid(name, NoLock, false);
	Usage	   *usage = a->analysis->usage;

	if (usage != NULL && usage->table == relation)
		usage->use |= use;
}

/* ... of one that has rows of its own. */
static void
find_table(Analysing *a, const RangeVar *name, AclMode needed)
{
	Oid			relation = RangeVarGetRelid(name, NoLock, false);
	char		kind = get_rel_relkind(relation);

	find_relation(a, name, COMPAT_DELETES);
	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE &&
		kind != RELKIND_FOREIGN_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", name->relname)));
	if (needed != ACL_NO_RIGHTS && pg_class_aclcheck(relation, GetUserId(), needed) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name->relname);
}

/* COPY of a query; of a table, its columns.  */
static void
analyse_copy(Analysing *a, RawStmt *raw)
{
	CopyStmt   *copy = castNode(CopyStmt, raw->stmt);
	int			use = copy->is_from ? COMPAT_INSERTS : COMPAT_READS;
	ListCell   *lc;

	if (copy->query != NULL)
	{
		RawStmt    *inner = copyObject(raw);

		inner->stmt = copy->query;
		analyse_statement(a, inner);
		return;
	}
	find_relation(a, copy->relation, copy->attlist == NIL || a->analysis->usage == NULL ||
				  a->analysis->usage->column == 0 ? use : 0);
	foreach(lc, copy->attlist)
	{
		Oid			relation = RangeVarGetRelid(copy->relation, NoLock, false);
		Usage	   *usage = a->analysis->usage;

		if (usage != NULL && usage->table == relation &&
			usage->column == get_attnum(relation, strVal(lfirst(lc))))
			usage->use |= use;

		if (get_attnum(relation, strVal(lfirst(lc))) == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist", strVal(lfirst(lc)),
							copy->relation->relname)));
	}
}

static void
analyse_as_role(void *arg)
{
	Analysing  *a = arg;
	RawStmt    *raw = copyObject(a->text->raw);
	Oid			user;
	int			context;
	ListCell   *lc;

	GetUserIdAndSecContext(&user, &context);
	if (a->text->role != user)
		SetUserIdAndSecContext(a->text->role, context | SECURITY_LOCAL_USERID_CHANGE);
	analyse_keep_off(a->shadow, raw->stmt);
	switch (nodeTag(raw->stmt))
	{
		case T_CopyStmt:
			analyse_copy(a, raw);
			break;
		case T_TruncateStmt:
			foreach(lc, castNode(TruncateStmt, raw->stmt)->relations)
			{
				find_table(a, lfirst_node(RangeVar, lc),
						   a->text->with_rights ? ACL_TRUNCATE : ACL_NO_RIGHTS);
			}
			break;
		case T_LockStmt:
			foreach(lc, castNode(LockStmt, raw->stmt)->relations)
			{
				find_relation(a, lfirst_node(RangeVar, lc), 0);
			}
			break;
		case T_RefreshMatViewStmt:
			find_relation(a, castNode(RefreshMatViewStmt, raw->stmt)->relation, COMPAT_UPDATES);
			break;
		default:
			analyse_statement(a, raw);
			break;
	}
	SetUserIdAndSecContext(user, context);
}

/* Those that it has seen and knows nothing of get the other type.  False if there is none. */
static bool
give_types(Analysing *a)
{
	bool		any = false;

	for (int i = 0; i < a->ntypes; i++)
	{
		if (OidIsValid(a->types[i]) && a->types[i] != UNKNOWNOID)
			continue;
		a->types[i] = a->text->otherwise;
		any = true;
	}
	return any;
}

/* $1 + $2 can be anything; once each of its parameters has a type, what comes after it is seen. */
static ErrorData *
analyse_repeatedly(Analysing *a)
{
	ErrorData  *error = analyse_undone(analyse_as_role, a);

	while (error != NULL && OidIsValid(a->text->otherwise) && a->text->types == NULL &&
		   give_types(a))
	{
		CHECK_FOR_INTERRUPTS();
		error = analyse_undone(analyse_as_role, a);
	}
	return error;
}

Analysis *
analyse_text(const Shadow *shadow, const Text *text)
{
	return analyse_usage(shadow, text, NULL);
}

Analysis *
analyse_usage(const Shadow *shadow, const Text *text, Usage *usage)
{
	Analysing	a = {.shadow = shadow,.text = text};
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_text = AllocSetContextCreate(caller, "migrate_ext analysed text",
												   ALLOCSET_DEFAULT_SIZES);
	ErrorContextCallback *callers = error_context_stack;
	ErrorData  *error;

	a.analysis = palloc0(sizeof(Analysis));
	a.analysis->context = caller;
	a.analysis->usage = usage;
	MemoryContextSwitchTo(per_text);
	error_context_stack = NULL;
	error = analyse_repeatedly(&a);
	error_context_stack = callers;
	MemoryContextSwitchTo(caller);
	analyse_rethrow_end(error);
	if (error != NULL)
	{
		a.analysis->error = pstrdup(error->message);
		a.analysis->error_sqlstate = error->sqlerrcode;
	}
	MemoryContextDelete(per_text);
	return a.analysis;
}
