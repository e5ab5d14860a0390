/*
 * live.c
 *		A text leaves tables alone that are not its own, before it has locked them.
 *
 * What a text has changed elsewhere is found when it has run (unmanaged.c).  By then it
 * would have waited for locks of tables that others use, and have held them.  So a
 * statement that names such a table in order to change it is refused before it
 * runs; rows that a revision puts there are left out, since rows are not compared.
 * Tables of extensions are theirs to write: their functions do.
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "schema/shadow_private.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

/* A relation that others use, neither made by the text nor a member of an extension. */
static bool
is_others(const Shadow *shadow, Oid relid)
{
	return stand_in_is_live(shadow, relid) && !OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

static Oid
find_relation(RangeVar *relation)
{
	return relation != NULL ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid;
}

/* The table whose rows a statement writes. */
static Oid
written_table(Node *node)
{
	switch (nodeTag(node))
	{
		case T_InsertStmt:
			return find_relation(castNode(InsertStmt, node)->relation);
		case T_UpdateStmt:
			return find_relation(castNode(UpdateStmt, node)->relation);
		case T_DeleteStmt:
			return find_relation(castNode(DeleteStmt, node)->relation);
		case T_CopyStmt:
			return castNode(CopyStmt, node)->is_from ? find_relation(castNode(CopyStmt, node)->relation) : InvalidOid;
		default:
			return InvalidOid;
	}
}

bool
live_writes_rows(const Shadow *shadow, Node *node)
{
	Oid			relid = written_table(node);

	return OidIsValid(relid) && is_others(shadow, relid);
}

void
live_refuse_rows(const Shadow *shadow, Node *node)
{
	if (live_writes_rows(shadow, node))
		unmanaged_refuse(RelationRelationId, written_table(node));
}

void
live_refuse_query(const Shadow *shadow, const Query *query)
{
	if (query->resultRelation > 0 && query->commandType != CMD_SELECT)
	{
		const RangeTblEntry *target = rt_fetch(query->resultRelation, query->rtable);

		if (target->rtekind == RTE_RELATION && is_others(shadow, target->relid))
			unmanaged_refuse(RelationRelationId, target->relid);
	}
}

/* What it names in order to lock it in more than ACCESS SHARE mode: Oid. */
static List *
locked_relations(Node *node)
{
	List	   *relids = NIL;
	ListCell   *lc;

	switch (nodeTag(node))
	{
		case T_LockStmt:
			if (castNode(LockStmt, node)->mode > AccessShareLock)
				foreach(lc, castNode(LockStmt, node)->relations)
					relids = lappend_oid(relids, find_relation(lfirst_node(RangeVar, lc)));
			break;
		case T_AlterSeqStmt:
			relids = lappend_oid(relids, find_relation(castNode(AlterSeqStmt, node)->sequence));
			break;
		default:
			(void) observe_named(node, &relids);
			break;
	}
	return relids;
}

void
live_refuse(const Shadow *shadow, Node *node)
{
	List	   *relids = locked_relations(node);
	ListCell   *lc;

	foreach(lc, relids)
		if (OidIsValid(lfirst_oid(lc)) && is_others(shadow, lfirst_oid(lc)))
		unmanaged_refuse(RelationRelationId, lfirst_oid(lc));
}
