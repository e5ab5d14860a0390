/*
 * users_rules.c
 *		Rules of users about extensions: migrate.extension_rules.
 *
 * Whoever may write that table plants what is in it, and a superuser may be the one who compares.
 * So a rule is no SQL: it names a table of its extension, which is scanned and not queried (no
 * view, no policy, no function of anybody runs), and a function of its extension, which is only
 * written into a revision, with literals as arguments, for people to read.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"
#include "snapshot/extension_rules.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

static const struct
{
	const char *word;
	RuleSays	says;
}			words[] = {
	{"runs", RULE_RUNS}, {"owns", RULE_OWNS}, {"owns partitions", RULE_OWNS_PARTITIONS},
	{"owns triggers", RULE_OWNS_TRIGGERS},
	{"offers trigger functions", RULE_OFFERS_TRIGGER_FUNCTIONS}
};

RuleSays
users_rule_says(const StoredRule *rule)
{
	for (int i = 0; rule->says != NULL && i < lengthof(words); i++)
		if (strcmp(words[i].word, rule->says) == 0)
			return words[i].says;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("a rule says \"%s\", which is not known", rule->says ? rule->says : ""),
			 errhint("Correct it with UPDATE migrate.extension_rules.")));
}

/* ------------------------------------------------------------------ the catalog */

/* A table that the extension has brought; nobody else's, whatever its name is. */
static Relation
open_catalog(const StoredRule *rule, Oid extension)
{
	List	   *names = NIL;
	Oid			schema = InvalidOid;
	Oid			relid = InvalidOid;
	Relation	rel = NULL;

	if (rule->catalog != NULL && SplitIdentifierString(pstrdup(rule->catalog), '.', &names) &&
		(list_length(names) == 1 || list_length(names) == 2))
		schema = list_length(names) == 1 ? members_extension_schema(extension)
			: get_namespace_oid(linitial(names), true);
	if (OidIsValid(schema))
		relid = get_relname_relid(llast(names), schema);
	if (OidIsValid(relid) && getExtensionOfObject(RelationRelationId, relid) == extension)
		rel = try_relation_open(relid, AccessShareLock);
	if (rel == NULL || rel->rd_rel->relkind != RELKIND_RELATION ||
		rel->rd_rel->relam != HEAP_TABLE_AM_OID)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("\"%s\" is no table of extension \"%s\"",
						rule->catalog ? rule->catalog : "", rule->extension),
				 errhint("Correct it with UPDATE migrate.extension_rules.")));
	return rel;
}

bool
rule_can_read(Oid relid)
{
	return pg_class_aclcheck(relid, GetUserId(), ACL_SELECT) == ACLCHECK_OK &&
		check_enable_rls(relid, InvalidOid, true) != RLS_ENABLED;
}

static AttrNumber
column_number(const StoredRule *rule, Relation rel, const char *name)
{
	AttrNumber	number = get_attnum(RelationGetRelid(rel), name);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("table \"%s\" has no column \"%s\"", rule->catalog, name),
				 errhint("Correct it with UPDATE migrate.extension_rules.")));
	return number;
}

/* As text; NULL for NULL. */
static char *
column_text(Relation rel, HeapTuple tuple, AttrNumber number)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, number, RelationGetDescr(rel), &isnull);
	Oid			function;
	bool		is_varlena;

	if (isnull)
		return NULL;
	getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), number - 1)->atttypid, &function,
					  &is_varlena);
	return OidOutputFunctionCall(function, value);
}

/* -------------------------------------------------------------------- its tables */

/* The relation of a name in SQL, or of two names as they are. */
static Oid
named_relation(List *names)
{
	Oid			schema = get_namespace_oid(linitial(names), true);

	return OidIsValid(schema) ? get_relname_relid(lsecond(names), schema) : InvalidOid;
}

/* The table that a row is about; InvalidOid if there is none. */
static Oid
row_table(const StoredRule *rule, Relation rel, HeapTuple tuple)
{
	AttrNumber	number = column_number(rule, rel, linitial(rule->columns));
	Oid			type = TupleDescAttr(RelationGetDescr(rel), number - 1)->atttypid;
	List	   *names = NIL;
	char	   *text;
	bool		isnull;
	Datum		value;

	if (list_length(rule->columns) == 1 && (type == OIDOID || type == REGCLASSOID))
	{
		value = heap_getattr(tuple, number, RelationGetDescr(rel), &isnull);
		return isnull ? InvalidOid : DatumGetObjectId(value);
	}
	text = column_text(rel, tuple, number);
	if (text == NULL)
		return InvalidOid;
	if (list_length(rule->columns) == 2)
	{
		char	   *second = column_text(rel, tuple,
										 column_number(rule, rel, lsecond(rule->columns)));

		return second != NULL ? named_relation(list_make2(text, second)) : InvalidOid;
	}
	return SplitIdentifierString(text, '.', &names) && list_length(names) == 2
		? named_relation(names) : InvalidOid;
}

/* ---------------------------------------------------------------------- its calls */

static char *
function_name(Oid function, const char *name)
{
	return quote_qualified_identifier(get_namespace_name(get_func_namespace(function)), name);
}

/* A function of this name that belongs to the extension: its quoted name. */
static char *
member_function(Oid extension, const char *name)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	char	   *result = NULL;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (result == NULL && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);
		char	   *found = depend->classid == ProcedureRelationId &&
		depend->deptype == DEPENDENCY_EXTENSION ? get_func_name(depend->objid) : NULL;

		if (found != NULL && strcmp(found, name) == 0)
			result = function_name(depend->objid, name);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

/* An argument: the table by its name, however the catalog has it. */
static char *
argument(const StoredRule *rule, Relation rel, HeapTuple tuple, const char *column)
{
	AttrNumber	number = column_number(rule, rel, column);
	char	   *text = column_text(rel, tuple, number);

	if (text != NULL && TupleDescAttr(RelationGetDescr(rel), number - 1)->atttypid == OIDOID &&
		list_length(rule->columns) == 1 && strcmp(linitial(rule->columns), column) == 0)
	{
		Oid			table = row_table(rule, rel, tuple);
		char	   *name = get_rel_name(table);

		if (name != NULL)
			text = quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)), name);
	}
	return text;
}

/* SELECT keeper.keep(name => 'public.t', kind => '2'); a list of one, or NIL without a function. */
static List *
call(const StoredRule *rule, Oid extension, Relation rel, HeapTuple tuple, const char *function,
	 const List *with)
{
	StringInfoData buf;
	char	   *name;

	if (function == NULL)
		return NIL;
	name = member_function(extension, function);
	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_FUNCTION),
				 errmsg("extension \"%s\" has no function \"%s\"", rule->extension, function),
				 errhint("Correct it with UPDATE migrate.extension_rules.")));
	initStringInfo(&buf);
	appendStringInfo(&buf, "SELECT %s(", name);
	for (int i = 0; i + 1 < list_length(with); i += 2)
	{
		char	   *value = argument(rule, rel, tuple, list_nth(with, i + 1));

		appendStringInfo(&buf, "%s%s => %s", i > 0 ? ", " : "",
						 quote_identifier(list_nth(with, i)),
						 value != NULL ? quote_literal_cstr(value) : "NULL");
	}
	appendStringInfoChar(&buf, ')');
	return list_make1(buf.data);
}

static void
read_row(const StoredRule *rule, Oid extension, Relation rel, HeapTuple tuple, RuleSink *sink)
{
	Oid			table = row_table(rule, rel, tuple);
	RunTable   *run;

	if (!OidIsValid(table))
		return;
	if (sink->says != RULE_RUNS)
	{
		sink->own(sink, RelationRelationId, table);
		return;
	}
	run = palloc0(sizeof(RunTable));
	run->relid = table;
	run->extension = sink->extension;
	run->what = pstrdup(rule->catalog);
	run->made = call(rule, extension, rel, tuple, rule->made_by, rule->made_with);
	run->undone = call(rule, extension, rel, tuple, rule->undone_by, rule->undone_with);
	run->is_untried = true;
	sink->run(sink, run);
}

void
users_rule_read(const StoredRule *rule, Oid extension, RuleSink *sink)
{
	Relation	rel = open_catalog(rule, extension);
	SysScanDesc scan;
	HeapTuple	tuple;

	if (!rule_can_read(RelationGetRelid(rel)))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for table %s", rule->catalog),
				 errdetail("It names the tables that extension \"%s\" runs.", rule->extension),
				 errhint("Have SELECT on it granted to you.")));
	scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		read_row(rule, extension, rel, tuple, sink);
	}
	systable_endscan(scan);
	relation_close(rel, AccessShareLock);
}
