/*
 * progress.c
 *		Shows other sessions how far a run is, by the query text in pg_stat_activity.
 *
 * pg_stat_activity exists already, costs nothing, needs no shared memory of ours and
 * shows progress before a commit.  The view migrate.progress reads the text: change its
 * regular expression together with the format here.
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
	snprintf(current_step, sizeof(current_step), "migrate: %s %.100s (%d of %d)", action, revision,
			 step, nsteps);
}

void
progress_statement(const Script *script, int number)
{
	const Statement *stmt = &script->statements[number];
	int			len = pg_mbcliplen(stmt->shown, strlen(stmt->shown), 200);
	char	   *text = psprintf("%s, statement %d of %d: %.*s", current_step, number + 1,
								script->nstatements, len, stmt->shown);

	/* make it one line */
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
