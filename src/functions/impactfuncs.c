/*
 * impactfuncs.c
 *		SQL: impact, usage.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "review/review.h"
#include "run/run.h"
#include "shadow/shadow.h"

#include "miscadmin.h"

MIGRATE_FUNCTION(migrate_impact);
MIGRATE_FUNCTION(migrate_usage);

/* Argument queries; NULL: those that are recorded.  An empty list is one, too. */
static char **
arg_queries(FunctionCallInfo fcinfo, int n, int *nqueries)
{
	char	  **queries = NULL;

	*nqueries = 0;
	if (PG_ARGISNULL(n))
		return NULL;
	arg_texts(fcinfo, n, "queries", &queries, nqueries);
	return queries != NULL ? queries : palloc(sizeof(char *));
}

static void
put_row(ResultSet *result, const ImpactRow *row)
{
	Datum		values[8] = {0};
	bool		nulls[8] = {false};

	set_text(values, nulls, 0, row->effect);
	set_text(values, nulls, 1, row->revision);
	values[2] = Int64GetDatum(row->calls);
	nulls[2] = row->calls < 0;
	set_text(values, nulls, 3, row->role);
	set_text(values, nulls, 4, row->sqlstate);
	set_text(values, nulls, 5, row->error);
	set_text(values, nulls, 6, row->query);
	values[7] = Int64GetDatum(row->queryid);
	nulls[7] = row->queryid == 0;
	result_put(result, values, nulls);
}

Datum
migrate_impact(PG_FUNCTION_ARGS)
{
	char	   *command = arg_text(fcinfo, 0, "command");
	char	   *target = arg_target_of(fcinfo, 1, command);
	int			nqueries;
	char	  **queries = arg_queries(fcinfo, 2, &nqueries);
	Managed		managed;
	ResultSet  *result;
	ListCell   *lc;

	arg_managed(fcinfo, 3, &managed);
	/* texts may name what comparisons leave alone */
	managed.ignore = NIL;
	managed.of_extensions = true;
	run_refuse_nested("migrate.impact()");
	elsewhere_refuse("migrate.impact()");
	result = result_begin(fcinfo);
	foreach(lc, impact_find(&managed, command, target, queries, nqueries))
	{
		CHECK_FOR_INTERRUPTS();
		put_row(result, lfirst(lc));
	}
	return (Datum) 0;
}

static void
put_usage(ResultSet *result, const ImpactRow *row)
{
	Datum		values[6] = {0};
	bool		nulls[6] = {false};

	set_text(values, nulls, 0, row->effect);
	values[1] = Int64GetDatum(row->calls);
	nulls[1] = row->calls < 0;
	set_text(values, nulls, 2, row->role);
	set_text(values, nulls, 3, row->query);
	values[4] = Int64GetDatum(row->queryid);
	nulls[4] = row->queryid == 0;
	set_text(values, nulls, 5, row->error);
	result_put(result, values, nulls);
}

Datum
migrate_usage(PG_FUNCTION_ARGS)
{
	char	   *object = arg_text(fcinfo, 0, "object");
	int			nqueries;
	char	  **queries = arg_queries(fcinfo, 1, &nqueries);
	Managed		managed;
	ResultSet  *result;
	ListCell   *lc;

	arg_managed(fcinfo, 2, &managed);
	managed.ignore = NIL;
	managed.of_extensions = true;
	run_refuse_nested("migrate.usage()");
	result = result_begin(fcinfo);
	foreach(lc, usage_find(&managed, object, queries, nqueries))
	{
		CHECK_FOR_INTERRUPTS();
		put_usage(result, lfirst(lc));
	}
	return (Datum) 0;
}
