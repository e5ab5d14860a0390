/*
 * rows_in_way.c
 *		How many rows are in the way of a constraint.
 *
 * They are counted as the caller, who must be able to read the table, and by functions of
 * PostgreSQL's own only: a type or a policy may be somebody else's.  It must not
 * take long, and waits for nobody.
 */
#include "postgres.h"

#include "schema/object.h"
#include "settings.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* Larger tables are not read: 100 MB. */
#define MAX_PAGES (100 * 1024 * 1024 / BLCKSZ)

SchemaStatement *
rows_in_way(SchemaStatement *statement, RowsInWayKind kind, const char *table, const char *columns, const char *other,
			const char *other_columns)
{
	RowsInWay  *rows = palloc(sizeof(RowsInWay));

	rows->kind = kind;
	rows->table = table;
	rows->columns = columns;
	rows->other = other;
	rows->other_columns = other_columns;
	statement->rows_in_way = rows;
	return statement;
}

/* Of the names that a list of quoted names has; NIL if it is none. */
static List *
split(const char *names, char separator)
{
	List	   *list;

	return SplitIdentifierString(pstrdup(names), separator, &list) ? list : NIL;
}

static bool
column_is_plain(Oid relid, const char *name)
{
	HeapTuple	tuple = SearchSysCacheAttName(relid, name);
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_attribute) GETSTRUCT(tuple))->attgenerated == '\0' &&
			((Form_pg_attribute) GETSTRUCT(tuple))->atttypid < FirstNormalObjectId;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* Can it be read at once?  *only: it has children, of which each has rows of its own. */
static bool
can_be_read(const char *table, const char *columns, bool *only)
{
	List	   *names = split(table, '.');
	Oid			relid = InvalidOid;
	HeapTuple	tuple;
	bool		result = false;
	ListCell   *lc;

	if (list_length(names) == 2)
		relid = RangeVarGetRelid(makeRangeVar(linitial(names), lsecond(names), -1), NoLock, true);
	if (!OidIsValid(relid) || !ConditionalLockRelationOid(relid, AccessShareLock))
		return false;
	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class rel = (Form_pg_class) GETSTRUCT(tuple);

		*only = rel->relkind == RELKIND_RELATION;
		result = (*only || rel->relkind == RELKIND_PARTITIONED_TABLE) && !rel->relrowsecurity && rel->relpages < MAX_PAGES &&
			pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
		ReleaseSysCache(tuple);
	}
	foreach(lc, split(columns, ','))
		result &= column_is_plain(relid, lfirst(lc));
	return result;
}

/* "(f.a IS NOT NULL) AND (f.b IS NOT NULL)", with the test of each column, in which %s is its name. */
static void
append_tests(StringInfo sql, const char *columns, const char *between, const char *before, const char *behind)
{
	List	   *names = split(columns, ',');
	ListCell   *lc;

	foreach(lc, names)
		appendStringInfo(sql, "%s%s%s%s", lc == list_head(names) ? "" : between, before, quote_identifier(lfirst(lc)), behind);
}

static void
append_match(StringInfo sql, const char *columns, const char *other_columns)
{
	List	   *ours = split(columns, ',');
	List	   *theirs = split(other_columns, ',');
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, ours, lc2, theirs)
		appendStringInfo(sql, "%sp.%s OPERATOR(pg_catalog.=) f.%s", lc == list_head(ours) ? "" : " AND ",
						 quote_identifier(lfirst(lc2)), quote_identifier(lfirst(lc)));
}

/* The query, or NULL if it would not be cheap, or not the caller's. */
static char *
counting(const RowsInWay *rows)
{
	StringInfoData sql;
	bool		only;
	bool		only_theirs;

	if (!can_be_read(rows->table, rows->columns, &only) ||
		(rows->other != NULL && !can_be_read(rows->other, rows->other_columns, &only_theirs)))
		return NULL;
	initStringInfo(&sql);
	switch (rows->kind)
	{
		case ROWS_NULL:
			appendStringInfo(&sql, "SELECT count(*) FROM %s WHERE ", rows->table);
			append_tests(&sql, rows->columns, " OR ", "", " IS NULL");
			break;
		case ROWS_TWICE:
			appendStringInfo(&sql, "SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM %s%s WHERE ",
							 only ? "ONLY " : "", rows->table);
			append_tests(&sql, rows->columns, " AND ", "", " IS NOT NULL");
			appendStringInfoString(&sql, " GROUP BY ");
			append_tests(&sql, rows->columns, ", ", "", "");
			appendStringInfoString(&sql, " HAVING count(*) > 1) AS q");
			break;
		case ROWS_ORPHANED:
			appendStringInfo(&sql, "SELECT count(*) FROM %s%s AS f WHERE ", only ? "ONLY " : "", rows->table);
			append_tests(&sql, rows->columns, " AND ", "f.", " IS NOT NULL");
			appendStringInfo(&sql, " AND NOT EXISTS (SELECT FROM %s%s AS p WHERE ", only_theirs ? "ONLY " : "", rows->other);
			append_match(&sql, rows->columns, rows->other_columns);
			appendStringInfoChar(&sql, ')');
			break;
	}
	return sql.data;
}

static int64
count(const char *sql)
{
	int64		n;
	bool		isnull;
	int			nest_level = settings_pin_path();

	settings_bound_lock_waits(migrate_lock_timeout);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PushActiveSnapshot(GetTransactionSnapshot());
	if (SPI_execute(sql, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "rows could not be counted");
	n = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	settings_leave(nest_level);
	return n;
}

char *
rows_in_way_told(const RowsInWay *rows)
{
	char	   *sql = counting(rows);
	int64		n = sql != NULL ? count(sql) : 0;
	char	   *which;

	if (n == 0)
		return NULL;
	which = rows->kind == ROWS_NULL ? psprintf("%s is null", rows->columns) :
		rows->kind == ROWS_TWICE ? psprintf("another has the same %s", rows->columns) :
		psprintf("%s has no such %s", rows->other, rows->other_columns);
	return psprintf(INT64_FORMAT " %s in the way: %s", n, n == 1 ? "row is" : "rows are", which);
}
