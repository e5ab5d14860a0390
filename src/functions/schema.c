/*
 * functions/schema.c
 *		SQL: diff, diff_sql.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "schema/compare.h"

#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_diff);
MIGRATE_FUNCTION(migrate_diff_sql);

static int
compare_names(const void *a, const void *b)
{
	return strcmp(*(char *const *) a, *(char *const *) b);
}

/* schemas name[]: NULL is the whole database. */
static void
arg_managed(FunctionCallInfo fcinfo, int n, Managed *managed)
{
	ArrayType  *array;
	Datum	   *datums;
	bool	   *isnull;
	int			count;

	memset(managed, 0, sizeof(Managed));
	if (PG_ARGISNULL(n))
	{
		managed->whole = true;
		return;
	}
	array = PG_GETARG_ARRAYTYPE_P(n);
	deconstruct_array(array, NAMEOID, NAMEDATALEN, false, TYPALIGN_CHAR, &datums, &isnull, &count);
	managed->schemas = palloc(sizeof(char *) * Max(count, 1));
	for (int i = 0; i < count; i++)
	{
		const char *name = isnull[i] ? "" : NameStr(*DatumGetName(datums[i]));

		if (*name == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("argument \"schemas\" has an element that is null or empty"),
					 errhint("Name the schemas, or give NULL for the whole database.")));
		if (strcmp(name, "migrate") == 0 || strcmp(name, "information_schema") == 0 || strncmp(name, "pg_", 3) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("schema \"%s\" cannot be managed", name),
					 errdetail("It belongs to PostgreSQL or to this extension."),
					 errhint("Name schemas of your own, or give NULL for the whole database.")));
		managed->schemas[managed->nschemas++] = pstrdup(name);
	}
	if (managed->nschemas == 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"schemas\" is empty"),
				 errhint("Name the schemas, or give NULL for the whole database.")));
	qsort(managed->schemas, managed->nschemas, sizeof(char *), compare_names);
	count = 1;
	for (int i = 1; i < managed->nschemas; i++)
		if (strcmp(managed->schemas[i], managed->schemas[count - 1]) != 0)
			managed->schemas[count++] = managed->schemas[i];
	managed->nschemas = count;
}

static Datum
hazards_array(List *hazards)
{
	char	  **items = palloc(sizeof(char *) * Max(list_length(hazards), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, hazards)
		items[n++] = lfirst(lc);
	return store_text_array(items, n);
}

/* Rows of diff() and drift(). */
static Datum
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
		set_text(values, nulls, 1, change->action);
		set_text(values, nulls, 2, change->object_type);
		set_text(values, nulls, 3, change->identity);
		set_text(values, nulls, 4, schema_change_sql(change));
		values[5] = hazards_array(schema_change_hazards(change));
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

Datum
migrate_diff(PG_FUNCTION_ARGS)
{
	char	   *model = arg_text(fcinfo, 0, "model");
	Managed		managed;

	arg_managed(fcinfo, 1, &managed);
	return diff_rows(fcinfo, compare_model(model, &managed, arg_bool(fcinfo, 2, "allow_empty")));
}

Datum
migrate_diff_sql(PG_FUNCTION_ARGS)
{
	char	   *model = arg_text(fcinfo, 0, "model");
	Managed		managed;

	arg_managed(fcinfo, 1, &managed);
	PG_RETURN_TEXT_P(cstring_to_text(schema_diff_sql(compare_model(model, &managed, arg_bool(fcinfo, 2, "allow_empty")))));
}
