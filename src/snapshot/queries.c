/*
 * queries.c
 *		The queries of a snapshot, and their plans, which the session keeps.
 *
 * On a small schema parsing and planning them is three quarters of the work, and
 * every comparison takes two snapshots.  The plans are generic, for any schemas;
 * all of them are made again when the catalogs have become much larger or smaller.
 *
 * They are not saved with SPI_keepplan(): a shadow makes the server forget all
 * saved plans, twice, because what SQL may see of the catalogs changes.  Our
 * queries always see all, and name nothing but catalogs and built-in functions,
 * so nobody's DDL makes their plans wrong.
 */
#include "postgres.h"

#include "compat.h"
#include "snapshot/snapshot_private.h"
#include "shadow/shadow_private.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "executor/spi_priv.h"
#include "nodes/parsenodes.h"
#include "utils/memutils.h"
#include "utils/plancache.h"

typedef struct KeptPlan
{
	const char *sql;			/* the text itself, which stays where it is */
	SPIPlanPtr	plan;
} KeptPlan;

static KeptPlan kept[2 * NKINDS + 20];
static int	nkept = 0;

/* How large the catalogs were when the plans were made: rows of pg_depend. */
static size_t planned_for = 0;

static void
forget_plans(void)
{
	while (nkept > 0)
		SPI_freeplan(kept[--nkept].plan);
}

void
queries_expect_size(size_t ndepends)
{
	if (ndepends / 2 <= planned_for && planned_for / 2 <= ndepends)
		return;
	forget_plans();
	planned_for = ndepends;
}

/* Let it live as long as the session, as SPI_keepplan() would, but unknown to the plan cache. */
static void
keep(SPIPlanPtr plan)
{
	ListCell   *lc;

	MemoryContextSetParent(plan->plancxt, TopMemoryContext);
	foreach(lc, plan->plancache_list)
	{
		CachedPlanSetParentContext(lfirst(lc), TopMemoryContext);
	}
}

/* Belongs to the session; NULL if there is no place for one more. */
static SPIPlanPtr
kept_plan(const char *sql, int ntypes, Oid *types)
{
	SPIPlanPtr	plan;

	for (int i = 0; i < nkept; i++)
		if (kept[i].sql == sql)
			return kept[i].plan;
	if (nkept == lengthof(kept))
		return NULL;
	plan = SPI_prepare_cursor(sql, ntypes, types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "query could not be prepared: %s: %s", SPI_result_code_string(SPI_result), sql);
	keep(plan);
	kept[nkept].sql = sql;
	kept[nkept++].plan = plan;
	return plan;
}

static int
execute(const char *sql, int n, Datum *values)
{
	Oid			types[] = {TEXTARRAYOID, BOOLOID, OIDARRAYOID};
	SPIPlanPtr	plan = kept_plan(sql, n, types);

	return plan ? SPI_execute_plan(plan, values, NULL, true, 0) :
		SPI_execute_with_args(sql, n, types, values, NULL, true, 0);
}

static void
run(const char *sql, int n, Datum *values)
{
	MemoryContext caller = CurrentMemoryContext;
	ErrorContextCallback *context = error_context_stack;
	int			rc;

	/* an error's context is what the caller did, not a page of our SQL */
	error_context_stack = NULL;
	PG_TRY();
	{
		rc = execute(sql, n, values);
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(caller);
		error = CopyErrorData();
		FlushErrorState();
		error_context_stack = context;
		error->context = NULL;
		/* a shadow does so when the tables have their names again */
		if (shadow_current() == NULL)
			lock_wait_explain(error);
		ThrowErrorData(error);
		pg_unreachable();
	}
	PG_END_TRY();
	error_context_stack = context;
	if (rc != SPI_OK_SELECT)
		elog(ERROR, "query returned %s: %s", SPI_result_code_string(rc), sql);
}

void
query_catalogs(const char *sql, Datum schemas, bool whole)
{
	Datum		values[] = {schemas, BoolGetDatum(whole)};

	run(sql, lengthof(values), values);
}

void
query_objects(const char *sql, Datum schemas, bool whole, Datum objects)
{
	Datum		values[] = {schemas, BoolGetDatum(whole), objects};

	run(sql, lengthof(values), values);
}
