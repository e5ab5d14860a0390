/*
 * model.c
 *		Compares a model, which is run in a shadow, with the live schema.
 */
#include "postgres.h"

#include "author/model.h"
#include "author/written_triggers.h"
#include "diff/left_triggers.h"
#include "snapshot/ignored.h"

#include "store/store.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

typedef struct ModelArgs
{
	const Model *model;
	const Managed *managed;
	SchemaSnapshot *snapshot;
	SchemaSnapshot *all;		/* with what is ignored */
} ModelArgs;

static void
take_model(Shadow *shadow, void *arg)
{
	ModelArgs  *args = arg;
	ScriptOrigin origin = {.direction = "model",.first_line = 1};

	shadow_imply_schemas(shadow);
	if (shadow_execute(shadow, args->model->text, false, &origin) == 0 && !args->model->allow_empty)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is empty"),
				 errdetail("An empty model means to drop everything that is there."),
				 errhint("Check where the model comes from; if you mean it, say allow_empty => true.")));
	args->snapshot = snapshot_take(&args->model->managed, shadow);
}

SchemaSnapshot *
snapshot_model(const Model *model)
{
	ModelArgs	args = {.model = model};

	shadow_run(&model->managed, take_model, &args);
	return args.snapshot;
}

static void
take_live(Shadow *shadow, void *arg)
{
	ModelArgs  *args = arg;
	Managed		all = *args->managed;
	ScriptOrigin origin = {.direction = "live schema",.first_line = 1};

	shadow_imply_schemas(shadow);
	(void) shadow_execute(shadow, args->model->live, false, &origin);
	args->snapshot = snapshot_take(args->managed, shadow);

	/*
	 * proofs need the ignored objects, too; the database may not have them,
	 * since this text stands for it
	 */
	all.ignore = NIL;
	all.of_extensions = true;
	args->all = snapshot_take(&all, shadow);
}

/* What the text makes that stands for the live schema; *all is the same with what is ignored. */
static SchemaSnapshot *
snapshot_live_text(const Model *model, const Managed *managed, SchemaSnapshot **all)
{
	ModelArgs	args = {.model = model,.managed = managed};

	shadow_run(&model->managed, take_live, &args);
	*all = args.all;
	return args.snapshot;
}

/* So often the model is run, where somebody changes owner or rights of a schema meanwhile. */
#define MODEL_RUNS 3

SchemaSnapshot *
compare_read(const Model *model, SchemaSnapshot **live)
{
	for (int i = 1;; i++)
	{
		/*
		 * The model first: it tells a wrong name from a schema that it
		 * creates, and it may take long.
		 */
		SchemaSnapshot *wanted = snapshot_model(model);
		SchemaSnapshot *all = NULL;
		Managed    *managed = ignored_without_books(&model->managed, wanted);

		*live = model->live != NULL ? snapshot_live_text(model, managed, &all)
			: snapshot_take(managed, NULL);
		if (snapshots_have_same_base(*live, wanted) && snapshot_outside_is_same(wanted))
		{
			snapshot_complete(*live, wanted, all);
			return wanted;
		}
		if (i == MODEL_RUNS)
			snapshot_require_same_base(*live, wanted);
	}
}

void
compare_notices(const SchemaDiff *diff)
{
	ListCell   *lc;

	foreach(lc, diff->notices)
	{
		ereport(NOTICE, (errmsg_internal("%s", text_shown(lfirst(lc), strlen(lfirst(lc))))));
	}
}

static int
compare_names(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

static char *
join_lines(const List *lines)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, lines)
	{
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? "\n" : "", (char *) lfirst(lc));
	}
	return buf.data;
}

static char *
join_names(const List *names, bool quoted)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, names)
	{
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "",
						 quoted ? quote_identifier(lfirst(lc)) : (char *) lfirst(lc));
	}
	return text_shown(buf.data, buf.len);
}

/* So many are named of what an extension runs by itself. */
#define NAMED_OF_EXTENSION 10

/* Those of one extension, a line each; *n: how many there are. */
static char *
named_of_extension(const List *objects, const char *extension, int *n)
{
	List	   *names = NIL;
	char	   *rest = "";
	ListCell   *lc;

	foreach(lc, objects)
	{
		const OfExtension *of = lfirst(lc);

		if (strcmp(of->extension, extension) == 0)
			names = lappend(names, text_shown(of->object, strlen(of->object)));
	}
	*n = list_length(names);
	list_sort(names, compare_names);
	if (*n > NAMED_OF_EXTENSION)
		rest = psprintf("\nand %d more", *n - NAMED_OF_EXTENSION);
	names = list_truncate(names, NAMED_OF_EXTENSION);
	return psprintf("%s%s", join_lines(names), rest);
}

/* Their extensions, in order. */
static List *
extensions_of(const List *objects)
{
	List	   *extensions = NIL;
	ListCell   *lc;

	foreach(lc, objects)
	{
		const char *extension = ((const OfExtension *) lfirst(lc))->extension;

		if (!has_text(extensions, extension))
			extensions = lappend(extensions, unconstify(char *, extension));
	}
	list_sort(extensions, compare_names);
	return extensions;
}

void
compare_extension_notices(const SchemaSnapshot *live)
{
	ListCell   *lc;

	foreach(lc, extensions_of(live->of_extensions))
	{
		const char *extension = lfirst(lc);
		int			n;
		char	   *names = named_of_extension(live->of_extensions, extension, &n);

		ereport(NOTICE,
				(errmsg_plural("%d object of extension \"%s\", which runs it by itself, is left alone",
							   "%d objects of extension \"%s\", which runs them by itself, are left alone",
							   n, n, extension),
				 errdetail_internal("%s", names)));
	}
	if (live->run_unread != NIL)
		ereport(NOTICE,
				(errmsg("what extensions run is not known, for lack of the right to read: %s",
						join_names(live->run_unread, false))));
}

void
compare_left_notices(const SchemaSnapshot *snapshot)
{
	ListCell   *lc;

	foreach(lc, extensions_of(snapshot->left_triggers))
	{
		const char *extension = lfirst(lc);
		int			n;
		char	   *names = named_of_extension(snapshot->left_triggers, extension, &n);

		ereport(NOTICE,
				(errmsg_plural("%d trigger that only the database has calls a function of extension \"%s\" and is left alone",
							   "%d triggers that only the database has call functions of extension \"%s\" and are left alone",
							   n, n, extension),
				 errdetail_internal("%s", names),
				 errhint("Say whose they are: INSERT INTO migrate.extension_rules (extension, says) VALUES (%s, 'owns triggers') if the extension makes them, 'offers trigger functions' if you do.",
						 quote_literal_cstr(extension))));
	}
}

void
compare_live_notices(const SchemaSnapshot *live)
{
	compare_extension_notices(live);
	if (live->adopted != NIL)
		ereport(NOTICE,
				(errmsg("ownership by roles that you are no member of is not compared: %s",
						join_names(live->adopted, true))));
	if (live->granted_members != NIL)
		ereport(NOTICE,
				(errmsg("grants on members of extensions are not compared: %s",
						join_names(live->granted_members, false)),
				 errhint("Write them as a revision of their own with migrate.revision().")));
}

void
compare_model_notices(const SchemaSnapshot *wanted)
{
	List	   *names = list_copy(wanted->ignored);

	sort_texts(names);
	if (names != NIL)
		ereport(NOTICE,
				(errmsg("migrate.ignore leaves out of the model: %s", join_names(names, false))));
}

static void
append_names(StringInfo buf, const List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		appendStringInfo(buf, "%s%s", buf->len > 0 ? "\n" : "", (char *) lfirst(lc));
	}
}

void
require_modelled(const SchemaSnapshot *one, const SchemaSnapshot *two)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_names(&buf, snapshot_unmodelled(one));
	if (two != NULL)
		append_names(&buf, snapshot_unmodelled(two));
	if (buf.len > 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("there are objects that cannot be compared"),
				 errdetail("%s", buf.data),
				 errhint("Move them into a schema that is not managed, or write the revision with migrate.revision().")));
}

/* The schemas to be named so that what is in the way is managed, too: an array's text. */
static char *
wider_schemas(const Managed *managed, const List *obstacles)
{
	char	  **names = palloc(sizeof(char *) * (managed->nschemas + list_length(obstacles)));
	int			n = 0;
	ListCell   *lc;

	for (int i = 0; i < managed->nschemas; i++)
		names[n++] = managed->schemas[i];
	foreach(lc, obstacles)
	{
		const Obstacle *obstacle = lfirst(lc);
		bool		is_named = false;

		if (obstacle->schema == NULL)
			return "{*}";
		for (int i = 0; i < n; i++)
			is_named |= strcmp(names[i], obstacle->schema) == 0;
		if (!is_named)
			names[n++] = unconstify(char *, obstacle->schema);
	}
	return OidOutputFunctionCall(F_ARRAY_OUT, store_text_array(names, n));
}

void
require_independent(const Managed *managed, const SchemaDiff *diff)
{
	const Obstacle *first;
	StringInfoData buf;
	bool		is_ignored = true;
	bool		of_extension = true;
	ListCell   *lc;

	if (diff->refused == NIL)
		return;
	first = linitial(diff->refused);
	initStringInfo(&buf);
	foreach(lc, diff->refused)
	{
		const Obstacle *obstacle = lfirst(lc);

		appendStringInfo(&buf, "%s%s uses %s", buf.len > 0 ? "\n" : "", obstacle->what,
						 obstacle->on);
		is_ignored &= obstacle->is_ignored;
		of_extension &= obstacle->of_extension;
	}
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 list_length(diff->refused) == 1
			 ? errmsg("%s is not managed and in the way of the change", first->what)
			 : errmsg("%s and %d more are not managed and in the way of the change", first->what,
					  list_length(diff->refused) - 1),
			 errdetail("%s", buf.data),
			 of_extension
			 ? errhint("An extension has made it. Write a revision before that takes it away in the extension's own way, and one after that makes it again.")
			 : is_ignored
			 ? errhint("Take it out of migrate.ignore, and let the model have it; or write a revision before that drops it, and one after that makes it again.")
			 : errhint("Manage it as well, with schemas => %s and a model that has it; or write a revision before that drops it, and one after that makes it again.",
					   quote_literal_cstr(wider_schemas(managed, diff->refused)))));
}

static bool
has_schema(const SchemaSnapshot *snapshot, const char *name)
{
	return snapshot != NULL && snapshot_has_schema(snapshot, name);
}

void
require_schemas(const Managed *managed, const SchemaSnapshot *one, const SchemaSnapshot *two)
{
	for (int i = 0; i < managed->nschemas; i++)
		if (!has_schema(one, managed->schemas[i]) && !has_schema(two, managed->schemas[i]))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_SCHEMA),
					 errmsg("schema \"%s\" does not exist", managed->schemas[i]),
					 errdetail("Neither the database nor one of its revisions has it."),
					 errhint("Name schemas that are there, or give {*} for the whole database.")));
}

Renamed *
compare_renamed(const Model *model, SchemaSnapshot *live, SchemaSnapshot *wanted)
{
	List	   *renames = list_concat(rename_hints(model->text),
									  rename_arguments(model->renames, model->nrenames));
	Renamed    *renamed;

	/* which revisions a text has is not known */
	if (model->live == NULL)
		written_triggers_note(live);
	renamed = rename_apply(renames, live, wanted);
	left_triggers_forget(live, unconstify(SchemaSnapshot *, renamed->snapshot), wanted);
	left_triggers_keep(renamed->snapshot, wanted);
	return renamed;
}

SchemaDiff *
compare_model(const Model *model)
{
	SchemaSnapshot *live;
	SchemaSnapshot *wanted = compare_read(model, &live);
	Renamed    *renamed = compare_renamed(model, live, wanted);
	SchemaDiff *diff = diff_with_renames(renamed, schema_diff(renamed->snapshot, wanted));

	compare_live_notices(live);
	compare_left_notices(wanted);
	compare_model_notices(wanted);
	compare_notices(diff);
	return diff;
}
