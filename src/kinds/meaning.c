/*
 * meaning.c
 *		Do two texts of SQL say the same?
 *
 * What PostgreSQL prints of an expression it does not always read back as what it printed.  An
 * array that is cast as a whole, (ARRAY['a'::varchar])::text[], is read as an array of elements
 * that are cast, ARRAY[('a'::varchar)::text]; an AND in an AND becomes one; a column that had
 * no name gets one.  So a database, its own dump and a model of it say the same in different words,
 * and they are compared by what the words are read as: the trees of the raw parser, after what
 * the parser does to such arrays has been done to both of them.
 *
 * Texts that are equal, which nearly all are, are not parsed.  Both texts are PostgreSQL's own
 * print: every constant has its type and every conversion that takes place is written.
 */
#include "postgres.h"

#include "kinds/shape.h"
#include "kinds/object.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"

/* A raw tree has a walker and no mutator: one node is written over the other. */
StaticAssertDecl(sizeof(A_ArrayExpr) <= sizeof(TypeCast),
				 "an array expression takes the place of a cast");
StaticAssertDecl(sizeof(A_Const) <= sizeof(TypeCast), "a constant takes the place of a cast");

static Node *
parse_statement(const char *prefix, const char *text)
{
	return linitial_node(RawStmt, compat_parse(psprintf("%s%s", prefix, text), true))->stmt;
}

/* -------------------------------------------------------------------- arrays */

/* A domain by its name as NameListToString() has it. */
static const SchemaObject *
find_domain(const List *objects, const char *name)
{
	ListCell   *lc;

	foreach(lc, objects)
	{
		const SchemaObject *object = lfirst(lc);

		if (kind_is(object, KIND_DOMAIN) && strcmp(psprintf("%s.%s", object->schema, object->name),
												   name) == 0)
			return object;
	}
	return NULL;
}

/* The array type that a domain is over, or the type itself; NULL if it is none that is known. */
static TypeName *
array_type(const SchemaObject *obj, TypeName *type)
{
	const SchemaObject *domain;

	if (type->names == NIL || type->arrayBounds != NIL)
		return type;
	domain = find_domain(obj->needs, NameListToString(type->names));
	/* what a domain's default needs, its domain does */
	if (domain == NULL && obj->parent != NULL)
		domain = find_domain(obj->parent->needs, NameListToString(type->names));
	return domain ? array_type(domain, shape_type(prop(domain, "type"))) : NULL;
}

/*
 * A constant's own type is not printed where it only gets a length: 'a'::varchar(3).  A number that
 * is cast is no constant of that type: ((1)::numeric)::numeric(6,1).
 */
static bool
gets_length(const TypeCast *constant, TypeName *type)
{
	TypeName   *bare = copyObject(type);

	bare->typmods = NIL;
	return IsA(constant->arg, A_Const) && nodeTag(&((A_Const *) constant->arg)->val) != T_Integer &&
		nodeTag(&((A_Const *) constant->arg)->val) != T_Float && equal(constant->typeName, bare);
}

static Node *
new_cast(Node *arg, TypeName *type)
{
	TypeCast   *cast = makeNode(TypeCast);

	if (IsA(arg, TypeCast) && (equal(((TypeCast *) arg)->typeName, type) ||
							   gets_length((TypeCast *) arg, type)))
		arg = ((TypeCast *) arg)->arg;
	cast->arg = arg;
	cast->typeName = type;
	cast->location = -1;
	return (Node *) cast;
}

/* Cast every element, as transformTypeCast() does; coerce_type() casts what a COLLATE is of. */
static void
cast_elements(const ShapeScope *scope, A_ArrayExpr *array, TypeName *type)
{
	ListCell   *lc;

	foreach(lc, array->elements)
	{
		Node	   *element = lfirst(lc);
		TypeName   *target = copyObject(type);

		if (IsA(element, A_ArrayExpr))
		{
			cast_elements(scope, (A_ArrayExpr *) element, type);
			continue;
		}
		if (!shape_is_array(scope, element))
			target->arrayBounds = NIL;
		if (IsA(element, CollateClause))
			((CollateClause *) element)->arg = new_cast(((CollateClause *) element)->arg, target);
		else
			lfirst(lc) = new_cast(element, target);
	}
}

/* An empty array has nothing else to say what it is. */
static void
cast_array(const ShapeScope *scope, TypeCast *cast)
{
	A_ArrayExpr *array = (A_ArrayExpr *) cast->arg;
	TypeName   *type;

	if (!IsA(array, A_ArrayExpr) || array->elements == NIL ||
		(type = array_type(scope->object, cast->typeName)) == NULL)
		return;
	cast_elements(scope, array, type);
	if (type == cast->typeName)
		*(A_ArrayExpr *) cast = *array;
}

/* ------------------------------------------------------------------- numbers */

static bool
is_of_type(const TypeName *type, const char *name)
{
	return type->typmods == NIL && type->arrayBounds == NIL &&
		equal(type->names, SystemTypeName(unconstify(char *, name))->names);
}

/* The parser makes one constant of - 2, which is printed as '-2'::integer then. */
static void
settle_number(TypeCast *cast)
{
	A_Const    *constant = (A_Const *) cast->arg;
	bool		is_integer = is_of_type(cast->typeName, "int4");
	SelectStmt *select;
	Node	   *number;

	if (!IsA(constant, A_Const) || nodeTag(&constant->val) != T_String ||
		!(is_integer || is_of_type(cast->typeName, "numeric")))
		return;
	select = castNode(SelectStmt, parse_statement("SELECT ", strVal(&constant->val)));
	number = linitial_node(ResTarget, select->targetList)->val;
	if (IsA(number, A_Const) && nodeTag(&((A_Const *) number)->val) == (is_integer ? T_Integer
																		: T_Float))
		*(A_Const *) cast = *(A_Const *) number;
}

/* --------------------------------------------------------------------- names */

static bool
sorts_by_name(const SelectStmt *select)
{
	ListCell   *lc;

	foreach(lc, select->sortClause)
	{
		if (IsA(((SortBy *) lfirst(lc))->node, ColumnRef))
			return true;
	}
	return false;
}

/*
 * Where nobody sees what a query's columns are called, PostgreSQL leaves a name out or makes one
 * up.
 */
static void
forget_names(SelectStmt *select)
{
	ListCell   *lc;

	if (select == NULL || !IsA(select, SelectStmt) || sorts_by_name(select))
		return;
	forget_names(select->larg);
	forget_names(select->rarg);
	foreach(lc, select->targetList)
	{
		lfirst_node(ResTarget, lc)->name = NULL;
	}
}

/* ---------------------------------------------------------------------- walk */

static bool settle(Node *node, void *scope);

/* Names in it are those of its FROM, and of the queries that it is in. */
static bool
settle_query(Node *node, ShapeScope *scope)
{
	bool		result;

	scope->queries = lcons(node, scope->queries);
	result = raw_expression_tree_walker(node, settle, scope);
	scope->queries = list_delete_first(scope->queries);
	return result;
}

static bool
settle(Node *node, void *scope)
{
	CHECK_FOR_INTERRUPTS();
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_TypeCast:
			(void) settle(((TypeCast *) node)->arg, scope);
			cast_array(scope, (TypeCast *) node);
			if (IsA(node, TypeCast))
				settle_number((TypeCast *) node);
			return false;
		case T_SelectStmt:
			forget_names(((SelectStmt *) node)->rarg);
			return settle_query(node, scope);
		case T_SubLink:
			forget_names((SelectStmt *) ((SubLink *) node)->subselect);
			break;
		case T_InsertStmt:
			forget_names((SelectStmt *) ((InsertStmt *) node)->selectStmt);
			return settle_query(node, scope);

			/* what follows is unknown to raw_expression_tree_walker() */
		case T_NotifyStmt:
			return false;
		case T_AlterTableStmt:
			return settle((Node *) ((AlterTableStmt *) node)->cmds, scope);
		case T_AlterTableCmd:
			return settle(((AlterTableCmd *) node)->def, scope);
		case T_Constraint:
			(void) settle(((Constraint *) node)->raw_expr, scope);
			(void) settle((Node *) ((Constraint *) node)->exclusions, scope);
			return settle(((Constraint *) node)->where_clause, scope);
		case T_CreateStmt:
			return settle((Node *) ((CreateStmt *) node)->partspec->partParams, scope);
		case T_PartitionElem:
			return settle(((PartitionElem *) node)->expr, scope);
		case T_IndexStmt:
			(void) settle((Node *) ((IndexStmt *) node)->indexParams, scope);
			return settle(((IndexStmt *) node)->whereClause, scope);
		case T_IndexElem:
			return settle(((IndexElem *) node)->expr, scope);
		case T_CreateStatsStmt:
			return settle((Node *) ((CreateStatsStmt *) node)->exprs, scope);
		case T_CreateTrigStmt:
			return settle(((CreateTrigStmt *) node)->whenClause, scope);
		case T_RuleStmt:
			(void) settle(((RuleStmt *) node)->whereClause, scope);
			return settle((Node *) ((RuleStmt *) node)->actions, scope);
		case T_CreateFunctionStmt:
			((ShapeScope *) scope)->parameters = ((CreateFunctionStmt *) node)->parameters;
			(void) settle((Node *) ((CreateFunctionStmt *) node)->parameters, scope);
			return settle(compat_function_body((CreateFunctionStmt *) node), scope);
		case T_FunctionParameter:
			return settle(((FunctionParameter *) node)->defexpr, scope);
		default:
			if (compat_raw_expression(node, &node))
				return settle(node, scope);
			break;
	}
	return raw_expression_tree_walker(node, settle, scope);
}

/* Lists without an order: true, and both are emptied, if they hold the same. */
static bool
same_members(List **a, List **b)
{
	if (list_length(*a) != list_length(*b) || list_difference(*a, *b) != NIL)
		return false;
	*a = *b = NIL;
	return true;
}

/* What ALTER TABLE t ADD ... adds, if it is a constraint. */
static Constraint *
added_constraint(Node *stmt)
{
	Node	   *added = IsA(stmt, AlterTableStmt)
	? linitial_node(AlterTableCmd, ((AlterTableStmt *) stmt)->cmds)->def : NULL;

	return added != NULL && IsA(added, Constraint) ? (Constraint *) added : NULL;
}

static bool
same_statements(Node *a, Node *b)
{
	Constraint *one = added_constraint(a);
	Constraint *other = added_constraint(b);

	if (one != NULL && other != NULL && compat_delete_columns(one) != NULL)
		(void) same_members(compat_delete_columns(one), compat_delete_columns(other));
	if (IsA(a, CreateStatsStmt) && IsA(b, CreateStatsStmt))
		(void) same_members(&((CreateStatsStmt *) a)->exprs, &((CreateStatsStmt *) b)->exprs);
	if (IsA(a, CreateTrigStmt) && IsA(b, CreateTrigStmt))
		(void) same_members(&((CreateTrigStmt *) a)->columns, &((CreateTrigStmt *) b)->columns);
	return equal(a, b);
}

static bool
same_sql(const SchemaObject *old, const SchemaObject *new, const char *prefix, const char *a,
		 const char *b)
{
	Node	   *one = parse_statement(prefix, a);
	Node	   *other = parse_statement(prefix, b);
	ShapeScope	old_scope = {.object = old};
	ShapeScope	new_scope = {.object = new};

	(void) settle(one, &old_scope);
	(void) settle(other, &new_scope);
	return same_statements(one, other);
}

bool
prop_same(const SchemaObject *old, const SchemaObject *new, const char *name, const char *a,
		  const char *b)
{
	const Kind *kind = old->kind;
	const char *sql;

	if (!texts_differ(a, b) || (kind->same != NULL && kind->same(old, new, name, a, b)))
		return true;
	if (a == NULL || b == NULL)
		return false;
	sql = kind_property(kind, name)->sql;
	return sql != NULL && same_sql(old, new, sql, a, b);
}
