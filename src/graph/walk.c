/*
 * walk.c
 *		Relative targets: +2, -1, 1b2c+1, billing@-1.
 *
 * A walk follows parent links one step at a time and raises an error where it can go
 * on in more than one way or in none.  Upgrade and downgrade start their walks at
 * different revisions; this file also has the rules for what their targets mean.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

static int	step_up(const TargetAsker *asker, int from, const TargetText *target,
					const bool *lineage);
static int	step_down(const TargetAsker *asker, int from, const TargetText *target);
static RevList *filter(const RevList *revs, const bool *lineage);
static RevList *tips_on_branch(const Graph *graph, const RevList *from, const bool *lineage);
static RevList *parent_tips(const VersionState *state, const bool *lineage);
static int	undone_by_number(const TargetAsker *asker, const RevList *rows,
							 const TargetText *target);
static int	row_on_branch(const TargetAsker *asker, const VersionState *state,
						  const RevList *rows, const TargetText *target);
static RevList *downgrade_candidates(const TargetAsker *asker, const TargetText *target,
									 int branch, int to);
static void error_ambiguous_walk(const TargetAsker *asker, const TargetText *target,
								 int from, const int *candidates, int n)
			pg_attribute_noreturn();

int
walk(const TargetAsker *asker, int start, const TargetText *target,
	 const bool *lineage, bool clamp)
{
	int			end = walk_if_possible(asker, start, target, lineage, clamp);

	if (end == REV_NOWHERE)
		error_too_far(target);
	return end;
}

int
walk_if_possible(const TargetAsker *asker, int start, const TargetText *target,
				 const bool *lineage, bool clamp)
{
	int			at = start;

	for (int i = 0; i < target->steps; i++)
	{
		int			next;

		CHECK_FOR_INTERRUPTS();
		next = target->down ? step_down(asker, at, target) : step_up(asker, at, target, lineage);
		if (next == REV_NOWHERE)
			return clamp ? at : REV_NOWHERE;
		at = next;
	}
	return at;
}

static int
step_up(const TargetAsker *asker, int from, const TargetText *target, const bool *lineage)
{
	const Graph *graph = asker->graph;
	RevList    *candidates;

	if (from < 0)
	{
		candidates = revlist_make(graph->nrevs);
		for (int i = 0; i < graph->nrevs; i++)
			if (revision_is_base(&graph->revs[i]) && (lineage == NULL || lineage[i]))
				candidates->revs[candidates->n++] = i;
	}
	else
	{
		RevList		children = {graph->revs[from].nchildren, graph->revs[from].children};

		if (children.n == 1 && (lineage == NULL || lineage[children.revs[0]]))
			return children.revs[0];
		candidates = filter(&children, lineage);
	}
	if (candidates->n > 1)
		error_ambiguous_walk(asker, target, from, candidates->revs, candidates->n);
	return candidates->n == 1 ? candidates->revs[0] : REV_NOWHERE;
}

/* A walk down follows no dependencies, and a branch does not choose between parents. */
static int
step_down(const TargetAsker *asker, int from, const TargetText *target)
{
	const Graph *graph = asker->graph;
	const Revision *rev;

	if (from == REV_BASE)
		return REV_NOWHERE;
	if (from == REV_NOTHING)
	{
		RevList    *heads = graph_heads(graph, false);

		if (heads->n > 1)
			error_ambiguous_walk(asker, target, from, heads->revs, heads->n);
		return heads->n == 1 ? heads->revs[0] : REV_BASE;
	}
	rev = &graph->revs[from];
	if (rev->nparents > 1)
		error_ambiguous_walk(asker, target, from, rev->parents, rev->nparents);
	return rev->nparents == 1 ? rev->parents[0] : REV_BASE;
}

static RevList *
filter(const RevList *revs, const bool *lineage)
{
	RevList    *result = revlist_make(revs->n);

	for (int i = 0; i < revs->n; i++)
		if (lineage == NULL || lineage[revs->revs[i]])
			result->revs[result->n++] = revs->revs[i];
	return result;
}

/* ---------------------------------------------------------------- upgrade */

RevList *
walk_upgrade_target(const TargetAsker *asker, const RevList *from,
					const TargetText *target, bool clamp)
{
	const Graph *graph = asker->graph;
	const bool *lineage = NULL;
	int			start;
	int			end;

	if (!target->relative)
		return target_many(asker, target);

	if (target->branch)
	{
		int			branch = target_branch(asker, target->branch);

		/* in branch@symbol-N the branch only limits where the symbol may be */
		if (!target->down || target->symbol == NULL)
			lineage = graph_lineage(graph, branch);
	}

	if (target->symbol)
	{
		start = target_one(asker, target, target->down ? target->branch : NULL);
		/* target_one() may have replaced the lineage that the graph keeps */
		if (lineage)
			lineage = graph_lineage(graph, target_branch(asker, target->branch));
		end = walk(asker, start, target, lineage, clamp);
		if (end == REV_BASE && !clamp)
			error_too_far(target);
	}
	else
	{
		const RevList *starts = from;

		if (target->down || target->steps == 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_RELATIVE_TOO_FAR),
					 errmsg("relative target \"%s\" does not lie above the current revision",
							name_shown(target->whole)),
					 errhint("An upgrade goes up, as \"+1\" does; to go down use migrate.downgrade().")));
		if (lineage)
		{
			starts = filter(from, lineage);
			if (starts->n == 0)
				starts = tips_on_branch(graph, from, lineage);
		}
		if (starts->n > 1)
			ereport(ERROR,
					(errcode(ERRCODE_MG_AMBIGUOUS_UPGRADE),
					 errmsg("relative target \"%s\" is ambiguous with %d current revisions",
							name_shown(target->whole), starts->n),
					 errdetail("They are %s.", names_of_revs(graph, starts->revs, starts->n)),
					 errhint("Say which one to go on from, such as \"%s@+%d\".",
							 graph->revs[starts->revs[0]].links.id, target->steps)));
		end = walk(asker, starts->n == 1 ? starts->revs[0] : REV_NOTHING, target, lineage, clamp);
		if (end == REV_NOTHING)
			error_too_far(target);
	}
	return end >= 0 ? revlist_one(end) : revlist_make(0);
}

/*
 * For a branch without a current revision: returns the highest ancestors of the current
 * revisions that are on the branch.
 */
static RevList *
tips_on_branch(const Graph *graph, const RevList *from, const bool *lineage)
{
	bool	   *tips = graph_closure(graph, from);
	bool	   *below = palloc_extended(Max(graph->nrevs, 1), MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	RevList    *result = revlist_make(graph->nrevs);

	for (int i = 0; i < graph->nrevs; i++)
	{
		const int  *lower;
		int			n;

		CHECK_FOR_INTERRUPTS();
		tips[i] = tips[i] && lineage[i];
		if (!tips[i])
			continue;
		lower = graph_lower(graph, i, &n);
		for (int l = 0; l < n; l++)
			below[lower[l]] = true;
	}
	for (int i = 0; i < graph->nrevs; i++)
		if (tips[i] && !below[i])
			result->revs[result->n++] = i;
	return result;
}

/* ---------------------------------------------------------------- downgrade */

RevList *
walk_downgrade_roots(const TargetAsker *asker, const VersionState *state,
					 const char *text, int *to)
{
	const Graph *graph = asker->graph;
	TargetText	target;
	int			branch;

	target_parse(asker, text, true, &target);
	branch = target_branch(asker, target.branch);

	if (!target.relative)
		*to = target_one(asker, &target, NULL);
	else if (target.symbol == NULL)
	{
		RevList    *rows = version_rows(state);

		if (!target.down || target.steps == 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_RELATIVE_TOO_FAR),
					 errmsg("relative target \"%s\" does not lie below the current revision",
							name_shown(target.whole)),
					 errhint("A downgrade goes down, as \"-1\" does; to go up use migrate.upgrade().")));
		if (branch < 0)
		{
			*to = REV_BASE;
			return revlist_one(undone_by_number(asker, rows, &target));
		}
		*to = walk(asker, row_on_branch(asker, state, rows, &target), &target, NULL, false);
	}
	else if (target.down)
		*to = walk(asker, target_one(asker, &target, target.branch), &target, NULL, false);
	else
	{
		int			start = target_one(asker, &target, NULL);

		*to = walk(asker, start, &target, branch >= 0 ? graph_lineage(graph, branch) : NULL, false);
	}
	return downgrade_candidates(asker, &target, branch, *to);
}

/*
 * Returns the lowest of the N revisions that a bare -N undoes.  The first is the
 * current revision, even a merge; below a merge the walk is ambiguous.
 */
static int
undone_by_number(const TargetAsker *asker, const RevList *rows, const TargetText *target)
{
	const Graph *graph = asker->graph;
	int			rev;

	if (rows->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_RELATIVE_TOO_FAR),
				 errmsg("relative target \"%s\" leaves the graph", name_shown(target->whole)),
				 errdetail("No revision is applied."),
				 errhint("There is nothing to undo.")));
	if (rows->n > 1)
		ereport(ERROR,
				(errcode(ERRCODE_MG_AMBIGUOUS_WALK),
				 errmsg("relative target \"%s\" is ambiguous with %d current revisions",
						name_shown(target->whole), rows->n),
				 errdetail("They are %s.", names_of_revs(graph, rows->revs, rows->n)),
				 errhint("Say which one to undo, such as \"%s@-%d\".",
						 graph->revs[rows->revs[0]].links.id, target->steps)));
	rev = rows->revs[0];
	for (int i = 1; i < target->steps; i++)
	{
		const Revision *revision = &graph->revs[rev];

		CHECK_FOR_INTERRUPTS();
		if (revision->nparents == 0)
			error_too_far(target);
		if (revision->nparents > 1)
			ereport(ERROR,
					(errcode(ERRCODE_MG_AMBIGUOUS_WALK),
					 errmsg("relative target \"%s\" is ambiguous below revision \"%s\"",
							name_shown(target->whole), revision->links.id),
					 errdetail("It merges %s.",
							   names_of_revs(graph, revision->parents, revision->nparents)),
					 errhint("Undo the merge with \"-%d\" first, then say where to go on, such as \"%s@-%d\".",
							 i, graph->revs[revision->parents[0]].links.id, target->steps - i)));
		rev = revision->parents[0];
	}
	return rev;
}

/* Returns where branch@-N starts: the one current revision on the branch. */
static int
row_on_branch(const TargetAsker *asker, const VersionState *state,
			  const RevList *rows, const TargetText *target)
{
	const Graph *graph = asker->graph;
	const bool *lineage = graph_lineage(graph, target_branch(asker, target->branch));
	RevList    *starts = filter(rows, lineage);

	/* no row is on a branch that is applied only as a dependency */
	if (starts->n == 0)
		starts = parent_tips(state, lineage);
	if (starts->n == 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_RELATIVE_TOO_FAR),
				 errmsg("relative target \"%s\" leaves the graph", name_shown(target->whole)),
				 errdetail("No revision of branch \"%s\" is applied.", name_shown(target->branch)),
				 errhint("There is nothing to undo.")));
	if (starts->n > 1)
		ereport(ERROR,
				(errcode(ERRCODE_MG_AMBIGUOUS_WALK),
				 errmsg("relative target \"%s\" is ambiguous with %d current revisions on the branch",
						name_shown(target->whole), starts->n),
				 errdetail("They are %s.", names_of_revs(graph, starts->revs, starts->n)),
				 errhint("Say which one to undo, such as \"%s@-%d\".",
						 graph->revs[starts->revs[0]].links.id, target->steps)));
	return starts->revs[0];
}

/* Returns the applied revisions of the branch that have no applied child. */
static RevList *
parent_tips(const VersionState *state, const bool *lineage)
{
	const Graph *graph = state->graph;
	RevList    *result = revlist_make(graph->nrevs);

	for (int i = 0; i < graph->nrevs; i++)
	{
		const Revision *rev = &graph->revs[i];
		bool		tip = state->applied[i] && lineage[i];

		CHECK_FOR_INTERRUPTS();
		for (int c = 0; tip && c < rev->nchildren; c++)
			tip = !state->applied[rev->children[c]];
		if (tip)
			result->revs[result->n++] = i;
	}
	return result;
}

/*
 * Returns the lowest revisions to undo: the children of the target, or for base all
 * bases.  If there are several and a branch is named, only those that lead to it.
 */
static RevList *
downgrade_candidates(const TargetAsker *asker, const TargetText *target, int branch, int to)
{
	const Graph *graph = asker->graph;
	RevList    *roots;

	if (to >= 0)
	{
		roots = revlist_make(graph->revs[to].nchildren);
		roots->n = graph->revs[to].nchildren;
		memcpy(roots->revs, graph->revs[to].children, sizeof(int) * roots->n);
	}
	else
	{
		roots = revlist_make(graph->nrevs);
		for (int i = 0; i < graph->nrevs; i++)
			if (revision_is_base(&graph->revs[i]))
				roots->revs[roots->n++] = i;
	}
	if (branch >= 0 && roots->n > 1)
	{
		bool	   *leads = graph_ancestors(graph, &branch, 1, false);
		RevList    *kept = filter(roots, leads);

		if (kept->n == 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_INVALID_DOWNGRADE_TARGET),
					 errmsg("target \"%s\" is not a valid downgrade target",
							name_shown(target->whole)),
					 errdetail("Above it there are %s, none of which leads to branch \"%s\".",
							   names_of_revs(graph, roots->revs, roots->n),
							   name_shown(target->branch)),
					 errhint("Name a revision below branch \"%s\", or leave the branch out.",
							 name_shown(target->branch))));
		roots = kept;
	}
	return roots;
}

/* ---------------------------------------------------------------- errors */

void
error_too_far(const TargetText *target)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_RELATIVE_TOO_FAR),
			 errmsg("relative target \"%s\" leaves the graph", name_shown(target->whole)),
			 target->down ?
			 errdetail("There are fewer revisions than that below.") :
			 errdetail("There are fewer revisions than that above."),
			 target->down ?
			 errhint("Use \"base\" to go down all the way.") :
			 errhint("Use \"head\" to go up all the way.")));
}

static void
error_ambiguous_walk(const TargetAsker *asker, const TargetText *target,
					 int from, const int *candidates, int n)
{
	const Graph *graph = asker->graph;

	ereport(ERROR,
			(errcode(ERRCODE_MG_AMBIGUOUS_WALK),
			 from >= 0 ?
			 errmsg("relative target \"%s\" is ambiguous at revision \"%s\"",
					name_shown(target->whole), graph->revs[from].links.id) :
			 errmsg("relative target \"%s\" is ambiguous", name_shown(target->whole)),
			 errdetail("It could go on to %s.", names_of_revs(graph, candidates, n)),
			 target->down ?
			 errhint("Name the revision to end at, or go on from one of them, such as \"%s@-1\".",
					 graph->revs[candidates[0]].links.id) :
			 errhint("Name the revision to end at, such as \"%s\".",
					 graph->revs[candidates[0]].links.id)));
}
