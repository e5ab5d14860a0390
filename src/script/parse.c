/*
 * parse.c
 *		Parses a text into statements, with the right meaning of backslashes.
 *
 * With standard_conforming_strings = off, a backslash in a plain string escapes the
 * next character, so the setting decides where a string ends.  Its value may differ
 * between the session that writes a revision and the session that runs it.  So:
 *
 * - Every text is parsed as if the setting is on at its beginning, whatever the session has.
 * - A text that comes from a session with the setting off gets a SET ... off before it.
 * - A text that we generate gets a SET ... on before it if it would mean something else
 *   with the setting off.
 * - A SET in a text counts for the statements after it, as in psql, which sends one
 *   statement at a time.
 *
 * Nearly every text can be parsed as a whole.  Only if that fails, or if a statement
 * changes the setting, the server's scanner cuts the text, and each statement is parsed
 * alone.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "script/script.h"

#include "common/keywords.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scanner.h"
#include "utils/builtins.h"

/* Put before a text that was written with the setting off. */
#define STRINGS_OFF "SET standard_conforming_strings = off;\n"

/* Put before a generated text that would mean something else with the setting off. */
#define STRINGS_ON "SET standard_conforming_strings = on;\n"

/* Returns the n-th character of a text, 1-based as error positions are. */
static const char *
nth_character(const char *text, int n)
{
	while (--n > 0 && *text != '\0')
		text += pg_mblen(text);
	return text;
}

static bool
contains_word(const char *start, const char *end, const char *word)
{
	size_t		len = strlen(word);

	for (; start + len <= end; start++)
		if (pg_strncasecmp(start, word, len) == 0)
			return true;
	return false;
}

/*
 * Raise the parser's syntax error in the statements from start on as MG019, with the line
 * in the file and a hint for common mistakes.
 */
static void
raise_syntax_error(const char *text, int start, const ScriptOrigin *origin, ErrorData *error)
{
	int			position = error->cursorpos > 0 ? error->cursorpos : 1;
	const char *at = nth_character(text + start, position);
	int			line = origin->first_line + script_count_lines(text, at);
	const char *line_start = at;
	const char *hint = "Correct the SQL; nothing was written.";

	while (line_start > text && line_start[-1] != '\n')
		line_start--;

	if (*at == '\\')
		hint =
			"Commands of psql, which begin with a backslash, do not reach the server; write SQL instead.";
	else if (*at == ':')
		hint =
			"Variables of psql are not known to the server; write the value, or read a setting with current_setting().";
	else if (contains_word(text, at, "from stdin"))
		hint = "COPY ... FROM stdin takes its data from the client; write INSERT instead.";

	/*
	 * psql shows the query with a caret: give it only the one line, since a
	 * file may be large.
	 */
	ereport(ERROR,
			(errcode(ERRCODE_MG_BAD_SCRIPT),
			 errmsg("%s cannot be parsed, %s: %s", script_subject(origin),
					script_where(origin, line), error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 errhint("%s", hint),
			 internalerrposition(pg_mbstrlen_with_len(line_start, at - line_start) + 1),
			 internalerrquery(pnstrdup(line_start, strcspn(line_start, "\r\n")))));
}

/* Returns the parse trees, or NIL and the parser's syntax error in *failure. */
static List *
try_parse(const char *text, bool standard, ErrorData **failure)
{
	MemoryContext old = CurrentMemoryContext;
	ErrorContextCallback *callers = error_context_stack;
	List	   *volatile trees = NIL;

	*failure = NULL;
	PG_TRY();
	{
		/*
		 * Without this a function that calls us would take the error position
		 * for one in its own text.
		 */
		error_context_stack = NULL;
		trees = compat_parse(text, standard);
	}
	PG_CATCH();
	{
		/* the parser holds only memory, so this needs no subtransaction */
		MemoryContextSwitchTo(old);
		if (geterrcode() != ERRCODE_SYNTAX_ERROR)
			PG_RE_THROW();
		*failure = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	error_context_stack = callers;
	return trees;
}

List *
script_trees(const char *text, bool standard, const ScriptOrigin *origin)
{
	ErrorData  *failure;
	List	   *trees = try_parse(text, standard, &failure);

	if (failure != NULL)
		raise_syntax_error(text, 0, origin, failure);
	return trees;
}

/* ------------------------------------------------------------- the setting */

/* Returns the text of a constant that SET or set_config() may have; NULL for any other node. */
static const char *
constant_text(Node *node)
{
	A_Const    *constant = (A_Const *) node;

	if (node == NULL || !IsA(node, A_Const))
		return NULL;
	switch (nodeTag(&constant->val))
	{
		case T_Integer:
			return psprintf("%d", intVal(&constant->val));
		case T_String:
			return strVal(&constant->val);
		default:
			return NULL;
	}
}

/* Returns the FuncCalls in SELECT set_config('name', 'value', ...), which pg_dump writes. */
static List *
set_config_calls(Node *node)
{
	List	   *calls = NIL;
	ListCell   *lc;

	if (!IsA(node, SelectStmt))
		return NIL;
	foreach(lc, castNode(SelectStmt, node)->targetList)
	{
		FuncCall   *call = (FuncCall *) lfirst_node(ResTarget, lc)->val;

		if (call != NULL && IsA(call, FuncCall) && list_length(call->args) == 3 &&
			strcmp(strVal(llast(call->funcname)), "set_config") == 0 &&
			constant_text(linitial(call->args)) != NULL)
			calls = lappend(calls, call);
	}
	return calls;
}

List *
script_set_names(Node *node)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, set_config_calls(node))
	{
		names = lappend(names,
						makeString(pstrdup(constant_text(linitial(lfirst_node(FuncCall,
																			  lc)->args)))));
	}
	return names;
}

bool
script_is_set_config(Node *node)
{
	SelectStmt *select = (SelectStmt *) node;

	return IsA(node, SelectStmt) && select->targetList != NIL && select->fromClause == NIL &&
		select->whereClause == NULL &&
		list_length(set_config_calls(node)) == list_length(select->targetList);
}

RangeVar *
script_written_relation(Node *node)
{
	switch (nodeTag(node))
	{
		case T_InsertStmt:
			return castNode(InsertStmt, node)->relation;
		case T_UpdateStmt:
			return castNode(UpdateStmt, node)->relation;
		case T_DeleteStmt:
			return castNode(DeleteStmt, node)->relation;
		default:
			return compat_merged_into(node);
	}
}

Node *
script_query_of(Node *node)
{
	if (node == NULL)
		return NULL;
	switch (nodeTag(node))
	{
		case T_SelectStmt:
			return node;
		case T_ExplainStmt:
			return script_query_of(castNode(ExplainStmt, node)->query);
		case T_PrepareStmt:
			return script_query_of(castNode(PrepareStmt, node)->query);
		case T_DeclareCursorStmt:
			return script_query_of(castNode(DeclareCursorStmt, node)->query);
		case T_CreateTableAsStmt:
			return script_query_of(castNode(CreateTableAsStmt, node)->query);
		case T_CopyStmt:
			return script_query_of(castNode(CopyStmt, node)->query);
		default:
			return script_written_relation(node) != NULL ? node : NULL;
	}
}

/* The setting's value at a place in a text. */
typedef struct Strings
{
	bool		standard;
	bool		of_session;		/* its value again when a SET LOCAL ends */
	bool		at_begin;		/* its value at the BEGIN of the block */
} Strings;

static void
set_strings(Strings *strings, const char *value, bool is_local)
{
	bool		on;

	if (value == NULL || !parse_bool(value, &on))
		return;

	/*
	 * In psql SET LOCAL outside a block does nothing.  Its author meant it to
	 * count, so it counts.
	 */
	strings->standard = on;
	if (!is_local)
		strings->of_session = on;
}

static void
heed_set(Strings *strings, const VariableSetStmt *set)
{
	bool		is_it = set->name != NULL &&
	pg_strcasecmp(set->name, "standard_conforming_strings") == 0;

	switch (set->kind)
	{
		case VAR_SET_VALUE:
			if (is_it)
				set_strings(strings, constant_text(linitial(set->args)), set->is_local);
			break;
		case VAR_SET_DEFAULT:
		case VAR_RESET:
			if (is_it)
				set_strings(strings, "on", set->is_local);
			break;
		case VAR_RESET_ALL:
			set_strings(strings, "on", false);
			break;
		default:
			break;
	}
}

static void
heed_transaction(Strings *strings, const TransactionStmt *stmt)
{
	switch (stmt->kind)
	{
		case TRANS_STMT_BEGIN:
		case TRANS_STMT_START:
			strings->at_begin = strings->of_session;
			break;
		case TRANS_STMT_ROLLBACK:
			strings->standard = strings->of_session = strings->at_begin;
			break;
		case TRANS_STMT_COMMIT:
			strings->standard = strings->at_begin = strings->of_session;
			break;
		default:
			break;
	}
}

/* Change the setting's value to what it is after this statement. */
static void
heed(Strings *strings, Node *node)
{
	ListCell   *lc;

	if (IsA(node, VariableSetStmt))
		heed_set(strings, castNode(VariableSetStmt, node));
	else if (IsA(node, TransactionStmt))
		heed_transaction(strings, castNode(TransactionStmt, node));
	else if (IsA(node, DiscardStmt) && castNode(DiscardStmt, node)->target == DISCARD_ALL)
		set_strings(strings, "on", false);
	foreach(lc, set_config_calls(node))
	{
		List	   *args = lfirst_node(FuncCall, lc)->args;

		if (pg_strcasecmp(constant_text(linitial(args)), "standard_conforming_strings") == 0)
			set_strings(strings, constant_text(lsecond(args)), false);
	}
}

/* ------------------------------------------------------- one after the other */

/* A text while the scanner cuts it into statements. */
typedef struct Cutting
{
	const char *text;
	const ScriptOrigin *origin;
	core_yy_extra_type extra;
	Strings		strings;
	int			start;			/* of the current statement */
	bool		has_body;		/* the statement may have a body with
								 * semicolons (BEGIN ATOMIC) */
	ErrorData  *failure;		/* syntax error of a statement; ends the
								 * cutting */
	List	   *trees;
	List	   *standards;
} Cutting;

/* Parse the statement from start to end.  Returns false if it goes on behind this semicolon. */
static bool
cut_statement(Cutting *cutting, int end, bool at_end)
{
	ErrorData  *failure;
	List	   *trees = try_parse(pnstrdup(cutting->text + cutting->start, end - cutting->start),
								  cutting->strings.standard, &failure);

	if (failure != NULL && cutting->has_body && !at_end)
		return false;
	cutting->failure = failure;
	if (failure != NULL)
		return true;
	if (trees != NIL)
	{
		RawStmt    *raw = linitial_node(RawStmt, trees);

		raw->stmt_location = cutting->start;
		raw->stmt_len = at_end ? 0 : end - cutting->start;
		cutting->trees = lappend(cutting->trees, raw);
		cutting->standards = lappend_int(cutting->standards, cutting->strings.standard);
		heed(&cutting->strings, raw->stmt);
		compat_scan_standard(&cutting->extra, cutting->strings.standard);
	}
	cutting->start = end + 1;
	cutting->has_body = false;
	return true;
}

static void
cut(Cutting *cutting)
{
	core_yyscan_t scanner = scanner_init(cutting->text, &cutting->extra, &ScanKeywords,
										 ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE		location;
	int			depth = 0;

	compat_scan_standard(&cutting->extra, true);
	while (cutting->failure == NULL && core_yylex(&value, &location, scanner) != 0)
	{
		/* the scanner ends the token with a zero byte until the next call */
		const char *token = cutting->extra.scanbuf + location;

		CHECK_FOR_INTERRUPTS();
		if (strcmp(token, "(") == 0)
			depth++;
		else if (strcmp(token, ")") == 0)
			depth--;
		else if (pg_strcasecmp(token, "atomic") == 0)
			cutting->has_body = true;
		else if (strcmp(token, ";") == 0 && depth <= 0 && cut_statement(cutting, location, false))
			depth = 0;
	}
	if (cutting->failure == NULL)
		(void) cut_statement(cutting, strlen(cutting->text), true);
	scanner_finish(scanner);
}

/* Cut the text, or raise MG019.  The scanner's own errors count positions from the text's start. */
static void
cut_or_explain(Cutting *cutting)
{
	MemoryContext old = CurrentMemoryContext;
	ErrorContextCallback *callers = error_context_stack;
	ErrorData  *volatile error = NULL;

	PG_TRY();
	{
		error_context_stack = NULL;
		cut(cutting);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(old);
		if (geterrcode() != ERRCODE_SYNTAX_ERROR)
			PG_RE_THROW();
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	error_context_stack = callers;
	if (error != NULL)
		raise_syntax_error(cutting->text, 0, cutting->origin, error);
	if (cutting->failure != NULL)
		raise_syntax_error(cutting->text, cutting->start, cutting->origin, cutting->failure);
}

/* Does one of these statements turn the setting off? */
static bool
changes_strings(const List *trees)
{
	Strings		strings = {.standard = true,.of_session = true,.at_begin = true};
	ListCell   *lc;

	foreach(lc, trees)
	{
		heed(&strings, lfirst_node(RawStmt, lc)->stmt);
		if (!strings.standard)
			return true;
	}
	return false;
}

List *
script_cut(const char *text, const ScriptOrigin *origin, List **standards)
{
	Cutting		cutting =
	{.text = text,.origin = origin,
	.strings = {.standard = true,.of_session = true,.at_begin = true}};
	ErrorData  *failure;
	List	   *trees = try_parse(text, true, &failure);

	if (failure == NULL && !changes_strings(trees))
	{
		*standards = NIL;
		for (int i = 0; i < list_length(trees); i++)
			*standards = lappend_int(*standards, true);
		return trees;
	}
	cut_or_explain(&cutting);
	*standards = cutting.standards;
	return cutting.trees;
}

/* ------------------------------------------------------------ for other texts */

/* Has the text a backslash?  Without one it means the same with either value of the setting. */
static bool
has_strings(const char *text)
{
	return text != NULL && strchr(text, '\\') != NULL;
}

char *
script_keep_strings(char *text)
{
	if (!has_strings(text) || COMPAT_STANDARD_STRINGS ||
		strncmp(text, STRINGS_ON, strlen(STRINGS_ON)) == 0)
		return text;
	return psprintf("%s%s", STRINGS_OFF, text);
}

/* Does the text mean the same with the setting on and off? */
static bool
is_read_alike(const char *text)
{
	ErrorData  *failure;
	List	   *on = try_parse(text, true, &failure);
	List	   *off = failure == NULL ? try_parse(text, false, &failure) : NIL;
	ListCell   *lc;
	ListCell   *lo;

	if (failure != NULL || list_length(on) != list_length(off))
		return false;
	forboth(lc, on, lo, off)
	{
		if (!equal(lfirst_node(RawStmt, lc)->stmt, lfirst_node(RawStmt, lo)->stmt))
			return false;
	}
	return true;
}

char *
script_say_strings(char *text)
{
	if (!has_strings(text) || COMPAT_ALWAYS_STANDARD_STRINGS || is_read_alike(text))
		return text;
	return psprintf("%s%s", STRINGS_ON, text);
}

char *
script_other_strings(char *text)
{
	if (!has_strings(text) || COMPAT_ALWAYS_STANDARD_STRINGS)
		return text;
	if (script_without_strings(text) != text)
		return pstrdup(script_without_strings(text));
	return psprintf("%s%s", STRINGS_OFF, text);
}

bool
script_may_set_strings(const char *text)
{
	return !COMPAT_ALWAYS_STANDARD_STRINGS &&
		contains_word(text, text + strlen(text), "standard_conforming_strings");
}

const char *
script_without_strings(const char *text)
{
	int			len = strlen(STRINGS_OFF);

	return text != NULL && strncmp(text, STRINGS_OFF, len) == 0 ? text + len : text;
}

bool
script_standard_after(const char *statement, bool standard)
{
	Strings		strings = {.standard = standard,.of_session = standard,.at_begin = standard};
	ErrorData  *failure;
	List	   *trees = try_parse(statement, standard, &failure);

	if (failure == NULL && trees != NIL)
		heed(&strings, linitial_node(RawStmt, trees)->stmt);
	return strings.standard;
}
