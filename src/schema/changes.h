/*
 * changes.h
 *		Between the three steps of a comparison: what happens to each object
 *		(fate.c), in which order (order.c), and what is said of it (diff.c).
 */
#ifndef MIGRATE_SCHEMA_CHANGES_H
#define MIGRATE_SCHEMA_CHANGES_H

#include "schema/object.h"

typedef struct Changes
{
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	Change	  **of_old;			/* by number of the object; never NULL */
	Change	  **of_new;
	List	   *all;			/* Change * */
	List	   *rebuild;		/* char *: enums that are made anew even if a
								 * value could be added */
} Changes;

/* What happens to each object of the two; rebuild as in Changes.  fate.c */
extern Changes *changes_find(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* What a function's body, a text, seems to name.  bodies.c */
typedef struct Body
{
	const SchemaObject *function;
	List	   *named;			/* SchemaObject * */
} Body;

/* Of the functions that may be called while a script runs: a list of Body. */
extern List *bodies_evaluated(const SchemaSnapshot *snapshot);

/* The changes as statements, in an order that runs: a list of SchemaChange.  order.c */
extern List *changes_order(Changes *changes, List **notices);

#endif							/* MIGRATE_SCHEMA_CHANGES_H */
