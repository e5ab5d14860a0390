/*
 * sarif.c
 *		What review() finds as SARIF 2.1.0, which GitHub's code scanning and editors read.
 *
 * GitHub shows only results that have a file and a line: a finding about a revision as a whole gets
 * the first line of its upgrade, and a revision of which no file is known a name that such a file
 * would have.
 */
#include "postgres.h"

#include "report/escape.h"
#include "report/facts.h"

#include "mb/pg_wchar.h"

/* The rules that are broken, each once, in the order of the findings. */
static List *
broken_rules(const Report *report)
{
	List	   *rows = NIL;
	ListCell   *lc;
	ListCell   *known;

	foreach(lc, report->findings)
	{
		const ReviewRow *row = lfirst(lc);
		bool		is_known = false;

		foreach(known, rows)
		{
			if (strcmp(((ReviewRow *) lfirst(known))->rule, row->rule) == 0)
				is_known = true;
		}
		if (!is_known)
			rows = lappend(rows, lfirst(lc));
	}
	return rows;
}

static void
put_message(Json *json, const char *key, const char *text)
{
	json_open(json, key, '{');
	json_text(json, "text", text);
	json_close(json, '}');
}

/* A rule as people say it: "drop column". */
static const char *
rule_words(const char *rule)
{
	char	   *words = pstrdup(rule);

	for (char *p = words; *p != '\0'; p++)
		if (*p == '_')
			*p = ' ';
	return words;
}

static void
put_rules(Json *json, const List *rules)
{
	ListCell   *lc;

	json_open(json, "rules", '[');
	foreach(lc, rules)
	{
		const ReviewRow *row = lfirst(lc);

		json_open(json, NULL, '{');
		json_text(json, "id", row->rule);
		put_message(json, "shortDescription", rule_words(row->rule));
		if (row->advice != NULL && row->advice[0] != '\0')
			put_message(json, "help", psprintf("Instead: %s", row->advice));
		json_close(json, '}');
	}
	json_close(json, ']');
}

/* A path as a URI has it, in UTF-8. */
static void
put_path(StringInfo out, const char *path)
{
	const char *utf8 = pg_server_to_any(path, strlen(path), PG_UTF8);

	for (const unsigned char *p = (const unsigned char *) utf8; *p != '\0'; p++)
	{
		if ((*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') || (*p >= '0' && *p <= '9') ||
			strchr("-._~/", *p) != NULL)
			appendStringInfoChar(out, *p);
		else
			appendStringInfo(out, "%%%02X", *p);
	}
}

static char *
file_uri(const StoredRevision *rev, const char *directory)
{
	StringInfoData out;

	initStringInfo(&out);
	if (directory != NULL)
	{
		while (strncmp(directory, "./", 2) == 0)
			directory += 2;
		if (directory[0] == '/')
			appendStringInfoString(&out, "file://");
		if (directory[0] != '\0' && strcmp(directory, ".") != 0)
		{
			put_path(&out, directory);
			if (out.data[out.len - 1] != '/')
				appendStringInfoChar(&out, '/');
		}
	}
	put_path(&out, rev->links.file_name != NULL ? rev->links.file_name
			 : psprintf("%s.sql", rev->links.id));
	return out.data;
}

static void
put_location(Json *json, const Report *report, const ReviewRow *row, const char *directory)
{
	const ReportStep *step = &report->steps[row->step - 1];
	int			line = report_line(report, row->step, row->statement);

	json_open(json, "locations", '[');
	json_open(json, NULL, '{');
	json_open(json, "physicalLocation", '{');
	json_open(json, "artifactLocation", '{');
	json_text(json, "uri", file_uri(step->rev, directory));
	json_close(json, '}');
	json_open(json, "region", '{');
	json_number(json, "startLine", line > 0 ? line : Max(step->first_line, 1));
	json_close(json, '}');
	json_close(json, '}');
	json_open(json, "logicalLocations", '[');
	json_open(json, NULL, '{');
	json_text(json, "name", row->revision);
	json_close(json, '}');
	json_close(json, ']');
	json_close(json, '}');
	json_close(json, ']');
}

/* What the revision means to have is told, and counts as settled. */
static void
put_suppression(Json *json, const ReviewRow *row)
{
	if (row->allowed == NULL)
		return;
	json_open(json, "suppressions", '[');
	json_open(json, NULL, '{');
	json_text(json, "kind", "inSource");
	json_text(json, "justification", row->allowed);
	json_close(json, '}');
	json_close(json, ']');
}

static void
put_result(Json *json, const Report *report, const ReviewRow *row, const char *directory)
{
	StringInfoData words;

	initStringInfo(&words);
	appendStringInfo(&words, "Revision %s: %s.", row->revision, row->message);
	if (row->evidence != NULL)
		appendStringInfo(&words, " %s.", row->evidence);
	if (row->advice != NULL && row->advice[0] != '\0')
		appendStringInfo(&words, " Instead: %s.", row->advice);
	json_open(json, NULL, '{');
	json_text(json, "ruleId", row->rule);
	json_text(json, "level", strcmp(row->severity, "error") == 0 ? "error"
			  : strcmp(row->severity, "warning") == 0 ? "warning" : "note");
	put_message(json, "message", words.data);
	put_location(json, report, row, directory);
	put_suppression(json, row);
	json_close(json, '}');
}

char *
report_sarif(const Report *report, const char *directory)
{
	Json		json;
	ListCell   *lc;

	json_begin(&json);
	json_open(&json, NULL, '{');
	json_text(&json, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
	json_text(&json, "version", "2.1.0");
	json_open(&json, "runs", '[');
	json_open(&json, NULL, '{');
	json_open(&json, "tool", '{');
	json_open(&json, "driver", '{');
	json_text(&json, "name", "migrate_ext");
	json_text(&json, "version", MIGRATE_EXT_VERSION);
	put_rules(&json, broken_rules(report));
	json_close(&json, '}');
	json_close(&json, '}');
	json_open(&json, "results", '[');
	foreach(lc, report->findings)
	{
		put_result(&json, report, lfirst(lc), directory);
	}
	json_close(&json, ']');
	json_close(&json, '}');
	json_close(&json, ']');
	json_close(&json, '}');
	return json.out.data;
}
