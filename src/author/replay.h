/*
 * replay.h
 *		Runs revisions again in a shadow: which schema do they create, and do their downgrades undo
 *		it?
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_REPLAY_H
#define MIGRATE_REPLAY_H

#include "author/autogenerate.h"
#include "author/prelude.h"
#include "shadow/changed.h"
#include "store/store.h"

/*
 * Returns the schema that the revisions marked in wanted create.  prelude: SQL that is run before
 * them, or NULL; *presupposed is set to the objects that the prelude has created.
 * Errors: those of the revisions, with their lines; see shadow_execute().
 */
extern SchemaSnapshot *replay(const Managed *managed, const Store *store, const bool *wanted,
							  const char *prelude, Presupposed **presupposed);

/*
 * Returns the schemas that are empty in the replayed snapshot and not in the live one: a list of
 * char *.  Such a schema is new, although every snapshot has the schemas that are managed by name.
 */
extern List *replay_new_schemas(const SchemaSnapshot *replayed, const SchemaSnapshot *live);

/* Returns the SQL of a revision. */
extern StoredScript *replay_script(const Store *store, int number);

/*
 * In a shadow: run the upgrade of a revision, with its require and verify sections, or its
 * downgrade.  The changed catalog rows are added to changed, which may be NULL.  *where is set to
 * the part that runs, such as "upgrade", for a message.
 * Errors: those of its statements; MG028, MG029.
 */
extern void replay_up(Shadow *shadow, const Store *store, int number, const StoredScript *script,
					  Changed *changed,
					  const char **where);
extern void replay_down(Shadow *shadow, const Store *store, int number, const StoredScript *script,
						Changed *changed,
						const char **where);

/* Adds the schemas that these revisions create, as far as their texts tell, to the managed ones. */
extern const Managed *replay_managed(const Managed *managed, const Store *store,
									 const bool *wanted);

/* What became of a revision that was run up, down and up again. */
typedef struct Verified
{
	const char *revision;
	bool		was_run;		/* false: a parent or dependency has failed */
	bool		upgrade_ok;
	bool		has_downgrade;
	bool		downgrade_ok;
	bool		round_trip_ok;
	const char *detail;			/* or NULL */
} Verified;

/*
 * Runs the revisions marked in wanted up, down and up again, after the revisions that they need.
 * Returns a list of Verified.  An error of a revision is told in its row; an error of the prelude,
 * which may be NULL, is raised.
 */
extern List *replay_verify(const Managed *managed, const Store *store, const bool *wanted,
						   const char *prelude);

/*
 * Writes one revision in place of those marked in middle, and proves that it does and undoes the
 * same.  The revisions marked in before run first.
 */
extern Generated *replay_squash(const Managed *managed, const Store *store, const bool *before,
								const bool *middle,
								const char *prelude);

#endif							/* MIGRATE_REPLAY_H */
