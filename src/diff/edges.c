/*
 * edges.c
 *		Decides which statement comes before which.
 *
 * Most edges follow from the dependencies of the old and the new schema.  The others follow from
 * side effects of the server's statements, and from names that have to be free first.  The edges
 * of tables and their parents are in link_edges.c, those of rows that move in move_edges.c.
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

/*
 * Do values of the column or attribute contain rows of this table?  What rows consist of are the
 * table's columns, which have edges of their own.
 */
static bool
has_rows_of(const SchemaObject *field, const SchemaObject *table)
{
	return field->kind->field == FIELD_OF_ROW && table != field->parent &&
		kind_is(table, KIND_TABLE);
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
		if (lfirst(lc) == new->parent && kind_is(new, KIND_COLUMN) &&
			waits_for_columns(order, new->parent))
			add_edge(order, node, set->alter);
		/* a type that is only altered exists before its functions do */
		else if (!is_made_of(lfirst(lc), new))
			order_add_wish(order, set->alter, node,
						   has_rows_of(new, lfirst(lc)) ? EDGE_WISH : EDGE_MUST);
	}
}

/*
 * A new foreign key would attach to any key or index on its columns, also to one that is about to
 * be dropped.
 */
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
	const SchemaObject *table = old->parent;

	if (old->kind->link != LINK_OF_TABLES)
		table = order_table_of_inner_part(old);
	return table != NULL &&
		(table_goes_after_rows(table, order->changes) || order_put_aside_with(order, old) != NULL);
}

/*
 * A part that is dropped only after the rows are moved: its type may change meanwhile without harm
 * to the rows.
 */
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

/*
 * Does the change affect dependents?  A new owner, grants, a comment or more values of an enum do
 * not.
 */
static bool
is_felt(const Change *change)
{
	const Kind *kind = change->old->kind;

	if (change->disturbs)
		return true;
	if (kind_is(change->old, KIND_ENUM))
		return false;
	for (int i = 0; kind->props[i].name != NULL; i++)
		if (kind->props[i].name[0] != '_' && prop_differs(change, kind->props[i].name))
			return true;
	return false;
}

/*
 * May the types that it is made of have other names by then?  A range that is put aside is not
 * dropped: its functions get other names, and are named by its subtype.
 */
static bool
goes_by_name(Order *order, const SchemaObject *old)
{
	return old->kind->drops_by_name &&
		!(old->kind->made_of_functions && order_cleanup_of(order, old) != NULL);
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
		Action	   *cleanup = goes_by_name(order, old) ? order_cleanup_of(order, lfirst(lc)) : NULL;

		add_edge(order, node, cleanup ? cleanup : set->drop);
		/* default privileges change last, whatever happens to their schema */
		if (!is_made_of(lfirst(lc), old) && !old->kind->sorts_last && set->alter != NULL)
			order_add_wish(order, node, set->alter,
						   is_felt(set->alter->change) ? EDGE_MUST : EDGE_WISH);
	}
}

/*
 * An object that was put aside still references what it did, except the functions that are dropped
 * with it.
 */
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
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COMPOSITE) &&
			nodes_of(order, change)->empty != NULL)
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
	if (new->kind->created_with_parent == NULL || !new->kind->created_with_parent(new))
		return NULL;
	return nodes_of_new(order, new->parent)->create;
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

/*
 * The node after which the name of the node's object is free: its own, or the one that renames its
 * table aside.
 */
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
			SlotEntry  *entry;

			if (has_text(kept, slot))
				continue;
			entry = hash_search(slots, &slot, HASH_ENTER, NULL);
			entry->drop = freeing_node(order, node);
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

/* A logged table must never reference an unlogged one, also between two statements. */
static void
add_persistence_edge(Order *order, const SchemaObject *key)
{
	ListCell   *lc;
	Action	   *one;

	if (!key->kind->references_rows || (one = nodes_of_new(order, key->parent)->alter) == NULL)
		return;
	foreach(lc, key->needs)
	{
		const SchemaObject *referenced = object_root(lfirst(lc));
		Action	   *other;

		if (referenced->kind != key->parent->kind || referenced == key->parent ||
			(other = nodes_of_new(order, referenced)->alter) == NULL ||
			!prop_differs(one->change, "persistence") ||
			!prop_differs(other->change, "persistence"))
			continue;
		if (prop_is(referenced, "persistence", "u"))
			add_edge(order, one, other);
		else
			add_edge(order, other, one);
	}
}

/*
 * A function that is not changed gets a node, too: it stands between the objects that its body
 * names and its callers.
 */
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
		ActionSet  *function;

		if (is_new)
			function = nodes_of_new(order, body->function);
		else
			function = nodes_of_old(order, body->function);
		CHECK_FOR_INTERRUPTS();
		foreach(lc2, body->named)
		{
			const SchemaObject *named = lfirst(lc2);
			List	   *all = list_make1(unconstify(SchemaObject *, named));

			all = list_concat(all, named->parts);
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
					add_guess(order, function->drop ? function->drop : function->alter,
							  set->drop, named);
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

/*
 * ALTER TABLE gives an owned sequence the table's new owner and persistence: alter the sequence
 * itself afterwards.
 */
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
	if (column != NULL && texts_differ(change->old->owner, change->new->owner) &&
		sequence_follows_table(change->old, change->new))
		add_edge(order, nodes_of_new(order, column->parent)->alter, node);
}

/*
 * While an old function exists, calls of a new one with the same name may be ambiguous, because of
 * defaults, VARIADIC or the types of arguments.  So drop the old one first.
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
			if (drop->change != node->change && strcmp(old->name, called->name) == 0 &&
				strcmp(old->schema, called->schema) == 0)
				order_add_wish(order, drop, node, EDGE_CALL);
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
				if (change->new->kind->references_rows)
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
			order_add_link_edges(order, change);
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
		order_add_inherited_edges(order, lfirst(lc));
		order_add_lacking_edges(order, lfirst(lc));
		order_add_row_edges(order, lfirst(lc));
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
