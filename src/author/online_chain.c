/*
 * online_chain.c
 *		The same changes for a database that is in use: what takes long is done
 *		without a lock that stops others, in revisions of their own.
 *
 *	- an index is built and dropped CONCURRENTLY, and one that changes serves under
 *	  another name until the new one is there;
 *	- a unique or primary key is an index built so, taken over afterwards;
 *	- a check or foreign key is added NOT VALID and validated in a later revision;
 *	- NOT NULL is set when a check, added and validated so, has proven it;
 *	- values are added to enums first, since no transaction can use those that it has added.
 *
 * The order stays; the list is cut where a statement cannot run in a transaction, but not
 * while a type is put aside: there all is done in one, since tables are rewritten anyway.  What
 * each part comes to is read in a shadow, and its downgrade is what leads from there to
 * the part before: so every revision of the chain is proven by itself.
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
	StringInfoData down;		/* of renames, which a comparison does not
								 * see; otherwise empty */
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
	List	   *aside;			/* char *, indexes to be dropped in the end */
	List	   *takeovers;		/* char *, of indexes by keys; before the next
								 * statement in a transaction, so that the
								 * indexes of many keys are built in one part */
	List	   *validate;		/* char *, for later */
	List	   *finish;			/* char *, for later still */
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
 * A partitioned table has no index that is built CONCURRENTLY, nor always a key that is NOT VALID;
 * and one that becomes partitioned is made anew with all that belongs to it.
 */
static bool
is_plain(const OnlinePlan *plan, const SchemaStatement *statement)
{
	return statement->lock != NULL && index_relation_is_plain(statement->table, plan->from,
															  plan->to);
}

/* CREATE and DROP INDEX with CONCURRENTLY, or NULL. */
static char *
index_concurrently(const OnlinePlan *plan, const SchemaStatement *statement)
{
	if (statement->kind != STATEMENT_INDEX || !is_plain(plan, statement))
		return NULL;
	return psprintf("%.*s CONCURRENTLY%s", statement->concurrently, statement->sql,
					statement->sql + statement->concurrently);
}

/* A key by way of its index. */
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
 * Will the table get a parent, or a child?  A child must have what its parent has, and have it
 * valid, before the two are joined: also the check that stands for a parent's NOT NULL meanwhile.
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
		if (change->action != CHANGE_CREATE)
			continue;
		if (change->kind == kinds[KIND_PARTITION])
			link = snapshot_find(plan->to, KIND_PARTITION, change->identity);
		else if (change->kind == kinds[KIND_INHERITS])
			link = snapshot_find(plan->to, KIND_INHERITS, change->identity);
		else
			continue;
		if (link != NULL && (strcmp(link->parent->identity, statement->table) == 0 ||
							 prop_is(link, "parent", statement->table)))
			return true;
	}
	return false;
}

/* The statement in another way; false if there is none, or none is needed. */
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

/* The object of a change, before or afterwards; NULL if it is not there. */
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
 * Is it on a column that is text while one of the table gets another type, or a new one, whose rows
 * it has?
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
 * Does the column go or get another type?  By the change of a parent's column, too, which is all
 * that the list says then.
 */
static bool
column_changes(const OnlinePlan *plan, const SchemaObject *column)
{
	const SchemaObject *new = snapshot_find(plan->to, KIND_COLUMN, column->identity);

	return new == NULL || columns_differ_in_type(column, new);
}

/* Would it stand in the way of a change of something that it is made of? */
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

/* The drop of an index that is only to be another: it makes place by a new name. */
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

/* An identity wants its column NOT NULL. */
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

/* They wait for nothing, and what uses them is in a later revision. */
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

/* The first nrenames changes give things the names that all others call them by. */
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
	List	   *rebuild;		/* as schema_diff_in_transaction(), of the way
								 * back */
	List	   *result;			/* Generated * */
} OnlineArgs;

/* What undoes a part; of one that is run without a transaction, without one as well. */
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
