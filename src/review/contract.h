/*
 * contract.h
 *		A revision that takes something away waits until nobody uses it.
 *
 * Memory: results are allocated in the context that is current in the call and are never
 * freed singly.
 */
#ifndef MIGRATE_CONTRACT_H
#define MIGRATE_CONTRACT_H

#include "postgres.h"

#include "kinds/managed.h"
#include "nodes/pg_list.h"
#include "store/store.h"

/* Has a revision that the plan applies a contract? */
extern bool contract_is_in(const Store *store, const MigrationPlan *plan);

/* If so, keep how often statements were called.  Returns whether anything was written. */
extern bool contract_note(const Store *store, const MigrationPlan *plan);

/*
 * Returns, for each of these rows of impact (ImpactRow, with a queryid), when its calls were last
 * seen to grow; 0: not within this time, an interval.
 */
extern TimestampTz *contract_last_called(const List *rows, const char *within);

/*
 * Raises MG027 if a recorded statement that such a revision breaks was called within the time that
 * its contract names.  A WARNING says what cannot be known.
 * Errors: those of a shadow, besides; 40001; a cancel.
 */
extern void contract_require(const Managed *managed, const Store *store, const MigrationPlan *plan);

#endif							/* MIGRATE_CONTRACT_H */
