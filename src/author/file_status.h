/*
 * file_status.h
 *		Plans for a directory of revision files.
 *
 * Memory: in the current context.
 */
#ifndef MIGRATE_FILE_STATUS_H
#define MIGRATE_FILE_STATUS_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "store/store.h"

typedef struct FilesStatus
{
	const Store *kept;			/* the store that would be with what counts
								 * only; what follows is of it, but for ahead
								 * and unknown */
	const bool *is_file;
	RevList    *heads;			/* of the files */
	RevList    *pending;		/* in the order in which they run */
	const char *target;			/* "a1,b2": what they lead to; NULL if heads
								 * are apart */
	RevList    *apart;			/* heads, and no word of which is meant */
	const char *to_rebase;		/* of those, the file to be put on the other;
								 * or NULL */
	const char *to_undo;		/* or down to where what has no file is to be
								 * undone; or NULL */
	List	   *missing;		/* char *, in words: files that others are on
								 * top of */
	List	   *missing_applied;
	RevList    *ahead;			/* applied, and no file is on top of them */
	RevList    *unknown;		/* what counts for nothing */
} FilesStatus;

/*
 * ids: the revisions that have files; target: as for upgrade, or NULL.  A NOTICE says what the plan
 * has to say. Errors: MG001 for one that is not loaded.
 */
extern FilesStatus *files_status(const Store *store, char **ids, int nids, const char *target);

/*
 * Remove what counts for nothing, under the migration lock if there is any.  Returns the
 * identifiers.
 */
extern char **files_prune(char **ids, int nids, int *nremoved);

#endif							/* MIGRATE_FILE_STATUS_H */
