/*
 * mute.c
 *		No event trigger fires while a text is tried out.
 *
 * Not those that are there, which are meant for what is really done; nor those
 * that the text makes, which are to be looked at, not obeyed.  They are
 * disabled in the catalog, on every version of the server, and enabled again
 * before anybody looks.
 *
 * But an extension's own keep its books in order (Citus and TimescaleDB learn from
 * them of tables that are dropped): those fire, as far as the caller may run them here.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_proc.h"
#include "commands/event_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/rel.h"
#include "utils/syscache.h"

typedef struct MutedTrigger
{
	Oid			oid;
	char		enabled;
} MutedTrigger;

/* guard.c would refuse a SECURITY DEFINER function of somebody as whom the caller cannot act. */
static bool
fires_in_shadow(const FormData_pg_event_trigger *trigger)
{
	HeapTuple	tuple;
	Form_pg_proc function;
	bool		result;

	if (!OidIsValid(getExtensionOfObject(EventTriggerRelationId, trigger->oid)))
		return false;
	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(trigger->evtfoid));
	if (!HeapTupleIsValid(tuple))
		return false;
	function = (Form_pg_proc) GETSTRUCT(tuple);
	result = !function->prosecdef || has_privs_of_role(GetUserId(), function->proowner);
	ReleaseSysCache(tuple);
	return result;
}

List *
mute_event_triggers(List *muted)
{
	Relation	rel = table_open(EventTriggerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, EventTriggerOidIndexId, true, NULL, 0, NULL);
	List	   *found = NIL;
	ListCell   *lc;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_event_trigger form = (Form_pg_event_trigger) GETSTRUCT(tuple);
		MutedTrigger *trigger;

		if (form->evtenabled == TRIGGER_DISABLED || fires_in_shadow(form))
			continue;
		trigger = palloc(sizeof(MutedTrigger));
		trigger->oid = form->oid;
		trigger->enabled = form->evtenabled;
		found = lappend(found, trigger);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);

	foreach(lc, found)
	{
		(void) hide_update_column(EventTriggerRelationId, ((MutedTrigger *) lfirst(lc))->oid,
								  Anum_pg_event_trigger_evtenabled, CharGetDatum(TRIGGER_DISABLED));
	}
	CommandCounterIncrement();
	return list_concat(found, muted);
}

List *
mute_forget(List *muted, Oid trigger)
{
	ListCell   *lc;

	foreach(lc, muted)
	{
		if (((MutedTrigger *) lfirst(lc))->oid == trigger)
			muted = foreach_delete_current(muted, lc);
	}
	return muted;
}

void
mute_end(List *muted)
{
	ListCell   *lc;

	foreach(lc, muted)
	{
		MutedTrigger *trigger = lfirst(lc);

		(void) hide_update_column(EventTriggerRelationId, trigger->oid,
								  Anum_pg_event_trigger_evtenabled, CharGetDatum(trigger->enabled));
	}
	CommandCounterIncrement();
}
