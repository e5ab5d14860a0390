/*
 * hidden_catalogs.c
 *		SQL in a shadow that asks the catalogs does not find what is put away.
 *
 * "Is there a type of this name?" is how a text makes what has no IF NOT EXISTS,
 * and mostly it does not name the schema.  Putting a schema away only renames it;
 * the rows of what is in it are still in the catalogs.  So each query that is
 * planned while a text runs gets a condition on every catalog that it reads, as
 * row-level security adds one: views are expanded by then, and subqueries, CTEs,
 * EXPLAIN, COPY, cursors and the queries of functions all pass the planner.
 *
 * The condition calls migrate.is_hidden(catalog, oid), which follows the rules
 * below from a row to the schema that holds it.  Our own queries are planned
 * while no text runs, and so without it.  All of this is local to the session.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_aggregate.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_default_acl.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_description.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_init_privs.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_range.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_shdepend.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_statistic_ext_data.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_subscription_rel.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_config_map.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "commands/extension.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/planner.h"
#include "parser/parse_func.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

MIGRATE_FUNCTION(migrate_is_hidden);

/* A row of this catalog goes with the object that one of its columns names. */
typedef struct Rule
{
	Oid			catalog;
	AttrNumber	column;
	Oid			of;				/* the catalog of that object, unless */
	AttrNumber	class_column;	/* this column says it */
} Rule;

/* Of every catalog that has one. */
#define OID_COLUMN 1

#define ITSELF(catalog) {catalog, OID_COLUMN, catalog, 0}
#define PART_OF(catalog, column, of) {catalog, column, of, 0}

static const Rule rules[] = {
	ITSELF(NamespaceRelationId),
	ITSELF(ExtensionRelationId),
	/* a schema holds it */
	ITSELF(RelationRelationId),
	ITSELF(TypeRelationId),
	ITSELF(ProcedureRelationId),
	ITSELF(ConstraintRelationId),
	ITSELF(OperatorRelationId),
	ITSELF(OperatorClassRelationId),
	ITSELF(OperatorFamilyRelationId),
	ITSELF(CollationRelationId),
	ITSELF(ConversionRelationId),
	ITSELF(StatisticExtRelationId),
	ITSELF(TSConfigRelationId),
	ITSELF(TSDictionaryRelationId),
	ITSELF(TSParserRelationId),
	ITSELF(TSTemplateRelationId),
	PART_OF(DefaultAclRelationId, Anum_pg_default_acl_defaclnamespace, NamespaceRelationId),
	/* no schema does: it has another name */
	ITSELF(PublicationRelationId),
	ITSELF(SubscriptionRelationId),
	ITSELF(ForeignDataWrapperRelationId),
	ITSELF(ForeignServerRelationId),
	ITSELF(EventTriggerRelationId),
	ITSELF(LanguageRelationId),
	ITSELF(AccessMethodRelationId),
	/* of a relation */
	PART_OF(AttributeRelationId, Anum_pg_attribute_attrelid, RelationRelationId),
	PART_OF(AttrDefaultRelationId, Anum_pg_attrdef_adrelid, RelationRelationId),
	PART_OF(IndexRelationId, Anum_pg_index_indrelid, RelationRelationId),
	PART_OF(SequenceRelationId, Anum_pg_sequence_seqrelid, RelationRelationId),
	PART_OF(ForeignTableRelationId, Anum_pg_foreign_table_ftrelid, RelationRelationId),
	PART_OF(PartitionedRelationId, Anum_pg_partitioned_table_partrelid, RelationRelationId),
	PART_OF(InheritsRelationId, Anum_pg_inherits_inhrelid, RelationRelationId),
	PART_OF(TriggerRelationId, Anum_pg_trigger_tgrelid, RelationRelationId),
	PART_OF(PolicyRelationId, Anum_pg_policy_polrelid, RelationRelationId),
	PART_OF(RewriteRelationId, Anum_pg_rewrite_ev_class, RelationRelationId),
	PART_OF(StatisticRelationId, Anum_pg_statistic_starelid, RelationRelationId),
	PART_OF(StatisticExtDataRelationId, Anum_pg_statistic_ext_data_stxoid, StatisticExtRelationId),
	PART_OF(PublicationRelRelationId, Anum_pg_publication_rel_prrelid, RelationRelationId),
	PART_OF(PublicationRelRelationId, Anum_pg_publication_rel_prpubid, PublicationRelationId),
	PART_OF(SubscriptionRelRelationId, Anum_pg_subscription_rel_srrelid, RelationRelationId),
	COMPAT_PUBLICATION_NAMESPACE_RULES
	/* of a type, a routine, a family, a configuration, a server */
	PART_OF(EnumRelationId, Anum_pg_enum_enumtypid, TypeRelationId),
	PART_OF(RangeRelationId, Anum_pg_range_rngtypid, TypeRelationId),
	PART_OF(CastRelationId, Anum_pg_cast_castsource, TypeRelationId),
	PART_OF(CastRelationId, Anum_pg_cast_casttarget, TypeRelationId),
	PART_OF(TransformRelationId, Anum_pg_transform_trftype, TypeRelationId),
	PART_OF(AggregateRelationId, Anum_pg_aggregate_aggfnoid, ProcedureRelationId),
	PART_OF(AccessMethodOperatorRelationId, Anum_pg_amop_amopfamily, OperatorFamilyRelationId),
	PART_OF(AccessMethodProcedureRelationId, Anum_pg_amproc_amprocfamily, OperatorFamilyRelationId),
	PART_OF(TSConfigMapRelationId, Anum_pg_ts_config_map_mapcfg, TSConfigRelationId),
	PART_OF(UserMappingRelationId, Anum_pg_user_mapping_umserver, ForeignServerRelationId),
	/* said of any object */
	{DescriptionRelationId, Anum_pg_description_objoid, InvalidOid, Anum_pg_description_classoid},
	{SecLabelRelationId, Anum_pg_seclabel_objoid, InvalidOid, Anum_pg_seclabel_classoid},
	{InitPrivsRelationId, Anum_pg_init_privs_objoid, InvalidOid, Anum_pg_init_privs_classoid},
	{SharedDependRelationId, Anum_pg_shdepend_objid, InvalidOid, Anum_pg_shdepend_classid},
	{DependRelationId, Anum_pg_depend_objid, InvalidOid, Anum_pg_depend_classid},
	{DependRelationId, Anum_pg_depend_refobjid, InvalidOid, Anum_pg_depend_refclassid}
};

/* The columns of pg_lock_status(), which the view pg_locks shows. */
static const Rule lock_rules[] = {
	{InvalidOid, 3, RelationRelationId, 0},
	{InvalidOid, 9, InvalidOid, 8}
};

/* The shadow of which a text runs now, or NULL. */
static const Shadow *hiding = NULL;

/* migrate.is_hidden() */
static Oid	condition = InvalidOid;

static planner_hook_type next_planner = NULL;
static needs_fmgr_hook_type next_needs_fmgr = NULL;

/* ------------------------------------------------------------- what is hidden */

static bool
schema_is_away(Oid schema)
{
	HeapTuple	tuple = SearchSysCache1(NAMESPACEOID, ObjectIdGetDatum(schema));
	bool		is_away = false;

	if (HeapTupleIsValid(tuple))
	{
		is_away = shadow_is_hidden(NameStr(((Form_pg_namespace) GETSTRUCT(tuple))->nspname));
		ReleaseSysCache(tuple);
	}
	return is_away;
}

/*
 * The empty one in the place of a schema is not there either, until the text has made it.  One that
 * the text has dropped may still be what something else says it was in.
 */
static bool
schema_is_hidden(Oid schema)
{
	const char *name;

	if (schema_is_away(schema))
		return true;
	if (shadow_find_schema(hiding, schema) == NULL)
		return false;
	name = get_namespace_name(schema);
	return name == NULL || !shadow_has_schema(hiding, name);
}

static bool
extension_is_hidden(Oid extension)
{
	const char *name = get_extension_name(extension);

	return name != NULL && !shadow_has_extension(hiding, name);
}

/* A TOAST table or its index, of which the name tells the OID of the table. */
static Oid
toasted_relation(Oid toast)
{
	char	   *name = get_rel_name(toast);
	Oid			table;

	return name != NULL && sscanf(name, "pg_toast_%u", &table) == 1 ? table : InvalidOid;
}

/* An object that no schema holds: what is away has another name; a part goes with its whole. */
static bool
loose_object_is_hidden(Oid catalog, Oid oid)
{
	AttrNumber	name_column = get_object_attnum_name(catalog);
	Relation	rel = table_open(catalog, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, OID_COLUMN, oid);
	bool		found = false;
	bool		isnull;

	if (HeapTupleIsValid(tuple) && name_column != InvalidAttrNumber)
		found = shadow_is_hidden(NameStr(*DatumGetName(heap_getattr(tuple, name_column,
																	RelationGetDescr(rel),
																	&isnull))));
	for (int i = 0; HeapTupleIsValid(tuple) && !found && i < lengthof(rules); i++)
		if (rules[i].catalog == catalog && rules[i].column != OID_COLUMN)
			found = hidden_object(rules[i].of,
								  DatumGetObjectId(heap_getattr(tuple, rules[i].column,
																RelationGetDescr(rel), &isnull)));
	table_close(rel, AccessShareLock);
	return found;
}

bool
hidden_object(Oid catalog, Oid oid)
{
	Oid			schema;

	if (hiding == NULL || !OidIsValid(oid))
		return false;
	if (catalog == NamespaceRelationId)
		return schema_is_hidden(oid);
	if (catalog == ExtensionRelationId)
		return extension_is_hidden(oid);
	/* what initdb has made is in no schema that can be managed */
	if (oid < FirstNormalObjectId || !is_objectclass_supported(catalog))
		return false;
	if (get_object_attnum_namespace(catalog) == InvalidAttrNumber)
		return loose_object_is_hidden(catalog, oid);
	schema = members_schema_of(catalog, oid);
	if (schema == PG_TOAST_NAMESPACE && catalog == RelationRelationId)
		return hidden_object(catalog, toasted_relation(oid));
	return OidIsValid(schema) && schema_is_away(schema);
}

Datum
migrate_is_hidden(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(hidden_object(PG_GETARG_OID(0), PG_GETARG_OID(1)));
}

/* -------------------------------------------------------------- the condition */

/* A column as an OID, whatever its type: regproc, too. */
static Expr *
oid_column(Index rti, Oid catalog, AttrNumber column)
{
	Oid			type = OIDOID;
	Expr	   *var;

	if (OidIsValid(catalog))
		type = get_atttype(catalog, column);
	var = (Expr *) makeVar(rti, column, type, -1, InvalidOid, 0);
	return type == OIDOID ? var : (Expr *) makeRelabelType(var, OIDOID, -1, InvalidOid,
														   COERCE_IMPLICIT_CAST);
}

/* is_hidden(...) IS NOT TRUE, since a lock may be on no relation */
static Expr *
make_condition(Index rti, const Rule *rule)
{
	BooleanTest *test = makeNode(BooleanTest);
	Expr	   *class =
	rule->class_column > 0 ? oid_column(rti, rule->catalog, rule->class_column) :
	(Expr *) makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(rule->of), false,
					   true);

	test->arg = (Expr *) makeFuncExpr(condition, BOOLOID,
									  list_make2(class,
												 oid_column(rti, rule->catalog, rule->column)),
									  InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	test->booltesttype = IS_NOT_TRUE;
	test->location = -1;
	return (Expr *) test;
}

static void
add_conditions(Query *query, Index rti, RangeTblEntry *rte)
{
	List	   *conditions = NIL;

	/* one that the command inserts into is not read */
	if (rte->rtekind == RTE_RELATION && !(query->commandType == CMD_INSERT &&
										  rti == query->resultRelation))
		for (int i = 0; i < lengthof(rules); i++)
			if (rules[i].catalog == rte->relid)
				conditions = lappend(conditions, make_condition(rti, &rules[i]));
	if (rte->rtekind == RTE_FUNCTION && list_length(rte->functions) == 1)
	{
		Node	   *call = linitial_node(RangeTblFunction, rte->functions)->funcexpr;

		if (IsA(call, FuncExpr) && castNode(FuncExpr, call)->funcid == F_PG_LOCK_STATUS)
			for (int i = 0; i < lengthof(lock_rules); i++)
				conditions = lappend(conditions, make_condition(rti, &lock_rules[i]));
	}
	if (conditions != NIL)
		rte->securityQuals = lappend(rte->securityQuals, make_ands_explicit(conditions));
}

static bool
visit(Node *node, void *context)
{
	Query	   *query;
	ListCell   *lc;
	Index		rti = 0;

	if (node == NULL)
		return false;
	outlives_replace(node);
	if (IsA(node, FuncExpr))
		live_refuse_call(castNode(FuncExpr, node)->funcid);
	else if (IsA(node, OpExpr))
		live_refuse_call(castNode(OpExpr, node)->opfuncid);
	if (!IsA(node, Query))
		return expression_tree_walker(node, visit, context);
	query = castNode(Query, node);
	if (shadow_execute_is_model())
		live_refuse_query(hiding, query);
	else if (shadow_execute_is_revision())
		live_leave_query(hiding, query);
	foreach(lc, query->rtable)
	{
		add_conditions(query, ++rti, lfirst_node(RangeTblEntry, lc));
	}
	return query_tree_walker(query, visit, context, 0);
}

static PlannedStmt *
plan(COMPAT_PLANNER_PARAMS)
{
	if (hiding != NULL)
		(void) visit((Node *) parse, NULL);
	return next_planner ? next_planner(COMPAT_PLANNER_ARGS) : standard_planner(COMPAT_PLANNER_ARGS);
}

/*
 * The planner puts the query of a set-returning SQL function in the place of its
 * call, and the expression of another one, which is after us.  A function that a hook
 * may want to see stays a call, and its query is planned by itself.  Those that
 * outlives.c has nothing to replace in, nor live.c to leave out, may go: an index may be
 * possible only then.
 */
static bool
stays_a_call(Oid function)
{
	HeapTuple	tuple;
	bool		result = next_needs_fmgr != NULL && next_needs_fmgr(function);

	if (result || hiding == NULL)
		return result;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (HeapTupleIsValid(tuple))
	{
		Form_pg_proc form = (Form_pg_proc) GETSTRUCT(tuple);

		result = form->prolang == SQLlanguageId &&
			(form->proretset || outlives_is_in_body(tuple) || live_is_in_body(hiding, tuple));
		ReleaseSysCache(tuple);
	}
	return result;
}

void
hidden_catalogs_define(void)
{
	next_planner = planner_hook;
	planner_hook = plan;
	next_needs_fmgr = needs_fmgr_hook;
	needs_fmgr_hook = stays_a_call;
}

/* ------------------------------------------------------------------ switching */

void
hidden_catalogs_begin(void)
{
	Oid			types[] = {OIDOID, OIDOID};

	condition = LookupFuncName(list_make2(makeString("migrate"), makeString("is_hidden")),
							   lengthof(types), types, false);
	ResetPlanCache();
}

void
hidden_catalogs_end(void)
{
	hiding = NULL;
	ResetPlanCache();
}

const Shadow *
hidden_catalogs_switch(const Shadow *shadow)
{
	const Shadow *before = hiding;

	hiding = shadow;
	return before;
}
