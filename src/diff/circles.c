/*
 * circles.c
 *		Breaks cycles in the order of changes.
 *
 * Edges that are only guesses go first.  Then parts get statements of their own, a view is emptied
 * before it is dropped, or a view that selects nothing stands in for the real one, as pg_dump does
 * it.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "miscadmin.h"

/*
 * If no node can be taken, the nodes that are left contain a cycle: whoever follows edges
 * backwards meets some node twice.  Returns the edges of one cycle, in no order.
 */
static List *
find_circle(Order *order)
{
	Edge	  **into;			/* for each node left, an edge from another
								 * left one */
	List	   *left = NIL;
	List	   *circle = NIL;
	ListCell   *lc;
	Action	   *node;
	int			n = 0;

	foreach(lc, order->nodes)
	{
		Action	   *other = lfirst(lc);

		if (other->into == NULL && !other->is_done)
		{
			other->index = n++;
			left = lappend(left, other);
		}
	}
	into = palloc0(sizeof(Edge *) * n);
	for (int i = 0; i < order->nedges; i++)
	{
		Edge	   *edge = &order->edges[i];
		Action	   *before = representative(edge->before);
		Action	   *after = representative(edge->after);

		if (!edge->is_off && before != after && before->index >= 0 && after->index >= 0)
			into[after->index] = edge;
	}
	/* every node left has a predecessor that is left */
	node = linitial(left);
	for (int i = 0; i < n; i++)
		node = representative(into[node->index]->before);
	for (const Action *start = node;;)
	{
		Edge	   *edge = into[node->index];

		circle = lappend(circle, edge);
		node = representative(edge->before);
		if (node == start)
			return circle;
	}
}

/* Can the part be created, or dropped, by a statement of its own? */
static bool
is_separable(const Action *node)
{
	const SchemaObject *object = node_object(node);

	if (node->type == ACTION_DROP)
		return object->kind->drops_alone && !column_is_key(object);
	return object->kind->creates_alone;
}

/*
 * Would dropping this part lose rows that are still to be moved: a partition, or a column with
 * values?
 */
static bool
holds_rows_to_move(Order *order, const SchemaObject *old)
{
	return order_goes_after_rows(order, old) &&
		(kind_is(old, KIND_PARTITION) || (kind_is(old, KIND_COLUMN) &&
										  prop(old, "generated") == NULL));
}

/*
 * Drop the part before its table is renamed aside; a part of a partition after that of the
 * partitioned table.
 */
static void
separate_drop(Order *order, Action *drop)
{
	const SchemaObject *old = drop->change->old;
	const SchemaObject *table = order_put_aside_with(order, old);
	const SchemaObject *theirs =
	old->kind->is_inherited ? table_inherited_change(old, order->changes, false) : NULL;

	if (table != NULL)
		add_edge(order, drop, nodes_of_old(order, table)->drop);
	else if (theirs != NULL && theirs != old && table_goes_after_rows(old->parent, order->changes))
		add_edge(order, nodes_of_old(order, theirs)->drop, drop);
}

/* Give the parts in the cycle statements of their own; returns false if there are none. */
static bool
separate_parts(Order *order, List *circle)
{
	List	   *drops = NIL;
	bool		any = false;
	ListCell   *lc;

	foreach(lc, circle)
	{
		Edge	   *edge = lfirst(lc);
		Action	   *ends[] = {edge->before, edge->after};

		for (int i = 0; i < 2; i++)
		{
			if (ends[i]->into == NULL || ends[i]->is_separate || !is_separable(ends[i]) ||
				(ends[i]->type == ACTION_DROP && holds_rows_to_move(order, ends[i]->change->old)))
				continue;
			ends[i]->is_separate = true;
			if (ends[i]->type == ACTION_DROP)
				drops = lappend(drops, ends[i]);
			any = true;
		}
	}
	/* only now: adding an edge may move the array that the loop above reads */
	foreach(lc, drops)
	{
		separate_drop(order, lfirst(lc));
	}
	return any;
}

/* From which of the remaining nodes is this one reachable?  Returns an array by their index. */
static bool *
find_leading(Order *order, Action *node)
{
	int			n = 0;
	List	  **previous;
	bool	   *leads;
	List	   *work = list_make1(node);
	ListCell   *lc;

	foreach(lc, order->nodes)
	{
		n = Max(n, ((Action *) lfirst(lc))->index + 1);
	}
	previous = palloc0(sizeof(List *) * n);
	leads = palloc0(sizeof(bool) * n);
	for (int i = 0; i < order->nedges; i++)
	{
		Action	   *before = representative(order->edges[i].before);
		Action	   *after = representative(order->edges[i].after);

		if (!order->edges[i].is_off && before->index >= 0 && after->index >= 0)
			previous[after->index] = lappend(previous[after->index], before);
	}
	while (work != NIL)
	{
		Action	   *one = llast(work);

		CHECK_FOR_INTERRUPTS();
		work = list_delete_last(work);
		foreach(lc, previous[one->index])
		{
			Action	   *before = lfirst(lc);

			if (!leads[before->index])
			{
				leads[before->index] = true;
				work = lappend(work, before);
			}
		}
	}
	return leads;
}

/*
 * The node that creates or alters the object; for a column of a view, the view's.  NULL for any
 * other node.
 */
static Action *
making_node(Order *order, Action *node)
{
	const SchemaObject *new = node->change->new;
	ActionSet  *set;

	if (node->type != ACTION_CREATE && node->type != ACTION_ALTER)
		return NULL;
	if (new->kind->field != FIELD_OF_QUERY)
		return node;
	set = nodes_of_new(order, new->parent);
	return set->create != NULL ? set->create : set->alter;
}

static bool
can_be_dummy(const Action *node)
{
	const SchemaObject *new = node->change->new;

	return new->kind->stub != NULL && (node->type == ACTION_CREATE ||
									   !new->kind->made_of_functions);
}

static bool
dummy_will_do(Order *order, const Action *real, const Action *after, const bool *leads)
{
	const Action *end = representative(unconstify(Action *, after));

	if (after->change == real->change ||
		(after->change->new != NULL && after->change->new->kind->field == FIELD_OF_QUERY &&
		 after->change->new->parent == real->change->new))
		return false;
	if (!real->change->new->kind->made_of_functions)
		return end->index >= 0 && leads[end->index];
	return after->change->new != NULL && is_made_of(real->change->new, after->change->new);
}

/* A stub needs only its schema and, if it is a view, the types of the columns. */
static void
add_dummy_edges(Order *order, Action *dummy, const Action *real)
{
	const SchemaObject *new = real->change->new;
	ActionSet  *set = nodes_of(order, real->change);
	int			nedges = order->nedges;
	ListCell   *lc;

	add_edge(order, set->drop, dummy);
	foreach(lc, new->parts)
	{
		const SchemaObject *column = lfirst(lc);
		ListCell   *need;

		if (column->kind->field != FIELD_OF_QUERY)
			continue;
		foreach(need, column->needs)
		{
			if (lfirst(need) != new)
			{
				add_edge(order, nodes_of_new(order, lfirst(need))->create, dummy);
				add_edge(order, nodes_of_new(order, lfirst(need))->alter, dummy);
			}
		}
	}
	foreach(lc, new->needs)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_SCHEMA))
			add_edge(order, nodes_of_new(order, lfirst(lc))->create, dummy);
	}
	/* the object that had the name before has to be dropped first */
	for (int i = 0; i < nedges; i++)
		if (order->edges[i].after == real && order->edges[i].before->type == ACTION_DROP)
			add_edge(order, order->edges[i].before, dummy);
}

/*
 * Put a stub in place of an object in the cycle: a view that selects nothing, for the objects that
 * need the view; or a shell type, for the functions that the type is made of.
 */
static bool
put_dummy(Order *order, List *circle)
{
	ListCell   *lc;

	foreach(lc, circle)
	{
		Edge	   *edge = lfirst(lc);
		Action	   *real = making_node(order, edge->before);
		ActionSet  *set;
		bool	   *leads;
		int			nedges = order->nedges;

		if (real == NULL || !can_be_dummy(real) || real->change->is_dummy)
			continue;
		leads = find_leading(order, real);
		if (!dummy_will_do(order, real, edge->after, leads))
			continue;
		set = nodes_of(order, real->change);
		set->dummy = add_node(order, ACTION_DUMMY, real->change);
		real->change->is_dummy = true;
		for (int i = 0; i < nedges; i++)
		{
			Edge	   *other = &order->edges[i];

			if (making_node(order, other->before) == real &&
				dummy_will_do(order, real, other->after, leads))
				other->before = set->dummy;
		}
		add_dummy_edges(order, set->dummy, real);
		add_edge(order, set->dummy, real);
		return true;
	}
	return false;
}

/*
 * Empty a view before it is dropped: an empty view depends on nothing.  Only views have both a stub
 * and a way to empty them.
 */
static bool
put_empty(Order *order, List *circle)
{
	ListCell   *lc;

	foreach(lc, circle)
	{
		Action	   *drop = ((Edge *) lfirst(lc))->before;
		ActionSet  *set;

		if (drop->type != ACTION_DROP || drop->change->old->kind->stub == NULL ||
			drop->change->old->kind->empty == NULL)
			continue;
		set = nodes_of(order, drop->change);
		if (set->empty != NULL)
			continue;
		set->empty = add_node(order, ACTION_EMPTY, drop->change);
		for (int i = 0; i < order->nedges; i++)
			if (order->edges[i].before == drop && order->edges[i].after->change != drop->change)
				order->edges[i].before = set->empty;
		add_edge(order, set->empty, drop);
		return true;
	}
	return false;
}

/*
 * Drop the least certain ordering hints that take part in the cycle; returns false if there are
 * none.
 */
static bool
drop_guesses(List *circle)
{
	Doubt		doubt = EDGE_MUST;
	ListCell   *lc;

	foreach(lc, circle)
	{
		doubt = Max(doubt, ((Edge *) lfirst(lc))->doubt);
	}
	foreach(lc, circle)
	{
		Edge	   *edge = lfirst(lc);

		edge->is_off |= doubt != EDGE_MUST && edge->doubt == doubt;
	}
	return doubt != EDGE_MUST;
}

void
order_break_circle(Order *order)
{
	List	   *circle = find_circle(order);
	Edge	   *edge;

	if (drop_guesses(circle) || separate_parts(order, circle) || put_empty(order, circle) ||
		put_dummy(order, circle))
		return;
	edge = linitial(circle);
	edge->is_off = true;
	*order->notices = lappend(*order->notices,
							  psprintf("%s and %s depend on each other; their order may have to be changed by hand",
									   node_object(edge->before)->identity,
									   node_object(edge->after)->identity));
}
