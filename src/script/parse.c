/*
 * parse.c
 *		Which statements are in this text, and what does a backslash mean in it?
 *
 * Under standard_conforming_strings = off a backslash in a plain string escapes the
 * next character, so that the setting decides where a string ends.  It is of the
 * session, and may be another one when a revision is run than it was when it was
 * written.  So every text begins with the setting on, whatever the session has; what is
 * written in a session that has it off gets a SET before it that says so, and what we
 * generate says that it is on, if it would be read otherwise there; and SET in a
 * text is heeded for the statements after it, as psql does, which reads one at a time.
 *
 * Nearly always the text as a whole can be parsed at once.  Only where that fails, or
 * a statement changes the setting, is it cut by the server's scanner and parsed one
 * statement after the other.
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

/* What a text begins with that was written with the setting off. */
#define STRINGS_OFF "SET standard_conforming_strings = off;\n"

/* And what one of ours that would be read otherwise there, once it is a file. */
#define STRINGS_ON "SET standard_conforming_strings = on;\n"

/* The n-th character (1-based, as error positions are) of a text. */
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
 * A syntax error in what begins at start, in the words of the parser, with the line
 * and what may have been meant.
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
		hint = "Commands of psql, which begin with a backslash, do not reach the server; write SQL instead.";
	else if (*at == ':')
		hint = "Variables of psql are not known to the server; write the value, or read a setting with current_setting().";
	else if (contains_word(text, at, "from stdin"))
		hint = "COPY ... FROM stdin takes its data from the client; write INSERT instead.";

	/*
	 * psql shows the line with a caret: give it that line alone, a file may
	 * be large
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

/* Trees, or the error with which the parser ended. */
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
		 * who calls us from a function would take the position for one in its
		 * own text
		 */
		error_context_stack = NULL;
		trees = compat_parse(text, standard);
	}
	PG_CATCH();
	{
		/* the parser holds nothing but memory: no subtransaction is needed */
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

/* A constant as it may be given to SET; NULL: it is none. */
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

/* SELECT set_config('name', 'value', ...), as pg_dump writes it: the calls of one statement. */
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
			strcmp(strVal(llast(call->funcname)), "set_config") == 0 && constant_text(linitial(call->args)) != NULL)
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
		names = lappend(names, makeString(pstrdup(constant_text(linitial(lfirst_node(FuncCall, lc)->args)))));
	return names;
}

bool
script_is_set_config(Node *node)
{
	SelectStmt *select = (SelectStmt *) node;

	return IsA(node, SelectStmt) && select->targetList != NIL && select->fromClause == NIL && select->whereClause == NULL &&
		list_length(set_config_calls(node)) == list_length(select->targetList);
}

/* What it is at a place in a text. */
typedef struct Strings
{
	bool		standard;
	bool		of_session;		/* what it is again after a SET LOCAL */
	bool		at_begin;		/* of the transaction block */
} Strings;

static void
set_strings(Strings *strings, const char *value, bool is_local)
{
	bool		on;

	if (value == NULL || !parse_bool(value, &on))
		return;

	/*
	 * LOCAL outside of a block does nothing, which is of no use: it is taken
	 * at its word
	 */
	strings->standard = on;
	if (!is_local)
		strings->of_session = on;
}

static void
heed_set(Strings *strings, const VariableSetStmt *set)
{
	bool		is_it = set->name != NULL && pg_strcasecmp(set->name, "standard_conforming_strings") == 0;

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

/* What it is after this statement. */
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

/* A text while it is scanned. */
typedef struct Cutting
{
	const char *text;
	const ScriptOrigin *origin;
	core_yy_extra_type extra;
	Strings		strings;
	int			start;			/* of the statement that is being read */
	bool		has_body;		/* it may have semicolons of its own */
	ErrorData  *failure;		/* of the statement, which ends the cutting */
	List	   *trees;
	List	   *standards;
} Cutting;

/* The statement from start to here; false: it goes on behind this semicolon. */
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
	core_yyscan_t scanner = scanner_init(cutting->text, &cutting->extra, &ScanKeywords, ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE		location;
	int			depth = 0;

	compat_scan_standard(&cutting->extra, true);
	while (cutting->failure == NULL && core_yylex(&value, &location, scanner) != 0)
	{
		/* the scanner ends its token by a zero byte for the moment */
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

/* The scanner's own errors are of the whole text. */
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

/* Does a statement of these change it? */
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
	Cutting		cutting = {.text = text,.origin = origin,.strings = {.standard = true,.of_session = true,.at_begin = true}};
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

/* Without a backslash it means the same. */
static bool
has_strings(const char *text)
{
	return text != NULL && strchr(text, '\\') != NULL;
}

char *
script_keep_strings(char *text)
{
	if (!has_strings(text) || COMPAT_STANDARD_STRINGS || strncmp(text, STRINGS_ON, strlen(STRINGS_ON)) == 0)
		return text;
	return psprintf("%s%s", STRINGS_OFF, text);
}

/* Does it mean the same with the setting off? */
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
		if (!equal(lfirst_node(RawStmt, lc)->stmt, lfirst_node(RawStmt, lo)->stmt))
		return false;
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
	return !COMPAT_ALWAYS_STANDARD_STRINGS && contains_word(text, text + strlen(text), "standard_conforming_strings");
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
