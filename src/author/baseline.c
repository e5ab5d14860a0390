/*
 * baseline.c
 *		Writes the first revision of an existing database.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "author/baseline.h"
#include "author/model.h"
#include "author/prelude.h"
#include "author/report.h"
#include "author/write_revision.h"
#include "diff/left_triggers.h"
#include "errors.h"
#include "kinds/object.h"
#include "run/run.h"
#include "snapshot/ignored.h"


/* The first of the objects by kind and name: they are found in no order. */
static const SchemaObject *
first_of(const List *objects)
{
	const SchemaObject *first = linitial(objects);
	ListCell   *lc;

	foreach(lc, objects)
	{
		const SchemaObject *object = lfirst(lc);
		int			by_kind = (int) kind_number(object->kind) - (int) kind_number(first->kind);

		if (by_kind < 0 || (by_kind == 0 && strcmp(object->identity, first->identity) < 0))
			first = object;
	}
	return first;
}

/* The baseline does not create ignored objects, so its objects must not reference them. */
static void
require_self_contained(const SchemaSnapshot *live)
{
	const SchemaObject *first;

	if (live->leans == NIL)
		return;
	first = first_of(live->leans);
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("%s %s is ignored, and something that is not needs it", first->kind->name,
					first->identity),
			 errdetail("A baseline makes everything but what migrate.ignore has, what extensions run by themselves, and the tables of other migration tools."),
			 errhint("Take it out of migrate.ignore, or write it into a prelude: see docs/diff.md.")));
}

static void
require_no_revisions(const Store *store)
{
	if (store->nrevs > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there are revisions already"),
				 errdetail("A baseline is the first one: %d are there, %d of them applied.",
						   store->nrevs, store->version->napplied),
				 errhint("Say which of them the database is at with migrate.stamp(); write what differs with migrate.migrate().")));
}

const char *
baseline_write(Managed *managed, RevisionFile *file, const char *rev_id)
{
	Store	   *store;
	SchemaSnapshot *live;
	char	   *prelude;
	Generated  *generated;
	const char *id;

	lock_migrations();
	store = store_load(true, false);
	require_no_revisions(store);

	/*
	 * there is no revision yet that could create the tables of other tools:
	 * ignore them
	 */
	*managed = *ignored_without_books(managed, NULL);
	live = snapshot_take(managed, NULL);
	require_schemas(managed, live, NULL);
	require_modelled(live, NULL);
	prelude = prelude_text(true);
	if (prelude == NULL)
		require_self_contained(live);
	left_triggers_leave(live, NULL);
	compare_live_notices(live);
	compare_left_notices(live);
	generated = autogenerate_baseline(managed, live, prelude);
	compare_notices(generated->diff);
	report_secrets(generated->diff);
	file->script.half[DIRECTION_UP].sql = script_say_strings(generated->upgrade);
	file->script.half[DIRECTION_DOWN].sql = script_say_strings(generated->downgrade);
	id = write_new(store, file, rev_id, revlist_make(0));
	(void) run_stamp(id, false);
	return id;
}
