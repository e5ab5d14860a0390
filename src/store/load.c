/*
 * load.c
 *		Read the tables.
 *
 * The graph comes by one query that does not touch the scripts, whatever the
 * number of revisions; scripts are fetched for those that are about to run.
 * Sorting into load order happens here and not in the query: rows mostly come
 * in that order already, and then it costs one pass.
 */
#include "postgres.h"

#include "compat.h"
#include "store/store.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/snapmgr.h"

/* see store_stage_version() */
static char **staged_rows = NULL;
static int	nstaged_rows = -1;

static char *
copy_text(Datum value)
{
	return TextDatumGetCString(value);
}

static RunMode
run_mode(Datum value, bool isnull)
{
	if (isnull)
		return RUN_NONE;
	switch (*VARDATA_ANY(DatumGetTextPP(value)))
	{
		case 't':
			return RUN_TRANSACTION;
		case 'c':
			return RUN_CONCURRENTLY;
		default:
			return RUN_AUTOCOMMIT;
	}
}

static int
compare_load_order(const void *a, const void *b)
{
	const StoredRevision *ra = a;
	const StoredRevision *rb = b;

	if (ra->has_created != rb->has_created)
		return ra->has_created ? 1 : -1;
	if (ra->has_created && ra->created_at != rb->created_at)
		return ra->created_at < rb->created_at ? -1 : 1;
	return strcmp(ra->links.id, rb->links.id);
}

static Store *
build(StoredRevision *revs, int nrevs, char **rows, int nrows, bool ignore_rows)
{
	Store	   *store = palloc0(sizeof(Store));
	bool		sorted = true;

	for (int i = 1; i < nrevs && sorted; i++)
		sorted = compare_load_order(&revs[i - 1], &revs[i]) <= 0;
	if (!sorted)
		qsort(revs, nrevs, sizeof(StoredRevision), compare_load_order);

	store->nrevs = nrevs;
	store->revs = revs;
	store->graph = graph_begin(nrevs);
	for (int i = 0; i < nrevs; i++)
		graph_add(store->graph, &revs[i].links);
	graph_finish(store->graph);
	store->rows = rows;
	store->nrows = nrows;
	store->version = version_from_rows(store->graph, rows, ignore_rows ? 0 : nrows);
	return store;
}

Store *
store_rebuild(const Store *store, StoredRevision *revs, int nrevs)
{
	return build(revs, nrevs, store->rows, store->nrows, false);
}

Store *
store_load(bool fresh, bool ignore_rows)
{
	StoreScope	scope;
	StoredRevision *revs;
	int			nrevs;
	char	  **rows;
	int			nrows;
	TupleDesc	desc;
	MemoryContext spi_context;

	store_enter(&scope);
	store_query("SELECT revision, message, file_name, down_revisions, depends_on, branch_labels,"
				" created_at, upgrade_mode, downgrade_mode, is_real_head"
				" FROM migrate.revisions",
				0, NULL, NULL, NULL, !fresh, SPI_OK_SELECT);
	nrevs = (int) SPI_processed;
	desc = SPI_tuptable->tupdesc;
	spi_context = MemoryContextSwitchTo(scope.caller);
	revs = MemoryContextAllocHuge(CurrentMemoryContext, sizeof(StoredRevision) * Max(nrevs, 1));
	for (int i = 0; i < nrevs; i++)
	{
		StoredRevision *rev = &revs[i];
		Datum		values[10];
		bool		nulls[10];

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], desc, values, nulls);
		rev->links.id = copy_text(values[0]);
		rev->links.message = copy_text(values[1]);
		rev->links.file_name = nulls[2] ? NULL : copy_text(values[2]);
		store_array_texts(values[3], &rev->links.parents, &rev->links.nparents);
		store_array_texts(values[4], &rev->links.depends_on, &rev->links.ndepends_on);
		store_array_texts(values[5], &rev->links.labels, &rev->links.nlabels);
		rev->has_created = !nulls[6];
		rev->created_at = nulls[6] ? 0 : DatumGetTimestampTz(values[6]);
		rev->upgrade_mode = run_mode(values[7], nulls[7]);
		rev->downgrade_mode = run_mode(values[8], nulls[8]);
		rev->is_real_head = DatumGetBool(values[9]);
	}
	MemoryContextSwitchTo(spi_context);
	store_leave(&scope);

	store_version_rows(fresh, &rows, &nrows);
	return build(revs, nrevs, rows, nrows, ignore_rows);
}

/* Copy a text[] of the first result row into the caller's context. */
static void
take_array(StoreScope *scope, int column, char ***items, int *nitems)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, column, &isnull);
	MemoryContext spi_context = MemoryContextSwitchTo(scope->caller);

	store_array_texts(value, items, nitems);
	MemoryContextSwitchTo(spi_context);
}

void
store_version_rows(bool fresh, char ***rows, int *nrows)
{
	StoreScope	scope;

	if (nstaged_rows >= 0)
	{
		*nrows = nstaged_rows;
		*rows = palloc(sizeof(char *) * Max(nstaged_rows, 1));
		for (int i = 0; i < nstaged_rows; i++)
			(*rows)[i] = pstrdup(staged_rows[i]);
		return;
	}
	store_enter(&scope);
	store_query("SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)",
				0, NULL, NULL, NULL, !fresh, SPI_OK_SELECT);
	take_array(&scope, 1, rows, nrows);
	store_leave(&scope);
}

bool
store_at_heads(bool fresh, char ***rows, int *nrows)
{
	StoreScope	scope;
	char	  **heads;
	int			nheads;
	bool		same;

	if (nstaged_rows >= 0)
	{
		store_version_rows(fresh, rows, nrows);
		return false;
	}
	store_enter(&scope);
	store_query("SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision),"
				" ARRAY(SELECT revision FROM migrate.revisions WHERE is_real_head ORDER BY revision)",
				0, NULL, NULL, NULL, !fresh, SPI_OK_SELECT);
	take_array(&scope, 1, rows, nrows);
	take_array(&scope, 2, &heads, &nheads);
	store_leave(&scope);

	same = *nrows == nheads;
	for (int i = 0; same && i < nheads; i++)
		same = strcmp((*rows)[i], heads[i]) == 0;
	return same;
}

void
store_stage_version(const VersionState *state)
{
	RevList    *list;
	MemoryContext old;

	/* a handful of identifiers per run; they live until the next call */
	if (staged_rows != NULL)
	{
		for (int i = 0; i < nstaged_rows; i++)
			pfree(staged_rows[i]);
		pfree(staged_rows);
	}
	staged_rows = NULL;
	nstaged_rows = -1;
	if (state == NULL)
		return;

	list = version_rows(state);
	old = MemoryContextSwitchTo(TopMemoryContext);
	staged_rows = palloc(sizeof(char *) * Max(list->n, 1));
	nstaged_rows = 0;
	for (int i = 0; i < list->n; i++)
		staged_rows[nstaged_rows++] = pstrdup(state->graph->revs[list->revs[i]].links.id);
	MemoryContextSwitchTo(old);
}

StoredScript *
store_scripts(char **ids, int nids)
{
	StoreScope	scope;
	StoredScript *scripts;
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];
	TupleDesc	desc;
	MemoryContext spi_context;

	store_enter(&scope);
	values[0] = store_text_array(ids, nids);
	store_query("SELECT s.upgrade, s.upgrade_line, s.upgrade_marked,"
				" s.downgrade, s.downgrade_line, s.downgrade_marked, s.checksum"
				" FROM unnest($1) WITH ORDINALITY AS u(id, n)"
				" LEFT JOIN migrate.scripts s ON s.revision = u.id ORDER BY u.n",
				1, types, values, NULL, true, SPI_OK_SELECT);
	if (SPI_processed != nids)
		elog(ERROR, "%d scripts wanted, %d found", nids, (int) SPI_processed);
	desc = SPI_tuptable->tupdesc;
	spi_context = MemoryContextSwitchTo(scope.caller);
	scripts = palloc0(sizeof(StoredScript) * Max(nids, 1));
	for (int i = 0; i < nids; i++)
	{
		StoredScript *script = &scripts[i];
		Datum		row[7];
		bool		nulls[7];
		bytea	   *checksum;

		CHECK_FOR_INTERRUPTS();
		heap_deform_tuple(SPI_tuptable->vals[i], desc, row, nulls);
		if (nulls[0])
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("revision \"%s\" has no row in migrate.scripts", ids[i]),
					 errhint("The table was changed by hand; load the revision's file again.")));
		script->id = ids[i];
		script->upgrade = copy_text(row[0]);
		script->upgrade_line = DatumGetInt32(row[1]);
		script->upgrade_marked = DatumGetBool(row[2]);
		script->downgrade = nulls[3] ? NULL : copy_text(row[3]);
		script->downgrade_line = DatumGetInt32(row[4]);
		script->downgrade_marked = DatumGetBool(row[5]);
		checksum = DatumGetByteaPP(row[6]);
		memcpy(script->checksum, VARDATA_ANY(checksum),
			   Min(sizeof(script->checksum), VARSIZE_ANY_EXHDR(checksum)));
	}
	MemoryContextSwitchTo(spi_context);
	store_leave(&scope);
	return scripts;
}

char	  **
store_checksums(char **ids, int nids)
{
	StoreScope	scope;
	char	  **checksums = palloc0(sizeof(char *) * Max(nids, 1));
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];

	store_enter(&scope);
	values[0] = store_text_array(ids, nids);
	store_query("SELECT s.checksum FROM unnest($1) WITH ORDINALITY AS u(id, n)"
				" LEFT JOIN migrate.scripts s ON s.revision = u.id ORDER BY u.n",
				1, types, values, NULL, false, SPI_OK_SELECT);
	for (int i = 0; i < nids; i++)
	{
		bool		isnull;
		Datum		value = SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1, &isnull);

		if (!isnull && VARSIZE_ANY_EXHDR(DatumGetByteaPP(value)) == 32)
		{
			checksums[i] = MemoryContextAlloc(scope.caller, 32);
			memcpy(checksums[i], VARDATA_ANY(DatumGetByteaPP(value)), 32);
		}
	}
	store_leave(&scope);
	return checksums;
}

bool
store_last_log(char **action, char **revision, TimestampTz *at, char **role)
{
	StoreScope	scope;
	bool		found;

	store_enter(&scope);
	store_query("SELECT action, revision, started_at, role::text FROM migrate.log ORDER BY id DESC LIMIT 1",
				0, NULL, NULL, NULL, true, SPI_OK_SELECT);
	found = SPI_processed > 0;
	if (found)
	{
		Datum		row[4];
		bool		nulls[4];
		MemoryContext spi_context;

		heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, row, nulls);
		spi_context = MemoryContextSwitchTo(scope.caller);
		*action = copy_text(row[0]);
		*revision = nulls[1] ? NULL : copy_text(row[1]);
		*at = DatumGetTimestampTz(row[2]);
		*role = copy_text(row[3]);
		MemoryContextSwitchTo(spi_context);
	}
	store_leave(&scope);
	return found;
}

void
store_check_snapshot(void)
{
	static const char *sql = "SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)::text";
	StoreScope	scope;
	SPIPlanPtr	plan;
	char	   *seen[2];

	if (!IsolationUsesXactSnapshot())
		return;
	store_enter(&scope);
	plan = SPI_prepare(sql, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	for (int i = 0; i < 2; i++)
	{
		int			rc = SPI_execute_snapshot(plan, NULL, NULL,
											  i == 0 ? GetTransactionSnapshot() : GetLatestSnapshot(),
											  InvalidSnapshot, true, false, 0);

		if (rc != SPI_OK_SELECT)
			elog(ERROR, "SPI_execute_snapshot failed: %s", SPI_result_code_string(rc));
		seen[i] = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
	}
	if (strcmp(seen[0], seen[1]) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("could not serialize access due to a concurrent migration"),
				 errdetail("Another session has migrated since this transaction began, which cannot see it."),
				 errhint("Try the transaction again.")));
	store_leave(&scope);
}
