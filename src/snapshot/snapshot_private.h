/*
 * snapshot_private.h
 *		Between the files of src/snapshot.
 */
#ifndef MIGRATE_SNAPSHOT_PRIVATE_H
#define MIGRATE_SNAPSHOT_PRIVATE_H

#include "kinds/object.h"
#include "snapshot/snapshot.h"

/*
 * queries.c: one query of the catalogs by SPI, a constant text with the parameters
 * schemas (text[]) and whether all is managed.
 */
extern void query_catalogs(const char *sql, Datum schemas, bool whole);

/* The same with a third parameter: oid[], the objects asked for. */
extern void query_objects(const char *sql, Datum schemas, bool whole, Datum objects);

/* Tell how many rows pg_depend has: plans for catalogs of another size are forgotten. */
extern void queries_expect_size(size_t ndepends);

/*
 * snapshot.c: of each kind the objects asked for (oid[] by ObjectKind; 0 for none), with their
 * properties, comments and labels, and nothing that connects them.  Those that a whole
 * snapshot leaves out for their parent's sake are among them.  List of SchemaObject *.
 */
extern List *snapshot_read_objects(const Managed *managed, const Shadow *shadow, const Datum *oids);

/*
 * All that a comparison looks at, appended to the text; the same if it is the same.  fingerprint.c
 */
extern void object_print(const SchemaObject *obj, StringInfo buf);

/* Do two readings have the same objects, in every property?  fingerprint.c */
extern bool snapshots_agree(const SchemaSnapshot *a, const SchemaSnapshot *b);

#endif							/* MIGRATE_SNAPSHOT_PRIVATE_H */
