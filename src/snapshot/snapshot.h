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

#include "nodes/pg_list.h"

typedef struct SchemaSnapshot SchemaSnapshot;

/* What is managed: these schemas, or the whole database. */
typedef struct Managed
{
	bool		whole;			/* and what no schema holds */
	int			nschemas;		/* 0 if whole */
	char	  **schemas;		/* sorted by their bytes, no duplicates */
	const struct Made *made;	/* for a shadow: what a history makes outside
								 * of them; NULL: nothing.  See made.h */
	struct MadeSeen *seen;		/* for a shadow: here it notes what is made;
								 * or NULL */

	/*
	 * Owners that the caller cannot give count as his own, unless they are
	 * wanted exactly as they are; without owners all of them do.
	 */
	bool		exact_owners;
	bool		no_owners;
	bool		no_privileges;	/* grants and default privileges are not
								 * compared */
	bool		secrets;		/* they are compared and written: for one who
								 * is shown the result, which is kept nowhere */
	List	   *ignore;			/* what is left alone: see patterns.h */
} Managed;

/*
 * Read the catalogs: a fixed number of queries, whatever the number of objects.
 * Hidden schemas and objects of the shadow are never part of it.  In a shadow
 * (shadow not NULL) it is told by that which schemas and extensions count.
 */
struct Shadow;
extern SchemaSnapshot *snapshot_take(const Managed *managed, const struct Shadow *shadow);

/*
 * A schema of the database as it is at this moment, in a text.  A shadow gives owner, rights (as
 * aclitem[] prints them, or NULL) and comment of the schemas that are there to the empty ones, so
 * that a snapshot in it can be compared only with one of the same.
 */
extern char *snapshot_base(const char *name, Oid oid, Oid owner, const char *acl, const char *comment);

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
 * Before something is proven in a copy of the live schema: what is ignored in it is copied as well, as
 * far as it needs that, or as what is wanted does.
 */
extern void snapshot_complete(SchemaSnapshot *live, const SchemaSnapshot *wanted);

/* What there is before anything is there: an empty schema public. */
extern SchemaSnapshot *snapshot_empty(const Managed *managed);

/* 64 hex digits; where two have the same the comparison finds nothing.  fingerprint.c */
extern char *snapshot_fingerprint(const SchemaSnapshot *snapshot);

/* What it is of. */
extern const Managed *snapshot_managed(const SchemaSnapshot *snapshot);

/* How many objects it has; those that are in the managed schemas but that we cannot compare: List of char *. */
extern int	snapshot_size(const SchemaSnapshot *snapshot);
extern List *snapshot_unmodelled(const SchemaSnapshot *snapshot);

#endif							/* MIGRATE_SNAPSHOT_H */
