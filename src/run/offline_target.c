/*
 * offline_target.c
 *		The parts of a script for psql that read and write the target's "books".
 *
 * The target may have no extension, but it has its tables, the books: a script creates them if they
 * are missing.  A script runs with the search_path of whoever runs it.  So names are qualified, and
 * arguments have exactly the types that the functions declare.
 */
#include "postgres.h"

#include "compat.h"
#include "run/offline_private.h"

#include "miscadmin.h"
#include "utils/builtins.h"

/* CREATE TABLE and CREATE INDEX of sql/install/10_tables.sql; see the Makefile */
static const char books_sql[] =
#include "run/offline_books.inc"
		   ;

/*
 * The key of an advisory lock, "migrate" in ASCII: one script at a time.  It is
 * the session's, for it outlives the transactions of the script.
 */
#define LOCK_KEY "30796665482998885"

void
offline_array(StringInfo out, IdList items)
{
	appendStringInfoString(out, "ARRAY[");
	for (int i = 0; i < items.n; i++)
		appendStringInfo(out, "%s%s", i > 0 ? ", " : "", quote_literal_cstr(items.ids[i]));
	appendStringInfoString(out, "]::text[]");
}

void
offline_dollar_quoted(StringInfo out, const char *tag, const char *text)
{
	char	   *quote = psprintf("$%s", tag);

	for (int i = 2; strstr(text, quote) != NULL; i++)
		quote = psprintf("$%s%d", tag, i);
	appendStringInfo(out, "%s$%s%s$", quote, text, quote);
}

static void
append_block(StringInfo out, const char *body)
{
	appendStringInfoString(out, "DO ");
	offline_dollar_quoted(out, "migrate", body);
	appendStringInfoString(out, ";\n");
}

/*
 * It is asked for again and again, in transactions of their own: who waits in one would have
 * CREATE INDEX CONCURRENTLY of whom it waits for wait for it.
 */
static void
append_lock(StringInfo out)
{
	appendStringInfoString(out, "\n-- One at a time.\n");
	append_block(out, "\n"
				 "DECLARE\n"
				 "\tmigrate_begun timestamptz := pg_catalog.clock_timestamp();\n"
				 "BEGIN\n"
				 "\tIF pg_catalog.pg_try_advisory_lock(" LOCK_KEY "::bigint) THEN\n"
				 "\t\tRETURN;\n"
				 "\tEND IF;\n"
				 "\tRAISE NOTICE 'waiting for another session that is migrating';\n"
				 "\tLOOP\n"
				 "\t\tCOMMIT;\n"
				 "\t\tPERFORM pg_catalog.pg_sleep(0.2::float8);\n"
				 "\t\tCOMMIT;\n"
				 "\t\tEXIT WHEN pg_catalog.pg_try_advisory_lock(" LOCK_KEY "::bigint);\n"
				 "\t\tIF pg_catalog.clock_timestamp() > migrate_begun + interval '10 minutes' THEN\n"
				 "\t\t\tRAISE EXCEPTION 'another session is migrating' USING ERRCODE = 'MG025',\n"
				 "\t\t\t\tHINT = 'Run the script again when it has finished.';\n"
				 "\t\tEND IF;\n"
				 "\tEND LOOP;\n"
				 "END ");
}

static void
append_make_books(StringInfo out)
{
	appendStringInfo(out, "\n-- The books, if this is the first script here.\n"
					 "SELECT pg_catalog.to_regclass('migrate.version') IS NULL AS migrate_first \\gset\n"
					 "\\if :migrate_first\n"
					 "BEGIN;\n"
					 "SET LOCAL search_path = pg_catalog;\n"
					 "CREATE SCHEMA IF NOT EXISTS migrate;\n"
					 "%s"
					 "COMMIT;\n"
					 "\\endif\n", books_sql);
}

/*
 * Triggers and defaults of tables run as whoever writes them, so they are not to be a
 * stranger's who has made them first.
 */
static void
append_owner_check(StringInfo body)
{
	appendStringInfoString(body,
						   "\tIF EXISTS (SELECT FROM pg_catalog.pg_class AS c, pg_catalog.pg_roles AS o, pg_catalog.pg_roles AS me\n"
						   "\t\t\tWHERE c.relnamespace = 'migrate'::pg_catalog.regnamespace\n"
						   "\t\t\tAND c.relname IN ('revisions', 'scripts', 'version', 'log')\n"
						   "\t\t\tAND o.oid = c.relowner AND me.rolname = current_user"
						   " AND NOT o.rolsuper AND o.oid <> me.oid\n"
						   "\t\t\tAND o.oid <> (SELECT datdba FROM pg_catalog.pg_database"
						   " WHERE datname = pg_catalog.current_database())\n"
						   "\t\t\tAND (me.rolsuper"
						   " OR NOT pg_catalog.pg_has_role(o.oid, 'MEMBER'::text))) THEN\n"
						   "\t\tRAISE EXCEPTION 'the tables of schema migrate belong to somebody else'\n"
						   "\t\t\tUSING ERRCODE = 'insufficient_privilege',\n"
						   "\t\t\t\tDETAIL = 'Whoever owns them could have his own code run as you.',\n"
						   "\t\t\t\tHINT = 'Run the script as their owner, or have them belong to the owner of the database.';\n"
						   "\tEND IF;\n");
}

/* Stop at a half-done revision that this script does not resume. */
static void
append_half_done_check(StringInfo body, List *pieces)
{
	ListCell   *lc;

	appendStringInfoString(body,
						   "\tSELECT * INTO migrate_open FROM migrate.log AS l\n"
						   "\t\tWHERE outcome IN ('running', 'half_done')"
						   " AND statements IS NOT NULL");
	foreach(lc, pieces)
	{
		const OfflineStep *step = lfirst(lc);

		appendStringInfo(body, "\n\t\tAND NOT (%s AND checksum = '\\x%s'::bytea)",
						 offline_open_row(step), script_hex(step->stored->checksum));
	}
	appendStringInfoString(body, "\n\t\tORDER BY id LIMIT 1;\n"
						   "\tIF FOUND THEN\n"
						   "\t\tRAISE EXCEPTION 'the % of revision \"%\" is half done', migrate_open.action, migrate_open.revision\n"
						   "\t\t\tUSING ERRCODE = 'MG026',\n"
						   "\t\t\t\tDETAIL = pg_catalog.format('%s of its statements are committed. This script does not go on with it as it was.'::text, migrate_open.statements_done),\n"
						   "\t\t\t\tHINT = 'Run the script again that was interrupted. Or put it right by hand, and have its row of migrate.log say done or failed.';\n"
						   "\tEND IF;\n");
}

static void
append_check(StringInfo out, List *places, List *pieces)
{
	const char *start = linitial(places);
	const char *end = llast(places);
	StringInfoData body;
	ListCell   *lc;

	appendStringInfoString(out, "\n-- Is the database where this script starts?\n");
	initStringInfo(&body);
	appendStringInfoString(&body, "\n"
						   "DECLARE\n"
						   "\tmigrate_here text[];\n"
						   "\tmigrate_open record;\n"
						   "BEGIN\n"
						   "\tIF pg_catalog.to_regclass('migrate.version') IS NULL THEN\n");
	appendStringInfo(&body,
					 "\t\tRAISE EXCEPTION 'nothing has been migrated here' USING ERRCODE = 'object_not_in_prerequisite_state',\n"
					 "\t\t\tDETAIL = pg_catalog.format('This script starts at %%s.'::text, %s),\n"
					 "\t\t\tHINT = 'Is it the right database? A script that starts at base makes what it needs.';\n"
					 "\tEND IF;\n", start);
	append_owner_check(&body);
	appendStringInfo(&body,
					 "\tmigrate_here := ARRAY(SELECT revision FROM migrate.version"
					 " ORDER BY revision);\n"
					 "\tIF migrate_here = %s THEN\n"
					 "\t\tRAISE NOTICE 'nothing to do: the database is at %%', migrate_here;\n"
					 "\tELSIF migrate_here NOT IN (", end);
	foreach(lc, places)
	{
		appendStringInfo(&body, "%s%s", lc == list_head(places) ? "" : ", ", (char *) lfirst(lc));
	}
	appendStringInfo(&body, ") THEN\n"
					 "\t\tRAISE EXCEPTION 'this script does not start where the database is: %%', migrate_here\n"
					 "\t\t\tUSING ERRCODE = 'object_not_in_prerequisite_state',\n"
					 "\t\t\t\tDETAIL = pg_catalog.format('It leads from %%s to %%s.'::text, %s, %s),\n"
					 "\t\t\t\tHINT = 'Print it anew from where the database is, with a range such as '\n"
					 "\t\t\t\t\t|| coalesce(nullif(pg_catalog.array_to_string(migrate_here, ','::text), ''), 'base') || ':head.';\n"
					 "\tEND IF;\n", start, end);
	append_half_done_check(&body, pieces);
	appendStringInfoString(&body, "END ");
	append_block(out, body.data);
}

void
offline_begin(StringInfo out, List *places, List *pieces)
{
	static const char no_rows[] = "ARRAY[]::text[]";

	appendStringInfoString(out, "\\set ON_ERROR_STOP on\n"
						   "\\set migrate_echo :ECHO\n");
	if (!COMPAT_STANDARD_STRINGS)
		appendStringInfoString(out, "SET standard_conforming_strings = on;\n");
	append_lock(out);
	if (strcmp(linitial(places), no_rows) == 0)
		append_make_books(out);
	append_check(out, places, pieces);
	/* psql shows a statement of a revision that fails */
	appendStringInfoString(out, "\\set ECHO errors\n");
}

void
offline_end(StringInfo out)
{
	appendStringInfoString(out, "\n\\set ECHO :migrate_echo\n");
	append_block(out, " BEGIN PERFORM pg_catalog.pg_advisory_unlock(" LOCK_KEY "::bigint); END ");
}

void
offline_if_here(StringInfo out, const char *rows)
{
	appendStringInfo(out, "SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)"
					 " = %s AS migrate_here \\gset\n"
					 "\\if :migrate_here\n", rows);
}

/* ---------------------------------------------------------------- the books */

static const char *
literal_or_null(const char *text)
{
	return text != NULL ? quote_literal_cstr(text) : "NULL";
}

static void
append_revision(StringInfo out, const StoredRevision *rev)
{
	const RevisionLinks *links = &rev->links;

	appendStringInfo(out, "(%s, ", quote_literal_cstr(links->id));
	offline_array(out, id_list(links->parents, links->nparents));
	appendStringInfoString(out, ", ");
	offline_array(out, id_list(links->depends_on, links->ndepends_on));
	appendStringInfoString(out, ", ");
	offline_array(out, id_list(links->labels, links->nlabels));
	appendStringInfo(out,
					 ", %s, %s::timestamptz, '%s', %s::text, %s::text, %s::text, %s::text, true, %s::text)",
					 literal_or_null(links->message),
					 rev->has_created ? quote_literal_cstr(revision_file_date(rev->created_at))
					 : "NULL",
					 store_mode_name(rev->mode[DIRECTION_UP]),
					 literal_or_null(store_mode_name(rev->mode[DIRECTION_DOWN])),
					 literal_or_null(rev->isolation[DIRECTION_UP]),
					 literal_or_null(rev->isolation[DIRECTION_DOWN]),
					 literal_or_null(rev->contract),
					 literal_or_null(links->file_name));
}

static void
append_script(StringInfo out, const StoredScript *script)
{
	appendStringInfo(out,
					 "(%s, '\\x%s'::bytea, %s, %d, %s, %s::text, %d, %s, %s::text, %d, %s::text, %d)",
					 quote_literal_cstr(script->id), script_hex(script->checksum),
					 quote_literal_cstr(script->half[DIRECTION_UP].sql),
					 script->half[DIRECTION_UP].line,
					 script->half[DIRECTION_UP].marked ? "true"
					 : "false", literal_or_null(script->half[DIRECTION_DOWN].sql),
					 script->half[DIRECTION_DOWN].line, script->half[DIRECTION_DOWN].marked ? "true"
					 : "false",
					 literal_or_null(script->require), script->require_line,
					 literal_or_null(script->verify), script->verify_line);
}

/* Parents and dependencies of new revisions are no longer real heads. */
static void
append_no_heads(StringInfo out, const Graph *graph, const RevList *list)
{
	bool	   *is_below = palloc0(sizeof(bool) * Max(graph->nrevs, 1));
	const char *separator =
	"UPDATE migrate.revisions SET is_real_head = false WHERE is_real_head AND revision IN (";

	for (int i = 0; i < list->n; i++)
	{
		const Revision *rev = &graph->revs[list->revs[i]];

		for (int j = 0; j < rev->nparents; j++)
			is_below[rev->parents[j]] = true;
		for (int j = 0; j < rev->ndeps; j++)
			is_below[rev->deps[j]] = true;
	}
	for (int i = 0; i < graph->nrevs; i++)
	{
		if (!is_below[i])
			continue;
		appendStringInfo(out, "%s%s", separator, quote_literal_cstr(graph->revs[i].links.id));
		separator = ", ";
	}
	if (strcmp(separator, ", ") == 0)
		appendStringInfoString(out, ");\n");
}

void
offline_books(StringInfo out, const Store *store, const RevList *list)
{
	char	  **ids = palloc(sizeof(char *) * Max(list->n, 1));
	StoredScript *scripts;

	if (list->n == 0)
		return;
	appendStringInfoString(out,
						   "INSERT INTO migrate.revisions (revision, down_revisions, depends_on, branch_labels, message,"
						   " created_at, upgrade_mode,\n\tdowngrade_mode, upgrade_isolation, downgrade_isolation,"
						   " contract, is_real_head, file_name) VALUES");
	for (int i = 0; i < list->n; i++)
	{
		appendStringInfoString(out, i > 0 ? ",\n\t" : "\n\t");
		append_revision(out, &store->revs[list->revs[i]]);
		ids[i] = unconstify(char *, store->revs[list->revs[i]].links.id);
	}
	appendStringInfoString(out,
						   "\n\tON CONFLICT (revision) DO UPDATE SET message = excluded.message, created_at = excluded.created_at,"
						   " branch_labels = excluded.branch_labels,\n\t\tupgrade_mode = excluded.upgrade_mode,"
						   " downgrade_mode = excluded.downgrade_mode, upgrade_isolation = excluded.upgrade_isolation,\n"
						   "\t\tdowngrade_isolation = excluded.downgrade_isolation, contract = excluded.contract,\n"
						   "\t\tfile_name = excluded.file_name;\n");
	append_no_heads(out, store->graph, list);
	scripts = store_scripts(false, ids, list->n);
	appendStringInfoString(out,
						   "INSERT INTO migrate.scripts (revision, checksum, upgrade, upgrade_line, upgrade_marked,"
						   " downgrade, downgrade_line,\n\tdowngrade_marked, require, require_line, verify, verify_line) VALUES");
	for (int i = 0; i < list->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoString(out, i > 0 ? ",\n\t" : "\n\t");
		append_script(out, &scripts[i]);
	}
	appendStringInfoString(out,
						   "\n\tON CONFLICT (revision) DO UPDATE SET checksum = excluded.checksum, upgrade = excluded.upgrade,"
						   " upgrade_line = excluded.upgrade_line,\n\t\tupgrade_marked = excluded.upgrade_marked,"
						   " downgrade = excluded.downgrade, downgrade_line = excluded.downgrade_line,\n"
						   "\t\tdowngrade_marked = excluded.downgrade_marked, require = excluded.require,"
						   " require_line = excluded.require_line,\n"
						   "\t\tverify = excluded.verify, verify_line = excluded.verify_line;\n");
}
