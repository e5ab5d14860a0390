/*
 * frozen.c
 *		A constant that looks like the moment of its use, and is that of its reading.
 *
 * DEFAULT 'now()' is not a call: the server reads the text as a time once, when the
 * table is made, and stores that time.  The same model means another one tomorrow, so
 * that no comparison ever finds nothing.  It is seen in the raw parse tree of a model's
 * statements: a text that is given to a type of date and time, and that the server's
 * own reader of these takes for the present.
 */
#include "postgres.h"

#include "compat.h"
#include "schema/shadow_private.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool
is_word_for_present(int place, char *word)
{
	int			value;

	return DecodeSpecial(place, word, &value) == RESERV &&
		(value == DTK_NOW || value == DTK_TODAY || value == DTK_TOMORROW || value == DTK_YESTERDAY);
}

/* As date_in() and its like begin to read it. */
static bool
means_present(const char *literal)
{
	char		buffer[MAXDATELEN + MAXDATEFIELDS];
	char	   *fields[MAXDATEFIELDS];
	int			types[MAXDATEFIELDS];
	int			n;

	if (ParseDateTime(literal, buffer, sizeof(buffer), fields, types, MAXDATEFIELDS, &n) != 0)
		return false;
	for (int i = 0; i < n; i++)
		if ((types[i] == DTK_STRING || types[i] == DTK_SPECIAL) && is_word_for_present(i, fields[i]))
			return true;
	return false;
}

static bool
is_of_time(Oid type)
{
	if (!OidIsValid(type))
		return false;
	type = getBaseType(type);
	return type == DATEOID || type == TIMEOID || type == TIMETZOID || type == TIMESTAMPOID || type == TIMESTAMPTZOID;
}

/* InvalidOid: there is none yet, or it is no type at all, as serial is. */
static Oid
type_of(const TypeName *name)
{
	Type		type = name != NULL ? LookupTypeName(NULL, name, NULL, true) : NULL;
	Oid			oid = InvalidOid;

	if (type == NULL)
		return oid;
	oid = typeTypeId(type);
	ReleaseSysCache(type);
	return oid;
}

static void
say_frozen(const char *literal)
{
	ereport(NOTICE,
			(errmsg("'%s' in the model is the time at which it is read, not that at which it is used", literal),
			 errdetail("It is stored as a constant, and each comparison finds another one."),
			 errhint("Write now(), CURRENT_DATE or the like, without quotes.")));
}

/* An expression that gets this type, if no cast says otherwise. */
static void
check_value(Node *node, Oid type)
{
	if (node == NULL || !IsA(node, A_Const) || !is_of_time(type))
		return;
	if (nodeTag(&castNode(A_Const, node)->val) == T_String && means_present(strVal(&castNode(A_Const, node)->val)))
		say_frozen(strVal(&castNode(A_Const, node)->val));
}

/* Every cast in an expression or a query. */
static bool
visit(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, TypeCast))
		check_value(castNode(TypeCast, node)->arg, type_of(castNode(TypeCast, node)->typeName));
	return raw_expression_tree_walker(node, visit, context);
}

static void
check_expression(Node *node, Oid type)
{
	check_value(node, type);
	(void) visit(node, NULL);
}

static void
check_constraints(List *constraints, Oid type)
{
	ListCell   *lc;

	foreach(lc, constraints)
		if (IsA(lfirst(lc), Constraint))
	{
		Constraint *constraint = lfirst_node(Constraint, lc);

		check_expression(constraint->raw_expr, constraint->contype == CONSTR_DEFAULT ? type : InvalidOid);
		(void) visit(constraint->where_clause, NULL);
	}
}

static void
check_column(ColumnDef *column)
{
	Oid			type = type_of(column->typeName);

	check_expression(column->raw_default, type);
	check_constraints(column->constraints, type);
}

static void
check_create(CreateStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->tableElts)
		if (IsA(lfirst(lc), ColumnDef))
		check_column(lfirst_node(ColumnDef, lc));
	check_constraints(stmt->tableElts, InvalidOid);
	if (stmt->partbound != NULL)
	{
		(void) visit((Node *) stmt->partbound->listdatums, NULL);
		(void) visit((Node *) stmt->partbound->lowerdatums, NULL);
		(void) visit((Node *) stmt->partbound->upperdatums, NULL);
	}
}

static void
check_alter(AlterTableStmt *stmt)
{
	Oid			relid = RangeVarGetRelid(stmt->relation, NoLock, true);
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);
		AttrNumber	column = OidIsValid(relid) && cmd->name != NULL ? get_attnum(relid, cmd->name) : InvalidAttrNumber;

		if (cmd->subtype == AT_ColumnDefault && column != InvalidAttrNumber)
			check_expression(cmd->def, get_atttype(relid, column));
		else if (cmd->def != NULL && IsA(cmd->def, ColumnDef))
			check_column(castNode(ColumnDef, cmd->def));
		else if (cmd->def != NULL && IsA(cmd->def, Constraint))
			check_constraints(list_make1(cmd->def), InvalidOid);
	}
}

static void
check_alter_domain(AlterDomainStmt *stmt)
{
	if (stmt->subtype == 'T')
		check_expression(stmt->def, type_of(makeTypeNameFromNameList(stmt->typeName)));
	else if (stmt->def != NULL && IsA(stmt->def, Constraint))
		check_constraints(list_make1(stmt->def), InvalidOid);
}

static void
check_function(CreateFunctionStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->parameters)
	{
		FunctionParameter *parameter = lfirst_node(FunctionParameter, lc);

		check_expression(parameter->defexpr, type_of(parameter->argType));
	}
}

static void
check_index(IndexStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->indexParams)
		(void) visit(lfirst_node(IndexElem, lc)->expr, NULL);
	(void) visit(stmt->whereClause, NULL);
}

void
frozen_check(Node *node)
{
	switch (nodeTag(node))
	{
		case T_CreateStmt:
			check_create(castNode(CreateStmt, node));
			break;
		case T_CreateForeignTableStmt:
			check_create(&castNode(CreateForeignTableStmt, node)->base);
			break;
		case T_AlterTableStmt:
			check_alter(castNode(AlterTableStmt, node));
			break;
		case T_CreateDomainStmt:
			check_constraints(castNode(CreateDomainStmt, node)->constraints,
							  type_of(castNode(CreateDomainStmt, node)->typeName));
			break;
		case T_AlterDomainStmt:
			check_alter_domain(castNode(AlterDomainStmt, node));
			break;
		case T_CreateFunctionStmt:
			check_function(castNode(CreateFunctionStmt, node));
			break;
		case T_IndexStmt:
			check_index(castNode(IndexStmt, node));
			break;
		case T_ViewStmt:
			(void) visit(castNode(ViewStmt, node)->query, NULL);
			break;
		case T_CreatePolicyStmt:
			(void) visit(castNode(CreatePolicyStmt, node)->qual, NULL);
			(void) visit(castNode(CreatePolicyStmt, node)->with_check, NULL);
			break;
		case T_CreateTrigStmt:
			(void) visit(castNode(CreateTrigStmt, node)->whenClause, NULL);
			break;
		default:
			break;
	}
}
