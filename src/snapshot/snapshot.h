/*
 * snapshot.h
 *		What is there?  The catalogs, read into objects.
 *
 * Memory: results are allocated in the context that is current in the call and
 * are never freed singly.
 */
#ifndef MIGRATE_SNAPSHOT_H
#define MIGRATE_SNAPSHOT_H

#include "postgres.h"

#include "kinds/managed.h"
#include "shadow/shadow.h"

/*
 * Read the catalogs: a fixed number of queries, whatever the number of objects.
 * Hidden schemas and objects of the shadow are never part of it.  In a shadow
 * (shadow not NULL) it is told by that which schemas and extensions count.
 */
extern SchemaSnapshot *snapshot_take(const Managed *managed, const Shadow *shadow);

/*
 * Do two snapshots, each of the database or of a shadow, belong to the same managed schemas, with
 * the same owners, rights and comments?  40001 if they have to.
 */
extern bool snapshots_have_same_base(const SchemaSnapshot *a, const SchemaSnapshot *b);

/* Is all that a shadow has used of the rest of the database as it was? */
extern bool snapshot_outside_is_same(const SchemaSnapshot *snapshot);

/* 40001 if either is not so. */
extern void snapshot_require_same_base(const SchemaSnapshot *a, const SchemaSnapshot *b);

/* Has another session changed the schema since the snapshot of it was taken? */
extern bool snapshot_is_outdated(const SchemaSnapshot *live);

/*
 * shadow_run() for what begins with a copy of the schema that is there: an error comes out as
 * 40001 if that is another one by now.
 */
extern void snapshot_run_copy(const SchemaSnapshot *live, ShadowBody body, void *arg);

/*
 * Before something is proven in a copy of the live schema: what is ignored in it is copied as well,
 * as far as it needs that, or as what is wanted does.  all is the same schema with what is ignored,
 * and is changed; NULL: it is read from the database.
 */
extern void snapshot_complete(SchemaSnapshot *live, const SchemaSnapshot *wanted,
							  SchemaSnapshot *all);

/* What there is before anything is there: an empty schema public. */
extern SchemaSnapshot *snapshot_empty(const Managed *managed);

/* 64 hex digits; where two have the same the comparison finds nothing.  fingerprint.c */
extern char *snapshot_fingerprint(const SchemaSnapshot *snapshot);

/* What it is of. */
extern const Managed *snapshot_managed(const SchemaSnapshot *snapshot);

/*
 * How many objects it has; those that are in the managed schemas but that we cannot compare: List
 * of char *.
 */
extern int	snapshot_size(const SchemaSnapshot *snapshot);
extern List *snapshot_unmodelled(const SchemaSnapshot *snapshot);

#endif							/* MIGRATE_SNAPSHOT_H */
