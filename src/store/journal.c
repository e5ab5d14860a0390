/*
 * journal.c
 *		Writes the log of an online run while the run goes on.
 *
 * A row is committed before a revision runs.  Its outcome is set in the transaction
 * that commits the revision's last effect and the version rows.  So a crash leaves a
 * row that says which revision was running, and for a revision that runs statement
 * by statement how many statements are done.
 */
#include "postgres.h"

#include "compat.h"
#include "store/store.h"
#include "store/table.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

int64
journal_begin(const LogEntry *entry, int statements)
{
	static SPIPlanPtr plan = NULL;
	StoreScope	scope;
	Oid			types[8] = {TEXTOID, TEXTOID, TEXTOID, TEXTARRAYOID, TIMESTAMPTZOID, TEXTOID,
	INT4OID, TEXTOID};
	Datum		values[8];
	char		nulls[9] = "        ";
	char	   *role = GetUserNameFromId(GetUserId(), false);
	bool		isnull;
	int64		id;

	store_enter(&scope);
	values[0] = CStringGetTextDatum(entry->action);
	values[1] = CStringGetTextDatum(entry->revision);
	values[2] = CStringGetTextDatum(entry->message);
	values[3] = store_text_array(entry->rows.before.ids, entry->rows.before.n);
	values[4] = TimestampTzGetDatum(entry->started_at);
	values[5] = CStringGetTextDatum(role);
	values[6] = Int32GetDatum(statements);
	if (statements == 0)
		nulls[6] = 'n';
	if (entry->allowed != NULL)
		values[7] = CStringGetTextDatum(entry->allowed);
	else
		nulls[7] = 'n';
	store_query_again(&plan,
					  "INSERT INTO migrate.log (action, revision, message, outcome, version_before, version_after,"
					  " started_at, role, checksum, tag, statements, statements_done, allowed)"
					  " SELECT $1, $2, $3, 'running', $4, $4, $5, $6::name,"
					  " (SELECT checksum FROM migrate.scripts WHERE revision = $2),"
					  " nullif(current_setting('migrate.tag', true), ''), $7, $7 * 0, $8"
					  " RETURNING id",
					  8, types, values, nulls, SPI_OK_INSERT_RETURNING);
	id = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	store_leave(&scope);
	return id;
}

void
journal_resume(int64 id)
{
	StoreScope	scope;
	Oid			types[1] = {INT8OID};
	Datum		values[1] = {Int64GetDatum(id)};

	store_enter(&scope);
	store_query("UPDATE migrate.log SET outcome = 'running', tries = tries + 1, backend_pid = pg_backend_pid(),"
				" sqlstate = NULL, error = NULL, error_context = NULL WHERE id = $1",
				1, types, values, NULL, false, SPI_OK_UPDATE);
	store_leave(&scope);
}

void
journal_progress(int64 id, int statements_done)
{
	static SPIPlanPtr plan = NULL;
	StoreScope	scope;
	Oid			types[2] = {INT8OID, INT4OID};
	Datum		values[2] = {Int64GetDatum(id), Int32GetDatum(statements_done)};

	store_enter(&scope);
	store_query_again(&plan, "UPDATE migrate.log SET statements_done = $2 WHERE id = $1",
					  2, types, values, NULL, SPI_OK_UPDATE);
	store_leave(&scope);
}

void
journal_retry(int64 id, int more_tries, long wait_ms, const char *blocked_by)
{
	StoreScope	scope;
	Oid			types[4] = {INT8OID, INT4OID, INT8OID, TEXTOID};
	Datum		values[4];
	char		nulls[5] = "    ";

	store_enter(&scope);
	values[0] = Int64GetDatum(id);
	values[1] = Int32GetDatum(more_tries);
	values[2] = Int64GetDatum(wait_ms);
	if (blocked_by != NULL)
		values[3] = CStringGetTextDatum(blocked_by);
	else
		nulls[3] = 'n';
	store_query("UPDATE migrate.log SET tries = tries + $2, blocked_by = coalesce($4, blocked_by),"
				" waited = coalesce(waited, '0') + $3 * interval '1 millisecond' WHERE id = $1",
				4, types, values, nulls, false, SPI_OK_UPDATE);
	store_leave(&scope);
}

void
journal_end(int64 id, const char *outcome, const LogRows *rows, int64 duration_us,
			const ErrorData *error)
{
	static SPIPlanPtr plan = NULL;
	StoreScope	scope;
	Oid			types[8] = {INT8OID, TEXTOID, TEXTARRAYOID, INT8OID, TEXTOID, TEXTOID, TEXTOID,
	TEXTARRAYOID};
	Datum		values[8] = {0};
	char		nulls[9] = "  nnnnnn";

	store_enter(&scope);
	values[0] = Int64GetDatum(id);
	values[1] = CStringGetTextDatum(outcome);
	if (rows != NULL)
	{
		values[2] = store_text_array(rows->after.ids, rows->after.n);
		values[7] = store_text_array(rows->before.ids, rows->before.n);
		nulls[2] = nulls[7] = ' ';
	}
	if (duration_us >= 0)
	{
		values[3] = Int64GetDatum(duration_us);
		nulls[3] = ' ';
	}
	if (error != NULL)
	{
		values[4] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
		values[5] = CStringGetTextDatum(error->message ? error->message : "");
		nulls[4] = nulls[5] = ' ';
		if (error->context != NULL)
		{
			values[6] = CStringGetTextDatum(error->context);
			nulls[6] = ' ';
		}
	}
	store_query_again(&plan,
					  "UPDATE migrate.log SET outcome = $2, version_after = coalesce($3, version_after),"
					  " version_before = coalesce($8, version_before),"
					  " duration = coalesce($4 * interval '1 microsecond', duration),"
					  " sqlstate = coalesce($5, sqlstate), error = coalesce($6, error), error_context = coalesce($7, error_context)"
					  " WHERE id = $1",
					  8, types, values, nulls, SPI_OK_UPDATE);
	store_leave(&scope);
}

bool
journal_has_open(void)
{
	static const char *const columns[] = {"id", "outcome"};
	TableReader *reader = table_reader_open("log", columns, 2, true);
	bool		found = false;

	table_reader_scan(reader, "log_open", NULL);
	while (!found && table_reader_next(reader, NULL))
	{
		/* if the index was dropped, the scan returns every row of the log */
		char	   *outcome = TextDatumGetCString(reader->values[1]);

		found = strcmp(outcome, "running") == 0 || strcmp(outcome, "half_done") == 0;
	}
	table_reader_close(reader);
	return found;
}

char *
journal_half_done(void)
{
	static const char *const columns[] = {"outcome", "revision", "statements"};
	TableReader *reader = table_reader_open("log", columns, 3, false);
	char	   *revision = NULL;

	table_reader_scan(reader, "log_open", NULL);
	while (revision == NULL && table_reader_next(reader, NULL))
		if (*VARDATA_ANY(DatumGetTextPP(reader->values[0])) != 'd' &&
			*VARDATA_ANY(DatumGetTextPP(reader->values[0])) != 'f' &&
			!reader->nulls[1] && !reader->nulls[2])
			revision = TextDatumGetCString(reader->values[1]);
	table_reader_close(reader);
	return revision;
}

OpenEntry *
journal_open(int *n)
{
	StoreScope	scope;
	OpenEntry  *entries;
	MemoryContext spi_context;

	store_enter(&scope);
	store_query("SELECT l.id, l.action, l.revision::text, l.outcome = 'half_done', l.statements IS NOT NULL,"
				" coalesce(l.statements_done, 0),"
				" l.checksum IS NOT DISTINCT FROM (SELECT s.checksum FROM migrate.scripts s"
				" WHERE s.revision = l.revision)"
				" FROM migrate.log l WHERE l.outcome IN ('running', 'half_done') ORDER BY l.id",
				0, NULL, NULL, NULL, false, SPI_OK_SELECT);
	*n = (int) SPI_processed;
	spi_context = MemoryContextSwitchTo(scope.caller);
	entries = palloc(sizeof(OpenEntry) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		Datum		row[7];
		bool		isnull[7];

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, row, isnull);
		entries[i].id = DatumGetInt64(row[0]);
		entries[i].action = TextDatumGetCString(row[1]);
		entries[i].revision = isnull[2] ? pstrdup("") : TextDatumGetCString(row[2]);
		entries[i].is_half_done = DatumGetBool(row[3]);
		entries[i].has_statements = DatumGetBool(row[4]);
		entries[i].statements_done = DatumGetInt32(row[5]);
		entries[i].is_same_script = DatumGetBool(row[6]);
	}
	MemoryContextSwitchTo(spi_context);
	store_leave(&scope);
	return entries;
}

int
journal_statements_done(const char *revision, Direction direction)
{
	int			n;
	OpenEntry  *entries;

	if (!journal_has_open())
		return -1;
	entries = journal_open(&n);
	for (int i = 0; i < n; i++)
		if (entries[i].has_statements && entries[i].is_same_script &&
			strcmp(entries[i].revision, revision) == 0 &&
			strcmp(entries[i].action, direction_name(direction)) == 0)
			return entries[i].statements_done;
	return -1;
}
