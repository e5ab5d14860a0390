/*
 * prelude.c
 *		The prelude: SQL that creates what the revisions presuppose.
 *
 * The prelude's objects belong to somebody else: comparisons ignore how they look in the database,
 * unless a revision changes them.  A prelude may also be incomplete: a table of a host application
 * may have more columns than the revisions reference.
 */
#include "postgres.h"

#include "author/prelude.h"
#include "kinds/kinds.h"
#include "snapshot/snapshot.h"
#include "settings.h"
#include "store/store.h"

#include "miscadmin.h"
#include "utils/builtins.h"

char *
prelude_text(bool fresh)
{
	if (migrate_prelude_sql != NULL && migrate_prelude_sql[0] != '\0')
		return script_keep_strings(pstrdup(migrate_prelude_sql));
	return store_prelude(fresh);
}

static const ScriptOrigin origin = {.direction = "prelude",.first_line = 1};

void
prelude_add_made(Made *made, const char *text)
{
	if (text != NULL)
		made_add(made, text, &origin);
}

const Managed *
prelude_managed(const Managed *managed, const char *text)
{
	Made	   *made = palloc0(sizeof(Made));

	made->context = CurrentMemoryContext;
	prelude_add_made(made, text);
	return made_managed(managed, made);
}

void
prelude_run(Shadow *shadow, const char *text)
{
	if (text != NULL)
		(void) shadow_execute(shadow, text, true, &origin);
}

Presupposed *
prelude_run_watched(Shadow *shadow, const Managed *managed, const char *text)
{
	Presupposed *presupposed = palloc(sizeof(Presupposed));

	presupposed->before = snapshot_take(managed, shadow);
	prelude_run(shadow, text);
	presupposed->after = snapshot_take(managed, shadow);
	return presupposed;
}

typedef struct TrialArgs
{
	const Managed *managed;
	const char *text;
	Presupposed *presupposed;
	SchemaSnapshot *made;
} TrialArgs;

static void
try_alone(Shadow *shadow, void *arg)
{
	TrialArgs  *args = arg;

	args->presupposed = prelude_run_watched(shadow, args->managed, args->text);
	args->made = snapshot_take(args->managed, shadow);
}

Presupposed *
prelude_presupposed(const Managed *managed, const char *text, SchemaSnapshot **made)
{
	TrialArgs	args = {.managed = managed,.text = text};

	shadow_run(prelude_managed(managed, text), try_alone, &args);
	*made = args.made;
	return args.presupposed;
}

static SchemaObject *
counterpart(const SchemaSnapshot *snapshot, const SchemaObject *object)
{
	return snapshot_find(snapshot, kind_number(object->kind), object->identity);
}

/* Has the prelude created or changed the object? */
static bool
is_of_prelude(const Presupposed *presupposed, const SchemaObject *object)
{
	const SchemaObject *before = counterpart(presupposed->before, object);
	const SchemaObject *after = counterpart(presupposed->after, object);

	return after != NULL && (before == NULL || objects_differ(before, after));
}

/* Has the prelude created or changed the object, and no revision changed it since? */
static bool
is_presupposed(const Presupposed *presupposed, const SchemaObject *made)
{
	return is_of_prelude(presupposed, made) &&
		!objects_differ(counterpart(presupposed->after, made), made);
}

/* Has the prelude created the object's schema, and no revision dropped it? */
static bool
is_in_presupposed_schema(const Presupposed *presupposed, const SchemaSnapshot *made,
						 const SchemaObject *object)
{
	const char *schema = object->schema;

	return schema != NULL && !snapshot_has_schema(presupposed->before, schema) &&
		snapshot_has_schema(presupposed->after, schema) &&
		snapshot_has_schema(made, schema);
}

/* The object with which this one is dropped, or NULL. */
static const SchemaObject *
whole_of(const SchemaObject *object)
{
	const SchemaObject *column = sequence_owned_by(object);

	return column != NULL ? column : object->parent;
}

/* Does an object that only the database has belong to an object of the prelude? */
static bool
belongs_to_presupposed(const Presupposed *presupposed, const SchemaSnapshot *made,
					   const SchemaObject *live)
{
	/* a revision has dropped the object */
	if (counterpart(presupposed->after, live) != NULL)
		return false;
	for (const SchemaObject *whole = whole_of(live); whole != NULL; whole = whole_of(whole))
		if (counterpart(made, whole) != NULL)
			return is_of_prelude(presupposed, whole);
	return is_in_presupposed_schema(presupposed, made, live);
}

/* Replace the object by the one that the prelude has created. */
static void
take_over(SchemaObject *live, const SchemaObject *made)
{
	live->owner = made->owner;
	live->acl = made->acl;
	live->comment = made->comment;
	live->labels = made->labels;
	live->extensions = made->extensions;
	live->props = made->props;
	live->presupposed = true;
}

/* Keep an object if a part of it is kept; parts have higher numbers than their parents. */
static void
keep_wholes(const SchemaSnapshot *snapshot, bool *gone)
{
	for (int i = snapshot->nobjects - 1; i >= 0; i--)
	{
		const SchemaObject *object = snapshot->objects[i];

		if (!gone[i] && object->parent != NULL)
			gone[object->parent->number] = false;
	}
}

void
prelude_leave_out(const Presupposed *presupposed, SchemaSnapshot *made, SchemaSnapshot *live)
{
	bool	   *gone_made = palloc0(sizeof(bool) * Max(made->nobjects, 1));
	bool	   *gone_live = palloc0(sizeof(bool) * Max(live->nobjects, 1));

	for (int i = 0; i < made->nobjects; i++)
	{
		SchemaObject *there = counterpart(live, made->objects[i]);

		CHECK_FOR_INTERRUPTS();
		if (!is_presupposed(presupposed, made->objects[i]))
			continue;
		if (there != NULL)
			take_over(there, made->objects[i]);
		else
			gone_made[i] = true;
	}
	for (int i = 0; i < live->nobjects; i++)
	{
		CHECK_FOR_INTERRUPTS();
		gone_live[i] = counterpart(made, live->objects[i]) == NULL &&
			belongs_to_presupposed(presupposed, made, live->objects[i]);
	}
	keep_wholes(made, gone_made);
	keep_wholes(live, gone_live);
	snapshot_remove(made, gone_made);
	snapshot_remove(live, gone_live);
}

void
prelude_require_live(const Presupposed *presupposed, const SchemaSnapshot *live)
{
	for (int i = 0; i < presupposed->after->nobjects; i++)
	{
		const SchemaObject *object = presupposed->after->objects[i];

		CHECK_FOR_INTERRUPTS();
		if (is_of_prelude(presupposed, object) && counterpart(live, object) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("the prelude makes %s %s, which is not there", object->kind->name,
							object->identity),
					 errdetail("A baseline is what there is beyond the prelude."),
					 errhint("Take it out of the prelude, or make it first.")));
	}
}
