/*
 * commits.c
 *		COMMIT in a procedure or a DO block, in a shadow.
 *
 * A shadow is one subtransaction, in which the server lets nobody commit.  But a
 * revision whose statements are transactions of their own may call a procedure that
 * commits after each batch of rows.  What has run counts as committed in a shadow
 * anyway, so the COMMIT has nothing to do.
 *
 * PL/pgSQL has no hook for COMMIT, but it tells a plugin of every statement before it
 * runs it, and asks for the statement's type after that.  So for this one time the COMMIT
 * is an ASSERT, while assertions are switched off.  A plugin that is there already,
 * such as a debugger, sees nothing of what runs in a shadow.
 *
 * Of other languages a COMMIT is refused by the server, as it is in any transaction (2D000).
 */
#include "postgres.h"

#include "shadow/shadow_private.h"

#include "access/xact.h"
#include "catalog/pg_proc.h"
#include "plpgsql.h"
#include "utils/guc.h"

static void before_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt);
static void after_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt);

static PLpgSQL_plugin plugin = {.stmt_beg = before_statement,.stmt_end = after_statement};

static bool active = false;
static PLpgSQL_plugin *other_plugin;	/* that was there before, or NULL */
static int	nest_level;			/* of transactions, where COMMIT is possible */
static CommandId since;			/* the last one that counts as committed */
static PLpgSQL_stmt *passed_over = NULL;	/* a statement that is an ASSERT
											 * for now */
static PLpgSQL_stmt_type its_type;
static int	settings_level;

static PLpgSQL_plugin **
plugin_slot(void)
{
	return (PLpgSQL_plugin **) find_rendezvous_variable("PLpgSQL_plugin");
}

static void
give_type_back(void)
{
	if (passed_over != NULL)
		passed_over->cmd_type = its_type;
	passed_over = NULL;
}

void
commits_begin(void)
{
	active = true;
	other_plugin = *plugin_slot();
	*plugin_slot() = &plugin;
	nest_level = GetCurrentTransactionNestLevel();
	commits_done();
}

void
commits_end(void)
{
	if (!active)
		return;
	active = false;
	give_type_back();
	*plugin_slot() = other_plugin;
}

void
commits_done(void)
{
	since = GetCurrentCommandId(false);
}

/* Outside of a shadow, could it commit?  Neither a function could, nor a block with EXCEPTION. */
static bool
may_commit(const PLpgSQL_function *function)
{
	return (function->fn_prokind == PROKIND_PROCEDURE || !OidIsValid(function->fn_oid)) &&
		GetCurrentTransactionNestLevel() == nest_level;
}

static void
pass_over(PLpgSQL_stmt *stmt)
{
	passed_over = stmt;
	its_type = stmt->cmd_type;
	stmt->cmd_type = PLPGSQL_STMT_ASSERT;
	settings_level = NewGUCNestLevel();
	(void) set_config_option("plpgsql.check_asserts", "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

/* Where nothing has been written since the last COMMIT there is nothing to roll back. */
static void
require_nothing_written(const PLpgSQL_function *function, const PLpgSQL_stmt *stmt)
{
	if (GetCurrentCommandId(false) == since)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot try out ROLLBACK in %s, line %d", function->fn_signature, stmt->lineno),
			 errdetail("What is tried out is one transaction, of which a part cannot be rolled back."),
			 errhint("Let it roll back only where current_setting('migrate.revision') is empty, or raise an error instead.")));
}

static void
before_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	give_type_back();			/* of one that was interrupted */
	if ((stmt->cmd_type != PLPGSQL_STMT_COMMIT && stmt->cmd_type != PLPGSQL_STMT_ROLLBACK) ||
		!may_commit(estate->func))
		return;
	if (stmt->cmd_type == PLPGSQL_STMT_ROLLBACK)
		require_nothing_written(estate->func, stmt);
	shadow_commit();
	pass_over(stmt);
}

static void
after_statement(PLpgSQL_execstate *estate, PLpgSQL_stmt *stmt)
{
	if (passed_over != stmt)
		return;
	give_type_back();
	AtEOXact_GUC(false, settings_level);
}
