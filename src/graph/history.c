/*
 * history.c
 *		Which revisions does history list?
 *
 * The range A:B is what lies between: the closure of B without that of A, but
 * with A itself, and of that what descends from A by parent links.  The ends
 * have rules of their own in Alembic, kept here: +N as B counts from A, -N as A
 * counts from the heads (from the current revisions in "-3:current"), a range
 * that starts at branch@x shows that branch only, and an over-long relative
 * end is just the end.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

typedef struct HistoryEnd
{
	char	   *text;			/* trimmed; NULL if left out */
	bool		is_current;
	bool		is_revision;	/* named by itself: no head, no branch@ */
	RevList    *revs;
} HistoryEnd;

static void split_ends(const char *range, HistoryEnd *a, HistoryEnd *b);
static void resolve_end(const TargetAsker *asker, const RevList *rows, const HistoryEnd *a, HistoryEnd *b);
static RevList *start_to_walk_from(const TargetAsker *asker, const RevList *rows,
								   const HistoryEnd *a, const TargetText *counted);
static void keep_branch_of(const TargetAsker *asker, const HistoryEnd *a, HistoryEnd *b);
static void resolve_start(const TargetAsker *asker, const RevList *rows, HistoryEnd *a,
						  const HistoryEnd *b, const char *range);
static RevList *start_by_number(const TargetAsker *asker, const RevList *rows, const TargetText *target,
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

	/* nothing has been applied: no history, whatever the start */
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
	/* at both ends the word is no revision, as in Alembic */
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

/* +N as the end counts from the start, which then must be one revision. */
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

/* billing@x:B lists what is of branch billing, so B's other revisions do not count. */
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

/* No start is base, an empty list; so is one that is over-long. */
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
 * -N as the start.  Up to the current revisions it counts from those and may be
 * over-long.  Otherwise it counts from the heads, where Alembic is strict: base
 * itself is no start, and only below a single revision may it be over-long.
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

	/* too far from the heads; from a single revision it counts once more */
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

/* MG010 unless each of the revisions a is an ancestor of one of b, or one of them. */
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
