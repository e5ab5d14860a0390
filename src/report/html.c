/*
 * html.c
 *		A report as one page of HTML, which needs no network.
 *
 * It has no script and says so to the browser: nothing that a revision has in its message or SQL
 * could run, even if a text were written as it is somewhere.  All of it is written by put_html().
 */
#include "postgres.h"

#include "compat.h"
#include "report/escape.h"
#include "report/html.h"

#include "access/xact.h"
#include "commands/dbcommands.h"
#include "miscadmin.h"

static const char *const style =
#include "report/report_css.inc"
		   ;

#define MAX_VERSIONS 6

/* ----------------------------------------------------------------------------- words */

static void
put_code(StringInfo out, const char *text)
{
	appendStringInfoString(out, "<code>");
	put_html(out, text);
	appendStringInfoString(out, "</code>");
}

static void
put_versions(StringInfo out, const IdList *versions)
{
	if (versions->n == 0)
		appendStringInfoString(out, "base");
	for (int i = 0; i < versions->n && i < MAX_VERSIONS; i++)
	{
		appendStringInfoString(out, i > 0 ? ", " : "");
		put_code(out, versions->ids[i]);
	}
	if (versions->n > MAX_VERSIONS)
		appendStringInfo(out, " and %d more", versions->n - MAX_VERSIONS);
}

/* A time that was measured, as people say it. */
static const char *
duration_words(int64 us)
{
	if (us < 0)
		return "";
	if (us < 1000 * 1000)
		return psprintf("%.0f ms", us / 1000.0);
	if (us < (int64) 120 * 1000 * 1000)
		return psprintf("%.1f s", us / 1000000.0);
	return psprintf("%.0f min", us / 60000000.0);
}

static void
put_chip(StringInfo out, const char *class, int n, const char *one, const char *several)
{
	if (n > 0)
		appendStringInfo(out, "<li class=\"%s\">%d %s</li>", class, n, n == 1 ? one : several);
}

/* --------------------------------------------------------------------------- the head */

static void
put_title(StringInfo out, const Report *report)
{
	if (report->nsteps == 0)
	{
		appendStringInfoString(out, "Nothing is pending at ");
		put_versions(out, &report->from);
		return;
	}
	appendStringInfoString(out, "Upgrade from ");
	put_versions(out, &report->from);
	appendStringInfoString(out, " to ");
	put_versions(out, &report->to);
}

static void
put_header(StringInfo out, const Report *report)
{
	char	   *database = get_database_name(MyDatabaseId);
	const char *approval = report_approval_words(report);

	appendStringInfoString(out, "<header>\n<h1>");
	put_title(out, report);
	appendStringInfoString(out, "</h1>\n<p class=\"soft\">Database ");
	put_code(out, database != NULL ? database : "");
	appendStringInfo(out, " on PostgreSQL %s, ", GetConfigOption("server_version", false, false));
	appendStringInfoString(out, report_time(GetCurrentTransactionStartTimestamp(), " ", " UTC"));
	if (approval != NULL)
	{
		appendStringInfoString(out, "</p>\n<p>");
		put_html(out, approval);
	}
	appendStringInfoString(out, "</p>\n<ul class=\"chips\">");
	put_chip(out, "", report->nsteps, "revision", "revisions");
	put_chip(out, "error", report->nerrors, "error", "errors");
	put_chip(out, "warning", report->nwarnings, "warning", "warnings");
	put_chip(out, "notice", report->nnotices, "notice", "notices");
	put_chip(out, "", report->nallowed, "allowed", "allowed");
	appendStringInfoString(out, "</ul>\n");
	if (report->nsteps > 0)
		appendStringInfoString(out,
							   "<nav><a href=\"#findings\">Findings</a><a href=\"#rows\">Rows in the way</a><a href=\"#plan\">Plan</a>"
							   "<a href=\"#tables\">Tables</a><a href=\"#graph\">Graph</a><a href=\"#drift\">Drift</a><a href=\"#history\">History</a></nav>\n");
	appendStringInfoString(out, "</header>\n");
}

/* ---------------------------------------------------------------------------- findings */

static void
put_place(StringInfo out, const Report *report, const char *revision, int step, int number)
{
	int			line = report_line(report, step, number);

	appendStringInfo(out, "<a href=\"#step-%d\">", step);
	put_code(out, revision);
	appendStringInfoString(out, "</a>");
	if (number > 0)
		appendStringInfo(out, ", statement %d", number);
	if (line > 0)
		appendStringInfo(out, ", line %d", line);
}

static void
put_paragraph(StringInfo out, const char *before, const char *text)
{
	if (text == NULL || text[0] == '\0')
		return;
	appendStringInfo(out, "<p class=\"soft\">%s", before);
	put_html(out, text);
	appendStringInfoString(out, "</p>\n");
}

static void
put_finding(StringInfo out, const Report *report, const ReviewRow *row)
{
	appendStringInfo(out, "<article class=\"%s\"><p><strong class=\"%s\">%s</strong> ",
					 row->severity, row->severity, row->severity);
	put_place(out, report, row->revision, row->step, row->statement);
	appendStringInfo(out, " <span class=\"badge\">%s</span></p>\n<p>", row->rule);
	put_html(out, row->message);
	appendStringInfoString(out, "</p>\n");
	put_paragraph(out, "", row->evidence);
	put_paragraph(out, "Instead: ", row->advice);
	put_paragraph(out, "Meant: ", row->allowed);
	appendStringInfoString(out, "</article>\n");
}

static void
put_findings_of(StringInfo out, const Report *report, const char *severity)
{
	ListCell   *lc;

	foreach(lc, report->findings)
	{
		const ReviewRow *row = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (strcmp(row->severity, severity) == 0)
			put_finding(out, report, row);
	}
}

static void
put_findings(StringInfo out, const Report *report)
{
	appendStringInfoString(out, "<section id=\"findings\">\n<h2>Findings</h2>\n");
	if (report->findings == NIL)
		appendStringInfoString(out, "<p>Nothing is to be said of it.</p>\n");
	put_findings_of(out, report, "error");
	put_findings_of(out, report, "warning");
	if (report->nnotices + report->nallowed > 0)
	{
		appendStringInfo(out, "<details><summary>%d of less weight</summary>\n",
						 report->nnotices + report->nallowed);
		put_findings_of(out, report, "notice");
		put_findings_of(out, report, "allowed");
		appendStringInfoString(out, "</details>\n");
	}
	appendStringInfoString(out, "</section>\n");
}

static void
put_examples(StringInfo out, Datum examples)
{
	char	  **texts;
	int			n;

	if (examples == 0)
		return;
	store_array_texts(examples, &texts, &n);
	for (int i = 0; i < n; i++)
	{
		appendStringInfoString(out, i > 0 ? "<br>" : "");
		put_code(out, texts[i]);
	}
}

static void
put_preflight(StringInfo out, const Report *report)
{
	ListCell   *lc;

	appendStringInfoString(out, "<section id=\"rows\">\n<h2>Rows in the way</h2>\n");
	if (report->preflight == NIL)
	{
		appendStringInfoString(out, "<p>None were found.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(out,
						   "<table class=\"wide\"><thead><tr><th>outcome</th><th>revision</th><th>table</th><th class=\"number\">rows</th><th>what</th><th>such as</th></tr></thead><tbody>\n");
	foreach(lc, report->preflight)
	{
		const PreflightRow *row = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(out,
						 "<tr><td><strong class=\"%s\">%s</strong></td><td data-label=\"revision\">",
						 preflight_severity(row), row->outcome);
		put_place(out, report, row->revision, row->step, row->statement);
		appendStringInfoString(out, "</td><td data-label=\"table\">");
		put_html(out, row->table != NULL ? row->table : "");
		appendStringInfoString(out, "</td><td class=\"number\" data-label=\"rows\">");
		if (row->rows >= 0)
			appendStringInfo(out, INT64_FORMAT, row->rows);
		appendStringInfoString(out, "</td><td>");
		put_html(out, row->detail);
		appendStringInfoString(out, "</td><td data-label=\"such as\">");
		put_examples(out, row->examples);
		appendStringInfoString(out, "</td></tr>\n");
	}
	appendStringInfoString(out, "</tbody></table>\n</section>\n");
}

/* --------------------------------------------------------------------------- the plan */

static void
put_does(StringInfo out, const ReportStep *step)
{
	const char *separator = "";
	ListCell   *lc;

	foreach(lc, step->does)
	{
		appendStringInfoString(out, separator);
		put_html(out, lfirst(lc));
		separator = ", ";
	}
	if (step->does == NIL)
		appendStringInfoString(out, "nothing");
}

static void
put_locks(StringInfo out, const ReportStep *step)
{
	ListCell   *lc;

	if (step->locks == NIL)
		return;
	appendStringInfoString(out, "<dt>locks</dt><dd>");
	foreach(lc, step->locks)
	{
		const TakenLock *lock = lfirst(lc);

		put_code(out, lock->table);
		appendStringInfo(out, " <span class=\"%s\">%s</span><br>",
						 lock->mode >= ShareLock ? "warning" : "soft", lock_mode_words(lock->mode));
	}
	appendStringInfoString(out, "</dd>");
}

static void
put_step(StringInfo out, const Report *report, int number)
{
	const ReportStep *step = &report->steps[number - 1];
	const char *severity = step->severity != NULL ? step->severity : "";

	appendStringInfo(out, "<article class=\"revision %s\" id=\"step-%d\"><h3>%d. ", severity,
					 number, number);
	put_code(out, step->rev->links.id);
	appendStringInfoChar(out, ' ');
	put_html(out, step->rev->links.message);
	if (severity[0] != '\0')
		appendStringInfo(out, " <span class=\"badge %s\">%s</span>", severity, severity);
	appendStringInfoString(out, "</h3>\n<dl><dt>does</dt><dd>");
	put_does(out, step);
	appendStringInfoString(out, "</dd>");
	put_locks(out, step);
	if (step->rev->mode[DIRECTION_UP] != RUN_TRANSACTION)
		appendStringInfo(out, "<dt>runs</dt><dd>outside a transaction (%s)</dd>",
						 store_mode_name(step->rev->mode[DIRECTION_UP]));
	if (step->last_us >= 0)
		appendStringInfo(out, "<dt>took</dt><dd>%s when it ran last</dd>",
						 duration_words(step->last_us));
	appendStringInfo(out, "<dt>downgrade</dt><dd>%s</dd>",
					 step->rev->mode[DIRECTION_DOWN] == RUN_NONE
					 ? "<strong class=\"warning\">none</strong>" : "yes");
	if (step->rev->links.file_name != NULL)
	{
		appendStringInfoString(out, "<dt>file</dt><dd>");
		put_code(out, step->rev->links.file_name);
		appendStringInfoString(out, "</dd>");
	}
	appendStringInfo(out, "</dl>\n<details><summary>SQL (%d %s)</summary><pre>",
					 list_length(step->statements),
					 list_length(step->statements) == 1 ? "statement" : "statements");
	/* HTML leaves out a line feed that follows */
	appendStringInfoChar(out, '\n');
	put_html(out, step->sql);
	appendStringInfoString(out, "</pre></details></article>\n");
}

static void
put_plan(StringInfo out, const Report *report)
{
	appendStringInfoString(out, "<section id=\"plan\">\n<h2>Plan</h2>\n"
						   "<p class=\"note\">Locks are those that a statement of its kind takes on tables that are there; migrate.dry_run() observes them.</p>\n");
	for (int i = 1; i <= report->nsteps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_step(out, report, i);
	}
	appendStringInfoString(out, "</section>\n");
}

/* ------------------------------------------------------------------ drift and history */

static void
put_change(StringInfo out, const SchemaChange *change)
{
	appendStringInfo(out, "<details><summary>%s %s ", schema_change_action(change),
					 change->kind->name);
	put_html(out, change->identity);
	appendStringInfoString(out, "</summary><pre>\n");
	put_html(out, schema_change_sql(change));
	appendStringInfoString(out, "</pre></details>\n");
}

static void
put_drift(StringInfo out, const Report *report)
{
	ListCell   *lc;

	appendStringInfoString(out, "<section id=\"drift\">\n<h2>Drift</h2>\n");
	if (report->drift == NULL)
	{
		appendStringInfoString(out, "<p>It could not be looked for: ");
		put_html(out, report->drift_unknown != NULL ? report->drift_unknown : "");
		appendStringInfoString(out, ".</p>\n</section>\n");
		return;
	}
	if (report->drift->changes == NIL)
		appendStringInfoString(out, "<p>The schema is what the applied revisions make.</p>\n");
	else
		appendStringInfo(out, "<p class=\"warning\">%d %s made outside of the revisions.</p>\n",
						 list_length(report->drift->changes),
						 list_length(report->drift->changes) == 1 ? "change was" : "changes were");
	foreach(lc, report->drift->changes)
	{
		put_change(out, lfirst(lc));
	}
	appendStringInfoString(out, "</section>\n");
}

static void
put_run(StringInfo out, const StoredRun *run)
{
	bool		is_done = strcmp(run->outcome, "done") == 0;

	appendStringInfoString(out, "<tr><td>");
	appendStringInfoString(out, report_time(run->at, " ", " UTC"));
	appendStringInfo(out, "</td><td>%s ", run->action);
	if (run->revision != NULL)
		put_code(out, run->revision);
	appendStringInfoChar(out, ' ');
	if (run->message != NULL)
		put_html_line(out, run->message, 80);
	appendStringInfo(out,
					 "</td><td class=\"number\" data-label=\"took\">%s</td><td><strong class=\"%s\">%s</strong>",
					 duration_words(run->duration_us),
					 is_done ? "done" : "error", run->outcome);
	if (run->tries > 1)
		appendStringInfo(out, " after %d tries, waited %s", run->tries,
						 duration_words(run->waited_us));
	if (run->error != NULL)
	{
		appendStringInfo(out, "<br>%s: ", run->sqlstate != NULL ? run->sqlstate : "");
		put_html(out, run->error);
	}
	appendStringInfoString(out, "</td><td data-label=\"by\">");
	put_html(out, run->role);
	if (run->application != NULL && run->application[0] != '\0')
	{
		appendStringInfoString(out, " (");
		put_html(out, run->application);
		appendStringInfoString(out, ")");
	}
	appendStringInfoString(out, "</td></tr>\n");
}

static void
put_history(StringInfo out, const Report *report)
{
	appendStringInfoString(out, "<section id=\"history\">\n<h2>History</h2>\n");
	if (report->nhistory == 0)
	{
		appendStringInfoString(out, "<p>Nothing has run yet.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(out,
						   "<table class=\"wide\"><thead><tr><th>when</th><th>what</th><th class=\"number\">took</th><th>outcome</th><th>by</th></tr></thead><tbody>\n");
	for (int i = 0; i < report->nhistory; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_run(out, &report->history[i]);
	}
	appendStringInfoString(out, "</tbody></table>\n</section>\n");
}

/* --------------------------------------------------------------------------- the page */

static void
put_pictures(StringInfo out, const Report *report)
{
	if (report->picture.tables != NIL)
	{
		appendStringInfoString(out,
							   "<section id=\"tables\">\n<h2>Tables</h2>\n<p class=\"note\">What the plan makes (+), changes (~) and drops (-), and what that refers to.</p>\n");
		html_tables(out, report);
		appendStringInfoString(out, "</section>\n");
	}
	if (report->store->nrevs > 0)
	{
		appendStringInfoString(out,
							   "<section id=\"graph\">\n<h2>Graph</h2>\n<p class=\"note\">Filled: applied; ringed: current; hollow: not applied.</p>\n");
		html_graph(out, report);
		appendStringInfoString(out, "</section>\n");
	}
}

char *
report_html(const Report *report)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfoString(&out,
						   "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
						   "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
						   "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n<title>");
	appendStringInfo(&out, "%s</title>\n<style>\n",
					 report->nsteps == 0 ? "Nothing is pending"
					 : psprintf("Upgrade: %d %s", report->nsteps,
								report->nsteps == 1 ? "revision" : "revisions"));
	appendStringInfoString(&out, style);
	appendStringInfoString(&out, "</style>\n</head>\n<body>\n");
	put_header(&out, report);
	if (report->nsteps > 0)
	{
		put_findings(&out, report);
		put_preflight(&out, report);
		put_plan(&out, report);
	}
	put_pictures(&out, report);
	put_drift(&out, report);
	put_history(&out, report);
	appendStringInfoString(&out, "</body>\n</html>");
	return out.data;
}
