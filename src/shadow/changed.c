/*
 * changed.c
 *		The rows of the catalogs that a text has changed.
 *
 * A text's rows are known by the transaction and the command that are written in them,
 * but to look at every row after every text takes ever longer as the schema grows.  Every
 * change of a page writes WAL and leaves its position on the page; so only pages with a
 * position after the beginning of the text are read.  What is read of the others
 * is their header.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/changed.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/pg_aggregate.h"
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
#include "catalog/pg_default_acl.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_description.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_extension.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_index.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_partitioned_table.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_range.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_seclabel.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_tablespace.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_config_map.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/fmgroids.h"
#include "utils/rel.h"

/* ------------------------------------------------------------------------ rows */

void
changed_begin(ChangeMark *mark)
{
	mark->position = GetXLogInsertRecPtr();
	mark->command = GetCurrentCommandId(false);
	mark->read = NIL;
}

/* By which command since the mark was the version written, and by which deleted? */
static void
by_whom(const Shadow *shadow, const ChangeMark *mark, HeapTuple tuple, ChangedRow *row)
{
	HeapTupleHeader header = tuple->t_data;

	row->written = row->deleted = InvalidCommandId;
	if (shadow_is_own(shadow, tuple))
	{
		row->written = HeapTupleHeaderGetCmin(header);
		if (row->written < mark->command)
			row->written = InvalidCommandId;
	}
	if (!(header->t_infomask & HEAP_XMAX_INVALID) &&
		!HEAP_XMAX_IS_LOCKED_ONLY(header->t_infomask) &&
		shadow_is_own_xid(shadow, HeapTupleHeaderGetUpdateXid(header)))
	{
		row->deleted = HeapTupleHeaderGetCmax(header);
		if (row->deleted < mark->command)
			row->deleted = InvalidCommandId;
	}
}

static List *
read_page(const Shadow *shadow, const ChangeMark *mark, Relation rel, Buffer buffer, List *rows)
{
	Page		page = BufferGetPage(buffer);
	OffsetNumber last = PageGetMaxOffsetNumber(page);

	for (OffsetNumber i = FirstOffsetNumber; i <= last; i++)
	{
		ItemId		item = PageGetItemId(page, i);
		HeapTupleData tuple;
		ChangedRow	row;

		if (!ItemIdIsNormal(item))
			continue;
		tuple.t_data = (HeapTupleHeader) PageGetItem(page, item);
		tuple.t_len = ItemIdGetLength(item);
		tuple.t_tableOid = RelationGetRelid(rel);
		ItemPointerSet(&tuple.t_self, BufferGetBlockNumber(buffer), i);
		by_whom(shadow, mark, &tuple, &row);
		/* there before and after, or neither before nor after */
		if ((row.written == InvalidCommandId) == (row.deleted == InvalidCommandId))
			continue;
		row.tuple = heap_copytuple(&tuple);
		rows = lappend(rows, memcpy(palloc(sizeof(row)), &row, sizeof(row)));
	}
	return rows;
}

static List *
read_rows(const Shadow *shadow, const ChangeMark *mark, Relation rel)
{
	BlockNumber nblocks = RelationGetNumberOfBlocks(rel);
	List	   *rows = NIL;

	for (BlockNumber block = 0; block < nblocks; block++)
	{
		Buffer		buffer = ReadBuffer(rel, block);

		CHECK_FOR_INTERRUPTS();
		if (BufferGetLSNAtomic(buffer) > mark->position)
		{
			LockBuffer(buffer, BUFFER_LOCK_SHARE);
			rows = read_page(shadow, mark, rel, buffer, rows);
			LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
		}
		ReleaseBuffer(buffer);
	}
	return rows;
}

typedef struct ReadCatalog
{
	Oid			oid;
	List	   *rows;			/* ChangedRow * */
} ReadCatalog;

List *
changed_rows(const Shadow *shadow, ChangeMark *mark, Relation rel)
{
	ReadCatalog *catalog;
	ListCell   *lc;

	foreach(lc, mark->read)
	{
		catalog = lfirst(lc);
		if (catalog->oid == RelationGetRelid(rel))
			return catalog->rows;
	}
	catalog = palloc(sizeof(ReadCatalog));
	catalog->oid = RelationGetRelid(rel);
	catalog->rows = read_rows(shadow, mark, rel);
	mark->read = lappend(mark->read, catalog);
	return catalog->rows;
}

/* ------------------------------------------------------------------- addresses */

/*
 * Which object is changed with a row of the catalog?  Where the columns of class or
 * object are not said, it is the class given, and the first column.
 */
typedef struct Part
{
	Oid			catalog;
	Oid			classid;		/* InvalidOid: the objects of all */
	AttrNumber	object_column;
	AttrNumber	class_column;
} Part;

#define OID_COLUMN 1
#define ITSELF(catalog) {catalog, catalog, OID_COLUMN, 0}

/* A catalog's lines stand together. */
static const Part parts[] = {
	/* their names are in what is printed of anything */
	{NamespaceRelationId, InvalidOid, 0, 0},
	{ExtensionRelationId, InvalidOid, 0, 0},
	{AuthIdRelationId, InvalidOid, 0, 0},
	{TableSpaceRelationId, InvalidOid, 0, 0},

	/*
	 * and so is an operator's in that of its negator, which does not depend
	 * on it
	 */
	{OperatorRelationId, InvalidOid, 0, 0},
	ITSELF(RelationRelationId),
	{AttributeRelationId, RelationRelationId, Anum_pg_attribute_attrelid, 0},
	ITSELF(AttrDefaultRelationId),
	{AttrDefaultRelationId, RelationRelationId, Anum_pg_attrdef_adrelid, 0},
	{IndexRelationId, RelationRelationId, Anum_pg_index_indexrelid, 0},
	{IndexRelationId, RelationRelationId, Anum_pg_index_indrelid, 0},
	{SequenceRelationId, RelationRelationId, Anum_pg_sequence_seqrelid, 0},
	{ForeignTableRelationId, RelationRelationId, Anum_pg_foreign_table_ftrelid, 0},
	{PartitionedRelationId, RelationRelationId, Anum_pg_partitioned_table_partrelid, 0},
	{InheritsRelationId, RelationRelationId, Anum_pg_inherits_inhrelid, 0},
	ITSELF(TriggerRelationId),
	ITSELF(PolicyRelationId),
	ITSELF(RewriteRelationId),
	{RewriteRelationId, RelationRelationId, Anum_pg_rewrite_ev_class, 0},
	ITSELF(ConstraintRelationId),
	{ConstraintRelationId, RelationRelationId, Anum_pg_constraint_conrelid, 0},
	{ConstraintRelationId, TypeRelationId, Anum_pg_constraint_contypid, 0},
	ITSELF(StatisticExtRelationId),
	ITSELF(TypeRelationId),
	{EnumRelationId, TypeRelationId, Anum_pg_enum_enumtypid, 0},
	{RangeRelationId, TypeRelationId, Anum_pg_range_rngtypid, 0},
	ITSELF(ProcedureRelationId),
	{AggregateRelationId, ProcedureRelationId, Anum_pg_aggregate_aggfnoid, 0},
	ITSELF(OperatorFamilyRelationId),
	ITSELF(OperatorClassRelationId),
	ITSELF(AccessMethodOperatorRelationId),
	{AccessMethodOperatorRelationId, OperatorFamilyRelationId, Anum_pg_amop_amopfamily, 0},
	ITSELF(AccessMethodProcedureRelationId),
	{AccessMethodProcedureRelationId, OperatorFamilyRelationId, Anum_pg_amproc_amprocfamily, 0},
	ITSELF(CollationRelationId),
	ITSELF(ConversionRelationId),
	ITSELF(TSConfigRelationId),
	{TSConfigMapRelationId, TSConfigRelationId, Anum_pg_ts_config_map_mapcfg, 0},
	ITSELF(TSDictionaryRelationId),
	ITSELF(TSParserRelationId),
	ITSELF(TSTemplateRelationId),
	ITSELF(DefaultAclRelationId),
	ITSELF(PublicationRelationId),
	ITSELF(PublicationRelRelationId),
	{PublicationRelRelationId, PublicationRelationId, Anum_pg_publication_rel_prpubid, 0},
#if COMPAT_PUBLISHED_SCHEMAS
	ITSELF(PublicationNamespaceRelationId),
#endif
	ITSELF(SubscriptionRelationId),
	ITSELF(ForeignDataWrapperRelationId),
	ITSELF(ForeignServerRelationId),
	ITSELF(UserMappingRelationId),
	ITSELF(EventTriggerRelationId),
	ITSELF(LanguageRelationId),
	ITSELF(AccessMethodRelationId),
	ITSELF(CastRelationId),
	ITSELF(TransformRelationId),
	{DescriptionRelationId, InvalidOid, Anum_pg_description_objoid, Anum_pg_description_classoid},
	{SecLabelRelationId, InvalidOid, Anum_pg_seclabel_objoid, Anum_pg_seclabel_classoid},
	{DependRelationId, InvalidOid, Anum_pg_depend_objid, Anum_pg_depend_classid}
};

static Oid
column_oid(Relation rel, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;

	return DatumGetObjectId(heap_getattr(tuple, column, RelationGetDescr(rel), &isnull));
}

static HTAB *
new_addresses(void)
{
	HASHCTL		ctl =
	{.keysize = sizeof(ChangedAddress),.entrysize = sizeof(ChangedAddress),
	.hcxt = CurrentMemoryContext};

	return hash_create("migrate_ext changed objects", 64, &ctl,
					   HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
}

Changed *
changed_nothing(void)
{
	Changed    *changed = palloc0(sizeof(Changed));

	changed->addresses = new_addresses();
	return changed;
}

bool
changed_is_nothing(const Changed *changed)
{
	return !changed->everything && hash_get_num_entries(changed->addresses) == 0;
}

static void
add(Changed *changed, Oid classid, Oid objid)
{
	ChangedAddress address = {classid, objid};

	if (OidIsValid(objid))
		(void) hash_search(changed->addresses, &address, HASH_ENTER, NULL);
}

static void
add_row(Changed *changed, const Part *part, Relation rel, HeapTuple tuple)
{
	if (part->object_column == 0)
		changed->everything = true;
	else
		add(changed, part->class_column > 0 ? column_oid(rel, tuple, part->class_column)
			: part->classid,
			column_oid(rel, tuple, part->object_column));
}

void
changed_add(Changed *changed, const Shadow *shadow, ChangeMark *mark)
{
	for (int i = 0; i < lengthof(parts);)
	{
		const Part *first = &parts[i];
		Relation	rel = table_open(first->catalog, AccessShareLock);
		List	   *rows = changed_rows(shadow, mark, rel);
		ListCell   *lc;

		for (; i < lengthof(parts) && parts[i].catalog == first->catalog; i++)
		{
			foreach(lc, rows)
			{
				add_row(changed, &parts[i], rel, ((ChangedRow *) lfirst(lc))->tuple);
			}
		}
		table_close(rel, AccessShareLock);
	}
}

void
changed_union(Changed *changed, const Changed *other)
{
	HASH_SEQ_STATUS status;
	ChangedAddress *address;

	changed->everything |= other->everything;
	hash_seq_init(&status, other->addresses);
	while ((address = hash_seq_search(&status)) != NULL)
		(void) hash_search(changed->addresses, address, HASH_ENTER, NULL);
}

/* ------------------------------------------------------------------- what else */

/* The other ends of an object's dependencies. */
static void
add_others(Changed *changed, Relation rel, const ChangedAddress *address, bool dependents)
{
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], dependents ? Anum_pg_depend_refclassid : Anum_pg_depend_classid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(address->classid));
	ScanKeyInit(&keys[1], dependents ? Anum_pg_depend_refobjid : Anum_pg_depend_objid,
				BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(address->objid));
	scan = systable_beginscan(rel, dependents ? DependReferenceIndexId : DependDependerIndexId,
							  true, NULL, 2, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		if (dependents)
			add(changed, dep->classid, dep->objid);
		else if (dep->deptype == DEPENDENCY_INTERNAL ||
				 (dep->deptype == DEPENDENCY_AUTO && address->classid != RelationRelationId))
			add(changed, dep->refclassid, dep->refobjid);
	}
	systable_endscan(scan);
}

static void
add_all_others(Changed *changed, bool dependents)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	long		n = hash_get_num_entries(changed->addresses);
	ChangedAddress *copy = palloc(sizeof(ChangedAddress) * Max(n, 1));
	HASH_SEQ_STATUS status;
	ChangedAddress *address;

	n = 0;
	hash_seq_init(&status, changed->addresses);
	while ((address = hash_seq_search(&status)) != NULL)
		copy[n++] = *address;
	for (long i = 0; i < n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		add_others(changed, rel, &copy[i], dependents);
	}
	pfree(copy);
	table_close(rel, AccessShareLock);
}

Changed *
changed_with_dependents(const Changed *changed)
{
	Changed    *all = changed_nothing();

	changed_union(all, changed);
	if (!all->everything)
	{
		add_all_others(all, true);
		add_all_others(all, false);
	}
	return all;
}
