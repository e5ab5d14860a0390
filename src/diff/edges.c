/*
 * edges.c
 *		What comes before what, of all that is done to get from one schema to another.
 *
 * Most of it follows from the dependencies of both states; the rest is what the server does
 * with a statement besides, and names that have to be free first.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "common/hashfn.h"
#include "miscadmin.h"

typedef struct SlotEntry
{
	const char *slot;			/* hash key */
	Action	   *drop;
} SlotEntry;

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
				order_put_aside_with(order, lfirst(lc2)) == NULL)
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

bool
order_goes_after_rows(Order *order, const SchemaObject *old)
{
	const SchemaObject *table = kind_is(old, KIND_PARTITION) || kind_is(old, KIND_INHERITS) ? old->parent : order_table_of_inner_part(old);

	return table != NULL && (table_goes_after_rows(table, order->changes) || order_put_aside_with(order, old) != NULL);
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
	if (order_goes_after_rows(order, old))
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
	if (column_is_held(change))
		return;					/* it has left its type before */
	foreach(lc, change->old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		/* a table has left its type before */
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COMPOSITE) && nodes_of(order, change)->empty != NULL)
			continue;
		if (set->cleanup != NULL)
			add_edge(order, node, set->cleanup);
		else
			add_edge(order, node, set->drop);
	}
}

Action *
order_created_with(Order *order, const SchemaObject *new)
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

	if (set->create != NULL && order_created_with(order, change->new) == NULL)
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
	if (set->drop != NULL && order_goes_after_rows(order, change->old))
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
	if (set->create != NULL && kind_is(change->new, KIND_INHERITS) && order_created_with(order, change->new) == NULL)
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

/* The statement that makes text of a column, or NULL if it is not held. */
static Action *
holding_node(Order *order, const SchemaObject *column)
{
	if (!column_is_held(order->changes->of_old[column->number]))
		return NULL;
	return nodes_of_old(order, column_uppermost(column, order->changes->from))->empty;
}

/* All that happens to columns of the table. */
static void
add_columns_between(Order *order, Action *before, const SchemaObject *table, Action *after)
{
	const SchemaObject *new = order->changes->of_old[table->number]->new;
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		if (!kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
			continue;
		add_edge(order, before, set->drop);
		add_edge(order, set->drop, after);
		add_edge(order, before, set->alter);
		add_edge(order, set->alter, after);
	}
	if (new == NULL)
		return;
	foreach(lc, new->parts)
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
	{
		add_edge(order, before, nodes_of_new(order, lfirst(lc))->create);
		add_edge(order, nodes_of_new(order, lfirst(lc))->create, after);
	}
}

/*
 * A column is text before its type goes, and when nothing is on it any more; so are before it those in which rows of its
 * table are values, which have them again after it.
 */
static void
add_holding_edges(Order *order, const Change *change)
{
	const SchemaObject *old = change->old;
	Action	   *hold = holding_node(order, old);
	Action	   *alter = nodes_of(order, change)->alter;
	ListCell   *lc;
	ListCell   *lc2;

	if (hold == NULL)
		return;
	add_edge(order, hold, alter);
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
		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
	foreach(lc, column_rows_in_matviews(old->parent))
		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
	foreach(lc, column_rows_in(old->parent))
	{
		Action	   *outer = holding_node(order, lfirst(lc));

		add_edge(order, nodes_of_old(order, lfirst(lc))->drop, hold);
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needed_by)
			add_edge(order, nodes_of_old(order, lfirst(lc2))->drop, hold);
		if (outer == NULL || outer == hold)
			continue;
		add_edge(order, outer, hold);
		add_edge(order, alter, nodes_of_old(order, lfirst(lc))->alter);
		add_columns_between(order, outer, old->parent, nodes_of_old(order, lfirst(lc))->alter);
	}
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
	const SchemaObject *table = order_put_aside_with(order, node->change->old);

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
		if (holding_node(order, lfirst(lc)) != NULL)
		{
			if (set->alter != node)
			{
				add_wish(order, holding_node(order, lfirst(lc)), node, doubt);
				add_wish(order, node, set->alter, doubt);
			}
			continue;
		}

		/*
		 * those that stay such are text meanwhile, with the type that they
		 * are to have, and no longer generated
		 */
		if (!keeps_rows(order, lfirst(lc), table->new, false) ||
			(set->alter != NULL && (column_is_retyped(set->alter->change) || prop_differs(set->alter->change, "generated"))))
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
make_schema_edges(Order *order)
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
				add_holding_edges(order, change);
				break;
			case ACTION_MOVE:
				add_move_edges(order, node);
				break;
			case ACTION_CLEANUP:
				add_cleanup_edges(order, node, change->old);
				break;
			case ACTION_EMPTY:
				if (kind_is(change->old, KIND_TABLE))
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

void
order_make_edges(Order *order, const List *before, const List *after)
{
	add_passing_nodes(order, after);
	make_schema_edges(order);
	add_body_edges(order, before, false);
	add_body_edges(order, after, true);
}
