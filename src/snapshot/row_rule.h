/*
 * row_rule.h
 *		What a statement will ask of the rows that are there.
 *
 * Memory: in the current context.
 */
#ifndef MIGRATE_ROW_RULE_H
#define MIGRATE_ROW_RULE_H

#include "postgres.h"

#include "utils/rel.h"

typedef struct RowRule
{
	List	   *keys;			/* char *, SQL: no two rows may have them all
								 * equal; NIL for a CHECK */
	List	   *operators;		/* char *, for each key: of an exclusion
								 * constraint; NIL: "=" */
	char	   *condition;		/* SQL: what a CHECK asks, or else which rows
								 * count; or NULL */
	bool		nulls_equal;
	bool		no_children;	/* a CHECK of this table only */
	bool		any_function;	/* may be in its expressions, not only what is
								 * PostgreSQL's own */
} RowRule;

/*
 * That of CREATE UNIQUE INDEX, or of ALTER TABLE ... ADD CONSTRAINT but for a foreign key, in our
 * own words. NULL if it cannot be told by functions of PostgreSQL's own.  The search path must be
 * pinned. Errors: those of the parser for what the table does not have.
 */
extern RowRule *row_rule_read(const char *sql, Relation rel);

/*
 * The same of a parsed statement that somebody has written, whatever its functions; an ALTER TABLE
 * has this one command. It is read with the search path that is set, and printed so that it means
 * the same with a pinned one.
 */
extern RowRule *row_rule_of(Node *statement, Relation rel);

/* Any expression over the table's columns, likewise. */
extern char *row_rule_expression(Relation rel, Node *expression);

/* Does it add a constraint of periods, in which one row may need several others? */
extern bool row_rule_is_temporal(const char *sql);

#endif							/* MIGRATE_ROW_RULE_H */
