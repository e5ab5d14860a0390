/*
 * settings.c
 *		The settings migrate.*, and changing any setting for a while.
 *
 * All but migrate.require_approval are USERSET, since none lets a user get around another
 * user's restrictions.
 * Our code sets migrate.revision, migrate.direction and migrate.trial for a revision's SQL to
 * read.  They are ordinary settings, so that parallel workers see them too.
 */
#include "postgres.h"

#include "compat.h"
#include "patterns.h"
#include "settings.h"

#include "access/parallel.h"
#include "catalog/namespace.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/proc.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/guc_tables.h"
#include "utils/varlena.h"

int			migrate_wait_timeout = 600 * 1000;
int			migrate_lock_timeout = 3000;
int			migrate_lock_queue = 100;
int			migrate_lock_patience = 600 * 1000;
int			migrate_lock_blockers = LOCK_BLOCKERS_WAIT;
int			migrate_lock_blockers_after = 60 * 1000;
bool		migrate_plain_concurrently = false;
bool		migrate_require_approval = false;
bool		migrate_compare_owners = true;
bool		migrate_compare_privileges = true;
char	   *migrate_prelude_sql = NULL;
char	   *migrate_tag = NULL;
static char *migrate_schemas = NULL;
static char *migrate_ignore = NULL;

static const struct config_enum_entry lock_blockers_options[] = {
	{"wait", LOCK_BLOCKERS_WAIT, false},
	{"cancel", LOCK_BLOCKERS_CANCEL, false},
	{"terminate", LOCK_BLOCKERS_TERMINATE, false},
	{NULL, 0, false}
};

/*
 * A prelude is SQL that runs with the rights of the role that calls a comparison.  So only
 * the session may set it: somebody else may have planted a value by ALTER DATABASE or
 * ALTER ROLE.
 */
static bool
check_prelude(char **value, void **extra, GucSource source)
{
	if (**value == '\0' || source == PGC_S_DEFAULT || source == PGC_S_CLIENT ||
		source == PGC_S_OVERRIDE || source == PGC_S_INTERACTIVE || source == PGC_S_SESSION)
		return true;
	GUC_check_errcode(ERRCODE_INSUFFICIENT_PRIVILEGE);
	GUC_check_errmsg("migrate.prelude can be set in a session only");
	GUC_check_errdetail("It is SQL that runs with the rights of whoever compares.");
	GUC_check_errhint("SET it in the session, or load a file prelude.sql with the revisions.");
	return false;
}

/* migrate.schemas is a list of names as search_path is one. */
static bool
check_schemas(char **value, void **extra, GucSource source)
{
	List	   *names;
	ListCell   *lc;

	if (!SplitIdentifierString(pstrdup(*value), ',', &names) || names == NIL)
	{
		GUC_check_errdetail("It is no list of names.");
		GUC_check_errhint("Name the schemas as in search_path, separated by commas; \"*\" is the whole database.");
		return false;
	}
	foreach(lc, names)
	{
		if (list_length(names) > 1 && strcmp(lfirst(lc), WHOLE_DATABASE) == 0)
		{
			GUC_check_errdetail("\"*\" is the whole database, and stands alone.");
			return false;
		}
	}
	return true;
}

List *
settings_schemas(void)
{
	List	   *names;

	/* check_schemas() has accepted the value */
	if (!SplitIdentifierString(pstrdup(migrate_schemas), ',', &names))
		elog(ERROR, "migrate.schemas is no list of names");
	return names;
}

static bool
check_ignore(char **value, void **extra, GucSource source)
{
	List	   *patterns;

	if (patterns_parse(*value, &patterns))
		return true;
	GUC_check_errdetail("It is no list of names, with or without a schema.");
	GUC_check_errhint("Separate them by commas, as in \"spatial_ref_sys, cron.*, public.tmp_%%\"; what has other characters is in double quotes.");
	return false;
}

List *
settings_ignored(void)
{
	List	   *patterns;

	/* check_ignore() has accepted the value */
	if (!patterns_parse(migrate_ignore, &patterns))
		elog(ERROR, "migrate.ignore is no list of names");
	return patterns;
}

const char *
settings_ignored_text(void)
{
	return migrate_ignore;
}

static char *migrate_rules = NULL;

/* A group of the setting migrate.rules. */
typedef struct RuleSeverity
{
	const char *severity;
	List	   *rules;			/* patterns: schema.rule */
} RuleSeverity;

static const char *const rule_severities[] = {"off", "notice", "warning", "error", NULL};

/*
 * The group up to the next semicolon that is not in double quotes, or NULL; *rest is what follows.
 */
static char *
next_group(char **rest)
{
	char	   *group = *rest;
	bool		in_quotes = false;

	if (group == NULL)
		return NULL;
	for (char *p = group; *p != '\0'; p++)
	{
		if (*p == '"')
			in_quotes = !in_quotes;
		else if (*p == ';' && !in_quotes)
		{
			*p = '\0';
			*rest = p + 1;
			return group;
		}
	}
	*rest = NULL;
	return group;
}

/*
 * Parse "error: drop_column, legacy.*; off: prefer_text".  Returns false if it is not of this form.
 */
static bool
rules_parse(const char *text, List **severities)
{
	char	   *rest = pstrdup(text);
	char	   *group;

	*severities = NIL;
	while ((group = next_group(&rest)) != NULL)
	{
		char	   *names = strchr(group, ':');
		RuleSeverity *severity = palloc(sizeof(RuleSeverity));
		int			i = 0;

		if (group[strspn(group, " \t\n")] == '\0')
			continue;
		if (names == NULL)
			return false;
		*names++ = '\0';
		group += strspn(group, " \t\n");
		group[strcspn(group, " \t\n")] = '\0';
		while (rule_severities[i] != NULL && pg_strcasecmp(rule_severities[i], group) != 0)
			i++;
		severity->severity = rule_severities[i];
		if (severity->severity == NULL || !patterns_parse(names, &severity->rules))
			return false;
		*severities = lappend(*severities, severity);
	}
	return true;
}

static bool
check_rules(char **value, void **extra, GucSource source)
{
	List	   *severities;

	if (rules_parse(*value, &severities))
		return true;
	GUC_check_errdetail("It is no list of severities, each with its rules.");
	GUC_check_errhint("Write it as in \"error: drop_column, legacy.*; off: prefer_text\"; severities are off, notice, warning and error.");
	return false;
}

List *
settings_rules(void)
{
	List	   *severities;

	/* check_rules() has accepted the value */
	if (!rules_parse(migrate_rules, &severities))
		elog(ERROR, "migrate.rules is no list of rules");
	return severities;
}

const char *
settings_rule_severity(const List *severities, const char *rule, const char *schema)
{
	const char *result = NULL;
	ListCell   *lc;

	foreach(lc, severities)
	{
		const RuleSeverity *severity = lfirst(lc);

		if (patterns_match(severity->rules, schema, rule))
			result = severity->severity;
	}
	return result;
}

static char *migrate_revision_name = NULL;
static char *migrate_direction = NULL;
static bool migrate_trial = false;

/* It is we who say that something is tried out. */
static bool begins_trial = false;

/*
 * A revision leaves out what lasts if it is on: nobody else may make one believe so that is really
 * run.
 */
static bool
check_trial(bool *value, void **extra, GucSource source)
{
	if (!*value || begins_trial || InitializingParallelWorker)
		return true;
	GUC_check_errcode(ERRCODE_CANT_CHANGE_RUNTIME_PARAM);
	GUC_check_errmsg("parameter \"%s\" cannot be changed", "migrate.trial");
	GUC_check_errdetail("It says whether a revision is only tried out.");
	GUC_check_errhint("Ask for it with current_setting('migrate.trial', true).");
	return false;
}

void
settings_define(void)
{
	DefineCustomBoolVariable("migrate.compare_owners",
							 "Sets whether comparisons look at owners, where the argument owners does not say it.",
							 NULL, &migrate_compare_owners, true, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("migrate.compare_privileges",
							 "Sets whether comparisons look at privileges, where the argument privileges does not say it.",
							 NULL, &migrate_compare_privileges, true, PGC_USERSET, 0, NULL, NULL,
							 NULL);
	DefineCustomStringVariable("migrate.direction",
							   "Shows a running revision in which direction it runs: upgrade or downgrade.",
							   NULL, &migrate_direction, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.ignore",
							   "Names what comparisons leave alone.",
							   "A list of names with or without a schema; * and % stand for any characters.",
							   &migrate_ignore, "", PGC_USERSET, GUC_LIST_INPUT, check_ignore, NULL,
							   NULL);
	DefineCustomEnumVariable("migrate.lock_blockers",
							 "Sets what is done with sessions that hold a lock which a revision waits for.",
							 "wait, cancel their queries, or terminate them; after migrate.lock_blockers_after.",
							 &migrate_lock_blockers, LOCK_BLOCKERS_WAIT, lock_blockers_options,
							 PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_blockers_after",
							"Sets after which time of waiting migrate.lock_blockers is done.",
							NULL, &migrate_lock_blockers_after, 60 * 1000, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_patience",
							"Sets how long a revision waits for its locks in all, holding none meanwhile.",
							"Zero waits without a limit.",
							&migrate_lock_patience, 600 * 1000, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_queue",
							"Sets how long a revision may stand in the queue for a lock, where others queue behind it.",
							"Zero never queues: it waits until nobody holds the lock.",
							&migrate_lock_queue, 100, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_timeout",
							"Sets how long a comparison waits for a table lock.",
							"Zero waits without a limit.",
							&migrate_lock_timeout, 3000, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("migrate.plain_concurrently",
							 "Lets atomic calls run CREATE, DROP and REINDEX INDEX CONCURRENTLY without CONCURRENTLY.",
							 "The tables are then locked until the transaction ends. For empty or idle databases.",
							 &migrate_plain_concurrently, false, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.prelude",
							   "SQL that is run before the revisions wherever they are run again, instead of the prelude that was loaded.",
							   "It can be set in a session only.",
							   &migrate_prelude_sql, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, check_prelude, NULL, NULL);
	DefineCustomBoolVariable("migrate.require_approval",
							 "Lets upgrade and deploy run only what another role has approved.",
							 "See migrate.approve(). Only superusers can change this setting, so that who deploys cannot.",
							 &migrate_require_approval, false, PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.revision",
							   "Shows a running revision its own identifier.",
							   NULL, &migrate_revision_name, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.rules",
							   "Sets how serious the findings of migrate.review() are.",
							   "Severities off, notice, warning, error, each with rules, which may have a schema before them: \"error: drop_column, legacy.*; off: prefer_text\". The last that fits counts.",
							   &migrate_rules, "", PGC_USERSET, 0, check_rules, NULL, NULL);
	DefineCustomStringVariable("migrate.schemas",
							   "Names the schemas that are managed, where the argument schemas does not.",
							   "A list as of search_path; * is the whole database.",
							   &migrate_schemas, "public", PGC_USERSET, GUC_LIST_INPUT,
							   check_schemas, NULL, NULL);
	DefineCustomStringVariable("migrate.tag",
							   "Any text; kept in the log, and revisions may read it.",
							   NULL, &migrate_tag, "", PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomBoolVariable("migrate.trial",
							 "Shows a running revision whether it is only tried out: by dry_run, drift, verify, squash and their like.",
							 "It cannot be set.",
							 &migrate_trial, false, PGC_USERSET,
							 GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE | GUC_NO_RESET_ALL,
							 check_trial, NULL, NULL);
	DefineCustomIntVariable("migrate.wait_timeout",
							"Sets how long to wait for another session that is migrating.",
							"Zero waits without a limit, -1 does not wait at all.",
							&migrate_wait_timeout, 600 * 1000, -1, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	MarkGUCPrefixReserved("migrate");
}

static void
set_for_a_while(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
}

int
settings_enter_statements(const char *revision, const char *direction)
{
	int			nest_level = NewGUCNestLevel();

	if (revision != NULL)
	{
		set_for_a_while("migrate.revision", revision);
		set_for_a_while("migrate.direction", direction);
	}
	return nest_level;
}

int
settings_enter_revision(const char *revision, const char *direction)
{
	int			nest_level = settings_enter_statements(revision, direction);

	/*
	 * a function body in the text is parsed when it runs, so the setting must
	 * then be the text's
	 */
	if (!COMPAT_STANDARD_STRINGS)
		set_for_a_while("standard_conforming_strings", "on");
	return nest_level;
}

int
settings_enter_trial(const char *revision, const char *direction)
{
	int			nest_level = settings_enter_revision(revision, direction);

	begins_trial = true;
	set_for_a_while("migrate.trial", "on");
	begins_trial = false;
	return nest_level;
}

void
settings_set(const char *name, const char *value)
{
	(void) set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SET, true, 0, false);
}

/* ------------------------------------------------- of a whole session, and back */

struct SavedSettings
{
	int			n;
	char	  **names;
	char	  **values;
};

/* May the session change the setting for longer than a transaction? */
static bool
is_of_session(const struct config_generic *setting)
{
	return (setting->context == PGC_USERSET || setting->context == PGC_SUSET) &&
		strcmp(setting->name, "transaction_isolation") != 0 &&
		strcmp(setting->name, "transaction_read_only") != 0 &&
		strcmp(setting->name, "transaction_deferrable") != 0 && strcmp(setting->name, "seed") != 0;
}

static char *
current_value(const char *name)
{
	const char *value = GetConfigOption(name, true, false);

	return pstrdup(value != NULL ? value : "");
}

SavedSettings *
settings_save(void)
{
	SavedSettings *saved = palloc(sizeof(SavedSettings));
	int			n;
	struct config_generic **all = get_guc_variables(&n);

	saved->n = 0;
	saved->names = palloc(sizeof(char *) * n);
	saved->values = palloc(sizeof(char *) * n);
	for (int i = 0; i < n; i++)
	{
		if (!is_of_session(all[i]))
			continue;
		saved->names[saved->n] = pstrdup(all[i]->name);
		saved->values[saved->n++] = current_value(all[i]->name);
	}
	return saved;
}

static int
find_saved(const SavedSettings *saved, const char *name)
{
	for (int i = 0; i < saved->n; i++)
		if (strcmp(saved->names[i], name) == 0)
			return i;
	return -1;
}

bool
settings_are_as_saved(const SavedSettings *saved, const char *name)
{
	int			i = find_saved(saved, name);

	return i >= 0 && strcmp(saved->values[i], current_value(name)) == 0;
}

/*
 * Give a setting its old value.  That needs no right, since the session had the value before.  A
 * value that is no longer possible, such as a dropped role, is a WARNING.
 */
static void
put_back(const char *name, const char *value)
{
	(void) set_config_option(name, value, PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SET, true, WARNING,
							 false);
}

/* Restore session_authorization first: it resets role, so then restore role as well. */
static void
put_back_user(const SavedSettings *saved)
{
	int			user = find_saved(saved, "session_authorization");
	int			role = find_saved(saved, "role");
	bool		is_other = user >= 0 && !settings_are_as_saved(saved, "session_authorization");

	if (is_other)
		put_back(saved->names[user], saved->values[user]);
	if (role >= 0 && (is_other || !settings_are_as_saved(saved, "role")))
		put_back(saved->names[role], saved->values[role]);
}

void
settings_put_back(const SavedSettings *saved)
{
	int			n;
	struct config_generic **all;

	put_back_user(saved);
	for (int i = 0; i < saved->n; i++)
		if (!settings_are_as_saved(saved, saved->names[i]))
			put_back(saved->names[i], saved->values[i]);

	/* a setting that did not exist before can be emptied, but not removed */
	all = get_guc_variables(&n);
	for (int i = 0; i < n; i++)
	{
		struct config_generic *setting = all[i];

		if (is_of_session(setting) && setting->source == PGC_S_SESSION &&
			find_saved(saved, setting->name) < 0)
			put_back(setting->name, setting->flags & GUC_CUSTOM_PLACEHOLDER ? "" : NULL);
	}
}

void
settings_show_revision(const char *revision, const char *direction)
{
	settings_set("migrate.revision", revision ? revision : "");
	settings_set("migrate.direction", direction ? direction : "");
}

void
settings_leave(int nest_level)
{
	/* isCommit = false undoes all changes in the level, also by SET */
	AtEOXact_GUC(false, nest_level);
}

void
settings_leave_kept(int nest_level)
{
	AtEOXact_GUC(true, nest_level);
}

int
settings_pin_path(void)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("search_path", "pg_catalog, pg_temp");
	return nest_level;
}

/*
 * Returns the current search_path with pg_catalog moved to the front, or NULL if PostgreSQL
 * already looks there first: if pg_catalog is at the front or not in the path.
 */
static char *
path_with_catalog_first(void)
{
	List	   *names;
	ListCell   *lc;
	StringInfoData path;
	bool		is_first = true;

	if (!SplitIdentifierString(pstrdup(namespace_search_path), ',', &names))
		return NULL;
	initStringInfo(&path);
	appendStringInfoString(&path, "pg_catalog");
	foreach(lc, names)
	{
		const char *name = lfirst(lc);

		if (strcmp(name, "pg_catalog") != 0)
			appendStringInfo(&path, ", %s", quote_identifier(name));
		else if (lc != list_head(names))
			is_first = false;
	}
	return is_first ? NULL : path.data;
}

void
settings_find_catalog_first(void)
{
	char	   *path = path_with_catalog_first();

	if (path != NULL)
		set_for_a_while("search_path", path);
}

char *
settings_open_script(bool has_routine)
{
	char	   *path = path_with_catalog_first();

	return psprintf("%s%s%s", path ? psprintf("SET search_path = %s;\n", path) : "",
					has_routine ? "SET check_function_bodies = false;\n" : "", path || has_routine
					? "\n" : "");
}

char *
settings_close_script(bool has_routine)
{
	return psprintf("%s%s", has_routine ? "RESET check_function_bodies;\n" : "",
					path_with_catalog_first()
					? psprintf("SET search_path = %s;\n", namespace_search_path) : "");
}

void
settings_be_in_utc(void)
{
	set_for_a_while("TimeZone", "UTC");
}

int
settings_be_quiet(void)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("client_min_messages", "error");
	return nest_level;
}

int
settings_check_no_bodies(void)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("check_function_bodies", "off");
	return nest_level;
}

void
settings_set_read_only(bool on)
{
	(void) set_config_option("transaction_read_only", on ? "on" : "off", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

void
settings_count_nothing(void)
{
	(void) set_config_option("track_counts", "off", PGC_SUSET, PGC_S_SESSION, GUC_ACTION_SAVE, true,
							 0, false);
}

void
settings_set_local_tag(const char *tag)
{
	(void) set_config_option("migrate.tag", tag, PGC_USERSET, PGC_S_SESSION, GUC_ACTION_LOCAL, true,
							 0, false);
}

int
settings_set_lock_timeout(int ms)
{
	int			nest_level = NewGUCNestLevel();
	char		value[32];

	snprintf(value, sizeof(value), "%d", ms);
	set_for_a_while("lock_timeout", value);
	return nest_level;
}

void
settings_bound_lock_waits(int ms)
{
	if (ms > 0 && (LockTimeout == 0 || LockTimeout > ms))
		(void) settings_set_lock_timeout(ms);
}
