/*
 * statements.c
 *		Cuts SQL into statements, and finds out how it can run.
 *
 * The server's own raw parser cuts the text, so this code accepts what the server
 * accepts, including dollar quotes, nested comments and BEGIN ATOMIC.  It looks only at
 * raw parse trees and resolves no names, since the tables may not exist yet.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "script/script.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"

char *
script_where(const ScriptOrigin *origin, int line)
{
	if (origin->file_name != NULL)
		return psprintf("line %d of file \"%s\"", line, origin->file_name);
	return psprintf("line %d", line);
}

ScriptOrigin
script_origin(const RevisionLinks *links, const StoredScript *script, Direction direction)
{
	ScriptOrigin origin = {
		.revision = links->id,
		.message = links->message,
		.direction = direction_name(direction),
		.half = direction,
		.file_name = links->file_name,
		.first_line = script->half[direction].line,
		.statements_done = script->half[direction].statements_done
	};

	return origin;
}

ScriptOrigin
script_questions(const RevisionLinks *links, const StoredScript *script, ScriptPurpose purpose,
				 const char **text)
{
	bool		before = purpose == SCRIPT_REQUIRES;
	ScriptOrigin origin = {
		.revision = links->id,
		.message = links->message,
		.direction = before ? "require section" : "verify section",
		.file_name = links->file_name,
		.first_line = before ? script->require_line : script->verify_line,
		.purpose = purpose
	};

	*text = before ? script->require : script->verify;
	return origin;
}

char *
script_subject(const ScriptOrigin *origin)
{
	if (origin->revision == NULL)
		return psprintf("the %s", origin->direction);
	return psprintf("the %s of revision \"%s\"", origin->direction, origin->revision);
}

/* Returns the position of the first character that is neither white space nor part of a comment. */
static int
skip_to_token(const char *text, int pos)
{
	for (;;)
	{
		const char *p = text + pos;

		if (*p != '\0' && strchr(" \t\r\n\f\v", *p) != NULL)
			pos++;
		else if (p[0] == '-' && p[1] == '-')
			pos += strcspn(p, "\r\n");
		else if (p[0] == '/' && p[1] == '*')
		{
			int			depth = 0;

			do
			{
				if (text[pos] == '/' && text[pos + 1] == '*')
				{
					depth++;
					pos += 2;
				}
				else if (text[pos] == '*' && text[pos + 1] == '/')
				{
					depth--;
					pos += 2;
				}
				else if (text[pos] == '\0')
					return pos;
				else
					pos++;
			} while (depth > 0);
		}
		else
			return pos;
	}
}

int
script_count_lines(const char *start, const char *end)
{
	int			n = 0;

	while ((start = memchr(start, '\n', end - start)) != NULL)
	{
		n++;
		start++;
	}
	return n;
}

/* Returns how this statement can run if it is alone. */
static RunMode
statement_mode(Node *node)
{
	ListCell   *lc;

	switch (nodeTag(node))
	{
		case T_IndexStmt:
			return castNode(IndexStmt, node)->concurrent ? RUN_CONCURRENTLY : RUN_TRANSACTION;
		case T_DropStmt:
			return castNode(DropStmt, node)->concurrent ? RUN_CONCURRENTLY : RUN_TRANSACTION;
		case T_ReindexStmt:
			{
				ReindexStmt *stmt = castNode(ReindexStmt, node);

				if (stmt->kind != REINDEX_OBJECT_INDEX && stmt->kind != REINDEX_OBJECT_TABLE)
					return RUN_AUTOCOMMIT;
				return compat_reindex_concurrently(stmt, false) ? RUN_CONCURRENTLY
					: RUN_TRANSACTION;
			}
		case T_AlterTableStmt:
			foreach(lc, castNode(AlterTableStmt, node)->cmds)
			{
				if (compat_detach_concurrently(lfirst_node(AlterTableCmd, lc), false))
					return RUN_CONCURRENTLY;
			}
			return RUN_TRANSACTION;
		case T_VacuumStmt:
			return castNode(VacuumStmt, node)->is_vacuumcmd ? RUN_AUTOCOMMIT : RUN_TRANSACTION;
		case T_ClusterStmt:
			return compat_cluster_is_toplevel(castNode(ClusterStmt, node)) ? RUN_AUTOCOMMIT
				: RUN_TRANSACTION;
		case T_DiscardStmt:
			return castNode(DiscardStmt, node)->target == DISCARD_ALL ? RUN_AUTOCOMMIT
				: RUN_TRANSACTION;
		case T_CreatedbStmt:
		case T_DropdbStmt:
		case T_CreateTableSpaceStmt:
		case T_DropTableSpaceStmt:
		case T_AlterSystemStmt:
		case T_CreateSubscriptionStmt:
		case T_DropSubscriptionStmt:
		case T_TransactionStmt:
			return RUN_AUTOCOMMIT;
		default:
			return RUN_TRANSACTION;
	}
}

/* ------------------------------------------------------- modes of a transaction */

List *
script_transaction_modes(Node *node)
{
	VariableSetStmt *set = (VariableSetStmt *) node;

	if (IsA(node, TransactionStmt))
		return castNode(TransactionStmt, node)->options;
	if (!IsA(node, VariableSetStmt) || set->name == NULL)
		return NIL;
	if (set->kind == VAR_SET_MULTI && strcmp(set->name, "TRANSACTION") == 0)
		return set->args;
	if (set->kind == VAR_SET_VALUE &&
		(strcmp(set->name, "transaction_isolation") == 0 ||
		 strcmp(set->name, "transaction_read_only") == 0 ||
		 strcmp(set->name, "transaction_deferrable") == 0))
		return list_make1(makeDefElem(set->name, linitial(set->args), -1));
	return NIL;
}

const char *
script_isolation(List *modes)
{
	const char *level = NULL;
	ListCell   *lc;

	foreach(lc, modes)
	{
		DefElem    *mode = lfirst_node(DefElem, lc);

		if (strcmp(mode->defname, "transaction_isolation") == 0 && IsA(mode->arg, A_Const))
			level = strVal(&castNode(A_Const, mode->arg)->val);
	}
	/* the server treats both levels alike */
	return level != NULL && pg_strcasecmp(level, "read uncommitted") == 0 ? "read committed"
		: level;
}

/* Does the server run it without a snapshot, so that the isolation level may be set after it? */
static bool
takes_no_snapshot(Node *node)
{
	switch (nodeTag(node))
	{
		case T_VariableSetStmt:
		case T_VariableShowStmt:
		case T_LockStmt:
		case T_ConstraintsSetStmt:
		case T_ListenStmt:
		case T_NotifyStmt:
		case T_UnlistenStmt:
		case T_CheckPointStmt:
			return true;
		default:
			return false;
	}
}

/*
 * Set each statement's modes, if it stands before the first query of its transaction.  A
 * later SET TRANSACTION runs as it is, and the server refuses it.  In a marked script a
 * transaction begins only at a BEGIN of the script.
 */
static void
find_modes(Script *script, bool marked)
{
	bool		early = !marked;
	List	   *modes = NIL;	/* of the current transaction */

	for (int i = 0; i < script->nstatements; i++)
	{
		Statement  *stmt = &script->statements[i];
		Node	   *node = stmt->raw->stmt;
		TransactionStmt *control =
		IsA(node, TransactionStmt) ? castNode(TransactionStmt, node) : NULL;

		if (control != NULL && control->chain)
			stmt->modes = modes;	/* AND CHAIN: the next one has the same */
		else
		{
			if (control != NULL)
				modes = NIL;
			if (early || control != NULL)
				stmt->modes = script_transaction_modes(node);
			modes = list_concat_copy(modes, stmt->modes);
		}
		if (script_isolation(stmt->modes) != NULL)
			script->isolation = script_isolation(stmt->modes);
		if (control != NULL)
			early = control->chain || control->kind == TRANS_STMT_BEGIN ||
				control->kind == TRANS_STMT_START;
		else
			early = early && takes_no_snapshot(node);
	}
}

/* Is statement i the BEGIN or the COMMIT that encloses the whole script, and so does not run? */
static bool
is_wrapping(const Script *script, int i)
{
	return script->wrapped && IsA(script->statements[i].raw->stmt, TransactionStmt);
}

/* May it stand in a require or verify section?  That it writes nothing is seen to when it runs. */
static bool
is_question(Node *node)
{
	return IsA(node, DoStmt) || IsA(node, VariableSetStmt) ||
		(IsA(node, SelectStmt) && castNode(SelectStmt, node)->intoClause == NULL);
}

static void
check_statement(const Script *script, int i, bool marked, const ScriptOrigin *origin)
{
	const Statement *stmt = &script->statements[i];
	Node	   *node = stmt->raw->stmt;

	if (origin->purpose != SCRIPT_CHANGES && !is_question(node))
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("statement %d of %s is no question, %s", i + 1, script_subject(origin),
						script_where(origin, stmt->line)),
				 errdetail("A question is a SELECT whose first column says whether it holds, or a DO block that raises an error where it does not. It changes nothing."),
				 errhint("Put what changes something into the upgrade.")));

	if (IsA(node, CopyStmt) && castNode(CopyStmt, node)->filename == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("COPY %s the client in %s, %s",
						castNode(CopyStmt, node)->is_from ? "from" : "to",
						script_subject(origin), script_where(origin, stmt->line)),
				 errdetail("A revision runs in the server, where there is no client to send data to or from."),
				 errhint("Write INSERT instead.")));

	if (compat_waits_for_lsn(node))
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("WAIT FOR in %s, %s", script_subject(origin),
						script_where(origin, stmt->line)),
				 errdetail("The server runs it only where nothing holds a snapshot, and what runs a revision holds one."),
				 errhint("Take the statement out, and send it before the revision is run.")));

	if (IsA(node, TransactionStmt) && !marked && !is_wrapping(script, i))
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("transaction control in %s, %s",
						script_subject(origin), script_where(origin, stmt->line)),
				 errdetail("A revision runs inside a transaction of the caller. Only one BEGIN ... COMMIT round the whole is accepted, and left out."),
				 errhint("Take the statement out, or mark the section with \"-- migrate:%s transaction:false\".",
						 direction_mark(origin->half))));

	/* an online run can go on only between transactions, not inside one */
	if (IsA(node, TransactionStmt) && castNode(TransactionStmt, node)->kind > TRANS_STMT_ROLLBACK)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("savepoint or two-phase commit in %s, %s",
						script_subject(origin), script_where(origin, stmt->line)),
				 errhint("Use a DO block with EXCEPTION instead of a savepoint.")));
}

static bool
is_transaction_stmt(const Statement *stmt, TransactionStmtKind kind, TransactionStmtKind other)
{
	TransactionStmt *node = (TransactionStmt *) stmt->raw->stmt;

	return IsA(node, TransactionStmt) && (node->kind == kind || node->kind == other) &&
		!node->chain;
}

/*
 * Does one BEGIN ... COMMIT enclose the whole script, except for SET statements before it, without
 * other transaction control between the two?
 */
static bool
is_wrapped(const Script *script)
{
	int			n = script->nstatements;
	int			first = 0;

	while (first < n && IsA(script->statements[first].raw->stmt, VariableSetStmt) &&
		   !castNode(VariableSetStmt, script->statements[first].raw->stmt)->is_local &&
		   script_transaction_modes(script->statements[first].raw->stmt) == NIL)
		first++;
	if (n - first < 2 ||
		!is_transaction_stmt(&script->statements[first], TRANS_STMT_BEGIN, TRANS_STMT_START) ||
		!is_transaction_stmt(&script->statements[n - 1], TRANS_STMT_COMMIT, TRANS_STMT_COMMIT))
		return false;
	for (int i = first + 1; i < n - 1; i++)
		if (IsA(script->statements[i].raw->stmt, TransactionStmt))
			return false;
	return true;
}

/*
 * Give a statement a text of its own and a tree with locations in that text.  An extension
 * that sees the text of a running query (one that logs, counts or distributes queries)
 * must not see the other statements.
 */
static void
cut_out(Statement *stmt, const Script *script, const ScriptOrigin *origin)
{
	List	   *trees;

	stmt->text = pnstrdup(script->text + stmt->start, stmt->len);
	/* the tree of a single statement has the right locations already */
	if (script->nstatements == 1 && stmt->start == 0)
		return;
	trees = script_trees(stmt->text, stmt->standard_strings, origin);
	if (list_length(trees) != 1)
		elog(ERROR, "a statement is %d statements when it stands alone: %s", list_length(trees),
			 stmt->text);
	stmt->raw = linitial_node(RawStmt, trees);
}

static void
show(Statement *stmt)
{
	stmt->shown = script_shown_statement(stmt->text, stmt->raw->stmt, stmt->standard_strings);
}

Script *
script_parse(const char *text, bool marked, const ScriptOrigin *origin)
{
	Script	   *script = palloc0(sizeof(Script));
	List	   *standards;
	List	   *trees = script_cut(text, origin, &standards);
	int			line = origin->first_line;
	const char *counted = text;
	ListCell   *lc;
	ListCell   *ls;

	script->text = text;
	script->statements = palloc0(sizeof(Statement) * Max(list_length(trees), 1));
	forboth(lc, trees, ls, standards)
	{
		RawStmt    *raw = lfirst_node(RawStmt, lc);
		Statement  *stmt = &script->statements[script->nstatements++];
		int			end;

		stmt->raw = raw;
		stmt->is_ended = raw->stmt_len > 0;
		end = stmt->is_ended ? raw->stmt_location + raw->stmt_len : strlen(text);
		stmt->start = skip_to_token(text, raw->stmt_location);
		stmt->len = Max(end - stmt->start, 0);
		line += script_count_lines(counted, text + stmt->start);
		counted = text + stmt->start;
		stmt->line = line;
		stmt->standard_strings = lfirst_int(ls);
		stmt->mode = statement_mode(raw->stmt);
	}

	script->wrapped = !marked && is_wrapped(script);
	find_modes(script, marked);
	script->mode = marked ? RUN_CONCURRENTLY : RUN_TRANSACTION;
	for (int i = 0; i < script->nstatements; i++)
	{
		CHECK_FOR_INTERRUPTS();
		check_statement(script, i, marked, origin);
		cut_out(&script->statements[i], script, origin);
		show(&script->statements[i]);
		if (!is_wrapping(script, i) && script->statements[i].mode > script->mode)
			script->mode = script->statements[i].mode;
	}
	return script;
}

/*
 * Returns the settings that SET SESSION CHARACTERISTICS AS TRANSACTION changes: the defaults of
 * later transactions.
 */
static List *
session_defaults(List *modes)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, modes)
	{
		names = lappend(names, makeString(psprintf("default_%s",
												   lfirst_node(DefElem, lc)->defname)));
	}
	return names;
}

List *
script_settings(const Script *script)
{
	List	   *names = NIL;

	for (int i = 0; i < script->nstatements; i++)
	{
		VariableSetStmt *node = (VariableSetStmt *) script->statements[i].raw->stmt;

		names = list_concat_unique(names, script_set_names((Node *) node));
		if (!IsA(node, VariableSetStmt) || node->name == NULL ||
			script_transaction_modes((Node *) node) != NIL)
			continue;
		if (node->kind != VAR_SET_MULTI)
			names = list_append_unique(names, makeString(pstrdup(node->name)));
		else if (strcmp(node->name, "SESSION CHARACTERISTICS") == 0)
			names = list_concat_unique(names, session_defaults(node->args));
	}
	return names;
}

static void
check_direction(RevisionFile *file, Direction direction)
{
	ScriptOrigin origin = script_origin(&file->rev.links, &file->script, direction);
	const ScriptHalf *half = &file->script.half[direction];
	MemoryContext old = CurrentMemoryContext;
	MemoryContext parsing = AllocSetContextCreate(old, "migrate_ext parsing",
												  ALLOCSET_DEFAULT_SIZES);
	Script	   *script;

	if (file->is_unnamed)
		origin.revision = NULL;
	MemoryContextSwitchTo(parsing);
	script = script_parse(half->sql, half->marked, &origin);
	file->rev.mode[direction] = script->mode;
	/* the string is in the context that is deleted below */
	file->rev.isolation[direction] =
		script->isolation ? MemoryContextStrdup(old, script->isolation) : NULL;
	if (script->wrapped)
		ereport(NOTICE,
				(errmsg("BEGIN ... COMMIT round %s is left out when it runs",
						script_subject(&origin))));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(parsing);
}

static void
check_questions(const RevisionFile *file, ScriptPurpose purpose)
{
	const char *text;
	ScriptOrigin origin = script_questions(&file->rev.links, &file->script, purpose, &text);

	if (file->is_unnamed)
		origin.revision = NULL;
	if (text != NULL)
		(void) script_parse(text, false, &origin);
}

void
revision_check_sql(RevisionFile *file)
{
	file->rev.mode[DIRECTION_DOWN] = RUN_NONE;
	file->rev.isolation[DIRECTION_DOWN] = NULL;
	check_questions(file, SCRIPT_REQUIRES);
	check_direction(file, DIRECTION_UP);
	check_questions(file, SCRIPT_VERIFIES);
	if (file->script.half[DIRECTION_DOWN].sql != NULL)
		check_direction(file, DIRECTION_DOWN);
}
