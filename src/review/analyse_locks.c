/*
 * analyse_locks.c
 *		A statement that is only looked at does not lock what others use.
 *
 * The parser locks the table that a statement writes to in ROW EXCLUSIVE mode, and one that it
 * reads FOR UPDATE in ROW SHARE mode; the rewriter does so with what is behind views and rules.
 * Tables of the shadow nobody else has, but what is not managed is there as it always is.
 */
#include "postgres.h"

#include "compat.h"
#include "review/analyse.h"

#include "access/relation.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

typedef struct KeepOff
{
	const Shadow *shadow;
	bool		reads_live;
	List	   *targets;		/* RangeVar */
} KeepOff;

/* In a schema of the shadow; members of extensions are moved there as they are. */
static bool
is_live(const Shadow *shadow, Oid relation)
{
	char	   *schema = get_namespace_name(get_rel_namespace(relation));

	return schema == NULL || !shadow_has_schema(shadow, schema) ||
		OidIsValid(getExtensionOfObject(RelationRelationId, relation));
}

/* --------------------------------------------------- what is behind a relation */

typedef struct Behind
{
	const Shadow *shadow;
	Oid			live;			/* one that is live; or InvalidOid */
	int			depth;
} Behind;

static void look_behind(Behind *behind, Oid relation);

static bool
find_behind(Node *node, void *arg)
{
	Behind	   *behind = arg;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, find_behind, arg);
	foreach(lc, ((Query *) node)->rtable)
	{
		const RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);

		if (rte->rtekind != RTE_RELATION || OidIsValid(behind->live))
			continue;
		if (is_live(behind->shadow, rte->relid))
			behind->live = rte->relid;
		else
			look_behind(behind, rte->relid);
	}
	return query_tree_walker((Query *) node, find_behind, arg, 0);
}

/* The rules of a relation, of which the query of a view is one. */
static void
look_behind(Behind *behind, Oid relation)
{
	Relation	rel;

	check_stack_depth();
	/* a table whose rules lead in a circle */
	if (behind->depth > 20)
		return;
	rel = try_relation_open(relation, AccessShareLock);
	if (rel == NULL)
		return;
	behind->depth++;
	for (int i = 0; rel->rd_rules != NULL && i < rel->rd_rules->numLocks; i++)
	{
		const RewriteRule *rule = rel->rd_rules->rules[i];
		ListCell   *lc;

		foreach(lc, rule->actions)
		{
			const Query *action = lfirst_node(Query, lc);
			ListCell   *entry;

			/* OLD and NEW are the relation itself */
			foreach(entry, action->rtable)
			{
				const RangeTblEntry *rte = lfirst_node(RangeTblEntry, entry);

				if (rte->rtekind != RTE_RELATION || rte->relid == relation ||
					OidIsValid(behind->live))
					continue;
				if (is_live(behind->shadow, rte->relid))
					behind->live = rte->relid;
				else
					look_behind(behind, rte->relid);
			}
			(void) query_tree_walker(unconstify(Query *, action), find_behind, behind, 0);
		}
	}
	behind->depth--;
	relation_close(rel, AccessShareLock);
}

/* ------------------------------------------------------------------- raw trees */

static bool
find_names(Node *node, void *arg)
{
	KeepOff    *keep = arg;
	RangeVar   *written;

	CHECK_FOR_INTERRUPTS();
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_RangeVar:
			{
				Oid			relation = RangeVarGetRelid((RangeVar *) node, NoLock, true);
				Behind		behind = {.shadow = keep->shadow};

				if (!OidIsValid(relation))
					return false;
				if (is_live(keep->shadow, relation))
					keep->reads_live = true;
				else if (get_rel_relkind(relation) == RELKIND_VIEW)
				{
					look_behind(&behind, relation);
					keep->reads_live |= OidIsValid(behind.live);
				}
				return false;
			}
		default:
			written = script_written_relation(node);
			if (written != NULL)
				keep->targets = lappend(keep->targets, written);
			break;
	}
	return raw_expression_tree_walker(node, find_names, arg);
}

static bool
take_out_locks(Node *node, void *arg)
{
	if (node == NULL)
		return false;
	if (IsA(node, SelectStmt))
		((SelectStmt *) node)->lockingClause = NIL;
	return raw_expression_tree_walker(node, take_out_locks, arg);
}

void
analyse_keep_off(const Shadow *shadow, Node *raw)
{
	KeepOff		keep = {.shadow = shadow};
	Node	   *query = script_query_of(raw);
	ListCell   *lc;

	if (query == NULL)
		return;
	(void) find_names(query, &keep);
	if (keep.reads_live)
		(void) take_out_locks(query, NULL);
	foreach(lc, keep.targets)
	{
		Oid			relation = RangeVarGetRelid(lfirst_node(RangeVar, lc), NoLock, true);
		Behind		behind = {.shadow = shadow};

		if (!OidIsValid(relation))
			continue;
		if (is_live(shadow, relation))
			behind.live = relation;
		else
			look_behind(&behind, relation);
		if (OidIsValid(behind.live))
		{
			const char *schema = get_namespace_name(get_rel_namespace(behind.live));

			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("it writes to %s, which is not managed and would be locked",
							quote_qualified_identifier(schema, get_rel_name(behind.live)))));
		}
	}
}
