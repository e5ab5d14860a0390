/*
 * rows_in_way.c
 *		Counts the rows that a new constraint would refuse.
 *
 * The rows are counted as the owner of the table, if the caller can read it, and by built-in
 * functions only: a type or a policy may belong to somebody else.  Counting must not take long, and
 * waits for no lock.
 */
#include "postgres.h"

#include "exec/exec.h"
#include "race.h"
#include "settings.h"
#include "snapshot/row_rule.h"
#include "snapshot/rows_in_way.h"

#include "store/store.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* Larger tables are not read: 100 MB. */
#define MAX_PAGES (100 * 1024 * 1024 / BLCKSZ)

/*
 * Larger tables are not read if every row is compared with every other: 64 kB, some thousand rows.
 */
#define MAX_PAGES_OF_PAIRS (64 * 1024 / BLCKSZ)

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

/*
 * The pages of a relation and of those below it; -1 if they are not to be read, or not at once, or
 * not all are the owner's.
 */
static int64
pages_of(Oid relid, Oid owner)
{
	int64		pages = 0;
	ListCell   *lc;

	/* the pages of other nodes are not seen here */
	if (store_distributed_size(relid) >= 0)
		return -1;
	foreach(lc, find_all_inheritors(relid, NoLock, NULL))
	{
		Oid			child = lfirst_oid(lc);
		Relation	rel = ConditionalLockRelationOid(child, AccessShareLock)
		? try_relation_open(child, NoLock) : NULL;
		char		kind =
		rel != NULL && rel->rd_rel->relowner == owner ? rel->rd_rel->relkind : '\0';

		CHECK_FOR_INTERRUPTS();
		if (kind == RELKIND_RELATION || kind == RELKIND_MATVIEW)
			pages += RelationGetNumberOfBlocks(rel);
		if (rel != NULL)
			relation_close(rel, NoLock);
		if (kind != RELKIND_RELATION && kind != RELKIND_MATVIEW &&
			kind != RELKIND_PARTITIONED_TABLE)
			return -1;
	}
	return pages;
}

/*
 * The relation, locked, if the caller may read all of it at once, and these columns are no trouble;
 * or InvalidOid.  owner is set, or is that of the table before, which must be this one's, too.
 */
static Oid
readable(const char *table, const char *columns, Oid *owner)
{
	List	   *names = split(table, '.');
	Oid			relid = InvalidOid;
	int64		pages;
	HeapTuple	tuple;
	bool		result;
	ListCell   *lc;

	if (list_length(names) == 2)
		relid = RangeVarGetRelid(makeRangeVar(linitial(names), lsecond(names), -1), NoLock, true);
	tuple = OidIsValid(relid) ? SearchSysCache1(RELOID, ObjectIdGetDatum(relid)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	result = !((Form_pg_class) GETSTRUCT(tuple))->relrowsecurity &&
		pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK;
	if (!OidIsValid(*owner))
		*owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	pages = result ? pages_of(relid, *owner) : -1;
	if (pages < 0 || pages > MAX_PAGES)
		return InvalidOid;
	foreach(lc, columns != NULL ? split(columns, ',') : NIL)
	{
		if (!column_is_plain(relid, lfirst(lc)))
			return InvalidOid;
	}
	return relid;
}

/* "ONLY " for a table whose children have rows of their own, which ask nothing of each other. */
static const char *
only(Oid relid)
{
	return get_rel_relkind(relid) == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ";
}

/*
 * "(f.a IS NOT NULL) AND (f.b IS NOT NULL)", with the test of each column, in which %s is its name.
 */
static void
append_tests(StringInfo sql, const char *columns, const char *between, const char *before,
			 const char *behind)
{
	List	   *names = split(columns, ',');
	ListCell   *lc;

	foreach(lc, names)
	{
		appendStringInfo(sql, "%s%s%s%s", lc == list_head(names) ? "" : between, before,
						 quote_identifier(lfirst(lc)), behind);
	}
}

static void
append_match(StringInfo sql, const char *columns, const char *other_columns)
{
	List	   *ours = split(columns, ',');
	List	   *theirs = split(other_columns, ',');
	ListCell   *lc;
	ListCell   *lc2;

	forboth(lc, ours, lc2, theirs)
	{
		appendStringInfo(sql, "%sp.%s OPERATOR(pg_catalog.=) f.%s",
						 lc == list_head(ours) ? "" : " AND ",
						 quote_identifier(lfirst(lc2)), quote_identifier(lfirst(lc)));
	}
}

/* ----------------------------------------------------------- what is asked */

/* The rule, and the counted rows. */
typedef struct Counting
{
	const RowsInWay *rows;
	StringInfoData sql;			/* empty if it would not be cheap, or not the
								 * caller's */
	Oid			owner;			/* of the table */
	char	   *why;			/* in words, why these rows are in the way */
	int64		n;
} Counting;

static void
ask_nulls(Counting *c)
{
	const RowsInWay *rows = c->rows;

	if (!OidIsValid(readable(rows->table, rows->columns, &c->owner)))
		return;
	appendStringInfo(&c->sql, "SELECT count(*) FROM %s WHERE ", rows->table);
	append_tests(&c->sql, rows->columns, " OR ", "", " IS NULL");
	c->why = psprintf("%s is null", rows->columns);
}

static void
ask_orphans(Counting *c)
{
	const RowsInWay *rows = c->rows;
	Oid			ours = readable(rows->table, rows->columns, &c->owner);
	Oid			theirs =
	OidIsValid(ours) ? readable(rows->other, rows->other_columns, &c->owner) : InvalidOid;

	if (!OidIsValid(theirs) || row_rule_is_temporal(rows->sql))
		return;
	appendStringInfo(&c->sql, "SELECT count(*) FROM %s%s AS f WHERE ", only(ours), rows->table);
	append_tests(&c->sql, rows->columns, " AND ", "f.", " IS NOT NULL");
	appendStringInfo(&c->sql, " AND NOT EXISTS (SELECT FROM %s%s AS p WHERE ", only(theirs),
					 rows->other);
	append_match(&c->sql, rows->columns, rows->other_columns);
	appendStringInfoChar(&c->sql, ')');
	c->why = psprintf("%s has no such %s", rows->other, rows->other_columns);
}

/* " WHERE condition AND (key IS NOT NULL) AND ...": the rows that count. */
static void
append_where(StringInfo sql, const RowRule *rule)
{
	const char *between = " WHERE ";
	ListCell   *lc;

	if (rule->condition != NULL)
	{
		appendStringInfo(sql, "%s%s", between, rule->condition);
		between = " AND ";
	}
	foreach(lc, rule->nulls_equal ? NIL : rule->keys)
	{
		appendStringInfo(sql, "%s(%s) IS NOT NULL", between, (char *) lfirst(lc));
		between = " AND ";
	}
}

static char *
key_list(const RowRule *rule)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, rule->keys)
	{
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", (char *) lfirst(lc));
	}
	return buf.data;
}

static void
ask_twice(Counting *c, const RowRule *rule, Oid relid)
{
	appendStringInfo(&c->sql,
					 "SELECT coalesce(sum(n - 1), 0)::bigint FROM (SELECT count(*) AS n FROM %s%s",
					 only(relid), c->rows->table);
	append_where(&c->sql, rule);
	appendStringInfo(&c->sql, " GROUP BY %s HAVING count(*) > 1) AS q", key_list(rule));
	c->why = psprintf("another has the same %s", key_list(rule));
}

/* Compare every row with every other; of two conflicting rows the later one counts. */
static void
ask_exclusion(Counting *c, const RowRule *rule, Oid relid)
{
	StringInfoData rows;
	StringInfoData words;
	ListCell   *lc;
	ListCell   *lc2;

	initStringInfo(&rows);
	appendStringInfo(&rows, "(SELECT tableoid, ctid, %s FROM %s%s", key_list(rule), only(relid),
					 c->rows->table);
	append_where(&rows, rule);
	appendStringInfoChar(&rows, ')');
	initStringInfo(&words);
	appendStringInfo(&c->sql, "SELECT count(*) FROM %s AS a WHERE EXISTS (SELECT FROM %s AS b"
					 " WHERE (b.tableoid, b.ctid) OPERATOR(pg_catalog.<) (a.tableoid, a.ctid)",
					 rows.data, rows.data);
	forboth(lc, rule->keys, lc2, rule->operators)
	{
		const char *key = lfirst(lc);
		const char *operator = lfirst(lc2);

		appendStringInfo(&c->sql, " AND a.%s OPERATOR(pg_catalog.%s) b.%s", key, operator, key);
		appendStringInfo(&words, "%s%s WITH %s", words.len > 0 ? ", " : "", key, operator);
	}
	appendStringInfoChar(&c->sql, ')');
	c->why = psprintf("another excludes it by %s", words.data);
}

static void
ask_check(Counting *c, const RowRule *rule)
{
	appendStringInfo(&c->sql, "SELECT count(*) FROM %s%s WHERE NOT (%s)",
					 rule->no_children ? "ONLY " : "", c->rows->table,
					 rule->condition);
	c->why = psprintf("%s is false", rule->condition);
}

static void
ask_rule(Counting *c)
{
	Oid			relid = readable(c->rows->table, NULL, &c->owner);
	Relation	rel = OidIsValid(relid) ? table_open(relid, NoLock) : NULL;
	RowRule    *rule = rel != NULL ? row_rule_read(c->rows->sql, rel) : NULL;

	if (rel != NULL)
		table_close(rel, NoLock);
	if (rule == NULL)
		return;
	if (rule->keys == NIL)
		ask_check(c, rule);
	else if (rule->operators == NIL)
		ask_twice(c, rule, relid);
	else if (pages_of(relid, c->owner) <= MAX_PAGES_OF_PAIRS)
		ask_exclusion(c, rule, relid);
}

/* In a subtransaction, whose end puts back the user if it fails. */
static void
count(void *arg)
{
	Counting   *c = arg;
	RoleBefore	before;
	bool		isnull;
	static void (*const ask[]) (Counting *) = {
		[ROWS_NULL] = ask_nulls,[ROWS_ORPHANED] = ask_orphans,[ROWS_AGAINST_RULE] = ask_rule
	};

	ask[c->rows->kind] (c);
	if (c->sql.len == 0)
		return;
	before = as_owner_begin(c->owner);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PushActiveSnapshot(GetTransactionSnapshot());
	if (SPI_execute(c->sql.data, true, 1) != SPI_OK_SELECT || SPI_processed != 1)
		elog(ERROR, "rows could not be counted");
	c->n = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	as_owner_end(before);
}

/*
 * The values may be such that the question fails, and a table in the way may have come after the
 * first look.
 */
static bool
cannot_be_counted(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return category == ERRCODE_DATA_EXCEPTION ||
		category == ERRCODE_TO_CATEGORY(ERRCODE_SYNTAX_ERROR) ||
		error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
}

char *
rows_in_way_told(const RowsInWay *rows)
{
	Counting	c = {.rows = rows};
	int			nest_level = settings_pin_path();
	ErrorData  *error;

	settings_bound_lock_waits(migrate_lock_timeout);
	settings_count_nothing();
	initStringInfo(&c.sql);
	error = race_try(count, &c);
	settings_leave(nest_level);
	if (error != NULL && !cannot_be_counted(error))
		ReThrowError(error);
	if (error != NULL || c.n == 0)
		return NULL;
	return psprintf(INT64_FORMAT " %s in the way: %s", c.n, c.n == 1 ? "row is" : "rows are",
					c.why);
}
