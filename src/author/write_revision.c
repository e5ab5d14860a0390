/*
 * write_revision.c
 *		Writes, edits and removes revisions, and moves them onto other parents.
 *
 * All of it ends in write_files(): the graph that would be is built and checked
 * as a whole before a row is written.
 */
#include "postgres.h"

#include "author/write_revision.h"
#include "errors.h"
#include "run/run.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

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
RevisionFile
write_stored(const Store *store, int rev)
{
	char	   *id = unconstify(char *, store->revs[rev].links.id);
	RevisionFile file = {.rev = store->revs[rev]};

	file.script = store_scripts(store->fresh, &id, 1)[0];
	return file;
}

void
write_refuse_difference(const RevisionFile *file, const char *difference, bool is_structure)
{
	const RevisionLinks *links = &file->rev.links;

	ereport(ERROR,
			(errcode(ERRCODE_MG_REVISION_APPLIED),
			 errmsg("revision \"%s\" is applied and cannot be changed", links->id),
			 links->file_name ? errdetail("File \"%s\", %s.", links->file_name, difference)
			 : errdetail("%s.", difference),
			 is_structure
			 ? errhint("Write it as it was: where an applied revision stands cannot be changed.") :
			 errhint("Undo the change, and write a new revision for what is still to be done; or have the new text taken over, with migrate.repair().")));
}

/*
 * A file of an applied revision may differ from the stored one only if it does the same in other
 * words.  Store it, and note it in the log.
 */
static void
require_same(const Store *store, int rev, const RevisionFile *file)
{
	RevisionFile old;
	bool		is_structure;
	char	   *difference;

	run_check_half_done(store->revs[rev].links.id, "changed");
	old = write_stored(store, rev);
	difference = revision_difference(&old, file, &is_structure);
	if (difference != NULL)
		write_refuse_difference(file, difference, is_structure);
}

static void
log_repair(const Store *store, const RevisionFile *file, const char *reason)
{
	LogEntry	entry = {
		.action = "repair",
		.revision = file->rev.links.id,
		.message = reason,
		.rows = store_log_rows(store->rows),
		.started_at = GetCurrentTimestamp(),
		.checksum = file->script.checksum
	};

	store_write_log(&entry, 1);
}

/*
 * Two people who each add a revision on top of the same head make two heads;
 * git sees no conflict.  Say so when it happens, not at the next upgrade.
 */
void
write_report_heads(const Graph *after, const RevList *heads, int nbefore)
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
		appendStringInfo(&list, "%s\"%s\" (%s)", i > 0 ? ", " : "", links->id,
						 first_line_shown(links->message));
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
RevList *
write_heads_of(const Store *store, RevisionFile **files, int nfiles)
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
Store *
write_tried(const Store *store, RevisionFile **files, int nfiles, bool may_differ, bool *is_new)
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
Store *
write_files(const Store *store, RevisionFile **files, int nfiles, const char *reason)
{
	StoredRevision **written = palloc(sizeof(StoredRevision *) * Max(nfiles, 1));
	StoredScript **scripts = palloc(sizeof(StoredScript *) * Max(nfiles, 1));
	bool	   *is_new = palloc(sizeof(bool) * Max(nfiles, 1));
	Store	   *changed = write_tried(store, files, nfiles, reason != NULL, is_new);
	int			n;

	for (int pass = 0; pass < 2; pass++)
	{
		n = 0;
		for (int i = 0; i < nfiles; i++)
		{
			int			number = graph_find(changed->graph, files[i]->rev.links.id);

			if (is_new[i] != (pass == 0))
				continue;
			changed->revs[number].is_real_head =
				revision_is_real_head(&changed->graph->revs[number]);
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
			log_repair(changed, files[i], reason != NULL ? reason
					   : "says differently what it does");
	}
	return changed;
}

/* The same for one, of whichever all heads are to be known. */
static void
write_one(const Store *store, RevisionFile *file, const char *reason)
{
	Store	   *changed = write_files(store, &file, 1, reason);

	write_report_heads(changed->graph, graph_heads(changed->graph, true),
					   graph_heads(store->graph, true)->n);
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

/* The one revision with this name, for edit and remove; base is not allowed. */
int
write_find(const Store *store, const char *name)
{
	int			rev = target_revision(store->graph, store->version, name, true);

	if (rev < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("\"%s\" is not a revision", name),
				 errhint("Name one of those that SELECT revision FROM migrate.history() lists.")));
	return rev;
}

/* All revisions except this one and those that need it. */
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
			int			above =
			i < links->nchildren ? links->children[i] : links->dependents[i - links->nchildren];

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

/* -------------------------------------------------------- one that is there */

void
write_edited(const char *name, const RevisionEdit *edit)
{
	Store	   *store;
	int			rev;
	RevisionFile file;

	lock_migrations();
	store = store_load(true, false);
	rev = write_find(store, name);
	run_check_half_done(store->revs[rev].links.id, "changed");

	file = write_stored(store, rev);
	if (edit->message != NULL)
		file.rev.links.message = edit->message;
	if (edit->upgrade != NULL)
		file.script.half[DIRECTION_UP].sql = edit->upgrade;
	if (edit->downgrade != NULL)
		file.script.half[DIRECTION_DOWN].sql = edit->downgrade;
	if (edit->require != NULL)
		file.script.require = edit->require;
	if (edit->verify != NULL)
		file.script.verify = edit->verify;
	if (edit->contract != NULL)
		file.rev.contract = edit->contract;
	revision_file_normalise(&file);
	if (store->version->applied[rev] &&
		(edit->upgrade != NULL || edit->require != NULL || edit->verify != NULL))
		require_same(store, rev, &file);
	write_one(store, &file, edit->downgrade != NULL ? "downgrade edited" : edit->message != NULL
			  ? "message edited" : "edited");
}

static void
require_head(const Store *store, const Revision *links)
{
	if (!revision_is_real_head(links))
		ereport(ERROR,
				(errcode(ERRCODE_MG_NOT_A_HEAD),
				 errmsg("revision \"%s\" is not a head and cannot be removed", links->links.id),
				 errdetail("Revision \"%s\" %s it.",
						   store->revs[links->nchildren > 0 ? links->children[0]
									   : links->dependents[0]].links.id,
						   links->nchildren > 0 ? "revises" : "depends on"),
				 errhint("Remove that one first.")));
}

void
write_removed(const char *name)
{
	Store	   *store;
	int			rev;
	Store	   *changed;
	StoredRevision *revs;

	lock_migrations();
	store = store_load(true, false);
	rev = write_find(store, name);
	require_unapplied(store, rev, "removed");
	require_head(store, &store->graph->revs[rev]);

	revs = palloc(sizeof(StoredRevision) * store->nrevs);
	memcpy(revs, store->revs, sizeof(StoredRevision) * rev);
	memcpy(revs + rev, store->revs + rev + 1, sizeof(StoredRevision) * (store->nrevs - rev - 1));
	changed = store_rebuild(store, revs, store->nrevs - 1);
	store_remove(store->revs[rev].links.id);
	store_write_heads(changed);
}

const char *
write_rebased(const char *name, const char *onto)
{
	Store	   *store;
	Store	   *others;
	int			rev;
	int			parent;
	char	   *id;
	RevisionFile file = {.is_unnamed = false};
	RevisionLinks *links = &file.rev.links;

	lock_migrations();
	store = store_load(true, false);
	rev = write_find(store, name);
	require_unapplied(store, rev, "changed");

	/* "head" means the other head, which is not moved along */
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
	return id;
}
