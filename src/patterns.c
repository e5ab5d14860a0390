/*
 * patterns.c
 *		Lists of names with wildcards.
 */
#include "postgres.h"

#include "patterns.h"

#include "catalog/pg_collation.h"
#include "lib/stringinfo.h"
#include "parser/scansup.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"

/* Both texts are patterns for LIKE. */
typedef struct Pattern
{
	const char *schema;			/* NULL: any */
	const char *name;
} Pattern;

#define ANY "%"

static const char *
skip_space(const char *s)
{
	while (scanner_isspace(*s))
		s++;
	return s;
}

static void
append_literally(StringInfo buf, char c)
{
	if (c == '%' || c == '_' || c == '\\')
		appendStringInfoChar(buf, '\\');
	appendStringInfoChar(buf, c);
}

/* Read a name in double quotes.  Returns the text behind it, or NULL without a closing quote. */
static const char *
parse_quoted(const char *s, StringInfo buf)
{
	for (s++; *s != '\0'; s++)
	{
		if (*s == '"' && *++s != '"')
			return s;
		append_literally(buf, *s);
	}
	return NULL;
}

static const char *
parse_unquoted(const char *s, StringInfo buf)
{
	const char *end = s;
	char	   *folded;

	while (*end != '\0' && *end != ',' && *end != '.' && *end != '"' && !scanner_isspace(*end))
		end++;
	folded = downcase_identifier(s, end - s, false, false);
	for (; *folded != '\0'; folded++)
	{
		if (*folded != '*' && *folded != '%')
			append_literally(buf, *folded);
		else if (buf->len == 0 || !(buf->data[buf->len - 1] == '%' &&
									(buf->len == 1 || buf->data[buf->len - 2] != '\\')))
			appendStringInfoString(buf, ANY);
	}
	return end;
}

/* Read one name as a pattern.  Returns the text behind it, or NULL if there is no name. */
static const char *
parse_name(const char *s, const char **name)
{
	StringInfoData buf;

	initStringInfo(&buf);
	s = skip_space(s);
	s = *s == '"' ? parse_quoted(s, &buf) : parse_unquoted(s, &buf);
	*name = buf.data;
	return s == NULL || buf.len == 0 ? NULL : skip_space(s);
}

bool
patterns_parse(const char *text, List **patterns)
{
	*patterns = NIL;
	text = skip_space(text);
	if (*text == '\0')
		return true;
	for (;;)
	{
		Pattern    *pattern = palloc0(sizeof(Pattern));

		text = parse_name(text, &pattern->name);
		if (text != NULL && *text == '.')
		{
			pattern->schema = pattern->name;
			text = parse_name(text + 1, &pattern->name);
		}
		if (text == NULL || (*text != ',' && *text != '\0'))
			return false;
		*patterns = lappend(*patterns, pattern);
		if (*text++ == '\0')
			return true;
	}
}

static bool
is_like(const char *name, const char *pattern)
{
	return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID,
												CStringGetTextDatum(name),
												CStringGetTextDatum(pattern)));
}

bool
patterns_match(const List *patterns, const char *schema, const char *name)
{
	ListCell   *lc;

	foreach(lc, patterns)
	{
		const Pattern *pattern = lfirst(lc);

		if ((pattern->schema == NULL || is_like(schema, pattern->schema)) &&
			is_like(name, pattern->name))
			return true;
	}
	return false;
}

bool
patterns_match_schema(const List *patterns, const char *schema)
{
	ListCell   *lc;

	foreach(lc, patterns)
	{
		const Pattern *pattern = lfirst(lc);

		if (strcmp(pattern->name, ANY) == 0 &&
			(pattern->schema == NULL || is_like(schema, pattern->schema)))
			return true;
	}
	return false;
}
