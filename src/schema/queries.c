/*
 * queries.c
 *		The queries of a snapshot, and their plans where one snapshot follows another.
 *
 * On a small schema planning them is half of the work, and verify() takes three
 * snapshots a revision.  The plans are for any schemas (generic), and are made
 * anew now and then, since the schema grows meanwhile.
 */
#include "postgres.h"

#include "compat.h"
#include "schema/object.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "nodes/parsenodes.h"

/* After so many executions. */
#define PLAN_AGAIN 100

typedef struct KeptPlan
{
	const char *sql;			/* the text itself: queries are constants */
	SPIPlanPtr	plan;
	int			uses;
} KeptPlan;

static bool keeps_plans = false;
static KeptPlan kept[NKINDS + 10];
static int	nkept = 0;

void
queries_keep_plans(void)
{
	keeps_plans = true;
}

void
queries_forget_plans(void)
{
	keeps_plans = false;
	while (nkept > 0)
	{
		KeptPlan   *last = &kept[--nkept];

		if (last->plan != NULL)
			SPI_freeplan(last->plan);
	}
}

/* NULL if there is no place for it. */
static SPIPlanPtr
kept_plan(const char *sql, int ntypes, Oid *types)
{
	KeptPlan   *slot = NULL;

	for (int i = 0; i < nkept && slot == NULL; i++)
		if (kept[i].sql == sql)
			slot = &kept[i];
	if (slot == NULL)
	{
		if (nkept == lengthof(kept))
			return NULL;
		slot = &kept[nkept++];
		slot->sql = sql;
		slot->plan = NULL;
	}
	else if (++slot->uses >= PLAN_AGAIN)
	{
		SPI_freeplan(slot->plan);
		slot->plan = NULL;
	}
	if (slot->plan == NULL)
	{
		SPIPlanPtr	plan = SPI_prepare_cursor(sql, ntypes, types, CURSOR_OPT_GENERIC_PLAN);

		if (plan == NULL || SPI_keepplan(plan) != 0)
			elog(ERROR, "query could not be prepared: %s: %s", SPI_result_code_string(SPI_result), sql);
		slot->plan = plan;
		slot->uses = 0;
	}
	return slot->plan;
}

void
query_catalogs(const char *sql, Datum schemas, bool whole)
{
	Oid			types[] = {TEXTARRAYOID, BOOLOID};
	Datum		values[] = {schemas, BoolGetDatum(whole)};
	SPIPlanPtr	plan = keeps_plans ? kept_plan(sql, lengthof(types), types) : NULL;
	int			rc = plan ? SPI_execute_plan(plan, values, NULL, true, 0) :
	SPI_execute_with_args(sql, lengthof(types), types, values, NULL, true, 0);

	if (rc != SPI_OK_SELECT)
		elog(ERROR, "query returned %s: %s", SPI_result_code_string(rc), sql);
}
