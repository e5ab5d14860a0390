/*
 * result.c
 *		Arguments in, rows out.
 */
#include "postgres.h"

#include "functions/functions.h"
#include "run/run.h"
#include "store/store.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/execnodes.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

void
begin_writing(const char *function)
{
	run_refuse_nested(function);
	require_writable(function);
	store_require_coordinator(function);
}

static void
check_not_null(FunctionCallInfo fcinfo, int n, const char *name)
{
	if (PG_ARGISNULL(n))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" is null", name),
				 errhint("Give it a value, or leave it out where it has a default.")));
}

char *
arg_text(FunctionCallInfo fcinfo, int n, const char *name)
{
	check_not_null(fcinfo, n, name);
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
arg_text_or_null(FunctionCallInfo fcinfo, int n)
{
	return PG_ARGISNULL(n) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(n));
}

char *
arg_target_of(FunctionCallInfo fcinfo, int n, const char *command)
{
	if (PG_ARGISNULL(n))
		return pstrdup(strcmp(command, "downgrade") == 0 ? "-1" : "head");
	return text_to_cstring(PG_GETARG_TEXT_PP(n));
}

bool
arg_bool(FunctionCallInfo fcinfo, int n, const char *name)
{
	check_not_null(fcinfo, n, name);
	return PG_GETARG_BOOL(n);
}

char *
arg_rev_id(FunctionCallInfo fcinfo, int n)
{
	char	   *rev_id = arg_text_or_null(fcinfo, n);

	if (rev_id != NULL)
		graph_check_name(rev_id, false);
	return rev_id;
}

void
arg_texts(FunctionCallInfo fcinfo, int n, const char *name, char ***items, int *nitems)
{
	ArrayType  *array;

	check_not_null(fcinfo, n, name);
	array = PG_GETARG_ARRAYTYPE_P(n);
	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_ARRAY_SUBSCRIPT_ERROR),
				 errmsg("argument \"%s\" has more than one dimension", name),
				 errhint("Give a plain list, such as '{a,b}'.")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" has an element that is null", name),
				 errhint("Leave the element out.")));
	store_array_texts(PointerGetDatum(array), items, nitems);
}

/* A scalar is a row of one column. */
static TupleDesc
row_type(FunctionCallInfo fcinfo)
{
	Oid			type;
	TupleDesc	desc;

	switch (get_call_result_type(fcinfo, &type, &desc))
	{
		case TYPEFUNC_COMPOSITE:
			return CreateTupleDescCopy(desc);
		case TYPEFUNC_SCALAR:
			desc = CreateTemplateTupleDesc(1);
			TupleDescInitEntry(desc, 1, "result", type, -1, 0);
			return desc;
		default:
			elog(ERROR, "return type must be a row type or a scalar");
	}
}

ResultSet *
result_begin(FunctionCallInfo fcinfo)
{
	ReturnSetInfo *rsinfo = (ReturnSetInfo *) fcinfo->resultinfo;
	ResultSet  *result = palloc(sizeof(ResultSet));
	MemoryContext old;

	if (rsinfo == NULL || !IsA(rsinfo, ReturnSetInfo) || !(rsinfo->allowedModes & SFRM_Materialize))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("set-valued function called in context that cannot accept a set")));

	old = MemoryContextSwitchTo(rsinfo->econtext->ecxt_per_query_memory);
	result->desc = row_type(fcinfo);
	result->store = tuplestore_begin_heap(rsinfo->allowedModes & SFRM_Materialize_Random, false,
										  work_mem);
	rsinfo->returnMode = SFRM_Materialize;
	rsinfo->setResult = result->store;
	rsinfo->setDesc = result->desc;
	MemoryContextSwitchTo(old);
	return result;
}

void
result_put(ResultSet *result, Datum *values, bool *nulls)
{
	tuplestore_putvalues(result->store, result->desc, values, nulls);
}

Datum
result_ids(FunctionCallInfo fcinfo, IdList ids)
{
	ResultSet  *result = result_begin(fcinfo);

	for (int i = 0; i < ids.n; i++)
	{
		Datum		value = CStringGetTextDatum(ids.ids[i]);
		bool		isnull = false;

		result_put(result, &value, &isnull);
	}
	return (Datum) 0;
}

void
set_text(Datum *values, bool *nulls, int column, const char *text)
{
	nulls[column] = text == NULL;
	values[column] = text == NULL ? (Datum) 0 : CStringGetTextDatum(text);
}

Datum
revisions_array(const Graph *graph, const int *revs, int n, bool sorted)
{
	char	  **ids = palloc(sizeof(char *) * Max(n, 1));

	for (int i = 0; i < n; i++)
		ids[i] = unconstify(char *, graph->revs[revs[i]].links.id);
	if (sorted)
		store_sort_ids(id_list(ids, n));
	return store_text_array(ids, n);
}
