/*
 * steps.h
 *		Between the steps of a comparison: what happens to each object (fate.c), in
 *		which order (sort.c), and what is said of it (diff.c).
 */
#ifndef MIGRATE_STEPS_H
#define MIGRATE_STEPS_H

#include "diff/diff.h"
#include "kinds/changes.h"

/* Decide what happens to each object of the two schemas; rebuild as in Changes.  fate.c */
extern Changes *changes_find(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* Is this the name of a type, also of the row type of a relation? */
extern bool snapshot_has_type(const SchemaSnapshot *snapshot, const char *identity);

/* What a function's body, a text, seems to name.  bodies.c */
typedef struct Body
{
	const SchemaObject *function;
	List	   *named;			/* SchemaObject * */
} Body;

/* The bodies of functions that may be called while a script runs: a list of Body. */
extern List *bodies_evaluated(const SchemaSnapshot *snapshot);

/*
 * The bodies of functions that are called for objects which the changes create or alter: a list of
 * Body.
 */
extern List *bodies_called(const Changes *changes);

/*
 * The enums that get a value which the body of such a function seems to use: a list of identities.
 * enum_values.c
 */
extern List *enums_used_by_bodies(const Changes *changes);

/* The changes as statements, in an order that runs: a list of SchemaChange.  sort.c */
extern List *changes_order(Changes *changes, List **notices);

/* A notice for each table or column that may have been renamed.  rename_guesses.c */
extern List *rename_guesses(const SchemaSnapshot *from, const SchemaSnapshot *to);

#endif							/* MIGRATE_STEPS_H */
