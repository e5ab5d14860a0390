/*
 * write_chain.h
 *		Writes the revisions of a chain, each on top of the one before.
 */
#ifndef MIGRATE_WRITE_CHAIN_H
#define MIGRATE_WRITE_CHAIN_H

#include "postgres.h"

#include "author/autogenerate.h"
#include "script/script.h"

/* The parents and dependencies of the first revision, and the identifier of the last. */
typedef struct Placement
{
	char	  **heads;
	int			nheads;
	bool		splice;
	char	  **depends_on;
	int			ndepends_on;
	const char *rev_id;			/* or NULL: one is made up */
} Placement;

/*
 * That must be known even if there is nothing to write.  Errors: those of target_new_parents() and
 * target_dependencies().
 */
extern void write_require_place(const Placement *place);

/*
 * Write a list of Generated as revisions, with the message and the labels of a pattern.  Returns
 * the identifier of the last.  The migration lock is held.
 */
extern const char *write_chain(const List *chain, const RevisionLinks *pattern,
							   const Placement *place);

#endif							/* MIGRATE_WRITE_CHAIN_H */
