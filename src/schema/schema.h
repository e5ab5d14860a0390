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

/* -------------------------------------------------------------- snapshot.c */

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
	HAZARD_INDEX_BUILD = 1 << 9,
	HAZARD_SECRET = 1 << 10		/* has a secret that is not written */
} Hazard;

/* Something outside of what is managed that a change meets. */
typedef struct Obstacle
{
	const char *what;			/* "view auth.v" */
	const char *schema;			/* where it is, or NULL; unquoted */
	const char *on;				/* what it uses: "column public.p.n" */
	bool		is_refused;		/* PostgreSQL refuses the change; or else
								 * drops the thing as well */
	bool		is_ignored;		/* it would be managed, but for migrate.ignore */
} Obstacle;

/* A lock on a table that was there before. */
typedef struct TableLock
{
	const char *mode;
	const char *table;			/* quoted name, as it is before */
	int			hazards;		/* of that table, if there are more */
	bool		is_index;		/* it is an index, which queries of its table
								 * lock as well */
} TableLock;

/* Rows that a statement fails for: rows_in_way.c counts them. */
typedef enum RowsInWayKind
{
	ROWS_NULL,					/* a column is null */
	ROWS_ORPHANED,				/* the other table has no such row */
	ROWS_AGAINST_RULE			/* a check, a key, an exclusion: row_rule.h */
} RowsInWayKind;

typedef struct RowsInWay
{
	RowsInWayKind kind;
	const char *sql;			/* the statement */
	const char *table;			/* quoted */
	const char *columns;		/* quoted, "a, b"; NULL for a rule */
	const char *other;			/* quoted, or NULL */
	const char *other_columns;
} RowsInWay;

/* "3 rows are in the way: name is null"; NULL if there are none, or they are not cheap to count. */
extern char *rows_in_way_told(const RowsInWay *rows);

/* One statement. */
typedef struct SchemaStatement
{
	char	   *sql;			/* without the semicolon */
	int			hazards;
	const char *lock;			/* the mode taken on an existing table, or
								 * NULL */
	const char *table;			/* quoted name of that table as it is before,
								 * or NULL */
	List	   *other_locks;	/* TableLock *: on the table that a foreign
								 * key refers to, on a parent */
	const RowsInWay *rows_in_way;	/* or NULL */
} SchemaStatement;

/* What is done to one object. */
typedef struct SchemaChange
{
	const char *action;			/* create, alter, drop, rename */
	const char *object_type;	/* table, column, index ... in words */
	const char *identity;		/* quoted */
	List	   *statements;		/* SchemaStatement *; never empty */
	List	   *obstacles;		/* Obstacle * */
	bool		is_aside;		/* it makes place for the new one of its name,
								 * or goes for good after that */
} SchemaChange;

typedef struct SchemaDiff
{
	List	   *changes;		/* SchemaChange *, in an order that runs */
	List	   *notices;		/* char *: column order, likely renames, what
								 * is not modelled */
	List	   *refused;		/* Obstacle *: while they are there the script
								 * fails */
} SchemaDiff;

/* What turns one schema into another.  NULL as from: from snapshot_empty(). */
extern SchemaDiff *schema_diff(const SchemaSnapshot *from, const SchemaSnapshot *to);

/*
 * The same to be run in one transaction, where a value that is added to an enum cannot be used.  The
 * enums of the list rebuild (char *, identities) are made anew instead of getting values, and so are
 * those of which a function that is called uses a new value, as far as its text tells.  That nothing
 * else uses one has to be tried out: autogenerate_try().
 */
extern SchemaDiff *schema_diff_in_transaction(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

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
 * The same for what begins with a copy of the schema that is there: an error comes out as
 * 40001 if that is another one by now.
 */
extern void shadow_run_copy(const SchemaSnapshot *live, ShadowBody body, void *arg);

/*
 * In a shadow: run a text there as the caller, a statement after the other.
 * origin names it in errors ("model", line).  What cannot run inside a transaction is left
 * out with a NOTICE, CONCURRENTLY is switched off, lines of psql that every
 * pg_dump has (\restrict, \unrestrict) are passed over.  The text counts as committed
 * when it has run: a value that it adds to an enum can be used by the next one; with
 * commits, each of its statements does.  Returns how many statements the text has.
 * Errors: MG019 for a syntax error; the statement's own with the line as context;
 * MG019 as well for a statement that changes something that is not managed.
 */
extern int	shadow_execute(Shadow *shadow, const char *sql, bool commits, const ScriptOrigin *origin);

/*
 * The same for a text that a comparison has written.  Its expressions are somebody
 * else's: their functions run as the owners of the objects that they belong to,
 * and materialised views are not filled.  as_revision: as a transaction of a database that
 * has had its types for long, where a value that the text adds to an enum cannot be
 * used before its end.
 * Errors: also 42501 for a function that would have to run as a role that the caller
 * cannot act as, and 55P04 where a revision uses such a value.
 */
extern int	shadow_execute_generated(Shadow *shadow, const char *sql, bool as_revision, const ScriptOrigin *origin);

/*
 * In a shadow, for a model: the schemas of the list are part of it whether it
 * creates them or not.  Otherwise one that the database does not have is what it
 * is anywhere: not there until a statement makes it.
 */
extern void shadow_imply_schemas(Shadow *shadow);

/*
 * A subtransaction in a shadow that is rolled back leaves what the shadow has in memory:
 * what it was when shadow_remember() was called is put back by shadow_recall().
 */
extern Shadow *shadow_remember(const Shadow *shadow);
extern void shadow_recall(Shadow *shadow, const Shadow *then);

/* In a shadow, for snapshot.c: what of it counts. */
extern bool shadow_has_schema(const Shadow *shadow, const char *name);
extern bool shadow_has_extension(const Shadow *shadow, const char *name);

/*
 * A wait for a lock that timed out (55P03): who has it goes into the detail, what to do into the hint.
 * Other errors stay as they are.  lock_wait.c
 */
extern void lock_wait_explain(ErrorData *error);

/*
 * The schema whose row a shadow that has ended waited for in vain, and the transaction that is
 * changing it; InvalidOid if there was none.  hide.c
 */
extern Oid	hide_awaited(TransactionId *changed_by);

/*
 * In a shadow, for snapshot.c: foreign keys refer to the tables that they refer to outside, until they are
 * put back.  Returns what to put back.  stand_in.c
 */
extern List *stand_in_show(const Shadow *shadow);

/* Is the relation one that stands in for another? */
extern bool stand_in_is_one(const Shadow *shadow, Oid relid);

/* The unique indexes that foreign keys to live tables may refer to: Oid. */
extern List *stand_in_keys(const Shadow *shadow);
extern void stand_in_put_back(List *shown);

/* In a shadow: char *, those of the schemas that were there which its texts have created once more. */
extern List *shadow_created_schemas(const Shadow *shadow);

/* The snapshot_base() of each managed schema that was there, in the order of their names. */
extern List *shadow_bases(const Shadow *shadow);

/* Watch for statements that a shadow does not run; once, from _PG_init.  shadow_roles.c */
extern void shadow_watch_roles(void);

/* Once, when the library is loaded: hooks that do nothing but in a shadow.  hidden_catalogs.c, shadow_execute.c */
extern void hidden_catalogs_define(void);
extern void shadow_execute_define(void);

/*
 * Once, when the library is loaded: the hooks that say whose code runs in a shadow,
 * and with whose rights.  guard.c
 */
extern void guard_define(void);

/* The hook by which rows of live tables are left out of what a revision's functions write.  live.c */
extern void live_define(void);

/* The hook by which calls are found that no rollback undoes. */
extern void outlives_define(void);

/* What a shadow has put away is called this and its OID. */
#define HIDDEN_PREFIX "migrate hidden "

/* Is this the name of a schema or object that a shadow has put away? */
extern bool shadow_is_hidden(const char *name);

/*
 * What is temporary in the session, and was not put away: ObjectAddress *; put it, but for those of a list, where
 * no name finds it.  temporary.c
 */
extern List *temporary_objects(void);
extern void temporary_put_away(const List *but);

#endif							/* MIGRATE_SCHEMA_H */
