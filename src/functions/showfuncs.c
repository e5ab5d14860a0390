/*
 * showfuncs.c
 *		SQL: show: a revision as a person reads it.
 */
#include "postgres.h"

#include "functions/functions.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

MIGRATE_FUNCTION(migrate_show);

/* "2026-11-29 10:00:00+00 by app (psql), in 1.000 s" */
static char *
run_in_words(const LastRun *run)
{
	StringInfoData out;

	initStringInfo(&out);
	appendStringInfo(&out, "%s by %s", revision_file_date(run->at),
					 text_shown(run->role, strlen(run->role)));
	if (run->application != NULL && run->application[0] != '\0')
		appendStringInfo(&out, " (%s)", text_shown(run->application, strlen(run->application)));
	if (run->has_duration)
		appendStringInfo(&out, ", in %.3f s", run->duration.time / (double) USECS_PER_SEC);
	return out.data;
}

/* Is it applied, and what ran last? */
static void
append_state(StringInfo out, const Store *store, int number)
{
	bool		applied = store->version->applied[number];
	LastRun		run;

	appendStringInfoString(out, "    Applied: ");
	if (!store_last_run(store->revs[number].links.id, &run))
		appendStringInfoString(out, applied ? "yes" : "no");
	else if (applied && strcmp(run.outcome, "done") == 0)
		appendStringInfo(out, "%s%s", strcmp(run.action, "stamp") == 0 ? "stamped " : "",
						 run_in_words(&run));
	else
	{
		appendStringInfo(out, "%s; last %s %s %s", applied ? "yes" : "no", run.action, run.outcome,
						 run_in_words(&run));
		if (run.error != NULL)
			appendStringInfo(out, ": %s", first_line_shown(run.error));
	}
	appendStringInfoChar(out, '\n');
}

/* A line of SQL: tabs stay, other control characters do not. */
static void
append_line(StringInfo out, const char *line, int len)
{
	while (len > 0)
	{
		const char *tab = memchr(line, '\t', len);
		int			before = tab != NULL ? tab - line : len;

		appendStringInfoString(out, text_shown(line, before));
		if (tab == NULL)
			break;
		appendStringInfoChar(out, '\t');
		line += before + 1;
		len -= before + 1;
	}
	appendStringInfoChar(out, '\n');
}

static void
append_section(StringInfo out, const char *section, bool marked, const char *sql)
{
	appendStringInfo(out, "\n-- migrate:%s%s\n", section, marked ? " transaction:false" : "");
	while (*sql != '\0')
	{
		int			len = strcspn(sql, "\n");

		CHECK_FOR_INTERRUPTS();
		append_line(out, sql, len);
		sql += len + (sql[len] == '\n');
	}
}

static void
append_half(StringInfo out, const StoredScript *script, Direction direction)
{
	append_section(out, direction_mark(direction), script->half[direction].marked,
				   script->half[direction].sql);
}

static void
append_script(StringInfo out, const StoredRevision *rev)
{
	char	   *id = unconstify(char *, rev->links.id);
	const StoredScript *script = store_scripts(false, &id, 1);

	if (script->require != NULL)
		append_section(out, "require", false, script->require);
	append_half(out, script, DIRECTION_UP);
	if (script->verify != NULL)
		append_section(out, "verify", false, script->verify);
	if (script->half[DIRECTION_DOWN].sql != NULL)
		append_half(out, script, DIRECTION_DOWN);
	else
		appendStringInfoString(out, "\n-- irreversible\n");
}

static void
append_shown(StringInfo out, const Store *store, int revision)
{
	const StoredRevision *rev = &store->revs[revision];

	print_revision(store->graph, NULL, revision, rev->links.file_name,
				   rev->has_created ? revision_file_date(rev->created_at) : NULL, out);
	append_state(out, store, revision);
	append_script(out, rev);
}

Datum
migrate_show(PG_FUNCTION_ARGS)
{
	char	   *name = arg_text(fcinfo, 0, "revision");
	Store	   *store = store_load(false, false);
	char	  **items;
	int			nitems;
	RevList    *revs;
	StringInfoData out;

	target_split_list(name, &items, &nitems);
	revs = target_revisions(store->graph, store->version, items, nitems, true, NULL);
	initStringInfo(&out);
	for (int i = 0; i < revs->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoChar(&out, '\n');
		append_shown(&out, store, revs->revs[i]);
	}
	PG_RETURN_TEXT_P(cstring_to_text_with_len(out.data, out.len));
}
