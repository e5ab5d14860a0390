/*
 * stand_in_rows.c
 *		A table whose rows a rule, or a function's body, of a text writes, and that is not managed.
 *
 * The server locks the table in ROW EXCLUSIVE mode as soon as it reads the statement that makes the
 * rule, and the rule writes to it whenever it fires.  So the rule writes to a stand-in
 * (stand_in.c): a table of the same name and columns, with nothing that a row could fail for.  Its
 * rows go with the shadow.  While a snapshot is taken, the stored trees name the table itself.
 *
 * A target that the text calls by its schema in its expressions as well, as in audit.log.id, is not
 * found there: the server says so in an error.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_rewrite.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------ in a statement */

static void
redirect(Shadow *shadow, RangeVar *target)
{
	Oid			live = RangeVarGetRelid(target, NoLock, true);
	Oid			stand_in;

	if (!OidIsValid(live) || !live_is_others(shadow, live))
		return;
	stand_in = stand_in_for_rows(shadow, live);
	target->catalogname = NULL;
	target->schemaname = get_namespace_name(get_rel_namespace(stand_in));
}

static bool
redirect_targets(Node *node, void *context)
{
	RangeVar   *written;

	CHECK_FOR_INTERRUPTS();
	if (node == NULL || IsA(node, NotifyStmt))
		return false;
	written = script_written_relation(node);
	if (written != NULL)
		redirect(context, written);
	if (compat_raw_expression(node, &node))
		return redirect_targets(node, context);
	return raw_expression_tree_walker(node, redirect_targets, context);
}

void
stand_in_redirect_rows(Shadow *shadow, Node *stmt)
{
	if (IsA(stmt, RuleStmt))
		(void) redirect_targets((Node *) castNode(RuleStmt, stmt)->actions, shadow);
	else if (IsA(stmt, CreateFunctionStmt))
		(void) redirect_targets(compat_function_body(castNode(CreateFunctionStmt, stmt)), shadow);
}

/* ------------------------------------------------------------ in stored trees */

static bool
name_live(Node *node, void *context)
{
	const Shadow *shadow = context;
	Query	   *query;
	ListCell   *lc;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, name_live, context);
	query = castNode(Query, node);
	foreach(lc, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, lc);
		Oid			live =
		rte->rtekind == RTE_RELATION ? stand_in_live(shadow, rte->relid) : InvalidOid;

		if (!OidIsValid(live))
			continue;
		compat_set_permission_relid(query, rte, live);
		rte->relid = live;
	}
	return query_tree_walker(query, name_live, context, 0);
}

/* The column that holds the tree of what depends on a stand-in; 0 if it has none. */
static int
tree_column(Oid catalog)
{
	return catalog == RewriteRelationId ? Anum_pg_rewrite_ev_action : catalog == ProcedureRelationId
		? Anum_pg_proc_prosqlbody : 0;
}

/* The tree as it is stored, or NULL. */
static text *
stored_tree(Oid catalog, Oid oid, int column)
{
	Relation	rel = table_open(catalog, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, get_object_attnum_oid(catalog), oid);
	text	   *tree = NULL;
	bool		isnull;
	Datum		value;

	if (HeapTupleIsValid(tuple))
	{
		value = heap_getattr(tuple, column, RelationGetDescr(rel), &isnull);
		if (!isnull)
			tree = DatumGetTextPCopy(value);
	}
	table_close(rel, AccessShareLock);
	return tree;
}

/* Rules and functions that depend on the stand-in: ObjectAddress *. */
static List *
users_of(Oid stand_in)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	List	   *users = NIL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(stand_in));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress *user;

		CHECK_FOR_INTERRUPTS();
		if (tree_column(dep->classid) == 0)
			continue;
		user = palloc(sizeof(ObjectAddress));
		ObjectAddressSet(*user, dep->classid, dep->objid);
		users = lappend(users, user);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return users;
}

List *
stand_in_show_rows(const Shadow *shadow, Oid stand_in, List *shown)
{
	ListCell   *lc;

	foreach(lc, users_of(stand_in))
	{
		const ObjectAddress *user = lfirst(lc);
		int			column = tree_column(user->classId);
		text	   *before = stored_tree(user->classId, user->objectId, column);
		Node	   *tree;
		StandInShown *row;

		if (before == NULL)
			continue;
		tree = stringToNode(text_to_cstring(before));
		(void) name_live(tree, unconstify(Shadow *, shadow));
		(void) hide_update_column(user->classId, user->objectId, column,
								  PointerGetDatum(cstring_to_text(nodeToString(tree))));
		/* it may depend on the next stand-in, too, or on another column */
		CommandCounterIncrement();
		row = palloc(sizeof(StandInShown));
		row->address = *user;
		row->column = column;
		row->before = PointerGetDatum(before);
		shown = lcons(row, shown);
	}
	return shown;
}
