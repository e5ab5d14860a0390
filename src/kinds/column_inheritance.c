/*
 * column_inheritance.c
 *		What a column has from the column of a parent table, or from the type of its table, and what
 *		statements about that do to it.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/columns.h"

#include "utils/builtins.h"

/*
 * The topmost ancestor's column whose ADD COLUMN also adds this one; the column itself if no
 * parent adds it.
 */
static const SchemaObject *
added_with(const SchemaObject *column, const Changes *changes)
{
	for (;;)
	{
		const SchemaObject *theirs = table_inherits_change(column, changes, true);

		if (theirs == NULL || theirs == column)
			return column;
		column = theirs;
	}
}

/*
 * Does an inherited column get its storage or compression without a statement?  A new child takes
 * both from its parent.  The parent's may change before or after that, so it is certain only if
 * both states of the parent agree.  A column that is added to a parent has the compression that
 * ADD COLUMN says.
 */
bool
column_setting_comes_along(const SchemaObject *column, const char *name, const Writer *w)
{
	const Change *table = w->changes->of_new[column->parent->number];
	const SchemaObject *parent = column_of_parent(column, w->to);
	const SchemaObject *before;

	if (table->fate != FATE_CREATE && table->fate != FATE_REPLACE)
	{
		const SchemaObject *source = added_with(column, w->changes);
		bool		is_usual = source == column || strcmp(name, "storage") == 0;

		return !texts_differ(is_usual ? NULL : prop(source, name), prop(column, name));
	}
	if (parent == NULL)
		return prop(column, name) == NULL;
	before = w->changes->of_new[parent->number]->old;
	return !texts_differ(prop(parent, name), prop(column, name)) &&
		(before == NULL || !texts_differ(prop(before, name), prop(column, name)));
}

/* Does the parent's column have a default, before or afterwards?  A new child inherits it. */
bool
column_default_comes_along(const SchemaObject *column, const Writer *w)
{
	const SchemaObject *parent = column_of_parent(column, w->to);

	return parent != NULL && prop(column, "generated") == NULL &&
		(snapshot_find(w->to, KIND_DEFAULT, parent->identity) != NULL ||
		 snapshot_find(w->from, KIND_DEFAULT, parent->identity) != NULL);
}

const SchemaObject *
column_of_parent(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	ListCell   *lc;

	foreach(lc, column->parent->parts)
	{
		const SchemaObject *link = lfirst(lc);
		const SchemaObject *found;

		if (link->kind->link != LINK_OF_TABLES)
			continue;
		found = snapshot_find(snapshot, KIND_COLUMN,
							  psprintf("%s.%s", prop(link, "parent"),
									   quote_identifier(column->name)));
		if (found != NULL)
			return found;
	}
	return NULL;
}

bool
column_parent_not_null(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	const SchemaObject *parent = column_of_parent(column, snapshot);

	return parent != NULL && prop_true(parent, "not_null");
}

const SchemaObject *
column_below(const SchemaObject *column, const SchemaObject *link, const SchemaSnapshot *snapshot)
{
	if (link->kind->link != LINK_OF_TABLES || link->parent == column->parent)
		return NULL;
	return snapshot_find(snapshot, KIND_COLUMN,
						 psprintf("%s.%s", link->parent->identity, quote_identifier(column->name)));
}

/* The same for inheritance only. */
static const SchemaObject *
column_of_child(const SchemaObject *column, const SchemaObject *link,
				const SchemaSnapshot *snapshot)
{
	return kind_is(link, KIND_INHERITS) ? column_below(column, link, snapshot) : NULL;
}

/*
 * Are there children that would not get the identity from ADD COLUMN?  Partitions do since
 * PostgreSQL 17.
 */
bool
column_children_lack_identity(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	ListCell   *lc;

	foreach(lc, column->parent->needed_by)
	{
		const SchemaObject *link = lfirst(lc);

		if (column_of_child(column, link, snapshot) != NULL ||
			(!COMPAT_PARTITIONS_SHARE_IDENTITY && kind_is(link, KIND_PARTITION) &&
			 link->parent != column->parent))
			return true;
	}
	return false;
}

const SchemaObject *
column_typed_attribute(const SchemaObject *column, const Changes *changes, bool gains)
{
	const SchemaSnapshot *snapshot = gains ? changes->to : changes->from;
	const Change *table;
	const SchemaObject *composite;

	if (!kind_is(column, KIND_COLUMN))
		return NULL;
	table = gains ? changes->of_new[column->parent->number] :
		changes->of_old[column->parent->number];
	composite = table_type(column->parent, snapshot);
	if (composite == NULL || table->old == NULL || table->new == NULL || change_goes_away(table) ||
		table_changes_type(table, changes))
		return NULL;
	return snapshot_find(snapshot, KIND_ATTRIBUTE,
						 psprintf("%s.%s", composite->identity, quote_identifier(column->name)));
}

bool
column_stays_in_child(const SchemaObject *column, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, column->parent->needed_by)
	{
		const SchemaObject *theirs = column_of_child(column, lfirst(lc), changes->from);

		if (theirs != NULL && table_keeps_link(lfirst(lc), changes, false) &&
			!change_goes_away(changes->of_old[theirs->number]))
			return true;
	}
	return false;
}

const SchemaObject *
column_uppermost(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	const SchemaObject *parent;

	while ((parent = column_of_parent(column, snapshot)) != NULL)
		column = parent;
	return column;
}

/* Does a child inherit the new column without its NOT NULL? */
bool
column_null_in_children(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	ListCell   *lc;

	foreach(lc, column->parent->needed_by)
	{
		const SchemaObject *theirs = column_of_child(column, lfirst(lc), snapshot);

		if (theirs != NULL &&
			(!prop_true(theirs, "not_null") || column_null_in_children(theirs, snapshot)))
			return true;
	}
	return false;
}

/* What happens to the column of a parent that the table keeps all the time, or NULL. */
const Change *
column_parent_change(const Change *change, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, change->new->parent->parts)
	{
		const SchemaObject *link = lfirst(lc);
		const SchemaObject *theirs;

		if (link->kind->link != LINK_OF_TABLES || !table_keeps_link(link, changes, true))
			continue;
		theirs = snapshot_find(changes->to, KIND_COLUMN,
							   psprintf("%s.%s", prop(link, "parent"),
										quote_identifier(change->new->name)));
		if (theirs != NULL && changes->of_new[theirs->number]->old != NULL)
			return changes->of_new[theirs->number];
	}
	return NULL;
}

static bool
hands_not_null_down(const SchemaObject *column)
{
	return prop_true(column, "not_null") && !prop_true(column, "not_null_no_inherit");
}

bool
column_loses_not_null(const Change *change)
{
	return prop_true(change->old, "not_null") && !prop_true(change->new, "not_null");
}

bool
column_regains_not_null(const Change *change, const Changes *changes)
{
	const Change *parent = column_parent_change(change, changes);

	return parent != NULL && prop_true(change->old, "not_null") &&
		prop_true(change->new, "not_null") &&
		column_loses_not_null(parent) && table_stays_partition(change->old->parent, changes);
}

/* Does a table that inherits the column keep the NOT NULL that this one gives up? */
bool
column_not_null_in_children(const SchemaObject *column, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, column->parent->needed_by)
	{
		const SchemaObject *theirs = column_of_child(column, lfirst(lc), changes->from);
		const Change *change = theirs == NULL ? NULL : changes->of_old[theirs->number];

		if (change == NULL || change->new == NULL || change_goes_away(change) ||
			!table_keeps_link(lfirst(lc), changes, false))
			continue;
		if ((prop_true(theirs, "not_null") && prop_true(change->new, "not_null")) ||
			column_not_null_in_children(theirs, changes))
			return true;
	}
	return false;
}

/* Does the parent's statement already set or drop the NOT NULL of this column? */
bool
column_not_null_follows(const Change *change, const Writer *w)
{
	const Change *parent = column_parent_change(change, w->changes);

	if (parent == NULL || !prop_differs(change, "not_null"))
		return false;
	return prop_true(change->new, "not_null") ?
		!hands_not_null_down(parent->old) && hands_not_null_down(parent->new) :
		column_loses_not_null(parent) && !column_not_null_in_children(parent->old, w->changes);
}

/* The same for its type. */
bool
column_retyped_with_parent(const Change *change, const Writer *w)
{
	const Change *parent = column_parent_change(change, w->changes);

	return (parent != NULL && column_is_retyped(parent)) ||
		column_typed_attribute(change->new, w->changes, true) != NULL;
}

/* The same for how it is generated, or that it is no longer. */
bool
column_generated_with_parent(const Change *change, const Writer *w)
{
	const Change *parent = column_parent_change(change, w->changes);

	return parent != NULL &&
		(prop_differs(parent, "generated") || prop_differs(parent, "expression")) &&
		!texts_differ(prop(parent->new, "generated"), prop(change->new, "generated")) &&
		!texts_differ(prop(parent->new, "expression"), prop(change->new, "expression"));
}
