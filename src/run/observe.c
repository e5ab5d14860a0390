/*
 * observe.c
 *		Finds out what a statement did to tables that others use: locks, rewrites, scans.
 *
 * After each statement of a dry run this file looks at
 *
 * - the lock table, since a transaction keeps its locks on relations to its end,
 * - pg_class, where a rewritten relation has another file,
 * - the statistics of sequential scans that this session has not sent yet.
 *
 * That needs no hook, and also shows what functions, triggers and partitions do.
 *
 * Names and sizes are those before the statement: pg_class is read with a snapshot taken
 * then, which also shows relations that the statement drops.  Relations that the run
 * itself has created, temporary ones and system catalogs are left out: nobody else waits
 * for the first two, and locks on the last are not kept.
 *
 * A lock that the transaction holds already does not show up when a later revision takes
 * it again.  An online run would have released it at the end of the earlier revision.  So
 * for a table that the later statement names, its lock is derived from the statement; for
 * a table that it scans or rewrites, from the lock held.  A lock that is released within a
 * statement, as in an exception block, is not seen.
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "settings.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/index.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/lock.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The most tables that a warning names. */
#define MAX_NAMED 5

/*
 * Limits of severity: bytes of work while something is blocked.  A server reads or writes
 * some hundred megabytes a second.  Nobody notices less than the first limit; people
 * notice more than the second.
 */
#define MEDIUM_BYTES (INT64CONST(10) * 1024 * 1024)
#define HIGH_BYTES   (INT64CONST(100) * 1024 * 1024)

typedef enum Blocking
{
	BLOCKS_NOTHING,
	BLOCKS_WRITES,
	BLOCKS_ALL
} Blocking;

typedef struct ObservedRelation
{
	Oid			relid;			/* hash key */
	bool		is_known;		/* the following members are set */
	bool		is_left_out;	/* created by the run, temporary or catalog */
	char		kind;
	RelFileNumber file;
	const char *name;			/* qualified */
	int64		bytes;			/* with its TOAST table */
	LOCKMASK	held;			/* locks seen before */
	int64		scans;			/* counted before */

	Blocking	blocks;			/* since `statement` of `step` */
	int			step;
	int			statement;

	/* of the current statement */
	bool		is_listed;		/* in Observer.locked */
	LOCKMASK	locks;			/* all locks held now */
	LOCKMASK	taken;
	bool		is_scanned;
	bool		is_rewritten;
} ObservedRelation;

struct Observer
{
	MemoryContext context;
	MemoryContext scratch;		/* for one look; the lock table may be large */
	HTAB	   *relations;
	ObservedRelation **locked;	/* the relations that are locked now */
	int			nlocked;
	int			max_locked;
	int			step;

	/* the current statement */
	int			number;
	bool		is_utility;		/* not a query, which blocks nothing by itself */
	LOCKMODE	lock;			/* the strongest lock that it can take, ... */
	List	   *named;			/* ... and the tables on which it takes it */
	Snapshot	snapshot;		/* taken before it */
};

/* ----------------------------------------------------------------- catalogs */

/* Returns a copy of a catalog's row, by its OID, as the snapshot shows it, or NULL. */
static HeapTuple
fetch_row(Oid catalog, Oid index, AttrNumber column, Oid oid, Snapshot snapshot)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, column, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(oid));
	scan = systable_beginscan(rel, index, true, snapshot, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return tuple;
}

static char *
qualified_name(Form_pg_class form, Snapshot snapshot)
{
	HeapTuple	tuple = fetch_row(NamespaceRelationId, NamespaceOidIndexId, Anum_pg_namespace_oid,
								  form->relnamespace, snapshot);

	return quote_qualified_identifier(HeapTupleIsValid(tuple)
									  ? NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname)
									  : NULL,
									  NameStr(form->relname));
}

static int64
relation_bytes(Form_pg_class form, Snapshot snapshot)
{
	int64		bytes = 0;
	HeapTuple	toast;

	if (OidIsValid(form->relfilenode))
		bytes = compat_file_bytes(OidIsValid(form->reltablespace) ? form->reltablespace
								  : MyDatabaseTableSpace,
								  form->relfilenode);
	if (OidIsValid(form->reltoastrelid))
	{
		toast = fetch_row(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid,
						  form->reltoastrelid, snapshot);
		if (HeapTupleIsValid(toast))
			bytes += relation_bytes((Form_pg_class) GETSTRUCT(toast), snapshot);
	}
	return bytes;
}

/* Update name and size of a relation.  The first time, also find out whether to leave it out. */
static void
describe(Observer *observer, ObservedRelation *rel)
{
	MemoryContext old = MemoryContextSwitchTo(observer->context);
	HeapTuple	tuple = fetch_row(RelationRelationId, ClassOidIndexId, Anum_pg_class_oid,
								  rel->relid, observer->snapshot);

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		if (!rel->is_known)
		{
			rel->kind = form->relkind;
			rel->file = form->relfilenode;
			rel->is_left_out = form->relpersistence == RELPERSISTENCE_TEMP ||
				IsCatalogNamespace(form->relnamespace) || IsToastNamespace(form->relnamespace);
		}
		if (!rel->is_left_out)
		{
			rel->name = qualified_name(form, observer->snapshot);
			rel->bytes = relation_bytes(form, observer->snapshot);
		}
		heap_freetuple(tuple);
	}
	else if (!rel->is_known)
		rel->is_left_out = true;	/* created by the statement */
	rel->is_known = true;
	MemoryContextSwitchTo(old);
}

/* Returns the relation's current file; InvalidOid if the relation is gone. */
static RelFileNumber
current_file(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	RelFileNumber file = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		file = ((Form_pg_class) GETSTRUCT(tuple))->relfilenode;
		ReleaseSysCache(tuple);
	}
	return file;
}

static int64
count_scans(Oid relid)
{
	return DatumGetInt64(DirectFunctionCall1(pg_stat_get_xact_numscans, ObjectIdGetDatum(relid)));
}

/* -------------------------------------------------------------------- locks */

static ObservedRelation *
get_relation(Observer *observer, Oid relid)
{
	bool		found;
	ObservedRelation *rel = hash_search(observer->relations, &relid, HASH_ENTER, &found);

	if (!found)
	{
		memset(rel, 0, sizeof(*rel));
		rel->relid = relid;
	}
	return rel;
}

static void
list_locked(Observer *observer, ObservedRelation *rel)
{
	if (rel->is_listed)
		return;
	if (observer->nlocked == observer->max_locked)
	{
		observer->max_locked *= 2;
		observer->locked = repalloc(observer->locked,
									sizeof(ObservedRelation *) * observer->max_locked);
	}
	observer->locked[observer->nlocked++] = rel;
	rel->is_listed = true;
	rel->locks = 0;
}

/* Fill Observer.locked.  A relation may have locks in the lock table and on the fast path. */
static void
read_locks(Observer *observer)
{
	LockData   *data = GetLockStatusData();

	for (int i = 0; i < observer->nlocked; i++)
		observer->locked[i]->is_listed = false;
	observer->nlocked = 0;
	for (int i = 0; i < data->nelements; i++)
	{
		LockInstanceData *lock = &data->locks[i];
		ObservedRelation *rel;

		if (lock->pid != MyProcPid || lock->holdMask == 0 ||
			lock->locktag.locktag_type != LOCKTAG_RELATION ||
			lock->locktag.locktag_field1 != MyDatabaseId)
			continue;
		rel = get_relation(observer, lock->locktag.locktag_field2);
		list_locked(observer, rel);
		rel->locks |= lock->holdMask;
	}
}

/*
 * Returns what these locks prevent others from doing.  Under EXCLUSIVE and weaker locks
 * others can read; under SHARE UPDATE EXCLUSIVE and weaker ones they can also write.
 */
static Blocking
blocking_of(LOCKMASK locks)
{
	if (locks & LOCKBIT_ON(AccessExclusiveLock))
		return BLOCKS_ALL;
	if (locks & (LOCKBIT_ON(ShareLock) | LOCKBIT_ON(ShareRowExclusiveLock) |
				 LOCKBIT_ON(ExclusiveLock)))
		return BLOCKS_WRITES;
	return BLOCKS_NOTHING;
}

static bool
is_index(const ObservedRelation *rel)
{
	return rel->kind == RELKIND_INDEX || rel->kind == RELKIND_PARTITIONED_INDEX;
}

/* Note that a relation is blocked from now to the end of the step. */
static void
note_blocking(Observer *observer, ObservedRelation *rel, Blocking blocks)
{
	/*
	 * a session that uses a table opens its indexes, so a lock on an index
	 * blocks the table
	 */
	if (is_index(rel))
	{
		Oid			table = IndexGetRelation(rel->relid, true);

		if (!OidIsValid(table) || blocks == BLOCKS_NOTHING)
			return;
		rel = get_relation(observer, table);
		if (!rel->is_listed)
			return;
		describe(observer, rel);
	}
	if (rel->is_left_out || blocks == BLOCKS_NOTHING ||
		(rel->step == observer->step && rel->blocks >= blocks))
		return;
	rel->blocks = blocks;
	rel->step = observer->step;
	rel->statement = observer->number;
}

static void
add_named(List **named, RangeVar *relation)
{
	Oid			relid = relation ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid;

	if (OidIsValid(relid))
		*named = lappend_oid(*named, relid);
}

LOCKMODE
observe_named(Node *node, List **named)
{
	ListCell   *lc;

	*named = NIL;
	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			add_named(named, castNode(AlterTableStmt, node)->relation);
			return AlterTableGetLockLevel(castNode(AlterTableStmt, node)->cmds);
		case T_IndexStmt:
			add_named(named, castNode(IndexStmt, node)->relation);
			return ShareLock;
		case T_CreateStmt:
			return ShareRowExclusiveLock;	/* on tables that it references */
		case T_CreateTrigStmt:
			add_named(named, castNode(CreateTrigStmt, node)->relation);
			return ShareRowExclusiveLock;
		case T_RenameStmt:
			add_named(named, castNode(RenameStmt, node)->relation);
			return castNode(RenameStmt, node)->renameType == OBJECT_INDEX ? ShareUpdateExclusiveLock
				: AccessExclusiveLock;
		case T_AlterObjectSchemaStmt:
			add_named(named, castNode(AlterObjectSchemaStmt, node)->relation);
			return AccessExclusiveLock;
		case T_RuleStmt:
			add_named(named, castNode(RuleStmt, node)->relation);
			return AccessExclusiveLock;
		case T_CreatePolicyStmt:
			add_named(named, castNode(CreatePolicyStmt, node)->table);
			return AccessExclusiveLock;
		case T_AlterPolicyStmt:
			add_named(named, castNode(AlterPolicyStmt, node)->table);
			return AccessExclusiveLock;
		case T_TruncateStmt:
			foreach(lc, castNode(TruncateStmt, node)->relations)
			{
				add_named(named, lfirst_node(RangeVar, lc));
			}
			return AccessExclusiveLock;
		case T_DropStmt:
			if (castNode(DropStmt, node)->removeType == OBJECT_TABLE)
			{
				foreach(lc, castNode(DropStmt, node)->objects)
				{
					add_named(named, makeRangeVarFromNameList(lfirst_node(List, lc)));
				}
			}
			return AccessExclusiveLock;
		default:
			return AccessExclusiveLock;
	}
}

static bool
is_blocked(const Observer *observer, const ObservedRelation *rel)
{
	return !rel->is_left_out && rel->blocks != BLOCKS_NOTHING && rel->step == observer->step;
}

/* --------------------------------------------------------------- the outcome */

static int
compare_relation_names(const void *a, const void *b)
{
	const ObservedRelation *one = *(ObservedRelation *const *) a;
	const ObservedRelation *other = *(ObservedRelation *const *) b;

	return strcmp(one->name, other->name);
}

/* Sort the largest first. */
static int
compare_sizes(const void *a, const void *b)
{
	const ObservedRelation *one = *(ObservedRelation *const *) a;
	const ObservedRelation *other = *(ObservedRelation *const *) b;

	if (one->bytes != other->bytes)
		return one->bytes > other->bytes ? -1 : 1;
	return strcmp(one->name, other->name);
}

static void
list_effects(ObservedRelation **rels, int nrels, Observation *result)
{
	for (int i = 0; i < nrels; i++)
	{
		const ObservedRelation *rel = rels[i];
		char	   *name = pstrdup(rel->name);

		for (LOCKMODE mode = AccessShareLock; mode <= AccessExclusiveLock; mode++)
			if (rel->taken & LOCKBIT_ON(mode))
				result->locks = lappend(result->locks,
										psprintf("%s on %s",
												 GetLockmodeName(DEFAULT_LOCKMETHOD, mode), name));
		if (rel->is_rewritten)
			result->rewritten = lappend(result->rewritten, name);
		if (rel->is_scanned)
			result->scanned = lappend(result->scanned, name);
	}
}

static const char *
size_text(int64 bytes)
{
	return TextDatumGetCString(DirectFunctionCall1(pg_size_pretty, Int64GetDatum(bytes)));
}

/* Print "blocks writes of public.users (1200 MB) while it is read; ..." */
static void
print_blocked(const Observer *observer, ObservedRelation **blocked, int nblocked, StringInfo out)
{
	for (int i = 0; i < Min(nblocked, MAX_NAMED); i++)
	{
		const ObservedRelation *rel = blocked[i];
		const char *what = rel->blocks == BLOCKS_ALL ? "reads and writes" : "writes";

		if (out->len > 0)
			appendStringInfoString(out, "; ");
		if (rel->statement == observer->number ||
			(observer->is_utility && (rel->is_rewritten || rel->is_scanned)))
			appendStringInfo(out, "blocks %s of %s (%s) %s", what, rel->name, size_text(rel->bytes),
							 rel->is_rewritten ? "while it is rewritten" :
							 rel->is_scanned ? "while it is read"
							 : "until the end of the transaction");
		else
			appendStringInfo(out, "%s of %s (%s) stay blocked since statement %d",
							 what, rel->name, size_text(rel->bytes), rel->statement);
	}
	if (nblocked > MAX_NAMED)
		appendStringInfo(out, "; and %d more", nblocked - MAX_NAMED);
}

/* Set what is blocked, severity and warning; work: bytes that the statement reads or writes. */
static void
weigh(const Observer *observer, int64 work, Observation *result)
{
	ObservedRelation **blocked = palloc(sizeof(ObservedRelation *) * Max(observer->nlocked, 1));
	int			nblocked = 0;
	Blocking	worst = BLOCKS_NOTHING;
	StringInfoData warning;

	result->blocked_bytes = -1;
	for (int i = 0; i < observer->nlocked; i++)
	{
		ObservedRelation *rel = observer->locked[i];
		int64		distributed;

		if (!is_blocked(observer, rel))
			continue;
		/* what Citus distributes is on other nodes */
		distributed = store_distributed_size(rel->relid);
		if (distributed >= 0)
			rel->bytes = distributed;
		blocked[nblocked++] = rel;
		worst = Max(worst, rel->blocks);
		result->blocked_bytes = Max(result->blocked_bytes, rel->bytes);
	}
	qsort(blocked, nblocked, sizeof(ObservedRelation *), compare_sizes);
	initStringInfo(&warning);
	print_blocked(observer, blocked, nblocked, &warning);
	result->warning = warning.len > 0 ? warning.data : NULL;
	result->blocks =
		worst == BLOCKS_ALL ? "reads and writes" : worst == BLOCKS_WRITES ? "writes" : "nothing";
	result->severity = worst == BLOCKS_NOTHING ? "none" :
		work >= HIGH_BYTES ? "high" : work >= MEDIUM_BYTES ? "medium" : "low";
}

/* ---------------------------------------------------------------- the parts */

/*
 * Read the scans that this session has counted before the run, also in earlier
 * transactions, so that they are not taken for scans of the run.
 */
static void
read_scans(Observer *observer)
{
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, observer->snapshot, 0, NULL);
	MemoryContext old = MemoryContextSwitchTo(observer->scratch);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);
		int64		scans;

		CHECK_FOR_INTERRUPTS();
		if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_MATVIEW)
			continue;
		scans = count_scans(form->oid);
		if (scans > 0)
			get_relation(observer, form->oid)->scans = scans;
		MemoryContextReset(observer->scratch);
	}
	MemoryContextSwitchTo(old);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* Compare a locked relation with its state before the statement. */
static void
compare_relation(Observer *observer, ObservedRelation *rel)
{
	bool		is_new = !rel->is_known;
	RelFileNumber file;
	int64		scans;

	if (is_new)
		describe(observer, rel);
	rel->taken = rel->locks & ~rel->held;
	rel->held = rel->locks;
	rel->is_scanned = rel->is_rewritten = false;
	if (rel->is_left_out)
		return;

	scans = count_scans(rel->relid);
	rel->is_scanned = scans > rel->scans && !is_index(rel);
	rel->scans = scans;
	file = current_file(rel->relid);
	if (file != InvalidOid && file != rel->file)
	{
		rel->is_rewritten = rel->kind != RELKIND_SEQUENCE;
		rel->file = file;
	}
	if (!is_new && (rel->taken != 0 || rel->is_scanned || rel->is_rewritten))
		describe(observer, rel);
}

Observer *
observe_begin(void)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "migrate_ext observer",
												  ALLOCSET_DEFAULT_SIZES);
	Observer   *observer = MemoryContextAllocZero(context, sizeof(Observer));
	HASHCTL		info =
	{.keysize = sizeof(Oid),.entrysize = sizeof(ObservedRelation),.hcxt = context};

	observer->context = context;
	observer->scratch = AllocSetContextCreate(context, "migrate_ext observer scratch",
											  ALLOCSET_DEFAULT_SIZES);
	observer->relations = hash_create("migrate_ext observed relations", 256, &info,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	observer->max_locked = 64;
	observer->locked = MemoryContextAlloc(context,
										  sizeof(ObservedRelation *) * observer->max_locked);

	observer->snapshot = RegisterSnapshot(GetLatestSnapshot());
	read_scans(observer);
	UnregisterSnapshot(observer->snapshot);
	return observer;
}

/* The locks and scans so far, by the caller or by us, are not the next statement's. */
void
observe_step(Observer *observer, int step)
{
	MemoryContext old = MemoryContextSwitchTo(observer->scratch);

	observer->step = step;
	observer->snapshot = RegisterSnapshot(GetLatestSnapshot());
	read_locks(observer);
	for (int i = 0; i < observer->nlocked; i++)
		compare_relation(observer, observer->locked[i]);
	UnregisterSnapshot(observer->snapshot);
	MemoryContextSwitchTo(old);
	MemoryContextReset(observer->scratch);
}

void
observe_before(Observer *observer, int number, const Statement *stmt)
{
	MemoryContext old = MemoryContextSwitchTo(observer->context);

	observer->number = number;
	observer->lock = observe_named(stmt->raw->stmt, &observer->named);
	MemoryContextSwitchTo(old);
	observer->snapshot = RegisterSnapshot(GetLatestSnapshot());
}

static void
note_statement(Observer *observer, ObservedRelation **touched, int ntouched)
{
	ListCell   *lc;

	for (int i = 0; i < ntouched; i++)
		note_blocking(observer, touched[i], blocking_of(touched[i]->taken));

	/* and what it would lock if an earlier step had not locked it */
	for (int i = 0; observer->is_utility && i < ntouched; i++)
		if (touched[i]->is_scanned || touched[i]->is_rewritten)
			note_blocking(observer, touched[i],
						  Min(blocking_of(touched[i]->locks),
							  blocking_of(LOCKBIT_ON(observer->lock))));
	foreach(lc, observer->named)
	{
		ObservedRelation *rel = get_relation(observer, lfirst_oid(lc));

		if (rel->is_listed)
			note_blocking(observer, rel,
						  Min(blocking_of(rel->locks), blocking_of(LOCKBIT_ON(observer->lock))));
	}
}

void
observe_after(Observer *observer, const Statement *stmt, int64 rows, int64 wal_bytes,
			  Observation *result)
{
	/* with CONCURRENTLY, left out here, the statement blocks nobody */
	bool		blocks = stmt->mode != RUN_CONCURRENTLY || migrate_plain_concurrently;
	MemoryContext caller = MemoryContextSwitchTo(observer->scratch);
	ObservedRelation **touched;
	int			ntouched = 0;
	int64		work = wal_bytes;

	read_locks(observer);
	touched = palloc(sizeof(ObservedRelation *) * Max(observer->nlocked, 1));
	for (int i = 0; i < observer->nlocked; i++)
	{
		ObservedRelation *rel = observer->locked[i];

		compare_relation(observer, rel);
		/* TRUNCATE gives the table a new file, too, but an empty one */
		if (IsA(stmt->raw->stmt, TruncateStmt))
			rel->is_rewritten = rel->is_scanned = false;
		if (rel->is_left_out || !(rel->taken != 0 || rel->is_scanned || rel->is_rewritten))
			continue;
		touched[ntouched++] = rel;
		if (rel->is_scanned || rel->is_rewritten)
			work = Max(work, rel->bytes);
	}
	observer->is_utility = rows < 0;
	if (blocks)
		note_statement(observer, touched, ntouched);

	qsort(touched, ntouched, sizeof(ObservedRelation *), compare_relation_names);
	MemoryContextSwitchTo(caller);
	memset(result, 0, sizeof(*result));
	result->knows_scans = pgstat_track_counts;
	list_effects(touched, ntouched, result);
	weigh(observer, work, result);
	MemoryContextReset(observer->scratch);
	UnregisterSnapshot(observer->snapshot);
}
