/*
 * new_enum_values.c
 *		Enum values that may be used in the transaction that added them.
 *
 * The server forbids it, lest an index keep a value that a rollback removes
 * ("unsafe use of new value").  Where the type itself goes with the rollback
 * there is no such danger, and a history that runs from an empty database in
 * one transaction needs it.  PostgreSQL 17 sees this by itself, but not in a
 * subtransaction.  The server keeps a list of pending values, and forgets it in
 * AtEOXact_Enum(); we have it do so early, but only when *every* pending value is
 * of a new type.
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

/* Revisions run in subtransactions of ours; the caller's one, or invalid: all of the transaction is theirs. */
static bool has_caller = false;
static TransactionId caller_xid = InvalidTransactionId;

void
enum_set_caller(bool on)
{
	has_caller = on;

	/*
	 * one that has no number yet is not given one: that would keep vacuum
	 * from its work while we wait
	 */
	caller_xid = on && TransactionIdIsValid(GetTopTransactionIdIfAny()) ? GetCurrentTransactionId() : InvalidTransactionId;
}

static TransactionId
this_transaction(void)
{
	if (!has_caller)
		return GetCurrentTransactionIdIfAny();
	return TransactionIdIsValid(caller_xid) ? caller_xid : GetTopTransactionIdIfAny();
}

/*
 * Was this row inserted, and not just updated, in this transaction?  In a
 * subtransaction of the caller's that is what is meant: it may be rolled back
 * alone, and what was there before it stays.  Those inside it have higher
 * numbers, ours as well: what it adds goes with all that uses it.
 */
static bool
row_is_new(HeapTuple tuple)
{
	TransactionId xmin = HeapTupleHeaderGetXmin(tuple->t_data);
	TransactionId current = this_transaction();

	return !(tuple->t_data->t_infomask & HEAP_UPDATED) && TransactionIdIsCurrentTransactionId(xmin) &&
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
 * Was the type made in this transaction?  Its row says so, unless it has been
 * updated since (ALTER TYPE ... OWNER TO).  Then its values say so: all are
 * new, and not all of them were added later.
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
		return true;			/* made and dropped again */
	is_new = row_is_new(tuple);
	ReleaseSysCache(tuple);
	if (is_new)
		return true;

	rel = table_open(EnumRelationId, AccessShareLock);
	ScanKeyInit(&key, Anum_pg_enum_enumtypid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(type));
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

/* The type that an enum value belongs to, or InvalidOid. */
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

		/* a value that is gone again was rolled back */
		if (OidIsValid(type) && !type_is_new(type, pending, n))
			return;
	}
	if (n > 0)
		AtEOXact_Enum();
}
