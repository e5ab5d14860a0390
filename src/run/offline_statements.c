/*
 * offline_statements.c
 *		The statements and questions of a revision in a script for psql.
 *
 * Each statement begins with a comment that says where it comes from, since psql and the server's
 * log show the statement that has failed.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "run/offline_private.h"
#include "run/online_private.h"

#include "catalog/namespace.h"
#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"

/* A text for a comment: it must neither end the comment nor begin an inner one. */
static char *
in_comment(char *text)
{
	for (char *p = text; p[0] != '\0'; p++)
		if ((p[0] == '*' && p[1] == '/') || (p[0] == '/' && p[1] == '*'))
			p[0] = ' ';
	return text;
}

static void
append_place(StringInfo out, const ScriptOrigin *origin, const Statement *stmt, int number)
{
	char	   *place = psprintf("%s, statement %d, %s", execute_subject(origin), number + 1,
								 script_where(origin, stmt->line));

	appendStringInfo(out, "/* %s */\n", in_comment(text_shown(place, strlen(place))));
}

static void
append_text(StringInfo out, const OfflineStep *step, int number)
{
	const Statement *stmt = &step->script->statements[number];

	append_place(out, &step->origin, stmt, number);
	appendBinaryStringInfo(out, step->script->text + stmt->start, stmt->len);
}

static void
append_statement(StringInfo out, const OfflineStep *step, int number)
{
	append_text(out, step, number);
	/* a comment may end the last statement: the semicolon goes below it */
	appendStringInfoString(out, step->script->statements[number].is_ended ? ";\n" : "\n;\n");
}

/* BEGIN ... COMMIT round the whole; and modes of the transaction, which its BEGIN has said. */
static bool
is_left_out(const Script *script, const Statement *stmt)
{
	return (script->wrapped && IsA(stmt->raw->stmt, TransactionStmt)) ||
		(stmt->modes != NIL && script->mode == RUN_TRANSACTION);
}

void
offline_statements(StringInfo out, const OfflineStep *step)
{
	for (int i = 0; i < step->script->nstatements; i++)
		if (!is_left_out(step->script, &step->script->statements[i]))
			append_statement(out, step, i);
}

bool
offline_fits_block(const Script *script)
{
	if (script->isolation != NULL)
		return false;
	for (int i = 0; i < script->nstatements; i++)
	{
		Node	   *node = script->statements[i].raw->stmt;

		/* PL/pgSQL would take its INTO for PL/pgSQL's own INTO */
		if (IsA(node, SelectStmt) && castNode(SelectStmt, node)->intoClause != NULL)
			return false;
	}
	return true;
}

void
offline_block_statements(StringInfo out, const OfflineStep *step)
{
	for (int i = 0; i < step->script->nstatements; i++)
	{
		StringInfoData text;

		if (is_left_out(step->script, &step->script->statements[i]))
			continue;
		initStringInfo(&text);
		append_text(&text, step, i);
		appendStringInfoString(out, "EXECUTE ");
		offline_dollar_quoted(out, "sql", text.data);
		appendStringInfoString(out, ";\n");
	}
}

void
offline_reset(StringInfo out, const Script *script)
{
	ListCell   *lc;

	foreach(lc, script_settings(script))
	{
		const char *name = strVal(lfirst(lc));

		/* every revision begins with the setting on */
		if (pg_strcasecmp(name, "standard_conforming_strings") == 0)
			appendStringInfoString(out, "SET standard_conforming_strings = on;\n");
		else
			appendStringInfo(out, "RESET %s;\n", quote_identifier(name));
	}
}

/* ---------------------------------------------------------------- questions */

/* A question as a block that raises an error unless the answer is true. */
static void
append_select(StringInfo out, const ScriptOrigin *origin, const Statement *stmt)
{
	bool		before = origin->purpose == SCRIPT_REQUIRES;
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfo(&body, "\nBEGIN\n"
					 "\tIF NOT coalesce((SELECT pg_catalog.bool_and(migrate_asked.holds IS TRUE)"
					 " FROM (\n"
					 "%s\n"
					 "\t) AS migrate_asked(holds)), false) THEN\n"
					 "\t\tRAISE EXCEPTION USING ERRCODE = '%s',\n"
					 "\t\t\tMESSAGE = %s,\n"
					 "\t\t\tHINT = %s;\n"
					 "\tEND IF;\n"
					 "END ",
					 stmt->text, before ? "MG028" : "MG029",
					 quote_literal_cstr(psprintf("what revision \"%s\" %s does not hold, %s",
												 origin->revision,
												 before ? "requires"
												 : "verifies", script_where(origin, stmt->line))),
					 quote_literal_cstr(before
										? "Put that right and run the script again; or change what the revision requires."
										: "Put that right and run the script again; or change the revision, and print the script anew."));
	appendStringInfoString(out, "DO ");
	offline_dollar_quoted(out, "ask", body.data);
}

/*
 * Returns the questions with what else is in their section, as SQL that can be run one by one; NIL
 * if there are none.
 */
static List *
questions_of(const OfflineStep *step, ScriptPurpose purpose)
{
	const char *text;
	ScriptOrigin origin = script_questions(&step->rev->links, step->stored, purpose, &text);
	const Script *script;
	List	   *questions = NIL;

	if (step->direction == DIRECTION_DOWN || text == NULL)
		return NIL;
	script = script_parse(text, false, &origin);
	for (int i = 0; i < script->nstatements; i++)
	{
		const Statement *stmt = &script->statements[i];
		StringInfoData out;

		CHECK_FOR_INTERRUPTS();
		if (stmt->modes != NIL)
			continue;
		initStringInfo(&out);
		append_place(&out, &origin, stmt, i);
		if (IsA(stmt->raw->stmt, SelectStmt))
			append_select(&out, &origin, stmt);
		else
			appendStringInfoString(&out, stmt->text);
		questions = lappend(questions, out.data);
	}
	return questions;
}

void
offline_questions(StringInfo out, const OfflineStep *step, ScriptPurpose purpose)
{
	List	   *questions = questions_of(step, purpose);
	ListCell   *lc;

	if (questions == NIL)
		return;
	appendStringInfoString(out, "SAVEPOINT migrate_ask;\nSET TRANSACTION READ ONLY;\n");
	foreach(lc, questions)
	{
		appendStringInfo(out, "%s\n;\n", (char *) lfirst(lc));
	}
	appendStringInfoString(out,
						   "ROLLBACK TO SAVEPOINT migrate_ask;\nRELEASE SAVEPOINT migrate_ask;\n");
}

/* The error at the end rolls back what the questions have set; it is caught at once. */
void
offline_block_questions(StringInfo out, const OfflineStep *step, ScriptPurpose purpose)
{
	List	   *questions = questions_of(step, purpose);
	ListCell   *lc;

	if (questions == NIL)
		return;
	appendStringInfoString(out, "BEGIN\n");
	/* settings of the revision do not apply to its verify section */
	if (purpose == SCRIPT_VERIFIES)
		offline_reset(out, step->script);
	appendStringInfoString(out, "SET LOCAL lock_timeout = '100ms';\nSET TRANSACTION READ ONLY;\n");
	foreach(lc, questions)
	{
		appendStringInfoString(out, "EXECUTE ");
		offline_dollar_quoted(out, "sql", lfirst(lc));
		appendStringInfoString(out, ";\n");
	}
	appendStringInfoString(out, "RAISE EXCEPTION USING ERRCODE = 'MGASK';\n"
						   "EXCEPTION WHEN SQLSTATE 'MGASK' THEN NULL;\n"
						   "END;\n");
}

/* ------------------------------------------------------------------- pieces */

char *
offline_open_row(const OfflineStep *step)
{
	return psprintf("action = %s AND revision = %s AND outcome IN ('running', 'half_done')",
					quote_literal_cstr(step->origin.direction),
					quote_literal_cstr(step->origin.revision));
}

static void
append_progress(StringInfo out, const OfflineStep *step, int done)
{
	appendStringInfo(out, "UPDATE migrate.log SET statements_done = %d WHERE %s;\n", done,
					 offline_open_row(step));
}

/* Before a statement that an earlier run may or may not have finished: stop, since nobody knows. */
static void
append_refuse_again(StringInfo out, const OfflineStep *step, int number)
{
	StringInfoData body;

	initStringInfo(&body);
	appendStringInfo(&body,
					 " BEGIN RAISE EXCEPTION %s USING ERRCODE = 'MG026', DETAIL = %s, HINT = %s; END ",
					 quote_literal_cstr(psprintf("the %s of revision \"%s\" is half done",
												 step->origin.direction, step->origin.revision)),
					 quote_literal_cstr(psprintf("Statement %d was running when the script was interrupted, and may be done or not.",
												 number + 1)),
					 quote_literal_cstr(psprintf("Look; if it is done: UPDATE migrate.log SET statements_done = %d WHERE %s;"
												 " if nothing of it is: UPDATE migrate.log SET tries = 0 WHERE %s. Then run the script again.",
												 number + 1, offline_open_row(step),
												 offline_open_row(step))));
	appendStringInfo(out,
					 "SELECT :migrate_resumed = %d AS migrate_again \\gset\n\\if :migrate_again\nDO ",
					 number);
	offline_dollar_quoted(out, "migrate", body.data);
	appendStringInfoString(out, ";\n\\endif\n");
}

static const char *
regclass_of(const RangeVar *name, const char *relation)
{
	return quote_literal_cstr(quote_qualified_identifier(name->schemaname, relation));
}

/*
 * Drop the invalid index that an interrupted CREATE INDEX CONCURRENTLY has left; keep a valid one.
 */
static void
append_index(StringInfo out, const OfflineStep *step, int number, const IndexStmt *stmt)
{
	const char *index = quote_qualified_identifier(stmt->relation->schemaname, stmt->idxname);

	appendStringInfo(out,
					 "SELECT coalesce(pg_catalog.bool_or(i.indisvalid), false)"
					 " AND :migrate_resumed = %d AS migrate_there,\n"
					 "\tcoalesce(pg_catalog.bool_or(NOT i.indisvalid), false)"
					 " AND %s AS migrate_left\n"
					 "\tFROM pg_catalog.pg_index AS i"
					 " WHERE i.indexrelid = pg_catalog.to_regclass(%s)"
					 " AND i.indrelid = pg_catalog.to_regclass(%s) \\gset\n"
					 "\\if :migrate_left\nDROP INDEX CONCURRENTLY IF EXISTS %s;\n\\endif\n"
					 "\\if :migrate_there\n\\else\n",
					 number,
	/* IF NOT EXISTS would skip an existing index, valid or not */
					 stmt->if_not_exists ? "true" : psprintf(":migrate_resumed = %d", number),
					 regclass_of(stmt->relation, stmt->idxname),
					 regclass_of(stmt->relation, stmt->relation->relname), index);
	append_statement(out, step, number);
	appendStringInfoString(out, "\\endif\n");
}

/* The interrupted statement may have dropped the index already. */
static void
append_drop_index(StringInfo out, const OfflineStep *step, int number, const DropStmt *stmt)
{
	const RangeVar *name = makeRangeVarFromNameList(linitial(stmt->objects));

	appendStringInfo(out,
					 "SELECT :migrate_resumed = %d"
					 " AND pg_catalog.to_regclass(%s) IS NULL AS migrate_gone \\gset\n"
					 "\\if :migrate_gone\n\\else\n", number, regclass_of(name, name->relname));
	append_statement(out, step, number);
	appendStringInfoString(out, "\\endif\n");
}

/* A statement that commits by itself, or may do so. */
static void
append_toplevel(StringInfo out, const OfflineStep *step, int number)
{
	Node	   *node = step->script->statements[number].raw->stmt;

	if (IsA(node, IndexStmt) && castNode(IndexStmt, node)->idxname != NULL)
		append_index(out, step, number, castNode(IndexStmt, node));
	else if (IsA(node, DropStmt) && list_length(castNode(DropStmt, node)->objects) == 1)
		append_drop_index(out, step, number, castNode(DropStmt, node));
	else
	{
		if (!piece_may_be_repeated(node))
			append_refuse_again(out, step, number);
		append_statement(out, step, number);
	}
	append_progress(out, step, number + 1);
}

/* BEGIN ... COMMIT; the log says so in the same transaction. */
static void
append_group(StringInfo out, const OfflineStep *step, int first, const Piece *piece, int opener)
{
	int			end = first + piece->n;

	append_statement(out, step, opener);
	for (int i = first + 1; i < end; i++)
	{
		if (IsA(step->script->statements[i].raw->stmt, TransactionStmt))
			break;
		append_statement(out, step, i);
	}
	if (!piece->is_undone)
		append_progress(out, step, end);
	appendStringInfoString(out, piece->is_undone ? "ROLLBACK;\n" : "COMMIT;\n");
	if (piece->is_undone)
		append_progress(out, step, end);
}

void
offline_pieces(StringInfo out, const OfflineStep *step)
{
	const Script *script = step->script;
	int			opener = 0;
	Piece		piece;

	/* the statement with which a run continues; -1 for none */
	appendStringInfo(out,
					 "SELECT CASE WHEN tries > 1 THEN statements_done"
					 " ELSE -1 END AS migrate_resumed"
					 " FROM migrate.log WHERE %s \\gset\n", offline_open_row(step));
	for (int i = 0; i < script->nstatements; i += piece.n)
	{
		const Statement *stmt = &script->statements[i];
		Node	   *node = stmt->raw->stmt;

		piece_at(script, i, &piece);
		/* settings are for what follows; what was done before leaves none */
		if (!piece.is_group && (IsA(node, VariableSetStmt) || script_is_set_config(node)))
		{
			append_statement(out, step, i);
			continue;
		}
		appendStringInfo(out,
						 "SELECT statements_done <= %d AS migrate_todo FROM migrate.log"
						 " WHERE %s \\gset\n"
						 "\\if :migrate_todo\n", i, offline_open_row(step));
		if (piece.is_group)
		{
			/* a chain goes on as it was begun */
			if (castNode(TransactionStmt, node)->kind == TRANS_STMT_BEGIN ||
				castNode(TransactionStmt, node)->kind == TRANS_STMT_START)
				opener = i;
			append_group(out, step, i, &piece, opener);
		}
		else if (piece_is_toplevel(stmt) || IsA(node, ReindexStmt))
			append_toplevel(out, step, i);
		else if (!IsA(node, TransactionStmt))
		{
			appendStringInfoString(out, "BEGIN;\n");
			append_statement(out, step, i);
			append_progress(out, step, i + 1);
			appendStringInfoString(out, "COMMIT;\n");
		}
		appendStringInfoString(out, "\\endif\n");
	}
}
