/*
 * compare.c
 *		The questions that are asked of two schemas, one of them in a shadow.
 */
#include "postgres.h"

#include "schema/compare.h"

typedef struct ModelArgs
{
	const char *model;
	const Managed *managed;
	bool		allow_empty;
	SchemaSnapshot *snapshot;
} ModelArgs;

static void
take_model(Shadow *shadow, void *arg)
{
	ModelArgs  *args = arg;
	ScriptOrigin origin = {.direction = "model",.first_line = 1};

	if (shadow_execute(shadow, args->model, &origin) == 0 && !args->allow_empty)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is empty"),
				 errdetail("An empty model means to drop everything that is there."),
				 errhint("Check where the model comes from; if you mean it, say allow_empty => true.")));
	args->snapshot = snapshot_take(args->managed, shadow);
}

SchemaSnapshot *
snapshot_model(const char *model, const Managed *managed, bool allow_empty)
{
	ModelArgs	args = {.model = model,.managed = managed,.allow_empty = allow_empty};

	shadow_run(managed, take_model, &args);
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

SchemaDiff *
compare_model(const char *model, const Managed *managed, bool allow_empty)
{
	SchemaSnapshot *wanted;
	SchemaDiff *diff;

	/*
	 * The model first: it tells a wrong name from a schema that it creates,
	 * and it may take long.
	 */
	wanted = snapshot_model(model, managed, allow_empty);
	diff = schema_diff(snapshot_take(managed, NULL), wanted);
	compare_notices(diff);
	return diff;
}
