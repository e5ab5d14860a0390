/*
 * autocommit.c
 *		A revision that cannot run inside a transaction, statement by statement.
 *
 * What psql would do in autocommit mode is done here: each statement in a
 * transaction of its own, BEGIN ... COMMIT as one, and statements that commit by
 * themselves as the first of a transaction.  After each the log says how many
 * are done, in the same transaction where that is possible; so a later run knows
 * where to go on.  Settings last until the end of the revision.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/online_private.h"
#include "settings.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "mb/pg_wchar.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* ------------------------------------------------------------------ settings */

/* Set our settings again, which SET, RESET ALL, DISCARD ALL or a function may have changed. */
static void
keep_settings(OnlineStep *step)
{
	step->settings = script_settings(step->script);
	step->saved = settings_save();
	/* what a revision in one transaction begins with */
	if (!COMPAT_STANDARD_STRINGS)
		settings_set("standard_conforming_strings", "on");
	settings_show_revision(step->origin.revision, step->origin.direction);
}

static void
restore_lock_timeout(OnlineStep *step)
{
	if (step->lock_timeout != NULL)
		settings_set("lock_timeout", step->lock_timeout);
	step->lock_timeout = NULL;
}

void
pieces_restore_settings(OnlineStep *step)
{
	if (step->saved == NULL)
		return;
	restore_lock_timeout(step);
	settings_put_back(step->saved);
	settings_show_revision(NULL, NULL);
}

/* ------------------------------------------------------------------ statements */

bool
piece_is_toplevel(const Statement *stmt)
{
	return (stmt->mode != RUN_TRANSACTION && !IsA(stmt->raw->stmt, TransactionStmt)) ||
		IsA(stmt->raw->stmt, DoStmt) || IsA(stmt->raw->stmt, CallStmt);
}

static bool
opens_group(const Statement *stmt)
{
	TransactionStmt *node = (TransactionStmt *) stmt->raw->stmt;

	return IsA(node, TransactionStmt) &&
		(node->kind == TRANS_STMT_BEGIN || node->kind == TRANS_STMT_START || node->chain);
}

static bool
is_rollback(const Statement *stmt)
{
	TransactionStmt *node = (TransactionStmt *) stmt->raw->stmt;

	return IsA(node, TransactionStmt) && node->kind == TRANS_STMT_ROLLBACK;
}

/* The number of statements of a BEGIN ... COMMIT, including both. */
static int
group_length(const Script *script, int first)
{
	int			i = first + 1;

	while (i < script->nstatements && !IsA(script->statements[i].raw->stmt, TransactionStmt))
		i++;
	return Min(i + 1, script->nstatements) - first;
}

void
piece_at(const Script *script, int first, Piece *piece)
{
	const Statement *last;

	piece->is_group = opens_group(&script->statements[first]);
	piece->n = piece->is_group ? group_length(script, first) : 1;
	last = &script->statements[first + piece->n - 1];
	piece->is_undone = piece->is_group && is_rollback(last);
	/* COMMIT AND CHAIN begins the next group */
	if (piece->is_group && piece->n > 1 && opens_group(last))
		piece->n--;
}

static void
announce_statement(const OnlineStep *step, int number)
{
	const Statement *stmt = &step->script->statements[number];
	const char *text = stmt->shown;
	int			len = (int) strcspn(text, "\r\n");

	if (step->script->nstatements > 1)
		ereport(NOTICE, (errmsg("statement %d of %d: %s", number + 1, step->script->nstatements,
								text_shown(text, pg_mbcliplen(text, len, 100)))));
}

/* Does the revision itself set lock_timeout? */
static bool
sets_lock_timeout(const OnlineStep *step)
{
	ListCell   *lc;

	foreach(lc, step->settings)
	{
		if (strcmp(strVal(lfirst(lc)), "lock_timeout") == 0)
			return true;
	}
	return !settings_are_as_saved(step->saved, "lock_timeout");
}

/*
 * In a transaction of its own, which it may end.  What is CONCURRENTLY stands in
 * nobody's way while it waits, for old snapshots too; a limit would leave an
 * invalid index behind for nothing.
 */
static void
run_toplevel(OnlineStep *step, const Script *script, int number)
{
	online_commit();
	if (DefaultXactReadOnly)
		settings_set_read_only(true);
	step->toplevel = number;
	step->toplevel_start = GetCurrentTransactionStartTimestamp();
	if (script->statements[number].mode == RUN_CONCURRENTLY && !sets_lock_timeout(step))
	{
		step->lock_timeout = MemoryContextStrdup(step->context,
												 GetConfigOption("lock_timeout", false, false));
		settings_set("lock_timeout", "0");
	}
	execute_toplevel(script, &step->origin, number);
	restore_lock_timeout(step);
	step->toplevel = -1;

	/*
	 * one in which the log can be written; there is nothing that it has to be
	 * one with
	 */
	if (XactReadOnly)
		online_commit();
}

/* SET is for the statements to come; what is in force when one of them is resumed, too. */
static void
run_settings(OnlineStep *step, int first, int n)
{
	for (int i = first; i < first + n; i++)
	{
		Node	   *node = step->script->statements[i].raw->stmt;

		if (script_is_set_config(node))
			retry_statements(step, i, 1);
		else if (IsA(node, VariableSetStmt) && !castNode(VariableSetStmt, node)->is_local &&
				 script_transaction_modes(node) == NIL)
			run_toplevel(step, step->script, i);
	}
}

/*
 * The statement has no effect outside a transaction block; the server warns so in autocommit mode.
 */
static bool
has_no_effect(const Statement *stmt)
{
	Node	   *node = stmt->raw->stmt;

	return script_transaction_modes(node) != NIL ||
		(IsA(node, VariableSetStmt) && castNode(VariableSetStmt, node)->is_local);
}

static void
warn_of_local(const OnlineStep *step, int number)
{
	bool		of_modes = script_transaction_modes(step->script->statements[number].raw->stmt) !=
	NIL;

	ereport(WARNING,
			(errcode(ERRCODE_NO_ACTIVE_SQL_TRANSACTION),
			 errmsg("%s can only be used in transaction blocks",
					of_modes ? "SET TRANSACTION" : "SET LOCAL"),
			 errdetail("Statement %d of revision \"%s\", %s, has no effect.", number + 1,
					   step->origin.revision,
					   script_where(&step->origin, step->script->statements[number].line)),
			 errhint("Put it into a BEGIN ... COMMIT with the statements that it is for.")));
}

/* -------------------------------------------------- going on where it stopped */

bool
pieces_has_committed(const OnlineStep *step)
{
	return step->toplevel >= 0 && GetCurrentTransactionStartTimestamp() != step->toplevel_start;
}

bool
pieces_left_behind(const OnlineStep *step, bool has_committed, ErrorData *error)
{
	const char *detail = error->detail ? psprintf("%s ", error->detail) : "";
	Node	   *node;
	Oid			index;

	/* the other statements are committed */
	if (error->sqlerrcode == ERRCODE_MG_VERIFY_FAILED && step->statements_done > 0)
		error->hint =
			psprintf("What the upgrade did is committed. Put that right, and CALL migrate.deploy() asks again; "
					 "or say SELECT migrate.resolve('%s', 'applied').",
					 step->origin.revision);
	if (step->toplevel < 0)
		return false;
	node = step->script->statements[step->toplevel].raw->stmt;
	index = index_left_behind(node);
	if (OidIsValid(index))
	{
		error->detail = psprintf("%sThe index %s is left behind, INVALID.", detail,
								 index_name(index));
		error->hint =
			psprintf("The next CALL migrate.%s() drops it and builds it anew; by hand: DROP INDEX CONCURRENTLY %s;",
					 direction_procedure(step->direction), index_name(index));
		return true;
	}
	if (!has_committed || !(IsA(node, DoStmt) || IsA(node, CallStmt)))
		return false;
	error->detail =
		psprintf("%sIt had committed before it failed, and will be run from its beginning.",
				 detail);
	return true;
}

/*
 * Drop the index that an earlier attempt has left, as a part of the same statement.  IF EXISTS is
 * for Citus, which passes the statement on to workers that may not have the index.
 */
static void
drop_index(OnlineStep *step, Oid index, int number)
{
	char	   *sql = psprintf("DROP INDEX CONCURRENTLY IF EXISTS %s", index_name(index));
	Script	   *script = script_parse(sql, true, &step->origin);
	Statement  *statements = palloc0(sizeof(Statement) * step->script->nstatements);

	ereport(NOTICE, (errmsg("dropping the invalid index %s of an earlier attempt",
							index_name(index))));
	statements[number] = script->statements[0];
	statements[number].line = step->script->statements[number].line;
	script->statements = statements;
	script->nstatements = step->script->nstatements;
	run_toplevel(step, script, number);
}

static void
drop_left_behind(OnlineStep *step, int number)
{
	Oid			index;

	while (OidIsValid(index = index_left_behind(step->script->statements[number].raw->stmt)))
		drop_index(step, index, number);
}

bool
piece_may_be_repeated(Node *node)
{
	switch (nodeTag(node))
	{
		case T_ReindexStmt:
		case T_VacuumStmt:
		case T_ClusterStmt:
		case T_AlterSystemStmt:
		case T_DiscardStmt:
			return true;
		default:
			return false;
	}
}

void
pieces_check_resumed(const OnlineStep *step, const OpenEntry *entry)
{
	const Statement *stmt = &step->script->statements[entry->statements_done];
	Node	   *node;

	/*
	 * a failed statement is run again; of one that was running, nobody knows
	 * whether it committed
	 */
	if (entry->is_half_done || entry->statements_done >= step->script->nstatements ||
		!piece_is_toplevel(stmt))
		return;
	node = stmt->raw->stmt;
	/* Its effect is visible in the catalogs, or repeating it is harmless. */
	if (IsA(node, IndexStmt) || IsA(node, DropStmt) || piece_may_be_repeated(node))
		return;
	run_raise_half_done(entry, psprintf("Statement %d was running and may be done or not.",
										entry->statements_done + 1), false);
}

/*
 * The statement with which an earlier run was interrupted.  Returns false if
 * there is nothing left of it to be done.
 */
static bool
prepare_resumed(OnlineStep *step, int number)
{
	Node	   *node = step->script->statements[number].raw->stmt;

	drop_left_behind(step, number);
	if (IsA(node, IndexStmt))
		return !OidIsValid(index_made_by(castNode(IndexStmt, node)));
	if (IsA(node, DropStmt))
	{
		List	   *name = linitial(castNode(DropStmt, node)->objects);

		return OidIsValid(relation_by_name(makeRangeVarFromNameList(name)));
	}
	return true;
}

/*
 * A statement of which a parse tree does not say whether it has to be alone: REINDEX of a
 * partitioned table has to, and whatever an extension makes of one.  It is tried as all others are,
 * for the sake of their locks.  Returns false if it has refused to run inside a transaction; then
 * nothing of it was done.
 */
static bool
runs_in_transaction(OnlineStep *step, int number)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool refused = false;

	PG_TRY();
	{
		retry_statements(step, number, 1);
	}
	PG_CATCH();
	{
		if (!execute_has_to_be_alone(&step->script->statements[number], geterrcode()))
			PG_RE_THROW();
		MemoryContextSwitchTo(caller);
		FlushErrorState();
		refused = true;
	}
	PG_END_TRY();
	/* running a parse tree may change it, so use a copy */
	if (refused)
		step->script = script_parse(step->script->text, step->is_marked, &step->origin);
	return !refused;
}

static void
run_statement(OnlineStep *step, int number, bool resumed)
{
	const Statement *stmt = &step->script->statements[number];

	if (!piece_is_toplevel(stmt))
	{
		if (!runs_in_transaction(step, number))
			run_toplevel(step, step->script, number);
		return;
	}
	if (IsA(stmt->raw->stmt, IndexStmt))
	{
		index_choose_name(castNode(IndexStmt, stmt->raw->stmt), resumed);
		/* IF NOT EXISTS would skip an existing index, valid or not */
		if (castNode(IndexStmt, stmt->raw->stmt)->if_not_exists)
			drop_left_behind(step, number);
	}
	if (!resumed || prepare_resumed(step, number))
		run_toplevel(step, step->script, number);
}

void
pieces_run(OnlineStep *step, const OpenEntry *resumed)
{
	int			first = resumed ? resumed->statements_done : 0;
	Piece		piece;

	if (first == 0 && step->direction == DIRECTION_UP && step->stored->require != NULL)
	{
		retry_questions(step, SCRIPT_REQUIRES);
		online_commit();
	}
	keep_settings(step);
	for (int i = 0; i < step->script->nstatements; i += piece.n)
	{
		const Statement *stmt = &step->script->statements[i];

		piece_at(step->script, i, &piece);
		if (i >= first)
		{
			announce_statement(step, i);
			if (piece.is_group && !piece.is_undone)
				retry_statements(step, i, piece.n);
			else if (!piece.is_group && has_no_effect(stmt))
				warn_of_local(step, i);
			else if (IsA(stmt->raw->stmt, VariableSetStmt))
				run_settings(step, i, 1);
			else if (!IsA(stmt->raw->stmt, TransactionStmt))
				run_statement(step, i, resumed != NULL && i == first);
			journal_progress(step->journal, i + piece.n);
			online_commit();
			step->statements_done = i + piece.n;
		}
		else
			run_settings(step, i, piece.is_undone ? 0 : piece.n);
	}
	pieces_restore_settings(step);
	if (step->direction == DIRECTION_UP && step->stored->verify != NULL)
		retry_questions(step, SCRIPT_VERIFIES);
}
