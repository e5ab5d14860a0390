/*
 * sort.c
 *		Sorts the changes, and decides which of them share a statement.
 *
 * Every drop, create and alter is a node of a graph.  The edges follow from the dependencies of
 * both schemas: an object is created or altered after the objects that its new state references,
 * and dropped after its dependents.  The nodes are sorted topologically.  Where that leaves a
 * choice, drops come first, then the order of kinds decides, then the names, so that the same two
 * schemas always give the same text.
 *
 * A part is created and dropped with its whole (a column with its table): its node is merged into
 * that of the whole.  Merging may close cycles, such as two dropped tables that reference each
 * other; then the parts in the cycle get statements of their own.  A cycle through a view is broken
 * as pg_dump does it, by a view of the same columns that selects nothing.
 */
#include "postgres.h"

#include "diff/sort.h"

#include "lib/binaryheap.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* ------------------------------------------------------------------- nodes */

/*
 * Does the type, or a type that it is made of, get the name of an old type, which has to be renamed
 * aside first?
 */
static bool
takes_name_of_old(Order *order, const SchemaObject *type)
{
	const Change *change = order->changes->of_new[type->number];
	ListCell   *lc;
	ListCell   *lc2;

	check_stack_depth();
	if (!type->kind->used_aside || change->fate == FATE_SAME || change->fate == FATE_ALTER)
		return false;
	if (snapshot_has_type(order->changes->from, type->identity))
		return true;
	foreach(lc, type->needs)
	{
		if (!object_needs(lfirst(lc), type) && takes_name_of_old(order, lfirst(lc)))
			return true;
	}
	foreach(lc, type->parts)
	{
		foreach(lc2, ((SchemaObject *) lfirst(lc))->needs)
		{
			if (lfirst(lc2) != type && takes_name_of_old(order, lfirst(lc2)))
				return true;
		}
	}
	return false;
}

/* Is a column or attribute converted to such a type? */
static bool
gets_name_of_old(Order *order, const Change *column)
{
	ListCell   *lc;

	if (column->fate != FATE_ALTER || column->old->kind->field != FIELD_OF_ROW ||
		!column_is_retyped(column))
		return false;
	foreach(lc, column->new->needs)
	{
		if (lfirst(lc) != column->new->parent && takes_name_of_old(order, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * An old type has to exist until all columns are converted from it, and so do the types that it is
 * made of.  A table whose rows are moved has to exist until they are.  Both are renamed aside until
 * then.
 */
static bool
is_put_aside(Order *order, const Change *change)
{
	ListCell   *lc;

	if (table_rows_move(change, order->changes))
		return true;
	if (change->old == NULL || !change->old->kind->used_aside ||
		!(change->fate == FATE_REPLACE || (change->fate == FATE_DROP &&
										   snapshot_has_type(order->changes->to,
															 change->old->identity))))
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (column_is_held(order->changes->of_old[user->number]))
			continue;
		if (order->changes->of_old[user->number]->retype ||
			gets_name_of_old(order, order->changes->of_old[user->number]))
			return true;
		if (user->kind->field == FIELD_OF_ROW &&
			table_goes_after_rows(user->parent, order->changes))
			return true;
		if (user->kind->field != FIELD_OF_NOTHING)
			user = user->parent;
		if (user != change->old && is_put_aside(order, order->changes->of_old[user->number]))
			return true;
	}
	return false;
}

const SchemaObject *
order_table_of_inner_part(const SchemaObject *part)
{
	const SchemaObject *table = object_root(part);

	if (!table->kind->has_rows)
		return NULL;
	return part->kind->stays_inside && !constraint_has_index(part) ? table : NULL;
}

const SchemaObject *
order_put_aside_with(Order *order, const SchemaObject *part)
{
	const SchemaObject *table = order_table_of_inner_part(part);

	return table != NULL && table_rows_move(order->changes->of_old[table->number], order->changes)
		? table : NULL;
}

/* Is the part dropped before its table is renamed aside, or loses its rows? */
static bool
is_dropped_before(Order *order, const SchemaObject *part)
{
	const Changes *changes = order->changes;

	if (part->parent == NULL)
		return false;
	if (table_rows_move(changes->of_old[part->parent->number], changes))
		return order_put_aside_with(order, part) == NULL;
	return part->kind->references_rows && table_goes_after_rows(part->parent, changes);
}

/*
 * Does a domain's default or constraint call a function that is dropped or recreated, so that it
 * has to go first?
 */
static bool
is_called_for(Order *order, const SchemaObject *part)
{
	ListCell   *lc;

	if (!part->kind->part_of_type || part->kind->field != FIELD_OF_NOTHING)
		return false;
	foreach(lc, part->needs)
	{
		if (((SchemaObject *) lfirst(lc))->kind->has_body &&
			change_goes_away(order->changes->of_old[((SchemaObject *) lfirst(lc))->number]))
			return true;
	}
	return false;
}

static void
make_nodes(Order *order)
{
	HASHCTL		ctl =
	{.keysize = sizeof(Change *),.entrysize = sizeof(PositionEntry),.hcxt = CurrentMemoryContext};
	int			position = 0;
	ListCell   *lc;

	order->positions = hash_create("migrate_ext changes", 1024, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
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
			set->drop->is_separate = is_dropped_before(order, change->old) ||
				is_called_for(order, change->old);
		}
		if (change->fate == FATE_CREATE || change->fate == FATE_REPLACE)
			set->create = add_node(order, ACTION_CREATE, change);
		if (change->fate == FATE_ALTER)
			set->alter = add_node(order, ACTION_ALTER, change);
		if (set->alter != NULL && table_changes_type(change, order->changes) &&
			prop(change->old, "of_type") != NULL)
			set->empty = add_node(order, ACTION_EMPTY, change);
		if (column_is_held(change) && column_uppermost(change->old,
													   order->changes->from) == change->old)
			set->empty = add_node(order, ACTION_EMPTY, change);
		if (table_rows_move(change, order->changes))
			set->move = add_node(order, ACTION_MOVE, change);
		change->is_aside = is_put_aside(order, change);
		if (change->is_aside)
			set->cleanup = add_node(order, ACTION_CLEANUP, change);
	}
}

/* ------------------------------------------------------------------- merging */

/*
 * The node that drops the object as well: of its whole, its type, or the column that owns the
 * sequence.  Or NULL.
 */
static Action *
dropped_with(Order *order, const SchemaObject *old)
{
	const SchemaObject *column;
	ListCell   *lc;

	if (order_put_aside_with(order, old) != NULL)
		return nodes_of_old(order, object_root(old))->cleanup;
	if (old->parent != NULL)
		return nodes_of_old(order, old->parent)->drop;
	/* a type and the functions it is made of need each other */
	if (old->kind->has_body)
	{
		foreach(lc, old->needs)
		{
			if (is_made_of(lfirst(lc), old))
				return nodes_of_old(order, lfirst(lc))->drop;
		}
	}
	column = sequence_owned_by(old);
	return column != NULL ? nodes_of_old(order, column)->drop : NULL;
}

static Action *
dropped_by_parent(Order *order, const SchemaObject *old)
{
	const SchemaObject *theirs = column_typed_attribute(old, order->changes, false);

	if (theirs != NULL)
		return nodes_of_old(order, theirs)->drop;
	if (!old->kind->is_inherited)
		return NULL;
	theirs = table_inherits_change(old, order->changes, false);
	return theirs == NULL || theirs == old ? NULL : nodes_of_old(order, theirs)->drop;
}

static Action *
altered_by_parent(Order *order, const Change *change)
{
	const Change *parent;

	const SchemaObject *attribute;

	if (!column_of_table_is_retyped(change))
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
			node->into = order_created_with(order, node->change->new);
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

/* Compare two nodes that can both come next.  Columns keep the order of their table. */
static int
compare_nodes(const Action *a, const Action *b)
{
	const SchemaObject *x = node_object(a);
	const SchemaObject *y = node_object(b);
	bool		a_drops = a->type <= ACTION_DROP;
	bool		b_drops = b->type <= ACTION_DROP;
	int			k = kind_rank(x) - kind_rank(y);

	/*
	 * Default privileges affect objects created afterwards, so sort them
	 * last.
	 */
	if (x->kind->sorts_last != y->kind->sorts_last)
		return x->kind->sorts_last ? 1 : -1;
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

/* Returns the sorted nodes; fewer than *nroots if there is a cycle. */
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
	{
		change->merged = lappend(change->merged,
								 unconstify(SchemaObject *, ((Action *) lfirst(lc))->change->new));
	}
	list_sort(change->merged, compare_members);
	change->new->kind->create(change, w);
	write_common(NULL, change->new, w);
	foreach(lc, change->merged)
	{
		write_common(NULL, lfirst(lc), w);
	}
}

static void
write_alter(Change *change, Writer *w)
{
	(void) change->old->kind->alter(change, w);
	write_common(change->old, change->new, w);
	if (change->rebuilt && change->new->comment != NULL &&
		!texts_differ(change->old->comment, change->new->comment))
		write_comment(change->new, w);
}

static ChangeAction
write_node(const Action *node, Writer *w)
{
	Change	   *change = node->change;
	ListCell   *lc;

	switch (node->type)
	{
		case ACTION_DROP:
			change->old->kind->drop(change, w);
			return CHANGE_DROP;
		case ACTION_EMPTY:
			change->old->kind->empty(change, w);
			return CHANGE_ALTER;
		case ACTION_DUMMY:
			change->new->kind->stub(change->new, w);
			return change->fate == FATE_ALTER ? CHANGE_ALTER : CHANGE_CREATE;
		case ACTION_CREATE:
			write_create(node, w);
			return CHANGE_CREATE;
		case ACTION_ALTER:
			write_alter(change, w);
			foreach(lc, node->members)
			{
				write_alter(((Action *) lfirst(lc))->change, w);
			}
			return CHANGE_ALTER;
		case ACTION_MOVE:
			table_move_rows(change, w);
			return CHANGE_ALTER;
		case ACTION_CLEANUP:
			change->old->kind->drop_aside(change, w);
			return CHANGE_DROP;
	}
	pg_unreachable();
}

static bool
was_there(const char *table, const SchemaSnapshot *from, const List *gone)
{
	if (has_text(gone, table))
		return false;
	return snapshot_find_rows(from, table) != NULL;
}

static void
forget_new_locks(SchemaStatement *statement, const SchemaSnapshot *from, const List *gone)
{
	ListCell   *lc;

	foreach(lc, statement->other_locks)
	{
		if (!((TableLock *) lfirst(lc))->is_index &&
			!was_there(((TableLock *) lfirst(lc))->table, from, gone))
			statement->other_locks = foreach_delete_current(statement->other_locks, lc);
	}
}

/* Locks and hazards count only for tables that existed before and are not dropped yet. */
static void
forget_new_tables(List *statements, const SchemaSnapshot *from, const List *gone)
{
	const int	of_table = HAZARD_REWRITE | HAZARD_SCAN | HAZARD_BLOCKS_READS |
	HAZARD_BLOCKS_WRITES |
	HAZARD_MAY_FAIL | HAZARD_INDEX_BUILD | HAZARD_AUTHORIZATION;
	ListCell   *lc;
	ListCell   *lock;

	foreach(lc, statements)
	{
		SchemaStatement *statement = lfirst(lc);

		forget_new_locks(statement, from, gone);
		if (statement->table != NULL && !was_there(statement->table, from, gone))
		{
			statement->hazards &= ~of_table;
			statement->lock = NULL;
			statement->table = NULL;
		}
		foreach(lock, statement->other_locks)
		{
			statement->hazards |= lock_hazards(((TableLock *) lfirst(lock))->mode) |
				((TableLock *) lfirst(lock))->hazards;
		}
	}
}

static SchemaChange *
write_change(const Action *node, const Changes *changes, List **gone)
{
	Writer		w = {.from = changes->from,.to = changes->to,.changes = changes};
	const SchemaObject *object = node_object(node);
	SchemaChange *result;
	ChangeAction action;

	action = write_node(node, &w);
	if (w.statements == NIL)
		return NULL;
	forget_new_tables(w.statements, changes->from, *gone);
	if (object->kind->has_rows && (node->type == ACTION_DROP || node->type == ACTION_CLEANUP))
		*gone = lappend(*gone, unconstify(char *, object->identity));
	result = palloc0(sizeof(SchemaChange));
	result->action = action;
	result->kind = object->kind;
	result->identity = object->identity;
	result->statements = w.statements;
	result->is_aside = node->type == ACTION_CLEANUP || column_is_held(node->change);
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
	List	   *gone = NIL;		/* char *: tables that are dropped by now */
	List	   *result = NIL;
	ListCell   *lc;
	int			nroots;

	before = bodies_evaluated(changes->from);
	after = bodies_evaluated(changes->to);
	make_nodes(&order);
	order_make_edges(&order, before, after);
	for (;;)
	{
		merge_nodes(&order);
		sorted = sort_nodes(&order, &nroots);
		if (list_length(sorted) == nroots)
			break;
		order_break_circle(&order);
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
			node->change->old->kind->put_aside(node->change->old, &w);
			change->action = CHANGE_RENAME;
			change->kind = node->change->old->kind;
			change->identity = node->change->old->identity;
			change->statements = w.statements;
			change->is_aside = true;
		}
		else
			change = write_change(node, changes, &gone);
		if (change != NULL)
			result = lappend(result, change);
	}
	return result;
}
