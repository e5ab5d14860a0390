/*
 * transaction.c
 *		Transactions of a procedure that commits.
 *
 * A procedure called at top level may end its transaction and go on in the next.
 * What has to be right for that: it is not inside SPI or a function; the only
 * snapshot is the one that the portal of the CALL holds; what must live on is
 * not in a transaction's memory; and settings that were changed for a while have
 * been put back, since a commit makes an end of them.  What begins here can be
 * written in, whatever a revision has made the session's default.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "settings.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "tcop/pquery.h"
#include "utils/snapmgr.h"

void
online_require_toplevel(bool atomic)
{
	/* not in SPI: a DO block or another procedure would be pulled from under */
	if (!atomic && !SPI_inside_nonatomic_context() && !IsTransactionBlock() && !IsSubTransaction())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("migrate.deploy() and migrate.revert() cannot run inside a transaction block, a function or a DO block"),
			 errdetail("They commit after each revision."),
			 errhint("Send CALL migrate.deploy(...) as a statement of its own, in autocommit mode; or use SELECT migrate.upgrade(...), which is a part of your transaction.")));
}

void
online_drop_snapshot(void)
{
	if (ActivePortal->portalSnapshot != NULL && ActiveSnapshotSet())
		PopActiveSnapshot();
	ActivePortal->portalSnapshot = NULL;
}

/*
 * A revision may have made read-only what the session begins: its next
 * statements, not our rows.
 */
static void
be_writable(void)
{
	if (XactReadOnly && !RecoveryInProgress())
		settings_set_read_only(false);
}

void
online_commit(void)
{
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	SPI_commit();
	/* nothing to do from 15 on, and needed before */
	SPI_start_transaction();
	SPI_finish();
	be_writable();
	MemoryContextSwitchTo(caller);
}

void
online_abort(void)
{
	MemoryContext caller = CurrentMemoryContext;

	/* the abort drops all snapshots, and the portal must not keep a pointer */
	ActivePortal->portalSnapshot = NULL;
	AbortCurrentTransaction();
	StartTransactionCommand();
	be_writable();
	MemoryContextSwitchTo(caller);
}
