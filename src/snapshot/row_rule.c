/*
 * row_rule.c
 *		What a statement will ask of the rows that are there: a CHECK, a key, an
 *		exclusion constraint, a unique index.
 *
 * The statement is one of ours, and the server's parser says what it has in it.
 * Its expressions are read as the server will read them, and printed for the
 * query that counts the rows.  They are evaluated there, as the caller, so that
 * nothing may be in them that is not PostgreSQL's own and immutable.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "snapshot/row_rule.h"

#include "access/transam.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_collate.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_oper.h"
#include "parser/parse_relation.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"

/* ------------------------------------------------------------- expressions */

static bool
is_foreign_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId || func_volatile(function) != PROVOLATILE_IMMUTABLE;
}

/* Does the expression use a type or function that is not built in, or a generated column? */
static bool
is_foreign(Node *node, void *context)
{
	TupleDesc	columns = context;

	if (node == NULL)
		return false;
	if (!IsA(node, List) && exprType(node) >= FirstNormalObjectId)
		return true;
	if (IsA(node, Var) &&
		(((Var *) node)->varattno <= 0 ||
		 TupleDescAttr(columns, ((Var *) node)->varattno - 1)->attgenerated != '\0'))
		return true;
	return check_functions_in_node(node, is_foreign_function, NULL) ||
		expression_tree_walker(node, is_foreign, context);
}

/* The expression as SQL; NULL if it must not be evaluated. */
static char *
print_expression(Relation rel, Node *raw, bool is_condition, bool any_function)
{
	int			nest_level;
	char	   *text;
	ParseState *pstate = make_parsestate(NULL);
	Node	   *expression;

	addNSItemToQuery(pstate, addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL,
														   false, true), true, true, true);
	expression = transformExpr(pstate, copyObject(raw),
							   is_condition ? EXPR_KIND_CHECK_CONSTRAINT
							   : EXPR_KIND_INDEX_EXPRESSION);
	if (is_condition)
		expression = coerce_to_boolean(pstate, expression, "CHECK");
	assign_expr_collations(pstate, expression);
	free_parsestate(pstate);
	if (!any_function && is_foreign(expression, RelationGetDescr(rel)))
		return NULL;
	nest_level = settings_pin_path();
	text = deparse_expression(expression, deparse_context_for(RelationGetRelationName(rel),
															  RelationGetRelid(rel)), false, false);
	settings_leave(nest_level);
	return text;
}

static Node *
column_reference(const char *name)
{
	ColumnRef  *column = makeNode(ColumnRef);

	column->fields = list_make1(makeString(pstrdup(name)));
	column->location = -1;
	return (Node *) column;
}

/* ------------------------------------------------------------- statements */

static bool
add_key(RowRule *rule, Relation rel, Node *expression)
{
	char	   *key = print_expression(rel, expression, false, rule->any_function);

	rule->keys = lappend(rule->keys, key);
	return key != NULL;
}

/*
 * Add a key of an index.  Returns false if its collation or operators are not the defaults: their
 * "=" may be another.
 */
static bool
add_index_key(RowRule *rule, Relation rel, const IndexElem *element)
{
	return element->collation == NIL && element->opclass == NIL &&
		add_key(rule, rel, element->name != NULL ? column_reference(element->name) : element->expr);
}

static bool
add_exclusion(RowRule *rule, Relation rel, const List *pair)
{
	const IndexElem *element = linitial(pair);
	List	   *name = lsecond(pair);
	AttrNumber	column = element->name != NULL ? get_attnum(RelationGetRelid(rel), element->name)
	: InvalidAttrNumber;
	Oid			type = column > 0 ? get_atttype(RelationGetRelid(rel), column) : InvalidOid;
	Oid			operator =
	OidIsValid(type) ? compatible_oper_opid(name, type, type, true) : InvalidOid;

	rule->operators = lappend(rule->operators, pstrdup(strVal(llast(name))));
	return OidIsValid(operator) && !is_foreign_function(get_opcode(operator), NULL) &&
		element->collation == NIL &&
		add_key(rule, rel, column_reference(element->name));
}

static bool
add_condition(RowRule *rule, Relation rel, Node *condition)
{
	rule->condition =
		condition != NULL ? print_expression(rel, condition, true, rule->any_function) : NULL;
	return condition == NULL || rule->condition != NULL;
}

static bool
read_index(RowRule *rule, Relation rel, const IndexStmt *index)
{
	ListCell   *lc;

	rule->nulls_equal = compat_nulls_equal((const Node *) index);
	foreach(lc, index->indexParams)
	{
		if (!add_index_key(rule, rel, lfirst(lc)))
			return false;
	}
	return index->unique && add_condition(rule, rel, index->whereClause);
}

static bool
read_constraint(RowRule *rule, Relation rel, const Constraint *constraint)
{
	ListCell   *lc;

	if (compat_is_temporal(constraint))
		return false;
	switch (constraint->contype)
	{
		case CONSTR_CHECK:
			rule->no_children = constraint->is_no_inherit;
			return add_condition(rule, rel, constraint->raw_expr);
		case CONSTR_PRIMARY:
		case CONSTR_UNIQUE:
			rule->nulls_equal = compat_nulls_equal((const Node *) constraint);
			foreach(lc, constraint->keys)
			{
				if (!add_key(rule, rel, column_reference(strVal(lfirst(lc)))))
					return false;
			}
			return true;
		case CONSTR_EXCLUSION:
			foreach(lc, constraint->exclusions)
			{
				if (!add_exclusion(rule, rel, lfirst(lc)))
					return false;
			}
			return add_condition(rule, rel, constraint->where_clause);
		default:
			return false;
	}
}

/* The constraint that an ALTER TABLE adds, or NULL. */
static const Constraint *
added_constraint(const Node *statement)
{
	const AlterTableCmd *command;

	if (!IsA(statement, AlterTableStmt))
		return NULL;
	command = linitial(((const AlterTableStmt *) statement)->cmds);
	return command->subtype == AT_AddConstraint ? castNode(Constraint, command->def) : NULL;
}

static Node *
parse(const char *sql)
{
	return linitial_node(RawStmt, pg_parse_query(sql))->stmt;
}

bool
row_rule_is_temporal(const char *sql)
{
	const Constraint *constraint = added_constraint(parse(sql));

	return constraint != NULL && compat_is_temporal(constraint);
}

char *
row_rule_expression(Relation rel, Node *expression)
{
	return print_expression(rel, expression, false, true);
}

static RowRule *
read_statement(Node *statement, Relation rel, bool any_function)
{
	RowRule    *rule = palloc0(sizeof(RowRule));
	const Constraint *constraint = added_constraint(statement);
	bool		is_read = false;

	rule->any_function = any_function;

	/*
	 * one of a partitioned table only asks nothing: those of its partitions
	 * do
	 */
	if (IsA(statement, IndexStmt))
		is_read = rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE &&
			read_index(rule, rel, castNode(IndexStmt, statement));
	else if (constraint != NULL)
		is_read = read_constraint(rule, rel, constraint);
	return is_read ? rule : NULL;
}

RowRule *
row_rule_read(const char *sql, Relation rel)
{
	return read_statement(parse(sql), rel, false);
}

RowRule *
row_rule_of(Node *statement, Relation rel)
{
	return read_statement(statement, rel, true);
}
