/*
 * calls.c
 *		Keeps how often recorded statements were called, and when that was last seen to grow.
 *
 * pg_stat_statements does not tell when a statement was called last.  So its numbers are kept, and
 * compared with those of the next time.  Who asks seldom knows less, and never too much: a number
 * that has changed counts as having changed now.
 */
#include "postgres.h"

#include "store/store.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "storage/lmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* An int8[] or timestamptz[]; with_nulls: 0 is NULL. */
static Datum
array_of(const int64 *numbers, int n, Oid type, bool with_nulls)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(n, 1));
	bool	   *nulls = palloc(sizeof(bool) * Max(n, 1));
	int			lower = 1;

	for (int i = 0; i < n; i++)
	{
		values[i] = Int64GetDatum(numbers[i]);
		nulls[i] = with_nulls && numbers[i] == 0;
	}
	return PointerGetDatum(construct_md_array(values, nulls, 1, &n, &lower, type, sizeof(int64),
											  FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
}

#define NOW \
	" now AS (SELECT u.role::name, u.queryid, u.calls, u.since, u.n FROM unnest($1, $2, $3, $4)" \
	" WITH ORDINALITY AS u(role, queryid, calls, since, n))"

static void
set_counts(const CallCounts *counts, Oid *types, Datum *values)
{
	types[0] = TEXTARRAYOID;
	types[1] = INT8ARRAYOID;
	types[2] = INT8ARRAYOID;
	types[3] = TIMESTAMPTZARRAYOID;
	values[0] = store_text_array(counts->roles, counts->n);
	values[1] = array_of(counts->queryids, counts->n, INT8OID, false);
	values[2] = array_of(counts->calls, counts->n, INT8OID, false);
	values[3] = array_of(counts->since, counts->n, TIMESTAMPTZOID, true);
}

CallCounts *
calls_new(int n)
{
	CallCounts *counts = palloc0(sizeof(CallCounts));
	int			size = Max(n, 1);

	counts->roles = palloc(sizeof(char *) * size);
	counts->queryids = palloc(sizeof(int64) * size);
	counts->calls = palloc(sizeof(int64) * size);
	counts->since = palloc(sizeof(TimestampTz) * size);
	return counts;
}

void
calls_add(CallCounts *counts, const char *role, int64 queryid, int64 calls, TimestampTz since)
{
	counts->roles[counts->n] = unconstify(char *, role);
	counts->queryids[counts->n] = queryid;
	counts->calls[counts->n] = calls;
	counts->since[counts->n++] = since;
}

bool
calls_note(const CallCounts *counts)
{
	StoreScope	scope;
	Oid			types[4];
	Datum		values[4];
	bool		wrote;

	/*
	 * two sessions would wait for each other's rows, until the end of a
	 * transaction
	 */
	if (counts->n == 0 ||
		!ConditionalLockRelationOid(store_table("query_seen"), ShareUpdateExclusiveLock))
		return false;
	store_enter(&scope);
	set_counts(counts, types, values);
	store_query("WITH" NOW ","
				" gone AS (DELETE FROM migrate.query_seen AS q WHERE q.role IN (SELECT role FROM now)"
				"  AND NOT EXISTS (SELECT FROM now WHERE now.role = q.role AND now.queryid = q.queryid))"
				" INSERT INTO migrate.query_seen AS q (role, queryid, calls, since, grown_at)"
				" SELECT role, queryid, calls, since, clock_timestamp() FROM now"
				" ON CONFLICT (role, queryid) DO UPDATE SET calls = excluded.calls, since = excluded.since,"
				"  grown_at = excluded.grown_at"
				"  WHERE q.calls <> excluded.calls OR q.since IS DISTINCT FROM excluded.since",
				4, types, values, NULL, false, SPI_OK_INSERT);
	wrote = SPI_processed > 0;
	store_leave(&scope);
	return wrote;
}

TimestampTz *
calls_grown(const CallCounts *counts, const char *within)
{
	StoreScope	scope;
	Oid			types[5];
	Datum		values[5];
	bool		isnull;
	TimestampTz *grown = palloc0(sizeof(TimestampTz) * Max(counts->n, 1));

	store_enter(&scope);
	set_counts(counts, types, values);
	types[4] = TEXTOID;
	values[4] = CStringGetTextDatum(within);
	store_query("WITH" NOW ","
				" seen AS (SELECT now.n, CASE WHEN q.calls = now.calls AND q.since IS NOT DISTINCT FROM now.since"
				"  THEN q.grown_at ELSE clock_timestamp() END AS at"
				"  FROM now LEFT JOIN migrate.query_seen AS q USING (role, queryid))"
				" SELECT nullif(at, CASE WHEN at <= clock_timestamp() - $5::interval THEN at END) FROM seen ORDER BY n",
				5, types, values, NULL, false, SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Datum		at = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		grown[i] = isnull ? 0 : DatumGetTimestampTz(at);
	}
	store_leave(&scope);
	return grown;
}
