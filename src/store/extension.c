/*
 * extension.c
 *		Is the loaded library of the same version as the extension in this database?
 *
 * A new package replaces the library while databases still have the extension's old
 * version; and after ALTER EXTENSION UPDATE a session may still have the old library
 * loaded.  In both cases the tables may not have the columns that the code expects.
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

/* Returns the extension's version, or NULL if the catalog has none, as during DROP EXTENSION. */
static char *
catalog_version(void)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;
	char	   *version = NULL;

	ScanKeyInit(&key, Anum_pg_extension_extname, BTEqualStrategyNumber, F_NAMEEQ,
				CStringGetDatum("migrate_ext"));
	scan = systable_beginscan(rel, ExtensionNameIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		bool		isnull;
		Datum		value = heap_getattr(tuple, Anum_pg_extension_extversion, RelationGetDescr(rel),
										 &isnull);

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
	/*
	 * check once per transaction; a session begins no two in the same
	 * microsecond
	 */
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
