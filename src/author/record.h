/*
 * record.h
 *		Writes a revision for changes that were made by hand.
 */
#ifndef MIGRATE_RECORD_H
#define MIGRATE_RECORD_H

#include "postgres.h"

#include "kinds/managed.h"

/*
 * Take the migration lock, write the revision, and stamp it.  renames: as rename_arguments() has
 * them; rev_id may be NULL.  Returns the identifier, or NULL if there is nothing to record.
 * Errors: MG022 if revisions are pending; those of a replay.
 */
extern const char *record_write(const Managed *managed, const char *message, List *renames,
								const char *rev_id);

#endif							/* MIGRATE_RECORD_H */
