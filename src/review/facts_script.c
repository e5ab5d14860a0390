/*
 * facts_script.c
 *		Writes down what another database has to know to judge as if it were this one.
 *
 * The script goes to places where the data must not go.  So it has sizes, counts and texts of
 * statements, and of these only those in which the server has put parameters in the place of all
 * constants.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/managed.h"
#include "review/analyse.h"
#include "review/table_facts.h"
#include "review/workload.h"
#include "settings.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

/* Rows of one INSERT. */
#define ROWS_AT_ONCE 500

/* A table and what it is called. */
typedef struct NamedTable
{
	Oid			relid;
	char	   *schema;
	char	   *name;
} NamedTable;

/* The tables of users, NamedTable, by name.  A partition counts with its table. */
static List *
list_tables(void)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *tables = NIL;
	MemoryContext spi_context;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute("SELECT c.oid, n.nspname, c.relname FROM pg_class AS c"
					" JOIN pg_namespace AS n ON n.oid = c.relnamespace"
					" WHERE c.relkind IN ('r', 'p', 'm') AND NOT c.relispartition"
					" AND c.relpersistence <> 't'"
					" AND " SCHEMA_IS_NOT_RESERVED("n.nspname")
					" ORDER BY n.nspname COLLATE \"C\", c.relname COLLATE \"C\"", true,
					0) != SPI_OK_SELECT)
		elog(ERROR, "the tables could not be read");
	spi_context = MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		NamedTable *table = palloc(sizeof(NamedTable));
		bool		isnull;

		table->relid = DatumGetObjectId(SPI_getbinval(row, SPI_tuptable->tupdesc, 1, &isnull));
		table->schema =
			pstrdup(NameStr(*DatumGetName(SPI_getbinval(row, SPI_tuptable->tupdesc, 2, &isnull))));
		table->name =
			pstrdup(NameStr(*DatumGetName(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &isnull))));
		tables = lappend(tables, table);
	}
	MemoryContextSwitchTo(spi_context);
	SPI_finish();
	return tables;
}

/* Begin a row of an INSERT that ends after ROWS_AT_ONCE rows. */
static void
begin_row(StringInfo out, int number, const char *insert)
{
	if (number % ROWS_AT_ONCE == 0)
		appendStringInfo(out, "%s%s VALUES\n\t(", number > 0 ? ";\n" : "", insert);
	else
		appendStringInfoString(out, ",\n\t(");
}

static void
write_tables(StringInfo out, const char *now)
{
	int			number = 0;
	ListCell   *lc;

	foreach(lc, list_tables())
	{
		const NamedTable *table = lfirst(lc);
		TableFacts	facts;

		CHECK_FOR_INTERRUPTS();
		/* a table that somebody has locked is not waited for */
		if (!ConditionalLockRelationOid(table->relid, AccessShareLock))
		{
			ereport(NOTICE, (errmsg("%s is locked by another session, and left out",
									quote_qualified_identifier(table->schema, table->name))));
			continue;
		}
		facts = table_facts_of(NULL, table->relid);
		UnlockRelationOid(table->relid, AccessShareLock);
		begin_row(out, number++,
				  "INSERT INTO migrate.facts (schema_name, table_name, bytes, rows, scans, writes, told_at)");
		appendStringInfo(out, "%s, %s, %.0f, %.0f, " INT64_FORMAT ", " INT64_FORMAT ", %s)",
						 quote_literal_cstr(table->schema),
						 quote_literal_cstr(table->name), facts.bytes, facts.rows, facts.scans,
						 facts.writes, now);
	}
	if (number > 0)
		appendStringInfoString(out, ";\n");
}

static const char *
literal_or_null(const char *text)
{
	return text != NULL ? quote_literal_cstr(text) : "NULL";
}

static void
write_statements(StringInfo out)
{
	const char *why;
	int			number = 0;
	int			left_out = 0;
	ListCell   *lc;

	foreach(lc, workload_counted(&why))
	{
		const WorkloadText *text = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (text->sql != NULL && !workload_is_free_of_data(text->sql))
		{
			left_out++;
			continue;
		}
		begin_row(out, number++,
				  "INSERT INTO migrate.fact_statements (queryid, calls, role, search_path, query)");
		appendStringInfo(out, INT64_FORMAT ", " INT64_FORMAT ", %s, %s, %s)", text->queryid,
						 text->calls, quote_literal_cstr(text->role_name),
						 literal_or_null(text->search_path), literal_or_null(text->sql));
	}
	if (number > 0)
		appendStringInfoString(out, ";\n");
	if (why != NULL)
		ereport(NOTICE, (errmsg("the script has no statements: %s", why)));
	if (left_out > 0)
		ereport(NOTICE,
				(errmsg_plural("%d statement is left out, since it is no query, or has constants in its text",
							   "%d statements are left out, since they are no queries, or have constants in their texts",
							   left_out, left_out)));
}

char *
facts_script(void)
{
	StringInfoData out;
	int			nest_level = settings_pin_path();

	/* for partitions and children, which are locked with their table */
	(void) settings_set_lock_timeout(migrate_lock_timeout);
	initStringInfo(&out);
	appendStringInfoString(&out,
						   "-- Sizes and use of the tables of a database, and the statements that it gets, for migrate.review() and\n"
						   "-- migrate.impact() of another one.  No rows.  Run it there with psql -1 -f.\n"
						   "DELETE FROM migrate.facts;\nDELETE FROM migrate.fact_statements;\n");
	write_tables(&out, quote_literal_cstr(timestamptz_to_str(GetCurrentTimestamp())));
	write_statements(&out);
	settings_leave(nest_level);
	return out.data;
}
