/*
 * writefuncs.c
 *		SQL: revision, merge, edit, remove, rebase, repair, load, load_files,
 *		changed_files, files_are_loaded and load_directory.
 *
 * Who writes: author/write_revision.c; what files mean: author/load_files.c.
 */
#include "postgres.h"

#include "author/load_files.h"
#include "author/write_revision.h"
#include "errors.h"
#include "functions/functions.h"
#include "run/run.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_revision);
MIGRATE_FUNCTION(migrate_merge);
MIGRATE_FUNCTION(migrate_edit);
MIGRATE_FUNCTION(migrate_remove);
MIGRATE_FUNCTION(migrate_load);
MIGRATE_FUNCTION(migrate_load_files);
MIGRATE_FUNCTION(migrate_files_are_loaded);
MIGRATE_FUNCTION(migrate_load_directory);
MIGRATE_FUNCTION(migrate_rebase);
MIGRATE_FUNCTION(migrate_repair);
MIGRATE_FUNCTION(migrate_changed_files);

static void
require_head(int nheads)
{
	if (nheads == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("argument \"head\" names no revision"),
				 errhint("Say head => '{base}' for a revision without parents.")));
}

Datum
migrate_revision(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	char	  **heads;
	int			nheads;
	char	   *rev_id;
	char	  **depends_on;
	Store	   *store;
	RevList    *parents;

	begin_writing("migrate.revision()");
	links->message = arg_text_or_null(fcinfo, 0);
	file->script.half[DIRECTION_UP].sql = script_keep_strings(arg_text(fcinfo, 1, "upgrade"));
	file->script.half[DIRECTION_DOWN].sql = script_keep_strings(arg_text_or_null(fcinfo, 2));
	file->script.require = script_keep_strings(arg_text_or_null(fcinfo, 8));
	file->script.verify = script_keep_strings(arg_text_or_null(fcinfo, 9));
	file->rev.contract = arg_text_or_null(fcinfo, 10);
	arg_texts(fcinfo, 3, "head", &heads, &nheads);
	arg_texts(fcinfo, 5, "branch_label", &links->labels, &links->nlabels);
	arg_texts(fcinfo, 6, "depends_on", &depends_on, &links->ndepends_on);
	require_head(nheads);
	rev_id = arg_rev_id(fcinfo, 7);

	lock_migrations();
	store = store_load(true, false);
	parents = target_new_parents(store->graph, heads, nheads, arg_bool(fcinfo, 4, "splice"));
	links->depends_on = target_dependencies(store->graph, depends_on, links->ndepends_on);
	PG_RETURN_TEXT_P(cstring_to_text(write_new(store, file, rev_id, parents)));
}

Datum
migrate_merge(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	char	  **revisions;
	int			nrevisions;
	char	   *rev_id;
	bool		splice;
	Store	   *store;

	begin_writing("migrate.merge()");
	arg_texts(fcinfo, 0, "revisions", &revisions, &nrevisions);
	links->message = arg_text_or_null(fcinfo, 1);
	splice = arg_bool(fcinfo, 2, "splice");
	arg_texts(fcinfo, 3, "branch_label", &links->labels, &links->nlabels);
	rev_id = arg_rev_id(fcinfo, 4);
	file->script.half[DIRECTION_UP].sql = "";
	file->script.half[DIRECTION_DOWN].sql = ""; /* nothing to undo, not
												 * irreversible */

	lock_migrations();
	store = store_load(true, false);
	PG_RETURN_TEXT_P(cstring_to_text(write_new(store, file, rev_id,
											   target_merge_parents(store->graph, revisions,
																	nrevisions, splice))));
}

Datum
migrate_edit(PG_FUNCTION_ARGS)
{
	RevisionEdit edit = {.message = arg_text_or_null(fcinfo, 1)};

	begin_writing("migrate.edit()");
	edit.upgrade = script_keep_strings(arg_text_or_null(fcinfo, 2));
	edit.downgrade = script_keep_strings(arg_text_or_null(fcinfo, 3));
	edit.require = script_keep_strings(arg_text_or_null(fcinfo, 4));
	edit.verify = script_keep_strings(arg_text_or_null(fcinfo, 5));
	edit.contract = arg_text_or_null(fcinfo, 6);
	write_edited(arg_text(fcinfo, 0, "revision"), &edit);
	PG_RETURN_VOID();
}

Datum
migrate_remove(PG_FUNCTION_ARGS)
{
	begin_writing("migrate.remove()");
	write_removed(arg_text(fcinfo, 0, "revision"));
	PG_RETURN_VOID();
}

Datum
migrate_rebase(PG_FUNCTION_ARGS)
{
	char	   *name;

	begin_writing("migrate.rebase()");
	name = arg_text(fcinfo, 0, "revision");
	PG_RETURN_TEXT_P(cstring_to_text(write_rebased(name, arg_text(fcinfo, 1, "onto"))));
}

Datum
migrate_load(PG_FUNCTION_ARGS)
{
	char	   *script;
	char	   *file_name;
	RevisionFile *file;

	begin_writing("migrate.load()");
	script = arg_text(fcinfo, 0, "script");
	file_name = arg_text_or_null(fcinfo, 1);
	if (files_are_prelude(file_name))
	{
		(void) files_load_prelude(script, file_name);
		PG_RETURN_NULL();
	}
	file = revision_file_parse(script, file_name);
	(void) files_load(&file, 1, false);
	PG_RETURN_TEXT_P(cstring_to_text(file->rev.links.id));
}

char **
file_names_argument(FunctionCallInfo fcinfo, int n, int nscripts)
{
	char	  **names = palloc0(sizeof(char *) * Max(nscripts, 1));
	Datum	   *datums = NULL;
	bool	   *nulls = NULL;
	int			nnames = 0;

	if (PG_ARGISNULL(n))
		return names;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls,
					  &nnames);
	if (nnames != nscripts)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there are %d scripts but %d file names", nscripts, nnames),
				 errhint("Give one name for each script, or leave file_names out.")));
	for (int i = 0; i < nnames; i++)
		names[i] = nulls[i] ? NULL : TextDatumGetCString(datums[i]);
	return names;
}

static void
put_loaded(ResultSet *result, const char *file_name, const char *revision, LoadOutcome outcome)
{
	static const char *const outcome_names[] = {"unchanged", "added", "replaced"};
	Datum		values[3];
	bool		nulls[3];

	set_text(values, nulls, 0, file_name);
	set_text(values, nulls, 1, revision);
	set_text(values, nulls, 2, outcome_names[outcome]);
	result_put(result, values, nulls);
}

/* Load these texts; a row for each. */
static Datum
load_texts(FunctionCallInfo fcinfo, char **scripts, char **names, int nscripts)
{
	LoadOutcome *outcomes;
	LoadOutcome of_prelude = LOAD_UNCHANGED;
	int			prelude;
	int			n;
	RevisionFile **files = files_parse(scripts, names, nscripts, &n, &prelude);
	ResultSet  *result;

	if (prelude >= 0)
		of_prelude = files_load_prelude(scripts[prelude], names[prelude]);
	outcomes = files_load(files, n, true);

	result = result_begin(fcinfo);
	n = 0;
	for (int i = 0; i < nscripts; i++)
	{
		if (i == prelude)
			put_loaded(result, names[i], NULL, of_prelude);
		else
		{
			put_loaded(result, names[i], files[n]->rev.links.id, outcomes[n]);
			n++;
		}
	}
	return (Datum) 0;
}

/* How the log names files of which it keeps that they are loaded. */
static char *
digest_words(FunctionCallInfo fcinfo, int n)
{
	char	   *digest = arg_text(fcinfo, n, "digest");

	if (*digest == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"digest\" is empty"),
				 errhint("Give what identifies the files, such as the SHA-256 of all of them.")));
	return psprintf("files %s", digest);
}

Datum
migrate_load_files(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	char	   *words = NULL;

	begin_writing("migrate.load_files()");
	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	if (!PG_ARGISNULL(2))
		words = digest_words(fcinfo, 2);
	(void) load_texts(fcinfo, scripts, file_names_argument(fcinfo, 1, nscripts), nscripts);
	if (words != NULL)
		files_keep_loaded(words);
	return (Datum) 0;
}

Datum
migrate_files_are_loaded(PG_FUNCTION_ARGS)
{
	char	   *words = digest_words(fcinfo, 0);
	char		state[32];

	files_state(false, state);
	PG_RETURN_BOOL(answer_is_known(false, "load", words, state));
}

static Datum
put_changed(FunctionCallInfo fcinfo, const ChangedFiles *changed)
{
	ResultSet  *result = result_begin(fcinfo);

	for (int i = 0; i < changed->n; i++)
	{
		Datum		values[3];
		bool		nulls[3];

		set_text(values, nulls, 0, changed->files[i]->rev.links.file_name);
		set_text(values, nulls, 1, changed->files[i]->rev.links.id);
		set_text(values, nulls, 2, changed->differences[i]);
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

Datum
migrate_changed_files(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	int			nfiles;
	int			prelude;
	RevisionFile **files;
	ChangedFiles changed;

	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	files = files_parse(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &nfiles,
						&prelude);
	files_changed(store_load(false, false), files, nfiles, &changed);
	return put_changed(fcinfo, &changed);
}

Datum
migrate_repair(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	ChangedFiles changed;
	char	  **only = NULL;
	int			nonly = 0;
	char	   *reason;
	int			nfiles;
	int			prelude;
	RevisionFile **files;

	begin_writing("migrate.repair()");
	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	files = files_parse(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &nfiles,
						&prelude);
	if (!PG_ARGISNULL(2))
		arg_texts(fcinfo, 2, "revisions", &only, &nonly);
	reason = arg_text_or_null(fcinfo, 3);
	files_repair(files, nfiles, only, nonly, reason != NULL &&
				 *reason != '\0' ? reason : "repaired", &changed);
	return put_changed(fcinfo, &changed);
}

Datum
migrate_load_directory(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	char	  **names;
	int			nscripts;

	begin_writing("migrate.load_directory()");
	directory_read(arg_text(fcinfo, 0, "path"), &names, &scripts, &nscripts);
	return load_texts(fcinfo, scripts, names, nscripts);
}
