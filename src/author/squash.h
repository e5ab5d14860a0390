/*
 * squash.h
 *		Replaces a range of revisions by one.
 */
#ifndef MIGRATE_SQUASH_H
#define MIGRATE_SQUASH_H

#include "postgres.h"

#include "kinds/managed.h"

typedef struct Squash
{
	const Managed *managed;
	const char *from;			/* the names of the first and the last */
	const char *to;
	const char *message;		/* or NULL */
	const char *rev_id;			/* or NULL: one is made up */
	bool		ignore_data;	/* what the revisions do with data may get
								 * lost */
} Squash;

/*
 * Take the migration lock, and put one revision in the place of the range.  Returns its identifier.
 * Errors: MG001 for a name that is no revision's, MG019 and others of a replay, 0A000 for one that
 * works with data, 55000 for a range that is no line, MG021 for one that is applied in part.
 */
extern const char *squash_range(const Squash *squash);

#endif							/* MIGRATE_SQUASH_H */
