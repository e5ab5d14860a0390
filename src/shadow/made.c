/*
 * made.c
 *		What the texts of a history make outside of the managed schemas.
 *
 * The raw parse trees say so; and, for what DO blocks and functions make, the statements
 * that the server runs.
 */
#include "postgres.h"

#include "shadow/made.h"

#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_transform.h"
#include "nodes/parsenodes.h"
#include "utils/lsyscache.h"

static void
add(Made *made, Oid catalog, const char *name)
{
	MadeObject *object;
	MemoryContext old;

	if (made_has(made, catalog, name))
		return;
	old = MemoryContextSwitchTo(made->context);
	object = palloc(sizeof(MadeObject));
	object->catalog = catalog;
	object->name = name ? pstrdup(name) : NULL;
	made->objects = lappend(made->objects, object);
	MemoryContextSwitchTo(old);
}

static void
add_schema(Made *made, const CreateSchemaStmt *stmt)
{
	if (stmt->schemaname != NULL)
		add(made, NamespaceRelationId, stmt->schemaname);
	else if (stmt->authrole->roletype == ROLESPEC_CSTRING)
		add(made, NamespaceRelationId, stmt->authrole->rolename);
}

static void
add_default_privileges(Made *made, const AlterDefaultPrivilegesStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->options)
	{
		if (strcmp(lfirst_node(DefElem, lc)->defname, "schemas") == 0)
			return;
	}
	add(made, DefaultAclRelationId, NULL);
}

static Oid
catalog_of(ObjectType type)
{
	switch (type)
	{
		case OBJECT_SCHEMA:
			return NamespaceRelationId;
		case OBJECT_PUBLICATION:
			return PublicationRelationId;
		case OBJECT_SUBSCRIPTION:
			return SubscriptionRelationId;
		case OBJECT_FDW:
			return ForeignDataWrapperRelationId;
		case OBJECT_FOREIGN_SERVER:
			return ForeignServerRelationId;
		case OBJECT_EVENT_TRIGGER:
			return EventTriggerRelationId;
		case OBJECT_LANGUAGE:
			return LanguageRelationId;
		default:
			return InvalidOid;
	}
}

static void
add_renamed(Made *made, const RenameStmt *stmt)
{
	Oid			catalog = catalog_of(stmt->renameType);

	if (OidIsValid(catalog))
		add(made, catalog, stmt->newname);
}

static void
add_statement(Made *made, Node *node)
{
	switch (nodeTag(node))
	{
		case T_CreateSchemaStmt:
			add_schema(made, castNode(CreateSchemaStmt, node));
			break;
		case T_CreatePublicationStmt:
			add(made, PublicationRelationId, castNode(CreatePublicationStmt, node)->pubname);
			break;
		case T_CreateSubscriptionStmt:
			add(made, SubscriptionRelationId, castNode(CreateSubscriptionStmt, node)->subname);
			break;
		case T_CreateFdwStmt:
			add(made, ForeignDataWrapperRelationId, castNode(CreateFdwStmt, node)->fdwname);
			break;
		case T_CreateForeignServerStmt:
			add(made, ForeignServerRelationId, castNode(CreateForeignServerStmt, node)->servername);
			break;
		case T_CreateEventTrigStmt:
			add(made, EventTriggerRelationId, castNode(CreateEventTrigStmt, node)->trigname);
			break;
		case T_CreatePLangStmt:
			add(made, LanguageRelationId, castNode(CreatePLangStmt, node)->plname);
			break;
		case T_CreateAmStmt:
			add(made, AccessMethodRelationId, castNode(CreateAmStmt, node)->amname);
			break;
		case T_CreateCastStmt:
			add(made, CastRelationId, NULL);
			break;
		case T_CreateTransformStmt:
			add(made, TransformRelationId, NULL);
			break;
		case T_AlterDefaultPrivilegesStmt:
			add_default_privileges(made, castNode(AlterDefaultPrivilegesStmt, node));
			break;
		case T_RenameStmt:
			add_renamed(made, castNode(RenameStmt, node));
			break;
		default:
			break;
	}
}

void
made_add(Made *made, const char *sql, const ScriptOrigin *origin)
{
	Script	   *script = script_parse(sql, true, origin);

	for (int i = 0; i < script->nstatements; i++)
		add_statement(made, script->statements[i].raw->stmt);
}

void
made_note(Made *made, Node *stmt)
{
	add_statement(made, stmt);
}

/* Where a name without a schema is made now. */
static void
guess_creation_schema(Made *made)
{
	List	   *path = fetch_search_path(false);
	const char *schema = path != NIL ? get_namespace_name(linitial_oid(path)) : NULL;

	if (schema != NULL)
		add(made, NamespaceRelationId, schema);
	list_free(path);
}

static void
guess_relation(Made *made, const RangeVar *relation)
{
	if (relation->relpersistence == RELPERSISTENCE_TEMP)
		return;
	if (relation->schemaname != NULL)
		add(made, NamespaceRelationId, relation->schemaname);
	else
		guess_creation_schema(made);
}

static void
guess_name(Made *made, List *name)
{
	if (list_length(name) == 2)
		add(made, NamespaceRelationId, strVal(linitial(name)));
	else if (list_length(name) == 1)
		guess_creation_schema(made);
}

/* GRANT on things of a catalog of its own. */
static void
guess_granted(Made *made, const GrantStmt *stmt)
{
	ListCell   *lc;

	if (stmt->targtype != ACL_TARGET_OBJECT || !OidIsValid(catalog_of(stmt->objtype)))
		return;
	foreach(lc, stmt->objects)
	{
		add(made, catalog_of(stmt->objtype), strVal(lfirst(lc)));
	}
}

static void
guess_owned(Made *made, const AlterOwnerStmt *stmt)
{
	if (OidIsValid(catalog_of(stmt->objectType)))
		add(made, catalog_of(stmt->objectType), strVal(stmt->object));
}

void
made_guess(Made *made, Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_CreateStmt:
			guess_relation(made, castNode(CreateStmt, stmt)->relation);
			break;
		case T_CreateForeignTableStmt:
			guess_relation(made, ((CreateForeignTableStmt *) stmt)->base.relation);
			break;
		case T_CreateTableAsStmt:
			guess_relation(made, castNode(CreateTableAsStmt, stmt)->into->rel);
			break;
		case T_ViewStmt:
			guess_relation(made, castNode(ViewStmt, stmt)->view);
			break;
		case T_CreateSeqStmt:
			guess_relation(made, castNode(CreateSeqStmt, stmt)->sequence);
			break;
		case T_CompositeTypeStmt:
			guess_relation(made, castNode(CompositeTypeStmt, stmt)->typevar);
			break;
		case T_CreateEnumStmt:
			guess_name(made, castNode(CreateEnumStmt, stmt)->typeName);
			break;
		case T_CreateDomainStmt:
			guess_name(made, castNode(CreateDomainStmt, stmt)->domainname);
			break;
		case T_CreateRangeStmt:
			guess_name(made, castNode(CreateRangeStmt, stmt)->typeName);
			break;
		case T_DefineStmt:
			guess_name(made, castNode(DefineStmt, stmt)->defnames);
			break;
		case T_CreateFunctionStmt:
			guess_name(made, castNode(CreateFunctionStmt, stmt)->funcname);
			break;
		case T_AlterPublicationStmt:
			add(made, PublicationRelationId, castNode(AlterPublicationStmt, stmt)->pubname);
			break;
		case T_AlterForeignServerStmt:
			add(made, ForeignServerRelationId, castNode(AlterForeignServerStmt, stmt)->servername);
			break;
		case T_CreateUserMappingStmt:
			add(made, ForeignServerRelationId, castNode(CreateUserMappingStmt, stmt)->servername);
			break;
		case T_AlterFdwStmt:
			add(made, ForeignDataWrapperRelationId, castNode(AlterFdwStmt, stmt)->fdwname);
			break;
		case T_AlterEventTrigStmt:
			add(made, EventTriggerRelationId, castNode(AlterEventTrigStmt, stmt)->trigname);
			break;
		case T_GrantStmt:
			guess_granted(made, castNode(GrantStmt, stmt));
			break;
		case T_AlterOwnerStmt:
			guess_owned(made, castNode(AlterOwnerStmt, stmt));
			break;
		default:
			break;
	}
}

bool
made_has(const Made *made, Oid catalog, const char *name)
{
	ListCell   *lc;

	if (made == NULL)
		return false;
	foreach(lc, made->objects)
	{
		const MadeObject *object = lfirst(lc);

		if (object->catalog == catalog &&
			(name == NULL ? object->name == NULL : object->name != NULL &&
			 strcmp(object->name, name) == 0))
			return true;
	}
	return false;
}

bool
made_any(const Made *made, Oid catalog)
{
	ListCell   *lc;

	if (made == NULL)
		return false;
	foreach(lc, made->objects)
	{
		if (((MadeObject *) lfirst(lc))->catalog == catalog)
			return true;
	}
	return false;
}

/* Is it a schema that there may be an empty one of in a shadow? */
bool
made_can_be_managed(const char *schema)
{
	Oid			oid = get_namespace_oid(schema, true);

	return !schema_is_reserved(schema) &&
		!(OidIsValid(oid) && OidIsValid(getExtensionOfObject(NamespaceRelationId, oid)));
}

static bool
is_managed(const Managed *managed, const char *schema)
{
	for (int i = 0; i < managed->nschemas; i++)
		if (strcmp(managed->schemas[i], schema) == 0)
			return true;
	return false;
}

bool
made_merge(Made *made, const Made *other, const Managed *managed)
{
	int			before = list_length(made->objects);
	ListCell   *lc;

	foreach(lc, other->objects)
	{
		const MadeObject *object = lfirst(lc);

		if (object->catalog != NamespaceRelationId ||
			(!is_managed(managed, object->name) && made_can_be_managed(object->name)))
			add(made, object->catalog, object->name);
	}
	return list_length(made->objects) > before;
}

const Managed *
made_managed(const Managed *managed, const Made *made)
{
	Managed    *with_made;
	ListCell   *lc;

	if (managed->whole || made->objects == NIL)
		return managed;
	with_made = palloc(sizeof(Managed));
	*with_made = *managed;
	with_made->made = made;
	with_made->schemas = palloc(sizeof(char *) * (managed->nschemas + list_length(made->objects)));
	memcpy(with_made->schemas, managed->schemas, sizeof(char *) * managed->nschemas);
	foreach(lc, made->objects)
	{
		const MadeObject *object = lfirst(lc);

		if (object->catalog == NamespaceRelationId && !is_managed(managed, object->name) &&
			made_can_be_managed(object->name))
			with_made->schemas[with_made->nschemas++] = unconstify(char *, object->name);
	}
	return with_made;
}
