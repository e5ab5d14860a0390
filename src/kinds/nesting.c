/*
 * nesting.c
 *		Conditions that come out of the parser as they went in.
 *
 * x BETWEEN 1 AND 2 AND y is an AND in an AND, and is printed so:
 * ((x >= 1) AND (x <= 2)) AND y.  Read again that is one AND of three, and the same
 * condition, once written by us, would differ from the model's for ever.  The
 * parser flattens only what stands first, and only if it sees an AND; it does not
 * look behind a cast to boolean, which itself leaves nothing behind.
 *
 * The server's scanner knows what is a string or a comment.  Only the words and parentheses
 * that it returns count.
 */
#include "postgres.h"

#include "kinds/object.h"

#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "parser/scanner.h"
#include "parser/scansup.h"

/* An open parenthesis, and what stands directly in it. */
typedef struct Paren
{
	bool		is_first;		/* an operand that nothing stands before */
	bool		has_and;
	bool		has_or;
} Paren;

typedef struct Nesting
{
	char	   *sql;
	core_yyscan_t scanner;
	core_yy_extra_type extra;
	List	   *casts;			/* offsets where one has to go */
	Paren	   *groups;
	int			size;
} Nesting;

/* Cheap: is there any parenthesis that AND or OR comes after? */
static bool
may_nest(const char *sql)
{
	for (const char *p = sql; (p = strchr(p, ')')) != NULL;)
	{
		p++;
		while (scanner_isspace(*p))
			p++;
		if (strncmp(p, "AND", 3) == 0 || strncmp(p, "OR", 2) == 0)
			return true;
	}
	return false;
}

/* What an operand can come right after. */
static bool
precedes_operand(const char *word)
{
	static const char *const words[] = {"(", ",", "where", "on", "having", "when", "then", "else",
	"select", "return"};

	for (int i = 0; i < lengthof(words); i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

static void
find_casts(Nesting *n)
{
	core_YYSTYPE value;
	YYLTYPE		location;
	const char *before = "";
	Paren		closed = {0};	/* the group that ended with the last token */
	int			depth = 0;

	for (;;)
	{
		int			token = core_yylex(&value, &location, n->scanner);
		char		c = n->sql[location];
		const char *word = "";
		Paren	   *group = &n->groups[depth];

		CHECK_FOR_INTERRUPTS();
		if (token == 0)
			break;
		if (c == '(' || c == ')' || c == ',')
			word = c == '(' ? "(" : c == ')' ? ")" : ",";
		else if ((c >= 'A' && c <= 'Z') && token > 255)
			word = downcase_identifier(n->sql + location,
									   strspn(n->sql + location, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
									   false, false);

		if (c == '(')
		{
			if (++depth == n->size)
				n->groups = repalloc(n->groups, sizeof(Paren) * (n->size *= 2));
			n->groups[depth] = (Paren)
			{
				.is_first = precedes_operand(before)
			};
		}
		else if (c == ')' && depth > 0)
			closed = n->groups[depth--];
		else if (strcmp(word, "and") == 0 || strcmp(word, "or") == 0)
		{
			bool		is_and = word[0] == 'a';

			if (strcmp(before, ")") == 0 && closed.is_first &&
				(is_and ? closed.has_and : closed.has_or))
				n->casts = lappend_int(n->casts, location);
			if (is_and)
				group->has_and = true;
			else
				group->has_or = true;
		}
		before = word;
	}
}

char *
nesting_kept(char *sql)
{
	Nesting		n = {.sql = sql,.size = 64};
	StringInfoData buf;
	ListCell   *lc;
	int			done = 0;

	if (!may_nest(sql))
		return sql;
	n.groups = palloc0(sizeof(Paren) * n.size);
	n.scanner = scanner_init(sql, &n.extra, &ScanKeywords, ScanKeywordTokens);
	compat_scan_standard(&n.extra, true);
	find_casts(&n);
	scanner_finish(n.scanner);
	if (n.casts == NIL)
		return sql;

	initStringInfo(&buf);
	foreach(lc, n.casts)
	{
		int			end = lfirst_int(lc);

		while (scanner_isspace(sql[end - 1]))
			end--;
		appendBinaryStringInfo(&buf, sql + done, end - done);
		appendStringInfoString(&buf, "::boolean");
		done = end;
	}
	appendStringInfoString(&buf, sql + done);
	return buf.data;
}
