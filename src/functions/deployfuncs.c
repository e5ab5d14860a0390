/*
 * deployfuncs.c
 *		SQL: deploy, revert and resolve.
 */
#include "postgres.h"

#include "exec/exec.h"
#include "functions/functions.h"
#include "run/run.h"

#include "nodes/parsenodes.h"

MIGRATE_FUNCTION(migrate_deploy);
MIGRATE_FUNCTION(migrate_revert);
MIGRATE_FUNCTION(migrate_resolve);

/* Was the procedure called where it may not commit? */
static bool
called_atomically(FunctionCallInfo fcinfo)
{
	return fcinfo->context == NULL || !IsA(fcinfo->context, CallContext) ||
		castNode(CallContext, fcinfo->context)->atomic;
}

Datum
migrate_deploy(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");

	begin_writing("migrate.deploy()");
	online_set_tag(arg_text_or_null(fcinfo, 1));
	run_deploy(target, &upgrade_gate, fcinfo->flinfo->fn_oid, called_atomically(fcinfo));
	PG_RETURN_VOID();
}

Datum
migrate_revert(PG_FUNCTION_ARGS)
{
	char	   *target = arg_text(fcinfo, 0, "target");

	begin_writing("migrate.revert()");
	online_set_tag(arg_text_or_null(fcinfo, 1));
	run_revert(target, fcinfo->flinfo->fn_oid, called_atomically(fcinfo));
	PG_RETURN_VOID();
}

Datum
migrate_resolve(PG_FUNCTION_ARGS)
{
	char	   *name = arg_text(fcinfo, 0, "revision");
	char	   *outcome = arg_text(fcinfo, 1, "outcome");

	begin_writing("migrate.resolve()");
	return result_ids(fcinfo, run_resolve(name, outcome));
}
