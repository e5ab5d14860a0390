/*
 * file.c
 *		Reads and prints revision files: header, what is required, upgrade, what is verified,
 *		downgrade.
 *
 * A revision is stored as fields, not as the bytes of its file, and
 * revision_file_print() writes its one canonical file.  The checksum is that of the
 * canonical file, so comments added below the fields of the header, or blank lines around a
 * section, do not change the checksum.
 *
 * The SQL of a section is kept byte for byte from its first to its last line that is
 * not blank.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "script/header_values.h"
#include "script/script.h"

#include "catalog/pg_type.h"
#include "lib/stringinfo.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/memutils.h"

/* A file being read, line by line. */
typedef struct Reader
{
	const char *file_name;
	const char *text;			/* start of the file */
	const char *line;			/* start of the current line */
	const char *line_end;		/* its end, without the line break and a CR */
	const char *next;			/* start of the next line, NULL after the last */
	int			line_number;
} Reader;

static char *
where(const Reader *reader)
{
	ScriptOrigin origin = {.file_name = reader->file_name};

	return script_where(&origin, reader->line_number);
}

static void
read_line(Reader *reader, const char *start, int number)
{
	const char *end = strchr(start, '\n');

	reader->line = start;
	reader->line_number = number;
	reader->next = end ? end + 1 : NULL;
	reader->line_end = end ? end : start + strlen(start);
	if (reader->line_end > start && reader->line_end[-1] == '\r')
		reader->line_end--;
}

static bool
next_line(Reader *reader)
{
	if (reader->next == NULL)
		return false;
	read_line(reader, reader->next, reader->line_number + 1);
	return true;
}

static bool
is_blank_char(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f' || c == '\v';
}

static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t' || *p == '\f' || *p == '\v'))
		p++;
	return p;
}

/* Returns the text behind this word (any case) if the text at p begins with the word, else NULL. */
static const char *
match_word(const char *p, const char *end, const char *word)
{
	size_t		len = strlen(word);

	if (end - p < len || pg_strncasecmp(p, word, len) != 0)
		return NULL;
	return p + len;
}

typedef enum Marker
{
	MARKER_NONE,
	MARKER_REQUIRE,
	MARKER_UP,
	MARKER_VERIFY,
	MARKER_DOWN,
	MARKER_UNKNOWN
} Marker;

static const char *const marker_words[] = {
	[MARKER_REQUIRE] =
	"require",[MARKER_UP] = "up",[MARKER_VERIFY] = "verify",[MARKER_DOWN] = "down"
};

/*
 * Is the line a marker, "-- migrate:up" or another one, with its options?  "-- migrate:allow" is
 * none, but a comment that migrate.review() reads.  Any other word
 * after the colon is MARKER_UNKNOWN, which the caller refuses: read as a comment, a misspelt
 * "down" would make the downgrade part of the upgrade.  A blank after the colon makes the
 * line a comment.
 */
static Marker
line_marker(const char *p, const char *end, bool *marked)
{
	Marker		marker = MARKER_REQUIRE;
	const char *word;

	*marked = false;
	if (end - p < 2 || p[0] != '-' || p[1] != '-')
		return MARKER_NONE;
	p = match_word(skip_blanks(p + 2, end), end, "migrate:");
	if (p == NULL || p == end || is_blank_char(*p))
		return MARKER_NONE;
	if ((word = match_word(p, end, "allow")) != NULL && word < end && is_blank_char(*word))
		return MARKER_NONE;
	while ((word = match_word(p, end, marker_words[marker])) == NULL)
		if (++marker == MARKER_UNKNOWN)
			return MARKER_UNKNOWN;
	if (word < end && !is_blank_char(*word))
		return MARKER_UNKNOWN;

	p = skip_blanks(word, end);
	if (p == end)
		return marker;
	if (marker != MARKER_UP && marker != MARKER_DOWN)
		return MARKER_UNKNOWN;
	if ((word = match_word(p, end, "transaction:false")) != NULL)
		*marked = true;
	else if ((word = match_word(p, end, "transaction:true")) == NULL)
		return MARKER_UNKNOWN;
	return skip_blanks(word, end) == end ? marker : MARKER_UNKNOWN;
}

/* Remove repeated items. */
static void
drop_repetitions(char **items, int *nitems)
{
	int			n = 0;

	for (int i = 0; i < *nitems; i++)
	{
		bool		again = false;

		for (int j = 0; j < n && !again; j++)
			again = strcmp(items[j], items[i]) == 0;
		if (!again)
			items[n++] = items[i];
	}
	*nitems = n;
}

/* Split a list such as "a, b" into its items, without repetitions and empty items. */
static void
split_values(const char *p, const char *end, char ***items, int *nitems)
{
	int			max = 1;

	for (const char *q = p; q < end; q++)
		max += *q == ',';
	*items = palloc(sizeof(char *) * max);
	*nitems = 0;
	while (p < end)
	{
		const char *comma = memchr(p, ',', end - p);
		const char *stop = comma ? comma : end;

		p = skip_blanks(p, stop);
		while (stop > p && is_blank_char(stop[-1]))
			stop--;
		if (stop > p)
			(*items)[(*nitems)++] = pnstrdup(p, stop - p);
		p = comma ? comma + 1 : end;
	}
	drop_repetitions(*items, nitems);
}

/* The fields of a header.  A header has each at most once. */
static const char *const field_names[] = {
	"Revision ID:", "Revises:", "Create Date:", "Branch Labels:", "Depends On:", "Contract:"
};

#define NFIELDS 6

/* Returns which field the text begins with, or -1; *value is the text behind its name. */
static int
header_field(const char *p, const char *end, const char **value)
{
	for (int i = 0; i < NFIELDS; i++)
		if ((*value = match_word(p, end, field_names[i])) != NULL)
			return i;
	return -1;
}

static void
set_field(RevisionFile *file, const Reader *reader, int field, const char *value, const char *end)
{
	RevisionLinks *links = &file->rev.links;
	char	   *text;

	value = skip_blanks(value, end);
	while (end > value && is_blank_char(end[-1]))
		end--;
	text = pnstrdup(value, end - value);
	switch (field)
	{
		case 0:
			if (text[0] == '\0')
				ereport(ERROR,
						(errcode(ERRCODE_MG_BAD_SCRIPT),
						 errmsg("revision identifier is empty, %s", where(reader)),
						 errhint("Write it as in \"-- Revision ID: 8f3a1c2b4d5e\".")));
			links->id = text;
			break;
		case 1:
			split_values(value, end, &links->parents, &links->nparents);
			break;
		case 2:
			if (text[0] != '\0')
			{
				file->rev.has_created = true;
				file->rev.created_at = header_date(text, where(reader));
			}
			break;
		case 3:
			split_values(value, end, &links->labels, &links->nlabels);
			break;
		case 4:
			split_values(value, end, &links->depends_on, &links->ndepends_on);
			break;
		case 5:
			file->rev.contract = header_contract(text, where(reader));
			break;
	}
}

/* Returns a palloc'd copy of a text without the white space at its ends. */
static char *
trimmed(const char *start, const char *end)
{
	while (start < end && is_blank_char(*start))
		start++;
	while (end > start && is_blank_char(end[-1]))
		end--;
	return pnstrdup(start, end - start);
}

/* "-- migrate:allow RULE: reason"; NULL if the line is something else. */
static Allowed *
line_allowed(const char *p, const char *end)
{
	const char *name;
	const char *colon;
	Allowed    *allowed;

	if (end - p < 2 || p[0] != '-' || p[1] != '-')
		return NULL;
	name = match_word(skip_blanks(p + 2, end), end, "migrate:allow");
	if (name == NULL || name == end || !is_blank_char(*name))
		return NULL;
	name = skip_blanks(name, end);
	colon = memchr(name, ':', end - name);
	allowed = palloc(sizeof(Allowed));
	allowed->rule = trimmed(name, colon != NULL ? colon : end);
	allowed->reason = colon != NULL ? trimmed(colon + 1, end) : "";
	return allowed;
}

List *
script_allowed(const char *text)
{
	List	   *result = NIL;

	while (*text != '\0')
	{
		const char *end = strchrnul(text, '\n');
		Allowed    *allowed = line_allowed(skip_blanks(text, end), end);

		if (allowed != NULL)
			result = lappend(result, allowed);
		text = *end != '\0' ? end + 1 : end;
	}
	return result;
}

char *
script_allowed_words(const char *text)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, script_allowed(text))
	{
		const Allowed *allowed = lfirst(lc);

		appendStringInfo(&buf, "%s%s: %s", buf.len > 0 ? "\n" : "", allowed->rule, allowed->reason);
	}
	return buf.len > 0 ? buf.data : NULL;
}

/*
 * Returns a message, from an argument or from a header, in the form in which a header can
 * hold it: printed and read again, it is the same.  Raises MG019 for a line that a header
 * would read as a field or marker.
 */
static char *
normalise_message(const char *message)
{
	StringInfoData out;
	const char *line = trimmed(message, message + strlen(message));

	initStringInfo(&out);
	while (line != NULL)
	{
		const char *end = strchr(line, '\n');
		const char *stop = end ? end : line + strlen(line);
		const char *value;

		/* drop the CR of a line break, and blanks at the end of a line */
		while (stop > line && is_blank_char(stop[-1]))
			stop--;
		if (header_field(line, stop, &value) >= 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_SCRIPT),
					 errmsg("a line of the message begins as a field of a revision file: \"%s\"",
							pnstrdup(line, stop - line)),
					 errhint("Put another word before it.")));
		value = match_word(skip_blanks(line, stop), stop, "migrate:");
		if (value != NULL && value < stop && !is_blank_char(*value))	/* as in line_marker() */
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_SCRIPT),
					 errmsg("a line of the message reads as a marker of a revision file: \"%s\"",
							pnstrdup(line, stop - line)),
					 errhint("Put another word before it.")));
		appendBinaryStringInfo(&out, line, stop - line);
		appendStringInfoChar(&out, '\n');
		line = end ? end + 1 : NULL;
	}
	return trimmed(out.data, out.data + out.len);
}

/*
 * Read the header: the comment lines up to the first marker.  Those above the first
 * field are the message.  Returns the marker, or MARKER_NONE at the end of the file.
 */
static Marker
read_header(Reader *reader, RevisionFile *file, bool *marked)
{
	StringInfoData message;
	bool		seen[NFIELDS] = {false};
	bool		in_message = true;

	initStringInfo(&message);
	do
	{
		const char *p = skip_blanks(reader->line, reader->line_end);
		const char *value;
		Marker		marker = line_marker(reader->line, reader->line_end, marked);
		int			field;

		CHECK_FOR_INTERRUPTS();
		if (marker != MARKER_NONE)
		{
			file->rev.links.message = normalise_message(message.data);
			return marker;
		}
		if (p == reader->line_end)
		{
			if (in_message && message.len > 0)
				appendStringInfoChar(&message, '\n');
			continue;
		}
		if (reader->line_end - p < 2 || p[0] != '-' || p[1] != '-')
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_SCRIPT),
					 errmsg("SQL before \"-- migrate:up\", %s", where(reader)),
					 errhint("Put the line \"-- migrate:up\" above the SQL of the upgrade.")));
		p += 2;
		if (p < reader->line_end && *p == ' ')
			p++;
		field = header_field(p, reader->line_end, &value);
		if (field >= 0)
		{
			if (seen[field])
				ereport(ERROR,
						(errcode(ERRCODE_MG_BAD_SCRIPT),
						 errmsg("\"%s\" stands twice in the header, %s", field_names[field],
								where(reader)),
						 errhint("Keep one of the two; several values are separated by commas.")));
			seen[field] = true;
			in_message = false;
			set_field(file, reader, field, value, reader->line_end);
		}
		else if (in_message)
		{
			appendBinaryStringInfo(&message, p, reader->line_end - p);
			appendStringInfoChar(&message, '\n');
		}
	} while (next_line(reader));
	return MARKER_NONE;
}

/*
 * Read a section: the lines up to the next marker.  Returns that marker, or MARKER_NONE at
 * the end of the file.  *sql is the section without blank lines at its ends, and
 * *first_line the number of its first line.
 */
static Marker
read_section(Reader *reader, char **sql, int *first_line, bool *marked)
{
	Marker		marker = MARKER_NONE;
	const char *start = NULL;
	const char *end;

	*first_line = reader->line_number + 1;
	end = reader->line_end;
	while (next_line(reader))
	{
		marker = line_marker(reader->line, reader->line_end, marked);
		if (marker != MARKER_NONE)
			break;
		if (start == NULL && skip_blanks(reader->line, reader->line_end) < reader->line_end)
		{
			start = reader->line;
			*first_line = reader->line_number;
		}
		end = reader->line_end;
	}
	if (start == NULL)
		start = end;
	while (end > start && is_blank_char(end[-1]))
		end--;
	*sql = pnstrdup(start, end - start);
	return marker;
}

void
script_sha256(const char *text, char *digest)
{
	int			len = strlen(text);
	bytea	   *in = palloc(VARHDRSZ + len);
	bytea	   *out;

	SET_VARSIZE(in, VARHDRSZ + len);
	memcpy(VARDATA(in), text, len);
	out = DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(in)));
	memcpy(digest, VARDATA_ANY(out), 32);
	pfree(in);
}

char *
script_hex(const char *digest)
{
	char	   *hex = palloc(65);

	for (int i = 0; i < 32; i++)
		snprintf(hex + 2 * i, 3, "%02x", (unsigned char) digest[i]);
	return hex;
}

char *
script_digest(const char *text)
{
	char		digest[32];

	script_sha256(text, digest);
	return script_hex(digest);
}

void
revision_file_renew(RevisionFile *file)
{
	char	   *text = revision_file_print(file);

	script_sha256(text, file->script.checksum);
	pfree(text);
}

static void
check_names(const RevisionFile *file)
{
	const RevisionLinks *links = &file->rev.links;

	graph_check_name(links->id, false);
	for (int i = 0; i < links->nlabels; i++)
		graph_check_name(links->labels[i], true);
}

/*
 * Keep line numbers right if script_keep_strings() puts a line before the section: the file
 * has no such line.
 */
static void
keep_strings(char **sql, int *first_line)
{
	char	   *kept = script_keep_strings(*sql);

	if (kept != *sql)
		(*first_line)--;
	*sql = kept;
}

/* A section of questions without a word in it is none. */
static char *
text_or_none(char *text)
{
	return text == NULL || text[0] == '\0' ? NULL : text;
}

static Marker
read_half(Reader *reader, ScriptHalf *half, bool *marked)
{
	half->marked = *marked;
	return read_section(reader, &half->sql, &half->line, marked);
}

/* The section that a marker begins.  Returns the marker that ends it, with its options. */
static Marker
read_marked(Reader *reader, Marker marker, RevisionFile *file, bool *marked)
{
	StoredScript *script = &file->script;

	switch (marker)
	{
		case MARKER_UP:
			return read_half(reader, &script->half[DIRECTION_UP], marked);
		case MARKER_DOWN:
			return read_half(reader, &script->half[DIRECTION_DOWN], marked);
		case MARKER_REQUIRE:
			return read_section(reader, &script->require, &script->require_line, marked);
		default:
			return read_section(reader, &script->verify, &script->verify_line, marked);
	}
}

/*
 * All sections, each at most once, the downgrade after the upgrade.  Returns the marker at which it
 * ended.
 */
static Marker
read_sections(Reader *reader, Marker marker, RevisionFile *file, bool *marked)
{
	bool		seen[MARKER_UNKNOWN] = {false};

	while (marker != MARKER_NONE && marker != MARKER_UNKNOWN &&
		   (marker != MARKER_DOWN || seen[MARKER_UP]))
	{
		if (seen[marker])
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_SCRIPT),
					 errmsg("a second \"-- migrate:%s\", %s", marker_words[marker], where(reader)),
					 errhint("A file has one upgrade, and of every other section at most one.")));
		seen[marker] = true;
		marker = read_marked(reader, marker, file, marked);
	}
	if (marker != MARKER_UNKNOWN && !seen[MARKER_UP])
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("there is no \"-- migrate:up\" before %s", where(reader)),
				 errdetail("A revision file has a header, the line \"-- migrate:up\" with the SQL of the upgrade, and mostly \"-- migrate:down\" with that of the downgrade."),
				 errhint("See docs/files.md, or print one with migrate.script().")));
	return marker;
}

RevisionFile *
revision_file_parse(const char *text, const char *file_name)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	Reader		reader = {.file_name = file_name,.text = text};
	Marker		marker;
	bool		marked;

	if (strncmp(text, "\xEF\xBB\xBF", 3) == 0 && GetDatabaseEncoding() == PG_UTF8)
		text += 3;				/* a byte order mark */

	file->rev.links.file_name = file_name;
	read_line(&reader, text, 1);
	marker = read_header(&reader, file, &marked);
	file->script.half[DIRECTION_DOWN].line =
		file->script.require_line = file->script.verify_line = 1;
	marker = read_sections(&reader, marker, file, &marked);
	if (marker == MARKER_UNKNOWN)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("unknown marker \"%s\", %s",
						pnstrdup(reader.line, reader.line_end - reader.line), where(&reader)),
				 errhint("Markers are \"-- migrate:up\" and \"-- migrate:down\", each with \"transaction:false\" after it if wanted, \"-- migrate:require\" and \"-- migrate:verify\".")));
	if (file->rev.links.id == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("the file%s%s%s has no revision identifier",
						file_name ? " \"" : "", file_name ? file_name : "", file_name ? "\"" : ""),
				 errhint("Add a line such as \"-- Revision ID: 8f3a1c2b4d5e\" to its header.")));
	check_names(file);
	for (Direction d = 0; d < NDIRECTIONS; d++)
		keep_strings(&file->script.half[d].sql, &file->script.half[d].line);
	file->script.require = text_or_none(file->script.require);
	file->script.verify = text_or_none(file->script.verify);
	keep_strings(&file->script.require, &file->script.require_line);
	keep_strings(&file->script.verify, &file->script.verify_line);
	file->script.id = file->rev.links.id;
	revision_file_renew(file);
	return file;
}

static void
print_list(StringInfo out, const char *name, char **items, int nitems)
{
	appendStringInfo(out, "-- %s:", name);
	for (int i = 0; i < nitems; i++)
		appendStringInfo(out, "%s%s", i == 0 ? " " : ", ", items[i]);
	appendStringInfoChar(out, '\n');
}

static void
print_section(StringInfo out, const char *name, bool marked, const char *sql)
{
	appendStringInfo(out, "\n-- migrate:%s%s\n", name, marked ? " transaction:false" : "");
	if (sql[0] != '\0')
		appendStringInfo(out, "%s\n", sql);
}

/* The section of a direction, unless there is none. */
static void
print_half(StringInfo out, const StoredScript *script, Direction direction)
{
	const ScriptHalf *half = &script->half[direction];

	if (half->sql != NULL)
		print_section(out, direction_mark(direction), half->marked, half->sql);
}

char *
revision_file_print(const RevisionFile *file)
{
	const RevisionLinks *links = &file->rev.links;
	const StoredScript *script = &file->script;
	StringInfoData out;

	initStringInfo(&out);
	if (links->message != NULL && links->message[0] != '\0')
	{
		const char *line = links->message;

		while (line != NULL)
		{
			const char *end = strchr(line, '\n');
			int			len = end ? end - line : strlen(line);

			if (len > 0)
				appendStringInfo(&out, "-- %.*s\n", len, line);
			else
				appendStringInfoString(&out, "--\n");
			line = end ? end + 1 : NULL;
		}
		appendStringInfoString(&out, "--\n");
	}
	appendStringInfo(&out, "-- Revision ID: %s\n", links->id);
	print_list(&out, "Revises", links->parents, links->nparents);
	if (file->rev.has_created)
		appendStringInfo(&out, "-- Create Date: %s\n", revision_file_date(file->rev.created_at));
	if (links->nlabels > 0)
		print_list(&out, "Branch Labels", links->labels, links->nlabels);
	if (links->ndepends_on > 0)
		print_list(&out, "Depends On", links->depends_on, links->ndepends_on);
	if (file->rev.contract != NULL)
		appendStringInfo(&out, "-- Contract: %s\n", file->rev.contract);
	if (script->require != NULL)
		print_section(&out, "require", false, script->require);
	print_half(&out, script, DIRECTION_UP);
	if (script->verify != NULL)
		print_section(&out, "verify", false, script->verify);
	print_half(&out, script, DIRECTION_DOWN);
	return out.data;
}

static char *
normalise_sql(const char *sql, const char *direction)
{
	Reader		reader = {.text = sql};
	const char *start = sql;
	const char *end = sql + strlen(sql);
	bool		marked;

	read_line(&reader, sql, 1);
	do
	{
		if (line_marker(reader.line, reader.line_end, &marked) != MARKER_NONE)
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_SCRIPT),
					 errmsg("the %s has a line that reads as a marker of a revision file: \"%s\", line %d",
							direction, pnstrdup(reader.line, reader.line_end - reader.line),
							reader.line_number),
					 errhint("Use migrate.load() for a whole revision file.")));
		/* drop blank lines at the top, as read_section() does */
		if (start == reader.line && skip_blanks(reader.line, reader.line_end) == reader.line_end &&
			reader.next != NULL)
			start = reader.next;
	} while (next_line(&reader));
	while (end > start && is_blank_char(end[-1]))
		end--;
	return pnstrdup(start, Max(end - start, 0));
}

static const char *
normalise_contract(const char *contract)
{
	if (contract == NULL)
		return NULL;
	if (strchr(contract, '\n') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_SCRIPT),
				 errmsg("the contract has more than one line"),
				 errhint("It is one interval, such as 7 days.")));
	return header_contract(trimmed(contract, contract + strlen(contract)), "argument \"contract\"");
}

void
revision_file_normalise(RevisionFile *file)
{
	check_names(file);
	drop_repetitions(file->rev.links.labels, &file->rev.links.nlabels);
	drop_repetitions(file->rev.links.depends_on, &file->rev.links.ndepends_on);
	file->rev.links.message = normalise_message(file->rev.links.message);
	file->rev.contract = normalise_contract(file->rev.contract);
	file->script.id = file->rev.links.id;
	for (Direction d = 0; d < NDIRECTIONS; d++)
	{
		ScriptHalf *half = &file->script.half[d];

		half->line = 1;
		if (half->sql != NULL)
			half->sql = normalise_sql(half->sql, direction_name(d));
	}
	if (file->script.require != NULL)
		file->script.require = text_or_none(normalise_sql(file->script.require, "require section"));
	if (file->script.verify != NULL)
		file->script.verify = text_or_none(normalise_sql(file->script.verify, "verify section"));
	file->script.require_line = file->script.verify_line = 1;
	revision_file_renew(file);
}
