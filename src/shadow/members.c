/*
 * members.c
 *		Members of extensions stay: they are moved into the empty schemas.
 *
 * As ALTER EXTENSION ... SET SCHEMA does, for extensions that can be relocated
 * and for those that cannot: the schema has the same name, so that whatever
 * names it finds the same.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/alter.h"
#include "commands/tablecmds.h"
#include "miscadmin.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* The members of an extension, or of all that were there before. */
static List *
list_members(const Shadow *shadow, Oid extension)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	List	   *members = NIL;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL,
							  OidIsValid(extension) ? 2 : 1, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress *member;

		if (dep->deptype != DEPENDENCY_EXTENSION ||
			!list_member_oid(shadow->live_extensions, dep->refobjid))
			continue;
		member = palloc(sizeof(ObjectAddress));
		ObjectAddressSet(*member, dep->classid, dep->objid);
		members = lappend(members, member);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return members;
}

Oid
members_schema_of(Oid catalog, Oid oid)
{
	AttrNumber	column = is_objectclass_supported(catalog) ? get_object_attnum_namespace(catalog)
	: InvalidAttrNumber;
	int			cache = column != InvalidAttrNumber ? get_object_catcache_oid(catalog) : -1;
	HeapTuple	tuple;
	Oid			schema;
	bool		isnull;

	if (cache < 0)
		return InvalidOid;
	tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	schema = DatumGetObjectId(SysCacheGetAttr(cache, tuple, column, &isnull));
	ReleaseSysCache(tuple);
	return schema;
}

void
members_move_type(Oid type, Oid to)
{
	Oid			array = OidIsValid(type) ? get_array_type(type) : InvalidOid;

	if (OidIsValid(type))
		(void) hide_update_column(TypeRelationId, type, Anum_pg_type_typnamespace,
								  ObjectIdGetDatum(to));
	if (OidIsValid(array))
		(void) hide_update_column(TypeRelationId, array, Anum_pg_type_typnamespace,
								  ObjectIdGetDatum(to));
}

void
members_move_relation(Relation rel, Oid from, Oid to, ObjectAddresses *moved)
{
	Relation	catalog = table_open(RelationRelationId, RowExclusiveLock);
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *lc;

	AlterRelationNamespaceInternal(catalog, RelationGetRelid(rel), from, to, true, moved);
	members_move_type(rel->rd_rel->reltype, to);
	foreach(lc, indexes)
	{
		AlterRelationNamespaceInternal(catalog, lfirst_oid(lc), from, to, false, moved);
	}
	AlterConstraintNamespaces(RelationGetRelid(rel), from, to, false, moved);
	list_free(indexes);
	table_close(catalog, RowExclusiveLock);
}

/*
 * As AlterTableNamespaceInternal(), but without ACCESS EXCLUSIVE on the table
 * and its sequences: they go on being used by others, and what is done here is
 * rolled back.
 */
static void
move_relation(Oid relid, Oid from, Oid to, ObjectAddresses *moved)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);

	if (rel == NULL)
		return;
	members_move_relation(rel, from, to, moved);
	relation_close(rel, NoLock);
}

static void
move_member(const ObjectAddress *member, Oid from, Oid to, ObjectAddresses *moved)
{
	if (member->classId == RelationRelationId)
	{
		char		kind = get_rel_relkind(member->objectId);

		/* an index goes with its table, a composite type's columns with it */
		if (kind != RELKIND_INDEX && kind != RELKIND_PARTITIONED_INDEX &&
			kind != RELKIND_COMPOSITE_TYPE)
			move_relation(member->objectId, from, to, moved);
	}
	else
		(void) AlterObjectNamespace_oid(member->classId, member->objectId, to, moved);
}

/* Where the extension itself says it is. */
static void
move_extension_row(Oid extension, Oid from, Oid to)
{
	(void) hide_update_column(ExtensionRelationId, extension, Anum_pg_extension_extnamespace,
							  ObjectIdGetDatum(to));
	(void) changeDependencyFor(ExtensionRelationId, extension, NamespaceRelationId, from, to);
}

List *
members_extensions_in(const Shadow *shadow, Oid schema)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 0, NULL);
	List	   *extensions = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_extension ext = (Form_pg_extension) GETSTRUCT(tuple);

		if (ext->extnamespace == schema && list_member_oid(shadow->live_extensions, ext->oid))
			extensions = lappend_oid(extensions, ext->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return extensions;
}

/* The empty schema in the place of one that is away, or InvalidOid. */
static Oid
empty_schema(const Shadow *shadow, Oid live)
{
	ShadowSchema *schema = shadow_find_live(shadow, live);

	return schema != NULL ? schema->oid : InvalidOid;
}

/*
 * Those that are in one schema into another; without a schema, those that are
 * in any that is away.  The rights of the bootstrap superuser are for this loop
 * alone: members belong to whoever created the extension.
 */
static void
move_objects(const Shadow *shadow, List *objects, Oid from, Oid to)
{
	ObjectAddresses *moved = new_object_addresses();
	Oid			userid;
	int			sec_context;
	ListCell   *lc;

	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, sec_context | SECURITY_LOCAL_USERID_CHANGE);
	foreach(lc, objects)
	{
		ObjectAddress *member = lfirst(lc);
		Oid			schema = members_schema_of(member->classId, member->objectId);
		Oid			target = OidIsValid(from) ? to : empty_schema(shadow, schema);

		CHECK_FOR_INTERRUPTS();
		if (OidIsValid(target) && (!OidIsValid(from) || schema == from))
			move_member(member, schema, target, moved);
	}
	SetUserIdAndSecContext(userid, sec_context);
	free_object_addresses(moved);
}

void
members_move(const Shadow *shadow, Oid extension, Oid from, Oid to)
{
	ListCell   *lc;

	move_objects(shadow, list_members(shadow, extension), from, to);
	foreach(lc, members_extensions_in(shadow, from))
	{
		if (!OidIsValid(extension) || lfirst_oid(lc) == extension)
			move_extension_row(lfirst_oid(lc), from, to);
	}
	CommandCounterIncrement();
}

void
members_move_all(const Shadow *shadow)
{
	ListCell   *lc;
	ListCell   *lc2;

	move_objects(shadow, list_members(shadow, InvalidOid), InvalidOid, InvalidOid);
	foreach(lc, shadow->schemas)
	{
		ShadowSchema *schema = lfirst(lc);

		if (!OidIsValid(schema->live))
			continue;
		foreach(lc2, members_extensions_in(shadow, schema->live))
		{
			move_extension_row(lfirst_oid(lc2), schema->live, schema->oid);
		}
	}
	CommandCounterIncrement();
}

void
members_come_back(const Shadow *shadow)
{
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		ShadowSchema *schema = lfirst(lc);
		Oid			now = get_namespace_oid(schema->name, true);

		if (OidIsValid(schema->live) && OidIsValid(now) &&
			members_extensions_in(shadow, schema->live) != NIL)
			members_move(shadow, InvalidOid, schema->live, now);
	}
}

Oid
members_extension_schema(Oid extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, Anum_pg_extension_oid, extension);
	Oid			schema =
	HeapTupleIsValid(tuple) ? ((Form_pg_extension) GETSTRUCT(tuple))->extnamespace : InvalidOid;

	table_close(rel, AccessShareLock);
	return schema;
}

bool
members_are_away(Oid extension)
{
	char	   *name = get_namespace_name(members_extension_schema(extension));

	return name == NULL || shadow_is_hidden(name);
}

bool
members_schema_in_use(const Shadow *shadow, Oid schema)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	bool		found = false;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(NamespaceRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(schema));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		found = dep->classid == ExtensionRelationId
			? !list_member_oid(shadow->live_extensions, dep->objid)
			: !OidIsValid(getExtensionOfObject(dep->classid, dep->objid));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}
