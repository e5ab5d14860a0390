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
#include "exec/exec.h"
#include "settings.h"
#include "shadow/made.h"
#include "shadow/shadow_text.h"

#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_inherits.h"
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

/* The text that runs now, or NULL. */
static ShadowText *running = NULL;

static ProcessUtility_hook_type next_utility = NULL;

/* What somebody wants the schema to be: no revision, and nothing of our own making. */
static bool
is_model(const ShadowText *text)
{
	return !text->generated && text->origin->revision == NULL &&
		strcmp(text->origin->direction, "model") == 0;
}

Shadow *
shadow_execute_current(void)
{
	return running != NULL ? running->shadow : NULL;
}

const ScriptOrigin *
shadow_execute_origin(void)
{
	return running->origin;
}

bool
shadow_execute_is_model(void)
{
	return running != NULL && is_model(running);
}

bool
shadow_execute_is_revision(void)
{
	return running != NULL && !running->generated && !is_model(running);
}

Expressions
shadow_execute_expressions(void)
{
	return running->expressions;
}

/* -------------------------------------------------------------- other statements */

/* A comment that is there already, on what belongs to somebody else: every pg_dump has it. */
static bool
before_comment(CommentStmt *stmt)
{
	Oid			catalog =
	stmt->objtype == OBJECT_EXTENSION ? ExtensionRelationId : NamespaceRelationId;
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
	stmt->options =
		lappend(stmt->options, makeDefElem("connect", (Node *) makeString("false"), -1));
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
leave_out(const ShadowText *text, int number, const char *reason)
{
	const Statement *stmt = &text->script->statements[number];

	ereport(NOTICE,
			(errmsg("%s, statement %d, %s: %s was left out, since %s",
					text->origin->direction, number + 1, script_where(text->origin, stmt->line),
					CreateCommandName(stmt->raw->stmt), reason)));
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

/*
 * pg_dump of 17 and later sets transaction_timeout, whatever the server is; and how
 * long a lock is waited for in a shadow is not the text's business.
 */
static bool
is_passed_over(VariableSetStmt *stmt)
{
	return stmt->name != NULL &&
		(strcmp(stmt->name, "lock_timeout") == 0 ||
		 (strcmp(stmt->name, "transaction_timeout") == 0 &&
		  GetConfigOption(stmt->name, true, false) == NULL));
}

static bool
is_matview(Node *node)
{
	return IsA(node, CreateTableAsStmt) &&
		compat_is_matview(castNode(CreateTableAsStmt, node));
}

/* What is put into a table is the text's own doing. */
static bool
is_definition(Node *node)
{
	return GetCommandLogLevel(node) == LOGSTMT_DDL && !IsA(node, SelectStmt) &&
		(is_matview(node) || !IsA(node, CreateTableAsStmt));
}

static void
guard_statement(const ShadowText *text, Node *node)
{
	guard_statement_end();
	if (IsA(node, VariableSetStmt) || IsA(node, CreateExtensionStmt))
		return;

	/*
	 * a function's own settings may be such as a generated statement may not
	 * make
	 */
	if (text->generated && !IsA(node, CreateFunctionStmt))
		guard_generated(whose_is(text->shadow, node));
	else if (is_definition(node))
		guard_definition();
	if (text->generated && is_matview(node))
		castNode(CreateTableAsStmt, node)->into->skipData = true;
}

/*
 * Without the owners that the caller cannot give: see adopt() in snapshot.c.  False if nothing is
 * left.
 */
static bool
before_alter_table(AlterTableStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		if (cmd->subtype == AT_ChangeOwner && !text_can_act_as(cmd->newowner))
			stmt->cmds = foreach_delete_current(stmt->cmds, lc);
	}
	return stmt->cmds != NIL;
}

static bool
changes_own_defaults(const AlterDefaultPrivilegesStmt *stmt)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, stmt->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "roles") == 0)
		{
			foreach(lc2, (List *) option->arg)
			{
				if (!text_can_act_as(lfirst_node(RoleSpec, lc2)))
					return false;
			}
		}
	}
	return true;
}

/* SET ROLE, which GRANT in the name of another owner begins with. */
static bool
sets_other_role(const Shadow *shadow, VariableSetStmt *stmt)
{
	const char *name;
	Oid			role;

	if (stmt->kind != VAR_SET_VALUE || stmt->name == NULL || strcmp(stmt->name, "role") != 0)
		return false;
	name = ExtractSetVariableArgs(stmt);
	role = name != NULL ? get_role_oid(name, true) : InvalidOid;
	return OidIsValid(role) && !member_can_set_role(shadow->caller, role);
}

/* Is the statement of the text to be run? */
static bool
before(int number, void *arg)
{
	ShadowText *text = arg;
	const Statement *stmt = &text->script->statements[number];
	Node	   *node = stmt->raw->stmt;

	/* as deploy(), which goes on with it */
	if (number < text->origin->statements_done && !IsA(node, VariableSetStmt))
		return false;
	text->begun[number] = GetCurrentCommandId(false);
	guard_statement(text, node);
	if (stmt->mode == RUN_AUTOCOMMIT && !IsA(node, CreateSubscriptionStmt) &&
		!drops_own_subscription(text, node))
	{
		leave_out(text, number, "it cannot run inside a transaction");
		return false;
	}
	if (is_model(text))
	{
		live_refuse_rows(text->shadow, node);
		frozen_check_raw(stmt->raw);
	}
	else if (!text->generated && !IsA(node, PrepareStmt) && live_writes_rows(text->shadow, node))
	{
		leave_out(text, number, "rows of a table that is not managed are not compared");
		return false;
	}
	live_leave_rows(text->shadow, node);
	return true;
}

/*
 * What has run would be committed outside.  To the server it is all one transaction,
 * in which a value added to an enum cannot be used: it is to forget that, but not what
 * the caller has added before.
 */
static void
count_as_committed(Shadow *shadow)
{
	temporary_commit(shadow);
	compat_restore_pending_enums(shadow->pending_enums);
	commits_done();
}

void
shadow_commit(void)
{
	count_as_committed(running->shadow);
}

static void
after(int number, void *arg)
{
	ShadowText *text = arg;

	if (text->commits)
		count_as_committed(text->shadow);
	if (text->answers != NULL)
		questions_judge(text->answers, text->script, text->origin, number);
}

/* Where are the expressions that the statement evaluates, other than in queries? */
static Expressions
find_expressions(Node *node)
{
	ListCell   *lc;

	if (callers_own_runs_execute(node))
		return EXPRESSIONS_UNKNOWN;
	if (IsA(node, CopyStmt))
		return EXPRESSIONS_OF_TEXT;
	if (!IsA(node, AlterTableStmt))
		return EXPRESSIONS_ANYWHERE;
	foreach(lc, castNode(AlterTableStmt, node)->cmds)
	{
		AlterTableCmd *cmd = lfirst_node(AlterTableCmd, lc);

		/* USING */
		if (cmd->subtype == AT_AlterColumnType && cmd->def != NULL &&
			outlives_is_written(castNode(ColumnDef, cmd->def)->raw_default))
			return EXPRESSIONS_UNKNOWN;
	}
	return EXPRESSIONS_OF_TEXT;
}

/*
 * CLUSTER of a partitioned table has to be alone, and all that stays of it is a mark on an index of
 * each partition.  Returns false if the table is another one, which the server may do.
 */
static bool
mark_clustered_partitions(ClusterStmt *stmt)
{
	RangeVar   *name = compat_clustered(stmt);
	Oid			table = name ? RangeVarGetRelid(name, NoLock, true) : InvalidOid;
	Oid			index = OidIsValid(table) && stmt->indexname
	? get_relname_relid(stmt->indexname, get_rel_namespace(table)) : InvalidOid;
	ListCell   *lc;

	if (!OidIsValid(index) || get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE ||
		get_rel_relkind(index) != RELKIND_PARTITIONED_INDEX ||
		IndexGetRelation(index, false) != table)
		return false;
	foreach(lc, find_all_inheritors(index, AccessShareLock, NULL))
	{
		Relation	partition;

		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_INDEX)
			continue;
		partition = table_open(IndexGetRelation(lfirst_oid(lc), false), AccessExclusiveLock);
		mark_index_clustered(partition, lfirst_oid(lc), true);
		table_close(partition, NoLock);
	}
	return true;
}

/*
 * REINDEX of what is partitioned has to be alone, too; what is built in a shadow needs no repair.
 */
static bool
is_of_partitioned(const ReindexStmt *stmt)
{
	Oid			relation =
	stmt->relation ? RangeVarGetRelid(stmt->relation, NoLock, true) : InvalidOid;
	char		kind = OidIsValid(relation) ? get_rel_relkind(relation) : '\0';

	return kind == RELKIND_PARTITIONED_TABLE || kind == RELKIND_PARTITIONED_INDEX;
}

/*
 * Is the utility statement to be run, whether the text says it or a function that the text calls?
 */
static bool
before_utility(ShadowText *text, Node *node)
{
	if (!callers_own_before(text->shadow, node))
		return false;
	if (IsA(node, TruncateStmt) && shadow_execute_is_revision() &&
		!live_leave_truncated(text->shadow, castNode(TruncateStmt, node)))
		return false;
	stand_in_redirect_rows(text->shadow, node);
	live_refuse(text->shadow, node);
	switch (nodeTag(node))
	{
		case T_CallStmt:
			outlives_replace_all((Node *) castNode(CallStmt, node)->funcexpr);
			return true;
		case T_CreateExtensionStmt:
			return text_create_extension(text, castNode(CreateExtensionStmt, node));
		case T_AlterExtensionStmt:
			return !OidIsValid(text_live_extension(text->shadow,
												   castNode(AlterExtensionStmt, node)->extname));
		case T_AlterObjectSchemaStmt:
			{
				AlterObjectSchemaStmt *alter = castNode(AlterObjectSchemaStmt, node);
				Oid			extension = InvalidOid;

				if (alter->objectType == OBJECT_EXTENSION)
					extension = text_live_extension(text->shadow, strVal(alter->object));
				if (!OidIsValid(extension))
					return true;
				text_move_extension(text, extension, get_namespace_oid(alter->newschema, false));
				return false;
			}
		case T_CreateSchemaStmt:
			return text_create_schema(text, castNode(CreateSchemaStmt, node));
		case T_RenameStmt:
			if (castNode(RenameStmt, node)->renameType == OBJECT_SCHEMA)
				text_rename_schema(text, castNode(RenameStmt, node));
			return true;
		case T_DropStmt:
			if (castNode(DropStmt, node)->removeType == OBJECT_EXTENSION)
				return text_drop_extension(text, castNode(DropStmt, node));
			if (castNode(DropStmt, node)->removeType == OBJECT_SCHEMA)
				return text_drop_schema(text, castNode(DropStmt, node));
			return true;
		case T_CommentStmt:
			return before_comment(castNode(CommentStmt, node));
		case T_VariableSetStmt:
			/* a shadow is in the caller's transaction */
			return script_transaction_modes(node) == NIL &&
				!is_passed_over(castNode(VariableSetStmt, node)) &&
				!sets_other_role(text->shadow, castNode(VariableSetStmt, node));
		case T_AlterOwnerStmt:
			return text_can_act_as(castNode(AlterOwnerStmt, node)->newowner);
		case T_AlterTableStmt:
			if (!before_alter_table(castNode(AlterTableStmt, node)))
				return false;
			stand_in_redirect(text->shadow, castNode(AlterTableStmt, node));
			return true;
		case T_AlterDefaultPrivilegesStmt:
			return changes_own_defaults(castNode(AlterDefaultPrivilegesStmt, node));
		case T_CreateSubscriptionStmt:
			before_create_subscription(text, castNode(CreateSubscriptionStmt, node));
			return true;
		case T_VacuumStmt:

			/*
			 * ANALYZE says nothing of a schema, and locks whatever is named,
			 * or everything
			 */
			return live_may_be_analysed(text->shadow, castNode(VacuumStmt, node)->rels);
		case T_ReindexStmt:
			return !is_of_partitioned(castNode(ReindexStmt, node));
		case T_ClusterStmt:
			return !mark_clustered_partitions(castNode(ClusterStmt, node));
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
after_utility(ShadowText *text, Node *node, CommandId since)
{
	switch (nodeTag(node))
	{
		case T_CreateSchemaStmt:
		case T_RenameStmt:
			text_claimed(text);
			break;
		case T_CreateStmt:
			temporary_note(text->shadow, node, since);
			stand_in_settle(text->shadow);
			break;
		case T_CreateTableAsStmt:
			temporary_note(text->shadow, node, since);
			break;
		case T_AlterTableStmt:
			stand_in_settle(text->shadow);
			break;
		case T_CreateSubscriptionStmt:
			after_create_subscription(text, castNode(CreateSubscriptionStmt, node));
			break;
		case T_AlterEventTrigStmt:
			text->muted = mute_forget(text->muted,
									  get_event_trigger_oid(castNode(AlterEventTrigStmt,
																	 node)->trigname, false));
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

static void
note_made(MadeSeen *seen, Node *node)
{
	if (seen == NULL)
		return;
	made_note(&seen->certain, node);
	made_guess(&seen->guessed, node);
}

static void
run_next_utility(COMPAT_UTILITY_PARAMS)
{
	(next_utility ? next_utility : standard_ProcessUtility) (COMPAT_UTILITY_ARGS(pstmt));
}

static void
run_utility(COMPAT_UTILITY_PARAMS)
{
	ShadowText *text = running;
	PlannedStmt *copy;
	Expressions outer;
	CommandId	since = GetCurrentCommandId(false);
	int			nest_level;

	/* what the script of an extension does is its own affair */
	if (text == NULL || creating_extension)
	{
		run_next_utility(COMPAT_UTILITY_ARGS(pstmt));
		return;
	}
	note_made(text->shadow->managed->seen, pstmt->utilityStmt);
	/* it is changed, and a function keeps it for its next call */
	copy = copyObject(pstmt);
	if (!before_utility(text, copy->utilityStmt))
		return;
	/* what the server has made of a statement is no raw tree any more */
	if (is_model(text) && context != PROCESS_UTILITY_SUBCOMMAND)
		frozen_check(copy);
	outer = text->expressions;
	text->expressions = find_expressions(copy->utilityStmt);
	nest_level =
		live_body_writes_rows(text->shadow, copy->utilityStmt) ? settings_check_no_bodies() : 0;
	PG_TRY();
	{
		run_next_utility(COMPAT_UTILITY_ARGS(copy));
	}
	PG_FINALLY();
	{
		text->expressions = outer;
	}
	PG_END_TRY();
	if (nest_level > 0)
		settings_leave(nest_level);
	after_utility(text, copy->utilityStmt, since);
}

void
shadow_execute_define(void)
{
	next_utility = ProcessUtility_hook;
	ProcessUtility_hook = run_utility;
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
		word = strncmp(line, "\\restrict ", 10) == 0 ? 10 : strncmp(line, "\\unrestrict ", 12) == 0
			? 12 : 0;
		if (word > 0)
		{
			size_t		key = strspn(line + word,
									 "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");

			if (key > 0 && strchr("\r\n", line[word + key]) != NULL)
				memset(line, ' ', word + key);
		}
	}
	return text;
}

static int
enter_settings(const ScriptOrigin *origin)
{
	return settings_enter_trial(origin->revision,
								origin->purpose == SCRIPT_CHANGES ? origin->direction : "upgrade");
}

static void
set_running(ShadowText *text)
{
	running = text;
	if (text != NULL && text->commits)
		commits_begin();
	else
		commits_end();
	(void) hidden_catalogs_switch(text ? text->shadow : NULL);
	live_watch(text != NULL && is_model(text));
}

static void
run_text(ShadowText *text)
{
	StatementHooks hooks =
	{.before = before,.after = after,.arg = text,
	.new_values_wait = text->new_values_wait,.rows = text->answers};
	ErrorContextCallback callback =
	{.previous = error_context_stack,.callback = shown_names_callback,.arg = text->shadow};
	List	   *own;

	set_running(text);
	error_context_stack = &callback;
	PG_TRY();
	{
		execute_hooked(text->script, text->origin, 0, text->script->nstatements, &hooks);
		guard_statement_end();
		if ((own = callers_own_deferrable(text->shadow)) != NIL)
			execute_deferred(text->origin, own);
	}
	PG_CATCH();
	{
		guard_statement_failed();
		set_running(NULL);
		shown_names_rethrow(text->shadow);
	}
	PG_END_TRY();
	error_context_stack = callback.previous;
	set_running(NULL);
}

static int
execute_text(ShadowText text, const char *sql)
{
	MemoryContext caller = CurrentMemoryContext;
	MemoryContext per_text = AllocSetContextCreate(caller, "migrate_ext shadow text",
												   ALLOCSET_DEFAULT_SIZES);
	const ScriptOrigin *origin = text.origin;
	Script	   *script;
	ChangeMark	mark;
	int			nest_level;
	int			nstatements;

	changed_begin(&mark);
	text.context = per_text;
	MemoryContextSwitchTo(per_text);
	script = script_parse(shadow_without_restrict(sql), origin->revision != NULL, origin);
	text.script = script;
	text.begun = palloc0(sizeof(CommandId) * Max(script->nstatements, 1));
	mute(&text);
	if (origin->purpose != SCRIPT_CHANGES)
		text.answers = questions_receiver();
	nest_level = enter_settings(origin);
	settings_bound_lock_waits(migrate_lock_timeout);
	progress_step("shadow", origin->revision ? origin->revision : origin->direction, 1, 1);
	if (text.generated)
		settings_find_catalog_first();
	else if (is_model(&text))
		settings_be_in_utc();
	if (text.answers != NULL)
		settings_set_read_only(true);
	run_text(&text);
	settings_leave(nest_level);
	members_come_back(text.shadow);
	mute_end(text.muted);
	if (!text.shadow->managed->whole)
		unmanaged_check(text.shadow, script, origin, text.begun, &mark);
	if (text.changed != NULL)
		changed_add(text.changed, text.shadow, &mark);
	count_as_committed(text.shadow);
	nstatements = script->nstatements;
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(per_text);
	return nstatements;
}

int
shadow_execute(Shadow *shadow, const char *sql, bool commits, const ScriptOrigin *origin)
{
	ShadowText	text = {.shadow = shadow,.origin = origin,.commits = commits};

	return execute_text(text, sql);
}

int
shadow_execute_noted(Shadow *shadow, const char *sql, bool commits, const ScriptOrigin *origin,
					 Changed *changed)
{
	ShadowText	text = {.shadow = shadow,.origin = origin,.commits = commits,.changed = changed};

	return execute_text(text, sql);
}

int
shadow_execute_generated(Shadow *shadow, const char *sql, bool as_revision,
						 const ScriptOrigin *origin)
{
	ShadowText	text =
	{.shadow = shadow,.origin = origin,.generated = true,.new_values_wait = as_revision};

	return execute_text(text, sql);
}
