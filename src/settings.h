/*
 * settings.h
 *		The settings migrate.*, all of them documented in the README.
 */
#ifndef MIGRATE_SETTINGS_H
#define MIGRATE_SETTINGS_H

extern int	migrate_wait_timeout;	/* ms; 0 waits for ever, -1 never waits */
extern int	migrate_lock_timeout;	/* ms; online only */
extern int	migrate_lock_retries;
extern bool migrate_plain_concurrently;
extern char *migrate_tag;

/* Define them; called once, from _PG_init. */
extern void settings_define(void);

/*
 * Set migrate.revision and migrate.direction, and make every setting that
 * changes from now on come back at settings_leave().  Returns the nest level
 * to give to settings_leave(); an error undoes it by itself.
 */
extern int	settings_enter_revision(const char *revision, const char *direction);
extern void settings_leave(int nest_level);

/* The same as settings of the session, for a revision that spans transactions; NULL ends it. */
extern void settings_show_revision(const char *revision, const char *direction);

/* Give a setting of the session a value, as SET does. */
extern void settings_set(const char *name, const char *value);

/* Pin search_path to pg_catalog, pg_temp until settings_leave(). */
extern int	settings_pin_path(void);

/* Send the client no warnings until settings_leave(). */
extern int	settings_be_quiet(void);

/* Set lock_timeout (ms) until settings_leave(). */
extern int	settings_set_lock_timeout(int ms);

#endif							/* MIGRATE_SETTINGS_H */
