/*
 * elsewhere.c
 *		What no shadow holds, since it is in other servers.
 *
 * A revision that Citus carries to its workers would be run there for real, beside the tables
 * of the same names that nobody has put away.  So revisions are not run again where there are any.
 */
#include "postgres.h"

#include "shadow/shadow.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "commands/extension.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

/* The nodes of Citus but for this one, which is group 0. */
static int
count_workers(void)
{
	Oid			relid = OidIsValid(get_extension_oid("citus", true))
	? get_relname_relid("pg_dist_node", PG_CATALOG_NAMESPACE) : InvalidOid;
	AttrNumber	column = OidIsValid(relid) ? get_attnum(relid, "groupid") : InvalidAttrNumber;
	int			n = 0;
	Relation	rel;
	SysScanDesc scan;
	HeapTuple	tuple;

	if (column == InvalidAttrNumber)
		return 0;
	rel = relation_open(relid, AccessShareLock);
	scan = systable_beginscan(rel, InvalidOid, false, GetActiveSnapshot(), 0, NULL);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		Datum		group = heap_getattr(tuple, column, RelationGetDescr(rel), &isnull);

		if (!isnull && DatumGetInt32(group) != 0)
			n++;
	}
	systable_endscan(scan);
	relation_close(rel, AccessShareLock);
	return n;
}

void
elsewhere_refuse(const char *function)
{
	int			n = count_workers();

	if (n == 0)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s cannot run revisions again in a database that Citus distributes", function),
			 errdetail_plural("Citus would run them on %d worker as well, where nothing is put away.",
							  "Citus would run them on %d workers as well, where nothing is put away.",
							  n, n),
			 errhint("Call it in a scratch database that has Citus without workers and these revisions; see docs/diff.md.")));
}
