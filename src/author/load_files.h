/*
 * load_files.h
 *		What the files of a directory mean.
 *
 * Memory: in the current context.
 */
#ifndef MIGRATE_LOAD_FILES_H
#define MIGRATE_LOAD_FILES_H

#include "postgres.h"

#include "script/script.h"
#include "store/store.h"

typedef enum LoadOutcome
{
	LOAD_UNCHANGED,
	LOAD_ADDED,
	LOAD_REPLACED
} LoadOutcome;

/* Read these texts; one of them may be the prelude, otherwise -1. */
extern RevisionFile **files_parse(char **scripts, char **names, int nscripts, int *nfiles,
								  int *prelude);

/*
 * Load these; files that are there already cost no lock and no write.  are_all:
 * they are a directory, and not one of many calls.  Returns what happened to each.
 */
extern LoadOutcome *files_load(RevisionFile **files, int nfiles, bool are_all);

/*
 * Is it the file beside the revisions that says what they presuppose?  Load it; one without
 * statements is none.
 */
extern bool files_are_prelude(const char *file_name);
extern LoadOutcome files_load_prelude(char *script_text, const char *file_name);

/*
 * The store that would be if these files were loaded, whose identifiers are ids.  Nothing is
 * written.  Errors: those of loading them.
 */
extern Store *store_with_texts(char **scripts, char **names, int nscripts, char ***ids, int *nids,
							   int *nadded, int *nreplaced);

/*
 * Everything that files have brought, all revisions and the prelude, as 32 bytes; and keep that
 * these were loaded.
 */
extern void files_state(bool fresh, char *state);
extern void files_keep_loaded(const char *words);

/* Files of applied revisions that do something else than what was done. */
typedef struct ChangedFiles
{
	int			n;
	RevisionFile **files;
	char	  **differences;	/* in words */
	bool	   *are_structure;	/* it is about where the revision stands */
} ChangedFiles;

extern void files_changed(const Store *store, RevisionFile **files, int nfiles,
						  ChangedFiles *changed);

/*
 * Take the migration lock, and take over those texts, of all or of the revisions named in only;
 * reason goes into the log.  Errors: MG021 for one that would stand elsewhere.
 */
extern void files_repair(RevisionFile **files, int nfiles, char **only, int nonly,
						 const char *reason,
						 ChangedFiles *repaired);

#endif							/* MIGRATE_LOAD_FILES_H */
