/*
 * live.c
 *		A text leaves tables alone that are not its own, before it has locked them.
 *
 * What a text has changed elsewhere is found when it has run (unmanaged.c).  By then it
 * would have waited for locks of tables that others use, and have held them.  So a
 * statement that names such a table in order to change it, to inherit from it or to lock its rows
 * is refused before it is read; rows that a revision puts there are left out, since rows are not
 * compared, and FOR UPDATE with them.
 * Tables of extensions are theirs to write: their functions do.
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "shadow/shadow_private.h"
#include "race.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_statistic_ext.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

static post_parse_analyze_hook_type next_analysis = NULL;

bool
live_is_others(const Shadow *shadow, Oid relid)
{
	return stand_in_is_live(shadow, relid) &&
		!OidIsValid(getExtensionOfObject(RelationRelationId, relid));
}

static Oid
find_relation(RangeVar *relation)
{
	return relation != NULL ? RangeVarGetRelid(relation, NoLock, true) : InvalidOid;
}

/*
 * A member of an extension is that extension's; what has no schema is seen when the text has run.
 */
static bool
is_others_object(const Shadow *shadow, const ObjectAddress *address)
{
	Oid			schema = address->classId == NamespaceRelationId ? address->objectId
	: members_schema_of(address->classId, address->objectId);
	HeapTuple	tuple =
	OidIsValid(schema) ? SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema)) : NULL;
	bool		is_live = false;

	if (HeapTupleIsValid(tuple))
	{
		is_live = schema >= FirstNormalObjectId && !shadow_is_own(shadow, tuple) &&
			shadow_find_schema(shadow, schema) == NULL &&
			!shadow_is_hidden(NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname)) &&
			!isAnyTempNamespace(schema);
		ReleaseSysCache(tuple);
	}
	return is_live && !OidIsValid(getExtensionOfObject(address->classId, address->objectId));
}

/* ---------------------------------------------------------------------- rows */

typedef struct RowSearch
{
	const Shadow *shadow;
	Oid			written;		/* found, or InvalidOid */
	bool		locks;			/* do rows that are only locked count? */
} RowSearch;

/*
 * The table whose rows are written by way of a view that is one to the server; InvalidOid if it is
 * none.
 */
static Oid
table_under_view(Oid relid)
{
	Relation	view = relation_open(relid, AccessShareLock);
	Oid			table = InvalidOid;

	if (view->rd_rel->relkind == RELKIND_VIEW && view->rd_rel->relhasrules &&
		view->trigdesc == NULL)
	{
		const Query *query = get_view_query(view);
		Node	   *from = list_length(query->jointree->fromlist) == 1
		? linitial(query->jointree->fromlist) : NULL;

		if (from != NULL && IsA(from, RangeTblRef))
		{
			const RangeTblEntry *entry = rt_fetch(castNode(RangeTblRef, from)->rtindex,
												  query->rtable);

			table = entry->rtekind == RTE_RELATION ? entry->relid : InvalidOid;
		}
	}
	relation_close(view, AccessShareLock);
	return table;
}

/* The table of others whose rows are meant, maybe by way of views; InvalidOid if it is none. */
static Oid
others_table(const Shadow *shadow, Oid relid)
{
	while (OidIsValid(relid) && get_rel_relkind(relid) == RELKIND_VIEW &&
		   !live_is_others(shadow, relid))
		relid = table_under_view(relid);
	return OidIsValid(relid) && live_is_others(shadow, relid) ? relid : InvalidOid;
}

static bool
find_others(RowSearch *search, RangeVar *relation)
{
	Oid			relid = others_table(search->shadow, find_relation(relation));

	if (OidIsValid(relid))
		search->written = relid;
	return OidIsValid(search->written);
}

static bool
is_named(const List *relations, const RangeVar *relation)
{
	ListCell   *lc;

	foreach(lc, relations)
	{
		if (strcmp(lfirst_node(RangeVar, lc)->relname,
				   relation->alias ? relation->alias->aliasname : relation->relname) == 0)
			return true;
	}
	return false;
}

/* Of FROM, those that FOR UPDATE and its like lock rows of. */
static bool
find_locked(RowSearch *search, Node *item, const LockingClause *locking)
{
	if (IsA(item, JoinExpr))
		return find_locked(search, castNode(JoinExpr, item)->larg, locking) ||
			find_locked(search, castNode(JoinExpr, item)->rarg, locking);
	return IsA(item, RangeVar) && (locking->lockedRels == NIL ||
								   is_named(locking->lockedRels, castNode(RangeVar, item))) &&
		find_others(search, castNode(RangeVar, item));
}

static bool
locks_rows(RowSearch *search, const SelectStmt *select)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, select->lockingClause)
	{
		foreach(lc2, select->fromClause)
		{
			if (find_locked(search, lfirst(lc2), lfirst_node(LockingClause, lc)))
				return true;
		}
	}
	return false;
}

/*
 * In a raw tree: the server locks the table of each INSERT in it as soon as it reads the statement.
 */
static bool
visit_rows(Node *node, void *context)
{
	RowSearch  *search = context;
	RangeVar   *written;

	CHECK_FOR_INTERRUPTS();
	if (node == NULL || IsA(node, NotifyStmt))
		return false;
	written = script_written_relation(node);
	if (written != NULL && find_others(search, written))
		return true;
	if (IsA(node, SelectStmt) && search->locks && locks_rows(search, castNode(SelectStmt, node)))
		return true;
	if (compat_raw_expression(node, &node))
		return visit_rows(node, context);
	return raw_expression_tree_walker(node, visit_rows, context);
}

/* The table whose rows a statement writes. */
static Oid
written_table(const Shadow *shadow, Node *node)
{
	RowSearch	search = {.shadow = shadow};
	Node	   *query = script_query_of(node);

	if (IsA(node, CopyStmt) && castNode(CopyStmt, node)->is_from)
		(void) find_others(&search, castNode(CopyStmt, node)->relation);
	else if (query != NULL)
		(void) visit_rows(query, &search);
	return search.written;
}

/* Of tables that TRUNCATE names those of the text. */
static List *
own_relations(const Shadow *shadow, const List *relations)
{
	List	   *own = NIL;
	ListCell   *lc;

	foreach(lc, relations)
	{
		if (!live_is_others(shadow, find_relation(lfirst_node(RangeVar, lc))))
			own = lappend(own, lfirst(lc));
	}
	return own;
}

bool
live_writes_rows(const Shadow *shadow, Node *node)
{
	if (IsA(node, TruncateStmt))
		return own_relations(shadow, castNode(TruncateStmt, node)->relations) == NIL;
	return OidIsValid(written_table(shadow, node));
}

bool
live_leave_truncated(const Shadow *shadow, TruncateStmt *stmt)
{
	stmt->relations = own_relations(shadow, stmt->relations);
	return stmt->relations != NIL;
}

void
live_refuse_rows(const Shadow *shadow, Node *node)
{
	Oid			relid = written_table(shadow, node);

	if (OidIsValid(relid))
		unmanaged_refuse(RelationRelationId, relid);
}

static bool
leave_rows(Node *node, void *context)
{
	RowSearch	search = {.shadow = context,.locks = true};

	if (node == NULL)
		return false;
	if (IsA(node, SelectStmt) && locks_rows(&search, castNode(SelectStmt, node)))
		castNode(SelectStmt, node)->lockingClause = NIL;
	if (compat_raw_expression(node, &node))
		return leave_rows(node, context);
	return raw_expression_tree_walker(node, leave_rows, context);
}

void
live_leave_rows(const Shadow *shadow, Node *node)
{
	Node	   *query = script_query_of(node);

	/* what a materialised view says is kept */
	if (query != NULL && !(IsA(node, CreateTableAsStmt) &&
						   compat_is_matview(castNode(CreateTableAsStmt, node))))
		(void) leave_rows(query, unconstify(Shadow *, shadow));
}

void
live_refuse_query(const Shadow *shadow, const Query *query)
{
	if (query->resultRelation > 0 && query->commandType != CMD_SELECT)
	{
		const RangeTblEntry *target = rt_fetch(query->resultRelation, query->rtable);

		if (target->rtekind == RTE_RELATION && live_is_others(shadow, target->relid))
			unmanaged_refuse(RelationRelationId, target->relid);
	}
}

/* ------------------------------------------------ what a revision's functions do */

/*
 * A statement that one of its functions makes has locked the table when it is read, for
 * that long; from then on it is one that reads.
 */
static void
only_read(RangeTblEntry *rte)
{
	if (rte->rellockmode <= AccessShareLock)
		return;
	LockRelationOid(rte->relid, AccessShareLock);
	UnlockRelationOid(rte->relid, rte->rellockmode);
	rte->rellockmode = AccessShareLock;
}

static Oid
others_of(const Shadow *shadow, const RangeTblEntry *rte)
{
	return rte->rtekind == RTE_RELATION ? others_table(shadow, rte->relid) : InvalidOid;
}

/*
 * It writes no row: the values, or what it is to change, are of no row.  By way of a view the
 * server locks the table when nobody is asked any more.
 */
static void
write_nothing(const Shadow *shadow, Query *query, RangeTblEntry *target)
{
	if (get_rel_relkind(target->relid) == RELKIND_VIEW &&
		OidIsValid(table_under_view(target->relid)))
		unmanaged_refuse(RelationRelationId, others_of(shadow, target));
	/* it is not locked for itself */
	if (query->onConflict != NULL && query->onConflict->exclRelIndex > 0)
		rt_fetch(query->onConflict->exclRelIndex, query->rtable)->rellockmode = AccessShareLock;
	query->jointree->quals = makeBoolConst(false, false);
	compat_merge_nothing(query);
	only_read(target);
}

static void
leave_row_marks(const Shadow *shadow, Query *query)
{
	ListCell   *lc;

	foreach(lc, query->rowMarks)
	{
		RangeTblEntry *rte = rt_fetch(lfirst_node(RowMarkClause, lc)->rti, query->rtable);

		if (!OidIsValid(others_of(shadow, rte)))
			continue;
		only_read(rte);
		query->rowMarks = foreach_delete_current(query->rowMarks, lc);
	}
	query->hasForUpdate = query->rowMarks != NIL;
}

void
live_leave_query(const Shadow *shadow, Query *query)
{
	RangeTblEntry *target =
	query->resultRelation > 0 ? rt_fetch(query->resultRelation, query->rtable) : NULL;

	if (target != NULL && OidIsValid(others_of(shadow, target)))
		write_nothing(shadow, query, target);
	leave_row_marks(shadow, query);
}

/*
 * What the server has read of a statement with a query in it; a materialised view's is kept as it
 * is.
 */
static Node *
read_with(Node *utility)
{
	switch (nodeTag(utility))
	{
		case T_ExplainStmt:
			return castNode(ExplainStmt, utility)->query;
		case T_DeclareCursorStmt:
			return castNode(DeclareCursorStmt, utility)->query;
		case T_CreateTableAsStmt:
			return compat_is_matview(castNode(CreateTableAsStmt, utility)) ? NULL
				: castNode(CreateTableAsStmt, utility)->query;
		default:
			return NULL;
	}
}

static bool
leave_in_query(Node *node, void *context)
{
	const Shadow *shadow = context;
	Query	   *query;

	if (node == NULL)
		return false;
	if (!IsA(node, Query))
		return expression_tree_walker(node, leave_in_query, context);
	query = castNode(Query, node);
	if (query->commandType == CMD_UTILITY)
		return leave_in_query(read_with(query->utilityStmt), context);
	live_leave_query(shadow, query);
	return query_tree_walker(query, leave_in_query, context, 0);
}

static void
after_analysis(COMPAT_ANALYZED_PARAMS)
{
	if (next_analysis)
		next_analysis(COMPAT_ANALYZED_ARGS);
	if (shadow_execute_is_revision() && !creating_extension)
		(void) leave_in_query((Node *) query, shadow_execute_current());
}

void
live_define(void)
{
	next_analysis = post_parse_analyze_hook;
	post_parse_analyze_hook = after_analysis;
}

/* ---------------------------------------------------------- bodies of functions */

typedef struct Body
{
	const char *text;
	List	   *statements;		/* RawStmt * */
} Body;

static void
parse_body(void *arg)
{
	Body	   *body = arg;

	body->statements = pg_parse_query(body->text);
}

List *
live_parse(const char *text)
{
	Body		body = {.text = text};

	/* what cannot be parsed is for the server to say */
	(void) race_try(parse_body, &body);
	return body.statements;
}

/* Those of a text that write or lock rows of others: the first such table. */
static Oid
find_in_text(const Shadow *shadow, const char *text)
{
	RowSearch	search = {.shadow = shadow,.locks = true};
	ListCell   *lc;

	foreach(lc, live_parse(text))
	{
		Node	   *query = script_query_of(lfirst_node(RawStmt, lc)->stmt);

		if (query != NULL && visit_rows(query, &search))
			break;
	}
	return search.written;
}

bool
live_is_in_body(const Shadow *shadow, HeapTuple function)
{
	bool		isnull;
	Datum		body = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_prosrc, &isnull);

	return !isnull && OidIsValid(find_in_text(shadow, TextDatumGetCString(body)));
}

void
live_refuse_text(const Shadow *shadow, const char *text)
{
	Oid			relid = find_in_text(shadow, text);

	if (OidIsValid(relid))
		unmanaged_refuse(RelationRelationId, relid);
}

/* The body of a function in SQL that is a text; NULL if it has none. */
static const char *
sql_body(const CreateFunctionStmt *stmt)
{
	const char *text = NULL;
	bool		is_sql = false;
	ListCell   *lc;

	foreach(lc, stmt->options)
	{
		const DefElem *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "language") == 0)
			is_sql = strcmp(strVal(option->arg), "sql") == 0;
		else if (strcmp(option->defname, "as") == 0)
			text = strVal(linitial((List *) option->arg));
	}
	return is_sql ? text : NULL;
}

bool
live_body_writes_rows(const Shadow *shadow, Node *node)
{
	const char *text =
	IsA(node, CreateFunctionStmt) ? sql_body(castNode(CreateFunctionStmt, node)) : NULL;

	return text != NULL && OidIsValid(find_in_text(shadow, text));
}

/* --------------------------------------------------------------- what is named */

static List *
add_relation(List *relids, RangeVar *relation)
{
	return lappend_oid(relids, find_relation(relation));
}

static List *
add_relations(List *relids, const List *relations)
{
	ListCell   *lc;

	foreach(lc, relations)
	{
		if (IsA(lfirst(lc), RangeVar))
			relids = add_relation(relids, lfirst(lc));
	}
	return relids;
}

/* Its parents, too, and what becomes a partition. */
static List *
altered_relations(AlterTableStmt *stmt)
{
	List	   *relids = NIL;
	ListCell   *lc;

	(void) observe_named((Node *) stmt, &relids);
	foreach(lc, stmt->cmds)
	{
		Node	   *def = lfirst_node(AlterTableCmd, lc)->def;

		if (def != NULL && IsA(def, RangeVar))
			relids = add_relation(relids, castNode(RangeVar, def));
		else if (def != NULL && IsA(def, PartitionCmd))
			relids = add_relation(relids, castNode(PartitionCmd, def)->name);
	}
	return relids;
}

/* A relation, or what hangs on one, by a name that ends with its own. */
static RangeVar *
relation_of(ObjectType type, Node *object)
{
	List	   *names = IsA(object, List) ? (List *) object : NIL;

	switch (type)
	{
		case OBJECT_TABLE:
		case OBJECT_FOREIGN_TABLE:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
			return makeRangeVarFromNameList(names);
		case OBJECT_COLUMN:
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
		case OBJECT_TABCONSTRAINT:
			return list_length(names) < 2 ? NULL
				: makeRangeVarFromNameList(list_truncate(list_copy(names), list_length(names) - 1));
		default:
			return NULL;
	}
}

/* What CASCADE would drop with something of others may be a column of their tables. */
static void
refuse_cascade(const Shadow *shadow, const DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		Relation	relation = NULL;
		ObjectAddress address;

		if (relation_of(stmt->removeType, lfirst(lc)) != NULL)
			continue;
		address = get_object_address(stmt->removeType, lfirst(lc), &relation, AccessShareLock,
									 true);
		if (relation != NULL)
			relation_close(relation, AccessShareLock);
		if (OidIsValid(address.objectId) && is_others_object(shadow, &address))
			unmanaged_refuse(address.classId, address.objectId);
	}
}

static List *
statistics_tables(const DropStmt *stmt)
{
	List	   *relids = NIL;
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		HeapTuple	tuple = SearchSysCache1(STATEXTOID,
											ObjectIdGetDatum(get_statistics_object_oid(lfirst(lc),
																					   true)));

		if (!HeapTupleIsValid(tuple))
			continue;
		relids = lappend_oid(relids, ((Form_pg_statistic_ext) GETSTRUCT(tuple))->stxrelid);
		ReleaseSysCache(tuple);
	}
	return relids;
}

static List *
dropped_relations(const Shadow *shadow, DropStmt *stmt)
{
	List	   *relids = NIL;
	ListCell   *lc;

	if (stmt->removeType == OBJECT_STATISTIC_EXT)
		return statistics_tables(stmt);
	if (stmt->behavior == DROP_CASCADE && stmt->removeType != OBJECT_EXTENSION)
		refuse_cascade(shadow, stmt);
	foreach(lc, stmt->objects)
	{
		RangeVar   *relation = relation_of(stmt->removeType, lfirst(lc));

		if (relation != NULL)
			relids = add_relation(relids, relation);
	}
	return relids;
}

/* What it names in order to lock it in more than ACCESS SHARE mode: Oid. */
static List *
locked_relations(const Shadow *shadow, Node *node)
{
	List	   *relids = NIL;
	RowSearch	search = {.shadow = shadow,.locks = true};

	switch (nodeTag(node))
	{
		case T_LockStmt:
			return castNode(LockStmt, node)->mode > AccessShareLock
				? add_relations(NIL, castNode(LockStmt, node)->relations) : NIL;
		case T_AlterSeqStmt:
			return add_relation(NIL, castNode(AlterSeqStmt, node)->sequence);
		case T_CreateStmt:
		case T_CreateForeignTableStmt:
			return add_relations(NIL, ((CreateStmt *) node)->inhRelations);
		case T_AlterTableStmt:
			return altered_relations(castNode(AlterTableStmt, node));
		case T_CreateStatsStmt:
			return add_relations(NIL, castNode(CreateStatsStmt, node)->relations);
		case T_CreatePublicationStmt:
		case T_AlterPublicationStmt:
			return add_relations(NIL, compat_publication_tables(node));
		case T_CommentStmt:
			return add_relation(NIL, relation_of(castNode(CommentStmt, node)->objtype,
												 castNode(CommentStmt, node)->object));
		case T_SecLabelStmt:
			return add_relation(NIL, relation_of(castNode(SecLabelStmt, node)->objtype,
												 castNode(SecLabelStmt, node)->object));
		case T_AlterExtensionContentsStmt:
			return add_relation(NIL, relation_of(castNode(AlterExtensionContentsStmt,
														  node)->objtype,
												 castNode(AlterExtensionContentsStmt,
														  node)->object));
		case T_DropStmt:
			return dropped_relations(shadow, castNode(DropStmt, node));
		case T_ReindexStmt:
			return add_relation(NIL, castNode(ReindexStmt, node)->relation);
		case T_ClusterStmt:
			return add_relation(NIL, compat_clustered(castNode(ClusterStmt, node)));
		case T_RefreshMatViewStmt:
			return add_relation(NIL, castNode(RefreshMatViewStmt, node)->relation);
		case T_ViewStmt:
			(void) visit_rows(castNode(ViewStmt, node)->query, &search);
			return lappend_oid(add_relation(NIL, castNode(ViewStmt, node)->view), search.written);
		case T_RuleStmt:
			(void) visit_rows((Node *) castNode(RuleStmt, node)->actions, &search);
			return lappend_oid(add_relation(NIL, castNode(RuleStmt, node)->relation),
							   search.written);
		case T_CreateFunctionStmt:
			(void) visit_rows(compat_function_body(castNode(CreateFunctionStmt, node)), &search);
			return list_make1_oid(search.written);
		default:
			(void) observe_named(node, &relids);
			return relids;
	}
}

void
live_refuse(const Shadow *shadow, Node *node)
{
	List	   *relids = locked_relations(shadow, node);
	ListCell   *lc;

	foreach(lc, relids)
	{
		if (OidIsValid(lfirst_oid(lc)) && live_is_others(shadow, lfirst_oid(lc)))
			unmanaged_refuse(RelationRelationId, lfirst_oid(lc));
	}
}

bool
live_may_be_analysed(const Shadow *shadow, const List *relations)
{
	ListCell   *lc;

	foreach(lc, relations)
	{
		Oid			relid = find_relation(lfirst_node(VacuumRelation, lc)->relation);

		if (OidIsValid(relid) && live_is_others(shadow, relid))
			return false;
	}
	return relations != NIL;
}
