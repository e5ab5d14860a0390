/*
 * steps.h
 *		Between the steps of a comparison: what happens to each object (fate.c), in
 *		which order (sort.c), and what is said of it (diff.c).
 */
#ifndef MIGRATE_STEPS_H
#define MIGRATE_STEPS_H

#include "diff/diff.h"
#include "kinds/changes.h"

/* What happens to each object of the two; rebuild as in Changes.  fate.c */
extern Changes *changes_find(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* Is there anything that has this as the name of a type? */
extern bool snapshot_has_type(const SchemaSnapshot *snapshot, const char *identity);

/* What a function's body, a text, seems to name.  bodies.c */
typedef struct Body
{
	const SchemaObject *function;
	List	   *named;			/* SchemaObject * */
} Body;

/* Of the functions that may be called while a script runs: a list of Body. */
extern List *bodies_evaluated(const SchemaSnapshot *snapshot);

/* Of those that are called for the objects of the new schema that the changes make. */
extern List *bodies_called(const Changes *changes);

/*
 * The enums that get a value which the body of such a function seems to use: a list of identities.
 * enum_values.c
 */
extern List *enums_used_by_bodies(const Changes *changes);

/* The changes as statements, in an order that runs: a list of SchemaChange.  sort.c */
extern List *changes_order(Changes *changes, List **notices);

/* A line for each thing that may have been renamed and was not said to be.  rename_guesses.c */
extern List *rename_guesses(const SchemaSnapshot *from, const SchemaSnapshot *to);

#endif							/* MIGRATE_STEPS_H */
