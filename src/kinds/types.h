/*
 * types.h
 *		What the files about types ask each other; kinds.h has what others ask them.
 */
#ifndef MIGRATE_TYPES_H
#define MIGRATE_TYPES_H

#include "kinds/kinds.h"

/* How the source of every kind of type begins. */
#define TYPE_SOURCE \
	.oid = "t.oid", \
	.schema = "n.nspname::text", \
	.name = "t.typname::text", \
	.identity = QUALIFIED("n.nspname", "t.typname"), \
	.owner = OWNER("t.typowner"), \
	.acl = ACL("t.typacl", "T", "t.typowner")

/* A Kind's callback: the names that the type takes. */
extern List *type_slots(const SchemaObject *type);

/* Is it a column with stored values: of a table, or of a materialised view? */
extern bool column_is_stored(const SchemaObject *object);

/* Do columns contain values of the type, or of a type that contains it? */
extern bool type_is_stored(const SchemaObject *type);

#endif							/* MIGRATE_TYPES_H */
