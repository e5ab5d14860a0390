/*
 * shadow.c
 *		Try it for real, keep nothing: the life of a shadow.
 *
 * In a subtransaction that is always rolled back the managed schemas are renamed
 * out of the way and empty ones put in their place.  Nobody else sees that, and
 * nobody waits for it who does not rename, drop or grant on a schema himself.
 * What runs there is the caller's SQL with the caller's rights.
 *
 * What a shadow must never be is a way to more rights.  A schema that is empty
 * for a while changes what the names in somebody else's SECURITY DEFINER function
 * mean; so only those schemas are put away in which the caller could create
 * things anyway, the empty ones have the same owner and grants, and what is away
 * cannot be reached by its new name (hide.c).
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "schema/shadow_private.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_database.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/syscache.h"

/* A shadow in this session lasts. */
static bool in_shadow = false;

bool
shadow_is_hidden(const char *name)
{
	return strncmp(name, HIDDEN_PREFIX, strlen(HIDDEN_PREFIX)) == 0;
}

ShadowSchema *
shadow_find_schema(const Shadow *shadow, Oid oid)
{
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		ShadowSchema *schema = lfirst(lc);

		if (schema->oid == oid || schema->replaced == oid)
			return schema;
	}
	return NULL;
}

bool
shadow_is_own_xid(const Shadow *shadow, TransactionId xid)
{
	return TransactionIdIsNormal(xid) && TransactionIdFollowsOrEquals(xid, shadow->xid) &&
		TransactionIdIsCurrentTransactionId(xid);
}

bool
shadow_is_own(const Shadow *shadow, HeapTuple tuple)
{
	return shadow_is_own_xid(shadow, HeapTupleHeaderGetXmin(tuple->t_data));
}

/* ---------------------------------------------------------------- what counts */

typedef struct Member
{
	Oid			address[2];		/* catalog and row */
	Oid			extension;
} Member;

static HTAB *
load_members(Relation rel)
{
	HASHCTL		ctl = {.keysize = sizeof(((Member *) 0)->address),.entrysize = sizeof(Member),.hcxt = CurrentMemoryContext};
	HTAB	   *members = hash_create("members of extensions", 1024, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(ExtensionRelationId));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 1, &key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		Oid			address[2] = {dep->classid, dep->objid};

		if (dep->deptype == DEPENDENCY_EXTENSION)
			((Member *) hash_search(members, address, HASH_ENTER, NULL))->extension = dep->refobjid;
	}
	systable_endscan(scan);
	return members;
}

static Oid
member_of(HTAB *members, Oid classid, Oid objid)
{
	Oid			address[2] = {classid, objid};
	Member	   *member = hash_search(members, address, HASH_FIND, NULL);

	return member ? member->extension : InvalidOid;
}

/* What counts needs what it requires: until nothing more is found. */
static List *
add_required(const Shadow *shadow, List *used, List *requirements)
{
	bool		found;
	ListCell   *lc;

	do
	{
		found = false;
		foreach(lc, requirements)
		{
			Form_pg_depend dep = lfirst(lc);

			if (list_member_oid(used, dep->refobjid) ||
				(list_member_oid(shadow->live_extensions, dep->objid) &&
				 !list_member_oid(shadow->mentioned, dep->objid) && !list_member_oid(used, dep->objid)))
				continue;
			used = lappend_oid(used, dep->refobjid);
			found = true;
		}
	} while (found);
	return used;
}

/*
 * The extensions that something made in the shadow depends on.  Its rows in
 * pg_depend are found by who has written them.
 */
static List *
find_used_extensions(const Shadow *shadow)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	HTAB	   *members = load_members(rel);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *used = NIL;
	List	   *requirements = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		Oid			extension;

		if (dep->classid == ExtensionRelationId && dep->refclassid == ExtensionRelationId)
			requirements = lappend(requirements, GETSTRUCT(heap_copytuple(tuple)));
		/* a member of which the schema was changed has a new row, too */
		if (!shadow_is_own(shadow, tuple) || dep->deptype == DEPENDENCY_EXTENSION ||
			dep->refclassid == NamespaceRelationId)
			continue;
		extension = dep->refclassid == ExtensionRelationId ? dep->refobjid
			: member_of(members, dep->refclassid, dep->refobjid);
		if (OidIsValid(extension) && member_of(members, dep->classid, dep->objid) != extension)
			used = list_append_unique_oid(used, extension);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	hash_destroy(members);
	return add_required(shadow, used, requirements);
}

/* Kept until the next command, since it is asked for one extension after the other. */
static bool
is_used(const Shadow *shadow, Oid extension)
{
	Shadow	   *cache = unconstify(Shadow *, shadow);
	CommandId	now = GetCurrentCommandId(false);

	if (cache->used_at != now)
	{
		MemoryContext old = MemoryContextSwitchTo(shadow->context);

		cache->used = find_used_extensions(shadow);
		MemoryContextSwitchTo(old);
		cache->used_at = now;
	}
	return list_member_oid(cache->used, extension);
}

static bool
extension_counts(const Shadow *shadow, Oid oid, const char *name)
{
	/* DROP SCHEMA ... CASCADE has taken it along */
	if (members_are_away(oid))
		return false;
	/* no schema holds it: with a list of schemas, those that are there stay */
	return !shadow->managed->whole ||
		!list_member_oid(shadow->live_extensions, oid) ||
		list_member_oid(shadow->mentioned, oid) ||
		strcmp(name, "plpgsql") == 0 || strcmp(name, "migrate_ext") == 0 ||
		is_used(shadow, oid);
}

bool
shadow_has_extension(const Shadow *shadow, const char *name)
{
	Oid			oid = get_extension_oid(name, true);

	return OidIsValid(oid) && extension_counts(shadow, oid, name);
}

/* An extension that counts needs the schema that it is in. */
static bool
schema_is_needed(const Shadow *shadow, Oid schema)
{
	ListCell   *lc;

	foreach(lc, members_extensions_in(shadow, schema))
	{
		if (extension_counts(shadow, lfirst_oid(lc), get_extension_name(lfirst_oid(lc))))
			return true;
	}
	return false;
}

bool
shadow_has_schema(const Shadow *shadow, const char *name)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACENAME, CStringGetDatum(name));
	ShadowSchema *schema;
	Oid			oid;
	bool		is_own;

	if (!HeapTupleIsValid(tuple))
		return false;
	oid = ((Form_pg_namespace) GETSTRUCT(tuple))->oid;
	is_own = shadow_is_own(shadow, tuple);
	ReleaseSysCache(tuple);
	if (!is_own || shadow_is_hidden(name))
		return false;
	schema = shadow_find_schema(shadow, oid);
	return schema == NULL || schema->claimed || shadow->implies_schemas ||
		(!shadow->managed->whole && OidIsValid(schema->live)) ||
		strcmp(name, "public") == 0 || strcmp(name, schema->name) != 0 ||
		members_schema_in_use(shadow, oid) || schema_is_needed(shadow, oid);
}

void
shadow_imply_schemas(Shadow *shadow)
{
	shadow->implies_schemas = !shadow->managed->whole;
}

/* ------------------------------------------------------------------ beginning */

static void
require_rights(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot try out a schema on a standby server"),
				 errdetail("Its statements are run for real, and rolled back."),
				 errhint("Connect to the primary server.")));
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot try out a schema in a read-only transaction"),
				 errdetail("Its statements are run for real, and rolled back."),
				 errhint("Begin the transaction with READ WRITE, or look at default_transaction_read_only.")));
	if (object_aclcheck(DatabaseRelationId, MyDatabaseId, GetUserId(), ACL_CREATE) != ACLCHECK_OK)
	{
		const char *database = get_database_name(MyDatabaseId);

		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to try out a schema in database \"%s\"", database),
				 errdetail("Its statements are run for real in empty schemas, and rolled back; to make those takes the right to create in the database."),
				 errhint("GRANT CREATE ON DATABASE %s TO %s.", quote_identifier(database),
						 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
	}
	if (in_shadow)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot try out a schema while another one is tried out"),
				 errhint("Take the call out of the model.")));
}

static List *
list_extensions(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, ExtensionOidIndexId, true, NULL, 0, NULL);
	List	   *extensions = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		extensions = lappend_oid(extensions, ((Form_pg_extension) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return extensions;
}

static void
begin_shadow(Shadow *shadow)
{
	shadow->xid = GetCurrentTransactionId();
	shadow->live_extensions = list_extensions();
	hide_managed(shadow);
	CommandCounterIncrement();
	shadow->begun = GetCurrentCommandId(false);
	shadow->used_at = InvalidCommandId;
}

void
shadow_run(const Managed *managed, ShadowBody body, void *arg)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	Shadow		shadow = {.managed = managed};
	ErrorData  *volatile error = NULL;

	require_rights();
	shadow.context = AllocSetContextCreate(caller, "migrate_ext shadow", ALLOCSET_DEFAULT_SIZES);
	BeginInternalSubTransaction(NULL);
	in_shadow = true;
	PG_TRY();
	{
		MemoryContextSwitchTo(shadow.context);
		begin_shadow(&shadow);
		MemoryContextSwitchTo(caller);
		body(&shadow, arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	in_shadow = false;
	queries_forget_plans();
	RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	MemoryContextDelete(shadow.context);
	progress_end();
	if (error != NULL)
		ReThrowError(error);
}
