/*
 * shadow_schemas.c
 *		Statements of a text about schemas and extensions, which are there already, or
 *		empty ones in their place.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_text.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "commands/comment.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static Oid
extension_owner(Oid extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, Anum_pg_extension_oid, extension);
	Oid			owner =
	HeapTupleIsValid(tuple) ? ((Form_pg_extension) GETSTRUCT(tuple))->extowner : InvalidOid;

	table_close(rel, AccessShareLock);
	return owner;
}

Oid
text_live_extension(const Shadow *shadow, const char *name)
{
	Oid			oid = get_extension_oid(name, true);

	return list_member_oid(shadow->live_extensions, oid) ? oid : InvalidOid;
}

static void
mention(ShadowText *text, Oid extension)
{
	MemoryContext old = MemoryContextSwitchTo(text->shadow->context);

	text->shadow->mentioned = list_append_unique_oid(text->shadow->mentioned, extension);
	MemoryContextSwitchTo(old);
}

/* Has DROP SCHEMA sent it away, and does it come back into the schema of the same name? */
static bool
comes_back(const Shadow *shadow, Oid from, Oid to)
{
	ShadowSchema *schema = shadow_find_live(shadow, from);

	return schema != NULL && strcmp(schema->name, get_namespace_name(to)) == 0;
}

void
text_move_extension(ShadowText *text, Oid extension, Oid to)
{
	Oid			from = members_extension_schema(extension);

	if (from == to)
		return;
	if (!comes_back(text->shadow, from, to) &&
		!has_privs_of_role(GetUserId(), extension_owner(extension)))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_EXTENSION, get_extension_name(extension));
	members_move(text->shadow, extension, from, to);
}

/* Where CREATE EXTENSION would put it. */
static Oid
creation_schema(void)
{
	List	   *path = fetch_search_path(false);

	if (path == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("no schema has been selected to create in")));
	return linitial_oid(path);
}

/*
 * As a database has it that it is created in: with the comment of its control
 * file, and, with place and unless that names a schema, where things are created.
 */
static void
make_as_new(ShadowText *text, Oid extension, bool place)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(extension)};
	char	   *comment = NULL;
	bool		has_schema = true;
	const Shadow *hiding = hidden_catalogs_switch(NULL);

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT v.schema IS NOT NULL, v.comment"
							  " FROM pg_catalog.pg_extension e"
							  " JOIN pg_catalog.pg_available_extension_versions v"
							  " ON v.name OPERATOR(pg_catalog.=) e.extname"
							  " AND v.version OPERATOR(pg_catalog.=) e.extversion"
							  " WHERE e.oid OPERATOR(pg_catalog.=) $1", 1, types, values, NULL,
							  true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		bool		isnull;

		has_schema =
			DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		comment = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
		CreateComments(extension, ExtensionRelationId, 0, comment);
		CommandCounterIncrement();
	}
	SPI_finish();
	hidden_catalogs_switch(hiding);
	if (place && !has_schema && has_privs_of_role(GetUserId(), extension_owner(extension)))
		text_move_extension(text, extension, creation_schema());
}

bool
text_create_extension(ShadowText *text, CreateExtensionStmt *stmt)
{
	Oid			extension = text_live_extension(text->shadow, stmt->extname);
	const char *schema = NULL;
	ListCell   *lc;

	if (!OidIsValid(extension))
		return true;
	/* a second time: the server knows what to say */
	if (list_member_oid(text->shadow->mentioned, extension))
		return true;
	mention(text, extension);
	foreach(lc, stmt->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "schema") == 0)
			schema = defGetString(option);
	}
	if (text->shadow->managed->whole)
		make_as_new(text, extension, schema == NULL);
	if (schema != NULL)
		text_move_extension(text, extension, get_namespace_oid(schema, false));
	else if (members_are_away(extension))
		text_move_extension(text, extension, creation_schema());
	return false;
}

/* Those that were there before stay, and are no longer mentioned. */
bool
text_drop_extension(ShadowText *text, DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		Oid			extension = text_live_extension(text->shadow, strVal(lfirst(lc)));

		if (!OidIsValid(extension))
			continue;
		text->shadow->mentioned = list_delete_oid(text->shadow->mentioned, extension);
		stmt->objects = foreach_delete_current(stmt->objects, lc);
	}
	return stmt->objects != NIL;
}

/*
 * Could the caller give something to the role, or act as it?  One that is not there says so itself.
 */
bool
text_can_act_as(const RoleSpec *role)
{
	Oid			oid = role != NULL ? get_rolespec_oid(role, true) : InvalidOid;

	return !OidIsValid(oid) || member_can_set_role(GetUserId(), oid);
}

static ShadowSchema *
find_by_name(const Shadow *shadow, const char *name)
{
	Oid			oid = get_namespace_oid(name, true);

	return OidIsValid(oid) ? shadow_find_schema(shadow, oid) : NULL;
}

/* Until the statement has run. */
static void
drop_empty(ShadowText *text, ShadowSchema *schema)
{
	ObjectAddress address;

	if (OidIsValid(schema->live))
		members_move(text->shadow, InvalidOid, schema->oid, schema->live);
	ObjectAddressSet(address, NamespaceRelationId, schema->oid);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	text->claiming = schema;
}

/*
 * CREATE SCHEMA of one that is there, since it was before: the empty one goes,
 * and the statement makes its own, with the owner and the grants that it has in
 * a new database.  Members of extensions are away meanwhile.
 */
bool
text_create_schema(ShadowText *text, CreateSchemaStmt *stmt)
{
	char	   *name = stmt->schemaname ? stmt->schemaname : get_rolespec_name(stmt->authrole);
	ShadowSchema *schema;

	if (!text_can_act_as(stmt->authrole))
	{
		stmt->schemaname = name;
		stmt->authrole = NULL;
	}
	/* pg_dump writes it */
	if (strcmp(name, "migrate") == 0 && OidIsValid(get_namespace_oid(name, true)))
		return false;
	schema = find_by_name(text->shadow, name);
	if (schema == NULL || schema->claimed || members_schema_in_use(text->shadow, schema->oid))
		return true;

	/*
	 * a new database has it; pg_dump of one schema writes it nevertheless,
	 * and only what differs from a new one
	 */
	if (strcmp(name, "public") == 0 && stmt->authrole == NULL && stmt->schemaElts == NIL)
	{
		if (stmt->if_not_exists)
			return true;
		hide_reset_public(schema);
		schema->claimed = true;
		return false;
	}
	/* who could not drop it does not get it: see the top of shadow.c */
	if (!has_privs_of_role(GetUserId(), schema->owner))
	{
		schema->claimed = true;
		return stmt->schemaElts != NIL;
	}
	drop_empty(text, schema);
	return true;
}

/* The same for ALTER SCHEMA ... RENAME TO the name of one. */
void
text_rename_schema(ShadowText *text, const RenameStmt *stmt)
{
	ShadowSchema *schema = find_by_name(text->shadow, stmt->newname);

	if (schema != NULL && !schema->claimed && !members_schema_in_use(text->shadow, schema->oid) &&
		has_privs_of_role(GetUserId(), schema->owner))
		drop_empty(text, schema);
}

void
text_claimed(ShadowText *text)
{
	ShadowSchema *schema = text->claiming;

	if (schema == NULL)
		return;
	text->claiming = NULL;
	schema->replaced = schema->oid;
	schema->oid = get_namespace_oid(schema->name, false);
	schema->claimed = true;
	if (OidIsValid(schema->live))
		members_move(text->shadow, InvalidOid, schema->live, schema->oid);
}

/*
 * DROP SCHEMA would drop the extensions in it, and with them the columns of
 * tables that are away: the extensions go away themselves.
 */
bool
text_drop_schema(ShadowText *text, DropStmt *stmt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, stmt->objects)
	{
		char	   *name = strVal(lfirst(lc));
		Oid			oid = get_namespace_oid(name, true);
		ShadowSchema *schema = OidIsValid(oid) ? shadow_find_schema(text->shadow, oid) : NULL;
		List	   *extensions = OidIsValid(oid) ? members_extensions_in(text->shadow, oid) : NIL;

		if (extensions == NIL)
			continue;
		foreach(lc2, extensions)
		{
			const char *extension = get_extension_name(lfirst_oid(lc2));

			/* one that the text has dropped is only still there for us */
			if (stmt->behavior != DROP_CASCADE && shadow_has_extension(text->shadow, extension))
				ereport(ERROR,
						(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						 errmsg("cannot drop schema %s because other objects depend on it", name),
						 errdetail("extension %s depends on schema %s", extension, name),
						 errhint("Use DROP ... CASCADE to drop the dependent objects too.")));
		}
		if (!object_ownercheck(NamespaceRelationId, oid, GetUserId()))
			return true;
		if (schema == NULL || !OidIsValid(schema->live))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot drop schema %s with the extension %s in it", name,
							get_extension_name(linitial_oid(extensions))),
					 errhint("Leave the extension where it was before.")));
		members_move(text->shadow, InvalidOid, oid, schema->live);
		foreach(lc2, extensions)
		{
			text->shadow->mentioned = list_delete_oid(text->shadow->mentioned, lfirst_oid(lc2));
		}
	}
	return true;
}
