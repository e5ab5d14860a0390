/*
 * reviewfuncs.c
 *		SQL: preflight, review, facts.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "report/facts.h"
#include "review/review.h"
#include "review/table_facts.h"

#include "miscadmin.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_preflight);
MIGRATE_FUNCTION(migrate_review);
MIGRATE_FUNCTION(migrate_facts);

/* The first columns: which statement of which revision; 0 is none. */
static void
set_place(Datum *values, bool *nulls, int step, const char *revision, int statement)
{
	values[0] = Int32GetDatum(step);
	set_text(values, nulls, 1, revision);
	values[2] = Int32GetDatum(statement);
	nulls[2] = statement == 0;
}

static void
put_preflight(ResultSet *result, const PreflightRow *row)
{
	Datum		values[9] = {0};
	bool		nulls[9] = {false};

	set_place(values, nulls, row->step, row->revision, row->statement);
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

Datum
migrate_preflight(PG_FUNCTION_ARGS)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	ResultSet  *result = result_begin(fcinfo);
	ListCell   *lc;

	foreach(lc, preflight(target))
	{
		CHECK_FOR_INTERRUPTS();
		put_preflight(result, lfirst(lc));
	}
	return (Datum) 0;
}

static void
put_finding(ResultSet *result, const ReviewRow *row)
{
	Datum		values[9] = {0};
	bool		nulls[9] = {false};

	set_place(values, nulls, row->step, row->revision, row->statement);
	set_text(values, nulls, 3, row->rule);
	set_text(values, nulls, 4, row->severity);
	set_text(values, nulls, 5, row->message);
	set_text(values, nulls, 6, row->advice);
	set_text(values, nulls, 7, row->evidence);
	set_text(values, nulls, 8, row->allowed);
	result_put(result, values, nulls);
}

Datum
migrate_review(PG_FUNCTION_ARGS)
{
	Managed		managed;
	Trial		trial = {.managed = &managed};
	ReviewWatch watch = {.more = trial_add,.more_arg = &trial};
	bool		is_tried = arg_bool(fcinfo, 1, "trial");
	ResultSet  *result;
	ListCell   *lc;

	trial.target = arg_target_of(fcinfo, 0, "upgrade");
	if (is_tried)
		default_managed(&managed);
	result = result_begin(fcinfo);
	foreach(lc, review(trial.target, is_tried ? &watch : NULL))
	{
		CHECK_FOR_INTERRUPTS();
		put_finding(result, lfirst(lc));
	}
	return (Datum) 0;
}

Datum
migrate_facts(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(facts_script()));
}
