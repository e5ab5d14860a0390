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
 *
 * Another session's DDL meanwhile makes what was read doubtful (see race.h): it
 * is read again, until two readings agree.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/kinds.h"
#include "race.h"
#include "settings.h"
#include "shadow/shadow_private.h"
#include "snapshot/dependents.h"
#include "snapshot/loader.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attrdef.h"
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
#include "executor/spi.h"
#include "miscadmin.h"
#include "store/store.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/snapmgr.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* Read "classid.objid.subid ..." */
static void
each_address(const char *text, void (*act) (Loader *loader, SchemaObject *object, Oid classid,
											Oid objid, int32 subid),
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

/* Is the object left out, whatever its parent is? */
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

/*
 * Read all of pg_depend once, under the snapshot of the queries, since it is searched several
 * times.
 */
static void
read_depend(Loader *loader)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	HeapTuple	tuple;
	size_t		size = 16 * 1024;

	loader->depends = palloc_extended(sizeof(FormData_pg_depend) * size, MCXT_ALLOC_HUGE);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (loader->ndepends == size)
			loader->depends = repalloc_huge(loader->depends,
											sizeof(FormData_pg_depend) * (size *= 2));
		loader->depends[loader->ndepends++] = *depend;
		/* the type of a column that no key refers to is not the text's affair */
		if (loader->used != NULL && depend->refobjid >= FirstNormalObjectId &&
			shadow_is_own(loader->shadow, tuple) &&
			!(depend->classid == RelationRelationId &&
			  stand_in_is_one(loader->shadow, depend->objid)))
			(void) loader_add(loader->used, depend->refclassid, depend->refobjid,
							  depend->refobjsubid, NULL, false);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

static void
visit_member(Loader *loader, Form_pg_depend depend)
{
	if (depend->deptype == DEPENDENCY_EXTENSION)
		(void) loader_add(loader->members, depend->classid, depend->objid, 0, NULL, false);
}

/*
 * What hangs on an object, or on what stands for it already, stands for it.  Before
 * 15 the expression of a generated column hangs on it like a default; but a default
 * is an object of its own, and has its address already.
 */
static void
visit_alias(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *entry;

	if (depend->deptype != DEPENDENCY_INTERNAL && depend->deptype != DEPENDENCY_EXTENSION &&
		!(depend->deptype == DEPENDENCY_AUTO && depend->classid == AttrDefaultRelationId))
		return;
	entry = loader_find(loader->addresses, depend->refclassid, depend->refobjid,
						depend->refobjsubid);
	if (entry != NULL &&
		loader_add(loader->addresses, depend->classid, depend->objid, 0, entry->object, false))
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
add_need(Loader *loader, SchemaObject *object, SchemaObject *what)
{
	if (object->ignored)
		return;
	if (what->ignored)
	{
		loader->snapshot->leans = list_append_unique_ptr(loader->snapshot->leans, what);
		return;
	}

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

/*
 * Can the object contain stored rows or row types, so that PostgreSQL refuses to change the row
 * type?
 */
static bool
is_stored_expression(const SchemaObject *object)
{
	return object->kind->stores_expression || matview_of_part(object) != NULL;
}

/* If a stored expression uses a table's row type, no column of the table can get another type. */
static void
add_row_needs(Loader *loader, SchemaObject *expression, const SchemaObject *table)
{
	ListCell   *lc;

	if (matview_of_part(expression) != NULL)
		expression = matview_of_part(expression);
	foreach(lc, row_list_parts(table))
	{
		add_need(loader, expression, lfirst(lc));
	}
}

/* DEPENDS ON EXTENSION; not for the index of a constraint, which has no statement for it. */
static void
add_extension(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *from = loader_find(loader->addresses, depend->classid, depend->objid, 0);

	char	   *name;

	if (from == NULL || !from->is_own)
		return;
	name = get_extension_name(depend->refobjid);
	from->object->extensions = lappend(from->object->extensions,
									   loader_require(from->object, "extension", name));
}

static void
visit_need(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *from;
	AddressEntry *to;

	if (depend->deptype == DEPENDENCY_AUTO_EXTENSION)
		add_extension(loader, depend);
	/* Links of partitions are separate objects: skip these dependencies. */
	if (depend->deptype != DEPENDENCY_NORMAL && depend->deptype != DEPENDENCY_AUTO &&
		depend->deptype != DEPENDENCY_INTERNAL && depend->deptype != DEPENDENCY_AUTO_EXTENSION)
		return;
	from = loader_find(loader->addresses, depend->classid, depend->objid, depend->objsubid);
	if (from == NULL)
		return;
	to = loader_find(loader->addresses, depend->refclassid, depend->refobjid, depend->refobjsubid);
	if (to == NULL || to->object == from->object)
		return;

	if (domain_needs_for_default(from->object, to->object))
		from = loader_find(loader->addresses, TypeRelationId, depend->objid, -1);
	/* Inheritance and OWNED BY are separate objects, too. */
	if (from->object->kind == to->object->kind && kind_is(to->object, KIND_TABLE) &&
		depend->classid == RelationRelationId && depend->refclassid == RelationRelationId)
		return;
	if (kind_is(from->object, KIND_SEQUENCE) && to->object->kind->field != FIELD_OF_NOTHING)
		return;
	add_need(loader, from->object, to->object);
	if (depend->refclassid == TypeRelationId && kind_is(to->object, KIND_TABLE) &&
		is_stored_expression(from->object))
		add_row_needs(loader, from->object, to->object);
}

static void
add_alias(Loader *loader, SchemaObject *object, Oid classid, Oid objid, int32 subid)
{
	(void) loader_add(loader->addresses, classid, objid, subid, object, false);
}

static void
add_need_address(Loader *loader, SchemaObject *object, Oid classid, Oid objid, int32 subid)
{
	AddressEntry *entry = loader_find(loader->addresses, classid, objid, subid);

	if (entry != NULL && entry->object != object)
		add_need(loader, object, entry->object);
}

/* ------------------------------------------------------------------- loading */

/* Is the object, or its parent, ignored? */
static bool
is_ignored(const Loader *loader, const Loaded *loaded)
{
	const SchemaObject *object = loaded->object;

	return ignored_has(loader->ignored, object->classid, object->objid) ||
		(OidIsValid(loaded->parent) && ignored_has(loader->ignored, object->kind->parent_classid,
												   loaded->parent));
}

/*
 * An ignored object is not in the snapshot, but has an address, so that its dependents are found.
 */
static void
note_ignored(Loader *loader, Loaded *loaded)
{
	SchemaObject *object = loaded->object;

	object->ignored = true;
	of_extension_note(loader, loaded);
	/* do not report schemas: a shadow has the empty schema anyway */
	if (!OidIsValid(loaded->parent) && !kind_is(object, KIND_SCHEMA) &&
		object->of_extension == NULL)
		loader->snapshot->ignored = lappend(loader->snapshot->ignored,
											psprintf("%s %s", object->kind->name,
													 object->identity));
	(void) loader_add(loader->addresses, object->classid, object->objid, object->subid, object,
					  true);
	each_address(loaded->aliases, add_alias, loader, object);
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
			if (is_ignored(loader, loaded))
			{
				note_ignored(loader, loaded);
				continue;
			}
			if (OidIsValid(loaded->parent))
			{
				AddressEntry *entry = loader_find(loader->addresses, object->kind->parent_classid,
												  loaded->parent, loaded->parent_subid);

				if (entry == NULL)
				{
					still = lappend(still, loaded);
					continue;
				}
				object->parent = entry->object;
				object->parent->parts = lappend(object->parent->parts, object);
			}
			snapshot_add(loader->snapshot, object);
			(void) loader_add(loader->addresses, object->classid, object->objid, object->subid,
							  object, true);
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
		loader_scan_depend(loader, visit_alias);
	} while (loader->naliases > 0);
	loader_scan_depend(loader, visit_need);
	foreach(lc, loader->loaded)
	{
		Loaded	   *loaded = lfirst(lc);
		SchemaObject *object = loaded->object;

		if (object->parent != NULL)
			add_need(loader, object, object->parent);
		if (loaded->needs != NULL &&
			(object->number > 0 || (loader->snapshot->nobjects > 0 &&
									loader->snapshot->objects[0] == object)))
			each_address(loaded->needs, add_need_address, loader, object);
	}
}

/* Comments and security labels, of the objects themselves and not of what stands for them. */
static void
load_remarks(Loader *loader, const char *sql, bool labels)
{
	MemoryContext old;

	loader_query(loader, sql);
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		ObjectAddress address = {loader_int(row, 1), loader_int(row, 2), loader_int(row, 3)};
		AddressEntry *entry = hash_search(loader->addresses, &address, HASH_FIND, NULL);

		if (entry == NULL || !entry->is_own)
			continue;
		if (labels)
			entry->object->labels = lappend(lappend(entry->object->labels, loader_text(row, 5)),
											loader_text(row, 4));
		else
			entry->object->comment = loader_text(row, 4);
	}
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

/* Find the objects outside that depend on objects of the snapshot. */
static void
visit_dependent(Loader *loader, Form_pg_depend depend)
{
	ObjectAddress address = {depend->classid, depend->objid, 0};
	AddressEntry *on;
	AddressEntry *from;

	if (depend->deptype != DEPENDENCY_NORMAL && depend->deptype != DEPENDENCY_AUTO)
		return;
	on = loader_find(loader->addresses, depend->refclassid, depend->refobjid, depend->refobjsubid);
	if (on == NULL || on->object->ignored)
		return;
	from = loader_find(loader->addresses, depend->classid, depend->objid, depend->objsubid);
	if ((from != NULL && !from->object->ignored) ||
		hash_search(loader->members, &address, HASH_FIND, NULL) != NULL)
		return;

	/*
	 * not to be reported by unmodelled.c: nobody has to create an unmanaged
	 * object
	 */
	if (from != NULL && from->object->of_extension != NULL && of_extension_goes_along(from->object))
		return;
	if (dependents_add(loader->snapshot, depend, on->object, from != NULL ? from->object : NULL,
					   loader->ignored) &&
		depend->deptype == DEPENDENCY_AUTO)
		loader->outside = lappend_oid(lappend_oid(loader->outside, depend->classid), depend->objid);
}

static void
load_dependents(Loader *loader)
{
	/* no object outside depends on objects of a shadow */
	if (loader->shadow != NULL)
		return;
	loader_scan_depend(loader, visit_dependent);
	for (int i = 0; i < list_length(loader->outside); i += 2)
		(void) loader_add(loader->members, list_nth_oid(loader->outside, i),
						  list_nth_oid(loader->outside, i + 1), 0, NULL, false);
}

/*
 * Members of extensions in the managed schemas that have other privileges than CREATE EXTENSION
 * gave them: pg_dump writes those, a comparison leaves the members to the extension.
 */
#define MEMBERS_WITH_GRANTS \
	"SELECT pg_describe_object(m.classid, m.objid, 0) FROM" \
	" (SELECT d.classid, d.objid, coalesce(c.relnamespace, p.pronamespace, t.typnamespace, n.oid) AS schema," \
	"   coalesce(c.relacl, p.proacl, t.typacl, n.nspacl, f.privileges) AS now, coalesce(i.initprivs, f.privileges) AS first" \
	"  FROM pg_depend d" \
	"  LEFT JOIN pg_class c ON d.classid = 'pg_class'::regclass AND c.oid = d.objid" \
	" AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')" \
	"  LEFT JOIN pg_proc p ON d.classid = 'pg_proc'::regclass AND p.oid = d.objid" \
	"  LEFT JOIN pg_type t ON d.classid = 'pg_type'::regclass AND t.oid = d.objid" \
	"  LEFT JOIN pg_namespace n ON d.classid = 'pg_namespace'::regclass AND n.oid = d.objid" \
	"  LEFT JOIN pg_init_privs i ON i.classoid = d.classid AND i.objoid = d.objid" \
	" AND i.objsubid = 0" \
	"  CROSS JOIN LATERAL (SELECT acldefault(CASE WHEN c.relkind = 'S' THEN 's'" \
	" WHEN c.oid IS NOT NULL THEN 'r'" \
	"    WHEN p.oid IS NOT NULL THEN 'f' WHEN t.oid IS NOT NULL THEN 'T' ELSE 'n' END::\"char\"," \
	"   coalesce(c.relowner, p.proowner, t.typowner, n.nspowner)) AS privileges) f" \
	"  WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass AND d.refobjid <>" \
	"   (SELECT e.oid FROM pg_extension e WHERE e.extname = 'migrate_ext')" \
	"   AND (c.relacl IS NOT NULL OR p.proacl IS NOT NULL OR t.typacl IS NOT NULL" \
	" OR n.nspacl IS NOT NULL OR i.initprivs IS NOT NULL)) m" \
	" JOIN pg_namespace s ON s.oid = m.schema" \
	" WHERE NOT (m.now @> m.first AND m.first @> m.now) AND ($2 OR s.nspname = ANY ($1)) ORDER BY 1"

static void
load_granted_members(Loader *loader)
{
	MemoryContext old;

	if (loader->shadow != NULL || loader->snapshot->managed.no_privileges)
		return;
	loader_query(loader, MEMBERS_WITH_GRANTS);
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
		loader->snapshot->granted_members = lappend(loader->snapshot->granted_members,
													loader_text(SPI_tuptable->vals[i], 1));
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
	loader_query(loader,
				 "SELECT n.nspname::text, n.oid, n.nspowner, n.nspacl::text,"
				 " " COMMENT_OF("n.oid", "pg_namespace")
				 " FROM pg_namespace n"
				 " WHERE CASE WHEN $2 THEN " SCHEMA_IS_NOT_RESERVED("n.nspname")
				 "       AND NOT EXISTS (SELECT FROM pg_depend d"
				 " WHERE d.classid = 'pg_namespace'::regclass"
				 "                       AND d.objid = n.oid AND d.deptype = 'e')"
				 "  ELSE n.nspname = ANY ($1) END"
				 " ORDER BY n.nspname");
	old = MemoryContextSwitchTo(loader->context);
	names = palloc(sizeof(char *) * Max(SPI_processed, 1));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		char	   *name = loader_text(row, 1);

		if (loader->shadow == NULL)
			loader->snapshot->bases = lappend(loader->snapshot->bases,
											  schema_base(name, loader_int(row, 2),
														  loader_int(row, 3), loader_text(row, 4),
														  loader_text(row, 5)));
		if (!shadow_is_hidden(name) && (loader->shadow == NULL ||
										shadow_has_schema(loader->shadow, name)))
			names[n++] = name;
	}
	loader->schemas = store_text_array(names, n);
	if (loader->shadow != NULL)
		loader->snapshot->bases = shadow_bases(loader->shadow);
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}

bool
snapshot_is_outdated(const SchemaSnapshot *live)
{
	return race_seen(live->read_at) && !snapshots_agree(live, snapshot_take(&live->managed, NULL));
}

void
snapshot_run_copy(const SchemaSnapshot *live, ShadowBody body, void *arg)
{
	ErrorData  *error = shadow_try(&live->managed, body, arg);

	if (error == NULL)
		return;
	/* cancelled, or made to wait for too long: whatever the schema is now */
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) !=
		ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) &&
		error->sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE && snapshot_is_outdated(live))
		race_raise(error);
	ReThrowError(error);
}

static void
set_pinned(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0,
							 false);
}

static int
pin_output(void)
{
	int			nest_level = settings_pin_path();

	set_pinned("datestyle", "ISO, YMD");
	set_pinned("intervalstyle", "postgres");
	set_pinned("timezone", "UTC");
	set_pinned("extra_float_digits", "3");
	set_pinned("bytea_output", "hex");
	set_pinned("standard_conforming_strings", "on");
	set_pinned("quote_all_identifiers", "off");
	set_pinned("row_security", "off");
	/* compiling the queries takes longer than running them */
	set_pinned("jit", "off");
	settings_bound_lock_waits(migrate_lock_timeout);
	return nest_level;
}

/* One reading of the catalogs. */
typedef struct Reading
{
	const Managed *managed;
	const Shadow *shadow;
	bool		latest;			/* under a snapshot of this moment, whatever
								 * the transaction's is */
	SchemaSnapshot *snapshot;
} Reading;

/*
 * Does the kind's catalog hold anything that initdb has not put there?  Most
 * schemas have objects of few kinds, and this look-up is much cheaper than a query.
 */
static bool
may_have_objects(const Kind *kind)
{
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData key;
	bool		found;

	if (!is_objectclass_supported(kind->classid) ||
		!OidIsValid(get_object_oid_index(kind->classid)))
		return true;
	ScanKeyInit(&key, get_object_attnum_oid(kind->classid), BTGreaterEqualStrategyNumber, F_OIDGE,
				ObjectIdGetDatum(FirstNormalObjectId));
	rel = table_open(kind->classid, AccessShareLock);
	scan = systable_beginscan(rel, get_object_oid_index(kind->classid), true, GetActiveSnapshot(),
							  1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

static bool
is_asked_for(ObjectKind number)
{
	const Kind *kind = kinds[number];

	/* only superusers can read more of a subscription than its name */
	return kind != NULL && (!kind->superuser_only || superuser()) &&
		may_have_objects(kind);
}

static void
read_catalogs(void *arg)
{
	Reading    *reading = arg;
	SchemaSnapshot *snapshot = snapshot_new(reading->managed);
	Loader		loader =
	{.snapshot = snapshot,.shadow = reading->shadow,.context = CurrentMemoryContext,
	.ignored = ignored_begin(&snapshot->managed, reading->shadow)};
	int			nest_level = pin_output();
	List	   *shown = reading->shadow ? stand_in_show(reading->shadow) : NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");

	/*
	 * all that was done before, by the model as well, and all of it at one
	 * moment
	 */
	if (!RecoveryInProgress())
		CommandCounterIncrement();
	PushActiveSnapshot(reading->latest ? GetLatestSnapshot() : GetTransactionSnapshot());
	loader.addresses = loader_new_addresses();
	loader.members = loader_new_addresses();
	if (loader.shadow != NULL)
		loader.used = loader_new_addresses();
	read_depend(&loader);
	queries_expect_size(loader.ndepends);
	loader_scan_depend(&loader, visit_member);
	load_schemas(&loader);
	for (int kind = 0; kind < NKINDS; kind++)
		if (is_asked_for(kind))
			loader_read_kind(&loader, kinds[kind]);
	MemoryContextSwitchTo(loader.context);
	resolve_parents(&loader);
	load_needs(&loader);
	load_dependents(&loader);
	unmodelled_note(&loader);
	load_granted_members(&loader);
	of_extensions_note_triggers(&loader);
	of_extensions_note_run(&loader);
	if (loader.shadow != NULL)
		outside_note(&loader);
	load_remarks(&loader, "SELECT classoid, objoid, objsubid, description FROM pg_description"
				 " WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass", false);
	load_remarks(&loader, "SELECT classoid, objoid, objsubid, label, provider FROM pg_seclabel"
				 " WHERE objoid >= 16384 OR classoid = 'pg_namespace'::regclass ORDER BY provider",
				 true);
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	stand_in_put_back(shown);
	settings_leave(nest_level);
	reading->snapshot = snapshot;
}

/* How often the catalogs are read before giving up. */
#define READINGS 5

SchemaSnapshot *
snapshot_take(const Managed *managed, const Shadow *shadow)
{
	bool		keeps_snapshot = IsolationUsesXactSnapshot();
	SchemaSnapshot *before = NULL;
	ErrorData  *error = NULL;
	bool		seen_any = false;

	for (int i = 0; i < (keeps_snapshot ? 2 : READINGS); i++)
	{
		Reading		reading = {.managed = managed,.shadow = shadow,.latest = keeps_snapshot &&
		i > 0};
		uint64		since = race_moment();
		bool		seen;

		error = race_try(read_catalogs, &reading);
		if (error != NULL && !race_explains(error))
			ReThrowError(error);
		seen = race_seen(since);
		seen_any |= seen || (error && error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED);
		if (error == NULL)
		{
			/*
			 * another session cannot change a shadow's objects, but objects
			 * that they reference
			 */
			if (!seen || (shadow != NULL && reading.snapshot->outside == NIL) ||
				(before != NULL && snapshots_agree(before, reading.snapshot)))
			{
				reading.snapshot->read_at = since;
				reading.snapshot->is_live = shadow == NULL;
				return reading.snapshot;
			}
		}
		else if (keeps_snapshot)
			break;
		before = reading.snapshot;
	}
	if (!seen_any)
		ReThrowError(error);
	race_raise(error);
}

static bool
is_extensions_object(const SchemaObject *object)
{
	return (object->schema == NULL && object->name != NULL && shadow_is_hidden(object->name)) ||
		(!kind_is(object, KIND_EXTENSION) &&
		 OidIsValid(getExtensionOfObject(object->classid, object->objid)));
}

/* Rows are found by their OIDs, however large the catalogs are. */
static void
pin_plans(void)
{
	set_pinned("enable_seqscan", "off");
	set_pinned("enable_hashjoin", "off");
	set_pinned("enable_mergejoin", "off");
}

List *
snapshot_read_objects(const Managed *managed, const Shadow *shadow, const Datum *oids)
{
	Loader		loader =
	{.snapshot = snapshot_new(managed),.shadow = shadow,.context = CurrentMemoryContext,
	.ignored = ignored_begin(managed, shadow)};
	int			nest_level = pin_output();
	List	   *shown = stand_in_show(shadow);
	List	   *objects = NIL;

	pin_plans();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	loader.addresses = loader_new_addresses();
	load_schemas(&loader);
	for (int kind = 0; kind < NKINDS; kind++)
	{
		ListCell   *lc;

		if (oids[kind] == (Datum) 0)
			continue;
		loader.objects = oids[kind];
		loader.loaded = NIL;
		loader_read_kind(&loader, kinds[kind]);
		MemoryContextSwitchTo(loader.context);
		foreach(lc, loader.loaded)
		{
			SchemaObject *object = ((Loaded *) lfirst(lc))->object;

			if (is_extensions_object(object) || is_ignored(&loader, lfirst(lc)))
				continue;
			objects = lappend(objects, object);
			(void) loader_add(loader.addresses, object->classid, object->objid, object->subid,
							  object, true);
		}
		load_remarks(&loader,
					 "SELECT classoid, objoid, objsubid, description FROM pg_description"
					 " WHERE objoid = ANY ($3)", false);
		load_remarks(&loader,
					 "SELECT classoid, objoid, objsubid, label, provider FROM pg_seclabel"
					 " WHERE objoid = ANY ($3)"
					 " ORDER BY provider", true);
	}
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	stand_in_put_back(shown);
	settings_leave(nest_level);
	return objects;
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
	Loader		loader = {.snapshot = snapshot_new(managed),.context = CurrentMemoryContext};
	SchemaObject *public;
	const char *owner;

	if (manages_public(managed))
	{
		public = palloc0(sizeof(SchemaObject));
		public->kind = kinds[KIND_SCHEMA];
		public->name = public->identity = "public";
		public->owner = GetUserNameFromId(PUBLIC_SCHEMA_OWNER, false);
		owner = quote_identifier(public->owner);
		public->acl = psprintf("{%s=UC/%s,=%s/%s}", owner, owner,
							   PUBLIC_SCHEMA_RIGHTS & ACL_CREATE ? "UC" : "U", owner);
		public->comment = "standard public schema";
		loader_adopt(loader.snapshot, public);
		snapshot_add(loader.snapshot, public);
	}
	return loader.snapshot;
}

const Managed *
snapshot_managed(const SchemaSnapshot *snapshot)
{
	return &snapshot->managed;
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
