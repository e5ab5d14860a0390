/*
 * unmanaged.c
 *		Has a text changed something that is not managed?
 *
 * What it has changed is in the catalogs: rows that the shadow's transaction has
 * written or deleted, whatever statement did it.  The number of the command in
 * the row says which statement that was.  Rows are read as they are on disk, the
 * deleted ones too, once for each text.
 */
#include "postgres.h"

#include "compat.h"
#include "errors.h"
#include "exec/exec.h"
#include "shadow/made.h"
#include "shadow/shadow_private.h"
#include "shadow/changed.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_am.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_attribute.h"
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
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_statistic_ext.h"
#include "catalog/pg_subscription.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"
#include "catalog/pg_type.h"
#include "catalog/pg_user_mapping.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* Of every catalog that has one. */
#define OID_COLUMN 1

/* Whose row it is. */
typedef enum Holder
{
	HOLDER_SCHEMA,				/* an object in a schema */
	HOLDER_RELATION,			/* part of a relation, which is named instead */
	HOLDER_TYPE,				/* part of a type */
	HOLDER_OBJECT,				/* part of an object that no schema holds */
	HOLDER_ANY,					/* said of any object, in a schema or not */
	HOLDER_NONE					/* such an object itself */
} Holder;

typedef struct Catalog
{
	Oid			oid;
	Holder		holder;
	AttrNumber	column;			/* that says which schema, relation, type or
								 * object */
	AttrNumber	part;			/* what tells the parts of one holder apart,
								 * if there is no OID */
	Oid			of;				/* HOLDER_OBJECT: the catalog of that */
} Catalog;

/* In the order in which a statement's changes are named. */
static const Catalog catalogs[] = {
	{NamespaceRelationId, HOLDER_SCHEMA, Anum_pg_namespace_oid, 0, InvalidOid},
	{RelationRelationId, HOLDER_SCHEMA, Anum_pg_class_relnamespace, 0, InvalidOid},
	{AttributeRelationId, HOLDER_RELATION, Anum_pg_attribute_attrelid, Anum_pg_attribute_attnum,
	InvalidOid},
	{AttrDefaultRelationId, HOLDER_RELATION, Anum_pg_attrdef_adrelid, 0, InvalidOid},
	{IndexRelationId, HOLDER_RELATION, Anum_pg_index_indrelid, Anum_pg_index_indexrelid,
	InvalidOid},
	{SequenceRelationId, HOLDER_RELATION, Anum_pg_sequence_seqrelid, Anum_pg_sequence_seqrelid,
	InvalidOid},
	{ForeignTableRelationId, HOLDER_RELATION, Anum_pg_foreign_table_ftrelid,
	Anum_pg_foreign_table_ftrelid, InvalidOid},
	{TriggerRelationId, HOLDER_RELATION, Anum_pg_trigger_tgrelid, 0, InvalidOid},
	{PolicyRelationId, HOLDER_RELATION, Anum_pg_policy_polrelid, 0, InvalidOid},
	{RewriteRelationId, HOLDER_RELATION, Anum_pg_rewrite_ev_class, 0, InvalidOid},
	{ConstraintRelationId, HOLDER_SCHEMA, Anum_pg_constraint_connamespace, 0, InvalidOid},
	{StatisticExtRelationId, HOLDER_SCHEMA, Anum_pg_statistic_ext_stxnamespace, 0, InvalidOid},
	{TypeRelationId, HOLDER_SCHEMA, Anum_pg_type_typnamespace, 0, InvalidOid},
	{EnumRelationId, HOLDER_TYPE, Anum_pg_enum_enumtypid, 0, InvalidOid},
	{ProcedureRelationId, HOLDER_SCHEMA, Anum_pg_proc_pronamespace, 0, InvalidOid},
	{OperatorRelationId, HOLDER_SCHEMA, Anum_pg_operator_oprnamespace, 0, InvalidOid},
	{OperatorFamilyRelationId, HOLDER_SCHEMA, Anum_pg_opfamily_opfnamespace, 0, InvalidOid},
	{OperatorClassRelationId, HOLDER_SCHEMA, Anum_pg_opclass_opcnamespace, 0, InvalidOid},
	{CollationRelationId, HOLDER_SCHEMA, Anum_pg_collation_collnamespace, 0, InvalidOid},
	{ConversionRelationId, HOLDER_SCHEMA, Anum_pg_conversion_connamespace, 0, InvalidOid},
	{TSConfigRelationId, HOLDER_SCHEMA, Anum_pg_ts_config_cfgnamespace, 0, InvalidOid},
	{TSDictionaryRelationId, HOLDER_SCHEMA, Anum_pg_ts_dict_dictnamespace, 0, InvalidOid},
	{TSParserRelationId, HOLDER_SCHEMA, Anum_pg_ts_parser_prsnamespace, 0, InvalidOid},
	{TSTemplateRelationId, HOLDER_SCHEMA, Anum_pg_ts_template_tmplnamespace, 0, InvalidOid},
	{DefaultAclRelationId, HOLDER_SCHEMA, Anum_pg_default_acl_defaclnamespace, 0, InvalidOid},
	{DescriptionRelationId, HOLDER_ANY, Anum_pg_description_objoid, Anum_pg_description_classoid,
	InvalidOid},
	{PublicationRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{PublicationRelRelationId, HOLDER_OBJECT, Anum_pg_publication_rel_prpubid, 0,
	PublicationRelationId},
	{SubscriptionRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{ForeignDataWrapperRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{ForeignServerRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{UserMappingRelationId, HOLDER_OBJECT, Anum_pg_user_mapping_umserver, 0,
	ForeignServerRelationId},
	{EventTriggerRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{LanguageRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{AccessMethodRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{CastRelationId, HOLDER_NONE, 0, 0, InvalidOid},
	{TransformRelationId, HOLDER_NONE, 0, 0, InvalidOid}
};

/* The first change, as the text goes. */
typedef struct Search
{
	const Shadow *shadow;
	const Script *script;
	const CommandId *begun;
	ChangeMark *mark;
	int			statement;		/* of the first change so far; INT_MAX if none */
	ObjectAddress address;		/* of what it changes */
	char	   *what;			/* its name */
	const char *schema;			/* that it is in, or is; NULL if none */
} Search;

/* A row's version. */
typedef struct Version
{
	HeapTuple	tuple;
	CommandId	command;		/* that has written or deleted it */
} Version;

static int
statement_of(const Search *search, CommandId command)
{
	for (int i = search->script->nstatements - 1; i > 0; i--)
		if (search->begun[i] != 0 && search->begun[i] <= command)
			return i;
	return 0;
}

static Datum
column_value(Relation rel, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;

	return heap_getattr(tuple, column, RelationGetDescr(rel), &isnull);
}

static Oid
column_oid(Relation rel, HeapTuple tuple, AttrNumber column)
{
	return DatumGetObjectId(column_value(rel, tuple, column));
}

/* ------------------------------------------------------------- what is managed */

/* The tuple is of what is in the schema. */
static bool
schema_is_foreign(const Search *search, Oid schema, HeapTuple tuple)
{
	const Managed *managed = search->shadow->managed;
	ListCell   *lc;
	char	   *name;

	/* a default privilege of all schemas */
	if (!OidIsValid(schema))
		return !made_any(search->shadow->managed->made, DefaultAclRelationId);
	if (isAnyTempNamespace(schema) || schema == PG_TOAST_NAMESPACE)
		return false;
	name = get_namespace_name(schema);
	/* the text may drop one and make another; so may the texts before it */
	if (name == NULL)
		return shadow_find_schema(search->shadow, schema) == NULL &&
			!shadow_is_own(search->shadow, tuple);
	for (int i = 0; i < managed->nschemas; i++)
	{
		if (strcmp(managed->schemas[i], name) == 0)
			return false;
	}
	foreach(lc, managed->also_away)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return false;
	}
	return !shadow_is_hidden(name);
}

/*
 * The schema of the type that CREATE TYPE ... AS RANGE has made the cast for; InvalidOid for any
 * other cast.
 */
static Oid
schema_of_made_cast(Oid cast)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	Oid			schema = InvalidOid;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(CastRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(cast));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, keys);
	while (!OidIsValid(schema) && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		if (dep->deptype == DEPENDENCY_INTERNAL)
			schema = members_schema_of(dep->refclassid, dep->refobjid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return schema;
}

/* Does the row belong to something that is not managed?  *address is what is named then. */
static bool
is_foreign(const Search *search, const Catalog *catalog, Relation rel, HeapTuple tuple,
		   ObjectAddress *address)
{
	Oid			holder = catalog->column > 0 ? column_oid(rel, tuple, catalog->column) : InvalidOid;
	Oid			schema;

	switch (catalog->holder)
	{
		case HOLDER_SCHEMA:
			ObjectAddressSet(*address, catalog->oid, column_oid(rel, tuple, OID_COLUMN));
			return schema_is_foreign(search, holder, tuple);
		case HOLDER_RELATION:
			ObjectAddressSet(*address, RelationRelationId, holder);
			schema = get_rel_namespace(holder);
			break;
		case HOLDER_TYPE:
			{
				HeapTuple	type = SearchSysCache1(TYPEOID, ObjectIdGetDatum(holder));

				ObjectAddressSet(*address, TypeRelationId, holder);
				schema = InvalidOid;
				if (HeapTupleIsValid(type))
				{
					schema = ((Form_pg_type) GETSTRUCT(type))->typnamespace;
					ReleaseSysCache(type);
				}
				break;
			}
		case HOLDER_OBJECT:
			ObjectAddressSet(*address, catalog->of, holder);
			return !made_any(search->shadow->managed->made, catalog->of);
		case HOLDER_ANY:
			ObjectAddressSet(*address, column_oid(rel, tuple, catalog->part), holder);
			schema = members_schema_of(address->classId, holder);
			break;
		default:
			ObjectAddressSet(*address, catalog->oid, column_oid(rel, tuple, OID_COLUMN));
			if (made_any(search->shadow->managed->made, catalog->oid))
				return false;
			if (catalog->oid != CastRelationId)
				return true;
			schema = schema_of_made_cast(address->objectId);
			return !OidIsValid(schema) || schema_is_foreign(search, schema, tuple);
	}
	/* if the holder is gone, its own row says so */
	return OidIsValid(schema) && schema_is_foreign(search, schema, tuple);
}

/* Has the text said CREATE EXTENSION for it, or moved it? */
static bool
is_extension_of_text(const Shadow *shadow, Oid extension)
{
	return OidIsValid(extension) &&
		(!list_member_oid(shadow->live_extensions, extension) ||
		 list_member_oid(shadow->mentioned, extension));
}

/* The schema that CREATE EXTENSION has made for itself is no member of it. */
static bool
is_schema_of_extension(const Shadow *shadow, Oid schema)
{
	Relation	rel = table_open(ExtensionRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	bool		found = false;
	HeapTuple	tuple;

	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_extension ext = (Form_pg_extension) GETSTRUCT(tuple);

		found = ext->extnamespace == schema && is_extension_of_text(shadow, ext->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/*
 * Did CREATE EXTENSION make it?  An array type, an index, a constraint are no
 * members, but depend on one as its parts do.
 */
static bool
belongs_to_extension(const Shadow *shadow, Oid catalog, Oid oid)
{
	bool		found = false;
	Relation	rel;
	SysScanDesc scan;
	ScanKeyData keys[2];
	HeapTuple	tuple;

	check_stack_depth();
	if (catalog == NamespaceRelationId && is_schema_of_extension(shadow, oid))
		return true;
	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(catalog));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(oid));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dep = (Form_pg_depend) GETSTRUCT(tuple);

		if (dep->deptype == DEPENDENCY_EXTENSION)
			found = is_extension_of_text(shadow, dep->refobjid);
		/* columns of a partition key depend on their own table */
		else if (dep->refclassid == catalog && dep->refobjid == oid)
			continue;
		else if (dep->deptype == DEPENDENCY_INTERNAL ||
				 (dep->deptype == DEPENDENCY_AUTO && dep->refclassid != NamespaceRelationId))
			found = belongs_to_extension(shadow, dep->refclassid, dep->refobjid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* ------------------------------------------------------------------- a change */

/*
 * What the server notes of others' objects by itself: that a table has triggers
 * of a foreign key, or children.
 */
static bool
is_note(Oid catalog, AttrNumber column)
{
	return catalog == RelationRelationId &&
		(column == Anum_pg_class_relhastriggers || column == Anum_pg_class_relhassubclass ||
		 column == Anum_pg_class_relhasindex || column == Anum_pg_class_relhasrules ||
		 column == Anum_pg_class_relpages || column == Anum_pg_class_reltuples ||
		 column == Anum_pg_class_relallvisible || column == Anum_pg_class_relfrozenxid ||
		 column == Anum_pg_class_relminmxid);
}

static bool
versions_differ(Relation rel, HeapTuple old, HeapTuple new)
{
	TupleDesc	desc = RelationGetDescr(rel);

	for (int i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute att = TupleDescAttr(desc, i - 1);
		bool		old_isnull;
		bool		new_isnull;
		Datum		old_value;
		Datum		new_value;

		if (is_note(RelationGetRelid(rel), i))
			continue;
		old_value = heap_getattr(old, i, desc, &old_isnull);
		new_value = heap_getattr(new, i, desc, &new_isnull);
		if (old_isnull != new_isnull ||
			(!old_isnull && !datum_image_eq(old_value, new_value, att->attbyval, att->attlen)))
			return true;
	}
	return false;
}

static bool
same_row(const Catalog *catalog, Relation rel, HeapTuple a, HeapTuple b)
{
	AttrNumber	key = catalog->part > 0 ? catalog->part : OID_COLUMN;

	return (catalog->part == 0 ||
			column_oid(rel, a, catalog->column) == column_oid(rel, b, catalog->column)) &&
		column_value(rel, a, key) == column_value(rel, b, key);
}

/* "table "other.t"": by the catalogs, or by the row if it is gone from them. */
static char *
name_of(const ObjectAddress *address, Relation rel, HeapTuple tuple, bool is_gone)
{
	Oid			catalog = RelationGetRelid(rel);
	AttrNumber	name_column;
	AttrNumber	schema_column;
	bool		isnull;
	char	   *name;

	if (!is_gone || address->classId != catalog)
		return psprintf("%s \"%s\"", getObjectTypeDescription(address, false),
						getObjectIdentity(address, false));
	name_column =
		is_objectclass_supported(catalog) ? get_object_attnum_name(catalog) : InvalidAttrNumber;
	schema_column = is_objectclass_supported(catalog) ? get_object_attnum_namespace(catalog)
		: InvalidAttrNumber;
	if (name_column == InvalidAttrNumber)
		return psprintf("an object of %s", RelationGetRelationName(rel));
	name = NameStr(*DatumGetName(heap_getattr(tuple, name_column, RelationGetDescr(rel), &isnull)));
	if (schema_column != InvalidAttrNumber)
	{
		char	   *schema = get_namespace_name(column_oid(rel, tuple, schema_column));

		name = schema ? quote_qualified_identifier(schema, name) : name;
	}
	return psprintf("\"%s\"", name);
}

/*
 * The schema that it is in, or that it is: by the catalogs, or by the row if it is gone from them.
 */
static char *
schema_name_of(const ObjectAddress *address, Relation rel, HeapTuple tuple, bool is_gone)
{
	Oid			catalog = RelationGetRelid(rel);
	AttrNumber	column = is_objectclass_supported(catalog) ? get_object_attnum_namespace(catalog)
	: InvalidAttrNumber;
	bool		isnull;

	if (is_gone && catalog == NamespaceRelationId)
		return NameStr(*DatumGetName(heap_getattr(tuple, Anum_pg_namespace_nspname,
												  RelationGetDescr(rel), &isnull)));
	if (address->classId == NamespaceRelationId)
		return get_namespace_name(address->objectId);
	if (is_gone && address->classId == catalog && column != InvalidAttrNumber)
		return get_namespace_name(column_oid(rel, tuple, column));
	return get_namespace_name(members_schema_of(address->classId, address->objectId));
}

static void
note_change(Search *search, const ObjectAddress *address, Relation rel, const Version *version,
			bool is_gone)
{
	int			statement = statement_of(search, version->command);

	/* a table before its index, wherever their rows are */
	if (statement > search->statement ||
		(statement == search->statement &&
		 (address->classId != search->address.classId ||
		  address->objectId >= search->address.objectId)))
		return;
	search->address = *address;
	search->what = name_of(address, rel, version->tuple, is_gone);
	search->schema = schema_name_of(address, rel, version->tuple, is_gone);
	search->statement = statement;
}

/* -------------------------------------------------------------------- a catalog */

static List *
add_version(List *versions, const ChangedRow *row)
{
	Version    *version = palloc(sizeof(Version));

	version->tuple = row->tuple;
	version->command = row->written != InvalidCommandId ? row->written : row->deleted;
	return lappend(versions, version);
}

/* The versions of foreign rows that the text has written and left, or found and deleted. */
static void
read_versions(const Search *search, const Catalog *catalog, Relation rel, List **written,
			  List **deleted)
{
	ObjectAddress address;
	ListCell   *lc;

	*written = *deleted = NIL;
	foreach(lc, changed_rows(search->shadow, search->mark, rel))
	{
		const ChangedRow *row = lfirst(lc);

		if (!is_foreign(search, catalog, rel, row->tuple, &address) ||
			(catalog->oid == TriggerRelationId &&
			 ((Form_pg_trigger) GETSTRUCT(row->tuple))->tgisinternal))
			continue;
		if (row->written != InvalidCommandId)
			*written = add_version(*written, row);
		else
			*deleted = add_version(*deleted, row);
	}
}

static const Version *
find_version(const Catalog *catalog, Relation rel, List *versions, HeapTuple tuple)
{
	ListCell   *lc;

	foreach(lc, versions)
	{
		if (same_row(catalog, rel, ((Version *) lfirst(lc))->tuple, tuple))
			return lfirst(lc);
	}
	return NULL;
}

/* Has a text before this one made it?  Then it was found to be managed, or somebody's part. */
static bool
was_made_here(const Shadow *shadow, HeapTuple tuple)
{
	return shadow_is_own(shadow, tuple) && !(tuple->t_data->t_infomask & HEAP_UPDATED);
}

static void
check_catalog(Search *search, const Catalog *catalog)
{
	Relation	rel = table_open(catalog->oid, AccessShareLock);
	ObjectAddress address;
	List	   *written;
	List	   *deleted;
	ListCell   *lc;

	read_versions(search, catalog, rel, &written, &deleted);
	foreach(lc, written)
	{
		const Version *version = lfirst(lc);
		const Version *old = find_version(catalog, rel, deleted, version->tuple);

		(void) is_foreign(search, catalog, rel, version->tuple, &address);
		if ((old == NULL || versions_differ(rel, old->tuple, version->tuple)) &&
			!belongs_to_extension(search->shadow, address.classId, address.objectId))
			note_change(search, &address, rel, version, false);
	}
	foreach(lc, deleted)
	{
		const Version *version = lfirst(lc);

		if (find_version(catalog, rel, written, version->tuple) != NULL ||
			was_made_here(search->shadow, version->tuple))
			continue;
		/* a part of something that is there, or an extension's that has moved */
		(void) is_foreign(search, catalog, rel, version->tuple, &address);
		if (!belongs_to_extension(search->shadow, address.classId, address.objectId))
			note_change(search, &address, rel, version, true);
	}
	table_close(rel, AccessShareLock);
}

/* What makes it managed: its schema, and what is managed now. */
static char *
how_to_manage(const Managed *managed, const char *schema)
{
	char	  **names = palloc(sizeof(char *) * (managed->nschemas + 1));
	StringInfoData setting;

	initStringInfo(&setting);
	for (int i = 0; i <= managed->nschemas; i++)
	{
		names[i] = i < managed->nschemas ? managed->schemas[i] : unconstify(char *, schema);
		appendStringInfo(&setting, "%s%s", i > 0 ? ", " : "", quote_identifier(names[i]));
	}
	return psprintf("schemas => %s, or migrate.schemas set to %s",
					quote_literal_cstr(OidOutputFunctionCall(F_ARRAY_OUT,
															 store_text_array(names,
																			  managed->nschemas +
																			  1))),
					quote_literal_cstr(setting.data));
}

/* In the statement of the script, or in the one that runs: its context says that by itself. */
static void
raise_unmanaged(const Shadow *shadow, const char *what, const char *schema, const Script *script,
				const ScriptOrigin *origin, int statement)
{
	const Managed *managed = shadow->managed;
	StringInfoData schemas;

	initStringInfo(&schemas);
	for (int i = 0; i < managed->nschemas; i++)
		appendStringInfo(&schemas, "%s\"%s\"", i > 0 ? ", " : "", managed->schemas[i]);
	ereport(ERROR,
			(errcode(ERRCODE_MG_BAD_SCRIPT),
			 errmsg("%s changes %s, which is not managed", origin->direction, what),
			 managed->whole ? 0 : errdetail("Managed schemas: %s.", schemas.data),
			 managed->whole || (schema != NULL && !made_can_be_managed(schema))
			 ? errhint("Take it out.") :
			 schema != NULL ? errhint("Take it out, or manage its schema as well: %s.",
									  how_to_manage(managed, schema)) :
			 errhint("Take it out, or manage the whole database: schemas => '{*}', or migrate.schemas set to '*'."),
			 script != NULL ? execute_errcontext(script, origin, statement) : 0));
}

void
unmanaged_refuse(Oid catalog, Oid oid)
{
	ObjectAddress address;
	char	   *what;

	ObjectAddressSet(address, catalog, oid);
	what = psprintf("%s \"%s\"", getObjectTypeDescription(&address, false),
					getObjectIdentity(&address, false));
	raise_unmanaged(shadow_execute_current(), what,
					get_namespace_name(members_schema_of(catalog, oid)), NULL,
					shadow_execute_origin(), 0);
	pg_unreachable();
}

void
unmanaged_check(const Shadow *shadow, const Script *script, const ScriptOrigin *origin,
				const CommandId *begun,
				ChangeMark *mark)
{
	Search		search =
	{.shadow = shadow,.script = script,.begun = begun,.mark = mark,.statement = INT_MAX};

	for (int i = 0; i < lengthof(catalogs); i++)
	{
		CHECK_FOR_INTERRUPTS();
		check_catalog(&search, &catalogs[i]);
	}
	if (search.what != NULL)
		raise_unmanaged(shadow, search.what, search.schema, script, origin, search.statement);
}
