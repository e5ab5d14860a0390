/*
 * load.c
 *		Reads the tables.
 *
 * One scan reads the whole graph without the scripts, whatever the number of
 * revisions; store_load_pending() reads only the part near the heads.  Scripts are
 * read only for revisions that are about to run.
 * Revisions are sorted into load order after the scan: mostly the rows are in that
 * order already, and then sorting is one pass.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "store/store.h"
#include "store/table.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"
#include "utils/snapmgr.h"

/* see store_stage_version() */
static const VersionState *staged = NULL;

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

/*
 * Error callback while a stored graph is built.  Our functions check the graph before they
 * write revisions, so an invalid one comes from a change by hand: say so instead of the
 * usual hint to correct a file.
 */
static void
changed_by_hand(void *arg)
{
	if (ERRCODE_TO_CATEGORY(geterrcode()) == ERRCODE_TO_CATEGORY(ERRCODE_MG_CYCLE))
		errhint("The table migrate.revisions was changed by hand: put the row right with UPDATE, or restore the table from a backup.");
}

static Store *
build(StoredRevision *revs, int nrevs, IdList rows, bool ignore_rows, bool as_stored)
{
	Store	   *store = palloc0(sizeof(Store));
	bool		sorted = true;
	ErrorContextCallback callback = {.callback = changed_by_hand,.previous = error_context_stack};

	for (int i = 1; i < nrevs && sorted; i++)
		sorted = compare_load_order(&revs[i - 1], &revs[i]) <= 0;
	if (!sorted)
		qsort(revs, nrevs, sizeof(StoredRevision), compare_load_order);

	store->nrevs = nrevs;
	store->revs = revs;
	store->graph = graph_begin(nrevs);
	for (int i = 0; i < nrevs; i++)
		graph_add(store->graph, &revs[i].links);
	if (as_stored)
		error_context_stack = &callback;
	graph_finish(store->graph);
	if (as_stored)
		error_context_stack = callback.previous;
	store->rows = rows;
	store->version = version_from_rows(store->graph, ignore_rows ? id_list(NULL, 0) : rows);
	return store;
}

Store *
store_rebuild(const Store *store, StoredRevision *revs, int nrevs)
{
	Store	   *rebuilt = build(revs, nrevs, store->rows, false, false);

	rebuilt->fresh = store->fresh;
	return rebuilt;
}

/*
 * The strings of a load are many and small, and are freed together.  Cutting them from
 * large chunks halves the time for 10,000 revisions.
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

/*
 * Read a text[].  Most are empty or have one element; NULLs are possible only after a change
 * by hand.
 */
static void
arena_texts(Arena *arena, Datum value, char ***items, int *nitems)
{
	struct varlena *packed = PG_DETOAST_DATUM_PACKED(value);
	int32		ndim;
	ArrayType  *array;
	char	   *p;

	*items = NULL;
	*nitems = 0;
	/* recognise an empty array without making an aligned copy of it */
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

/* The columns that are read from migrate.revisions. */
typedef enum RevisionColumn
{
	COL_REVISION, COL_DOWN_REVISIONS, COL_DEPENDS_ON, COL_BRANCH_LABELS, COL_MESSAGE,
	COL_CREATED_AT, COL_UPGRADE_MODE, COL_DOWNGRADE_MODE, COL_UPGRADE_ISOLATION,
	COL_DOWNGRADE_ISOLATION, COL_CONTRACT,
	COL_IS_REAL_HEAD, COL_FILE_NAME,
	NCOLUMNS
} RevisionColumn;

static const char *const column_names[NCOLUMNS] = {
	"revision", "down_revisions", "depends_on", "branch_labels", "message",
	"created_at", "upgrade_mode", "downgrade_mode", "upgrade_isolation", "downgrade_isolation",
	"contract", "is_real_head", "file_name"
};

static char *
arena_text_or_null(Arena *arena, const Datum *values, const bool *nulls, RevisionColumn column)
{
	return nulls[column] ? NULL : arena_text(arena, values[column]);
}

static void
read_revision(Arena *arena, const Datum *values, const bool *nulls, StoredRevision *rev)
{
	rev->links.id = arena_text(arena, values[COL_REVISION]);
	rev->links.message = arena_text(arena, values[COL_MESSAGE]);
	rev->links.file_name = arena_text_or_null(arena, values, nulls, COL_FILE_NAME);
	arena_texts(arena, values[COL_DOWN_REVISIONS], &rev->links.parents, &rev->links.nparents);
	arena_texts(arena, values[COL_DEPENDS_ON], &rev->links.depends_on, &rev->links.ndepends_on);
	arena_texts(arena, values[COL_BRANCH_LABELS], &rev->links.labels, &rev->links.nlabels);
	rev->has_created = !nulls[COL_CREATED_AT];
	rev->created_at = rev->has_created ? DatumGetTimestampTz(values[COL_CREATED_AT]) : 0;
	rev->mode[DIRECTION_UP] = run_mode(values[COL_UPGRADE_MODE], nulls[COL_UPGRADE_MODE]);
	rev->mode[DIRECTION_DOWN] = run_mode(values[COL_DOWNGRADE_MODE], nulls[COL_DOWNGRADE_MODE]);
	rev->isolation[DIRECTION_UP] = arena_text_or_null(arena, values, nulls, COL_UPGRADE_ISOLATION);
	rev->isolation[DIRECTION_DOWN] = arena_text_or_null(arena, values, nulls,
														COL_DOWNGRADE_ISOLATION);
	rev->contract = arena_text_or_null(arena, values, nulls, COL_CONTRACT);
	rev->is_real_head = DatumGetBool(values[COL_IS_REAL_HEAD]);
}

/* Read all of migrate.revisions, in the order of the heap. */
static StoredRevision *
read_revisions(int *nrevs)
{
	TableReader *reader = table_reader_open("revisions", column_names, NCOLUMNS, false);
	Arena		arena = {NULL, 0};
	int			max = 1024;
	StoredRevision *revs = palloc(sizeof(StoredRevision) * max);

	*nrevs = 0;
	table_reader_scan(reader, NULL, NULL);
	while (table_reader_next(reader, NULL))
	{
		if (*nrevs == max)
		{
			max *= 2;
			revs = repalloc_huge(revs, sizeof(StoredRevision) * max);
		}
		read_revision(&arena, reader->values, reader->nulls, &revs[(*nrevs)++]);
	}
	table_reader_close(reader);
	return revs;
}

Store *
store_load(bool fresh, bool ignore_rows)
{
	int			nrevs;
	StoredRevision *revs;
	IdList		rows;
	Store	   *store;

	/* one snapshot for both scans, since version rows name revisions */
	if (fresh)
	{
		CommandCounterIncrement();
		PushActiveSnapshot(GetTransactionSnapshot());
	}
	revs = read_revisions(&nrevs);
	rows = store_version_rows(false);
	if (fresh)
		PopActiveSnapshot();
	store = build(revs, nrevs, rows, ignore_rows, true);
	store->fresh = fresh;
	return store;
}

/*
 * Read the sorted identifiers in a table, or only those of the real heads.  The index
 * has only the real heads; if it was dropped, the scan returns every row, so check the
 * column.
 */
static IdList
read_identifiers(const char *table, bool heads, bool fresh)
{
	static const char *const columns[] = {"revision", "is_real_head"};
	TableReader *reader = table_reader_open(table, columns, heads ? 2 : 1, fresh);
	int			max = 16;
	IdList		list = {.ids = palloc(sizeof(char *) * max)};

	table_reader_scan(reader, heads ? "revisions_real_heads" : NULL, NULL);
	while (table_reader_next(reader, NULL))
	{
		if (heads && !DatumGetBool(reader->values[1]))
			continue;
		if (list.n == max)
			list.ids = repalloc(list.ids, sizeof(char *) * (max *= 2));
		list.ids[list.n++] = copy_text(reader->values[0]);
	}
	table_reader_close(reader);
	store_sort_ids(list);
	return list;
}

IdList
store_version_rows(bool fresh)
{
	IdList		rows;

	if (staged == NULL)
		return read_identifiers("version", false, fresh);
	rows = revlist_ids(staged->graph, version_rows(staged));
	for (int i = 0; i < rows.n; i++)
		rows.ids[i] = pstrdup(rows.ids[i]);
	return rows;
}

bool
store_at_heads(bool fresh, IdList *rows, IdList *heads)
{
	bool		same;

	*rows = store_version_rows(fresh);
	*heads = read_identifiers("revisions", true, fresh);
	same = rows->n == heads->n;
	for (int i = 0; same && i < heads->n; i++)
		same = strcmp(rows->ids[i], heads->ids[i]) == 0;
	return same;
}

/* Reading all revisions is faster than looking up more than this number one by one. */
#define MAX_LOOKUPS 100

/* Read one revision by its identifier; returns false if there is none. */
static bool
look_up(TableReader *reader, Arena *arena, const char *id, StoredRevision *rev)
{
	bool		found;

	table_reader_scan(reader, "revisions_pkey", id);
	found = table_reader_next(reader, NULL);
	if (found)
		read_revision(arena, reader->values, reader->nulls, rev);
	table_reader_rescan(reader);
	return found;
}

/*
 * Walks from the heads down, by parents and dependencies, and stops at version rows.
 * No revision above a version row is applied, so if every path ends at a version row,
 * the walk has met exactly the revisions that are not applied.  Returns NULL if a path
 * ends at a base, if no path reaches some version row, or after MAX_LOOKUPS revisions.
 */
Store *
store_load_pending(IdList heads, IdList rows)
{
	TableReader *reader = table_reader_open("revisions", column_names, NCOLUMNS, true);
	Arena		arena = {NULL, 0};
	StoredRevision *revs = palloc(sizeof(StoredRevision) * MAX_LOOKUPS);
	char	  **todo = palloc(sizeof(char *) * MAX_LOOKUPS);
	int			ntodo = 0;
	bool		good = heads.n + rows.n <= MAX_LOOKUPS && rows.n > 0;

	for (int i = 0; good && i < heads.n; i++)
		todo[ntodo++] = heads.ids[i];

	/* todo is the queue, and also the set of revisions met so far */
	for (int i = 0; good && i < ntodo; i++)
	{
		StoredRevision *rev = &revs[i];
		RevisionLinks *links = &rev->links;

		good = look_up(reader, &arena, todo[i], rev);
		if (!good)
			break;
		if (store_contains(rows, links->id))
		{
			/* everything below a version row is applied and not needed */
			links->nparents = links->ndepends_on = 0;
			continue;
		}
		good = links->nparents + links->ndepends_on > 0;
		for (int l = 0; good && l < links->nparents + links->ndepends_on; l++)
		{
			char	   *below =
			l < links->nparents ? links->parents[l] : links->depends_on[l - links->nparents];
			bool		met = false;

			for (int t = 0; t < ntodo && !met; t++)
				met = strcmp(todo[t], below) == 0;
			if (met)
				continue;
			if (ntodo == MAX_LOOKUPS)
				good = false;
			else
				todo[ntodo++] = below;
		}
	}
	table_reader_close(reader);

	/*
	 * A version row that no path reaches lies below another one: somebody has
	 * written rows by hand.
	 */
	for (int i = 0; good && i < rows.n; i++)
	{
		bool		met = false;

		for (int t = 0; t < ntodo && !met; t++)
			met = strcmp(todo[t], rows.ids[i]) == 0;
		good = met;
	}
	return good ? build(revs, ntodo, rows, false, true) : NULL;
}

void
store_stage_version(const VersionState *state)
{
	staged = state;
}

StoredScript *
store_scripts(bool fresh, char **ids, int nids)
{
	static const char *const columns[] = {
		"revision", "upgrade", "upgrade_line", "upgrade_marked",
		"downgrade", "downgrade_line", "downgrade_marked", "checksum",
		"require", "require_line", "verify", "verify_line"
	};
	TableReader *reader = table_reader_open("scripts", columns, lengthof(columns), fresh);
	StoredScript *scripts = palloc0(sizeof(StoredScript) * Max(nids, 1));

	for (int i = 0; i < nids; i++)
	{
		StoredScript *script = &scripts[i];
		const Datum *row = reader->values;
		bytea	   *checksum;

		table_reader_scan(reader, "scripts_pkey", ids[i]);
		if (!table_reader_next(reader, NULL))
			ereport(ERROR,
					(errcode(ERRCODE_DATA_CORRUPTED),
					 errmsg("revision \"%s\" has no row in migrate.scripts", ids[i]),
					 errhint("The table was changed by hand: load the revision's file again, or restore the table from a backup.")));
		script->id = ids[i];
		script->half[DIRECTION_UP].sql = copy_text(row[1]);
		script->half[DIRECTION_UP].line = DatumGetInt32(row[2]);
		script->half[DIRECTION_UP].marked = DatumGetBool(row[3]);
		script->half[DIRECTION_DOWN].sql = reader->nulls[4] ? NULL : copy_text(row[4]);
		script->half[DIRECTION_DOWN].line = DatumGetInt32(row[5]);
		script->half[DIRECTION_DOWN].marked = DatumGetBool(row[6]);
		checksum = DatumGetByteaPP(row[7]);
		memcpy(script->checksum, VARDATA_ANY(checksum),
			   Min(sizeof(script->checksum), VARSIZE_ANY_EXHDR(checksum)));
		script->require = reader->nulls[8] ? NULL : copy_text(row[8]);
		script->require_line = DatumGetInt32(row[9]);
		script->verify = reader->nulls[10] ? NULL : copy_text(row[10]);
		script->verify_line = DatumGetInt32(row[11]);
		table_reader_rescan(reader);
	}
	table_reader_close(reader);
	return scripts;
}

char **
store_checksums(bool fresh, char **ids, int nids)
{
	StoreScope	scope;
	char	  **checksums = palloc0(sizeof(char *) * Max(nids, 1));
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];

	store_enter(&scope);
	values[0] = store_text_array(ids, nids);
	store_query("SELECT s.checksum FROM unnest($1) WITH ORDINALITY AS u(id, n)"
				" LEFT JOIN migrate.scripts s ON s.revision = u.id ORDER BY u.n",
				1, types, values, NULL, !fresh, SPI_OK_SELECT);
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

char *
store_prelude(bool fresh)
{
	static const char *const columns[] = {"script"};
	TableReader *reader = table_reader_open("prelude", columns, 1, fresh);
	char	   *script = NULL;

	table_reader_scan(reader, NULL, NULL);
	if (table_reader_next(reader, NULL))
		script = TextDatumGetCString(reader->values[0]);
	table_reader_close(reader);
	return script;
}

bool
store_last_run(const char *id, LastRun *run)
{
	StoreScope	scope;
	bool		found;
	Oid			type = TEXTOID;
	Datum		value = id != NULL ? CStringGetTextDatum(id) : (Datum) 0;

	store_enter(&scope);
	if (id == NULL)
		store_query("SELECT action, revision::text, outcome, error, started_at, role::text, application, duration FROM migrate.runs"
					" ORDER BY id DESC LIMIT 1", 0, NULL, NULL, NULL, true, SPI_OK_SELECT);
	else
		store_query("SELECT action, revision::text, outcome, error, started_at, role::text, application, duration FROM migrate.runs"
					" WHERE revision = $1 ORDER BY id DESC LIMIT 1", 1, &type, &value, NULL, true,
					SPI_OK_SELECT);
	found = SPI_processed > 0;
	if (found)
	{
		Datum		row[8];
		bool		nulls[8];
		MemoryContext spi_context;

		heap_deform_tuple(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, row, nulls);
		spi_context = MemoryContextSwitchTo(scope.caller);
		run->action = copy_text(row[0]);
		run->revision = nulls[1] ? NULL : copy_text(row[1]);
		run->outcome = copy_text(row[2]);
		run->error = nulls[3] ? NULL : copy_text(row[3]);
		run->at = DatumGetTimestampTz(row[4]);
		run->role = copy_text(row[5]);
		run->application = nulls[6] ? NULL : copy_text(row[6]);
		run->has_duration = !nulls[7];
		if (run->has_duration)
			run->duration = *DatumGetIntervalP(row[7]);
		MemoryContextSwitchTo(spi_context);
	}
	store_leave(&scope);
	return found;
}

void
store_check_snapshot(void)
{
	/* xmin shows that a revision was written again */
	static const char *sql =
	"SELECT ARRAY(SELECT revision FROM migrate.version ORDER BY revision)::text"
	" || ARRAY(SELECT revision || ' ' || xmin::text FROM migrate.revisions"
	" ORDER BY revision)::text";
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
											  i == 0 ? GetTransactionSnapshot()
											  : GetLatestSnapshot(),
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
