/*
 * secrets.c
 *		What is shown of a statement that has a secret: passwords of roles, options of user
 *		mappings, connections of subscriptions.
 *
 * The statement itself has to have it, and is run as it is.  But messages go to logs and to the
 * pages of continuous integration, and reports to whoever reads a pull request.  There, each
 * constant that is such a secret is as many stars as it has characters, so that places in the text
 * stay what they are.  What a DO block or a function puts together is not known here.
 */
#include "postgres.h"

#include "compat.h"
#include "script/script.h"

#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"
#include "parser/scanner.h"

/* The options of user mappings that are none, as in kind_foreign.c. */
static const char *const no_secrets[] = {
	"user", "username", "user_name", "password_required", "use_scram_passthrough", "sslcert",
	"sslkey"
};

static bool
may_be_shown(const char *option)
{
	for (int i = 0; i < lengthof(no_secrets); i++)
		if (strcmp(no_secrets[i], option) == 0)
			return true;
	return false;
}

static List *
mapping_secrets(const List *options)
{
	List	   *secrets = NIL;
	ListCell   *lc;

	foreach(lc, options)
	{
		const DefElem *option = lfirst_node(DefElem, lc);

		if (option->arg != NULL && !may_be_shown(option->defname))
			secrets = lappend(secrets, strVal(option->arg));
	}
	return secrets;
}

static List *
role_secrets(const List *options)
{
	List	   *secrets = NIL;
	ListCell   *lc;

	foreach(lc, options)
	{
		const DefElem *option = lfirst_node(DefElem, lc);

		if (option->arg != NULL && strcmp(option->defname, "password") == 0)
			secrets = lappend(secrets, strVal(option->arg));
	}
	return secrets;
}

static List *
connection_secrets(char *conninfo)
{
	return conninfo != NULL ? list_make1(conninfo) : NIL;
}

/* The constants in it that are secrets: char *. */
static List *
secrets_of(const Node *node)
{
	switch (nodeTag(node))
	{
		case T_CreateRoleStmt:
			return role_secrets(((const CreateRoleStmt *) node)->options);
		case T_AlterRoleStmt:
			return role_secrets(((const AlterRoleStmt *) node)->options);
		case T_CreateUserMappingStmt:
			return mapping_secrets(((const CreateUserMappingStmt *) node)->options);
		case T_AlterUserMappingStmt:
			return mapping_secrets(((const AlterUserMappingStmt *) node)->options);
		case T_CreateSubscriptionStmt:
			return connection_secrets(((const CreateSubscriptionStmt *) node)->conninfo);
		case T_AlterSubscriptionStmt:
			return connection_secrets(((const AlterSubscriptionStmt *) node)->conninfo);
		default:
			return NIL;
	}
}

/* ---------------------------------------------------------------------- the stars */

typedef enum Constant
{
	NO_CONSTANT,
	CONSTANT,
	UNICODE_CONSTANT			/* the scanner has not decoded it */
} Constant;

/* What a token is, by how it begins: 'x', E'x', $x$, U&'x'; no name, no parameter. */
static Constant
constant_of(const char *token)
{
	if (token[0] == '\'' || (token[0] == '$' && !isdigit((unsigned char) token[1])) ||
		(isalpha((unsigned char) token[0]) && token[1] == '\''))
		return CONSTANT;
	return (token[0] == 'U' || token[0] == 'u') && token[1] == '&' && token[2] == '\''
		? UNICODE_CONSTANT : NO_CONSTANT;
}

static bool
is_among(const char *value, const List *secrets)
{
	ListCell   *lc;

	foreach(lc, secrets)
	{
		if (strcmp(value, lfirst(lc)) == 0)
			return true;
	}
	return false;
}

static void
append_stars(StringInfo buf, const char *token, int len)
{
	int			characters = pg_mbstrlen_with_len(token, len);

	appendStringInfoChar(buf, '\'');
	for (int i = 2; i < characters; i++)
		appendStringInfoChar(buf, '*');
	appendStringInfoChar(buf, '\'');
}

static char *
with_stars(const char *text, const List *secrets, bool standard)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner = scanner_init(text, &extra, &ScanKeywords, ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE		location;
	int			done = 0;
	StringInfoData buf;

	compat_scan_standard(&extra, standard);
	initStringInfo(&buf);
	while (core_yylex(&value, &location, scanner) != 0)
	{
		Constant	constant = constant_of(text + location);

		/* the scanner ends the token with a zero byte until the next call */
		if (constant == UNICODE_CONSTANT ||
			(constant == CONSTANT && is_among(value.str, secrets)))
		{
			int			len = strlen(extra.scanbuf + location);

			appendBinaryStringInfo(&buf, text + done, location - done);
			append_stars(&buf, text + location, len);
			done = location + len;
		}
	}
	scanner_finish(scanner);
	appendStringInfoString(&buf, text + done);
	return buf.data;
}

char *
script_shown_statement(char *text, const Node *node, bool standard)
{
	List	   *secrets = secrets_of(node);

	return secrets == NIL ? text : with_stars(text, secrets, standard);
}

char *
script_shown(const char *text, const ScriptOrigin *origin)
{
	List	   *standards;
	List	   *trees = script_cut(text, origin, &standards);
	int			done = 0;
	StringInfoData buf;
	ListCell   *lc;
	ListCell   *ls;

	initStringInfo(&buf);
	forboth(lc, trees, ls, standards)
	{
		const RawStmt *raw = lfirst_node(RawStmt, lc);
		int			end = raw->stmt_len > 0 ? raw->stmt_location + raw->stmt_len : strlen(text);

		appendStringInfoString(&buf, script_shown_statement(pnstrdup(text + done, end - done),
															raw->stmt, lfirst_int(ls)));
		done = end;
	}
	appendStringInfoString(&buf, text + done);
	return buf.data;
}
