/*
 * order.c
 *		In which order changes run, and what is written as one statement.
 *
 * Every drop, create and alter is a node of a graph.  The edges follow from the
 * dependencies of both states: something is created or altered when what its new
 * state needs is there, and dropped when nothing that needs it is left.  Nodes
 * are taken in topological order; where that leaves a choice, drops come first,
 * then the order of kinds, then that of names, so that the same two schemas give the same text.
 *
 * A part is created and dropped with its whole (a column with its table) by
 * merging its node into the whole's.  That may close circles, such as two tables
 * that are dropped and refer to each other; then the parts in it get statements of
 * their own.  A circle through a view is broken as pg_dump does it, by a view of
 * the same columns that selects nothing.
 */
#include "postgres.h"

#include "schema/changes.h"
#include "schema/kinds.h"

#include "lib/binaryheap.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/hsearch.h"

typedef enum ActionType
{
	ACTION_EMPTY,				/* a view loses its contents before it is
								 * dropped, a table its type before it changes */
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

typedef struct Edge
{
	Action	   *before;
	Action	   *after;
	int			doubt;			/* 0: it has to be; 1: a function's body seems
								 * to name another function; 2: or something
								 * else, or it is only better so */
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

typedef struct SlotEntry
{
	const char *slot;			/* hash key */
	Action	   *drop;
} SlotEntry;

static ActionSet *
nodes_of(Order *order, const Change *change)
{
	PositionEntry *entry = hash_search(order->positions, &change, HASH_FIND, NULL);

	return &order->sets[entry->position];
}

static ActionSet *
nodes_of_old(Order *order, const SchemaObject *old)
{
	return nodes_of(order, order->changes->of_old[old->number]);
}

static ActionSet *
nodes_of_new(Order *order, const SchemaObject *new)
{
	return nodes_of(order, order->changes->of_new[new->number]);
}

static Action *
add_node(Order *order, ActionType type, Change *change)
{
	Action	   *node = palloc0(sizeof(Action));

	node->type = type;
	node->change = change;
	order->nodes = lappend(order->nodes, node);
	return node;
}

static void
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

static void
add_wish(Order *order, Action *before, Action *after, int doubt)
{
	int			n = order->nedges;

	add_edge(order, before, after);
	if (order->nedges > n)
		order->edges[n].doubt = doubt;
}

static void
add_guess(Order *order, Action *before, Action *after, const SchemaObject *named)
{
	add_wish(order, before, after, kind_is(named, KIND_FUNCTION) ? 1 : 2);
}

/* ------------------------------------------------------------------- nodes */

/* Can a column be of it?  A table that is a type is never made again while columns are of it. */
static bool
is_type(const SchemaObject *obj)
{
	return kind_is(obj, KIND_ENUM) || kind_is(obj, KIND_COMPOSITE) || kind_is(obj, KIND_DOMAIN) ||
		kind_is(obj, KIND_RANGE) || kind_is(obj, KIND_BASE_TYPE) || kind_is(obj, KIND_COLLATION) || kind_is(obj, KIND_VIEW);
}

/* Is there anything that has this as the name of a type? */
static bool
is_type_name(const SchemaSnapshot *snapshot, const char *identity)
{
	static const ObjectKind others[] = {
		KIND_BASE_TYPE, KIND_ENUM, KIND_COMPOSITE, KIND_DOMAIN, KIND_RANGE, KIND_TABLE, KIND_VIEW, KIND_MATVIEW
	};

	for (int i = 0; i < lengthof(others); i++)
		if (snapshot_find(snapshot, others[i], identity) != NULL)
			return true;
	return false;
}

/* Can the type only be made when another one of its name, or of that of a type it is made of, is away? */
static bool
takes_name_of_old(Order *order, const SchemaObject *type)
{
	const Change *change = order->changes->of_new[type->number];
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	if (!is_type(type) || change->fate == FATE_SAME || change->fate == FATE_ALTER)
		return false;
	if (is_type_name(order->changes->from, type->identity))
		return true;
	foreach(lc, type->needs)
		if (!object_needs(lfirst(lc), type) && takes_name_of_old(order, lfirst(lc)))
		return true;
	foreach(lc, type->parts)
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needs)
		if (lfirst(lc2) != type && takes_name_of_old(order, lfirst(lc2)))
		return true;
	return false;
}

/* Does a column, or an attribute, get such a type? */
static bool
gets_name_of_old(Order *order, const Change *column)
{
	ListCell   *lc;

	if (column->fate != FATE_ALTER || (!kind_is(column->old, KIND_COLUMN) && !kind_is(column->old, KIND_ATTRIBUTE)) ||
		!column_is_retyped(column))
		return false;
	foreach(lc, column->new->needs)
		if (lfirst(lc) != column->new->parent && takes_name_of_old(order, lfirst(lc)))
		return true;
	return false;
}

/*
 * A type that columns are converted from has to be there until they are, and so
 * has one that such a type is made of.  A table whose rows are moved is there until they are.
 */
static bool
is_put_aside(Order *order, const Change *change)
{
	ListCell   *lc;

	if (table_rows_move(change, order->changes))
		return true;
	if (change->old == NULL || !is_type(change->old) ||
		!(change->fate == FATE_REPLACE || (change->fate == FATE_DROP && is_type_name(order->changes->to, change->old->identity))))
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (order->changes->of_old[user->number]->retype || gets_name_of_old(order, order->changes->of_old[user->number]))
			return true;
		if (kind_is(user, KIND_COLUMN) && table_goes_after_rows(user->parent, order->changes))
			return true;
		if (kind_is(user, KIND_ATTRIBUTE) || kind_is(user, KIND_VIEW_COLUMN) || kind_is(user, KIND_COLUMN))
			user = user->parent;
		if (user != change->old && is_put_aside(order, order->changes->of_old[user->number]))
			return true;
	}
	return false;
}

/* The table whose part it is, unless it has a name that another may want, or connects the table with others. */
static const SchemaObject *
table_of_inner_part(const SchemaObject *part)
{
	const SchemaObject *table = object_root(part);

	if (!kind_is(table, KIND_TABLE))
		return NULL;
	switch (kind_number(part->kind))
	{
		case KIND_COLUMN:
		case KIND_DEFAULT:
		case KIND_TRIGGER:
		case KIND_POLICY:
		case KIND_RULE:
			return table;
		case KIND_CONSTRAINT:
			return prop(part, "_index") == NULL ? table : NULL;
		default:
			return NULL;
	}
}

/* The table that is put aside with this part of it, which is dropped with it in the end; or NULL. */
static const SchemaObject *
put_aside_with(Order *order, const SchemaObject *part)
{
	const SchemaObject *table = table_of_inner_part(part);

	return table != NULL && table_rows_move(order->changes->of_old[table->number], order->changes) ? table : NULL;
}

/* Does it lose its table before that is put aside, or is left without its rows? */
static bool
is_dropped_before(Order *order, const SchemaObject *part)
{
	const Changes *changes = order->changes;

	if (part->parent == NULL || !kind_is(part->parent, KIND_TABLE))
		return false;
	if (table_rows_move(changes->of_old[part->parent->number], changes))
		return put_aside_with(order, part) == NULL;
	return kind_is(part, KIND_FOREIGN_KEY) && table_goes_after_rows(part->parent, changes);
}

/* Does a domain's default, or constraint, call a function that is made again, for which it cannot wait? */
static bool
is_called_for(Order *order, const SchemaObject *part)
{
	ListCell   *lc;

	if (!kind_is(part, KIND_DOMAIN_DEFAULT) && !kind_is(part, KIND_DOMAIN_CONSTRAINT))
		return false;
	foreach(lc, part->needs)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_FUNCTION) &&
			change_goes_away(order->changes->of_old[((SchemaObject *) lfirst(lc))->number]))
		return true;
	return false;
}

static void
make_nodes(Order *order)
{
	HASHCTL		ctl = {.keysize = sizeof(Change *),.entrysize = sizeof(PositionEntry),.hcxt = CurrentMemoryContext};
	int			position = 0;
	ListCell   *lc;

	order->positions = hash_create("migrate_ext changes", 1024, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	order->sets = palloc_extended(sizeof(ActionSet) * Max(list_length(order->changes->all), 1),
								  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	foreach(lc, order->changes->all)
	{
		Change	   *change = lfirst(lc);
		ActionSet  *set = &order->sets[position];
		PositionEntry *entry = hash_search(order->positions, &change, HASH_ENTER, NULL);

		entry->position = position++;
		if (change->fate == FATE_DROP || change->fate == FATE_REPLACE)
		{
			set->drop = add_node(order, ACTION_DROP, change);
			set->drop->is_separate = is_dropped_before(order, change->old) || is_called_for(order, change->old);
		}
		if (change->fate == FATE_CREATE || change->fate == FATE_REPLACE)
			set->create = add_node(order, ACTION_CREATE, change);
		if (change->fate == FATE_ALTER)
			set->alter = add_node(order, ACTION_ALTER, change);
		if (set->alter != NULL && kind_is(change->old, KIND_TABLE) && prop(change->old, "of_type") != NULL &&
			table_changes_type(change, order->changes))
			set->empty = add_node(order, ACTION_EMPTY, change);
		if (table_rows_move(change, order->changes))
			set->move = add_node(order, ACTION_MOVE, change);
		if (is_put_aside(order, change))
			set->cleanup = add_node(order, ACTION_CLEANUP, change);
	}
}

/* ------------------------------------------------------------------- edges */

/* Is it a type for which the function does the work? */
static bool
is_made_of(const SchemaObject *type, const SchemaObject *function)
{
	return (kind_is(type, KIND_BASE_TYPE) || kind_is(type, KIND_RANGE)) && object_needs(type, function);
}

/* Is the table altered when its columns are what they are to be? */
static bool
waits_for_columns(Order *order, const SchemaObject *new)
{
	const Change *table = order->changes->of_new[new->number];

	return table_waits_for_toast(table) || table_changes_type(table, order->changes);
}

/* What the new state needs has to be there. */
static void
add_new_edges(Order *order, Action *node, const SchemaObject *new)
{
	ListCell   *lc;

	foreach(lc, new->needs)
	{
		ActionSet  *set = nodes_of_new(order, lfirst(lc));

		add_edge(order, set->create, node);
		if (lfirst(lc) == new->parent && kind_is(new, KIND_COLUMN) && waits_for_columns(order, new->parent))
			add_edge(order, node, set->alter);
		/* a type that is altered is there for its functions */
		else if (!is_made_of(lfirst(lc), new))
			add_edge(order, set->alter, node);
	}
}

/* A foreign key would take any key or index with its columns, also one that goes. */
static void
add_key_edges(Order *order, Action *node, const SchemaObject *key)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, key->needs)
	{
		const SchemaObject *need = lfirst(lc);
		const Change *table;

		if (!kind_is(need, KIND_CONSTRAINT) && !kind_is(need, KIND_INDEX))
			continue;
		table = order->changes->of_new[need->parent->number];
		if (table->old == NULL)
			continue;
		foreach(lc2, table->old->parts)
			if ((kind_is((SchemaObject *) lfirst(lc2), KIND_CONSTRAINT) || kind_is((SchemaObject *) lfirst(lc2), KIND_INDEX)) &&
				put_aside_with(order, lfirst(lc2)) == NULL)
			add_edge(order, nodes_of_old(order, lfirst(lc2))->drop, node);
	}
}

/* When an old object goes that is put aside first, or a part of one that is; NULL if it is not. */
static Action *
cleanup_of(Order *order, const SchemaObject *old)
{
	for (; old != NULL; old = old->parent)
		if (nodes_of_old(order, old)->cleanup != NULL)
			return nodes_of_old(order, old)->cleanup;
	return NULL;
}

/* Is it there until the rows are moved: a part of a table put aside, or of one that goes with its rows? */
static bool
goes_after_rows(Order *order, const SchemaObject *old)
{
	const SchemaObject *table = kind_is(old, KIND_PARTITION) || kind_is(old, KIND_INHERITS) ? old->parent : table_of_inner_part(old);

	return table != NULL && (table_goes_after_rows(table, order->changes) || put_aside_with(order, old) != NULL);
}

/* The rows of a column are there, whatever happens to its type meanwhile. */
static void
add_late_drop_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = cleanup_of(order, lfirst(lc));

		add_edge(order, node, cleanup ? cleanup : set->drop);
		if (!kind_is(old, KIND_COLUMN))
			add_edge(order, node, set->alter);
	}
}

/* Do those who use it notice: another owner, grants, a comment, more values of an enum are nothing to them? */
static bool
is_felt(const Change *change)
{
	const Kind *kind = change->old->kind;

	if (change->disturbs)
		return true;
	if (kind_is(change->old, KIND_ENUM))
		return false;
	for (int i = 0; kind->props[i] != NULL; i++)
		if (kind->props[i][0] != '_' && prop_differs(change, kind->props[i]))
			return true;
	return false;
}

/* Does the statement name nothing but the type itself: is it the same to it that a type it is made of has been put aside? */
static bool
drops_without_types(const SchemaObject *old)
{
	return kind_is(old, KIND_DOMAIN) || kind_is(old, KIND_COMPOSITE) || kind_is(old, KIND_RANGE) || kind_is(old, KIND_ATTRIBUTE);
}

static void
add_drop_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	if (kind_is(old, KIND_INDEX_PARTITION))
		return;					/* no statement does it */
	if (goes_after_rows(order, old))
	{
		add_late_drop_edges(order, node, old);
		return;
	}
	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = drops_without_types(old) ? cleanup_of(order, lfirst(lc)) : NULL;

		add_edge(order, node, cleanup ? cleanup : set->drop);
		/* default privileges change last, whatever their schema does */
		if (!is_made_of(lfirst(lc), old) && !kind_is(old, KIND_DEFAULT_ACL) && set->alter != NULL)
			add_wish(order, node, set->alter, is_felt(set->alter->change) ? 0 : 2);
	}
}

/* What was put aside still needs what it did, but for the functions that go with it. */
static void
add_cleanup_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = cleanup_of(order, lfirst(lc));

		if (cleanup != NULL)
		{
			if (cleanup != node)
				add_edge(order, node, cleanup);
		}
		/* a view has no contents any more */
		else if (!object_needs(lfirst(lc), old) && !kind_is(old, KIND_VIEW))
			add_edge(order, node, set->drop);
	}
	foreach(lc, old->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if ((kind_is(part, KIND_ATTRIBUTE) || kind_is(part, KIND_VIEW_COLUMN) || kind_is(part, KIND_DOMAIN_DEFAULT) ||
			 kind_is(part, KIND_DOMAIN_CONSTRAINT)) && !nodes_of_old(order, part)->drop->is_separate)
			add_cleanup_edges(order, node, part);
	}
}

static void
add_alter_edges(Order *order, Action *node, const Change *change)
{
	ListCell   *lc;

	add_new_edges(order, node, change->new);
	if (kind_is(change->new, KIND_COLUMN) && prop_true(change->old, "not_null"))
	{
		const Change *parent = column_parent_change(change, order->changes);

		/* what a partition loses with it, it can get back afterwards */
		if (parent != NULL && column_loses_not_null(parent))
			add_edge(order, nodes_of(order, parent)->alter, node);
	}
	foreach(lc, change->old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		if (set->cleanup != NULL)
			add_edge(order, node, set->cleanup);
		else
			add_edge(order, node, set->drop);
	}
}

/* In whose statement is it created? */
static Action *
created_with(Order *order, const SchemaObject *new)
{
	if (kind_is(new, KIND_CONSTRAINT) && index_waits_any(new))
		return NULL;
	switch (kind_number(new->kind))
	{
		case KIND_COLUMN:
		case KIND_ATTRIBUTE:
		case KIND_DOMAIN_DEFAULT:
		case KIND_DOMAIN_CONSTRAINT:
		case KIND_INHERITS:
		case KIND_CONSTRAINT:
			return nodes_of_new(order, new->parent)->create;
		case KIND_DEFAULT:
			return kind_is(new->parent, KIND_COLUMN) ? nodes_of_new(order, new->parent)->create : NULL;
		default:
			return NULL;
	}
}

/* What a table inherits goes with that of its parent. */
static bool
is_inheritable(const SchemaObject *part)
{
	return kind_is(part, KIND_COLUMN) || kind_is(part, KIND_CONSTRAINT) || kind_is(part, KIND_FOREIGN_KEY);
}

/*
 * An index of a partitioned table counts as valid when those of its partitions are attached to it; ATTACH PARTITION
 * passes over one that is not valid, and makes another.
 */
static void
add_valid_edges(Order *order, const SchemaObject *index, Action *attach)
{
	ListCell   *lc;

	foreach(lc, index->needed_by)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_INDEX_PARTITION))
		add_wish(order, nodes_of_new(order, lfirst(lc))->create, attach, 2);
}

/*
 * DETACH PARTITION checks that no foreign key refers to a row of it: those that go anyway do so
 * before.
 */
static void
add_referrer_edges(Order *order, const SchemaObject *parent, Action *detach)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, parent->parts)
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
	{
		const SchemaObject *key = lfirst(lc2);

		if (kind_is(key, KIND_FOREIGN_KEY) && key->parent != detach->change->old->parent)
			add_edge(order, nodes_of_old(order, key)->drop, detach);
	}
}

/*
 * A table becomes part of another when both look as they are to look, and what
 * it has from the other goes only when it is part of it no longer.  INHERITS in
 * CREATE TABLE is no link that is made afterwards.
 */
static void
add_link_edges(Order *order, const Change *change)
{
	ActionSet  *set = nodes_of(order, change);
	const SchemaObject *parent;
	const SchemaObject *now;
	ListCell   *lc;

	if (set->create != NULL && created_with(order, change->new) == NULL)
		foreach(lc, change->new->parent->parts)
	{
		const SchemaObject *part = lfirst(lc);
		ActionSet  *other = nodes_of_new(order, part);

		if (kind_is(part, KIND_COLUMN) || kind_is(part, KIND_CONSTRAINT) || kind_is(part, KIND_INDEX))
		{
			add_edge(order, other->create, set->create);
			add_edge(order, other->alter, set->create);
			if (!kind_is(part, KIND_COLUMN))
				add_valid_edges(order, part, set->create);
		}
	}
	parent = set->create ? table_link_parent(change->new, order->changes->to) : NULL;
	if (parent != NULL)
		foreach(lc, parent->parts)
			if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
		{
			add_wish(order, nodes_of_new(order, lfirst(lc))->alter, set->create, 2);
			add_wish(order, nodes_of_new(order, lfirst(lc))->create, set->create, 2);
		}
	if (set->drop != NULL && goes_after_rows(order, change->old))
		return;
	if (set->drop != NULL)
		foreach(lc, change->old->parent->parts)
	{
		const SchemaObject *part = lfirst(lc);
		ActionSet  *other = nodes_of_old(order, part);

		if (kind_is(part, KIND_COLUMN) || kind_is(part, KIND_CONSTRAINT) || kind_is(part, KIND_INDEX) ||
			kind_is(part, KIND_FOREIGN_KEY))
		{
			add_edge(order, set->drop, other->drop);
			add_edge(order, set->drop, other->alter);
		}
	}

	/*
	 * a column that a table has from one or other parent all the time does
	 * not become its own
	 */
	if (set->create != NULL && kind_is(change->new, KIND_INHERITS) && created_with(order, change->new) == NULL)
	{
		const Change *table = order->changes->of_new[change->new->parent->number];

		if (table->old != NULL)
			foreach(lc, table->old->parts)
				if (kind_is((SchemaObject *) lfirst(lc), KIND_INHERITS))
				add_wish(order, set->create, nodes_of_old(order, lfirst(lc))->drop, 2);
	}

	/*
	 * It neither gets nor loses what the parent does afterwards.  But a
	 * foreign key of a partitioned table goes before: DETACH would check it.
	 */
	parent = set->drop ? table_link_parent(change->old, order->changes->from) : NULL;
	if (parent == NULL)
		return;
	if (kind_is(change->old, KIND_PARTITION))
		add_referrer_edges(order, parent, set->drop);
	foreach(lc, parent->parts)
	{
		const SchemaObject *part = lfirst(lc);
		Action	   *drop = nodes_of_old(order, part)->drop;

		if (kind_is(part, KIND_COLUMN) || kind_is(part, KIND_CONSTRAINT))
			add_edge(order, set->drop, drop);
		if (kind_is(change->old, KIND_PARTITION) && kind_is(part, KIND_INDEX))
			add_edge(order, set->drop, drop);
		if (kind_is(change->old, KIND_PARTITION) && kind_is(part, KIND_FOREIGN_KEY))
			add_edge(order, drop, set->drop);
	}
	now = order->changes->of_old[parent->number]->new;
	if (now != NULL)
		foreach(lc, now->parts)
			if (is_inheritable(lfirst(lc)))
			add_edge(order, set->drop, nodes_of_new(order, lfirst(lc))->create);
}

/*
 * A partition gets every index that the partitioned table has when it is attached.
 * One that it is not to have is created afterwards.
 */
static void
add_lacking_edges(Order *order, Action *node)
{
	const SchemaObject *link = node->change->new;
	ListCell   *lc;
	ListCell   *lc2;

	if (node->type != ACTION_CREATE || !kind_is(link, KIND_PARTITION))
		return;
	foreach(lc, link->needs)
		foreach(lc2, ((SchemaObject *) lfirst(lc))->parts)
		if (index_waits(lfirst(lc2), link))
		add_edge(order, node, nodes_of_new(order, lfirst(lc2))->create);
}

/*
 * Old partitions that go do so when their rows are in the new table; the others are cut off
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

/* Is it made when the rows are there: since it reads them, or since they are not to be checked, or met, by it? */
static bool
waits_for_rows(const SchemaObject *object, const SchemaObject *moved)
{
	switch (kind_number(object->kind))
	{
		case KIND_FOREIGN_KEY:
		case KIND_TRIGGER:
		case KIND_POLICY:
		case KIND_RULE:
		case KIND_VIEW:
		case KIND_MATVIEW:
		case KIND_SEQUENCE_OWNER:
		case KIND_PUBLICATION_TABLE:
			return true;
		case KIND_INDEX:
			/* those of partitions are there when they are attached */
			return object->parent == moved && prop_is(moved, "kind", "r");
		default:
			return false;
	}
}

/* What reads the table as its owner is made when policies are forced on him, and keys are checked before. */
static void
add_cleanup_wish(Order *order, Action *cleanup, const SchemaObject *object, Action *create)
{
	if (kind_is(object, KIND_FOREIGN_KEY) || kind_is(object, KIND_POLICY))
		add_wish(order, create, cleanup, 2);
	else if (kind_is(object, KIND_VIEW) || kind_is(object, KIND_MATVIEW))
		add_wish(order, cleanup, create, 2);
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
		add_waiting_edges(order, move, lfirst(lc));
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

/* What happens to the attributes of a type comes after this. */
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
		foreach(lc, new->parts)
			add_edge(order, before, nodes_of_new(order, lfirst(lc))->create);
}

/* A table leaves its type before its columns change, and the type. */
static void
add_leaving_edges(Order *order, Action *leave)
{
	const Change *table = leave->change;
	ListCell   *lc;

	add_edge(order, leave, nodes_of(order, table)->alter);
	foreach(lc, table->old->parts)
	{
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->drop);
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->alter);
	}
	foreach(lc, table->new->parts)
		add_edge(order, leave, nodes_of_new(order, lfirst(lc))->create);
	foreach(lc, table->old->needs)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COMPOSITE))
	{
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->drop);
		add_edge(order, leave, nodes_of_old(order, lfirst(lc))->alter);
		add_attribute_edges(order, lfirst(lc), leave);
	}
}

/* A table joins a type when the attributes of that are what they are to be. */
static void
add_joining_edges(Order *order, Action *join)
{
	const Change *table = join->change;
	const SchemaObject *type;
	ListCell   *lc;

	if (join->type != ACTION_ALTER || !kind_is(table->new, KIND_TABLE) || !table_changes_type(table, order->changes) ||
		prop(table->new, "of_type") == NULL)
		return;
	type = snapshot_find(order->changes->to, KIND_COMPOSITE, prop(table->new, "of_type"));
	if (type == NULL)
		return;
	foreach(lc, type->parts)
	{
		add_edge(order, nodes_of_new(order, lfirst(lc))->create, join);
		add_edge(order, nodes_of_new(order, lfirst(lc))->alter, join);
	}
	type = order->changes->of_new[type->number]->old;
	if (type != NULL)
		foreach(lc, type->parts)
			add_edge(order, nodes_of_old(order, lfirst(lc))->drop, join);
}

/* No table of the type that goes, or is put aside, is there when the statement about an attribute would reach it. */
static void
add_typed_table_edges(Order *order, Action *node)
{
	ListCell   *lc;

	if (node->type != ACTION_ALTER || !kind_is(node->change->new, KIND_ATTRIBUTE) || !column_is_retyped(node->change))
		return;
	foreach(lc, node->change->old->parent->needed_by)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_TABLE))
		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, node);
}

static void
add_move_edges(Order *order, Action *move)
{
	const Change *change = move->change;
	ActionSet  *set = nodes_of(order, change);

	add_edge(order, set->create, move);
	add_edge(order, move, set->cleanup);
	add_source_edges(order, move, change->old);
	add_target_edges(order, move, change->new);
}

static uint32
slot_hash(const void *key, Size size)
{
	const char *slot = *(const char *const *) key;

	return hash_bytes((const unsigned char *) slot, strlen(slot));
}

static int
slot_match(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* By what a name becomes free that the node drops, or gives away. */
static Action *
freeing_node(Order *order, Action *node)
{
	const SchemaObject *table = put_aside_with(order, node->change->old);

	return table != NULL ? nodes_of_old(order, table)->drop : node;
}

/* A name is free when what had it is dropped, or has another. */
static void
add_slot_edges(Order *order)
{
	HASHCTL		ctl = {.keysize = sizeof(char *),.entrysize = sizeof(SlotEntry),
	.hash = slot_hash,.match = slot_match,.hcxt = CurrentMemoryContext};
	HTAB	   *slots = hash_create("migrate_ext slots", 256, &ctl,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
	ListCell   *lc;
	ListCell   *name;

	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);
		const SchemaObject *old = node->change->old;
		List	   *kept = NIL;

		if ((node->type != ACTION_DROP && node->type != ACTION_ALTER) || old->kind->slots == NULL)
			continue;
		if (node->type == ACTION_ALTER)
			kept = old->kind->slots(node->change->new);
		foreach(name, old->kind->slots(old))
		{
			char	   *slot = lfirst(name);

			if (!has_text(kept, slot))
				((SlotEntry *) hash_search(slots, &slot, HASH_ENTER, NULL))->drop = freeing_node(order, node);
		}
	}
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);
		const SchemaObject *new = node->change->new;

		if ((node->type != ACTION_CREATE && node->type != ACTION_ALTER) || new->kind->slots == NULL)
			continue;
		foreach(name, new->kind->slots(new))
		{
			char	   *slot = lfirst(name);
			SlotEntry  *entry = hash_search(slots, &slot, HASH_FIND, NULL);

			if (entry != NULL)
				add_edge(order, entry->drop, node);
		}
	}
}

/*
 * What a table gets from its parent is there after the parent's.  What is its own as well is there
 * before, so that it stays its own; and goes afterwards.
 */
static void
add_inherited_edges(Order *order, Action *node)
{
	const SchemaObject *part = node->type == ACTION_CREATE ? node->change->new : node->change->old;
	const SchemaObject *theirs = node->type == ACTION_CREATE && kind_is(part, KIND_COLUMN) ?
	column_typed_attribute(part, order->changes, true) : NULL;

	if (theirs != NULL)
		add_edge(order, nodes_of_new(order, theirs)->create, node);

	if ((node->type != ACTION_CREATE && node->type != ACTION_DROP) || !is_inheritable(part))
		return;
	theirs = table_inherited_change(part, order->changes, node->type == ACTION_CREATE);
	if (theirs == NULL || theirs == part)
		return;
	if (node->type == ACTION_DROP && change_goes_away(order->changes->of_old[part->parent->number]))
	{
		/* the child may be partitioned by the column */
		if (kind_is(part, KIND_COLUMN) && !change_goes_away(order->changes->of_old[theirs->parent->number]))
			add_edge(order, node, nodes_of_old(order, theirs)->drop);
	}
	else if (node->type == ACTION_DROP)
		add_edge(order, nodes_of_old(order, theirs)->drop, node);
	else if (prop_true(part, "_local"))
		add_edge(order, node, nodes_of_new(order, theirs)->create);
	else
	{
		add_edge(order, nodes_of_new(order, theirs)->create, node);
		/* one of its own that it had would stay its own */
		add_edge(order, nodes_of(order, node->change)->drop, nodes_of_new(order, theirs)->create);
	}
}

/* A foreign key of a logged table never leads to one that is not. */
static void
add_persistence_edge(Order *order, const SchemaObject *key)
{
	ListCell   *lc;
	Action	   *one;

	if (!kind_is(key, KIND_FOREIGN_KEY) || (one = nodes_of_new(order, key->parent)->alter) == NULL)
		return;
	foreach(lc, key->needs)
	{
		const SchemaObject *referenced = object_root(lfirst(lc));
		Action	   *other;

		if (!kind_is(referenced, KIND_TABLE) || referenced == key->parent ||
			(other = nodes_of_new(order, referenced)->alter) == NULL ||
			!prop_differs(one->change, "persistence") || !prop_differs(other->change, "persistence"))
			continue;
		if (prop_is(referenced, "persistence", "u"))
			add_edge(order, one, other);
		else
			add_edge(order, other, one);
	}
}

/* A function that stays as it is, between what its body names and what calls it. */
static void
add_passing_nodes(Order *order, const List *bodies)
{
	ListCell   *lc;

	foreach(lc, bodies)
	{
		Change	   *change = order->changes->of_new[((Body *) lfirst(lc))->function->number];
		ActionSet  *set = nodes_of(order, change);

		if (change->fate == FATE_SAME)
			set->alter = add_node(order, ACTION_ALTER, change);
	}
}

/* What a body names is there before the function, and goes after it. */
static void
add_body_edges(Order *order, const List *bodies, bool is_new)
{
	ListCell   *lc;
	ListCell   *lc2;
	ListCell   *lc3;

	foreach(lc, bodies)
	{
		const Body *body = lfirst(lc);
		ActionSet  *function = is_new ? nodes_of_new(order, body->function) : nodes_of_old(order, body->function);

		CHECK_FOR_INTERRUPTS();
		foreach(lc2, body->named)
		{
			const SchemaObject *named = lfirst(lc2);
			List	   *all = list_concat(list_make1(unconstify(SchemaObject *, named)),
										  kind_is(named, KIND_TABLE) ? named->parts : NIL);

			foreach(lc3, all)
			{
				const SchemaObject *one = lfirst(lc3);
				ActionSet  *set = is_new ? nodes_of_new(order, one) : nodes_of_old(order, one);

				if (one != named && !kind_is(one, KIND_COLUMN))
					continue;
				if (is_new)
				{
					Action	   *after = function->create ? function->create : function->alter;

					add_guess(order, set->create, after, named);
					add_guess(order, set->move, after, named);
					add_guess(order, set->alter, after, named);
				}
				else
					add_guess(order, function->drop ? function->drop : function->alter, set->drop, named);
			}
		}
	}
}

/* The column that a sequence belongs to, as that of an identity column or by OWNED BY; or NULL. */
static const SchemaObject *
column_of_sequence(const SchemaObject *sequence)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, sequence->needs)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
		return lfirst(lc);
	foreach(lc, sequence->parts)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_SEQUENCE_OWNER))
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needs)
			if (kind_is((SchemaObject *) lfirst(lc2), KIND_COLUMN))
			return lfirst(lc2);
	return NULL;
}

/* New columns and attributes in their order, which the values of rows have as well. */
static void
add_position_edges(Order *order, const SchemaObject *whole)
{
	Action	   *before = NULL;
	ListCell   *lc;

	foreach(lc, whole->parts)
	{
		const SchemaObject *part = lfirst(lc);
		Action	   *create = nodes_of_new(order, part)->create;

		if ((!kind_is(part, KIND_COLUMN) && !kind_is(part, KIND_ATTRIBUTE)) || create == NULL)
			continue;
		if (before != NULL)
			add_wish(order, before, create, 2);
		before = create;
	}
}

/* A sequence gets its table's new owner with the table, and then what privileges it lacks; so it is with UNLOGGED. */
static void
add_owner_edge(Order *order, Action *node)
{
	const Change *change = node->change;
	const SchemaObject *column;

	if (node->type == ACTION_ALTER && kind_is(change->new, KIND_SEQUENCE) && sequence_follows_persistence(change->old, order->changes))
		add_edge(order, nodes_of_old(order, column_of_sequence(change->old)->parent)->alter, node);
	if (node->type != ACTION_ALTER || !kind_is(change->new, KIND_SEQUENCE) || !texts_differ(change->old->owner, change->new->owner) ||
		!sequence_follows_table(change->old, change->new))
		return;
	column = column_of_sequence(change->new);
	if (column != NULL)
		add_edge(order, nodes_of_new(order, column->parent)->alter, node);
}

static bool
is_callable(const SchemaObject *obj)
{
	return kind_is(obj, KIND_FUNCTION) || kind_is(obj, KIND_AGGREGATE);
}

/*
 * While an old function is there, a call of a new one of its name may be ambiguous: by defaults, by
 * VARIADIC, by the types of its arguments.
 */
static void
add_overload_edges(Order *order, const List *dropped, Action *node)
{
	ListCell   *lc;
	ListCell   *lc2;

	if (dropped == NIL || (node->type != ACTION_CREATE && node->type != ACTION_ALTER))
		return;
	foreach(lc, node->change->new->needs)
	{
		const SchemaObject *called = lfirst(lc);

		if (!is_callable(called))
			continue;
		foreach(lc2, dropped)
		{
			Action	   *drop = lfirst(lc2);
			const SchemaObject *old = drop->change->old;

			CHECK_FOR_INTERRUPTS();
			if (drop->change != node->change && strcmp(old->name, called->name) == 0 && strcmp(old->schema, called->schema) == 0)
				add_wish(order, drop, node, 1);
		}
	}
}

/* Does the column have such rows before and afterwards? */
static bool
keeps_rows(const Order *order, const SchemaObject *column, const SchemaObject *table, bool is_new)
{
	const Change *change = is_new ? order->changes->of_new[column->number] : order->changes->of_old[column->number];
	const SchemaObject *other = is_new ? change->old : change->new;

	return other != NULL && list_member_ptr(column_rows_in(table), other);
}

/*
 * A column gets another type, or is filled, of whose table rows are values elsewhere: what is on those goes before, and
 * so does a column that is none of them any more.
 */
static void
add_row_edges(Order *order, Action *node)
{
	const Change *change = node->change;
	const Change *table;
	int			doubt = 0;
	ListCell   *lc;
	ListCell   *lc2;

	if (!kind_is(change->new ? change->new : change->old, KIND_COLUMN))
		return;
	if (node->type == ACTION_CREATE && column_is_filled(change, order->changes))
		doubt = column_keeps_rows_out(change, order->changes) ? 0 : 2;
	else if (node->type != ACTION_ALTER || !column_is_retyped(change))
		return;
	table = order->changes->of_new[change->new->parent->number];
	foreach(lc, column_rows_in(table->old))
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		add_wish(order, set->drop, node, doubt);

		/*
		 * those that stay such are text meanwhile, with the type that they
		 * are to have
		 */
		if (!keeps_rows(order, lfirst(lc), table->new, false) || (set->alter != NULL && column_is_retyped(set->alter->change)))
			add_wish(order, set->alter, node, doubt);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
			add_wish(order, nodes_of_old(order, lfirst(lc2))->drop, node, doubt);
	}
	foreach(lc, column_rows_in_matviews(table->old))
		add_wish(order, nodes_of_old(order, lfirst(lc))->drop, node, doubt);
	foreach(lc, column_rows_in_matviews(table->new))
		add_wish(order, node, nodes_of_new(order, lfirst(lc))->create, doubt);
	foreach(lc, column_rows_in(table->new))
	{
		ActionSet  *set = nodes_of_new(order, lfirst(lc));

		add_wish(order, node, set->create, doubt);
		if (!keeps_rows(order, lfirst(lc), table->old, true))
			add_wish(order, node, set->alter, doubt);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
			add_wish(order, node, nodes_of_new(order, lfirst(lc2))->create, doubt);
	}
}

static void
make_edges(Order *order)
{
	List	   *dropped = NIL;
	ListCell   *lc;

	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);
		Change	   *change = node->change;
		ActionSet  *set = nodes_of(order, change);

		CHECK_FOR_INTERRUPTS();
		switch (node->type)
		{
			case ACTION_DROP:
				add_drop_edges(order, node, change->old);
				add_edge(order, freeing_node(order, node), set->create);
				break;
			case ACTION_CREATE:
				add_new_edges(order, node, change->new);
				if (kind_is(change->new, KIND_FOREIGN_KEY))
					add_key_edges(order, node, change->new);
				add_edge(order, node, set->cleanup);
				break;
			case ACTION_ALTER:
				add_alter_edges(order, node, change);
				break;
			case ACTION_MOVE:
				add_move_edges(order, node);
				break;
			case ACTION_CLEANUP:
				add_cleanup_edges(order, node, change->old);
				break;
			case ACTION_EMPTY:
				add_leaving_edges(order, node);
				break;
			case ACTION_DUMMY:
				break;
		}
		if (node->type != ACTION_CLEANUP &&
			(kinds[KIND_PARTITION] == (change->old ? change->old : change->new)->kind ||
			 kinds[KIND_INHERITS] == (change->old ? change->old : change->new)->kind))
			add_link_edges(order, change);
	}
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		if (node->type == ACTION_DROP && is_callable(node->change->old))
			dropped = lappend(dropped, node);
	}
	foreach(lc, order->nodes)
	{
		add_overload_edges(order, dropped, lfirst(lc));
		add_owner_edge(order, lfirst(lc));
		add_inherited_edges(order, lfirst(lc));
		add_lacking_edges(order, lfirst(lc));
		add_row_edges(order, lfirst(lc));
		add_joining_edges(order, lfirst(lc));
		add_typed_table_edges(order, lfirst(lc));
	}
	for (int i = 0; i < order->changes->to->nobjects; i++)
	{
		add_persistence_edge(order, order->changes->to->objects[i]);
		add_position_edges(order, order->changes->to->objects[i]);
	}
	add_slot_edges(order);
}

/* ------------------------------------------------------------------- merging */

static Action *
representative(Action *node)
{
	while (node->into != NULL)
		node = node->into;
	return node;
}

/* With what is it dropped? */
static Action *
dropped_with(Order *order, const SchemaObject *old)
{
	ListCell   *lc;

	if (put_aside_with(order, old) != NULL)
		return nodes_of_old(order, object_root(old))->cleanup;
	if (old->parent != NULL)
		return nodes_of_old(order, old->parent)->drop;
	/* a type and the functions it is made of need each other */
	if (kind_is(old, KIND_FUNCTION))
		foreach(lc, old->needs)
			if (is_made_of(lfirst(lc), old))
			return nodes_of_old(order, lfirst(lc))->drop;
	if (kind_is(old, KIND_SEQUENCE))
		foreach(lc, old->parts)
	{
		const SchemaObject *part = lfirst(lc);
		ListCell   *need;

		if (kind_is(part, KIND_SEQUENCE_OWNER))
			foreach(need, part->needs)
				if (kind_is((SchemaObject *) lfirst(need), KIND_COLUMN))
				return nodes_of_old(order, lfirst(need))->drop;
	}
	return NULL;
}

static Action *
dropped_by_parent(Order *order, const SchemaObject *old)
{
	const SchemaObject *theirs = kind_is(old, KIND_COLUMN) ? column_typed_attribute(old, order->changes, false) : NULL;

	if (theirs != NULL)
		return nodes_of_old(order, theirs)->drop;
	if (!is_inheritable(old))
		return NULL;
	theirs = table_inherits_change(old, order->changes, false);
	return theirs == NULL || theirs == old ? NULL : nodes_of_old(order, theirs)->drop;
}

static Action *
altered_by_parent(Order *order, const Change *change)
{
	const Change *parent;

	const SchemaObject *attribute;

	if (!kind_is(change->new, KIND_COLUMN) || !column_is_retyped(change))
		return NULL;
	attribute = column_typed_attribute(change->new, order->changes, true);
	if (attribute != NULL)
		return nodes_of_new(order, attribute)->alter;
	parent = column_parent_change(change, order->changes);
	return parent != NULL && column_is_retyped(parent) ? nodes_of(order, parent)->alter : NULL;
}

static void
merge_nodes(Order *order)
{
	ListCell   *lc;

	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		node->into = NULL;
		node->members = NIL;
	}
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		if (node->is_separate)
			continue;
		if (node->type == ACTION_DROP)
		{
			node->into = dropped_with(order, node->change->old);
			if (node->into == NULL)
				node->into = dropped_by_parent(order, node->change->old);
		}
		else if (node->type == ACTION_ALTER)
			node->into = altered_by_parent(order, node->change);
		else if (node->type == ACTION_CREATE)
			node->into = created_with(order, node->change->new);
	}
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);
		Action	   *into = representative(node);

		if (into != node)
			into->members = lappend(into->members, node);
	}
}

/* ------------------------------------------------------------------- sorting */

static const SchemaObject *
node_object(const Action *node)
{
	if (node->type == ACTION_EMPTY || node->type == ACTION_DROP || node->type == ACTION_CLEANUP || node->change->new == NULL)
		return node->change->old;
	return node->change->new;
}

/*
 * The place of its kind in the order.  A body that is parsed may sort and compare, for
 * which it wants operator classes that no dependency tells of.
 */
static int
rank(const SchemaObject *obj)
{
	if (kind_is(obj, KIND_FUNCTION) && prop_true(obj, "_is_parsed"))
		return 2 * KIND_OPERATOR_CLASS + 1;
	return 2 * kind_number(obj->kind);
}

/* Is a to come before b, if both can?  Columns keep the order of their table. */
static int
compare_nodes(const Action *a, const Action *b)
{
	const SchemaObject *x = node_object(a);
	const SchemaObject *y = node_object(b);
	bool		a_drops = a->type <= ACTION_DROP;
	bool		b_drops = b->type <= ACTION_DROP;
	int			k = rank(x) - rank(y);

	/* they are for what is made later */
	if (kind_is(x, KIND_DEFAULT_ACL) != kind_is(y, KIND_DEFAULT_ACL))
		return kind_is(x, KIND_DEFAULT_ACL) ? 1 : -1;
	if (a_drops != b_drops)
		return a_drops ? -1 : 1;
	if ((a->type == ACTION_CLEANUP) != (b->type == ACTION_CLEANUP))
		return a->type == ACTION_CLEANUP ? 1 : -1;
	if (k != 0)
		return a_drops ? -k : k;
	if (kind_is(x, KIND_COLUMN) && x->parent != NULL && y->parent != NULL &&
		strcmp(x->parent->identity, y->parent->identity) == 0 && x->subid != y->subid)
		return x->subid < y->subid ? -1 : 1;
	k = strcmp(x->identity, y->identity);
	return k != 0 ? k : (int) a->type - (int) b->type;
}

static int
heap_compare(Datum a, Datum b, void *arg)
{
	/* the heap has its greatest element on top */
	return -compare_nodes((Action *) DatumGetPointer(a), (Action *) DatumGetPointer(b));
}

/* Returns the nodes that could be ordered; fewer than there are if there is a circle. */
static List *
sort_nodes(Order *order, int *nroots)
{
	List	   *sorted = NIL;
	binaryheap *heap;
	ListCell   *lc;

	*nroots = 0;
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		node->next = NIL;
		node->npreds = 0;
		node->is_done = false;
		node->index = -1;
		*nroots += node->into == NULL;
	}
	for (int i = 0; i < order->nedges; i++)
	{
		Action	   *before = representative(order->edges[i].before);
		Action	   *after = representative(order->edges[i].after);

		if (before == after || order->edges[i].is_off)
			continue;
		before->next = lappend(before->next, after);
		after->npreds++;
	}
	heap = binaryheap_allocate(Max(*nroots, 1), heap_compare, NULL);
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		if (node->into == NULL && node->npreds == 0)
			binaryheap_add(heap, PointerGetDatum(node));
	}
	while (!binaryheap_empty(heap))
	{
		Action	   *node = (Action *) DatumGetPointer(binaryheap_remove_first(heap));

		CHECK_FOR_INTERRUPTS();
		node->is_done = true;
		sorted = lappend(sorted, node);
		foreach(lc, node->next)
		{
			Action	   *after = lfirst(lc);

			if (--after->npreds == 0)
				binaryheap_add(heap, PointerGetDatum(after));
		}
	}
	binaryheap_free(heap);
	return sorted;
}

/* ------------------------------------------------------------------- circles */

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

	switch (kind_number(object->kind))
	{
		case KIND_FOREIGN_KEY:
		case KIND_CONSTRAINT:
		case KIND_DEFAULT:
		case KIND_POLICY:
		case KIND_TRIGGER:
		case KIND_RULE:
		case KIND_INDEX:
		case KIND_DOMAIN_DEFAULT:
		case KIND_DOMAIN_CONSTRAINT:
		case KIND_SEQUENCE:
		case KIND_PARTITION:
		case KIND_SEQUENCE_OWNER:
			return true;
		case KIND_COLUMN:
			return node->type == ACTION_DROP && !prop_true(object, "_key");
		default:
			return false;
	}
}

/* Are these the rows that are to be moved, or the way to them? */
static bool
holds_rows_to_move(Order *order, const SchemaObject *old)
{
	return goes_after_rows(order, old) &&
		(kind_is(old, KIND_PARTITION) || (kind_is(old, KIND_COLUMN) && prop(old, "generated") == NULL));
}

/* While the table has its name, and a partition's after that of the partitioned table. */
static void
separate_drop(Order *order, Action *drop)
{
	const SchemaObject *old = drop->change->old;
	const SchemaObject *table = put_aside_with(order, old);
	const SchemaObject *theirs = is_inheritable(old) ? table_inherited_change(old, order->changes, false) : NULL;

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
		separate_drop(order, lfirst(lc));
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
		n = Max(n, ((Action *) lfirst(lc))->index + 1);
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
	if (!kind_is(new, KIND_VIEW_COLUMN))
		return node;
	set = nodes_of_new(order, new->parent);
	return set->create != NULL ? set->create : set->alter;
}

static bool
can_be_dummy(const Action *node)
{
	const SchemaObject *new = node->change->new;

	return kind_is(new, KIND_VIEW) ||
		(node->type == ACTION_CREATE && (kind_is(new, KIND_BASE_TYPE) || kind_is(new, KIND_RANGE)));
}

static bool
dummy_will_do(Order *order, const Action *real, const Action *after, const bool *leads)
{
	const Action *end = representative(unconstify(Action *, after));

	if (after->change == real->change ||
		(after->change->new != NULL && kind_is(after->change->new, KIND_VIEW_COLUMN) && after->change->new->parent == real->change->new))
		return false;
	if (kind_is(real->change->new, KIND_VIEW))
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
	if (kind_is(new, KIND_VIEW))
		foreach(lc, new->parts)
	{
		const SchemaObject *column = lfirst(lc);
		ListCell   *need;

		if (!kind_is(column, KIND_VIEW_COLUMN))
			continue;
		foreach(need, column->needs)
			if (lfirst(need) != new)
		{
			add_edge(order, nodes_of_new(order, lfirst(need))->create, dummy);
			add_edge(order, nodes_of_new(order, lfirst(need))->alter, dummy);
		}
	}
	foreach(lc, new->needs)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_SCHEMA))
		add_edge(order, nodes_of_new(order, lfirst(lc))->create, dummy);
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

/* A view that is emptied before it is dropped needs nothing any more. */
static bool
put_empty(Order *order, List *circle)
{
	ListCell   *lc;

	foreach(lc, circle)
	{
		Action	   *drop = ((Edge *) lfirst(lc))->before;
		ActionSet  *set;

		if (drop->type != ACTION_DROP || !kind_is(drop->change->old, KIND_VIEW))
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
	int			doubt = 0;
	ListCell   *lc;

	foreach(lc, circle)
		doubt = Max(doubt, ((Edge *) lfirst(lc))->doubt);
	foreach(lc, circle)
	{
		Edge	   *edge = lfirst(lc);

		edge->is_off |= doubt > 0 && edge->doubt == doubt;
	}
	return doubt > 0;
}

static void
break_circle(Order *order)
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

/* ------------------------------------------------------------------- writing */

static int
compare_members(const ListCell *a, const ListCell *b)
{
	const SchemaObject *x = lfirst(a);
	const SchemaObject *y = lfirst(b);
	int			k = (int) kind_number(x->kind) - (int) kind_number(y->kind);

	if (k != 0)
		return k;
	if (x->parent == y->parent && x->subid != y->subid)
		return x->subid < y->subid ? -1 : 1;
	return strcmp(x->identity, y->identity);
}

static void
write_create(const Action *node, Writer *w)
{
	Change	   *change = node->change;
	ListCell   *lc;

	change->merged = NIL;
	foreach(lc, node->members)
		change->merged = lappend(change->merged, unconstify(SchemaObject *, ((Action *) lfirst(lc))->change->new));
	list_sort(change->merged, compare_members);
	change->new->kind->create(change, w);
	write_common(NULL, change->new, w);
	foreach(lc, change->merged)
		write_common(NULL, lfirst(lc), w);
}

static void
write_alter(Change *change, Writer *w)
{
	(void) change->old->kind->alter(change, w);
	write_common(change->old, change->new, w);
	if (change->rebuilt && change->new->comment != NULL && !texts_differ(change->old->comment, change->new->comment))
		write_comment(change->new, w);
}

static const char *
write_node(const Action *node, Writer *w)
{
	Change	   *change = node->change;
	ListCell   *lc;

	switch (node->type)
	{
		case ACTION_DROP:
			change->old->kind->drop(change, w);
			return "drop";
		case ACTION_EMPTY:
			if (kind_is(change->old, KIND_TABLE))
				table_leave_type(change->old, w);
			else
				view_create_dummy(change->old, w);
			return "alter";
		case ACTION_DUMMY:
			if (kind_is(change->new, KIND_VIEW))
				view_create_dummy(change->new, w);
			else
				type_create_shell(change->new, w);
			return change->fate == FATE_ALTER ? "alter" : "create";
		case ACTION_CREATE:
			write_create(node, w);
			return "create";
		case ACTION_ALTER:
			write_alter(change, w);
			foreach(lc, node->members)
				write_alter(((Action *) lfirst(lc))->change, w);
			return "alter";
		case ACTION_MOVE:
			table_move_rows(change, w);
			return "alter";
		case ACTION_CLEANUP:
			if (kind_is(change->old, KIND_TABLE))
			{
				table_drop_aside(change, w);
				return "drop";
			}
			put(w, "DROP %s %s.%s%s", change->old->kind->keyword, quote_identifier(change->old->schema),
				quote_identifier(type_aside_name(change->old, w)), kind_is(change->old, KIND_BASE_TYPE) ? " CASCADE" : "");
			return "drop";
	}
	return NULL;
}

static bool
was_there(const char *table, const SchemaSnapshot *from)
{
	return snapshot_find(from, KIND_TABLE, table) != NULL || snapshot_find(from, KIND_MATVIEW, table) != NULL;
}

static void
forget_new_locks(SchemaStatement *statement, const SchemaSnapshot *from)
{
	ListCell   *lc;

	foreach(lc, statement->other_locks)
		if (!was_there(((TableLock *) lfirst(lc))->table, from))
		statement->other_locks = foreach_delete_current(statement->other_locks, lc);
}

/* What did not exist before holds nobody up, and has nothing to lose. */
static void
forget_new_tables(List *statements, const SchemaSnapshot *from)
{
	const int	of_table = HAZARD_REWRITE | HAZARD_SCAN | HAZARD_BLOCKS_READS | HAZARD_BLOCKS_WRITES |
	HAZARD_MAY_FAIL | HAZARD_INDEX_BUILD | HAZARD_AUTHORIZATION;
	ListCell   *lc;
	ListCell   *lock;

	foreach(lc, statements)
	{
		SchemaStatement *statement = lfirst(lc);

		forget_new_locks(statement, from);
		if (statement->table == NULL || was_there(statement->table, from))
			continue;
		statement->hazards &= ~of_table;
		statement->lock = NULL;
		statement->table = NULL;
		foreach(lock, statement->other_locks)
			statement->hazards |= lock_hazards(((TableLock *) lfirst(lock))->mode) | ((TableLock *) lfirst(lock))->hazards;
	}
}

static SchemaChange *
write_change(const Action *node, const Changes *changes)
{
	Writer		w = {.from = changes->from,.to = changes->to,.changes = changes};
	const SchemaObject *object = node_object(node);
	SchemaChange *result;
	const char *action;

	action = write_node(node, &w);
	if (w.statements == NIL)
		return NULL;
	forget_new_tables(w.statements, changes->from);
	result = palloc0(sizeof(SchemaChange));
	result->action = action;
	result->object_type = object->kind->name;
	result->identity = object->identity;
	result->statements = w.statements;
	result->is_aside = node->type == ACTION_CLEANUP;
	if (node->type != ACTION_CREATE && node->type != ACTION_DUMMY && node->type != ACTION_MOVE)
		result->obstacles = node->change->obstacles;
	return result;
}

List *
changes_order(Changes *changes, List **notices)
{
	Order		order = {.changes = changes,.notices = notices};
	List	   *before;
	List	   *after;
	List	   *sorted;
	List	   *result = NIL;
	ListCell   *lc;
	int			nroots;

	before = bodies_evaluated(changes->from);
	after = bodies_evaluated(changes->to);
	make_nodes(&order);
	add_passing_nodes(&order, after);
	make_edges(&order);
	add_body_edges(&order, before, false);
	add_body_edges(&order, after, true);
	for (;;)
	{
		merge_nodes(&order);
		sorted = sort_nodes(&order, &nroots);
		if (list_length(sorted) == nroots)
			break;
		break_circle(&order);
	}
	foreach(lc, sorted)
	{
		SchemaChange *change;
		Action	   *node = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (node->type == ACTION_DROP && nodes_of(&order, node->change)->cleanup != NULL)
		{
			Writer		w = {.from = changes->from,.to = changes->to,.changes = changes};

			change = palloc0(sizeof(SchemaChange));
			if (kind_is(node->change->old, KIND_TABLE))
				table_put_aside(node->change->old, &w);
			else
				type_put_aside(node->change->old, &w);
			change->action = "rename";
			change->object_type = node->change->old->kind->name;
			change->identity = node->change->old->identity;
			change->statements = w.statements;
			change->is_aside = true;
		}
		else
			change = write_change(node, changes);
		if (change != NULL)
			result = lappend(result, change);
	}
	return result;
}
