/*
 * lock_wait.c
 *		A comparison that did not get a lock in time says who has it.
 *
 * The server's error says no more than that a lock timed out.  The locks of the
 * other sessions are looked at when the error has been caught, as pg_locks does.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "shadow/shadow.h"

#include "access/xact.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "storage/lockdefs.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

/*
 * A table that nobody else can read: locked in that mode, or somebody who comes first waits for
 * that.
 */
static bool
keeps_readers_out(const LockInstanceData *lock)
{
	return lock->pid != MyProcPid && lock->locktag.locktag_type == LOCKTAG_RELATION &&
		lock->locktag.locktag_field1 == MyDatabaseId &&
		((lock->holdMask & LOCKBIT_ON(AccessExclusiveLock)) != 0 ||
		 lock->waitLockMode == AccessExclusiveLock);
}

static void
describe(StringInfo text, const LockInstanceData *lock)
{
	Oid			relid = lock->locktag.locktag_field2;
	char	   *schema = get_namespace_name(get_rel_namespace(relid));
	char	   *name = get_rel_name(relid);

	/* an index of a table that is named itself, or one that is being made */
	if (schema == NULL || name == NULL || strncmp(schema, "pg_", 3) == 0)
		return;
	appendStringInfo(text, "%sProcess %d %s ACCESS EXCLUSIVE on \"%s.%s\".",
					 text->len > 0 ? " " : "", lock->pid,
					 (lock->holdMask & LOCKBIT_ON(AccessExclusiveLock)) != 0 ? "holds"
					 : "waits for", schema, name);
}

/*
 * The row of a schema that is to be put away; it is no table's lock, but a transaction that is
 * waited for.
 */
static bool
describe_schema(StringInfo text, const LockData *data)
{
	TransactionId xid;
	Oid			schema = hide_awaited(&xid);

	if (!OidIsValid(schema) || get_namespace_name(schema) == NULL)
		return false;
	for (int i = 0; i < data->nelements; i++)
	{
		const LockInstanceData *lock = &data->locks[i];

		if (TransactionIdIsValid(xid) && lock->locktag.locktag_type == LOCKTAG_TRANSACTION &&
			lock->locktag.locktag_field1 == xid && lock->holdMask != 0)
			appendStringInfo(text, "Process %d is changing schema \"%s\".", lock->pid,
							 get_namespace_name(schema));
	}
	if (text->len == 0)
		appendStringInfo(text, "Somebody is changing schema \"%s\".", get_namespace_name(schema));
	return true;
}

static void
describe_tables(StringInfo text, const LockData *data)
{
	for (int i = 0; i < data->nelements && text->len < 1000; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (keeps_readers_out(&data->locks[i]))
			describe(text, &data->locks[i]);
	}
}

void
lock_wait_explain(ErrorData *error)
{
	LockData   *data;
	StringInfoData text;

	if (error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE || error->detail != NULL)
		return;
	initStringInfo(&text);
	data = GetLockStatusData();
	/* the query that waited is of no use to anybody */
	if (describe_schema(&text, data))
		error->context = NULL;
	else
		describe_tables(&text, data);
	if (text.len > 0)
		error->detail = text.data;
	error->hint =
		psprintf("Try again when that transaction has ended, or set migrate.lock_timeout, which is %s.",
				 GetConfigOptionByName("migrate.lock_timeout", NULL, false));
}
