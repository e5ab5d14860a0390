/*
 * prints.h
 *		A schema as texts, one for each object, that is followed from change to change.
 *
 * Tells whether two states are the same by reading only the rows that have changed between them.
 * If they are not, a comparison of snapshots tells what differs.
 */
#ifndef MIGRATE_PRINTS_H
#define MIGRATE_PRINTS_H

#include "postgres.h"

#include "shadow/changed.h"

/* One object; table and columns have the same address. */
typedef struct Print
{
	ChangedAddress address;
	char	   *text;
} Print;

/* The texts of a set of addresses in one state; an address may have no object there. */
typedef struct Prints
{
	const Changed *of;			/* with dependents */
	List	   *list;			/* Print * */
} Prints;

/* A state of the schema, as far as it has been read. */
typedef struct PrintedState PrintedState;

/* Read the present state completely, into the current context. */
extern PrintedState *prints_begin(const Managed *managed, const Shadow *shadow);

/* Read these objects as they are now. */
extern Prints *prints_read(const PrintedState *state, const Changed *of);

/*
 * The same objects as they were when the state was read, or, where later is not NULL and
 * has them, as they are there.
 */
extern Prints *prints_recall(const PrintedState *state, const Prints *later, const Changed *of);

extern bool prints_equal(const Prints *a, const Prints *b);

/* From now on the state has these texts for these objects. */
extern void prints_apply(PrintedState *state, const Prints *later);

#endif							/* MIGRATE_PRINTS_H */
