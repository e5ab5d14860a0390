/*
 * leftover_index.c
 *		Finds indexes that CONCURRENTLY leaves behind when it fails.
 *
 * CREATE INDEX CONCURRENTLY creates an invalid index, commits, builds the index, and marks
 * it valid at the end.  After a failure in between, the invalid index stays and has to be
 * dropped before the next attempt.  REINDEX CONCURRENTLY builds a new index beside the old
 * one, with _ccnew in its name.  When the new one is valid, the two swap names, and the old
 * one is invalid, with _ccold in its name, until it is dropped.
 * The index can be found again only by name: if the statement has none, this file chooses
 * the name by the server's rule.
 */
#include "postgres.h"

#include "compat.h"
#include "run/online_private.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "mb/pg_wchar.h"
#include "parser/parse_target.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

Oid
relation_by_name(const RangeVar *name)
{
	if (name->schemaname != NULL)
		return get_relname_relid(name->relname, get_namespace_oid(name->schemaname, true));
	return RelnameGetRelid(name->relname);
}

char *
index_name(Oid index)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(index)),
									  get_rel_name(index));
}

/* Is it an invalid index of this table? */
static bool
is_invalid_index(Oid index, Oid table)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	bool		result = false;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = !((Form_pg_index) GETSTRUCT(tuple))->indisvalid &&
		((Form_pg_index) GETSTRUCT(tuple))->indrelid == table;
	ReleaseSysCache(tuple);
	return result;
}

/*
 * Returns the part of a name that stands for the columns, such as "a_lower" for (a, lower(b)); as
 * in ChooseIndexColumnNames() and ChooseIndexNameAddition().
 */
static char *
columns_part(const IndexStmt *stmt)
{
	List	   *columns = list_concat_copy(stmt->indexParams, stmt->indexIncludingParams);
	List	   *names = NIL;
	StringInfoData part;
	ListCell   *lc;

	initStringInfo(&part);
	foreach(lc, columns)
	{
		IndexElem  *column = lfirst_node(IndexElem, lc);
		const char *base;
		char	   *name;

		base = column->indexcolname ? column->indexcolname :
			column->name ? column->name : FigureIndexColname(column->expr);
		if (base == NULL)
			base = "expr";
		name = pstrdup(base);

		for (int i = 1; list_member(names, makeString(name)); i++)
		{
			char	   *number = psprintf("%d", i);

			name = psprintf("%.*s%s", pg_mbcliplen(base, strlen(base),
												   NAMEDATALEN - 1 - strlen(number)), base, number);
		}
		names = lappend(names, makeString(name));
		if (part.len < NAMEDATALEN)
			appendStringInfo(&part, "%s%s", part.len > 0 ? "_" : "", name);
	}
	return part.data;
}

/* An invalid index of an earlier attempt has the first name that no other relation has. */
void
index_choose_name(IndexStmt *stmt, bool resumed)
{
	Oid			table = relation_by_name(stmt->relation);
	char	   *part;

	if (stmt->idxname != NULL || !OidIsValid(table))
		return;
	part = columns_part(stmt);
	for (int i = 0;; i++)
	{
		char	   *name = makeObjectName(stmt->relation->relname, part,
										  i == 0 ? "idx" : psprintf("idx%d", i));
		Oid			taken = get_relname_relid(name, get_rel_namespace(table));

		if (!OidIsValid(taken) || (resumed && is_invalid_index(taken, table)))
		{
			stmt->idxname = name;
			return;
		}
	}
}

Oid
index_made_by(const IndexStmt *stmt)
{
	Oid			table = relation_by_name(stmt->relation);

	return stmt->idxname != NULL && OidIsValid(table) ?
		get_relname_relid(stmt->idxname, get_rel_namespace(table)) : InvalidOid;
}

/* The most names to try, since other relations may have taken some. */
#define MAX_TAKEN 100

/*
 * Has the index a name that REINDEX CONCURRENTLY of the other index would give?  It builds
 * base_ccnew, which takes the name base at the end; the old index is base_ccold until it
 * is dropped.  If a name is taken, a number follows, as in ChooseRelationName().
 */
static bool
is_beside(Oid index, Oid reindexed)
{
	static const char *const labels[] = {"ccnew", "ccold"};
	const char *name = get_rel_name(index);
	const char *base = get_rel_name(reindexed);

	if (name == NULL || base == NULL)
		return false;			/* dropped in between */
	for (int l = 0; l < lengthof(labels); l++)
		for (int i = 0; i < MAX_TAKEN; i++)
			if (strcmp(name, makeObjectName(base, NULL,
											i == 0 ? labels[l]
											: psprintf("%s%d", labels[l], i))) == 0)
				return true;
	return false;
}

/* Returns all indexes of a table, also dead ones, which RelationGetIndexList() leaves out. */
static List *
all_indexes(Oid table)
{
	Relation	rel = table_open(IndexRelationId, AccessShareLock);
	List	   *indexes = NIL;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(table));
	scan = systable_beginscan(rel, IndexIndrelidIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		indexes = lappend_oid(indexes, ((Form_pg_index) GETSTRUCT(tuple))->indexrelid);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return indexes;
}

/*
 * Returns an invalid index that REINDEX CONCURRENTLY of this index (or with InvalidOid of any) has
 * left on the table, or InvalidOid.
 */
static Oid
left_on_table(Oid table, Oid reindexed)
{
	List	   *indexes = all_indexes(table);
	Oid			found = InvalidOid;
	ListCell   *lc;
	ListCell   *lb;

	foreach(lc, indexes)
	{
		Oid			left = lfirst_oid(lc);

		if (!is_invalid_index(left, table))
			continue;
		foreach(lb, indexes)
		{
			Oid			base = lfirst_oid(lb);

			if ((base == reindexed || !OidIsValid(reindexed)) && base != left &&
				is_beside(left, base))
				found = left;
		}
	}
	return found;
}

/* Returns an index that this REINDEX was building or had still to drop, or InvalidOid. */
static Oid
left_by_reindex(const ReindexStmt *stmt)
{
	Oid			named = stmt->relation ? relation_by_name(stmt->relation) : InvalidOid;
	Oid			table;

	if (!OidIsValid(named))
		return InvalidOid;
	if (stmt->kind != REINDEX_OBJECT_INDEX)
		return left_on_table(named, InvalidOid);
	table = IndexGetRelation(named, true);
	return OidIsValid(table) ? left_on_table(table, named) : InvalidOid;
}

Oid
index_left_behind(Node *stmt)
{
	if (IsA(stmt, IndexStmt) && castNode(IndexStmt, stmt)->concurrent)
	{
		Oid			index = index_made_by(castNode(IndexStmt, stmt));

		if (OidIsValid(index) && is_invalid_index(index,
												  relation_by_name(castNode(IndexStmt,
																			stmt)->relation)))
			return index;
	}
	if (IsA(stmt, ReindexStmt))
		return left_by_reindex(castNode(ReindexStmt, stmt));
	return InvalidOid;
}
