/*
 * reviewfuncs.c
 *		SQL: preflight, review, facts.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "review/review.h"
#include "review/table_facts.h"

#include "miscadmin.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_preflight);
MIGRATE_FUNCTION(migrate_review);
MIGRATE_FUNCTION(migrate_facts);

Datum
migrate_preflight(PG_FUNCTION_ARGS)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	ResultSet  *result = result_begin(fcinfo);
	ListCell   *lc;

	foreach(lc, preflight(target))
	{
		const PreflightRow *row = lfirst(lc);
		Datum		values[9] = {0};
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(row->step);
		set_text(values, nulls, 1, row->revision);
		values[2] = Int32GetDatum(row->statement);
		nulls[2] = row->statement == 0;
		set_text(values, nulls, 3, row->sql);
		set_text(values, nulls, 4, row->outcome);
		set_text(values, nulls, 5, row->table);
		values[6] = Int64GetDatum(row->rows);
		nulls[6] = row->rows < 0;
		values[7] = row->examples;
		nulls[7] = row->examples == 0;
		set_text(values, nulls, 8, row->detail);
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

Datum
migrate_review(PG_FUNCTION_ARGS)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	ResultSet  *result = result_begin(fcinfo);
	ListCell   *lc;

	foreach(lc, review(target, NULL))
	{
		const ReviewRow *row = lfirst(lc);
		Datum		values[9] = {0};
		bool		nulls[9] = {false};

		CHECK_FOR_INTERRUPTS();
		values[0] = Int32GetDatum(row->step);
		set_text(values, nulls, 1, row->revision);
		values[2] = Int32GetDatum(row->statement);
		nulls[2] = row->statement == 0;
		set_text(values, nulls, 3, row->rule);
		set_text(values, nulls, 4, row->severity);
		set_text(values, nulls, 5, row->message);
		set_text(values, nulls, 6, row->advice);
		set_text(values, nulls, 7, row->evidence);
		set_text(values, nulls, 8, row->allowed);
		result_put(result, values, nulls);
	}
	return (Datum) 0;
}

Datum
migrate_facts(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(facts_script()));
}
