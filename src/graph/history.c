/*
 * history.c
 *		Which revisions does migrate.history() list?
 *
 * The range A:B has A, and of B and its ancestors those that descend from A by
 * parent links and are no ancestors of A.  As in Alembic,
 *
 *	- +N as B counts from A,
 *	- -N as A counts from the heads (in "-3:current" from the current revisions),
 *	- a range that starts at branch@x shows only that branch,
 *	- a relative B that is too long stops at the last revision.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

typedef struct HistoryEnd
{
	char	   *text;			/* trimmed; NULL if left out */
	bool		is_current;
	bool		is_revision;	/* names one revision, without head or branch@ */
	RevList    *revs;
} HistoryEnd;

static void split_ends(const char *range, HistoryEnd *a, HistoryEnd *b);
static void resolve_end(const TargetAsker *asker, const RevList *rows, const HistoryEnd *a,
						HistoryEnd *b);
static RevList *start_to_walk_from(const TargetAsker *asker, const RevList *rows,
								   const HistoryEnd *a, const TargetText *counted);
static void keep_branch_of(const TargetAsker *asker, const HistoryEnd *a, HistoryEnd *b);
static void resolve_start(const TargetAsker *asker, const RevList *rows, HistoryEnd *a,
						  const HistoryEnd *b, const char *range);
static RevList *start_by_number(const TargetAsker *asker, const RevList *rows,
								const TargetText *target,
								const HistoryEnd *b, const char *range);
static void check_below(const Graph *graph, const RevList *a, const RevList *b, const char *range);

RevList *
order_history(const Graph *graph, const VersionState *current, const char *range)
{
	TargetAsker asker = {graph, NULL};
	HistoryEnd	a = {0};
	HistoryEnd	b = {0};
	RevList    *rows = current ? version_rows(current) : revlist_make(0);
	bool	   *todo;
	bool	   *below;
	bool	   *above;

	if (range)
		split_ends(range, &a, &b);
	resolve_end(&asker, rows, &a, &b);
	keep_branch_of(&asker, &a, &b);
	target_check_overlap(graph, b.revs);
	resolve_start(&asker, rows, &a, &b, range);

	/* no revision is applied: the history up to "current" is empty */
	if (b.is_current && rows->n == 0)
		return revlist_make(0);

	todo = graph_closure(graph, b.revs);
	if (a.revs->n == 0)
		return order_convex(graph, todo, b.revs);

	check_below(graph, a.revs, b.revs, range);
	target_check_overlap(graph, a.revs);
	below = graph_closure(graph, a.revs);
	for (int i = 0; i < a.revs->n; i++)
		below[a.revs->revs[i]] = false;
	above = graph_descendants(graph, a.revs->revs, a.revs->n, false);
	for (int i = 0; i < graph->nrevs; i++)
		todo[i] = todo[i] && !below[i] && above[i];
	return order_newest_first(graph, todo, b.revs);
}

static void
split_ends(const char *range, HistoryEnd *a, HistoryEnd *b)
{
	const char *colon = strchr(range, ':');

	if (colon == NULL || strchr(colon + 1, ':') != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_RANGE),
				 errmsg("\"%s\" is not a range of revisions", name_shown(range)),
				 errhint("Write from:to, from: or :to, such as \"-3:current\".")));
	a->text = name_trim(range, colon - range);
	b->text = name_trim(colon + 1, strlen(colon + 1));
	if (a->text[0] == '\0')
		a->text = NULL;
	if (b->text[0] == '\0')
		b->text = NULL;
	b->is_current = b->text && strcmp(b->text, "current") == 0;
	/* in "current:current" the first one names no revision, as in Alembic */
	a->is_current = a->text && strcmp(a->text, "current") == 0 && !b->is_current;
}

static void
resolve_end(const TargetAsker *asker, const RevList *rows, const HistoryEnd *a, HistoryEnd *b)
{
	TargetText	target;
	const RevList *from = rows;

	if (b->text == NULL)
	{
		b->revs = graph_heads(asker->graph, true);
		return;
	}
	if (b->is_current)
	{
		b->revs = revlist_dedupe(asker->graph, rows);
		return;
	}
	target_parse(asker, b->text, false, &target);
	if (target.relative && target.symbol == NULL && !target.down && target.steps > 0)
		from = start_to_walk_from(asker, rows, a, &target);
	b->revs = revlist_dedupe(asker->graph, walk_upgrade_target(asker, from, &target, true));
	b->is_revision = !target.relative && target.branch == NULL && b->revs->n == 1 &&
		strcmp(target.symbol, "head") != 0 && strcmp(target.symbol, "heads") != 0;
}

/* Returns the revisions from which +N as B counts: those of A; empty for base. */
static RevList *
start_to_walk_from(const TargetAsker *asker, const RevList *rows,
				   const HistoryEnd *a, const TargetText *counted)
{
	TargetText	target;
	int			start;

	if (a->is_current)
		return revlist_dedupe(asker->graph, rows);
	if (a->text == NULL)
		return revlist_make(0);
	target_parse(asker, a->text, false, &target);
	if (counted->branch)
		return target_many(asker, &target);
	if (target.relative)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("cannot locate revision \"%s\"", name_shown(target.whole)),
				 errdetail("\"%s\" counts from it, so it has to be a revision itself.",
						   name_shown(counted->whole)),
				 errhint("Name the revision itself.")));
	start = target_one(asker, &target, target.branch);
	return start >= 0 ? revlist_one(start) : revlist_make(0);
}

/* For billing@x:B, remove the revisions of B that are not on branch billing. */
static void
keep_branch_of(const TargetAsker *asker, const HistoryEnd *a, HistoryEnd *b)
{
	const Graph *graph = asker->graph;
	const char *at = a->text ? strchr(a->text, '@') : NULL;
	const bool *members;
	char	   *branch;
	bool		is_label;
	int			rev;
	int			n = 0;

	if (at == NULL || at == a->text)
		return;
	branch = pnstrdup(a->text, at - a->text);
	rev = target_branch(asker, branch);
	graph_find_key(graph, branch, &is_label);
	members = is_label ? graph_label_members(graph, rev) : graph_lineage(graph, rev);
	for (int i = 0; i < b->revs->n; i++)
		if (members[b->revs->revs[i]])
			b->revs->revs[n++] = b->revs->revs[i];
	b->revs->n = n;
}

/* Set a->revs.  It is empty, which means base, without A or if A is relative and too long. */
static void
resolve_start(const TargetAsker *asker, const RevList *rows, HistoryEnd *a,
			  const HistoryEnd *b, const char *range)
{
	TargetText	target;

	a->revs = revlist_make(0);
	if (a->is_current)
		a->revs = revlist_dedupe(asker->graph, rows);
	if (a->text == NULL || a->is_current)
		return;

	target_parse(asker, a->text, false, &target);
	if (target.relative && target.down && target.symbol == NULL && target.steps > 0)
		a->revs = start_by_number(asker, rows, &target, b, range);
	else
		a->revs = target_many(asker, &target);
	a->revs = revlist_dedupe(asker->graph, a->revs);
}

/*
 * Returns the revisions that -N as A means.  In "-N:current" it counts from the
 * current revisions, and N may be too large.  Otherwise it counts from the heads,
 * and Alembic is strict: A may not be base itself, and N may be too large only
 * where B names a single revision.
 */
static RevList *
start_by_number(const TargetAsker *asker, const RevList *rows, const TargetText *target,
				const HistoryEnd *b, const char *range)
{
	RevList    *result = revlist_make(rows->n);
	bool		too_far = false;
	int			end;
	int			n;

	if (b->is_current && target->branch == NULL)
	{
		for (int i = 0; i < rows->n; i++)
		{
			CHECK_FOR_INTERRUPTS();
			end = walk(asker, rows->revs[i], target, NULL, true);
			if (end >= 0)
				result->revs[result->n++] = end;
		}
		return result;
	}

	result = target_walk_heads(asker, target);
	for (int i = 0; i < result->n; i++)
	{
		if (result->revs[i] == REV_BASE)
			ereport(ERROR,
					(errcode(ERRCODE_MG_RANGE_NOT_ANCESTOR),
					 errmsg("range \"%s\" does not go from an ancestor to a descendant",
							name_shown(range)),
					 errdetail("\"%s\" leads down to base.", name_shown(target->whole)),
					 errhint("Leave out where it starts.")));
		if (result->revs[i] == REV_NOWHERE)
			too_far = true;
	}
	if (!too_far)
		return result;

	/* too far from the heads: if B is a single revision, count from B instead */
	n = 0;
	for (int i = 0; i < result->n; i++)
		if (result->revs[i] >= 0)
			result->revs[n++] = result->revs[i];
	result->n = n;
	if (!b->is_revision)
		error_too_far(target);
	check_below(asker->graph, result, b->revs, range);
	end = walk(asker, b->revs->revs[0], target, NULL, true);
	return end >= 0 ? revlist_one(end) : revlist_make(0);
}

/* Raises MG010 unless each revision of a is one of b or an ancestor of one of b. */
static void
check_below(const Graph *graph, const RevList *a, const RevList *b, const char *range)
{
	bool	   *closure = graph_closure(graph, b);

	for (int i = 0; i < a->n; i++)
		if (!closure[a->revs[i]])
			ereport(ERROR,
					(errcode(ERRCODE_MG_RANGE_NOT_ANCESTOR),
					 errmsg("range \"%s\" does not go from an ancestor to a descendant",
							name_shown(range)),
					 errdetail("Revision \"%s\", where it starts, is not below where it ends.",
							   graph->revs[a->revs[i]].links.id),
					 errhint("Write the older revision first.")));
}
