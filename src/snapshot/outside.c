/*
 * outside.c
 *		Which objects outside a shadow its objects reference, since another session may change
 *		them; and whether two snapshots are of the same schemas.
 */
#include "postgres.h"

#include "compat.h"
#include "race.h"
#include "shadow/shadow_private.h"
#include "snapshot/loader.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "utils/syscache.h"

/* The row of an object; NULL if it is gone, or its catalog has no cache or index to find it by. */
static HeapTuple
find_row(const ObjectAddress *address)
{
	Relation	rel;
	HeapTuple	tuple;

	if (!is_objectclass_supported(address->classId))
		return NULL;
	rel = table_open(address->classId, AccessShareLock);
	tuple = get_catalog_object_by_oid(rel, get_object_attnum_oid(address->classId),
									  address->objectId);
	table_close(rel, AccessShareLock);
	return tuple;
}

bool
outside_is_missing(const ObjectAddress *address)
{
	return is_objectclass_supported(address->classId) && find_row(address) == NULL;
}

static bool
is_column(Oid relid, AttrNumber number)
{
	HeapTuple	tuple = SearchSysCacheCopyAttNum(relid, number);

	return HeapTupleIsValid(tuple) && !((Form_pg_attribute) GETSTRUCT(tuple))->attisdropped;
}

/* NULL if it does not exist (any more). */
static char *
identify(const ObjectAddress *address)
{
	if (outside_is_missing(address) || (address->classId == RelationRelationId &&
										address->objectSubId > 0 &&
										!is_column(address->objectId, address->objectSubId)))
		return NULL;
	return getObjectIdentity(address, true);
}

/*
 * Can another session change the object?  Not if the shadow made or moved it, nor if it belongs to
 * an extension.
 */
static bool
is_others(const Loader *loader, const ObjectAddress *address)
{
	ObjectAddress whole = {address->classId, address->objectId, 0};
	HeapTuple	row;

	/*
	 * that of temporary objects has this session to itself, under one name or
	 * the other
	 */
	if (address->classId == NamespaceRelationId && isAnyTempNamespace(address->objectId))
		return false;
	if (loader_find(loader->addresses, address->classId, address->objectId,
					address->objectSubId) != NULL ||
		hash_search(loader->members, &whole, HASH_FIND, NULL) != NULL ||
		!is_objectclass_supported(address->classId))
		return false;
	row = find_row(address);
	return row == NULL || !TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(row->t_data));
}

/*
 * By way of something that is not managed a text gets at what was put away, and could say nothing
 * of it.
 */
static void
refuse_what_is_away(const Shadow *shadow, const ObjectAddress *address)
{
	ShadowSchema *schema = shadow_find_live(shadow,
											members_schema_of(address->classId, address->objectId));
	ObjectAddress whole = {address->classId, address->objectId, 0};
	int			cache;
	HeapTuple	tuple;
	char	   *name;
	bool		isnull;

	if (schema == NULL)
		return;
	cache = get_object_catcache_oid(address->classId);
	tuple = SearchSysCache1(cache, ObjectIdGetDatum(address->objectId));
	if (!HeapTupleIsValid(tuple))
		return;
	name = pstrdup(NameStr(*DatumGetName(SysCacheGetAttr(cache, tuple,
														 get_object_attnum_name(address->classId),
														 &isnull))));
	ReleaseSysCache(tuple);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s \"%s.%s\" that is used is the one in the database, not the one that is tried out",
					getObjectTypeDescription(&whole, false), schema->name, name),
			 errdetail("It is used by way of a table, view or function that is not managed."),
			 errhint("Manage the schema of that as well, or write its columns out.")));
}

/*
 * What is in the shadow is nobody else's, but what it uses of the rest of the database can be
 * dropped or renamed at any time: it is printed as ???, as a number, or by another name then.
 */
void
outside_note(Loader *loader)
{
	HASH_SEQ_STATUS status;
	AddressEntry *entry;
	MemoryContext old = MemoryContextSwitchTo(loader->context);
	ListCell   *lc;

	(void) race_moment();
	foreach(lc, stand_in_keys(loader->shadow))
	{
		(void) loader_add(loader->used, RelationRelationId, lfirst_oid(lc), 0, NULL, false);
	}
	hash_seq_init(&status, loader->used);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		Outside    *outside;

		CHECK_FOR_INTERRUPTS();
		if (!is_others(loader, &entry->address))
			continue;
		refuse_what_is_away(loader->shadow, &entry->address);
		outside = palloc(sizeof(Outside));
		outside->address = entry->address;
		outside->identity = identify(&entry->address);
		if (outside->identity == NULL)
			race_raise(NULL);
		loader->snapshot->outside = lappend(loader->snapshot->outside, outside);
	}
	MemoryContextSwitchTo(old);
}

/* --------------------------------------------------------- the same schemas */

static bool
contains_all(const List *all, const List *bases)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, bases)
	{
		bool		found = false;

		CHECK_FOR_INTERRUPTS();
		foreach(lc2, all)
		{
			found |= strcmp(lfirst(lc), lfirst(lc2)) == 0;
		}
		if (!found)
			return false;
	}
	return true;
}

bool
snapshots_have_same_base(const SchemaSnapshot *a, const SchemaSnapshot *b)
{
	/* nothing was read for an empty one */
	if (a->read_at == 0 || b->read_at == 0)
		return true;
	/* a replay manages more schemas than are compared */
	return list_length(a->bases) > list_length(b->bases) ? contains_all(a->bases, b->bases)
		: contains_all(b->bases, a->bases);
}

bool
snapshot_outside_is_same(const SchemaSnapshot *snapshot)
{
	ListCell   *lc;

	(void) race_moment();
	foreach(lc, snapshot->outside)
	{
		const Outside *outside = lfirst(lc);
		const char *identity = identify(&outside->address);

		if (identity == NULL || strcmp(identity, outside->identity) != 0)
			return false;
	}
	return true;
}

void
snapshot_require_same_base(const SchemaSnapshot *a, const SchemaSnapshot *b)
{
	if (!snapshots_have_same_base(a, b) || !snapshot_outside_is_same(a) ||
		!snapshot_outside_is_same(b))
		race_raise(NULL);
}
