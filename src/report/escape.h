/*
 * escape.h
 *		Texts of others, written so that they are nothing but text in Markdown, HTML and JSON.
 *
 * Messages and SQL of revisions, names of tables and errors are anybody's.  What a reader cannot
 * see (control characters, and those that turn the direction of a line round) is written as
 * [U+202E].
 */
#ifndef MIGRATE_ESCAPE_H
#define MIGRATE_ESCAPE_H

#include "postgres.h"

#include "lib/stringinfo.h"

/* Append a text as HTML, for an element, an attribute or an SVG; line feeds and tabs stay. */
extern void put_html(StringInfo out, const char *text);

/*
 * The same for the first line of a text, of which `width` characters at most are shown, and then
 * "...".
 */
extern void put_html_line(StringInfo out, const char *text, int width);

/*
 * Append a text as Markdown that stands in a line, in a table, too.  Nobody is mentioned, and
 * nothing is linked.
 */
extern void put_markdown(StringInfo out, const char *text);

/* Append a text as code in a line, in a table, too; and as a block of SQL. */
extern void put_markdown_code(StringInfo out, const char *text);
extern void put_markdown_sql(StringInfo out, const char *text);

/* How many characters a text has. */
extern int	text_width(const char *text);

/* A text of JSON that is being written, indented. */
typedef struct Json
{
	StringInfoData out;
	int			depth;
	bool		is_first;		/* nothing stands before in the object or
								 * array */
} Json;

extern void json_begin(Json *json);

/* Begin and end an object or array; key NULL: an element of an array, or the whole. */
extern void json_open(Json *json, const char *key, char bracket);
extern void json_close(Json *json, char bracket);

/* A value; a text that is NULL is null, and so is a number below 0. */
extern void json_text(Json *json, const char *key, const char *value);
extern void json_number(Json *json, const char *key, int64 value);
extern void json_bool(Json *json, const char *key, bool value);
extern void json_texts(Json *json, const char *key, char **values, int n);

#endif							/* MIGRATE_ESCAPE_H */
