/*
 * lock_check.c
 *		Builds with assertions: a shadow locks nothing of the live application.
 *
 * What a model does is done to relations of the shadow, which nobody else sees.  A
 * lock on any other that is stronger than ACCESS SHARE could make the application
 * wait, and is a fault of ours.  The locks are looked at before the shadow's rollback
 * releases them, and judged after it, when only live relations are left.
 */
#include "postgres.h"

#include "shadow/shadow_private.h"

#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lockdefs.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#ifdef USE_ASSERT_CHECKING

typedef struct StrongLock
{
	Oid			relid;
	LOCKMASK	modes;
} StrongLock;

List *
lock_check_list(void)
{
	LockData   *data = GetLockStatusData();
	List	   *locks = NIL;

	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *held = &data->locks[i];
		StrongLock *lock;

		if (held->pid != MyProcPid || held->locktag.locktag_type != LOCKTAG_RELATION ||
			held->locktag.locktag_field1 != MyDatabaseId ||
			held->locktag.locktag_field2 < FirstNormalObjectId ||
			(held->holdMask & ~LOCKBIT_ON(AccessShareLock)) == 0)
			continue;
		lock = palloc(sizeof(StrongLock));
		lock->relid = held->locktag.locktag_field2;
		lock->modes = held->holdMask & ~LOCKBIT_ON(AccessShareLock);
		locks = lappend(locks, lock);
	}
	return locks;
}

static bool
was_held(const List *before, const StrongLock *lock)
{
	ListCell   *lc;

	foreach(lc, before)
	{
		const StrongLock *earlier = lfirst(lc);

		if (earlier->relid == lock->relid && (lock->modes & ~earlier->modes) == 0)
			return true;
	}
	return false;
}

/* The table of an index, or of a sequence that counts for a column; else the relation itself. */
static Oid
whole_of(Oid relid)
{
	Oid			table = IndexGetRelation(relid, true);
	int32		column;

	if (!OidIsValid(table) && !sequenceIsOwned(relid, DEPENDENCY_INTERNAL, &table, &column))
		(void) sequenceIsOwned(relid, DEPENDENCY_AUTO, &table, &column);
	return OidIsValid(table) ? table : relid;
}

/*
 * Nobody else has its temporary tables.  An extension's tables and sequences are written by its
 * functions, too, and foreign keys of them are checked.
 */
static bool
may_be_locked(const StrongLock *lock)
{
	if (get_rel_persistence(lock->relid) == RELPERSISTENCE_TEMP)
		return true;
	return (lock->modes & ~(LOCKBIT_ON(RowExclusiveLock) | LOCKBIT_ON(RowShareLock))) == 0 &&
		(OidIsValid(getExtensionOfObject(RelationRelationId, lock->relid)) ||
		 OidIsValid(getExtensionOfObject(RelationRelationId, whole_of(lock->relid))));
}

void
lock_check(const List *before, const List *during)
{
	ListCell   *lc;

	foreach(lc, during)
	{
		const StrongLock *lock = lfirst(lc);

		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(lock->relid)) &&
			!was_held(before, lock) &&
			!may_be_locked(lock))
			elog(ERROR, "a shadow has locked live relation %u (modes %x)", lock->relid,
				 lock->modes);
	}
}

#endif
