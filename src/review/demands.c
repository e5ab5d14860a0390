/*
 * demands.c
 *		What a statement demands of the rows that are there, as a question.
 *
 * Of a statement only its parse tree is looked at, with the catalogs as they are now.  What it says
 * of a table that an earlier statement of the plan makes or gives other columns is not asked: such
 * a question would be answered by the wrong table.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "review/review.h"
#include "settings.h"
#include "snapshot/row_rule.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_type.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"
#include "utils/syscache.h"

/* One statement about one table. */
typedef struct Reading
{
	const Pending *pending;
	Relation	rel;
	const char *table;			/* quoted */
	List	   *demands;
} Reading;

static Demand *
demand(Reading *r, const char *why)
{
	Demand	   *d = palloc0(sizeof(Demand));

	d->table = r->table;
	d->why = why;
	r->demands = lappend(r->demands, d);
	return d;
}

static Demand *
ask(Reading *r, const char *why)
{
	Demand	   *d = demand(r, why);

	d->relid = RelationGetRelid(r->rel);
	return d;
}

static const char *
quoted(Oid relid)
{
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)),
									  get_rel_name(relid));
}

/* Rows of its children have to be like its own, except where the statement says otherwise. */
static const char *
from(const Reading *r, bool only)
{
	return psprintf("%s%s AS t", only ? "ONLY " : "", r->table);
}

/* ------------------------------------------------------------- how a row is shown */

static List *
key_columns(Relation rel)
{
	List	   *names = NIL;
	Oid			index;
	HeapTuple	tuple;

	(void) RelationGetIndexList(rel);
	index = rel->rd_pkindex;
	tuple = OidIsValid(index) ? SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return NIL;
	for (int i = 0; i < ((Form_pg_index) GETSTRUCT(tuple))->indnkeyatts; i++)
		names = lappend(names, get_attname(RelationGetRelid(rel),
										   ((Form_pg_index) GETSTRUCT(tuple))->indkey.values[i],
										   false));
	ReleaseSysCache(tuple);
	return names;
}

/* SQL: "id 7, email x", of the key, or else of the whole row, and of these columns. */
static char *
shown(const Reading *r, const List *columns)
{
	List	   *key = key_columns(r->rel);
	List	   *names = list_copy(key);
	StringInfoData sql;
	ListCell   *lc;

	foreach(lc, columns)
	{
		ListCell   *lk;
		bool		is_key = false;

		foreach(lk, key)
		{
			is_key = is_key || strcmp(lfirst(lk), lfirst(lc)) == 0;
		}
		if (!is_key)
			names = lappend(names, lfirst(lc));
	}
	if (names == NIL || key == NIL)
		return pstrdup("t::text");
	initStringInfo(&sql);
	foreach(lc, names)
	{
		appendStringInfo(&sql, "%s%s || coalesce(t.%s::text, 'null')", sql.len > 0 ? " || " : "",
						 quote_literal_cstr(psprintf("%s%s ", lc == list_head(names) ? "" : ", ",
													 (char *) lfirst(lc))),
						 quote_identifier(lfirst(lc)));
	}
	return sql.data;
}

/* ---------------------------------------------------------------- what is asked */

static bool
has_column(const Reading *r, const char *name)
{
	return get_attnum(RelationGetRelid(r->rel), name) > 0;
}

static void
ask_nulls(Reading *r, const char *column, bool only)
{
	Demand	   *d;

	if (!has_column(r, column))
	{
		demand(r, psprintf("column %s is not there yet", quote_identifier(column)));
		return;
	}
	d = ask(r, psprintf("%s is null", quote_identifier(column)));
	d->query = psprintf("SELECT 1::bigint AS n, %s AS shown FROM %s WHERE t.%s IS NULL",
						shown(r, NIL), from(r, only),
						quote_identifier(column));
}

static void
ask_any(Reading *r, const char *column)
{
	ask(r, psprintf("%s would be null", quote_identifier(column)))->query =
		psprintf("SELECT 1::bigint AS n, %s AS shown FROM %s", shown(r, NIL), from(r, false));
}

/* Those of a rule are printed without the name of the table, whose columns are the only ones. */
static void
ask_keys(Reading *r, const RowRule *rule)
{
	StringInfoData keys;
	StringInfoData values;
	StringInfoData where;
	ListCell   *lc;

	initStringInfo(&keys);
	initStringInfo(&values);
	initStringInfo(&where);
	if (rule->condition != NULL)
		appendStringInfo(&where, " WHERE (%s)", rule->condition);
	foreach(lc, rule->keys)
	{
		const char *key = lfirst(lc);

		appendStringInfo(&keys, "%s%s", keys.len > 0 ? ", " : "", key);
		appendStringInfo(&values, "%s%s || coalesce((%s)::text, 'null')",
						 values.len > 0 ? " || " : "",
						 quote_literal_cstr(psprintf("%s%s ", values.len > 0 ? ", " : "", key)),
						 key);
		if (!rule->nulls_equal)
			appendStringInfo(&where, " %s (%s) IS NOT NULL", where.len > 0 ? "AND" : "WHERE", key);
	}
	ask(r, psprintf("several have the same %s", keys.data))->query =
		psprintf("SELECT count(*) - 1 AS n, %s AS shown FROM %s%s GROUP BY %s HAVING count(*) > 1",
				 values.data,
				 from(r, r->rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE), where.data,
				 keys.data);
}

/* Each row is compared with each: only of few is that asked. */
#define MAX_PAGES_OF_PAIRS 64

static void
ask_exclusion(Reading *r, const RowRule *rule)
{
	StringInfoData where;
	StringInfoData row;
	StringInfoData values;
	ListCell   *lc;
	ListCell   *lo;

	if (r->rel->rd_rel->relkind != RELKIND_RELATION ||
		RelationGetNumberOfBlocks(r->rel) > MAX_PAGES_OF_PAIRS)
	{
		demand(r, "every row would have to be compared with every other");
		return;
	}
	initStringInfo(&where);
	initStringInfo(&row);
	initStringInfo(&values);
	forboth(lc, rule->keys, lo, rule->operators)
	{
		appendStringInfo(&row, ", %s", (char *) lfirst(lc));
		appendStringInfo(&values, "%s%s || coalesce(t.%s::text, 'null')",
						 values.len > 0 ? " || " : "",
						 quote_literal_cstr(psprintf("%s%s ", values.len > 0 ? ", " : "",
													 (char *) lfirst(lc))), (char *) lfirst(lc));
		appendStringInfo(&where, " AND a.%s OPERATOR(pg_catalog.%s) t.%s", (char *) lfirst(lc),
						 (char *) lfirst(lo), (char *) lfirst(lc));
	}
	ask(r, "another row excludes it")->query =
		psprintf("SELECT 1::bigint AS n, %s AS shown FROM (SELECT ctid%s FROM ONLY %s%s%s) AS t"
				 " WHERE EXISTS ("
				 "SELECT FROM (SELECT ctid%s FROM ONLY %s%s%s) AS a WHERE a.ctid < t.ctid%s)",
				 values.data, row.data, r->table, rule->condition ? " WHERE " : "", rule->condition
				 ? rule->condition : "",
				 row.data, r->table, rule->condition ? " WHERE " : "", rule->condition
				 ? rule->condition : "", where.data);
}

static void
ask_condition(Reading *r, const char *condition, bool only)
{
	ask(r, psprintf("%s is false", condition))->query =
		psprintf("SELECT 1::bigint AS n, %s AS shown FROM %s WHERE NOT (%s)", shown(r, NIL),
				 from(r, only), condition);
}

/* " AND p.a = t.a": as a foreign key compares. */
static char *
matches(const List *columns, const List *others)
{
	StringInfoData sql;
	ListCell   *lc;
	ListCell   *lo;

	initStringInfo(&sql);
	forboth(lc, columns, lo, others)
	{
		appendStringInfo(&sql, "%sp.%s = t.%s", sql.len > 0 ? " AND " : "",
						 quote_identifier(lfirst(lo)), quote_identifier(lfirst(lc)));
	}
	return sql.data;
}

static char *
all_of(const List *columns, const char *between, const char *test)
{
	StringInfoData sql;
	ListCell   *lc;

	initStringInfo(&sql);
	foreach(lc, columns)
	{
		appendStringInfo(&sql, "%st.%s %s", sql.len > 0 ? between : "",
						 quote_identifier(lfirst(lc)), test);
	}
	return sql.data;
}

static void
ask_orphans(Reading *r, const List *columns, Oid other, const List *others, bool full)
{
	bool		only = r->rel->rd_rel->relkind != RELKIND_PARTITIONED_TABLE;
	Demand	   *d = ask(r, psprintf("%s has no such row", quoted(other)));

	d->other = other;
	d->query = psprintf("SELECT 1::bigint AS n, %s AS shown FROM %s WHERE (%s AND NOT"
						" EXISTS (SELECT FROM %s%s AS p WHERE %s))%s",
						shown(r, columns), from(r, only), all_of(columns, " AND ", "IS NOT NULL"),
						get_rel_relkind(other) == RELKIND_PARTITIONED_TABLE ? ""
						: "ONLY ", quoted(other), matches(columns, others),
						full ? psprintf(" OR ((%s) AND (%s))", all_of(columns, " OR ", "IS NULL"),
										all_of(columns, " OR ", "IS NOT NULL")) : "");
}

/* --------------------------------------------------------------- constraints */

static void
read_foreign_key(Reading *r, const Constraint *constraint)
{
	Oid			other = RangeVarGetRelid(constraint->pktable, AccessShareLock, true);
	List	   *columns = NIL;
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, constraint->fk_attrs)
	{
		columns = lappend(columns, strVal(lfirst(lc)));
		if (!has_column(r, strVal(lfirst(lc))))
		{
			demand(r, psprintf("column %s is not there yet", quote_identifier(strVal(lfirst(lc)))));
			return;
		}
	}
	foreach(lc, constraint->pk_attrs)
	{
		others = lappend(others, strVal(lfirst(lc)));
	}
	if (OidIsValid(other) && others == NIL)
	{
		Relation	rel = table_open(other, NoLock);

		others = key_columns(rel);
		table_close(rel, NoLock);
	}
	foreach(lc, others)
	{
		if (OidIsValid(other) && get_attnum(other, lfirst(lc)) <= 0)
			other = InvalidOid;
	}
	if (!OidIsValid(other) || pending_has_made(r->pending, constraint->pktable) ||
		list_member_oid(r->pending->reshaped, other) ||
		list_length(columns) != list_length(others) || compat_is_temporal(constraint))
		demand(r, psprintf("%s is not yet what it refers to",
						   quote_identifier(constraint->pktable->relname)));
	else
		ask_orphans(r, columns, other, others, constraint->fk_matchtype == FKCONSTR_MATCH_FULL);
}

/* CHECK, keys, exclusion and unique indexes; the statement has one of them. */
static void
read_rule(Reading *r, Node *statement)
{
	RowRule    *rule = row_rule_of(statement, r->rel);

	if (rule == NULL)
		demand(r, "what it demands cannot be told");
	else if (rule->keys == NIL)
		ask_condition(r, rule->condition, rule->no_children);
	else if (rule->operators == NIL)
		ask_keys(r, rule);
	else
		ask_exclusion(r, rule);
}

static void
read_constraint(Reading *r, AlterTableCmd *command)
{
	Constraint *constraint = castNode(Constraint, command->def);
	AlterTableStmt *alone = makeNode(AlterTableStmt);
	ListCell   *lc;

	if (constraint->skip_validation || constraint->indexname != NULL)
		return;
	if (constraint->contype == CONSTR_FOREIGN)
	{
		read_foreign_key(r, constraint);
		return;
	}
	if (constraint->contype == CONSTR_PRIMARY || constraint->contype == CONSTR_NOTNULL)
	{
		foreach(lc, constraint->keys)
		{
			ask_nulls(r, strVal(lfirst(lc)), false);
		}
	}
	if (constraint->contype == CONSTR_NOTNULL)
		return;
	alone->cmds = list_make1(command);
	read_rule(r, (Node *) alone);
}

static List *
names_of(Oid relid, Datum numbers)
{
	ArrayType  *array = DatumGetArrayTypeP(numbers);
	List	   *names = NIL;

	for (int i = 0; i < ARR_DIMS(array)[0]; i++)
		names = lappend(names, get_attname(relid, ((int16 *) ARR_DATA_PTR(array))[i], false));
	return names;
}

/* A constraint that an earlier statement of the plan adds NOT VALID. */
static void
read_added(Reading *r, const char *name)
{
	ListCell   *lc;

	foreach(lc, r->pending->unvalidated)
	{
		AlterTableCmd *command = copyObject(lfirst_node(AlterTableCmd, lc));
		Constraint *constraint = castNode(Constraint, command->def);

		if (strcmp(constraint->conname, name) != 0)
			continue;
		constraint->skip_validation = false;
		read_constraint(r, command);
		return;
	}
	demand(r, psprintf("constraint %s is not there yet", quote_identifier(name)));
}

static void
read_validation(Reading *r, const char *name)
{
	Oid			oid = get_relation_constraint_oid(RelationGetRelid(r->rel), name, true);
	HeapTuple	tuple = OidIsValid(oid) ? SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid)) : NULL;
	Form_pg_constraint form;
	bool		isnull;
	Datum		value;

	if (!HeapTupleIsValid(tuple))
	{
		read_added(r, name);
		return;
	}
	form = (Form_pg_constraint) GETSTRUCT(tuple);
	if (form->contype == CONSTRAINT_CHECK && !form->convalidated)
	{
		value = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &isnull);
		ask_condition(r, TextDatumGetCString(DirectFunctionCall2(pg_get_expr, value,
																 ObjectIdGetDatum(form->conrelid))),
					  form->connoinherit);
	}
	if (form->contype == CONSTRAINT_FOREIGN && !form->convalidated)
		ask_orphans(r, names_of(form->conrelid,
								SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conkey,
												&isnull)),
					form->confrelid, names_of(form->confrelid,
											  SysCacheGetAttr(CONSTROID, tuple,
															  Anum_pg_constraint_confkey, &isnull)),
					form->confmatchtype == FKCONSTR_MATCH_FULL);
	ReleaseSysCache(tuple);
}

/* ------------------------------------------------------------------- columns */

static bool
fills_itself(const ColumnDef *column)
{
	ListCell   *lc;

	if (column->raw_default != NULL || column->identity != '\0' || column->generated != '\0')
		return true;
	foreach(lc, column->constraints)
	{
		switch (lfirst_node(Constraint, lc)->contype)
		{
			case CONSTR_DEFAULT:
			case CONSTR_IDENTITY:
			case CONSTR_GENERATED:
				return true;
			default:
				break;
		}
	}
	return false;
}

static bool
excludes_null(const ColumnDef *column)
{
	ListCell   *lc;

	foreach(lc, column->constraints)
	{
		if (lfirst_node(Constraint, lc)->contype == CONSTR_NOTNULL ||
			lfirst_node(Constraint, lc)->contype == CONSTR_PRIMARY)
			return true;
	}
	return column->is_not_null;
}

/* A type with a default of its own, or serial, which is no type. */
static bool
type_fills_itself(const TypeName *name)
{
	Oid			type = asked_type(name, NULL);

	return !OidIsValid(type) || get_typtype(type) == TYPTYPE_DOMAIN;
}

static void
read_new_column(Reading *r, const ColumnDef *column)
{
	if (excludes_null(column) && !fills_itself(column) && !type_fills_itself(column->typeName))
		ask_any(r, column->colname);
}

/* The labels of an enum that an earlier statement of the plan makes, as SQL; or NULL. */
static char *
planned_labels(const Pending *pending, const TypeName *name)
{
	StringInfoData sql;
	ListCell   *lc;
	ListCell   *ll;

	foreach(lc, pending->enums)
	{
		const CreateEnumStmt *stmt = lfirst(lc);

		if (name->names == NIL || strcmp(strVal(llast(stmt->typeName)),
										 strVal(llast(name->names))) != 0)
			continue;
		initStringInfo(&sql);
		foreach(ll, stmt->vals)
		{
			appendStringInfo(&sql, "%s%s", sql.len > 0 ? ", " : "",
							 quote_literal_cstr(strVal(lfirst(ll))));
		}
		return sql.data;
	}
	return NULL;
}

/* Nothing but casts of the column? */
static bool
is_cast_of(Node *expression, const char *column)
{
	while (expression != NULL && IsA(expression, TypeCast))
		expression = castNode(TypeCast, expression)->arg;
	return expression == NULL ||
		(IsA(expression, ColumnRef) && list_length(castNode(ColumnRef, expression)->fields) == 1 &&
		 IsA(linitial(castNode(ColumnRef, expression)->fields), String) &&
		 strcmp(strVal(linitial(castNode(ColumnRef, expression)->fields)), column) == 0);
}

/* SQL for the value as an assignment makes it, which refuses what a cast would cut off. */
static char *
assigned(const char *expression, Oid type, int32 typmod)
{
	Oid			function;
	const char *name = format_type_extended(type, -1,
											FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);

	if (typmod < 0 || find_typmod_coercion_function(type, &function) != COERCION_PATH_FUNC)
		return psprintf("(%s)::%s", expression, name);
	return psprintf("%s((%s)::%s, %d%s)",
					quote_qualified_identifier(get_namespace_name(get_func_namespace(function)),
											   get_func_name(function)),
					expression, name, typmod, get_func_nargs(function) == 3 ? ", false" : "");
}

static void
read_new_type(Reading *r, const char *column, const ColumnDef *def)
{
	char	   *labels = planned_labels(r->pending, def->typeName);
	const char *name = psprintf("t.%s", quote_identifier(column));
	const char *expression = name;
	int32		typmod;
	Oid			oid;
	Oid			old;

	if (!has_column(r, column))
	{
		demand(r, psprintf("column %s is not there yet", quote_identifier(column)));
		return;
	}
	if (labels != NULL && is_cast_of(def->raw_default, column))
	{
		ask(r, psprintf("%s is no value of the new type", quote_identifier(column)))->query =
			psprintf("SELECT 1::bigint AS n, %s AS shown FROM %s WHERE %s::text NOT IN (%s)",
					 shown(r, list_make1(pstrdup(column))),
					 from(r, false), name, labels);
		return;
	}
	oid = labels == NULL ? asked_type(def->typeName, &typmod) : InvalidOid;
	if (!OidIsValid(oid))
	{
		demand(r, psprintf("type %s is not there yet", TypeNameToString(def->typeName)));
		return;
	}
	old = get_atttype(RelationGetRelid(r->rel), get_attnum(RelationGetRelid(r->rel), column));
	if (def->raw_default != NULL)
		expression = row_rule_expression(r->rel, def->raw_default);
	else if (!can_coerce_type(1, &old, &oid, COERCION_ASSIGNMENT))
	{
		demand(r, "there is no such cast");
		return;
	}
	ask(r, psprintf("%s cannot become %s", quote_identifier(column),
					format_type_with_typemod(oid, typmod)))->expression =
		assigned(expression, oid, typmod);
}

/* ----------------------------------------------------------------- statements */

static void
read_command(Reading *r, AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_SetNotNull:
			ask_nulls(r, command->name, false);
			break;
		case AT_AddColumn:
			read_new_column(r, castNode(ColumnDef, command->def));
			break;
		case AT_AddConstraint:
			read_constraint(r, command);
			break;
		case AT_ValidateConstraint:
			read_validation(r, command->name);
			break;
		case AT_AlterColumnType:
			read_new_type(r, command->name, castNode(ColumnDef, command->def));
			break;
		case AT_AttachPartition:
			demand(r, "whether the rows are within the bounds of the partition is not looked at");
			break;
		default:
			break;
	}
}

/* Columns of a domain may be in any table. */
static void
read_domain(Reading *r, const AlterDomainStmt *stmt)
{
	bool		adds = stmt->subtype == 'C' && !castNode(Constraint, stmt->def)->skip_validation;

	r->table = NameListToQuotedString(stmt->typeName);
	if (adds || stmt->subtype == 'O' || stmt->subtype == 'V')
		demand(r, "whether the values of the domain are within it is not looked at");
}

/* Rows of the default partition may belong to the new one. */
static void
read_partition(Reading *r, const CreateStmt *stmt)
{
	RangeVar   *parent = linitial(stmt->inhRelations);
	Oid			relid = RangeVarGetRelid(parent, AccessShareLock, true);

	if (!OidIsValid(relid) || !OidIsValid(get_default_partition_oid(relid)))
		return;
	r->table = quoted(relid);
	demand(r, "whether the default partition has rows of the new one is not looked at");
}

static bool
asks_rows(Node *statement)
{
	ListCell   *lc;

	if (IsA(statement, IndexStmt))
		return castNode(IndexStmt, statement)->unique;
	if (!IsA(statement, AlterTableStmt))
		return false;
	foreach(lc, castNode(AlterTableStmt, statement)->cmds)
	{
		switch (lfirst_node(AlterTableCmd, lc)->subtype)
		{
			case AT_SetNotNull:
			case AT_AddColumn:
			case AT_AddConstraint:
			case AT_ValidateConstraint:
			case AT_AlterColumnType:
			case AT_AttachPartition:
				return true;
			default:
				break;
		}
	}
	return false;
}

List *
demands_of(Node *statement, const Pending *pending)
{
	Reading		r = {.pending = pending};
	RangeVar   *name;
	Oid			relid;
	ListCell   *lc;

	if (IsA(statement, AlterDomainStmt))
		read_domain(&r, castNode(AlterDomainStmt, statement));
	if (IsA(statement, CreateStmt) && castNode(CreateStmt, statement)->partbound != NULL)
		read_partition(&r, castNode(CreateStmt, statement));
	if (!asks_rows(statement))
		return r.demands;
	name = IsA(statement, IndexStmt) ? castNode(IndexStmt, statement)->relation
		: castNode(AlterTableStmt, statement)->relation;
	if (pending_has_made(pending, name))
		return NIL;
	relid = RangeVarGetRelid(name, AccessShareLock, true);
	r.table = OidIsValid(relid) ? quoted(relid) : quote_identifier(name->relname);
	if (!OidIsValid(relid) || list_member_oid(pending->reshaped, relid))
	{
		demand(&r, OidIsValid(relid) ? "an earlier statement gives it another shape"
			   : "the table is not there yet");
		return r.demands;
	}
	if (get_rel_relkind(relid) != RELKIND_RELATION &&
		get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE &&
		get_rel_relkind(relid) != RELKIND_MATVIEW)
		return NIL;
	r.rel = table_open(relid, NoLock);
	if (IsA(statement, IndexStmt))
		read_rule(&r, statement);
	else
	{
		foreach(lc, castNode(AlterTableStmt, statement)->cmds)
		{
			read_command(&r, lfirst_node(AlterTableCmd, lc));
		}
	}
	table_close(r.rel, NoLock);
	return r.demands;
}
