/*
 * runs.c
 *		What ran, for who reports it: one query, however many rows or revisions.
 */
#include "postgres.h"

#include "store/store.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/timestamp.h"

static void
read_run(MemoryContext context, int number, StoredRun *run)
{
	Datum		row[13];
	bool		nulls[13];

	heap_deform_tuple(SPI_tuptable->vals[number], SPI_tuptable->tupdesc, row, nulls);
	run->action = store_text(context, number, 1);
	run->revision = store_text(context, number, 2);
	run->message = store_text(context, number, 3);
	run->outcome = store_text(context, number, 4);
	run->error = store_text(context, number, 5);
	run->sqlstate = store_text(context, number, 6);
	run->role = store_text(context, number, 7);
	run->application = store_text(context, number, 8);
	run->blocked_by = store_text(context, number, 9);
	run->at = DatumGetTimestampTz(row[9]);
	run->duration_us = DatumGetInt64(row[10]);
	run->waited_us = DatumGetInt64(row[11]);
	run->tries = DatumGetInt32(row[12]);
}

StoredRun *
store_runs(int limit, int *n)
{
	StoreScope	scope;
	StoredRun  *runs;
	Oid			type = INT4OID;
	Datum		value = Int32GetDatum(limit);

	store_enter(&scope);
	store_query("SELECT action, revision::text, message, outcome, error, sqlstate, role::text, application, blocked_by, started_at,"
				" coalesce((extract(epoch FROM duration) * 1000000)::bigint, -1), coalesce((extract(epoch FROM waited) * 1000000)::bigint, 0), tries"
				" FROM migrate.runs ORDER BY id DESC LIMIT $1",
				1, &type, &value, NULL, true, SPI_OK_SELECT);
	*n = SPI_processed;
	runs = MemoryContextAllocZero(scope.caller, sizeof(StoredRun) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
		read_run(scope.caller, i, &runs[i]);
	store_leave(&scope);
	return runs;
}

int64 *
store_durations(char **ids, int nids)
{
	StoreScope	scope;
	int64	   *durations = palloc(sizeof(int64) * Max(nids, 1));
	Oid			type = TEXTARRAYOID;
	Datum		value;

	store_enter(&scope);
	value = store_text_array(ids, nids);
	store_query("SELECT coalesce((extract(epoch FROM l.duration) * 1000000)::bigint, -1)"
				" FROM unnest($1) WITH ORDINALITY AS u (id, n)"
				" LEFT JOIN (SELECT DISTINCT ON (revision) revision, duration FROM migrate.log"
				"  WHERE action = 'upgrade' AND outcome = 'done' AND revision = ANY ($1)"
				" ORDER BY revision, id DESC) AS l ON l.revision = u.id"
				" ORDER BY u.n",
				1, &type, &value, NULL, true, SPI_OK_SELECT);
	for (int i = 0; i < nids; i++)
	{
		bool		isnull;

		durations[i] =
			DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull));
	}
	store_leave(&scope);
	return durations;
}
