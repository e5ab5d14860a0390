/*
 * dependents.c
 *		Objects outside the managed schemas that depend on managed ones, and the changes that they
 *		prevent.
 *
 * A view of another schema, a trigger that calls a managed function, a
 * publication: the shadow does not have them, so that a script can be proven
 * there and fail where they are.  pg_depend knows them all.  They are looked for
 * when the live schema is read, and judged when it is known what happens to the
 * objects that they use, by the rules of DROP ... RESTRICT and of ALTER COLUMN TYPE.
 *
 * Temporary objects do not count: they are gone when the script is run.
 */
#include "postgres.h"

#include "compat.h"
#include "settings.h"
#include "shadow/shadow_private.h"
#include "snapshot/dependents.h"
#include "snapshot/extension_rules.h"
#include "snapshot/ignored.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_amop.h"
#include "catalog/pg_amproc.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_cast.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_event_trigger.h"
#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_language.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_transform.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "parser/parse_coerce.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* ------------------------------------------------------------------ finding */

/* Is the object a part of a relation, a type or an operator family, without a schema of its own? */
static bool
is_part(Oid classid)
{
	return classid == TriggerRelationId || classid == RewriteRelationId ||
		classid == PolicyRelationId ||
		classid == AttrDefaultRelationId || classid == ConstraintRelationId ||
		classid == AccessMethodOperatorRelationId || classid == AccessMethodProcedureRelationId;
}

static bool
can_have_parts(Oid classid)
{
	return classid == RelationRelationId || classid == TypeRelationId ||
		classid == OperatorFamilyRelationId || classid == OperatorClassRelationId;
}

/* Is the object of a kind without schemas, which is managed only with the whole database? */
static bool
is_global(Oid classid)
{
	return classid == EventTriggerRelationId || classid == CastRelationId ||
		classid == TransformRelationId ||
		classid == PublicationRelRelationId || classid == LanguageRelationId ||
		classid == ForeignDataWrapperRelationId || classid == AccessMethodRelationId;
}

/*
 * What the part belongs to: it goes with that, by itself.  True with the owner's address
 * and how the part hangs on it.
 */
static bool
owner_of(const ObjectAddress *part, ObjectAddress *owner, char *deptype)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&keys[0], Anum_pg_depend_classid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(part->classId));
	ScanKeyInit(&keys[1], Anum_pg_depend_objid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(part->objectId));
	scan = systable_beginscan(rel, DependDependerIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);

		found = depend->deptype != DEPENDENCY_NORMAL && can_have_parts(depend->refclassid);
		ObjectAddressSet(*owner, depend->refclassid, depend->refobjid);
		*deptype = depend->deptype;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* The schema of the object, or of its whole; InvalidOid if there is none. */
static Oid
schema_of(const ObjectAddress *address)
{
	ObjectAddress owner = *address;
	char		deptype;

	if (is_part(address->classId) && !owner_of(address, &owner, &deptype))
		return InvalidOid;
	return members_schema_of(owner.classId, owner.objectId);
}

static bool
is_outside(const SchemaSnapshot *snapshot, const ObjectAddress *address)
{
	Oid			schema = schema_of(address);
	const char *name;

	if (!OidIsValid(schema))
		return is_global(address->classId) && !snapshot->managed.whole;
	if (isAnyTempNamespace(schema) || schema == PG_TOAST_NAMESPACE)
		return false;
	name = get_namespace_name(schema);
	return name != NULL && !snapshot_has_schema(snapshot, name);
}

static Dependent *
add_dependent(SchemaSnapshot *snapshot, const ObjectAddress *address, const SchemaObject *on,
			  bool goes_along)
{
	Dependent  *dependent = palloc0(sizeof(Dependent));

	dependent->address = *address;
	dependent->on = on;
	dependent->goes_along = goes_along;
	snapshot->dependents = lappend(snapshot->dependents, dependent);
	return dependent;
}

/* Add the dependents of the same column in a child table. */
static void
add_users_of_child(SchemaSnapshot *snapshot, const SchemaObject *column, Oid child,
				   AttrNumber attnum, bool is_local)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	ScanKeyData keys[3];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(child));
	ScanKeyInit(&keys[2], Anum_pg_depend_refobjsubid, BTEqualStrategyNumber, F_INT4EQ,
				Int32GetDatum(attnum));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, 3, keys);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend depend = (Form_pg_depend) GETSTRUCT(tuple);
		ObjectAddress address = {depend->classid, depend->objid, depend->objsubid};

		if (depend->deptype == DEPENDENCY_NORMAL)
			add_dependent(snapshot, &address, column, false)->outlives = is_local;
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
}

/* ALTER TABLE of the managed table also changes the columns of child tables outside. */
static void
add_child(SchemaSnapshot *snapshot, const SchemaObject *table, Oid child)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, find_all_inheritors(child, NoLock, NULL))
	{
		foreach(lc2, table->parts)
		{
			const SchemaObject *column = lfirst(lc2);
			HeapTuple	tuple = column->kind->field == FIELD_OF_ROW
			? SearchSysCacheAttName(lfirst_oid(lc), column->name) : NULL;
			ObjectAddress address = {RelationRelationId, lfirst_oid(lc), 0};
			bool		is_local;

			if (!HeapTupleIsValid(tuple))
				continue;
			address.objectSubId = ((Form_pg_attribute) GETSTRUCT(tuple))->attnum;
			is_local = ((Form_pg_attribute) GETSTRUCT(tuple))->attislocal;
			ReleaseSysCache(tuple);
			add_dependent(snapshot, &address, column, true)->outlives = is_local;
			add_users_of_child(snapshot, column, lfirst_oid(lc), address.objectSubId, is_local);
		}
	}
}

/* Is it a table elsewhere that an extension runs by itself, such as a chunk, or a part of one? */
static bool
is_of_own_table(const Ignored *rules, const ObjectAddress *address)
{
	ObjectAddress whole = *address;
	char		deptype;
	char		kind;

	if (rules == NULL || (is_part(address->classId) && !owner_of(address, &whole, &deptype)) ||
		whole.classId != RelationRelationId || !ignored_is_own(rules, &whole))
		return false;
	kind = get_rel_relkind(whole.objectId);
	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE ||
		kind == RELKIND_FOREIGN_TABLE;
}

bool
dependents_add(SchemaSnapshot *snapshot, const FormData_pg_depend *depend, const SchemaObject *on,
			   const SchemaObject *ignored, const Ignored *rules)
{
	ObjectAddress address = {depend->classid, depend->objid, depend->objsubid};
	Dependent  *dependent;

	if (kind_is(on, KIND_EXTENSION) ||
		(ignored == NULL && (kind_is(on, KIND_SCHEMA) || !is_outside(snapshot, &address) ||
							 is_of_own_table(rules, &address))))
		return false;
	dependent = add_dependent(snapshot, &address, on, depend->deptype == DEPENDENCY_AUTO);
	dependent->by_type = depend->refclassid == TypeRelationId;
	dependent->ignored = ignored != NULL;
	dependent->extension = ignored != NULL ? ignored->of_extension : NULL;
	if (kind_is(on, KIND_TABLE) && depend->classid == RelationRelationId &&
		depend->refclassid == RelationRelationId)
		add_child(snapshot, on, depend->objid);
	return true;
}

SchemaSnapshot *
dependents_lend(const SchemaSnapshot *of, const SchemaSnapshot *to)
{
	SchemaSnapshot *result = palloc(sizeof(SchemaSnapshot));
	ListCell   *lc;

	*result = *to;
	result->dependents = list_copy(to->dependents);
	foreach(lc, of->dependents)
	{
		Dependent  *dependent = palloc(sizeof(Dependent));

		*dependent = *(const Dependent *) lfirst(lc);
		dependent->on = snapshot_find(to, kind_number(dependent->on->kind),
									  dependent->on->identity);
		if (dependent->on != NULL)
			result->dependents = lappend(result->dependents, dependent);
	}
	return result;
}

/* ------------------------------------------------------------------ judging */

/*
 * The type of the column on the other side of a foreign key outside; InvalidOid if the key does not
 * use this column.
 */
static Oid
referencing_type(Oid constraint, int32 attnum)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	Oid			type = InvalidOid;
	bool		isnull;

	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	if (((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_FOREIGN)
	{
		Oid			table = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid;
		ArrayType  *theirs = DatumGetArrayTypeP(SysCacheGetAttr(CONSTROID, tuple,
																Anum_pg_constraint_confkey,
																&isnull));
		ArrayType  *ours = DatumGetArrayTypeP(SysCacheGetAttr(CONSTROID, tuple,
															  Anum_pg_constraint_conkey, &isnull));

		for (int i = 0; i < ARR_DIMS(theirs)[0]; i++)
			if (((int16 *) ARR_DATA_PTR(theirs))[i] == attnum)
				type = get_atttype(table, ((int16 *) ARR_DATA_PTR(ours))[i]);
	}
	ReleaseSysCache(tuple);
	return type;
}

/* ALTER COLUMN TYPE recreates the foreign key, which needs an operator "=" for the two types. */
static bool
breaks_key(const Dependent *dependent, const Change *change)
{
	const char *typid = prop(change->new, "_typid");
	Oid			from = referencing_type(dependent->address.objectId, dependent->on->subid);
	Oid			to = typid != NULL ? atooid(typid) : InvalidOid;

	if (!OidIsValid(from))
		return false;
	return !OidIsValid(to) ||
		(!OidIsValid(OpernameGetOprid(list_make2(makeString("pg_catalog"), makeString("=")), to,
									  from)) &&
		 !can_coerce_type(1, &from, &to, COERCION_IMPLICIT));
}

/* Does ALTER COLUMN TYPE fail because of the dependent? */
static bool
breaks_by_retype(const Dependent *dependent, const Change *change)
{
	switch (dependent->address.classId)
	{
		case RewriteRelationId:
		case PolicyRelationId:
		case TriggerRelationId:
		case ProcedureRelationId:
		case PublicationRelRelationId:
			return true;
		case ConstraintRelationId:
			return breaks_key(dependent, change);
		default:
			return false;
	}
}

/* Is the dependent a column of the row type, or a table made of it? */
static bool
stores_rows_of(const Dependent *dependent)
{
	char		relkind = dependent->address.classId == RelationRelationId
	? get_rel_relkind(dependent->address.objectId) : '\0';

	if (!dependent->by_type)
		return false;
	return RELKIND_HAS_STORAGE(relkind) || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_COMPOSITE_TYPE;
}

/* Does a column of the table, or an attribute of the type, get another type? */
static bool
retypes_part(const Changes *changes, const SchemaObject *whole)
{
	ListCell   *lc;

	foreach(lc, whole->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part->kind->field == FIELD_OF_ROW && changes->of_old[part->number]->disturbs)
			return true;
	}
	return false;
}

/* Does the type gain or lose an attribute? */
static bool
changes_attributes(const Changes *changes, const Change *type)
{
	ListCell   *lc;

	foreach(lc, type->old->parts)
	{
		if (change_goes_away(changes->of_old[((SchemaObject *) lfirst(lc))->number]))
			return true;
	}
	foreach(lc, type->new->parts)
	{
		if (changes->of_new[((SchemaObject *) lfirst(lc))->number]->old == NULL)
			return true;
	}
	return false;
}

/* Is the dependent a table made of the type?  ALTER TYPE changes that only with CASCADE. */
static bool
is_typed_table(const Dependent *dependent)
{
	return kind_is(dependent->on, KIND_COMPOSITE) &&
		dependent->address.classId == RelationRelationId &&
		dependent->address.objectSubId == 0;
}

/* Would DROP lose rows of the dependent? */
static bool
holds_rows(const Dependent *dependent)
{
	return dependent->address.classId == RelationRelationId &&
		dependent->address.objectSubId == 0 &&
		get_rel_relkind(dependent->address.objectId) != RELKIND_INDEX &&
		get_rel_relkind(dependent->address.objectId) != RELKIND_PARTITIONED_INDEX;
}

typedef enum Verdict
{
	HARMLESS,
	TAKEN_ALONG,				/* PostgreSQL drops it, too, and says nothing */
	IN_THE_WAY					/* PostgreSQL refuses the change */
} Verdict;

static Verdict
judge(const Changes *changes, const Dependent *dependent)
{
	const Change *change = changes->of_old[dependent->on->number];

	if (change_goes_away(change))
	{
		if (dependent->outlives &&
			!change_goes_away(changes->of_old[dependent->on->parent->number]))
			return HARMLESS;
		return dependent->goes_along && !holds_rows(dependent) ? TAKEN_ALONG : IN_THE_WAY;
	}
	if (is_typed_table(dependent) && changes_attributes(changes, change))
		return IN_THE_WAY;
	if (stores_rows_of(dependent))
		return retypes_part(changes, dependent->on) ? IN_THE_WAY : HARMLESS;
	if (kind_is(dependent->on, KIND_COLUMN) && change->disturbs &&
		breaks_by_retype(dependent, change))
		return IN_THE_WAY;
	return HARMLESS;
}

/* The change whose statement drops the object: the table's for a column. */
static Change *
written_change(const Changes *changes, const SchemaObject *object)
{
	Change	   *change = changes->of_old[object->number];

	while (change_goes_away(change) && change->old->parent != NULL &&
		   change_goes_away(changes->of_old[change->old->parent->number]))
		change = changes->of_old[change->old->parent->number];
	return change;
}

/* "view auth.v"; NULL if it is gone meanwhile. */
static char *
describe(const Dependent *dependent)
{
	ObjectAddress address = dependent->address;
	ObjectAddress owner;
	char		deptype;
	Datum		description;

	LOCAL_FCINFO(fcinfo, 3);

	/* pg_depend knows the query of a view as a rule of the view */
	if (address.classId == RewriteRelationId && owner_of(&address, &owner, &deptype) &&
		deptype == DEPENDENCY_INTERNAL)
		address = owner;
	InitFunctionCallInfoData(*fcinfo, NULL, 3, InvalidOid, NULL, NULL);
	fcinfo->args[0].value = ObjectIdGetDatum(address.classId);
	fcinfo->args[1].value = ObjectIdGetDatum(address.objectId);
	fcinfo->args[2].value = Int32GetDatum(address.objectSubId);
	description = pg_describe_object(fcinfo);
	return fcinfo->isnull ? NULL : TextDatumGetCString(description);
}

static bool
is_said(const List *obstacles, const Obstacle *obstacle)
{
	ListCell   *lc;

	foreach(lc, obstacles)
	{
		const Obstacle *other = lfirst(lc);

		if (strcmp(other->what, obstacle->what) == 0 && other->is_refused == obstacle->is_refused)
			return true;
	}
	return false;
}

/* An obstacle, and the change that it prevents. */
typedef struct Found
{
	Obstacle   *obstacle;
	Change	   *change;
} Found;

/*
 * Words for a kind come first, so that these are in the order of kinds and names; pg_depend has no
 * order.
 */
static int
compare_found(const ListCell *a, const ListCell *b)
{
	const Obstacle *one = ((const Found *) lfirst(a))->obstacle;
	const Obstacle *other = ((const Found *) lfirst(b))->obstacle;
	int			by_name = strcmp(one->what, other->what);

	if (one->is_refused != other->is_refused)
		return one->is_refused ? -1 : 1;
	return by_name != 0 ? by_name : strcmp(one->on, other->on);
}

/* Does its extension take it away when it lets go of tables, before they are dropped? */
static bool
is_undone(const Changes *changes, const Dependent *dependent)
{
	ListCell   *lc;

	if (!change_goes_away(changes->of_old[object_root(dependent->on)->number]))
		return false;
	foreach(lc, changes->from->run_tables)
	{
		const RunTable *table = lfirst(lc);

		if (strcmp(table->extension, dependent->extension) == 0 && table->undone != NIL)
			return true;
	}
	return false;
}

/* What is in the way of a change, by the objects that it hangs on: Found *, in order. */
static List *
find_obstacles(const Changes *changes)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, changes->from->dependents)
	{
		const Dependent *dependent = lfirst(lc);
		Verdict		verdict = judge(changes, dependent);
		Obstacle   *obstacle;
		Found	   *one;

		CHECK_FOR_INTERRUPTS();
		if (verdict == HARMLESS || (dependent->extension != NULL && is_undone(changes, dependent)))
			continue;
		obstacle = palloc0(sizeof(Obstacle));
		obstacle->what = describe(dependent);
		if (obstacle->what == NULL)
			continue;
		obstacle->schema = get_namespace_name(schema_of(&dependent->address));
		obstacle->on = psprintf("%s %s", dependent->on->kind->name, dependent->on->identity);
		obstacle->is_refused = verdict == IN_THE_WAY;
		obstacle->is_ignored = dependent->ignored;
		obstacle->of_extension = dependent->extension != NULL;
		one = palloc(sizeof(Found));
		one->obstacle = obstacle;
		one->change = written_change(changes, dependent->on);
		found = lappend(found, one);
	}
	list_sort(found, compare_found);
	return found;
}

List *
dependents_judge(Changes *changes)
{
	int			nest_level = settings_pin_path();
	List	   *refused = NIL;
	ListCell   *lc;

	foreach(lc, find_obstacles(changes))
	{
		const Found *found = lfirst(lc);

		if (!is_said(found->change->obstacles, found->obstacle))
			found->change->obstacles = lappend(found->change->obstacles, found->obstacle);
		if (found->obstacle->is_refused && !is_said(refused, found->obstacle))
			refused = lappend(refused, found->obstacle);
	}
	settings_leave(nest_level);
	return refused;
}
