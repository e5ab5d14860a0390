/*
 * runfuncs.c
 *		SQL: upgrade, downgrade, stamp, plan and the offline scripts.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "run/run.h"

#include "miscadmin.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_upgrade);
MIGRATE_FUNCTION(migrate_downgrade);
MIGRATE_FUNCTION(migrate_stamp);
MIGRATE_FUNCTION(migrate_plan);
MIGRATE_FUNCTION(migrate_upgrade_sql);
MIGRATE_FUNCTION(migrate_downgrade_sql);
MIGRATE_FUNCTION(migrate_stamp_sql);

Datum
migrate_upgrade(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");

	begin_writing("migrate.upgrade()");
	return result_ids(fcinfo, run_upgrade(target, &upgrade_gate));
}

Datum
migrate_downgrade(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");

	begin_writing("migrate.downgrade()");
	return result_ids(fcinfo, run_downgrade(target));
}

Datum
migrate_stamp(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");
	bool		purge = arg_bool(fcinfo, 1, "purge");

	begin_writing("migrate.stamp()");
	return result_ids(fcinfo, run_stamp(target, purge));
}

static MigrationPlan *
plan_of(const Store *store, const char *command, const char *target)
{
	Direction	direction;

	if (direction_find(command, &direction))
		return plan_run(store->graph, store->version, direction, target);
	if (strcmp(command, "stamp") == 0)
		return plan_stamp(store->graph, store->version, target, false, false);
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("unknown command \"%s\"", command),
			 errhint("Commands are upgrade, downgrade and stamp.")));
}

/* The state becomes what it is after the step. */
static void
put_step(ResultSet *result, const Store *store, const MigrationPlan *plan, int i,
		 const char *command, VersionState *state)
{
	const PlanStep *step = &plan->steps[i];
	const Revision *rev = step->rev >= 0 ? &store->graph->revs[step->rev] : NULL;
	LogRows		rows;
	Datum		values[5];
	bool		nulls[5] = {false};

	run_apply_step(plan, step, state, &rows);
	values[0] = Int32GetDatum(i + 1);
	set_text(values, nulls, 1, command);
	set_text(values, nulls, 2, rev ? rev->links.id : NULL);
	set_text(values, nulls, 3, rev ? rev->links.message : NULL);
	values[4] = store_text_array(rows.after.ids, rows.after.n);
	result_put(result, values, nulls);
}

Datum
migrate_plan(PG_FUNCTION_ARGS)
{
	char	   *command = arg_text(fcinfo, 0, "command");
	char	   *target = arg_target_of(fcinfo, 1, command);
	Store	   *store = store_load(false, false);
	MigrationPlan *plan = plan_of(store, command, target);
	ResultSet  *result;
	VersionState *state;

	if (plan->notice != NULL)
		ereport(NOTICE, (errmsg_internal("%s", plan->notice)));
	result = result_begin(fcinfo);
	state = version_copy(plan->start);
	for (int i = 0; i < plan->nsteps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_step(result, store, plan, i, command, state);
	}
	return (Datum) 0;
}

Datum
migrate_upgrade_sql(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");
	bool		online = arg_bool(fcinfo, 1, "online");
	Store	   *store = store_load(false, false);
	MigrationPlan *plan = plan_upgrade(store->graph, store->version, target, true);

	PG_RETURN_TEXT_P(cstring_to_text(offline_script(store, plan, online)));
}

Datum
migrate_downgrade_sql(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");
	bool		online = arg_bool(fcinfo, 1, "online");
	Store	   *store = store_load(false, false);
	MigrationPlan *plan = plan_downgrade(store->graph, store->version, target, true);

	PG_RETURN_TEXT_P(cstring_to_text(offline_script(store, plan, online)));
}

Datum
migrate_stamp_sql(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");
	Store	   *store = store_load(false, false);
	MigrationPlan *plan = plan_stamp(store->graph, store->version, target, false, true);

	PG_RETURN_TEXT_P(cstring_to_text(offline_script(store, plan, false)));
}
