/*
 * not_null.c
 *		NOT NULL of columns.
 *
 * It is a property of its column, with statements of its own.  Since PostgreSQL
 * 18 it is a constraint as well: it may have a name that is not the usual one, a
 * comment, may be not valid yet, and not for children.  Before 18 all of that is
 * NULL here, and nothing but SET and DROP NOT NULL is written.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"

/* Does the NOT NULL have anything that ALTER COLUMN ... SET NOT NULL would not give it? */
static bool
is_special(const SchemaObject *column)
{
	return prop(column, "not_null_name") != NULL || prop_true(column, "not_null_no_inherit") ||
		prop_true(column, "not_null_not_valid");
}

static const char *
constraint_name(const SchemaObject *column)
{
	return quote_identifier(prop(column, "_not_null"));
}

char *
not_null_clause(const SchemaObject *column, bool named)
{
	const char *name = prop(column, "_not_null");
	const char *usual = psprintf("%s_%s_not_null", column->parent->name, column->name);
	bool		is_usual = name == NULL || (strcmp(name, usual) == 0 && !named);

	/* the clause of a column cannot say NOT VALID */
	if (!prop_true(column, "not_null") || prop_true(column, "not_null_not_valid"))
		return "";
	return psprintf("%s NOT NULL%s", is_usual ? ""
					: psprintf(" CONSTRAINT %s", quote_identifier(name)),
					prop_true(column, "not_null_no_inherit") ? " NO INHERIT" : "");
}

static void
write_own_comment(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	const char *comment = prop(new, "not_null_comment");

	if (texts_differ(old ? prop(old, "not_null_comment") : NULL, comment))
		put(w, "COMMENT ON CONSTRAINT %s ON %s IS %s", constraint_name(new), new->parent->identity,
			comment ? literal(comment) : "NULL");
}

/* Is it, or a part of it that must hold, "column IS NOT NULL"? */
static bool
excludes_null(const Node *condition, const char *column)
{
	const NullTest *test = (const NullTest *) condition;
	const ColumnRef *reference;
	ListCell   *lc;

	check_stack_depth();
	if (IsA(condition, BoolExpr) && ((const BoolExpr *) condition)->boolop == AND_EXPR)
	{
		foreach(lc, ((const BoolExpr *) condition)->args)
		{
			if (excludes_null(lfirst(lc), column))
				return true;
		}
	}
	if (!IsA(condition, NullTest) || test->nulltesttype != IS_NOT_NULL ||
		!IsA(test->arg, ColumnRef))
		return false;
	reference = (const ColumnRef *) test->arg;
	return list_length(reference->fields) == 1 && IsA(linitial(reference->fields), String) &&
		strcmp(strVal(linitial(reference->fields)), column) == 0;
}

/*
 * Does the CHECK let no NULL of the column pass, as the server sees it at once?  column is
 * unquoted.
 */
static bool
check_excludes_null(const SchemaObject *check, const char *column)
{
	const char *sql = psprintf("ALTER TABLE t ADD %s", prop(check, "definition"));
	const AlterTableStmt *stmt = castNode(AlterTableStmt,
										  linitial_node(RawStmt, pg_parse_query(sql))->stmt);
	const Constraint *constraint = castNode(Constraint,
											linitial_node(AlterTableCmd, stmt->cmds)->def);

	return constraint->contype == CONSTR_CHECK && excludes_null(constraint->raw_expr, column);
}

/* Does the old table have a CHECK that already excludes NULL, and keep it? */
static bool
is_checked(const SchemaObject *before, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, before->parent->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_CONSTRAINT) && prop_is(part, "type", "c") &&
			prop_true(part, "_validated") && !object_goes(w, part) &&
			check_excludes_null(part, before->name))
			return true;
	}
	return false;
}

/*
 * Has a child of the old column's table to be looked through, or one below?  lost: their NOT NULL
 * went with the parent's.
 */
static bool
are_children_read(const SchemaObject *before, bool lost, const Writer *w)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, before->parent->needed_by)
	{
		const SchemaObject *theirs = column_below(before, lfirst(lc), w->from);

		if (theirs == NULL)
			continue;
		if (prop_is(theirs->parent, "kind", "r") && (lost || !prop_true(theirs, "not_null")) &&
			!is_checked(theirs, w))
			return true;
		if (are_children_read(theirs, lost, w))
			return true;
	}
	return false;
}

/* Does the server look for NULLs? */
static bool
is_read(const SchemaObject *column, bool only, const Writer *w)
{
	const SchemaObject *before = w->changes->of_new[column->number]->old;

	if (before == NULL)
		return !prop_is(column->parent, "kind", "f");
	return (prop_is(before->parent, "kind", "r") && !is_checked(before, w)) ||
		(!only && are_children_read(before, prop_true(before, "not_null"), w));
}

void
not_null_set(const SchemaObject *column, bool only, Writer *w)
{
	const SchemaObject *table = column->parent;
	bool		is_valid = !prop_true(column, "not_null_not_valid");
	int			hazards = is_valid && is_read(column, only, w) ? HAZARD_SCAN | HAZARD_MAY_FAIL : 0;
	SchemaStatement *statement;

	if (is_special(column))
	{
		statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, hazards,
						   "%s %s ADD CONSTRAINT %s NOT NULL %s%s%s", alter_table(table),
						   table->identity, constraint_name(column), quote_identifier(column->name),
						   prop_true(column, "not_null_no_inherit") ? " NO INHERIT" : "", is_valid
						   ? "" : " NOT VALID");
		statement->kind = STATEMENT_CONSTRAINT;
		statement->name = prop(column, "_not_null");
	}
	else
	{
		statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, hazards,
						   "%s %s%s ALTER COLUMN %s SET NOT NULL", alter_table(table),
						   only ? "ONLY " : "", table->identity, quote_identifier(column->name));
		statement->kind = only ? STATEMENT_OTHER : STATEMENT_NOT_NULL;
		statement->name = column->name;
	}
	if (!only)
		with_children(w, statement);
	if (is_valid)
		rows_in_way(statement, ROWS_NULL, table->identity, quote_identifier(column->name), NULL,
					NULL);
	write_own_comment(NULL, column, w);
}

void
not_null_write_rest(const SchemaObject *column, Writer *w)
{
	if (prop_true(column, "not_null_not_valid"))
		not_null_set(column, false, w);
	else
		write_own_comment(NULL, column, w);
}

void
not_null_drop(const SchemaObject *column, bool only, Writer *w)
{
	const SchemaObject *table = column->parent;
	SchemaStatement *statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0,
										"%s %s%s ALTER COLUMN %s DROP NOT NULL", alter_table(table),
										only ? "ONLY "
										: "", table->identity, quote_identifier(column->name));

	if (!only)
		with_children(w, statement);
}

static bool
keeps_a_parent(const SchemaObject *table, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		const SchemaObject *link = lfirst(lc);

		if (link->kind->link == LINK_OF_TABLES &&
			table_keeps_link(link, w->changes, true))
			return true;
	}
	return false;
}

/*
 * One that a parent has as well cannot be renamed, and its name says nothing; but
 * a table that leaves its parents has it to itself then, and one that gets some
 * still has.
 */
static bool
is_renamed(const Change *change, const Writer *w)
{
	if (!texts_differ(prop(change->old, "_not_null"), prop(change->new, "_not_null")))
		return false;
	return !keeps_a_parent(change->new->parent, w) ||
		!(prop_true(change->old, "not_null_inherited") ||
		  prop_true(change->new, "not_null_inherited"));
}

/* Change a NOT NULL that is a constraint in both schemas. */
static void
alter_constraint(const Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const SchemaObject *table = new->parent;
	const char *name = constraint_name(new);
	const Change *parent = column_parent_change(change, w->changes);

	/* the statement about the parent changes the child as well */
	bool		validity = prop_differs(change, "not_null_not_valid") &&
	!(parent != NULL && prop_differs(parent, "not_null_not_valid"));

	if (validity && prop_true(new, "not_null_not_valid"))
	{
		not_null_drop(new, false, w);
		not_null_set(new, false, w);
		return;
	}
	if (is_renamed(change, w))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s RENAME CONSTRAINT %s TO %s",
			   alter_table(table), table->identity,
			   constraint_name(old), name);
	if (prop_differs(change, "not_null_no_inherit"))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE,
			   prop_true(new, "not_null_no_inherit") ? 0 : HAZARD_SCAN | HAZARD_MAY_FAIL,
			   "%s %s ALTER CONSTRAINT %s %sINHERIT", alter_table(table), table->identity, name,
			   prop_true(new, "not_null_no_inherit") ? "NO " : "");
	if (validity)
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, HAZARD_SCAN | HAZARD_MAY_FAIL,
			   "%s %s VALIDATE CONSTRAINT %s",
			   alter_table(table), table->identity, name);
	write_own_comment(old, new, w);
}

/*
 * A child that comes after its parent's NOT NULL has it valid, whether the
 * parent's is or not, and nothing takes that back.
 */
bool
not_null_same(const SchemaObject *old, const SchemaObject *new, const char *prop_name,
			  const char *a, const char *b)
{
	return strcmp(prop_name, "not_null_not_valid") == 0 && a == NULL &&
		prop_true(old, "not_null_inherited") && prop_true(new, "not_null_inherited");
}

void
not_null_alter(const Change *change, bool only, Writer *w)
{
	bool		was = prop_true(change->old, "not_null");
	bool		is = prop_true(change->new, "not_null");

	if (was && is)
	{
		if (prop(change->new, "_not_null") != NULL)
			alter_constraint(change, w);
	}
	else if (is)
		not_null_set(change->new, only, w);
	else if (was)
		not_null_drop(change->new, only, w);
}
