/*
 * race.c
 *		What another session does to the catalogs while we look at them.
 *
 * Every change of a catalog sends invalidation messages to all sessions, which
 * the server counts.  If none has come while something was read, nothing was
 * changed meanwhile.  A message may also be of a temporary table or of ANALYZE:
 * that one has come does not say that what was read is wrong.
 */
#include "postgres.h"

#include "race.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/sinval.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

ErrorData *
race_try(void (*body) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

uint64
race_moment(void)
{
	AcceptInvalidationMessages();
	/* never 0, which stands for no moment */
	return SharedInvalidMessageCounter + 1;
}

/* Do both see the same transactions as committed? */
static bool
see_the_same(Snapshot a, Snapshot b)
{
	return a->xmax == b->xmax && a->xcnt == b->xcnt && a->subxcnt == b->subxcnt &&
		!a->suboverflowed && !b->suboverflowed;
}

bool
race_seen(uint64 since)
{
	if (IsolationUsesXactSnapshot())
		return !see_the_same(GetTransactionSnapshot(), GetLatestSnapshot());
	return race_moment() != since;
}

Snapshot
race_remember(void)
{
	return RegisterSnapshot(IsolationUsesXactSnapshot() ? GetTransactionSnapshot()
							: GetLatestSnapshot());
}

void
race_forget(Snapshot before)
{
	UnregisterSnapshot(before);
}

/* What objects consist of, and of which relation a row tells, if of one. */
static const struct
{
	Oid			catalog;
	AttrNumber	relation;
}			looked_at[] = {
	{RelationRelationId, 0},
	{AttributeRelationId, Anum_pg_attribute_attrelid},
	{AttrDefaultRelationId, Anum_pg_attrdef_adrelid},
	{ConstraintRelationId, Anum_pg_constraint_conrelid},
	{IndexRelationId, Anum_pg_index_indrelid},
	{TriggerRelationId, Anum_pg_trigger_tgrelid},
	{RewriteRelationId, Anum_pg_rewrite_ev_class},
	{PolicyRelationId, Anum_pg_policy_polrelid},
	{InheritsRelationId, Anum_pg_inherits_inhrelid},
	{StatisticExtRelationId, Anum_pg_statistic_ext_stxrelid},
	{NamespaceRelationId, 0},
	{TypeRelationId, 0},
	{EnumRelationId, 0},
	{ProcedureRelationId, 0},
	{OperatorRelationId, 0},
	{OperatorClassRelationId, 0},
	{OperatorFamilyRelationId, 0},
	{AccessMethodOperatorRelationId, 0},
	{AccessMethodProcedureRelationId, 0},
	{CastRelationId, 0},
	{CollationRelationId, 0},
	{ConversionRelationId, 0},
	{LanguageRelationId, 0},
	{AccessMethodRelationId, 0},
	{ExtensionRelationId, 0},
	{ForeignDataWrapperRelationId, 0},
	{ForeignServerRelationId, 0},
	{TSConfigRelationId, 0},
	{TSDictionaryRelationId, 0},
	{TSParserRelationId, 0},
	{TSTemplateRelationId, 0},
	{TransformRelationId, 0},
	{PublicationRelationId, 0},
	{EventTriggerRelationId, 0},
	{AuthIdRelationId, 0}
};

/*
 * Is it a temporary object, or a part of a relation that is one, or that is gone: of which its own
 * row tells?
 */
static bool
is_temporary(Relation rel, HeapTuple tuple, AttrNumber relation)
{
	Oid			catalog = RelationGetRelid(rel);
	AttrNumber	column = relation;
	bool		isnull;
	Oid			oid;

	if (column == 0 && is_objectclass_supported(catalog))
		column = get_object_attnum_namespace(catalog);
	if (column == InvalidAttrNumber)
		return false;
	oid = DatumGetObjectId(heap_getattr(tuple, column, RelationGetDescr(rel), &isnull));
	/* a constraint of a domain */
	if (!OidIsValid(oid))
		return false;
	if (relation == 0)
		return isAnyTempNamespace(oid);
	oid = get_rel_namespace(oid);
	return !OidIsValid(oid) || isAnyTempNamespace(oid);
}

/*
 * Has somebody's transaction that is over by now deleted it, or written another version?  It was
 * there before.
 */
static bool
is_replaced(HeapTuple tuple)
{
	HeapTupleHeader header = tuple->t_data;

	return (header->t_infomask & HEAP_XMAX_INVALID) == 0 &&
		!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
		TransactionIdDidCommit(HeapTupleHeaderGetUpdateXid(header));
}

bool
race_lost_any(Snapshot before)
{
	bool		lost = false;

	AcceptInvalidationMessages();
	for (int i = 0; i < lengthof(looked_at) && !lost; i++)
	{
		Relation	rel = table_open(looked_at[i].catalog, AccessShareLock);
		SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, before, 0, NULL);
		HeapTuple	tuple;

		while (!lost && HeapTupleIsValid(tuple = systable_getnext(scan)))
		{
			CHECK_FOR_INTERRUPTS();
			lost = is_replaced(tuple) && !is_temporary(rel, tuple, looked_at[i].relation);
		}
		systable_endscan(scan);
		table_close(rel, AccessShareLock);
	}
	return lost;
}

bool
race_is_internal(const ErrorData *error)
{
	if (error->sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ||
		error->sqlerrcode == ERRCODE_DATA_CORRUPTED)
		return true;
	/* those of our own have a hint */
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_TO_CATEGORY(ERRCODE_INTERNAL_ERROR) &&
		error->hint == NULL;
}

bool
race_explains(const ErrorData *error)
{
	int			category = ERRCODE_TO_CATEGORY(error->sqlerrcode);

	return race_is_internal(error) || category == ERRCODE_TO_CATEGORY(ERRCODE_UNDEFINED_SCHEMA) ||
		(category == ERRCODE_TO_CATEGORY(ERRCODE_UNDEFINED_OBJECT) &&
		 error->sqlerrcode != ERRCODE_INSUFFICIENT_PRIVILEGE);
}

void
race_raise(const ErrorData *error)
{
	ereport(ERROR,
			(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
			 errmsg("the schema was changed while it was read; try again"),
			 error ? errdetail("Another session has run DDL meanwhile: %s", error->message)
			 : errdetail("Another session has run DDL meanwhile."),
			 IsolationUsesXactSnapshot()
			 ? errhint("This transaction sees the database as it was at its first statement: end it with ROLLBACK, and begin another one.")
			 : errhint("Run it again, when the other session is done.")));
}
