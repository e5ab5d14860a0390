/*
 * race.h
 *		What another session does to the catalogs while we look at them.
 *
 * The server's functions that print a definition look at the catalogs of this
 * moment, whatever snapshot the query around them has.  So beside DDL of another
 * session a query may get NULL, an internal error of the server, or the new text
 * of an object under its old name.
 */
#ifndef MIGRATE_RACE_H
#define MIGRATE_RACE_H

#include "postgres.h"

#include "compat.h"

#include "utils/snapshot.h"

/*
 * Run body(arg) in a subtransaction, in the memory context of the caller.  Returns NULL
 * if it ran, and what it has done is kept; otherwise its error, allocated in that context,
 * and what it has done is rolled back.
 */
extern ErrorData *race_try(void (*body) (void *arg), void *arg);

/* A moment, for race_seen(). */
extern uint64 race_moment(void);

/*
 * May another session have changed a catalog since that moment?  True also if it was one
 * that does not matter.  In a transaction that keeps one snapshot, the moment is that of
 * the snapshot.
 */
extern bool race_seen(uint64 since);

/*
 * What the catalogs hold at this moment, to look for it later: to be given back with race_forget(),
 * by the same resource owner.
 */
extern Snapshot race_remember(void);
extern void race_forget(Snapshot before);

/*
 * Has another session changed or dropped any object that was there, but for temporary ones?  Only
 * what was there can have been read: what is new, and ANALYZE, explain no error.  Reads whole
 * catalogs: for when there is one.
 */
extern bool race_lost_any(Snapshot before);

/* Is it an internal error of the server, such as of an object that is gone, or a deadlock? */
extern bool race_is_internal(const ErrorData *error);

/* Likewise, or that something does not exist: in SQL that is ours, that means that it is gone. */
extern bool race_explains(const ErrorData *error);

/* Raise 40001; error, which may be NULL, says in the detail what was found. */
extern void race_raise(const ErrorData *error) pg_attribute_noreturn();

#endif							/* MIGRATE_RACE_H */
