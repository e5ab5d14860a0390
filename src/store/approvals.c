/*
 * approvals.c
 *		Reads and writes who has approved what.
 *
 * An approval is a row of the log.  It holds a digest of all that was looked at, so that no code
 * has to take it back when any of that changes.
 */
#include "postgres.h"

#include "store/store.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/timestamp.h"

char **
store_writers(char **ids, int nids)
{
	StoreScope	scope;
	char	  **writers = palloc(sizeof(char *) * Max(nids, 1));
	Oid			type = TEXTARRAYOID;
	Datum		value;

	store_enter(&scope);
	value = store_text_array(ids, nids);
	store_query("SELECT s.written_by FROM unnest($1) WITH ORDINALITY AS u (id, n)"
				" LEFT JOIN migrate.scripts AS s ON s.revision = u.id ORDER BY u.n",
				1, &type, &value, NULL, false, SPI_OK_SELECT);
	for (int i = 0; i < nids; i++)
		writers[i] = store_text(scope.caller, i, 1);
	store_leave(&scope);
	return writers;
}

bool
approval_is_there(const char *digest, Approval **latest)
{
	StoreScope	scope;
	Oid			type = BYTEAOID;
	bytea	   *checksum = palloc(VARHDRSZ + 32);
	Datum		value = PointerGetDatum(checksum);
	bool		isnull;
	bool		found = false;

	SET_VARSIZE(checksum, VARHDRSZ + 32);
	memcpy(VARDATA(checksum), digest, 32);
	*latest = NULL;
	store_enter(&scope);
	store_query("SELECT checksum = $1, session_role, started_at, version_before, message FROM migrate.log"
				" WHERE action = 'approve' AND checksum IS NOT NULL"
				" ORDER BY checksum = $1 DESC, id DESC LIMIT 1",
				1, &type, &value, NULL, false, SPI_OK_SELECT);
	if (SPI_processed > 0)
	{
		HeapTuple	tuple = SPI_tuptable->vals[0];
		TupleDesc	desc = SPI_tuptable->tupdesc;
		MemoryContext spi_context;

		found = DatumGetBool(SPI_getbinval(tuple, desc, 1, &isnull));
		*latest = MemoryContextAllocZero(scope.caller, sizeof(Approval));
		(*latest)->role = store_text(scope.caller, 0, 2);
		(*latest)->at = DatumGetTimestampTz(SPI_getbinval(tuple, desc, 3, &isnull));
		(*latest)->comment = store_text(scope.caller, 0, 5);
		spi_context = MemoryContextSwitchTo(scope.caller);
		store_array_texts(SPI_getbinval(tuple, desc, 4, &isnull), &(*latest)->rows.ids,
						  &(*latest)->rows.n);
		MemoryContextSwitchTo(spi_context);
	}
	store_leave(&scope);
	return found;
}

void
approval_write(const char *comment, IdList rows, const char *digest)
{
	LogEntry	entry = {
		.action = "approve",
		.message = comment,
		.rows = store_log_rows(rows),
		.started_at = GetCurrentTimestamp(),
		.checksum = digest
	};

	store_write_log(&entry, 1);
}
