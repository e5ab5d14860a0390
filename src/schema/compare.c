/*
 * compare.c
 *		The questions that are asked of two schemas, one of them in a shadow.
 */
#include "postgres.h"

#include "schema/compare.h"

#include "utils/builtins.h"

typedef struct ModelArgs
{
	const Model *model;
	SchemaSnapshot *snapshot;
} ModelArgs;

static void
take_model(Shadow *shadow, void *arg)
{
	ModelArgs  *args = arg;
	ScriptOrigin origin = {.direction = "model",.first_line = 1};

	shadow_imply_schemas(shadow);
	if (shadow_execute(shadow, args->model->text, &origin) == 0 && !args->model->allow_empty)
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

void
compare_notices(const SchemaDiff *diff)
{
	ListCell   *lc;

	foreach(lc, diff->notices)
		ereport(NOTICE, (errmsg_internal("%s", (char *) lfirst(lc))));
}

static void
append_names(StringInfo buf, const List *names)
{
	ListCell   *lc;

	foreach(lc, names)
		appendStringInfo(buf, "%s%s", buf->len > 0 ? "\n" : "", (char *) lfirst(lc));
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

static bool
has_schema(const SchemaSnapshot *snapshot, const char *name)
{
	return snapshot != NULL && snapshot_find(snapshot, KIND_SCHEMA, quote_identifier(name)) != NULL;
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
					 errhint("Name schemas that are there, or give NULL for the whole database.")));
}

Renamed *
compare_renamed(const Model *model, const SchemaSnapshot *live, const SchemaSnapshot *wanted)
{
	List	   *renames = list_concat(rename_hints(model->text), rename_arguments(model->renames, model->nrenames));

	return rename_apply(renames, live, wanted);
}

SchemaDiff *
compare_model(const Model *model)
{
	SchemaSnapshot *wanted;
	Renamed    *live;
	SchemaDiff *diff;

	/*
	 * The model first: it tells a wrong name from a schema that it creates,
	 * and it may take long.
	 */
	wanted = snapshot_model(model);
	live = compare_renamed(model, snapshot_take(&model->managed, NULL), wanted);
	diff = diff_with_renames(live, schema_diff(live->snapshot, wanted));
	compare_notices(diff);
	return diff;
}
