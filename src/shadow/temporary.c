/*
 * temporary.c
 *		What is temporary in a session, and a shadow.
 *
 * The schema of temporary objects comes first in every search path, and is the
 * session's: what a revision has left in it when it was deployed would be in the
 * way when the same session runs that again, and a table of the caller's would stand before
 * one of the text.  So the caller's are moved into a schema that is hidden.
 * Its name begins as that of any session's temporary schema does, from which the
 * server knows whose buffers a table is in.
 *
 * A text counts as committed when it has run, and so does ON COMMIT.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/heap.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

/* ---------------------------------------------------------- out of the way */

/* InvalidOid: the session has none. */
static Oid
temporary_schema(void)
{
	Oid			schema;
	Oid			toast;

	GetTempNamespaceState(&schema, &toast);
	return schema;
}

List *
temporary_objects(void)
{
	Oid			schema = temporary_schema();
	Relation	rel;
	List	   *objects = NIL;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	if (!OidIsValid(schema))
		return NIL;
	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(NamespaceRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(schema));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress *object = palloc(sizeof(ObjectAddress));

		CHECK_FOR_INTERRUPTS();
		ObjectAddressSet(*object, dep->classid, dep->objid);
		objects = lappend(objects, object);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return objects;
}

/* One of its own, since things that are away may have the same name. */
static Oid
make_hidden_schema(Oid schema)
{
	char	   *name;
	int			number = 0;

	do
		name = psprintf("%s " HIDDEN_PREFIX "%d", get_namespace_name(schema), ++number);
	while (OidIsValid(get_namespace_oid(name, true)));
	return hide_create_closed_schema(name);
}

/*
 * Without a lock, which nobody else could want; with one the transaction would count as one that
 * has used temporary tables, and could not be prepared.
 */
static void
move_relation(Oid relid, Oid from, Oid to, ObjectAddresses *moved)
{
	Relation	rel = RelationIdGetRelation(relid);

	if (rel == NULL)
		return;
	members_move_relation(rel, from, to, moved);
	RelationClose(rel);
}

static void
move_type(Oid type, Oid from, Oid to, ObjectAddresses *moved)
{
	Oid			row = get_typ_typrelid(type);

	members_move_type(type, to);
	(void) changeDependencyFor(TypeRelationId, type, NamespaceRelationId, from, to);
	AlterConstraintNamespaces(type, from, to, true, moved);
	if (OidIsValid(row))
	{
		Relation	catalog = table_open(RelationRelationId, RowExclusiveLock);

		AlterRelationNamespaceInternal(catalog, row, from, to, false, moved);
		table_close(catalog, RowExclusiveLock);
	}
}

static void
move_object(const ObjectAddress *object, Oid from, Oid to, ObjectAddresses *moved)
{
	if (object->classId == RelationRelationId)
		move_relation(object->objectId, from, to, moved);
	else if (object->classId == TypeRelationId)
		move_type(object->objectId, from, to, moved);
	else if (is_objectclass_supported(object->classId) &&
			 get_object_attnum_namespace(object->classId) != InvalidAttrNumber)
	{
		(void) hide_update_column(object->classId, object->objectId,
								  get_object_attnum_namespace(object->classId),
								  ObjectIdGetDatum(to));
		(void) changeDependencyFor(object->classId, object->objectId, NamespaceRelationId, from,
								   to);
	}
}

static bool
is_in(const List *objects, const ObjectAddress *object)
{
	ListCell   *lc;

	foreach(lc, objects)
	{
		const ObjectAddress *other = lfirst(lc);

		if (other->classId == object->classId && other->objectId == object->objectId)
			return true;
	}
	return false;
}

void
temporary_put_away(const List *but)
{
	Oid			from = temporary_schema();
	Oid			to = InvalidOid;
	List	   *objects = temporary_objects();
	ObjectAddresses *moved = new_object_addresses();
	ListCell   *lc;

	foreach(lc, objects)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_in(but, lfirst(lc)))
			continue;
		if (!OidIsValid(to))
			to = make_hidden_schema(from);
		move_object(lfirst(lc), from, to, moved);
	}
	free_object_addresses(moved);
	CommandCounterIncrement();
}

static void
look_again(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);

	if (rel != NULL)
		RelationClose(rel);
}

/*
 * A query that is under way, such as CREATE TEMP TABLE ... AS, has its table open.  While the
 * subtransaction was undone nobody could look at the catalogs, and it would count as one of another
 * session.
 */
void
temporary_came_back(void)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, temporary_objects())
	{
		const ObjectAddress *object = lfirst(lc);
		Relation	rel =
		object->classId == RelationRelationId ? RelationIdGetRelation(object->objectId) : NULL;

		CHECK_FOR_INTERRUPTS();
		if (rel == NULL)
			continue;
		foreach(lc2, RelationGetIndexList(rel))
		{
			look_again(lfirst_oid(lc2));
		}
		RelationClose(rel);
	}
}

/* ------------------------------------------------------------------ ON COMMIT */

typedef struct OnCommit
{
	Oid			relid;
	bool		drop;			/* or only its rows */
} OnCommit;

/* IF NOT EXISTS may have found another. */
static bool
is_made_since(const Shadow *shadow, Oid relid, CommandId since)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	result = shadow_is_own(shadow, tuple) && HeapTupleHeaderGetCmin(tuple->t_data) >= since;
	ReleaseSysCache(tuple);
	return result;
}

void
temporary_note(Shadow *shadow, Node *node, CommandId since)
{
	RangeVar   *relation = NULL;
	OnCommitAction action = ONCOMMIT_NOOP;
	MemoryContext old;
	OnCommit   *new;
	Oid			relid;

	if (IsA(node, CreateStmt))
	{
		relation = castNode(CreateStmt, node)->relation;
		action = castNode(CreateStmt, node)->oncommit;
	}
	else if (IsA(node, CreateTableAsStmt))
	{
		relation = castNode(CreateTableAsStmt, node)->into->rel;
		action = castNode(CreateTableAsStmt, node)->into->onCommit;
	}
	if (action != ONCOMMIT_DROP && action != ONCOMMIT_DELETE_ROWS)
		return;
	relid = RangeVarGetRelid(relation, NoLock, true);
	if (!is_made_since(shadow, relid, since))
		return;
	old = MemoryContextSwitchTo(shadow->context);
	new = palloc(sizeof(OnCommit));
	new->relid = relid;
	new->drop = action == ONCOMMIT_DROP;
	shadow->on_commit = lappend(shadow->on_commit, new);
	MemoryContextSwitchTo(old);
}

/* A cursor that is open stays open here, unlike at a COMMIT. */
static bool
is_in_use(Oid relid)
{
	Relation	rel = RelationIdGetRelation(relid);
	bool		result = rel->rd_refcnt > 1 || AfterTriggerPendingOnRel(relid);

	RelationClose(rel);
	return result;
}

void
temporary_commit(Shadow *shadow)
{
	ObjectAddresses *dropped = new_object_addresses();
	List	   *emptied = NIL;
	ListCell   *lc;

	foreach(lc, shadow->on_commit)
	{
		const OnCommit *table = lfirst(lc);
		ObjectAddress address;

		CHECK_FOR_INTERRUPTS();
		/* gone, or put away, where the server takes it for another session's */
		if (!OidIsValid(get_rel_namespace(table->relid)) ||
			get_rel_namespace(table->relid) != temporary_schema())
		{
			shadow->on_commit = foreach_delete_current(shadow->on_commit, lc);
			continue;
		}
		if (is_in_use(table->relid))
			continue;
		ObjectAddressSet(address, RelationRelationId, table->relid);
		if (table->drop)
			add_exact_object_address(&address, dropped);
		else
			emptied = lappend_oid(emptied, table->relid);
	}
	/* in the order of PreCommit_on_commit_actions() */
	if (emptied != NIL)
		heap_truncate(emptied);
	performMultipleDeletions(dropped, DROP_CASCADE,
							 PERFORM_DELETION_INTERNAL | PERFORM_DELETION_QUIETLY);
	free_object_addresses(dropped);
	CommandCounterIncrement();
}
