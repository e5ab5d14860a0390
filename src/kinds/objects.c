/*
 * objects.c
 *		The objects of a snapshot: by number, and by kind and identity.
 */
#include "postgres.h"

#include "kinds/object.h"

#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/builtins.h"

typedef struct IdentityKey
{
	ObjectKind	kind;
	const char *identity;
} IdentityKey;

typedef struct IdentityEntry
{
	IdentityKey key;			/* hash key */
	SchemaObject *object;
} IdentityEntry;

static uint32
identity_hash(const void *key, Size size)
{
	const IdentityKey *k = key;

	return hash_bytes((const unsigned char *) k->identity, strlen(k->identity)) ^ (uint32) k->kind;
}

static int
identity_match(const void *a, const void *b, Size size)
{
	const IdentityKey *x = a;
	const IdentityKey *y = b;

	return x->kind == y->kind ? strcmp(x->identity, y->identity) : 1;
}

static HTAB *
new_identities(void)
{
	HASHCTL		ctl = {.keysize = sizeof(IdentityKey),.entrysize = sizeof(IdentityEntry),
	.hash = identity_hash,.match = identity_match,.hcxt = CurrentMemoryContext};

	return hash_create("migrate_ext identities", 1024, &ctl,
					   HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

SchemaSnapshot *
snapshot_new(const Managed *managed)
{
	SchemaSnapshot *snapshot = palloc0(sizeof(SchemaSnapshot));

	snapshot->managed = *managed;
	snapshot->user = GetUserNameFromId(GetUserId(), false);
	snapshot->by_identity = new_identities();
	return snapshot;
}

SchemaObject *
snapshot_find(const SchemaSnapshot *snapshot, ObjectKind kind, const char *identity)
{
	IdentityKey key = {.kind = kind,.identity = identity};
	IdentityEntry *entry = hash_search(snapshot->by_identity, &key, HASH_FIND, NULL);

	return entry ? entry->object : NULL;
}

SchemaObject *
snapshot_find_same(const SchemaSnapshot *snapshot, const SchemaObject *object)
{
	return snapshot_find(snapshot, kind_number(object->kind), object->identity);
}

bool
snapshot_has_schema(const SchemaSnapshot *snapshot, const char *name)
{
	return snapshot_find(snapshot, KIND_SCHEMA, quote_identifier(name)) != NULL;
}

SchemaObject *
snapshot_find_rows(const SchemaSnapshot *snapshot, const char *identity)
{
	SchemaObject *table = snapshot_find(snapshot, KIND_TABLE, identity);

	return table != NULL ? table : snapshot_find(snapshot, KIND_MATVIEW, identity);
}

List *
snapshot_tables(const SchemaSnapshot *snapshot)
{
	List	   *tables = NIL;

	for (int i = 0; i < snapshot->nobjects; i++)
		if (kind_is(snapshot->objects[i], KIND_TABLE))
			tables = lappend(tables, snapshot->objects[i]);
	return tables;
}

void
snapshot_add(SchemaSnapshot *snapshot, SchemaObject *object)
{
	IdentityKey key = {.kind = kind_number(object->kind),.identity = object->identity};
	IdentityEntry *entry;
	bool		found;

	if (snapshot->nobjects == snapshot->size)
	{
		snapshot->size = Max(snapshot->size * 2, 1024);
		snapshot->objects = snapshot->objects ?
			repalloc_huge(snapshot->objects, sizeof(SchemaObject *) * snapshot->size) :
			palloc(sizeof(SchemaObject *) * snapshot->size);
	}
	object->number = snapshot->nobjects;
	snapshot->objects[snapshot->nobjects++] = object;
	entry = hash_search(snapshot->by_identity, &key, HASH_ENTER, &found);
	if (found)
		elog(ERROR, "there are two objects %s \"%s\"", object->kind->name, object->identity);
	entry->object = object;
}

/* The objects of a list that stay. */
static List *
those_that_stay(const List *objects, const bool *gone)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, objects)
	{
		if (!gone[((SchemaObject *) lfirst(lc))->number])
			rest = lappend(rest, lfirst(lc));
	}
	return rest;
}

static List *
dependents_that_stay(const List *dependents, const bool *gone)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, dependents)
	{
		if (!gone[((Dependent *) lfirst(lc))->on->number])
			rest = lappend(rest, lfirst(lc));
	}
	return rest;
}

void
snapshot_remove(SchemaSnapshot *snapshot, const bool *gone)
{
	int			n = 0;

	snapshot->dependents = dependents_that_stay(snapshot->dependents, gone);
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		SchemaObject *object = snapshot->objects[i];
		IdentityKey key = {.kind = kind_number(object->kind),.identity = object->identity};

		CHECK_FOR_INTERRUPTS();
		object->parts = those_that_stay(object->parts, gone);
		object->needs = those_that_stay(object->needs, gone);
		object->needed_by = those_that_stay(object->needed_by, gone);
		if (gone[i])
			(void) hash_search(snapshot->by_identity, &key, HASH_REMOVE, NULL);
	}
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		if (gone[i])
			continue;
		snapshot->objects[n] = snapshot->objects[i];
		snapshot->objects[n]->number = n;
		n++;
	}
	snapshot->nobjects = n;
}
