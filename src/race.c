/*
 * race.c
 *		What another session does to the catalogs while we look at them.
 *
 * Every change of a catalog sends invalidation messages to all sessions, which
 * the server counts.  If none has come while something was read, nothing was
 * changed meanwhile.  A message may also be of a temporary table or of ANALYZE:
 * that one has come does not say that what was read is wrong.
 */
#include "postgres.h"

#include "race.h"

#include "access/xact.h"
#include "storage/sinval.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

ErrorData *
race_try(void (*body) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

uint64
race_moment(void)
{
	AcceptInvalidationMessages();
	/* never 0, which stands for no moment */
	return SharedInvalidMessageCounter + 1;
}

/* Do both see the same transactions as committed? */
static bool
see_the_same(Snapshot a, Snapshot b)
{
	return a->xmax == b->xmax && a->xcnt == b->xcnt && a->subxcnt == b->subxcnt &&
		!a->suboverflowed && !b->suboverflowed;
}

bool
race_seen(uint64 since)
{
	if (IsolationUsesXactSnapshot())
		return !see_the_same(GetTransactionSnapshot(), GetLatestSnapshot());
	return race_moment() != since;
}

bool
race_is_internal(const ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED || error->sqlerrcode == ERRCODE_DATA_CORRUPTED)
		return true;
	/* those of our own have a hint */
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) &&
		error->hint == NULL;
}

bool
race_explains(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return race_is_internal(error) || category == ERRCODE_TO_CATEGORY(ERRCODE_UNDEFINED_SCHEMA) ||
		(category == ERRCODE_TO_CATEGORY(ERRCODE_UNDEFINED_OBJECT) && error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE);
}

void
race_raise(const ErrorData *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("the schema was changed while it was read; try again"),
			 error ? errdetail("Another session has run DDL meanwhile: %s", error->message)
			 : errdetail("Another session has run DDL meanwhile."),
			 IsolationUsesXactSnapshot()
			 ? errhint("This transaction sees the database as it was at its first statement: end it with ROLLBACK, and begin another one.")
			 : errhint("Run it again, when the other session is done.")));
}
