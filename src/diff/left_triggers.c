/*
 * left_triggers.c
 *		Triggers that an extension may have made, and that only the database has.
 */
#include "postgres.h"

#include "diff/left_triggers.h"
#include "kinds/kinds.h"

#include "miscadmin.h"

static OfExtension *
of(const SchemaObject *trigger)
{
	OfExtension *result = palloc(sizeof(OfExtension));

	result->extension = trigger->perhaps_of;
	result->object = psprintf("%s %s", trigger->kind->name, trigger->identity);
	return result;
}

/* ------------------------------------------------------------------------- keeping */

static bool
is_kept(const SchemaObject *object, const SchemaSnapshot *wanted)
{
	return object->perhaps_of != NULL && snapshot_find_same(wanted, object) == NULL &&
		snapshot_find_same(wanted, object->parent) != NULL;
}

static void
raise_in_the_way(const OfExtension *trigger, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("%s calls a function of extension \"%s\" and is in the way of the change",
					trigger->object, trigger->extension),
			 errdetail_internal("%s", why),
			 errhint("If it is yours, say so with a rule 'offers trigger functions' in migrate.extension_rules, and record it with migrate.record(). If the extension has made it, write a revision before that takes it away in the extension's own way, and one after that makes it again.")));
}

static void
keep(const SchemaObject *trigger, SchemaSnapshot *wanted)
{
	SchemaObject *copy = palloc(sizeof(SchemaObject));
	ListCell   *lc;

	check_stack_depth();
	*copy = *trigger;
	copy->parent = snapshot_find_same(wanted, trigger->parent);
	copy->parts = copy->needs = copy->needed_by = NIL;
	foreach(lc, trigger->needs)
	{
		SchemaObject *need = lfirst(lc);
		SchemaObject *same;

		/* a partition's trigger needs that of the whole */
		if (is_kept(need, wanted))
			keep(need, wanted);
		same = snapshot_find_same(wanted, need);
		if (same == NULL)
			raise_in_the_way(of(trigger), psprintf(_("It needs %s %s, which is to go."),
												   need->kind->name, need->identity));
		copy->needs = lappend(copy->needs, same);
		same->needed_by = lappend(same->needed_by, copy);
	}
	copy->parent->parts = lappend(copy->parent->parts, copy);
	snapshot_add(wanted, copy);
	wanted->left_triggers = lappend(wanted->left_triggers, of(copy));
}

void
left_triggers_keep(const SchemaSnapshot *live, SchemaSnapshot *wanted)
{
	for (int i = 0; i < live->nobjects; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_kept(live->objects[i], wanted))
			keep(live->objects[i], wanted);
	}
}

static void
forget(SchemaSnapshot *snapshot, const SchemaSnapshot *renamed, const SchemaSnapshot *wanted)
{
	bool	   *gone = palloc0(sizeof(bool) * Max(snapshot->nobjects, 1));
	bool		any = false;

	for (int i = 0; i < snapshot->nobjects; i++)
	{
		const SchemaObject *object = snapshot->objects[i];

		CHECK_FOR_INTERRUPTS();
		gone[i] = object->perhaps_of != NULL && !object->is_surely_users &&
			snapshot_find_same(renamed, object->parent) != NULL &&
			snapshot_find_same(wanted, object->parent) == NULL;
		any |= gone[i];
	}
	if (any)
		snapshot_remove(snapshot, gone);
}

void
left_triggers_forget(SchemaSnapshot *live, SchemaSnapshot *renamed, const SchemaSnapshot *wanted)
{
	forget(live, renamed, wanted);
	if (renamed != live)
		forget(renamed, renamed, wanted);
}

void
left_triggers_require_kept(const SchemaSnapshot *wanted, const SchemaDiff *diff)
{
	ListCell   *lc;
	ListCell   *left;

	foreach(lc, wanted->left_triggers == NIL ? NIL : diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		char	   *changed = psprintf("%s %s", change->kind->name, change->identity);

		CHECK_FOR_INTERRUPTS();
		foreach(left, wanted->left_triggers)
		{
			const OfExtension *trigger = lfirst(left);

			if (strcmp(trigger->object, changed) == 0)
				raise_in_the_way(trigger,
								 _("It would have to be made anew, and no revision has made it."));
		}
	}
}

/* ------------------------------------------------------------------------- leaving */

void
left_triggers_leave(SchemaSnapshot *live, const SchemaSnapshot *other)
{
	bool	   *gone = palloc0(sizeof(bool) * Max(live->nobjects, 1));

	for (int i = 0; i < live->nobjects; i++)
	{
		const SchemaObject *object = live->objects[i];

		CHECK_FOR_INTERRUPTS();
		gone[i] = object->perhaps_of != NULL && !object->is_surely_users &&
			(other == NULL || snapshot_find_same(other, object) == NULL);
		if (gone[i])
			live->left_triggers = lappend(live->left_triggers, of(object));
	}
	if (live->left_triggers != NIL)
		snapshot_remove(live, gone);
}
