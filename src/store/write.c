/*
 * write.c
 *		Writes the tables.
 *
 * Whatever the number of revisions, each table takes one statement, with the values
 * as parallel arrays.  Columns that are arrays themselves are passed as text, since
 * unnest() takes no array of arrays of different lengths.  Version rows and the
 * log are written without SQL (table.h).
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "store/store.h"
#include "store/table.h"

#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/timestamp.h"

/* One parameter array: n datums of one type, NULLs allowed. */
typedef struct Column
{
	Oid			type;
	Datum	   *values;
	bool	   *nulls;
} Column;

static Column
column_make(Oid type, int n)
{
	Column		column;

	column.type = type;
	column.values = palloc0(sizeof(Datum) * Max(n, 1));
	column.nulls = palloc0(sizeof(bool) * Max(n, 1));
	return column;
}

static void
column_set_text(Column *column, int i, const char *value)
{
	column->nulls[i] = value == NULL;
	if (value != NULL)
		column->values[i] = CStringGetTextDatum(value);
}

/* Set an element to a text[] in the text form that array_in() reads. */
static void
column_set_texts(Column *column, int i, char **items, int nitems)
{
	Datum		array = store_text_array(items, nitems);

	column_set_text(column, i, OidOutputFunctionCall(F_ARRAY_OUT, array));
}

static Datum
column_array(const Column *column, int n)
{
	int			dims[1] = {n};
	int			lbs[1] = {1};
	int16		len = -1;
	bool		byval = false;
	char		align = TYPALIGN_INT;

	if (n == 0)
		return PointerGetDatum(construct_empty_array(column->type));
	if (column->type == INT4OID)
	{
		len = sizeof(int32);
		byval = true;
	}
	else if (column->type == TIMESTAMPTZOID)
	{
		len = sizeof(int64);
		byval = FLOAT8PASSBYVAL;
		align = TYPALIGN_DOUBLE;
	}
	return PointerGetDatum(construct_md_array(column->values, column->nulls, 1, dims, lbs,
											  column->type, len, byval, align));
}

static Oid
array_type(Oid element)
{
	switch (element)
	{
		case INT4OID:
			return INT4ARRAYOID;
		case TIMESTAMPTZOID:
			return TIMESTAMPTZARRAYOID;
		case BYTEAOID:
			return BYTEAARRAYOID;
		default:
			return TEXTARRAYOID;
	}
}

#define MAX_COLUMNS 13

static void
query_columns(const char *sql, const Column *columns, int ncolumns, int n, int expected)
{
	Oid			types[MAX_COLUMNS];
	Datum		values[MAX_COLUMNS];

	Assert(ncolumns <= MAX_COLUMNS);
	for (int i = 0; i < ncolumns; i++)
	{
		types[i] = array_type(columns[i].type);
		values[i] = column_array(&columns[i], n);
	}
	store_query(sql, ncolumns, types, values, NULL, false, expected);
}

const char *
store_mode_name(RunMode mode)
{
	switch (mode)
	{
		case RUN_NONE:
			return NULL;
		case RUN_TRANSACTION:
			return "transaction";
		case RUN_CONCURRENTLY:
			return "concurrently";
		case RUN_AUTOCOMMIT:
			return "autocommit";
	}
	return NULL;				/* keep compiler quiet */
}

#define REVISIONS_AS_U \
	" FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)" \
	" AS u(id, down, deps, labels, message, created, up_mode, down_mode, file, head, up_level, down_level," \
	" contract)"

/* Run a statement whose parameters $1 .. $13 are the columns of migrate.revisions. */
static void
query_revisions(const char *sql, StoredRevision **revs, int n, int expected)
{
	Column		c[13];

	for (int i = 0; i < 13; i++)
		c[i] = column_make(i == 5 ? TIMESTAMPTZOID : i == 9 ? INT4OID : TEXTOID, n);
	for (int i = 0; i < n; i++)
	{
		const StoredRevision *rev = revs[i];

		CHECK_FOR_INTERRUPTS();
		column_set_text(&c[0], i, rev->links.id);
		column_set_texts(&c[1], i, rev->links.parents, rev->links.nparents);
		column_set_texts(&c[2], i, rev->links.depends_on, rev->links.ndepends_on);
		column_set_texts(&c[3], i, rev->links.labels, rev->links.nlabels);
		column_set_text(&c[4], i, rev->links.message);
		c[5].values[i] = TimestampTzGetDatum(rev->created_at);
		c[5].nulls[i] = !rev->has_created;
		column_set_text(&c[6], i, store_mode_name(rev->mode[DIRECTION_UP]));
		column_set_text(&c[7], i, store_mode_name(rev->mode[DIRECTION_DOWN]));
		column_set_text(&c[8], i, rev->links.file_name);
		c[9].values[i] = Int32GetDatum(rev->is_real_head ? 1 : 0);
		column_set_text(&c[10], i, rev->isolation[DIRECTION_UP]);
		column_set_text(&c[11], i, rev->isolation[DIRECTION_DOWN]);
		column_set_text(&c[12], i, rev->contract);
	}
	query_columns(sql, c, 13, n, expected);
}

static bytea *
checksum_bytea(const char *checksum)
{
	bytea	   *value = palloc(VARHDRSZ + 32);

	SET_VARSIZE(value, VARHDRSZ + 32);
	memcpy(VARDATA(value), checksum, 32);
	return value;
}

#define INSERT_SCRIPTS \
	"INSERT INTO migrate.scripts (revision, checksum, upgrade, upgrade_line, downgrade, downgrade_line," \
	" upgrade_marked, downgrade_marked, require, require_line, verify, verify_line)" \
	" SELECT u.id, u.checksum, u.up, u.up_line, u.down, u.down_line, u.up_marked = 1, u.down_marked = 1," \
	" u.require, u.require_line, u.verify, u.verify_line" \
	" FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)" \
	" AS u(id, checksum, up, up_line, down, down_line, up_marked, down_marked," \
	" require, require_line, verify, verify_line)"

/* Run a statement whose parameters $1 .. $12 are the columns of migrate.scripts. */
static void
query_scripts(const char *sql, StoredScript **scripts, int n, int expected)
{
	Column		c[12];

	c[0] = column_make(TEXTOID, n);
	c[1] = column_make(BYTEAOID, n);
	c[2] = column_make(TEXTOID, n);
	c[3] = column_make(INT4OID, n);
	c[4] = column_make(TEXTOID, n);
	c[5] = column_make(INT4OID, n);
	c[6] = column_make(INT4OID, n);
	c[7] = column_make(INT4OID, n);
	c[8] = column_make(TEXTOID, n);
	c[9] = column_make(INT4OID, n);
	c[10] = column_make(TEXTOID, n);
	c[11] = column_make(INT4OID, n);
	for (int i = 0; i < n; i++)
	{
		const StoredScript *script = scripts[i];

		CHECK_FOR_INTERRUPTS();
		column_set_text(&c[0], i, script->id);
		c[1].values[i] = PointerGetDatum(checksum_bytea(script->checksum));
		column_set_text(&c[2], i, script->half[DIRECTION_UP].sql);
		c[3].values[i] = Int32GetDatum(script->half[DIRECTION_UP].line);
		column_set_text(&c[4], i, script->half[DIRECTION_DOWN].sql);
		c[5].values[i] = Int32GetDatum(script->half[DIRECTION_DOWN].line);
		c[6].values[i] = Int32GetDatum(script->half[DIRECTION_UP].marked);
		c[7].values[i] = Int32GetDatum(script->half[DIRECTION_DOWN].marked);
		column_set_text(&c[8], i, script->require);
		c[9].values[i] = Int32GetDatum(script->require_line);
		column_set_text(&c[10], i, script->verify);
		c[11].values[i] = Int32GetDatum(script->verify_line);
	}
	query_columns(sql, c, 12, n, expected);
}

void
store_insert(StoredRevision **revs, StoredScript **scripts, int n)
{
	StoreScope	scope;

	if (n == 0)
		return;
	store_enter(&scope);
	query_revisions("INSERT INTO migrate.revisions (revision, down_revisions, depends_on, branch_labels, message,"
					" created_at, upgrade_mode, downgrade_mode, file_name, is_real_head, upgrade_isolation, downgrade_isolation, contract)"
					" SELECT u.id, u.down::text[], u.deps::text[], u.labels::text[], u.message,"
					" u.created, u.up_mode, u.down_mode, u.file, u.head = 1, u.up_level, u.down_level, u.contract"
					REVISIONS_AS_U,
					revs, n, SPI_OK_INSERT);
	query_scripts(INSERT_SCRIPTS, scripts, n, SPI_OK_INSERT);
	store_leave(&scope);
}

void
store_replace(StoredRevision **revs, StoredScript **scripts, int n)
{
	StoreScope	scope;

	if (n == 0)
		return;
	store_enter(&scope);
	query_revisions("UPDATE migrate.revisions r SET down_revisions = u.down::text[], depends_on = u.deps::text[],"
					" branch_labels = u.labels::text[], message = u.message, created_at = u.created,"
					" upgrade_mode = u.up_mode, downgrade_mode = u.down_mode, file_name = u.file,"
					" is_real_head = (u.head = 1), upgrade_isolation = u.up_level, downgrade_isolation = u.down_level,"
					" contract = u.contract"
					REVISIONS_AS_U
					" WHERE r.revision = u.id",
					revs, n, SPI_OK_UPDATE);
	/* INSERT ... ON CONFLICT also restores a script that somebody has deleted */
	query_scripts(INSERT_SCRIPTS
				  " ON CONFLICT (revision) DO UPDATE SET checksum = excluded.checksum, upgrade = excluded.upgrade,"
				  " upgrade_line = excluded.upgrade_line, downgrade = excluded.downgrade,"
				  " downgrade_line = excluded.downgrade_line, upgrade_marked = excluded.upgrade_marked,"
				  " downgrade_marked = excluded.downgrade_marked, require = excluded.require,"
				  " require_line = excluded.require_line, verify = excluded.verify, verify_line = excluded.verify_line,"
				  " written_by = excluded.written_by",
				  scripts, n, SPI_OK_INSERT);
	store_leave(&scope);
}

void
store_remove(const char *id)
{
	StoreScope	scope;
	Oid			types[1] = {TEXTOID};
	Datum		values[1];

	store_enter(&scope);
	values[0] = CStringGetTextDatum(id);
	store_query("DELETE FROM migrate.revisions WHERE revision = $1",
				1, types, values, NULL, false, SPI_OK_DELETE);
	store_leave(&scope);
}

void
store_write_prelude(const char *script)
{
	static const char *const columns[] = {"script"};
	TableReader *reader = table_reader_open("prelude", columns, 1, true);
	TableWriter *writer = table_writer_open("prelude", columns, 1);
	ItemPointerData tid;

	table_reader_scan(reader, NULL, NULL);
	while (table_reader_next(reader, &tid))
		table_writer_delete(writer, &tid);
	table_reader_close(reader);
	if (script != NULL)
	{
		Datum		value = CStringGetTextDatum(script);

		table_writer_insert(writer, &value, NULL);
	}
	table_writer_close(writer);
}

void
store_write_heads(const Store *store)
{
	StoreScope	scope;
	char	  **changed = palloc(sizeof(char *) * Max(store->nrevs, 1));
	int			nchanged = 0;
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1];

	for (int i = 0; i < store->nrevs; i++)
		if (store->revs[i].is_real_head != revision_is_real_head(&store->graph->revs[i]))
			changed[nchanged++] = unconstify(char *, store->revs[i].links.id);
	if (nchanged == 0)
		return;
	store_enter(&scope);
	values[0] = store_text_array(changed, nchanged);
	store_query("UPDATE migrate.revisions SET is_real_head = NOT is_real_head"
				" WHERE revision = ANY ($1)",
				1, types, values, NULL, false, SPI_OK_UPDATE);
	store_leave(&scope);
}

static void
raise_version_changed(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("the version table changed while revisions ran"),
			 errdetail("%s", detail),
			 errhint("Nothing is changed. A revision must not write to the tables of schema migrate.")));
}

void
store_write_version(IdList before, IdList after)
{
	static const char *const columns[] = {"revision"};
	TableReader *reader = table_reader_open("version", columns, 1, true);
	TableWriter *writer = table_writer_open("version", columns, 1);
	int			nfound = 0;
	bool		same = true;
	ItemPointerData tid;

	table_reader_scan(reader, NULL, NULL);
	while (table_reader_next(reader, &tid))
	{
		char	   *id = TextDatumGetCString(reader->values[0]);

		nfound++;
		same = same && store_contains(before, id);
		if (!store_contains(after, id))
			table_writer_delete(writer, &tid);
	}
	table_reader_close(reader);
	if (!same || nfound != before.n)
		raise_version_changed(psprintf("%d rows were expected, %d were found%s.", before.n, nfound,
									   nfound == before.n ? ", and not the same" : ""));
	for (int i = 0; i < after.n; i++)
	{
		Datum		value;

		CHECK_FOR_INTERRUPTS();
		if (store_contains(before, after.ids[i]))
			continue;
		value = CStringGetTextDatum(after.ids[i]);
		table_writer_insert(writer, &value, NULL);
	}
	table_writer_close(writer);
}

/* Find the version row of a revision; returns false if there is none. */
static bool
find_version(TableReader *reader, const char *id, ItemPointer tid)
{
	bool		found;

	table_reader_scan(reader, "version_pkey", id);
	found = table_reader_next(reader, tid);
	table_reader_rescan(reader);
	return found;
}

void
store_change_version(IdList gone, IdList come)
{
	static const char *const columns[] = {"revision"};
	TableReader *reader = table_reader_open("version", columns, 1, true);
	TableWriter *writer = table_writer_open("version", columns, 1);
	ItemPointerData tid;

	for (int i = 0; i < gone.n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!find_version(reader, gone.ids[i], &tid))
			raise_version_changed(psprintf("The row of revision \"%s\" is gone.", gone.ids[i]));
		table_writer_delete(writer, &tid);
	}
	for (int i = 0; i < come.n; i++)
	{
		Datum		value = CStringGetTextDatum(come.ids[i]);

		CHECK_FOR_INTERRUPTS();
		if (find_version(reader, come.ids[i], &tid))
			raise_version_changed(psprintf("There is a row of revision \"%s\" already.",
										   come.ids[i]));
		table_writer_insert(writer, &value, NULL);
	}
	table_reader_close(reader);
	table_writer_close(writer);
}

/* The columns of the log that store_write_log() fills. */
static const char *const log_columns[] = {
	"id", "action", "revision", "message", "outcome", "version_before", "version_after",
	"started_at",
	"duration", "role", "session_role", "application", "client_address", "backend_pid", "checksum",
	"tag", "server_version", "tries", "waited", "blocked_by", "allowed"
};

#define NLOG 21

/* Set the columns that are the same for all steps of a call. */
static void
set_log_constants(Datum *values, bool *nulls)
{
	LOCAL_FCINFO(fcinfo, 0);

	values[4] = CStringGetTextDatum("done");
	values[9] = DirectFunctionCall1(namein, CStringGetDatum(GetUserNameFromId(GetUserId(), false)));
	values[10] = DirectFunctionCall1(namein,
									 CStringGetDatum(GetUserNameFromId(GetSessionUserId(), false)));
	values[11] = CStringGetTextDatum(application_name ? application_name : "");
	InitFunctionCallInfoData(*fcinfo, NULL, 0, InvalidOid, NULL, NULL);
	values[12] = inet_client_addr(fcinfo);
	nulls[12] = fcinfo->isnull;
	values[13] = Int32GetDatum(MyProcPid);
	nulls[15] = migrate_tag == NULL || migrate_tag[0] == '\0';
	if (!nulls[15])
		values[15] = CStringGetTextDatum(migrate_tag);
	values[16] = CStringGetTextDatum(GetConfigOption("server_version", false, false));
}

static Datum
microseconds_interval(int64 us)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = us;
	return PointerGetDatum(interval);
}

LogRows
store_log_rows(IdList rows)
{
	LogRows		log = {rows, rows};

	if (rows.n > MAX_LOG_ROWS)
	{
		log.before = id_list(palloc(sizeof(char *)), 1);
		log.before.ids[0] = psprintf("+%d", rows.n);
		log.after = log.before;
	}
	return log;
}

void
store_write_log(const LogEntry *entries, int nentries)
{
	TableWriter *writer;
	Oid			sequence;
	Datum		values[NLOG];
	bool		nulls[NLOG] = {false};

	if (nentries == 0)
		return;
	set_log_constants(values, nulls);
	sequence = store_table("log_id_seq");
	writer = table_writer_open("log", log_columns, NLOG);
	for (int i = 0; i < nentries; i++)
	{
		const LogEntry *entry = &entries[i];

		CHECK_FOR_INTERRUPTS();
		values[0] = Int64GetDatum(nextval_internal(sequence, false));
		values[1] = CStringGetTextDatum(entry->action);
		nulls[2] = entry->revision == NULL;
		if (!nulls[2])
			values[2] = CStringGetTextDatum(entry->revision);
		nulls[3] = entry->message == NULL;
		if (!nulls[3])
			values[3] = CStringGetTextDatum(entry->message);
		values[5] = store_text_array(entry->rows.before.ids, entry->rows.before.n);
		values[6] = store_text_array(entry->rows.after.ids, entry->rows.after.n);
		values[7] = TimestampTzGetDatum(entry->started_at);
		values[8] = microseconds_interval(entry->duration_us);
		nulls[14] = entry->checksum == NULL;
		if (!nulls[14])
			values[14] = PointerGetDatum(checksum_bytea(entry->checksum));
		values[17] = Int32GetDatum(Max(entry->tries, 1));
		nulls[18] = entry->waited_ms == 0;
		values[18] = microseconds_interval(entry->waited_ms * INT64CONST(1000));
		nulls[19] = entry->blocked_by == NULL;
		if (!nulls[19])
			values[19] = CStringGetTextDatum(entry->blocked_by);
		nulls[20] = entry->allowed == NULL;
		if (!nulls[20])
			values[20] = CStringGetTextDatum(entry->allowed);
		table_writer_insert(writer, values, nulls);
	}
	table_writer_close(writer);
}
