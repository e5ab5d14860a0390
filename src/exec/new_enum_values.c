/*
 * new_enum_values.c
 *		Allows the use of some enum values in the transaction that added them.
 *
 * The server forbids the use of new values ("unsafe use of new value"), since an
 * index could keep a value that a rollback removes.  If the rollback also removes the
 * type, there is no danger, and a history that runs from an empty database in one
 * transaction needs such values.  PostgreSQL 17 and later allow them, but not in a
 * subtransaction.  The server keeps a list of pending values, and AtEOXact_Enum() empties
 * it.  This file calls AtEOXact_Enum() early, but only if *every* pending value is of a
 * new type.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_type.h"
#include "utils/fmgroids.h"
#include "utils/syscache.h"

/*
 * Do revisions run in subtransactions of ours?  Then caller_xid is the number of the caller's
 * (sub)transaction; if invalid, it had none, and the whole transaction is ours.
 */
static bool has_caller = false;
static TransactionId caller_xid = InvalidTransactionId;

void
enum_set_caller(bool on)
{
	has_caller = on;

	/*
	 * Do not assign a number to a transaction without one: it would hold back
	 * vacuum while we wait.
	 */
	caller_xid = on && TransactionIdIsValid(GetTopTransactionIdIfAny()) ? GetCurrentTransactionId()
		: InvalidTransactionId;
}

static TransactionId
this_transaction(void)
{
	if (!has_caller)
		return GetCurrentTransactionIdIfAny();
	return TransactionIdIsValid(caller_xid) ? caller_xid : GetTopTransactionIdIfAny();
}

/*
 * Did this transaction insert the row, and not just update it?  If the caller is in a
 * subtransaction, only that counts: it may be rolled back alone, and rows from before it
 * stay.  Subtransactions inside it, ours too, have higher numbers and count: their rows are
 * rolled back together with everything that uses them.
 */
static bool
row_is_new(HeapTuple tuple)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);
	TransactionId current = this_transaction();

	return !(tuple->t_data->t_infomask & HEAP_UPDATED) &&
		TransactionIdIsCurrentTransactionId(xmin) &&
		TransactionIdIsValid(current) && TransactionIdFollowsOrEquals(xmin, current);
}

static bool
is_pending(Oid value, const Oid *pending, int npending)
{
	for (int i = 0; i < npending; i++)
		if (pending[i] == value)
			return true;
	return false;
}

/*
 * Did this transaction create the type?  Its row shows that, unless it was updated since
 * (ALTER TYPE ... OWNER TO).  Then its values show it: all are new, and at least one is not
 * pending, so CREATE TYPE made it and not ALTER TYPE ... ADD VALUE.
 */
static bool
type_is_new(Oid type, const Oid *pending, int npending)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	bool		is_new;
	bool		has_original = false;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;

	if (!HeapTupleIsValid(tuple))
		return true;			/* created and dropped again */
	is_new = row_is_new(tuple);
	ReleaseSysCache(tuple);
	if (is_new)
		return true;

	rel = table_open(EnumRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(type));
	scan = systable_beginscan(rel, EnumTypIdLabelIndexId, true, NULL, 1, &key);
	is_new = true;
	while (is_new && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		is_new = row_is_new(tuple);
		if (!is_pending(((Form_pg_enum) GETSTRUCT(tuple))->oid, pending, npending))
			has_original = true;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return is_new && has_original;
}

/* Returns the type of an enum value, or InvalidOid if the value is gone. */
static Oid
enum_value_type(Oid value)
{
	HeapTuple	tuple = SearchSysCache1(ENUMOID, ObjectIdGetDatum(value));
	Oid			type = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		type = ((Form_pg_enum) GETSTRUCT(tuple))->enumtypid;
		ReleaseSysCache(tuple);
	}
	return type;
}

void
allow_new_enum_values(void)
{
	int			n;
	Oid		   *pending = compat_pending_enums(&n);

	for (int i = 0; i < n; i++)
	{
		Oid			type = enum_value_type(pending[i]);

		/* a value without a row was rolled back */
		if (OidIsValid(type) && !type_is_new(type, pending, n))
			return;
	}
	if (n > 0)
		AtEOXact_Enum();
}
