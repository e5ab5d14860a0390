/*
 * extension_rules.c
 *		What extensions run by themselves: reads what the rules say of a database.
 *
 * Our rules are constant queries of tables that belong to their extension.  They run as the caller:
 * he learns nothing that he could not read.  What users say is read by users_rules.c.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "settings.h"
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
#include "catalog/objectaddress.h"
#include "catalog/pg_class.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/hsearch.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

typedef struct Owned
{
	ObjectAddress address;		/* hash key */
	const char *extension;
} Owned;

struct ExtensionRules
{
	MemoryContext context;
	HTAB	   *owned;			/* Owned */
	List	   *run;			/* RunTable * */
	List	   *unread;			/* char * */
	List	   *trigger_extensions; /* Oid: they own what calls their
									 * functions */
	List	   *offering_extensions;	/* Oid: what calls their functions is
										 * users' */
	List	   *making_extensions;	/* Oid: they make tables in their schemas */
};

/* What an error is about. */
typedef struct RuleName
{
	const char *extension;
	bool		is_users;
} RuleName;

static void
name_rule(void *arg)
{
	const RuleName *name = arg;

	errcontext(name->is_users ? "rule of extension \"%s\" in migrate.extension_rules"
			   : "what migrate_ext knows of extension \"%s\"", name->extension);
}

/* -------------------------------------------------------------------- collecting */

static void
own(RuleSink *sink, Oid classid, Oid objid)
{
	ExtensionRules *rules = sink->rules;
	ObjectAddress address = {classid, objid, 0};
	bool		found;
	Owned	   *owned;

	if (!OidIsValid(objid))
		return;
	owned = hash_search(rules->owned, &address, HASH_ENTER, &found);
	owned->extension = sink->extension;
}

/* All that is below the table. */
static void
own_children(RuleSink *sink, Oid classid, Oid table)
{
	ListCell   *lc;

	if (!OidIsValid(table))
		return;
	foreach(lc, find_all_inheritors(table, NoLock, NULL))
	{
		if (lfirst_oid(lc) != table)
			own(sink, classid, lfirst_oid(lc));
	}
}

static void
run(RuleSink *sink, RunTable *table)
{
	ExtensionRules *rules = sink->rules;

	rules->run = lappend(rules->run, table);
}

static RuleSink
sink_of(ExtensionRules *rules, const char *extension, RuleSays says)
{
	RuleSink	sink =
	{.extension = extension,.says = says,.rules = rules,.run = run,
	.own = says == RULE_OWNS_PARTITIONS ? own_children : own};

	return sink;
}

/* --------------------------------------------------------------------- our rules */

/* A text with the extension's schema where it says so. */
static char *
in_schema(const char *text, const char *schema)
{
	static const char mark[] = "@extschema@";
	StringInfoData buf;
	const char *next;

	initStringInfo(&buf);
	while ((next = strstr(text, mark)) != NULL)
	{
		appendStringInfo(&buf, "%.*s%s", (int) (next - text), text, schema);
		text = next + sizeof(mark) - 1;
	}
	appendStringInfoString(&buf, text);
	return buf.data;
}

/* The quoted schema; it stands in literals and in formats, too. */
static const char *
usable_schema(Oid schema)
{
	const char *name = quote_identifier(get_namespace_name(schema));

	if (strpbrk(name, "'%\\@") != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the schema %s of an extension has a name that cannot be used", name),
				 errhint("Say in migrate.extension_rules what the extension runs.")));
	return name;
}

typedef enum Readable
{
	CAN_READ,
	CANNOT_READ,
	IS_EMPTY
} Readable;

static bool
is_empty(Oid relid)
{
	Relation	rel = try_relation_open(relid, AccessShareLock);
	bool		result;

	if (rel == NULL)
		return true;
	result = rel->rd_rel->relkind == RELKIND_RELATION && RelationGetNumberOfBlocks(rel) == 0;
	relation_close(rel, AccessShareLock);
	return result;
}

/* One of the extension's tables or views; an error if it has none of this name. */
static Readable
can_read(const ShippedRule *rule, Oid extension, const char *name)
{
	List	   *names = NIL;
	Oid			schema = InvalidOid;
	Oid			relid = InvalidOid;

	if (SplitIdentifierString(pstrdup(name), '.', &names) && list_length(names) == 2)
		schema = get_namespace_oid(linitial(names), true);
	if (OidIsValid(schema))
		relid = get_relname_relid(lsecond(names), schema);
	if (!OidIsValid(relid) || getExtensionOfObject(RelationRelationId, relid) != extension)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("extension \"%s\" is of a version that is not known: it has no table %s",
						rule->extension, name),
				 errhint("Say in migrate.extension_rules what it runs: that takes the place of what migrate_ext knows.")));
	if (rule_can_read(relid) &&
		object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_USAGE) == ACLCHECK_OK)
		return CAN_READ;
	return is_empty(relid) ? IS_EMPTY : CANNOT_READ;
}

/*
 * May the caller run the rule's query?  Where he may not, tables of partitions that he cannot tell
 * from his own would be dropped; but what only says what is run is passed over, with a word.
 */
static bool
may_run(ExtensionRules *rules, const ShippedRule *rule, Oid extension, const char *catalogs)
{
	char	   *rest = pstrdup(catalogs);
	char	   *name;
	Readable	all = CAN_READ;

	while ((name = strsep(&rest, " ")) != NULL)
	{
		Readable	one = can_read(rule, extension, name);

		if (one == CANNOT_READ && rule->says != RULE_RUNS)
			ereport(ERROR,
					(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
					 errmsg("permission denied for table %s", name),
					 errdetail("It says which tables extension \"%s\" makes and drops by itself, which are left alone.",
							   rule->extension),
					 errhint("Have SELECT on it granted to you, and USAGE on its schema.")));
		if (one == CANNOT_READ)
			rules->unread = lappend(rules->unread, pstrdup(name));
		if (one != CAN_READ)
			all = one;
	}
	return all == CAN_READ;
}

static Oid
row_oid(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
									  &isnull);

	return isnull ? InvalidOid : DatumGetObjectId(value);
}

static List *
row_texts(uint64 row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column,
									  &isnull);
	List	   *texts = NIL;
	char	  **items;
	int			n;

	if (isnull)
		return NIL;
	store_array_texts(value, &items, &n);
	for (int i = 0; i < n; i++)
		texts = lappend(texts, items[i]);
	return texts;
}

static void
take_row(RuleSink *sink, uint64 row)
{
	RunTable   *table;
	bool		isnull;

	switch (sink->says)
	{
		case RULE_OWNS:
			sink->own(sink, row_oid(row, 1), row_oid(row, 2));
			break;
		case RULE_OWNS_PARTITIONS:
			sink->own(sink, RelationRelationId, row_oid(row, 1));
			break;
		case RULE_RUNS:
			table = palloc0(sizeof(RunTable));
			table->relid = row_oid(row, 1);
			table->extension = sink->extension;
			table->what = TextDatumGetCString(SPI_getbinval(SPI_tuptable->vals[row],
															SPI_tuptable->tupdesc, 2, &isnull));
			table->made = row_texts(row, 3);
			table->undone = row_texts(row, 4);
			table->is_untried =
				DatumGetBool(SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, 5,
										   &isnull));
			if (OidIsValid(table->relid))
				sink->run(sink, table);
			break;
		case RULE_OWNS_TRIGGERS:
		case RULE_OFFERS_TRIGGER_FUNCTIONS:
		case RULE_MAKES_IN_ITS_SCHEMA:
			break;
	}
}

/* A rule that says all there is to say by what it says: is it one? */
static bool
take_plain_rule(ExtensionRules *rules, RuleSays says, Oid extension)
{
	List	  **extensions;

	switch (says)
	{
		case RULE_OWNS_TRIGGERS:
			extensions = &rules->trigger_extensions;
			break;
		case RULE_OFFERS_TRIGGER_FUNCTIONS:
			extensions = &rules->offering_extensions;
			break;
		case RULE_MAKES_IN_ITS_SCHEMA:
			extensions = &rules->making_extensions;
			break;
		default:
			return false;
	}
	*extensions = list_append_unique_oid(*extensions, extension);
	return true;
}

static void
run_query(ExtensionRules *rules, const ShippedRule *rule, const char *sql)
{
	RuleSink	sink = sink_of(rules, rule->extension, rule->says);

	/* not read-only: it is to see what a shadow has made */
	store_query(sql, 0, NULL, NULL, NULL, false, SPI_OK_SELECT);
	/* SPI has left its own current */
	(void) MemoryContextSwitchTo(rules->context);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		CHECK_FOR_INTERRUPTS();
		take_row(&sink, i);
	}
	SPI_freetuptable(SPI_tuptable);
}

static void
read_shipped(ExtensionRules *rules, const ShippedRule *rule, Oid extension, const char *schema)
{
	RuleName	name = {.extension = rule->extension,.is_users = false};
	ErrorContextCallback context =
	{.callback = name_rule,.arg = &name,.previous = error_context_stack};

	error_context_stack = &context;
	if (!take_plain_rule(rules, rule->says, extension) &&
		may_run(rules, rule, extension, in_schema(rule->catalogs, schema)))
		run_query(rules, rule, in_schema(rule->query, schema));
	error_context_stack = context.previous;
}

/* ---------------------------------------------------------------------- all rules */

static void
read_users(ExtensionRules *rules, const StoredRule *rule, Oid extension)
{
	RuleName	name = {.extension = rule->extension,.is_users = true};
	ErrorContextCallback context =
	{.callback = name_rule,.arg = &name,.previous = error_context_stack};
	RuleSink	sink;

	error_context_stack = &context;
	sink = sink_of(rules, rule->extension, users_rule_says(rule));
	if (!take_plain_rule(rules, sink.says, extension))
		users_rule_read(rule, extension, &sink);
	error_context_stack = context.previous;
}

static bool
is_of_users(const List *stored, const char *extension)
{
	ListCell   *lc;

	foreach(lc, stored)
	{
		if (strcmp(((const StoredRule *) lfirst(lc))->extension, extension) == 0)
			return true;
	}
	return false;
}

/* Is it there, also in the shadow, where a text may not have made it? */
static Oid
find_extension(const Shadow *shadow, const char *name)
{
	return shadow == NULL || shadow_has_extension(shadow, name) ? get_extension_oid(name, true)
		: InvalidOid;
}

static ExtensionRules *
new_rules(void)
{
	HASHCTL		ctl =
	{.keysize = sizeof(ObjectAddress),.entrysize = sizeof(Owned),.hcxt = CurrentMemoryContext};
	ExtensionRules *rules = palloc0(sizeof(ExtensionRules));

	rules->context = CurrentMemoryContext;
	rules->owned = hash_create("migrate_ext objects of extensions", 256, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return rules;
}

static void
read_all(ExtensionRules *rules, const Shadow *shadow, const List *stored)
{
	ListCell   *lc;

	for (int i = 0; i < nshipped_rules; i++)
	{
		const ShippedRule *rule = &shipped_rules[i];
		Oid			extension = find_extension(shadow, rule->extension);

		if (OidIsValid(extension) && !is_of_users(stored, rule->extension))
			read_shipped(rules, rule, extension,
						 usable_schema(members_extension_schema(extension)));
	}
	foreach(lc, stored)
	{
		const StoredRule *rule = lfirst(lc);
		Oid			extension = find_extension(shadow, rule->extension);

		if (OidIsValid(extension))
			read_users(rules, rule, extension);
	}
}

static bool
any_is_there(const Shadow *shadow, const List *stored)
{
	ListCell   *lc;

	for (int i = 0; i < nshipped_rules; i++)
		if (OidIsValid(find_extension(shadow, shipped_rules[i].extension)))
			return true;
	foreach(lc, stored)
	{
		if (OidIsValid(find_extension(shadow, ((const StoredRule *) lfirst(lc))->extension)))
			return true;
	}
	return false;
}

ExtensionRules *
extension_rules_read(const Shadow *shadow)
{
	List	   *stored = store_extension_rules();
	ExtensionRules *rules;
	int			nest_level;

	if (!any_is_there(shadow, stored))
		return NULL;
	rules = new_rules();
	nest_level = settings_pin_path();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PushActiveSnapshot(GetTransactionSnapshot());
	(void) MemoryContextSwitchTo(rules->context);
	read_all(rules, shadow, stored);
	PopActiveSnapshot();
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	settings_leave(nest_level);
	return rules;
}

/* ------------------------------------------------------------------------ answers */

/* The extension whose function a trigger calls, if any. */
static Oid
called_extension(Oid trigger)
{
	Oid			function = asked_trigger_function(trigger, NULL);

	return OidIsValid(function) ? getExtensionOfObject(ProcedureRelationId, function) : InvalidOid;
}

/* Has the extension no function but those of triggers? */
static bool
has_only_triggers(Oid extension)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	bool		result = true;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(ExtensionRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(extension));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 2, keys);
	while (result && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		result = depend->classid != ProcedureRelationId ||
			depend->deptype != DEPENDENCY_EXTENSION ||
			get_func_rettype(depend->objid) == TRIGGEROID;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return result;
}

const char *
extension_rules_perhaps_made(const ExtensionRules *rules, Oid trigger, bool *only_triggers)
{
	Oid			extension = called_extension(trigger);

	if (!OidIsValid(extension) ||
		(rules != NULL && (list_member_oid(rules->trigger_extensions, extension) ||
						   list_member_oid(rules->offering_extensions, extension))))
		return NULL;
	*only_triggers = has_only_triggers(extension);
	return get_extension_name(extension);
}

const char *
extension_rules_owner(const ExtensionRules *rules, Oid classid, Oid objid)
{
	ObjectAddress address = {classid, objid, 0};
	const Owned *owned;
	Oid			extension;

	if (rules == NULL)
		return NULL;
	owned = hash_search(rules->owned, &address, HASH_FIND, NULL);
	if (owned != NULL || classid != TriggerRelationId || rules->trigger_extensions == NIL)
		return owned != NULL ? owned->extension : NULL;
	extension = called_extension(objid);
	return list_member_oid(rules->trigger_extensions, extension) ? get_extension_name(extension)
		: NULL;
}

List *
extension_rules_run(const ExtensionRules *rules)
{
	return rules != NULL ? rules->run : NIL;
}

List *
extension_rules_unread(const ExtensionRules *rules)
{
	return rules != NULL ? rules->unread : NIL;
}

/* -------------------------------------------------------------------------- names */

typedef struct OwnedName
{
	NameData	names[2];		/* hash key: schema, name */
	const char *extension;
} OwnedName;

struct OwnedNames
{
	HTAB	   *names;
};

static void
name_key(NameData *key, const char *schema, const char *name)
{
	memset(key, 0, sizeof(NameData) * 2);
	namestrcpy(&key[0], schema);
	namestrcpy(&key[1], name);
}

static void
note_name(HTAB *names, const Owned *owned)
{
	Oid			objid = owned->address.objectId;
	bool		is_relation = owned->address.classId == RelationRelationId;
	char	   *name = is_relation ? get_rel_name(objid) : get_func_name(objid);
	char	   *schema;
	NameData	key[2];
	bool		found;

	if (name == NULL)
		return;
	schema = get_namespace_name(is_relation ? get_rel_namespace(objid) : get_func_namespace(objid));
	if (schema == NULL)
		return;
	name_key(key, schema, name);
	((OwnedName *) hash_search(names, key, HASH_ENTER, &found))->extension = owned->extension;
}

/* Has the schema relations or functions that are neither members nor an extension's own? */
static bool
has_others(const ExtensionRules *rules, Oid schema)
{
	Oid			type = OIDOID;
	Datum		value = ObjectIdGetDatum(schema);
	bool		result = false;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	store_query("SELECT a.classid, a.objid FROM (SELECT 'pg_catalog.pg_class'::pg_catalog.regclass::oid, oid"
				" FROM pg_catalog.pg_class WHERE relnamespace = $1 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')"
				" UNION ALL SELECT 'pg_catalog.pg_proc'::pg_catalog.regclass, oid FROM pg_catalog.pg_proc"
				" WHERE pronamespace = $1) AS a (classid, objid)"
				" WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_depend AS d WHERE d.classid = a.classid"
				" AND d.objid = a.objid AND d.deptype = 'e')",
				1, &type, &value, NULL, false, SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
		result |= extension_rules_owner(rules, row_oid(i, 1), row_oid(i, 2)) == NULL;
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	return result;
}

static bool
is_managed(const Managed *managed, const char *schema)
{
	for (int i = 0; i < managed->nschemas; i++)
		if (strcmp(managed->schemas[i], schema) == 0)
			return true;
	return managed->whole;
}

/* Only a superuser may surely put away what extensions have brought. */
static void
note_schemas(Managed *managed, const ExtensionRules *rules)
{
	int			nest_level;
	ListCell   *lc;

	if (rules->making_extensions == NIL || !superuser())
		return;
	nest_level = settings_pin_path();
	foreach(lc, rules->making_extensions)
	{
		Oid			oid = members_extension_schema(lfirst_oid(lc));
		char	   *schema = get_namespace_name(oid);

		if (schema != NULL && strcmp(schema, "public") != 0 && !is_managed(managed, schema) &&
			!has_others(rules, oid))
			managed->also_away = lappend(managed->also_away, schema);
	}
	settings_leave(nest_level);
}

void
extension_rules_note_schemas(Managed *managed)
{
	ExtensionRules *rules = extension_rules_read(NULL);

	if (rules != NULL)
		note_schemas(managed, rules);
}

void
extension_rules_note_names(Managed *managed)
{
	ExtensionRules *rules = extension_rules_read(NULL);
	HASHCTL		ctl =
	{.keysize = sizeof(NameData) * 2,.entrysize = sizeof(OwnedName),.hcxt = CurrentMemoryContext};
	struct OwnedNames *names;
	HASH_SEQ_STATUS scan;
	const Owned *owned;

	if (rules == NULL)
		return;
	note_schemas(managed, rules);
	if (hash_get_num_entries(rules->owned) == 0)
		return;
	names = palloc(sizeof(struct OwnedNames));
	names->names = hash_create("migrate_ext names of extensions", 256, &ctl,
							   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	hash_seq_init(&scan, rules->owned);
	while ((owned = hash_seq_search(&scan)) != NULL)
		note_name(names->names, owned);
	managed->owned_names = names;
}

const char *
extension_rules_owner_of_name(const Managed *managed, const char *schema, const char *name)
{
	NameData	key[2];
	const OwnedName *owned;

	if (managed->owned_names == NULL)
		return NULL;
	name_key(key, schema, name);
	owned = hash_search(managed->owned_names->names, key, HASH_FIND, NULL);
	return owned != NULL ? owned->extension : NULL;
}
