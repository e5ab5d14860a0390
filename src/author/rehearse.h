/*
 * rehearse.h
 *		Pending revisions run on a sample of the rows that are there.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_REHEARSE_H
#define MIGRATE_REHEARSE_H

#include "postgres.h"

#include "kinds/managed.h"
#include "nodes/pg_list.h"

/* What a rehearsal has found. */
typedef struct Finding
{
	int			step;			/* of the plan, 1-based */
	const char *revision;
	const char *outcome;		/* fails, downgrade_fails, loses, changes,
								 * adds, unchecked */
	const char *table;			/* quoted; or NULL */
	const char *column;			/* unquoted; NULL: the rows themselves */
	int64		count;			/* of values or rows; -1: not counted */
	int64		of;				/* how many there are; -1 likewise */
	const char *detail;			/* or NULL */
	int			sqlerrcode;		/* of the error, if there was one; or 0 */
} Finding;

/* What it was done with. */
typedef struct RehearsalSize
{
	int			planned;		/* revisions that are pending */
	int			revisions;		/* those that ran */
	int			tables;
	int64		rows;
} RehearsalSize;

/*
 * Make the managed schemas once more in a shadow, put rows of each table there (so many, and those
 * that their foreign keys refer to), and run the upgrade to the target.  After each revision run
 * its downgrade, compare the rows with what they were before, and take the downgrade back.  Returns
 * a list of Finding. Nothing live is locked but in ACCESS SHARE mode.
 * Errors: those of planning and of a shadow; 42501 for a table whose rows the caller may not read
 * or that row-level security hides from him.  Errors of revisions are findings.
 */
extern List *rehearse(const Managed *managed, const char *target, int rows, RehearsalSize *size);

#endif							/* MIGRATE_REHEARSE_H */
