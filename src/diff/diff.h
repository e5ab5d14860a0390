/*
 * diff.h
 *		What differs, and which statements, in an order that runs, turn one schema
 *		into the other?
 *
 * Memory: results are allocated in the context that is current in the call and
 * are never freed singly.
 */
#ifndef MIGRATE_DIFF_H
#define MIGRATE_DIFF_H

#include "postgres.h"

#include "snapshot/snapshot.h"

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

#endif							/* MIGRATE_DIFF_H */
