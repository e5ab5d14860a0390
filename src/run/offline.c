/*
 * offline.c
 *		A plan as a script for plain psql, for people who may not or will not
 *		run functions: reviewed, handed over, run later.
 *
 * It does what the plan does, version rows and log included, in a database that
 * has the extension and the revisions, and it begins by making sure that this
 * database is where the plan starts.  Like Alembic's it is one transaction, cut
 * open for revisions that cannot run inside one.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "run/run.h"

#include "miscadmin.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

/* ARRAY['a', 'b']::text[] */
static void
append_array(StringInfo out, char **items, int n)
{
	appendStringInfoString(out, "ARRAY[");
	for (int i = 0; i < n; i++)
		appendStringInfo(out, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(items[i]));
	appendStringInfoString(out, "]::text[]");
}

static void
append_check(StringInfo out, const VersionState *start)
{
	int			nrows;
	char	  **rows = run_row_names(start, &nrows);

	appendStringInfoString(out, "-- Is the database where this script starts?\n"
						   "DO $check$ BEGIN\n"
						   "\tIF ARRAY(SELECT revision FROM migrate.version ORDER BY revision) <> ");
	append_array(out, rows, nrows);
	appendStringInfoString(out, " THEN\n"
						   "\t\tRAISE EXCEPTION 'this script does not start where the database is: %',\n"
						   "\t\t\tARRAY(SELECT revision FROM migrate.version ORDER BY revision);\n"
						   "\tEND IF;\n"
						   "END $check$;\n");
}

/* The version rows after a step, and a row of the log. */
static void
append_bookkeeping(StringInfo out, const MigrationPlan *plan, const PlanStep *step, VersionState *state)
{
	const Revision *revs = state->graph->revs;
	const RevisionLinks *links = step->rev >= 0 ? &revs[step->rev].links : NULL;
	LogRows		log;
	RevList    *gone;
	RevList    *come;

	run_apply_step(plan, step, state, &log);
	version_changes(state, &gone, &come);
	for (int i = 0; i < gone->n; i++)
		appendStringInfo(out, "DELETE FROM migrate.version WHERE revision = %s;\n",
						 quote_literal_cstr(revs[gone->revs[i]].links.id));
	for (int i = 0; i < come->n; i++)
		appendStringInfo(out, "INSERT INTO migrate.version (revision) VALUES (%s);\n",
						 quote_literal_cstr(revs[come->revs[i]].links.id));
	appendStringInfo(out, "INSERT INTO migrate.log (action, revision, message, version_before, version_after) VALUES (%s, %s, %s, ",
					 quote_literal_cstr(run_step_action(step)),
					 links ? quote_literal_cstr(links->id) : "NULL",
					 links ? quote_literal_cstr(links->message) : "NULL");
	append_array(out, log.before, log.nbefore);
	appendStringInfoString(out, ", ");
	append_array(out, log.after, log.nafter);
	appendStringInfoString(out, ");\n");
}

/* The statements, ended by semicolons, without a BEGIN ... COMMIT round them. */
static void
append_statements(StringInfo out, const Script *script)
{
	List	   *settings = script_settings(script);
	ListCell   *lc;

	for (int i = 0; i < script->nstatements; i++)
	{
		const Statement *stmt = &script->statements[i];

		if (script->wrapped && IsA(stmt->raw->stmt, TransactionStmt))
			continue;
		if (stmt->modes != NIL && script->mode == RUN_TRANSACTION)
			continue;			/* the BEGIN before them says it */
		/* a comment may end the last statement: the semicolon goes below it */
		appendBinaryStringInfo(out, script->text + stmt->start, stmt->len);
		appendStringInfoString(out, stmt->is_ended ? ";\n" : "\n;\n");
	}
	/* what a revision SETs ends with it */
	foreach(lc, settings)
	{
		const char *name = strVal(lfirst(lc));

		/* every revision begins with this one on */
		if (pg_strcasecmp(name, "standard_conforming_strings") == 0)
			appendStringInfoString(out, "SET standard_conforming_strings = on;\n");
		else
			appendStringInfo(out, "RESET %s;\n", quote_identifier(name));
	}
}

/* Does it run in a transaction of its own, because of its isolation level? */
static bool
begins_with_level(const Script *script)
{
	return script->mode == RUN_TRANSACTION && script->isolation != NULL;
}

/* The end of the transaction before a script that cannot be a part of it. */
static void
append_cut(StringInfo out, const Script *script)
{
	if (begins_with_level(script))
		appendStringInfo(out, "COMMIT;\nBEGIN ISOLATION LEVEL %s;\n",
						 asc_toupper(script->isolation, strlen(script->isolation)));
	else if (script->mode != RUN_TRANSACTION)
		appendStringInfoString(out, "COMMIT;\n");
}

static const char *
one_line(const char *text)
{
	return pnstrdup(text, strcspn(text, "\r\n"));
}

char *
offline_script(const Store *store, const MigrationPlan *plan)
{
	StringInfoData out;
	VersionState *state = version_copy(plan->start);
	char	  **ids = palloc(sizeof(char *) * Max(plan->nsteps, 1));
	StoredScript *scripts = NULL;

	initStringInfo(&out);
	if (plan->nsteps > 0 && plan->steps[0].kind != STEP_STAMP)
	{
		for (int i = 0; i < plan->nsteps; i++)
			ids[i] = unconstify(char *, store->revs[plan->steps[i].rev].links.id);
		scripts = store_scripts(false, ids, plan->nsteps);
	}

	/*
	 * Where the transaction is cut open, psql must stop at an error: the next
	 * part would run all the same.
	 */
	for (int i = 0; i < plan->nsteps && scripts != NULL; i++)
	{
		const PlanStep *step = &plan->steps[i];
		const StoredRevision *rev = &store->revs[step->rev];

		if (step->kind == STEP_UPGRADE ? rev->upgrade_mode > RUN_TRANSACTION || rev->upgrade_isolation != NULL :
			rev->downgrade_mode > RUN_TRANSACTION || rev->downgrade_isolation != NULL)
		{
			appendStringInfoString(&out, "\\set ON_ERROR_STOP on\n");
			break;
		}
	}
	if (!COMPAT_STANDARD_STRINGS)
		appendStringInfoString(&out, "SET standard_conforming_strings = on;\n");
	appendStringInfoString(&out, "BEGIN;\n\n");
	append_check(&out, plan->start);
	for (int i = 0; i < plan->nsteps; i++)
	{
		const PlanStep *step = &plan->steps[i];
		const char *action = run_step_action(step);
		bool		has_level = false;

		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&out, "\n-- Running %s\n", one_line(plan_step_label(plan, step, false)));
		Assert(scripts != NULL || step->kind == STEP_STAMP);
		if (step->kind != STEP_STAMP)
		{
			const StoredRevision *rev = &store->revs[step->rev];
			const StoredScript *stored = &scripts[i];
			bool		up = step->kind == STEP_UPGRADE;
			const char *sql = up ? stored->upgrade : stored->downgrade;
			bool		marked = up ? stored->upgrade_marked : stored->downgrade_marked;
			ScriptOrigin origin = {
				.revision = rev->links.id,
				.message = rev->links.message,
				.direction = action,
				.file_name = rev->links.file_name,
				.first_line = up ? stored->upgrade_line : stored->downgrade_line
			};
			Script	   *script;

			if (sql == NULL)
				ereport(ERROR,
						(errcode(ERRCODE_MG_IRREVERSIBLE),
						 errmsg("revision \"%s\" has no downgrade", rev->links.id),
						 errhint("End the range above it.")));
			script = script_parse(sql, marked, &origin);
			append_cut(&out, script);
			appendStringInfo(&out, "SET migrate.revision = %s;\nSET migrate.direction = %s;\n",
							 quote_literal_cstr(rev->links.id), quote_literal_cstr(action));
			append_statements(&out, script);
			if (script->mode != RUN_TRANSACTION)
				appendStringInfoString(&out, "BEGIN;\n");
			has_level = begins_with_level(script);
		}
		append_bookkeeping(&out, plan, step, state);
		if (has_level)
			appendStringInfoString(&out, "COMMIT;\nBEGIN;\n");
	}
	if (scripts != NULL)
		appendStringInfoString(&out, "\nRESET migrate.revision;\nRESET migrate.direction;\n");
	appendStringInfoString(&out, "\nCOMMIT;\n");
	return out.data;
}
