/*
 * changes.h
 *		Between the three steps of a comparison: what happens to each object
 *		(fate.c), in which order (sort.c), and what is said of it (diff.c).
 */
#ifndef MIGRATE_CHANGES_H
#define MIGRATE_CHANGES_H

#include "kinds/object.h"

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

#endif							/* MIGRATE_CHANGES_H */
