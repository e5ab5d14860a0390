/*
 * link_edges.c
 *		The order of statements where a table is a partition or an heir of another: when the table
 *		is attached and detached, and what that does to the parts that it has from its parent.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "miscadmin.h"

/*
 * An index of a partitioned table is valid once the indexes of all partitions are attached.
 * ATTACH PARTITION ignores an invalid index of the new partition and builds another one, so attach
 * the inner indexes first.
 */
static void
add_valid_edges(Order *order, const SchemaObject *index, Action *attach)
{
	ListCell   *lc;

	foreach(lc, index->needed_by)
	{
		if (((SchemaObject *) lfirst(lc))->kind->link == LINK_OF_INDEXES)
			order_add_wish(order, nodes_of_new(order, lfirst(lc))->create, attach, EDGE_WISH);
	}
}

/*
 * DETACH PARTITION checks that no foreign key references a row of the partition.  So drop first
 * the foreign keys that are to be dropped anyway.
 */
static void
add_referrer_edges(Order *order, const SchemaObject *parent, Action *detach)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, parent->parts)
	{
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
		{
			const SchemaObject *key = lfirst(lc2);

			if (key->kind->references_rows && key->parent != detach->change->old->parent)
				add_edge(order, nodes_of_old(order, key)->drop, detach);
		}
	}
}

/*
 * Attach a table to its parent when both have their final columns, constraints and indexes.  A
 * link that CREATE TABLE ... INHERITS makes needs no such edges for the table's own parts.
 */
static void
add_attach_edges(Order *order, const Change *change, Action *attach)
{
	const SchemaObject *parent = table_link_parent(change->new, order->changes->to);
	ListCell   *lc;

	if (order_created_with(order, change->new) == NULL)
	{
		foreach(lc, change->new->parent->parts)
		{
			const SchemaObject *part = lfirst(lc);
			ActionSet  *other = nodes_of_new(order, part);

			if (part->kind->field == FIELD_OF_ROW || part->kind->is_index)
			{
				add_edge(order, other->create, attach);
				add_edge(order, other->alter, attach);
				if (part->kind->is_index)
					add_valid_edges(order, part, attach);
			}
		}
	}
	if (parent == NULL)
		return;
	foreach(lc, parent->parts)
	{
		if (((SchemaObject *) lfirst(lc))->kind->field == FIELD_OF_ROW)
		{
			order_add_wish(order, nodes_of_new(order, lfirst(lc))->alter, attach, EDGE_WISH);
			order_add_wish(order, nodes_of_new(order, lfirst(lc))->create, attach, EDGE_WISH);
		}
	}
}

/* Drop what the table has from the parent only after it is detached. */
static void
add_child_edges(Order *order, const SchemaObject *child, Action *detach)
{
	ListCell   *lc;

	foreach(lc, child->parts)
	{
		const SchemaObject *part = lfirst(lc);
		ActionSet  *other = nodes_of_old(order, part);

		if (part->kind->is_inherited || part->kind->is_index)
		{
			add_edge(order, detach, other->drop);
			add_edge(order, detach, other->alter);
		}
	}
}

/*
 * While a table changes parents, keep an inherited column inherited: attach the new parent before
 * detaching the old one.
 */
static void
add_handover_edges(Order *order, const SchemaObject *link, Action *attach)
{
	const Change *table = order->changes->of_new[link->parent->number];
	ListCell   *lc;

	if (!kind_is(link, KIND_INHERITS) || order_created_with(order, link) != NULL ||
		table->old == NULL)
		return;
	foreach(lc, table->old->parts)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_INHERITS))
			order_add_wish(order, attach, nodes_of_old(order, lfirst(lc))->drop, EDGE_WISH);
	}
}

/*
 * A detached table does not follow later changes of the parent.  But drop a foreign key of a
 * partitioned table before: DETACH would check it.
 */
static void
add_detach_edges(Order *order, const SchemaObject *link, Action *detach)
{
	const SchemaObject *parent = table_link_parent(link, order->changes->from);
	const SchemaObject *now;
	bool		is_partition = kind_is(link, KIND_PARTITION);
	ListCell   *lc;

	if (parent == NULL)
		return;
	if (is_partition)
		add_referrer_edges(order, parent, detach);
	foreach(lc, parent->parts)
	{
		const SchemaObject *part = lfirst(lc);
		Action	   *drop = nodes_of_old(order, part)->drop;

		if (part->kind->references_rows)
		{
			if (is_partition)
				add_edge(order, drop, detach);
		}
		else if (part->kind->is_inherited || (is_partition && part->kind->is_index))
			add_edge(order, detach, drop);
	}
	now = order->changes->of_old[parent->number]->new;
	if (now != NULL)
	{
		foreach(lc, now->parts)
		{
			if (((SchemaObject *) lfirst(lc))->kind->is_inherited)
				add_edge(order, detach, nodes_of_new(order, lfirst(lc))->create);
		}
	}
}

void
order_add_link_edges(Order *order, const Change *change)
{
	ActionSet  *set = nodes_of(order, change);

	if (set->create != NULL)
		add_attach_edges(order, change, set->create);
	if (set->drop != NULL && order_goes_after_rows(order, change->old))
		return;
	if (set->drop != NULL)
		add_child_edges(order, change->old->parent, set->drop);
	if (set->create != NULL)
		add_handover_edges(order, change->new, set->create);
	if (set->drop != NULL)
		add_detach_edges(order, change->old, set->drop);
}

/*
 * ATTACH PARTITION gives the partition every index that the partitioned table has.  So create
 * after it the indexes that this partition shall not have.
 */
void
order_add_lacking_edges(Order *order, Action *node)
{
	const SchemaObject *link = node->change->new;
	ListCell   *lc;
	ListCell   *lc2;

	if (node->type != ACTION_CREATE || link->kind->link != LINK_OF_TABLES)
		return;
	foreach(lc, link->needs)
	{
		foreach(lc2, ((SchemaObject *) lfirst(lc))->parts)
		{
			if (index_waits(lfirst(lc2), link))
				add_edge(order, node, nodes_of_new(order, lfirst(lc2))->create);
		}
	}
}

/*
 * A table that is created after its parent's check has the check valid, also where the parent's is
 * NOT VALID.  So a table that shall have it NOT VALID is created before the parent's check is
 * added.
 */
static void
add_validity_edges(Order *order, Action *node, const SchemaObject *check, const SchemaObject *table)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	foreach(lc, table->parts)
	{
		const SchemaObject *link = lfirst(lc);
		const SchemaObject *parent = NULL;

		if (link->kind->link == LINK_OF_TABLES)
			parent = table_link_parent(link, order->changes->to);
		if (parent == NULL)
			continue;
		foreach(lc2, parent->parts)
		{
			const SchemaObject *theirs = lfirst(lc2);
			Action	   *add = nodes_of_new(order, theirs)->create;

			if (theirs->kind != check->kind || strcmp(theirs->name, check->name) != 0)
				continue;
			if (!prop_true(theirs, "_local"))
				add_validity_edges(order, node, check, parent);
			else if (prop_true(check, "_validated"))
				order_add_wish(order, add, node, EDGE_WISH);
			else if (add != NULL)
			{
				add->is_separate = true;
				order_add_wish(order, node, add, EDGE_WISH);
			}
		}
	}
}

/*
 * A column that gets another type has to get it before a parent gets a column of this name, since
 * the two are merged, and after a parent has lost its own, since what is inherited cannot be
 * retyped.
 */
static void
add_retyped_edges(Order *order, Action *node)
{
	const Changes *changes = order->changes;
	const SchemaObject *theirs;

	if (!column_of_table_is_retyped(node->change))
		return;
	theirs = column_of_parent(node->change->new, changes->to);
	if (theirs != NULL)
		add_edge(order, node, nodes_of_new(order, theirs)->create);
	theirs = column_of_parent(node->change->old, changes->from);
	if (theirs != NULL)
		add_edge(order, nodes_of_old(order, theirs)->drop, node);
}

/*
 * A part that a table only inherits exists after the parent's part.  A part that the table also
 * defines itself is created before the parent's, so that it stays the table's own, and dropped
 * after it.
 */
void
order_add_inherited_edges(Order *order, Action *node)
{
	const SchemaObject *part = node->type == ACTION_CREATE ? node->change->new : node->change->old;
	const SchemaObject *theirs = NULL;

	if (node->type == ACTION_ALTER)
		add_retyped_edges(order, node);
	if (node->type == ACTION_CREATE)
		theirs = column_typed_attribute(part, order->changes, true);
	if (theirs != NULL)
		add_edge(order, nodes_of_new(order, theirs)->create, node);
	if ((node->type != ACTION_CREATE && node->type != ACTION_DROP) || !part->kind->is_inherited)
		return;
	if (node->type == ACTION_CREATE && constraint_is_inherited_check(part) &&
		nodes_of_new(order, part->parent)->create != NULL)
		add_validity_edges(order, nodes_of_new(order, part->parent)->create, part, part->parent);
	theirs = table_inherited_change(part, order->changes, node->type == ACTION_CREATE);
	if (theirs == NULL || theirs == part)
		return;
	if (node->type == ACTION_DROP && change_goes_away(order->changes->of_old[part->parent->number]))
	{
		/*
		 * the child may be partitioned by the column, and then has to go
		 * first
		 */
		if (part->kind->field == FIELD_OF_ROW &&
			!change_goes_away(order->changes->of_old[theirs->parent->number]))
			add_edge(order, node, nodes_of_old(order, theirs)->drop);
	}
	else if (node->type == ACTION_DROP)
		add_edge(order, nodes_of_old(order, theirs)->drop, node);
	else if (prop_true(part, "_local"))
		add_edge(order, node, nodes_of_new(order, theirs)->create);
	else
	{
		add_edge(order, nodes_of_new(order, theirs)->create, node);

		/*
		 * if the table's old part still existed then, it would stay the
		 * table's own
		 */
		add_edge(order, nodes_of(order, node->change)->drop, nodes_of_new(order, theirs)->create);
	}
}
