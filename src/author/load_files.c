/*
 * load_files.c
 *		Loads the files of a directory: which revisions are new, which have changed, and which may
 *		change?
 */
#include "postgres.h"

#include "author/load_files.h"
#include "author/write_revision.h"
#include "errors.h"
#include "run/run.h"

#include "miscadmin.h"

static int
compare_files(const void *a, const void *b)
{
	const RevisionFile *fa = *(RevisionFile *const *) a;
	const RevisionFile *fb = *(RevisionFile *const *) b;

	return strcmp(fa->rev.links.id, fb->rev.links.id);
}

/* Refuse two files of one call that are the same revision. */
static void
check_distinct(RevisionFile **files, int nfiles)
{
	RevisionFile **sorted = palloc(sizeof(RevisionFile *) * Max(nfiles, 1));

	memcpy(sorted, files, sizeof(RevisionFile *) * nfiles);
	qsort(sorted, nfiles, sizeof(RevisionFile *), compare_files);
	for (int i = 1; i < nfiles; i++)
		if (compare_files(&sorted[i - 1], &sorted[i]) == 0)
		{
			const char *a = sorted[i - 1]->rev.links.file_name;
			const char *b = sorted[i]->rev.links.file_name;

			ereport(ERROR,
					(errcode(ERRCODE_MG_DUPLICATE_LABEL),
					 errmsg("two files are revision \"%s\"", sorted[i]->rev.links.id),
					 a && b ? errdetail("They are \"%s\" and \"%s\".", a, b) : 0,
					 errhint("Give one of them another \"Revision ID\".")));
		}
	pfree(sorted);
}

/*
 * Is the file the stored revision, loaded in a session with the other standard_conforming_strings?
 */
static bool
is_same_in_other_session(const RevisionFile *file, const char *checksum)
{
	RevisionFile other = *file;
	bool		is_other = false;

	for (Direction d = 0; d < NDIRECTIONS; d++)
	{
		other.script.half[d].sql = script_other_strings(file->script.half[d].sql);
		is_other |= other.script.half[d].sql != file->script.half[d].sql;
	}
	other.script.require = script_other_strings(file->script.require);
	other.script.verify = script_other_strings(file->script.verify);
	if (!is_other && other.script.require == file->script.require &&
		other.script.verify == file->script.verify)
		return false;
	revision_file_renew(&other);
	return memcmp(checksum, other.script.checksum, 32) == 0;
}

/* Find the files that are new or differ from the stored revision.  Returns how many. */
static int
compare_with_stored(bool fresh, RevisionFile **files, int nfiles, LoadOutcome *outcomes)
{
	char	  **ids = palloc(sizeof(char *) * Max(nfiles, 1));
	char	  **checksums;
	int			ndifferent = 0;

	for (int i = 0; i < nfiles; i++)
		ids[i] = unconstify(char *, files[i]->rev.links.id);
	checksums = store_checksums(fresh, ids, nfiles);
	for (int i = 0; i < nfiles; i++)
	{
		if (checksums[i] == NULL)
			outcomes[i] = LOAD_ADDED;
		else if (memcmp(checksums[i], files[i]->script.checksum, 32) != 0 &&
				 !is_same_in_other_session(files[i], checksums[i]))
			outcomes[i] = LOAD_REPLACED;
		else
			outcomes[i] = LOAD_UNCHANGED;
		if (outcomes[i] != LOAD_UNCHANGED)
			ndifferent++;
	}
	return ndifferent;
}

static RevisionFile **
different_files(RevisionFile **files, int nfiles, const LoadOutcome *outcomes, int *n)
{
	RevisionFile **different = palloc(sizeof(RevisionFile *) * Max(nfiles, 1));

	*n = 0;
	for (int i = 0; i < nfiles; i++)
		if (outcomes[i] != LOAD_UNCHANGED)
			different[(*n)++] = files[i];
	return different;
}

/*
 * Load these; files that are there already cost no lock and no write.  are_all:
 * they are a directory, and not one of many calls.
 */
LoadOutcome *
files_load(RevisionFile **files, int nfiles, bool are_all)
{
	LoadOutcome *outcomes = palloc0(sizeof(LoadOutcome) * Max(nfiles, 1));
	RevisionFile **different;
	int			ndifferent;
	Store	   *store;
	Store	   *changed;

	check_distinct(files, nfiles);
	if (compare_with_stored(true, files, nfiles, outcomes) == 0)
		return outcomes;

	/*
	 * look again under the lock: another session may have loaded the same
	 * files
	 */
	lock_migrations();
	if (compare_with_stored(true, files, nfiles, outcomes) == 0)
		return outcomes;
	different = different_files(files, nfiles, outcomes, &ndifferent);
	store = store_load(true, false);
	changed = write_files(store, different, ndifferent, NULL);
	if (are_all)
		write_report_heads(changed->graph, write_heads_of(changed, files, nfiles),
						   write_heads_of(store, files, nfiles)->n);
	else
		write_report_heads(changed->graph, graph_heads(changed->graph, true),
						   graph_heads(store->graph, true)->n);
	return outcomes;
}

/* Is the file beside the revisions that says what they presuppose? */
bool
files_are_prelude(const char *file_name)
{
	const char *slash = file_name ? strrchr(file_name, '/') : NULL;

	return file_name != NULL && strcmp(slash ? slash + 1 : file_name, "prelude.sql") == 0;
}

static int
prelude_statements(const char *text, const char *file_name)
{
	ScriptOrigin origin = {.direction = "prelude",.file_name = file_name,.first_line = 1};

	return script_parse(text, false, &origin)->nstatements;
}

/* A prelude without statements removes the stored one. */
LoadOutcome
files_load_prelude(char *script_text, const char *file_name)
{
	const char *text = script_keep_strings(script_text);
	const char *script = prelude_statements(text, file_name) > 0 ? text : NULL;
	const char *stored = store_prelude(true);

	if (script == NULL ? stored == NULL : stored != NULL && strcmp(script, stored) == 0)
		return LOAD_UNCHANGED;
	lock_migrations();
	stored = store_prelude(true);
	store_write_prelude(script);
	return stored == NULL ? LOAD_ADDED : LOAD_REPLACED;
}

static void
refuse_second_prelude(const char *one, const char *other)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_DUPLICATE_LABEL),
			 errmsg("two files are the prelude"),
			 errdetail("They are \"%s\" and \"%s\".", one, other),
			 errhint("Make one of them.")));
}

RevisionFile **
files_parse(char **scripts, char **names, int nscripts, int *nfiles, int *prelude)
{
	RevisionFile **files = palloc(sizeof(RevisionFile *) * Max(nscripts, 1));

	*nfiles = 0;
	*prelude = -1;
	for (int i = 0; i < nscripts; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (!files_are_prelude(names[i]))
			files[(*nfiles)++] = revision_file_parse(scripts[i], names[i]);
		else if (*prelude < 0)
			*prelude = i;
		else
			refuse_second_prelude(names[*prelude], names[i]);
	}
	return files;
}

Store *
store_with_texts(char **scripts, char **names, int nscripts, char ***ids, int *nids, int *nadded,
				 int *nreplaced)
{
	int			prelude;
	RevisionFile **files = files_parse(scripts, names, nscripts, nids, &prelude);
	LoadOutcome *outcomes = palloc0(sizeof(LoadOutcome) * Max(*nids, 1));
	RevisionFile **different;
	int			ndifferent;

	check_distinct(files, *nids);
	if (prelude >= 0)
		(void) prelude_statements(script_keep_strings(scripts[prelude]), names[prelude]);
	(void) compare_with_stored(false, files, *nids, outcomes);
	*ids = palloc(sizeof(char *) * Max(*nids, 1));
	*nadded = *nreplaced = 0;
	for (int i = 0; i < *nids; i++)
	{
		(*ids)[i] = unconstify(char *, files[i]->rev.links.id);
		*nadded += outcomes[i] == LOAD_ADDED;
		*nreplaced += outcomes[i] == LOAD_REPLACED;
	}
	different = different_files(files, *nids, outcomes, &ndifferent);
	return write_tried(store_load(false, false), different, ndifferent, false,
					   palloc(sizeof(bool) * Max(ndifferent, 1)));
}

/* A digest of everything that files have loaded: all revisions, and the prelude. */
void
files_state(bool fresh, char *state)
{
	char	   *prelude = store_prelude(fresh);

	answer_state(fresh, prelude != NULL ? prelude : "", NULL, 0, state);
}

/* Takes no lock: two sessions may keep the same answer without harm. */
void
files_keep_loaded(const char *words)
{
	char		state[32];

	files_state(true, state);
	if (answer_is_known(true, "load", words, state))
		return;
	answer_keep("load", words, store_version_rows(true), state);
}

/* ------------------------------------------------------- applied and changed */

/* In the place of one that was looked at before. */
static void
keep_changed(ChangedFiles *changed, RevisionFile *file, char *difference, bool is_structure)
{
	changed->files[changed->n] = file;
	changed->differences[changed->n] = difference;
	changed->are_structure[changed->n++] = is_structure;
}

void
files_changed(const Store *store, RevisionFile **files, int nfiles, ChangedFiles *changed)
{
	LoadOutcome *outcomes = palloc0(sizeof(LoadOutcome) * Max(nfiles, 1));
	int			n;

	check_distinct(files, nfiles);
	(void) compare_with_stored(store->fresh, files, nfiles, outcomes);
	changed->files = different_files(files, nfiles, outcomes, &n);
	changed->differences = palloc(sizeof(char *) * Max(n, 1));
	changed->are_structure = palloc(sizeof(bool) * Max(n, 1));
	changed->n = 0;
	for (int i = 0; i < n; i++)
	{
		RevisionFile *file = changed->files[i];
		int			rev = graph_find(store->graph, file->rev.links.id);
		RevisionFile old;
		bool		is_structure;
		char	   *difference;

		if (rev < 0 || !store->version->applied[rev])
			continue;
		old = write_stored(store, rev);
		difference = revision_difference(&old, file, &is_structure);
		if (difference != NULL)
			keep_changed(changed, file, difference, is_structure);
	}
}

/* Of all, or of those that are named. */
static bool
is_meant(const Store *store, const RevisionFile *file, const int *meant, int nmeant)
{
	for (int i = 0; i < nmeant; i++)
		if (graph_find(store->graph, file->rev.links.id) == meant[i])
			return true;
	return false;
}

void
files_repair(RevisionFile **files, int nfiles, char **only, int nonly, const char *reason,
			 ChangedFiles *repaired)
{
	int		   *meant = palloc(sizeof(int) * Max(nonly, 1));
	ChangedFiles changed;
	Store	   *store;

	lock_migrations();
	store = store_load(true, false);
	for (int i = 0; i < nonly; i++)
		meant[i] = write_find(store, only[i]);
	files_changed(store, files, nfiles, &changed);
	*repaired = changed;
	repaired->n = 0;
	for (int i = 0; i < changed.n; i++)
	{
		if (only != NULL && !is_meant(store, changed.files[i], meant, nonly))
			continue;
		if (changed.are_structure[i])
			write_refuse_difference(changed.files[i], changed.differences[i], true);
		keep_changed(repaired, changed.files[i], changed.differences[i], false);
	}
	if (repaired->n > 0)
		(void) write_files(store, repaired->files, repaired->n, reason);
}
