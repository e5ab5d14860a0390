/*
 * table_facts.h
 *		How large is a table, and how much is it used: here, or where it counts?
 *
 * Memory: results are allocated in the context that is current in the call and are never
 * freed singly.
 */
#ifndef MIGRATE_TABLE_FACTS_H
#define MIGRATE_TABLE_FACTS_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* A table with its partitions and children. */
typedef struct TableFacts
{
	double		bytes;
	double		rows;			/* 0: not known */
	int64		scans;
	int64		writes;
	TimestampTz told_at;		/* by another database; 0: they are of this
								 * one */
} TableFacts;

/* What another database has told of its tables. */
typedef struct FactsTold FactsTold;

/* Read what the table migrate.facts has; NULL if it is empty. */
extern FactsTold *table_facts_told(void);

/*
 * Returns what was told of a relation; or, if nothing was told of it, what it is here.  Of an index
 * it is that of its table. told may be NULL.  Relations are locked in ACCESS SHARE mode.
 */
extern TableFacts table_facts_of(const FactsTold *told, Oid relid);

/* Returns them in words, as the evidence of a finding. */
extern const char *table_facts_words(const TableFacts *facts);

/*
 * Returns a script that tells another database the facts of the tables of this one, and the
 * statements that pg_stat_statements has, as the caller sees them.  It has no rows, and no
 * statement with a constant in it.  Raises a NOTICE for what is left out.  facts_script.c
 */
extern char *facts_script(void);

#endif							/* MIGRATE_TABLE_FACTS_H */
