/*
 * settings.c
 *		The settings migrate.*, and changing settings for a while.
 *
 * All are USERSET: none weakens a guard of somebody else.  migrate.revision and
 * migrate.direction are written by us for a revision's SQL to read; they are
 * ordinary string settings, so that parallel workers see them too.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"

#include "miscadmin.h"

int			migrate_wait_timeout = 600 * 1000;
int			migrate_lock_timeout = 3000;
int			migrate_lock_retries = 10;
bool		migrate_plain_concurrently = false;
char	   *migrate_tag = NULL;

static char *migrate_revision_name = NULL;
static char *migrate_direction = NULL;

void
settings_define(void)
{
	DefineCustomStringVariable("migrate.direction",
							   "Shows a running revision in which direction it runs: upgrade or downgrade.",
							   NULL, &migrate_direction, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_retries",
							"Sets how often an online run tries a revision again that did not get its table locks.",
							NULL, &migrate_lock_retries, 10, 0, INT_MAX, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("migrate.lock_timeout",
							"Sets how long an online run waits for a table lock before it gives way.",
							"Zero waits without a limit.",
							&migrate_lock_timeout, 3000, 0, INT_MAX, PGC_USERSET,
							GUC_UNIT_MS, NULL, NULL, NULL);
	DefineCustomBoolVariable("migrate.plain_concurrently",
							 "Lets atomic calls run CREATE, DROP and REINDEX INDEX CONCURRENTLY without CONCURRENTLY.",
							 "The tables are then locked until the transaction ends. For empty or idle databases.",
							 &migrate_plain_concurrently, false, PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.revision",
							   "Shows a running revision its own identifier.",
							   NULL, &migrate_revision_name, "", PGC_USERSET,
							   GUC_NOT_IN_SAMPLE | GUC_DISALLOW_IN_FILE, NULL, NULL, NULL);
	DefineCustomStringVariable("migrate.tag",
							   "Any text; kept in the log, and revisions may read it.",
							   NULL, &migrate_tag, "", PGC_USERSET, 0, NULL, NULL, NULL);
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
settings_enter_revision(const char *revision, const char *direction)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("migrate.revision", revision);
	set_for_a_while("migrate.direction", direction);
	return nest_level;
}

void
settings_set(const char *name, const char *value)
{
	(void) set_config_option(name, value, superuser() ? PGC_SUSET : PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SET, true, 0, false);
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
	/* "not a commit": whatever was set inside is undone, SET included */
	AtEOXact_GUC(false, nest_level);
}

int
settings_pin_path(void)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("search_path", "pg_catalog, pg_temp");
	return nest_level;
}

int
settings_be_quiet(void)
{
	int			nest_level = NewGUCNestLevel();

	set_for_a_while("client_min_messages", "error");
	return nest_level;
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
