/*
 * schemafuncs.c
 *		SQL: diff, diff_sql, check, migrate.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "author/model.h"
#include "author/report.h"
#include "author/write_chain.h"
#include "diff/run_tables.h"
#include "errors.h"
#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "run/run.h"
#include "settings.h"
#include "snapshot/extension_rules.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_diff);
MIGRATE_FUNCTION(migrate_diff_sql);
MIGRATE_FUNCTION(migrate_check);
MIGRATE_FUNCTION(migrate_migrate);

/* Argument schemas, or the setting where it is NULL; unquoted names. */
static List *
named_schemas(FunctionCallInfo fcinfo, int n)
{
	List	   *names = NIL;
	Datum	   *datums;
	bool	   *isnull;
	int			count;

	if (PG_ARGISNULL(n))
		return settings_schemas();
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(n), NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &datums,
					  &isnull, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *name = isnull[i] ? "" : NameStr(*DatumGetName(datums[i]));

		if (*name == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"schemas\" has an element that is null or empty"),
					 errhint("Name the schemas, or give {*} for the whole database.")));
		names = lappend(names, pstrdup(name));
	}
	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"schemas\" is empty"),
				 errhint("Name the schemas, or give {*} for the whole database.")));
	return names;
}

/* Add one, in the order of their bytes, unless it is there. */
static void
add_schema(Managed *managed, char *name)
{
	int			i = managed->nschemas;

	if (schema_is_reserved(name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("schema \"%s\" cannot be managed", name),
				 errdetail("It belongs to PostgreSQL or to this extension."),
				 errhint("Name schemas of your own, or give {*} for the whole database.")));
	while (i > 0 && strcmp(managed->schemas[i - 1], name) > 0)
		i--;
	if (i > 0 && strcmp(managed->schemas[i - 1], name) == 0)
		return;
	memmove(&managed->schemas[i + 1], &managed->schemas[i],
			sizeof(char *) * (managed->nschemas++ - i));
	managed->schemas[i] = name;
}

static void
manage(Managed *managed, const List *names)
{
	ListCell   *lc;

	memset(managed, 0, sizeof(Managed));
	managed->ignore = settings_ignored();
	if (list_length(names) == 1 && strcmp(linitial(names), WHOLE_DATABASE) == 0)
	{
		managed->whole = true;
		return;
	}
	managed->schemas = palloc(sizeof(char *) * list_length(names));
	foreach(lc, names)
	{
		if (strcmp(lfirst(lc), WHOLE_DATABASE) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("argument \"schemas\" names the whole database and schemas"),
					 errhint("Give {*} alone, or the schemas.")));
		add_schema(managed, lfirst(lc));
	}
}

void
arg_managed(FunctionCallInfo fcinfo, int n, Managed *managed)
{
	manage(managed, named_schemas(fcinfo, n));
}

void
default_managed(Managed *managed)
{
	manage(managed, settings_schemas());
	managed->no_owners = !migrate_compare_owners;
	managed->no_privileges = !migrate_compare_privileges;
}

/* An argument that is NULL stands for a setting. */
static bool
arg_or_setting(FunctionCallInfo fcinfo, int n, bool setting)
{
	return PG_ARGISNULL(n) ? setting : PG_GETARG_BOOL(n);
}

void
arg_compared(FunctionCallInfo fcinfo, int n, Managed *managed)
{
	managed->no_owners = !arg_or_setting(fcinfo, n, migrate_compare_owners);
	managed->no_privileges = !arg_or_setting(fcinfo, n + 1, migrate_compare_privileges);
}

static Datum
hazards_array(List *hazards)
{
	char	  **items = palloc(sizeof(char *) * Max(list_length(hazards), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, hazards)
	{
		items[n++] = lfirst(lc);
	}
	return store_text_array(items, n);
}

Datum
diff_rows(FunctionCallInfo fcinfo, const SchemaDiff *diff)
{
	ResultSet  *result = result_begin(fcinfo);
	int			step = 0;
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		Datum		values[6];
		bool		nulls[6] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(++step);
		set_text(values, nulls, 1, schema_change_action(change));
		set_text(values, nulls, 2, change->kind->name);
		set_text(values, nulls, 3, change->identity);
		set_text(values, nulls, 4, schema_change_sql(change));
		values[5] = hazards_array(schema_change_hazards(change));
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

/* Arguments model, schemas, allow_empty from n on, renames, what is compared, and live. */
static void
arg_model(FunctionCallInfo fcinfo, int n, int renames, int compared, int live, Model *model)
{
	model->text = script_keep_strings(arg_text(fcinfo, n, "model"));
	arg_managed(fcinfo, n + 1, &model->managed);
	model->allow_empty = arg_bool(fcinfo, n + 2, "allow_empty");
	arg_texts(fcinfo, renames, "renames", &model->renames, &model->nrenames);
	arg_compared(fcinfo, compared, &model->managed);
	extension_rules_note_names(&model->managed);
	model->live = script_keep_strings(arg_text_or_null(fcinfo, live));
}

Datum
migrate_diff(PG_FUNCTION_ARGS)
{
	Model		model;

	arg_model(fcinfo, 0, 3, 4, 6, &model);
	model.managed.secrets = true;
	return diff_rows(fcinfo, compare_model(&model));
}

Datum
migrate_diff_sql(PG_FUNCTION_ARGS)
{
	Model		model;
	SchemaDiff *diff;
	char	   *sql;

	arg_model(fcinfo, 0, 3, 4, 6, &model);
	model.managed.secrets = true;
	diff = compare_model(&model);
	require_independent(&model.managed, diff);
	sql = schema_diff_sql(diff);
	/* it is run as it is, in a session like this one */
	if (*sql != '\0' && !COMPAT_STANDARD_STRINGS)
		sql = psprintf("SET standard_conforming_strings = on;\n%s\n"
					   "SET standard_conforming_strings = off;\n", sql);
	PG_RETURN_TEXT_P(cstring_to_text(sql));
}

/* ------------------------------------------------------------ check, migrate */

static void
require_no_change(const SchemaDiff *diff)
{
	if (diff->changes != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_SCHEMA_DIFFERS),
				 errmsg("the schema differs from the model"),
				 errdetail("To be done:\n%s", diff_summary(diff)),
				 errhint("See the SQL with migrate.diff_sql(); write it as a revision with migrate.migrate().")));
}

Datum
migrate_check(PG_FUNCTION_ARGS)
{
	Model		model;
	SchemaSnapshot *wanted;
	SchemaSnapshot *live;
	Renamed    *renamed;

	arg_model(fcinfo, 0, 3, 4, 6, &model);
	/* which revisions a text has is not known */
	if (model.live == NULL)
		require_at_heads(false);
	wanted = compare_read(&model, &live);
	compare_model_notices(wanted);
	require_modelled(live, wanted);
	renamed = compare_renamed(&model, live, wanted);
	compare_extension_notices(live);
	compare_left_notices(wanted);
	require_no_change(diff_with_renames(renamed, schema_diff(renamed->snapshot, wanted)));
	PG_RETURN_VOID();
}

/* The chain of revisions, or NIL if nothing differs. */
static List *
chain_for(const Model *model, bool online)
{
	SchemaSnapshot *live;
	SchemaSnapshot *wanted = compare_read(model, &live);
	Renamed    *renamed;
	Generated  *generated;
	List	   *chain;

	compare_model_notices(wanted);
	require_modelled(live, wanted);
	run_tables_settle(live, wanted);
	renamed = compare_renamed(model, live, wanted);
	generated = autogenerate_renamed(renamed, wanted, NIL);
	require_independent(&model->managed, generated->diff);
	compare_live_notices(live);
	compare_left_notices(wanted);
	compare_notices(generated->diff);
	if (generated->diff->changes == NIL)
		return NIL;
	chain = autogenerate_chain(live, renamed, wanted, online, &generated);
	/* an enum that is made anew may be in use elsewhere */
	require_independent(&model->managed, generated->diff);
	report_hazards(generated->diff, model->live == NULL);
	return chain;
}

Datum
migrate_migrate(PG_FUNCTION_ARGS)
{
	RevisionLinks links = {.id = NULL};
	Placement	place = {.splice = false};
	Model		model;
	List	   *chain;

	begin_writing("migrate.migrate()");
	links.message = arg_text_or_null(fcinfo, 0);
	arg_model(fcinfo, 1, 4, 5, 8, &model);
	arg_texts(fcinfo, 9, "head", &place.heads, &place.nheads);
	arg_texts(fcinfo, 11, "branch_label", &links.labels, &links.nlabels);
	place.splice = arg_bool(fcinfo, 10, "splice");
	arg_texts(fcinfo, 12, "depends_on", &place.depends_on, &place.ndepends_on);
	place.rev_id = arg_rev_id(fcinfo, 13);

	lock_migrations();
	if (model.live == NULL)
		require_at_heads(true);
	write_require_place(&place);
	chain = chain_for(&model, arg_bool(fcinfo, 7, "online"));
	if (chain == NIL)
	{
		ereport(NOTICE, (errmsg("No changes in schema detected.")));
		PG_RETURN_NULL();
	}
	PG_RETURN_TEXT_P(cstring_to_text(write_chain(chain, &links, &place)));
}
