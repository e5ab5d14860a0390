/*
 * pending.c
 *		What the statements of a plan leave to those behind them.
 *
 * A statement that has not been run yet finds other tables, columns and rows than there are now.
 */
#include "postgres.h"

#include "compat.h"
#include "review/review.h"
#include "script/script.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/lsyscache.h"

/* Where a temporary table is. */
#define TEMPORARY "pg_temp"

/*
 * Is there such a relation in the schema?  With "" in one that nobody knows, since the path has
 * none that is there.
 */
static bool
is_made(const Pending *pending, const char *schema, const char *relation)
{
	ListCell   *lc;

	foreach(lc, pending->made)
	{
		const RangeVar *made = lfirst_node(RangeVar, lc);

		if (strcmp(made->schemaname, schema) == 0 && strcmp(made->relname, relation) == 0)
			return true;
	}
	return false;
}

const char *
pending_made_schema(const Pending *pending, const RangeVar *name)
{
	List	   *path;
	ListCell   *lc;

	if (pending->made == NIL)
		return NULL;
	if (name->schemaname != NULL)
		return is_made(pending, name->schemaname, name->relname) ? name->schemaname : NULL;
	if (is_made(pending, TEMPORARY, name->relname))
		return TEMPORARY;
	if (is_made(pending, "", name->relname))
		return "";
	path = fetch_search_path(false);
	foreach(lc, path)
	{
		const char *schema = get_namespace_name(lfirst_oid(lc));

		if (schema != NULL && is_made(pending, schema, name->relname))
			return schema;
		if (OidIsValid(get_relname_relid(name->relname, lfirst_oid(lc))))
			return NULL;
	}
	return NULL;
}

bool
pending_has_made(const Pending *pending, const RangeVar *name)
{
	return pending_made_schema(pending, name) != NULL;
}

const char *
pending_creation_schema(const RangeVar *name)
{
	List	   *path;
	char	   *schema;

	if (name->relpersistence == RELPERSISTENCE_TEMP)
		return TEMPORARY;
	if (name->schemaname != NULL)
		return name->schemaname;
	path = fetch_search_path(false);
	schema = path != NIL ? get_namespace_name(linitial_oid(path)) : NULL;
	return schema != NULL ? schema : "";
}

static void
note_made(Pending *pending, const RangeVar *name)
{
	pending->made = lappend(pending->made, makeRangeVar(pstrdup(pending_creation_schema(name)),
														pstrdup(name->relname), -1));
}

/* Of a schema that the caller may not look into he learns nothing. */
static bool
may_look(const RangeVar *name)
{
	Oid			schema =
	name->schemaname != NULL ? get_namespace_oid(name->schemaname, true) : InvalidOid;

	return name->schemaname == NULL ||
		(OidIsValid(schema) && object_aclcheck(NamespaceRelationId, schema, GetUserId(),
											   ACL_USAGE) == ACLCHECK_OK);
}

Oid
pending_live(const Pending *pending, const RangeVar *name)
{
	if (pending_has_made(pending, name) || !may_look(name))
		return InvalidOid;
	return RangeVarGetRelid(name, NoLock, true);
}

static void
note_reshaped(Pending *pending, const RangeVar *name)
{
	Oid			relid = name != NULL ? pending_live(pending, name) : InvalidOid;

	if (OidIsValid(relid))
		pending->reshaped = lappend_oid(pending->reshaped, relid);
}

static void
note_alter(Pending *pending, const AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, lc);

		switch (command->subtype)
		{
			case AT_AddConstraint:
				if (castNode(Constraint, command->def)->skip_validation &&
					castNode(Constraint, command->def)->conname != NULL)
					pending->unvalidated = lappend(pending->unvalidated, copyObject(command));
				break;
			case AT_DropColumn:
			case AT_AlterColumnType:
			case AT_AttachPartition:
			case AT_DetachPartition:
			case AT_AddInherit:
			case AT_DropInherit:
				note_reshaped(pending, stmt->relation);
				break;
			default:
				break;
		}
	}
}

static void
note_writer(Pending *pending, const char *where)
{
	if (pending->writer == NULL)
		pending->writer = where;
}

void
pending_note(Pending *pending, Node *node, const char *where)
{
	switch (nodeTag(node))
	{
		case T_CreateStmt:
			note_made(pending, castNode(CreateStmt, node)->relation);
			break;
		case T_CreateTableAsStmt:
			note_made(pending, castNode(CreateTableAsStmt, node)->into->rel);
			break;
		case T_ViewStmt:
			note_made(pending, castNode(ViewStmt, node)->view);
			break;
		case T_CreateEnumStmt:
			pending->enums = lappend(pending->enums, copyObject(node));
			break;
		case T_AlterTableStmt:
			note_alter(pending, castNode(AlterTableStmt, node));
			break;
		case T_RenameStmt:
			note_reshaped(pending, castNode(RenameStmt, node)->relation);
			break;
		case T_AlterObjectSchemaStmt:
			note_reshaped(pending, castNode(AlterObjectSchemaStmt, node)->relation);
			break;
		case T_SelectStmt:
			if (!script_is_set_config(node))
				note_writer(pending, where);
			break;
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_CopyStmt:
		case T_TruncateStmt:
		case T_DoStmt:
		case T_CallStmt:
		case T_ExecuteStmt:
			note_writer(pending, where);
			break;
		default:
			if (compat_merged_into(node) != NULL)
				note_writer(pending, where);
			break;
	}
}
