/*
 * wishes.c
 *		The table locks that a revision is known to need, and those that it holds.
 *
 * The locks of this transaction are read from the server's lock table, as pg_locks does,
 * since no function returns those of one backend.  That takes time in proportion to the
 * locks of all sessions.  So the code reads them only when a lock was refused, and
 * occasionally between revisions and statements.
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
	Wish	   *wishes;			/* sorted by relid */
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

/*
 * Is this a lock of ours on a table or index of this database?  Catalogs do not count: their
 * locks are not kept.
 */
static bool
is_on_own_relation(const LockInstanceData *lock)
{
	return lock->pid == MyProcPid && lock->holdMask != 0 &&
		lock->locktag.locktag_type == LOCKTAG_RELATION &&
		lock->locktag.locktag_field1 == MyDatabaseId &&
		lock->locktag.locktag_field2 >= FirstNormalObjectId;
}

/*
 * ACCESS SHARE locks are left out: they are in nobody's way while the work waits for another lock.
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
		/* created by the try that was rolled back, or dropped since */
		if (!relation_exists(*relid))
			continue;
		for (*mode = AccessExclusiveLock; *mode > AccessShareLock; (*mode)--)
			if ((wishes->wishes[i].modes & LOCKBIT_ON(*mode)) &&
				!ConditionalLockRelationOid(*relid, *mode))
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

/*
 * Has this transaction created the relation, so that nobody else sees it?  We must hold a lock on
 * it, as RelationIdGetRelation() needs one.
 */
static bool
is_made_here(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	bool		made;

	if (!RelationIsValid(rel))
		return false;			/* we have dropped it; others still see it */
	made = rel->rd_createSubid != InvalidSubTransactionId;
	RelationClose(rel);
	return made;
}

/*
 * Does nobody ever wait for rows of the relation?  True for sequences, and for our own tables,
 * which only the holder of the migration lock writes.
 */
static bool
has_no_rows_of_others(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class form;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_class) GETSTRUCT(tuple);
	result = form->relkind == RELKIND_SEQUENCE ||
		form->relnamespace == get_namespace_oid("migrate", true);
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Returns the modes of a lock for which others may have to wait.  ACCESS SHARE and SHARE UPDATE
 * EXCLUSIVE block neither readers nor writers.  ROW EXCLUSIVE does not either, but means that the
 * transaction may have locked rows.
 */
static LOCKMASK
modes_in_the_way(const LockInstanceData *lock)
{
	Oid			relid = lock->locktag.locktag_field2;
	LOCKMASK	modes = lock->holdMask & ~(LOCKBIT_ON(AccessShareLock) |
										   LOCKBIT_ON(ShareUpdateExclusiveLock));

	if (modes == 0 || (modes == LOCKBIT_ON(RowExclusiveLock) && has_no_rows_of_others(relid)) ||
		is_made_here(relid))
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

/* The server guarantees room for this many locks; there may be room for more. */
bool
lock_table_is_full(void)
{
	return GetLockStatusData()->nelements >= max_locks_per_xact * (MaxBackends +
																   max_prepared_xacts);
}
