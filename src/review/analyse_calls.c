/*
 * analyse_calls.c
 *		What is analysed calls nobody's functions.
 *
 * The input functions of base types are in C.  But those of arrays, rows and ranges read their
 * elements, and an element of a domain is checked, by whatever function its CHECK names:
 * '{x}'::domain[].  Texts are everybody's, and so are domains; the caller may be a superuser.  So
 * while a text is analysed, a function that is not written in C fails instead of being run.  Every
 * call passes the hook of fmgr, those that the server makes to simplify a CHECK as well.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "review/analyse.h"
#include "review/review.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

static bool analysing = false;
static needs_fmgr_hook_type next_needs_hook = NULL;
static fmgr_hook_type next_fmgr_hook = NULL;

ErrorData *
analyse_undone(void (*body) (void *arg), void *arg)
{
	bool		outer = analysing;
	ErrorData  *error;

	analysing = true;
	error = run_undone(body, arg);
	analysing = outer;
	return error;
}

static bool
is_in_c(Oid function)
{
	HeapTuple	tuple;
	Oid			language;

	if (function < FirstNormalObjectId)
		return true;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	if (!HeapTupleIsValid(tuple))
		return false;
	language = ((Form_pg_proc) GETSTRUCT(tuple))->prolang;
	ReleaseSysCache(tuple);
	return language == ClanguageId || language == INTERNALlanguageId;
}

static bool
needs_hook(Oid function)
{
	return (next_needs_hook && next_needs_hook(function)) || (analysing && !is_in_c(function));
}

static void
on_call(FmgrHookEventType event, FmgrInfo *flinfo, Datum *private)
{
	if (analysing && event == FHET_START && !is_in_c(flinfo->fn_oid))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("function %s would have to be run to read a constant in it",
						get_func_name(flinfo->fn_oid))));
	if (next_fmgr_hook)
		next_fmgr_hook(event, flinfo, private);
}

void
analyse_define(void)
{
	next_needs_hook = needs_fmgr_hook;
	needs_fmgr_hook = needs_hook;
	next_fmgr_hook = fmgr_hook;
	fmgr_hook = on_call;
}
