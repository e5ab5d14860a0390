/*
 * graph.h
 *		The revision graph: which revisions, in which order?
 *
 * Everything in src/graph is pure: it works on a DAG in memory and includes
 * neither spi.h nor any catalog, so a test can hand it data.  It may palloc and
 * ereport.  src/store reads the tables.
 *
 * Revisions are numbered 0 .. nrevs-1 in *load order* (Create Date, then
 * identifier).  Every order that a user can see comes from that numbering, so
 * every database that holds the same revisions shows the same order.
 *
 * Memory: every function allocates in the current memory context and frees
 * nothing singly; the caller drops the context.  Strings given
 * to graph_add() are not copied and must live as long as the graph.
 *
 * The words (head, real head, base, branch point, merge point, lineage, walk)
 * are Alembic's.  docs/semantics.md says what they mean exactly and where we
 * differ from Alembic.
 */
#ifndef MIGRATE_GRAPH_H
#define MIGRATE_GRAPH_H

#include "postgres.h"

#include "graph/direction.h"

#include "lib/stringinfo.h"

/* PostgreSQL 18 removed this macro: its pg_noreturn stands before the declaration. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* One revision as its author declared it: the input of graph_add(). */
typedef struct RevisionLinks
{
	const char *id;
	const char *message;		/* may be NULL; only for printing */
	const char *file_name;		/* may be NULL; only for error messages */
	int			nparents;
	char	  **parents;		/* identifiers, declared order */
	int			ndepends_on;
	char	  **depends_on;		/* identifiers or labels, declared order */
	int			nlabels;
	char	  **labels;
} RevisionLinks;

/* A revision in the graph; all links are indexes into Graph.revs. */
typedef struct Revision
{
	RevisionLinks links;		/* as given */
	int			nparents;
	int		   *parents;		/* declared order, without repetitions */
	int			ndeps;
	int		   *deps;			/* depends_on resolved, declared order,
								 * without repetitions */
	int			nchildren;
	int		   *children;		/* revisions that name this one as parent, in
								 * load order */
	int			ndependents;
	int		   *dependents;		/* revisions that depend on this one, in load
								 * order */
} Revision;

#define revision_is_base(r)			((r)->nparents == 0)
#define revision_is_head(r)			((r)->nchildren == 0)
#define revision_is_real_head(r)	((r)->nchildren == 0 && (r)->ndependents == 0)
#define revision_is_branch_point(r) ((r)->nchildren > 1)
#define revision_is_merge_point(r)	((r)->nparents > 1)

typedef struct GraphPrivate GraphPrivate;

typedef struct Graph
{
	int			nrevs;
	Revision   *revs;
	GraphPrivate *priv;			/* hash of identifiers and labels, lazily made
								 * marks; for the files of src/graph only */
} Graph;

/* A list of revisions (indexes into Graph.revs) in a significant order. */
typedef struct RevList
{
	int			n;
	int		   *revs;
} RevList;

/* A list of identifiers. */
typedef struct IdList
{
	int			n;
	char	  **ids;
} IdList;

static inline IdList
id_list(char **ids, int n)
{
	IdList		list = {n, ids};

	return list;
}

/* Returns an empty, palloc'd list with room for n revisions. */
extern RevList *revlist_make(int n);

/* ---------------------------------------------------------------- names.c */

/*
 * Returns a palloc'd copy of the first len bytes of a text that is safe to print
 * on a terminal: control characters, such as ESC, become blanks.  Letters of any
 * language stay.
 */
extern char *text_shown(const char *text, int len);

/* The same for the first line of a message. */
extern char *first_line_shown(const char *message);

/* ---------------------------------------------------------------- graph.c */

/* Start a graph; nexpected is a hint for its size. */
extern Graph *graph_begin(int nexpected);

/*
 * Add a revision.  The caller adds revisions in load order.  The arrays of links
 * must outlive the graph.
 * Errors: MG014 for an illegal identifier or label.
 */
extern void graph_add(Graph *graph, const RevisionLinks *links);

/*
 * Resolve the links and validate the graph.  Call it after the last graph_add()
 * and before any function that reads the graph.
 * Errors: MG013 an identifier or label used twice, MG018 an unknown parent or
 * dependency (the message names the revision, its file, and what is missing; the DETAIL lists near
 * misses), MG012 a cycle by parents or dependencies, a self-loop included (the
 * DETAIL shows the cycle as a -> b -> a).  Linear in revisions and links.
 */
extern void graph_finish(Graph *graph);

/* Raises MG014 unless the name is a legal identifier (or, with is_label, a legal label). */
extern void graph_check_name(const char *name, bool is_label);

/* Returns the revision with exactly this identifier, or -1.  Labels do not count. */
extern int	graph_find(const Graph *graph, const char *id);

/* Returns the heads in load order; with resolve_dependencies only the real heads. */
extern RevList *graph_heads(const Graph *graph, bool resolve_dependencies);

/*
 * Which labels does each revision belong to ("label reach" in
 * docs/semantics.md)?  Returns an array of nrevs sorted lists of label names
 * (NULL-terminated char **; NULL for a revision without labels).
 */
extern char ***graph_label_reach(const Graph *graph);

/*
 * Returns a palloc'd bool array of nrevs: element i is true if revision i is one of the given
 * revisions or an ancestor of one, by parents or dependencies.
 */
extern bool *graph_closure(const Graph *graph, const RevList *revs);

/* Marks, one for each of nrevs revisions: is it in the list? */
extern bool *revlist_marks(const RevList *list, int nrevs);

/*
 * The identifiers of revisions, in the same order, with room for one more; they belong to the
 * graph.
 */
extern IdList revlist_ids(const Graph *graph, const RevList *list);

/* Returns the marked revisions in load order. */
extern RevList *graph_marked(const Graph *graph, const bool *marks);

/* Returns the marked revisions without a marked child or dependent, in load order. */
extern RevList *graph_tips(const Graph *graph, const bool *marks);

/* ---------------------------------------------------------------- version.c
 *
 * The version rows are, by definition, the applied revisions that no applied
 * revision has as parent or dependency.  VersionState keeps count while revisions
 * become applied or not; each change takes time in proportion to the revision's links.
 */
typedef struct VersionState
{
	const Graph *graph;
	bool	   *applied;		/* by revision */
	int		   *napplied_above; /* by revision: applied children and
								 * dependents */
	int			napplied;
	RevList    *rows;			/* made when first asked for, then kept up to
								 * date; n < 0: not made yet */
	RevList    *flipped;		/* revisions that became a row, or ceased to
								 * be one, since the last step began; listed
								 * once for each change */
} VersionState;

/*
 * Returns the state that the given version rows (identifiers) describe.
 * Errors: MG001 for a row that names no revision (HINT: stamp with purge),
 * MG009 for a row that is an ancestor of another.
 */
extern VersionState *version_from_rows(const Graph *graph, IdList rows);

/* Returns a copy that can be changed without changing the original. */
extern VersionState *version_copy(const VersionState *state);

/* Mark a revision applied or not applied. */
extern void version_set(VersionState *state, int rev, bool applied);

/* Is the revision a row: applied, and no applied revision's parent or dependency? */
#define version_is_row(state, rev) \
	((state)->applied[rev] && (state)->napplied_above[rev] == 0)

/* Returns a list of the rows, sorted by identifier (strcmp), that the caller may change. */
extern RevList *version_rows(const VersionState *state);

/* Returns the number of rows. */
extern int	version_nrows(const VersionState *state);

/* The rows that the last plan_apply_step() took away (gone) and added (come); sorted likewise. */
extern void version_changes(const VersionState *state, RevList **gone, RevList **come);

/* ---------------------------------------------------------------- target.c
 *
 * The identifier grammar: head, heads, base, current, identifiers, prefixes,
 * labels, branch@x, relative forms, ranges.
 */

/*
 * Split a list such as "a, b" at its commas into trimmed, palloc'd items.  An empty list or
 * item is MG001.
 */
extern void target_split_list(const char *text, char ***items, int *nitems);

/*
 * Returns the revisions that a list of targets names, for show, edit, merge and
 * the parents of a new revision.  The target "base" adds no revision and sets
 * *base unless base is NULL.
 * allow_current: the target "current" means the rows of `current`, or none if
 * `current` is NULL.
 * Errors: MG001 .. MG006, MG008.
 */
extern RevList *target_revisions(const Graph *graph, const VersionState *current,
								 char **items, int nitems,
								 bool allow_current, bool *base);

/*
 * The same for a target that may name only one revision.  Returns -1 if it names none, as
 * base does.  Errors: MG005 if it names several.
 */
extern int	target_revision(const Graph *graph, const VersionState *current,
							const char *item, bool allow_current);

/*
 * Returns the parents of a new revision.  Without splice each of them must be a head.
 * Errors: those of target_revisions, MG015 (not a head), MG016 (a parent named twice).
 */
extern RevList *target_new_parents(const Graph *graph, char **heads, int nheads, bool splice);

/*
 * Returns the parents of a merge.  Without splice each of them must be a head.  The target
 * "heads" includes effective heads.
 * Errors: those of target_new_parents, MG016 also for fewer than two revisions.
 */
extern RevList *target_merge_parents(const Graph *graph, char **revisions, int nrevisions,
									 bool splice);

/*
 * Returns the depends_on of a new revision as they are stored: labels stay labels,
 * every other target becomes a full identifier.
 */
extern char **target_dependencies(const Graph *graph, char **depends_on, int ndepends_on);

/* ---------------------------------------------------------------- order.c */

/*
 * Returns the revisions marked in todo in Alembic's order (docs/semantics.md,
 * "Order of a plan"): a depth-first walk from the tips towards the base, newest
 * first.  The walk starts from `tips`.  The list has each marked revision exactly
 * once, before its parents and dependencies.
 */
extern RevList *order_newest_first(const Graph *graph, const bool *todo, const RevList *tips);

/*
 * Returns the revisions of a range "A:B", "A:", ":B", or of the whole graph when range is
 * NULL, newest first.
 * Errors: MG017 for a text that is no range, MG010 if A is no ancestor of B, and those of targets.
 */
extern RevList *order_history(const Graph *graph, const VersionState *current, const char *range);

/* ---------------------------------------------------------------- plan.c */

typedef enum StepKind
{
	STEP_UPGRADE,
	STEP_DOWNGRADE,
	STEP_STAMP
} StepKind;

typedef struct PlanStep
{
	StepKind	kind;
	int			rev;			/* for a stamp to base: -1 */
	/* only for a stamp: the version rows that rev replaces */
	int			nremoved;
	int		   *removed;
} PlanStep;

typedef struct MigrationPlan
{
	const Graph *graph;
	VersionState *start;		/* the state before the first step; not
								 * changed */
	int			nsteps;
	PlanStep   *steps;
	char	   *notice;			/* a NOTICE for the user, or NULL: the target
								 * of an upgrade lies below the current state */
} MigrationPlan;

/* The direction of a step that is no stamp. */
static inline Direction
step_direction(const PlanStep *step)
{
	Assert(step->kind != STEP_STAMP);
	return step->kind == STEP_UPGRADE ? DIRECTION_UP : DIRECTION_DOWN;
}

/*
 * Return the steps, in order, that bring the state `current` to the target.  Upgrade and
 * stamp take a comma-separated list of targets, downgrade takes one.
 *
 * offline: for the ..._sql functions.  The target may then be a range from:to.  Its first
 * part replaces `current`; without a range the plan starts from base, and a downgrade is
 * refused.  For upgrade and downgrade that part may be a list, since several revisions
 * can be current.  With offline false a range is MG017.
 * purge (stamp only): plan as if no revision were applied.
 *
 * Errors: MG001 .. MG011, MG017.
 */
extern MigrationPlan *plan_upgrade(const Graph *graph, const VersionState *current,
								   const char *target, bool offline);
extern MigrationPlan *plan_downgrade(const Graph *graph, const VersionState *current,
									 const char *target, bool offline);

/* plan_upgrade() or plan_downgrade() of a run, which is not offline. */
extern MigrationPlan *plan_run(const Graph *graph, const VersionState *current, Direction direction,
							   const char *target);

extern MigrationPlan *plan_stamp(const Graph *graph, const VersionState *current,
								 const char *target, bool purge, bool offline);

/* Change the state to what it is after the step. */
extern void plan_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state);

/*
 * Returns the step in Alembic's words, without "Running ", palloc'd:
 * "upgrade 1b2c -> 3d4e, Add phone number"; with_message false leaves out the message.
 */
extern char *plan_step_label(const MigrationPlan *plan, const PlanStep *step, bool with_message);

/* ---------------------------------------------------------------- print.c
 *
 * A revision as a person reads it.
 */

/* Append Alembic's long form of a revision (heads -v, show) to out; current may be NULL. */
extern void print_revision(const Graph *graph, const VersionState *current, int rev,
						   const char *file_name, const char *created, StringInfo out);

/* ---------------------------------------------------------------- draw.c */

typedef enum GraphFormat
{
	GRAPH_TEXT,					/* lanes, as git log --graph */
	GRAPH_DOT,					/* Graphviz */
	GRAPH_MERMAID
} GraphFormat;

/* Returns a palloc'd drawing of the revisions of a range, or with NULL of all; see draw.c. */
extern char *draw_graph(const Graph *graph, const VersionState *current, const char *range,
						bool fold, GraphFormat format);

#endif							/* MIGRATE_GRAPH_H */
