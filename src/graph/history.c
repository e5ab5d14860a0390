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
	RevList    *revs;
} HistoryEnd;

static void split_ends(const char *range, HistoryEnd *a, HistoryEnd *b);
static void resolve_start(const TargetAsker *asker, const VersionState *current,
						  HistoryEnd *a, const HistoryEnd *b);
static void resolve_end(const TargetAsker *asker, const VersionState *current,
						const HistoryEnd *a, HistoryEnd *b);
static RevList *walk_from_each(const TargetAsker *asker, const RevList *starts, const TargetText *target);
static void keep_branch_of(const TargetAsker *asker, const HistoryEnd *a, HistoryEnd *b);
static void error_not_related(const Graph *graph, const char *range, int rev)
			pg_attribute_noreturn();

RevList *
order_history(const Graph *graph, const VersionState *current, const char *range)
{
	TargetAsker asker = {graph, NULL};
	HistoryEnd	a = {NULL};
	HistoryEnd	b = {NULL};
	bool	   *todo;
	bool	   *below;

	if (range)
		split_ends(range, &a, &b);
	resolve_start(&asker, current, &a, &b);
	resolve_end(&asker, current, &a, &b);
	keep_branch_of(&asker, &a, &b);
	target_check_overlap(graph, b.revs);
	target_check_overlap(graph, a.revs);

	todo = graph_closure(graph, b.revs);
	if (a.revs->n == 0)
		return order_convex(graph, todo, b.revs);

	for (int i = 0; i < a.revs->n; i++)
		if (!todo[a.revs->revs[i]])
			error_not_related(graph, range, a.revs->revs[i]);
	below = graph_closure(graph, a.revs);
	for (int i = 0; i < a.revs->n; i++)
		below[a.revs->revs[i]] = false;
	{
		bool	   *above = graph_descendants(graph, a.revs->revs, a.revs->n, false);

		for (int i = 0; i < graph->nrevs; i++)
			todo[i] = todo[i] && !below[i] && above[i];
	}
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

/* No start at all, or an over-long one, is base: an empty list. */
static void
resolve_start(const TargetAsker *asker, const VersionState *current,
			  HistoryEnd *a, const HistoryEnd *b)
{
	TargetText	target;

	a->revs = revlist_make(0);
	if (a->is_current && current)
		a->revs = version_rows(current);
	if (a->text == NULL || a->is_current)
		return;

	target_parse(asker, a->text, false, &target);
	if (!target.relative || !target.down || target.symbol || target.steps == 0)
		a->revs = target_many(asker, &target);
	else if (b->is_current && target.branch == NULL)
		a->revs = walk_from_each(asker, current ? version_rows(current) : a->revs, &target);
	else
		a->revs = target_walk_heads(asker, &target, true);
	a->revs = revlist_dedupe(asker->graph, a->revs);
}

static RevList *
walk_from_each(const TargetAsker *asker, const RevList *starts, const TargetText *target)
{
	RevList    *result = revlist_make(starts->n);

	for (int i = 0; i < starts->n; i++)
	{
		int			end;

		CHECK_FOR_INTERRUPTS();
		end = walk(asker, starts->revs[i], target, NULL, true);
		if (end >= 0)
			result->revs[result->n++] = end;
	}
	return result;
}

static void
resolve_end(const TargetAsker *asker, const VersionState *current,
			const HistoryEnd *a, HistoryEnd *b)
{
	TargetText	target;

	if (b->text == NULL)
	{
		b->revs = graph_heads(asker->graph, true);
		return;
	}
	if (b->is_current)
	{
		b->revs = current ? version_rows(current) : revlist_make(0);
		return;
	}
	target_parse(asker, b->text, false, &target);
	b->revs = revlist_dedupe(asker->graph, walk_upgrade_target(asker, a->revs, &target, true));
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

static void
error_not_related(const Graph *graph, const char *range, int rev)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_RANGE_NOT_ANCESTOR),
			 errmsg("range \"%s\" does not go from an ancestor to a descendant", name_shown(range)),
			 errdetail("Revision \"%s\", where it starts, is not below where it ends.",
					   graph->revs[rev].links.id),
			 errhint("Write the older revision first.")));
}
