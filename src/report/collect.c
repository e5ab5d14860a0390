/*
 * collect.c
 *		Gathers what a report tells.
 *
 * review() reads the pending revisions once; what else is told of their statements is noted
 * meanwhile.
 */
#include "postgres.h"

#include "report/facts.h"

#include "author/drift.h"
#include "exec/exec.h"
#include "review/analyse.h"
#include "review/approval.h"
#include "run/run.h"
#include "settings.h"
#include "shadow/shadow.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

#define MAX_HISTORY 200

/* ------------------------------------------------------------------ statements */

typedef struct Look
{
	Report	   *report;
	bool		with_picture;
	ReportStep *step;
	ReportStatement *statement;
	Node	   *node;
	const Pending *pending;
} Look;

/* The strongest lock of each table. */
static List *
add_strongest(List *locks, List *more)
{
	ListCell   *lc;
	ListCell   *known;

	foreach(lc, more)
	{
		const TakenLock *lock = lfirst(lc);
		TakenLock  *same = NULL;

		foreach(known, locks)
		{
			if (strcmp(((TakenLock *) lfirst(known))->table, lock->table) == 0)
				same = lfirst(known);
		}
		if (same == NULL)
		{
			same = palloc(sizeof(TakenLock));
			*same = *lock;
			locks = lappend(locks, same);
		}
		else
			same->mode = Max(same->mode, lock->mode);
	}
	return locks;
}

static List *
add_once(List *texts, char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (strcmp(lfirst(lc), text) == 0)
			return texts;
	}
	return lappend(texts, text);
}

/* In a subtransaction, which takes its locks away, and without a call of anybody's function. */
static void
look_up(void *arg)
{
	Look	   *look = arg;

	look->statement->locks = touched_locks(look->node, look->pending);
	look->step->locks = add_strongest(look->step->locks, look->statement->locks);
	if (look->with_picture)
		picture_note(&look->report->picture, look->node, look->pending);
}

/* The argument of note_statement(). */
typedef struct Collected
{
	Report	   *report;
	int			wanted;
	ReviewWatch watch;
} Collected;

static void
begin_steps(Collected *collected)
{
	Report	   *report = collected->report;

	report->store = collected->watch.store;
	report->plan = collected->watch.plan;
	report->nsteps = report->plan->nsteps;
	report->steps = palloc0(sizeof(ReportStep) * Max(report->nsteps, 1));
}

static void
note_statement(void *arg, int number, const Script *script, int i, const Pending *pending)
{
	Collected  *collected = arg;
	Report	   *report = collected->report;
	const Statement *statement = &script->statements[i];
	ReportStatement *noted = palloc0(sizeof(ReportStatement));
	Look		look = {.report = report,.with_picture = (collected->wanted & REPORT_PICTURE) != 0,
	.statement = noted,.node = statement->raw->stmt,.pending = pending};
	ErrorData  *error;

	if (report->steps == NULL)
		begin_steps(collected);
	look.step = &report->steps[number];
	noted->number = i + 1;
	noted->line = statement->line;
	noted->sql = statement->shown;
	look.step->statements = lappend(look.step->statements, noted);
	look.step->does = add_once(look.step->does, touched_words(look.node));
	error = analyse_undone(look_up, &look);
	if (error != NULL && error_ends_the_call(error))
		ReThrowError(error);
}

/* ------------------------------------------------------------------- the steps */

static void
read_steps(Report *report, const StoredScript **scripts)
{
	for (int i = 0; i < report->nsteps; i++)
	{
		const ScriptHalf *upgrade = &scripts[i]->half[DIRECTION_UP];
		ScriptOrigin origin;

		report->steps[i].rev = &report->store->revs[report->plan->steps[i].rev];
		origin = script_origin(&report->steps[i].rev->links, scripts[i], DIRECTION_UP);
		report->steps[i].sql = script_without_strings(script_shown(upgrade->sql, &origin));
		report->steps[i].first_line = upgrade->line;
		report->steps[i].last_us = -1;
	}
}

static void
read_history(Report *report)
{
	char	  **ids = palloc(sizeof(char *) * Max(report->nsteps, 1));
	int64	   *durations;

	for (int i = 0; i < report->nsteps; i++)
		ids[i] = unconstify(char *, report->steps[i].rev->links.id);
	durations = store_durations(ids, report->nsteps);
	for (int i = 0; i < report->nsteps; i++)
		report->steps[i].last_us = durations[i];
	report->history = store_runs(MAX_HISTORY, &report->nhistory);
}

static void
read_versions(Report *report)
{
	VersionState *state = version_copy(report->plan->start);

	report->from = run_row_names(state);
	for (int i = 0; i < report->nsteps; i++)
		plan_apply_step(report->plan, &report->plan->steps[i], state);
	report->to = run_row_names(state);
}

/* Of two severities, the worse; NULL and "allowed" are none. */
static const char *
worse(const char *one, const char *other)
{
	static const char *const severities[] = {"error", "warning", "notice"};

	for (int i = 0; i < lengthof(severities); i++)
	{
		if ((one != NULL && strcmp(one, severities[i]) == 0) || strcmp(other, severities[i]) == 0)
			return severities[i];
	}
	return NULL;
}

static void
count_findings(Report *report)
{
	const char *worst = NULL;
	ListCell   *lc;

	foreach(lc, report->findings)
	{
		const ReviewRow *row = lfirst(lc);

		if (strcmp(row->severity, "error") == 0)
			report->nerrors++;
		else if (strcmp(row->severity, "warning") == 0)
			report->nwarnings++;
		else if (strcmp(row->severity, "notice") == 0)
			report->nnotices++;
		else
			report->nallowed++;
		report->steps[row->step - 1].severity = worse(report->steps[row->step - 1].severity,
													  row->severity);
		worst = worse(worst, row->severity);
	}
	report->severity = worst != NULL ? worst : "none";
}

const char *
report_time(TimestampTz at, const char *between, const char *after)
{
	struct pg_tm tm;
	fsec_t		fsec;

	if (TIMESTAMP_NOT_FINITE(at) || timestamp2tm(at, NULL, &tm, &fsec, NULL, NULL) != 0)
		return "unknown";
	return psprintf("%04d-%02d-%02d%s%02d:%02d:%02d%s", tm.tm_year, tm.tm_mon, tm.tm_mday, between,
					tm.tm_hour, tm.tm_min, tm.tm_sec, after);
}

int
report_line(const Report *report, int step, int number)
{
	ListCell   *lc;

	if (number == 0)
		return -1;
	foreach(lc, report->steps[step - 1].statements)
	{
		const ReportStatement *statement = lfirst(lc);

		if (statement->number == number)
			return statement->line;
	}
	return -1;
}

/* ------------------------------------------------------------------------ drift */

typedef struct DriftLook
{
	Report	   *report;
	const Managed *managed;
} DriftLook;

static void
look_for_drift(void *arg)
{
	DriftLook  *look = arg;

	/* what it would notice is in the answer */
	(void) settings_be_quiet();
	run_refuse_nested("migrate.report()");
	elsewhere_refuse("migrate.report()");
	look->report->drift = drift_find(look->managed);
}

/*
 * In a subtransaction: a standby, or a revision that cannot be run again, is no reason to be
 * without a report.
 */
static void
find_drift(Report *report, const Managed *managed)
{
	DriftLook	look = {.report = report,.managed = managed};
	ErrorData  *error = run_undone(look_for_drift, &look);

	if (error == NULL)
		return;
	if (error_ends_the_call(error))
		ReThrowError(error);
	report->drift = NULL;
	report->drift_unknown = error->message;
}

/* Seen as who approves sees the schema: with its owners. */
static void
find_approval(Report *report, const Managed *managed)
{
	Managed		for_all = *managed;

	for_all.exact_owners = true;
	if (report->nsteps > 0)
		report->approval = approval_find(&for_all, report->store, report->plan);
}

const char *
report_approval_words(const Report *report)
{
	const Approval *approval = report->approval;

	if (approval != NULL)
		return psprintf("Approved by %s at %s%s%s", approval->role,
						report_time(approval->at, " ", " UTC"),
						approval->comment != NULL ? ": " : "",
						approval->comment != NULL ? approval->comment : "");
	return migrate_require_approval && report->nsteps > 0
		? "Not approved, and migrate.require_approval is on" : NULL;
}

Report *
report_collect(const char *target, int wanted, const Managed *managed)
{
	Report	   *report = palloc0(sizeof(Report));
	Trial		trial = {.managed = managed,.target = target};
	Collected	collected =
	{.report = report,.wanted = wanted,.watch = {.statement = note_statement}};

	if (wanted & REPORT_TRIAL)
	{
		collected.watch.more = trial_add;
		collected.watch.more_arg = &trial;
	}

	collected.watch.arg = &collected;
	report->target = target;
	report->findings = review(target, &collected.watch);
	if (report->steps == NULL)
		begin_steps(&collected);
	report->preflight = collected.watch.demands;
	read_steps(report, collected.watch.scripts);
	read_versions(report);
	count_findings(report);
	find_approval(report, managed);
	if (wanted & REPORT_HISTORY)
		read_history(report);
	report->drift = trial.drift;
	report->drift_unknown = trial.drift_unknown;
	if ((wanted & REPORT_DRIFT) && report->drift == NULL && report->drift_unknown == NULL)
		find_drift(report, managed);
	return report;
}
