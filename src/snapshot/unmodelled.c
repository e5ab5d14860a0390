/*
 * unmodelled.c
 *		What is in the managed schemas and no kind has read is said by name.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "snapshot/loader.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_trigger.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/*
 * A NOT NULL, which 18 has as a constraint, is known by its column; that of a constraint trigger by
 * the trigger.
 */
static bool
is_known_otherwise(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		result = false;

	if (HeapTupleIsValid(tuple))
	{
		char		type = ((Form_pg_constraint) GETSTRUCT(tuple))->contype;

		result = type == 'n' || type == CONSTRAINT_TRIGGER;
		ReleaseSysCache(tuple);
	}
	return result;
}

/* The server or an extension has made it for itself: pg_dump does not write it, either. */
static bool
is_internal_trigger(Oid trigger)
{
	bool		is_internal;

	(void) asked_trigger_function(trigger, &is_internal);
	return is_internal;
}

/* In words; also a row of pg_depend whose object does not exist. */
static char *
describe(const ObjectAddress *address)
{
	char	   *words = outside_is_missing(address) ? NULL : getObjectDescription(address, false);

	if (words != NULL)
		return words;
	return psprintf("object %u of %s, which does not exist, but in pg_depend", address->objectId,
					get_rel_name(address->classId));
}

/*
 * What no kind has read although it belongs to a managed schema, to one of our
 * objects, or to no schema at all, is said by name.  What a kind has read and
 * was left out, was left out on purpose.
 */
static void
note_unmodelled(Loader *loader, Oid classid, Oid objid)
{
	ObjectAddress address = {classid, objid, 0};
	MemoryContext old;

	if (ignored_has(loader->ignored, classid, objid) ||
		(classid == TriggerRelationId && is_internal_trigger(objid)) ||
		(classid == ConstraintRelationId && is_known_otherwise(objid)) ||
		(classid == OperatorRelationId && !OidIsValid(get_opcode(objid))))
		return;
	if (loader_find(loader->addresses, classid, objid, 0) != NULL ||
		!loader_add(loader->members, classid, objid, 0, NULL, false))
		return;
	old = MemoryContextSwitchTo(loader->context);
	loader->snapshot->unmodelled = lappend(loader->snapshot->unmodelled, describe(&address));
	MemoryContextSwitchTo(old);
}

/* What a partition has because its parent has it. */
static void
visit_copy(Loader *loader, Form_pg_depend depend)
{
	if (depend->deptype == DEPENDENCY_PARTITION_PRI)
		(void) loader_add(loader->members, depend->classid, depend->objid, 0, NULL, false);
}

static void
visit_unmodelled(Loader *loader, Form_pg_depend depend)
{
	AddressEntry *to;
	bool		in_schema = depend->refclassid == NamespaceRelationId;

	if (depend->objid < FirstNormalObjectId ||
		depend->deptype != (in_schema ? DEPENDENCY_NORMAL : DEPENDENCY_AUTO))
		return;
	/* publications are outside of the schemas, whatever they publish */
	if (depend->classid == PublicationRelRelationId && !loader->snapshot->managed.whole)
		return;
	to = loader_find(loader->addresses, depend->refclassid, depend->refobjid, 0);
	if (to != NULL && to->is_own && !to->object->ignored)
		note_unmodelled(loader, depend->classid, depend->objid);
}

void
unmodelled_note(Loader *loader)
{
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, loader->loaded)
	{
		const SchemaObject *object = ((Loaded *) lfirst(lc))->object;

		(void) loader_add(loader->members, object->classid, object->objid, 0, NULL, false);
	}
	loader_scan_depend(loader, visit_copy);
	loader_scan_depend(loader, visit_unmodelled);
	if (!loader->snapshot->managed.whole || loader->shadow != NULL || superuser())
		return;
	/* the others may see no more than their names */
	loader_query(loader, "SELECT 'subscription ' || quote_ident(subname) FROM pg_subscription"
				 " WHERE subdbid = (SELECT oid FROM pg_database"
				 " WHERE datname = current_database())");
	old = MemoryContextSwitchTo(loader->context);
	for (uint64 i = 0; i < SPI_processed; i++)
		loader->snapshot->unmodelled = lappend(loader->snapshot->unmodelled,
											   loader_text(SPI_tuptable->vals[i], 1));
	MemoryContextSwitchTo(old);
	SPI_freetuptable(SPI_tuptable);
}
