/*
 * fold.h
 *		Which revisions a drawing shows singly, and which it folds into one line.
 */
#ifndef MIGRATE_FOLD_H
#define MIGRATE_FOLD_H

#include "graph/graph.h"

typedef struct Drawn
{
	RevList    *order;			/* the revisions that have a line, newest
								 * first; a folded stretch: its newest */
	bool	   *in_range;		/* by revision: is it in the range? */
	int		   *stretch;		/* by revision of order: how many revisions
								 * its line stands for; 0: itself alone */
	int		   *oldest;			/* by revision of order: the oldest one that
								 * its line stands for; its parents are the
								 * line's parents */
} Drawn;

/*
 * Decide what a drawing shows.  order: the revisions of the range, newest first.  current: the
 * applied revisions, or NULL to treat all alike.  The result is palloc'd.
 */
extern Drawn *fold_graph(const Graph *graph, const VersionState *current, const RevList *order,
						 bool fold);

#endif							/* MIGRATE_FOLD_H */
