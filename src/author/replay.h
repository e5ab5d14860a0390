/*
 * replay.h
 *		Revisions run again in a shadow: what they make, and whether they undo it.
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
 * What the revisions marked in wanted make, in the order of the graph.  prelude: SQL that is run
 * before them, or NULL; then *presupposed is what that has made.
 * Errors: those of the revisions, with their lines; see shadow_execute().
 */
extern SchemaSnapshot *replay(const Managed *managed, const Store *store, const bool *wanted,
							  const char *prelude, Presupposed **presupposed);

/*
 * The schemas in which the revisions make nothing, and in which there is something now: they are
 * new with that, though a schema of the list counts as there in every snapshot.  A list of char *.
 */
extern List *replay_new_schemas(const SchemaSnapshot *replayed, const SchemaSnapshot *live);

/* The texts of a revision. */
extern StoredScript *replay_script(const Store *store, int number);

/*
 * In a shadow: run a revision up, with what it requires and verifies, or down.  What that changes
 * is added to changed, which may be NULL.  *where says for a message what runs: "upgrade".
 * Errors: those of its statements; MG028, MG029.
 */
extern void replay_up(Shadow *shadow, const Store *store, int number, const StoredScript *script,
					  Changed *changed,
					  const char **where);
extern void replay_down(Shadow *shadow, const Store *store, int number, const StoredScript *script,
						Changed *changed,
						const char **where);

/*
 * What is managed, with the schemas that these revisions say they make; the same if there are none.
 */
extern const Managed *replay_managed(const Managed *managed, const Store *store,
									 const bool *wanted);

/* What became of a revision that was run up, down and up again. */
typedef struct Verified
{
	const char *revision;
	bool		was_run;		/* or one that it needs has failed */
	bool		upgrade_ok;
	bool		has_downgrade;
	bool		downgrade_ok;
	bool		round_trip_ok;
	const char *detail;			/* or NULL */
} Verified;

/*
 * Run the revisions marked in wanted up, down and up again, and those that they
 * need before them.  Returns a list of Verified.  Errors of revisions are rows; those of the
 * prelude, which may be NULL, are errors.
 */
extern List *replay_verify(const Managed *managed, const Store *store, const bool *wanted,
						   const char *prelude);

/*
 * One revision for those marked in middle, which come after those marked in
 * before: proven to make and to undo the same.
 */
extern Generated *replay_squash(const Managed *managed, const Store *store, const bool *before,
								const bool *middle,
								const char *prelude);

#endif							/* MIGRATE_REPLAY_H */
