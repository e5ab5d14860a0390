/*
 * fold.h
 *		What of a graph is drawn.
 */
#ifndef MIGRATE_FOLD_H
#define MIGRATE_FOLD_H

#include "graph/graph.h"

typedef struct Drawn
{
	RevList    *order;			/* the revisions that have a line, newest
								 * first */
	bool	   *in_range;		/* by number: is it one of those, or folded? */
	int		   *stretch;		/* how many revisions the line stands for; 0:
								 * itself alone */
	int		   *oldest;			/* the last of them: its parents are the
								 * line's */
} Drawn;

/* order: the revisions of the range, newest first.  current may be NULL. */
extern Drawn *fold_graph(const Graph *graph, const VersionState *current, const RevList *order, bool fold);

#endif							/* MIGRATE_FOLD_H */
