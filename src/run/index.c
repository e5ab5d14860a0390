/*
 * index.c
 *		Indexes that CONCURRENTLY leaves behind when it fails.
 *
 * CREATE INDEX CONCURRENTLY makes an index that is not valid, commits, builds it,
 * and says at the end that it is valid; what fails in between leaves it, to be
 * dropped by whoever tries again.  REINDEX CONCURRENTLY does the same beside the
 * index that there is, under a name with _ccnew.  To find the index again it has
 * to have a name: where the statement gives none, the server's rule is followed.
 */
#include "postgres.h"

#include "compat.h"
#include "run/online_private.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_index.h"
#include "mb/pg_wchar.h"
#include "parser/parse_target.h"
#include "utils/builtins.h"
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
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(index)), get_rel_name(index));
}

/* Is it an index of this table, and not valid? */
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

/* "a_lower_b" of an index on a, lower(b): ChooseIndexColumnNames() and ChooseIndexNameAddition(). */
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

			name = psprintf("%.*s%s", pg_mbcliplen(base, strlen(base), NAMEDATALEN - 1 - strlen(number)), base, number);
		}
		names = lappend(names, makeString(name));
		if (part.len < NAMEDATALEN)
			appendStringInfo(&part, "%s%s", part.len > 0 ? "_" : "", name);
	}
	return part.data;
}

/* What an earlier attempt has left has the first name that is not somebody else's. */
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
		char	   *name = makeObjectName(stmt->relation->relname, part, i == 0 ? "idx" : psprintf("idx%d", i));
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

/* The index that REINDEX CONCURRENTLY was building. */
static Oid
left_by_reindex(const ReindexStmt *stmt)
{
	Oid			table = stmt->relation ? relation_by_name(stmt->relation) : InvalidOid;
	Oid			found = InvalidOid;
	Relation	rel;
	ListCell   *lc;

	if (OidIsValid(table) && stmt->kind == REINDEX_OBJECT_INDEX)
		table = IndexGetRelation(table, true);
	if (!OidIsValid(table) || (rel = try_relation_open(table, AccessShareLock)) == NULL)
		return InvalidOid;
	foreach(lc, RelationGetIndexList(rel))
	{
		if (is_invalid_index(lfirst_oid(lc), table) && strstr(get_rel_name(lfirst_oid(lc)), "_ccnew") != NULL)
			found = lfirst_oid(lc);
	}
	relation_close(rel, AccessShareLock);
	return found;
}

Oid
index_left_behind(Node *stmt)
{
	if (IsA(stmt, IndexStmt) && castNode(IndexStmt, stmt)->concurrent)
	{
		Oid			index = index_made_by(castNode(IndexStmt, stmt));

		if (OidIsValid(index) && is_invalid_index(index, relation_by_name(castNode(IndexStmt, stmt)->relation)))
			return index;
	}
	if (IsA(stmt, ReindexStmt))
		return left_by_reindex(castNode(ReindexStmt, stmt));
	return InvalidOid;
}
