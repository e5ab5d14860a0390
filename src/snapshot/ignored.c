/*
 * ignored.c
 *		Objects that comparisons ignore.
 */
#include "postgres.h"

#include "compat.h"
#include "snapshot/snapshot_private.h"
#include "patterns.h"
#include "shadow/shadow_private.h"
#include "snapshot/extension_rules.h"
#include "snapshot/ignored.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* The bookkeeping of another tool: a table, or a schema full of tables. */
typedef struct Books
{
	const char *pattern;
	const char *table;
	const char *schema;
} Books;

/* bookkeeping() in scripts/migrate-import.sh has the same list. */
static const Books books[] = {
	{"__diesel_schema_migrations", "__diesel_schema_migrations", NULL},
	{"_prisma_migrations", "_prisma_migrations", NULL},
	{"_sqlx_migrations", "_sqlx_migrations", NULL},
	{"alembic_version", "alembic_version", NULL},
	{"drizzle.*", NULL, "drizzle"},
	{"flyway_schema_history", "flyway_schema_history", NULL},
	{"goose_db_version", "goose_db_version", NULL},
	{"gorp_migrations", "gorp_migrations", NULL},
	{"hdb_catalog.*", NULL, "hdb_catalog"},
	{"pgmigrations", "pgmigrations", NULL},
	{"schema_migration", "schema_migration", NULL},
	{"schema_migrations", "schema_migrations", NULL},
	{"sqitch.*", NULL, "sqitch"},
	{"supabase_migrations.*", NULL, "supabase_migrations"}
};

struct Ignored
{
	const Managed *managed;
	const List *patterns;
	const ExtensionRules *rules;	/* or NULL */
	HTAB	   *known;			/* Known */
};

typedef struct Known
{
	ObjectAddress address;		/* hash key */
	bool		is_ignored;
} Known;

Ignored *
ignored_begin(const Managed *managed, const Shadow *shadow)
{
	HASHCTL		ctl =
	{.keysize = sizeof(ObjectAddress),.entrysize = sizeof(Known),.hcxt = CurrentMemoryContext};
	const ExtensionRules *rules = managed->of_extensions ? NULL
	: extension_rules_read(shadow);
	Ignored    *ignored;

	if (managed->ignore == NIL && rules == NULL &&
		(managed->of_extensions || managed->owned_names == NULL))
		return NULL;
	ignored = palloc(sizeof(Ignored));
	ignored->managed = managed;
	ignored->rules = rules;
	ignored->patterns = managed->ignore;
	ignored->known = hash_create("migrate_ext ignored objects", 1024, &ctl,
								 HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return ignored;
}

/* ------------------------------------------------------------------ judging */

static bool
is_named(const Ignored *ignored, Oid schema, const char *name)
{
	const char *schema_name = get_namespace_name(schema);

	return schema_name != NULL &&
		(patterns_match(ignored->patterns, schema_name, name) ||
		 (!ignored->managed->of_extensions &&
		  extension_rules_owner_of_name(ignored->managed, schema_name, name) != NULL));
}

static bool
relation_is_ignored(Ignored *ignored, Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class rel;
	Oid			whole = InvalidOid;
	int32		column;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	rel = (Form_pg_class) GETSTRUCT(tuple);
	result = is_named(ignored, rel->relnamespace, NameStr(rel->relname));
	if (rel->relkind == RELKIND_INDEX || rel->relkind == RELKIND_PARTITIONED_INDEX)
		whole = IndexGetRelation(relid, true);
	else if (rel->relispartition)
		whole = llast_oid(get_partition_ancestors(relid));
	else if (rel->relkind == RELKIND_SEQUENCE &&
			 !sequenceIsOwned(relid, DEPENDENCY_AUTO, &whole, &column))
		(void) sequenceIsOwned(relid, DEPENDENCY_INTERNAL, &whole, &column);
	ReleaseSysCache(tuple);
	return result || (OidIsValid(whole) && ignored_has(ignored, RelationRelationId, whole));
}

static bool
type_is_ignored(Ignored *ignored, Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(oid));
	Form_pg_type type;
	bool		result;

	if (!HeapTupleIsValid(tuple))
		return false;
	type = (Form_pg_type) GETSTRUCT(tuple);
	result = OidIsValid(type->typrelid) ? ignored_has(ignored, RelationRelationId, type->typrelid)
		: is_named(ignored, type->typnamespace, NameStr(type->typname));
	ReleaseSysCache(tuple);
	return result;
}

/* Is the relation ignored, or the schema, that the row of the cache has in this column? */
static bool
holder_is_ignored(Ignored *ignored, int cache, Oid oid, AttrNumber column, Oid holder_class)
{
	HeapTuple	tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));
	Oid			holder;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return false;
	holder = DatumGetObjectId(SysCacheGetAttr(cache, tuple, column, &isnull));
	ReleaseSysCache(tuple);
	return ignored_has(ignored, holder_class, holder);
}

/* By the name that it has in its schema. */
static bool
named_is_ignored(Ignored *ignored, Oid classid, Oid oid)
{
	AttrNumber	name_column =
	is_objectclass_supported(classid) ? get_object_attnum_name(classid) : InvalidAttrNumber;
	Oid			schema = members_schema_of(classid, oid);
	int			cache;
	HeapTuple	tuple;
	bool		isnull;
	bool		result;

	if (!OidIsValid(schema) || name_column == InvalidAttrNumber)
		return false;
	cache = get_object_catcache_oid(classid);
	tuple = SearchSysCache1(cache, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		return false;
	result = is_named(ignored, schema,
					  NameStr(*DatumGetName(SysCacheGetAttr(cache, tuple, name_column, &isnull))));
	ReleaseSysCache(tuple);
	return result;
}

static bool
judge(Ignored *ignored, Oid classid, Oid objid)
{
	const char *schema;

	if (extension_rules_owner(ignored->rules, classid == InheritsRelationId ? RelationRelationId
							  : classid, objid) != NULL)
		return true;
	switch (classid)
	{
		case NamespaceRelationId:
			schema = get_namespace_name(objid);
			return schema != NULL && patterns_match_schema(ignored->patterns, schema);
		case RelationRelationId:
		case InheritsRelationId:	/* a link is of the child */
			return relation_is_ignored(ignored, objid);
		case TypeRelationId:
			return type_is_ignored(ignored, objid);
		case ConstraintRelationId:
		case TriggerRelationId:
		case PolicyRelationId:
		case AttrDefaultRelationId:
		case RewriteRelationId:
			/* parts are ignored with their table, whatever their names are */
			return false;
		case PublicationRelRelationId:
			return holder_is_ignored(ignored, PUBLICATIONREL, objid,
									 Anum_pg_publication_rel_prrelid, RelationRelationId);
#if COMPAT_PUBLISHED_SCHEMAS
		case PublicationNamespaceRelationId:
			return holder_is_ignored(ignored, PUBLICATIONNAMESPACE, objid,
									 Anum_pg_publication_namespace_pnnspid, NamespaceRelationId);
#endif
		case StatisticExtRelationId:
			return named_is_ignored(ignored, classid, objid) ||
				holder_is_ignored(ignored, STATEXTOID, objid, Anum_pg_statistic_ext_stxrelid,
								  RelationRelationId);
		default:
			return named_is_ignored(ignored, classid, objid);
	}
}

const char *
ignored_extension(const Ignored *ignored, const SchemaObject *object)
{
	const char *extension;

	if (ignored == NULL)
		return NULL;
	extension = extension_rules_owner(ignored->rules, object->classid, object->objid);
	if (extension != NULL || ignored->managed->of_extensions || object->schema == NULL ||
		object->name == NULL || kind_is(object, KIND_TRIGGER))
		return extension;
	return extension_rules_owner_of_name(ignored->managed, object->schema, object->name);
}

bool
ignored_is_own(const Ignored *ignored, const ObjectAddress *address)
{
	return extension_rules_owner(ignored->rules, address->classId, address->objectId) != NULL;
}

const char *
ignored_perhaps_made(const Ignored *ignored, Oid trigger, bool *only_triggers)
{
	return extension_rules_perhaps_made(ignored != NULL ? ignored->rules : NULL, trigger,
										only_triggers);
}

List *
ignored_run_tables(const Ignored *ignored)
{
	return ignored != NULL ? extension_rules_run(ignored->rules) : NIL;
}

List *
ignored_unread(const Ignored *ignored)
{
	return ignored != NULL ? extension_rules_unread(ignored->rules) : NIL;
}

bool
ignored_has(Ignored *ignored, Oid classid, Oid objid)
{
	ObjectAddress address = {classid, objid, 0};
	Known	   *known;
	bool		found;
	bool		result;

	if (ignored == NULL)
		return false;
	check_stack_depth();
	known = hash_search(ignored->known, &address, HASH_FIND, NULL);
	if (known != NULL)
		return known->is_ignored;
	result = judge(ignored, classid, objid);
	known = hash_search(ignored->known, &address, HASH_ENTER, &found);
	return known->is_ignored = result;
}

/* -------------------------------------------------------------------- books */

/* Are there books of this tool? */
static bool
has_books_of(const SchemaSnapshot *snapshot, const Books *of)
{
	if (of->schema != NULL)
		return snapshot_has_schema(snapshot, of->schema);
	for (int i = 0; i < snapshot->nobjects; i++)
		if (kind_is(snapshot->objects[i], KIND_TABLE) &&
			strcmp(snapshot->objects[i]->name, of->table) == 0)
			return true;
	return false;
}

bool
ignored_has_books(const SchemaSnapshot *snapshot)
{
	for (int i = 0; i < lengthof(books); i++)
		if (has_books_of(snapshot, &books[i]))
			return true;
	return false;
}

Managed *
ignored_without_books(const Managed *managed, const SchemaSnapshot *other)
{
	Managed    *result = palloc(sizeof(Managed));

	*result = *managed;
	result->ignore = list_copy(managed->ignore);
	for (int i = 0; i < lengthof(books); i++)
	{
		List	   *pattern;

		if ((other == NULL || !has_books_of(other, &books[i])) &&
			patterns_parse(books[i].pattern, &pattern))
			result->ignore = list_concat(result->ignore, pattern);
	}
	return result;
}
