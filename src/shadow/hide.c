/*
 * hide.c
 *		Put away what is there, so that a text can make it anew.
 *
 * Rows of catalogs are changed directly instead of by ALTER: no lock is taken on
 * an object that somebody uses, no event trigger fires, and no right is needed
 * but the one that was checked.  Nothing here runs anybody's code.
 *
 * What no schema holds and the caller has no rights on stays where it is: what it
 * cannot change is on both sides of every comparison.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/object.h"
#include "shadow/made.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/heapam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_am.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_type.h"
#include "commands/comment.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* The schema whose row is being waited for, or was when an error ended the wait. */
static Oid	awaited = InvalidOid;

/* ------------------------------------------------------------------ a row */

static HeapTuple
fetch_row(Relation rel, Oid oid)
{
	Oid			catalog = RelationGetRelid(rel);
	HeapTuple	tuple;
	SysScanDesc scan;
	ScanKeyData key;

	ScanKeyInit(&key, get_object_attnum_oid(catalog), BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(oid));
	scan = systable_beginscan(rel, get_object_oid_index(catalog), true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		tuple = heap_copytuple(tuple);
	systable_endscan(scan);
	return tuple;
}

/*
 * A row that nobody else can change until the shadow ends.  Somebody who is
 * changing it is waited for; the server's own commands would fail then ("tuple
 * concurrently updated").  NULL if it is gone.
 */
static HeapTuple
lock_row(Relation rel, Oid oid)
{
	for (;;)
	{
		HeapTuple	tuple = fetch_row(rel, oid);
		HeapTupleData locked;
		Buffer		buffer;
		TM_FailureData failure;
		TM_Result	result;

		if (!HeapTupleIsValid(tuple))
			return NULL;
		locked = *tuple;
		result = heap_lock_tuple(rel, &locked, GetCurrentCommandId(true), LockTupleExclusive,
								 LockWaitBlock, false, &buffer, &failure);
		ReleaseBuffer(buffer);
		if (result == TM_Ok)
			return tuple;
		heap_freetuple(tuple);
		if (result != TM_Updated && result != TM_Deleted)
			elog(ERROR, "cannot lock row %u of %s: %d", oid, RelationGetRelationName(rel), result);
		AcceptInvalidationMessages();
	}
}

bool
hide_update_row(Oid catalog, Oid oid, int n, int *columns, Datum *values, bool *nulls)
{
	Relation	rel = table_open(catalog, RowExclusiveLock);
	HeapTuple	tuple = lock_row(rel, oid);

	if (HeapTupleIsValid(tuple))
	{
		HeapTuple	changed = heap_modify_tuple_by_cols(tuple, RelationGetDescr(rel), n, columns,
														values, nulls);

		CatalogTupleUpdate(rel, &tuple->t_self, changed);
		heap_freetuple(changed);
	}
	table_close(rel, RowExclusiveLock);
	return HeapTupleIsValid(tuple);
}

bool
hide_update_column(Oid catalog, Oid oid, int column, Datum value)
{
	bool		isnull = false;

	return hide_update_row(catalog, oid, 1, &column, &value, &isnull);
}

static Datum
hidden_name(Oid oid)
{
	Name		name = palloc0(sizeof(NameData));

	snprintf(NameStr(*name), NAMEDATALEN, HIDDEN_PREFIX "%u", oid);
	return NameGetDatum(name);
}

/* ------------------------------------------------------- what no schema holds */

static bool
is_managed_object(Oid catalog, Oid oid, Oid owner)
{
	return oid >= FirstNormalObjectId &&
		(OidIsValid(owner) ? has_privs_of_role(GetUserId(), owner) : superuser()) &&
		!OidIsValid(getExtensionOfObject(catalog, oid));
}

/* Those of one kind that are managed, or made by the history, get other names. */
static void
hide_kind(const Managed *managed, Oid catalog)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	AttrNumber	owner_column = get_object_attnum_owner(catalog);
	SysScanDesc scan = systable_beginscan(rel, get_object_oid_index(catalog), true, NULL, 0, NULL);
	List	   *oids = NIL;
	ListCell   *lc;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Oid			oid = DatumGetObjectId(heap_getattr(tuple, get_object_attnum_oid(catalog),
														RelationGetDescr(rel), &isnull));
		Oid			owner = InvalidOid;

		if (owner_column != InvalidAttrNumber)
			owner = DatumGetObjectId(heap_getattr(tuple, owner_column, RelationGetDescr(rel),
												  &isnull));


		/* the only one of them that all databases share */
		if (catalog == SubscriptionRelationId &&
			((Form_pg_subscription) GETSTRUCT(tuple))->subdbid != MyDatabaseId)
			continue;
		if (!managed->whole &&
			!made_has(managed->made, catalog,
					  NameStr(*DatumGetName(heap_getattr(tuple, get_object_attnum_name(catalog),
														 RelationGetDescr(rel), &isnull)))))
			continue;
		if (is_managed_object(catalog, oid, owner))
			oids = lappend_oid(oids, oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	foreach(lc, oids)
	{
		Oid			oid = lfirst_oid(lc);
		int			columns[2] = {get_object_attnum_name(catalog)};
		Datum		values[2] = {hidden_name(oid)};
		bool		nulls[2] = {false};
		int			n = 1;

		if (catalog == EventTriggerRelationId)
		{
			columns[n] = Anum_pg_event_trigger_evtenabled;
			values[n++] = CharGetDatum(TRIGGER_DISABLED);
		}
		else if (catalog == PublicationRelationId)
		{
			/* or it would ask the new tables for a replica identity */
			columns[n] = Anum_pg_publication_puballtables;
			values[n++] = BoolGetDatum(false);
		}
		(void) hide_update_row(catalog, oid, n, columns, values, nulls);
	}
}

static Oid
type_owner(Oid type)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
	Oid			owner = InvalidOid;

	if (HeapTupleIsValid(tuple))
	{
		owner = ((Form_pg_type) GETSTRUCT(tuple))->typowner;
		ReleaseSysCache(tuple);
	}
	return owner;
}

/* What has no name to change is deleted: who may do so, as DROP sees it? */
static bool
may_delete(Oid catalog, HeapTuple tuple, Oid *oid)
{
	if (catalog == CastRelationId)
	{
		Form_pg_cast cast = (Form_pg_cast) GETSTRUCT(tuple);

		*oid = cast->oid;
		return is_managed_object(catalog, cast->oid, type_owner(cast->castsource)) ||
			is_managed_object(catalog, cast->oid, type_owner(cast->casttarget));
	}
	if (catalog == TransformRelationId)
	{
		Form_pg_transform transform = (Form_pg_transform) GETSTRUCT(tuple);

		*oid = transform->oid;
		return is_managed_object(catalog, transform->oid, type_owner(transform->trftype));
	}
	*oid = ((Form_pg_default_acl) GETSTRUCT(tuple))->oid;
	return !OidIsValid(((Form_pg_default_acl) GETSTRUCT(tuple))->defaclnamespace) &&
		is_managed_object(catalog, *oid, ((Form_pg_default_acl) GETSTRUCT(tuple))->defaclrole);
}

static void
delete_kind(const Managed *managed, Oid catalog)
{
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	tuple;
	Oid			oid;

	if (!managed->whole && !made_has(managed->made, catalog, NULL))
		return;
	rel = table_open(catalog, RowExclusiveLock);
	scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		if (!may_delete(catalog, tuple, &oid))
			continue;
		CatalogTupleDelete(rel, &tuple->t_self);
		(void) deleteDependencyRecordsFor(catalog, oid, false);
		deleteSharedDependencyRecordsFor(catalog, oid, 0);
	}
	systable_endscan(scan);
	table_close(rel, RowExclusiveLock);
}

static void
hide_schemaless(const Managed *managed)
{
	hide_kind(managed, PublicationRelationId);
	hide_kind(managed, SubscriptionRelationId);
	hide_kind(managed, ForeignServerRelationId);
	hide_kind(managed, ForeignDataWrapperRelationId);
	hide_kind(managed, EventTriggerRelationId);
	hide_kind(managed, LanguageRelationId);
	hide_kind(managed, AccessMethodRelationId);
	delete_kind(managed, CastRelationId);
	delete_kind(managed, TransformRelationId);
	delete_kind(managed, DefaultAclRelationId);
	CommandCounterIncrement();
}

/* ---------------------------------------------------------------------- schemas */

/* In an order that two shadows share, since each waits for the other's rows. */
static List *
list_schemas(const Managed *managed)
{
	List	   *names = NIL;
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	tuple;

	for (int i = 0; i < managed->nschemas; i++)
		names = lappend(names, managed->schemas[i]);
	names = list_concat(names, managed->whole ? NIL : managed->also_away);
	if (managed->whole)
	{
		rel = table_open(NamespaceRelationId, AccessShareLock);
		scan = systable_beginscan(rel, NamespaceOidIndexId, true, NULL, 0, NULL);
		while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			Form_pg_namespace schema = (Form_pg_namespace) GETSTRUCT(tuple);
			const char *name = NameStr(schema->nspname);

			if (!schema_is_reserved(name) &&
				!OidIsValid(getExtensionOfObject(NamespaceRelationId, schema->oid)))
				names = lappend(names, pstrdup(name));
		}
		systable_endscan(scan);
		table_close(rel, AccessShareLock);
	}
	sort_texts(names);
	return names;
}

/* What no owner has only a superuser can make. */
static Oid
object_owner(Oid catalog, Oid oid)
{
	AttrNumber	column =
	is_objectclass_supported(catalog) ? get_object_attnum_owner(catalog) : InvalidAttrNumber;
	Oid			owner = BOOTSTRAP_SUPERUSERID;
	Relation	rel;
	HeapTuple	tuple;
	bool		isnull;

	if (column == InvalidAttrNumber)
		return owner;
	rel = table_open(catalog, AccessShareLock);
	tuple = fetch_row(rel, oid);
	if (HeapTupleIsValid(tuple))
		owner = DatumGetObjectId(heap_getattr(tuple, column, RelationGetDescr(rel), &isnull));
	table_close(rel, AccessShareLock);
	return owner;
}

/* Members of extensions stay where they are, and no name of theirs means anything else. */
static bool
is_put_away(Form_pg_depend dep)
{
	return dep->deptype == DEPENDENCY_NORMAL && dep->classid != ExtensionRelationId &&
		!OidIsValid(getExtensionOfObject(dep->classid, dep->objid));
}

/*
 * Something in the schema that the caller could not drop, and its owner; InvalidOid
 * if there is nothing.
 */
static Oid
find_not_own(Oid schema, ObjectAddress *object)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	Oid			found = InvalidOid;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(NamespaceRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(schema));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (!OidIsValid(found) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		Oid			owner;

		CHECK_FOR_INTERRUPTS();
		if (!is_put_away(dep))
			continue;
		owner = object_owner(dep->classid, dep->objid);
		if (guard_may_act_as(GetUserId(), owner))
			continue;
		found = owner;
		ObjectAddressSet(*object, dep->classid, dep->objid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* Only who could drop what is in the schema may put something else in its place. */
static void
require_droppable(const ShadowSchema *schema)
{
	ObjectAddress object;
	Oid			owner = find_not_own(schema->live, &object);

	if (!OidIsValid(owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to try out schema \"%s\"", schema->name),
			 errdetail("%s in it belongs to role \"%s\". Other objects stand in for it meanwhile, so only who could drop it may try one out.",
					   getObjectDescription(&object, false), GetUserNameFromId(owner, true)),
			 errhint("Run this as role \"%s\", to whom the schema belongs, or as a member of the owners of all that is in it.",
					 GetUserNameFromId(schema->owner, true))));
}

static void
require_managed(const ShadowSchema *schema, bool whole)
{
	if (schema_is_reserved(schema->name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schema \"%s\" cannot be managed", schema->name),
				 errhint("It belongs to the server or to migrate_ext.")));
	if (!OidIsValid(schema->live) || guard_may_act_as(GetUserId(), schema->owner))
		return;
	if (object_aclcheck(NamespaceRelationId, schema->live, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to try out schema \"%s\"", schema->name),
				 errdetail("It belongs to role \"%s\", and to make something in it takes the right to create in it.",
						   GetUserNameFromId(schema->owner, true)),
				 whole
				 ? errhint("Name the schemas that you migrate, or run this as a role that may create in all of them.")
				 : errhint("GRANT CREATE ON SCHEMA %s TO %s.", quote_identifier(schema->name),
						   quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	require_droppable(schema);
}

/* Schema public as a new database has it, for who could make it so. */
static bool
make_pristine(const ShadowSchema *schema, Oid *owner, Acl **acl, char **comment)
{
	AclItem		everybody = {.ai_grantee = ACL_ID_PUBLIC,.ai_grantor = PUBLIC_SCHEMA_OWNER};

	if (strcmp(schema->name, "public") != 0 ||
		!(has_privs_of_role(GetUserId(), *owner) ||
		  (*owner == PUBLIC_SCHEMA_OWNER &&
		   ((PUBLIC_SCHEMA_RIGHTS & ACL_CREATE) == 0 ||
			object_aclcheck(NamespaceRelationId, schema->live, GetUserId(),
							ACL_CREATE) == ACLCHECK_OK))))
		return false;
	ACLITEM_SET_PRIVS_GOPTIONS(everybody, PUBLIC_SCHEMA_RIGHTS, ACL_NO_RIGHTS);
	*owner = PUBLIC_SCHEMA_OWNER;
	*acl = aclupdate(acldefault(OBJECT_SCHEMA, *owner), &everybody, ACL_MODECHG_ADD, *owner,
					 DROP_CASCADE);
	*comment = "standard public schema";
	return true;
}

/* An empty schema with this owner and these grants, whatever the default ones are. */
static Oid
create_schema(const char *name, Oid owner, const Acl *acl, const char *comment)
{
	Oid			oid = NamespaceCreate(name, owner, false);
	int			column = Anum_pg_namespace_nspacl;
	Datum		value = PointerGetDatum(acl);
	bool		isnull = acl == NULL;

	CommandCounterIncrement();
	(void) hide_update_row(NamespaceRelationId, oid, 1, &column, &value, &isnull);
	if (acl != NULL)
	{
		Oid		   *members;
		int			n = aclmembers(acl, &members);

		updateAclDependencies(NamespaceRelationId, oid, 0, owner, 0, NULL, n, members);
	}
	CreateComments(oid, NamespaceRelationId, 0, comment);
	CommandCounterIncrement();
	return oid;
}

Oid
hide_create_open_schema(const char *name)
{
	AclItem		everybody = {.ai_grantee = ACL_ID_PUBLIC,.ai_grantor = BOOTSTRAP_SUPERUSERID};
	Acl		   *acl = acldefault(OBJECT_SCHEMA, BOOTSTRAP_SUPERUSERID);

	ACLITEM_SET_PRIVS_GOPTIONS(everybody, ACL_USAGE, ACL_NO_RIGHTS);
	return create_schema(name, BOOTSTRAP_SUPERUSERID,
						 aclupdate(acl, &everybody, ACL_MODECHG_ADD, BOOTSTRAP_SUPERUSERID,
								   DROP_CASCADE), NULL);
}

Oid
hide_create_closed_schema(const char *name)
{
	return create_schema(name, BOOTSTRAP_SUPERUSERID, NULL, NULL);
}

void
hide_reset_public(const ShadowSchema *schema)
{
	Oid			owner = schema->owner;
	Acl		   *acl = NULL;
	char	   *comment = NULL;

	if (make_pristine(schema, &owner, &acl, &comment))
	{
		int			columns[2] = {Anum_pg_namespace_nspowner, Anum_pg_namespace_nspacl};
		Datum		values[2] = {ObjectIdGetDatum(owner), PointerGetDatum(acl)};
		bool		nulls[2] = {false, false};

		(void) hide_update_row(NamespaceRelationId, schema->oid, 2, columns, values, nulls);
		changeDependencyOnOwner(NamespaceRelationId, schema->oid, owner);
		CreateComments(schema->oid, NamespaceRelationId, 0, comment);
		CommandCounterIncrement();
	}
}

/* Nobody but its owner reaches what is away. */
static void
rename_schema(Oid oid)
{
	int			columns[2] = {Anum_pg_namespace_nspname, Anum_pg_namespace_nspacl};
	Datum		values[2] = {hidden_name(oid), (Datum) 0};
	bool		nulls[2] = {false, true};

	(void) hide_update_row(NamespaceRelationId, oid, 2, columns, values, nulls);
	CommandCounterIncrement();
}

/* As aclitem[] prints them; NULL for NULL. */
static char *
acl_text(const Acl *acl)
{
	return acl ? OidOutputFunctionCall(F_ARRAY_OUT, PointerGetDatum(acl)) : NULL;
}

static void
hide_schema(Shadow *shadow, const char *name)
{
	Relation	rel = table_open(NamespaceRelationId, RowExclusiveLock);
	Oid			oid = get_namespace_oid(name, true);
	HeapTuple	tuple;
	ShadowSchema *schema = palloc0(sizeof(ShadowSchema));
	Acl		   *acl = NULL;
	char	   *comment = NULL;
	Oid			owner = GetUserId();

	awaited = oid;
	tuple = OidIsValid(oid) ? lock_row(rel, oid) : NULL;
	awaited = InvalidOid;
	schema->name = pstrdup(name);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_namespace_nspacl, RelationGetDescr(rel),
										 &isnull);

		acl = isnull ? NULL : DatumGetAclPCopy(value);
		schema->live = oid;
		schema->owner = owner = ((Form_pg_namespace) GETSTRUCT(tuple))->nspowner;
		comment = GetComment(oid, NamespaceRelationId, 0);
		schema->base = schema_base(name, oid, owner, acl_text(acl), comment);
	}
	table_close(rel, RowExclusiveLock);
	require_managed(schema, shadow->managed->whole);
	/* dropped or renamed since it was listed */
	if (!OidIsValid(schema->live) && shadow->managed->whole)
		return;
	if (OidIsValid(schema->live))
	{
		if (shadow->managed->whole)
			(void) make_pristine(schema, &owner, &acl, &comment);
		rename_schema(schema->live);
	}
	else
		schema->owner = owner;
	schema->oid = create_schema(name, owner, acl, comment);
	shadow->schemas = lappend(shadow->schemas, schema);
}

/* Nobody drops or updates an extension while its members are elsewhere. */
static void
lock_extensions(Shadow *shadow)
{
	ListCell   *lc;

	foreach(lc, shadow->live_extensions)
	{
		LockDatabaseObject(ExtensionRelationId, lfirst_oid(lc), 0, AccessShareLock);
		if (get_extension_name(lfirst_oid(lc)) == NULL)
			shadow->live_extensions = foreach_delete_current(shadow->live_extensions, lc);
	}
}

char *
schema_base(const char *name, Oid oid, Oid owner, const char *acl, const char *comment)
{
	return psprintf("%s %u %u %s %s", name, oid, owner, acl ? acl : "-", comment ? comment : "");
}

Oid
hide_awaited(TransactionId *changed_by)
{
	Oid			schema = awaited;
	Relation	rel;
	HeapTuple	tuple;

	*changed_by = InvalidTransactionId;
	if (!OidIsValid(schema))
		return InvalidOid;
	rel = table_open(NamespaceRelationId, AccessShareLock);
	tuple = fetch_row(rel, schema);
	if (HeapTupleIsValid(tuple))
		*changed_by = HeapTupleHeaderGetUpdateXid(tuple->t_data);
	table_close(rel, AccessShareLock);
	awaited = InvalidOid;
	return schema;
}

void
hide_managed(Shadow *shadow)
{
	ListCell   *lc;

	awaited = InvalidOid;
	CommandCounterIncrement();
	lock_extensions(shadow);
	if (shadow->managed->whole || shadow->managed->made != NULL)
		hide_schemaless(shadow->managed);
	foreach(lc, list_schemas(shadow->managed))
	{
		CHECK_FOR_INTERRUPTS();
		hide_schema(shadow, lfirst(lc));
	}

	members_move_all(shadow);
	books_put_away(shadow);
}
