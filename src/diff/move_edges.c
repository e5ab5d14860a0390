/*
 * move_edges.c
 *		The order of statements where rows move from one table to another, where columns contain
 *		rows of a table that changes, and where a table changes the type that it is made of.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "miscadmin.h"

/*
 * Old partitions that are dropped go when their rows are in the new table; the others are detached
 * before.
 */
static void
add_source_edges(Order *order, Action *move, const SchemaObject *old)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, table_child_links(old))
	{
		const SchemaObject *link = lfirst(lc);
		Change	   *child = order->changes->of_old[link->parent->number];

		if (child->fate == FATE_DROP)
		{
			add_edge(order, move, nodes_of(order, child)->drop);
			add_source_edges(order, move, link->parent);
		}
		else
			add_edge(order, nodes_of_old(order, link)->drop, move);
	}
}

/* Is the object created only after the rows are moved?  AfterRows in object.h says why. */
static bool
waits_for_rows(const SchemaObject *object, const SchemaObject *moved)
{
	if (object->kind->after_rows == AFTER_ROWS_OF_PLAIN)
		return object->parent == moved && prop_is(moved, "kind", "r");
	return object->kind->after_rows != ROWS_DO_NOT_MATTER;
}

/* Foreign keys and policies are created before the old table is dropped, views after it. */
static void
add_cleanup_wish(Order *order, Action *cleanup, const SchemaObject *object, Action *create)
{
	if (object->kind->after_rows == AFTER_ROWS_BEFORE_CLEANUP)
		order_add_wish(order, create, cleanup, EDGE_WISH);
	else if (object->kind->after_rows == AFTER_CLEANUP)
		order_add_wish(order, cleanup, create, EDGE_WISH);
}

static void
add_waiting_edges(Order *order, Action *move, const SchemaObject *object)
{
	ListCell   *lc;

	foreach(lc, object->needed_by)
	{
		const SchemaObject *user = lfirst(lc);
		Action	   *create = nodes_of_new(order, user)->create;

		if (!waits_for_rows(user, move->change->new))
			continue;
		add_edge(order, move, create);
		add_cleanup_wish(order, nodes_of(order, move->change)->cleanup, user, create);
	}
}

static void
add_target_edges(Order *order, Action *move, const SchemaObject *new)
{
	ListCell   *lc;

	check_stack_depth();
	add_waiting_edges(order, move, new);
	foreach(lc, new->parts)
	{
		add_waiting_edges(order, move, lfirst(lc));
	}
	foreach(lc, table_child_links(new))
	{
		const SchemaObject *link = lfirst(lc);

		if (!kind_is(link, KIND_PARTITION))
			continue;
		add_edge(order, nodes_of_new(order, link)->create, move);
		add_edge(order, nodes_of_new(order, link)->alter, move);
		add_target_edges(order, move, link->parent);
	}
}

/* All changes of the type's attributes come after this node. */
static void
add_attribute_edges(Order *order, const SchemaObject *type, Action *before)
{
	const SchemaObject *new = order->changes->of_old[type->number]->new;
	ListCell   *lc;

	foreach(lc, type->parts)
	{
		add_edge(order, before, nodes_of_old(order, lfirst(lc))->drop);
		add_edge(order, before, nodes_of_old(order, lfirst(lc))->alter);
	}
	if (new != NULL)
	{
		foreach(lc, new->parts)
		{
			add_edge(order, before, nodes_of_new(order, lfirst(lc))->create);
		}
	}
}

/* The node that makes the column text, or NULL if the column is not held as text. */
Action *
order_holding_node(Order *order, const SchemaObject *column)
{
	if (!column_is_held(order->changes->of_old[column->number]))
		return NULL;
	return nodes_of_old(order, column_uppermost(column, order->changes->from))->empty;
}

/* All changes of the table's columns come between the two nodes. */
static void
add_columns_between(Order *order, Action *before, const SchemaObject *table, Action *after)
{
	const SchemaObject *new = order->changes->of_old[table->number]->new;
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		if (((SchemaObject *) lfirst(lc))->kind->field != FIELD_OF_ROW)
			continue;
		add_edge(order, before, set->drop);
		add_edge(order, set->drop, after);
		add_edge(order, before, set->alter);
		add_edge(order, set->alter, after);
	}
	if (new == NULL)
		return;
	foreach(lc, new->parts)
	{
		if (((SchemaObject *) lfirst(lc))->kind->field == FIELD_OF_ROW)
		{
			add_edge(order, before, nodes_of_new(order, lfirst(lc))->create);
			add_edge(order, nodes_of_new(order, lfirst(lc))->create, after);
		}
	}
}

/*
 * The types of the column or attribute, and all types inside those, are changed only after this
 * node.
 */
static void
add_made_of_after(Order *order, Action *before, const SchemaObject *user, List **done)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	foreach(lc, user->needs)
	{
		const SchemaObject *type = lfirst(lc);
		const SchemaObject *new = order->changes->of_old[type->number]->new;

		CHECK_FOR_INTERRUPTS();
		if (type == user->parent || list_member_ptr(*done, type) ||
			type->kind->consists_of == CONSISTS_OF_NOTHING)
			continue;
		*done = lappend(*done, lfirst(lc));
		add_edge(order, before, nodes_of_old(order, type)->drop);
		if (!type->kind->has_rows)
			add_edge(order, before, nodes_of_old(order, type)->alter);
		if (type->kind->consists_of == CONSISTS_OF_TYPE)
			add_made_of_after(order, before, type, done);
		foreach(lc2, type->parts)
		{
			const SchemaObject *part = lfirst(lc2);

			if (part->kind->field != FIELD_OF_ROW)
				continue;
			add_edge(order, before, nodes_of_old(order, part)->drop);
			add_edge(order, before, nodes_of_old(order, part)->alter);
			add_made_of_after(order, before, part, done);
		}
		if (new != NULL)
		{
			foreach(lc2, new->parts)
			{
				if (((SchemaObject *) lfirst(lc2))->kind->field == FIELD_OF_ROW)
					add_edge(order, before, nodes_of_new(order, lfirst(lc2))->create);
			}
		}
	}
}

/* The same for the new types: all their changes come before this node. */
static void
add_made_of_before(Order *order, const SchemaObject *user, Action *after, List **done)
{
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	foreach(lc, user->needs)
	{
		const SchemaObject *type = lfirst(lc);
		const SchemaObject *old = order->changes->of_new[type->number]->old;

		CHECK_FOR_INTERRUPTS();
		if (type == user->parent || list_member_ptr(*done, type) ||
			type->kind->consists_of == CONSISTS_OF_NOTHING)
			continue;
		*done = lappend(*done, lfirst(lc));
		if (type->kind->consists_of == CONSISTS_OF_TYPE)
			add_made_of_before(order, type, after, done);
		foreach(lc2, type->parts)
		{
			const SchemaObject *part = lfirst(lc2);

			if (part->kind->field != FIELD_OF_ROW)
				continue;
			add_edge(order, nodes_of_new(order, part)->create, after);
			add_edge(order, nodes_of_new(order, part)->alter, after);
			add_made_of_before(order, part, after, done);
		}
		if (old != NULL)
		{
			foreach(lc2, old->parts)
			{
				if (((SchemaObject *) lfirst(lc2))->kind->field == FIELD_OF_ROW)
					add_edge(order, nodes_of_old(order, lfirst(lc2))->drop, after);
			}
		}
	}
}

/*
 * A held column becomes text after its indexes and constraints are dropped, and before its type is.
 *  Columns that contain rows of its table become text before it, and are converted back after it.
 */
void
order_add_holding_edges(Order *order, const Change *change)
{
	const SchemaObject *old = change->old;
	Action	   *hold = order_holding_node(order, old);
	Action	   *alter = nodes_of(order, change)->alter;
	List	   *done = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	if (hold == NULL)
		return;
	add_edge(order, hold, alter);

	/*
	 * column_put_type() detaches foreign tables for the statement; links that
	 * end anyway end before
	 */
	foreach(lc, table_child_links(old->parent))
	{
		order_add_wish(order, nodes_of_old(order, lfirst(lc))->drop, hold, EDGE_WISH);
	}
	add_made_of_after(order, hold, old, &done);
	done = NIL;
	add_made_of_before(order, change->new, alter, &done);
	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		if (lfirst(lc) == old->parent)
			add_edge(order, set->empty, hold);
		else
		{
			add_edge(order, hold, set->drop);
			add_edge(order, hold, set->alter);
		}
	}
	foreach(lc, old->needed_by)
	{
		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
	}
	foreach(lc, column_rows_in_matviews(old->parent))
	{
		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
	}
	foreach(lc, column_rows_in(old->parent))
	{
		Action	   *outer = order_holding_node(order, lfirst(lc));

		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
		{
			add_edge(order, nodes_of_old(order, lfirst(lc2))->drop, hold);
		}
		if (outer == NULL || outer == hold)
			continue;
		add_edge(order, outer, hold);
		add_edge(order, alter, nodes_of_old(order, lfirst(lc))->alter);
		add_columns_between(order, outer, old->parent, nodes_of_old(order, lfirst(lc))->alter);
	}
}

/* A table is separated from its type before either of them changes. */
void
order_add_leaving_edges(Order *order, Action *leave)
{
	const Change *table = leave->change;
	const SchemaObject *type = table_type(table->old, order->changes->from);
	ListCell   *lc;

	add_edge(order, leave, nodes_of(order, table)->alter);
	foreach(lc, table->old->parts)
	{
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->drop);
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->alter);
	}
	foreach(lc, table->new->parts)
	{
		add_edge(order, leave, nodes_of_new(order, lfirst(lc))->create);
	}
	if (type == NULL)
		return;
	add_edge(order, leave, nodes_of_old(order, type)->drop);
	add_edge(order, leave, nodes_of_old(order, type)->alter);
	add_attribute_edges(order, type, leave);
}

/* A table is attached to its type when the type has its final attributes. */
void
order_add_joining_edges(Order *order, Action *join)
{
	const Change *table = join->change;
	const SchemaObject *type;
	ListCell   *lc;

	if (join->type != ACTION_ALTER || !table_changes_type(table, order->changes))
		return;
	type = table_type(table->new, order->changes->to);
	if (type == NULL)
		return;
	foreach(lc, type->parts)
	{
		add_edge(order, nodes_of_new(order, lfirst(lc))->create, join);
		add_edge(order, nodes_of_new(order, lfirst(lc))->alter, join);
	}
	type = order->changes->of_new[type->number]->old;
	if (type != NULL)
	{
		foreach(lc, type->parts)
		{
			add_edge(order, nodes_of_old(order, lfirst(lc))->drop, join);
		}
	}
}

/*
 * ALTER TYPE ... CASCADE reaches all tables of the type: before it, drop or rename those that shall
 * not be changed.
 */
void
order_add_typed_table_edges(Order *order, Action *node)
{
	ListCell   *lc;

	if (node->type != ACTION_ALTER || !kind_is(node->change->new, KIND_ATTRIBUTE) ||
		!column_is_retyped(node->change))
		return;
	foreach(lc, node->change->old->parent->needed_by)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_TABLE))
			add_edge(order, nodes_of_old(order, lfirst(lc))->drop, node);
	}
}

void
order_add_move_edges(Order *order, Action *move)
{
	const Change *change = move->change;
	ActionSet  *set = nodes_of(order, change);

	add_edge(order, set->create, move);
	add_edge(order, move, set->cleanup);
	add_source_edges(order, move, change->old);
	add_target_edges(order, move, change->new);
}

/* Do values of the column contain rows of the table in both schemas? */
static bool
keeps_rows(const Order *order, const SchemaObject *column, const SchemaObject *table, bool is_new)
{
	const Changes *changes = order->changes;
	const SchemaObject *other;

	if (is_new)
		other = changes->of_new[column->number]->old;
	else
		other = changes->of_old[column->number]->new;
	return other != NULL && list_member_ptr(column_rows_in(table), other);
}

/*
 * The server retypes or fills no column of a table whose rows are values of other columns.  So
 * before that, drop the indexes and constraints on those columns, and alter the columns that shall
 * not contain such rows any more.
 */
void
order_add_row_edges(Order *order, Action *node)
{
	const Change *change = node->change;
	const Change *table;
	Doubt		doubt = EDGE_MUST;
	ListCell   *lc;
	ListCell   *lc2;

	if (!kind_is(change->new ? change->new : change->old, KIND_COLUMN))
		return;
	if (node->type == ACTION_CREATE && column_is_filled(change, order->changes))
		doubt = column_keeps_rows_out(change, order->changes) ? EDGE_MUST : EDGE_WISH;
	else if (node->type != ACTION_ALTER || !column_is_retyped(change))
		return;
	table = order->changes->of_new[change->new->parent->number];
	foreach(lc, column_rows_in(table->old))
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		order_add_wish(order, set->drop, node, doubt);
		if (order_holding_node(order, lfirst(lc)) != NULL)
		{
			if (set->alter != node)
			{
				order_add_wish(order, order_holding_node(order, lfirst(lc)), node, doubt);
				order_add_wish(order, node, set->alter, doubt);
			}
			continue;
		}

		/*
		 * a column that keeps such rows is text meanwhile; it already has its
		 * new type by then, and is no longer generated
		 */
		if (!keeps_rows(order, lfirst(lc), table->new, false) ||
			(set->alter != NULL &&
			 (column_is_retyped(set->alter->change) ||
			  prop_differs(set->alter->change, "generated"))))
			order_add_wish(order, set->alter, node, doubt);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
		{
			order_add_wish(order, nodes_of_old(order, lfirst(lc2))->drop, node, doubt);
		}
	}
	foreach(lc, column_rows_in_matviews(table->old))
	{
		order_add_wish(order, nodes_of_old(order, lfirst(lc))->drop, node, doubt);
	}
	foreach(lc, column_rows_in_matviews(table->new))
	{
		order_add_wish(order, node, nodes_of_new(order, lfirst(lc))->create, doubt);
	}
	foreach(lc, column_rows_in(table->new))
	{
		ActionSet  *set = nodes_of_new(order, lfirst(lc));

		order_add_wish(order, node, set->create, doubt);
		if (!keeps_rows(order, lfirst(lc), table->old, true))
			order_add_wish(order, node, set->alter, doubt);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
		{
			order_add_wish(order, node, nodes_of_new(order, lfirst(lc2))->create, doubt);
		}
	}
}
