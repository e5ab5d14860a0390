/*
 * writefuncs.c
 *		SQL: revision, merge, edit, remove, rebase, repair, load, load_files,
 *		changed_files, files_are_loaded and load_directory.
 *
 * All of them end in write_files(): the graph that would be is built and
 * checked as a whole before a row is written.
 */
#include "postgres.h"

#include "errors.h"
#include "functions/functions.h"
#include "run/run.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

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

/*
 * Refuse to change or remove what is applied or half done: what was run must
 * stay known.
 */
static void
require_unapplied(const Store *store, int rev, const char *what)
{
	const RevisionLinks *links = &store->revs[rev].links;

	run_check_half_done(links->id, what);
	if (store->version->applied[rev])
		ereport(ERROR,
				(errcode(ERRCODE_MG_REVISION_APPLIED),
				 errmsg("revision \"%s\" is applied and cannot be %s", links->id, what),
				 errdetail("Its message is \"%s\".", first_line_shown(links->message)),
				 errhint("Write a new revision with migrate.revision(); or undo this one first, with SELECT migrate.downgrade('%s-1').",
						 links->id)));
}

/* A revision as it is stored. */
static RevisionFile
stored_file(const Store *store, int rev)
{
	char	   *id = unconstify(char *, store->revs[rev].links.id);
	RevisionFile file = {.rev = store->revs[rev]};

	file.script = store_scripts(store->fresh, &id, 1)[0];
	return file;
}

static void
refuse_difference(const RevisionFile *file, const char *difference, bool is_structure)
{
	const RevisionLinks *links = &file->rev.links;

	ereport(ERROR,
			(errcode(ERRCODE_MG_REVISION_APPLIED),
			 errmsg("revision \"%s\" is applied and cannot be changed", links->id),
			 links->file_name ? errdetail("File \"%s\", %s.", links->file_name, difference) : errdetail("%s.", difference),
			 is_structure ? errhint("Write it as it was: where an applied revision stands cannot be changed.") :
			 errhint("Undo the change, and write a new revision for what is still to be done; or have the new text taken over, with migrate.repair().")));
}

/*
 * A file of an applied revision may only say differently what was done.  That is
 * taken over, and the log says so.
 */
static void
require_same(const Store *store, int rev, const RevisionFile *file)
{
	RevisionFile old;
	bool		is_structure;
	char	   *difference;

	run_check_half_done(store->revs[rev].links.id, "changed");
	old = stored_file(store, rev);
	difference = revision_difference(&old, file, &is_structure);
	if (difference != NULL)
		refuse_difference(file, difference, is_structure);
}

static void
log_repair(const Store *store, const RevisionFile *file, const char *reason)
{
	LogEntry	entry = {
		.action = "repair",
		.revision = file->rev.links.id,
		.message = reason,
		.rows = store_log_rows(store->rows, store->nrows),
		.started_at = GetCurrentTimestamp(),
		.checksum = file->script.checksum
	};

	store_write_log(&entry, 1);
}

/*
 * Two people who each add a revision on top of the same head make two heads;
 * git sees no conflict.  Say so when it happens, not at the next upgrade.
 */
static void
report_new_heads(const Graph *after, const RevList *heads, int nbefore)
{
	StringInfoData list;

	if (heads->n < 2 || heads->n <= nbefore)
		return;
	initStringInfo(&list);
	for (int i = 0; i < heads->n; i++)
	{
		const RevisionLinks *links = &after->revs[heads->revs[i]].links;

		if (i == 10)
		{
			appendStringInfoString(&list, ", ...");
			break;
		}
		appendStringInfo(&list, "%s\"%s\" (%s)", i > 0 ? ", " : "", links->id, first_line_shown(links->message));
	}
	ereport(NOTICE,
			(errmsg("there are now %d heads", heads->n),
			 errdetail("They are %s.", list.data),
			 errhint("Merge them with migrate.merge(), or put one on top of another with migrate.rebase(); or upgrade to 'heads' where they are to stay apart.")));
}

/*
 * The heads of these files and of what is applied.  What else is stored, of
 * another branch of the code, is no head for who loads a directory.
 */
static RevList *
heads_of_files(const Store *store, RevisionFile **files, int nfiles)
{
	bool	   *marks = palloc(sizeof(bool) * Max(store->nrevs, 1));

	for (int i = 0; i < store->nrevs; i++)
		marks[i] = store->version->applied[i];
	for (int i = 0; i < nfiles; i++)
	{
		int			number = graph_find(store->graph, files[i]->rev.links.id);

		if (number >= 0)
			marks[number] = true;
	}
	return graph_tips(store->graph, graph_closure(store->graph, graph_marked(store->graph, marks)));
}

/*
 * The store that would be with revisions that are not there or that differ from
 * what is there.  may_differ: that those which are applied do something else has been allowed.
 */
static Store *
store_with(const Store *store, RevisionFile **files, int nfiles, bool may_differ, bool *is_new)
{
	StoredRevision *revs = palloc(sizeof(StoredRevision) * Max(store->nrevs + nfiles, 1));
	int			nrevs = store->nrevs;

	memcpy(revs, store->revs, sizeof(StoredRevision) * store->nrevs);
	for (int i = 0; i < nfiles; i++)
	{
		int			old = graph_find(store->graph, files[i]->rev.links.id);

		CHECK_FOR_INTERRUPTS();
		revision_check_sql(files[i]);
		if (old >= 0 && store->version->applied[old] && !may_differ)
			require_same(store, old, files[i]);
		else if (old >= 0)
			run_check_half_done(store->revs[old].links.id, "changed");
		is_new[i] = old < 0;
		revs[old < 0 ? nrevs++ : old] = files[i]->rev;
	}

	/* raises whatever is wrong with the graph as a whole */
	return store_rebuild(store, revs, nrevs);
}

/*
 * Write them.  The migration lock is held and the store is fresh.  reason: why applied ones may
 * do something else than they did; NULL: they may not.
 */
static Store *
write_files(const Store *store, RevisionFile **files, int nfiles, const char *reason)
{
	StoredRevision **written = palloc(sizeof(StoredRevision *) * Max(nfiles, 1));
	StoredScript **scripts = palloc(sizeof(StoredScript *) * Max(nfiles, 1));
	bool	   *is_new = palloc(sizeof(bool) * Max(nfiles, 1));
	Store	   *changed = store_with(store, files, nfiles, reason != NULL, is_new);
	int			n;

	for (int pass = 0; pass < 2; pass++)
	{
		n = 0;
		for (int i = 0; i < nfiles; i++)
		{
			int			number = graph_find(changed->graph, files[i]->rev.links.id);

			if (is_new[i] != (pass == 0))
				continue;
			changed->revs[number].is_real_head = revision_is_real_head(&changed->graph->revs[number]);
			written[n] = &changed->revs[number];
			scripts[n++] = &files[i]->script;
		}
		if (pass == 0)
			store_insert(written, scripts, n);
		else
			store_replace(written, scripts, n);
	}
	store_write_heads(changed);
	for (int i = 0; i < nfiles; i++)
	{
		int			old = graph_find(store->graph, files[i]->rev.links.id);

		if (old >= 0 && store->version->applied[old])
			log_repair(changed, files[i], reason != NULL ? reason : "says differently what it does");
	}
	return changed;
}

/* The same for one, of whichever all heads are to be known. */
static void
write_one(const Store *store, RevisionFile *file, const char *reason)
{
	Store	   *changed = write_files(store, &file, 1, reason);

	report_new_heads(changed->graph, graph_heads(changed->graph, true), graph_heads(store->graph, true)->n);
}

char *
new_identifier(const Graph *graph)
{
	char	   *id = palloc(13);
	uint8		random[6];

	do
	{
		if (!pg_strong_random(random, sizeof(random)))
			ereport(ERROR,
					(errcode(ERRCODE_INTERNAL_ERROR),
					 errmsg("could not generate random values")));
		for (int i = 0; i < 6; i++)
			snprintf(id + 2 * i, 3, "%02x", random[i]);
	} while (graph_find(graph, id) >= 0);
	return id;
}

const char *
write_new(const Store *store, RevisionFile *file, const char *rev_id, const RevList *parents)
{
	RevisionLinks *links = &file->rev.links;

	file->is_unnamed = rev_id == NULL;
	links->id = rev_id ? rev_id : new_identifier(store->graph);
	if (graph_find(store->graph, links->id) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_LABEL),
				 errmsg("revision \"%s\" is there already", links->id),
				 errhint("Choose another identifier, or change the revision with migrate.edit().")));
	if (links->message == NULL || links->message[0] == '\0')
		links->message = "empty message";
	links->nparents = parents->n;
	links->parents = palloc(sizeof(char *) * Max(parents->n, 1));
	for (int i = 0; i < parents->n; i++)
		links->parents[i] = unconstify(char *, store->revs[parents->revs[i]].links.id);
	file->rev.has_created = true;
	file->rev.created_at = GetCurrentTimestamp();

	revision_file_normalise(file);
	write_one(store, file, NULL);
	return links->id;
}

Datum
migrate_revision(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	char	  **heads;
	int			nheads;
	bool		splice;
	char	   *rev_id;
	char	  **depends_on;
	RevList    *parents;
	Store	   *store;

	begin_writing("migrate.revision()");
	links->message = arg_text_or_null(fcinfo, 0);
	file->script.upgrade = script_keep_strings(arg_text(fcinfo, 1, "upgrade"));
	file->script.downgrade = script_keep_strings(arg_text_or_null(fcinfo, 2));
	arg_texts(fcinfo, 3, "head", &heads, &nheads);
	splice = arg_bool(fcinfo, 4, "splice");
	arg_texts(fcinfo, 5, "branch_label", &links->labels, &links->nlabels);
	arg_texts(fcinfo, 6, "depends_on", &depends_on, &links->ndepends_on);
	if (nheads == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("argument \"head\" names no revision"),
				 errhint("Say head => '{base}' for a revision without parents.")));
	rev_id = arg_rev_id(fcinfo, 7);

	lock_migrations();
	store = store_load(true, false);
	parents = target_new_parents(store->graph, heads, nheads, splice);
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
	file->script.upgrade = "";
	file->script.downgrade = "";	/* nothing to undo, not irreversible */

	lock_migrations();
	store = store_load(true, false);
	PG_RETURN_TEXT_P(cstring_to_text(write_new(store, file, rev_id,
											   target_merge_parents(store->graph, revisions, nrevisions, splice))));
}

/* The one revision that edit and remove are about; base is none. */
static int
the_revision(const Store *store, const char *name)
{
	int			rev = target_revision(store->graph, store->version, name, true);

	if (rev < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("\"%s\" is not a revision", name),
				 errhint("Name one of those that SELECT revision FROM migrate.history() lists.")));
	return rev;
}

Datum
migrate_edit(PG_FUNCTION_ARGS)
{
	char	   *name;
	char	   *message;
	char	   *upgrade;
	char	   *downgrade;
	Store	   *store;
	int			rev;
	RevisionFile file = {.is_unnamed = false};

	begin_writing("migrate.edit()");
	name = arg_text(fcinfo, 0, "revision");
	message = arg_text_or_null(fcinfo, 1);
	upgrade = script_keep_strings(arg_text_or_null(fcinfo, 2));
	downgrade = script_keep_strings(arg_text_or_null(fcinfo, 3));

	lock_migrations();
	store = store_load(true, false);
	rev = the_revision(store, name);
	run_check_half_done(store->revs[rev].links.id, "changed");

	file = stored_file(store, rev);
	if (message != NULL)
		file.rev.links.message = message;
	if (upgrade != NULL)
		file.script.upgrade = upgrade;
	if (downgrade != NULL)
		file.script.downgrade = downgrade;
	revision_file_normalise(&file);
	if (store->version->applied[rev] && upgrade != NULL)
		require_same(store, rev, &file);
	write_one(store, &file, downgrade != NULL ? "downgrade edited" : message != NULL ? "message edited" : "edited");
	PG_RETURN_VOID();
}

Datum
migrate_remove(PG_FUNCTION_ARGS)
{
	char	   *name;
	Store	   *store;
	int			rev;
	const Revision *links;
	Store	   *changed;
	StoredRevision *revs;

	begin_writing("migrate.remove()");
	name = arg_text(fcinfo, 0, "revision");

	lock_migrations();
	store = store_load(true, false);
	rev = the_revision(store, name);
	require_unapplied(store, rev, "removed");
	links = &store->graph->revs[rev];
	if (!revision_is_real_head(links))
		ereport(ERROR,
				(errcode(ERRCODE_MG_NOT_A_HEAD),
				 errmsg("revision \"%s\" is not a head and cannot be removed", links->links.id),
				 errdetail("Revision \"%s\" %s it.",
						   store->revs[links->nchildren > 0 ? links->children[0] : links->dependents[0]].links.id,
						   links->nchildren > 0 ? "revises" : "depends on"),
				 errhint("Remove that one first.")));

	revs = palloc(sizeof(StoredRevision) * store->nrevs);
	memcpy(revs, store->revs, sizeof(StoredRevision) * rev);
	memcpy(revs + rev, store->revs + rev + 1, sizeof(StoredRevision) * (store->nrevs - rev - 1));
	changed = store_rebuild(store, revs, store->nrevs - 1);
	store_remove(links->links.id);
	store_write_heads(changed);
	PG_RETURN_VOID();
}

/* Everything but this revision and what needs it. */
static Store *
store_without(const Store *store, int rev)
{
	bool	   *left_out = palloc0(sizeof(bool) * store->nrevs);
	int		   *stack = palloc(sizeof(int) * store->nrevs);
	int			depth = 0;
	StoredRevision *revs = palloc(sizeof(StoredRevision) * store->nrevs);
	int			nrevs = 0;

	left_out[rev] = true;
	stack[depth++] = rev;
	while (depth > 0)
	{
		const Revision *links = &store->graph->revs[stack[--depth]];

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < links->nchildren + links->ndependents; i++)
		{
			int			above = i < links->nchildren ? links->children[i] : links->dependents[i - links->nchildren];

			if (left_out[above])
				continue;
			left_out[above] = true;
			stack[depth++] = above;
		}
	}
	for (int i = 0; i < store->nrevs; i++)
		if (!left_out[i])
			revs[nrevs++] = store->revs[i];
	return store_rebuild(store, revs, nrevs);
}

Datum
migrate_rebase(PG_FUNCTION_ARGS)
{
	char	   *name;
	char	   *onto;
	Store	   *store;
	Store	   *others;
	int			rev;
	int			parent;
	char	   *id;
	RevisionFile file = {.is_unnamed = false};
	RevisionLinks *links = &file.rev.links;

	begin_writing("migrate.rebase()");
	name = arg_text(fcinfo, 0, "revision");
	onto = arg_text(fcinfo, 1, "onto");

	lock_migrations();
	store = store_load(true, false);
	rev = the_revision(store, name);
	require_unapplied(store, rev, "changed");

	/* "head" is the other head: the one that does not come along */
	others = store_without(store, rev);
	if (graph_find(store->graph, onto) >= 0 && graph_find(others->graph, onto) < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CYCLE),
				 errmsg("revision \"%s\" cannot be put on \"%s\", which is on top of it",
						store->revs[rev].links.id, onto),
				 errhint("Name a revision that does not come along.")));
	parent = target_revision(others->graph, others->version, onto, true);

	id = unconstify(char *, store->revs[rev].links.id);
	file.rev = store->revs[rev];
	file.script = store_scripts(true, &id, 1)[0];
	links->nparents = parent < 0 ? 0 : 1;
	links->parents = palloc(sizeof(char *));
	if (parent >= 0)
		links->parents[0] = unconstify(char *, others->revs[parent].links.id);
	revision_file_renew(&file);
	write_one(store, &file, NULL);
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

static int
compare_files(const void *a, const void *b)
{
	const RevisionFile *fa = *(RevisionFile *const *) a;
	const RevisionFile *fb = *(RevisionFile *const *) b;

	return strcmp(fa->rev.links.id, fb->rev.links.id);
}

/* Two files of one call may not be the same revision. */
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

typedef enum LoadOutcome
{
	LOAD_UNCHANGED,
	LOAD_ADDED,
	LOAD_REPLACED
} LoadOutcome;

/* Is it what is stored, loaded from a session in which a backslash means something else? */
static bool
is_same_in_other_session(const RevisionFile *file, const char *checksum)
{
	RevisionFile other = *file;

	other.script.upgrade = script_other_strings(file->script.upgrade);
	other.script.downgrade = script_other_strings(file->script.downgrade);
	if (other.script.upgrade == file->script.upgrade && other.script.downgrade == file->script.downgrade)
		return false;
	revision_file_renew(&other);
	return memcmp(checksum, other.script.checksum, 32) == 0;
}

/* Which of these files are not there as they are?  Returns how many. */
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
static LoadOutcome *
load_files(RevisionFile **files, int nfiles, bool are_all)
{
	LoadOutcome *outcomes = palloc0(sizeof(LoadOutcome) * Max(nfiles, 1));
	RevisionFile **different;
	int			ndifferent;
	Store	   *store;
	Store	   *changed;

	check_distinct(files, nfiles);
	if (compare_with_stored(true, files, nfiles, outcomes) == 0)
		return outcomes;

	/* again under the lock: another session may have loaded the same */
	lock_migrations();
	if (compare_with_stored(true, files, nfiles, outcomes) == 0)
		return outcomes;
	different = different_files(files, nfiles, outcomes, &ndifferent);
	store = store_load(true, false);
	changed = write_files(store, different, ndifferent, NULL);
	if (are_all)
		report_new_heads(changed->graph, heads_of_files(changed, files, nfiles), heads_of_files(store, files, nfiles)->n);
	else
		report_new_heads(changed->graph, graph_heads(changed->graph, true), graph_heads(store->graph, true)->n);
	return outcomes;
}

/* Is the file beside the revisions that says what they presuppose? */
static bool
is_prelude(const char *file_name)
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

/* One without statements is none: so a prelude is taken back. */
static LoadOutcome
load_prelude(char *script_text, const char *file_name)
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

Datum
migrate_load(PG_FUNCTION_ARGS)
{
	char	   *script;
	char	   *file_name;
	RevisionFile *file;

	begin_writing("migrate.load()");
	script = arg_text(fcinfo, 0, "script");
	file_name = arg_text_or_null(fcinfo, 1);
	if (is_prelude(file_name))
	{
		(void) load_prelude(script, file_name);
		PG_RETURN_NULL();
	}
	file = revision_file_parse(script, file_name);
	(void) load_files(&file, 1, false);
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
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls, &nnames);
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
		if (!is_prelude(names[i]))
			files[(*nfiles)++] = revision_file_parse(scripts[i], names[i]);
		else if (*prelude < 0)
			*prelude = i;
		else
			refuse_second_prelude(names[*prelude], names[i]);
	}
	return files;
}

Store *
store_with_texts(char **scripts, char **names, int nscripts, char ***ids, int *nids, int *nadded, int *nreplaced)
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
	return store_with(store_load(false, false), different, ndifferent, false,
					  palloc(sizeof(bool) * Max(ndifferent, 1)));
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
		of_prelude = load_prelude(scripts[prelude], names[prelude]);
	outcomes = load_files(files, n, true);

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

/* Everything that files have brought: all revisions, and the prelude. */
static void
state_of_files(bool fresh, char *state)
{
	char	   *prelude = store_prelude(fresh);

	answer_state(fresh, prelude != NULL ? prelude : "", NULL, 0, state);
}

/* Without a lock: that two keep the same answer does no harm. */
static void
keep_loaded(const char *words)
{
	char		state[32];
	char	  **rows;
	int			nrows;

	state_of_files(true, state);
	if (answer_is_known(true, "load", words, state))
		return;
	store_version_rows(true, &rows, &nrows);
	answer_keep("load", words, rows, nrows, state);
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
		keep_loaded(words);
	return (Datum) 0;
}

Datum
migrate_files_are_loaded(PG_FUNCTION_ARGS)
{
	char	   *words = digest_words(fcinfo, 0);
	char		state[32];

	state_of_files(false, state);
	PG_RETURN_BOOL(answer_is_known(false, "load", words, state));
}

/* Those of these files that are of applied revisions and do something else, with the difference. */
static RevisionFile **
changed_files(const Store *store, RevisionFile **files, int nfiles, char ***differences, int *nchanged)
{
	LoadOutcome *outcomes = palloc0(sizeof(LoadOutcome) * Max(nfiles, 1));
	RevisionFile **changed;

	check_distinct(files, nfiles);
	(void) compare_with_stored(store->fresh, files, nfiles, outcomes);
	changed = different_files(files, nfiles, outcomes, nchanged);
	*differences = palloc(sizeof(char *) * Max(*nchanged, 1));
	nfiles = *nchanged;
	*nchanged = 0;
	for (int i = 0; i < nfiles; i++)
	{
		int			rev = graph_find(store->graph, changed[i]->rev.links.id);
		RevisionFile old;
		bool		is_structure;
		char	   *difference;

		if (rev < 0 || !store->version->applied[rev])
			continue;
		old = stored_file(store, rev);
		difference = revision_difference(&old, changed[i], &is_structure);
		if (difference == NULL)
			continue;
		changed[*nchanged] = changed[i];
		(*differences)[(*nchanged)++] = difference;
	}
	return changed;
}

static Datum
put_changed(FunctionCallInfo fcinfo, RevisionFile **changed, char **differences, int nchanged)
{
	ResultSet  *result = result_begin(fcinfo);

	for (int i = 0; i < nchanged; i++)
	{
		Datum		values[3];
		bool		nulls[3];

		set_text(values, nulls, 0, changed[i]->rev.links.file_name);
		set_text(values, nulls, 1, changed[i]->rev.links.id);
		set_text(values, nulls, 2, differences[i]);
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
	RevisionFile **changed;
	char	  **differences;
	int			nchanged;

	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	changed = files_parse(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &nfiles, &prelude);
	changed = changed_files(store_load(false, false), changed, nfiles, &differences, &nchanged);
	return put_changed(fcinfo, changed, differences, nchanged);
}

Datum
migrate_repair(PG_FUNCTION_ARGS)
{
	char	  **scripts;
	int			nscripts;
	char	  **only = NULL;
	int			nonly = 0;
	int		   *meant;
	char	   *reason;
	int			nfiles;
	int			prelude;
	RevisionFile **changed;
	char	  **differences;
	int			nchanged;
	int			n = 0;
	Store	   *store;

	begin_writing("migrate.repair()");
	arg_texts(fcinfo, 0, "scripts", &scripts, &nscripts);
	changed = files_parse(scripts, file_names_argument(fcinfo, 1, nscripts), nscripts, &nfiles, &prelude);
	if (!PG_ARGISNULL(2))
		arg_texts(fcinfo, 2, "revisions", &only, &nonly);
	reason = arg_text_or_null(fcinfo, 3);

	lock_migrations();
	store = store_load(true, false);
	meant = palloc(sizeof(int) * Max(nonly, 1));
	for (int i = 0; i < nonly; i++)
		meant[i] = the_revision(store, only[i]);
	changed = changed_files(store, changed, nfiles, &differences, &nchanged);
	for (int i = 0; i < nchanged; i++)
	{
		RevisionFile old;
		bool		is_structure;
		bool		is_meant = only == NULL;

		for (int j = 0; j < nonly; j++)
			is_meant |= graph_find(store->graph, changed[i]->rev.links.id) == meant[j];
		if (!is_meant)
			continue;
		old = stored_file(store, graph_find(store->graph, changed[i]->rev.links.id));
		(void) revision_difference(&old, changed[i], &is_structure);
		if (is_structure)
			refuse_difference(changed[i], differences[i], true);
		changed[n] = changed[i];
		differences[n++] = differences[i];
	}
	if (n > 0)
		(void) write_files(store, changed, n, reason != NULL && *reason != '\0' ? reason : "repaired");
	return put_changed(fcinfo, changed, differences, n);
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
