/*
 * extension_rules.c
 *		What extensions run by themselves: migrate.extension_rules.
 *
 * The queries are rows of a table of ours, so whoever owns the extension writes them.  They run as that
 * owner, in a security-restricted operation: a comparison that a superuser asks for gives him nothing.
 */
#include "postgres.h"

#include "compat.h"
#include "snapshot/extension_rules.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_class.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"

/* A row of the table, about an extension that is there. */
typedef struct Rule
{
	Oid			oid;			/* of the extension */
	const char *extension;
	bool		own_triggers;
	const char *own_tables;		/* or NULL */
	const char *made_again;		/* or NULL */
} Rule;

struct ExtensionRules
{
	List	   *rules;			/* Rule * */
	HTAB	   *relations;		/* OwnRelation */
};

typedef struct OwnRelation
{
	Oid			relid;			/* hash key */
	const char *extension;
} OwnRelation;

#define INSTALLED_RULES \
	"SELECT e.oid, r.extension, r.own_triggers, replace(r.own_tables, '@extschema@', quote_ident(n.nspname))," \
	" replace(r.made_again, '@extschema@', quote_ident(n.nspname))" \
	" FROM migrate.extension_rules r JOIN pg_extension e ON e.extname = r.extension" \
	" JOIN pg_namespace n ON n.oid = e.extnamespace ORDER BY r.extension"

static char *
row_text(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* NULL and 0 alike: what has just been dropped has no OID. */
static Oid
row_oid(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

static List *
installed_rules(const StoreScope *scope)
{
	static SPIPlanPtr plan = NULL;
	List	   *rules = NIL;
	MemoryContext spi;

	store_query_again(&plan, INSTALLED_RULES, 0, NULL, NULL, NULL, SPI_OK_SELECT);
	spi = MemoryContextSwitchTo(scope->caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Rule	   *rule = palloc(sizeof(Rule));

		rule->oid = row_oid(i, 1);
		rule->extension = row_text(i, 2);
		rule->own_triggers = strcmp(SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 3), "t") == 0;
		rule->own_tables = row_text(i, 4);
		rule->made_again = row_text(i, 5);
		rules = lappend(rules, rule);
	}
	MemoryContextSwitchTo(spi);
	SPI_freetuptable(SPI_tuptable);
	return rules;
}

static void
name_rule(void *arg)
{
	const Rule *rule = arg;

	errcontext("rule of extension \"%s\" in migrate.extension_rules", rule->extension);
}

/* Run a query of a rule; its columns have to be these. */
static void
run_rule(Rule *rule, const char *sql, const Oid *types, int ntypes)
{
	ErrorContextCallback context = {.callback = name_rule,.arg = rule,.previous = error_context_stack};
	TupleDesc	desc;

	error_context_stack = &context;
	/* not read-only: it is to see what a shadow has made */
	store_query(sql, 0, NULL, NULL, NULL, false, SPI_OK_SELECT);
	desc = SPI_tuptable->tupdesc;
	for (int i = 0; i < ntypes; i++)
		if (desc->natts != ntypes ||
			(types[i] == OIDOID ? SPI_gettypeid(desc, i + 1) != OIDOID && SPI_gettypeid(desc, i + 1) != REGCLASSOID :
			 SPI_gettypeid(desc, i + 1) != types[i]))
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the query returns other columns than it should"),
					 errdetail(ntypes == 1 ? "It should return one column, an OID." : "It should return two columns, an OID and a text."),
					 errhint("Correct it with UPDATE migrate.extension_rules.")));
	error_context_stack = context.previous;
}

static const Oid own_tables_types[] = {OIDOID};
static const Oid made_again_types[] = {OIDOID, TEXTOID};

static void
read_own_tables(Rule *rule, HTAB *relations)
{
	run_rule(rule, rule->own_tables, own_tables_types, lengthof(own_tables_types));
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		Oid			relid = row_oid(i, 1);
		bool		found;
		OwnRelation *own;

		CHECK_FOR_INTERRUPTS();
		if (!OidIsValid(relid))
			continue;
		own = hash_search(relations, &relid, HASH_ENTER, &found);
		own->extension = rule->extension;
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
enter(StoreScope *scope)
{
	Oid			userid;
	int			sec_context;

	(void) store_table("extension_rules");
	store_enter(scope);
	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(userid, sec_context | SECURITY_RESTRICTED_OPERATION);
}

ExtensionRules *
extension_rules_read(void)
{
	HASHCTL		ctl = {.keysize = sizeof(Oid),.entrysize = sizeof(OwnRelation),.hcxt = CurrentMemoryContext};
	ExtensionRules *rules = palloc0(sizeof(ExtensionRules));
	StoreScope	scope;
	ListCell   *lc;

	enter(&scope);
	rules->rules = installed_rules(&scope);
	if (rules->rules != NIL)
		rules->relations = hash_create("migrate_ext tables of extensions", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	foreach(lc, rules->rules)
	{
		Rule	   *rule = lfirst(lc);

		if (rule->own_tables != NULL)
			read_own_tables(rule, rules->relations);
	}
	store_leave(&scope);
	return rules->rules != NIL ? rules : NULL;
}

List *
extension_rules_made_again(void)
{
	List	   *tables = NIL;
	StoreScope	scope;
	List	   *rules;
	ListCell   *lc;

	enter(&scope);
	rules = installed_rules(&scope);
	foreach(lc, rules)
	{
		Rule	   *rule = lfirst(lc);
		MemoryContext spi;

		if (rule->made_again == NULL)
			continue;
		run_rule(rule, rule->made_again, made_again_types, lengthof(made_again_types));
		spi = MemoryContextSwitchTo(scope.caller);
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			RunTable   *table = palloc(sizeof(RunTable));

			CHECK_FOR_INTERRUPTS();
			table->relid = row_oid(i, 1);
			table->extension = rule->extension;
			table->sql = row_text(i, 2);
			if (OidIsValid(table->relid))
				tables = lappend(tables, table);
		}
		MemoryContextSwitchTo(spi);
		SPI_freetuptable(SPI_tuptable);
	}
	store_leave(&scope);
	return tables;
}

/* The function that a trigger calls; InvalidOid if the trigger is gone. */
static Oid
trigger_function(Oid trigger)
{
	Relation	rel = table_open(TriggerRelationId, AccessShareLock);
	Oid			function = InvalidOid;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_trigger_oid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(trigger));
	scan = systable_beginscan(rel, TriggerOidIndexId, true, NULL, 1, &key);
	if (HeapTupleIsValid(tuple = systable_getnext(scan)))
		function = ((Form_pg_trigger) GETSTRUCT(tuple))->tgfoid;
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return function;
}

static const char *
trigger_owner(const ExtensionRules *rules, Oid trigger)
{
	Oid			function = InvalidOid;
	Oid			extension;
	ListCell   *lc;

	foreach(lc, rules->rules)
	{
		const Rule *rule = lfirst(lc);

		if (!rule->own_triggers)
			continue;
		if (!OidIsValid(function))
		{
			function = trigger_function(trigger);
			extension = OidIsValid(function) ? getExtensionOfObject(ProcedureRelationId, function) : InvalidOid;
		}
		if (rule->oid == extension)
			return rule->extension;
	}
	return NULL;
}

const char *
extension_rules_owner(const ExtensionRules *rules, Oid classid, Oid objid)
{
	const OwnRelation *own;

	if (rules == NULL)
		return NULL;
	if (classid == TriggerRelationId)
		return trigger_owner(rules, objid);
	if (classid != RelationRelationId)
		return NULL;
	own = hash_search(rules->relations, &objid, HASH_FIND, NULL);
	return own != NULL ? own->extension : NULL;
}
