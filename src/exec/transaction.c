/*
 * transaction.c
 *		Ends and begins transactions in a procedure.
 *
 * A procedure called at top level may end its transaction and go on in the next, if
 *
 * - it is not inside SPI or a function,
 * - the only snapshot is that of the portal of the CALL,
 * - memory that it still needs is not in a context of the transaction,
 * - it has closed its GUC nest levels, since a commit ends them.
 *
 * A transaction that begins here is writable, even if a revision has set
 * default_transaction_read_only.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "settings.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "tcop/pquery.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

void
online_require_toplevel(bool atomic)
{
	/*
	 * inside SPI, the commit would pull the transaction from under a DO block
	 * or another procedure
	 */
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
 * A revision may have set default_transaction_read_only.  That is meant for the statements
 * after it, not for the rows of version and log that our code writes.
 */
static void
be_writable(void)
{
	if (XactReadOnly && !RecoveryInProgress())
		settings_set_read_only(false);
}

/* The tag of this run, or NULL; in TopMemoryContext. */
static char *run_tag = NULL;

/*
 * Only for the transaction, so that no error and no commit leaves it to whoever has the
 * session next: a pooler hands sessions round.
 */
static void
be_tagged(void)
{
	if (run_tag != NULL)
		settings_set_local_tag(run_tag);
}

void
online_set_tag(const char *tag)
{
	char	   *copy = tag != NULL ? MemoryContextStrdup(TopMemoryContext, tag) : NULL;

	if (run_tag != NULL)
		pfree(run_tag);
	run_tag = copy;
	be_tagged();
}

void
online_commit(void)
{
	MemoryContext caller = CurrentMemoryContext;

	SPI_connect_ext(SPI_OPT_NONATOMIC);
	SPI_commit();
	/* needed before 15; since then SPI_commit() does it */
	SPI_start_transaction();
	SPI_finish();
	be_writable();
	be_tagged();
	MemoryContextSwitchTo(caller);
}

void
online_abort(void)
{
	MemoryContext caller = CurrentMemoryContext;

	/*
	 * the abort drops all snapshots, so the portal must not keep a pointer to
	 * one
	 */
	ActivePortal->portalSnapshot = NULL;
	AbortCurrentTransaction();
	StartTransactionCommand();
	be_writable();
	be_tagged();
	MemoryContextSwitchTo(caller);
}
