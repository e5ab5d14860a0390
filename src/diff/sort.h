/*
 * sort.h
 *		The graph of changes, for the files that sort them.
 *
 * sort.c makes the nodes and sorts them, edges.c, link_edges.c and move_edges.c add the edges,
 * circles.c breaks cycles.
 */
#ifndef MIGRATE_SORT_H
#define MIGRATE_SORT_H

#include "diff/steps.h"
#include "kinds/kinds.h"

#include "utils/hsearch.h"

typedef enum ActionType
{
	ACTION_EMPTY,				/* a view loses its contents before it is
								 * dropped, a table its type before it
								 * changes, a column is held as text */
	ACTION_DROP,
	ACTION_DUMMY,				/* a view without contents, a type that is
								 * only a name, in place of the real one */
	ACTION_CREATE,
	ACTION_ALTER,
	ACTION_MOVE,				/* the rows of a table that was put aside come
								 * into the new one */
	ACTION_CLEANUP				/* what was put aside is dropped */
} ActionType;

typedef struct Action
{
	ActionType	type;
	Change	   *change;
	bool		is_separate;	/* not to be merged */
	struct Action *into;		/* merged into this one, or NULL */
	List	   *members;		/* Action *, merged into this one */

	/* for sorting */
	List	   *next;			/* Action * */
	int			npreds;
	bool		is_done;
	int			index;			/* of what it stands for in the walk for
								 * circles */
} Action;

/* How certain is an edge?  In a cycle the least certain edges are dropped first. */
typedef enum Doubt
{
	EDGE_MUST,
	EDGE_CALL,					/* a function's body seems to name another
								 * function */
	EDGE_WISH					/* or another object; or the order is only
								 * preferable */
} Doubt;

typedef struct Edge
{
	Action	   *before;
	Action	   *after;
	Doubt		doubt;
	bool		is_off;
} Edge;

/* The nodes of a change. */
typedef struct ActionSet
{
	Action	   *empty;
	Action	   *drop;
	Action	   *dummy;
	Action	   *create;
	Action	   *alter;
	Action	   *move;
	Action	   *cleanup;
} ActionSet;

typedef struct Order
{
	Changes    *changes;
	ActionSet  *sets;			/* by position of the change in changes->all */
	HTAB	   *positions;		/* Change * -> position */
	List	   *nodes;
	Edge	   *edges;
	int			nedges;
	int			size;
	List	  **notices;
} Order;

typedef struct PositionEntry
{
	Change	   *change;			/* hash key */
	int			position;
} PositionEntry;

static inline ActionSet *
nodes_of(Order *order, const Change *change)
{
	PositionEntry *entry = hash_search(order->positions, &change, HASH_FIND, NULL);

	return &order->sets[entry->position];
}

static inline ActionSet *
nodes_of_old(Order *order, const SchemaObject *old)
{
	return nodes_of(order, order->changes->of_old[old->number]);
}

static inline ActionSet *
nodes_of_new(Order *order, const SchemaObject *new)
{
	return nodes_of(order, order->changes->of_new[new->number]);
}

static inline Action *
add_node(Order *order, ActionType type, Change *change)
{
	Action	   *node = palloc0(sizeof(Action));

	node->type = type;
	node->change = change;
	order->nodes = lappend(order->nodes, node);
	return node;
}

static inline void
add_edge(Order *order, Action *before, Action *after)
{
	if (before == NULL || after == NULL || before == after)
		return;
	if (order->nedges == order->size)
	{
		order->size = Max(order->size * 2, 1024);
		order->edges = order->edges ? repalloc_huge(order->edges, sizeof(Edge) * order->size)
			: palloc(sizeof(Edge) * order->size);
	}
	order->edges[order->nedges++] = (Edge)
	{
		.before = before,.after = after
	};
}

/* What the node has been merged into, or the node itself. */
static inline Action *
representative(Action *node)
{
	while (node->into != NULL)
		node = node->into;
	return node;
}

static inline const SchemaObject *
node_object(const Action *node)
{
	if (node->type == ACTION_EMPTY || node->type == ACTION_DROP || node->type == ACTION_CLEANUP ||
		node->change->new == NULL)
		return node->change->old;
	return node->change->new;
}

/* Is it a type that is made of this function? */
static inline bool
is_made_of(const SchemaObject *type, const SchemaObject *function)
{
	return type->kind->made_of_functions && object_needs(type, function);
}

/*
 * The table that takes this part along when it is renamed aside; NULL if Kind.stays_inside says
 * that it does not.
 */
extern const SchemaObject *order_table_of_inner_part(const SchemaObject *part);

/* The table that is renamed aside, and dropped in the end, with this part; or NULL. */
extern const SchemaObject *order_put_aside_with(Order *order, const SchemaObject *part);

/* The node of the parent, if its statement creates this part as well; or NULL.  edges.c */
extern Action *order_created_with(Order *order, const SchemaObject *new);

/*
 * Does the old part exist until the rows are moved: is its table renamed aside, or dropped after it
 * gave its rows away?
 */
extern bool order_goes_after_rows(Order *order, const SchemaObject *old);

/* An edge that can be left out. */
extern void order_add_wish(Order *order, Action *before, Action *after, Doubt doubt);

/* The node that drops the old object, if it or its whole is renamed aside first; or NULL. */
extern Action *order_cleanup_of(Order *order, const SchemaObject *old);

/*
 * link_edges.c: where a table is attached to a parent or detached; the indexes that a partition
 * shall not have; the parts that a table inherits.
 */
extern void order_add_link_edges(Order *order, const Change *change);
extern void order_add_lacking_edges(Order *order, Action *node);
extern void order_add_inherited_edges(Order *order, Action *node);

/*
 * move_edges.c: where rows are moved; where columns are held as text, and by which node; where a
 * table changes its type; where the server would have to change rows that columns contain.
 */
extern void order_add_move_edges(Order *order, Action *move);
extern void order_add_holding_edges(Order *order, const Change *change);
extern Action *order_holding_node(Order *order, const SchemaObject *column);
extern void order_add_leaving_edges(Order *order, Action *leave);
extern void order_add_joining_edges(Order *order, Action *join);
extern void order_add_typed_table_edges(Order *order, Action *node);
extern void order_add_row_edges(Order *order, Action *node);

/* Add all edges.  before and after: the bodies of functions in the old and the new schema. */
extern void order_make_edges(Order *order, const List *before, const List *after);

/* Sorting has left a cycle: break one.  circles.c */
extern void order_break_circle(Order *order);

#endif							/* MIGRATE_SORT_H */
