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

#include "kinds/object.h"
#include "snapshot/snapshot.h"

typedef enum ChangeAction
{
	CHANGE_CREATE,
	CHANGE_ALTER,
	CHANGE_DROP,
	CHANGE_RENAME
} ChangeAction;

/* What is done to one object. */
typedef struct SchemaChange
{
	ChangeAction action;
	const Kind *kind;
	const char *identity;		/* quoted */
	List	   *statements;		/* SchemaStatement *; never empty */
	List	   *obstacles;		/* Obstacle * */
	bool		is_aside;		/* renames an old object aside, or drops it
								 * once its replacement exists */
	bool		is_untried;		/* no proof may run it: see RunTable */
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
 * The same to be run in one transaction, where a value that is added to an enum cannot be used.
 * The enums of the list rebuild (char *, identities) are made anew instead of getting values, and
 * so are those of which a function that is called uses a new value, as far as its text tells.  That
 * nothing else uses one has to be tried out: autogenerate_try().
 */
extern SchemaDiff *schema_diff_in_transaction(const SchemaSnapshot *from, const SchemaSnapshot *to,
											  List *rebuild);

/*
 * The enums that both have, where one of the two has more values: a list of identities.
 * enum_values.c
 */
extern List *enums_that_grow(const SchemaSnapshot *one, const SchemaSnapshot *other);

/* "create", "alter", "drop", "rename" */
extern const char *schema_change_action(const SchemaChange *change);

/* Does the change create or alter a function, so that the server would check its body? */
extern bool schema_change_writes_function(const SchemaChange *change);

/* A change's statements, each ended by ";", a line each. */
extern char *schema_change_sql(const SchemaChange *change);

/* The hazards of a change in words: a list of char *, in a fixed order.  hazard.c */
extern List *schema_change_hazards(const SchemaChange *change);

/* The Hazard bits of all statements of a change. */
extern int	schema_change_hazard_bits(const SchemaChange *change);

/* The same for a proof: without the changes that none may run. */
extern char *schema_diff_tried_sql(const SchemaDiff *diff);

/* Are there any of those? */
extern bool schema_diff_has_untried(const SchemaDiff *diff);

/* All changes as a script: each statement ended by ";", a blank line between changes. */
extern char *schema_diff_sql(const SchemaDiff *diff);

#endif							/* MIGRATE_DIFF_H */
