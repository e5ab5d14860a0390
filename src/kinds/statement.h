/*
 * statement.h
 *		A statement that a comparison writes, as data: what it says, and what it does
 *		to those who use the database.
 */
#ifndef MIGRATE_STATEMENT_H
#define MIGRATE_STATEMENT_H

#include "postgres.h"

#include "nodes/pg_list.h"

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

/* An unmanaged object that a change affects. */
typedef struct Obstacle
{
	const char *what;			/* "view auth.v" */
	const char *schema;			/* where it is, or NULL; unquoted */
	const char *on;				/* what it uses: "column public.p.n" */
	bool		is_refused;		/* PostgreSQL refuses the change; or else
								 * drops the thing as well */
	bool		is_ignored;		/* it would be managed, but for migrate.ignore */
	bool		of_extension;	/* or since an extension runs it by itself */
} Obstacle;

/* A lock on an old table. */
typedef struct TableLock
{
	const char *mode;
	const char *table;			/* quoted name, as it is before */
	int			hazards;		/* of that table, if there are more */
	bool		is_index;		/* it is an index, which queries of its table
								 * lock as well */
} TableLock;

/* Rows that a statement fails for: snapshot/rows_in_way.c counts them. */
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

/*
 * The kind of a statement, for those that online_chain.c writes in another way for a database in
 * use.
 */
typedef enum StatementKind
{
	STATEMENT_OTHER,
	STATEMENT_INDEX,			/* CREATE or DROP INDEX */
	STATEMENT_CONSTRAINT,		/* ADD CONSTRAINT */
	STATEMENT_UNIQUE,			/* the same of a key that is an index over its
								 * columns, and nothing besides */
	STATEMENT_PRIMARY_KEY,
	STATEMENT_NOT_NULL,			/* SET NOT NULL */
	STATEMENT_IDENTITY			/* ADD GENERATED ... AS IDENTITY */
} StatementKind;

/* One statement. */
typedef struct SchemaStatement
{
	char	   *sql;			/* without the semicolon */
	StatementKind kind;
	const char *name;			/* unquoted: of the constraint or column */
	const char *columns;		/* of such a key: quoted, "a, b" */
	int			concurrently;	/* where CONCURRENTLY would stand in sql */
	int			hazards;
	const char *lock;			/* the mode taken on an existing table, or
								 * NULL */
	const char *table;			/* quoted name of that table as it is before,
								 * or NULL */
	List	   *other_locks;	/* TableLock *: on the table that a foreign
								 * key refers to, on a parent */
	const RowsInWay *rows_in_way;	/* or NULL */
} SchemaStatement;

#endif							/* MIGRATE_STATEMENT_H */
