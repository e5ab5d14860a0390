/*
 * online_chain.c
 *		Writes the changes of a comparison as a chain of revisions for a database in use.
 *
 * Slow steps run in revisions of their own and take no lock that stops other sessions:
 *
 *	- An index is built and dropped CONCURRENTLY.  While a changed index is rebuilt, the old index
 *	  serves queries under another name.
 *	- A unique or primary key is built as such an index, and ADD CONSTRAINT takes the index over.
 *	- A check or foreign key is added NOT VALID and validated in a later revision.
 *	- NOT NULL is set after a check, added and validated in the same way, has proven that no row is
 *	  NULL.
 *	- Values are added to enums first, because a transaction cannot use a value that it has added.
 *
 * The changes keep their order.  A new revision begins where a statement cannot run in a
 * transaction.  Only the changes between renaming a type aside and dropping the old type stay in
 * one revision: they rewrite tables anyway.
 *
 * Each revision is proven by itself: it runs in a shadow, and the schema is read before and after
 * it.  Its downgrade is the difference back to the schema before.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "kinds/kinds.h"
#include "settings.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"

typedef struct OnlinePart
{
	StringInfoData sql;
	StringInfoData down;		/* the downgrade of renamed indexes, which a
								 * comparison cannot find; otherwise empty */
	bool		concurrent;		/* cannot run in a transaction */
	bool		is_closed;		/* what comes next is another revision */
	bool		has_routine;
} OnlinePart;

typedef struct OnlinePlan
{
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	const SchemaDiff *diff;
	List	   *parts;			/* OnlinePart * */
	List	   *aside;			/* char *: statements that drop the renamed
								 * indexes, after all changes */
	List	   *takeovers;		/* char *: statements by which keys take over
								 * their indexes.  They wait for the next
								 * statement in a transaction, so that the
								 * indexes of many keys are built in one part */
	List	   *validate;		/* char *: statements for the last revision
								 * but one */
	List	   *finish;			/* char *: statements for the last revision,
								 * after the validation */
} OnlinePlan;

static OnlinePart *
add_part(OnlinePlan *plan, bool concurrent)
{
	OnlinePart *part = palloc0(sizeof(OnlinePart));

	initStringInfo(&part->sql);
	initStringInfo(&part->down);
	part->concurrent = concurrent;
	plan->parts = lappend(plan->parts, part);
	return part;
}

static OnlinePart *add_sql(OnlinePlan *plan, bool concurrent, const char *separator,
						   const char *sql);

static void
add_takeovers(OnlinePlan *plan)
{
	List	   *takeovers = plan->takeovers;
	ListCell   *lc;

	plan->takeovers = NIL;
	foreach(lc, takeovers)
	{
		(void) add_sql(plan, false, "\n", lfirst(lc));
	}
}

static OnlinePart *
add_sql(OnlinePlan *plan, bool concurrent, const char *separator, const char *sql)
{
	OnlinePart *part;

	if (!concurrent)
		add_takeovers(plan);
	part = plan->parts == NIL ? NULL : llast(plan->parts);
	if (part == NULL || part->concurrent != concurrent || part->is_closed || part->down.len > 0)
		part = add_part(plan, concurrent);
	appendStringInfo(&part->sql, "%s%s;\n", part->sql.len > 0 ? separator : "", sql);
	return part;
}

/*
 * Is the statement's table plain before and afterwards?  A partitioned table has no CREATE INDEX
 * CONCURRENTLY, and before PostgreSQL 18 no NOT VALID foreign key.  A table that becomes
 * partitioned is recreated with all of its indexes and constraints.
 */
static bool
is_plain(const OnlinePlan *plan, const SchemaStatement *statement)
{
	return statement->lock != NULL && index_relation_is_plain(statement->table, plan->from,
															  plan->to);
}

/* The CREATE or DROP INDEX with CONCURRENTLY; NULL for other statements and tables. */
static char *
index_concurrently(const OnlinePlan *plan, const SchemaStatement *statement)
{
	if (statement->kind != STATEMENT_INDEX || !is_plain(plan, statement))
		return NULL;
	return psprintf("%.*s CONCURRENTLY%s", statement->concurrently, statement->sql,
					statement->sql + statement->concurrently);
}

/* Build the index of a key first; the key takes the index over. */
static void
add_key(OnlinePlan *plan, const SchemaStatement *statement)
{
	const char *name = quote_identifier(statement->name);

	(void) add_sql(plan, true, "\n",
				   psprintf("CREATE UNIQUE INDEX CONCURRENTLY %s ON %s (%s)", name,
							statement->table, statement->columns));
	plan->takeovers = lappend(plan->takeovers,
							  psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s",
									   statement->table, name,
									   statement->kind == STATEMENT_UNIQUE ? "UNIQUE"
									   : "PRIMARY KEY", name));
}

static void
add_constraint(OnlinePlan *plan, const SchemaStatement *statement, const char *separator)
{
	(void) add_sql(plan, false, separator, psprintf("%s NOT VALID", statement->sql));
	plan->validate = lappend(plan->validate,
							 psprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", statement->table,
									  quote_identifier(statement->name)));
}

static void
add_not_null(OnlinePlan *plan, const SchemaStatement *statement, const char *separator)
{
	char	   *name = psprintf("not_null_%s", statement->name);
	const char *check;

	name[pg_mbcliplen(name, strlen(name), NAMEDATALEN - 1)] = '\0';
	check = quote_identifier(name);
	(void) add_sql(plan, false, separator,
				   psprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID",
							statement->table, check,
							quote_identifier(statement->name)));
	plan->validate = lappend(plan->validate,
							 psprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", statement->table,
									  check));
	plan->finish = lappend(plan->finish, statement->sql);
	plan->finish = lappend(plan->finish, psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
												  statement->table, check));
}

/*
 * Does the table get a new parent or a new child?  Before a child is attached, it needs the
 * constraints of its parent, and they must be valid.  That includes the temporary check that proves
 * the parent's NOT NULL.
 */
static bool
is_joined(const OnlinePlan *plan, const SchemaStatement *statement)
{
	ListCell   *lc;

	foreach(lc, plan->diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		const SchemaObject *link;

		CHECK_FOR_INTERRUPTS();
		if (change->action != CHANGE_CREATE || change->kind->link != LINK_OF_TABLES)
			continue;
		link = snapshot_find(plan->to, kind_number(change->kind), change->identity);
		if (link != NULL && (strcmp(link->parent->identity, statement->table) == 0 ||
							 prop_is(link, "parent", statement->table)))
			return true;
	}
	return false;
}

/*
 * Replace the statement by steps that take no long lock.  False if no such steps are known, or the
 * statement is fast anyway.
 */
static bool
add_in_parts(OnlinePlan *plan, const SchemaStatement *statement, const char *separator)
{
	bool		can_wait;

	if (!is_plain(plan, statement))
		return false;
	can_wait = (statement->hazards & HAZARD_SCAN) != 0 && !is_joined(plan, statement);
	switch (statement->kind)
	{
		case STATEMENT_UNIQUE:
		case STATEMENT_PRIMARY_KEY:
			if ((statement->hazards & HAZARD_INDEX_BUILD) == 0)
				return false;
			add_key(plan, statement);
			return true;
		case STATEMENT_CONSTRAINT:
			if (can_wait)
				add_constraint(plan, statement, separator);
			return can_wait;
		case STATEMENT_NOT_NULL:
			if (can_wait)
				add_not_null(plan, statement, separator);
			return can_wait;
		default:
			return false;
	}
}

/* The object of a change in the old or the new schema; NULL if that schema does not have it. */
static SchemaObject *
changed_object(const SchemaSnapshot *snapshot, const SchemaChange *change)
{
	return snapshot_find(snapshot, kind_number(change->kind), change->identity);
}

/* ------------------------------------------------- an index that changes */

static bool
columns_differ_in_type(const SchemaObject *old, const SchemaObject *new)
{
	const Change change = {.old = old,.new = new,.fate = FATE_ALTER};

	return column_is_retyped(&change);
}

/*
 * Does the index use a column whose values contain rows of a changed table?  While that table gets
 * a column or a column's new type, such values are kept as text, and the index cannot exist.
 */
static bool
is_on_rows(const OnlinePlan *plan, const SchemaObject *index)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, plan->diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		const SchemaObject *old = changed_object(plan->from, change);
		const SchemaObject *new = changed_object(plan->to, change);
		const SchemaObject *table;

		CHECK_FOR_INTERRUPTS();
		if (new == NULL || !kind_is(new, KIND_COLUMN) ||
			!(change->action == CHANGE_CREATE || (old != NULL && columns_differ_in_type(old, new))))
			continue;
		table = snapshot_find_same(plan->from, new->parent);
		if (table != NULL)
		{
			foreach(lc2, column_rows_in(table))
			{
				if (object_needs(index, lfirst(lc2)))
					return true;
			}
		}
	}
	return false;
}

/*
 * Is the column dropped, or does its type change?  The list of changes does not tell: if the column
 * is inherited, it has only the change of the parent's column.
 */
static bool
column_changes(const OnlinePlan *plan, const SchemaObject *column)
{
	const SchemaObject *new = snapshot_find(plan->to, KIND_COLUMN, column->identity);

	return new == NULL || columns_differ_in_type(column, new);
}

/* Does a change concern an object that the index uses?  Then the old index has to go first. */
static bool
is_in_the_way(const OnlinePlan *plan, const SchemaObject *index)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, index->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if (kind_is(need, KIND_COLUMN) && column_changes(plan, need))
			return true;
		foreach(lc2, plan->diff->changes)
		{
			const SchemaChange *change = lfirst(lc2);

			if (change->kind == need->kind && strcmp(change->identity, need->identity) == 0)
				return true;
		}
	}
	return false;
}

static bool
is_made_again(const OnlinePlan *plan, const SchemaObject *index)
{
	ListCell   *lc;

	foreach(lc, plan->diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (change->action == CHANGE_CREATE && change->kind == index->kind &&
			strcmp(change->identity, index->identity) == 0)
			return index_concurrently(plan, linitial(change->statements)) != NULL;
	}
	return false;
}

/*
 * Instead of dropping an index that is recreated, rename it aside, so that queries can use it until
 * the new one is built.  False if the change is no such drop.
 */
static bool
put_aside(OnlinePlan *plan, const SchemaChange *change)
{
	SchemaObject *index;
	OnlinePart *part;
	char	   *name;

	if (change->action != CHANGE_DROP || change->kind != kinds[KIND_INDEX] ||
		list_length(change->statements) != 1 ||
		index_concurrently(plan, linitial(change->statements)) == NULL)
		return false;
	index = changed_object(plan->from, change);
	if (index == NULL || !prop_true(index, "valid") || !is_made_again(plan, index) ||
		is_in_the_way(plan, index) ||
		is_on_rows(plan, index))
		return false;

	name = object_aside_name(index, plan->from, plan->to);
	part = plan->parts == NIL ? NULL : llast(plan->parts);
	if (part == NULL || part->down.len == 0)
		part = add_part(plan, false);
	appendStringInfo(&part->sql, "ALTER INDEX %s RENAME TO %s;\n", index->identity,
					 quote_identifier(name));
	appendStringInfo(&part->down, "ALTER INDEX %s.%s RENAME TO %s;\n",
					 quote_identifier(index->schema), quote_identifier(name),
					 quote_identifier(index->name));
	plan->aside = lappend(plan->aside, psprintf("DROP INDEX CONCURRENTLY %s.%s",
												quote_identifier(index->schema),
												quote_identifier(name)));
	return true;
}

/*
 * Does the change add an identity?  Its column must be NOT NULL before, so NOT NULL cannot wait for
 * a later revision.
 */
static bool
adds_identity(const SchemaChange *change)
{
	ListCell   *lc;

	foreach(lc, change->statements)
	{
		if (((SchemaStatement *) lfirst(lc))->kind == STATEMENT_IDENTITY)
			return true;
	}
	return false;
}

static void
add_change(OnlinePlan *plan, const SchemaChange *change, bool at_once)
{
	const char *separator = "\n";
	ListCell   *lc;

	if (!at_once && put_aside(plan, change))
		return;
	at_once |= adds_identity(change);
	foreach(lc, change->statements)
	{
		const SchemaStatement *statement = lfirst(lc);
		char	   *concurrent = at_once ? NULL : index_concurrently(plan, statement);

		CHECK_FOR_INTERRUPTS();
		if (concurrent != NULL)
			(void) add_sql(plan, true, separator, concurrent);
		else if (at_once || !add_in_parts(plan, statement, separator))
			add_sql(plan, false, separator,
					statement->sql)->has_routine |= schema_change_writes_function(change);
		separator = "";
	}
}

static void
add_later(OnlinePlan *plan, const List *statements)
{
	ListCell   *lc;

	if (statements == NIL)
		return;
	(void) add_part(plan, false);
	foreach(lc, statements)
	{
		(void) add_sql(plan, false, "", lfirst(lc));
	}
}

static bool
adds_values(const OnlinePlan *plan, const SchemaChange *change)
{
	const SchemaObject *old;
	const SchemaObject *new;

	if (change->action != CHANGE_ALTER)
		return false;
	old = changed_object(plan->from, change);
	new = changed_object(plan->to, change);
	return old != NULL && new != NULL && enum_labels_without(new, old) != NIL;
}

/*
 * Add the new enum values in a first revision.  Nothing has to precede them, and the statements
 * that use them must run in a later transaction.
 */
static void
add_values(OnlinePlan *plan)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, plan->diff->changes)
	{
		if (adds_values(plan, lfirst(lc)))
		{
			add_change(plan, lfirst(lc), true);
			any = true;
		}
	}
	if (any)
		((OnlinePart *) llast(plan->parts))->is_closed = true;
}

/* The first nrenames changes are renames; all other changes use the new names. */
static OnlinePlan *
plan_changes(const SchemaSnapshot *from, const SchemaSnapshot *to, const SchemaDiff *diff,
			 int nrenames)
{
	OnlinePlan *plan = palloc0(sizeof(OnlinePlan));
	int			first = list_length(diff->changes);
	int			last = -1;
	ListCell   *lc;

	plan->from = from;
	plan->to = to;
	plan->diff = diff;
	foreach(lc, diff->changes)
	{
		if (((SchemaChange *) lfirst(lc))->is_aside)
		{
			first = Min(first, foreach_current_index(lc));
			last = foreach_current_index(lc);
		}
	}
	foreach(lc, diff->changes)
	{
		if (foreach_current_index(lc) == nrenames)
			add_values(plan);
		if (!adds_values(plan, lfirst(lc)))
			add_change(plan, lfirst(lc), first <= foreach_current_index(lc) &&
					   foreach_current_index(lc) <= last);
	}
	add_takeovers(plan);
	foreach(lc, plan->aside)
	{
		(void) add_sql(plan, true, "\n", lfirst(lc));
	}
	add_later(plan, plan->validate);
	add_later(plan, plan->finish);
	return plan;
}

static char *
part_sql(const OnlinePart *part)
{
	const char *begin = settings_open_script(part->has_routine);

	if (*begin == '\0')
		return part->sql.data;
	return psprintf("%s%s\n%s", begin, part->sql.data, settings_close_script(part->has_routine));
}

/* --------------------------------------------------------------------- proof */

typedef struct OnlineArgs
{
	const SchemaSnapshot *live;
	const Renamed *from;
	const SchemaSnapshot *to;
	const OnlinePlan *plan;
	List	   *rebuild;		/* for schema_diff_in_transaction(), which
								 * writes the downgrades */
	List	   *result;			/* Generated * */
} OnlineArgs;

/*
 * The downgrade of a part.  If the part runs outside of a transaction, its indexes are built and
 * dropped CONCURRENTLY in the downgrade as well.
 */
static char *
part_downgrade(const OnlinePart *part, const SchemaSnapshot *before, const SchemaSnapshot *after,
			   const List *renames,
			   List *rebuild)
{
	SchemaDiff *back = schema_diff_in_transaction(after, before, rebuild);
	OnlinePlan	plan = {.from = after};
	ListCell   *lc;
	ListCell   *lc2;

	if (part->down.len > 0)
		return part->down.data;
	if (!part->concurrent)
		return autogenerate_downgrade(schema_diff(before, after), back, renames);
	foreach(lc, back->changes)
	{
		foreach(lc2, ((SchemaChange *) lfirst(lc))->statements)
		{
			char	   *concurrent = index_concurrently(&plan, lfirst(lc2));

			(void) add_sql(&plan, true, "\n",
						   concurrent ? concurrent : ((SchemaStatement *) lfirst(lc2))->sql);
		}
	}
	return plan.parts == NIL ? "" : ((OnlinePart *) linitial(plan.parts))->sql.data;
}

static void
prove_parts(Shadow *shadow, void *arg)
{
	OnlineArgs *args = arg;
	const Managed *managed = &args->live->managed;
	int			n = list_length(args->plan->parts);
	const SchemaSnapshot **states = palloc(sizeof(SchemaSnapshot *) * (n + 1));

	autogenerate_copy(shadow, args->live, "");
	states[0] = args->from->snapshot;
	for (int i = 0; i < n; i++)
	{
		Generated  *generated = palloc0(sizeof(Generated));

		generated->upgrade = part_sql(list_nth(args->plan->parts, i));
		autogenerate_run(shadow, generated->upgrade, "proof of the upgrade");
		states[i + 1] = snapshot_take(managed, shadow);
		args->result = lappend(args->result, generated);
	}
	autogenerate_require(shadow, managed, args->to, "the upgrade does not lead where it should");
	for (int i = n - 1; i >= 0; i--)
	{
		Generated  *generated = list_nth(args->result, i);

		generated->downgrade = part_downgrade(list_nth(args->plan->parts, i), states[i],
											  states[i + 1],
											  i == 0 ? args->from->down : NIL, args->rebuild);
		autogenerate_run(shadow, generated->downgrade, "proof of the downgrade");
		autogenerate_require(shadow, managed, i == 0 ? args->live : states[i],
							 "the downgrade does not lead back");
	}
}

List *
autogenerate_online(const SchemaSnapshot *live, const Renamed *from, const SchemaSnapshot *to,
					const SchemaDiff *diff,
					List *rebuild)
{
	OnlineArgs	args = {
		.live = live,.from = from,.to = to,.rebuild = rebuild,
		.plan = plan_changes(from->snapshot, to, diff, list_length(from->up))
	};

	snapshot_run_copy(live, prove_parts, &args);
	return args.result;
}
