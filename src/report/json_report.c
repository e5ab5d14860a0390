/*
 * json_report.c
 *		A report as JSON: all that is known, for programs.
 *
 * docs/report.md has the keys.  They stay; new ones may come.
 */
#include "postgres.h"

#include "report/escape.h"
#include "report/facts.h"
#include "settings.h"

#include "datatype/timestamp.h"

/* Raised when a key changes what it means. */
#define FORMAT_VERSION 1

/* Microseconds as seconds; below 0: null. */
static void
put_seconds(Json *json, const char *key, int64 us)
{
	if (us < 0)
		json_text(json, key, NULL);
	else
	{
		/* a number with a fraction, behind its key */
		json_number(json, key, us / USECS_PER_SEC);
		appendStringInfo(&json->out, ".%06d", (int) (us % USECS_PER_SEC));
	}
}

static void
put_list(Json *json, const char *key, const List *texts)
{
	ListCell   *lc;

	json_open(json, key, '[');
	foreach(lc, texts)
	{
		json_text(json, NULL, lfirst(lc));
	}
	json_close(json, ']');
}

static void
put_locks(Json *json, const List *locks)
{
	ListCell   *lc;

	json_open(json, "locks", '[');
	foreach(lc, locks)
	{
		const TakenLock *lock = lfirst(lc);

		json_open(json, NULL, '{');
		json_text(json, "table", lock->table);
		json_text(json, "mode", lock_mode_words(lock->mode));
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_statements(Json *json, const ReportStep *step)
{
	ListCell   *lc;

	json_open(json, "statements", '[');
	foreach(lc, step->statements)
	{
		const ReportStatement *statement = lfirst(lc);

		json_open(json, NULL, '{');
		json_number(json, "statement", statement->number);
		json_number(json, "line", statement->line);
		json_text(json, "sql", statement->sql);
		put_locks(json, statement->locks);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_step(Json *json, const ReportStep *step, int number)
{
	const RevisionLinks *links = &step->rev->links;

	json_open(json, NULL, '{');
	json_number(json, "step", number);
	json_text(json, "revision", links->id);
	json_text(json, "message", links->message);
	json_text(json, "file", links->file_name);
	json_texts(json, "down_revisions", links->parents, links->nparents);
	json_texts(json, "depends_on", links->depends_on, links->ndepends_on);
	json_texts(json, "branch_labels", links->labels, links->nlabels);
	json_text(json, "mode", store_mode_name(step->rev->mode[DIRECTION_UP]));
	json_bool(json, "has_downgrade", step->rev->mode[DIRECTION_DOWN] != RUN_NONE);
	put_seconds(json, "last_seconds", step->last_us);
	put_list(json, "does", step->does);
	put_locks(json, step->locks);
	put_statements(json, step);
	json_close(json, '}');
}

static void
put_plan(Json *json, const Report *report)
{
	json_open(json, "plan", '[');
	for (int i = 0; i < report->nsteps; i++)
		put_step(json, &report->steps[i], i + 1);
	json_close(json, ']');
}

/* 0 is the revision as a whole. */
static void
put_statement_number(Json *json, int number)
{
	json_number(json, "statement", number > 0 ? number : -1);
}

static void
put_findings(Json *json, const Report *report)
{
	ListCell   *lc;

	json_open(json, "findings", '[');
	foreach(lc, report->findings)
	{
		const ReviewRow *row = lfirst(lc);

		json_open(json, NULL, '{');
		json_number(json, "step", row->step);
		json_text(json, "revision", row->revision);
		put_statement_number(json, row->statement);
		json_number(json, "line", report_line(report, row->step, row->statement));
		json_text(json, "rule", row->rule);
		json_text(json, "severity", row->severity);
		json_text(json, "message", row->message);
		json_text(json, "advice", row->advice);
		json_text(json, "evidence", row->evidence);
		json_text(json, "allowed", row->allowed);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_preflight(Json *json, const Report *report)
{
	ListCell   *lc;

	json_open(json, "preflight", '[');
	foreach(lc, report->preflight)
	{
		const PreflightRow *row = lfirst(lc);
		char	  **examples = NULL;
		int			n = 0;

		if (row->examples != 0)
			store_array_texts(row->examples, &examples, &n);
		json_open(json, NULL, '{');
		json_number(json, "step", row->step);
		json_text(json, "revision", row->revision);
		put_statement_number(json, row->statement);
		json_number(json, "line", report_line(report, row->step, row->statement));
		json_text(json, "sql", row->sql);
		json_text(json, "outcome", row->outcome);
		json_text(json, "table", row->table);
		json_number(json, "rows", row->rows);
		json_texts(json, "examples", examples, n);
		json_text(json, "detail", row->detail);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_columns(Json *json, const PictureTable *table)
{
	ListCell   *lc;

	json_open(json, "columns", '[');
	foreach(lc, table->columns)
	{
		const PictureColumn *column = lfirst(lc);

		json_open(json, NULL, '{');
		json_text(json, "name", column->name);
		json_text(json, "old_name", column->old_name);
		json_text(json, "type", column->type);
		json_text(json, "change", picture_mark_words(column->mark));
		json_bool(json, "is_key", column->is_key);
		json_bool(json, "refers", column->refers);
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_tables(Json *json, const Report *report)
{
	ListCell   *lc;
	ListCell   *inner;

	json_open(json, "tables", '[');
	foreach(lc, report->picture.tables)
	{
		const PictureTable *table = lfirst(lc);

		json_open(json, NULL, '{');
		json_text(json, "table", table->words);
		json_text(json, "change", picture_mark_words(table->mark));
		put_columns(json, table);
		json_open(json, "refers_to", '[');
		foreach(inner, table->refers_to)
		{
			const PictureReference *reference = lfirst(inner);

			json_open(json, NULL, '{');
			json_text(json, "table", reference->to->words);
			json_text(json, "column", reference->column);
			json_text(json, "change", picture_mark_words(reference->mark));
			json_close(json, '}');
		}
		json_close(json, ']');
		json_close(json, '}');
	}
	json_close(json, ']');
}

static void
put_drift(Json *json, const Report *report)
{
	ListCell   *lc;

	json_open(json, "drift", '{');
	json_bool(json, "is_known", report->drift != NULL);
	json_text(json, "why_unknown", report->drift_unknown);
	json_open(json, "changes", '[');
	foreach(lc, report->drift != NULL ? report->drift->changes : NIL)
	{
		const SchemaChange *change = lfirst(lc);

		json_open(json, NULL, '{');
		json_text(json, "action", schema_change_action(change));
		json_text(json, "object_type", change->kind->name);
		json_text(json, "object_identity", change->identity);
		json_text(json, "sql", schema_change_sql(change));
		json_close(json, '}');
	}
	json_close(json, ']');
	json_close(json, '}');
}

static void
put_approval(Json *json, const Report *report)
{
	const Approval *approval = report->approval;

	json_open(json, "approval", '{');
	json_bool(json, "is_required", migrate_require_approval);
	json_bool(json, "is_given", approval != NULL);
	json_text(json, "role", approval != NULL ? approval->role : NULL);
	json_text(json, "at", approval != NULL ? report_time(approval->at, "T", "Z") : NULL);
	json_text(json, "comment", approval != NULL ? approval->comment : NULL);
	json_close(json, '}');
}

static void
put_history(Json *json, const Report *report)
{
	json_open(json, "history", '[');
	for (int i = 0; i < report->nhistory; i++)
	{
		const StoredRun *run = &report->history[i];

		json_open(json, NULL, '{');
		json_text(json, "action", run->action);
		json_text(json, "revision", run->revision);
		json_text(json, "message", run->message);
		json_text(json, "outcome", run->outcome);
		json_text(json, "started_at", report_time(run->at, "T", "Z"));
		put_seconds(json, "seconds", run->duration_us);
		put_seconds(json, "waited_seconds", run->waited_us);
		json_number(json, "tries", run->tries);
		json_text(json, "blocked_by", run->blocked_by);
		json_text(json, "role", run->role);
		json_text(json, "application", run->application);
		json_text(json, "sqlstate", run->sqlstate);
		json_text(json, "error", run->error);
		json_close(json, '}');
	}
	json_close(json, ']');
}

char *
report_json(const Report *report)
{
	Json		json;

	json_begin(&json);
	json_open(&json, NULL, '{');
	json_number(&json, "format_version", FORMAT_VERSION);
	json_text(&json, "target", report->target);
	json_texts(&json, "from", report->from.ids, report->from.n);
	json_texts(&json, "to", report->to.ids, report->to.n);
	json_number(&json, "revisions", report->nsteps);
	json_text(&json, "severity", report->severity);
	json_open(&json, "counts", '{');
	json_number(&json, "error", report->nerrors);
	json_number(&json, "warning", report->nwarnings);
	json_number(&json, "notice", report->nnotices);
	json_number(&json, "allowed", report->nallowed);
	json_close(&json, '}');
	put_approval(&json, report);
	put_plan(&json, report);
	put_findings(&json, report);
	put_preflight(&json, report);
	put_tables(&json, report);
	json_bool(&json, "tables_are_cut", report->picture.is_cut);
	put_drift(&json, report);
	put_history(&json, report);
	json_close(&json, '}');
	return json.out.data;
}
