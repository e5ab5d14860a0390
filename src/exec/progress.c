/*
 * progress.c
 *		What other sessions see of a run: the text in pg_stat_activity.
 *
 * It is there already, costs nothing, needs no shared memory and shows what is
 * not committed yet.  The view migrate.progress reads it: its regular expression
 * is to be changed together with the format here.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"

#include "mb/pg_wchar.h"
#include "pgstat.h"
#include "tcop/tcopprot.h"

static char current_step[256];

void
progress_step(const char *action, const char *revision, int step, int nsteps)
{
	snprintf(current_step, sizeof(current_step), "migrate: %s %.100s (%d of %d)", action, revision, step, nsteps);
}

void
progress_statement(const Script *script, int number)
{
	const Statement *stmt = &script->statements[number];
	int			len = pg_mbcliplen(stmt->text, stmt->len, 200);
	char	   *text = psprintf("%s, statement %d of %d: %.*s", current_step, number + 1,
								script->nstatements, len, stmt->text);

	/* one line, for whoever reads it */
	for (char *p = text; *p != '\0'; p++)
		if (*p == '\n' || *p == '\r' || *p == '\t')
			*p = ' ';
	pgstat_report_activity(STATE_RUNNING, text);
	pfree(text);
}

void
progress_end(void)
{
	pgstat_report_activity(STATE_RUNNING, debug_query_string);
}
