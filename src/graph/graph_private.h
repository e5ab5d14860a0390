/*
 * graph_private.h
 *		What the files of src/graph share among themselves and with nobody else.
 *
 * The rest of the extension includes graph.h.
 */
#ifndef MIGRATE_GRAPH_PRIVATE_H
#define MIGRATE_GRAPH_PRIVATE_H

#include "graph/graph.h"

/* A walk (target.c, walk.c) can end outside the revisions. */
#define REV_BASE		(-1)	/* below a root: the target "base" */
#define REV_NOTHING		(-2)	/* no revision at all: where a walk begins
								 * with nothing applied */
#define REV_NOWHERE		(-3)	/* there is no such place */

typedef struct GraphLabel
{
	const char *name;
	int			rev;
} GraphLabel;

struct GraphPrivate
{
	MemoryContext context;		/* of the graph: what is kept in it lives
								 * there */
	int			capacity;		/* of Graph.revs */
	struct keytable_hash *keys; /* identifiers and labels */
	int			nlabels;
	GraphLabel *labels;			/* load order */
	int		   *level;			/* longest way down to a root, by parents and
								 * dependencies: an ancestor's is smaller */
	int		   *topo;			/* every revision after its parents and
								 * dependencies */

	/* made when first asked for */
	int		   *nlower;			/* see graph_lower() */
	int		  **lower;
	int			lineage_rev;	/* the revision that lineage is of, or -1 */
	bool	   *lineage;
};

/* ---------------------------------------------------------------- graph.c */

/* The revision with exactly this identifier or label, or -1. */
extern int	graph_find_key(const Graph *graph, const char *name, bool *is_label);

/* ---------------------------------------------------------------- lineage.c */

/*
 * Parents in declared order, then the reduced dependencies: those that no
 * ancestor by parent links declares already.  This is what Alembic's order
 * follows.
 */
extern const int *graph_lower(const Graph *graph, int rev, int *n);

/* marks of the given revisions and everything below, by parents only or also by dependencies */
extern bool *graph_ancestors(const Graph *graph, const int *revs, int n, bool with_deps);

/* the same for everything above */
extern bool *graph_descendants(const Graph *graph, const int *revs, int n, bool with_deps);

/* marks of what shares lineage with a revision: itself, its ancestors and descendants by parent
 * links.  The result belongs to the graph and lives until the next call. */
extern const bool *graph_lineage(const Graph *graph, int rev);

/* marks of the revisions that belong to the label of this revision ("label reach") */
extern bool *graph_label_members(const Graph *graph, int labelled_rev);

/*
 * If one of the revisions is an ancestor of another (by parents or
 * dependencies): true, and such a pair.
 */
extern bool graph_find_overlap(const Graph *graph, const RevList *revs, int *upper, int *lower);

/* ---------------------------------------------------------------- version.c */

/* Mark the revisions and everything below them as applied. */
extern void version_add_closure(VersionState *state, const RevList *revs);

/* What changes from here on is what version_changes() tells. */
extern void version_begin_step(VersionState *state);

/*
 * Take a row away together with what was applied only because of it, but not
 * `keep` and what is below that.
 */
extern void version_remove_row(VersionState *state, int row, int keep);

/* ---------------------------------------------------------------- names.c */

/* A list of just one; see also revlist_make(). */
extern RevList *revlist_one(int rev);
extern bool revlist_has(const RevList *list, int rev);
extern RevList *revlist_dedupe(const Graph *graph, const RevList *list);
extern void revlist_sort_by_id(const Graph *graph, RevList *list);

/* "a", "b" and 3 more: for the DETAIL of an error.  Keeps the order given. */
extern char *names_of_revs(const Graph *graph, const int *revs, int n);

/* The same of text. */
extern char *names_of_texts(const char *const *texts, int n);

/* Identifiers and labels that a mistyped name may have meant, quoted, but for those of revision
 * except (or -1), which names it; NULL if none comes near. */
extern char *names_near(const Graph *graph, const char *name, int except);

/* A text with blanks at its ends taken off, palloc'd. */
extern char *name_trim(const char *text, int len);

/* A name from outside as it may stand in a message: cut if it is huge. */
extern const char *name_shown(const char *name);

/* ---------------------------------------------------------------- target.c */

/* Who asks for a target: what the errors say. */
typedef struct TargetAsker
{
	const Graph *graph;
	const char *function;		/* "upgrade" makes hints say
								 * migrate.upgrade(...); NULL: no function */
} TargetAsker;

/* A target taken to pieces; parts that are not there are NULL. */
typedef struct TargetText
{
	char	   *whole;			/* trimmed */
	char	   *branch;			/* before the @ */
	char	   *symbol;			/* head, an identifier, ...; NULL only if
								 * relative */
	bool		relative;
	bool		down;			/* relative: -N, not +N */
	int			steps;			/* relative: N; INT_MAX if it is too large for
								 * any graph */
} TargetText;

/* last_at: the branch is what stands before the last @ (downgrade), not the first.  MG001 if empty. */
extern void target_parse(const TargetAsker *asker, const char *text, bool last_at,
						 TargetText *target);

/* The revision that a branch name (label, identifier or prefix) stands for, or -1 if that is NULL.
 * MG003, MG002. */
extern int	target_branch(const TargetAsker *asker, const char *branch);

/* Where just one revision can be meant, absolute forms only; REV_NOTHING for base. */
extern int	target_one(const TargetAsker *asker, const TargetText *target, const char *branch);

/* Where several can: absolute forms and -N from the heads.  Nothing for base. */
extern RevList *target_many(const TargetAsker *asker, const TargetText *target);

/* Where -N or branch@-N from each real head ends, REV_BASE and REV_NOWHERE included. */
extern RevList *target_walk_heads(const TargetAsker *asker, const TargetText *target);

/* MG009 if one of the revisions is an ancestor of another */
extern void target_check_overlap(const Graph *graph, const RevList *revs);

/* ---------------------------------------------------------------- walk.c */

/*
 * Go the target's steps up or down by parent links.  Up, children are filtered
 * by `lineage` if that is not NULL.  Leaving the graph is MG008; with clamp the
 * walk just ends there.  Returns a revision, REV_BASE, or (clamped) REV_NOTHING.
 */
extern int	walk(const TargetAsker *asker, int start, const TargetText *target,
				 const bool *lineage, bool clamp);

/* The same, but leaving the graph is REV_NOWHERE. */
extern int	walk_if_possible(const TargetAsker *asker, int start, const TargetText *target,
							 const bool *lineage, bool clamp);

/* MG008 */
extern void error_too_far(const TargetText *target) pg_attribute_noreturn();

/*
 * What the target of an upgrade means when the revisions `from` are current.
 * clamp: for history, where an over-long relative target ends at the end.
 */
extern RevList *walk_upgrade_target(const TargetAsker *asker, const RevList *from,
									const TargetText *target, bool clamp);

/*
 * The lowest revisions that a downgrade to this target undoes; whatever is
 * applied above them goes too.  *to is the revision to end at, or a negative
 * number for base and where it does not matter.
 */
extern RevList *walk_downgrade_roots(const TargetAsker *asker, const VersionState *state,
									 const char *text, int *to);

/* ---------------------------------------------------------------- order.c */

/* order_newest_first() for a set that is convex and all under its tips, as that of a plan is. */
extern RevList *order_convex(const Graph *graph, const bool *todo, const RevList *tips);

/* ---------------------------------------------------------------- reach.c */

typedef struct Reach Reach;

/*
 * Prepare to answer whether one revision is above another, by parents and
 * dependencies.  Costs some ten times as much as a walk over the graph, and
 * lives in the current memory context.
 */
extern Reach *reach_make(const Graph *graph);

/* Can reach_above() tell for this upper revision? */
extern bool reach_knows(const Reach *reach, int upper);
extern bool reach_above(const Reach *reach, int upper, int lower);

/*
 * The open tips among those that reach_knows(), each under a number of its own:
 * put one in, take it out, and the least number of those above a revision, or -1.
 */
extern void reach_open(Reach *reach, int rev, int number);
extern void reach_close(Reach *reach, int rev);
extern int	reach_first_above(const Reach *reach, int lower);

#endif							/* MIGRATE_GRAPH_PRIVATE_H */
