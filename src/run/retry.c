/*
 * retry.c
 *		Statements of an online run, and table locks that give way.
 *
 * Whatever lock is refused, what the transaction did is rolled back; then it
 * waits, holding nothing, and runs again (patience.c).  In the log that is
 * committed each time, for others to see.
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
	Patience   *patience;
	int			tries;			/* that the log knows, the first aside */
	long		waited;
} Retry;

static void
run_once(void *arg)
{
	Retry	   *retry = arg;
	OnlineStep *step = retry->step;
	bool		of_session = step->saved != NULL;
	int			nest_level = of_session
	? settings_enter_statements(step->origin.revision, step->origin.direction)
	: settings_enter_revision(step->origin.revision, step->origin.direction);

	patience_begin_revision(retry->patience, step->origin.revision,
							of_session && !settings_are_as_saved(step->saved, "lock_timeout"));

	/* as the transaction would be without us */
	if (DefaultXactReadOnly)
		settings_set_read_only(true);
	patience_statements(retry->patience, step->script, step->is_marked, &step->origin, retry->first, retry->n);
	/* fails here, where it can be told, rather than in the commit */
	patience_before_statement();
	execute_deferred(&step->origin, NIL);

	/*
	 * for the statements to come, as psql has it; they are put back at the
	 * revision's end
	 */
	if (of_session)
		settings_leave_kept(nest_level);
	else
		settings_leave(nest_level);
}

/* A transaction that has neither snapshot nor number keeps nobody waiting. */
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
	/* what has been run once may have been scribbled on */
	step->script = script_parse(step->script->text, step->is_marked, &step->origin);
	execute_set_isolation(step->script, retry->first, retry->n);
}

void
retry_statements(OnlineStep *step, int first, int n)
{
	Retry		retry = {.step = step,.first = first,.n = n};
	PatientWork work = {
		.what = psprintf("revision \"%s\"", step->rev->links.id),
		.body = run_once,
		.rolled_back = end_transaction,
		.waited = begin_again,
		.arg = &retry
	};

	retry.patience = patience_begin(step->context, &work);
	execute_set_isolation(step->script, first, n);
	patience_run(retry.patience);
	write_log(&retry);
}
