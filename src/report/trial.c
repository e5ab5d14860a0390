/*
 * trial.c
 *		Adds to a review what only a trial of the plan shows.
 *
 * Three questions are asked in a shadow: which statements of the application break, what fails on a
 * sample of the rows or is not brought back by a downgrade, and whether the schema is what the
 * applied revisions make.  Where one cannot be asked the review says so, and goes on: a reviewer
 * who may not read the rows is still told the rest.
 */
#include "postgres.h"

#include "report/facts.h"

#include "author/drift.h"
#include "author/rehearse.h"
#include "exec/exec.h"
#include "kinds/kinds.h"
#include "review/contract.h"
#include "review/rules.h"
#include "review/workload.h"
#include "run/run.h"
#include "settings.h"
#include "shadow/shadow.h"


/* So many rows of each table are tried. */
#define SAMPLE_ROWS 1000

/* So many statements are shown of each revision, each so far. */
#define SHOWN 10
#define SHOWN_BYTES 160

/* A statement that was not called for so long is taken to be no longer sent. */
#define STILL_SENT "7 days"

typedef struct Question
{
	Trial	   *trial;
	Review	   *review;
	const Store *store;
	const MigrationPlan *plan;
} Question;

/* Where the revision stands in the plan, from 1; 1, too, for what is about the whole plan. */
static int
step_of(const Question *q, const char *revision)
{
	for (int i = 0; i < q->plan->nsteps; i++)
		if (revision != NULL &&
			strcmp(q->store->revs[q->plan->steps[i].rev].links.id, revision) == 0)
			return i + 1;
	return 1;
}

static void
begin_question(const Question *q)
{
	/* what it would notice is in the answer */
	(void) settings_be_quiet();
	run_refuse_nested("migrate.review()");
	elsewhere_refuse("migrate.review()");
}

/*
 * In a subtransaction: a standby, or a right that the caller lacks, is no reason to be without a
 * review.  Returns the message if the question could not be asked, or NULL.
 */
static const char *
ask(Question *q, void (*question) (void *))
{
	ErrorData  *error = run_undone(question, q);

	if (error != NULL && error_ends_the_call(error))
		ReThrowError(error);
	return error != NULL ? error->message : NULL;
}

/* ----------------------------------------------------------------- statements */

/* Without values: who reads a report may not be who may read the tables. */
static const char *
statement_words(const ImpactRow *row)
{
	/* a function has its name there */
	if (row->queryid != 0 && !workload_is_free_of_data(row->query))
		return psprintf("a statement with values in its text (queryid " INT64_FORMAT
						"): SQLSTATE %s",
						row->queryid, row->sqlstate != NULL ? row->sqlstate : "unknown");
	return psprintf("%s: %s", impact_query_shown(row, SHOWN_BYTES), row->error);
}

static const char *
calls_words(const ImpactRow *row)
{
	if (row->calls < 0 || row->role == NULL)
		return NULL;
	return psprintf(INT64_FORMAT " calls by role %s", row->calls, row->role);
}

/* The rule that a row of impact breaks, and how serious that is; NULL: none. */
static const Rule *
rule_of_effect(const ImpactRow *row, const char **severity)
{
	if (impact_is_failure(row))
	{
		*severity = "error";
		return &trial_rules[RULE_STATEMENT_BREAKS];
	}
	if (strcmp(row->effect, "may_break") == 0)
	{
		*severity = "warning";
		return &trial_rules[RULE_STATEMENT_MAY_BREAK];
	}
	if (strcmp(row->effect, "result_changes") == 0)
	{
		*severity = "notice";
		return &trial_rules[RULE_RESULT_CHANGES];
	}
	return NULL;
}

static void
add_unchecked_statements(const Question *q, const List *rows)
{
	const ImpactRow *first = NULL;
	ListCell   *lc;
	int			n = 0;

	foreach(lc, rows)
	{
		ImpactRow  *row = lfirst(lc);

		if (strcmp(row->effect, "unchecked") != 0)
			continue;
		if (first == NULL)
			first = row;
		n++;
	}
	if (n == 0)
		return;
	review_add_unchecked(q->review, step_of(q, first->revision),
						 n == 1 ? psprintf("whether statements break: %s", first->error)
						 : psprintf("whether statements break is not known of %d; the first: %s", n,
									first->error));
}

/* When each was called last, as far as that was noted. */
static TimestampTz *
last_called(const List *rows)
{
	List	   *counted = NIL;
	ListCell   *lc;
	TimestampTz *called;
	TimestampTz *result = palloc0(sizeof(TimestampTz) * Max(list_length(rows), 1));
	int			n = 0;

	foreach(lc, rows)
	{
		if (((ImpactRow *) lfirst(lc))->queryid != 0)
			counted = lappend(counted, lfirst(lc));
	}
	called = contract_last_called(counted, STILL_SENT);
	foreach(lc, rows)
	{
		if (((ImpactRow *) lfirst(lc))->queryid != 0)
			result[foreach_current_index(lc)] = called[n++];
	}
	return result;
}

static void
ask_statements(void *arg)
{
	Question   *q = arg;
	Managed		managed = *q->trial->managed;
	int		   *shown = palloc0(sizeof(int) * (q->plan->nsteps + 1));
	TimestampTz *called;
	List	   *rows;
	ListCell   *lc;

	begin_question(q);
	/* statements may name what comparisons leave alone */
	managed.ignore = NIL;
	rows = impact_find(&managed, "upgrade", q->trial->target, NULL, 0);
	called = last_called(rows);
	foreach(lc, rows)
	{
		const ImpactRow *row = lfirst(lc);
		const char *severity;
		const Rule *rule = rule_of_effect(row, &severity);
		int			step = step_of(q, row->revision);

		CHECK_FOR_INTERRUPTS();
		if (rule == NULL || shown[step]++ >= SHOWN)
			continue;
		if (row->queryid != 0 && called[foreach_current_index(lc)] == 0)
			severity = "notice";
		review_add(q->review, step, rule, severity, statement_words(row), calls_words(row));
	}
	for (int step = 1; step <= q->plan->nsteps; step++)
		if (shown[step] > SHOWN)
			review_add_unchecked(q->review, step,
								 psprintf("%d more statements are not the same afterwards; migrate.impact() has all",
										  shown[step] - SHOWN));
	add_unchecked_statements(q, rows);
}

/* ------------------------------------------------------------------- rehearsal */

/* What a downgrade does to rows, in words: "loses orders.note: 812 of 1000 values". */
static const char *
loss_words(const Finding *finding)
{
	const char *what = finding->column != NULL ? psprintf("%s.%s", finding->table,
														  quote_identifier(finding->column))
	: finding->table;
	const char *of = finding->of >= 0 ? psprintf(" of " INT64_FORMAT, finding->of) : "";

	return psprintf("%s %s: " INT64_FORMAT "%s %s", finding->outcome, what, finding->count, of,
					finding->column != NULL ? "values" : "rows");
}

/* The error itself may show values of the rows. */
static void
add_failure(const Question *q, const Finding *finding, TrialRule rule, const char *severity)
{
	review_add(q->review, finding->step, &trial_rules[rule], severity,
			   psprintf("SQLSTATE %s", unpack_sql_state(finding->sqlerrcode)), NULL);
}

static void
add_rehearsed(const Question *q, const Finding *finding)
{
	const char *outcome = finding->outcome;

	if (strcmp(outcome, "fails") == 0)
		add_failure(q, finding, RULE_REHEARSAL_FAILS, "error");
	else if (strcmp(outcome, "downgrade_fails") == 0)
		add_failure(q, finding, RULE_DOWNGRADE_FAILS, "warning");
	else if (finding->table != NULL && finding->count >= 0)
		review_add(q->review, finding->step, &trial_rules[RULE_DOWNGRADE_LOSES], "warning",
				   loss_words(finding), finding->detail);
	else if (finding->sqlerrcode != 0)
		review_add_unchecked(q->review, finding->step,
							 psprintf("it cannot be rehearsed, nor what comes after it: SQLSTATE %s",
									  unpack_sql_state(finding->sqlerrcode)));
	else if (finding->table != NULL)
		review_add_unchecked(q->review, finding->step,
							 psprintf("rows of %s: %s", finding->table,
									  finding->detail != NULL ? finding->detail : outcome));
}

static void
ask_rows(void *arg)
{
	Question   *q = arg;
	RehearsalSize size = {0};
	ListCell   *lc;

	begin_question(q);
	foreach(lc, rehearse(q->trial->managed, q->trial->target, SAMPLE_ROWS, &size))
	{
		add_rehearsed(q, lfirst(lc));
	}
}

/* ----------------------------------------------------------------------- drift */

static void
ask_drift(void *arg)
{
	Question   *q = arg;

	begin_question(q);
	q->trial->drift = drift_find(q->trial->managed);
}

static void
add_drift(const Question *q)
{
	const List *changes = q->trial->drift != NULL ? q->trial->drift->changes : NIL;
	const SchemaChange *first;

	if (changes == NIL)
		return;
	first = linitial(changes);
	review_add(q->review, 1, &trial_rules[RULE_DRIFT], "warning",
			   psprintf(ngettext("%d difference, %s %s %s", "%d differences, the first %s %s %s",
								 list_length(changes)), list_length(changes),
						schema_change_action(first), first->kind->name, first->identity), NULL);
}

/* A reason that is the same for all questions is told once. */
static void
add_not_asked(const Question *q, const char *const *whys)
{
	static const char *const what[] = {
		"whether statements break", "what it does to rows", "whether the schema has drifted"
	};
	bool		is_same = whys[0] != NULL;

	for (int i = 1; i < lengthof(what); i++)
		is_same = is_same && whys[i] != NULL && strcmp(whys[i], whys[0]) == 0;
	if (is_same)
		review_add_unchecked(q->review, 1, psprintf("what only a trial shows: %s", whys[0]));
	for (int i = 0; i < lengthof(what) && !is_same; i++)
		if (whys[i] != NULL)
			review_add_unchecked(q->review, 1, psprintf("%s: %s", what[i], whys[i]));
}

void
trial_add(Review *review, const Store *store, const MigrationPlan *plan, void *arg)
{
	Question	q = {.trial = arg,.review = review,.store = store,.plan = plan};
	const char *whys[3];

	whys[0] = ask(&q, ask_statements);
	whys[1] = ask(&q, ask_rows);
	whys[2] = ask(&q, ask_drift);
	q.trial->drift_unknown = whys[2];
	add_drift(&q);
	add_not_asked(&q, whys);
}
