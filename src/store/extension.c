/*
 * extension.c
 *		Does the library belong to the extension that this database has?
 *
 * A new package replaces the library under databases whose extension is still
 * of the version before, and a session may have the library of before loaded
 * when the extension has been updated.  Neither may touch tables that it takes
 * for others.
 */
#include "postgres.h"

#include "compat.h"
#include "store/store.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/pg_extension.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

/* NULL if there is no such extension, as while it is being dropped. */
static char *
catalog_version(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum("migrate_ext"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(rel), &isnull);

		if (!isnull)
			version = TextDatumGetCString(value);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return version;
}

void
store_check_version(void)
{
	/* once a transaction; no two of a session begin in the same microsecond */
	static TimestampTz checked_in = 0;
	char	   *version;

	if (checked_in == GetCurrentTransactionStartTimestamp())
		return;
	version = catalog_version();
	if (version != NULL && strcmp(version, MIGRATE_EXT_VERSION) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the library migrate_ext is of version %s, the extension in this database of version %s",
						MIGRATE_EXT_VERSION, version),
				 errdetail("Nothing was read or written."),
				 errhint("Run ALTER EXTENSION migrate_ext UPDATE. If that has been done already, connect anew, so that the new library is loaded.")));
	checked_in = GetCurrentTransactionStartTimestamp();
}
