/*
 * graph_private.h
 *		What only the files of src/graph share.
 *
 * The rest of the extension includes graph.h.
 */
#ifndef MIGRATE_GRAPH_PRIVATE_H
#define MIGRATE_GRAPH_PRIVATE_H

#include "graph/graph.h"

/* Results of target.c and walk.c that are no revision. */
#define REV_BASE		(-1)	/* a walk went down past a base */
#define REV_NOTHING		(-2)	/* the target names no revision ("base"), or
								 * nothing is applied where a walk starts */
#define REV_NOWHERE		(-3)	/* a walk left the graph */

typedef struct GraphLabel
{
	const char *name;
	int			rev;
} GraphLabel;

struct GraphPrivate
{
	MemoryContext context;		/* in which the graph lives */
	int			capacity;		/* of Graph.revs */
	struct keytable_hash *keys; /* identifiers and labels */
	int			nlabels;
	GraphLabel *labels;			/* load order */
	int		   *level;			/* longest path down to a base, by parents and
								 * dependencies: an ancestor's is smaller */
	int		   *topo;			/* topological order: every revision after its
								 * parents and dependencies */

	/* made when first asked for */
	int		   *nlower;			/* see graph_lower() */
	int		  **lower;
	int			lineage_rev;	/* the revision whose lineage is kept, or -1 */
	bool	   *lineage;
};

/* ---------------------------------------------------------------- graph.c */

/* Returns the revision with exactly this identifier or label, or -1; is_label may be NULL. */
extern int	graph_find_key(const Graph *graph, const char *name, bool *is_label);

/* ---------------------------------------------------------------- lineage.c */

/*
 * Returns the revision's parents in declared order, then its reduced dependencies:
 * those that no ancestor by parent links declares already.  Alembic's order
 * follows these links.  The array belongs to the graph.
 */
extern const int *graph_lower(const Graph *graph, int rev, int *n);

/* Returns marks of the given revisions and their ancestors, by parents or also by dependencies. */
extern bool *graph_ancestors(const Graph *graph, const int *revs, int n, bool with_deps);

/* The same with their descendants. */
extern bool *graph_descendants(const Graph *graph, const int *revs, int n, bool with_deps);

/*
 * Returns marks of the revision, its ancestors and its descendants, by parent links.
 * The marks belong to the graph and live until the next call.
 */
extern const bool *graph_lineage(const Graph *graph, int rev);

/* Returns marks of the revisions that belong to the label of this revision ("label reach"). */
extern bool *graph_label_members(const Graph *graph, int labelled_rev);

/*
 * Returns true and one such pair if one of the revisions is an ancestor of another,
 * by parents or dependencies.
 */
extern bool graph_find_overlap(const Graph *graph, const RevList *revs, int *upper, int *lower);

/* ---------------------------------------------------------------- version.c */

/* Mark the revisions and all their ancestors as applied. */
extern void version_add_closure(VersionState *state, const RevList *revs);

/* Begin a step: version_changes() returns the changes since the last call. */
extern void version_begin_step(VersionState *state);

/*
 * Take a row away, and every revision that was applied only because of that row.
 * `keep` and its ancestors stay applied.
 */
extern void version_remove_row(VersionState *state, int row, int keep);

/* ---------------------------------------------------------------- names.c */

/* Returns a palloc'd list of one revision. */
extern RevList *revlist_one(int rev);
extern bool revlist_has(const RevList *list, int rev);

/* Returns a new list without repetitions, in the order of first occurrence. */
extern RevList *revlist_dedupe(const Graph *graph, const RevList *list);
extern void revlist_sort_by_id(const Graph *graph, RevList *list);

/* Returns the identifiers as a text for a DETAIL, in the given order: "a", "b" and 3 more */
extern char *names_of_revs(const Graph *graph, const int *revs, int n);

/* The same for texts. */
extern char *names_of_texts(const char *const *texts, int n);

/*
 * Returns, quoted, the identifiers and labels that a mistyped name may have meant, or NULL
 * if none is similar.  Those of the revision `except` (or -1) do not count.
 */
extern char *names_near(const Graph *graph, const char *name, int except);

/* Returns a palloc'd copy of a text without the white space at its ends. */
extern char *name_trim(const char *text, int len);

/* Returns a name from the user as messages show it: as text_shown() does, cut if it is long. */
extern const char *name_shown(const char *name);

/* ---------------------------------------------------------------- target.c */

/* On whose behalf a target is resolved; the function is for the hints of errors. */
typedef struct TargetAsker
{
	const Graph *graph;
	const char *function;		/* "upgrade" makes hints say
								 * migrate.upgrade(...); NULL: no function */
} TargetAsker;

/* A parsed target; missing parts are NULL. */
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

/*
 * Parse one target.  last_at: the branch ends at the last @ (as in Alembic's downgrade), not at
 * the first.  Errors: MG001 for an empty target.
 */
extern void target_parse(const TargetAsker *asker, const char *text, bool last_at,
						 TargetText *target);

/*
 * Returns the revision that a branch name (label, identifier or prefix) stands for, or -1 if the
 * name is NULL.  Errors: MG003, MG002.
 */
extern int	target_branch(const TargetAsker *asker, const char *branch);

/* Returns the one revision that an absolute target names; REV_NOTHING for base. */
extern int	target_one(const TargetAsker *asker, const TargetText *target, const char *branch);

/* Returns all revisions that an absolute target, or -N from the heads, names; none for base. */
extern RevList *target_many(const TargetAsker *asker, const TargetText *target);

/*
 * Returns where -N or branch@-N ends from each real head; REV_BASE and REV_NOWHERE may be
 * among them.
 */
extern RevList *target_walk_heads(const TargetAsker *asker, const TargetText *target);

/* Raises MG009 if one of the revisions is an ancestor of another. */
extern void target_check_overlap(const Graph *graph, const RevList *revs);

/* ---------------------------------------------------------------- walk.c */

/*
 * Go as many steps up or down by parent links as the target says.  A walk up visits
 * only children in `lineage`, unless that is NULL.  A walk that leaves the graph is
 * MG008; with clamp it ends at the last place it reached.  Returns a revision or
 * REV_BASE; REV_NOTHING if the walk started there and got nowhere.
 */
extern int	walk(const TargetAsker *asker, int start, const TargetText *target,
				 const bool *lineage, bool clamp);

/* The same, but returns REV_NOWHERE instead of raising MG008. */
extern int	walk_if_possible(const TargetAsker *asker, int start, const TargetText *target,
							 const bool *lineage, bool clamp);

/* Raises MG008. */
extern void error_too_far(const TargetText *target) pg_attribute_noreturn();

/*
 * Returns the revisions that the target of an upgrade means when the revisions `from`
 * are current.  clamp: for history, where a relative target that is too long ends at
 * the last revision instead of failing.
 */
extern RevList *walk_upgrade_target(const TargetAsker *asker, const RevList *from,
									const TargetText *target, bool clamp);

/*
 * Returns the lowest revisions that a downgrade to this target undoes; it also undoes
 * their applied descendants.  *to becomes the revision to end at, or a negative number
 * for base and for a bare -N.
 */
extern RevList *walk_downgrade_roots(const TargetAsker *asker, const VersionState *state,
									 const char *text, int *to);

/* ---------------------------------------------------------------- order.c */

/*
 * The same as order_newest_first(), but faster for a set that is convex and lies entirely under
 * its tips, as that of a plan does.  See order.c.
 */
extern RevList *order_convex(const Graph *graph, const bool *todo, const RevList *tips);

/* ---------------------------------------------------------------- reach.c */

typedef struct Reach Reach;

/*
 * Prepare to answer whether one revision is an ancestor of another, by parents and
 * dependencies.  This costs some ten times as much as a walk over the graph.  The
 * result lives in the current memory context.
 */
extern Reach *reach_make(const Graph *graph);

/* Can reach_above() and the functions below be asked about this upper revision? */
extern bool reach_knows(const Reach *reach, int upper);

/* Is upper the revision lower or a descendant of it? */
extern bool reach_above(const Reach *reach, int upper, int lower);

/*
 * The set of open tips, each with a number of its own; reach_knows() must be true of
 * them.  The first two functions add and remove a tip; the third returns the least
 * number of the tips that are descendants of a revision, or -1.
 */
extern void reach_open(Reach *reach, int rev, int number);
extern void reach_close(Reach *reach, int rev);
extern int	reach_first_above(const Reach *reach, int lower);

#endif							/* MIGRATE_GRAPH_PRIVATE_H */
