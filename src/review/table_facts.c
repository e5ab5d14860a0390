/*
 * table_facts.c
 *		Reads the size and the use of tables.
 *
 * A database for tests has the tables of production, but not its rows and its users.  What
 * production has told (facts_script.c) comes first, therefore.
 */
#include "postgres.h"

#include <math.h>

#include "compat.h"
#include "review/table_facts.h"
#include "store/store.h"

#include "access/relation.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/timestamp.h"

#define MEGABYTE (1024.0 * 1024)

/* --------------------------------------------------------------------- of this one */

static int64
counted(PGFunction counter, Oid relid)
{
	return DatumGetInt64(DirectFunctionCall1(counter, ObjectIdGetDatum(relid)));
}

static void
add_relation(TableFacts *facts, Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	List	   *indexes;
	ListCell   *lc;

	if (rel == NULL)
		return;					/* somebody has dropped it */
	indexes = RelationGetIndexList(rel);
	/* what a partitioned table has is in its partitions */
	if (RELKIND_HAS_STORAGE(rel->rd_rel->relkind))
	{
		facts->bytes += (double) RelationGetNumberOfBlocks(rel) * BLCKSZ;
		facts->rows += Max(rel->rd_rel->reltuples, 0);
	}

	/*
	 * each index that was built has read the table once, which nobody has
	 * used by that
	 */
	facts->scans += Max(counted(pg_stat_get_numscans, relid) - list_length(indexes), 0);
	facts->writes += counted(pg_stat_get_tuples_inserted, relid) +
		counted(pg_stat_get_tuples_updated, relid) +
		counted(pg_stat_get_tuples_deleted, relid);
	foreach(lc, indexes)
	{
		facts->scans += counted(pg_stat_get_numscans, lfirst_oid(lc));
	}
	relation_close(rel, AccessShareLock);
}

static TableFacts
facts_here(Oid relid)
{
	TableFacts	facts = {0};
	char		relkind = get_rel_relkind(relid);
	int64		distributed;
	ListCell   *lc;

	if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE &&
		relkind != RELKIND_MATVIEW)
		return facts;
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		add_relation(&facts, lfirst_oid(lc));
	}
	distributed = store_distributed_size(relid);
	if (distributed >= 0)
		facts.bytes = distributed;
	return facts;
}

/* ------------------------------------------------------------------ of another one */

typedef struct ToldKey
{
	NameData	schema;
	NameData	table;
} ToldKey;

typedef struct ToldEntry
{
	ToldKey		key;			/* hash key, zero-padded */
	TableFacts	facts;
} ToldEntry;

struct FactsTold
{
	HTAB	   *tables;
};

static ToldKey
told_key(const char *schema, const char *table)
{
	ToldKey		key;

	memset(&key, 0, sizeof(key));
	strlcpy(NameStr(key.schema), schema, NAMEDATALEN);
	strlcpy(NameStr(key.table), table, NAMEDATALEN);
	return key;
}

static int64
number_of(HeapTuple row, int column)
{
	bool		isnull;

	return DatumGetInt64(SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull));
}

static void
keep_row(FactsTold *told, HeapTuple row)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	ToldKey		key = told_key(SPI_getvalue(row, desc, 1), SPI_getvalue(row, desc, 2));
	ToldEntry  *entry = hash_search(told->tables, &key, HASH_ENTER, NULL);

	entry->facts.bytes = (double) number_of(row, 3);
	entry->facts.rows = (double) number_of(row, 4);
	entry->facts.scans = number_of(row, 5);
	entry->facts.writes = number_of(row, 6);
	entry->facts.told_at = number_of(row, 7);
}

FactsTold *
table_facts_told(void)
{
	StoreScope	scope;
	FactsTold  *told = NULL;

	store_enter(&scope);
	store_query("SELECT schema_name, table_name, bytes, rows, scans, writes, told_at"
				" FROM migrate.facts", 0, NULL, NULL, NULL, true, SPI_OK_SELECT);
	if (SPI_processed > 0)
	{
		HASHCTL		ctl =
		{.keysize = sizeof(ToldKey),.entrysize = sizeof(ToldEntry),.hcxt = scope.caller};

		told = MemoryContextAlloc(scope.caller, sizeof(FactsTold));
		told->tables = hash_create("migrate_ext facts", 256, &ctl,
								   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		CHECK_FOR_INTERRUPTS();
		keep_row(told, SPI_tuptable->vals[i]);
	}
	store_leave(&scope);
	return told;
}

/* What was told of this relation; or NULL. */
static const ToldEntry *
find_told(const FactsTold *told, Oid relid)
{
	const char *name;
	const char *schema;
	ToldKey		key;

	if (told == NULL)
		return NULL;
	name = get_rel_name(relid);
	schema = get_namespace_name(get_rel_namespace(relid));
	if (name == NULL || schema == NULL)
		return NULL;
	key = told_key(schema, name);
	return hash_search(told->tables, &key, HASH_FIND, NULL);
}

TableFacts
table_facts_of(const FactsTold *told, Oid relid)
{
	char		relkind = get_rel_relkind(relid);
	const ToldEntry *entry;

	/* who waits for the lock of an index is who uses the table */
	if (relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX)
		relid = IndexGetRelation(relid, true);
	entry = find_told(told, relid);
	return entry != NULL ? entry->facts : facts_here(relid);
}

/* Nobody knows how many rows a table has that was never analysed. */
const char *
table_facts_words(const TableFacts *facts)
{
	const char *rows = facts->rows > 0 ? psprintf("about %.0f rows, ", facts->rows) : "";

	return psprintf("%s%.0f MB, " INT64_FORMAT " scans and "
					INT64_FORMAT " rows written since the statistics begin%s",
					rows, ceil(facts->bytes / MEGABYTE), facts->scans, facts->writes,
					facts->told_at != 0 ? psprintf("; as told by migrate.facts() at %s",
												   timestamptz_to_str(facts->told_at)) : "");
}
