/*
 * replayfuncs.c
 *		SQL: baseline, drift, record, verify, squash: revisions against the schema that
 *		they make.
 */
#include "postgres.h"

#include "author/model.h"
#include "author/replay.h"
#include "errors.h"
#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "kinds/object.h"
#include "run/run.h"
#include "script/script.h"
#include "settings.h"
#include "snapshot/ignored.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

MIGRATE_FUNCTION(migrate_baseline);
MIGRATE_FUNCTION(migrate_drift);
MIGRATE_FUNCTION(migrate_record);
MIGRATE_FUNCTION(migrate_verify);
MIGRATE_FUNCTION(migrate_squash);

/* ------------------------------------------------------------------ baseline */

/* The first by kind and name; they are found in no order. */
static const SchemaObject *
first_of(const List *objects)
{
	const SchemaObject *first = linitial(objects);
	ListCell   *lc;

	foreach(lc, objects)
	{
		const SchemaObject *object = lfirst(lc);
		int			by_kind = (int) kind_number(object->kind) - (int) kind_number(first->kind);

		if (by_kind < 0 || (by_kind == 0 && strcmp(object->identity, first->identity) < 0))
			first = object;
	}
	return first;
}

/* What is ignored is not in the baseline, and so nothing in it can need that. */
static void
require_self_contained(const SchemaSnapshot *live)
{
	const SchemaObject *first;

	if (live->leans == NIL)
		return;
	first = first_of(live->leans);
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("%s %s is ignored, and something that is not needs it", first->kind->name, first->identity),
			 errdetail("A baseline makes everything but what migrate.ignore has and the tables of other migration tools."),
			 errhint("Take it out of migrate.ignore, or write it into a prelude: see docs/diff.md.")));
}

Datum
migrate_baseline(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	char	   *rev_id;
	Managed		managed;
	SchemaSnapshot *live;
	Generated  *generated;
	Store	   *store;
	const char *id;
	char	   *prelude;
	char	  **rows;
	int			nrows;

	begin_writing("migrate.baseline()");
	links->message = arg_text_or_null(fcinfo, 0);
	arg_managed(fcinfo, 1, &managed);
	arg_compared(fcinfo, 2, &managed);
	managed.exact_owners = true;
	arg_texts(fcinfo, 4, "branch_label", &links->labels, &links->nlabels);
	rev_id = arg_rev_id(fcinfo, 5);

	lock_migrations();
	store = store_load(true, false);
	if (store->nrevs > 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("there are revisions already"),
				 errdetail("A baseline is the first one: %d are there, %d of them applied.", store->nrevs, store->version->napplied),
				 errhint("Say which of them the database is at with migrate.stamp(); write what differs with migrate.migrate().")));
	/* no revision makes the tables of other tools, since there is none */
	managed = *ignored_without_books(&managed, NULL);
	live = snapshot_take(&managed, NULL);
	require_schemas(&managed, live, NULL);
	require_modelled(live, NULL);
	prelude = prelude_text(true);
	if (prelude == NULL)
		require_self_contained(live);
	compare_live_notices(live);
	generated = autogenerate_baseline(&managed, live, prelude);
	compare_notices(generated->diff);
	report_secrets(generated->diff);
	file->script.upgrade = script_say_strings(generated->upgrade);
	file->script.downgrade = script_say_strings(generated->downgrade);
	id = write_new(store, file, rev_id, revlist_make(0));
	run_stamp(id, false, &rows, &nrows);
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

/* --------------------------------------------------------------------- drift */

/* How a clean answer is written in the log: for what it was given. */
static char *
managed_words(const Managed *managed)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, managed->whole ? "no drift in the whole database" : "no drift in");
	for (int i = 0; i < managed->nschemas; i++)
		appendStringInfo(&buf, "%s %s", i > 0 ? "," : "", quote_identifier(managed->schemas[i]));
	if (managed->no_owners)
		appendStringInfoString(&buf, ", without owners");
	if (managed->no_privileges)
		appendStringInfoString(&buf, ", without privileges");
	if (managed->ignore != NIL)
		appendStringInfo(&buf, ", ignoring %s", settings_ignored_text());
	return buf.data;
}

/*
 * What a clean answer was given for: the live schema, the prelude, and the revisions
 * that were applied, since one that was stamped away can be edited and stamped back.
 */
static void
state_of_answer(const Store *store, const SchemaSnapshot *live, const char *prelude, char *state)
{
	char	   *seed = psprintf("%s%s", snapshot_fingerprint(live), prelude != NULL ? script_digest(prelude) : "");
	char	  **ids = palloc(sizeof(char *) * Max(store->nrevs, 1));
	int			n = 0;

	for (int i = 0; i < store->nrevs; i++)
		if (store->version->applied[i])
			ids[n++] = unconstify(char *, store->revs[i].links.id);
	store_sort_ids(ids, n);
	answer_state(false, seed, ids, n, state);
}

Datum
migrate_drift(PG_FUNCTION_ARGS)
{
	Managed		managed;
	Store	   *store;
	SchemaSnapshot *live;
	SchemaSnapshot *replayed;
	char	   *prelude;
	Presupposed *presupposed;
	char	   *words;
	char		state[32];
	bool		is_kept = true;
	SchemaDiff *diff;

	arg_managed(fcinfo, 0, &managed);
	arg_compared(fcinfo, 1, &managed);
	run_refuse_nested("migrate.drift()");
	store = store_load(false, false);
	prelude = prelude_text(false);
	live = snapshot_take(&managed, NULL);
	words = managed_words(&managed);
	state_of_answer(store, live, prelude, state);
	if (answer_is_known(false, "drift", words, state))
		return diff_rows(fcinfo, palloc0(sizeof(SchemaDiff)));
	replayed = replay(&managed, store, store->version->applied, prelude, &presupposed);
	snapshot_require_same_base(live, replayed);
	if (ignored_has_books(live))
	{
		SchemaSnapshot *first = live;

		live = snapshot_take(ignored_without_books(&managed, replayed), NULL);
		is_kept = !snapshot_is_outdated(first);
	}
	require_schemas(&managed, live, replayed);
	if (presupposed != NULL)
		prelude_leave_out(presupposed, replayed, live);
	diff = schema_diff(replayed, live);
	compare_notices(diff);
	/* who asks again is to be told again */
	if (diff->changes == NIL && diff->notices == NIL && is_kept && !XactReadOnly)
		answer_keep("drift", words, store->rows, store->nrows, state);
	return diff_rows(fcinfo, diff);
}

/* -------------------------------------------------------------------- record */

/*
 * What was done by hand becomes a revision, which is stamped, since it has been done here.  The
 * schema that the revisions make is what is compared, and the live one is the model.
 */
Datum
migrate_record(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	char	  **renames;
	int			nrenames;
	char	   *rev_id;
	Managed		managed;
	Store	   *store;
	SchemaSnapshot *live;
	SchemaSnapshot *replayed;
	char	   *prelude;
	Presupposed *presupposed;
	Renamed    *renamed;
	Generated  *generated;
	List	   *chain;
	char	   *head = "head";
	ListCell   *lc;
	const char *id;
	char	  **rows;
	int			nrows;

	begin_writing("migrate.record()");
	file->rev.links.message = arg_text_or_null(fcinfo, 0);
	if (file->rev.links.message == NULL)
		file->rev.links.message = "Recorded";
	arg_managed(fcinfo, 1, &managed);
	arg_texts(fcinfo, 2, "renames", &renames, &nrenames);
	rev_id = arg_rev_id(fcinfo, 3);
	arg_compared(fcinfo, 4, &managed);

	lock_migrations();
	require_at_heads(true);
	store = store_load(true, false);
	(void) target_new_parents(store->graph, &head, 1, false);
	prelude = prelude_text(true);
	live = snapshot_take(&managed, NULL);
	replayed = replay(&managed, store, store->version->applied, prelude, &presupposed);
	snapshot_require_same_base(live, replayed);
	require_schemas(&managed, live, replayed);
	require_modelled(live, replayed);
	if (presupposed != NULL)
		prelude_leave_out(presupposed, replayed, live);
	renamed = rename_apply(rename_arguments(renames, nrenames), replayed, live);
	generated = autogenerate_renamed(renamed, live, NIL);
	compare_notices(generated->diff);
	if (generated->diff->changes == NIL)
	{
		ereport(NOTICE, (errmsg("the schema is what its revisions make; there is nothing to record")));
		PG_RETURN_NULL();
	}
	chain = autogenerate_chain(replayed, renamed, live, false, &generated);
	report_hazards(generated->diff);
	foreach(lc, managed.whole ? NIL : replay_new_schemas(replayed, live))
	{
		const char *schema = quote_identifier(lfirst(lc));

		generated->upgrade = psprintf("CREATE SCHEMA %s;\n\n%s", schema, generated->upgrade);
		generated->downgrade = psprintf("%s\n\nDROP SCHEMA %s;", generated->downgrade, schema);
	}
	id = write_chain(chain, file, rev_id, &head, 1, false, NULL, 0);
	run_stamp(id, false, &rows, &nrows);
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

/* -------------------------------------------------------------------- verify */

static bool *
mark(const Store *store, const RevList *list)
{
	bool	   *marks = palloc0(sizeof(bool) * Max(store->nrevs, 1));

	for (int i = 0; i < list->n; i++)
		marks[list->revs[i]] = true;
	return marks;
}

/* A range, or a list. */
static RevList *
named_revisions(const Store *store, const char *revisions)
{
	char	  **items;
	int			nitems;

	if (strchr(revisions, ':') != NULL)
		return order_history(store->graph, store->version, revisions);
	target_split_list(revisions, &items, &nitems);
	return target_revisions(store->graph, store->version, items, nitems, true, NULL);
}

Datum
migrate_verify(PG_FUNCTION_ARGS)
{
	char	   *revisions = arg_text(fcinfo, 0, "revisions");
	Managed		managed;
	Store	   *store;
	ResultSet  *result;
	ListCell   *lc;

	arg_managed(fcinfo, 1, &managed);
	arg_compared(fcinfo, 2, &managed);
	run_refuse_nested("migrate.verify()");
	store = store_load(false, false);
	result = result_begin(fcinfo);
	foreach(lc, replay_verify(&managed, store, mark(store, named_revisions(store, revisions)), prelude_text(false)))
	{
		const Verified *row = lfirst(lc);
		Datum		values[5];
		bool		nulls[5] = {false};

		CHECK_FOR_INTERRUPTS();
		set_text(values, nulls, 0, row->revision);
		values[1] = BoolGetDatum(row->upgrade_ok);
		values[2] = BoolGetDatum(row->downgrade_ok);
		values[3] = BoolGetDatum(row->round_trip_ok);
		nulls[1] = !row->was_run;
		nulls[2] = nulls[3] = !row->upgrade_ok || !row->has_downgrade;
		set_text(values, nulls, 4, row->detail);
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

/* -------------------------------------------------------------------- squash */

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
					 errmsg("revisions \"%s\" and \"%s\" are not on one line", store->revs[from].links.id, store->revs[to].links.id),
					 errdetail("Back from \"%s\" there is \"%s\", which has %d parents.", store->revs[to].links.id, r->links.id, r->nparents),
					 errhint("Name the older one first, and no merge between the two.")));
		rev = r->parents[0];
	}
}

/* A materialised view is filled again wherever it is made. */
static bool
makes_no_rows(const CreateTableAsStmt *stmt)
{
	return stmt->into->skipData || CREATE_TABLE_AS_KIND(stmt) == OBJECT_MATVIEW;
}

/* DDL, settings; everything else does something with data that a comparison of schemas cannot see. */
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
					 errmsg("revision \"%s\" does more than to change the schema", origin->revision),
					 errdetail("Statement %d of its %s, %s, may change data, which would be lost: the squashed revision is written from the schemas before and after.",
							   s + 1, origin->direction, script_where(origin, script->statements[s].line)),
					 errhint("Squash the revisions before and after it; or say ignore_data => true if a new database does not need it.")));
}

static void
require_no_data(const Store *store, const RevList *line, const StoredScript *scripts)
{
	for (int i = line->n - 1; i >= 0; i--)
	{
		const RevisionLinks *links = &store->revs[line->revs[i]].links;
		const StoredScript *stored = &scripts[i];
		ScriptOrigin origin = {.revision = links->id,.message = links->message,.direction = "upgrade",.file_name = links->file_name,.first_line = stored->upgrade_line};

		CHECK_FOR_INTERRUPTS();
		require_no_data_in(script_parse(stored->upgrade, stored->upgrade_marked, &origin), &origin);
		if (stored->downgrade == NULL)
			continue;
		origin.direction = "downgrade";
		origin.first_line = stored->downgrade_line;
		require_no_data_in(script_parse(stored->downgrade, stored->downgrade_marked, &origin), &origin);
	}
}

/* What cannot be undone in steps cannot be undone at once: whoever left the downgrade out knew why. */
static bool
is_reversible(const Store *store, const RevList *line, const StoredScript *scripts)
{
	for (int i = line->n - 1; i >= 0; i--)
		if (scripts[i].downgrade == NULL)
		{
			ereport(NOTICE,
					(errmsg("revision \"%s\" has no downgrade, and so the squashed one has none", store->revs[line->revs[i]].links.id),
					 errhint("Write one with migrate.edit() if what it does can be undone.")));
			return false;
		}
	return true;
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
					 errdetail("\"%s\" is, \"%s\" is not.", store->revs[line->revs[i]].links.id, store->revs[line->revs[0]].links.id),
					 errhint("Run SELECT migrate.upgrade('%s') first.", store->revs[line->revs[0]].links.id)));
}

/* The revision takes the place of the line; those on top of it get it as parent. */
static void
replace_line(const Store *store, RevisionFile *file, const RevList *line)
{
	int			last = line->revs[0];
	bool	   *gone = mark(store, line);
	StoredRevision *revs = palloc(sizeof(StoredRevision) * (store->nrevs + 1));
	int			nrevs = 0;
	StoredRevision **written = palloc(sizeof(StoredRevision *) * (store->nrevs + 1));
	StoredScript **scripts = palloc(sizeof(StoredScript *) * (store->nrevs + 1));
	int			n = 0;
	Store		then = *store;
	Store	   *changed;
	int			number;
	const Revision *top = &store->graph->revs[last];
	RevisionFile *children = palloc0(sizeof(RevisionFile) * Max(top->nchildren, 1));

	for (int i = 0; i < store->nrevs; i++)
		if (!gone[i])
			revs[nrevs++] = store->revs[i];
	for (int c = 0; c < top->nchildren; c++)
	{
		RevisionFile *child = &children[c];
		char	   *id = unconstify(char *, store->revs[top->children[c]].links.id);

		child->rev = store->revs[top->children[c]];
		child->script = *store_scripts(true, &id, 1);
		for (int p = 0; p < child->rev.links.nparents; p++)
			if (strcmp(child->rev.links.parents[p], store->revs[last].links.id) == 0)
				child->rev.links.parents[p] = unconstify(char *, file->rev.links.id);
		revision_file_renew(child);
		for (int i = 0; i < nrevs; i++)
			if (strcmp(revs[i].links.id, id) == 0)
				revs[i] = child->rev;
	}
	revs[nrevs++] = file->rev;
	if (version_is_row(store->version, last))
	{
		then.rows = palloc(sizeof(char *) * store->nrows);
		for (int i = 0; i < store->nrows; i++)
			then.rows[i] = strcmp(store->rows[i], store->revs[last].links.id) == 0 ? unconstify(char *, file->rev.links.id) : store->rows[i];
		store_sort_ids(then.rows, then.nrows);
	}
	changed = store_rebuild(&then, revs, nrevs);

	number = graph_find(changed->graph, file->rev.links.id);
	changed->revs[number].is_real_head = revision_is_real_head(&changed->graph->revs[number]);
	written[0] = &changed->revs[number];
	scripts[0] = &file->script;
	store_insert(written, scripts, 1);
	for (int c = 0; c < top->nchildren; c++)
	{
		number = graph_find(changed->graph, children[c].rev.links.id);
		changed->revs[number].is_real_head = revision_is_real_head(&changed->graph->revs[number]);
		written[n] = &changed->revs[number];
		scripts[n++] = &children[c].script;
	}
	store_replace(written, scripts, n);
	if (then.rows != store->rows)
	{
		LogEntry	entry = {
			.action = "stamp",
			.revision = file->rev.links.id,
			.message = file->rev.links.message,
			.rows = store_log_rows(store->rows, store->nrows),
			.started_at = GetCurrentTimestamp()
		};

		entry.rows.after = store_log_rows(then.rows, then.nrows).after;
		store_write_version(store->rows, store->nrows, then.rows, then.nrows);
		store_write_log(&entry, 1);
	}
	for (int i = 0; i < line->n; i++)
		store_remove(store->revs[line->revs[i]].links.id);
	store_write_heads(changed);
}

Datum
migrate_squash(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	char	   *from_name;
	char	   *to_name;
	char	   *rev_id;
	bool		ignore_data;
	Managed		managed;
	Store	   *store;
	RevList    *line;
	char	  **ids;
	StoredScript *scripts;
	bool	   *before;
	bool	   *middle;
	int			from;
	int			to;
	Generated  *generated;

	begin_writing("migrate.squash()");
	from_name = arg_text(fcinfo, 0, "from_revision");
	to_name = arg_text(fcinfo, 1, "to_revision");
	links->message = arg_text_or_null(fcinfo, 2);
	arg_managed(fcinfo, 3, &managed);
	/* all of it is of the revisions, and none may get lost */
	managed.ignore = NIL;
	arg_compared(fcinfo, 4, &managed);
	ignore_data = arg_bool(fcinfo, 6, "ignore_data");
	rev_id = arg_rev_id(fcinfo, 7);

	lock_migrations();
	run_check_interrupted();
	store = store_load(true, false);
	from = target_revision(store->graph, store->version, from_name, true);
	to = target_revision(store->graph, store->version, to_name, true);
	if (from < 0 || to < 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("\"%s\" is not a revision", from < 0 ? from_name : to_name),
				 errhint("Name the first and the last of the revisions to squash.")));
	line = squash_line(store, from, to);
	require_same_state(store, line);
	ids = palloc(sizeof(char *) * line->n);
	for (int i = 0; i < line->n; i++)
		ids[i] = unconstify(char *, store->revs[line->revs[i]].links.id);
	scripts = store_scripts(true, ids, line->n);
	if (!ignore_data)
		require_no_data(store, line, scripts);

	middle = mark(store, line);
	before = graph_closure(store->graph, line);
	for (int i = 0; i < store->nrevs; i++)
		before[i] = before[i] && !middle[i];
	generated = replay_squash(&managed, store, before, middle, prelude_text(true));

	*links = (RevisionLinks)
	{
		.message = links->message
	};
	links->nparents = store->revs[from].links.nparents;
	links->parents = store->revs[from].links.parents;
	links->ndepends_on = store->revs[from].links.ndepends_on;
	links->depends_on = store->revs[from].links.depends_on;
	links->labels = palloc(sizeof(char *) * Max(store->nrevs, 1));
	for (int i = line->n - 1; i >= 0; i--)
	{
		const RevisionLinks *one = &store->revs[line->revs[i]].links;

		links->labels = repalloc(links->labels, sizeof(char *) * Max(links->nlabels + one->nlabels, 1));
		for (int l = 0; l < one->nlabels; l++)
			links->labels[links->nlabels++] = one->labels[l];
	}
	if (links->message == NULL || links->message[0] == '\0')
		links->message = psprintf("Squashed %s to %s", store->revs[from].links.id, store->revs[to].links.id);
	file->is_unnamed = rev_id == NULL;
	links->id = rev_id ? rev_id : new_identifier(store->graph);
	if (graph_find(store->graph, links->id) >= 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_LABEL),
				 errmsg("revision \"%s\" is there already", links->id),
				 errhint("Choose another identifier.")));
	file->rev.has_created = true;
	file->rev.created_at = store->revs[to].has_created ? store->revs[to].created_at : GetCurrentTimestamp();
	file->script.upgrade = script_say_strings(generated->upgrade);
	file->script.downgrade = is_reversible(store, line, scripts) ? script_say_strings(generated->downgrade) : NULL;
	revision_file_normalise(file);
	revision_check_sql(file);
	replace_line(store, file, line);
	ereport(NOTICE,
			(errmsg("%d revisions are now one, \"%s\"", line->n, links->id),
			 errhint("Other databases have to be at \"%s\" and squash the same range, with rev_id => '%s'; files of the old revisions go, see migrate.sh export.",
					 store->revs[to].links.id, links->id)));
	PG_RETURN_TEXT_P(cstring_to_text(links->id));
}
