/*
 * markdown.c
 *		A report as a comment on a pull request.
 *
 * GitHub takes 65,536 characters.  What does not fit is left out, with a line that says so; each
 * part has a share, so that a long plan does not push out what is found in it.  Examples of rows
 * are left out altogether: who may read the comment may not be who may read the table.
 */
#include "postgres.h"

#include "report/escape.h"
#include "report/facts.h"

#include "mb/pg_wchar.h"
#include "miscadmin.h"

/* In bytes, which are at least as many as characters. */
#define MAX_LENGTH 65536

/* Where each part ends at the latest; the rest is for the lines that say what is left out. */
#define END_OF_PLAN (MAX_LENGTH * 4 / 10)
#define END_OF_FINDINGS (MAX_LENGTH * 7 / 10)
#define END_OF_PREFLIGHT (MAX_LENGTH * 8 / 10)
#define END_OF_SQL (MAX_LENGTH - 1000)

/* So many things are listed in a cell of a table, or of versions. */
#define MAX_LISTED 4
#define MAX_MESSAGE 300

/* A part that is being written. */
typedef struct Part
{
	StringInfo	out;
	int			end;
	int			nleft_out;
	StringInfoData item;		/* what is added next */
} Part;

static Part
begin_part(StringInfo out, int end)
{
	Part		part = {.out = out,.end = end};

	initStringInfo(&part.item);
	return part;
}

/* Add the item, if there is room. */
static void
end_item(Part *part)
{
	CHECK_FOR_INTERRUPTS();
	if (part->out->len + part->item.len <= part->end)
		appendBinaryStringInfo(part->out, part->item.data, part->item.len);
	else
		part->nleft_out++;
	resetStringInfo(&part->item);
}

static void
end_part(Part *part, const char *what)
{
	if (part->nleft_out > 0)
		appendStringInfo(part->out,
						 "\n_%d more %s: left out, since a comment may have %d characters._\n",
						 part->nleft_out, what, MAX_LENGTH);
}

/* At most so many bytes of a text, cut between characters by who reads it. */
static const char *
shortened(const char *text)
{
	int			len = strlen(text);

	if (len <= MAX_MESSAGE)
		return text;
	len = pg_mbcliplen(text, len, MAX_MESSAGE);
	return psprintf("%.*s...", len, text);
}

static const char *
first_line(const char *text)
{
	return shortened(pnstrdup(text, strcspn(text, "\r\n")));
}

static void
put_versions(StringInfo out, const IdList *versions)
{
	if (versions->n == 0)
		appendStringInfoString(out, "base");
	for (int i = 0; i < versions->n && i < MAX_LISTED; i++)
	{
		appendStringInfoString(out, i > 0 ? ", " : "");
		put_markdown_code(out, versions->ids[i]);
	}
	if (versions->n > MAX_LISTED)
		appendStringInfo(out, " and %d more", versions->n - MAX_LISTED);
}

static void
put_count(StringInfo out, const char **separator, int n, const char *what, const char *plural)
{
	if (n == 0)
		return;
	appendStringInfo(out, "%s%d %s", *separator, n, n == 1 ? what : plural);
	*separator = ", ";
}

static void
put_summary(StringInfo out, const Report *report)
{
	const char *separator = "";
	const char *approval = report_approval_words(report);

	if (report->nsteps == 0)
	{
		appendStringInfoString(out, "**Nothing is pending**: the database is at ");
		put_versions(out, &report->from);
		appendStringInfoString(out, ".\n");
		return;
	}
	appendStringInfoString(out, "**Upgrade from ");
	put_versions(out, &report->from);
	appendStringInfoString(out, " to ");
	put_versions(out, &report->to);
	appendStringInfo(out, ": %d %s, worst: %s**", report->nsteps,
					 report->nsteps == 1 ? "revision" : "revisions",
					 strcmp(report->severity, "none") == 0 ? "nothing found" : report->severity);
	if (report->findings != NIL)
	{
		appendStringInfoString(out, " (");
		put_count(out, &separator, report->nerrors, "error", "errors");
		put_count(out, &separator, report->nwarnings, "warning", "warnings");
		put_count(out, &separator, report->nnotices, "notice", "notices");
		put_count(out, &separator, report->nallowed, "allowed", "allowed");
		appendStringInfoString(out, ")");
	}
	appendStringInfoString(out, "\n");
	if (approval != NULL)
	{
		appendStringInfoString(out, "\n");
		put_markdown(out, approval);
		appendStringInfoString(out, "\n");
	}
}

/* --------------------------------------------------------------------- the plan */

static void
put_does(StringInfo out, const ReportStep *step)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, step->does)
	{
		if (n == MAX_LISTED)
		{
			appendStringInfo(out, "<br>and %d more", list_length(step->does) - MAX_LISTED);
			break;
		}
		appendStringInfoString(out, n++ > 0 ? "<br>" : "");
		put_markdown(out, shortened(lfirst(lc)));
	}
	if (n == 0)
		appendStringInfoString(out, "nothing");
	if (step->rev->mode[DIRECTION_UP] != RUN_TRANSACTION)
		appendStringInfoString(out, "<br>_outside a transaction_");
}

static void
put_locks(StringInfo out, const ReportStep *step)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, step->locks)
	{
		const TakenLock *lock = lfirst(lc);

		if (n == MAX_LISTED)
		{
			appendStringInfo(out, "<br>and %d more", list_length(step->locks) - MAX_LISTED);
			break;
		}
		appendStringInfoString(out, n++ > 0 ? "<br>" : "");
		put_markdown(out, lock->table);
		appendStringInfo(out, ": %s", lock_mode_words(lock->mode));
	}
}

static void
put_plan(StringInfo out, const Report *report)
{
	Part		part = begin_part(out, END_OF_PLAN);

	appendStringInfoString(out,
						   "\n| revision | message | what it does | locks | downgrade |\n| --- | --- | --- | --- | --- |\n");
	for (int i = 0; i < report->nsteps; i++)
	{
		const ReportStep *step = &report->steps[i];

		appendStringInfoString(&part.item, "| ");
		put_markdown_code(&part.item, step->rev->links.id);
		appendStringInfoString(&part.item, " | ");
		put_markdown(&part.item, first_line(step->rev->links.message));
		appendStringInfoString(&part.item, " | ");
		put_does(&part.item, step);
		appendStringInfoString(&part.item, " | ");
		put_locks(&part.item, step);
		appendStringInfo(&part.item, " | %s |\n",
						 step->rev->mode[DIRECTION_DOWN] == RUN_NONE ? "**no**" : "yes");
		end_item(&part);
	}
	end_part(&part, "revisions");
}

/* ----------------------------------------------------------------- what is found */

static void
put_place(StringInfo out, const Report *report, const char *revision, int step, int number)
{
	int			line = report_line(report, step, number);

	put_markdown_code(out, revision);
	if (number > 0)
		appendStringInfo(out, ", statement %d", number);
	if (line > 0)
		appendStringInfo(out, ", line %d", line);
}

static void
put_finding(StringInfo out, const Report *report, const ReviewRow *row)
{
	appendStringInfo(out, "- **%s** ", row->severity);
	put_place(out, report, row->revision, row->step, row->statement);
	appendStringInfoString(out, ": ");
	put_markdown(out, shortened(row->message));
	appendStringInfo(out, " (`%s`)", row->rule);
	if (row->evidence != NULL)
	{
		appendStringInfoString(out, "<br>");
		put_markdown(out, shortened(row->evidence));
	}
	if (row->advice != NULL && row->advice[0] != '\0')
	{
		appendStringInfoString(out, "<br>_Instead:_ ");
		put_markdown(out, row->advice);
	}
	if (row->allowed != NULL)
	{
		appendStringInfoString(out, "<br>_Meant:_ ");
		put_markdown(out, shortened(row->allowed));
	}
	appendStringInfoChar(out, '\n');
}

static void
put_findings_of(Part *part, const Report *report, const char *severity)
{
	ListCell   *lc;

	foreach(lc, report->findings)
	{
		const ReviewRow *row = lfirst(lc);

		if (strcmp(row->severity, severity) != 0)
			continue;
		put_finding(&part->item, report, row);
		end_item(part);
	}
}

/* Those of which nobody has to decide anything are folded. */
static void
put_findings(StringInfo out, const Report *report)
{
	Part		part = begin_part(out, END_OF_FINDINGS);
	const char *separator = "";

	if (report->nsteps == 0)
		return;
	appendStringInfoString(out, "\n#### What is to be said of it\n\n");
	if (report->findings == NIL)
		appendStringInfoString(out, "Nothing.\n");
	put_findings_of(&part, report, "error");
	put_findings_of(&part, report, "warning");
	if (report->nnotices + report->nallowed > 0)
	{
		appendStringInfoString(out, "\n<details><summary>");
		put_count(out, &separator, report->nnotices, "notice", "notices");
		put_count(out, &separator, report->nallowed, "allowed", "allowed");
		appendStringInfoString(out, "</summary>\n\n");
		put_findings_of(&part, report, "notice");
		put_findings_of(&part, report, "allowed");
		appendStringInfoString(out, "\n</details>\n");
	}
	end_part(&part, "findings");
}

static void
put_preflight(StringInfo out, const Report *report)
{
	Part		part = begin_part(out, END_OF_PREFLIGHT);
	ListCell   *lc;

	if (report->preflight == NIL)
		return;
	appendStringInfoString(out,
						   "\n#### Rows in the way\n\n| | revision | table | rows | |\n| --- | --- | --- | --- | --- |\n");
	foreach(lc, report->preflight)
	{
		const PreflightRow *row = lfirst(lc);

		appendStringInfo(&part.item, "| **%s** | ", row->outcome);
		put_place(&part.item, report, row->revision, row->step, row->statement);
		appendStringInfoString(&part.item, " | ");
		put_markdown(&part.item, row->table != NULL ? row->table : "");
		appendStringInfoString(&part.item, " | ");
		if (row->rows >= 0)
			appendStringInfo(&part.item, INT64_FORMAT, row->rows);
		appendStringInfoString(&part.item, " | ");
		put_markdown(&part.item, shortened(row->detail));
		appendStringInfoString(&part.item, " |\n");
		end_item(&part);
	}
	end_part(&part, "rows of this table");
}

static void
put_sql(StringInfo out, const Report *report)
{
	Part		part = begin_part(out, END_OF_SQL);

	if (report->nsteps == 0)
		return;
	appendStringInfoString(out, "\n<details><summary>The SQL</summary>\n");
	for (int i = 0; i < report->nsteps; i++)
	{
		const ReportStep *step = &report->steps[i];

		appendStringInfoString(&part.item, "\n");
		put_markdown_code(&part.item, step->rev->links.id);
		appendStringInfoString(&part.item, " ");
		put_markdown(&part.item, first_line(step->rev->links.message));
		appendStringInfoString(&part.item, "\n\n");
		put_markdown_sql(&part.item, step->sql);
		end_item(&part);
	}
	end_part(&part, "revisions");
	appendStringInfoString(out, "\n</details>\n");
}

char *
report_markdown(const Report *report)
{
	StringInfoData out;

	initStringInfo(&out);
	put_summary(&out, report);
	if (report->nsteps > 0)
		put_plan(&out, report);
	put_findings(&out, report);
	put_preflight(&out, report);
	put_sql(&out, report);
	/* psql adds the last one */
	out.data[out.len - 1] = '\0';
	return out.data;
}
