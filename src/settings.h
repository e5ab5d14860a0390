/*
 * settings.h
 *		The settings migrate.*, all of them documented in docs/reference.md.
 */
#ifndef MIGRATE_SETTINGS_H
#define MIGRATE_SETTINGS_H

#include "nodes/pg_list.h"

extern int	migrate_wait_timeout;	/* ms; 0 waits for ever, -1 never waits */
extern int	migrate_lock_timeout;	/* ms; of comparisons */
extern int	migrate_lock_queue; /* ms; of a revision's statement */
extern int	migrate_lock_patience;	/* ms; 0 waits for ever */
extern int	migrate_lock_blockers;	/* LockBlockers */
extern int	migrate_lock_blockers_after;	/* ms */
extern bool migrate_plain_concurrently;
extern bool migrate_compare_owners;
extern bool migrate_compare_privileges;
extern char *migrate_prelude_sql;
extern char *migrate_tag;

/* What to do with those who hold a lock that a revision waits for. */
typedef enum LockBlockers
{
	LOCK_BLOCKERS_WAIT,
	LOCK_BLOCKERS_CANCEL,
	LOCK_BLOCKERS_TERMINATE
} LockBlockers;

/* In a list of schemas, alone: all of them, and what no schema holds. */
#define WHOLE_DATABASE "*"

/* What migrate.schemas says: char *, unquoted; not empty. */
extern List *settings_schemas(void);

/* What migrate.ignore says: as patterns.h has it, and as it was written. */
extern List *settings_ignored(void);
extern const char *settings_ignored_text(void);

/* Define them; called once, from _PG_init. */
extern void settings_define(void);

/*
 * Set migrate.revision and migrate.direction, unless it is no revision (NULL), and
 * what a text of ours or a revision begins with; and make every setting that
 * changes from now on come back at settings_leave().  Returns the nest level
 * to give to settings_leave(); an error undoes it by itself.
 */
extern int	settings_enter_revision(const char *revision, const char *direction);

/* The same for some of its statements, where the session has what it begins with. */
extern int	settings_enter_statements(const char *revision, const char *direction);
extern void settings_leave(int nest_level);

/* The same where what was SET is to last: not what was SET LOCAL. */
extern void settings_leave_kept(int nest_level);

/*
 * All settings that a session may change, as they are now; whether one of them still is so;
 * and all of them as they were.  For who cannot have a nest level, which ends with a transaction.
 */
typedef struct SavedSettings SavedSettings;

extern SavedSettings *settings_save(void);
extern bool settings_are_as_saved(const SavedSettings *saved, const char *name);
extern void settings_put_back(const SavedSettings *saved);

/* The same as settings of the session, for a revision that spans transactions; NULL ends it. */
extern void settings_show_revision(const char *revision, const char *direction);

/* Give a setting of the session a value, as SET does. */
extern void settings_set(const char *name, const char *value);

/* Pin search_path to pg_catalog, pg_temp until settings_leave(). */
extern int	settings_pin_path(void);

/*
 * Until settings_leave(): names of PostgreSQL's own come before those of other schemas, also
 * if search_path has pg_catalog behind them.  So they are meant in what we write ourselves.
 */
extern void settings_find_catalog_first(void);

/*
 * What a script of ours that is not empty begins and ends with: the same for who runs it with
 * the search_path that is set now; bodies of routines may name what comes later.
 */
extern char *settings_open_script(bool has_routine);
extern char *settings_close_script(bool has_routine);

/* Until settings_leave(): times without a zone are those of UTC. */
extern void settings_be_in_utc(void);

/* Send the client no warnings until settings_leave(). */
extern int	settings_be_quiet(void);

/* CREATE FUNCTION keeps bodies as they are. */
extern int	settings_check_no_bodies(void);

/*
 * Make the transaction, or the subtransaction until its end, read-only; or writable, before its
 * first query.
 */
extern void settings_set_read_only(bool on);

/* Set lock_timeout (ms) until settings_leave(). */
extern int	settings_set_lock_timeout(int ms);

/* Within settings that are changed for a while: wait for a lock no longer than so many ms; 0: no limit. */
extern void settings_bound_lock_waits(int ms);

#endif							/* MIGRATE_SETTINGS_H */
