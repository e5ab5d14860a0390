/*
 * dryrunfuncs.c
 *		SQL: dry_run.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "run/run.h"

#include "datatype/timestamp.h"
#include "miscadmin.h"
#include "utils/timestamp.h"

MIGRATE_FUNCTION(migrate_dry_run);

/* Numbers of the columns. */
enum
{
	STEP, ACTION, REVISION, STATEMENT, SQL, OUTCOME, DURATION, LOCKS, REWRITTEN, SCANNED, ROWS,
	WAL_BYTES,
	BLOCKS, BLOCKED_BYTES, SEVERITY, WARNING_TEXT, SQLSTATE, ERROR_TEXT, ERROR_CONTEXT, NCOLUMNS
};

static Datum
names_array(List *names)
{
	char	  **items = palloc(sizeof(char *) * Max(list_length(names), 1));
	int			n = 0;
	ListCell   *lc;

	foreach(lc, names)
	{
		items[n++] = lfirst(lc);
	}
	return store_text_array(items, n);
}

static void
set_measured(const DryRunRow *row, Datum *values, bool *nulls)
{
	const Observation *observed = &row->observed;
	Interval   *duration = palloc0(sizeof(Interval));

	duration->time = row->duration_us;
	values[DURATION] = IntervalPGetDatum(duration);
	values[LOCKS] = names_array(observed->locks);
	values[REWRITTEN] = names_array(observed->rewritten);
	values[SCANNED] = names_array(observed->scanned);
	values[ROWS] = Int64GetDatum(row->rows);
	values[WAL_BYTES] = Int64GetDatum(row->wal_bytes);
	values[BLOCKED_BYTES] = Int64GetDatum(observed->blocked_bytes);
	nulls[DURATION] = nulls[LOCKS] = nulls[REWRITTEN] = nulls[WAL_BYTES] = false;
	nulls[SCANNED] = !observed->knows_scans;
	nulls[ROWS] = row->rows < 0;
	nulls[BLOCKED_BYTES] = observed->blocked_bytes < 0;
}

static void
put_row(ResultSet *result, const DryRunRow *row)
{
	Datum		values[NCOLUMNS] = {0};
	bool		nulls[NCOLUMNS];

	memset(nulls, true, sizeof(nulls));
	values[STEP] = Int32GetDatum(row->step);
	nulls[STEP] = false;
	values[STATEMENT] = Int32GetDatum(row->statement);
	nulls[STATEMENT] = row->statement == 0;
	set_text(values, nulls, ACTION, row->action);
	set_text(values, nulls, REVISION, row->revision);
	set_text(values, nulls, SQL, row->sql);
	set_text(values, nulls, OUTCOME, row->outcome);
	if (row->is_measured)
		set_measured(row, values, nulls);
	set_text(values, nulls, BLOCKS, row->observed.blocks);
	set_text(values, nulls, SEVERITY, row->observed.severity);
	set_text(values, nulls, WARNING_TEXT, row->observed.warning);
	set_text(values, nulls, SQLSTATE, row->sqlstate);
	set_text(values, nulls, ERROR_TEXT, row->error);
	set_text(values, nulls, ERROR_CONTEXT, row->error_context);
	result_put(result, values, nulls);
}

Datum
migrate_dry_run(PG_FUNCTION_ARGS)
{
	char	   *command = arg_text(fcinfo, 0, "command");
	char	   *target = arg_target_of(fcinfo, 1, command);
	ResultSet  *result = result_begin(fcinfo);
	List	   *rows;
	ListCell   *lc;

	begin_writing("migrate.dry_run()");
	rows = run_dry(command, target);
	foreach(lc, rows)
	{
		CHECK_FOR_INTERRUPTS();
		put_row(result, lfirst(lc));
	}
	return (Datum) 0;
}
