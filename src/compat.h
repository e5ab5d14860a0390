/*
 * compat.h
 *		Every test of the server's version: PostgreSQL 13 to 19.
 *
 * All other code is written for the newest server.  This file makes older servers look
 * like it, so that a shim can be deleted with the version that needed it.
 */
#ifndef MIGRATE_COMPAT_H
#define MIGRATE_COMPAT_H

#include "postgres.h"

#include "access/sysattr.h"
#include "access/tableam.h"
#include "catalog/index.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_database.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#if PG_VERSION_NUM >= 150000
#include "catalog/pg_publication_namespace.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "commands/repack.h"	/* mark_index_clustered() */
#else
#include "commands/cluster.h"
#endif
#include "commands/defrem.h"
#include "executor/executor.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#if PG_VERSION_NUM >= 190000
#include "optimizer/pathnode.h"
#else
#include "optimizer/plancat.h"
#endif
#include "parser/parse_param.h"
#include "parser/parse_relation.h"
#include "parser/parser.h"
#include "storage/lock.h"
#include "storage/smgr.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"
#include "utils/typcache.h"
#include "utils/varlena.h"
#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 140000
#include "utils/backend_status.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "utils/lsyscache.h"	/* get_database_name() */
#endif

/* The version of the server, for the SQL of the kinds: see Property in kinds/object.h. */
#define COMPAT_VERSION PG_VERSION_NUM

#if PG_VERSION_NUM < 130000
#error "migrate_ext needs PostgreSQL 13 or newer"
#endif

/* We compile with -fvisibility=hidden; before 16 PGDLLEXPORT is empty on Unix. */
#if PG_VERSION_NUM < 160000
#undef PGDLLEXPORT
#define PGDLLEXPORT __attribute__((visibility("default")))
#endif

/* Declares a function that SQL can call.  Before 16 PG_FUNCTION_INFO_V1 does not export it. */
#define MIGRATE_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#if PG_VERSION_NUM < 150000
#define MarkGUCPrefixReserved(prefix) EmitWarningsOnPlaceholders(prefix)
#endif

/* Owner of the schema public in a new database, and PUBLIC's rights on it. */
#if PG_VERSION_NUM >= 150000
#define PUBLIC_SCHEMA_OWNER ROLE_PG_DATABASE_OWNER
#define PUBLIC_SCHEMA_RIGHTS ACL_USAGE
#else
#define PUBLIC_SCHEMA_OWNER BOOTSTRAP_SUPERUSERID
#define PUBLIC_SCHEMA_RIGHTS (ACL_USAGE | ACL_CREATE)
#endif

/*
 * What has another name or fewer arguments in older servers.  Inside a macro of the same name the
 * name is the server's function.
 */
#if PG_VERSION_NUM < 190000
#define DomainHasConstraints(type, volatility) DomainHasConstraints(type)
#define table_beginscan(rel, snapshot, nkeys, key, flags) \
	table_beginscan(rel, snapshot, nkeys, key)
#endif
#if PG_VERSION_NUM < 180000
#define ExecutorRun(desc, direction, count) ExecutorRun(desc, direction, count, true)
#endif
#if PG_VERSION_NUM < 170000
#define LockHeldByMe(tag, mode, or_stronger) LockHeldByMe(tag, mode)
#endif
#if PG_VERSION_NUM < 160000
#define RelationSetNewRelfilenumber(rel, persistence) RelationSetNewRelfilenode(rel, persistence)
#define get_guc_variables(n) (*(n) = GetNumConfigOptions(), get_guc_variables())
#endif
#if PG_VERSION_NUM < 150000
#define setup_parse_fixed_parameters(pstate, types, n) \
	parse_fixed_parameters(pstate, unconstify(Oid *, types), n)
#define setup_parse_variable_parameters(pstate, types, n) \
	parse_variable_parameters(pstate, types, n)
#endif
#if PG_VERSION_NUM < 140000
#define ExecCloseResultRelations(estate) ExecCleanUpTriggerState(estate)
#define ExecSimpleRelationInsert(info, estate, slot) \
	((estate)->es_result_relation_info = (info), ExecSimpleRelationInsert(estate, slot))
#define EstimateUncommittedEnumsSpace() EstimateEnumBlacklistSpace()
#define SerializeUncommittedEnums(space, size) SerializeEnumBlacklist(space, size)
#define RestoreUncommittedEnums(space) RestoreEnumBlacklist(space)
#define getObjectDescription(address, missing_ok) getObjectDescription(address)
#define Anum_pg_proc_prosqlbody InvalidAttrNumber	/* bodies are texts */
#define EVENT_TRIGGEROID EVTTRIGGEROID
#define F_NEXTVAL F_NEXTVAL_OID
#define F_SETVAL_REGCLASS_INT8 F_SETVAL_OID
#define F_SETVAL_REGCLASS_INT8_BOOL F_SETVAL3_OID
#define F_PG_ADVISORY_LOCK_INT4_INT4 F_PG_ADVISORY_LOCK_INT4
#define F_PG_ADVISORY_LOCK_SHARED_INT4_INT4 F_PG_ADVISORY_LOCK_SHARED_INT4
#define F_PG_TRY_ADVISORY_LOCK_INT4_INT4 F_PG_TRY_ADVISORY_LOCK_INT4
#define F_PG_TRY_ADVISORY_LOCK_SHARED_INT4_INT4 F_PG_TRY_ADVISORY_LOCK_SHARED_INT4
#define F_PG_ADVISORY_UNLOCK_INT4_INT4 F_PG_ADVISORY_UNLOCK_INT4
#define F_PG_ADVISORY_UNLOCK_SHARED_INT4_INT4 F_PG_ADVISORY_UNLOCK_SHARED_INT4
#define ROLE_PG_READ_SERVER_FILES DEFAULT_ROLE_READ_SERVER_FILES
#endif

/* May the role SET ROLE to the other, and give objects to it?  Before 16 every member could. */
#if PG_VERSION_NUM < 160000
#define member_can_set_role(member, role) is_member_of_role(member, role)
#endif

#if PG_VERSION_NUM < 150000
#define pg_analyze_and_rewrite_fixedparams(tree, sql, types, n, env) \
	pg_analyze_and_rewrite(tree, sql, types, n, env)
#endif

/* Only for a database, a function or a schema; the ownership only for a schema. */
#if PG_VERSION_NUM < 160000
static inline AclResult
object_aclcheck(Oid classid, Oid objectid, Oid roleid, AclMode mode)
{
	if (classid == DatabaseRelationId)
		return pg_database_aclcheck(objectid, roleid, mode);
	if (classid == ProcedureRelationId)
		return pg_proc_aclcheck(objectid, roleid, mode);
	Assert(classid == NamespaceRelationId);
	return pg_namespace_aclcheck(objectid, roleid, mode);
}

static inline bool
object_ownercheck(Oid classid, Oid objectid, Oid roleid)
{
	Assert(classid == NamespaceRelationId);
	return pg_namespace_ownercheck(objectid, roleid);
}
#endif

/* Is the index (IndexStmt) or constraint (Constraint) NULLS NOT DISTINCT?  Since 15. */
static inline bool
compat_nulls_equal(const Node *node)
{
#if PG_VERSION_NUM >= 150000
	return IsA(node, IndexStmt) ? ((const IndexStmt *) node)->nulls_not_distinct
		: ((const Constraint *) node)->nulls_not_distinct;
#else
	return false;
#endif
}

/* Is the constraint temporal, with WITHOUT OVERLAPS or PERIOD?  Since 18. */
static inline bool
compat_is_temporal(const Constraint *constraint)
{
#if PG_VERSION_NUM >= 180000
	return constraint->without_overlaps || constraint->fk_with_period;
#else
	return false;
#endif
}

#if PG_VERSION_NUM < 140000
#define getObjectIdentity(address, missing_ok) getObjectIdentity(address)
#define getObjectTypeDescription(address, missing_ok) getObjectTypeDescription(address)
#endif

/*
 * Run a utility statement and discard its result rows.  The context is PROCESS_UTILITY_QUERY inside
 * the caller's transaction, or PROCESS_UTILITY_TOPLEVEL as if a client had sent the statement, so
 * that it may commit.  Returns how many rows it processed, or -1 if its tag has no row count.
 */
static inline int64
compat_process_utility(PlannedStmt *stmt, const char *sql, ProcessUtilityContext context)
{
	QueryCompletion qc;

	InitializeQueryCompletion(&qc);
#if PG_VERSION_NUM >= 140000
	ProcessUtility(stmt, sql, false, context, NULL, NULL, None_Receiver, &qc);
#else
	ProcessUtility(stmt, sql, context, NULL, NULL, None_Receiver, &qc);
#endif
	return command_tag_display_rowcount(qc.commandTag) ? (int64) qc.nprocessed : -1;
}

/* The parameters of ProcessUtility_hook, to declare them and to pass them on. */
#if PG_VERSION_NUM >= 140000
#define COMPAT_UTILITY_PARAMS PlannedStmt *pstmt, const char *sql, bool read_only, \
	ProcessUtilityContext context, \
	ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *qc
#define COMPAT_UTILITY_ARGS(stmt) stmt, sql, read_only, context, params, environment, dest, qc
#else
#define COMPAT_UTILITY_PARAMS PlannedStmt *pstmt, const char *sql, ProcessUtilityContext context, \
	ParamListInfo params, QueryEnvironment *environment, DestReceiver *dest, QueryCompletion *qc
#define COMPAT_UTILITY_ARGS(stmt) stmt, sql, context, params, environment, dest, qc
#endif

/* The same for planner_hook. */
#if PG_VERSION_NUM >= 190000
#define COMPAT_PLANNER_PARAMS Query *parse, const char *sql, int options, \
	ParamListInfo params, ExplainState *explain
#define COMPAT_PLANNER_ARGS parse, sql, options, params, explain
#else
#define COMPAT_PLANNER_PARAMS Query *parse, const char *sql, int options, ParamListInfo params
#define COMPAT_PLANNER_ARGS parse, sql, options, params
#endif

/* The same for post_parse_analyze_hook. */
#if PG_VERSION_NUM >= 190000
#define COMPAT_ANALYZED_PARAMS ParseState *pstate, Query *query, const JumbleState *jumble
#define COMPAT_ANALYZED_ARGS pstate, query, jumble
#elif PG_VERSION_NUM >= 140000
#define COMPAT_ANALYZED_PARAMS ParseState *pstate, Query *query, JumbleState *jumble
#define COMPAT_ANALYZED_ARGS pstate, query, jumble
#else
#define COMPAT_ANALYZED_PARAMS ParseState *pstate, Query *query
#define COMPAT_ANALYZED_ARGS pstate, query
#endif

/* Change a MERGE so that it takes none of its actions. */
static inline void
compat_merge_nothing(Query *query)
{
#if PG_VERSION_NUM >= 150000
	ListCell   *lc;

	foreach(lc, query->mergeActionList)
		lfirst_node(MergeAction, lc)->qual = makeBoolConst(false, false);
#else
	(void) query;
#endif
}

/* The hook that the planner calls for each table. */
#if PG_VERSION_NUM >= 190000
#define compat_relation_hook build_simple_rel_hook
#define compat_relation_hook_type build_simple_rel_hook_type
#define COMPAT_RELATION_PARAMS PlannerInfo *root, RelOptInfo *rel, RangeTblEntry *rte
#define COMPAT_RELATION_ARGS root, rel, rte
#else
#define compat_relation_hook get_relation_info_hook
#define compat_relation_hook_type get_relation_info_hook_type
#define COMPAT_RELATION_PARAMS PlannerInfo *root, Oid relid, bool inhparent, RelOptInfo *rel
#define COMPAT_RELATION_ARGS root, relid, inhparent, rel
#endif

/* compat_file_bytes() returns the size of the main fork of a file of this database, or 0. */
#if PG_VERSION_NUM < 170000
#define INVALID_PROC_NUMBER InvalidBackendId
#endif
#if PG_VERSION_NUM < 160000
typedef Oid RelFileNumber;
#endif

static inline int64
compat_file_bytes(Oid tablespace, RelFileNumber number)
{
#if PG_VERSION_NUM >= 160000
	RelFileLocator file = {tablespace, MyDatabaseId, number};
#else
	RelFileNode file = {tablespace, MyDatabaseId, number};
#endif
	SMgrRelation smgr = smgropen(file, INVALID_PROC_NUMBER);

	if (!smgrexists(smgr, MAIN_FORKNUM))
		return 0;
	return (int64) smgrnblocks(smgr, MAIN_FORKNUM) * BLCKSZ;
}

/* Does the server run the statement with a snapshot?  In 13 only PortalRunUtility() knows. */
#if PG_VERSION_NUM < 140000
static inline bool
PlannedStmtRequiresSnapshot(PlannedStmt *plan)
{
	Node	   *node = plan->utilityStmt;

	return node == NULL ||
		!(IsA(node, TransactionStmt) || IsA(node, LockStmt) || IsA(node, VariableSetStmt) ||
		  IsA(node, VariableShowStmt) || IsA(node, ConstraintsSetStmt) || IsA(node, FetchStmt) ||
		  IsA(node, ListenStmt) || IsA(node, NotifyStmt) || IsA(node, UnlistenStmt) ||
		  IsA(node, CheckPointStmt));
}
#else
#include "tcop/pquery.h"
#endif

/* Is the REINDEX CONCURRENTLY?  switch_off removes the word.  Since 14 it is one of the options. */
static inline bool
compat_reindex_concurrently(ReindexStmt *stmt, bool switch_off)
{
#if PG_VERSION_NUM >= 140000
	ListCell   *lc;

	foreach(lc, stmt->params)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "concurrently") == 0)
		{
			/* REINDEX (CONCURRENTLY false) */
			bool		on = option->arg == NULL || defGetBoolean(option);

			if (on && switch_off)
				stmt->params = foreach_delete_current(stmt->params, lc);
			return on;
		}
	}
	return false;
#else
	bool		on = stmt->concurrent;

	if (switch_off)
		stmt->concurrent = false;
	return on;
#endif
}

/* Is it GENERATED ALWAYS AS (...) STORED?  Since 18 a generated column can be virtual. */
static inline bool
compat_is_stored(const Constraint *constraint)
{
#if PG_VERSION_NUM >= 180000
	return constraint->contype == CONSTR_GENERATED &&
		constraint->generated_kind == ATTRIBUTE_GENERATED_STORED;
#else
	return constraint->contype == CONSTR_GENERATED;
#endif
}

/* Is the command DETACH PARTITION CONCURRENTLY?  switch_off removes the word.  Since 14. */
static inline bool
compat_detach_concurrently(AlterTableCmd *cmd, bool switch_off)
{
#if PG_VERSION_NUM >= 140000
	if (cmd->subtype == AT_DetachPartition)
	{
		PartitionCmd *partition = castNode(PartitionCmd, cmd->def);
		bool		on = partition->concurrent;

		if (switch_off)
			partition->concurrent = false;
		return on;
	}
#endif
	return false;
}

/* PostgreSQL 18 removed this macro: its pg_noreturn stands before the declaration. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/*
 * Start a periodic timeout.  Before 15 its handler must call compat_rearm_timeout() to
 * make it fire again.
 */
static inline void
compat_start_timeout(TimeoutId id, int ms)
{
#if PG_VERSION_NUM >= 150000
	enable_timeout_every(id, TimestampTzPlusMilliseconds(GetCurrentTimestamp(), ms), ms);
#else
	enable_timeout_after(id, ms);
#endif
}

static inline void
compat_rearm_timeout(TimeoutId id, int ms)
{
#if PG_VERSION_NUM < 150000
	enable_timeout_after(id, ms);
#endif
}

/* Since 19 CLUSTER is a form of REPACK. */
#if PG_VERSION_NUM >= 190000
#define ClusterStmt RepackStmt
#define T_ClusterStmt T_RepackStmt
#endif

/* Must the CLUSTER or REPACK run outside a transaction block?  Without a table, or CONCURRENTLY. */
static inline bool
compat_cluster_is_toplevel(ClusterStmt *stmt)
{
#if PG_VERSION_NUM >= 190000
	ListCell   *lc;

	foreach(lc, stmt->params)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "concurrently") == 0 && defGetBoolean(option))
			return true;
	}
#endif
	return stmt->relation == NULL;
}

/* Is the statement WAIT FOR LSN?  Since 19. */
static inline bool
compat_waits_for_lsn(Node *node)
{
#if PG_VERSION_NUM >= 190000
	return IsA(node, WaitStmt);
#else
	return false;
#endif
}

/* Returns the raw tree of a body written as RETURN or BEGIN ATOMIC (since 14), or NULL. */
static inline Node *
compat_function_body(const CreateFunctionStmt *stmt)
{
#if PG_VERSION_NUM >= 140000
	return stmt->sql_body;
#else
	return NULL;
#endif
}

/* Returns the column list of ON DELETE SET NULL (a, b) in a raw tree; NULL before 15. */
static inline List **
compat_delete_columns(Constraint *constraint)
{
#if PG_VERSION_NUM >= 150000
	return &constraint->fk_del_set_cols;
#else
	return NULL;
#endif
}

/* Prefix that makes a query of the text of a PL/pgSQL expression. */
#if PG_VERSION_NUM >= 140000
#define COMPAT_PLPGSQL_SELECT "SELECT "
#else
#define COMPAT_PLPGSQL_SELECT ""
#endif

/* The raw trees of a PL/pgSQL expression or statement (PLpgSQL_expr). */
#if PG_VERSION_NUM >= 140000
#define compat_plpgsql_parse(expr) raw_parser((expr)->query, (expr)->parseMode)
#else
#define compat_plpgsql_parse(expr) raw_parser((expr)->query)
#endif

/* Is the statement CREATE MATERIALIZED VIEW? */
static inline bool
compat_is_matview(const CreateTableAsStmt *stmt)
{
#if PG_VERSION_NUM >= 140000
	return stmt->objtype == OBJECT_MATVIEW;
#else
	return stmt->relkind == OBJECT_MATVIEW;
#endif
}

/* Returns the row filters in CREATE or ALTER PUBLICATION, as a list of Node *. */
static inline List *
compat_publication_conditions(Node *node)
{
	List	   *conditions = NIL;
#if PG_VERSION_NUM >= 150000
	List	   *objects =
	IsA(node, CreatePublicationStmt) ? ((CreatePublicationStmt *) node)->pubobjects
	: ((AlterPublicationStmt *) node)->pubobjects;
	ListCell   *lc;

	foreach(lc, objects)
	{
		PublicationTable *table = lfirst_node(PublicationObjSpec, lc)->pubtable;

		if (table != NULL && table->whereClause != NULL)
			conditions = lappend(conditions, table->whereClause);
	}
#endif
	return conditions;
}

/* Returns the tables that CREATE or ALTER PUBLICATION names, as a list of RangeVar. */
static inline List *
compat_publication_tables(Node *node)
{
#if PG_VERSION_NUM >= 150000
	List	   *tables = NIL;
	List	   *objects =
	IsA(node, CreatePublicationStmt) ? ((CreatePublicationStmt *) node)->pubobjects
	: ((AlterPublicationStmt *) node)->pubobjects;
	ListCell   *lc;

	foreach(lc, objects)
		if (lfirst_node(PublicationObjSpec, lc)->pubtable != NULL)
		tables = lappend(tables, lfirst_node(PublicationObjSpec, lc)->pubtable->relation);
	return tables;
#else
	return IsA(node, CreatePublicationStmt) ? ((CreatePublicationStmt *) node)->tables
		: ((AlterPublicationStmt *) node)->tables;
#endif
}

/* Returns the target table of MERGE (since 15), or NULL for another statement. */
static inline RangeVar *
compat_merged_into(Node *node)
{
#if PG_VERSION_NUM >= 150000
	if (IsA(node, MergeStmt))
		return ((MergeStmt *) node)->relation;
#endif
	return NULL;
}

/* Returns the table of CLUSTER or REPACK, or NULL without one. */
static inline RangeVar *
compat_clustered(ClusterStmt *stmt)
{
#if PG_VERSION_NUM >= 190000
	return stmt->relation ? stmt->relation->relation : NULL;
#else
	return stmt->relation;
#endif
}

/*
 * Returns the tree of a body written as RETURN or BEGIN ATOMIC, of a tuple of pg_proc, as it is
 * stored there: perhaps compressed.  NULL for another body, as are all before 14.
 */
static inline text *
compat_body_tree(HeapTuple function)
{
	bool		isnull = true;
	Datum		tree = (Datum) 0;

#if PG_VERSION_NUM >= 140000
	tree = SysCacheGetAttr(PROCOID, function, Anum_pg_proc_prosqlbody, &isnull);
#endif
	return isnull ? NULL : (text *) DatumGetPointer(tree);
}

/* Returns the server's print of such a body; NULL before 15. */
static inline char *
compat_print_body(Oid function)
{
#if PG_VERSION_NUM >= 150000
	return TextDatumGetCString(DirectFunctionCall1(pg_get_function_sqlbody,
												   ObjectIdGetDatum(function)));
#else
	(void) function;
	return NULL;
#endif
}

/*
 * Returns the server's print of one statement of such a body, with $1 for the first argument;
 * NULL before 15.
 */
static inline char *
compat_print_query(Query *query)
{
#if PG_VERSION_NUM >= 150000
	return pg_get_querydef(query, false);
#else
	(void) query;
	return NULL;
#endif
}

/*
 * Get the expression of a RETURN in such a body, or of an element of CREATE STATISTICS (both since
 * 14).  Returns false if the node is neither.
 */
static inline bool
compat_raw_expression(Node *node, Node **expression)
{
#if PG_VERSION_NUM >= 140000
	if (IsA(node, ReturnStmt))
		*expression = ((ReturnStmt *) node)->returnval;
	else if (IsA(node, StatsElem))
		*expression = ((StatsElem *) node)->expr;
	else
		return false;
	return true;
#else
	return false;
#endif
}

/*
 * Returns the enum values that this transaction has added and that may not be used before
 * it commits.  Since 17 the serialized list begins with the new enum types, ended by
 * InvalidOid; values of these types are not in the list, unless a subtransaction added them.
 */
static inline Oid *
compat_pending_enums(int *n)
{
	Size		size = EstimateUncommittedEnumsSpace();
	Oid		   *values = palloc(size);
	Oid		   *end = values + size / sizeof(Oid) - 1;

	SerializeUncommittedEnums(values, size);
#if PG_VERSION_NUM >= 170000
	while (OidIsValid(*values))
		values++;
	values++;
#endif
	*n = end - values;
	return values;
}

/*
 * Returns the pending enum values as a palloc'd block for compat_restore_pending_enums(),
 * which forgets all values added later.
 */
static inline void *
compat_save_pending_enums(void)
{
	Size		size = EstimateUncommittedEnumsSpace();
	void	   *saved = palloc(size);

	SerializeUncommittedEnums(saved, size);
	return saved;
}

static inline void
compat_restore_pending_enums(void *saved)
{
	AtEOXact_Enum();
	RestoreUncommittedEnums(saved);
}

/*
 * What statements of this server can do:
 *
 *	SETS_ACCESS_METHOD				ALTER TABLE ... SET ACCESS METHOD exists
 *	SETS_EXPRESSION					ALTER COLUMN ... SET EXPRESSION exists
 *	PARTITIONS_SHARE_IDENTITY		partitions inherit an added identity column as such
 *	CHILD_SAYS_GENERATED			a child table may repeat its parent's generated column
 *	SEQUENCE_FOLLOWS_PERSISTENCE	SET LOGGED or UNLOGGED of a table changes its sequences
 *	PUBLISHED_SCHEMAS				a publication may be FOR TABLES IN SCHEMA
 */
#define COMPAT_SETS_ACCESS_METHOD (PG_VERSION_NUM >= 150000)
#define COMPAT_SETS_EXPRESSION (PG_VERSION_NUM >= 170000)
#define COMPAT_PARTITIONS_SHARE_IDENTITY (PG_VERSION_NUM >= 170000)
#define COMPAT_CHILD_SAYS_GENERATED (PG_VERSION_NUM >= 160000)
#define COMPAT_SEQUENCE_FOLLOWS_PERSISTENCE (PG_VERSION_NUM >= 150000)
#define COMPAT_PUBLISHED_SCHEMAS (PG_VERSION_NUM >= 150000)

/* All privileges that a table can have. */
#if PG_VERSION_NUM >= 170000
#define COMPAT_TABLE_PRIVILEGES "arwdDxtm"
#else
#define COMPAT_TABLE_PRIVILEGES "arwdDxt"
#endif

/* Copy to a PL/pgSQL plugin the functions of PL/pgSQL that it has given to another plugin. */
#if PG_VERSION_NUM >= 150000
#define compat_plpgsql_give(plugin, from) \
	((plugin)->assign_value = (from).assign_value, (plugin)->eval_datum = (from).eval_datum, \
	 (plugin)->cast_value = (from).cast_value)
#else
#define compat_plpgsql_give(plugin, from) ((void) 0)
#endif

/* The rules of shadow/hidden_catalogs.c for the schemas of a publication. */
#if PG_VERSION_NUM >= 150000
#define COMPAT_PUBLICATION_NAMESPACE_RULES \
	PART_OF(PublicationNamespaceRelationId, Anum_pg_publication_namespace_pnnspid, \
			NamespaceRelationId), \
	PART_OF(PublicationNamespaceRelationId, Anum_pg_publication_namespace_pnpubid, \
			PublicationRelationId),
#else
#define COMPAT_PUBLICATION_NAMESPACE_RULES
#endif

/*
 * Since 19 a backslash in a plain string always stands for itself.  On older servers scan and
 * parse with the given setting, and without the server's warnings about backslashes.
 */
#if PG_VERSION_NUM >= 190000
#define COMPAT_STANDARD_STRINGS true
#define COMPAT_ALWAYS_STANDARD_STRINGS true
#define compat_scan_standard(extra, on) ((void) (on))
#else
#define COMPAT_STANDARD_STRINGS standard_conforming_strings
#define COMPAT_ALWAYS_STANDARD_STRINGS false
#define compat_scan_standard(extra, on) \
	((extra)->escape_string_warning = false, (extra)->standard_conforming_strings = (on))
#endif

static inline List *
compat_parse(const char *sql, bool standard)
{
#if PG_VERSION_NUM >= 190000
	return pg_parse_query(sql);
#else
	bool		old = standard_conforming_strings;
	bool		old_warning = escape_string_warning;
	List	   *volatile trees = NIL;

	PG_TRY();
	{
		standard_conforming_strings = standard;
		escape_string_warning = false;
		trees = pg_parse_query(sql);
	}
	PG_FINALLY();
	{
		standard_conforming_strings = old;
		escape_string_warning = old_warning;
	}
	PG_END_TRY();
	return trees;
#endif
}

/* Raises 42501 where the current role may not do to the query's tables what the query does. */
static inline void
compat_check_rights(Query *query)
{
#if PG_VERSION_NUM >= 160000
	(void) ExecCheckPermissions(query->rtable, query->rteperminfos, true);
#else
	(void) ExecCheckRTPerms(query->rtable, true);
#endif
}

/*
 * Let the rights that are asked for be those on another relation; the entry still names the one
 * that it is of.
 */
static inline void
compat_set_permission_relid(Query *query, RangeTblEntry *rte, Oid relid)
{
#if PG_VERSION_NUM >= 160000
	if (rte->perminfoindex > 0)
		getRTEPermissionInfo(query->rteperminfos, rte)->relid = relid;
#endif
}

/* What a query does to a column of a table, or to any, if that is 0: COMPAT_READS and the like. */
#define COMPAT_READS 1
#define COMPAT_INSERTS 2
#define COMPAT_UPDATES 4
#define COMPAT_DELETES 8

static inline bool
compat_has_column(const Bitmapset *columns, AttrNumber column)
{
	return column == 0 ? !bms_is_empty(columns) :
		bms_is_member(column - FirstLowInvalidHeapAttributeNumber, columns) ||
		bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns);
}

static inline int
compat_use_of(const Query *query, Oid table, AttrNumber column)
{
	int			use = 0;
	ListCell   *lc;

#if PG_VERSION_NUM >= 160000
	foreach(lc, query->rteperminfos)
	{
		const		RTEPermissionInfo *entry = lfirst_node(RTEPermissionInfo, lc);
#else
	foreach(lc, query->rtable)
	{
		const RangeTblEntry *entry = lfirst_node(RangeTblEntry, lc);
#endif
		if (entry->relid != table)
			continue;
		if (compat_has_column(entry->selectedCols, column) ||
			(column == 0 && (entry->requiredPerms & ACL_SELECT)))
			use |= COMPAT_READS;
		if (compat_has_column(entry->insertedCols, column) ||
			(column == 0 && (entry->requiredPerms & ACL_INSERT)))
			use |= COMPAT_INSERTS;
		if (compat_has_column(entry->updatedCols, column))
			use |= COMPAT_UPDATES;
		if (column == 0 && (entry->requiredPerms & ACL_DELETE))
			use |= COMPAT_DELETES;
	}
	return use;
}

/*
 * Returns the target lists of the rows that a MERGE (since 15) inserts: a list of lists of
 * TargetEntry.
 */
static inline List *
compat_merge_inserts(const Query *query)
{
	List	   *inserts = NIL;
#if PG_VERSION_NUM >= 150000
	ListCell   *lc;

	foreach(lc, query->mergeActionList)
		if (lfirst_node(MergeAction, lc)->commandType == CMD_INSERT)
		inserts = lappend(inserts, lfirst_node(MergeAction, lc)->targetList);
#endif
	return inserts;
}

#endif							/* MIGRATE_COMPAT_H */
