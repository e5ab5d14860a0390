/*
 * touched.c
 *		Which relations does a statement lock, and how?  What does it do, in a few words?
 *
 * Told by the kind of statement alone, as the manual's page on explicit locking does.
 * migrate.dry_run() observes the locks, but it takes them, too; a report is made beside the
 * application.
 */
#include "postgres.h"

#include "report/facts.h"

#include "compat.h"

#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "storage/lock.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

typedef struct Touch
{
	const Pending *pending;
	List	   *locks;			/* TakenLock */
} Touch;

const char *
lock_mode_words(LOCKMODE mode)
{
	static const char *const words[] = {
		"", "ACCESS SHARE", "ROW SHARE", "ROW EXCLUSIVE", "SHARE UPDATE EXCLUSIVE", "SHARE",
		"SHARE ROW EXCLUSIVE",
		"EXCLUSIVE", "ACCESS EXCLUSIVE"
	};

	Assert(mode > NoLock && mode < (int) lengthof(words));
	return words[mode];
}

static void
add_relid(Touch *touch, Oid relid, LOCKMODE mode)
{
	TakenLock  *lock;
	const char *schema = OidIsValid(relid) ? get_namespace_name(get_rel_namespace(relid)) : NULL;

	if (schema == NULL)
		return;
	lock = palloc(sizeof(TakenLock));
	lock->table = quote_qualified_identifier(schema, get_rel_name(relid));
	lock->mode = mode;
	touch->locks = lappend(touch->locks, lock);
}

static void
add(Touch *touch, const RangeVar *name, LOCKMODE mode)
{
	if (name != NULL)
		add_relid(touch, pending_live(touch->pending, name), mode);
}

/* An index is locked with its table. */
static void
add_index(Touch *touch, const RangeVar *name, LOCKMODE mode)
{
	Oid			relid = name != NULL ? pending_live(touch->pending, name) : InvalidOid;

	if (OidIsValid(relid) && (get_rel_relkind(relid) == RELKIND_INDEX ||
							  get_rel_relkind(relid) == RELKIND_PARTITIONED_INDEX))
		relid = IndexGetRelation(relid, true);
	add_relid(touch, relid, mode);
}

static void
add_foreign_key(Touch *touch, Node *node)
{
	if (node != NULL && IsA(node, Constraint) &&
		castNode(Constraint, node)->contype == CONSTR_FOREIGN)
		add(touch, castNode(Constraint, node)->pktable, ShareRowExclusiveLock);
}

static void
add_foreign_keys(Touch *touch, List *nodes)
{
	ListCell   *lc;
	ListCell   *inner;

	foreach(lc, nodes)
	{
		Node	   *node = lfirst(lc);

		add_foreign_key(touch, node);
		if (node != NULL && IsA(node, ColumnDef))
		{
			foreach(inner, castNode(ColumnDef, node)->constraints)
			{
				add_foreign_key(touch, lfirst(inner));
			}
		}
	}
}

static void
add_alter(Touch *touch, const AlterTableStmt *stmt)
{
	LOCKMODE	mode = AlterTableGetLockLevel(stmt->cmds);
	ListCell   *lc;

	add(touch, stmt->relation, mode);
	foreach(lc, stmt->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, lc);

		if (command->subtype == AT_AddConstraint || command->subtype == AT_AddColumn)
			add_foreign_keys(touch, list_make1(command->def));
		else if (command->subtype == AT_AttachPartition || command->subtype == AT_DetachPartition)
			add(touch, castNode(PartitionCmd, command->def)->name, AccessExclusiveLock);
	}
}

static void
add_create(Touch *touch, const CreateStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->inhRelations)
	{
		add(touch, lfirst_node(RangeVar, lc),
			stmt->partbound != NULL ? AccessExclusiveLock : ShareUpdateExclusiveLock);
	}
	add_foreign_keys(touch, stmt->tableElts);
	add_foreign_keys(touch, stmt->constraints);
}

static void
add_drop(Touch *touch, const DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		List	   *names;

		if (!IsA(lfirst(lc), List))
			continue;
		names = lfirst_node(List, lc);
		switch (stmt->removeType)
		{
			case OBJECT_TABLE:
			case OBJECT_VIEW:
			case OBJECT_MATVIEW:
			case OBJECT_SEQUENCE:
			case OBJECT_FOREIGN_TABLE:
				add(touch, makeRangeVarFromNameList(names), AccessExclusiveLock);
				break;
			case OBJECT_INDEX:
				add_index(touch, makeRangeVarFromNameList(names),
						  stmt->concurrent ? ShareUpdateExclusiveLock : AccessExclusiveLock);
				break;
			case OBJECT_TRIGGER:
			case OBJECT_RULE:
			case OBJECT_POLICY:
				add(touch, makeRangeVarFromNameList(list_truncate(list_copy(names),
																  list_length(names) - 1)),
					AccessExclusiveLock);
				break;
			default:
				break;
		}
	}
}

static void
add_all(Touch *touch, const List *names, LOCKMODE mode)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		add(touch, lfirst_node(RangeVar, lc), mode);
	}
}

/* Statements that change rows. */
static bool
add_rows(Touch *touch, Node *node)
{
	switch (nodeTag(node))
	{
		case T_CopyStmt:
			if (castNode(CopyStmt, node)->is_from)
				add(touch, castNode(CopyStmt, node)->relation, RowExclusiveLock);
			return true;
		case T_TruncateStmt:
			add_all(touch, castNode(TruncateStmt, node)->relations, AccessExclusiveLock);
			return true;
		case T_LockStmt:
			add_all(touch, castNode(LockStmt, node)->relations, castNode(LockStmt, node)->mode);
			return true;
		default:
			add(touch, script_written_relation(node), RowExclusiveLock);
			return false;
	}
}

List *
touched_locks(Node *node, const Pending *pending)
{
	Touch		touch = {.pending = pending};

	if (add_rows(&touch, node))
		return touch.locks;
	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			add_alter(&touch, castNode(AlterTableStmt, node));
			break;
		case T_CreateStmt:
			add_create(&touch, castNode(CreateStmt, node));
			break;
		case T_IndexStmt:
			add(&touch, castNode(IndexStmt, node)->relation,
				castNode(IndexStmt, node)->concurrent ? ShareUpdateExclusiveLock : ShareLock);
			break;
		case T_DropStmt:
			add_drop(&touch, castNode(DropStmt, node));
			break;
		case T_RenameStmt:
			if (castNode(RenameStmt, node)->renameType == OBJECT_INDEX)
				add_index(&touch, castNode(RenameStmt, node)->relation, ShareUpdateExclusiveLock);
			else
				add(&touch, castNode(RenameStmt, node)->relation, AccessExclusiveLock);
			break;
		case T_AlterObjectSchemaStmt:
			add(&touch, castNode(AlterObjectSchemaStmt, node)->relation, AccessExclusiveLock);
			break;
		case T_CreateTrigStmt:
			add(&touch, castNode(CreateTrigStmt, node)->relation, ShareRowExclusiveLock);
			add(&touch, castNode(CreateTrigStmt, node)->constrrel, ShareRowExclusiveLock);
			break;
		case T_RuleStmt:
			add(&touch, castNode(RuleStmt, node)->relation, AccessExclusiveLock);
			break;
		case T_CreatePolicyStmt:
			add(&touch, castNode(CreatePolicyStmt, node)->table, AccessExclusiveLock);
			break;
		case T_AlterPolicyStmt:
			add(&touch, castNode(AlterPolicyStmt, node)->table, AccessExclusiveLock);
			break;
		case T_RefreshMatViewStmt:
			add(&touch, castNode(RefreshMatViewStmt, node)->relation,
				castNode(RefreshMatViewStmt, node)->concurrent ? ExclusiveLock
				: AccessExclusiveLock);
			break;
		case T_ClusterStmt:
			add(&touch, compat_clustered((ClusterStmt *) node), AccessExclusiveLock);
			break;
		case T_ViewStmt:
			/* one that is there is replaced */
			add(&touch, castNode(ViewStmt, node)->view, AccessExclusiveLock);
			break;
		default:
			break;
	}
	return touch.locks;
}

/* ---------------------------------------------------------------------- words */

static const char *
last_name(const List *names)
{
	return names != NIL && IsA(llast(names), String) ? strVal(llast(names)) : NULL;
}

/* What the first object that a DROP or COMMENT names is called. */
static const char *
object_name(Node *object)
{
	if (object == NULL)
		return NULL;
	switch (nodeTag(object))
	{
		case T_List:
			return last_name((List *) object);
		case T_ObjectWithArgs:
			return last_name(castNode(ObjectWithArgs, object)->objname);
		case T_TypeName:
			return last_name(castNode(TypeName, object)->names);
		case T_String:
			return strVal(object);
		default:
			return NULL;
	}
}

/* The relation that a statement is about; NULL: none. */
static const RangeVar *
relation_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			return castNode(AlterTableStmt, node)->relation;
		case T_CreateStmt:
			return castNode(CreateStmt, node)->relation;
		case T_CreateTableAsStmt:
			return castNode(CreateTableAsStmt, node)->into->rel;
		case T_ViewStmt:
			return castNode(ViewStmt, node)->view;
		case T_CreateSeqStmt:
			return castNode(CreateSeqStmt, node)->sequence;
		case T_AlterSeqStmt:
			return castNode(AlterSeqStmt, node)->sequence;
		case T_RenameStmt:
			return castNode(RenameStmt, node)->relation;
		case T_RefreshMatViewStmt:
			return castNode(RefreshMatViewStmt, node)->relation;
		case T_AlterObjectSchemaStmt:
			return castNode(AlterObjectSchemaStmt, node)->relation;
		case T_TruncateStmt:
			return linitial_node(RangeVar, castNode(TruncateStmt, node)->relations);
		case T_LockStmt:
			return linitial_node(RangeVar, castNode(LockStmt, node)->relations);
		default:
			return script_written_relation(node);
	}
}

/* What else a statement is about. */
static const char *
subject_of(Node *node)
{
	switch (nodeTag(node))
	{
		case T_DropStmt:
			return object_name(linitial(castNode(DropStmt, node)->objects));
		case T_CommentStmt:
			return object_name(castNode(CommentStmt, node)->object);
		case T_CreateFunctionStmt:
			return last_name(castNode(CreateFunctionStmt, node)->funcname);
		case T_CreateEnumStmt:
			return last_name(castNode(CreateEnumStmt, node)->typeName);
		case T_AlterEnumStmt:
			return last_name(castNode(AlterEnumStmt, node)->typeName);
		case T_CreateDomainStmt:
			return last_name(castNode(CreateDomainStmt, node)->domainname);
		case T_CreateSchemaStmt:
			return castNode(CreateSchemaStmt, node)->schemaname;
		case T_CreateExtensionStmt:
			return castNode(CreateExtensionStmt, node)->extname;
		default:
			return NULL;
	}
}

/* A statement about a table that makes something else. */
static const RangeVar *
on_relation(Node *node)
{
	switch (nodeTag(node))
	{
		case T_IndexStmt:
			return castNode(IndexStmt, node)->relation;
		case T_CreateTrigStmt:
			return castNode(CreateTrigStmt, node)->relation;
		case T_CreatePolicyStmt:
			return castNode(CreatePolicyStmt, node)->table;
		case T_RuleStmt:
			return castNode(RuleStmt, node)->relation;
		default:
			return NULL;
	}
}

char *
touched_words(Node *node)
{
	const char *command = CreateCommandName(node);
	const RangeVar *relation = relation_of(node);
	const RangeVar *on = on_relation(node);
	const char *subject = relation != NULL ? relation->relname : subject_of(node);

	if (on != NULL)
		return psprintf("%s ON %s", command, quote_identifier(on->relname));
	if (subject != NULL)
		return psprintf("%s %s", command, quote_identifier(subject));
	return pstrdup(command);
}
