/*
 * whose.c
 *		To whom belongs what a statement is about, for the statements that a
 *		comparison writes.
 *
 * It has copied the object from the live schema, or changes it, so that its owner is
 * the live one's: in the shadow an object belongs to the caller until the
 * statement that gives it away.  The names in such statements have their schemas.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/value.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

/* A relation or type of this name in this schema: its owner, or InvalidOid. */
static Oid
owner_in(Oid schema, const char *name)
{
	Oid			oid = OidIsValid(schema) ? get_relname_relid(name, schema) : InvalidOid;
	int			cache = OidIsValid(oid) ? RELOID : TYPEOID;
	int			column = OidIsValid(oid) ? Anum_pg_class_relowner : Anum_pg_type_typowner;
	HeapTuple	tuple;
	Oid			owner;
	bool		isnull;

	if (!OidIsValid(oid) && OidIsValid(schema))
		oid = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
							  ObjectIdGetDatum(schema));
	tuple = OidIsValid(oid) ? SearchSysCache1(cache, ObjectIdGetDatum(oid)) : NULL;
	if (!HeapTupleIsValid(tuple))
		return InvalidOid;
	owner = DatumGetObjectId(SysCacheGetAttr(cache, tuple, column, &isnull));
	ReleaseSysCache(tuple);
	return owner;
}

static Oid
live_schema(const Shadow *shadow, const char *name)
{
	ListCell   *lc;

	foreach(lc, shadow->schemas)
	{
		const ShadowSchema *schema = lfirst(lc);

		if (strcmp(schema->name, name) == 0)
			return schema->live;
	}
	return InvalidOid;
}

static Oid
owner_of(const Shadow *shadow, const char *schema, const char *name)
{
	Oid			owner = schema ? owner_in(live_schema(shadow, schema), name) : InvalidOid;

	return OidIsValid(owner) || schema == NULL ? owner
		: owner_in(get_namespace_oid(schema, true), name);
}

static Oid
owner_of_relation(const Shadow *shadow, const RangeVar *relation)
{
	return relation ? owner_of(shadow, relation->schemaname, relation->relname) : InvalidOid;
}

static Oid
owner_of_type(const Shadow *shadow, List *names)
{
	return list_length(names) == 2 ? owner_of(shadow, strVal(linitial(names)),
											  strVal(lsecond(names))) : InvalidOid;
}

Oid
whose_is(const Shadow *shadow, Node *stmt)
{
	switch (nodeTag(stmt))
	{
		case T_CreateStmt:
			return owner_of_relation(shadow, castNode(CreateStmt, stmt)->relation);
		case T_CreateForeignTableStmt:
			return owner_of_relation(shadow, ((CreateForeignTableStmt *) stmt)->base.relation);
		case T_AlterTableStmt:
			return owner_of_relation(shadow, castNode(AlterTableStmt, stmt)->relation);
		case T_IndexStmt:
			return owner_of_relation(shadow, castNode(IndexStmt, stmt)->relation);
		case T_CreateStatsStmt:
			return owner_of_relation(shadow, linitial(castNode(CreateStatsStmt, stmt)->relations));
		case T_CreateTrigStmt:
			return owner_of_relation(shadow, castNode(CreateTrigStmt, stmt)->relation);
		case T_CreatePolicyStmt:
			return owner_of_relation(shadow, castNode(CreatePolicyStmt, stmt)->table);
		case T_AlterPolicyStmt:
			return owner_of_relation(shadow, castNode(AlterPolicyStmt, stmt)->table);
		case T_RuleStmt:
			return owner_of_relation(shadow, castNode(RuleStmt, stmt)->relation);
		case T_ViewStmt:
			return owner_of_relation(shadow, castNode(ViewStmt, stmt)->view);
		case T_CreateTableAsStmt:
			return owner_of_relation(shadow, castNode(CreateTableAsStmt, stmt)->into->rel);
		case T_CompositeTypeStmt:
			return owner_of_relation(shadow, castNode(CompositeTypeStmt, stmt)->typevar);
		case T_CreateDomainStmt:
			return owner_of_type(shadow, castNode(CreateDomainStmt, stmt)->domainname);
		case T_AlterDomainStmt:
			return owner_of_type(shadow, castNode(AlterDomainStmt, stmt)->typeName);
		case T_InsertStmt:
			return owner_of_relation(shadow, castNode(InsertStmt, stmt)->relation);
		case T_CreateRangeStmt:
			return owner_of_type(shadow, castNode(CreateRangeStmt, stmt)->typeName);
		default:
			return InvalidOid;
	}
}
