/*
 * of_extensions.c
 *		While the catalogs are read: what extensions run by themselves, and which tables they run.
 */
#include "postgres.h"

#include "kinds/kinds.h"
#include "patterns.h"
#include "snapshot/extension_rules.h"
#include "snapshot/loader.h"

#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"

static void
add_of_extension(SchemaSnapshot *snapshot, const char *extension, const SchemaObject *object)
{
	OfExtension *of = palloc(sizeof(OfExtension));

	of->extension = extension;
	of->object = psprintf("%s %s", object->kind->name, object->identity);
	snapshot->of_extensions = lappend(snapshot->of_extensions, of);
}

/* Whose children it is that a table has is known by their links. */
void
of_extension_note(Loader *loader, const Loaded *loaded)
{
	SchemaObject *object = loaded->object;
	const char *extension = ignored_extension(loader->ignored, object);
	AddressEntry *parent = OidIsValid(loaded->parent)
	? loader_find(loader->addresses, object->kind->parent_classid, loaded->parent, 0) : NULL;

	object->of_extension = extension;
	if (extension == NULL && parent != NULL)
		object->of_extension = parent->object->of_extension;
	if (extension != NULL && (!OidIsValid(loaded->parent) || kind_is(object, KIND_TRIGGER)))
		add_of_extension(loader->snapshot, extension, object);
	if (object->of_extension != NULL && object->kind->link == LINK_OF_TABLES)
	{
		SchemaObject *table = snapshot_find(loader->snapshot, KIND_TABLE, prop(object, "parent"));

		if (table != NULL)
			table->has_run_children = true;
	}
}

/* An extension's own children and triggers change and go with the table; its views do not. */
bool
of_extension_goes_along(const SchemaObject *object)
{
	return !kind_is(object, KIND_VIEW) && !kind_is(object, KIND_MATVIEW) &&
		!object->kind->is_routine;
}

/* A trigger hangs on its function, and on functions in its condition. */
static void
visit_trigger(Loader *loader, Form_pg_depend depend)
{
	ObjectAddress function = {depend->refclassid, depend->refobjid, 0};
	AddressEntry *trigger;

	if (depend->classid != TriggerRelationId || depend->refclassid != ProcedureRelationId ||
		hash_search(loader->members, &function, HASH_FIND, NULL) == NULL)
		return;
	trigger = loader_find(loader->addresses, depend->classid, depend->objid, 0);
	if (trigger != NULL && trigger->is_own && !trigger->object->ignored)
		trigger->object->perhaps_of =
			ignored_perhaps_made(loader->ignored, depend->objid, &trigger->object->is_surely_users);
}

void
of_extensions_note_triggers(Loader *loader)
{
	MemoryContext old = MemoryContextSwitchTo(loader->context);

	loader_scan_depend(loader, visit_trigger);
	MemoryContextSwitchTo(old);
}

/* Does migrate.ignore name it? */
static bool
is_named(const Managed *managed, const SchemaObject *object)
{
	return object->schema != NULL && patterns_match(managed->ignore, object->schema, object->name);
}

/* The tables that extensions run, as far as they are managed and not ignored. */
void
of_extensions_note_run(Loader *loader)
{
	MemoryContext old = MemoryContextSwitchTo(loader->context);
	ListCell   *lc;

	foreach(lc, ignored_run_tables(loader->ignored))
	{
		RunTable   *table = lfirst(lc);
		AddressEntry *entry = loader_find(loader->addresses, RelationRelationId, table->relid, 0);

		if (entry == NULL || !entry->is_own ||
			(entry->object->ignored && entry->object->of_extension == NULL) ||
			is_named(&loader->snapshot->managed, entry->object))
			continue;
		table->is_own = entry->object->ignored;
		table->kind = kind_number(entry->object->kind);
		table->identity = entry->object->identity;
		loader->snapshot->run_tables = lappend(loader->snapshot->run_tables, table);
	}
	loader->snapshot->run_unread = ignored_unread(loader->ignored);
	MemoryContextSwitchTo(old);
}
