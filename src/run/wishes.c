/*
 * wishes.c
 *		The table locks that a revision is known to need, and those that it has.
 *
 * What a transaction holds is read from the lock table of the server, as pg_locks
 * does: nothing tells one backend's own.  That costs as much as all sessions hold
 * together, so it is asked for when a lock was refused, and between revisions now
 * and then.
 */
#include "postgres.h"

#include "compat.h"
#include "run/patience.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "access/twophase.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "storage/lmgr.h"
#include "storage/lock.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

typedef struct Wish
{
	Oid			relid;
	LOCKMASK	modes;
} Wish;

struct Wishes
{
	MemoryContext context;
	Wish	   *wishes;			/* in the order of relid */
	int			n;
	int			max;
};

Wishes *
wishes_begin(MemoryContext context)
{
	Wishes	   *wishes = MemoryContextAllocZero(context, sizeof(Wishes));

	wishes->context = context;
	return wishes;
}

static void
make_room(Wishes *wishes)
{
	if (wishes->n < wishes->max)
		return;
	wishes->max = Max(16, 2 * wishes->max);
	wishes->wishes = wishes->wishes == NULL
		? MemoryContextAlloc(wishes->context, sizeof(Wish) * wishes->max)
		: repalloc(wishes->wishes, sizeof(Wish) * wishes->max);
}

void
wishes_add(Wishes *wishes, Oid relid, LOCKMASK modes)
{
	int			i = 0;

	while (i < wishes->n && wishes->wishes[i].relid < relid)
		i++;
	if (i < wishes->n && wishes->wishes[i].relid == relid)
	{
		wishes->wishes[i].modes |= modes;
		return;
	}
	make_room(wishes);
	memmove(&wishes->wishes[i + 1], &wishes->wishes[i], sizeof(Wish) * (wishes->n - i));
	wishes->wishes[i].relid = relid;
	wishes->wishes[i].modes = modes;
	wishes->n++;
}

/* Is this a lock of ours on a table, or index, of this database?  The catalogs' are not kept. */
static bool
is_on_own_relation(const LockInstanceData *lock)
{
	return lock->pid == MyProcPid && lock->holdMask != 0 &&
		lock->locktag.locktag_type == LOCKTAG_RELATION &&
		lock->locktag.locktag_field1 == MyDatabaseId && lock->locktag.locktag_field2 >= FirstNormalObjectId;
}

/*
 * Locks of ACCESS SHARE are left out: who holds one for a moment longer is in
 * nobody's way.
 */
void
wishes_add_held(Wishes *wishes)
{
	LockData   *data = GetLockStatusData();

	for (int i = 0; i < data->nelements; i++)
	{
		LockInstanceData *lock = &data->locks[i];
		LOCKMASK	modes = lock->holdMask & ~LOCKBIT_ON(AccessShareLock);

		if (modes != 0 && is_on_own_relation(lock))
			wishes_add(wishes, lock->locktag.locktag_field2, modes);
	}
}

static bool
relation_exists(Oid relid)
{
	return SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid));
}

bool
wishes_take(const Wishes *wishes, Oid *relid, LOCKMODE *mode)
{
	for (int i = 0; i < wishes->n; i++)
	{
		*relid = wishes->wishes[i].relid;
		CHECK_FOR_INTERRUPTS();
		/* made by the try that was rolled back, or dropped since */
		if (!relation_exists(*relid))
			continue;
		for (*mode = AccessExclusiveLock; *mode > AccessShareLock; (*mode)--)
			if ((wishes->wishes[i].modes & LOCKBIT_ON(*mode)) && !ConditionalLockRelationOid(*relid, *mode))
				return false;
	}
	return true;
}

void
wishes_queue_for(Oid relid, LOCKMODE mode)
{
	if (relation_exists(relid))
		LockRelationOid(relid, mode);
}

/* ---------------------------------------------------------- in others' way */

/* Was it made in this transaction, so that nobody else knows it?  We hold a lock on it. */
static bool
is_made_here(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	bool		made;

	if (!RelationIsValid(rel))
		return false;			/* dropped here, which others do not know yet */
	made = rel->rd_createSubid != InvalidSubTransactionId;
	RelationClose(rel);
	return made;
}

/* Is there nobody who would wait for its rows?  To our own tables nobody writes without the migration lock. */
static bool
has_no_rows_of_others(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	result = form->relkind == RELKIND_SEQUENCE || form->relnamespace == get_namespace_oid("migrate", true);
	ReleaseSysCache(tuple);
	return result;
}

/*
 * The modes of a lock that others may have to wait for.  Readers' locks and
 * SHARE UPDATE EXCLUSIVE keep out nobody who reads or writes.  Those of writers
 * do not either, but stand for rows that are locked.
 */
static LOCKMASK
modes_in_the_way(const LockInstanceData *lock)
{
	Oid			relid = lock->locktag.locktag_field2;
	LOCKMASK	modes = lock->holdMask & ~(LOCKBIT_ON(AccessShareLock) | LOCKBIT_ON(ShareUpdateExclusiveLock));

	if (modes == 0 || (modes == LOCKBIT_ON(RowExclusiveLock) && has_no_rows_of_others(relid)) || is_made_here(relid))
		return 0;
	return modes;
}

int
locks_in_the_way(void)
{
	LockData   *data = GetLockStatusData();
	int			n = 0;

	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *lock = &data->locks[i];

		if (lock->pid == MyProcPid && lock->locktag.locktag_type == LOCKTAG_ADVISORY)
			n++;
		else if (is_on_own_relation(lock))
			n += pg_popcount32((uint32) modes_in_the_way(lock));
	}
	pfree(data->locks);
	pfree(data);
	return n;
}

/* A lock may take more room than its share: so many are there for certain. */
bool
lock_table_is_full(void)
{
	return GetLockStatusData()->nelements >= max_locks_per_xact * (MaxBackends + max_prepared_xacts);
}
