/*
 * circles.c
 *		A way out where changes wait for each other in a circle.
 *
 * What is only a guess gives way first. Then parts get statements of their own, a view is
 * emptied before it is dropped, or one that selects nothing takes the place of a view for a while, as pg_dump does it.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "miscadmin.h"

/*
 * What is left when no node can be taken contains a circle: going back from any
 * of them, some node comes twice.  Returns the edges of one, in no order.
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

/* Has the kind statements that create and drop a part of its own? */
static bool
is_separable(const Action *node)
{
	const SchemaObject *object = node_object(node);

	if (node->type == ACTION_DROP)
		return object->kind->drops_alone && !column_is_key(object);
	return object->kind->creates_alone;
}

/* Are these the rows that are to be moved, or the way to them? */
static bool
holds_rows_to_move(Order *order, const SchemaObject *old)
{
	return order_goes_after_rows(order, old) &&
		(kind_is(old, KIND_PARTITION) || (kind_is(old, KIND_COLUMN) && prop(old, "generated") == NULL));
}

/* While the table has its name, and a partition's after that of the partitioned table. */
static void
separate_drop(Order *order, Action *drop)
{
	const SchemaObject *old = drop->change->old;
	const SchemaObject *table = order_put_aside_with(order, old);
	const SchemaObject *theirs = old->kind->is_inherited ? table_inherited_change(old, order->changes, false) : NULL;

	if (table != NULL)
		add_edge(order, drop, nodes_of_old(order, table)->drop);
	else if (theirs != NULL && theirs != old && table_goes_after_rows(old->parent, order->changes))
		add_edge(order, nodes_of_old(order, theirs)->drop, drop);
}

/* Give parts in the circle statements of their own. */
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
	/* a new edge may move the others in memory */
	foreach(lc, drops)
	{
		separate_drop(order, lfirst(lc));
	}
	return any;
}

/* Which of the nodes that are left lead to this one?  By their index. */
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

/* The node that makes the object what it is to be, of a view for its columns; NULL if this one does no such thing. */
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

	return new->kind->stub != NULL && (node->type == ACTION_CREATE || !new->kind->made_of_functions);
}

static bool
dummy_will_do(Order *order, const Action *real, const Action *after, const bool *leads)
{
	const Action *end = representative(unconstify(Action *, after));

	if (after->change == real->change ||
		(after->change->new != NULL && after->change->new->kind->field == FIELD_OF_QUERY && after->change->new->parent == real->change->new))
		return false;
	if (!real->change->new->kind->made_of_functions)
		return end->index >= 0 && leads[end->index];
	return after->change->new != NULL && is_made_of(real->change->new, after->change->new);
}

/* The types of a view's columns, and where it is, are all that the dummy needs. */
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
	/* what had its name before */
	for (int i = 0; i < nedges; i++)
		if (order->edges[i].after == real && order->edges[i].before->type == ACTION_DROP)
			add_edge(order, order->edges[i].before, dummy);
}

/*
 * A view without contents takes the place of the real one for those who need it.
 * A type that is nothing but a name does so for the functions it is made of.
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

			if (making_node(order, other->before) == real && dummy_will_do(order, real, other->after, leads))
				other->before = set->dummy;
		}
		add_dummy_edges(order, set->dummy, real);
		add_edge(order, set->dummy, real);
		return true;
	}
	return false;
}

/* A view, of which there can be a stub, is emptied before it is dropped; then it needs nothing any more. */
static bool
put_empty(Order *order, List *circle)
{
	ListCell   *lc;

	foreach(lc, circle)
	{
		Action	   *drop = ((Edge *) lfirst(lc))->before;
		ActionSet  *set;

		if (drop->type != ACTION_DROP || drop->change->old->kind->stub == NULL || drop->change->old->kind->empty == NULL)
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

/* A guess is worth nothing where it is in the way, the boldest first. */
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

	if (drop_guesses(circle) || separate_parts(order, circle) || put_empty(order, circle) || put_dummy(order, circle))
		return;
	edge = linitial(circle);
	edge->is_off = true;
	*order->notices = lappend(*order->notices,
							  psprintf("%s and %s depend on each other; their order may have to be changed by hand",
									   node_object(edge->before)->identity, node_object(edge->after)->identity));
}
