/*
 * citus.c
 *		What Citus says of this node and of a table; nothing where it is not installed.
 *
 * On a worker a table's DDL comes from the coordinator, and the books would be those of one node.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "store/store.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "commands/extension.h"
#include "executor/spi.h"
#include "utils/lsyscache.h"

static bool
is_installed(const char *table)
{
	return OidIsValid(get_relname_relid(table, PG_CATALOG_NAMESPACE)) &&
		OidIsValid(get_extension_oid("citus", true));
}

/* The query's only value; 0 for none. */
static int64
ask(const char *sql, int nargs, Datum *values)
{
	Oid			types[] = {OIDOID};
	int			nest_level = settings_pin_path();
	int64		result = 0;
	bool		isnull;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	store_query(sql, nargs, types, values, NULL, false, SPI_OK_SELECT);
	if (SPI_processed > 0)
	{
		Datum		value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1, &isnull);

		result = isnull ? 0 : DatumGetInt64(value);
	}
	if (SPI_finish() != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed");
	settings_leave(nest_level);
	return result;
}

void
store_require_coordinator(const char *function)
{
	if (!is_installed("pg_dist_local_group") ||
		ask("SELECT max(groupid)::int8 FROM pg_catalog.pg_dist_local_group", 0, NULL) == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s runs on the coordinator of Citus, and this is a worker", function),
			 errdetail("The coordinator sends to the workers what they need of a revision."),
			 errhint("Connect to the coordinator: see SELECT nodename, nodeport FROM pg_dist_node WHERE groupid = 0.")));
}

int64
store_distributed_size(Oid table)
{
	Datum		values[] = {ObjectIdGetDatum(table)};

	if (!is_installed("pg_dist_partition") ||
		ask("SELECT count(*) FROM pg_catalog.pg_dist_partition WHERE logicalrelid = $1", 1,
			values) == 0)
		return -1;
	return ask("SELECT pg_catalog.citus_total_relation_size($1::pg_catalog.regclass, false)", 1,
			   values);
}
