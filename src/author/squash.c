/*
 * squash.c
 *		A range of revisions becomes one, written from the schemas before and after.
 */
#include "postgres.h"

#include "author/replay.h"
#include "author/squash.h"
#include "author/write_revision.h"
#include "compat.h"
#include "errors.h"
#include "run/run.h"

#include "miscadmin.h"
#include "utils/timestamp.h"

/* ------------------------------------------------------------- may it be done? */

static void
refuse_squash(const char *id, const char *why)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("revision \"%s\" cannot be squashed", id),
			 errdetail("%s", why),
			 errhint("Choose a range without it.")));
}

/* From the one end to the other by single parents; no branch leaves in between. */
static RevList *
squash_line(const Store *store, int from, int to)
{
	RevList    *line = revlist_make(store->nrevs);
	int			rev = to;

	for (;;)
	{
		const Revision *r = &store->graph->revs[rev];

		CHECK_FOR_INTERRUPTS();
		line->revs[line->n++] = rev;
		if (r->ndependents > 0)
			refuse_squash(r->links.id, "Another revision depends on it.");
		if (rev != to && r->nchildren > 1)
			refuse_squash(r->links.id, "A branch begins there.");
		if (rev == from)
			return line;
		if (r->ndeps > 0)
			refuse_squash(r->links.id, "It depends on another branch.");
		if (r->nparents != 1)
			ereport(ERROR,
					(errcode(ERRCODE_MG_RANGE_NOT_ANCESTOR),
					 errmsg("revisions \"%s\" and \"%s\" are not on one line",
							store->revs[from].links.id, store->revs[to].links.id),
					 errdetail("Back from \"%s\" there is \"%s\", which has %d parents.",
							   store->revs[to].links.id, r->links.id, r->nparents),
					 errhint("Name the older one first, and no merge between the two.")));
		rev = r->parents[0];
	}
}

/* A materialised view is filled again wherever it is made. */
static bool
makes_no_rows(const CreateTableAsStmt *stmt)
{
	return stmt->into->skipData || compat_is_matview(stmt);
}

/*
 * DDL, settings; everything else does something with data that a comparison of schemas cannot see.
 */
static bool
is_about_schema(const Statement *stmt)
{
	switch (nodeTag(stmt->raw->stmt))
	{
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_SelectStmt:
		case T_CopyStmt:
		case T_DoStmt:
		case T_CallStmt:
		case T_ExecuteStmt:
		case T_ExplainStmt:
		case T_TruncateStmt:
			return false;
		case T_CreateTableAsStmt:
			return makes_no_rows((const CreateTableAsStmt *) stmt->raw->stmt);
		default:
			return compat_merged_into(stmt->raw->stmt) == NULL;
	}
}

static void
require_no_data_in(const Script *script, const ScriptOrigin *origin)
{
	for (int s = 0; s < script->nstatements; s++)
		if (!is_about_schema(&script->statements[s]))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("revision \"%s\" does more than to change the schema",
							origin->revision),
					 errdetail("Statement %d of its %s, %s, may change data, which would be lost: the squashed revision is written from the schemas before and after.",
							   s + 1, origin->direction,
							   script_where(origin, script->statements[s].line)),
					 errhint("Squash the revisions before and after it; or say ignore_data => true if a new database does not need it.")));
}

static void
require_no_data(const Store *store, const RevList *line, const StoredScript *scripts)
{
	for (int i = line->n - 1; i >= 0; i--)
	{
		const RevisionLinks *links = &store->revs[line->revs[i]].links;
		const StoredScript *stored = &scripts[i];

		for (Direction d = 0; d < NDIRECTIONS; d++)
		{
			ScriptOrigin origin = script_origin(links, stored, d);

			CHECK_FOR_INTERRUPTS();
			if (stored->half[d].sql != NULL)
				require_no_data_in(script_parse(stored->half[d].sql, stored->half[d].marked,
												&origin), &origin);
		}
	}
}

/*
 * What cannot be undone in steps cannot be undone at once: whoever left the downgrade out knew why.
 */
static bool
is_reversible(const Store *store, const RevList *line, const StoredScript *scripts)
{
	for (int i = line->n - 1; i >= 0; i--)
		if (scripts[i].half[DIRECTION_DOWN].sql == NULL)
		{
			ereport(NOTICE,
					(errmsg("revision \"%s\" has no downgrade, and so the squashed one has none",
							store->revs[line->revs[i]].links.id),
					 errhint("Write one with migrate.edit() if what it does can be undone.")));
			return false;
		}
	return true;
}

/*
 * What the first requires and the last verifies holds of the whole; what is asked in between has no
 * place any more.
 */
static void
keep_questions(RevisionFile *file, const Store *store, const RevList *line,
			   const StoredScript *scripts)
{
	int			first = line->n - 1;
	int			nlost = 0;

	file->script.require = script_say_strings(scripts[first].require);
	file->script.verify = script_say_strings(scripts[0].verify);
	for (int i = 0; i < line->n; i++)
		if ((i < first && scripts[i].require != NULL) || (i > 0 && scripts[i].verify != NULL))
			nlost++;
	if (nlost > 0)
		ereport(NOTICE,
				(errmsg("questions of %d of the revisions are left out", nlost),
				 errdetail("What revision \"%s\" requires and what revision \"%s\" verifies is kept: there is nothing in between any more.",
						   store->revs[line->revs[first]].links.id,
						   store->revs[line->revs[0]].links.id)));
}

/* All of them are applied, or none. */
static void
require_same_state(const Store *store, const RevList *line)
{
	bool		applied = store->version->applied[line->revs[0]];

	for (int i = 1; i < line->n; i++)
		if (store->version->applied[line->revs[i]] != applied)
			ereport(ERROR,
					(errcode(ERRCODE_MG_REVISION_APPLIED),
					 errmsg("some of the revisions are applied and some are not"),
					 errdetail("\"%s\" is, \"%s\" is not.", store->revs[line->revs[i]].links.id,
							   store->revs[line->revs[0]].links.id),
					 errhint("Run SELECT migrate.upgrade('%s') first.",
							 store->revs[line->revs[0]].links.id)));
}

/* --------------------------------------------------------------- the new graph */

typedef struct Replacing
{
	const Store *store;			/* as it is */
	RevisionFile *file;			/* the new one */
	const RevList *line;		/* what it takes the place of, the last first */
	RevisionFile *children;		/* what is on top of that, with the new parent */
	int			nchildren;
	Store		then;			/* as it is, with the new version rows */
	Store	   *changed;		/* as it will be */
} Replacing;

static const char *
last_id(const Replacing *r)
{
	return r->store->revs[r->line->revs[0]].links.id;
}

/* Make the new revision the parent of the children. */
static void
make_children(Replacing *r)
{
	const Revision *top = &r->store->graph->revs[r->line->revs[0]];

	r->nchildren = top->nchildren;
	r->children = palloc0(sizeof(RevisionFile) * Max(top->nchildren, 1));
	for (int c = 0; c < top->nchildren; c++)
	{
		RevisionFile *child = &r->children[c];

		CHECK_FOR_INTERRUPTS();
		*child = write_stored(r->store, top->children[c]);
		for (int p = 0; p < child->rev.links.nparents; p++)
			if (strcmp(child->rev.links.parents[p], last_id(r)) == 0)
				child->rev.links.parents[p] = unconstify(char *, r->file->rev.links.id);
		revision_file_renew(child);
	}
}

/* If the last revision of the range is a version row, the new revision takes its place. */
static void
make_rows(Replacing *r)
{
	const Store *store = r->store;

	r->then = *store;
	if (!version_is_row(store->version, r->line->revs[0]))
		return;
	r->then.rows.ids = palloc(sizeof(char *) * store->rows.n);
	for (int i = 0; i < store->rows.n; i++)
		r->then.rows.ids[i] = strcmp(store->rows.ids[i], last_id(r)) == 0
			? unconstify(char *, r->file->rev.links.id) : store->rows.ids[i];
	store_sort_ids(r->then.rows);
}

static void
make_graph(Replacing *r)
{
	const Store *store = r->store;
	bool	   *gone = revlist_marks(r->line, store->nrevs);
	StoredRevision *revs = palloc(sizeof(StoredRevision) * (store->nrevs + 1));
	int			nrevs = 0;

	for (int i = 0; i < store->nrevs; i++)
	{
		int			c = 0;

		CHECK_FOR_INTERRUPTS();
		if (gone[i])
			continue;
		while (c < r->nchildren && strcmp(r->children[c].rev.links.id,
										  store->revs[i].links.id) != 0)
			c++;
		revs[nrevs++] = c < r->nchildren ? r->children[c].rev : store->revs[i];
	}
	revs[nrevs++] = r->file->rev;
	r->changed = store_rebuild(&r->then, revs, nrevs);
}

/* --------------------------------------------------------------------- writing */

/* The stored form of a revision in the new graph. */
static StoredRevision *
stored_then(const Replacing *r, const RevisionFile *file)
{
	int			number = graph_find(r->changed->graph, file->rev.links.id);

	r->changed->revs[number].is_real_head = revision_is_real_head(&r->changed->graph->revs[number]);
	return &r->changed->revs[number];
}

static void
write_scripts(const Replacing *r)
{
	StoredRevision **written = palloc(sizeof(StoredRevision *) * Max(r->nchildren, 1));
	StoredScript **scripts = palloc(sizeof(StoredScript *) * Max(r->nchildren, 1));

	written[0] = stored_then(r, r->file);
	scripts[0] = &r->file->script;
	store_insert(written, scripts, 1);
	for (int c = 0; c < r->nchildren; c++)
	{
		written[c] = stored_then(r, &r->children[c]);
		scripts[c] = &r->children[c].script;
	}
	store_replace(written, scripts, r->nchildren);
}

static void
write_rows(const Replacing *r)
{
	const Store *store = r->store;
	LogEntry	entry = {
		.action = "stamp",
		.revision = r->file->rev.links.id,
		.message = r->file->rev.links.message,
		.rows = store_log_rows(store->rows),
		.started_at = GetCurrentTimestamp()
	};

	entry.rows.after = store_log_rows(r->then.rows).after;
	store_write_version(store->rows, r->then.rows);
	store_write_log(&entry, 1);
}

/*
 * Replace the line by the revision, which becomes the parent of the revisions on top of the line.
 */
static void
replace_line(const Store *store, RevisionFile *file, const RevList *line)
{
	Replacing	r = {.store = store,.file = file,.line = line};

	make_children(&r);
	make_rows(&r);
	make_graph(&r);
	write_scripts(&r);
	if (r.then.rows.ids != store->rows.ids)
		write_rows(&r);
	for (int i = 0; i < line->n; i++)
		store_remove(store->revs[line->revs[i]].links.id);
	store_write_heads(r.changed);
}

/* ----------------------------------------------------------------- the revision */

static int
find_end(const Store *store, const char *name)
{
	int			rev = target_revision(store->graph, store->version, name, true);

	if (rev < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("\"%s\" is not a revision", name),
				 errhint("Name the first and the last of the revisions to squash.")));
	return rev;
}

static StoredScript *
scripts_of(const Store *store, const RevList *line)
{
	char	  **ids = palloc(sizeof(char *) * line->n);

	for (int i = 0; i < line->n; i++)
		ids[i] = unconstify(char *, store->revs[line->revs[i]].links.id);
	return store_scripts(true, ids, line->n);
}

/* The changes that the range makes to the schema before it. */
static Generated *
generate(const Squash *squash, const Store *store, const RevList *line)
{
	bool	   *middle = revlist_marks(line, store->nrevs);
	bool	   *before = graph_closure(store->graph, line);

	for (int i = 0; i < store->nrevs; i++)
		before[i] = before[i] && !middle[i];
	return replay_squash(squash->managed, store, before, middle, prelude_text(true));
}

/* The branch labels of all. */
static void
collect_labels(RevisionLinks *links, const Store *store, const RevList *line)
{
	links->labels = palloc(sizeof(char *) * Max(store->nrevs, 1));
	for (int i = line->n - 1; i >= 0; i--)
	{
		const RevisionLinks *one = &store->revs[line->revs[i]].links;

		links->labels = repalloc(links->labels,
								 sizeof(char *) * Max(links->nlabels + one->nlabels, 1));
		for (int l = 0; l < one->nlabels; l++)
			links->labels[links->nlabels++] = one->labels[l];
	}
}

/* Where it stands, and what it is called. */
static RevisionFile *
new_file(const Squash *squash, const Store *store, const RevList *line)
{
	const StoredRevision *first = &store->revs[line->revs[line->n - 1]];
	const StoredRevision *last = &store->revs[line->revs[0]];
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;

	links->nparents = first->links.nparents;
	links->parents = first->links.parents;
	links->ndepends_on = first->links.ndepends_on;
	links->depends_on = first->links.depends_on;
	collect_labels(links, store, line);
	links->message = squash->message;
	if (links->message == NULL || links->message[0] == '\0')
		links->message = psprintf("Squashed %s to %s", first->links.id, last->links.id);
	file->is_unnamed = squash->rev_id == NULL;
	links->id = squash->rev_id ? squash->rev_id : new_identifier(store->graph);
	if (graph_find(store->graph, links->id) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_LABEL),
				 errmsg("revision \"%s\" is there already", links->id),
				 errhint("Choose another identifier.")));
	file->rev.has_created = true;
	file->rev.created_at = last->has_created ? last->created_at : GetCurrentTimestamp();
	return file;
}

const char *
squash_range(const Squash *squash)
{
	Store	   *store;
	RevList    *line;
	StoredScript *scripts;
	Generated  *generated;
	RevisionFile *file;
	int			from;

	lock_migrations();
	run_check_interrupted();
	store = store_load(true, false);
	from = find_end(store, squash->from);
	line = squash_line(store, from, find_end(store, squash->to));
	require_same_state(store, line);
	scripts = scripts_of(store, line);
	if (!squash->ignore_data)
		require_no_data(store, line, scripts);
	generated = generate(squash, store, line);
	file = new_file(squash, store, line);
	file->script.half[DIRECTION_UP].sql = script_say_strings(generated->upgrade);
	file->script.half[DIRECTION_DOWN].sql =
		is_reversible(store, line, scripts) ? script_say_strings(generated->downgrade) : NULL;
	keep_questions(file, store, line, scripts);
	revision_file_normalise(file);
	revision_check_sql(file);
	replace_line(store, file, line);
	ereport(NOTICE,
			(errmsg("%d revisions are now one, \"%s\"", line->n, file->rev.links.id),
			 errhint("Other databases have to be at \"%s\" and squash the same range, with rev_id => '%s'; files of the old revisions go, see migrate.sh export.",
					 store->revs[line->revs[0]].links.id, file->rev.links.id)));
	return file->rev.links.id;
}
