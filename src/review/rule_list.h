/*
 * rule_list.h
 *		The rules by number, and the statement under review: for the files that find out which rules
 *		the statement breaks.
 */
#ifndef MIGRATE_RULE_LIST_H
#define MIGRATE_RULE_LIST_H

#include "review/rules.h"

typedef enum RuleNumber
{
	RULE_INDEX_LOCKS_WRITES,
	RULE_DROP_INDEX_LOCKS,
	RULE_REINDEX_LOCKS,
	RULE_SET_NOT_NULL_SCANS,
	RULE_CHECK_SCANS,
	RULE_DOMAIN_SCANS,
	RULE_FOREIGN_KEY_SCANS,
	RULE_KEY_BUILDS_INDEX,
	RULE_EXCLUSION_BUILDS_INDEX,
	RULE_VALIDATE_WITH_ADD,
	RULE_TYPE_REWRITES,
	RULE_ADD_COLUMN_REWRITES,
	RULE_REWRITES_TABLE,
	RULE_ATTACH_SCANS,
	RULE_DETACH_LOCKS,
	RULE_REFRESH_LOCKS_READERS,
	RULE_CHANGES_ALL_ROWS,
	RULE_LOCKS_TABLE,
	RULE_LOCKS_TWO_TABLES,
	RULE_TRUNCATES,
	RULE_DROP_COLUMN,
	RULE_DROP_TABLE,
	RULE_DROP_VIEW,
	RULE_DROP_ROUTINE,
	RULE_DROP_SEQUENCE,
	RULE_DROP_DEFAULT,
	RULE_DROP_NOT_NULL,
	RULE_DROP_CASCADE,
	RULE_RENAME_COLUMN,
	RULE_RENAME_TABLE,
	RULE_SET_SCHEMA,
	RULE_TYPE_CHANGES,
	RULE_ROW_SECURITY_WITHOUT_POLICY,
	RULE_DISABLES_TRIGGERS,
	RULE_NO_REPLICA_IDENTITY,
	RULE_PREFER_BIGINT,
	RULE_PREFER_IDENTITY,
	RULE_PREFER_JSONB,
	RULE_PREFER_TEXT,
	RULE_PREFER_TIMESTAMPTZ,
	RULE_NO_PRIMARY_KEY,
	NRULES
} RuleNumber;

/* The rules by their numbers.  rule_list.c */
extern const Rule rule_list[NRULES];

/* The statement, and what has been found of it. */
typedef struct Look
{
	RuleScope  *scope;
	Oid			relid;			/* the live table that a command is about */
	const char *table;			/* quoted */
	List	   *hits;
} Look;

/* rules.c */

/* The statement breaks this rule.  relid: the live table, or InvalidOid; subject: quoted. */
extern void look_hit(Look *l, RuleNumber number, Oid relid, const char *subject);

/* The name as it was written, quoted; and the name of a column of the statement's table. */
extern const char *look_quoted(const RangeVar *name);
extern const char *look_column(const Look *l, const char *column);

/* column_rules.c */

/*
 * The types that are better not chosen for a new column.  keys: the columns of the primary key that
 * the statement names beside the columns.
 */
extern void look_at_column_type(Look *l, const ColumnDef *column, const List *keys);
extern void look_at_create_table(Look *l, const CreateStmt *stmt);

/*
 * Does each row of an existing table get a value of its own for the new column, or is each row
 * checked, so that all are written?
 */
extern bool column_adds_values(const ColumnDef *column);

#endif							/* MIGRATE_RULE_LIST_H */
