/*
 * written_triggers.c
 *		Triggers that applied revisions create in so many words.
 *
 * What a function or a DO block of a revision creates is not known here: it may be an extension's
 * function.
 */
#include "postgres.h"

#include "author/written_triggers.h"
#include "compat.h"
#include "kinds/kinds.h"
#include "script/script.h"
#include "store/store.h"

#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"

/* So many scripts are in memory at a time. */
#define SCRIPT_BATCH 250

static bool
is_created_by(const SchemaObject *trigger, const CreateTrigStmt *stmt)
{
	const RangeVar *table = stmt->relation;

	return strcmp(trigger->name, stmt->trigname) == 0 &&
		strcmp(trigger->parent->name, table->relname) == 0 &&
		(table->schemaname == NULL || strcmp(trigger->parent->schema, table->schemaname) == 0);
}

static void
note_script(List *triggers, const RevisionLinks *links, const StoredScript *script)
{
	ScriptOrigin origin = script_origin(links, script, DIRECTION_UP);
	List	   *standards;
	ListCell   *lc;
	ListCell   *trigger;

	foreach(lc, script_cut(script->half[DIRECTION_UP].sql, &origin, &standards))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		foreach(trigger, IsA(stmt, CreateTrigStmt) ? triggers : NIL)
		{
			if (is_created_by(lfirst(trigger), castNode(CreateTrigStmt, stmt)))
				((SchemaObject *) lfirst(trigger))->perhaps_of = NULL;
		}
	}
}

static void
note_batch(List *triggers, const Store *store, const int *revs, int n)
{
	char	  **ids = palloc(sizeof(char *) * n);
	StoredScript *scripts;

	for (int i = 0; i < n; i++)
		ids[i] = unconstify(char *, store->revs[revs[i]].links.id);
	scripts = store_scripts(store->fresh, ids, n);
	for (int i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		note_script(triggers, &store->revs[revs[i]].links, &scripts[i]);
	}
}

/* Those of which it is not known whose they are. */
static List *
open_triggers(const SchemaSnapshot *live)
{
	List	   *triggers = NIL;

	for (int i = 0; i < live->nobjects; i++)
		if (live->objects[i]->perhaps_of != NULL)
			triggers = lappend(triggers, live->objects[i]);
	return triggers;
}

void
written_triggers_note(SchemaSnapshot *live)
{
	List	   *triggers = open_triggers(live);
	const Store *store;
	int		   *revs;
	int			n = 0;
	MemoryContext batch;
	MemoryContext old;

	if (triggers == NIL)
		return;
	store = store_load(false, false);
	revs = palloc(sizeof(int) * Max(store->nrevs, 1));
	for (int i = 0; i < store->nrevs; i++)
		if (store->version->applied[i])
			revs[n++] = i;
	batch = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext scripts",
								  ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(batch);
	for (int i = 0; i < n; i += SCRIPT_BATCH)
	{
		note_batch(triggers, store, revs + i, Min(SCRIPT_BATCH, n - i));
		MemoryContextReset(batch);
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(batch);
}
