/*
 * retry.c
 *		Runs statements of an online run, and retries them when a lock is refused.
 *
 * When a lock is refused, the statements are rolled back; the session waits without
 * holding locks, and runs them again (patience.c).  Each retry is written to the log and
 * committed, so that others can see it.
 */
#include "postgres.h"

#include "compat.h"
#include "run/online_private.h"
#include "run/patience.h"
#include "settings.h"

#include "access/xact.h"

typedef struct Retry
{
	OnlineStep *step;
	int			first;
	int			n;
	bool		requires;		/* asked before the statements */
	bool		verifies;		/* and after them */
	Patience   *patience;
	int			tries;			/* retries that the log has */
	long		waited;			/* ms that the log has */
} Retry;

static void
run_once(void *arg)
{
	Retry	   *retry = arg;
	OnlineStep *step = retry->step;
	bool		of_session = step->saved != NULL;
	int			nest_level;

	if (retry->requires)
		patience_questions(retry->patience, step->rev, step->stored, SCRIPT_REQUIRES);
	patience_begin_revision(retry->patience, step->origin.revision,
							of_session && !settings_are_as_saved(step->saved, "lock_timeout"));
	nest_level = of_session
		? settings_enter_statements(step->origin.revision, step->origin.direction)
		: settings_enter_revision(step->origin.revision, step->origin.direction);

	/*
	 * for the revision; online_commit() has made the transaction writable for
	 * our own rows
	 */
	if (DefaultXactReadOnly)
		settings_set_read_only(true);
	patience_statements(retry->patience, step->script, step->is_marked, &step->origin, retry->first,
						retry->n);

	/*
	 * an error in deferred checks is reported here with its context, but not
	 * in the commit
	 */
	patience_before_statement();
	execute_deferred(&step->origin, NIL);

	/*
	 * A SET counts for the revision's later transactions, as in psql.  The
	 * settings are restored at the revision's end.
	 */
	if (of_session)
		settings_leave_kept(nest_level);
	else
		settings_leave(nest_level);
	if (retry->verifies)
		patience_questions(retry->patience, step->rev, step->stored, SCRIPT_VERIFIES);
}

/* Before a wait: begin a transaction without snapshot and number, for which nobody waits. */
static void
end_transaction(void *arg)
{
	online_commit();
}

static void
write_log(Retry *retry)
{
	int			tries = patience_tries(retry->patience) - 1;
	long		waited = patience_waited(retry->patience);

	if (tries > retry->tries || waited > retry->waited)
		journal_retry(retry->step->journal, tries - retry->tries, waited - retry->waited,
					  patience_blockers(retry->patience));
	retry->tries = tries;
	retry->waited = waited;
}

static void
begin_again(void *arg)
{
	Retry	   *retry = arg;
	OnlineStep *step = retry->step;

	write_log(retry);
	online_commit();
	/* running a raw parse tree may have changed it, so parse again */
	step->script = script_parse(step->script->text, step->is_marked, &step->origin);
	execute_set_isolation(step->script, retry->first, retry->n);
}

static void
run_retry(Retry *retry)
{
	OnlineStep *step = retry->step;
	PatientWork work = {
		.what = psprintf("revision \"%s\"", step->rev->links.id),
		.body = run_once,
		.rolled_back = end_transaction,
		.waited = begin_again,
		.arg = retry
	};

	retry->patience = patience_begin(step->context, &work);
	execute_set_isolation(step->script, retry->first, retry->n);
	patience_run(retry->patience);
	write_log(retry);
}

void
retry_statements(OnlineStep *step, int first, int n)
{
	Retry		retry = {.step = step,.first = first,.n = n};

	run_retry(&retry);
}

void
retry_revision(OnlineStep *step)
{
	Retry		retry = {.step = step,.n = step->script->nstatements,.requires = step->direction ==
		DIRECTION_UP,
	.verifies = step->direction == DIRECTION_UP};

	run_retry(&retry);
}

void
retry_questions(OnlineStep *step, ScriptPurpose purpose)
{
	Retry		retry = {.step = step,.requires = purpose == SCRIPT_REQUIRES,.verifies = purpose ==
	SCRIPT_VERIFIES};

	run_retry(&retry);
}
