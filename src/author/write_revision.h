/*
 * write_revision.h
 *		Writes, edits and removes revisions, and moves them onto other parents.
 *
 * Memory: in the current context.
 */
#ifndef MIGRATE_WRITE_REVISION_H
#define MIGRATE_WRITE_REVISION_H

#include "postgres.h"

#include "script/script.h"
#include "store/store.h"

/*
 * What revision, merge and those that generate revisions share: write it on top of these parents.
 * Returns the identifier, a new one if rev_id is NULL.  The migration lock is held and the store is
 * fresh.
 */
extern const char *write_new(const Store *store, RevisionFile *file, const char *rev_id,
							 const RevList *parents);

/* A new identifier: 12 hexadecimal digits, as Alembic's. */
extern char *new_identifier(const Graph *graph);

/* What is to become of a revision: what is NULL stays. */
typedef struct RevisionEdit
{
	const char *message;
	char	   *upgrade;
	char	   *downgrade;
	char	   *require;		/* an empty text: none from now on */
	char	   *verify;			/* the same */
	const char *contract;		/* the same */
} RevisionEdit;

/*
 * Take the migration lock and change the revision.  Errors: MG001 for a name that is no revision's;
 * MG026 for one that is half done, MG021 for one that is applied.
 */
extern void write_edited(const char *name, const RevisionEdit *edit);
extern void write_removed(const char *name);

/* Put the revision, with all its descendants, onto other parents.  Returns its identifier. */
extern const char *write_rebased(const char *name, const char *onto);

/* The one revision of this name; base is not allowed. */
extern int	write_find(const Store *store, const char *name);

/* A revision as it is stored. */
extern RevisionFile write_stored(const Store *store, int rev);

/*
 * The store that would be with revisions that are not there or that differ from
 * what is there.  may_differ: that those which are applied do something else has been allowed.
 */
extern Store *write_tried(const Store *store, RevisionFile **files, int nfiles, bool may_differ,
						  bool *is_new);

/*
 * Write them.  The migration lock is held and the store is fresh.  reason: why applied ones may
 * do something else than they did; NULL: they may not.
 */
extern Store *write_files(const Store *store, RevisionFile **files, int nfiles, const char *reason);

/* Send a NOTICE if there are more heads than before. */
extern void write_report_heads(const Graph *after, const RevList *heads, int nbefore);

/* The heads of these files and of what is applied. */
extern RevList *write_heads_of(const Store *store, RevisionFile **files, int nfiles);

/* Raise MG021: an applied revision must not become this one. */
extern void write_refuse_difference(const RevisionFile *file, const char *difference,
									bool is_structure);

#endif							/* MIGRATE_WRITE_REVISION_H */
