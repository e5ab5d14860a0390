/*
 * impactfuncs.c
 *		SQL: impact.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "review/review.h"
#include "run/run.h"
#include "shadow/shadow.h"

#include "miscadmin.h"

MIGRATE_FUNCTION(migrate_impact);

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
	char	  **queries = NULL;
	int			nqueries = 0;
	Managed		managed;
	ResultSet  *result;
	ListCell   *lc;

	if (!PG_ARGISNULL(2))
		arg_texts(fcinfo, 2, "queries", &queries, &nqueries);
	/* an empty list is one, too */
	if (!PG_ARGISNULL(2) && queries == NULL)
		queries = palloc(sizeof(char *));
	arg_managed(fcinfo, 3, &managed);
	/* texts may name what comparisons leave alone */
	managed.ignore = NIL;
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
