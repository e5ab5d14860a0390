/*
 * offline.c
 *		Prints a plan as a script for psql, which can be reviewed, handed over, run later, and run
 *		in a database without the extension.
 *
 * The script needs nothing but plpgsql.  It creates the extension's own tables, the "books", if
 * they are missing, and lets one session at a time run it.  It is a row of sections: each is a
 * transaction, or a revision that cannot run inside one.  psql skips a section unless the version
 * rows are those at which the section starts.  So a second run finds nothing to do, and a run after
 * an interruption continues where the first one ended.
 *
 * Like Alembic's, the script is one transaction, interrupted by revisions that cannot run inside
 * one.  An online script is a transaction for each revision, in a block of PL/pgSQL that releases
 * all locks while other sessions hold its tables.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/offline_private.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

typedef struct OfflineRun
{
	const Store *store;
	const MigrationPlan *plan;
	bool		online;
	OfflineStep *steps;			/* of the plan; NULL for a stamp */
	VersionState *state;		/* before the step that is written next */
	StringInfo	out;
} OfflineRun;

static char *
rows_of(const VersionState *state)
{
	StringInfoData array;

	initStringInfo(&array);
	offline_array(&array, run_row_names(state));
	return array.data;
}

/* Does the script set an isolation level, so that it needs a transaction of its own? */
static bool
begins_with_level(const Script *script)
{
	return script->mode == RUN_TRANSACTION && script->isolation != NULL;
}

/* Must the step be a section of its own, since it cannot share a transaction with other steps? */
static bool
stands_alone(const OfflineRun *run, int i)
{
	if (run->steps == NULL)
		return false;
	return run->online || run->steps[i].script->mode != RUN_TRANSACTION ||
		begins_with_level(run->steps[i].script);
}

/* The number of the step after the section that begins with this step. */
static int
section_end(const OfflineRun *run, int first)
{
	int			i = first + 1;

	if (!stands_alone(run, first))
		while (i < run->plan->nsteps && !stands_alone(run, i))
			i++;
	return i;
}

/* A text, quoted as an argument of \echo. */
static char *
psql_quoted(const char *text)
{
	StringInfoData quoted;

	initStringInfo(&quoted);
	appendStringInfoChar(&quoted, '\'');
	for (; *text; text++)
	{
		if (*text == '\'' || *text == '\\')
			appendStringInfoChar(&quoted, *text);
		appendStringInfoChar(&quoted, *text);
	}
	appendStringInfoChar(&quoted, '\'');
	return quoted.data;
}

static void
append_label(const OfflineRun *run, int i)
{
	char	   *label = plan_step_label(run->plan, &run->plan->steps[i], true);

	label = text_shown(label, strlen(label));
	appendStringInfo(run->out, "\\echo %s\n", psql_quoted(psprintf("Running %s", label)));
}

/*
 * What the log says of a step before it runs: a row that is "running".  condition, if there is one,
 * says which row is gone on with where it is there.
 */
static void
append_log(const OfflineRun *run, StringInfo out, int i, const LogRows *rows, const char *condition)
{
	const PlanStep *step = &run->plan->steps[i];
	const RevisionLinks *links = step->rev >= 0 ? &run->store->revs[step->rev].links : NULL;
	const OfflineStep *offline = run->steps ? &run->steps[i] : NULL;
	const char *allowed = offline != NULL && step->kind == STEP_UPGRADE
	? script_allowed_words(offline->stored->half[DIRECTION_UP].sql) : NULL;

	appendStringInfo(out, "INSERT INTO migrate.log (action, revision, message, outcome,"
					 " version_before, version_after, checksum, tag%s%s)\n\tSELECT %s, %s, %s, 'running', ",
					 allowed != NULL ? ", allowed" : "",
					 condition != NULL ? ", statements, statements_done" : "",
					 quote_literal_cstr(run_step_action(step)),
					 links ? quote_literal_cstr(links->id) : "NULL",
					 links ? quote_literal_cstr(links->message) : "NULL");
	offline_array(out, rows->before);
	appendStringInfoString(out, ", ");
	if (condition == NULL)
		offline_array(out, rows->after);
	else
		offline_array(out, rows->before);
	if (offline != NULL)
		appendStringInfo(out, ", '\\x%s'::bytea", script_hex(offline->stored->checksum));
	else
		appendStringInfoString(out, ", NULL");
	appendStringInfoString(out, ", nullif(pg_catalog.current_setting('migrate.tag', true), '')");
	if (allowed != NULL)
		appendStringInfo(out, ", %s", quote_literal_cstr(allowed));
	if (condition != NULL)
		appendStringInfo(out, ", %d, 0\n\tWHERE NOT EXISTS (SELECT FROM migrate.log WHERE %s)",
						 offline->script->nstatements, condition);
	appendStringInfoString(out, ";\n");
}

/* The statements that change the version rows as the last step did. */
static void
append_version(const OfflineRun *run, StringInfo out)
{
	const Revision *revs = run->state->graph->revs;
	RevList    *gone;
	RevList    *come;

	version_changes(run->state, &gone, &come);
	for (int j = 0; j < gone->n; j++)
		appendStringInfo(out, "DELETE FROM migrate.version WHERE revision = %s;\n",
						 quote_literal_cstr(revs[gone->revs[j]].links.id));
	for (int j = 0; j < come->n; j++)
		appendStringInfo(out, "INSERT INTO migrate.version (revision) VALUES (%s);\n",
						 quote_literal_cstr(revs[come->revs[j]].links.id));
}

/* The revisions that these steps apply: the books may not have them yet. */
static void
append_books(const OfflineRun *run, StringInfo out, int first, int end)
{
	RevList    *list = revlist_make(run->plan->graph->nrevs);

	for (int i = first; i < end; i++)
	{
		const PlanStep *step = &run->plan->steps[i];

		if (step->kind == STEP_UPGRADE)
			list->revs[list->n++] = step->rev;
		else if (step->kind == STEP_STAMP && step->rev >= 0)
		{
			VersionState *after = version_copy(run->state);

			plan_apply_step(run->plan, step, after);
			for (int rev = 0; rev < run->plan->graph->nrevs; rev++)
				if (after->applied[rev] && !run->state->applied[rev])
					list->revs[list->n++] = rev;
		}
	}
	offline_books(out, run->store, list);
}

/* The latest row that this session has put into the log. */
static void
append_done(StringInfo out, const char *more)
{
	appendStringInfo(out, "UPDATE migrate.log SET outcome = 'done',"
					 " duration = pg_catalog.clock_timestamp() - started_at%s\n"
					 "\tWHERE id = (SELECT pg_catalog.currval('migrate.log_id_seq'::pg_catalog.regclass));\n",
					 more);
}

static void
append_revision_settings(StringInfo out, const OfflineStep *step)
{
	appendStringInfo(out, "SET migrate.revision = %s;\nSET migrate.direction = %s;\n",
					 quote_literal_cstr(step->origin.revision),
					 quote_literal_cstr(step->origin.direction));
}

static void
append_begin(StringInfo out, const char *isolation)
{
	if (isolation != NULL)
		appendStringInfo(out, "BEGIN ISOLATION LEVEL %s;\n",
						 asc_toupper(isolation, strlen(isolation)));
	else
		appendStringInfoString(out, "BEGIN;\n");

	/*
	 * nobody else changes them meanwhile, as the extension might, which knows
	 * no advisory lock
	 */
	appendStringInfoString(out, "LOCK TABLE migrate.version IN SHARE ROW EXCLUSIVE MODE;\n");
}

/* A section of steps that share a transaction. */
static void
append_transaction(OfflineRun *run, int first, int end)
{
	StringInfo	out = run->out;

	append_begin(out, run->steps && begins_with_level(run->steps[first].script) ?
				 run->steps[first].script->isolation : NULL);
	offline_if_here(out, rows_of(run->state));
	append_books(run, out, first, end);
	for (int i = first; i < end; i++)
	{
		LogRows		log;

		CHECK_FOR_INTERRUPTS();
		appendStringInfoChar(out, '\n');
		append_label(run, i);
		run_apply_step(run->plan, &run->plan->steps[i], run->state, &log);
		append_log(run, out, i, &log, NULL);
		if (run->steps != NULL)
		{
			append_revision_settings(out, &run->steps[i]);
			offline_questions(out, &run->steps[i], SCRIPT_REQUIRES);
			offline_statements(out, &run->steps[i]);
			offline_reset(out, run->steps[i].script);
			offline_questions(out, &run->steps[i], SCRIPT_VERIFIES);
		}
		append_version(run, out);
		append_done(out, "");
	}
	appendStringInfoString(out, "\\endif\nCOMMIT;\n");
}

/*
 * A step in a block that gives way: who stands in a queue for a table keeps everybody else from it,
 * so the block stands there for a moment only, lets go of everything, and tries again later.
 */
static void
append_block(OfflineRun *run, int i)
{
	const OfflineStep *step = &run->steps[i];
	StringInfo	out = run->out;
	StringInfoData body;
	LogRows		log;

	offline_if_here(out, rows_of(run->state));
	append_label(run, i);
	append_revision_settings(out, step);
	initStringInfo(&body);
	appendStringInfoString(&body, "\n"
						   "DECLARE\n"
						   "\tmigrate_begun timestamptz := pg_catalog.clock_timestamp();\n"
						   "\tmigrate_tries int := 1;\n"
						   "BEGIN\n"
						   "LOOP\n"
						   "BEGIN\n"
						   "SET LOCAL lock_timeout = '100ms';\n"
						   "LOCK TABLE migrate.version IN SHARE ROW EXCLUSIVE MODE;\n");
	append_books(run, &body, i, i + 1);
	run_apply_step(run->plan, &run->plan->steps[i], run->state, &log);
	append_log(run, &body, i, &log, NULL);
	offline_block_questions(&body, step, SCRIPT_REQUIRES);
	offline_block_statements(&body, step);
	offline_block_questions(&body, step, SCRIPT_VERIFIES);
	append_version(run, &body);
	append_done(&body, ", started_at = migrate_begun, tries = migrate_tries,\n"
				"\twaited = CASE WHEN migrate_tries > 1 THEN started_at - migrate_begun END");
	appendStringInfoString(&body,
						   "EXIT;\n"
						   "EXCEPTION WHEN lock_not_available OR deadlock_detected THEN\n"
						   "\tIF pg_catalog.clock_timestamp() > migrate_begun + interval '10 minutes' THEN\n"
						   "\t\tRAISE;\n"
						   "\tEND IF;\n"
						   "\tRAISE NOTICE 'a lock is not to be had, try % gives way: %', migrate_tries, SQLERRM;\n"
						   "END;\n"
						   "ROLLBACK;\n"
						   "PERFORM pg_catalog.pg_sleep(least(0.1 * migrate_tries, 3)::float8);\n"
						   "ROLLBACK;\n"
						   "migrate_tries := migrate_tries + 1;\n"
						   "END LOOP;\n"
						   "END ");
	appendStringInfoString(out, "\\set ECHO none\nDO ");
	offline_dollar_quoted(out, "migrate", body.data);
	appendStringInfoString(out, ";\n\\set ECHO errors\n");
	offline_reset(out, step->script);
	appendStringInfoString(out, "\\endif\n");
}

/* Ask what the revision requires only before its first statement, not when a run continues. */
static void
append_required_once(StringInfo out, const OfflineStep *step)
{
	if (step->direction == DIRECTION_DOWN || step->stored->require == NULL)
		return;
	appendStringInfo(out,
					 "SELECT NOT EXISTS (SELECT FROM migrate.log WHERE %s"
					 " AND statements_done > 0) AS migrate_asks \\gset\n"
					 "\\if :migrate_asks\n", offline_open_row(step));
	offline_questions(out, step, SCRIPT_REQUIRES);
	appendStringInfoString(out, "\\endif\n");
}

/* A step that cannot run inside a transaction. */
static void
append_pieces(OfflineRun *run, int i)
{
	const OfflineStep *step = &run->steps[i];
	StringInfo	out = run->out;
	char	   *open_row = offline_open_row(step);
	LogRows		log;

	offline_if_here(out, rows_of(run->state));
	append_label(run, i);
	append_revision_settings(out, step);
	append_begin(out, NULL);
	append_books(run, out, i, i + 1);
	append_required_once(out, step);
	appendStringInfo(out, "UPDATE migrate.log SET outcome = 'running', tries = tries + 1,"
					 " backend_pid = pg_catalog.pg_backend_pid(),\n"
					 "\tsqlstate = NULL, error = NULL, error_context = NULL WHERE %s;\n", open_row);
	run_apply_step(run->plan, &run->plan->steps[i], run->state, &log);
	append_log(run, out, i, &log, open_row);
	appendStringInfoString(out, "COMMIT;\n");
	offline_pieces(out, step);
	offline_reset(out, step->script);
	append_begin(out, NULL);
	offline_questions(out, step, SCRIPT_VERIFIES);
	append_version(run, out);
	appendStringInfo(out, "UPDATE migrate.log SET outcome = 'done', statements_done = statements,"
					 " duration = pg_catalog.clock_timestamp() - started_at,\n\tversion_after = ");
	offline_array(out, log.after);
	appendStringInfo(out, "\n\tWHERE %s;\nCOMMIT;\n\\endif\n", open_row);
}

static void
append_section(OfflineRun *run, int first, int end)
{
	const Script *script = run->steps ? run->steps[first].script : NULL;

	appendStringInfoChar(run->out, '\n');
	if (script != NULL && script->mode != RUN_TRANSACTION)
		append_pieces(run, first);
	else if (script != NULL && run->online && offline_fits_block(script))
		append_block(run, first);
	else
		append_transaction(run, first, end);
}

/* Read the scripts of the steps. */
static void
read_steps(OfflineRun *run)
{
	const MigrationPlan *plan = run->plan;
	char	  **ids = palloc(sizeof(char *) * Max(plan->nsteps, 1));
	StoredScript *scripts;

	if (plan->nsteps == 0 || plan->steps[0].kind == STEP_STAMP)
		return;
	for (int i = 0; i < plan->nsteps; i++)
		ids[i] = unconstify(char *, run->store->revs[plan->steps[i].rev].links.id);
	scripts = store_scripts(false, ids, plan->nsteps);
	run->steps = palloc0(sizeof(OfflineStep) * plan->nsteps);
	for (int i = 0; i < plan->nsteps; i++)
	{
		OfflineStep *step = &run->steps[i];
		Direction	direction = step_direction(&plan->steps[i]);
		const ScriptHalf *half = &scripts[i].half[direction];

		CHECK_FOR_INTERRUPTS();
		step->rev = &run->store->revs[plan->steps[i].rev];
		step->stored = &scripts[i];
		if (half->sql == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_MG_IRREVERSIBLE),
					 errmsg("revision \"%s\" has no downgrade", step->rev->links.id),
					 errhint("End the range above it.")));
		step->direction = direction;
		step->origin = script_origin(&step->rev->links, &scripts[i], direction);
		step->script = script_parse(half->sql, half->marked, &step->origin);
	}
}

char *
offline_script(const Store *store, const MigrationPlan *plan, bool online)
{
	StringInfoData head;
	StringInfoData body;
	List	   *places = NIL;
	List	   *pieces = NIL;
	OfflineRun	run = {.store = store,.plan = plan,.online = online,.out = &body};

	initStringInfo(&head);
	initStringInfo(&body);
	run.state = version_copy(plan->start);
	read_steps(&run);
	places = list_make1(rows_of(run.state));
	for (int i = 0, end; i < plan->nsteps; i = end)
	{
		MemoryContext caller = CurrentMemoryContext;
		MemoryContext section = AllocSetContextCreate(caller, "migrate_ext section",
													  ALLOCSET_DEFAULT_SIZES);

		MemoryContextSwitchTo(section);
		end = section_end(&run, i);
		append_section(&run, i, end);
		MemoryContextSwitchTo(caller);
		MemoryContextDelete(section);
		if (run.steps != NULL && run.steps[i].script->mode != RUN_TRANSACTION)
			pieces = lappend(pieces, &run.steps[i]);
		places = lappend(places, rows_of(run.state));
	}
	if (run.steps != NULL)
		appendStringInfoString(&body, "\nRESET migrate.revision;\nRESET migrate.direction;\n");
	offline_begin(&head, places, pieces);
	appendStringInfoString(&head, body.data);
	offline_end(&head);
	return head.data;
}
