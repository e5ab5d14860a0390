/*
 * escape.c
 *		Texts of others, written so that they are nothing but text.
 *
 * What is not to be shown is looked for in UTF-8 only: no other server encoding has characters that
 * turn a line round, and in all of them a byte below 0x80 is ASCII.
 */
#include "postgres.h"

#include "report/escape.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/json.h"

/* ------------------------------------------------------------------- characters */

typedef struct Span
{
	uint32		from;
	uint32		to;
} Span;

static const Span unseen[] = {
	{0x00, 0x08}, {0x0b, 0x1f}, {0x7f, 0x9f}, {0xad, 0xad}, {0x61c, 0x61c}, {0x180e, 0x180e},
	{0x200b, 0x200b},
	{0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2069}, {0xfeff, 0xfeff}, {0xfff9, 0xfffb},
	{0xe0000, 0xe007f}
};

/*
 * The length of the character at p, and in *code what it is; of no other encoding than UTF-8 more
 * than ASCII.
 */
static int
character_at(const char *p, uint32 *code)
{
	const unsigned char *bytes = (const unsigned char *) p;
	int			len;

	*code = *bytes < 0x80 ? *bytes : 'x';
	if (*bytes < 0x80 || GetDatabaseEncoding() != PG_UTF8)
		return 1;
	len = pg_utf_mblen(bytes);
	if (strnlen(p, len) < len)
		return 1;
	*code = utf8_to_unicode(bytes);
	return len;
}

/* May a reader not see it, or see something else for it? */
static bool
is_unseen(uint32 code, const char *p)
{
	/* the end of a line as Windows writes it */
	if (code == '\r' && p[1] == '\n')
		return false;
	for (int i = 0; i < lengthof(unseen); i++)
		if (code >= unseen[i].from && code <= unseen[i].to)
			return true;
	return false;
}

int
text_width(const char *text)
{
	int			width = 0;
	uint32		code;

	for (const char *p = text; *p != '\0'; width++)
		p += character_at(p, &code);
	return width;
}

/* ------------------------------------------------------------------------- HTML */

/* Append the character at p; returns its length. */
static int
put_html_character(StringInfo out, const char *p)
{
	uint32		code;
	int			len = character_at(p, &code);

	if (is_unseen(code, p))
		appendStringInfo(out, "[U+%04X]", code);
	else if (code == '&')
		appendStringInfoString(out, "&amp;");
	else if (code == '<')
		appendStringInfoString(out, "&lt;");
	else if (code == '>')
		appendStringInfoString(out, "&gt;");
	else if (code == '"')
		appendStringInfoString(out, "&quot;");
	else if (code == '\'')
		appendStringInfoString(out, "&#39;");
	else if (code != '\r')
		appendBinaryStringInfo(out, p, len);
	return len;
}

void
put_html(StringInfo out, const char *text)
{
	while (*text != '\0')
		text += put_html_character(out, text);
}

void
put_html_line(StringInfo out, const char *text, int width)
{
	for (int n = 0; *text != '\0' && *text != '\n'; n++)
	{
		if (n == width)
		{
			appendStringInfoString(out, "...");
			return;
		}
		text += put_html_character(out, text);
	}
}

/* --------------------------------------------------------------------- Markdown */

/*
 * What would make a link, a mention or an emphasis of what stands behind it is parted from it by an
 * empty comment.
 */
#define APART "<!-- -->"

static int
put_markdown_character(StringInfo out, const char *p)
{
	uint32		code;
	int			len = character_at(p, &code);

	if (is_unseen(code, p))
		appendStringInfo(out, "\\[U+%04X\\]", code);
	else if (code == '\n' || code == '\t')
		appendStringInfoChar(out, ' ');
	else if (code == '@')
		appendStringInfoString(out, "@" APART);
	else if (code == '#')
		appendStringInfoString(out, "\\#" APART);
	else if (code == ':' && p[1] == '/')
		appendStringInfoString(out, ":" APART);
	else if (pg_strncasecmp(p, "www.", 4) == 0)
		appendStringInfo(out, "%c" APART, *p);
	else if (code < 0x80 && strchr("\\`*_[]<>|~$&!", code) != NULL)
		appendStringInfo(out, "\\%c", (char) code);
	else if (code != '\r')
		appendBinaryStringInfo(out, p, len);
	return len;
}

void
put_markdown(StringInfo out, const char *text)
{
	while (*text != '\0')
		text += put_markdown_character(out, text);
}

/* The longest row of backticks. */
static int
longest_ticks(const char *text)
{
	int			longest = 0;
	int			n = 0;

	for (; *text != '\0'; text++)
	{
		n = *text == '`' ? n + 1 : 0;
		longest = Max(longest, n);
	}
	return longest;
}

static void
put_ticks(StringInfo out, int n)
{
	while (n-- > 0)
		appendStringInfoChar(out, '`');
}

/* Code is not read again, but for the bars of a table. */
static void
put_code(StringInfo out, const char *text, bool in_line)
{
	while (*text != '\0')
	{
		uint32		code;
		int			len = character_at(text, &code);

		if (is_unseen(code, text))
			appendStringInfo(out, "[U+%04X]", code);
		else if (in_line && (code == '\n' || code == '\t'))
			appendStringInfoChar(out, ' ');
		else if (in_line && code == '|')
			appendStringInfoString(out, "\\|");
		else if (code != '\r')
			appendBinaryStringInfo(out, text, len);
		text += len;
	}
}

void
put_markdown_code(StringInfo out, const char *text)
{
	int			ticks = longest_ticks(text);

	put_ticks(out, ticks + 1);
	if (ticks > 0)
		appendStringInfoChar(out, ' ');
	put_code(out, *text != '\0' ? text : " ", true);
	if (ticks > 0)
		appendStringInfoChar(out, ' ');
	put_ticks(out, ticks + 1);
}

void
put_markdown_sql(StringInfo out, const char *text)
{
	int			ticks = Max(longest_ticks(text) + 1, 3);

	put_ticks(out, ticks);
	appendStringInfoString(out, "sql\n");
	put_code(out, text, false);
	if (out->data[out->len - 1] != '\n')
		appendStringInfoChar(out, '\n');
	put_ticks(out, ticks);
	appendStringInfoChar(out, '\n');
}

/* ------------------------------------------------------------------------- JSON */

void
json_begin(Json *json)
{
	memset(json, 0, sizeof(Json));
	initStringInfo(&json->out);
	json->is_first = true;
}

static void
json_key(Json *json, const char *key)
{
	CHECK_FOR_INTERRUPTS();
	if (json->depth > 0)
	{
		appendStringInfoString(&json->out, json->is_first ? "\n" : ",\n");
		appendStringInfoSpaces(&json->out, 2 * json->depth);
	}
	json->is_first = false;
	if (key != NULL)
	{
		escape_json(&json->out, key);
		appendStringInfoString(&json->out, ": ");
	}
}

void
json_open(Json *json, const char *key, char bracket)
{
	json_key(json, key);
	appendStringInfoChar(&json->out, bracket);
	json->depth++;
	json->is_first = true;
}

void
json_close(Json *json, char bracket)
{
	json->depth--;
	if (!json->is_first)
	{
		appendStringInfoChar(&json->out, '\n');
		appendStringInfoSpaces(&json->out, 2 * json->depth);
	}
	appendStringInfoChar(&json->out, bracket);
	json->is_first = false;
}

void
json_text(Json *json, const char *key, const char *value)
{
	json_key(json, key);
	if (value != NULL)
		escape_json(&json->out, value);
	else
		appendStringInfoString(&json->out, "null");
}

void
json_number(Json *json, const char *key, int64 value)
{
	json_key(json, key);
	if (value < 0)
		appendStringInfoString(&json->out, "null");
	else
		appendStringInfo(&json->out, INT64_FORMAT, value);
}

void
json_bool(Json *json, const char *key, bool value)
{
	json_key(json, key);
	appendStringInfoString(&json->out, value ? "true" : "false");
}

void
json_texts(Json *json, const char *key, char **values, int n)
{
	json_open(json, key, '[');
	for (int i = 0; i < n; i++)
		json_text(json, NULL, values[i]);
	json_close(json, ']');
}
