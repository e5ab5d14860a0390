/*
 * row_prints.c
 *		Reads the rows of tables into hashes, and compares two such readings.
 *
 * A value is kept as the hash of its text.  The value itself cannot be kept: its type may be
 * dropped before the second reading, and a table of such values would prevent that.  The text
 * comes from the type's output function, so no code of a user runs.  Tables are scanned and not
 * queried, so policies do not apply, and no operator is looked up.
 */
#include "postgres.h"

#include "author/rehearse_private.h"
#include "compat.h"
#include "settings.h"
#include "store/store.h"

#include "access/htup_details.h"
#include "access/relscan.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "executor/tuptable.h"
#include "miscadmin.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* ------------------------------------------------------------------ signature */

static uint64
mix(uint64 so_far, const void *data, int length)
{
	return hash_combine64(so_far, DatumGetUInt64(hash_any_extended(data, length, 0)));
}

static uint64
mix_int(uint64 so_far, int64 value)
{
	return mix(so_far, &value, sizeof(value));
}

static int64
written(PGFunction counter, Oid relid)
{
	return DatumGetInt64(DirectFunctionCall1(counter, ObjectIdGetDatum(relid)));
}

static uint64
relation_signature(uint64 so_far, Oid relid)
{
	Relation	rel = table_open(relid, AccessShareLock);
	TupleDesc	desc = RelationGetDescr(rel);

	so_far = mix_int(so_far, relid);
	so_far = mix_int(so_far, rel->rd_rel->relfilenode);
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		so_far = mix(so_far, NameStr(att->attname), strlen(NameStr(att->attname)));
		so_far = mix_int(so_far, att->atttypid);
		so_far = mix_int(so_far, att->atthasmissing);
	}
	table_close(rel, AccessShareLock);
	so_far = mix_int(so_far, written(pg_stat_get_xact_tuples_inserted, relid));
	so_far = mix_int(so_far, written(pg_stat_get_xact_tuples_updated, relid));
	return mix_int(so_far, written(pg_stat_get_xact_tuples_deleted, relid));
}

/* --------------------------------------------------------------------- reading */

static void
add_columns(TablePrints *prints, Relation rel)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);

	prints->columns = palloc(sizeof(char *) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i);

		if (att->attisdropped)
			continue;
		prints->columns[prints->ncolumns++] = pstrdup(NameStr(att->attname));
		if (bms_is_member(att->attnum - FirstLowInvalidHeapAttributeNumber, key))
			prints->key = lappend(prints->key, pstrdup(NameStr(att->attname)));
	}
}

/* The number that a column of the table has in a partition, and its type's output function. */
typedef struct Reader
{
	AttrNumber	attnum;
	FmgrInfo	output;
} Reader;

static Reader *
make_readers(const TablePrints *prints, Relation rel)
{
	Reader	   *readers = palloc(sizeof(Reader) * Max(prints->ncolumns, 1));

	for (int i = 0; i < prints->ncolumns; i++)
	{
		Oid			function;
		bool		is_varlena;

		readers[i].attnum = get_attnum(RelationGetRelid(rel), prints->columns[i]);
		getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), readers[i].attnum - 1)->atttypid,
						  &function, &is_varlena);
		fmgr_info(function, &readers[i].output);
	}
	return readers;
}

static uint64
read_value(Reader *reader, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		value = slot_getattr(slot, reader->attnum, &isnull);
	const char *text;

	if (isnull)
		return 0;
	text = OutputFunctionCall(&reader->output, value);
	return Max(mix(1, text, strlen(text)), 1);
}

static void
make_room(TablePrints *prints, int64 *room)
{
	if (prints->nrows < *room)
		return;
	*room = *room == 0 ? 1024 : *room * 2;
	if (prints->values == NULL)
		prints->values = MemoryContextAllocHuge(CurrentMemoryContext,
												sizeof(uint64) * *room * Max(prints->ncolumns, 1));
	else
		prints->values = repalloc_huge(prints->values,
									   sizeof(uint64) * *room * Max(prints->ncolumns, 1));
}

static void
read_file(TablePrints *prints, Oid relid, int64 *room)
{
	Relation	rel = table_open(relid, AccessShareLock);
	Reader	   *readers = make_readers(prints, rel);
	TableScanDesc scan = table_beginscan(rel, GetActiveSnapshot(), 0, NULL, SO_NONE);
	TupleTableSlot *slot = table_slot_create(rel, NULL);
	MemoryContext per_row = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext row",
												  ALLOCSET_DEFAULT_SIZES);

	while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
	{
		uint64	   *row;
		MemoryContext old;

		CHECK_FOR_INTERRUPTS();
		make_room(prints, room);
		row = prints->values + prints->nrows++ * prints->ncolumns;
		old = MemoryContextSwitchTo(per_row);
		for (int i = 0; i < prints->ncolumns; i++)
			row[i] = read_value(&readers[i], slot);
		MemoryContextSwitchTo(old);
		MemoryContextReset(per_row);
	}
	MemoryContextDelete(per_row);
	ExecDropSingleTupleTableSlot(slot);
	table_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* The table itself, or the partitions that hold its rows. */
static List *
files_of(Oid relid)
{
	List	   *files = NIL;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE)
		return list_make1_oid(relid);
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (get_rel_relkind(lfirst_oid(lc)) == RELKIND_RELATION)
			files = lappend_oid(files, lfirst_oid(lc));
	}
	return files;
}

/* Look a table up in a list that is sorted by the bytes of the names. */
static const TablePrints *
find_table(List *tables, const char *name)
{
	int			low = 0;
	int			high = list_length(tables);

	while (low < high)
	{
		int			middle = (low + high) / 2;
		const TablePrints *prints = list_nth(tables, middle);
		int			order = strcmp(prints->table, name);

		if (order == 0)
			return prints;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static TablePrints *
read_table(const char *name, Oid relid, const TablePrints *known)
{
	TablePrints *prints = palloc0(sizeof(TablePrints));
	List	   *files = files_of(relid);
	Relation	rel = table_open(relid, AccessShareLock);
	int64		room = 0;
	ListCell   *lc;

	prints->table = name;
	prints->signature = relation_signature(0, relid);
	foreach(lc, files)
	{
		if (lfirst_oid(lc) != relid)
			prints->signature = relation_signature(prints->signature, lfirst_oid(lc));
	}
	add_columns(prints, rel);
	table_close(rel, AccessShareLock);
	if (known != NULL && known->signature == prints->signature)
	{
		prints->nrows = known->nrows;
		prints->values = known->values;
		return prints;
	}
	foreach(lc, files)
	{
		read_file(prints, lfirst_oid(lc), &room);
	}
	return prints;
}

/* A table that exists now. */
typedef struct Named
{
	char	   *name;			/* quoted, with its schema */
	Oid			relid;
} Named;

static List *
find_tables(int nschemas, char **schemas)
{
	MemoryContext caller = CurrentMemoryContext;
	Oid			types[1] = {TEXTARRAYOID};
	Datum		values[1] = {store_text_array(schemas, nschemas)};
	int			nest_level = settings_pin_path();
	List	   *tables = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT quote_ident(n.nspname) || '.'"
							  " || quote_ident(c.relname), c.oid"
							  " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
							  " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition"
							  " AND n.nspname = ANY ($1)"
							  " AND NOT EXISTS (SELECT FROM pg_depend d"
							  " WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid"
							  " AND d.deptype = 'e') "
							  " ORDER BY (quote_ident(n.nspname) || '.'"
							  " || quote_ident(c.relname)) COLLATE \"C\"", 1, types, values, NULL,
							  false, 0) != SPI_OK_SELECT)
		elog(ERROR, "tables could not be listed");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		MemoryContext old = MemoryContextSwitchTo(caller);
		Named	   *named = palloc(sizeof(Named));

		named->name = TextDatumGetCString(SPI_getbinval(SPI_tuptable->vals[i],
														SPI_tuptable->tupdesc, 1, &isnull));
		named->relid = DatumGetObjectId(SPI_getbinval(SPI_tuptable->vals[i], SPI_tuptable->tupdesc,
													  2, &isnull));
		tables = lappend(tables, named);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	settings_leave(nest_level);
	return tables;
}

List *
prints_of_tables(int nschemas, char **schemas, List *known)
{
	List	   *tables = NIL;
	ListCell   *lc;

	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	foreach(lc, find_tables(nschemas, schemas))
	{
		const Named *named = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		tables = lappend(tables, read_table(named->name, named->relid,
											find_table(known, named->name)));
	}
	PopActiveSnapshot();
	return tables;
}

/* ------------------------------------------------------------------- comparing */

/* A row and its key, by which the rows of a table are sorted. */
typedef struct Keyed
{
	uint64		key;
	const uint64 *row;
} Keyed;

typedef struct Comparison
{
	const TablePrints *before;
	const TablePrints *after;
	int		   *where;			/* for each column of before its number in
								 * after, or -1 */
	bool	   *is_key;			/* for each column of before: is it part of
								 * the key? */
	int64	   *had;			/* for each column how many values it had */
	int64	   *lost;
	int64	   *changed;
	int64		rows_lost;
	int64		rows_added;
	List	   *found;
} Comparison;

static int
find_column(const TablePrints *prints, const char *name)
{
	for (int i = 0; i < prints->ncolumns; i++)
		if (strcmp(prints->columns[i], name) == 0)
			return i;
	return -1;
}

static bool
has_name(const List *names, const char *name)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return true;
	}
	return false;
}

/* Has a column the same values before and after, in any order?  The sums of the hashes tell. */
static bool
same_values(const TablePrints *before, int b, const TablePrints *after, int a)
{
	uint64		sum = 0;

	for (int64 r = 0; r < before->nrows; r++)
		sum += before->values[r * before->ncolumns + b];
	for (int64 r = 0; r < after->nrows; r++)
		sum -= after->values[r * after->ncolumns + a];
	return sum == 0;
}

/*
 * Choose the columns by which a row before and a row after are the same row.  These are the columns
 * of the primary key.  Without a primary key they are the columns whose values have not changed, or
 * else all columns that exist before and after.
 */
static void
choose_key(Comparison *c)
{
	bool		has_key = c->before->key != NIL;
	bool		any = false;

	for (int i = 0; i < c->before->ncolumns; i++)
	{
		c->where[i] = find_column(c->after, c->before->columns[i]);
		c->is_key[i] = has_name(c->before->key, c->before->columns[i]);
		has_key &= !c->is_key[i] || c->where[i] >= 0;
	}
	if (has_key)
		return;
	for (int i = 0; i < c->before->ncolumns; i++)
	{
		c->is_key[i] = c->where[i] >= 0 && same_values(c->before, i, c->after, c->where[i]);
		any |= c->is_key[i];
	}
	for (int i = 0; i < c->before->ncolumns && !any; i++)
		c->is_key[i] = c->where[i] >= 0;
}

static int
by_key(const void *a, const void *b)
{
	const Keyed *one = a;
	const Keyed *other = b;

	return one->key < other->key ? -1 : one->key > other->key;
}

/*
 * Sort the rows by their keys.  where: as in Comparison for the rows after, NULL for those before.
 */
static Keyed *
sort_rows(const Comparison *c, const TablePrints *prints, const int *where)
{
	Keyed	   *rows = MemoryContextAllocHuge(CurrentMemoryContext,
											  sizeof(Keyed) * Max(prints->nrows, 1));

	for (int64 r = 0; r < prints->nrows; r++)
	{
		rows[r].row = prints->values + r * prints->ncolumns;
		rows[r].key = 0;
		for (int i = 0; i < c->before->ncolumns; i++)
			if (c->is_key[i])
				rows[r].key = hash_combine64(rows[r].key,
											 rows[r].row[where != NULL ? where[i] : i]);
	}
	qsort(rows, prints->nrows, sizeof(Keyed), by_key);
	return rows;
}

static void
compare_values(Comparison *c, const uint64 *before, const uint64 *after)
{
	for (int i = 0; i < c->before->ncolumns; i++)
	{
		uint64		now = c->where[i] >= 0 ? after[c->where[i]] : 0;

		if (before[i] == now)
			continue;
		if (now == 0)
			c->lost[i]++;
		else
			c->changed[i]++;
	}
}

static void
compare_rows(Comparison *c)
{
	Keyed	   *before = sort_rows(c, c->before, NULL);
	Keyed	   *after = sort_rows(c, c->after, c->where);
	int64		b = 0;
	int64		a = 0;

	for (int64 r = 0; r < c->before->nrows; r++)
		for (int i = 0; i < c->before->ncolumns; i++)
			c->had[i] += before[r].row[i] != 0;
	while (b < c->before->nrows || a < c->after->nrows)
	{
		CHECK_FOR_INTERRUPTS();
		if (a == c->after->nrows || (b < c->before->nrows && before[b].key < after[a].key))
		{
			c->rows_lost++;
			b++;
		}
		else if (b == c->before->nrows || after[a].key < before[b].key)
		{
			c->rows_added++;
			a++;
		}
		else
			compare_values(c, before[b++].row, after[a++].row);
	}
	pfree(before);
	pfree(after);
}

static void
found(Comparison *c, const char *outcome, const char *column, int64 count, int64 of)
{
	Finding    *finding;

	if (count == 0)
		return;
	finding = palloc0(sizeof(Finding));
	finding->outcome = outcome;
	finding->table = c->before->table;
	finding->column = column;
	finding->count = count;
	finding->of = of;
	c->found = lappend(c->found, finding);
}

static List *
compare_table(const TablePrints *before, const TablePrints *after)
{
	int			n = Max(before->ncolumns, 1);
	Comparison	c = {
		.before = before,.after = after,
		.where = palloc0(sizeof(int) * n),.is_key =
		palloc0(sizeof(bool) * n),.had = palloc0(sizeof(int64) * n),
		.lost = palloc0(sizeof(int64) * n),.changed = palloc0(sizeof(int64) * n)
	};

	choose_key(&c);
	compare_rows(&c);
	found(&c, "loses", NULL, c.rows_lost, before->nrows);
	found(&c, "adds", NULL, c.rows_added, before->nrows);
	for (int i = 0; i < before->ncolumns; i++)
	{
		found(&c, "loses", before->columns[i], c.lost[i], c.had[i]);
		found(&c, "changes", before->columns[i], c.changed[i], c.had[i]);
	}
	return c.found;
}

List *
prints_compare(List *before, List *after)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, before)
	{
		const TablePrints *then = lfirst(lc);
		const TablePrints *now = find_table(after, then->table);
		const TablePrints nothing = {.table = then->table};

		if (now == NULL || now->signature != then->signature)
			result = list_concat(result, compare_table(then, now != NULL ? now : &nothing));
	}
	return result;
}
