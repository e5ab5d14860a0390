/*
 * rules.c
 *		What a statement of a revision does to who works with the database, as its parse tree tells.
 *
 * The rules are listed in rule_list.c; those about new tables and columns are in column_rules.c.
 * Whether a broken rule matters is decided in review.c.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "review/rule_list.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_type.h"
#include "commands/defrem.h"
#include "commands/tablespace.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "access/transam.h"
#include "optimizer/optimizer.h"
#include "parser/parse_coerce.h"
#include "parser/parse_expr.h"
#include "parser/parse_node.h"
#include "parser/parse_relation.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------------- a statement */

void
look_hit(Look *l, RuleNumber number, Oid relid, const char *subject)
{
	RuleHit    *h = palloc(sizeof(RuleHit));

	h->rule = &rule_list[number];
	h->relid = relid;
	h->subject = subject;
	l->hits = lappend(l->hits, h);
}

const char *
look_quoted(const RangeVar *name)
{
	if (name->schemaname == NULL)
		return quote_identifier(name->relname);
	return quote_qualified_identifier(name->schemaname, name->relname);
}

/* The relation that is there now; InvalidOid for one that the plan makes. */
static Oid
live(const Look *l, const RangeVar *name)
{
	if (name == NULL || pending_has_made(l->scope->pending, name))
		return InvalidOid;
	return RangeVarGetRelid(name, AccessShareLock, true);
}

/* ... where it is of this kind. */
static void
hit_relation(Look *l, RuleNumber number, const RangeVar *name)
{
	Oid			relid = live(l, name);

	if (OidIsValid(relid))
		look_hit(l, number, relid, look_quoted(name));
}

const char *
look_column(const Look *l, const char *column)
{
	return psprintf("%s.%s", l->table, quote_identifier(column));
}

/* The second table that one transaction locks against readers. */
static void
note_exclusive_lock(Look *l, const RangeVar *name)
{
	Oid			relid = live(l, name);
	RuleScope  *scope = l->scope;

	if (!OidIsValid(relid) || !scope->is_transaction || list_member_oid(scope->locked, relid))
		return;
	if (list_length(scope->locked) == 1)
		look_hit(l, RULE_LOCKS_TWO_TABLES, relid, look_quoted(name));
	scope->locked = lappend_oid(scope->locked, relid);
}

/* -------------------------------------------------------------------- constraints */

static void
look_at_constraint(Look *l, const Constraint *constraint)
{
	switch (constraint->contype)
	{
		case CONSTR_CHECK:
			if (!constraint->skip_validation)
				look_hit(l, RULE_CHECK_SCANS, l->relid, l->table);
			break;
		case CONSTR_FOREIGN:
			if (!constraint->skip_validation)
				look_hit(l, RULE_FOREIGN_KEY_SCANS, l->relid, l->table);
			break;
		case CONSTR_PRIMARY:
		case CONSTR_UNIQUE:
			if (constraint->indexname == NULL)
				look_hit(l, RULE_KEY_BUILDS_INDEX, l->relid, l->table);
			break;
		case CONSTR_EXCLUSION:
			look_hit(l, RULE_EXCLUSION_BUILDS_INDEX, l->relid, l->table);
			break;
		default:
			break;
	}
}

/* Does a validated check say that the column has no NULL?  Then the server believes it. */
static bool
is_never_null(Oid relid, const char *column)
{
	Relation	rel = table_open(relid, NoLock);
	AttrNumber	attnum = get_attnum(relid, column);
	TupleConstr *constr = RelationGetDescr(rel)->constr;
	List	   *checks = NIL;
	bool		result = attnum <= 0;

	if (attnum > 0)
	{
		Form_pg_attribute att = TupleDescAttr(RelationGetDescr(rel), attnum - 1);
		NullTest   *test = makeNode(NullTest);

		test->arg = (Expr *) makeVar(1, attnum, att->atttypid, att->atttypmod,
									 att->attcollation, 0);
		test->nulltesttype = IS_NOT_NULL;
		test->argisrow = false;
		test->location = -1;
		for (int i = 0; constr != NULL && i < constr->num_check; i++)
		{
			Node	   *check;

			if (!constr->check[i].ccvalid)
				continue;
			check = eval_const_expressions(NULL, stringToNode(constr->check[i].ccbin));
			checks = list_concat(checks, make_ands_implicit((Expr *) check));
		}
		result = att->attnotnull ||
			(checks != NIL && predicate_implied_by(list_make1(test), checks, true));
	}
	table_close(rel, NoLock);
	return result;
}

/* Has the same revision added it NOT VALID? */
static bool
is_own(const Look *l, const char *constraint)
{
	const List *unvalidated = l->scope->pending->unvalidated;

	for (int i = l->scope->first_unvalidated; i < list_length(unvalidated); i++)
	{
		const AlterTableCmd *command = list_nth(unvalidated, i);

		if (strcmp(castNode(Constraint, command->def)->conname, constraint) == 0)
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------- ALTER TABLE */

/* Is there one now, or has the plan made one? */
static bool
has_policy(const Look *l)
{
	Relation	policies = table_open(PolicyRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		result;

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(l->relid));
	scan = systable_beginscan(policies, PolicyPolrelidPolnameIndexId, true, NULL, 1, &key);
	result = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(policies, AccessShareLock);
	return result || list_member_oid(l->scope->with_policy, l->relid);
}

static bool
is_users_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId;
}

/* Does the expression call a function that is not the server's own? */
static bool
calls_users_functions(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_users_function, context) ||
		expression_tree_walker(node, calls_users_functions, context);
}

/* Are the rows written anew for ALTER COLUMN ... TYPE ... USING? */
static bool
using_rewrites(Oid relid, AttrNumber attnum, Node *using, Oid type, int32 typmod)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	rel = table_open(relid, NoLock);
	ParseNamespaceItem *nsitem;
	Node	   *conversion;

	nsitem = addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false, true);
	addNSItemToQuery(pstate, nsitem, false, true, true);
	conversion = transformExpr(pstate, copyObject(using), EXPR_KIND_ALTER_COL_TRANSFORM);
	conversion = coerce_to_target_type(pstate, conversion, exprType(conversion), type, typmod,
									   COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	table_close(rel, NoLock);
	free_parsestate(pstate);
	return conversion == NULL || calls_users_functions(conversion, NULL) ||
		asked_conversion_rewrites(conversion, attnum);
}

static void
look_at_new_type(Look *l, const AlterTableCmd *command)
{
	const ColumnDef *column = castNode(ColumnDef, command->def);
	AttrNumber	attnum = get_attnum(l->relid, command->name);
	int32		typmod;
	Oid			type = asked_type(column->typeName, &typmod);
	Oid			old;
	int32		old_typmod;
	Oid			collation;
	bool		rewrites;

	if (attnum <= 0)
		return;
	get_atttypetypmodcoll(l->relid, attnum, &old, &old_typmod, &collation);
	if (type != old)
		look_hit(l, RULE_TYPE_CHANGES, l->relid, look_column(l, command->name));
	if (!OidIsValid(type))
		rewrites = true;
	else if (column->raw_default != NULL)
		rewrites = using_rewrites(l->relid, attnum, column->raw_default, type, typmod);
	else
		rewrites = asked_cast_rewrites(old, old_typmod, type, typmod, false);
	if (rewrites)
		look_hit(l, RULE_TYPE_REWRITES, l->relid, look_column(l, command->name));
}

static void
look_at_new_column(Look *l, const ColumnDef *column)
{
	ListCell   *lc;

	look_at_column_type(l, column, NIL);
	if (column_adds_values(column))
		look_hit(l, RULE_ADD_COLUMN_REWRITES, l->relid, look_column(l, column->colname));
	foreach(lc, column->constraints)
	{
		const Constraint *constraint = lfirst(lc);

		/* a foreign key of a new column without values has nothing to read */
		if (constraint->contype != CONSTR_FOREIGN)
			look_at_constraint(l, constraint);
	}
}

/* Is the relation in another tablespace? */
static bool
is_elsewhere(Oid relid, Oid tablespace)
{
	Oid			now = get_rel_tablespace(relid);

	return OidIsValid(tablespace) && (OidIsValid(now) ? now : MyDatabaseTableSpace) != tablespace;
}

static void
look_at_partition(Look *l, const AlterTableCmd *command, bool concurrently)
{
	const PartitionCmd *partition = castNode(PartitionCmd, command->def);

	if (command->subtype == AT_AttachPartition)
		hit_relation(l, RULE_ATTACH_SCANS, partition->name);
	else if (!concurrently)
		look_hit(l, RULE_DETACH_LOCKS, l->relid, l->table);
}

static void
look_at_command(Look *l, const AlterTableCmd *command, bool concurrently)
{
	if (command->behavior == DROP_CASCADE)
		look_hit(l, RULE_DROP_CASCADE, l->relid,
				 command->name != NULL ? look_column(l, command->name) : l->table);
	switch (command->subtype)
	{
		case AT_AddColumn:
			look_at_new_column(l, castNode(ColumnDef, command->def));
			break;
		case AT_AddConstraint:
			look_at_constraint(l, castNode(Constraint, command->def));
			break;
		case AT_ValidateConstraint:
			if (l->scope->is_transaction && is_own(l, command->name))
				look_hit(l, RULE_VALIDATE_WITH_ADD, l->relid, l->table);
			break;
		case AT_SetNotNull:
			if (!is_never_null(l->relid, command->name))
				look_hit(l, RULE_SET_NOT_NULL_SCANS, l->relid, l->table);
			break;
		case AT_DropNotNull:
			look_hit(l, RULE_DROP_NOT_NULL, l->relid, look_column(l, command->name));
			break;
		case AT_ColumnDefault:
			if (command->def == NULL)
				look_hit(l, RULE_DROP_DEFAULT, l->relid, look_column(l, command->name));
			break;
		case AT_AlterColumnType:
			look_at_new_type(l, command);
			break;
		case AT_DropColumn:
			look_hit(l, RULE_DROP_COLUMN, l->relid, look_column(l, command->name));
			break;
		case AT_SetLogged:
			if (get_rel_persistence(l->relid) == RELPERSISTENCE_UNLOGGED)
				look_hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_SetUnLogged:
			if (get_rel_persistence(l->relid) == RELPERSISTENCE_PERMANENT)
				look_hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_SetTableSpace:
			if (is_elsewhere(l->relid, get_tablespace_oid(command->name, true)))
				look_hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_AttachPartition:
		case AT_DetachPartition:
			look_at_partition(l, command, concurrently);
			break;
		case AT_EnableRowSecurity:
			if (!has_policy(l))
				look_hit(l, RULE_ROW_SECURITY_WITHOUT_POLICY, l->relid, l->table);
			break;
		case AT_DropExpression:
			look_hit(l, RULE_DROP_DEFAULT, l->relid, look_column(l, command->name));
			break;
		case AT_ReplicaIdentity:
			if (castNode(ReplicaIdentityStmt, command->def)->identity_type ==
				REPLICA_IDENTITY_NOTHING)
				look_hit(l, RULE_NO_REPLICA_IDENTITY, l->relid, l->table);
			break;
		case AT_DisableTrig:
		case AT_DisableTrigAll:
		case AT_DisableTrigUser:
			look_hit(l, RULE_DISABLES_TRIGGERS, l->relid, l->table);
			break;
		default:
			break;
	}
}

/* Commands that take a lock which readers can bear. */
static bool
lets_readers_in(const AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_ValidateConstraint:
		case AT_SetStatistics:
		case AT_AttachPartition:
		case AT_ClusterOn:
		case AT_DropCluster:
		case AT_SetOptions:
		case AT_ResetOptions:
			return true;
		case AT_AddConstraint:
			return castNode(Constraint, command->def)->contype == CONSTR_FOREIGN;
		default:
			return false;
	}
}

static void
look_at_alter_table(Look *l, const AlterTableStmt *stmt, bool concurrently)
{
	ListCell   *lc;

	l->relid = live(l, stmt->relation);
	if (!OidIsValid(l->relid) || list_member_oid(l->scope->pending->reshaped, l->relid))
		return;
	l->table = look_quoted(stmt->relation);
	foreach(lc, stmt->cmds)
	{
		const AlterTableCmd *command = lfirst_node(AlterTableCmd, lc);

		look_at_command(l, command, concurrently);
		if (!concurrently && !lets_readers_in(command))
			note_exclusive_lock(l, stmt->relation);
	}
}

/* ---------------------------------------------------------------- other statements */

static void
look_at_dropped(Look *l, const DropStmt *stmt, Node *object)
{
	RangeVar   *name = NULL;

	switch (stmt->removeType)
	{
		case OBJECT_INDEX:
			if (!stmt->concurrent)
				hit_relation(l, RULE_DROP_INDEX_LOCKS,
							 makeRangeVarFromNameList(castNode(List, object)));
			break;
		case OBJECT_TABLE:
		case OBJECT_FOREIGN_TABLE:
			name = makeRangeVarFromNameList(castNode(List, object));
			hit_relation(l, RULE_DROP_TABLE, name);
			note_exclusive_lock(l, name);
			break;
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
			name = makeRangeVarFromNameList(castNode(List, object));
			hit_relation(l, RULE_DROP_VIEW, name);
			break;
		case OBJECT_SEQUENCE:
			name = makeRangeVarFromNameList(castNode(List, object));
			hit_relation(l, RULE_DROP_SEQUENCE, name);
			break;
		case OBJECT_FUNCTION:
		case OBJECT_PROCEDURE:
		case OBJECT_ROUTINE:
		case OBJECT_AGGREGATE:
			look_hit(l, RULE_DROP_ROUTINE, InvalidOid,
					 NameListToQuotedString(castNode(ObjectWithArgs, object)->objname));
			break;
		default:
			break;
	}
}

/* What is called by the object's name, in words. */
static const char *
dropped_name(Node *object)
{
	switch (nodeTag(object))
	{
		case T_List:
			return NameListToQuotedString(castNode(List, object));
		case T_ObjectWithArgs:
			return NameListToQuotedString(castNode(ObjectWithArgs, object)->objname);
		case T_TypeName:
			return TypeNameToString(castNode(TypeName, object));
		default:
			return quote_identifier(strVal(object));
	}
}

static void
look_at_drop(Look *l, const DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		look_at_dropped(l, stmt, lfirst(lc));
		if (stmt->behavior == DROP_CASCADE)
			look_hit(l, RULE_DROP_CASCADE, InvalidOid, dropped_name(lfirst(lc)));
	}
}

/* The tables that have a column of this domain, or of one that is made of it. */
static List *
tables_of_domain(Oid domain, List *tables)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	check_stack_depth();
	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(TypeRelationId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(domain));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (dep->classid == TypeRelationId && get_typtype(dep->objid) == TYPTYPE_DOMAIN)
			tables = tables_of_domain(dep->objid, tables);
		else if (dep->classid == RelationRelationId && dep->objsubid > 0 &&
				 (get_rel_relkind(dep->objid) == RELKIND_RELATION ||
				  get_rel_relkind(dep->objid) == RELKIND_MATVIEW))
			tables = list_append_unique_oid(tables, dep->objid);
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return tables;
}

/* A constraint that is added or validated reads the tables, with a lock that keeps writers out. */
static void
look_at_domain(Look *l, const AlterDomainStmt *stmt)
{
	Oid			domain = asked_type(makeTypeNameFromNameList(stmt->typeName), NULL);
	ListCell   *lc;

	if (!OidIsValid(domain))
		return;
	if (stmt->subtype != 'O' && stmt->subtype != 'V' &&
		(stmt->subtype != 'C' || castNode(Constraint, stmt->def)->skip_validation))
		return;
	foreach(lc, tables_of_domain(domain, NIL))
	{
		char	   *schema = get_namespace_name(get_rel_namespace(lfirst_oid(lc)));
		char	   *name = get_rel_name(lfirst_oid(lc));

		if (schema != NULL && name != NULL)
			look_hit(l, RULE_DOMAIN_SCANS, lfirst_oid(lc),
					 quote_qualified_identifier(schema, name));
	}
}

static void
look_at_rename(Look *l, const RenameStmt *stmt)
{
	Oid			relid;

	if (stmt->relation == NULL)
		return;
	relid = live(l, stmt->relation);
	l->table = look_quoted(stmt->relation);
	if (!OidIsValid(relid))
		return;
	if (stmt->renameType == OBJECT_COLUMN)
		look_hit(l, RULE_RENAME_COLUMN, relid, look_column(l, stmt->subname));
	else if (stmt->renameType == OBJECT_TABLE || stmt->renameType == OBJECT_VIEW ||
			 stmt->renameType == OBJECT_MATVIEW)
		look_hit(l, RULE_RENAME_TABLE, relid, l->table);
}

static void
look_at_relations(Look *l, RuleNumber number, const List *relations)
{
	ListCell   *lc;

	foreach(lc, relations)
	{
		hit_relation(l, number, lfirst(lc));
		note_exclusive_lock(l, lfirst(lc));
	}
}

static void
look_at_vacuum(Look *l, const VacuumStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->options)
	{
		const DefElem *option = lfirst_node(DefElem, lc);
		ListCell   *lr;

		if (strcmp(option->defname, "full") != 0 || !defGetBoolean(unconstify(DefElem *, option)))
			continue;
		foreach(lr, stmt->rels)
		{
			hit_relation(l, RULE_REWRITES_TABLE, lfirst_node(VacuumRelation, lr)->relation);
		}
	}
}

List *
rules_broken(const Statement *statement, RuleScope *scope)
{
	Look		l = {.scope = scope};
	Node	   *node = statement->raw->stmt;
	bool		concurrently = statement->mode == RUN_CONCURRENTLY;

	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
			look_at_alter_table(&l, castNode(AlterTableStmt, node), concurrently);
			break;
		case T_AlterDomainStmt:
			look_at_domain(&l, castNode(AlterDomainStmt, node));
			break;
		case T_IndexStmt:
			if (!concurrently)
				hit_relation(&l, RULE_INDEX_LOCKS_WRITES, castNode(IndexStmt, node)->relation);
			break;
		case T_CreateStmt:
			look_at_create_table(&l, castNode(CreateStmt, node));
			break;
		case T_CreatePolicyStmt:
			scope->with_policy = lappend_oid(scope->with_policy,
											 live(&l, castNode(CreatePolicyStmt, node)->table));
			break;
		case T_DropStmt:
			look_at_drop(&l, castNode(DropStmt, node));
			break;
		case T_RenameStmt:
			look_at_rename(&l, castNode(RenameStmt, node));
			break;
		case T_AlterObjectSchemaStmt:
			hit_relation(&l, RULE_SET_SCHEMA, castNode(AlterObjectSchemaStmt, node)->relation);
			break;
		case T_ReindexStmt:
			if (!compat_reindex_concurrently(castNode(ReindexStmt, node), false))
				hit_relation(&l, RULE_REINDEX_LOCKS, castNode(ReindexStmt, node)->relation);
			break;
		case T_ClusterStmt:
			hit_relation(&l, RULE_REWRITES_TABLE, compat_clustered(castNode(ClusterStmt, node)));
			break;
		case T_VacuumStmt:
			look_at_vacuum(&l, castNode(VacuumStmt, node));
			break;
		case T_RefreshMatViewStmt:
			if (!castNode(RefreshMatViewStmt, node)->concurrent)
				hit_relation(&l, RULE_REFRESH_LOCKS_READERS,
							 castNode(RefreshMatViewStmt, node)->relation);
			break;
		case T_TruncateStmt:
			look_at_relations(&l, RULE_TRUNCATES, castNode(TruncateStmt, node)->relations);
			if (castNode(TruncateStmt, node)->behavior == DROP_CASCADE)
				look_hit(&l, RULE_DROP_CASCADE, InvalidOid,
						 look_quoted(linitial(castNode(TruncateStmt, node)->relations)));
			break;
		case T_LockStmt:
			if (castNode(LockStmt, node)->mode >= ShareLock)
				look_at_relations(&l, RULE_LOCKS_TABLE, castNode(LockStmt, node)->relations);
			break;
		case T_UpdateStmt:
			if (castNode(UpdateStmt, node)->whereClause == NULL)
				hit_relation(&l, RULE_CHANGES_ALL_ROWS, castNode(UpdateStmt, node)->relation);
			break;
		case T_DeleteStmt:
			if (castNode(DeleteStmt, node)->whereClause == NULL)
				hit_relation(&l, RULE_CHANGES_ALL_ROWS, castNode(DeleteStmt, node)->relation);
			break;
		default:
			break;
	}
	return l.hits;
}
