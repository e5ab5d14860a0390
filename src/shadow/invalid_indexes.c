/*
 * invalid_indexes.c
 *		What the copy of a live schema has in the place of its INVALID indexes.
 *
 * No statement makes an INVALID index, so a copy has a valid one.  That is enough for a comparison,
 * but not for a plan that is tried out: a UNIQUE index that could not be built would refuse the
 * rows that the copy gets, and the one that an interrupted run has left behind would be in the way
 * of the statement that builds it again.
 */
#include "postgres.h"

#include "kinds/kinds.h"
#include "shadow/shadow.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* As CREATE INDEX CONCURRENTLY leaves it behind: new rows do not go into it. */
static void
make_invalid(Oid index)
{
	Relation	rel = table_open(IndexRelationId, RowExclusiveLock);
	HeapTuple	tuple = SearchSysCacheCopy1(INDEXRELID, ObjectIdGetDatum(index));

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_index form = (Form_pg_index) GETSTRUCT(tuple);

		form->indisvalid = false;
		form->indisready = false;
		form->indisclustered = false;
		CatalogTupleUpdate(rel, &tuple->t_self, tuple);
	}
	table_close(rel, RowExclusiveLock);
}

void
shadow_invalid_indexes(const SchemaSnapshot *live, bool goes_on)
{
	for (int i = 0; i < live->nobjects; i++)
	{
		const SchemaObject *object = live->objects[i];
		ObjectAddress address;

		CHECK_FOR_INTERRUPTS();
		if (!index_is_invalid(object))
			continue;
		ObjectAddressSet(address, RelationRelationId,
						 get_relname_relid(object->name, get_namespace_oid(object->schema, true)));

		/*
		 * that of a partitioned table waits for those of the partitions, in
		 * the copy, too
		 */
		if (get_rel_relkind(address.objectId) != RELKIND_INDEX)
			continue;

		/*
		 * what is attached to another index is none that a run has left
		 * behind
		 */
		if (goes_on && !get_rel_relispartition(address.objectId))
			performDeletion(&address, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
		else
			make_invalid(address.objectId);
	}
	CommandCounterIncrement();
}
