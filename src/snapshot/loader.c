/*
 * loader.c
 *		Turns rows of the catalogs into objects, one kind after the other, and keeps the addresses
 *		by which pg_depend knows them.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/kinds.h"
#include "snapshot/loader.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* The columns of every kind's query, see make_query(). */
enum
{
	COL_OID = 1, COL_SUBID, COL_PARENT, COL_PARENT_SUBID, COL_SCHEMA, COL_NAME, COL_IDENTITY,
	COL_OWNER, COL_ACL,
	COL_FIRST_PROP
};

/* ------------------------------------------------------------------- addresses */

HTAB *
loader_new_addresses(void)
{
	HASHCTL		ctl =
	{.keysize = sizeof(ObjectAddress),.entrysize = sizeof(AddressEntry),
	.hcxt = CurrentMemoryContext};

	return hash_create("migrate_ext addresses", 4096, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

/* A part of a table that is no object of ours stands for the table. */
AddressEntry *
loader_find(HTAB *addresses, Oid classid, Oid objid, int32 subid)
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
bool
loader_add(HTAB *addresses, Oid classid, Oid objid, int32 subid, SchemaObject *object, bool is_own)
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

void
loader_scan_depend(Loader *loader, DependVisitor visit)
{
	for (size_t i = 0; i < loader->ndepends; i++)
	{
		CHECK_FOR_INTERRUPTS();
		visit(loader, &loader->depends[i]);
	}
}

/* ------------------------------------------------------------------------ rows */

void
loader_query(const Loader *loader, const char *sql)
{
	if (loader->objects != (Datum) 0)
		query_objects(sql, loader->schemas, loader->snapshot->managed.whole, loader->objects);
	else
		query_catalogs(sql, loader->schemas, loader->snapshot->managed.whole);
}

#define NO_TEXT "NULL::text"

static const char *
given(const char *expression, const char *otherwise)
{
	return expression != NULL ? expression : otherwise;
}

/* Is it a row for servers that are too old for the row before it? */
static bool
is_older_way(const Kind *kind, const Property *row)
{
	return row > kind->props && strcmp(row->name, row[-1].name) == 0;
}

/* The column of the row: the first of a property's rows gets what this server has. */
static const char *
column_of(const Kind *kind, const Property *first)
{
	if (is_older_way(kind, first))
		return NO_TEXT;
	for (const Property *row = first;
		 row->name != NULL && strcmp(row->name, first->name) == 0; row++)
		if (row->since <= COMPAT_VERSION)
			return given(row->expression, NO_TEXT);
	return NO_TEXT;
}

/* The query for all objects of the kind, with a column for each row of its properties. */
static char *
make_query(const Kind *kind)
{
	const KindSource *source = &kind->source;
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "SELECT %s, %s, %s, %s, %s, %s, %s, %s, %s", source->oid,
					 given(source->subid, "0"), given(source->parent, "0::oid"),
					 given(source->parent_subid, "0"), given(source->schema, NO_TEXT),
					 given(source->name, NO_TEXT), source->identity,
					 given(source->owner, NO_TEXT), given(source->acl, NO_TEXT));
	for (const Property *row = kind->props; row->name != NULL; row++)
		appendStringInfo(&sql, ", %s", column_of(kind, row));
	appendStringInfo(&sql, " FROM %s", source->from);
	for (const SourceJoin *join = source->joins; join != NULL && join->join != NULL; join++)
		if (join->since <= COMPAT_VERSION)
			appendStringInfo(&sql, " %s", join->join);
	appendStringInfo(&sql, " WHERE %s", source->where);
	if (source->order_by != NULL)
		appendStringInfo(&sql, " ORDER BY %s", source->order_by);
	return sql.data;
}

/*
 * The kind's query for all objects, or for those asked for.  A text is made once, since plans are
 * kept by their texts, and belongs to the session.
 */
static const char *
query_of(const Loader *loader, const Kind *kind)
{
	static char *of_all[NKINDS];
	static char *of_some[NKINDS];
	ObjectKind	number = kind_number(kind);

	if (of_all[number] == NULL)
		of_all[number] = MemoryContextStrdup(TopMemoryContext, make_query(kind));
	if (loader->objects == (Datum) 0)
		return of_all[number];
	if (of_some[number] == NULL)
		of_some[number] = MemoryContextStrdup(TopMemoryContext,
											  psprintf("SELECT * FROM (%s) AS q (object_oid)"
													   " WHERE object_oid = ANY ($3)",
													   of_all[number]));
	return of_some[number];
}

/* A text of the current row, in the current context. */
char *
loader_text(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

int64
loader_int(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	if (isnull)
		return 0;
	return SPI_gettypeid(SPI_tuptable->tupdesc, column) == OIDOID ? DatumGetObjectId(value)
		: DatumGetInt32(value);
}

static void
check_columns(const Kind *kind, int nprops)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;

	if (desc->natts != COL_FIRST_PROP - 1 + nprops)
		elog(ERROR, "query for kind \"%s\" has %d columns instead of %d", kind->name, desc->natts,
			 COL_FIRST_PROP - 1 + nprops);
}

/* Could the caller change the owner of an object to this role? */
static bool
can_give(const char *owner)
{
	Oid			role = get_role_oid(owner, true);

	return OidIsValid(role) && member_can_set_role(GetUserId(), role);
}

/*
 * An object whose owner the caller could not set counts as the caller's; so do all if owners are
 * not compared.
 */
void
loader_adopt(SchemaSnapshot *snapshot, SchemaObject *object)
{
	const Managed *managed = &snapshot->managed;

	if (managed->no_privileges)
		object->acl = NULL;
	if (object->owner == NULL || strcmp(object->owner, snapshot->user) == 0 ||
		(!managed->no_owners && (managed->exact_owners || can_give(object->owner))))
		return;
	object->acl = acl_adopted(object->acl, object->kind->acl_type, object->owner, snapshot->user);
	/* schemas keep their owners in a shadow */
	if (!managed->no_owners && !kind_is(object, KIND_SCHEMA) &&
		!has_text(snapshot->adopted, object->owner))
		snapshot->adopted = lappend(snapshot->adopted, unconstify(char *, object->owner));
	object->owner = snapshot->user;
}

/* Default privileges are compared only if privileges are, and if the caller may change them. */
static bool
is_compared(const Managed *managed, const SchemaObject *object)
{
	return !kind_is(object, KIND_DEFAULT_ACL) ||
		(!managed->no_privileges && (managed->exact_owners || can_give(prop(object, "role"))));
}

/*
 * What no object is without.  It is NULL where the server's function finds an object
 * gone that the query has seen, and otherwise in a damaged catalog only.
 */
char *
loader_require(const SchemaObject *object, const char *what, char *value)
{
	if (value == NULL || strcmp(value, GONE) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATA_CORRUPTED),
				 errmsg("%s %s has no %s", object->kind->name,
						object->identity ? object->identity : "without a name", what),
				 errhint("Its catalog is damaged: drop the object, or restore a backup.")));
	return value;
}

static void
load_props(const Loader *loader, Loaded *loaded, HeapTuple row, int nprops)
{
	SchemaObject *object = loaded->object;
	const Property *rows = object->kind->props;

	object->props = palloc(sizeof(char *) * nprops);
	for (int p = 0; p < nprops; p++)
	{
		const char *name = rows[p].name;
		char	   *value = loader_text(row, COL_FIRST_PROP + p);

		if (value != NULL || (!rows[p].may_be_null && !is_older_way(object->kind, &rows[p])))
			value = loader_require(object, name, value);
		object->props[p] = value;
		if (name[0] != '_')
			continue;
		if (strcmp(name, "_aliases") == 0)
			loaded->aliases = value;
		else if (strcmp(name, "_needs") == 0)
			loaded->needs = value;
		else if (strcmp(name, PROP_WITHOUT_SECRETS) == 0)
		{
			if (!loader->snapshot->managed.secrets && texts_differ(object->props[p - 1], value))
				object->props[p - 1] = value;
			else
				object->props[p] = NULL;
		}
	}
}

void
loader_read_kind(Loader *loader, const Kind *kind)
{
	int			nprops = 0;
	MemoryContext old;

	while (kind->props[nprops].name != NULL)
		nprops++;
	loader_query(loader, query_of(loader, kind));
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
		object->objid = loader_int(row, COL_OID);
		object->subid = loader_int(row, COL_SUBID);
		loaded->parent = loader_int(row, COL_PARENT);
		loaded->parent_subid = loader_int(row, COL_PARENT_SUBID);
		object->schema = loader_text(row, COL_SCHEMA);
		object->name = loader_text(row, COL_NAME);
		object->identity = loader_require(object, "name", loader_text(row, COL_IDENTITY));
		object->owner = loader_text(row, COL_OWNER);
		object->acl = loader_text(row, COL_ACL);
		load_props(loader, loaded, row, nprops);
		if (kind->read != NULL)
			kind->read(object);
		if (!is_compared(&loader->snapshot->managed, object))
			continue;
		loader_adopt(loader->snapshot, object);
		loader->loaded = lappend(loader->loaded, loaded);
	}
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}
