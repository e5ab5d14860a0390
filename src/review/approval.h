/*
 * approval.h
 *		Somebody else has looked at what is pending, and it may go out as it is.
 *
 * Memory: results are allocated in the context that is current in the call and are never
 * freed singly.
 */
#ifndef MIGRATE_APPROVAL_H
#define MIGRATE_APPROVAL_H

#include "postgres.h"

#include "kinds/managed.h"
#include "store/store.h"

/* What was approved. */
typedef struct Approved
{
	Store	   *store;
	MigrationPlan *plan;
	char	  **writers;		/* of each step's script; NULL: not known */
} Approved;

/*
 * Approve the upgrade to the target, as the role that is logged in, for the state that the database
 * is in.  Nothing is written if nothing is pending.  comment may be NULL.
 * Errors: those of planning; 42501 if the role has written one of the scripts; MG025.
 */
extern Approved approval_give(const Managed *managed, const char *target, const char *comment);

/*
 * Returns who has approved exactly this plan, for the state that the database is in, or NULL if
 * nobody has.
 */
extern Approval *approval_find(const Managed *managed, const Store *store,
							   const MigrationPlan *plan);

/*
 * Raises MG032 unless somebody has approved exactly this: the same steps with the same scripts,
 * from the same version rows, on the same schema.
 */
extern void approval_require(const Managed *managed, const Store *store, const MigrationPlan *plan);

#endif							/* MIGRATE_APPROVAL_H */
