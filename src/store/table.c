/*
 * table.c
 *		Reads and writes our tables without SQL.
 *
 * Columns are found by name, as in SQL, so that columns that a later version adds or
 * drops do no harm.  Scans use the functions for system catalogs, which work with any
 * heap table.
 */
#include "postgres.h"

#include "compat.h"
#include "store/store.h"
#include "store/table.h"

#include "access/htup_details.h"
#include "access/stratnum.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* The columns that are not of type text.  A name has the same type in every table. */
static const struct
{
	const char *name;
	Oid			type;
}			column_types[] = {
	{"down_revisions", TEXTARRAYOID}, {"depends_on", TEXTARRAYOID}, {"branch_labels", TEXTARRAYOID},
	{"created_at", TIMESTAMPTZOID}, {"is_real_head", BOOLOID},
	{"checksum", BYTEAOID}, {"upgrade_line", INT4OID}, {"downgrade_line", INT4OID},
	{"upgrade_marked", BOOLOID}, {"downgrade_marked", BOOLOID}, {"require_line", INT4OID},
	{"verify_line", INT4OID},
	{"id", INT8OID}, {"version_before", TEXTARRAYOID}, {"version_after", TEXTARRAYOID},
	{"started_at", TIMESTAMPTZOID}, {"duration", INTERVALOID}, {"waited", INTERVALOID},
	{"role", NAMEOID}, {"session_role", NAMEOID},
	{"client_address", INETOID}, {"backend_pid", INT4OID}, {"tries", INT4OID},
	{"statements", INT4OID},
	{"catalog_columns", TEXTARRAYOID}, {"made_with", TEXTARRAYOID}, {"undone_with", TEXTARRAYOID}
};

static Oid
column_type(const char *name)
{
	for (int i = 0; i < lengthof(column_types); i++)
		if (strcmp(column_types[i].name, name) == 0)
			return column_types[i].type;
	return TEXTOID;
}

/* Open a table of ours; an error if somebody put a view, say, in its place. */
static Relation
open_table(const char *name, LOCKMODE mode)
{
	Relation	rel = table_open(store_table(name), mode);

	if (rel->rd_rel->relkind != RELKIND_RELATION)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("migrate.%s is not an ordinary table", name),
				 errdetail("It was put there in the place of the extension's table."),
				 errhint("Give the table its name back, or restore it from a backup.")));
	return rel;
}

static int *
find_columns(Relation rel, const char *const *names, int n)
{
	TupleDesc	desc = RelationGetDescr(rel);
	int		   *columns = palloc(sizeof(int) * n);

	for (int i = 0; i < n; i++)
	{
		columns[i] = -1;
		for (int a = 0; a < desc->natts; a++)
			if (!TupleDescAttr(desc, a)->attisdropped &&
				strcmp(NameStr(TupleDescAttr(desc, a)->attname), names[i]) == 0)
				columns[i] = a;
		if (columns[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("table migrate.%s has no column \"%s\"", RelationGetRelationName(rel),
							names[i]),
					 errdetail("The table was changed by hand, or the library is of another version than the extension."),
					 errhint("Run ALTER EXTENSION migrate_ext UPDATE.")));
		if (TupleDescAttr(desc, columns[i])->atttypid != column_type(names[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of table migrate.%s is of type %s instead of %s",
							names[i], RelationGetRelationName(rel),
							format_type_be(TupleDescAttr(desc, columns[i])->atttypid),
							format_type_be(column_type(names[i]))),
					 errdetail("The table was changed by hand."),
					 errhint("Give the column its type back with ALTER TABLE, or restore the table from a backup.")));
	}
	return columns;
}

TableReader *
table_reader_open(const char *table, const char *const *columns, int ncolumns, bool fresh)
{
	TableReader *reader = palloc0(sizeof(TableReader));
	int			natts;

	reader->rel = open_table(table, AccessShareLock);
	natts = RelationGetDescr(reader->rel)->natts;
	reader->ncolumns = ncolumns;
	reader->columns = find_columns(reader->rel, columns, ncolumns);
	reader->values = palloc(sizeof(Datum) * ncolumns);
	reader->nulls = palloc(sizeof(bool) * ncolumns);
	reader->row = palloc(sizeof(Datum) * natts);
	reader->row_nulls = palloc(sizeof(bool) * natts);
	if (fresh)
		CommandCounterIncrement();
	reader->snapshot = RegisterSnapshot(fresh ? GetTransactionSnapshot() : GetActiveSnapshot());
	return reader;
}

void
table_reader_scan(TableReader *reader, const char *index, const char *key)
{
	ScanKeyData scan_key;
	Oid			index_oid = InvalidOid;

	if (index != NULL)
		index_oid = get_relname_relid(index, RelationGetNamespace(reader->rel));
	if (key != NULL)
		ScanKeyInit(&scan_key, reader->columns[0] + 1, BTEqualStrategyNumber, F_TEXTEQ,
					CStringGetTextDatum(key));

	/* if the index was dropped, scan the heap */
	reader->scan = systable_beginscan(reader->rel, index_oid, OidIsValid(index_oid),
									  reader->snapshot,
									  key != NULL ? 1 : 0, &scan_key);
}

bool
table_reader_next(TableReader *reader, ItemPointer tid)
{
	HeapTuple	tuple = systable_getnext(reader->scan);

	CHECK_FOR_INTERRUPTS();
	if (!HeapTupleIsValid(tuple))
		return false;
	heap_deform_tuple(tuple, RelationGetDescr(reader->rel), reader->row, reader->row_nulls);
	for (int i = 0; i < reader->ncolumns; i++)
	{
		reader->values[i] = reader->row[reader->columns[i]];
		reader->nulls[i] = reader->row_nulls[reader->columns[i]];
	}
	if (tid != NULL)
		ItemPointerCopy(&tuple->t_self, tid);
	return true;
}

void
table_reader_rescan(TableReader *reader)
{
	systable_endscan(reader->scan);
	reader->scan = NULL;
}

void
table_reader_close(TableReader *reader)
{
	if (reader->scan != NULL)
		systable_endscan(reader->scan);
	UnregisterSnapshot(reader->snapshot);
	table_close(reader->rel, AccessShareLock);
}

TableWriter *
table_writer_open(const char *table, const char *const *columns, int ncolumns)
{
	TableWriter *writer = palloc0(sizeof(TableWriter));

	writer->rel = open_table(table, RowExclusiveLock);
	writer->ncolumns = ncolumns;
	writer->columns = find_columns(writer->rel, columns, ncolumns);
	writer->estate = CreateExecutorState();
	writer->info = makeNode(ResultRelInfo);
	InitResultRelInfo(writer->info, writer->rel, 1, NULL, 0);
	ExecOpenIndices(writer->info, false);
	writer->slot = MakeSingleTupleTableSlot(RelationGetDescr(writer->rel), &TTSOpsVirtual);
	/* an online run has no active snapshot */
	PushActiveSnapshot(GetTransactionSnapshot());
	/* start the queue of foreign key checks */
	AfterTriggerBeginQuery();
	return writer;
}

void
table_writer_insert(TableWriter *writer, const Datum *values, const bool *nulls)
{
	TupleTableSlot *slot = writer->slot;
	int			natts = RelationGetDescr(writer->rel)->natts;

	ExecClearTuple(slot);
	memset(slot->tts_values, 0, sizeof(Datum) * natts);
	memset(slot->tts_isnull, true, sizeof(bool) * natts);
	for (int i = 0; i < writer->ncolumns; i++)
	{
		slot->tts_values[writer->columns[i]] = values[i];
		slot->tts_isnull[writer->columns[i]] = nulls != NULL && nulls[i];
	}
	ExecStoreVirtualTuple(slot);
	ExecSimpleRelationInsert(writer->info, writer->estate, slot);
	ResetPerTupleExprContext(writer->estate);
}

void
table_writer_delete(TableWriter *writer, ItemPointer tid)
{
	simple_table_tuple_delete(writer->rel, tid, GetActiveSnapshot());
}

void
table_writer_close(TableWriter *writer)
{
	AfterTriggerEndQuery(writer->estate);
	ExecCloseResultRelations(writer->estate);
	ExecResetTupleTable(writer->estate->es_tupleTable, false);
	ExecDropSingleTupleTableSlot(writer->slot);
	ExecCloseIndices(writer->info);
	FreeExecutorState(writer->estate);
	PopActiveSnapshot();
	table_close(writer->rel, NoLock);
	CommandCounterIncrement();
}
