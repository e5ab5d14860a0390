/*
 * settings.h
 *		The settings migrate.*, and changing any setting for a while.
 *
 * docs/reference.md documents the settings.
 */
#ifndef MIGRATE_SETTINGS_H
#define MIGRATE_SETTINGS_H

#include "nodes/pg_list.h"

extern int	migrate_wait_timeout;	/* ms; 0 waits for ever, -1 never waits */
extern int	migrate_lock_timeout;	/* ms; for comparisons */
extern int	migrate_lock_queue; /* ms; for a statement of a revision */
extern int	migrate_lock_patience;	/* ms; 0 waits for ever */
extern int	migrate_lock_blockers;	/* LockBlockers */
extern int	migrate_lock_blockers_after;	/* ms */
extern bool migrate_plain_concurrently;
extern bool migrate_require_approval;
extern bool migrate_compare_owners;
extern bool migrate_compare_privileges;
extern char *migrate_prelude_sql;
extern char *migrate_tag;

/* What to do with a session that holds a lock for which a revision waits. */
typedef enum LockBlockers
{
	LOCK_BLOCKERS_WAIT,
	LOCK_BLOCKERS_CANCEL,
	LOCK_BLOCKERS_TERMINATE
} LockBlockers;

/* As the only item of a list of schemas: all schemas, and the objects outside schemas. */
#define WHOLE_DATABASE "*"

/* Returns the names in migrate.schemas, as a list of char *, unquoted and not empty. */
extern List *settings_schemas(void);

/* Returns the patterns in migrate.ignore, see patterns.h. */
extern List *settings_ignored(void);

/* Returns what migrate.rules says, for settings_rule_severity(). */
extern List *settings_rules(void);

/*
 * Returns how serious the setting says that it is to break the rule, in a schema or with "" in
 * none: off, notice, warning or error; NULL: it says nothing.
 */
extern const char *settings_rule_severity(const List *rules, const char *rule, const char *schema);

/* Returns migrate.ignore as the user wrote it. */
extern const char *settings_ignored_text(void);

/* Define the settings; called once, by _PG_init(). */
extern void settings_define(void);

/*
 * Open a GUC nest level in which to run the text of a revision, or with revision NULL
 * another text.  Sets migrate.revision and migrate.direction unless revision is NULL, and
 * standard_conforming_strings, which every text expects to be on.  Returns the nest level
 * for settings_leave().  After an error the abort of the (sub)transaction closes the level.
 */
extern int	settings_enter_revision(const char *revision, const char *direction);

/* The same for what is only tried out: migrate.trial is on meanwhile. */
extern int	settings_enter_trial(const char *revision, const char *direction);

/* As settings_enter_revision(), but leaves standard_conforming_strings as it is in the session. */
extern int	settings_enter_statements(const char *revision, const char *direction);

/* Close a nest level: every setting changed in it gets its old value, also after SET. */
extern void settings_leave(int nest_level);

/* The same, but settings changed by SET (not SET LOCAL) keep their new values. */
extern void settings_leave_kept(int nest_level);

/*
 * The values of all settings that a session may change.  For a revision that spans
 * transactions: a nest level would end with the first of them.
 */
typedef struct SavedSettings SavedSettings;

/* Returns the current values, palloc'd. */
extern SavedSettings *settings_save(void);

/* Has the setting still the saved value? */
extern bool settings_are_as_saved(const SavedSettings *saved, const char *name);

/* Give all settings their saved values.  A value that is no longer possible gets a WARNING. */
extern void settings_put_back(const SavedSettings *saved);

/*
 * Set migrate.revision and migrate.direction for the session, for a revision that spans
 * transactions; NULL empties them.
 */
extern void settings_show_revision(const char *revision, const char *direction);

/* Set a setting for the session, as SET does. */
extern void settings_set(const char *name, const char *value);

/* Open a nest level with search_path = pg_catalog, pg_temp. */
extern int	settings_pin_path(void);

/*
 * In the current nest level, move pg_catalog to the front of search_path.  In SQL that we
 * generate, unqualified names then mean PostgreSQL's own objects.
 */
extern void settings_find_catalog_first(void);

/*
 * Return the statements with which a generated script begins and ends, palloc'd.  They move
 * pg_catalog to the front of search_path, if it is not there now.  If the script has a routine,
 * they switch off check_function_bodies, since a body may name objects that the script creates
 * later.
 */
extern char *settings_open_script(bool has_routine);
extern char *settings_close_script(bool has_routine);

/* In the current nest level, set TimeZone to UTC. */
extern void settings_be_in_utc(void);

/* Open a nest level in which the client gets no messages below ERROR. */
extern int	settings_be_quiet(void);

/* Open a nest level in which CREATE FUNCTION does not check bodies. */
extern int	settings_check_no_bodies(void);

/*
 * Make the transaction read-only, or a subtransaction until its end.  Or make it writable, which
 * is possible only before its first query.
 */
extern void settings_set_read_only(bool on);

/*
 * What is read until the GUC nest level is left, or the (sub)transaction ends, is not counted in
 * the statistics: a question of ours is no use of a table.
 */
extern void settings_count_nothing(void);

/* Set migrate.tag until the end of the transaction. */
extern void settings_set_local_tag(const char *tag);

/* Open a nest level with this lock_timeout (ms). */
extern int	settings_set_lock_timeout(int ms);

/*
 * Inside a nest level: lower lock_timeout to so many ms, unless it is lower already.  0 leaves it
 * as it is.
 */
extern void settings_bound_lock_waits(int ms);

#endif							/* MIGRATE_SETTINGS_H */
