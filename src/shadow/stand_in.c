/*
 * stand_in.c
 *		A table that a foreign key of a text refers to, and that is not managed.
 *
 * The server locks a referenced table in SHARE ROW EXCLUSIVE mode, and later, to
 * drop the key, in ACCESS EXCLUSIVE mode: who only asks what differs would hold up
 * those who use it.  So a key refers to a stand-in, a table in a schema that is
 * hidden, with the same columns under the same numbers, the same unique keys, the
 * same owner and grants.  A key of a type that is managed is of the one that the text
 * has made in its place, as the column is that refers to it.  The statement is changed
 * where the server is about to run it: ALTER TABLE, which CREATE TABLE makes of its keys
 * as well.
 *
 * The stand-in has no rows; what they would be checked against is somebody's live
 * data.  So the key is taken for valid and checks nothing in the shadow.  What it
 * depends on is noted as it is outside; the table that it refers to is put into its
 * row while a snapshot is taken.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_index.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_utilcmd.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

typedef struct StandIn
{
	Oid			live;
	Oid			oid;
	bool		for_rows;		/* for stand_in_rows.c */
	List	   *keys;			/* Oid: the indexes of the live table that it
								 * has, too */
} StandIn;

/* ------------------------------------------------------------------- making one */

/* Whoever may refer to the table in it may use the schema. */
static Oid
stand_in_schema(Oid live, bool for_rows)
{
	char	   *name = psprintf(HIDDEN_PREFIX "%u %s", live, for_rows ? "written" : "stand-ins");
	Oid			oid = get_namespace_oid(name, true);

	return OidIsValid(oid) ? oid : hide_create_open_schema(name);
}

static void
copy_column_grants(Relation columns, Oid live, Oid stand_in, AttrNumber number)
{
	HeapTuple	from = SearchSysCache2(ATTNUM, ObjectIdGetDatum(live), Int16GetDatum(number));
	HeapTuple	to = SearchSysCacheCopy2(ATTNUM, ObjectIdGetDatum(stand_in), Int16GetDatum(number));
	int			column = Anum_pg_attribute_attacl;
	bool		isnull = true;
	Datum		grants = (Datum) 0;

	if (HeapTupleIsValid(from))
		grants = SysCacheGetAttr(ATTNUM, from, column, &isnull);
	if (!isnull && HeapTupleIsValid(to))
		CatalogTupleUpdate(columns, &to->t_self,
						   heap_modify_tuple_by_cols(to, RelationGetDescr(columns), 1, &column,
													 &grants, &isnull));
	if (HeapTupleIsValid(from))
		ReleaseSysCache(from);
}

/* Who may refer to the table, and to which columns? */
static void
copy_grants(Relation live, Oid stand_in)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(RelationGetRelid(live)));
	Relation	columns = table_open(AttributeRelationId, RowExclusiveLock);
	int			column = Anum_pg_class_relacl;
	bool		isnull = true;
	Datum		grants = (Datum) 0;

	if (HeapTupleIsValid(tuple))
	{
		grants = SysCacheGetAttr(RELOID, tuple, column, &isnull);
		(void) hide_update_row(RelationRelationId, stand_in, 1, &column, &grants, &isnull);
		ReleaseSysCache(tuple);
	}
	for (AttrNumber i = 1; i <= RelationGetNumberOfAttributes(live); i++)
		copy_column_grants(columns, RelationGetRelid(live), stand_in, i);
	table_close(columns, RowExclusiveLock);
}

/* Can a foreign key refer to it?  One with a predicate or an expression it cannot. */
static bool
is_key(Relation index)
{
	return index->rd_index->indisunique && index->rd_index->indisvalid &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indexprs, NULL) &&
		heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL);
}

/* An operator class is the one that the text has made, as the type is. */
static void
use_operator_classes(const Shadow *shadow, IndexStmt *key)
{
	ListCell   *lc;

	foreach(lc, key->indexParams)
	{
		IndexElem  *column = lfirst_node(IndexElem, lc);
		const ShadowSchema *schema;

		if (list_length(column->opclass) != 2)
			continue;
		schema = shadow_find_live(shadow, get_namespace_oid(strVal(linitial(column->opclass)),
															true));
		if (schema != NULL)
			column->opclass = list_make2(makeString(pstrdup(schema->name)),
										 lsecond(column->opclass));
	}
}

static void
copy_key(const Shadow *shadow, Relation live, RangeVar *stand_in, Relation index)
{
	AttrMap    *same = make_attrmap(RelationGetNumberOfAttributes(live));
	PlannedStmt *stmt = makeNode(PlannedStmt);
	Oid			constraint;

	for (int i = 0; i < same->maplen; i++)
		same->attnums[i] = i + 1;
	stmt->commandType = CMD_UTILITY;
	stmt->utilityStmt = (Node *) generateClonedIndexStmt(stand_in, index, same, &constraint);
	use_operator_classes(shadow, castNode(IndexStmt, stmt->utilityStmt));
	(void) compat_process_utility(stmt, "", PROCESS_UTILITY_SUBCOMMAND);
	CommandCounterIncrement();
}

static List *
copy_keys(const Shadow *shadow, Relation live, RangeVar *stand_in)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(live))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		if (is_key(index))
		{
			copy_key(shadow, live, stand_in, index);
			keys = lappend_oid(keys, lfirst_oid(lc));
		}
		index_close(index, AccessShareLock);
	}
	return keys;
}

/*
 * The type that the text has in place of one that is away, or of an array of it; the type itself if
 * it has none, or a base type of which no key can be: it has operator classes of its own, which the
 * text may not have made yet.
 */
static Oid
type_in_shadow(const Shadow *shadow, Oid type)
{
	Oid			element = get_element_type(type);
	Oid			found = InvalidOid;
	HeapTuple	tuple;

	if (OidIsValid(element))
		found = get_array_type(type_in_shadow(shadow, element));
	else if (HeapTupleIsValid(tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type))))
	{
		Form_pg_type form = (Form_pg_type) GETSTRUCT(tuple);

		const ShadowSchema *schema = shadow_find_live(shadow, form->typnamespace);

		if (schema != NULL)
			found = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, NameGetDatum(&form->typname),
									ObjectIdGetDatum(get_namespace_oid(schema->name, true)));
		ReleaseSysCache(tuple);
		if (OidIsValid(found) && get_typtype(getBaseType(found)) == TYPTYPE_BASE &&
			getBaseType(found) >= FirstNormalObjectId &&
			!OidIsValid(get_element_type(getBaseType(found))) &&
			!OidIsValid(GetDefaultOpClass(getBaseType(found), BTREE_AM_OID)))
			found = InvalidOid;
	}
	return OidIsValid(found) ? found : type;
}

static void
use_type_in_shadow(const Shadow *shadow, TupleDesc columns, AttrNumber number)
{
	Form_pg_attribute column = TupleDescAttr(columns, number - 1);
	Oid			type =
	column->attisdropped ? column->atttypid : type_in_shadow(shadow, column->atttypid);
	bool		not_null = column->attnotnull;
	Oid			collation = column->attcollation;

	if (type == column->atttypid)
		return;
	TupleDescInitEntry(columns, number, pstrdup(NameStr(column->attname)), type, column->atttypmod,
					   column->attndims);
	column->attnotnull = not_null;
	if (collation < FirstNormalObjectId)
		column->attcollation = collation;
}

/* The columns as they are, but for types of keys. */
static TupleDesc
copy_columns(const Shadow *shadow, Relation live)
{
	TupleDesc	columns = CreateTupleDescCopyConstr(RelationGetDescr(live));
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(live))
	{
		Relation	index = index_open(lfirst_oid(lc), AccessShareLock);

		for (int i = 0; is_key(index) && i < index->rd_index->indnkeyatts; i++)
		{
			if (index->rd_index->indkey.values[i] > 0)
				use_type_in_shadow(shadow, columns, index->rd_index->indkey.values[i]);
		}
		index_close(index, AccessShareLock);
	}
	return columns;
}

/* The columns without what a row could fail for. */
static TupleDesc
copy_bare_columns(const Shadow *shadow, Relation live)
{
	TupleDesc	columns = CreateTupleDescCopy(RelationGetDescr(live));

	for (AttrNumber i = 1; i <= columns->natts; i++)
		use_type_in_shadow(shadow, columns, i);
	return columns;
}

/* ... nor of their operator classes. */
static void
forget_operator_classes(Oid stand_in)
{
	Relation	rel = table_open(stand_in, NoLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(rel))
	{
		(void) deleteDependencyRecordsForClass(RelationRelationId, lfirst_oid(lc),
											   OperatorClassRelationId, DEPENDENCY_NORMAL);
	}
	table_close(rel, NoLock);
}

/*
 * The rights of the bootstrap superuser are for making it only; nothing of it has
 * an expression, so that nobody's code runs.
 */
static Oid
make_stand_in(const Shadow *shadow, Oid relid, bool for_rows, List **keys)
{
	Relation	live = relation_open(relid, AccessShareLock);
	TupleDesc	columns = for_rows ? copy_bare_columns(shadow, live) : copy_columns(shadow, live);
	Oid			schema = stand_in_schema(RelationGetNamespace(live), for_rows);
	char	   *name = pstrdup(RelationGetRelationName(live));
	Oid			userid;
	int			sec_context;
	Oid			oid;

	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, sec_context | SECURITY_LOCAL_USERID_CHANGE);
	oid = heap_create_with_catalog(name, schema, InvalidOid, InvalidOid, InvalidOid, InvalidOid,
								   live->rd_rel->relowner, HEAP_TABLE_AM_OID, columns, NIL,
								   RELKIND_RELATION, live->rd_rel->relpersistence, false, false,
								   ONCOMMIT_NOOP,
								   (Datum) 0, false, false, true, InvalidOid, NULL);
	/* to the text it is not there, and is in the way of none of its types */
	(void) deleteDependencyRecordsForClass(RelationRelationId, oid, TypeRelationId,
										   DEPENDENCY_NORMAL);
	CommandCounterIncrement();
	copy_grants(live, oid);
	CommandCounterIncrement();
	*keys = for_rows ? NIL : copy_keys(shadow, live,
									   makeRangeVar(get_namespace_name(schema), name, -1));
	forget_operator_classes(oid);
	SetUserIdAndSecContext(userid, sec_context);
	relation_close(live, AccessShareLock);
	return oid;
}

/* One that was made in a subtransaction which was rolled back is gone. */
static Oid
find_or_make(Shadow *shadow, Oid live, bool for_rows)
{
	MemoryContext old;
	StandIn    *new;
	List	   *keys;
	ListCell   *lc;

	foreach(lc, shadow->stand_ins)
	{
		StandIn    *stand_in = lfirst(lc);

		if (stand_in->live == live && stand_in->for_rows == for_rows &&
			SearchSysCacheExists1(RELOID, ObjectIdGetDatum(stand_in->oid)))
			return stand_in->oid;
	}
	old = MemoryContextSwitchTo(shadow->context);
	new = palloc(sizeof(StandIn));
	new->live = live;
	new->for_rows = for_rows;
	MemoryContextSwitchTo(old);
	new->oid = make_stand_in(shadow, live, for_rows, &keys);
	old = MemoryContextSwitchTo(shadow->context);
	new->keys = list_copy(keys);
	shadow->stand_ins = lappend(shadow->stand_ins, new);
	MemoryContextSwitchTo(old);
	return new->oid;
}

/* ---------------------------------------------------------------- using it */

bool
stand_in_is_live(const Shadow *shadow, Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		is_live = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		is_live = form->relpersistence != RELPERSISTENCE_TEMP && relid >= FirstNormalObjectId &&
			!shadow_is_hidden(get_namespace_name(form->relnamespace)) &&
			(!shadow_is_own(shadow, tuple) ||
			 list_member_oid(shadow->live_extensions,
							 getExtensionOfObject(RelationRelationId, relid)));
		ReleaseSysCache(tuple);
	}
	return is_live;
}

static void
redirect(Shadow *shadow, Node *node)
{
	Constraint *key = node != NULL && IsA(node, Constraint) ? castNode(Constraint, node) : NULL;
	Oid			live;
	Oid			stand_in;

	if (key == NULL || key->contype != CONSTR_FOREIGN || key->pktable == NULL)
		return;
	live = RangeVarGetRelid(key->pktable, NoLock, true);
	if (!stand_in_is_live(shadow, live) ||
		(get_rel_relkind(live) != RELKIND_RELATION &&
		 get_rel_relkind(live) != RELKIND_PARTITIONED_TABLE))
		return;
	stand_in = find_or_make(shadow, live, false);
	key->pktable = makeRangeVar(get_namespace_name(get_rel_namespace(stand_in)),
								get_rel_name(stand_in), -1);
	key->skip_validation = true;
}

void
stand_in_redirect(Shadow *shadow, AlterTableStmt *stmt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, stmt->cmds)
	{
		Node	   *def = lfirst_node(AlterTableCmd, lc)->def;

		redirect(shadow, def);
		if (def == NULL || !IsA(def, ColumnDef))
			continue;
		foreach(lc2, castNode(ColumnDef, def)->constraints)
		{
			redirect(shadow, lfirst(lc2));
		}
	}
}

Oid
stand_in_for_rows(Shadow *shadow, Oid live)
{
	return find_or_make(shadow, live, true);
}

bool
stand_in_is_one(const Shadow *shadow, Oid relid)
{
	ListCell   *lc;

	foreach(lc, shadow->stand_ins)
	{
		if (((StandIn *) lfirst(lc))->oid == relid)
			return true;
	}
	return false;
}

/* One that is dropped meanwhile is not missed in the shadow. */
List *
stand_in_keys(const Shadow *shadow)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, shadow->stand_ins)
	{
		const StandIn *stand_in = lfirst(lc);

		if (SearchSysCacheExists1(RELOID, ObjectIdGetDatum(stand_in->oid)))
			keys = list_concat(keys, stand_in->keys);
	}
	return keys;
}

static bool
is_foreign_key(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_FOREIGN;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The foreign keys that depend on the stand-in depend on the table. */
static void
move_dependencies(const StandIn *stand_in)
{
	Relation	rel = table_open(DependRelationId, RowExclusiveLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(stand_in->oid));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		HeapTuple	copy;

		if (((Form_pg_depend) GETSTRUCT(tuple))->classid != ConstraintRelationId ||
			!is_foreign_key(((Form_pg_depend) GETSTRUCT(tuple))->objid))
			continue;
		copy = heap_copytuple(tuple);
		((Form_pg_depend) GETSTRUCT(copy))->refobjid = stand_in->live;
		CatalogTupleUpdate(rel, &copy->t_self, copy);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

static const StandIn *
find_stand_in(const Shadow *shadow, Oid oid)
{
	ListCell   *lc;

	foreach(lc, shadow->stand_ins)
	{
		if (((StandIn *) lfirst(lc))->oid == oid)
			return lfirst(lc);
	}
	return NULL;
}

/* Rows of the referring tables are not checked. */
static void
disable_checks(const Shadow *shadow)
{
	Relation	rel = table_open(TriggerRelationId, RowExclusiveLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_trigger trigger = (Form_pg_trigger) GETSTRUCT(tuple);
		HeapTuple	copy;

		if (!OidIsValid(trigger->tgconstrrelid) || trigger->tgenabled == TRIGGER_DISABLED ||
			find_stand_in(shadow, trigger->tgconstrrelid) == NULL)
			continue;
		copy = heap_copytuple(tuple);
		((Form_pg_trigger) GETSTRUCT(copy))->tgenabled = TRIGGER_DISABLED;
		CatalogTupleUpdate(rel, &copy->t_self, copy);
		CacheInvalidateRelcacheByRelid(trigger->tgrelid);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

void
stand_in_settle(const Shadow *shadow)
{
	ListCell   *lc;

	if (shadow->stand_ins == NIL)
		return;
	CommandCounterIncrement();
	foreach(lc, shadow->stand_ins)
	{
		move_dependencies(lfirst(lc));
	}
	disable_checks(shadow);
	CommandCounterIncrement();
}

Oid
stand_in_live(const Shadow *shadow, Oid oid)
{
	const StandIn *stand_in = find_stand_in(shadow, oid);

	return stand_in != NULL ? stand_in->live : InvalidOid;
}

/* The foreign keys that refer to stand-ins. */
static List *
find_shown_keys(const Shadow *shadow)
{
	Relation	rel = table_open(ConstraintRelationId, RowExclusiveLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *shown = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		StandInShown *row;

		if (!OidIsValid(form->confrelid) || find_stand_in(shadow, form->confrelid) == NULL)
			continue;
		row = palloc(sizeof(StandInShown));
		ObjectAddressSet(row->address, ConstraintRelationId, form->oid);
		row->column = Anum_pg_constraint_confrelid;
		row->before = ObjectIdGetDatum(form->confrelid);
		shown = lappend(shown, row);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
	return shown;
}

List *
stand_in_show(const Shadow *shadow)
{
	List	   *shown = NIL;
	ListCell   *lc;

	if (shadow->stand_ins == NIL)
		return NIL;
	CommandCounterIncrement();
	shown = find_shown_keys(shadow);
	foreach(lc, shown)
	{
		const StandInShown *row = lfirst(lc);

		(void) hide_update_column(ConstraintRelationId, row->address.objectId, row->column,
								  ObjectIdGetDatum(stand_in_live(shadow,
																 DatumGetObjectId(row->before))));
	}
	foreach(lc, shadow->stand_ins)
	{
		const StandIn *stand_in = lfirst(lc);

		if (stand_in->for_rows)
			shown = stand_in_show_rows(shadow, stand_in->oid, shown);
	}
	CommandCounterIncrement();
	return shown;
}

void
stand_in_put_back(List *shown)
{
	ListCell   *lc;

	foreach(lc, shown)
	{
		const StandInShown *row = lfirst(lc);

		(void) hide_update_column(row->address.classId, row->address.objectId, row->column,
								  row->before);
		/* the same rule may stand in the list twice */
		CommandCounterIncrement();
	}
}
