/*
 * approvalfuncs.c
 *		SQL: approve; and the gate of those functions that run upgrades.
 */
#include "postgres.h"

#include "functions/schemafuncs.h"
#include "review/approval.h"
#include "review/contract.h"
#include "run/run.h"
#include "settings.h"

#include "miscadmin.h"

MIGRATE_FUNCTION(migrate_approve);

/* The schema as it is, and not as this role could make it: who approves and who runs are two. */
static void
managed_for_all(Managed *managed)
{
	default_managed(managed);
	managed->exact_owners = true;
}

static void
put_approved(ResultSet *result, const Approved *approved, int step)
{
	const RevisionLinks *links = &approved->store->revs[approved->plan->steps[step].rev].links;
	Datum		values[4];
	bool		nulls[4] = {false};

	values[0] = Int32GetDatum(step + 1);
	set_text(values, nulls, 1, links->id);
	set_text(values, nulls, 2, links->message);
	set_text(values, nulls, 3, approved->writers[step]);
	result_put(result, values, nulls);
}

Datum
migrate_approve(PG_FUNCTION_ARGS)
{
	char	   *target = arg_target_of(fcinfo, 0, "upgrade");
	char	   *comment = arg_text_or_null(fcinfo, 1);
	Managed		managed;
	Approved	approved;
	ResultSet  *result;

	begin_writing("migrate.approve()");
	managed_for_all(&managed);
	approved = approval_give(&managed, target, comment);
	result = result_begin(fcinfo);
	for (int i = 0; i < approved.plan->nsteps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		put_approved(result, &approved, i);
	}
	return (Datum) 0;
}

static bool
note_before(const Store *store, const MigrationPlan *plan)
{
	return contract_note(store, plan);
}

static void
judge(const Store *store, const MigrationPlan *plan)
{
	Managed		managed;

	if (migrate_require_approval)
	{
		managed_for_all(&managed);
		approval_require(&managed, store, plan);
	}
	if (contract_is_in(store, plan))
	{
		default_managed(&managed);
		/* statements may name what comparisons leave alone */
		managed.ignore = NIL;
		contract_require(&managed, store, plan);
	}
}

const PlanGate upgrade_gate = {.note = note_before,.judge = judge};
