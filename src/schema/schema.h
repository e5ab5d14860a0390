/*
 * schema.h
 *		What is there, and what differs?  The part that compares schemas.
 *
 * A snapshot is the catalogs read into objects; the comparison of two snapshots
 * is a list of changes in an order that runs, each with its SQL.  The shadow
 * runs a model or a chain of revisions for real, takes a snapshot there, and
 * keeps nothing.  Only snapshot.c and shadow.c touch the database; comparing,
 * ordering and writing SQL are pure.
 *
 * Memory: results are allocated in the context that is current in the call and
 * are never freed singly.
 */
#ifndef MIGRATE_SCHEMA_H
#define MIGRATE_SCHEMA_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "script/script.h"

typedef struct SchemaSnapshot SchemaSnapshot;

/* What is managed: these schemas, or the whole database. */
typedef struct Managed
{
	bool		whole;			/* and what no schema holds */
	int			nschemas;		/* 0 if whole */
	char	  **schemas;		/* sorted by their bytes, no duplicates */
} Managed;

/* -------------------------------------------------------------- snapshot.c */

/*
 * Read the catalogs: a fixed number of queries, whatever the number of objects.
 * Hidden schemas and objects of the shadow are never part of it.  In a shadow
 * (shadow not NULL) it is told by that which schemas and extensions count.
 */
struct Shadow;
extern SchemaSnapshot *snapshot_take(const Managed *managed, const struct Shadow *shadow);

/*
 * Whoever takes many snapshots in a shadow keeps the plans of their queries; at the
 * end of the shadow they are forgotten.  queries.c
 */
extern void queries_keep_plans(void);
extern void queries_forget_plans(void);

/* What there is before anything is there: an empty schema public. */
extern SchemaSnapshot *snapshot_empty(const Managed *managed);

/* 64 hex digits; where two have the same the comparison finds nothing.  fingerprint.c */
extern char *snapshot_fingerprint(const SchemaSnapshot *snapshot);

/* How many objects it has; those that are in the managed schemas but that we cannot compare: List of char *. */
extern int	snapshot_size(const SchemaSnapshot *snapshot);
extern List *snapshot_unmodelled(const SchemaSnapshot *snapshot);

/* ------------------------------------------------------------------ diff.c */

/* What a change may do to those who use the database; see docs/diff.md. */
typedef enum Hazard
{
	HAZARD_DATA_LOSS = 1 << 0,	/* rows or values are deleted */
	HAZARD_REWRITE = 1 << 1,	/* a table is written anew */
	HAZARD_SCAN = 1 << 2,		/* a whole table is read under its lock */
	HAZARD_BLOCKS_READS = 1 << 3,	/* ACCESS EXCLUSIVE on something that
									 * existed before */
	HAZARD_BLOCKS_WRITES = 1 << 4,	/* SHARE, SHARE ROW EXCLUSIVE or EXCLUSIVE */
	HAZARD_MAY_FAIL = 1 << 5,	/* depends on the data that is there */
	HAZARD_IRREVERSIBLE = 1 << 6,	/* the opposite change cannot bring it
									 * back */
	HAZARD_OWN_TRANSACTION = 1 << 7,	/* cannot run inside a transaction */
	HAZARD_AUTHORIZATION = 1 << 8,	/* who may do what changes */
	HAZARD_INDEX_BUILD = 1 << 9
} Hazard;

/* One statement. */
typedef struct SchemaStatement
{
	char	   *sql;			/* without the semicolon */
	int			hazards;
	const char *lock;			/* the mode taken on an existing table, or
								 * NULL */
	const char *table;			/* quoted name of that table as it is before,
								 * or NULL */
} SchemaStatement;

/* What is done to one object. */
typedef struct SchemaChange
{
	const char *action;			/* create, alter, drop, rename */
	const char *object_type;	/* table, column, index ... in words */
	const char *identity;		/* quoted */
	List	   *statements;		/* SchemaStatement *; never empty */
	bool		is_aside;		/* it makes place for the new one of its name,
								 * or goes for good after that */
} SchemaChange;

typedef struct SchemaDiff
{
	List	   *changes;		/* SchemaChange *, in an order that runs */
	List	   *notices;		/* char *: column order, likely renames, what
								 * is not modelled */
} SchemaDiff;

/* What turns one schema into another.  NULL as from: from snapshot_empty(). */
extern SchemaDiff *schema_diff(const SchemaSnapshot *from, const SchemaSnapshot *to);

/*
 * The same to be run in one transaction, where a value that is added to an enum
 * cannot be used: where it is, the type is made anew.
 */
extern SchemaDiff *schema_diff_in_transaction(const SchemaSnapshot *from, const SchemaSnapshot *to);

/* A change's statements, each ended by ";", a line each. */
extern char *schema_change_sql(const SchemaChange *change);

/* What its statements may do, in words: List of char *, in a fixed order.  hazard.c */
extern List *schema_change_hazards(const SchemaChange *change);

/* The same as a script: each statement ended by ";", a blank line between changes. */
extern char *schema_diff_sql(const SchemaDiff *diff);

/* ---------------------------------------------------------------- shadow.c */

/*
 * While a shadow lasts, the managed schemas are away and empty ones stand in
 * their place.
 */
typedef struct Shadow Shadow;

/*
 * Run body in a shadow and roll all of it back.  body's results have to be
 * allocated in the context that is current when it is called, which is the
 * caller's.  An error in body is raised again when all is rolled back.
 * Errors: 42501 where the caller may not create in the database; 25006 on a
 * standby and in a read-only transaction (see shadow.c).
 */
typedef void (*ShadowBody) (Shadow *shadow, void *arg);
extern void shadow_run(const Managed *managed, ShadowBody body, void *arg);

/*
 * In a shadow: run a text there as the caller, a statement after the other.
 * origin names it in errors ("model", line).  What cannot run inside a transaction is left
 * out with a NOTICE, CONCURRENTLY is switched off, lines of psql that every
 * pg_dump has (\restrict, \unrestrict) are passed over.  Returns how many statements
 * the text has.
 * Errors: MG019 for a syntax error; the statement's own with the line as context;
 * MG019 as well for a statement that changes something that is not managed.
 */
extern int	shadow_execute(Shadow *shadow, const char *sql, const ScriptOrigin *origin);

/*
 * In a shadow, for a model: the schemas of the list are part of it whether it
 * creates them or not.  Otherwise one that the database does not have is what it
 * is anywhere: not there until a statement makes it.
 */
extern void shadow_imply_schemas(Shadow *shadow);

/* In a shadow, for snapshot.c: what of it counts. */
extern bool shadow_has_schema(const Shadow *shadow, const char *name);
extern bool shadow_has_extension(const Shadow *shadow, const char *name);

/* What a shadow has put away is called this and its OID. */
#define HIDDEN_PREFIX "migrate hidden "

/* Is this the name of a schema or object that a shadow has put away? */
extern bool shadow_is_hidden(const char *name);

#endif							/* MIGRATE_SCHEMA_H */
