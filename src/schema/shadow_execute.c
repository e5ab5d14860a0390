/*
 * shadow_execute.c
 *		Run a text in a shadow.
 *
 * Everything in it runs as it is written, but for what cannot be true of a
 * shadow: extensions are there already, and so are empty schemas; and for what
 * would reach out of it.  The raw parse tree says which statements those are.
 */
#include "postgres.h"

#include "compat.h"
#include "run/run.h"
#include "schema/shadow_private.h"
#include "settings.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_subscription.h"
#include "commands/comment.h"
#include "commands/event_trigger.h"
#include "commands/extension.h"
#include "commands/subscriptioncmds.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* A text that runs. */
typedef struct ShadowText
{
	Shadow	   *shadow;
	const Script *script;
	const ScriptOrigin *origin;
	MemoryContext context;		/* lasts as long as the text */
	CommandId  *begun;			/* for each statement */
	List	   *muted;			/* event triggers */

	/* left by before() for after() */
	ShadowSchema *claiming;		/* its members are away while it is made anew */
	bool		enable;			/* the subscription that is made */
	int			quiet;			/* nest level of settings */
} ShadowText;

/* ------------------------------------------------------------------- extensions */

static Oid
extension_owner(Oid extension)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(rel, Anum_pg_extension_oid, extension);
	Oid			owner = HeapTupleIsValid(tuple) ? ((Form_pg_extension) GETSTRUCT(tuple))->extowner : InvalidOid;

	table_close(rel, AccessShareLock);
	return owner;
}

/* An extension that was there before, by its name. */
static Oid
live_extension(const Shadow *shadow, const char *name)
{
	Oid			oid = get_extension_oid(name, true);

	return list_member_oid(shadow->live_extensions, oid) ? oid : InvalidOid;
}

static void
mention(ShadowText *text, Oid extension)
{
	MemoryContext old = MemoryContextSwitchTo(text->shadow->context);

	text->shadow->mentioned = list_append_unique_oid(text->shadow->mentioned, extension);
	MemoryContextSwitchTo(old);
}

/* Has DROP SCHEMA sent it away, and does it come back into the schema of the same name? */
static bool
comes_back(const Shadow *shadow, Oid from, Oid to)
{
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		ShadowSchema *schema = lfirst(lc);

		if (schema->live == from)
			return strcmp(schema->name, get_namespace_name(to)) == 0;
	}
	return false;
}

/* For who could do so outside, too: functions of the extension trust the schema they are in. */
static void
move_extension(ShadowText *text, Oid extension, Oid to)
{
	Oid			from = members_extension_schema(extension);

	if (from == to)
		return;
	if (!comes_back(text->shadow, from, to) && !has_privs_of_role(GetUserId(), extension_owner(extension)))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_EXTENSION, get_extension_name(extension));
	members_move(text->shadow, extension, from, to);
}

/* Where CREATE EXTENSION would put it. */
static Oid
creation_schema(void)
{
	List	   *path = fetch_search_path(false);

	if (path == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("no schema has been selected to create in")));
	return linitial_oid(path);
}

/*
 * As a database has it that it is created in: with the comment of its control
 * file, and, with place and unless that names a schema, where things are created.
 */
static void
make_as_new(ShadowText *text, Oid extension, bool place)
{
	Oid			types[] = {OIDOID};
	Datum		values[] = {ObjectIdGetDatum(extension)};
	char	   *comment = NULL;
	bool		has_schema = true;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute_with_args("SELECT v.schema IS NOT NULL, v.comment FROM pg_catalog.pg_extension e"
							  " JOIN pg_catalog.pg_available_extension_versions v"
							  " ON v.name OPERATOR(pg_catalog.=) e.extname AND v.version OPERATOR(pg_catalog.=) e.extversion"
							  " WHERE e.oid OPERATOR(pg_catalog.=) $1", 1, types, values, NULL, true, 1) == SPI_OK_SELECT &&
		SPI_processed == 1)
	{
		bool		isnull;

		has_schema = DatumGetBool(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull));
		comment = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2);
		CreateComments(extension, ExtensionRelationId, 0, comment);
		CommandCounterIncrement();
	}
	SPI_finish();
	if (place && !has_schema && has_privs_of_role(GetUserId(), extension_owner(extension)))
		move_extension(text, extension, creation_schema());
}

static bool
before_create_extension(ShadowText *text, CreateExtensionStmt *stmt)
{
	Oid			extension = live_extension(text->shadow, stmt->extname);
	const char *schema = NULL;
	ListCell   *lc;

	if (!OidIsValid(extension))
		return true;
	/* a second time: the server knows what to say */
	if (list_member_oid(text->shadow->mentioned, extension))
		return true;
	mention(text, extension);
	foreach(lc, stmt->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "schema") == 0)
			schema = defGetString(option);
	}
	if (text->shadow->managed->whole)
		make_as_new(text, extension, schema == NULL);
	if (schema != NULL)
		move_extension(text, extension, get_namespace_oid(schema, false));
	else if (members_are_away(extension))
		move_extension(text, extension, creation_schema());
	return false;
}

/* Those that were there before stay, and are no longer mentioned. */
static bool
before_drop_extension(ShadowText *text, DropStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->objects)
	{
		Oid			extension = live_extension(text->shadow, strVal(lfirst(lc)));

		if (!OidIsValid(extension))
			continue;
		text->shadow->mentioned = list_delete_oid(text->shadow->mentioned, extension);
		stmt->objects = foreach_delete_current(stmt->objects, lc);
	}
	return stmt->objects != NIL;
}

/* ---------------------------------------------------------------------- schemas */

static ShadowSchema *
find_by_name(const Shadow *shadow, const char *name)
{
	Oid			oid = get_namespace_oid(name, true);

	return OidIsValid(oid) ? shadow_find_schema(shadow, oid) : NULL;
}

/*
 * CREATE SCHEMA of one that is there, since it was before: the empty one goes,
 * and the statement makes its own, with the owner and the grants that it has in
 * a new database.  Members of extensions are away meanwhile.
 */
static bool
before_create_schema(ShadowText *text, CreateSchemaStmt *stmt)
{
	char	   *name = stmt->schemaname ? stmt->schemaname : get_rolespec_name(stmt->authrole);
	ShadowSchema *schema;
	ObjectAddress address;

	/* pg_dump writes it */
	if (strcmp(name, "migrate") == 0 && OidIsValid(get_namespace_oid(name, true)))
		return false;
	schema = find_by_name(text->shadow, name);
	if (schema == NULL || schema->claimed || members_schema_in_use(text->shadow, schema->oid))
		return true;

	/*
	 * a new database has it; pg_dump of one schema writes it nevertheless,
	 * and only what differs from a new one
	 */
	if (strcmp(name, "public") == 0 && stmt->authrole == NULL && stmt->schemaElts == NIL)
	{
		if (stmt->if_not_exists)
			return true;
		hide_reset_public(schema);
		schema->claimed = true;
		return false;
	}
	/* who could not drop it does not get it: see the top of shadow.c */
	if (!has_privs_of_role(GetUserId(), schema->owner))
	{
		schema->claimed = true;
		return stmt->schemaElts != NIL;
	}
	if (OidIsValid(schema->live))
		members_move(text->shadow, InvalidOid, schema->oid, schema->live);
	ObjectAddressSet(address, NamespaceRelationId, schema->oid);
	performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
	CommandCounterIncrement();
	text->claiming = schema;
	return true;
}

static void
after_create_schema(ShadowText *text)
{
	ShadowSchema *schema = text->claiming;

	if (schema == NULL)
		return;
	text->claiming = NULL;
	schema->replaced = schema->oid;
	schema->oid = get_namespace_oid(schema->name, false);
	schema->claimed = true;
	if (OidIsValid(schema->live))
		members_move(text->shadow, InvalidOid, schema->live, schema->oid);
}

/*
 * DROP SCHEMA would drop the extensions in it, and with them the columns of
 * tables that are away: the extensions go away themselves.
 */
static bool
before_drop_schema(ShadowText *text, DropStmt *stmt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, stmt->objects)
	{
		char	   *name = strVal(lfirst(lc));
		Oid			oid = get_namespace_oid(name, true);
		ShadowSchema *schema = OidIsValid(oid) ? shadow_find_schema(text->shadow, oid) : NULL;
		List	   *extensions = OidIsValid(oid) ? members_extensions_in(text->shadow, oid) : NIL;

		if (extensions == NIL)
			continue;
		foreach(lc2, extensions)
		{
			const char *extension = get_extension_name(lfirst_oid(lc2));

			/* one that the text has dropped is only still there for us */
			if (stmt->behavior != DROP_CASCADE && shadow_has_extension(text->shadow, extension))
				ereport(ERROR,
						(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						 errmsg("cannot drop schema %s because other objects depend on it", name),
						 errdetail("extension %s depends on schema %s", extension, name),
						 errhint("Use DROP ... CASCADE to drop the dependent objects too.")));
		}
		if (!object_ownercheck(NamespaceRelationId, oid, GetUserId()))
			return true;
		if (schema == NULL || !OidIsValid(schema->live))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot drop schema %s with the extension %s in it", name,
							get_extension_name(linitial_oid(extensions))),
					 errhint("Leave the extension where it was before.")));
		members_move(text->shadow, InvalidOid, oid, schema->live);
		foreach(lc2, extensions)
			text->shadow->mentioned = list_delete_oid(text->shadow->mentioned, lfirst_oid(lc2));
	}
	return true;
}

/* -------------------------------------------------------------- other statements */

/* A comment that is there already, on what belongs to somebody else: every pg_dump has it. */
static bool
before_comment(CommentStmt *stmt)
{
	Oid			catalog = stmt->objtype == OBJECT_EXTENSION ? ExtensionRelationId : NamespaceRelationId;
	Oid			oid;
	char	   *comment;

	if (stmt->objtype != OBJECT_EXTENSION && stmt->objtype != OBJECT_SCHEMA)
		return true;
	oid = stmt->objtype == OBJECT_EXTENSION ? get_extension_oid(strVal(stmt->object), true)
		: get_namespace_oid(strVal(stmt->object), true);
	comment = OidIsValid(oid) ? GetComment(oid, catalog, 0) : NULL;
	return comment == NULL || stmt->comment == NULL || strcmp(comment, stmt->comment) != 0;
}

static DefElem *
take_option(List **options, const char *name)
{
	ListCell   *lc;

	foreach(lc, *options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, name) == 0)
		{
			*options = foreach_delete_current(*options, lc);
			return option;
		}
	}
	return NULL;
}

/* A subscription without its publisher: it is described, and does not connect. */
static void
before_create_subscription(ShadowText *text, CreateSubscriptionStmt *stmt)
{
	DefElem    *connect = take_option(&stmt->options, "connect");
	DefElem    *enabled = take_option(&stmt->options, "enabled");

	text->enable = enabled ? defGetBoolean(enabled) : connect == NULL || defGetBoolean(connect);
	(void) take_option(&stmt->options, "create_slot");
	(void) take_option(&stmt->options, "copy_data");
	stmt->options = lappend(stmt->options, makeDefElem("connect", (Node *) makeString("false"), -1));
	/* it would be told what to do next */
	text->quiet = settings_be_quiet();
}

static void
after_create_subscription(ShadowText *text, CreateSubscriptionStmt *stmt)
{
	Oid			oid = get_subscription_oid(stmt->subname, false);
	int			column = Anum_pg_subscription_subenabled;
	Datum		value = BoolGetDatum(text->enable);
	bool		isnull = false;

	settings_leave(text->quiet);
	(void) hide_update_row(SubscriptionRelationId, oid, 1, &column, &value, &isnull);
	CommandCounterIncrement();
}

/*
 * One of the text itself has no slot to be dropped with it, and so it may go in a
 * transaction.
 */
static bool
drops_own_subscription(const ShadowText *text, Node *node)
{
	HeapTuple	tuple;
	Oid			oid = InvalidOid;
	int			column = Anum_pg_subscription_subslotname;
	Datum		value = (Datum) 0;
	bool		isnull = true;

	if (!IsA(node, DropSubscriptionStmt))
		return false;
	tuple = SearchSysCache2(SUBSCRIPTIONNAME, ObjectIdGetDatum(MyDatabaseId),
							CStringGetDatum(castNode(DropSubscriptionStmt, node)->subname));
	if (!HeapTupleIsValid(tuple))
		return castNode(DropSubscriptionStmt, node)->missing_ok;
	if (shadow_is_own(text->shadow, tuple))
		oid = ((Form_pg_subscription) GETSTRUCT(tuple))->oid;
	ReleaseSysCache(tuple);
	if (!OidIsValid(oid))
		return false;
	(void) hide_update_row(SubscriptionRelationId, oid, 1, &column, &value, &isnull);
	CommandCounterIncrement();
	return true;
}

static void
leave_out(const ShadowText *text, int number)
{
	const Statement *stmt = &text->script->statements[number];

	ereport(NOTICE,
			(errmsg("%s, statement %d, %s: %s was left out, since it cannot run inside a transaction",
					text->origin->direction, number + 1, script_where(text->origin, stmt->line),
					CreateCommandName(stmt->raw->stmt))));
}

/* These find what they change by its owner or its place, and would find what is away. */
static void
refuse(const char *statement)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot try out %s", statement),
			 errdetail("It would reach the tables that are there, and lock them."),
			 errhint("Name the objects one by one.")));
}

/* pg_dump of 17 and later sets it, whatever the server is. */
static bool
is_unknown_setting(VariableSetStmt *stmt)
{
	return stmt->name != NULL && strcmp(stmt->name, "transaction_timeout") == 0 &&
		GetConfigOption(stmt->name, true, false) == NULL;
}

/* Is the statement to be run? */
static bool
before(int number, void *arg)
{
	ShadowText *text = arg;
	const Statement *stmt = &text->script->statements[number];
	Node	   *node = stmt->raw->stmt;

	text->begun[number] = GetCurrentCommandId(false);
	if (stmt->mode == RUN_AUTOCOMMIT && !IsA(node, CreateSubscriptionStmt) && !drops_own_subscription(text, node))
	{
		leave_out(text, number);
		return false;
	}
	switch (nodeTag(node))
	{
		case T_CreateExtensionStmt:
			return before_create_extension(text, castNode(CreateExtensionStmt, node));
		case T_AlterExtensionStmt:
			return !OidIsValid(live_extension(text->shadow, castNode(AlterExtensionStmt, node)->extname));
		case T_AlterObjectSchemaStmt:
			{
				AlterObjectSchemaStmt *alter = castNode(AlterObjectSchemaStmt, node);
				Oid			extension = InvalidOid;

				if (alter->objectType == OBJECT_EXTENSION)
					extension = live_extension(text->shadow, strVal(alter->object));
				if (!OidIsValid(extension))
					return true;
				move_extension(text, extension, get_namespace_oid(alter->newschema, false));
				return false;
			}
		case T_CreateSchemaStmt:
			return before_create_schema(text, castNode(CreateSchemaStmt, node));
		case T_DropStmt:
			if (castNode(DropStmt, node)->removeType == OBJECT_EXTENSION)
				return before_drop_extension(text, castNode(DropStmt, node));
			if (castNode(DropStmt, node)->removeType == OBJECT_SCHEMA)
				return before_drop_schema(text, castNode(DropStmt, node));
			return true;
		case T_CommentStmt:
			return before_comment(castNode(CommentStmt, node));
		case T_VariableSetStmt:
			return !is_unknown_setting(castNode(VariableSetStmt, node));
		case T_CreateSubscriptionStmt:
			before_create_subscription(text, castNode(CreateSubscriptionStmt, node));
			return true;
		case T_DropOwnedStmt:
			refuse("DROP OWNED");
			return false;
		case T_ReassignOwnedStmt:
			refuse("REASSIGN OWNED");
			return false;
		case T_AlterTableMoveAllStmt:
			refuse("ALTER ... ALL IN TABLESPACE");
			return false;
		default:
			return true;
	}
}

static void
mute(ShadowText *text)
{
	MemoryContext old = MemoryContextSwitchTo(text->context);

	text->muted = mute_event_triggers(text->muted);
	MemoryContextSwitchTo(old);
}

static void
after(int number, void *arg)
{
	ShadowText *text = arg;
	Node	   *node = text->script->statements[number].raw->stmt;

	switch (nodeTag(node))
	{
		case T_CreateSchemaStmt:
			after_create_schema(text);
			break;
		case T_CreateSubscriptionStmt:
			after_create_subscription(text, castNode(CreateSubscriptionStmt, node));
			break;
		case T_AlterEventTrigStmt:
			text->muted = mute_forget(text->muted,
									  get_event_trigger_oid(castNode(AlterEventTrigStmt, node)->trigname, false));
			mute(text);
			break;
		case T_CreateEventTrigStmt:
		case T_CreateExtensionStmt:
			mute(text);
			break;
		default:
			break;
	}
}

/* ------------------------------------------------------------------------ texts */

/*
 * The lines that pg_dump puts round its script for psql; what is left has the
 * same lines.
 */
char *
shadow_without_restrict(const char *sql)
{
	char	   *text = pstrdup(sql);

	for (char *line = text; line != NULL; line = strchr(line, '\n'))
	{
		size_t		word;

		if (*line == '\n')
			line++;
		word = strncmp(line, "\\restrict ", 10) == 0 ? 10 : strncmp(line, "\\unrestrict ", 12) == 0 ? 12 : 0;
		if (word > 0)
		{
			size_t		key = strspn(line + word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

			if (key > 0 && strchr("\r\n", line[word + key]) != NULL)
				memset(line, ' ', word + key);
		}
	}
	return text;
}

static int
enter_settings(const ScriptOrigin *origin)
{
	if (origin->revision != NULL)
		return settings_enter_revision(origin->revision, origin->direction);
	return NewGUCNestLevel();
}

int
shadow_execute(Shadow *shadow, const char *sql, const ScriptOrigin *origin)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_text = AllocSetContextCreate(caller, "migrate_ext shadow text", ALLOCSET_DEFAULT_SIZES);
	ShadowText	text = {.shadow = shadow,.origin = origin};
	StatementHooks hooks = {before, after, &text};
	Script	   *script;
	int			nest_level;
	int			nstatements;

	text.context = per_text;
	MemoryContextSwitchTo(per_text);
	script = script_parse(shadow_without_restrict(sql), origin->revision != NULL, origin);
	text.script = script;
	text.begun = palloc0(sizeof(CommandId) * Max(script->nstatements, 1));
	mute(&text);
	nest_level = enter_settings(origin);
	progress_step("shadow", origin->revision ? origin->revision : origin->direction, 1, 1);
	execute_hooked(script, origin, 0, script->nstatements, &hooks);
	execute_deferred(origin);
	settings_leave(nest_level);
	members_come_back(shadow);
	mute_end(text.muted);
	if (!shadow->managed->whole)
		unmanaged_check(shadow, script, origin, text.begun);
	nstatements = script->nstatements;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_text);
	return nstatements;
}
