/*
 * sample.c
 *		Copies some rows of the live tables into the copies of these tables in a shadow.
 *
 * First each table gets rows from pages all over the live table.  Then the rows that foreign keys
 * refer to are added, until none is missing.  The statements run like all SQL that a comparison
 * writes: functions in the expressions of a table run as its owner.  session_replication_role is
 * "replica" meanwhile, so that triggers change no row and foreign keys require no order.
 */
#include "postgres.h"

#include "author/rehearse_private.h"
#include "kinds/kinds.h"
#include "settings.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

/* A table or a partition. */
typedef struct Source
{
	Oid			live;
	Oid			copy;
	bool		has_rows;		/* false for a partitioned table, whose rows
								 * are in its partitions */
	const char *from;			/* the quoted name of the live table, while it
								 * is put away */
	const char *into;			/* the quoted name of the copy */
	const char *columns;		/* the columns that INSERT may name */
	const char *values;			/* their values, from the live table with the
								 * alias s */
} Source;

typedef struct Sample
{
	Shadow	   *shadow;
	const SchemaSnapshot *live;
	int			rows;
	List	   *sources;		/* Source * */
} Sample;

static void
run_sql(const Sample *sample, const char *sql)
{
	ScriptOrigin origin = {.direction = "sample",.first_line = 1};

	(void) shadow_execute_generated(sample->shadow, sql, false, &origin);
}

static const char *
quoted_name(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* -------------------------------------------------------------------- sources */

/*
 * A type of a managed schema has a copy in the shadow.  Values are converted from one to the other
 * by way of text.
 */
static char *
converted(const char *value, Form_pg_attribute from, Form_pg_attribute to)
{
	if (from->atttypid == to->atttypid)
		return pstrdup(value);
	return psprintf("%s::pg_catalog.text::%s", value,
					format_type_extended(to->atttypid, to->atttypmod,
										 FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY));
}

static void
add_columns(Source *source)
{
	Relation	live = table_open(source->live, AccessShareLock);
	Relation	copy = table_open(source->copy, AccessShareLock);
	StringInfoData columns;
	StringInfoData values;

	initStringInfo(&columns);
	initStringInfo(&values);
	for (int i = 0; i < RelationGetDescr(live)->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(live), i);
		const char *name = quote_identifier(NameStr(att->attname));
		AttrNumber	there =
		att->attisdropped ? InvalidAttrNumber : get_attnum(source->copy, NameStr(att->attname));

		if (there == InvalidAttrNumber || att->attgenerated != '\0')
			continue;
		appendStringInfo(&columns, "%s%s", columns.len > 0 ? ", " : "", name);
		appendStringInfo(&values, "%s%s", values.len > 0 ? ", " : "",
						 converted(psprintf("s.%s", name), att,
								   TupleDescAttr(RelationGetDescr(copy), there - 1)));
	}
	source->columns = columns.data;
	source->values = values.data;
	table_close(copy, AccessShareLock);
	table_close(live, AccessShareLock);
}

static void
add_source(Sample *sample, const SchemaObject *table)
{
	Oid			schema = get_namespace_oid(table->schema, true);
	Oid			copy = OidIsValid(schema) ? get_relname_relid(table->name, schema) : InvalidOid;
	Source	   *source;

	if (!OidIsValid(copy))
		return;
	source = palloc0(sizeof(Source));
	source->live = table->objid;
	source->copy = copy;
	source->has_rows = get_rel_relkind(copy) == RELKIND_RELATION;
	source->from = quoted_name(source->live);
	source->into = quoted_name(source->copy);
	add_columns(source);
	if (source->columns[0] != '\0')
		sample->sources = lappend(sample->sources, source);
}

static void
find_sources(Sample *sample)
{
	ListCell   *lc;

	foreach(lc, snapshot_tables(sample->live))
	{
		CHECK_FOR_INTERRUPTS();
		add_source(sample, lfirst(lc));
	}
}

/* -------------------------------------------------------------------- first rows */

/* A partitioned table, and how many partitions share the number of rows wanted of it. */
typedef struct Leaves
{
	Oid			root;
	int			n;
} Leaves;

static Oid
root_of(Oid relid)
{
	List	   *ancestors = get_rel_relispartition(relid) ? get_partition_ancestors(relid) : NIL;

	return ancestors != NIL ? llast_oid(ancestors) : relid;
}

static HTAB *
count_leaves(const Sample *sample)
{
	HASHCTL		info =
	{.keysize = sizeof(Oid),.entrysize = sizeof(Leaves),.hcxt = CurrentMemoryContext};
	HTAB	   *leaves = hash_create("migrate_ext partitions", 64, &info,
									 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ListCell   *lc;

	foreach(lc, sample->sources)
	{
		const Source *source = lfirst(lc);
		Oid			root = root_of(source->live);
		bool		is_known;
		Leaves	   *entry = hash_search(leaves, &root, HASH_ENTER, &is_known);

		if (!is_known)
			entry->n = 0;
		entry->n += source->has_rows;
	}
	return leaves;
}

/*
 * " TABLESAMPLE ...", for enough pages to hold somewhat more rows than are wanted.  "" for a small
 * table, which is read as a whole.
 */
static char *
pages_of(Oid relid, int rows)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	double		pages = 0;
	double		all = 0;
	double		percent;

	if (HeapTupleIsValid(tuple))
	{
		pages = ((Form_pg_class) GETSTRUCT(tuple))->relpages;
		all = ((Form_pg_class) GETSTRUCT(tuple))->reltuples;
		ReleaseSysCache(tuple);
	}
	if (pages <= 0 || all <= 0)
		return "";
	percent = Max(200.0 * rows / all, 500.0 / pages);
	return percent >= 100 ? "" : psprintf(" TABLESAMPLE SYSTEM (%.6f) REPEATABLE (1)", percent);
}

static void
take_first_rows(const Sample *sample)
{
	HTAB	   *leaves = count_leaves(sample);
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, sample->sources)
	{
		const Source *source = lfirst(lc);
		Oid			root = root_of(source->live);
		Leaves	   *entry = hash_search(leaves, &root, HASH_FIND, NULL);
		int			rows = Max(sample->rows / Max(entry->n, 1), 1);
		char	   *pages = pages_of(source->live, rows);

		CHECK_FOR_INTERRUPTS();
		if (!source->has_rows)
			continue;
		appendStringInfo(&sql,
						 "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM ONLY %s AS s%s"
						 " LIMIT %d;\n",
						 source->into, source->columns, source->values, source->from, pages, rows);
		/* if the chosen pages are empty, take the first rows */
		if (pages[0] != '\0')
			appendStringInfo(&sql,
							 "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s"
							 " FROM ONLY %s AS s"
							 " WHERE NOT EXISTS (SELECT FROM ONLY %s AS t) LIMIT %d;\n",
							 source->into, source->columns, source->values, source->from,
							 source->into, rows);
	}
	run_sql(sample, sql.data);
}

/* -------------------------------------------------------------- what they refer to */

/* A foreign key between tables of the sample. */
typedef struct ForeignKey
{
	const Source *referring;
	const Source *referenced;
	int			n;
	Datum	   *columns;		/* int2 */
	Datum	   *keys;			/* int2 */
	Datum	   *operators;		/* Oid: key = column */
	Datum	   *key_operators;	/* Oid: key = key */
} ForeignKey;

/* Sources by their live OID. */
typedef struct SourceEntry
{
	Oid			live;
	const Source *source;
} SourceEntry;

static HTAB *
index_sources(const Sample *sample)
{
	HASHCTL		info =
	{.keysize = sizeof(Oid),.entrysize = sizeof(SourceEntry),.hcxt = CurrentMemoryContext};
	HTAB	   *index = hash_create("migrate_ext sources", 64, &info,
									HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ListCell   *lc;

	foreach(lc, sample->sources)
	{
		const Source *source = lfirst(lc);

		((SourceEntry *) hash_search(index, &source->live, HASH_ENTER, NULL))->source = source;
	}
	return index;
}

static const Source *
find_source(HTAB *index, Oid live)
{
	const SourceEntry *entry = hash_search(index, &live, HASH_FIND, NULL);

	return entry != NULL ? entry->source : NULL;
}

/*
 * Append a = b, with the operator of the foreign key.  If the operator's schema is put away, or the
 * types differ in the shadow, compare the texts of the values instead.
 */
static void
append_equal(StringInfo buf, const char *a, const char *b, Oid operator, bool same_types)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	const char *schema = NULL;
	const char *name = NULL;

	if (HeapTupleIsValid(tuple))
	{
		schema = get_namespace_name(((Form_pg_operator) GETSTRUCT(tuple))->oprnamespace);
		name = pstrdup(NameStr(((Form_pg_operator) GETSTRUCT(tuple))->oprname));
		ReleaseSysCache(tuple);
	}
	if (same_types && schema != NULL && !shadow_is_hidden(schema))
		appendStringInfo(buf, "%s OPERATOR(%s.%s) %s", a, quote_identifier(schema), name, b);
	else
		appendStringInfo(buf, "%s::pg_catalog.text OPERATOR(pg_catalog.=) %s::pg_catalog.text",
						 a, b);
}

/* Does a column of the copy have the same type as that of the live table? */
static bool
same_type(const Source *source, const char *column)
{
	return get_atttype(source->live, get_attnum(source->live, column)) ==
		get_atttype(source->copy, get_attnum(source->copy, column));
}

/*
 * Conditions between rows.  r is a row in the copy of the referencing table, s a row of the live
 * referenced table, t a row in the copy of the referenced table.
 */
typedef struct Conditions
{
	StringInfoData refers;		/* r refers to s */
	StringInfoData there;		/* s and t have the same key */
	StringInfoData up;			/* u, a row found before, refers to s */
	StringInfoData found;		/* s and u have the same key */
	StringInfoData keys;		/* the key of s and its own references, as k0,
								 * f0, k1, f1 */
	StringInfoData names;
} Conditions;

static void
add_column(Conditions *c, const ForeignKey *key, int i)
{
	const char *column = get_attname(key->referring->live, DatumGetInt16(key->columns[i]), false);
	const char *wanted = get_attname(key->referenced->live, DatumGetInt16(key->keys[i]), false);
	const char *live = psprintf("s.%s", quote_identifier(wanted));
	const char *and = i > 0 ? " AND " : "";
	Oid			operator = DatumGetObjectId(key->operators[i]);
	Oid			key_operator = DatumGetObjectId(key->key_operators[i]);
	bool		same = same_type(key->referenced, wanted);

	appendStringInfoString(&c->refers, and);
	append_equal(&c->refers, live, psprintf("r.%s", quote_identifier(column)), operator, same &&
				 same_type(key->referring, column));
	appendStringInfoString(&c->there, and);
	append_equal(&c->there, live, psprintf("t.%s", quote_identifier(wanted)), key_operator, same);
	appendStringInfoString(&c->up, and);
	append_equal(&c->up, live, psprintf("u.f%d", i), operator, true);
	appendStringInfoString(&c->found, and);
	append_equal(&c->found, live, psprintf("u.k%d", i), key_operator, true);
	appendStringInfo(&c->keys, "%s%s, s.%s", i > 0 ? ", " : "", live, quote_identifier(column));
	appendStringInfo(&c->names, "%sk%d, f%d", i > 0 ? ", " : "", i, i);
}

/*
 * Append the statement that copies the missing referenced rows of a foreign key.  If a table
 * references itself, a row may begin a long chain of rows, so one recursive query finds the whole
 * chain.
 */
static void
append_referenced(StringInfo sql, const ForeignKey *key)
{
	const Source *to = key->referenced;
	const char *from = psprintf("%s%s AS s", to->has_rows ? "ONLY " : "", to->from);
	Conditions	c;
	char	   *missing;

	initStringInfo(&c.refers);
	initStringInfo(&c.there);
	initStringInfo(&c.up);
	initStringInfo(&c.found);
	initStringInfo(&c.keys);
	initStringInfo(&c.names);
	for (int i = 0; i < key->n; i++)
		add_column(&c, key, i);
	missing = psprintf("EXISTS (SELECT FROM %s AS r WHERE %s) AND NOT EXISTS (SELECT FROM %s AS t"
					   " WHERE %s)",
					   key->referring->into, c.refers.data, to->into, c.there.data);
	if (key->referring == to)
	{
		appendStringInfo(sql,
						 "WITH RECURSIVE u (%s) AS (SELECT %s FROM %s WHERE %s UNION SELECT %s"
						 " FROM u, %s WHERE %s) ",
						 c.names.data, c.keys.data, from, missing, c.keys.data, from, c.up.data);
		missing = psprintf("EXISTS (SELECT FROM u WHERE %s) AND NOT EXISTS (SELECT FROM %s AS t"
						   " WHERE %s)",
						   c.found.data, to->into, c.there.data);
	}
	appendStringInfo(sql,
					 "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s WHERE %s;\n",
					 to->into, to->columns, to->values, from, missing);
}

static Datum *
elements(Datum array, Oid type, int *n)
{
	Datum	   *values;
	bool	   *nulls;
	int16		length;
	bool		by_value;
	char		align;

	get_typlenbyvalalign(type, &length, &by_value, &align);
	deconstruct_array(DatumGetArrayTypePCopy(array), type, length, by_value, align, &values,
					  &nulls, n);
	return values;
}

/*
 * Are all operators of the key equality?  A temporal key (PERIOD) is left out: a row may need
 * several referenced rows together.
 */
static bool
is_equality(const ForeignKey *key)
{
	for (int i = 0; i < key->n; i++)
	{
		Oid			operator = DatumGetObjectId(key->operators[i]);
		Oid			left;
		Oid			right;

		op_input_types(operator, &left, &right);
		if (!op_mergejoinable(operator, left) && !op_hashjoinable(operator, left))
			return false;
	}
	return true;
}

static Datum
live_tables(const Sample *sample)
{
	Datum	   *values = palloc(sizeof(Datum) * Max(list_length(sample->sources), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, sample->sources)
	{
		values[n++] = ObjectIdGetDatum(((Source *) lfirst(lc))->live);
	}
	return PointerGetDatum(construct_array(values, n, OIDOID, sizeof(Oid), true, TYPALIGN_INT));
}

static void
read_key(HTAB *index, HeapTuple row, TupleDesc desc, StringInfo sql)
{
	bool		isnull;
	ForeignKey	key = {
		.referring = find_source(index, DatumGetObjectId(SPI_getbinval(row, desc, 1, &isnull))),
		.referenced = find_source(index, DatumGetObjectId(SPI_getbinval(row, desc, 2, &isnull)))
	};

	key.columns = elements(SPI_getbinval(row, desc, 3, &isnull), INT2OID, &key.n);
	key.keys = elements(SPI_getbinval(row, desc, 4, &isnull), INT2OID, &key.n);
	key.operators = elements(SPI_getbinval(row, desc, 5, &isnull), OIDOID, &key.n);
	key.key_operators = elements(SPI_getbinval(row, desc, 6, &isnull), OIDOID, &key.n);
	if (key.referring != NULL && key.referenced != NULL && is_equality(&key))
		append_referenced(sql, &key);
}

/* The statements that copy referenced rows, one for each foreign key; NULL if there are no keys. */
static char *
referenced_sql(const Sample *sample)
{
	MemoryContext caller = CurrentMemoryContext;
	HTAB	   *index = index_sources(sample);
	Oid			types[1] = {OIDARRAYOID};
	Datum		values[1] = {live_tables(sample)};
	int			nest_level = settings_pin_path();
	StringInfoData sql;

	initStringInfo(&sql);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT conrelid, confrelid, conkey, confkey, conpfeqop, conppeqop"
							  " FROM pg_constraint"
							  " WHERE contype = 'f' AND conparentid = 0 AND conrelid = ANY ($1)"
							  " AND confrelid = ANY ($1)"
							  " ORDER BY oid", 1, types, values, NULL, false, 0) != SPI_OK_SELECT)
		elog(ERROR, "foreign keys could not be listed");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(caller);

		CHECK_FOR_INTERRUPTS();
		read_key(index, SPI_tuptable->vals[i], SPI_tuptable->tupdesc, &sql);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	settings_leave(nest_level);
	return sql.len > 0 ? sql.data : NULL;
}

static int64
count_rows(const Sample *sample)
{
	int64		rows = 0;
	ListCell   *lc;

	foreach(lc, sample->sources)
	{
		const Source *source = lfirst(lc);

		if (source->has_rows)
			rows += DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_tuples_inserted,
													  ObjectIdGetDatum(source->copy)));
	}
	return rows;
}

static void
take_referenced_rows(const Sample *sample)
{
	char	   *sql = referenced_sql(sample);
	int64		before;

	if (sql == NULL)
		return;
	do
	{
		CHECK_FOR_INTERRUPTS();
		before = count_rows(sample);
		run_sql(sample, sql);
	} while (count_rows(sample) > before);
}

/* ------------------------------------------------------------------- sequences */

/*
 * Let a sequence continue after the greatest value in its column.  Do nothing if the values are not
 * those of the sequence: another type, or out of its bounds.
 */
static void
append_behind(StringInfo sql, Oid sequence, Oid table, AttrNumber column)
{
	const char *name = quote_identifier(get_attname(table, column, false));

	switch (get_atttype(table, column))
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
			appendStringInfo(sql,
							 "SELECT pg_catalog.setval(%u::pg_catalog.regclass, m)"
							 " FROM (SELECT pg_catalog.max(%s)::pg_catalog.int8 AS m"
							 " FROM %s) AS t, pg_catalog.pg_sequence AS q"
							 " WHERE q.seqrelid = %u AND q.seqincrement > 0 AND m BETWEEN q.seqmin"
							 " AND q.seqmax;\n",
							 sequence, name, quoted_name(table), sequence);
			break;
		default:
			break;
	}
}

/*
 * Set a sequence: after the rows of the column to which it belongs, or to the value of the live
 * sequence.
 */
static void
append_sequence(StringInfo sql, Oid sequence, Oid live)
{
	Oid			table;
	int32		column;

	if (sequenceIsOwned(sequence, DEPENDENCY_AUTO, &table, &column) ||
		sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &table, &column))
		append_behind(sql, sequence, table, column);
	else if (OidIsValid(live) && pg_class_aclcheck(live, GetUserId(), ACL_SELECT) == ACLCHECK_OK)
		appendStringInfo(sql,
						 "SELECT pg_catalog.setval(%u::pg_catalog.regclass, last_value, is_called)"
						 " FROM %s;\n",
						 sequence, quoted_name(live));
}

static void
append_owned_sequences(StringInfo sql, const Source *source)
{
	ListCell   *lc;

	foreach(lc, getOwnedSequences(source->copy))
	{
		append_sequence(sql, lfirst_oid(lc), InvalidOid);
	}
}

static void
append_other_sequence(StringInfo sql, const SchemaObject *sequence)
{
	Oid			schema = get_namespace_oid(sequence->schema, true);
	Oid			copy = OidIsValid(schema) ? get_relname_relid(sequence->name, schema) : InvalidOid;
	Oid			table;
	int32		column;

	if (OidIsValid(copy) && !sequenceIsOwned(copy, DEPENDENCY_AUTO, &table, &column))
		append_sequence(sql, copy, sequence->objid);
}

static void
move_sequences(const Sample *sample)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, sample->sources)
	{
		append_owned_sequences(&sql, lfirst(lc));
	}
	for (int i = 0; i < sample->live->nobjects; i++)
		if (kind_is(sample->live->objects[i], KIND_SEQUENCE))
			append_other_sequence(&sql, sample->live->objects[i]);
	if (sql.len > 0)
		run_sql(sample, sql.data);
}

/* ------------------------------------------------------------ materialised views */

/* If a materialised view cannot be filled, leave it unfilled, as pg_restore does. */
static void
refresh(const Sample *sample, const SchemaObject *view)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Shadow	   *then = shadow_remember(sample->shadow);

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		run_sql(sample, psprintf("REFRESH MATERIALIZED VIEW %s", view->identity));
		ReleaseCurrentSubTransaction();
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		shadow_recall(sample->shadow, then);
		MemoryContextSwitchTo(context);
		CurrentResourceOwner = owner;
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
			ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION))
			ReThrowError(error);
	}
	PG_END_TRY();
}

static int
by_oid(const ListCell *a, const ListCell *b)
{
	const SchemaObject *one = lfirst(a);
	const SchemaObject *other = lfirst(b);

	return one->objid < other->objid ? -1 : one->objid > other->objid;
}

/* Refresh in the order of creation, because a view can only read views created before it. */
static void
refresh_views(const Sample *sample)
{
	List	   *views = NIL;
	ListCell   *lc;

	for (int i = 0; i < sample->live->nobjects; i++)
		if (kind_is(sample->live->objects[i], KIND_MATVIEW))
			views = lappend(views, sample->live->objects[i]);
	list_sort(views, by_oid);
	foreach(lc, views)
	{
		refresh(sample, lfirst(lc));
	}
}

/* ------------------------------------------------------------------------- all */

void
sample_require_rows(const SchemaSnapshot *live)
{
	ListCell   *lc;

	foreach(lc, snapshot_tables(live))
	{
		const SchemaObject *table = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (pg_attribute_aclcheck_all(table->objid, GetUserId(), ACL_SELECT,
									  ACLMASK_ALL) != ACLCHECK_OK &&
			pg_class_aclcheck(table->objid, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for the rows of table %s", table->identity),
					 errdetail("A rehearsal is run with some of the rows of each table."),
					 errhint("GRANT SELECT ON %s TO %s; or name the schemas whose tables you may read.",
							 table->identity,
							 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
		if (check_enable_rls(table->objid, InvalidOid, true) == RLS_ENABLED)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("row-level security hides rows of table %s", table->identity),
					 errdetail("A rehearsal with the rows that you may see says nothing of the others."),
					 errhint("Run it as the owner of the table, or as a role with BYPASSRLS.")));
	}
}

static void
set_as_superuser(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

int64
sample_rows(Shadow *shadow, const SchemaSnapshot *live, int rows)
{
	Sample		sample = {.shadow = shadow,.live = live,.rows = rows};
	int			nest_level = settings_be_quiet();
	int64		n;

	set_as_superuser("session_replication_role", "replica");
	set_as_superuser("track_counts", "on");
	(void) set_config_option("row_security", "off", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE,
							 true, 0, false);
	settings_bound_lock_waits(migrate_lock_timeout);
	find_sources(&sample);
	take_first_rows(&sample);
	take_referenced_rows(&sample);
	n = count_rows(&sample);
	move_sequences(&sample);
	refresh_views(&sample);
	settings_leave(nest_level);
	return n;
}
