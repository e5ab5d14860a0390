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
	SchemaSnapshot *snapshot;
} ModelArgs;

static void
take_model(Shadow *shadow, void *arg)
{
	ModelArgs  *args = arg;
	ScriptOrigin origin = {.direction = "model",.first_line = 1};

	shadow_execute(shadow, args->model, &origin);
	args->snapshot = snapshot_take(args->managed, shadow);
}

SchemaSnapshot *
snapshot_model(const char *model, const Managed *managed)
{
	ModelArgs	args = {.model = model,.managed = managed};

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

/* Nothing but blanks and comments?  The parser knows. */
static bool
is_empty(const char *model)
{
	ScriptOrigin origin = {.direction = "model",.first_line = 1};

	return strspn(model, " \t\r\n") == strlen(model) || script_parse(model, false, &origin)->nstatements == 0;
}

SchemaDiff *
compare_model(const char *model, const Managed *managed, bool allow_empty)
{
	SchemaSnapshot *wanted;
	SchemaDiff *diff;

	if (!allow_empty && is_empty(model))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("the model is empty"),
				 errdetail("An empty model means to drop everything that is there."),
				 errhint("Check where the model comes from; if you mean it, say allow_empty => true.")));
	/* The model first: it tells a wrong name from a schema that it creates, and it may take long. */
	wanted = snapshot_model(model, managed);
	diff = schema_diff(snapshot_take(managed, NULL), wanted);
	compare_notices(diff);
	return diff;
}
