/*
 * fate.c
 *		Decides what happens to each object: it is kept, altered, recreated, created or dropped.
 *
 * Two objects are the same one if they have the same kind and identity.  If PostgreSQL cannot
 * alter an object in place, the object is dropped and created again, and so are all its
 * direct and indirect dependents.  Tables and columns keep their rows wherever there is a way: a
 * column whose type is recreated is converted to the new type.
 */
#include "postgres.h"

#include "diff/steps.h"
#include "kinds/kinds.h"

#include "miscadmin.h"

bool
snapshot_has_type(const SchemaSnapshot *snapshot, const char *identity)
{
	return snapshot_has_name(snapshot, NAME_OF_TYPE, identity);
}

static bool
alters_in_place(Changes *changes, Change *change)
{
	Writer		scratch = {.from = changes->from,.to = changes->to,.changes = changes};

	return change->old->kind->alter != NULL && change->old->kind->alter(change, &scratch);
}

static bool
is_to_be_rebuilt(const Changes *changes, const SchemaObject *old)
{
	ListCell   *lc;

	foreach(lc, changes->rebuild)
	{
		if (kind_is(old, KIND_ENUM) && strcmp(lfirst(lc), old->identity) == 0)
			return true;
	}
	return false;
}

static void
decide(Changes *changes, Change *change)
{
	if (change->old == NULL)
		change->fate = FATE_CREATE;
	else if (change->new == NULL)
		change->fate = FATE_DROP;
	else if (!objects_differ(change->old, change->new))
		change->fate = FATE_SAME;
	else
		change->fate = !is_to_be_rebuilt(changes, change->old) && alters_in_place(changes, change)
			? FATE_ALTER : FATE_REPLACE;
}

static void
pair_objects(Changes *changes)
{
	const SchemaSnapshot *from = changes->from;
	const SchemaSnapshot *to = changes->to;

	changes->of_old = palloc0(sizeof(Change *) * Max(from->nobjects, 1));
	changes->of_new = palloc0(sizeof(Change *) * Max(to->nobjects, 1));
	for (int i = 0; i < from->nobjects; i++)
	{
		Change	   *change = palloc0(sizeof(Change));
		const SchemaObject *old = from->objects[i];

		CHECK_FOR_INTERRUPTS();
		change->old = old;
		change->new = snapshot_find_same(to, old);
		changes->of_old[i] = change;
		if (change->new != NULL)
			changes->of_new[change->new->number] = change;
		changes->all = lappend(changes->all, change);
	}
	for (int i = 0; i < to->nobjects; i++)
		if (changes->of_new[i] == NULL)
		{
			Change	   *change = palloc0(sizeof(Change));

			change->new = to->objects[i];
			changes->of_new[i] = change;
			changes->all = lappend(changes->all, change);
		}
}

/* Unless the whole database is managed, an extension that the model does not mention stays. */
static void
spare_extensions(Changes *changes)
{
	ListCell   *lc;

	if (changes->from->managed.whole)
		return;
	foreach(lc, changes->all)
	{
		Change	   *change = lfirst(lc);

		if (change->fate == FATE_DROP && kind_is(change->old, KIND_EXTENSION))
			change->fate = FATE_SAME;
	}
}

/* ------------------------------------------------------------------ closure */

/* Does PostgreSQL refuse to carry the dependent over when a column's type changes? */
static bool
breaks_by_retype(const Changes *changes, const SchemaObject *dependent)
{
	return dependent->kind->breaks_by_retype != NULL &&
		dependent->kind->breaks_by_retype(dependent, changes);
}

/*
 * The cause is dropped, recreated, or altered so that dependents notice: decide what happens to the
 * dependent. Returns false if nothing happens that other objects could notice in turn.
 */
static bool
react(Changes *changes, Change *dependent, const Change *cause)
{
	const SchemaObject *old = dependent->old;

	if (dependent->fate != FATE_SAME && dependent->fate != FATE_ALTER)
		return false;

	if (!change_goes_away(cause))
	{
		/* an altered column */
		if (!breaks_by_retype(changes, old))
		{
			if (constraint_is_remade_with_parent(old))
			{
				dependent->rebuilt = true;
				dependent->fate = FATE_ALTER;
			}
			return false;
		}
		dependent->fate = FATE_REPLACE;
		return true;
	}

	/*
	 * The dependent no longer references the object in the new schema, so
	 * ALTER suffices, if it takes the reference away.
	 */
	if (dependent->fate == FATE_ALTER && !old->kind->alter_keeps_needs &&
		old->parent != cause->old &&
		(cause->new == NULL || !object_needs(dependent->new, cause->new)))
		return false;

	switch (old->kind->on_loss != NULL ? old->kind->on_loss(dependent, cause) : LOSS_REPLACES)
	{
		case LOSS_RETYPES:
			dependent->retype = true;
			dependent->disturbs = true;
			dependent->fate = FATE_ALTER;
			return true;
		case LOSS_ALTERS:
			dependent->fate = FATE_ALTER;
			return true;
		case LOSS_IS_NOTHING:
			return false;
		case LOSS_REPLACES:
			break;
	}
	dependent->fate = FATE_REPLACE;
	return true;
}

/*
 * Where a part can only be had with a new parent, as Kind.takes_parent says, the parent is
 * replaced; and so is the index that cannot be detached.  Returns what is made again for it, or
 * NULL.
 */
static Change *
lift(Changes *changes, Change *change)
{
	const SchemaObject *old = change->old;
	Change	   *whole = NULL;

	if (old->parent == NULL)
		return NULL;
	if (old->kind->takes_parent != NULL && old->kind->takes_parent(change, changes))
		whole = changes->of_old[old->parent->number];
	if (whole == NULL || change_goes_away(whole))
		whole = index_detached_from(change, changes);
	if (whole == NULL || change_goes_away(whole))
		return NULL;
	whole->fate = FATE_REPLACE;
	return whole;
}

/*
 * ATTACH PARTITION gives the partition every index that the partitioned table has, and attaches any
 * index that looks like it.  Recreate, after it, the indexes that this partition shall not have,
 * and those to which it could attach another one than it shall.
 */
static void
replace_lacking_indexes(Changes *changes)
{
	ListCell   *lc;
	ListCell   *lc2;
	ListCell   *lc3;

	foreach(lc, changes->all)
	{
		const Change *link = lfirst(lc);

		if (link->new == NULL || link->new->kind->link != LINK_OF_TABLES ||
			link->fate == FATE_SAME || link->fate == FATE_ALTER)
			continue;
		foreach(lc2, link->new->needs)
		{
			foreach(lc3, ((SchemaObject *) lfirst(lc2))->parts)
			{
				Change	   *index = changes->of_new[((SchemaObject *) lfirst(lc3))->number];

				if (index->old != NULL && index_waits(index->new, link->new))
					index->fate = FATE_REPLACE;
			}
		}
	}
}

/*
 * The server cannot check a new constraint for values inside arrays, rows or ranges: recreate such
 * domains.
 */
static void
replace_held_domains(Changes *changes)
{
	ListCell   *lc;

	foreach(lc, changes->all)
	{
		const Change *constraint = lfirst(lc);
		Change	   *domain;

		if (constraint->new == NULL || constraint->fate == FATE_SAME ||
			!domain_constraint_is_valid(constraint->new))
			continue;
		domain = changes->of_new[constraint->new->parent->number];
		if (domain->old != NULL && !change_goes_away(domain) && domain_is_held(domain->old))
			domain->fate = FATE_REPLACE;
	}
}

/*
 * Alter objects that shall stay the same, but that a statement about another object changes on its
 * way.
 */
static void
alter_along(Changes *changes)
{
	ListCell   *lc;

	foreach(lc, changes->all)
	{
		Change	   *change = lfirst(lc);

		if (change->fate == FATE_SAME && change->new != NULL &&
			change->new->kind->is_altered_along != NULL &&
			change->new->kind->is_altered_along(change, changes))
			change->fate = FATE_ALTER;
	}
}

static void
replace_moving_checks(Changes *changes)
{
	bool		any;
	ListCell   *lc;

	/*
	 * repeat: a dropped check takes that of the child with it, and so on down
	 * the tree
	 */
	do
	{
		any = false;
		foreach(lc, changes->all)
		{
			Change	   *change = lfirst(lc);

			CHECK_FOR_INTERRUPTS();
			if (constraint_changes_hands(change, changes))
			{
				change->fate = FATE_REPLACE;
				any = true;
			}
		}
	} while (any);
}

/* Recreate the object if it was to stay, and then add its change to the list. */
static void
replace(Changes *changes, const SchemaObject *old, List **replaced)
{
	Change	   *change = changes->of_old[old->number];

	if (change->fate != FATE_SAME && change->fate != FATE_ALTER)
		return;
	change->fate = FATE_REPLACE;
	*replaced = lappend(*replaced, change);
}

/*
 * A column of this table is retyped or filled, and rows of the table are values of other columns.
 * Those columns are text meanwhile (see kind_column.c): recreate the indexes and constraints on
 * them, and recreate generated columns. Returns the changes of all that is recreated.
 */
static List *
replace_on_rows(Changes *changes, const SchemaObject *table)
{
	List	   *replaced = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, column_rows_in(table))
	{
		const SchemaObject *column = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (column_is_recomputed(changes->of_old[column->number]))
			replace(changes, column, &replaced);
		foreach(lc2, column->needed_by)
		{
			const SchemaObject *old = lfirst(lc2);

			if (breaks_by_retype(changes, old) || old->kind->keeps_values)
				replace(changes, old, &replaced);
		}
	}
	foreach(lc, column_rows_in_matviews(table))
	{
		replace(changes, lfirst(lc), &replaced);
	}
	return replaced;
}

/* New columns are no cause in close_over_dependents(), which looks at old objects only. */
static void
replace_on_filled_rows(Changes *changes)
{
	ListCell   *lc;

	foreach(lc, changes->all)
	{
		const Change *change = lfirst(lc);

		if (change->fate == FATE_CREATE && column_keeps_rows_out(change, changes))
			(void) replace_on_rows(changes, changes->of_new[change->new->parent->number]->old);
	}
}

/*
 * Does another type get the name of the relation, so that the relation has to go first?  A
 * recreated table is renamed aside.
 */
static bool
gives_name_away(const Changes *changes, const Change *change)
{
	if (change->fate == FATE_REPLACE)
		return kind_is(change->old, KIND_MATVIEW);
	return change->fate == FATE_DROP && change->old->kind->has_rows &&
		snapshot_has_type(changes->to, change->old->identity);
}

/* Would a row that was written as text before the change be read as another value after it? */
static bool
moves_within_rows(const Changes *changes, const Change *change)
{
	return !change_goes_away(change) && column_of_table_is_retyped(change) &&
		column_rows_in(change->old->parent) != NIL && row_parts_move(change, changes);
}

/*
 * Make columns that contain rows of the relation text until the new relation exists; recreate what
 * is on them.  Returns the changes.
 */
static List *
hold_columns(Changes *changes, const SchemaObject *relation)
{
	List	   *changed = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, column_rows_in(relation))
	{
		const SchemaObject *column = lfirst(lc);
		Change	   *change = changes->of_old[column->number];

		CHECK_FOR_INTERRUPTS();
		if (change->held || change->new == NULL || change_goes_away(change))
			continue;
		if (column_is_recomputed(change))
		{
			replace(changes, column, &changed);
			continue;
		}
		change->held = change->retype = change->disturbs = true;
		change->fate = FATE_ALTER;
		changed = lappend(changed, change);
		foreach(lc2, column->needed_by)
		{
			const SchemaObject *old = lfirst(lc2);

			if (old->kind->keeps_values || old->kind->references_rows)
				replace(changes, old, &changed);
		}
	}
	return changed;
}

static void
close_over_dependents(Changes *changes)
{
	List	   *work = list_copy(changes->all);

	while (work != NIL)
	{
		List	   *next = NIL;
		ListCell   *lc;

		foreach(lc, work)
		{
			Change	   *cause = lfirst(lc);
			Change	   *lifted;
			ListCell   *other;

			CHECK_FOR_INTERRUPTS();
			if (cause->old == NULL || !(change_goes_away(cause) || cause->disturbs))
				continue;
			if (kind_is(cause->old, KIND_COLUMN) &&
				(change_goes_away(cause) ? column_keeps_rows_out(cause, changes)
				 : column_is_retyped(cause)))
				next = list_concat(next, replace_on_rows(changes, cause->old->parent));
			if (gives_name_away(changes, cause) || moves_within_rows(changes, cause))
				next = list_concat(next, hold_columns(changes, object_root(cause->old)));
			lifted = lift(changes, cause);
			if (lifted != NULL)
				next = lappend(lappend(next, lifted), cause);
			foreach(other, cause->old->needed_by)
			{
				const SchemaObject *dependent = lfirst(other);
				Change	   *change = changes->of_old[dependent->number];

				if (react(changes, change, cause))
					next = lappend(next, change);
			}
		}
		work = next;
	}
}

Changes *
changes_find(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild)
{
	Changes    *changes = palloc0(sizeof(Changes));
	ListCell   *lc;

	changes->from = from;
	changes->to = to;
	changes->rebuild = rebuild;
	pair_objects(changes);
	foreach(lc, changes->all)
	{
		CHECK_FOR_INTERRUPTS();
		decide(changes, lfirst(lc));
	}
	spare_extensions(changes);
	replace_lacking_indexes(changes);
	replace_held_domains(changes);
	replace_on_filled_rows(changes);
	close_over_dependents(changes);
	replace_moving_checks(changes);
	alter_along(changes);
	return changes;
}
