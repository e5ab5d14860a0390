/*
 * difference.c
 *		Compares two versions of a revision: do they do the same, and if not, where do
 *		they begin to differ?
 *
 * The server's scanner reads both texts, so comments, white space and the case of words
 * outside literals and quoted names make no difference.
 */
#include "postgres.h"

#include "compat.h"
#include "graph/graph.h"
#include "script/script.h"

#include "common/keywords.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "parser/scanner.h"

/* The number of bytes of a line that a message shows. */
#define SHOWN 120

typedef struct Tokens
{
	char	   *text;			/* without the CR of CR LF */
	core_yyscan_t scanner;
	core_yy_extra_type extra;
	const char *token;			/* NULL at the end */
	int			location;
	int			start;			/* of the current statement */
	bool		standard;		/* standard_conforming_strings here */
	bool		may_change;		/* the text may change that setting */
} Tokens;

static char *
without_cr(const char *text)
{
	char	   *result = pstrdup(text);
	char	   *to = result;

	for (const char *p = text; *p != '\0'; p++)
		if (!(p[0] == '\r' && p[1] == '\n'))
			*to++ = *p;
	*to = '\0';
	return result;
}

static void
begin(Tokens *tokens, const char *text)
{
	tokens->text = without_cr(text);
	tokens->scanner = scanner_init(tokens->text, &tokens->extra, &ScanKeywords, ScanKeywordTokens);
	tokens->start = 0;
	tokens->standard = true;
	tokens->may_change = script_may_set_strings(text);
	compat_scan_standard(&tokens->extra, true);
}

/* After a statement: scan on with the setting's new value, which says what a backslash means. */
static void
end_statement(Tokens *tokens)
{
	char	   *statement = pnstrdup(tokens->text + tokens->start,
									 tokens->location - tokens->start);

	tokens->standard = script_standard_after(statement, tokens->standard);
	compat_scan_standard(&tokens->extra, tokens->standard);
	tokens->start = tokens->location + 1;
	pfree(statement);
}

static void
next(Tokens *tokens)
{
	core_YYSTYPE value;
	YYLTYPE		location;

	CHECK_FOR_INTERRUPTS();
	if (core_yylex(&value, &location, tokens->scanner) == 0)
	{
		tokens->token = NULL;
		tokens->location = strlen(tokens->text);
		return;
	}
	/* the scanner terminates the token with a zero byte until the next call */
	tokens->token = tokens->extra.scanbuf + location;
	tokens->location = location;
	if (tokens->may_change && strcmp(tokens->token, ";") == 0)
		end_statement(tokens);
}

static bool
is_word(const char *token)
{
	return (isalpha((unsigned char) *token) || *token == '_') && strchr(token, '\'') == NULL &&
		strchr(token, '"') == NULL;
}

static bool
same_token(const char *a, const char *b)
{
	return is_word(a) && is_word(b) ? pg_strcasecmp(a, b) == 0 : strcmp(a, b) == 0;
}

/* Are only semicolons left?  They do nothing. */
static bool
at_end(Tokens *tokens)
{
	while (tokens->token != NULL && strcmp(tokens->token, ";") == 0)
		next(tokens);
	return tokens->token == NULL;
}

/*
 * Returns how many bytes of the two texts, from the current tokens on, are equal.  A literal may
 * have many lines, so its first byte may be on another line than the difference.
 */
static int
first_byte(const Tokens *a, const Tokens *b)
{
	const char *p = a->text + a->location;
	const char *q = b->text + b->location;
	int			n = 0;

	if (a->token == NULL || b->token == NULL)
		return 0;
	while (p[n] != '\0' && p[n] == q[n])
		n++;
	return n;
}

static void
show_line(const char *text, int position, int *line, char **shown)
{
	const char *start = text;
	const char *end;

	*line = 1;
	for (const char *p = text; p < text + position; p++)
		if (*p == '\n')
		{
			(*line)++;
			start = p + 1;
		}
	while (*start == ' ' || *start == '\t')
		start++;
	end = strchr(start, '\n');
	if (end == NULL)
		end = start + strlen(start);
	*shown = text_shown(start, pg_mbcliplen(start, end - start, SHOWN));
}

bool
script_difference(const char *old, const char *new, TextDifference *difference)
{
	Tokens		a;
	Tokens		b;
	bool		same = true;

	/*
	 * One of the texts may begin with the SET of script_keep_strings() only
	 * because its session has another setting.
	 */
	if (strcmp(old, new) == 0 ||
		strcmp(without_cr(script_without_strings(old)),
			   without_cr(script_without_strings(new))) == 0)
		return false;
	begin(&a, old);
	begin(&b, new);
	for (;;)
	{
		next(&a);
		next(&b);
		if (a.token == NULL || b.token == NULL)
		{
			same = at_end(&a) && at_end(&b);
			break;
		}
		if (!same_token(a.token, b.token))
		{
			same = false;
			break;
		}
	}
	if (!same)
	{
		int			n = first_byte(&a, &b);

		show_line(a.text, a.location + n, &difference->old_line, &difference->old_text);
		show_line(b.text, b.location + n, &difference->new_line, &difference->new_text);
	}
	scanner_finish(a.scanner);
	scanner_finish(b.scanner);
	return !same;
}

static char *
list_of(char **items, int n)
{
	StringInfoData out;

	initStringInfo(&out);
	for (int i = 0; i < n; i++)
		appendStringInfo(&out, "%s%s", i > 0 ? ", " : "", items[i]);
	return out.data;
}

/* Returns the difference of a field of the header, or of a marker's options, in words, or NULL. */
static char *
of_header(const char *field, const char *old, const char *new)
{
	if (strcmp(old, new) == 0)
		return NULL;
	return psprintf("%s: it was \"%s\", and is now \"%s\"", field, old, new);
}

static char *
of_section(const char *section, const char *old, const char *new, int first_line)
{
	TextDifference d;

	if (old == NULL && new == NULL)
		return NULL;
	if (old == NULL || new == NULL)
		return psprintf("%s: there was %s, and there is now %s", section, old ? "one" : "none",
						new ? "one" : "none");
	if (!script_difference(old, new, &d))
		return NULL;
	return psprintf("%s, line %d: it was \"%s\", and is now \"%s\"", section,
					d.new_line + first_line - 1, d.old_text, d.new_text);
}

/* What a revision runs in one direction, and how. */
static char *
of_half(const RevisionFile *old, const RevisionFile *new, Direction direction)
{
	const ScriptHalf *a = &old->script.half[direction];
	const ScriptHalf *b = &new->script.half[direction];
	const char *name = direction_name(direction);
	char	   *found = of_section(name, a->sql, b->sql, b->line);

	if (found != NULL)
		return found;
	return of_header(name, a->marked ? "transaction:false" : "",
					 b->marked ? "transaction:false" : "");
}

char *
revision_difference(const RevisionFile *old, const RevisionFile *new, bool *is_structure)
{
	const RevisionLinks *a = &old->rev.links;
	const RevisionLinks *b = &new->rev.links;
	char	   *found;

	*is_structure = true;
	if ((found = of_header("Revises", list_of(a->parents, a->nparents),
						   list_of(b->parents, b->nparents))) != NULL ||
		(found = of_header("Depends On", list_of(a->depends_on, a->ndepends_on),
						   list_of(b->depends_on, b->ndepends_on))) != NULL)
		return found;
	*is_structure = false;
	if ((found = of_header("Branch Labels", list_of(a->labels, a->nlabels),
						   list_of(b->labels, b->nlabels))) != NULL ||
		(found = of_half(old, new, DIRECTION_UP)) != NULL ||
		(found = of_section("require section", old->script.require, new->script.require,
							new->script.require_line)) != NULL ||
		(found = of_section("verify section", old->script.verify, new->script.verify,
							new->script.verify_line)) != NULL)
		return found;
	return of_half(old, new, DIRECTION_DOWN);
}
