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
 *
 * Hooks of other extensions see a CALL from its beginning to its end, and some keep a
 * stack: pgaudit refuses a statement at top level while another one is on it.  So
 * the procedure only says what is to be done, and returns; the work is done when the
 * server calls the portal's cleanup hook, as the last thing before the client hears
 * that the CALL is over.  What hooks have kept of it is gone by then.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "settings.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "commands/portalcmds.h"
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

	/* the abort drops all snapshots, so the portal may not point to one */
	ActivePortal->portalSnapshot = NULL;
	AbortCurrentTransaction();
	StartTransactionCommand();
	be_writable();
	be_tagged();
	MemoryContextSwitchTo(caller);
}

/* ------------------------------------------------------- when the CALL is over */

static void (*postponed) (void *arg) = NULL;
static void *postponed_arg;

/*
 * As the portal's cleanup hook: of one that is done, not of one that has failed.  It is made active
 * once more, since a commit drops one that is not, and what fails here makes it a failed one.
 */
static void
run_postponed(Portal portal)
{
	void		(*work) (void *arg) = postponed;

	postponed = NULL;
	portal->cleanup = PortalCleanup;
	if (portal->status != PORTAL_DONE || work == NULL)
	{
		PortalCleanup(portal);
		return;
	}
	portal->status = PORTAL_READY;
	MarkPortalActive(portal);
	EnsurePortalSnapshotExists();
	work(postponed_arg);
	online_drop_snapshot();
	MarkPortalDone(portal);
}

/*
 * Is the CALL of this procedure all that the portal has to do?  Somebody may have run it inside of
 * something else.
 */
static bool
is_of_portal(Oid procedure)
{
	Node	   *node;

	if (ActivePortal == NULL || ActivePortal->strategy != PORTAL_MULTI_QUERY ||
		ActivePortal->cleanup != PortalCleanup || list_length(ActivePortal->stmts) != 1)
		return false;
	node = linitial_node(PlannedStmt, ActivePortal->stmts)->utilityStmt;
	return node != NULL && IsA(node, CallStmt) &&
		castNode(CallStmt, node)->funcexpr->funcid == procedure;
}

void
online_after_call(Oid procedure, void (*work) (void *arg), void *arg)
{
	if (!is_of_portal(procedure))
	{
		work(arg);
		return;
	}
	postponed = work;
	postponed_arg = arg;
	ActivePortal->cleanup = run_postponed;
}
