/*
 * routine_plpgsql.c
 *		The statements and expressions of a function in PL/pgSQL.
 *
 * PL/pgSQL itself compiles the function, as its validator does, which runs nothing; the server
 * analyses each expression.  What a name in it means, a variable or a column, is found here as
 * PL/pgSQL finds it.  The fields of a record are those of the query that was last put into it, and
 * those of NEW and OLD the columns of the tables that have the trigger.  A field of a record of
 * which nothing is known takes the type that is wanted.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "review/analyse.h"
#include "review/routines.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "parser/parse_node.h"
#include "plpgsql.h"
#include "rewrite/rewriteHandler.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

typedef PLpgSQL_function *(*Compile) (FunctionCallInfo fcinfo, bool for_validator);

/* A field of a record. */
typedef struct Field
{
	const char *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
} Field;

/* An expression, and the record that its rows are put into. */
typedef struct Part
{
	PLpgSQL_expr *expr;
	int			line;
	const PLpgSQL_variable *target; /* or NULL */
	bool		makes_text;		/* what is run is its value */
} Part;

typedef struct Body
{
	const Shadow *shadow;
	PLpgSQL_function *function;
	MemoryContext context;		/* of the result */
	BodyAnalysis *body;
	List	   *parts;			/* Part */
	List	  **fields;			/* by datum: Field; NIL: not known */

	/* the part that is analysed */
	const Part *part;
	List	   *result;			/* Field */
	Analysis	analysis;
} Body;

/* ------------------------------------------------------------------ collecting */

static void collect_all(Body *b, List *statements);

static void
add_part(Body *b, PLpgSQL_expr *expr, int line, const PLpgSQL_variable *target)
{
	Part	   *part;

	if (expr == NULL)
		return;
	part = palloc0(sizeof(Part));
	part->expr = expr;
	part->line = line;
	part->target = target;
	b->parts = lappend(b->parts, part);
}

static void
add_parts(Body *b, List *exprs, int line)
{
	ListCell   *lc;

	foreach(lc, exprs)
	{
		add_part(b, lfirst(lc), line, NULL);
	}
}

static void
add_text(Body *b, PLpgSQL_expr *expr, int line, const PLpgSQL_variable *target)
{
	if (expr == NULL)
		return;
	add_part(b, expr, line, target);
	((Part *) llast(b->parts))->makes_text = true;
	b->body->is_dynamic = true;
}

static void
collect_block(Body *b, const PLpgSQL_stmt_block *block)
{
	ListCell   *lc;

	collect_all(b, block->body);
	if (block->exceptions != NULL)
	{
		foreach(lc, block->exceptions->exc_list)
		{
			collect_all(b, ((PLpgSQL_exception *) lfirst(lc))->action);
		}
	}
}

static void
collect_if(Body *b, const PLpgSQL_stmt_if *stmt)
{
	ListCell   *lc;

	add_part(b, stmt->cond, stmt->lineno, NULL);
	collect_all(b, stmt->then_body);
	foreach(lc, stmt->elsif_list)
	{
		const PLpgSQL_if_elsif *elsif = lfirst(lc);

		add_part(b, elsif->cond, elsif->lineno, NULL);
		collect_all(b, elsif->stmts);
	}
	collect_all(b, stmt->else_body);
}

/* What CASE compares is in a variable whose type is known when it runs. */
static void
collect_case(Body *b, const PLpgSQL_stmt_case *stmt)
{
	ListCell   *lc;

	add_part(b, stmt->t_expr, stmt->lineno, NULL);
	foreach(lc, stmt->case_when_list)
	{
		const PLpgSQL_case_when *when = lfirst(lc);

		if (stmt->t_expr == NULL)
			add_part(b, when->expr, when->lineno, NULL);
		collect_all(b, when->stmts);
	}
	collect_all(b, stmt->else_stmts);
}

static void
collect_open(Body *b, const PLpgSQL_stmt_open *stmt)
{
	add_part(b, stmt->argquery, stmt->lineno, NULL);
	add_part(b, stmt->query, stmt->lineno, NULL);
	add_text(b, stmt->dynquery, stmt->lineno, NULL);
	add_parts(b, stmt->params, stmt->lineno);
}

static void
collect(Body *b, PLpgSQL_stmt *stmt)
{
	int			line = stmt->lineno;
	ListCell   *lc;

	check_stack_depth();
	switch (stmt->cmd_type)
	{
		case PLPGSQL_STMT_BLOCK:
			collect_block(b, (PLpgSQL_stmt_block *) stmt);
			break;
		case PLPGSQL_STMT_ASSIGN:
			add_part(b, ((PLpgSQL_stmt_assign *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_PERFORM:
			add_part(b, ((PLpgSQL_stmt_perform *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_CALL:
			add_part(b, ((PLpgSQL_stmt_call *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_IF:
			collect_if(b, (PLpgSQL_stmt_if *) stmt);
			break;
		case PLPGSQL_STMT_CASE:
			collect_case(b, (PLpgSQL_stmt_case *) stmt);
			break;
		case PLPGSQL_STMT_LOOP:
			collect_all(b, ((PLpgSQL_stmt_loop *) stmt)->body);
			break;
		case PLPGSQL_STMT_WHILE:
			add_part(b, ((PLpgSQL_stmt_while *) stmt)->cond, line, NULL);
			collect_all(b, ((PLpgSQL_stmt_while *) stmt)->body);
			break;
		case PLPGSQL_STMT_FORI:
			add_part(b, ((PLpgSQL_stmt_fori *) stmt)->lower, line, NULL);
			add_part(b, ((PLpgSQL_stmt_fori *) stmt)->upper, line, NULL);
			add_part(b, ((PLpgSQL_stmt_fori *) stmt)->step, line, NULL);
			collect_all(b, ((PLpgSQL_stmt_fori *) stmt)->body);
			break;
		case PLPGSQL_STMT_FORS:
			add_part(b, ((PLpgSQL_stmt_fors *) stmt)->query, line,
					 ((PLpgSQL_stmt_fors *) stmt)->var);
			collect_all(b, ((PLpgSQL_stmt_fors *) stmt)->body);
			break;
		case PLPGSQL_STMT_FORC:
			{
				const PLpgSQL_stmt_forc *loop = (PLpgSQL_stmt_forc *) stmt;
				const PLpgSQL_var *cursor = (PLpgSQL_var *) b->function->datums[loop->curvar];

				add_part(b, loop->argquery, line, NULL);
				add_part(b, cursor->cursor_explicit_expr, line, loop->var);
				collect_all(b, loop->body);
				break;
			}
		case PLPGSQL_STMT_DYNFORS:
			add_text(b, ((PLpgSQL_stmt_dynfors *) stmt)->query, line,
					 ((PLpgSQL_stmt_dynfors *) stmt)->var);
			add_parts(b, ((PLpgSQL_stmt_dynfors *) stmt)->params, line);
			collect_all(b, ((PLpgSQL_stmt_dynfors *) stmt)->body);
			break;
		case PLPGSQL_STMT_FOREACH_A:
			add_part(b, ((PLpgSQL_stmt_foreach_a *) stmt)->expr, line, NULL);
			collect_all(b, ((PLpgSQL_stmt_foreach_a *) stmt)->body);
			break;
		case PLPGSQL_STMT_OPEN:
			collect_open(b, (PLpgSQL_stmt_open *) stmt);
			break;
		case PLPGSQL_STMT_FETCH:
			add_part(b, ((PLpgSQL_stmt_fetch *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_EXIT:
			add_part(b, ((PLpgSQL_stmt_exit *) stmt)->cond, line, NULL);
			break;
		case PLPGSQL_STMT_RETURN:
			add_part(b, ((PLpgSQL_stmt_return *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_RETURN_NEXT:
			add_part(b, ((PLpgSQL_stmt_return_next *) stmt)->expr, line, NULL);
			break;
		case PLPGSQL_STMT_RETURN_QUERY:
			add_part(b, ((PLpgSQL_stmt_return_query *) stmt)->query, line, NULL);
			add_text(b, ((PLpgSQL_stmt_return_query *) stmt)->dynquery, line, NULL);
			add_parts(b, ((PLpgSQL_stmt_return_query *) stmt)->params, line);
			break;
		case PLPGSQL_STMT_RAISE:
			add_parts(b, ((PLpgSQL_stmt_raise *) stmt)->params, line);
			foreach(lc, ((PLpgSQL_stmt_raise *) stmt)->options)
			{
				add_part(b, ((PLpgSQL_raise_option *) lfirst(lc))->expr, line, NULL);
			}
			break;
		case PLPGSQL_STMT_ASSERT:
			add_part(b, ((PLpgSQL_stmt_assert *) stmt)->cond, line, NULL);
			add_part(b, ((PLpgSQL_stmt_assert *) stmt)->message, line, NULL);
			break;
		case PLPGSQL_STMT_EXECSQL:
			add_part(b, ((PLpgSQL_stmt_execsql *) stmt)->sqlstmt, line,
					 ((PLpgSQL_stmt_execsql *) stmt)->target);
			break;
		case PLPGSQL_STMT_DYNEXECUTE:
			add_text(b, ((PLpgSQL_stmt_dynexecute *) stmt)->query, line,
					 ((PLpgSQL_stmt_dynexecute *) stmt)->target);
			add_parts(b, ((PLpgSQL_stmt_dynexecute *) stmt)->params, line);
			break;
		default:
			break;
	}
}

static void
collect_all(Body *b, List *statements)
{
	ListCell   *lc;

	foreach(lc, statements)
	{
		collect(b, lfirst(lc));
	}
}

static void
collect_defaults(Body *b)
{
	for (int i = 0; i < b->function->ndatums; i++)
	{
		const PLpgSQL_variable *datum = (PLpgSQL_variable *) b->function->datums[i];

		if (datum->dtype == PLPGSQL_DTYPE_VAR || datum->dtype == PLPGSQL_DTYPE_REC)
			add_part(b, datum->default_val, datum->lineno, NULL);
		if (datum->dtype == PLPGSQL_DTYPE_VAR)
			add_part(b, ((const PLpgSQL_var *) datum)->cursor_explicit_expr, datum->lineno, NULL);
	}
}

/* ---------------------------------------------------------------------- records */

static Field *
make_field(const char *name, Oid type, int32 typmod, Oid collation)
{
	Field	   *field = palloc(sizeof(Field));

	field->name = pstrdup(name);
	field->type = type;
	field->typmod = typmod;
	field->collation = collation;
	return field;
}

static List *
fields_of(TupleDesc desc, List *fields)
{
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(desc, i);

		if (!column->attisdropped)
			fields = lappend(fields, make_field(NameStr(column->attname), column->atttypid,
												column->atttypmod, column->attcollation));
	}
	return fields;
}

/*
 * NEW and OLD: the columns of all tables that have it as a trigger, since it may look which one it
 * is.
 */
static List *
fields_of_triggers(Oid function)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *fields = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger form = (Form_pg_trigger) GETSTRUCT(tuple);
		Relation	table;

		if (form->tgfoid != function)
			continue;
		table = relation_open(form->tgrelid, AccessShareLock);
		fields = fields_of(RelationGetDescr(table), fields);
		relation_close(table, AccessShareLock);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return fields;
}

static void
find_fields(Body *b)
{
	PLpgSQL_function *function = b->function;

	b->fields = palloc0(sizeof(List *) * Max(function->ndatums, 1));
	for (int i = 0; i < function->ndatums; i++)
	{
		const PLpgSQL_rec *rec = (PLpgSQL_rec *) function->datums[i];
		TupleDesc	desc;

		if (rec->dtype != PLPGSQL_DTYPE_REC || rec->rectypeid == RECORDOID)
			continue;
		desc = lookup_rowtype_tupdesc_domain(rec->rectypeid, -1, true);
		if (desc == NULL)
			continue;
		b->fields[i] = fields_of(desc, NIL);
		ReleaseTupleDesc(desc);
	}
	if (function->fn_is_trigger == PLPGSQL_DML_TRIGGER)
		b->fields[function->new_varno] =
			b->fields[function->old_varno] = fields_of_triggers(function->fn_oid);
}

/* ------------------------------------------------------------------------ names */

static Node *
make_param(int number, Oid type, int32 typmod, Oid collation, int location)
{
	Param	   *param = makeNode(Param);

	param->paramkind = PARAM_EXTERN;
	param->paramid = number + 1;
	param->paramtype = type;
	param->paramtypmod = typmod;
	param->paramcollid = collation;
	param->location = location;
	return (Node *) param;
}

static Node *
field_param(Body *b, const PLpgSQL_rec *rec, const char *name, bool required, int location)
{
	ListCell   *lc;

	foreach(lc, b->fields[rec->dno])
	{
		const Field *field = lfirst(lc);

		if (strcmp(field->name, name) == 0)
			return make_param(rec->dno, field->type, field->typmod, field->collation, location);
	}
	if (b->fields[rec->dno] == NIL)
		return make_param(rec->dno, UNKNOWNOID, -1, InvalidOid, location);
	if (required)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("record \"%s\" has no field \"%s\"", rec->refname, name)));
	return NULL;
}

static Node *
variable_param(Body *b, const PLpgSQL_datum *datum, int location)
{
	const PLpgSQL_type *type;

	if (datum->dtype == PLPGSQL_DTYPE_REC)
		return make_param(datum->dno, ((const PLpgSQL_rec *) datum)->rectypeid, -1, InvalidOid,
						  location);
	if (datum->dtype != PLPGSQL_DTYPE_VAR && datum->dtype != PLPGSQL_DTYPE_PROMISE)
		return NULL;
	type = ((const PLpgSQL_var *) datum)->datatype;
	return make_param(datum->dno, type->typoid, type->atttypmod, type->collation, location);
}

/*
 * The variable of these names, innermost block first: a, block.a, rec.field, block.rec.field.  A
 * field that a record does not have may be a column, unless required.
 */
static Node *
find_variable(Body *b, const char **names, int n, bool required, int location)
{
	const PLpgSQL_nsitem *item = b->part->expr->ns;

	while (item != NULL)
	{
		const PLpgSQL_nsitem *first = item;

		for (; item->itemtype != PLPGSQL_NSTYPE_LABEL; item = item->prev)
		{
			const PLpgSQL_datum *datum = b->function->datums[item->itemno];

			if (strcmp(item->name, names[0]) != 0)
				continue;
			if (n == 1)
				return variable_param(b, datum, location);
			return datum->dtype == PLPGSQL_DTYPE_REC && n == 2
				? field_param(b, (const PLpgSQL_rec *) datum, names[1], required, location) : NULL;
		}
		if (n > 1 && strcmp(item->name, names[0]) == 0)
			for (; first->itemtype != PLPGSQL_NSTYPE_LABEL; first = first->prev)
			{
				const PLpgSQL_datum *datum = b->function->datums[first->itemno];

				if (strcmp(first->name, names[1]) != 0)
					continue;
				if (n == 2)
					return variable_param(b, datum, location);
				return datum->dtype == PLPGSQL_DTYPE_REC
					? field_param(b, (const PLpgSQL_rec *) datum, names[2], required, location)
					: NULL;
			}
		item = item->prev;
	}
	return NULL;
}

static Node *
resolve(Body *b, ColumnRef *ref, bool required)
{
	const char *names[3];
	int			n = 0;
	ListCell   *lc;

	if (list_length(ref->fields) > 3)
		return NULL;
	foreach(lc, ref->fields)
	{
		/* rec.* is the record */
		if (IsA(lfirst(lc), A_Star))
			break;
		names[n++] = strVal(lfirst(lc));
	}
	return n > 0 ? find_variable(b, names, n, required, ref->location) : NULL;
}

static Node *
before_columns(ParseState *pstate, ColumnRef *ref)
{
	Body	   *b = pstate->p_ref_hook_state;

	return b->function->resolve_option == PLPGSQL_RESOLVE_VARIABLE ? resolve(b, ref, false) : NULL;
}

static Node *
after_columns(ParseState *pstate, ColumnRef *ref, Node *column)
{
	Body	   *b = pstate->p_ref_hook_state;
	Node	   *variable;

	if (b->function->resolve_option == PLPGSQL_RESOLVE_VARIABLE ||
		(b->function->resolve_option == PLPGSQL_RESOLVE_COLUMN && column != NULL))
		return NULL;
	variable = resolve(b, ref, column == NULL);
	if (variable != NULL && column != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_AMBIGUOUS_COLUMN),
				 errmsg("column reference \"%s\" is ambiguous", NameListToString(ref->fields)),
				 errdetail("It could refer to either a PL/pgSQL variable or a table column.")));
	return variable;
}

static Node *
by_number(ParseState *pstate, ParamRef *ref)
{
	const char *name = psprintf("$%d", ref->number);

	return find_variable(pstate->p_ref_hook_state, &name, 1, true, ref->location);
}

/* A field of which nothing is known is what is wanted of it. */
static Node *
as_wanted(ParseState *pstate, Param *param, Oid type, int32 typmod, int location)
{
	if (param->paramkind != PARAM_EXTERN || param->paramtype != UNKNOWNOID)
		return NULL;
	param->paramtype = type;
	param->paramcollid = get_typcollation(type);
	return (Node *) param;
}

/* -------------------------------------------------------------------- analysing */

static void
note_result(Body *b, const Query *query)
{
	List	   *targets =
	query->commandType == CMD_SELECT ? query->targetList : query->returningList;
	ListCell   *lc;

	foreach(lc, targets)
	{
		const TargetEntry *target = lfirst_node(TargetEntry, lc);
		Node	   *expr = (Node *) target->expr;

		if (!target->resjunk)
			b->result = lappend(b->result, make_field(target->resname ? target->resname : "",
													  exprType(expr), exprTypmod(expr),
													  exprCollation(expr)));
	}
}

static void
analyse_part(void *arg)
{
	Body	   *b = arg;
	PLpgSQL_expr *expr = b->part->expr;
	ListCell   *lc;

	foreach(lc, compat_plpgsql_parse(expr))
	{
		RawStmt    *raw = lfirst_node(RawStmt, lc);
		ParseState *pstate;
		Query	   *query;

		/* what a function creates for itself is none of the application's */
		if (analyse_is_harmless(raw))
			continue;
		analyse_keep_off(b->shadow, raw->stmt);
		pstate = make_parsestate(NULL);
		pstate->p_sourcetext = expr->query;
		pstate->p_pre_columnref_hook = before_columns;
		pstate->p_post_columnref_hook = after_columns;
		pstate->p_paramref_hook = by_number;
		pstate->p_coerce_param_hook = as_wanted;
		pstate->p_ref_hook_state = b;
		query = transformTopLevelStmt(pstate, raw);
		free_parsestate(pstate);
		if (query->commandType == CMD_UTILITY)
			continue;
		note_result(b, query);
		analyse_rewritten(QueryRewrite(query), false, &b->analysis);
	}
}

static void
look_at_part(Body *b, const Part *part)
{
	ErrorData  *error;

	b->part = part;
	b->result = NIL;
	b->analysis = (Analysis)
	{
		.context = b->context,.usage = b->body->usage
	};
	error = analyse_undone(analyse_part, b);
	analyse_rethrow_end(error);
	if (error != NULL)
		b->body->errors = routine_add_error(b->body->errors, b->context, part->expr->query,
											part->line, error->sqlerrcode, error->message);
	else if (b->analysis.fails != NULL)
		b->body->failures = routine_add_error(b->body->failures, b->context, part->expr->query,
											  part->line,
											  b->analysis.fails_sqlstate, b->analysis.fails);
	if (part->target != NULL && part->target->dtype == PLPGSQL_DTYPE_REC &&
		((const PLpgSQL_rec *) part->target)->rectypeid == RECORDOID)
		b->fields[part->target->dno] = error == NULL && !part->makes_text ? b->result : NIL;
}

/* As the validator of PL/pgSQL calls it. */
static PLpgSQL_function *
compile(Oid function)
{
	static Compile plpgsql = NULL;

	LOCAL_FCINFO(fcinfo, 0);
	FmgrInfo	flinfo;
	TriggerData trigger;
	EventTriggerData event;
	Oid			result = get_func_rettype(function);

	if (plpgsql == NULL)
		plpgsql = (Compile) (void *) load_external_function("$libdir/plpgsql", "plpgsql_compile",
															true, NULL);
	MemSet(fcinfo, 0, SizeForFunctionCallInfo(0));
	MemSet(&flinfo, 0, sizeof(flinfo));
	fcinfo->flinfo = &flinfo;
	flinfo.fn_oid = function;
	flinfo.fn_mcxt = CurrentMemoryContext;
	if (result == TRIGGEROID)
	{
		MemSet(&trigger, 0, sizeof(trigger));
		trigger.type = T_TriggerData;
		fcinfo->context = (Node *) &trigger;
	}
	else if (result == EVENT_TRIGGEROID)
	{
		MemSet(&event, 0, sizeof(event));
		event.type = T_EventTriggerData;
		fcinfo->context = (Node *) &event;
	}
	return plpgsql(fcinfo, true);
}

void
routine_analyse_plpgsql(const Shadow *shadow, Oid function, MemoryContext context,
						BodyAnalysis *body)
{
	Body		b = {.shadow = shadow,.context = context,.body = body};
	ListCell   *lc;

	b.function = compile(function);
	find_fields(&b);
	collect_defaults(&b);
	collect_block(&b, b.function->action);
	foreach(lc, b.parts)
	{
		CHECK_FOR_INTERRUPTS();
		look_at_part(&b, lfirst(lc));
	}
}
