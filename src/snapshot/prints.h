/*
 * prints.h
 *		A schema as texts, one for each object, that is followed from change to change.
 *
 * It says whether two states are the same, without a snapshot of either: only what
 * has changed between them is read.  What differs is for a comparison of snapshots to say.
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

/* Some of a state's objects: those of a set of addresses, whether they are there or not. */
typedef struct Prints
{
	const Changed *of;			/* with dependents */
	List	   *list;			/* Print * */
} Prints;

/* A state, as it was read last. */
typedef struct PrintedState PrintedState;

/* The state that is there now, read whole.  It lives in the current context. */
extern PrintedState *prints_begin(const Managed *managed, const Shadow *shadow);

/* Read these objects as they are now. */
extern Prints *prints_read(const PrintedState *state, const Changed *of);

/*
 * The same objects as they were when the state was read, or, where later is not NULL and
 * has them, as they are there.
 */
extern Prints *prints_recall(const PrintedState *state, const Prints *later, const Changed *of);

extern bool prints_equal(const Prints *a, const Prints *b);

/* The state is as these say from now on. */
extern void prints_apply(PrintedState *state, const Prints *later);

#endif							/* MIGRATE_PRINTS_H */
