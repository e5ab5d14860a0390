/*
 * snapshot.c
 *		Read the catalogs into objects.
 *
 * One query for each kind and a few for what all kinds have, so the number of
 * queries does not depend on the number of objects.  They run as the caller (the
 * catalogs are public), all under one snapshot, and under settings that make
 * the same thing print the same text every time: above all a search_path of
 * pg_catalog, so that every other name comes out qualified.
 *
 * Dependencies are read by scans of pg_depend.  An address there may be of
 * something that is no object of ours but belongs to one: the row type of a
 * table, an array type, the rule of a view, the index of a constraint, the
 * sequence of an identity column.  Those hang on it by an internal dependency,
 * and so stand for it; what an extension contains stands for the extension.
 */
#include "postgres.h"

#include "compat.h"
#include "schema/object.h"
#include "settings.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "store/store.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The first columns of every kind's query. */
enum
{
	COL_OID = 1, COL_SUBID, COL_PARENT, COL_PARENT_SUBID, COL_SCHEMA, COL_NAME, COL_IDENTITY, COL_OWNER, COL_ACL,
	COL_FIRST_PROP
};

/* An address in pg_depend and the object that it stands for. */
typedef struct AddressEntry
{
	ObjectAddress address;		/* hash key */
	SchemaObject *object;
	bool		is_own;			/* the object's own address */
} AddressEntry;

typedef struct IdentityKey
{
	ObjectKind	kind;
	const char *identity;
} IdentityKey;

typedef struct IdentityEntry
{
	IdentityKey key;			/* hash key */
	SchemaObject *object;
} IdentityEntry;

/* What an object needs while parents are not known yet. */
typedef struct Loaded
{
	SchemaObject *object;
	Oid			parent;
	int32		parent_subid;
	const char *aliases;		/* the properties for the loader, or NULL */
	const char *needs;
} Loaded;

typedef struct Loader
{
	SchemaSnapshot *snapshot;
	const Shadow *shadow;
	MemoryContext context;		/* of the snapshot */
	List	   *loaded;			/* Loaded * */
	HTAB	   *addresses;
	HTAB	   *members;		/* of extensions: AddressEntry without objects */
	FormData_pg_depend *depends;	/* pg_depend; gone with SPI */
	size_t		ndepends;
	int			naliases;		/* found by a scan of them */
	Datum		schemas;		/* $1 */
} Loader;

/* ------------------------------------------------------------------- lookup */

static uint32
identity_hash(const void *key, Size size)
{
	const IdentityKey *k = key;

	return hash_bytes((const unsigned char *) k->identity, strlen(k->identity)) ^ (uint32) k->kind;
}

static int
identity_match(const void *a, const void *b, Size size)
{
	const IdentityKey *x = a;
	const IdentityKey *y = b;

	return x->kind == y->kind ? strcmp(x->identity, y->identity) : 1;
}

static HTAB *
new_identities(void)
{
	HASHCTL		ctl = {.keysize = sizeof(IdentityKey),.entrysize = sizeof(IdentityEntry),
	.hash = identity_hash,.match = identity_match,.hcxt = CurrentMemoryContext};

	return hash_create("migrate_ext identities", 1024, &ctl, HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);
}

static HTAB *
new_addresses(void)
{
	HASHCTL		ctl = {.keysize = sizeof(ObjectAddress),.entrysize = sizeof(AddressEntry),.hcxt = CurrentMemoryContext};

	return hash_create("migrate_ext addresses", 4096, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

SchemaObject *
snapshot_find(const SchemaSnapshot *snapshot, ObjectKind kind, const char *identity)
{
	IdentityKey key = {.kind = kind,.identity = identity};
	IdentityEntry *entry = hash_search(snapshot->by_identity, &key, HASH_FIND, NULL);

	return entry ? entry->object : NULL;
}

/* A part of a table that is no object of ours stands for the table. */
static AddressEntry *
find_address(HTAB *addresses, Oid classid, Oid objid, int32 subid)
{
	ObjectAddress address = {classid, objid, subid};
	AddressEntry *entry = hash_search(addresses, &address, HASH_FIND, NULL);

	if (entry == NULL && subid != 0)
	{
		address.objectSubId = 0;
		entry = hash_search(addresses, &address, HASH_FIND, NULL);
	}
	return entry;
}

/* Returns false if the address is known already. */
static bool
add_address(HTAB *addresses, Oid classid, Oid objid, int32 subid, SchemaObject *object, bool is_own)
{
	ObjectAddress address = {classid, objid, subid};
	bool		found;
	AddressEntry *entry = hash_search(addresses, &address, HASH_ENTER, &found);

	if (found)
		return false;
	entry->object = object;
	entry->is_own = is_own;
	return true;
}

/* Read "classid.objid.subid ..." */
static void
each_address(const char *text, void (*act) (Loader *loader, SchemaObject *object, Oid classid, Oid objid, int32 subid),
			 Loader *loader, SchemaObject *object)
{
	if (text == NULL)
		return;
	while (*text != '\0')
	{
		char	   *end;
		Oid			classid = strtoul(text, &end, 10);
		Oid			objid = strtoul(end + 1, &end, 10);
		int			subid = strtol(end + 1, &end, 10);

		act(loader, object, classid, objid, subid);
		text = *end == ' ' ? end + 1 : end;
	}
}

/* ------------------------------------------------------------------ queries */

static void
run_query(const Loader *loader, const char *sql)
{
	query_catalogs(sql, loader->schemas, loader->snapshot->managed.whole);
}

/* A text of the current row, in the current context. */
static char *
row_text(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

static int64
row_int(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	if (isnull)
		return 0;
	return SPI_gettypeid(SPI_tuptable->tupdesc, column) == OIDOID ? DatumGetObjectId(value) : DatumGetInt32(value);
}

static void
check_columns(const Kind *kind, int nprops)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	if (desc->natts != COL_FIRST_PROP - 1 + nprops)
		elog(ERROR, "query for kind \"%s\" has %d columns instead of %d", kind->name, desc->natts, COL_FIRST_PROP - 1 + nprops);
}

static void
load_kind(Loader *loader, const Kind *kind)
{
	int			nprops = 0;
	MemoryContext old;

	while (kind->props[nprops] != NULL)
		nprops++;
	run_query(loader, kind->query);
	check_columns(kind, nprops);
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		Loaded	   *loaded = palloc0(sizeof(Loaded));
		SchemaObject *object = palloc0(sizeof(SchemaObject));

		CHECK_FOR_INTERRUPTS();
		loaded->object = object;
		object->kind = kind;
		object->classid = kind->classid;
		object->objid = row_int(row, COL_OID);
		object->subid = row_int(row, COL_SUBID);
		loaded->parent = row_int(row, COL_PARENT);
		loaded->parent_subid = row_int(row, COL_PARENT_SUBID);
		object->schema = row_text(row, COL_SCHEMA);
		object->name = row_text(row, COL_NAME);
		object->identity = row_text(row, COL_IDENTITY);
		object->owner = row_text(row, COL_OWNER);
		object->acl = row_text(row, COL_ACL);
		object->props = palloc(sizeof(char *) * nprops);
		for (int p = 0; p < nprops; p++)
		{
			object->props[p] = row_text(row, COL_FIRST_PROP + p);
			if (strcmp(kind->props[p], "_aliases") == 0)
				loaded->aliases = object->props[p];
			else if (strcmp(kind->props[p], "_needs") == 0)
				loaded->needs = object->props[p];
		}
		loader->loaded = lappend(loader->loaded, loaded);
	}
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

/* Is it to be left out, whatever its parent? */
static bool
is_foreign(const Loader *loader, const SchemaObject *object)
{
	ObjectAddress address = {object->classid, object->objid, 0};

	if (object->schema == NULL && object->name != NULL && shadow_is_hidden(object->name))
		return true;
	if (kind_is(object, KIND_EXTENSION))
		return loader->shadow != NULL && !shadow_has_extension(loader->shadow, object->name);
	return hash_search(loader->members, &address, HASH_FIND, NULL) != NULL;
}

/* ------------------------------------------------------------------ pg_depend */

typedef void (*DependVisitor) (Loader *loader, Form_pg_depend depend);

/* All of it, once: it is gone through several times. */
static void
read_depend(Loader *loader)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	HeapTuple	tuple;
	size_t		size = 16 * 1024;

	loader->depends = palloc_extended(sizeof(FormData_pg_depend) * size, MCXT_ALLOC_HUGE);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		if (loader->ndepends == size)
			loader->depends = repalloc_huge(loader->depends, sizeof(FormData_pg_depend) * (size *= 2));
		loader->depends[loader->ndepends++] = *(Form_pg_depend) GETSTRUCT(tuple);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static void
scan_depend(Loader *loader, DependVisitor visit)
{
	for (size_t i = 0; i < loader->ndepends; i++)
	{
		CHECK_FOR_INTERRUPTS();
		visit(loader, &loader->depends[i]);
	}
}

static void
visit_member(Loader *loader, Form_pg_depend depend)
{
	if (depend->deptype == DEPENDENCY_EXTENSION)
		(void) add_address(loader->members, depend->classid, depend->objid, 0, NULL, false);
}

/* What hangs on an object, or on what stands for it already, stands for it. */
static void
visit_alias(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *entry;

	if (depend->deptype != DEPENDENCY_INTERNAL && depend->deptype != DEPENDENCY_EXTENSION)
		return;
	entry = find_address(loader->addresses, depend->refclassid, depend->refobjid, depend->refobjsubid);
	if (entry != NULL &&
		add_address(loader->addresses, depend->classid, depend->objid, 0, entry->object, false))
		loader->naliases++;
}

static bool
is_within(const SchemaObject *object, const SchemaObject *whole)
{
	while (object != NULL && object != whole)
		object = object->parent;
	return object != NULL;
}

static void
add_need(SchemaObject *object, SchemaObject *what)
{
	/*
	 * the whole is there before its parts; what it needs of them is its own
	 * business
	 */
	if (is_within(what, object))
		return;
	if (list_length(object->needs) < 50 && list_member_ptr(object->needs, what))
		return;
	object->needs = lappend(object->needs, what);
	what->needed_by = lappend(what->needed_by, object);
}

/* What PostgreSQL will not have a row type changed under: an expression, and what a query has stored. */
static bool
is_stored_expression(const SchemaObject *object)
{
	return kind_is(object, KIND_DEFAULT) || kind_is(object, KIND_CONSTRAINT) || kind_is(object, KIND_INDEX) ||
		kind_is(object, KIND_MATVIEW) || (object->parent != NULL && kind_is(object->parent, KIND_MATVIEW));
}

/* Where a table's row type is in a stored expression, none of its columns can get another type. */
static void
add_row_needs(SchemaObject *expression, const SchemaObject *table)
{
	ListCell   *lc;

	if (expression->parent != NULL && kind_is(expression->parent, KIND_MATVIEW))
		expression = expression->parent;

	foreach(lc, table->parts)
	{
		SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_COLUMN))
			add_need(expression, part);
	}
}

/* The index of a constraint has no statement for it. */
static void
add_extension(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *from = find_address(loader->addresses, depend->classid, depend->objid, 0);

	if (from != NULL && from->is_own)
		from->object->extensions = lappend(from->object->extensions, get_extension_name(depend->refobjid));
}

static void
visit_need(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *from;
	AddressEntry *to;

	if (depend->deptype == DEPENDENCY_AUTO_EXTENSION)
		add_extension(loader, depend);
	/* how partitions hang together is told by objects of their own */
	if (depend->deptype != DEPENDENCY_NORMAL && depend->deptype != DEPENDENCY_AUTO &&
		depend->deptype != DEPENDENCY_INTERNAL && depend->deptype != DEPENDENCY_AUTO_EXTENSION)
		return;
	from = find_address(loader->addresses, depend->classid, depend->objid, depend->objsubid);
	if (from == NULL)
		return;
	to = find_address(loader->addresses, depend->refclassid, depend->refobjid, depend->refobjsubid);
	if (to == NULL || to->object == from->object)
		return;
	/* so are inheritance, and the column that a sequence belongs to */
	if (kind_is(from->object, KIND_TABLE) && kind_is(to->object, KIND_TABLE) &&
		depend->classid == RelationRelationId && depend->refclassid == RelationRelationId)
		return;
	if (kind_is(from->object, KIND_SEQUENCE) && kind_is(to->object, KIND_COLUMN))
		return;
	add_need(from->object, to->object);
	if (depend->refclassid == TypeRelationId && kind_is(to->object, KIND_TABLE) && is_stored_expression(from->object))
		add_row_needs(from->object, to->object);
}

static void
add_alias(Loader *loader, SchemaObject *object, Oid classid, Oid objid, int32 subid)
{
	(void) add_address(loader->addresses, classid, objid, subid, object, false);
}

static void
add_need_address(Loader *loader, SchemaObject *object, Oid classid, Oid objid, int32 subid)
{
	AddressEntry *entry = find_address(loader->addresses, classid, objid, subid);

	if (entry != NULL && entry->object != object)
		add_need(object, entry->object);
}

static bool
is_not_null(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		result = ((Form_pg_constraint) GETSTRUCT(tuple))->contype == 'n';
		ReleaseSysCache(tuple);
	}
	return result;
}

/*
 * What no kind has read although it belongs to a managed schema, to one of our
 * objects, or to no schema at all, is said by name.  What a kind has read and
 * was left out, was left out on purpose.
 */
static void
note_unmodelled(Loader *loader, Oid classid, Oid objid)
{
	ObjectAddress address = {classid, objid, 0};
	MemoryContext old;

	/* a NOT NULL, which 18 has as a constraint, is known by its column */
	if ((classid == ConstraintRelationId && is_not_null(objid)) ||
		(classid == OperatorRelationId && !OidIsValid(get_opcode(objid))))
		return;
	if (find_address(loader->addresses, classid, objid, 0) != NULL ||
		!add_address(loader->members, classid, objid, 0, NULL, false))
		return;
	old = MemoryContextSwitchTo(loader->context);
	loader->snapshot->unmodelled = lappend(loader->snapshot->unmodelled, compat_object_description(&address));
	MemoryContextSwitchTo(old);
}

/* What a partition has because its parent has it. */
static void
visit_copy(Loader *loader, Form_pg_depend depend)
{
	if (depend->deptype == DEPENDENCY_PARTITION_PRI)
		(void) add_address(loader->members, depend->classid, depend->objid, 0, NULL, false);
}

static void
visit_unmodelled(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *to;
	bool		in_schema = depend->refclassid == NamespaceRelationId;

	if (depend->objid < FirstNormalObjectId || depend->deptype != (in_schema ? DEPENDENCY_NORMAL : DEPENDENCY_AUTO))
		return;
	/* publications are outside of the schemas, whatever they publish */
	if (depend->classid == PublicationRelRelationId && !loader->snapshot->managed.whole)
		return;
	to = find_address(loader->addresses, depend->refclassid, depend->refobjid, 0);
	if (to != NULL && to->is_own)
		note_unmodelled(loader, depend->classid, depend->objid);
}

/* ------------------------------------------------------------------- loading */

static void
add_object(Loader *loader, SchemaObject *object)
{
	SchemaSnapshot *snapshot = loader->snapshot;
	IdentityKey key = {.kind = kind_number(object->kind),.identity = object->identity};
	IdentityEntry *entry;
	bool		found;

	if (snapshot->nobjects == snapshot->size)
	{
		snapshot->size = Max(snapshot->size * 2, 1024);
		snapshot->objects = snapshot->objects ?
			repalloc_huge(snapshot->objects, sizeof(SchemaObject *) * snapshot->size) :
			palloc(sizeof(SchemaObject *) * snapshot->size);
	}
	object->number = snapshot->nobjects;
	snapshot->objects[snapshot->nobjects++] = object;
	entry = hash_search(snapshot->by_identity, &key, HASH_ENTER, &found);
	if (found)
		elog(ERROR, "there are two objects %s \"%s\"", object->kind->name, object->identity);
	entry->object = object;
}

/*
 * Number the objects whose parents are there; with parents after parts in the
 * order of kinds that takes more than one round.
 */
static void
resolve_parents(Loader *loader)
{
	List	   *waiting = loader->loaded;
	int			before;

	do
	{
		List	   *still = NIL;
		ListCell   *lc;

		before = list_length(waiting);
		foreach(lc, waiting)
		{
			Loaded	   *loaded = lfirst(lc);
			SchemaObject *object = loaded->object;

			CHECK_FOR_INTERRUPTS();
			if (is_foreign(loader, object))
				continue;
			if (OidIsValid(loaded->parent))
			{
				AddressEntry *entry = find_address(loader->addresses, object->kind->parent_classid,
												   loaded->parent, loaded->parent_subid);

				if (entry == NULL)
				{
					still = lappend(still, loaded);
					continue;
				}
				object->parent = entry->object;
				object->parent->parts = lappend(object->parent->parts, object);
			}
			add_object(loader, object);
			(void) add_address(loader->addresses, object->classid, object->objid, object->subid, object, true);
			each_address(loaded->aliases, add_alias, loader, object);
		}
		waiting = still;
	} while (waiting != NIL && list_length(waiting) < before);
}

static void
load_needs(Loader *loader)
{
	ListCell   *lc;

	do
	{
		loader->naliases = 0;
		scan_depend(loader, visit_alias);
	} while (loader->naliases > 0);
	scan_depend(loader, visit_need);
	foreach(lc, loader->loaded)
	{
		Loaded	   *loaded = lfirst(lc);
		SchemaObject *object = loaded->object;

		if (object->parent != NULL)
			add_need(object, object->parent);
		if (loaded->needs != NULL &&
			(object->number > 0 || loader->snapshot->objects[0] == object))
			each_address(loaded->needs, add_need_address, loader, object);
	}
}

/* Comments and security labels, of the objects themselves and not of what stands for them. */
static void
load_remarks(Loader *loader, const char *sql, bool labels)
{
	MemoryContext old;

	run_query(loader, sql);
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		ObjectAddress address = {row_int(row, 1), row_int(row, 2), row_int(row, 3)};
		AddressEntry *entry = hash_search(loader->addresses, &address, HASH_FIND, NULL);

		if (entry == NULL || !entry->is_own)
			continue;
		if (labels)
			entry->object->labels = lappend(lappend(entry->object->labels, row_text(row, 5)), row_text(row, 4));
		else
			entry->object->comment = row_text(row, 4);
	}
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

static void
load_unmodelled(Loader *loader)
{
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, loader->loaded)
	{
		const SchemaObject *object = ((Loaded *) lfirst(lc))->object;

		(void) add_address(loader->members, object->classid, object->objid, 0, NULL, false);
	}
	scan_depend(loader, visit_copy);
	scan_depend(loader, visit_unmodelled);
	if (!loader->snapshot->managed.whole || loader->shadow != NULL || superuser())
		return;
	/* the others may see no more than their names */
	run_query(loader, "SELECT 'subscription ' || quote_ident(subname) FROM pg_subscription"
			  " WHERE subdbid = (SELECT oid FROM pg_database WHERE datname = current_database())");
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
		loader->snapshot->unmodelled = lappend(loader->snapshot->unmodelled, row_text(SPI_tuptable->vals[i], 1));
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

/* The managed schemas that are there. */
static void
load_schemas(Loader *loader)
{
	Managed    *managed = &loader->snapshot->managed;
	char	  **names;
	int			n = 0;
	MemoryContext old;

	if (managed->whole)
		loader->schemas = store_text_array(NULL, 0);
	else
		loader->schemas = store_text_array(managed->schemas, managed->nschemas);
	run_query(loader,
			  "SELECT n.nspname::text FROM pg_namespace n"
			  " WHERE CASE WHEN $2 THEN n.nspname NOT LIKE 'pg\\_%' AND n.nspname NOT IN ('information_schema', 'migrate')"
			  "       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_namespace'::regclass"
			  "                       AND d.objid = n.oid AND d.deptype = 'e')"
			  "  ELSE n.nspname = ANY ($1) END"
			  " ORDER BY 1");
	old = MemoryContextSwitchTo(loader->context);
	names = palloc(sizeof(char *) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = row_text(SPI_tuptable->vals[i], 1);

		if (!shadow_is_hidden(name) && (loader->shadow == NULL || shadow_has_schema(loader->shadow, name)))
			names[n++] = name;
	}
	loader->schemas = store_text_array(names, n);
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

static void
set_pinned(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
}

static int
pin_output(void)
{
	int			nest_level = settings_pin_path();

	set_pinned("datestyle", "ISO, YMD");
	set_pinned("intervalstyle", "postgres");
	set_pinned("extra_float_digits", "3");
	set_pinned("bytea_output", "hex");
	set_pinned("quote_all_identifiers", "off");
	set_pinned("row_security", "off");
	/* compiling the queries takes longer than running them */
	set_pinned("jit", "off");
	return nest_level;
}

static SchemaSnapshot *
new_snapshot(const Managed *managed)
{
	SchemaSnapshot *snapshot = palloc0(sizeof(SchemaSnapshot));

	snapshot->managed = *managed;
	snapshot->user = GetUserNameFromId(GetUserId(), false);
	snapshot->by_identity = new_identities();
	return snapshot;
}

SchemaSnapshot *
snapshot_take(const Managed *managed, const Shadow *shadow)
{
	SchemaSnapshot *snapshot = new_snapshot(managed);
	Loader		loader = {.snapshot = snapshot,.shadow = shadow,.context = CurrentMemoryContext};
	int			nest_level = pin_output();

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	/*
	 * all that was done before, by the model as well, and all of it at one
	 * moment
	 */
	if (!RecoveryInProgress())
		CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	loader.addresses = new_addresses();
	loader.members = new_addresses();
	read_depend(&loader);
	scan_depend(&loader, visit_member);
	load_schemas(&loader);
	for (int kind = 0; kind < NKINDS; kind++)
		if (kinds[kind] != NULL && kinds[kind]->query != NULL && (kind != KIND_SUBSCRIPTION || superuser()))
			load_kind(&loader, kinds[kind]);
	MemoryContextSwitchTo(loader.context);
	resolve_parents(&loader);
	load_needs(&loader);
	load_unmodelled(&loader);
	load_remarks(&loader, "SELECT classoid, objoid, objsubid, description FROM pg_description"
				 " WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass", false);
	load_remarks(&loader, "SELECT classoid, objoid, objsubid, label, provider FROM pg_seclabel"
				 " WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass ORDER BY provider", true);
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	settings_leave(nest_level);
	return snapshot;
}

static bool
manages_public(const Managed *managed)
{
	for (int i = 0; i < managed->nschemas; i++)
		if (strcmp(managed->schemas[i], "public") == 0)
			return true;
	return managed->whole;
}

SchemaSnapshot *
snapshot_empty(const Managed *managed)
{
	Loader		loader = {.snapshot = new_snapshot(managed),.context = CurrentMemoryContext};
	SchemaObject *public;

	if (manages_public(managed))
	{
		public = palloc0(sizeof(SchemaObject));
		public->kind = kinds[KIND_SCHEMA];
		public->name = public->identity = "public";
#if PG_VERSION_NUM >= 150000
		public->owner = "pg_database_owner";
		public->acl = "{pg_database_owner=UC/pg_database_owner,=U/pg_database_owner}";
#else
		public->owner = GetUserNameFromId(BOOTSTRAP_SUPERUSERID, false);
		public->acl = psprintf("{%s=UC/%s,=UC/%s}", quote_identifier(public->owner), quote_identifier(public->owner),
							   quote_identifier(public->owner));
#endif
		public->comment = "standard public schema";
		add_object(&loader, public);
	}
	return loader.snapshot;
}

int
snapshot_size(const SchemaSnapshot *snapshot)
{
	return snapshot->nobjects;
}

List *
snapshot_unmodelled(const SchemaSnapshot *snapshot)
{
	return snapshot->unmodelled;
}
