/*
 * complete.c
 *		A snapshot of the live schema for proofs: with the ignored objects that other objects
 *		reference.
 */
#include "postgres.h"

#include "kinds/kinds.h"
#include "snapshot/snapshot_private.h"

#include "miscadmin.h"

/* Keep the object, its whole, its parts, and everything that they reference. */
static void
keep(const SchemaObject *object, bool *gone)
{
	ListCell   *lc;

	check_stack_depth();
	if (!gone[object->number])
		return;
	gone[object->number] = false;
	if (object->parent != NULL)
		keep(object->parent, gone);
	foreach(lc, object->parts)
	{
		keep(lfirst(lc), gone);
	}
	foreach(lc, object->needs)
	{
		keep(lfirst(lc), gone);
	}
}

static SchemaObject *
counterpart(const SchemaSnapshot *snapshot, const SchemaObject *object)
{
	return snapshot_find(snapshot, kind_number(object->kind), object->identity);
}

void
snapshot_complete(SchemaSnapshot *live, const SchemaSnapshot *wanted, SchemaSnapshot *all)
{
	Managed		managed = live->managed;
	bool	   *gone;
	ListCell   *lc;

	if (live->leans == NIL && wanted->leans == NIL)
		return;
	managed.ignore = NIL;
	managed.of_extensions = true;
	live->copied = all != NULL ? all : snapshot_take(&managed, NULL);
	gone = palloc(sizeof(bool) * Max(live->copied->nobjects, 1));
	memset(gone, true, live->copied->nobjects);
	for (int i = 0; i < live->copied->nobjects; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (counterpart(live, live->copied->objects[i]) == NULL)
			continue;
		gone[i] = false;
		foreach(lc, live->copied->objects[i]->needs)
		{
			keep(lfirst(lc), gone);
		}
	}
	foreach(lc, wanted->leans)
	{
		const SchemaObject *object = counterpart(live->copied, lfirst(lc));

		if (object != NULL)
			keep(object, gone);
	}
	snapshot_remove(live->copied, gone);
}
