/*
 * edges.c
 *		Decides which statement comes before which.
 *
 * Most edges follow from the dependencies of the old and the new schema.  The others follow from side
 * effects of the server's statements, and from names that have to be free first.
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

void
order_add_wish(Order *order, Action *before, Action *after, Doubt doubt)
{
	int			n = order->nedges;

	add_edge(order, before, after);
	if (order->nedges > n)
		order->edges[n].doubt = doubt;
}

static void
add_guess(Order *order, Action *before, Action *after, const SchemaObject *named)
{
	order_add_wish(order, before, after, named->kind->has_body ? EDGE_CALL : EDGE_WISH);
}

/* Must the table's own ALTER wait until its columns are as wanted? */
static bool
waits_for_columns(Order *order, const SchemaObject *new)
{
	const Change *table = order->changes->of_new[new->number];

	return table_waits_for_toast(table) || table_changes_type(table, order->changes);
}

/* Everything that the new state references has to exist first. */
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
		/* a type that is only altered exists before its functions do */
		else if (!is_made_of(lfirst(lc), new))
			add_edge(order, set->alter, node);
	}
}

/* A new foreign key would attach to any key or index on its columns, also to one that is about to be dropped. */
static void
add_key_edges(Order *order, Action *node, const SchemaObject *key)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, key->needs)
	{
		const SchemaObject *need = lfirst(lc);
		const Change *table;

		if (!need->kind->is_index)
			continue;
		table = order->changes->of_new[need->parent->number];
		if (table->old == NULL)
			continue;
		foreach(lc2, table->old->parts)
		{
			if (((SchemaObject *) lfirst(lc2))->kind->is_index &&
				order_put_aside_with(order, lfirst(lc2)) == NULL)
				add_edge(order, nodes_of_old(order, lfirst(lc2))->drop, node);
		}
	}
}

Action *
order_cleanup_of(Order *order, const SchemaObject *old)
{
	for (; old != NULL; old = old->parent)
		if (nodes_of_old(order, old)->cleanup != NULL)
			return nodes_of_old(order, old)->cleanup;
	return NULL;
}

bool
order_goes_after_rows(Order *order, const SchemaObject *old)
{
	const SchemaObject *table = old->kind->link == LINK_OF_TABLES ? old->parent : order_table_of_inner_part(old);

	return table != NULL && (table_goes_after_rows(table, order->changes) || order_put_aside_with(order, old) != NULL);
}

/* A part that is dropped only after the rows are moved: its type may change meanwhile without harm to the rows. */
static void
add_late_drop_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = order_cleanup_of(order, lfirst(lc));

		add_edge(order, node, cleanup ? cleanup : set->drop);
		if (old->kind->field != FIELD_OF_ROW)
			add_edge(order, node, set->alter);
	}
}

/* Does the change affect dependents?  A new owner, grants, a comment or more values of an enum do not. */
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

static void
add_drop_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	if (old->kind->link == LINK_OF_INDEXES)
		return;					/* no statement detaches an index */
	if (order_goes_after_rows(order, old))
	{
		add_late_drop_edges(order, node, old);
		return;
	}
	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = old->kind->drops_by_name ? order_cleanup_of(order, lfirst(lc)) : NULL;

		add_edge(order, node, cleanup ? cleanup : set->drop);
		/* default privileges change last, whatever happens to their schema */
		if (!is_made_of(lfirst(lc), old) && !old->kind->sorts_last && set->alter != NULL)
			order_add_wish(order, node, set->alter, is_felt(set->alter->change) ? EDGE_MUST : EDGE_WISH);
	}
}

/* An object that was put aside still references what it did, except the functions that are dropped with it. */
static void
add_cleanup_edges(Order *order, Action *node, const SchemaObject *old)
{
	ListCell   *lc;

	foreach(lc, old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));
		Action	   *cleanup = order_cleanup_of(order, lfirst(lc));

		if (cleanup != NULL)
		{
			if (cleanup != node)
				add_edge(order, node, cleanup);
		}
		/* a view that is put aside is empty, and references nothing */
		else if (!object_needs(lfirst(lc), old) && !kind_is(old, KIND_VIEW))
			add_edge(order, node, set->drop);
	}
	foreach(lc, old->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part->kind->part_of_type && !nodes_of_old(order, part)->drop->is_separate)
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

		/*
		 * the parent's statement takes the NOT NULL from the partition; only
		 * then can it be set again
		 */
		if (parent != NULL && column_loses_not_null(parent))
			add_edge(order, nodes_of(order, parent)->alter, node);
	}
	if (column_is_held(change))
		return;					/* the column is text by now, and its old type
								 * is free */
	foreach(lc, change->old->needs)
	{
		ActionSet  *set = nodes_of_old(order, lfirst(lc));

		/* NOT OF has separated the table from its type before */
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COMPOSITE) && nodes_of(order, change)->empty != NULL)
			continue;
		if (set->cleanup != NULL)
		{
			add_edge(order, node, set->cleanup);
			/* the statement may refer to the old type by its name aside */
			order_add_wish(order, set->drop, node, EDGE_WISH);
		}
		else
			add_edge(order, node, set->drop);
	}
}

Action *
order_created_with(Order *order, const SchemaObject *new)
{
	return new->kind->created_with_parent != NULL && new->kind->created_with_parent(new) ? nodes_of_new(order, new->parent)->create : NULL;
}

/*
 * An index of a partitioned table is valid once the indexes of all partitions are attached.  ATTACH PARTITION
 * ignores an invalid index of the new partition and builds another one, so attach the inner indexes first.
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
 * DETACH PARTITION checks that no foreign key references a row of the partition.  So drop first the foreign
 * keys that are to be dropped anyway.
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

			if (kind_is(key, KIND_FOREIGN_KEY) && key->parent != detach->change->old->parent)
				add_edge(order, nodes_of_old(order, key)->drop, detach);
		}
	}
}

/*
 * Attach a table to its parent when both have their final columns, constraints and indexes.  Drop what the
 * table has from the parent only after it is detached.  A link that CREATE TABLE ... INHERITS makes needs
 * no such edges.
 */
static void
add_link_edges(Order *order, const Change *change)
{
	ActionSet  *set = nodes_of(order, change);
	const SchemaObject *parent;
	const SchemaObject *now;
	bool		is_partition;
	ListCell   *lc;

	if (set->create != NULL && order_created_with(order, change->new) == NULL)
	{
		foreach(lc, change->new->parent->parts)
		{
			const SchemaObject *part = lfirst(lc);
			ActionSet  *other = nodes_of_new(order, part);

			if (part->kind->field == FIELD_OF_ROW || part->kind->is_index)
			{
				add_edge(order, other->create, set->create);
				add_edge(order, other->alter, set->create);
				if (part->kind->is_index)
					add_valid_edges(order, part, set->create);
			}
		}
	}
	parent = set->create ? table_link_parent(change->new, order->changes->to) : NULL;
	if (parent != NULL)
	{
		foreach(lc, parent->parts)
		{
			if (((SchemaObject *) lfirst(lc))->kind->field == FIELD_OF_ROW)
			{
				order_add_wish(order, nodes_of_new(order, lfirst(lc))->alter, set->create, EDGE_WISH);
				order_add_wish(order, nodes_of_new(order, lfirst(lc))->create, set->create, EDGE_WISH);
			}
		}
	}
	if (set->drop != NULL && order_goes_after_rows(order, change->old))
		return;
	if (set->drop != NULL)
	{
		foreach(lc, change->old->parent->parts)
		{
			const SchemaObject *part = lfirst(lc);
			ActionSet  *other = nodes_of_old(order, part);

			if (part->kind->is_inherited || part->kind->is_index)
			{
				add_edge(order, set->drop, other->drop);
				add_edge(order, set->drop, other->alter);
			}
		}
	}

	/*
	 * While a table changes parents, keep an inherited column inherited:
	 * attach the new parent before detaching the old one.
	 */
	if (set->create != NULL && kind_is(change->new, KIND_INHERITS) && order_created_with(order, change->new) == NULL)
	{
		const Change *table = order->changes->of_new[change->new->parent->number];

		if (table->old != NULL)
		{
			foreach(lc, table->old->parts)
			{
				if (kind_is((SchemaObject *) lfirst(lc), KIND_INHERITS))
					order_add_wish(order, set->create, nodes_of_old(order, lfirst(lc))->drop, EDGE_WISH);
			}
		}
	}

	/*
	 * A detached table does not follow later changes of the parent.  But drop
	 * a foreign key of a partitioned table before: DETACH would check it.
	 */
	parent = set->drop ? table_link_parent(change->old, order->changes->from) : NULL;
	if (parent == NULL)
		return;
	is_partition = kind_is(change->old, KIND_PARTITION);
	if (is_partition)
		add_referrer_edges(order, parent, set->drop);
	foreach(lc, parent->parts)
	{
		const SchemaObject *part = lfirst(lc);
		Action	   *drop = nodes_of_old(order, part)->drop;

		if (kind_is(part, KIND_FOREIGN_KEY))
		{
			if (is_partition)
				add_edge(order, drop, set->drop);
		}
		else if (part->kind->is_inherited || (is_partition && part->kind->is_index))
			add_edge(order, set->drop, drop);
	}
	now = order->changes->of_old[parent->number]->new;
	if (now != NULL)
	{
		foreach(lc, now->parts)
		{
			if (((SchemaObject *) lfirst(lc))->kind->is_inherited)
				add_edge(order, set->drop, nodes_of_new(order, lfirst(lc))->create);
		}
	}
}

/*
 * ATTACH PARTITION gives the partition every index that the partitioned table has.  So create after it
 * the indexes that this partition shall not have.
 */
static void
add_lacking_edges(Order *order, Action *node)
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

/* The node after which the name of the node's object is free: its own, or the one that renames its table aside. */
static Action *
freeing_node(Order *order, Action *node)
{
	const SchemaObject *table = order_put_aside_with(order, node->change->old);

	return table != NULL ? nodes_of_old(order, table)->drop : node;
}

/* A name is free when the object that had it is dropped or renamed. */
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
 * A table that is created after its parent's check has the check valid, also where the parent's is NOT VALID.  So a
 * table that shall have it NOT VALID is created before the parent's check is added.
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
		const SchemaObject *parent = link->kind->link == LINK_OF_TABLES ? table_link_parent(link, order->changes->to) : NULL;

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
 * A part that a table only inherits exists after the parent's part.  A part that the table also defines
 * itself is created before the parent's, so that it stays the table's own, and dropped after it.
 */
static void
add_inherited_edges(Order *order, Action *node)
{
	const SchemaObject *part = node->type == ACTION_CREATE ? node->change->new : node->change->old;
	const SchemaObject *theirs = node->type == ACTION_CREATE ? column_typed_attribute(part, order->changes, true) : NULL;

	if (theirs != NULL)
		add_edge(order, nodes_of_new(order, theirs)->create, node);

	if ((node->type != ACTION_CREATE && node->type != ACTION_DROP) || !part->kind->is_inherited)
		return;
	if (node->type == ACTION_CREATE && constraint_is_inherited_check(part) && nodes_of_new(order, part->parent)->create != NULL)
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
		if (part->kind->field == FIELD_OF_ROW && !change_goes_away(order->changes->of_old[theirs->parent->number]))
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

/* A logged table must never reference an unlogged one, also between two statements. */
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

		if (referenced->kind != key->parent->kind || referenced == key->parent ||
			(other = nodes_of_new(order, referenced)->alter) == NULL ||
			!prop_differs(one->change, "persistence") || !prop_differs(other->change, "persistence"))
			continue;
		if (prop_is(referenced, "persistence", "u"))
			add_edge(order, one, other);
		else
			add_edge(order, other, one);
	}
}

/* A function that is not changed gets a node, too: it stands between the objects that its body names and its callers. */
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

/* Objects that a body names are created before the function, and dropped after it. */
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
			List	   *all = list_concat(list_make1(unconstify(SchemaObject *, named)), named->parts);

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

/* Add new columns and attributes in their order, since values of a row type depend on it. */
static void
add_position_edges(Order *order, const SchemaObject *whole)
{
	Action	   *before = NULL;
	ListCell   *lc;

	foreach(lc, whole->parts)
	{
		const SchemaObject *part = lfirst(lc);
		Action	   *create = nodes_of_new(order, part)->create;

		if (part->kind->field != FIELD_OF_ROW || create == NULL)
			continue;
		if (before != NULL)
			order_add_wish(order, before, create, EDGE_WISH);
		before = create;
	}
}

/* ALTER TABLE gives an owned sequence the table's new owner and persistence: alter the sequence itself afterwards. */
static void
add_owner_edge(Order *order, Action *node)
{
	const Change *change = node->change;
	const SchemaObject *column;

	if (node->type != ACTION_ALTER)
		return;
	column = sequence_owned_by(change->old);
	if (column != NULL && sequence_follows_persistence(change->old, order->changes))
		add_edge(order, nodes_of_old(order, column->parent)->alter, node);
	column = sequence_column(change->new);
	if (column != NULL && texts_differ(change->old->owner, change->new->owner) && sequence_follows_table(change->old, change->new))
		add_edge(order, nodes_of_new(order, column->parent)->alter, node);
}

/*
 * While an old function exists, calls of a new one with the same name may be ambiguous, because of defaults,
 * VARIADIC or the types of arguments.  So drop the old one first.
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

		if (!called->kind->is_routine)
			continue;
		foreach(lc2, dropped)
		{
			Action	   *drop = lfirst(lc2);
			const SchemaObject *old = drop->change->old;

			CHECK_FOR_INTERRUPTS();
			if (drop->change != node->change && strcmp(old->name, called->name) == 0 && strcmp(old->schema, called->schema) == 0)
				order_add_wish(order, drop, node, EDGE_CALL);
		}
	}
}

/* Do values of the column contain rows of the table in both schemas? */
static bool
keeps_rows(const Order *order, const SchemaObject *column, const SchemaObject *table, bool is_new)
{
	const Change *change = is_new ? order->changes->of_new[column->number] : order->changes->of_old[column->number];
	const SchemaObject *other = is_new ? change->old : change->new;

	return other != NULL && list_member_ptr(column_rows_in(table), other);
}

/*
 * The server retypes or fills no column of a table whose rows are values of other columns.  So before that, drop
 * the indexes and constraints on those columns, and alter the columns that shall not contain such rows any more.
 */
static void
add_row_edges(Order *order, Action *node)
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
			(set->alter != NULL && (column_is_retyped(set->alter->change) || prop_differs(set->alter->change, "generated"))))
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
				order_add_holding_edges(order, change);
				break;
			case ACTION_MOVE:
				order_add_move_edges(order, node);
				break;
			case ACTION_CLEANUP:
				add_cleanup_edges(order, node, change->old);
				break;
			case ACTION_EMPTY:
				if (kind_is(change->old, KIND_TABLE))
					order_add_leaving_edges(order, node);
				break;
			case ACTION_DUMMY:
				break;
		}
		if (node->type != ACTION_CLEANUP &&
			(change->old ? change->old : change->new)->kind->link == LINK_OF_TABLES)
			add_link_edges(order, change);
	}
	foreach(lc, order->nodes)
	{
		Action	   *node = lfirst(lc);

		if (node->type == ACTION_DROP && node->change->old->kind->is_routine)
			dropped = lappend(dropped, node);
	}
	foreach(lc, order->nodes)
	{
		add_overload_edges(order, dropped, lfirst(lc));
		add_owner_edge(order, lfirst(lc));
		add_inherited_edges(order, lfirst(lc));
		add_lacking_edges(order, lfirst(lc));
		add_row_edges(order, lfirst(lc));
		order_add_joining_edges(order, lfirst(lc));
		order_add_typed_table_edges(order, lfirst(lc));
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
