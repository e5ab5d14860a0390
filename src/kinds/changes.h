/*
 * changes.h
 *		Between the three steps of a comparison: what happens to each object
 *		(fate.c), in which order (sort.c), and what is said of it (diff.c).
 */
#ifndef MIGRATE_CHANGES_H
#define MIGRATE_CHANGES_H

#include "kinds/object.h"

#include "catalog/pg_depend.h"

typedef struct Changes
{
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	Change	  **of_old;			/* by number of the object; never NULL */
	Change	  **of_new;
	List	   *all;			/* Change * */
	List	   *rebuild;		/* char *, identities: enums that are made
								 * anew even if a value could be added */
} Changes;

/* What happens to each object of the two; rebuild as in Changes.  fate.c */
extern Changes *changes_find(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* Is there anything that has this as the name of a type? */
extern bool snapshot_has_type(const SchemaSnapshot *snapshot, const char *identity);

/*
 * While the live schema is read: an entry of pg_depend in which something that is no
 * object of the snapshot hangs on one.  False if that belongs to what is managed, too, and is
 * not ignored there.  dependents.c
 */
extern bool dependents_add(SchemaSnapshot *snapshot, const FormData_pg_depend *depend, const SchemaObject *on, bool is_ignored);

/* The schema "to" also with those who hang on the objects of the same names in "of". */
extern SchemaSnapshot *dependents_lend(const SchemaSnapshot *of, const SchemaSnapshot *to);

/*
 * Tell each change whom it meets outside.  Returns those for whom PostgreSQL would
 * refuse it, by name: a list of Obstacle.
 */
extern List *dependents_judge(Changes *changes);

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

/* The enums that both have, where one of the two has more values: a list of identities. */
extern List *enums_that_grow(const SchemaSnapshot *one, const SchemaSnapshot *other);

/* The changes as statements, in an order that runs: a list of SchemaChange.  sort.c */
extern List *changes_order(Changes *changes, List **notices);

#endif							/* MIGRATE_CHANGES_H */
