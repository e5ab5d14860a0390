/*
 * graph.h
 *		The revision graph: which revisions, in which order?
 *
 * Everything in src/graph is pure: it works on a DAG in memory and includes
 * neither spi.h nor any catalog, so it can be tested by handing it data.  It
 * may palloc and ereport.  Who reads the tables is src/store.
 *
 * Revisions are numbered 0 .. nrevs-1 in *load order* (Create Date, then
 * identifier).  Every order that a user can see comes from that numbering, so
 * it is the same on every database that holds the same revisions.
 *
 * Memory: everything is allocated in the memory context that is current in the
 * call, and is never freed singly; the caller drops the context.  Strings given
 * to graph_add() are not copied and must live as long as the graph.
 *
 * The words (head, real head, base, branch point, merge point, lineage, walk)
 * are Alembic's; what they mean exactly, and where we differ, is documented in
 * docs/semantics.md.
 */
#ifndef MIGRATE_GRAPH_H
#define MIGRATE_GRAPH_H

#include "postgres.h"

#include "lib/stringinfo.h"

/* Gone in PostgreSQL 18, whose pg_noreturn stands before a declaration. */
#ifndef pg_attribute_noreturn
#define pg_attribute_noreturn() __attribute__((noreturn))
#endif

/* What graph_add() is told about one revision. */
typedef struct RevisionLinks
{
	const char *id;
	const char *message;		/* may be NULL; only for printing */
	const char *file_name;		/* may be NULL; named in errors if not */
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
								 * marks; known to graph.c only */
} Graph;

/* A list of revisions (indexes).  The order means something. */
typedef struct RevList
{
	int			n;
	int		   *revs;
} RevList;

/* An empty list with room for n; palloc'd. */
extern RevList *revlist_make(int n);

/* ---------------------------------------------------------------- names.c */

/*
 * The first so many bytes of a text as they may be shown: what a terminal would
 * obey, such as ESC, is a blank; letters of any language stay.  palloc'd.
 */
extern char *text_shown(const char *text, int len);

/* The first line of a message, likewise. */
extern char *first_line_shown(const char *message);

/* ---------------------------------------------------------------- graph.c */

/* Start a graph; nexpected is a hint for its size. */
extern Graph *graph_begin(int nexpected);

/*
 * Add a revision; the calls come in load order.  The arrays of links must
 * outlive the graph.
 * Errors: MG014 for an identifier or label that may not be written so.
 */
extern void graph_add(Graph *graph, const RevisionLinks *links);

/*
 * Resolve links and validate the whole.  Nothing else may be called before.
 * Errors: MG013 an identifier or label used twice, MG018 an unknown parent or
 * dependency (the message names the revision, its file, and what is missing; the DETAIL lists near
 * misses), MG012 a cycle by parents or dependencies, a self-loop included (the
 * DETAIL shows the cycle as a -> b -> a).  Linear in revisions and links.
 */
extern void graph_finish(Graph *graph);

/* Is this text fit to be an identifier (or, with is_label, a label)?  Raises MG014 if not. */
extern void graph_check_name(const char *name, bool is_label);

/* The revision with exactly this identifier (labels not looked at), or -1. */
extern int	graph_find(const Graph *graph, const char *id);

/* The heads (resolve_dependencies: real heads only), load order. */
extern RevList *graph_heads(const Graph *graph, bool resolve_dependencies);

/*
 * Which labels does each revision belong to ("label reach" in
 * docs/semantics.md)?  An array of nrevs sorted lists of label names
 * (NULL-terminated char **; NULL where there is none).
 */
extern char ***graph_label_reach(const Graph *graph);

/*
 * closure: marks[i] = is i one of the given revisions or an ancestor of one, by parents
 * and dependencies.  Returns a palloc'd bool array of nrevs.
 */
extern bool *graph_closure(const Graph *graph, const RevList *revs);

/* The marked revisions, load order; those of them that nothing marked has as parent or dependency. */
extern RevList *graph_marked(const Graph *graph, const bool *marks);
extern RevList *graph_tips(const Graph *graph, const bool *marks);

/* ---------------------------------------------------------------- version.c
 *
 * The version rows are one sentence: the applied revisions that no applied
 * revision has as parent or dependency.  VersionState computes them step by
 * step; each step costs the number of the revision's links.
 */
typedef struct VersionState
{
	const Graph *graph;
	bool	   *applied;		/* by revision */
	int		   *napplied_above; /* applied children and dependents */
	int			napplied;
	RevList    *rows;			/* kept once it was asked for; n < 0: not yet */
	RevList    *flipped;		/* revisions that have become rows, or ceased
								 * to be, since the last step began; some
								 * several times */
} VersionState;

/*
 * The state that these rows describe.  rows are identifiers as stored.
 * Errors: MG001 for a row that names no revision (HINT: stamp with purge),
 * MG009 for a row that is an ancestor of another.
 */
extern VersionState *version_from_rows(const Graph *graph, char **rows, int nrows);

/* A copy that can be changed without changing the original. */
extern VersionState *version_copy(const VersionState *state);

/* Mark a revision applied or not applied. */
extern void version_set(VersionState *state, int rev, bool applied);

/* Is it a row: applied, and nothing applied has it as parent or dependency? */
#define version_is_row(state, rev) \
	((state)->applied[rev] && (state)->napplied_above[rev] == 0)

/* The rows, sorted by identifier (strcmp); how many there are, which costs nothing if it was asked before. */
extern RevList *version_rows(const VersionState *state);
extern int	version_nrows(const VersionState *state);

/* The rows that went with the last plan_apply_step(), and those that came; sorted likewise. */
extern void version_changes(const VersionState *state, RevList **gone, RevList **come);

/* ---------------------------------------------------------------- target.c
 *
 * The identifier grammar: head, heads, base, current, identifiers, prefixes,
 * labels, branch@x, relative forms, ranges.
 */

/* Split "a, b" into its parts; the SQL functions give text[] as its elements. An empty list or element is MG001. */
extern void target_split_list(const char *text, char ***items, int *nitems);

/*
 * The revisions that a list of identifiers names, for show, edit, merge and the
 * parents of a new revision.  base adds nothing (and sets *base if not NULL).
 * allow_current: the word "current" means the rows of `current`, which may be
 * NULL otherwise.
 * Errors: MG001 .. MG006, MG008.
 */
extern RevList *target_revisions(const Graph *graph, const VersionState *current,
								 char **items, int nitems,
								 bool allow_current, bool *base);

/* The same for a place that takes just one; -1 for base (or an empty graph). MG005 if there are several. */
extern int	target_revision(const Graph *graph, const VersionState *current,
							const char *item, bool allow_current);

/*
 * The parents of a new revision (SEMANTICS 3.2, checks 2, 3 and 5).
 * Errors: those of target_revisions, MG005, MG015 (not a head, no splice), MG016.
 */
extern RevList *target_new_parents(const Graph *graph, char **heads, int nheads, bool splice);

/*
 * The parents of a merge; at least two different revisions, heads unless splice says otherwise.
 * `heads` includes effective heads.
 */
extern RevList *target_merge_parents(const Graph *graph, char **revisions, int nrevisions, bool splice);

/*
 * depends_on of a new revision as it is to be stored: prefixes expanded to full
 * identifiers, labels kept as labels.
 */
extern char **target_dependencies(const Graph *graph, char **depends_on, int ndepends_on);

/* ---------------------------------------------------------------- order.c */

/*
 * Alembic's order (SEMANTICS 4.3): a depth-first walk from the tips towards the base, newest
 * first.  todo marks the revisions wanted; tips are the revisions to start
 * from.  Every revision of todo comes out exactly once, each before its
 * parents and dependencies.
 */
extern RevList *order_newest_first(const Graph *graph, const bool *todo, const RevList *tips);

/*
 * history: the revisions of a range "A:B", "A:", ":B", or of the whole graph when range is
 * NULL; newest first.
 * Errors: MG017 for what is no range, MG010 where A is no ancestor of B, and those of targets.
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
	/* a stamp moves these rows away and this one in; unused by the others */
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
	char	   *notice;			/* something to tell the user, or NULL: an
								 * upgrade whose target lies below the current
								 * state */
} MigrationPlan;

/*
 * What brings the state `current` to the target, in order.
 *
 * offline: for the ..._sql functions.  The target may then be a range from:to, whose
 * first part replaces `current` (base where there is none); a downgrade needs one.  It is
 * a list where several revisions are current, but not for a stamp.
 * Otherwise a range is MG017.
 * purge (stamp only): as if nothing were applied.
 * Lists of targets: upgrade and stamp take them (comma-separated), downgrade does not.
 *
 * Errors: MG001 .. MG011, MG017.
 */
extern MigrationPlan *plan_upgrade(const Graph *graph, const VersionState *current,
								   const char *target, bool offline);
extern MigrationPlan *plan_downgrade(const Graph *graph, const VersionState *current,
									 const char *target, bool offline);
extern MigrationPlan *plan_stamp(const Graph *graph, const VersionState *current,
								 const char *target, bool purge, bool offline);

/* Change the state as the step does: what is applied after it. */
extern void plan_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state);

/*
 * The step in Alembic's words, without "Running ":
 * "upgrade 1b2c -> 3d4e, Add phone number"; with_message false leaves the message out.
 */
extern char *plan_step_label(const MigrationPlan *plan, const PlanStep *step, bool with_message);

/* ---------------------------------------------------------------- print.c
 *
 * A revision as a person reads it.
 */

/* Alembic's long form (heads -v, show): Rev, Parent, Merges, ...; current may be NULL. */
extern void print_revision(const Graph *graph, const VersionState *current, int rev,
						   const char *file_name, const char *created, StringInfo out);

/* ---------------------------------------------------------------- draw.c */

typedef enum GraphFormat
{
	GRAPH_TEXT,					/* lanes, as git log --graph */
	GRAPH_DOT,					/* Graphviz */
	GRAPH_MERMAID
} GraphFormat;

/* The whole graph as a drawing.  current may be NULL. */
extern char *draw_graph(const Graph *graph, const VersionState *current, const char *range, bool fold, GraphFormat format);

#endif							/* MIGRATE_GRAPH_H */
