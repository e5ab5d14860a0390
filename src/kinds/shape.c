/*
 * shape.c
 *		Does an expression that PostgreSQL has printed yield an array?
 *
 * For meaning.c, which has no tables to ask the server's parser about: those of the
 * other side of a comparison are gone.  A column, function or operator is known by the
 * object that the expression needs, what belongs to the server or is not managed by the
 * catalogs.  Of functions of one name those count that take arrays where arrays are given.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/object.h"
#include "kinds/shape.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "tcop/tcopprot.h"

typedef struct Shape
{
	const ShapeScope *scope;
	int			names;			/* that are being followed: they may refer to
								 * each other */
} Shape;

static bool yields_array(Shape *shape, Node *node);
static Oid	type_of(const ShapeScope *scope, Node *node);

/* ------------------------------------------------------------------ functions */

/* An argument by its number: what stands for it in a shape, or '\0' if there is none. */
static char
argument_letter(const char *shape, int number)
{
	int			nargs = strcspn(shape, " ") - 1;

	if (nargs > 0 && shape[nargs] == SHAPE_MORE)
	{
		nargs--;
		/* the elements of the array, or the array itself */
		if (number >= nargs - 1)
			return SHAPE_ANY;
	}
	return number < nargs ? shape[1 + number] : '\0';
}

static bool
takes(const char *shape, const List *arrays)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, arrays)
	{
		char		letter = argument_letter(shape, number++);

		if (letter == '\0' || (letter != SHAPE_ANY &&
							   (letter == SHAPE_ARRAY) != (lfirst_int(lc) != 0)))
			return false;
	}
	return true;
}

/* The server's own type that an argument is of; InvalidOid if it is another, or nothing says it. */
static Oid
argument_type(const char *shape, int number)
{
	const char *types = strchr(shape, ' ');

	for (; types != NULL && number > 0; number--)
		types = strchr(types + 1, ' ');
	return types != NULL ? strtoul(types + 1, NULL, 10) : InvalidOid;
}

/* Of the arguments, those whose types are known are of the types that the function takes. */
static bool
takes_types(const char *shape, const List *types)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, types)
	{
		Oid			type = argument_type(shape, number++);

		if (OidIsValid(type) && OidIsValid(lfirst_oid(lc)) && type != lfirst_oid(lc))
			return false;
	}
	return true;
}

static bool
returns_array(const char *shape, const List *arrays)
{
	int			number = 0;
	ListCell   *lc;

	if (shape[0] != SHAPE_ANY)
		return shape[0] == SHAPE_ARRAY;
	foreach(lc, arrays)
	{
		if (argument_letter(shape, number++) == SHAPE_ANY && lfirst_int(lc) != 0)
			return true;
	}
	return false;
}

/* Of the objects that the expression needs, those of this kind and name: their shapes. */
static List *
needed_shapes(const SchemaObject *obj, ObjectKind kind, const char *schema, const char *name)
{
	List	   *shapes = NIL;
	ListCell   *lc;

	foreach(lc, obj->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if (kind_is(need, kind) && strcmp(need->name, name) == 0 &&
			strcmp(need->schema, schema) == 0 &&
			prop(need, "_shape") != NULL)
			shapes = lappend(shapes, unconstify(char *, prop(need, "_shape")));
	}
	return shapes;
}

/* Names are printed without a schema where it is pg_catalog. */
static bool
call_yields_array(Shape *shape, bool is_operator, const List *names, const List *args)
{
	const char *name = strVal(llast(names));
	const char *schema = list_length(names) > 1 ? strVal(linitial(names)) : "pg_catalog";
	const SchemaObject *obj = shape->scope->object;
	List	   *arrays = NIL;
	List	   *types = NIL;
	List	   *shapes;
	ListCell   *lc;

	foreach(lc, args)
	{
		Node	   *arg = lfirst(lc);

		if (IsA(arg, NamedArgExpr))
			arg = (Node *) ((NamedArgExpr *) arg)->arg;
		arrays = lappend_int(arrays, yields_array(shape, arg));
		types = lappend_oid(types, type_of(shape->scope, arg));
	}
	if (is_operator)
		shapes = needed_shapes(obj, KIND_OPERATOR, schema, name);
	else
		shapes = list_concat(needed_shapes(obj, KIND_FUNCTION, schema, name),
							 needed_shapes(obj, KIND_AGGREGATE, schema, name));
	if (shapes == NIL)
		shapes = asked_shapes(is_operator, schema, name);
	foreach(lc, shapes)
	{
		if (takes(lfirst(lc), arrays) && takes_types(lfirst(lc), types))
			return returns_array(lfirst(lc), arrays);
	}
	return false;
}

/* ---------------------------------------------------------------------- names */

TypeName *
shape_type(const char *type)
{
	List	   *parsed = compat_parse(psprintf("SELECT NULL::%s", type), true);
	SelectStmt *select = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);

	return castNode(TypeCast, linitial_node(ResTarget, select->targetList)->val)->typeName;
}

static bool
is_array_type(const SchemaObject *column)
{
	return shape_type(prop(column, "type"))->arrayBounds != NIL;
}

/* A column or attribute of this name; table NULL: of any. */
static const SchemaObject *
find_column(const List *objects, ObjectKind kind, const char *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, objects)
	{
		const SchemaObject *object = lfirst(lc);

		if (kind_is(object, kind) && strcmp(object->name, name) == 0 &&
			(table == NULL || strcmp(object->parent->name, table) == 0))
			return object;
	}
	return NULL;
}

/* What a name stands for. */
typedef struct Named
{
	const char *relation;		/* NULL: any */
	const char *column;
	const SchemaObject *object; /* found: a column */
	const SelectStmt *query;	/* found: a query in FROM or WITH, and which
								 * of its columns */
	int			number;
} Named;

static const SelectStmt *
leftmost(const SelectStmt *select)
{
	while (select->larg != NULL)
		select = select->larg;
	return select;
}

static int
find_name(const List *names, const char *name)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, names)
	{
		Node	   *node = lfirst(lc);
		const char *one = IsA(node, ResTarget) ? ((const ResTarget *) node)->name : strVal(node);

		if (one != NULL && strcmp(one, name) == 0)
			return number;
		number++;
	}
	return -1;
}

/* A column that has no name of its own is called as what it is. */
static int
find_unnamed(const List *targets, const char *name)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, targets)
	{
		const ResTarget *target = lfirst_node(ResTarget, lc);

		if (target->name == NULL && IsA(target->val, ColumnRef) &&
			IsA(llast(((ColumnRef *) target->val)->fields), String) &&
			strcmp(strVal(llast(((ColumnRef *) target->val)->fields)), name) == 0)
			return number;
		number++;
	}
	return -1;
}

static bool
find_in_query(Named *named, Node *query, const List *names)
{
	int			number;

	if (query == NULL || !IsA(query, SelectStmt))
		return false;
	number = find_name(names, named->column);
	named->query = leftmost((SelectStmt *) query);
	if (names == NIL)
		number = find_name(named->query->targetList, named->column);
	if (number < 0 && names == NIL)
		number = find_unnamed(named->query->targetList, named->column);
	named->number = number;
	return number >= 0 && number < list_length(named->query->targetList);
}

static const CommonTableExpr *
find_with(const ShapeScope *scope, const char *name)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, scope->queries)
	{
		Node	   *query = lfirst(lc);
		WithClause *with = IsA(query, SelectStmt) ? ((SelectStmt *) query)->withClause
		: IsA(query, InsertStmt) ? ((InsertStmt *) query)->withClause : NULL;

		if (with == NULL)
			continue;
		foreach(lc2, with->ctes)
		{
			if (strcmp(lfirst_node(CommonTableExpr, lc2)->ctename, name) == 0)
				return lfirst(lc2);
		}
	}
	return NULL;
}

static bool
find_in_relation(const ShapeScope *scope, Named *named, const RangeVar *relation)
{
	const CommonTableExpr *with =
	relation->schemaname == NULL ? find_with(scope, relation->relname) : NULL;
	const List *names = relation->alias != NULL ? relation->alias->colnames : NIL;

	if (with != NULL)
		return find_in_query(named, with->ctequery, names != NIL ? names : with->aliascolnames);
	named->object = find_column(scope->object->needs, KIND_COLUMN, relation->relname,
								named->column);
	return named->object != NULL;
}

static bool
is_called(const char *relation, const Alias *alias, const char *name)
{
	if (relation == NULL)
		return true;
	if (alias != NULL)
		name = alias->aliasname;
	return name != NULL && strcmp(relation, name) == 0;
}

static bool
find_in_from(const ShapeScope *scope, Named *named, Node *item)
{
	switch (nodeTag(item))
	{
		case T_JoinExpr:
			if (((JoinExpr *) item)->alias != NULL &&
				is_called(named->relation, ((JoinExpr *) item)->alias, NULL))
				named->relation = NULL;
			return find_in_from(scope, named, ((JoinExpr *) item)->larg) ||
				find_in_from(scope, named, ((JoinExpr *) item)->rarg);
		case T_RangeSubselect:
			return is_called(named->relation, ((RangeSubselect *) item)->alias, NULL) &&
				find_in_query(named, ((RangeSubselect *) item)->subquery,
							  ((RangeSubselect *) item)->alias
							  ? ((RangeSubselect *) item)->alias->colnames : NIL);
		case T_RangeVar:
			return is_called(named->relation, ((RangeVar *) item)->alias,
							 ((RangeVar *) item)->relname) &&
				find_in_relation(scope, named, (RangeVar *) item);
		default:
			return false;
	}
}

/* From the innermost query outwards. */
static bool
find_in_queries(const ShapeScope *scope, Named *named)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, scope->queries)
	{
		Node	   *query = lfirst(lc);

		if (!IsA(query, SelectStmt))
			continue;
		foreach(lc2, ((SelectStmt *) query)->fromClause)
		{
			if (find_in_from(scope, named, lfirst(lc2)))
				return true;
		}
	}
	return false;
}

static bool
parameter_is_array(const ShapeScope *scope, const char *name)
{
	ListCell   *lc;

	foreach(lc, scope->parameters)
	{
		const FunctionParameter *parameter = lfirst_node(FunctionParameter, lc);

		if (parameter->name != NULL && strcmp(parameter->name, name) == 0)
			return parameter->argType->arrayBounds != NIL;
	}
	return false;
}

/* An expression that stands in another query, in FROM or WITH, or in parentheses. */
static bool
yields_array_in(Shape *shape, const SelectStmt *query, Node *node)
{
	const ShapeScope *outer = shape->scope;
	ShapeScope	scope = *outer;
	bool		is_array;

	scope.queries = lcons(unconstify(SelectStmt *, query), list_copy(outer->queries));
	shape->scope = &scope;
	is_array = yields_array(shape, node);
	shape->scope = outer;
	return is_array;
}

/* Queries are in each other so often, at most, that this goes through them all. */
#define MAX_NAMES 10

static Named
find_named(const ShapeScope *scope, const List *fields)
{
	Named		named = {.column = strVal(llast(fields)),
	.relation = list_length(fields) > 1 ? strVal(list_nth(fields, list_length(fields) - 2)) : NULL};

	if (!find_in_queries(scope, &named))
	{
		named.query = NULL;
		named.object = find_column(scope->object->needs, KIND_COLUMN, NULL, named.column);
	}
	/* a partition key is its table's, of which the columns are parts */
	if (named.query == NULL && named.object == NULL)
		named.object = find_column(scope->object->parts, KIND_COLUMN, NULL, named.column);
	return named;
}

static bool
column_yields_array(Shape *shape, const List *fields)
{
	Named		named;
	bool		is_array;

	if (shape->names == MAX_NAMES)
		return false;
	named = find_named(shape->scope, fields);
	if (named.query == NULL)
		return named.object != NULL ? is_array_type(named.object)
			: parameter_is_array(shape->scope, named.column);
	shape->names++;
	is_array = yields_array_in(shape, named.query,
							   list_nth_node(ResTarget, named.query->targetList,
											 named.number)->val);
	shape->names--;
	return is_array;
}

/* Of a cast, a column and a number; arguments are printed with the type that they are given as. */
static Oid
type_of(const ShapeScope *scope, Node *node)
{
	const SchemaObject *column;

	if (IsA(node, A_Const))
		return nodeTag(&castNode(A_Const, node)->val) == T_Integer ? INT4OID
			: nodeTag(&castNode(A_Const, node)->val) == T_Float ? NUMERICOID : InvalidOid;
	if (IsA(node, ColumnRef) && IsA(llast(castNode(ColumnRef, node)->fields), String))
	{
		column = find_named(scope, castNode(ColumnRef, node)->fields).object;
		return column != NULL && prop(column, "_typid") != NULL
			? asked_own_type(strtoul(prop(column, "_typid"), NULL, 10)) : InvalidOid;
	}
	return IsA(node, TypeCast)
		? asked_own_type(asked_type(castNode(TypeCast, node)->typeName, NULL))
		: InvalidOid;
}

static bool
attribute_is_array(const SchemaObject *obj, const char *name)
{
	const SchemaObject *found = find_column(obj->needs, KIND_ATTRIBUTE, NULL, name);

	if (found == NULL)
		found = find_column(obj->needs, KIND_COLUMN, NULL, name);
	return found != NULL && is_array_type(found);
}

/* --------------------------------------------------------------- expressions */

static bool
any_yields_array(Shape *shape, const List *nodes)
{
	ListCell   *lc;

	foreach(lc, nodes)
	{
		if (yields_array(shape, lfirst(lc)))
			return true;
	}
	return false;
}

static bool
case_yields_array(Shape *shape, const CaseExpr *expr)
{
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		if (yields_array(shape, (Node *) lfirst_node(CaseWhen, lc)->result))
			return true;
	}
	return expr->defresult != NULL && yields_array(shape, (Node *) expr->defresult);
}

static bool
query_yields_array(Shape *shape, const SelectStmt *select)
{
	select = leftmost(select);
	if (select->targetList == NIL)
		return select->valuesLists != NIL &&
			yields_array(shape, linitial(linitial(select->valuesLists)));
	return yields_array_in(shape, select, linitial_node(ResTarget, select->targetList)->val);
}

/* A slice is an array, an element and an attribute are what they are. */
static bool
indirection_yields_array(Shape *shape, const List *indirection)
{
	bool		is_array = false;
	ListCell   *lc;

	foreach(lc, indirection)
	{
		Node	   *step = lfirst(lc);

		if (IsA(step, A_Indices))
			is_array = ((A_Indices *) step)->is_slice;
		else if (IsA(step, String))
			is_array = attribute_is_array(shape->scope->object, strVal(step));
	}
	return is_array;
}

static bool
operator_yields_array(Shape *shape, const A_Expr *expr)
{
	switch (expr->kind)
	{
		case AEXPR_NULLIF:
			return yields_array(shape, expr->lexpr);
		case AEXPR_OP:
			return call_yields_array(shape, true, expr->name,
									 expr->lexpr ? list_make2(expr->lexpr, expr->rexpr)
									 : list_make1(expr->rexpr));
		default:
			return false;
	}
}

static bool
yields_array(Shape *shape, Node *node)
{
	CHECK_FOR_INTERRUPTS();
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_TypeCast:
			return ((TypeCast *) node)->typeName->arrayBounds != NIL;
		case T_A_ArrayExpr:
			return true;
		case T_CollateClause:
			return yields_array(shape, ((CollateClause *) node)->arg);
		case T_ColumnRef:
			return IsA(llast(((ColumnRef *) node)->fields), String) &&
				column_yields_array(shape, ((ColumnRef *) node)->fields);
		case T_A_Indirection:
			return indirection_yields_array(shape, ((A_Indirection *) node)->indirection);
		case T_FuncCall:
			return call_yields_array(shape, false, ((FuncCall *) node)->funcname,
									 ((FuncCall *) node)->args);
		case T_A_Expr:
			return operator_yields_array(shape, (A_Expr *) node);
		case T_CoalesceExpr:
			return any_yields_array(shape, ((CoalesceExpr *) node)->args);
		case T_MinMaxExpr:
			return any_yields_array(shape, ((MinMaxExpr *) node)->args);
		case T_CaseExpr:
			return case_yields_array(shape, (CaseExpr *) node);
		case T_SubLink:
			if (((SubLink *) node)->subLinkType == EXPR_SUBLINK)
				return query_yields_array(shape, (SelectStmt *) ((SubLink *) node)->subselect);
			return ((SubLink *) node)->subLinkType == ARRAY_SUBLINK;
		default:
			return false;
	}
}

bool
shape_is_array(const ShapeScope *scope, Node *node)
{
	Shape		shape = {.scope = scope};

	return yields_array(&shape, node);
}
