/*
 * spi.c
 *		Runs our own queries, with the right role and search_path.
 *
 * The tables belong to the extension's owner, and nobody else needs rights on
 * them, only EXECUTE on our functions.  So each of our queries runs as that owner.
 * This is safe because a query touches only our tables, is a constant text with
 * parameters, and looks up names in pg_catalog only.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "store/store.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

Oid
store_table(const char *name)
{
	Oid			nspid = get_namespace_oid("migrate", true);
	Oid			relid = OidIsValid(nspid) ? get_relname_relid(name, nspid) : InvalidOid;

	store_check_version();
	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("table migrate.%s does not exist", name),
				 errdetail("The tables of the extension migrate_ext have been moved, renamed or dropped."),
				 errhint("Give the schema and its tables their names back, or restore them from a backup.")));
	return relid;
}

/* Returns the owner of the tables, who is also the owner of the extension. */
static Oid
tables_owner(void)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(store_table("revisions")));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "table migrate.revisions vanished");
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

void
store_enter(StoreScope *scope)
{
	Oid			owner = tables_owner();
	int			rc;

	scope->caller = CurrentMemoryContext;
	GetUserIdAndSecContext(&scope->userid, &scope->sec_context);
	scope->nest_level = settings_pin_path();
	SetUserIdAndSecContext(owner, scope->sec_context | SECURITY_LOCAL_USERID_CHANGE);
	rc = SPI_connect();
	if (rc != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed: %s", SPI_result_code_string(rc));
}

void
store_leave(StoreScope *scope)
{
	int			rc = SPI_finish();

	if (rc != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed: %s", SPI_result_code_string(rc));
	SetUserIdAndSecContext(scope->userid, scope->sec_context);
	settings_leave(scope->nest_level);
	MemoryContextSwitchTo(scope->caller);
}

void
store_query(const char *sql, int nargs, Oid *types, Datum *values,
			const char *nulls, bool read_only, int expected)
{
	int			rc = SPI_execute_with_args(sql, nargs, types, values, nulls, read_only, 0);

	if (rc != expected)
		elog(ERROR, "query returned %s instead of %s: %s",
			 SPI_result_code_string(rc), SPI_result_code_string(expected), sql);
}

void
store_query_again(SPIPlanPtr *plan, const char *sql, int nargs, Oid *types, Datum *values,
				  const char *nulls, int expected)
{
	int			rc;

	if (*plan == NULL)
	{
		SPIPlanPtr	prepared = SPI_prepare(sql, nargs, types);

		if (prepared == NULL || SPI_keepplan(prepared) != 0)
			elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
		*plan = prepared;
	}
	rc = SPI_execute_plan(*plan, values, nulls, false, 0);
	if (rc != expected)
		elog(ERROR, "query returned %s instead of %s: %s",
			 SPI_result_code_string(rc), SPI_result_code_string(expected), sql);
}

char *
store_text(MemoryContext context, int row, int i)
{
	char	   *value = SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, i);

	return value != NULL ? MemoryContextStrdup(context, value) : NULL;
}

Datum
store_text_array(char **items, int nitems)
{
	Datum	   *datums = palloc(sizeof(Datum) * Max(nitems, 1));

	for (int i = 0; i < nitems; i++)
		datums[i] = CStringGetTextDatum(items[i]);
	return PointerGetDatum(construct_array(datums, nitems, TEXTOID, -1, false, TYPALIGN_INT));
}

void
store_array_texts(Datum array, char ***items, int *nitems)
{
	ArrayType  *arr = DatumGetArrayTypeP(array);
	Datum	   *datums;
	bool	   *nulls;

	*items = NULL;
	*nitems = 0;
	if (ARR_NDIM(arr) == 0)
		return;
	deconstruct_array(arr, TEXTOID, -1, false, TYPALIGN_INT, &datums, &nulls, nitems);
	*items = palloc(sizeof(char *) * Max(*nitems, 1));
	for (int i = 0; i < *nitems; i++)
		(*items)[i] = nulls[i] ? pstrdup("") : TextDatumGetCString(datums[i]);
}

void
store_sort_ids(IdList ids)
{
	qsort(ids.ids, ids.n, sizeof(char *), pg_qsort_strcmp);
}

bool
store_contains(IdList ids, const char *id)
{
	return bsearch(&id, ids.ids, ids.n, sizeof(char *), pg_qsort_strcmp) != NULL;
}
