/*
 * baseline.h
 *		Writes the first revision of an existing database.
 */
#ifndef MIGRATE_BASELINE_H
#define MIGRATE_BASELINE_H

#include "postgres.h"

#include "kinds/managed.h"
#include "script/script.h"

/*
 * Take the migration lock, write the revision with the message and the labels of file, and stamp
 * it.  Returns its identifier; rev_id may be NULL.
 * Errors: 55000 if there are revisions; 2BP01 if something that is ignored is needed; those of
 * compare_*().
 */
extern const char *baseline_write(Managed *managed, RevisionFile *file, const char *rev_id);

#endif							/* MIGRATE_BASELINE_H */
