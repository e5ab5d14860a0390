/*
 * rules.c
 *		What a statement of a revision does to who works with the database, as its parse tree tells.
 *
 * The rules are those of strong_migrations and squawk, as far as they hold for PostgreSQL 13 and later, and some
 * more.  Each is one line in the table below, and is broken in one place of this file.  Whether it matters is not
 * decided here: see review.c.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "review/rules.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/indexing.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
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
#include "utils/typcache.h"

/* --------------------------------------------------------------------- the rules */

typedef enum RuleNumber
{
	RULE_INDEX_LOCKS_WRITES,
	RULE_DROP_INDEX_LOCKS,
	RULE_REINDEX_LOCKS,
	RULE_SET_NOT_NULL_SCANS,
	RULE_CHECK_SCANS,
	RULE_FOREIGN_KEY_SCANS,
	RULE_KEY_BUILDS_INDEX,
	RULE_EXCLUSION_BUILDS_INDEX,
	RULE_VALIDATE_WITH_ADD,
	RULE_TYPE_REWRITES,
	RULE_ADD_COLUMN_REWRITES,
	RULE_REWRITES_TABLE,
	RULE_ATTACH_SCANS,
	RULE_DETACH_LOCKS,
	RULE_REFRESH_LOCKS_READERS,
	RULE_CHANGES_ALL_ROWS,
	RULE_LOCKS_TABLE,
	RULE_LOCKS_TWO_TABLES,
	RULE_TRUNCATES,
	RULE_DROP_COLUMN,
	RULE_DROP_TABLE,
	RULE_DROP_VIEW,
	RULE_DROP_ROUTINE,
	RULE_DROP_DEFAULT,
	RULE_DROP_NOT_NULL,
	RULE_DROP_CASCADE,
	RULE_RENAME_COLUMN,
	RULE_RENAME_TABLE,
	RULE_SET_SCHEMA,
	RULE_TYPE_CHANGES,
	RULE_ROW_SECURITY_WITHOUT_POLICY,
	RULE_DISABLES_TRIGGERS,
	RULE_PREFER_BIGINT,
	RULE_PREFER_IDENTITY,
	RULE_PREFER_JSONB,
	RULE_PREFER_TEXT,
	RULE_PREFER_TIMESTAMPTZ,
	RULE_NO_PRIMARY_KEY,
	NRULES
} RuleNumber;

static const Rule rules[NRULES] = {
	[RULE_INDEX_LOCKS_WRITES] = {"index_locks_writes", WEIGHT_SIZE, "nobody writes to %s while the index is built",
	"CREATE INDEX CONCURRENTLY, which migrate.deploy() runs by itself"},
	[RULE_DROP_INDEX_LOCKS] = {"drop_index_locks", WEIGHT_USE, "DROP INDEX waits for all who use %s, and they wait for it",
	"DROP INDEX CONCURRENTLY"},
	[RULE_REINDEX_LOCKS] = {"reindex_locks", WEIGHT_SIZE, "nobody writes to %s, or reads by the index, while it is built again",
	"REINDEX ... CONCURRENTLY"},
	[RULE_SET_NOT_NULL_SCANS] = {"set_not_null_scans", WEIGHT_SIZE, "SET NOT NULL reads all rows of %s while nobody else may",
	"add CHECK (... IS NOT NULL) NOT VALID, validate it in a revision behind, and then SET NOT NULL, which believes it"},
	[RULE_CHECK_SCANS] = {"check_scans", WEIGHT_SIZE, "the check reads all rows of %s while nobody else may",
	"add it NOT VALID, and VALIDATE CONSTRAINT in a revision behind"},
	[RULE_FOREIGN_KEY_SCANS] = {"foreign_key_scans", WEIGHT_SIZE, "the foreign key reads all rows of %s while nobody writes to either table",
	"add it NOT VALID, and VALIDATE CONSTRAINT in a revision behind"},
	[RULE_KEY_BUILDS_INDEX] = {"key_builds_index", WEIGHT_SIZE, "nobody reads or writes %s while the key's index is built",
	"CREATE UNIQUE INDEX CONCURRENTLY, and then ADD CONSTRAINT ... USING INDEX"},
	[RULE_EXCLUSION_BUILDS_INDEX] = {"exclusion_builds_index", WEIGHT_SIZE, "nobody reads or writes %s while the constraint's index is built",
	"no way is known without the lock: choose a quiet hour, or a new table"},
	[RULE_VALIDATE_WITH_ADD] = {"validate_with_add", WEIGHT_SIZE, "the lock of ADD CONSTRAINT is held while %s is read",
	"VALIDATE CONSTRAINT in a revision of its own"},
	[RULE_TYPE_REWRITES] = {"type_rewrites", WEIGHT_SIZE, "%s is written anew while nobody else reads or writes the table",
	"a new column, filled in steps, and a change over to it; migrate.migrate(..., online => true) writes such revisions"},
	[RULE_ADD_COLUMN_REWRITES] = {"add_column_rewrites", WEIGHT_SIZE, "the table of %s is written anew, since each row gets a value of its own or is checked, while nobody else reads or writes it",
	"add the column without it, then SET DEFAULT, and fill the rows in steps"},
	[RULE_REWRITES_TABLE] = {"rewrites_table", WEIGHT_SIZE, "%s is written anew while nobody else reads or writes it",
	"choose a quiet hour; pg_repack where it is installed"},
	[RULE_ATTACH_SCANS] = {"attach_scans", WEIGHT_SIZE, "ATTACH PARTITION reads all rows of %s under a lock",
	"a validated CHECK of the same bounds before it, which it believes"},
	[RULE_DETACH_LOCKS] = {"detach_locks", WEIGHT_USE, "DETACH PARTITION waits for all who use %s, and they wait for it",
	"DETACH PARTITION ... CONCURRENTLY, since PostgreSQL 14"},
	[RULE_REFRESH_LOCKS_READERS] = {"refresh_locks_readers", WEIGHT_ROWS, "nobody reads %s while it is refreshed",
	"REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index"},
	[RULE_CHANGES_ALL_ROWS] = {"changes_all_rows", WEIGHT_SIZE, "all rows of %s are changed in one transaction, and locked until its end",
	"change them in steps, with a transaction for each"},
	[RULE_LOCKS_TABLE] = {"locks_table", WEIGHT_USE, "LOCK TABLE keeps others out of %s until the end of the revision",
	"leave it out: statements take the locks that they need"},
	[RULE_LOCKS_TWO_TABLES] = {"locks_two_tables", WEIGHT_USE, "%s is locked while another table is, so that who uses both in the other order gets a deadlock",
	"a revision for each table"},
	[RULE_TRUNCATES] = {"truncates", WEIGHT_ROWS, "all rows of %s are deleted",
	"no downgrade brings them back: keep a copy"},
	[RULE_DROP_COLUMN] = {"drop_column", WEIGHT_USE, "what runs now may still use column %s, and its values do not come back",
	"release code that does not use it first, then drop it; migrate.impact() names the queries"},
	[RULE_DROP_TABLE] = {"drop_table", WEIGHT_USE, "what runs now may still use %s, and its rows do not come back",
	"release code that does not use it first, then drop it"},
	[RULE_DROP_VIEW] = {"drop_view", WEIGHT_USE, "what runs now may still use %s",
	"release code that does not use it first, then drop it"},
	[RULE_DROP_ROUTINE] = {"drop_routine", WEIGHT_USE, "what runs now may still call %s",
	"release code that does not call it first, then drop it"},
	[RULE_DROP_DEFAULT] = {"drop_default", WEIGHT_USE, "an INSERT that leaves out column %s gets NULL from now on, or fails",
	"release code that names the column first"},
	[RULE_DROP_NOT_NULL] = {"drop_not_null", WEIGHT_USE, "what runs now may not expect NULL in column %s",
	"release code that expects it first"},
	[RULE_DROP_CASCADE] = {"drop_cascade", WEIGHT_USE, "CASCADE drops what depends on %s, whatever that is by then",
	"name what is to be dropped"},
	[RULE_RENAME_COLUMN] = {"rename_column", WEIGHT_USE, "what runs now uses column %s by the old name",
	"add a column and let both be written for a while, or give the code a view with the old name"},
	[RULE_RENAME_TABLE] = {"rename_table", WEIGHT_USE, "what runs now uses %s by the old name",
	"leave a view with the old name behind"},
	[RULE_SET_SCHEMA] = {"set_schema", WEIGHT_USE, "what runs now looks for %s in the old schema",
	"leave a view there"},
	[RULE_TYPE_CHANGES] = {"type_changes", WEIGHT_USE, "what runs now expects column %s to be of the old type",
	"prepared statements fail once; see that the code takes both types"},
	[RULE_ROW_SECURITY_WITHOUT_POLICY] = {"row_security_without_policy", WEIGHT_USE, "from now on nobody but its owner sees a row of %s, until there is a policy",
	"CREATE POLICY before ENABLE ROW LEVEL SECURITY"},
	[RULE_DISABLES_TRIGGERS] = {"disables_triggers", WEIGHT_USE, "what triggers of %s do, foreign keys among it, is not done from now on",
	"enable them again in the same revision, and check the rows that came meanwhile"},
	[RULE_PREFER_BIGINT] = {"prefer_bigint", WEIGHT_STYLE, "the key %s ends at 2,147,483,647",
	"bigint"},
	[RULE_PREFER_IDENTITY] = {"prefer_identity", WEIGHT_STYLE, "serial column %s: its sequence has rights and an owner of its own",
	"GENERATED BY DEFAULT AS IDENTITY"},
	[RULE_PREFER_JSONB] = {"prefer_jsonb", WEIGHT_STYLE, "type json of column %s has no equality, so that DISTINCT and UNION of its rows fail",
	"jsonb"},
	[RULE_PREFER_TEXT] = {"prefer_text", WEIGHT_STYLE, "char(n) fills column %s up with blanks, and ignores them where it compares",
	"text, with a CHECK for its length"},
	[RULE_PREFER_TIMESTAMPTZ] = {"prefer_timestamptz", WEIGHT_STYLE, "timestamp without time zone in column %s is no moment in time",
	"timestamptz"},
	[RULE_NO_PRIMARY_KEY] = {"no_primary_key", WEIGHT_STYLE, "table %s has no primary key: logical replication cannot update its rows, and nobody can name one",
	"a primary key"}
};

const Rule	rule_no_downgrade = {"no_downgrade", WEIGHT_STYLE, "revision %s has no downgrade",
"write one, or raise an error in it that says why there is none"};

const Rule	rule_data_in_the_way = {"data_in_the_way", WEIGHT_USE, "%s",
"put the rows right first, in a revision before it"};

const Rule	trial_rules[NTRIALRULES] = {
	[RULE_STATEMENT_BREAKS] = {
		"statement_breaks", WEIGHT_USE, "%s",
		"release code that does not send it first; migrate.impact() has the whole text"
	},[RULE_STATEMENT_MAY_BREAK] = {
		"statement_may_break", WEIGHT_USE, "%s", "migrate.impact() says on what it depends"
	},[RULE_RESULT_CHANGES] = {
		"result_changes", WEIGHT_USE, "%s", "see that the code takes both results"
	},[RULE_REHEARSAL_FAILS] = {
		"rehearsal_fails", WEIGHT_USE, "it fails on the rows that are there: %s",
		"migrate.rehearse() shows the error"
	},[RULE_DOWNGRADE_FAILS] = {
		"downgrade_fails", WEIGHT_USE, "its downgrade fails on the rows that are there: %s",
		"migrate.rehearse() shows the error"
	},[RULE_DOWNGRADE_LOSES] = {
		"downgrade_loses", WEIGHT_USE, "its downgrade %s",
		"keep a copy, or say with migrate:allow that it is meant"
	},[RULE_DRIFT] = {
		"drift", WEIGHT_USE, "the schema is not what the applied revisions make: %s",
		"migrate.drift() lists the differences; migrate.record() makes a revision of them"
	}
};

static bool
is_called(const Rule *rule, const char *name)
{
	return strcmp(rule->name, name) == 0;
}

bool
rule_exists(const char *name)
{
	for (int i = 0; i < NRULES; i++)
		if (is_called(&rules[i], name))
			return true;
	for (int i = 0; i < NTRIALRULES; i++)
		if (is_called(&trial_rules[i], name))
			return true;
	return is_called(&rule_no_downgrade, name) || is_called(&rule_data_in_the_way, name);
}

/* ------------------------------------------------------------------- a statement */

typedef struct Look
{
	RuleScope  *scope;
	Oid			relid;			/* the live table that a command is about */
	const char *table;			/* quoted */
	List	   *hits;
} Look;

static void
hit(Look *l, RuleNumber number, Oid relid, const char *subject)
{
	RuleHit    *h = palloc(sizeof(RuleHit));

	h->rule = &rules[number];
	h->relid = relid;
	h->subject = subject;
	l->hits = lappend(l->hits, h);
}

static const char *
quoted(const RangeVar *name)
{
	return name->schemaname != NULL ? quote_qualified_identifier(name->schemaname, name->relname) : quote_identifier(name->relname);
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
		hit(l, number, relid, quoted(name));
}

static const char *
column_of(const Look *l, const char *column)
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
		hit(l, RULE_LOCKS_TWO_TABLES, relid, quoted(name));
	scope->locked = lappend_oid(scope->locked, relid);
}

/* ---------------------------------------------------------------- new columns */

static Oid
type_of(const TypeName *name, int32 *typmod)
{
	Type		tuple = LookupTypeName(NULL, name, typmod, true);
	Oid			type = tuple != NULL ? ((Form_pg_type) GETSTRUCT(tuple))->oid : InvalidOid;

	if (tuple != NULL)
		ReleaseSysCache(tuple);
	return type;
}

/* serial and its sisters are no types; the parser has them by these names. */
static bool
is_serial(const TypeName *name, bool *is_big)
{
	const char *word = list_length(name->names) == 1 && name->arrayBounds == NIL ? strVal(linitial(name->names)) : "";

	*is_big = strcmp(word, "bigserial") == 0 || strcmp(word, "serial8") == 0;
	return *is_big || strcmp(word, "serial") == 0 || strcmp(word, "serial4") == 0 ||
		strcmp(word, "smallserial") == 0 || strcmp(word, "serial2") == 0;
}

static bool
is_key(const ColumnDef *column, const List *keys)
{
	ListCell   *lc;

	foreach(lc, column->constraints)
	{
		if (lfirst_node(Constraint, lc)->contype == CONSTR_PRIMARY)
			return true;
	}
	foreach(lc, keys)
	{
		if (strcmp(strVal(lfirst(lc)), column->colname) == 0)
			return list_length(keys) == 1;
	}
	return false;
}

/* keys: of the primary key that the statement names beside the columns. */
static void
look_at_type(Look *l, const ColumnDef *column, const List *keys)
{
	const char *subject = column_of(l, column->colname);
	bool		is_big;
	int32		typmod;

	if (column->typeName == NULL)
		return;
	if (is_serial(column->typeName, &is_big))
	{
		hit(l, RULE_PREFER_IDENTITY, InvalidOid, subject);
		if (!is_big && is_key(column, keys))
			hit(l, RULE_PREFER_BIGINT, InvalidOid, subject);
		return;
	}
	switch (type_of(column->typeName, &typmod))
	{
		case INT2OID:
		case INT4OID:
			if (is_key(column, keys))
				hit(l, RULE_PREFER_BIGINT, InvalidOid, subject);
			break;
		case JSONOID:
			hit(l, RULE_PREFER_JSONB, InvalidOid, subject);
			break;
		case BPCHAROID:
			hit(l, RULE_PREFER_TEXT, InvalidOid, subject);
			break;
		case TIMESTAMPOID:
			hit(l, RULE_PREFER_TIMESTAMPTZ, InvalidOid, subject);
			break;
		default:
			break;
	}
}

static void
look_at_create_table(Look *l, const CreateStmt *stmt)
{
	const List *keys = NIL;
	bool		has_key = stmt->partbound != NULL || stmt->inhRelations != NIL || stmt->ofTypename != NULL ||
	stmt->relation->relpersistence == RELPERSISTENCE_TEMP;
	ListCell   *lc;

	l->table = quoted(stmt->relation);
	foreach(lc, stmt->tableElts)
	{
		if (IsA(lfirst(lc), Constraint) && lfirst_node(Constraint, lc)->contype == CONSTR_PRIMARY)
			keys = lfirst_node(Constraint, lc)->keys;
		has_key |= IsA(lfirst(lc), TableLikeClause);
	}
	foreach(lc, stmt->tableElts)
	{
		if (!IsA(lfirst(lc), ColumnDef))
			continue;
		has_key |= is_key(lfirst(lc), NIL);
		look_at_type(l, lfirst(lc), keys);
	}
	if (!has_key && keys == NIL)
		hit(l, RULE_NO_PRIMARY_KEY, InvalidOid, l->table);
}

static bool
is_volatile(Node *expression)
{
	ParseState *pstate = make_parsestate(NULL);
	Node	   *parsed = transformExpr(pstate, copyObject(expression), EXPR_KIND_COLUMN_DEFAULT);
	bool		result = contain_volatile_functions(parsed);

	free_parsestate(pstate);
	return result;
}

/* Does each row get a value of its own, or is it looked at, so that all are written? */
static bool
adds_values(const ColumnDef *column)
{
	bool		is_big;
	int32		typmod;
	ListCell   *lc;

	if (column->typeName != NULL && is_serial(column->typeName, &is_big))
		return true;
	/* NULL may not be one of its values, so that the server looks at each row */
	if (column->typeName != NULL && compat_domain_has_constraints(type_of(column->typeName, &typmod)))
		return true;
	foreach(lc, column->constraints)
	{
		const Constraint *constraint = lfirst_node(Constraint, lc);

		if (constraint->contype == CONSTR_IDENTITY || compat_is_stored(constraint))
			return true;
		if (constraint->contype == CONSTR_DEFAULT && is_volatile(constraint->raw_expr))
			return true;
	}
	return false;
}

/* -------------------------------------------------------------------- constraints */

static void
look_at_constraint(Look *l, const Constraint *constraint)
{
	switch (constraint->contype)
	{
		case CONSTR_CHECK:
			if (!constraint->skip_validation)
				hit(l, RULE_CHECK_SCANS, l->relid, l->table);
			break;
		case CONSTR_FOREIGN:
			if (!constraint->skip_validation)
				hit(l, RULE_FOREIGN_KEY_SCANS, l->relid, l->table);
			break;
		case CONSTR_PRIMARY:
		case CONSTR_UNIQUE:
			if (constraint->indexname == NULL)
				hit(l, RULE_KEY_BUILDS_INDEX, l->relid, l->table);
			break;
		case CONSTR_EXCLUSION:
			hit(l, RULE_EXCLUSION_BUILDS_INDEX, l->relid, l->table);
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

		test->arg = (Expr *) makeVar(1, attnum, att->atttypid, att->atttypmod, att->attcollation, 0);
		test->nulltesttype = IS_NOT_NULL;
		test->argisrow = false;
		test->location = -1;
		for (int i = 0; constr != NULL && i < constr->num_check; i++)
		{
			if (constr->check[i].ccvalid)
				checks = list_concat(checks, make_ands_implicit((Expr *) eval_const_expressions(NULL, stringToNode(constr->check[i].ccbin))));
		}
		result = att->attnotnull || (checks != NIL && predicate_implied_by(list_make1(test), checks, true));
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

	ScanKeyInit(&key, Anum_pg_policy_polrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(l->relid));
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
	return check_functions_in_node(node, is_users_function, context) || expression_tree_walker(node, calls_users_functions, context);
}

/* Are the rows written anew for ALTER COLUMN ... TYPE ... USING? */
static bool
using_rewrites(Oid relid, AttrNumber attnum, Node *using, Oid type, int32 typmod)
{
	ParseState *pstate = make_parsestate(NULL);
	Relation	rel = table_open(relid, NoLock);
	Node	   *conversion;

	addNSItemToQuery(pstate, addRangeTableEntryForRelation(pstate, rel, AccessShareLock, NULL, false, true), false, true, true);
	conversion = transformExpr(pstate, copyObject(using), EXPR_KIND_ALTER_COL_TRANSFORM);
	conversion = coerce_to_target_type(pstate, conversion, exprType(conversion), type, typmod, COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
	table_close(rel, NoLock);
	free_parsestate(pstate);
	return conversion == NULL || calls_users_functions(conversion, NULL) || asked_conversion_rewrites(conversion, attnum);
}

static void
look_at_new_type(Look *l, const AlterTableCmd *command)
{
	const ColumnDef *column = castNode(ColumnDef, command->def);
	AttrNumber	attnum = get_attnum(l->relid, command->name);
	int32		typmod;
	Oid			type = type_of(column->typeName, &typmod);
	Oid			old;
	int32		old_typmod;
	Oid			collation;
	bool		rewrites;

	if (attnum <= 0)
		return;
	get_atttypetypmodcoll(l->relid, attnum, &old, &old_typmod, &collation);
	if (type != old)
		hit(l, RULE_TYPE_CHANGES, l->relid, column_of(l, command->name));
	if (!OidIsValid(type))
		rewrites = true;
	else if (column->raw_default != NULL)
		rewrites = using_rewrites(l->relid, attnum, column->raw_default, type, typmod);
	else
		rewrites = asked_cast_rewrites(old, old_typmod, type, typmod, false);
	if (rewrites)
		hit(l, RULE_TYPE_REWRITES, l->relid, column_of(l, command->name));
}

static void
look_at_new_column(Look *l, const ColumnDef *column)
{
	ListCell   *lc;

	look_at_type(l, column, NIL);
	if (adds_values(column))
		hit(l, RULE_ADD_COLUMN_REWRITES, l->relid, column_of(l, column->colname));
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
		hit(l, RULE_DETACH_LOCKS, l->relid, l->table);
}

static void
look_at_command(Look *l, const AlterTableCmd *command, bool concurrently)
{
	if (command->behavior == DROP_CASCADE)
		hit(l, RULE_DROP_CASCADE, l->relid, command->name != NULL ? column_of(l, command->name) : l->table);
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
				hit(l, RULE_VALIDATE_WITH_ADD, l->relid, l->table);
			break;
		case AT_SetNotNull:
			if (!is_never_null(l->relid, command->name))
				hit(l, RULE_SET_NOT_NULL_SCANS, l->relid, l->table);
			break;
		case AT_DropNotNull:
			hit(l, RULE_DROP_NOT_NULL, l->relid, column_of(l, command->name));
			break;
		case AT_ColumnDefault:
			if (command->def == NULL)
				hit(l, RULE_DROP_DEFAULT, l->relid, column_of(l, command->name));
			break;
		case AT_AlterColumnType:
			look_at_new_type(l, command);
			break;
		case AT_DropColumn:
			hit(l, RULE_DROP_COLUMN, l->relid, column_of(l, command->name));
			break;
		case AT_SetLogged:
			if (get_rel_persistence(l->relid) == RELPERSISTENCE_UNLOGGED)
				hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_SetUnLogged:
			if (get_rel_persistence(l->relid) == RELPERSISTENCE_PERMANENT)
				hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_SetTableSpace:
			if (is_elsewhere(l->relid, get_tablespace_oid(command->name, true)))
				hit(l, RULE_REWRITES_TABLE, l->relid, l->table);
			break;
		case AT_AttachPartition:
		case AT_DetachPartition:
			look_at_partition(l, command, concurrently);
			break;
		case AT_EnableRowSecurity:
			if (!has_policy(l))
				hit(l, RULE_ROW_SECURITY_WITHOUT_POLICY, l->relid, l->table);
			break;
		case AT_DisableTrigAll:
		case AT_DisableTrigUser:
			hit(l, RULE_DISABLES_TRIGGERS, l->relid, l->table);
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
	l->table = quoted(stmt->relation);
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
				hit_relation(l, RULE_DROP_INDEX_LOCKS, makeRangeVarFromNameList(castNode(List, object)));
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
		case OBJECT_FUNCTION:
		case OBJECT_PROCEDURE:
		case OBJECT_ROUTINE:
		case OBJECT_AGGREGATE:
			hit(l, RULE_DROP_ROUTINE, InvalidOid, NameListToQuotedString(castNode(ObjectWithArgs, object)->objname));
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
			hit(l, RULE_DROP_CASCADE, InvalidOid, dropped_name(lfirst(lc)));
	}
}

static void
look_at_rename(Look *l, const RenameStmt *stmt)
{
	Oid			relid;

	if (stmt->relation == NULL)
		return;
	relid = live(l, stmt->relation);
	l->table = quoted(stmt->relation);
	if (!OidIsValid(relid))
		return;
	if (stmt->renameType == OBJECT_COLUMN)
		hit(l, RULE_RENAME_COLUMN, relid, column_of(l, stmt->subname));
	else if (stmt->renameType == OBJECT_TABLE || stmt->renameType == OBJECT_VIEW || stmt->renameType == OBJECT_MATVIEW)
		hit(l, RULE_RENAME_TABLE, relid, l->table);
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
		case T_IndexStmt:
			if (!concurrently)
				hit_relation(&l, RULE_INDEX_LOCKS_WRITES, castNode(IndexStmt, node)->relation);
			break;
		case T_CreateStmt:
			look_at_create_table(&l, castNode(CreateStmt, node));
			break;
		case T_CreatePolicyStmt:
			scope->with_policy = lappend_oid(scope->with_policy, live(&l, castNode(CreatePolicyStmt, node)->table));
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
				hit_relation(&l, RULE_REFRESH_LOCKS_READERS, castNode(RefreshMatViewStmt, node)->relation);
			break;
		case T_TruncateStmt:
			look_at_relations(&l, RULE_TRUNCATES, castNode(TruncateStmt, node)->relations);
			if (castNode(TruncateStmt, node)->behavior == DROP_CASCADE)
				hit(&l, RULE_DROP_CASCADE, InvalidOid, quoted(linitial(castNode(TruncateStmt, node)->relations)));
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
