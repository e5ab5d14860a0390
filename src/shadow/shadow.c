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
 * mean; so only those schemas are put away of which the caller could drop what is in
 * them anyway, the empty ones have the same owner and grants, what is away
 * cannot be reached by its new name (hide.c), and such a function does not run (guard.c).
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "settings.h"
#include "shadow/shadow_private.h"
#include "race.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_database.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/guc.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* The one that lasts in this session. */
static const Shadow *current_shadow = NULL;

const Shadow *
shadow_current(void)
{
	return current_shadow;
}

bool
shadow_is_hidden(const char *name)
{
	return strncmp(name, HIDDEN_PREFIX, strlen(HIDDEN_PREFIX)) == 0 ||
		(strncmp(name, "pg_temp_", strlen("pg_temp_")) == 0 &&
		 strstr(name, " " HIDDEN_PREFIX) != NULL);
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

ShadowSchema *
shadow_find_live(const Shadow *shadow, Oid live)
{
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		ShadowSchema *schema = lfirst(lc);

		if (OidIsValid(live) && schema->live == live)
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

/* No version of its row is older than the shadow. */
bool
shadow_has_made(const Shadow *shadow, Oid relid)
{
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	bool		found = false;
	bool		is_older = false;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_class_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relid));
	scan = systable_beginscan(rel, ClassOidIndexId, true, SnapshotAny, 1, &key);
	while (!is_older && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		found = true;
		is_older = !shadow_is_own(shadow, tuple);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found && !is_older;
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
	HASHCTL		ctl =
	{.keysize = sizeof(((Member *) 0)->address),.entrysize = sizeof(Member),
	.hcxt = CurrentMemoryContext};
	HTAB	   *members = hash_create("members of extensions", 1024, &ctl,
									  HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
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
				 !list_member_oid(shadow->mentioned, dep->objid) &&
				 !list_member_oid(used, dep->objid)))
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

List *
shadow_created_schemas(const Shadow *shadow)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		const ShadowSchema *schema = lfirst(lc);

		if (schema->claimed)
			names = lappend(names, pstrdup(schema->name));
	}
	return names;
}

List *
shadow_bases(const Shadow *shadow)
{
	List	   *bases = NIL;
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		const ShadowSchema *schema = lfirst(lc);

		if (schema->base != NULL)
			bases = lappend(bases, pstrdup(schema->base));
	}
	return bases;
}

void
shadow_imply_schemas(Shadow *shadow)
{
	shadow->implies_schemas = !shadow->managed->whole;
}

/* ------------------------------------------------------------------ beginning */

void
shadow_require_primary(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("cannot try out a schema on a standby server"),
				 errdetail("Its statements are run for real, and rolled back."),
				 errhint("Connect to the primary server.")));
}

static void
require_rights(void)
{
	shadow_require_primary();
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
	if (current_shadow != NULL)
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

/* Who changes a schema at the same time is waited for no longer than for any other lock. */
static void
hide_at_most(Shadow *shadow)
{
	bool		is_bounded = migrate_lock_timeout == 0 ||
	(LockTimeout > 0 && LockTimeout <= migrate_lock_timeout);
	int			nest_level =
	is_bounded ? NewGUCNestLevel() : settings_set_lock_timeout(migrate_lock_timeout);

	hide_managed(shadow);
	settings_leave(nest_level);
}

static void
begin_shadow(Shadow *shadow)
{
	shadow->xid = GetCurrentTransactionId();
	shadow->pending_enums = compat_save_pending_enums();
	shadow->live_extensions = list_extensions();
	hide_at_most(shadow);
	temporary_put_away(NIL);
	CommandCounterIncrement();
	shadow->used_at = InvalidCommandId;
	hidden_catalogs_begin();
	outlives_begin();
	callers_own_protect(shadow);
}

/* The schemas themselves are copied: the shadow has lists of pointers. */
static void
copy_memory(Shadow *to, const Shadow *from)
{
	ListCell   *lc;

	*to = *from;
	to->mentioned = list_copy(from->mentioned);
	to->on_commit = list_copy(from->on_commit);
	to->schemas = NIL;
	foreach(lc, from->schemas)
	{
		ShadowSchema *schema = palloc(sizeof(ShadowSchema));

		*schema = *(ShadowSchema *) lfirst(lc);
		to->schemas = lappend(to->schemas, schema);
	}
	/* the commands after a rollback have the numbers of others */
	to->used = NIL;
	to->used_at = InvalidCommandId;
}

Shadow *
shadow_remember(const Shadow *shadow)
{
	Shadow	   *then = palloc(sizeof(Shadow));

	copy_memory(then, shadow);
	return then;
}

void
shadow_recall(Shadow *shadow, const Shadow *then)
{
	MemoryContext old = MemoryContextSwitchTo(shadow->context);
	const Shadow now = *shadow;

	copy_memory(shadow, then);
	/* what no rollback undoes */
	shadow->locks = now.locks;
	shadow->prepared = now.prepared;
	shadow->cursors = now.cursors;
	MemoryContextSwitchTo(old);
}

/*
 * One try: returns the error that has ended it, or NULL.  begun says whether body has been called.
 */
static ErrorData *
run_once(Shadow *shadow, ShadowBody body, void *arg, volatile bool *begun)
{
	MemoryContext caller = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;
#ifdef USE_ASSERT_CHECKING
	List	   *locks_before = lock_check_list();
	List	   *locks;
#endif

	shadow->context = AllocSetContextCreate(caller, "migrate_ext shadow", ALLOCSET_DEFAULT_SIZES);
	BeginInternalSubTransaction(NULL);
	current_shadow = shadow;
	guard_begin();
	PG_TRY();
	{
		MemoryContextSwitchTo(shadow->context);
		begin_shadow(shadow);
		MemoryContextSwitchTo(caller);
		*begun = true;
		body(shadow, arg);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();
	current_shadow = NULL;
	guard_end();
#ifdef USE_ASSERT_CHECKING
	locks = lock_check_list();
#endif
	callers_own_release(shadow);
	RollbackAndReleaseCurrentSubTransaction();
	hidden_catalogs_end();
	MemoryContextSwitchTo(caller);
	CurrentResourceOwner = owner;
	temporary_came_back();
	callers_own_end(shadow);
	if (shadow->pending_enums != NULL)
		compat_restore_pending_enums(shadow->pending_enums);
	MemoryContextDelete(shadow->context);
	progress_end();
#ifdef USE_ASSERT_CHECKING
	lock_check(locks_before, locks);
#endif
	return error;
}

/*
 * So often it is tried to put the schemas away, where somebody else changes them at the same time.
 */
#define ATTEMPTS 5

/* Returns the error that it has ended with, or NULL. */
static ErrorData *
try_out(const Managed *managed, ShadowBody body, void *arg)
{
	for (int i = 1;; i++)
	{
		Shadow		shadow = {.managed = managed,.caller = GetUserId()};
		volatile bool begun = false;
		uint64		since = race_moment();
		Snapshot	before = race_remember();
		ErrorData  *error = run_once(&shadow, body, arg, &begun);
		bool		may_be_race =
		error != NULL && (begun ? race_is_internal(error) : race_explains(error));
		bool		again = may_be_race && !begun && i < ATTEMPTS;

		if (may_be_race && !again &&
			(error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ? race_seen(since)
			 : race_lost_any(before)))
			race_raise(error);
		race_forget(before);
		if (!again)
			return error;
	}
}

ErrorData *
shadow_try(const Managed *managed, ShadowBody body, void *arg)
{
	require_rights();
	return try_out(managed, body, arg);
}

void
shadow_run(const Managed *managed, ShadowBody body, void *arg)
{
	ErrorData  *error = shadow_try(managed, body, arg);

	if (error != NULL)
	{
		/* now tables have the names again that they have outside */
		lock_wait_explain(error);
		ReThrowError(error);
	}
}
