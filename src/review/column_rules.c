/*
 * column_rules.c
 *		The rules for new tables and columns: types that are better not chosen, a table without a
 *		key, and values that the server writes into every row.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "review/rule_list.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "optimizer/optimizer.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"

/* serial and the like are no types: the parser recognizes them by these names. */
static bool
is_serial(const TypeName *name, bool *is_big)
{
	const char *word = "";

	if (list_length(name->names) == 1 && name->arrayBounds == NIL)
		word = strVal(linitial(name->names));
	*is_big = strcmp(word, "bigserial") == 0 || strcmp(word, "serial8") == 0;
	return *is_big || strcmp(word, "serial") == 0 || strcmp(word, "serial4") == 0 ||
		strcmp(word, "smallserial") == 0 || strcmp(word, "serial2") == 0;
}

static bool
is_key(const ColumnDef *column, const List *keys)
{
	ListCell   *lc;

	foreach(lc, column->constraints)
	{
		if (lfirst_node(Constraint, lc)->contype == CONSTR_PRIMARY)
			return true;
	}
	foreach(lc, keys)
	{
		if (strcmp(strVal(lfirst(lc)), column->colname) == 0)
			return list_length(keys) == 1;
	}
	return false;
}

void
look_at_column_type(Look *l, const ColumnDef *column, const List *keys)
{
	const char *subject = look_column(l, column->colname);
	bool		is_big;
	int32		typmod;

	if (column->typeName == NULL)
		return;
	if (is_serial(column->typeName, &is_big))
	{
		look_hit(l, RULE_PREFER_IDENTITY, InvalidOid, subject);
		if (!is_big && is_key(column, keys))
			look_hit(l, RULE_PREFER_BIGINT, InvalidOid, subject);
		return;
	}
	switch (asked_type(column->typeName, &typmod))
	{
		case INT2OID:
		case INT4OID:
			if (is_key(column, keys))
				look_hit(l, RULE_PREFER_BIGINT, InvalidOid, subject);
			break;
		case JSONOID:
			look_hit(l, RULE_PREFER_JSONB, InvalidOid, subject);
			break;
		case BPCHAROID:
			look_hit(l, RULE_PREFER_TEXT, InvalidOid, subject);
			break;
		case TIMESTAMPOID:
			look_hit(l, RULE_PREFER_TIMESTAMPTZ, InvalidOid, subject);
			break;
		default:
			break;
	}
}

void
look_at_create_table(Look *l, const CreateStmt *stmt)
{
	const List *keys = NIL;
	bool		has_key = stmt->partbound != NULL || stmt->inhRelations != NIL;
	ListCell   *lc;

	has_key |= stmt->ofTypename != NULL;
	has_key |= stmt->relation->relpersistence == RELPERSISTENCE_TEMP;
	l->table = look_quoted(stmt->relation);
	foreach(lc, stmt->tableElts)
	{
		if (IsA(lfirst(lc), Constraint) && lfirst_node(Constraint, lc)->contype == CONSTR_PRIMARY)
			keys = lfirst_node(Constraint, lc)->keys;
		has_key |= IsA(lfirst(lc), TableLikeClause);
	}
	foreach(lc, stmt->tableElts)
	{
		if (!IsA(lfirst(lc), ColumnDef))
			continue;
		has_key |= is_key(lfirst(lc), NIL);
		look_at_column_type(l, lfirst(lc), keys);
	}
	if (!has_key && keys == NIL)
		look_hit(l, RULE_NO_PRIMARY_KEY, InvalidOid, l->table);
}

static bool
is_volatile(Node *expression)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *parsed = transformExpr(pstate, copyObject(expression), EXPR_KIND_COLUMN_DEFAULT);
	bool		result = contain_volatile_functions(parsed);

	free_parsestate(pstate);
	return result;
}

bool
column_adds_values(const ColumnDef *column)
{
	bool		is_big;
	int32		typmod;
	ListCell   *lc;

	if (column->typeName != NULL && is_serial(column->typeName, &is_big))
		return true;
	/* the domain may not allow NULL, so the server checks each row */
	if (column->typeName != NULL &&
		DomainHasConstraints(asked_type(column->typeName, &typmod), NULL))
		return true;
	foreach(lc, column->constraints)
	{
		const Constraint *constraint = lfirst_node(Constraint, lc);

		if (constraint->contype == CONSTR_IDENTITY || compat_is_stored(constraint))
			return true;
		if (constraint->contype == CONSTR_DEFAULT && is_volatile(constraint->raw_expr))
			return true;
	}
	return false;
}
