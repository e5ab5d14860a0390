/*
 * replayfuncs.c
 *		SQL: baseline, drift, record, verify, rehearse, squash: revisions against the schema that
 *		they make.
 */
#include "postgres.h"

#include "author/baseline.h"
#include "author/drift.h"
#include "author/record.h"
#include "author/rehearse.h"
#include "author/replay.h"
#include "author/squash.h"
#include "functions/functions.h"
#include "functions/schemafuncs.h"
#include "run/run.h"
#include "snapshot/extension_rules.h"
#include "shadow/shadow.h"

#include "miscadmin.h"
#include "utils/builtins.h"

MIGRATE_FUNCTION(migrate_baseline);
MIGRATE_FUNCTION(migrate_drift);
MIGRATE_FUNCTION(migrate_record);
MIGRATE_FUNCTION(migrate_verify);
MIGRATE_FUNCTION(migrate_rehearse);
MIGRATE_FUNCTION(migrate_squash);

/* ------------------------------------------------------------------ baseline */

Datum
migrate_baseline(PG_FUNCTION_ARGS)
{
	RevisionFile *file = palloc0(sizeof(RevisionFile));
	RevisionLinks *links = &file->rev.links;
	Managed		managed;

	begin_writing("migrate.baseline()");
	links->message = arg_text_or_null(fcinfo, 0);
	arg_managed(fcinfo, 1, &managed);
	extension_rules_note_names(&managed);
	arg_compared(fcinfo, 2, &managed);
	managed.exact_owners = true;
	arg_texts(fcinfo, 4, "branch_label", &links->labels, &links->nlabels);
	PG_RETURN_TEXT_P(cstring_to_text(baseline_write(&managed, file, arg_rev_id(fcinfo, 5))));
}

/* --------------------------------------------------------------------- drift */

Datum
migrate_drift(PG_FUNCTION_ARGS)
{
	Managed		managed;

	arg_managed(fcinfo, 0, &managed);
	arg_compared(fcinfo, 1, &managed);
	run_refuse_nested("migrate.drift()");
	elsewhere_refuse("migrate.drift()");
	extension_rules_note_names(&managed);
	return diff_rows(fcinfo, drift_find(&managed));
}

/* -------------------------------------------------------------------- record */

Datum
migrate_record(PG_FUNCTION_ARGS)
{
	char	  **renames;
	int			nrenames;
	const char *message;
	const char *id;
	Managed		managed;

	begin_writing("migrate.record()");
	elsewhere_refuse("migrate.record()");
	message = arg_text_or_null(fcinfo, 0);
	arg_managed(fcinfo, 1, &managed);
	extension_rules_note_names(&managed);
	arg_texts(fcinfo, 2, "renames", &renames, &nrenames);
	id = arg_rev_id(fcinfo, 3);
	arg_compared(fcinfo, 4, &managed);
	id = record_write(&managed, message != NULL ? message : "Recorded",
					  rename_arguments(renames, nrenames), id);
	if (id == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(id));
}

/* -------------------------------------------------------------------- verify */

/* A range, or a list. */
static RevList *
named_revisions(const Store *store, const char *revisions)
{
	char	  **items;
	int			nitems;

	if (strchr(revisions, ':') != NULL)
		return order_history(store->graph, store->version, revisions);
	target_split_list(revisions, &items, &nitems);
	return target_revisions(store->graph, store->version, items, nitems, true, NULL);
}

static void
put_verified(ResultSet *result, const Verified *row)
{
	Datum		values[5];
	bool		nulls[5] = {false};

	set_text(values, nulls, 0, row->revision);
	values[1] = BoolGetDatum(row->upgrade_ok);
	values[2] = BoolGetDatum(row->downgrade_ok);
	values[3] = BoolGetDatum(row->round_trip_ok);
	nulls[1] = !row->was_run;
	nulls[2] = nulls[3] = !row->upgrade_ok || !row->has_downgrade;
	set_text(values, nulls, 4, row->detail);
	result_put(result, values, nulls);
}

Datum
migrate_verify(PG_FUNCTION_ARGS)
{
	char	   *revisions = arg_text(fcinfo, 0, "revisions");
	Managed		managed;
	Store	   *store;
	ResultSet  *result;
	bool	   *wanted;
	ListCell   *lc;

	arg_managed(fcinfo, 1, &managed);
	arg_compared(fcinfo, 2, &managed);
	run_refuse_nested("migrate.verify()");
	elsewhere_refuse("migrate.verify()");
	extension_rules_note_schemas(&managed);
	store = store_load(false, false);
	wanted = revlist_marks(named_revisions(store, revisions), store->nrevs);
	result = result_begin(fcinfo);
	foreach(lc, replay_verify(&managed, store, wanted, prelude_text(false)))
	{
		CHECK_FOR_INTERRUPTS();
		put_verified(result, lfirst(lc));
	}
	return (Datum) 0;
}

/* ------------------------------------------------------------------ rehearse */

static void
put_finding(ResultSet *result, const Finding *finding)
{
	Datum		values[8] = {0};
	bool		nulls[8] = {false};

	values[0] = Int32GetDatum(finding->step);
	set_text(values, nulls, 1, finding->revision);
	set_text(values, nulls, 2, finding->outcome);
	set_text(values, nulls, 3, finding->table);
	set_text(values, nulls, 4, finding->column);
	values[5] = Int64GetDatum(finding->count);
	nulls[5] = finding->count < 0;
	values[6] = Int64GetDatum(finding->of);
	nulls[6] = finding->of < 0;
	set_text(values, nulls, 7, finding->detail);
	result_put(result, values, nulls);
}

static int
arg_rows(FunctionCallInfo fcinfo, int n)
{
	if (PG_ARGISNULL(n) || PG_GETARG_INT32(n) < 1)
		ereport(ERROR,
				(errcode(PG_ARGISNULL(n) ? ERRCODE_NULL_VALUE_NOT_ALLOWED
						 : ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"rows\" has to be at least 1"),
				 errhint("It says how many rows of each table are tried.")));
	return PG_GETARG_INT32(n);
}

Datum
migrate_rehearse(PG_FUNCTION_ARGS)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	int			rows = arg_rows(fcinfo, 1);
	RehearsalSize size = {0};
	Managed		managed;
	List	   *findings;
	ResultSet  *result;
	ListCell   *lc;

	arg_managed(fcinfo, 2, &managed);
	managed.ignore = NIL;
	managed.of_extensions = true;
	extension_rules_note_schemas(&managed);
	run_refuse_nested("migrate.rehearse()");
	elsewhere_refuse("migrate.rehearse()");
	findings = rehearse(&managed, target, rows, &size);
	if (size.planned == 0)
		ereport(NOTICE, (errmsg("there is nothing to rehearse")));
	else
		ereport(NOTICE,
				(errmsg("rehearsal: %d of %d revisions run, %d tables, " INT64_FORMAT " rows",
						size.revisions, size.planned,
						size.tables, size.rows)));
	result = result_begin(fcinfo);
	foreach(lc, findings)
	{
		put_finding(result, lfirst(lc));
	}
	return (Datum) 0;
}

/* -------------------------------------------------------------------- squash */

Datum
migrate_squash(PG_FUNCTION_ARGS)
{
	Managed		managed;
	Squash		squash = {.managed = &managed};

	begin_writing("migrate.squash()");
	elsewhere_refuse("migrate.squash()");
	squash.from = arg_text(fcinfo, 0, "from_revision");
	squash.to = arg_text(fcinfo, 1, "to_revision");
	squash.message = arg_text_or_null(fcinfo, 2);
	arg_managed(fcinfo, 3, &managed);
	/* all of it is of the revisions, and none may get lost */
	managed.ignore = NIL;
	extension_rules_note_schemas(&managed);
	arg_compared(fcinfo, 4, &managed);
	squash.ignore_data = arg_bool(fcinfo, 6, "ignore_data");
	squash.rev_id = arg_rev_id(fcinfo, 7);
	PG_RETURN_TEXT_P(cstring_to_text(squash_range(&squash)));
}
