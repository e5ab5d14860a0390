/*
 * extension_rules.h
 *		What extensions run by themselves: migrate.extension_rules.
 *
 * A hypertable's chunks, the shards of a distributed table, the partitions that pg_partman makes at
 * run time, and the triggers that such extensions put on tables: nobody writes revisions of them.
 *
 * Memory: results are allocated in the context that is current in the call and are never freed singly.
 */
#ifndef MIGRATE_EXTENSION_RULES_H
#define MIGRATE_EXTENSION_RULES_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct ExtensionRules ExtensionRules;

/*
 * Read the rules of the extensions that are installed, and what they say today.  NULL if no rule is
 * about one of them.  The error of a rule's query names the rule.
 */
extern ExtensionRules *extension_rules_read(void);

/* The extension that runs this relation or trigger by itself; NULL: none. */
extern const char *extension_rules_owner(const ExtensionRules *rules, Oid classid, Oid objid);

/* A table that an extension runs, or a view. */
typedef struct RunTable
{
	Oid			relid;
	const char *extension;
	const char *sql;			/* makes the bare table such a one; NULL if
								 * nobody knows */
	const char *identity;		/* quoted; set by the snapshot */
} RunTable;

/* RunTable *, without identities, in the order in which they are to be made; reads the rules by itself. */
extern List *extension_rules_made_again(void);

#endif							/* MIGRATE_EXTENSION_RULES_H */
