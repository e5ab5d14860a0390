/*
 * books.c
 *		The books of extensions are in a shadow as in a new database.
 *
 * What an extension knows of the tables that it runs (pg_partman, periods, TimescaleDB) it keeps
 * in tables of its own, which it has marked as holding users' rows (pg_extension.extconfig).
 * A revision that is run again wants to write the same rows again.  So such a table gets another
 * file, as TRUNCATE would give it, until the shadow is rolled back: with the rows that CREATE
 * EXTENSION has put there, and without the users'.  Nobody else sees that.  The old file is left
 * alone, and others go on reading and writing it; so no lock above ACCESS SHARE is needed.
 *
 * It is done only for who could empty the table himself: for him it is no way to more rights.
 * What makes no difference is not done: most books have no rows of users.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "settings.h"
#include "shadow/shadow_private.h"

#include "access/amapi.h"
#include "access/genam.h"
#include "access/heapam.h"
#include "access/heaptoast.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

/* Is there a trigger that might not let him delete? */
static bool
has_delete_triggers(Relation rel)
{
	for (int i = 0; rel->trigdesc != NULL && i < rel->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &rel->trigdesc->triggers[i];

		if (!trigger->tgisinternal && TRIGGER_FOR_DELETE(trigger->tgtype))
			return true;
	}
	return false;
}

/* Could the caller read the table and make it empty? */
static bool
could_empty(Relation rel)
{
	Oid			relid = RelationGetRelid(rel);
	Oid			caller = GetUserId();

	if (pg_class_aclcheck(relid, caller, ACL_SELECT) != ACLCHECK_OK ||
		check_enable_rls(relid, InvalidOid, true) == RLS_ENABLED)
		return false;
	return pg_class_aclcheck(relid, caller, ACL_TRUNCATE) == ACLCHECK_OK ||
		(pg_class_aclcheck(relid, caller, ACL_DELETE) == ACLCHECK_OK && !has_delete_triggers(rel));
}

/* ------------------------------------------------------------------- the rows */

/* In the order in which a table is read. */
static int
compare_places(const void *a, const void *b)
{
	ItemPointerData left = *(const ItemPointerData *) a;
	ItemPointerData right = *(const ItemPointerData *) b;

	return ItemPointerCompare(&left, &right);
}

/*
 * Where the users' rows are: those that pg_dump would write, by the condition that the extension
 * has given for them, read as pg_dump does.
 */
static ItemPointerData *
find_users_rows(Relation rel, const char *condition, int *n)
{
	MemoryContext caller = CurrentMemoryContext;
	int			nest_level = settings_pin_path();
	char	   *table = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(rel)),
												   RelationGetRelationName(rel));
	char	   *sql = psprintf("SELECT ctid FROM ONLY %s %s", table, condition);
	ItemPointerData *places;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "SPI_execute failed: %s", sql);
	*n = (int) SPI_processed;
	places = MemoryContextAlloc(caller, sizeof(ItemPointerData) * Max(*n, 1));
	for (int i = 0; i < *n; i++)
	{
		bool		isnull;

		ItemPointerCopy((ItemPointer) DatumGetPointer(SPI_getbinval(SPI_tuptable->vals[i],
																	SPI_tuptable->tupdesc, 1,
																	&isnull)),
						&places[i]);
	}
	SPI_finish();
	settings_leave(nest_level);
	qsort(places, *n, sizeof(ItemPointerData), compare_places);
	return places;
}

/* The others, whole: HeapTuple. */
static List *
read_own_rows(Relation rel, const ItemPointerData *users, int n)
{
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	List	   *rows = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (bsearch(&tuple->t_self, users, n, sizeof(ItemPointerData), compare_places) == NULL)
			rows = lappend(rows, HeapTupleHasExternal(tuple)
						   ? toast_flatten_tuple(tuple, RelationGetDescr(rel))
						   : heap_copytuple(tuple));
	}
	systable_endscan(scan);
	return rows;
}

/* ------------------------------------------------------------------ the file */

/*
 * By the access method itself: index_build() would also update what the row of pg_class says, under
 * a stronger lock.
 */
static void
build_indexes(Relation rel)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);
		IndexInfo  *info = BuildIndexInfo(index);

		RelationSetNewRelfilenumber(index, index->rd_rel->relpersistence);
		(void) index->rd_indam->ambuild(rel, index, info);
		index_close(index, NoLock);
	}
	list_free(indexes);
}

static void
put_rows_away(Relation rel, const char *condition)
{
	int			n;
	ItemPointerData *users;
	List	   *rows;
	ListCell   *lc;

	PushActiveSnapshot(GetLatestSnapshot());
	users = find_users_rows(rel, condition, &n);
	rows = n > 0 ? read_own_rows(rel, users, n) : NIL;
	PopActiveSnapshot();
	if (n == 0)
		return;
	RelationSetNewRelfilenumber(rel, rel->rd_rel->relpersistence);
	foreach(lc, rows)
	{
		simple_heap_insert(rel, lfirst(lc));
	}
	CommandCounterIncrement();
	build_indexes(rel);
}

static void
put_rows_away_as_owner(Relation rel, const char *condition)
{
	RoleBefore	before = as_owner_begin(rel->rd_rel->relowner);

	put_rows_away(rel, condition);
	as_owner_end(before);
}

static void
put_book_away(Oid relid, const char *condition)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (rel == NULL)
		return;
	/* most books are empty, which costs no query */
	if (rel->rd_rel->relkind == RELKIND_RELATION && rel->rd_rel->relam == HEAP_TABLE_AM_OID &&
		RelationGetNumberOfBlocks(rel) > 0 && could_empty(rel))
		put_rows_away_as_owner(rel, condition);
	relation_close(rel, NoLock);
}

/* The sequences among these relations, and those of the columns of the tables among them. */
static void
put_sequences_away(Shadow *shadow, const Datum *oids, int noids)
{
	for (int i = 0; i < noids; i++)
	{
		Oid			relid = DatumGetObjectId(oids[i]);
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		if (get_rel_relkind(relid) == RELKIND_SEQUENCE)
			book_sequence_put_away(shadow, relid);
		foreach(lc, get_rel_relkind(relid) == RELKIND_RELATION ? getOwnedSequences(relid) : NIL)
		{
			book_sequence_put_away(shadow, lfirst_oid(lc));
		}
	}
}

/* Those of one extension, with the conditions that say which of their rows are users'. */
static void
put_books_away(Shadow *shadow, Datum tables, Datum conditions)
{
	Datum	   *oids;
	Datum	   *texts;
	int			noids;
	int			ntexts;

	deconstruct_array(DatumGetArrayTypeP(tables), OIDOID, sizeof(Oid), true, TYPALIGN_INT, &oids,
					  NULL, &noids);
	deconstruct_array(DatumGetArrayTypeP(conditions), TEXTOID, -1, false, TYPALIGN_INT, &texts,
					  NULL, &ntexts);
	for (int i = 0; i < Min(noids, ntexts); i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_book_away(DatumGetObjectId(oids[i]), TextDatumGetCString(texts[i]));
	}
	put_sequences_away(shadow, oids, noids);
}

void
books_put_away(Shadow *shadow)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 0, NULL);

	/* where the database is, is asked in a shadow as well */
	Oid			ours = get_extension_oid("migrate_ext", true);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			extension = ((Form_pg_extension) GETSTRUCT(tuple))->oid;
		bool		no_tables;
		bool		no_conditions;
		Datum		tables = heap_getattr(tuple, Anum_pg_extension_extconfig, RelationGetDescr(rel),
										  &no_tables);
		Datum		conditions = heap_getattr(tuple, Anum_pg_extension_extcondition,
											  RelationGetDescr(rel), &no_conditions);

		if (extension != ours && !no_tables && !no_conditions &&
			list_member_oid(shadow->live_extensions, extension))
			put_books_away(shadow, tables, conditions);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	CommandCounterIncrement();
}
