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
#include "access/table.h"
#include "access/tableam.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
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

/*
 * Strings of a load are many, small, and go together: they are cut from chunks.
 * For 10,000 revisions this halves the time.
 */
typedef struct Arena
{
	char	   *next;
	Size		left;
} Arena;

#define ARENA_CHUNK (64 * 1024)

static void *
arena_alloc(Arena *arena, Size size)
{
	char	   *result;

	size = MAXALIGN(size);
	if (size > ARENA_CHUNK / 8)
		return palloc(size);
	if (size > arena->left)
	{
		arena->next = palloc(ARENA_CHUNK);
		arena->left = ARENA_CHUNK;
	}
	result = arena->next;
	arena->next += size;
	arena->left -= size;
	return result;
}

static char *
arena_text(Arena *arena, Datum value)
{
	text	   *packed = DatumGetTextPP(value);
	Size		len = VARSIZE_ANY_EXHDR(packed);
	char	   *result = arena_alloc(arena, len + 1);

	memcpy(result, VARDATA_ANY(packed), len);
	result[len] = '\0';
	return result;
}

/* text[]; most are empty or have one element, and none has NULLs. */
static void
arena_texts(Arena *arena, Datum value, char ***items, int *nitems)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);
	int32		ndim;
	ArrayType  *array;
	char	   *p;

	*items = NULL;
	*nitems = 0;
	/* an empty array is seen without making it aligned */
	memcpy(&ndim, VARDATA_ANY(packed), sizeof(ndim));
	if (ndim == 0)
		return;

	array = DatumGetArrayTypeP(value);
	if (ARR_HASNULL(array))
	{
		store_array_texts(value, items, nitems);
		return;
	}
	*nitems = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	*items = arena_alloc(arena, sizeof(char *) * Max(*nitems, 1));
	p = ARR_DATA_PTR(array);
	for (int i = 0; i < *nitems; i++)
	{
		(*items)[i] = arena_text(arena, PointerGetDatum(p));
		p = (char *) att_align_nominal(p + VARSIZE_ANY(p), TYPALIGN_INT);
	}
	if ((Pointer) array != DatumGetPointer(value))
		pfree(array);
}

/* The columns of migrate.revisions that are read. */
typedef enum RevisionColumn
{
	COL_REVISION, COL_DOWN_REVISIONS, COL_DEPENDS_ON, COL_BRANCH_LABELS, COL_MESSAGE,
	COL_CREATED_AT, COL_UPGRADE_MODE, COL_DOWNGRADE_MODE, COL_IS_REAL_HEAD, COL_FILE_NAME,
	NCOLUMNS
} RevisionColumn;

static const char *const column_names[NCOLUMNS] = {
	"revision", "down_revisions", "depends_on", "branch_labels", "message",
	"created_at", "upgrade_mode", "downgrade_mode", "is_real_head", "file_name"
};

/* Where they are in the table. */
static void
find_columns(TupleDesc desc, int *columns)
{
	for (int i = 0; i < NCOLUMNS; i++)
	{
		columns[i] = -1;
		for (int a = 0; a < desc->natts; a++)
			if (!TupleDescAttr(desc, a)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, a)->attname), column_names[i]) == 0)
				columns[i] = a;
		if (columns[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("table migrate.revisions has no column \"%s\"", column_names[i]),
					 errdetail("The table was changed by hand, or the library is of another version than the extension."),
					 errhint("Run ALTER EXTENSION migrate_ext UPDATE.")));
	}
}

static void
read_revision(Arena *arena, TupleTableSlot *slot, const int *columns, StoredRevision *rev)
{
#define VALUE(c) (slot->tts_values[columns[c]])
#define ISNULL(c) (slot->tts_isnull[columns[c]])

	rev->links.id = arena_text(arena, VALUE(COL_REVISION));
	rev->links.message = arena_text(arena, VALUE(COL_MESSAGE));
	rev->links.file_name = ISNULL(COL_FILE_NAME) ? NULL : arena_text(arena, VALUE(COL_FILE_NAME));
	arena_texts(arena, VALUE(COL_DOWN_REVISIONS), &rev->links.parents, &rev->links.nparents);
	arena_texts(arena, VALUE(COL_DEPENDS_ON), &rev->links.depends_on, &rev->links.ndepends_on);
	arena_texts(arena, VALUE(COL_BRANCH_LABELS), &rev->links.labels, &rev->links.nlabels);
	rev->has_created = !ISNULL(COL_CREATED_AT);
	rev->created_at = rev->has_created ? DatumGetTimestampTz(VALUE(COL_CREATED_AT)) : 0;
	rev->upgrade_mode = run_mode(VALUE(COL_UPGRADE_MODE), ISNULL(COL_UPGRADE_MODE));
	rev->downgrade_mode = run_mode(VALUE(COL_DOWNGRADE_MODE), ISNULL(COL_DOWNGRADE_MODE));
	rev->is_real_head = DatumGetBool(VALUE(COL_IS_REAL_HEAD));
}

/*
 * Read migrate.revisions whole, in the order of the heap.  A scan and not a
 * query, since this is what a start with something to do waits for: a query
 * copies each row twice on its way here.
 */
static StoredRevision *
read_revisions(bool fresh, int *nrevs)
{
	Relation	rel = table_open(store_table("revisions"), AccessShareLock);
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	int			columns[NCOLUMNS];
	Arena		arena = {NULL, 0};
	int			max = 1024;
	StoredRevision *revs = palloc(sizeof(StoredRevision) * max);

	find_columns(RelationGetDescr(rel), columns);
	if (fresh)
		CommandCounterIncrement();
	snapshot = RegisterSnapshot(fresh ? GetTransactionSnapshot() : GetActiveSnapshot());
	scan = table_beginscan(rel, snapshot, 0, NULL);
	*nrevs = 0;
	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		CHECK_FOR_INTERRUPTS();
		if (*nrevs == max)
		{
			max *= 2;
			revs = repalloc_huge(revs, sizeof(StoredRevision) * max);
		}
		slot_getallattrs(slot);
		read_revision(&arena, slot, columns, &revs[(*nrevs)++]);
	}
	table_endscan(scan);
	UnregisterSnapshot(snapshot);
	ExecDropSingleTupleTableSlot(slot);
	table_close(rel, AccessShareLock);
	return revs;
}

Store *
store_load(bool fresh, bool ignore_rows)
{
	int			nrevs;
	StoredRevision *revs = read_revisions(fresh, &nrevs);
	char	  **rows;
	int			nrows;

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
store_scripts(bool fresh, char **ids, int nids)
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
				1, types, values, NULL, !fresh, SPI_OK_SELECT);
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
	/* xmin: a revision that was written again is another one */
	static const char *sql = "SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)::text"
		" || ARRAY(SELECT revision || ' ' || xmin::text FROM migrate.revisions ORDER BY revision)::text";
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
				 errdetail("Another session has migrated or written revisions since this transaction began, which cannot see it."),
				 errhint("Try the transaction again.")));
	store_leave(&scope);
}
