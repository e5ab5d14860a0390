/*
 * target.c
 *		The grammar of targets: which revisions does a text name?
 *
 * This file resolves absolute forms (head, heads, base, identifiers, prefixes,
 * labels, branch@x); walk.c has the walks from a revision or from the current state.
 * Each reason for not finding a revision has an error of its own: users of Alembic
 * ask most often about its single "can't locate revision".
 */
#include "postgres.h"

#include <limits.h>

#include "mb/pg_wchar.h"
#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

static bool parse_relative(TargetText *target);
static int	parse_steps(const char *digits);
static RevList *heads_of_branch(const TargetAsker *asker, const char *branch,
								bool resolve_dependencies);
static int	the_head(const TargetAsker *asker, const char *branch, const char *whole);
static int	lookup(const TargetAsker *asker, const char *name, const char *branch,
				   const char *whole);
static int	lookup_prefix(const Graph *graph, const char *name, const bool *lineage,
						  const char ***matches, int *nmatches);
static void error_cant_locate(const TargetAsker *asker, const char *name, const char *whole)
			pg_attribute_noreturn();
static void error_ambiguous_prefix(const char *name, const char **matches, int nmatches)
			pg_attribute_noreturn();
static void error_multiple_heads(const TargetAsker *asker, const char *whole, const RevList *heads)
			pg_attribute_noreturn();

/* ---------------------------------------------------------------- reading */

void
target_split_list(const char *text, char ***items, int *nitems)
{
	int			n = 1;
	const char *item = text;

	for (const char *p = text; *p; p++)
		if (*p == ',')
			n++;
	*items = palloc_extended(sizeof(char *) * n, MCXT_ALLOC_HUGE);
	*nitems = 0;
	for (;;)
	{
		const char *end = strchr(item, ',');
		int			len = end ? end - item : (int) strlen(item);

		CHECK_FOR_INTERRUPTS();
		(*items)[*nitems] = name_trim(item, len);
		if ((*items)[*nitems][0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_MG_CANT_LOCATE),
					 n == 1 ? errmsg("target is empty") :
					 errmsg("target \"%s\" has an empty element", name_shown(text)),
					 errhint("Name a revision, a branch label, \"head\", \"heads\" or \"base\".")));
		(*nitems)++;
		if (end == NULL)
			break;
		item = end + 1;
	}
}

void
target_parse(const TargetAsker *asker, const char *text, bool last_at, TargetText *target)
{
	char	   *at;

	memset(target, 0, sizeof(TargetText));
	target->whole = name_trim(text, strlen(text));
	if (target->whole[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("target is empty"),
				 errhint("Name a revision, a branch label, \"head\", \"heads\" or \"base\".")));

	if (!parse_relative(target))
	{
		at = last_at ? strrchr(target->whole, '@') : strchr(target->whole, '@');
		if (at)
			target->branch = pnstrdup(target->whole, at - target->whole);
		target->symbol = pstrdup(at ? at + 1 : target->whole);
		if (target->symbol[0] == '\0')
			ereport(ERROR,
					(errcode(ERRCODE_MG_CANT_LOCATE),
					 errmsg("target \"%s\" names no revision", name_shown(target->whole)),
					 errhint("Write what is meant after the @, such as \"%shead\".",
							 name_shown(target->whole))));
	}
	/* "@x" names no branch */
	if (target->branch && target->branch[0] == '\0')
		target->branch = NULL;
}

/*
 * Parse [branch@][symbol](+|-)digits; returns false if the text is anything else.
 * Alembic ignores text after the digits, we do not.  A symbol consists of word
 * characters, so a walk from a name with other characters is written name@+1.
 */
static bool
parse_relative(TargetText *target)
{
	const char *text = target->whole;
	const char *end = text + strlen(text);
	const char *digits = end;
	const char *sign;
	const char *symbol;

	while (digits > text && digits[-1] >= '0' && digits[-1] <= '9')
		digits--;
	sign = digits - 1;
	if (digits == end || sign < text || (*sign != '+' && *sign != '-'))
		return false;

	symbol = sign;
	while (symbol > text &&
		   (IS_HIGHBIT_SET(symbol[-1]) || symbol[-1] == '_' ||
			(symbol[-1] >= '0' && symbol[-1] <= '9') ||
			(symbol[-1] >= 'A' && symbol[-1] <= 'Z') ||
			(symbol[-1] >= 'a' && symbol[-1] <= 'z')))
		symbol--;
	if (symbol > text && symbol[-1] != '@')
		return false;

	if (symbol > text)
		target->branch = pnstrdup(text, symbol - 1 - text);
	if (symbol < sign)
		target->symbol = pnstrdup(symbol, sign - symbol);
	target->relative = true;
	target->down = *sign == '-';
	target->steps = parse_steps(digits);
	return true;
}

static int
parse_steps(const char *digits)
{
	int			steps = 0;

	for (; *digits; digits++)
	{
		if (steps > INT_MAX / 10 - 1)
			return INT_MAX;
		steps = steps * 10 + (*digits - '0');
	}
	return steps;
}

/* ---------------------------------------------------------------- several revisions */

RevList *
target_revisions(const Graph *graph, const VersionState *current,
				 char **items, int nitems, bool allow_current, bool *base)
{
	TargetAsker asker = {graph, NULL};
	RevList   **found = palloc_extended(sizeof(RevList *) * Max(nitems, 1), MCXT_ALLOC_HUGE);
	RevList    *result;
	int			n = 0;

	if (base)
		*base = false;
	for (int i = 0; i < nitems; i++)
	{
		TargetText	target;

		CHECK_FOR_INTERRUPTS();
		target_parse(&asker, items[i], false, &target);
		if (allow_current && strcmp(target.whole, "current") == 0)
			found[i] = current ? version_rows(current) : revlist_make(0);
		else
		{
			found[i] = target_many(&asker, &target);
			if (base && !target.relative && strcmp(target.symbol, "base") == 0)
				*base = true;
		}
		n += found[i]->n;
	}
	result = revlist_make(n);
	for (int i = 0; i < nitems; i++)
		for (int k = 0; k < found[i]->n; k++)
			result->revs[result->n++] = found[i]->revs[k];
	return result;
}

int
target_revision(const Graph *graph, const VersionState *current,
				const char *item, bool allow_current)
{
	TargetAsker asker = {graph, NULL};
	char	   *text = unconstify(char *, item);
	RevList    *found = target_revisions(graph, current, &text, 1, allow_current, NULL);

	if (found->n > 1)
		error_multiple_heads(&asker, name_trim(item, strlen(item)), found);
	return found->n == 1 ? found->revs[0] : -1;
}

RevList *
target_many(const TargetAsker *asker, const TargetText *target)
{
	int			one;

	if (target->relative)
	{
		/* only upgrade and downgrade count from a named revision */
		if (target->symbol == NULL && target->down && target->steps > 0)
		{
			RevList    *ends = target_walk_heads(asker, target);

			for (int i = 0; i < ends->n; i++)
				if (ends->revs[i] < 0)
					error_too_far(target);
			return ends;
		}
		target_branch(asker, target->branch);
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("cannot locate revision \"%s\"", name_shown(target->whole)),
				 errdetail("Targets relative to a revision are understood by upgrade and downgrade only."),
				 errhint("Name the revision itself.")));
	}
	if (strcmp(target->symbol, "heads") == 0)
		return heads_of_branch(asker, target->branch, target->branch == NULL);

	one = target_one(asker, target, target->branch);
	return one >= 0 ? revlist_one(one) : revlist_make(0);
}

/*
 * Walk down from every real head, as "show -1" and "history -1:" mean it.  If two
 * walks end at the same revision, the result has it twice.
 */
RevList *
target_walk_heads(const TargetAsker *asker, const TargetText *target)
{
	const Graph *graph = asker->graph;
	RevList    *heads = graph_heads(graph, true);
	RevList    *result = revlist_make(heads->n);
	bool	   *members = NULL;

	if (target->branch)
	{
		bool		is_label;
		int			branch = target_branch(asker, target->branch);

		/* as in Alembic, only a label has members here */
		graph_find_key(graph, target->branch, &is_label);
		if (!is_label)
			return result;
		members = graph_label_members(graph, branch);
	}
	for (int i = 0; i < heads->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (members == NULL || members[heads->revs[i]])
			result->revs[result->n++] = walk_if_possible(asker, heads->revs[i], target, NULL,
														 false);
	}
	return result;
}

/* ---------------------------------------------------------------- one revision */

int
target_one(const TargetAsker *asker, const TargetText *target, const char *branch)
{
	if (strcmp(target->symbol, "head") == 0)
		return the_head(asker, branch, target->whole);
	if (strcmp(target->symbol, "heads") == 0)
	{
		RevList    *heads = heads_of_branch(asker, branch, branch == NULL);

		if (heads->n > 1)
			error_multiple_heads(asker, target->whole, heads);
		return heads->n == 1 ? heads->revs[0] : REV_NOTHING;
	}
	if (strcmp(target->symbol, "base") == 0)
	{
		target_branch(asker, branch);
		return REV_NOTHING;
	}
	return lookup(asker, target->symbol, branch, target->whole);
}

/*
 * A bare "head" is the real head, so that it works wherever "heads" is one revision.
 * Alembic also counts heads that are dependencies.
 */
static int
the_head(const TargetAsker *asker, const char *branch, const char *whole)
{
	RevList    *heads = heads_of_branch(asker, branch, branch == NULL);

	if (heads->n > 1)
		error_multiple_heads(asker, whole, heads);
	return heads->n == 1 ? heads->revs[0] : REV_NOTHING;
}

static RevList *
heads_of_branch(const TargetAsker *asker, const char *branch, bool resolve_dependencies)
{
	RevList    *heads = graph_heads(asker->graph, resolve_dependencies);
	const bool *lineage;
	int			n = 0;

	if (branch == NULL)
		return heads;
	lineage = graph_lineage(asker->graph, target_branch(asker, branch));
	for (int i = 0; i < heads->n; i++)
		if (lineage[heads->revs[i]])
			heads->revs[n++] = heads->revs[i];
	heads->n = n;
	return heads;
}

int
target_branch(const TargetAsker *asker, const char *branch)
{
	const Graph *graph = asker->graph;
	const char **matches;
	const char *near;
	int			nmatches;
	int			rev;

	if (branch == NULL)
		return -1;
	rev = graph_find_key(graph, branch, NULL);
	if (rev >= 0)
		return rev;
	rev = lookup_prefix(graph, branch, NULL, &matches, &nmatches);
	if (nmatches == 1)
		return rev;
	if (nmatches > 1)
		error_ambiguous_prefix(branch, matches, nmatches);
	near = names_near(graph, branch, -1);
	ereport(ERROR,
			(errcode(ERRCODE_MG_NO_SUCH_BRANCH),
			 errmsg("no such branch: \"%s\"", name_shown(branch)),
			 near ? errdetail("Similar: %s.", near) : 0,
			 errhint("Before the @ stands a branch label or a revision on the branch; see migrate.heads() and migrate.branches().")));
}

/* Returns the revision with this identifier or label, or the only one that has it as prefix. */
static int
lookup(const TargetAsker *asker, const char *name, const char *branch, const char *whole)
{
	const Graph *graph = asker->graph;
	const bool *lineage = NULL;
	const char **matches;
	int			nmatches;
	int			rev;

	if (branch)
		lineage = graph_lineage(graph, target_branch(asker, branch));

	rev = graph_find_key(graph, name, NULL);
	if (rev >= 0)
	{
		if (lineage && !lineage[rev])
			ereport(ERROR,
					(errcode(ERRCODE_MG_NOT_ON_BRANCH),
					 errmsg("revision \"%s\" is not on branch \"%s\"",
							graph->revs[rev].links.id, name_shown(branch)),
					 errhint("Leave out \"%s@\", or name a revision on that branch, such as \"%s@head\".",
							 name_shown(branch), name_shown(branch))));
		return rev;
	}
	rev = lookup_prefix(graph, name, lineage, &matches, &nmatches);
	if (nmatches > 1)
		error_ambiguous_prefix(name, matches, nmatches);
	if (nmatches == 0)
		error_cant_locate(asker, name, whole);
	return rev;
}

/*
 * Finds the identifiers and labels of more than three characters that begin with the
 * name, sorted, of the revisions in lineage unless that is NULL.  Returns a revision
 * that has one of them (the revision, if there is one match), or -1.
 */
static int
lookup_prefix(const Graph *graph, const char *name, const bool *lineage,
			  const char ***matches, int *nmatches)
{
	Size		len = strlen(name);
	int			room = 0;
	int			result = -1;

	*nmatches = 0;
	*matches = NULL;
	for (int i = 0; i < graph->nrevs; i++)
	{
		const RevisionLinks *links = &graph->revs[i].links;

		CHECK_FOR_INTERRUPTS();
		if (lineage && !lineage[i])
			continue;
		for (int k = -1; k < links->nlabels; k++)
		{
			const char *key = k < 0 ? links->id : links->labels[k];

			if (strncmp(key, name, len) != 0 || pg_mbstrlen(key) <= 3)
				continue;
			if (*nmatches >= room)
			{
				room = Max(room * 2, 8);
				*matches = *matches ? repalloc_huge(*matches, sizeof(char *) * room) :
					palloc(sizeof(char *) * room);
			}
			(*matches)[(*nmatches)++] = key;
			result = i;
		}
	}
	if (*nmatches > 1)
		qsort(*matches, *nmatches, sizeof(char *), pg_qsort_strcmp);
	return result;
}

/* ---------------------------------------------------------------- writing revisions */

RevList *
target_new_parents(const Graph *graph, char **heads, int nheads, bool splice)
{
	RevList    *parents = target_revisions(graph, NULL, heads, nheads, false, NULL);
	RevList    *distinct = revlist_dedupe(graph, parents);

	if (distinct->n < parents->n)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_HEADS),
				 errmsg("a parent is named twice"),
				 errdetail("The parents named are %s.",
						   names_of_revs(graph, parents->revs, parents->n)),
				 errhint("Name each parent once.")));
	if (splice)
		return parents;
	for (int i = 0; i < parents->n; i++)
	{
		const Revision *rev = &graph->revs[parents->revs[i]];

		if (!revision_is_head(rev))
			ereport(ERROR,
					(errcode(ERRCODE_MG_NOT_A_HEAD),
					 errmsg("revision \"%s\" is not a head", rev->links.id),
					 errdetail("It is the parent of %s.",
							   names_of_revs(graph, rev->children, rev->nchildren)),
					 errhint("Build on a head, or say splice => true to make a new branch from here.")));
	}
	return parents;
}

/*
 * "heads" means every head here.  A merge of only the real heads would leave the
 * effective heads, and so more than one head.
 */
RevList *
target_merge_parents(const Graph *graph, char **revisions, int nrevisions, bool splice)
{
	RevList    *all = revlist_make(0);
	RevList    *distinct;

	for (int i = 0; i < nrevisions; i++)
	{
		RevList    *found;

		CHECK_FOR_INTERRUPTS();
		if (strcmp(name_trim(revisions[i], strlen(revisions[i])), "heads") == 0)
			found = graph_heads(graph, false);
		else
			found = target_new_parents(graph, &revisions[i], 1, splice);
		all->revs = repalloc_huge(all->revs, sizeof(int) * Max(all->n + found->n, 1));
		memcpy(all->revs + all->n, found->revs, sizeof(int) * found->n);
		all->n += found->n;
	}
	distinct = revlist_dedupe(graph, all);
	if (distinct->n < all->n)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_HEADS),
				 errmsg("a revision to merge is named twice"),
				 errdetail("The revisions named are %s.",
						   names_of_revs(graph, all->revs, all->n)),
				 errhint("Name each revision once.")));
	if (distinct->n < 2)
		ereport(ERROR,
				(errcode(ERRCODE_MG_DUPLICATE_HEADS),
				 errmsg("there is nothing to merge"),
				 distinct->n == 1 ?
				 errdetail("Only revision %s is named.", names_of_revs(graph, distinct->revs, 1)) :
				 errdetail("No revision is named."),
				 errhint("A merge takes at least two heads; see migrate.heads().")));
	return distinct;
}

char **
target_dependencies(const Graph *graph, char **depends_on, int ndepends_on)
{
	TargetAsker asker = {graph, NULL};
	char	  **result = palloc(sizeof(char *) * Max(ndepends_on, 1));

	for (int i = 0; i < ndepends_on; i++)
	{
		TargetText	target;
		bool		is_label;
		int			rev;

		CHECK_FOR_INTERRUPTS();
		target_parse(&asker, depends_on[i], false, &target);
		if (target.relative)
			error_cant_locate(&asker, target.whole, target.whole);
		rev = target_one(&asker, &target, target.branch);
		if (rev < 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_CANT_LOCATE),
					 errmsg("dependency \"%s\" names no revision", name_shown(target.whole)),
					 errhint("Name a revision or a branch label.")));
		graph_find_key(graph, target.whole, &is_label);
		result[i] = is_label ? target.whole : pstrdup(graph->revs[rev].links.id);
	}
	return result;
}

/* ---------------------------------------------------------------- errors */

void
target_check_overlap(const Graph *graph, const RevList *revs)
{
	int			upper;
	int			lower;

	if (revs->n > 1 && graph_find_overlap(graph, revs, &upper, &lower))
		ereport(ERROR,
				(errcode(ERRCODE_MG_OVERLAP),
				 errmsg("target \"%s\" overlaps with target \"%s\"",
						graph->revs[upper].links.id, graph->revs[lower].links.id),
				 errdetail("Revision \"%s\" is an ancestor of revision \"%s\" and comes with it.",
						   graph->revs[lower].links.id, graph->revs[upper].links.id),
				 errhint("Name only \"%s\".", graph->revs[upper].links.id)));
}

static void
error_cant_locate(const TargetAsker *asker, const char *name, const char *whole)
{
	const Graph *graph = asker->graph;
	char	   *near = names_near(graph, name, -1);

	ereport(ERROR,
			(errcode(ERRCODE_MG_CANT_LOCATE),
			 errmsg("cannot locate revision \"%s\"", name_shown(whole)),
			 graph->nrevs == 0 ? errdetail("There are no revisions yet.") :
			 near ? errdetail("Similar: %s.", near) : 0,
			 strchr(name, ',') ?
			 errhint("Only one target can be given here.") :
			 graph->nrevs == 0 ?
			 errhint("Load revisions with migrate.load_files() or write one with migrate.revision().") :
			 errhint("migrate.history() lists the revisions; if this one was added to the project, load its file with migrate.load().")));
}

static void
error_ambiguous_prefix(const char *name, const char **matches, int nmatches)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_AMBIGUOUS_PREFIX),
			 errmsg("%d revisions or labels start with \"%s\"", nmatches, name_shown(name)),
			 errdetail("They are %s.", names_of_texts(matches, nmatches)),
			 errhint("Write more of the identifier.")));
}

static void
error_multiple_heads(const TargetAsker *asker, const char *whole, const RevList *heads)
{
	const Graph *graph = asker->graph;
	const char *example = NULL;

	/* as example prefer a label@head that means just one of them */
	for (int l = 0; l < graph->priv->nlabels && example == NULL && l < 100; l++)
	{
		const bool *lineage = graph_lineage(graph, graph->priv->labels[l].rev);
		int			n = 0;

		for (int i = 0; i < graph->nrevs; i++)
			if (lineage[i] && revision_is_head(&graph->revs[i]))
				n += revlist_has(heads, i) ? 1 : 2;
		if (n == 1)
			example = psprintf("%s@head", graph->priv->labels[l].name);
	}
	if (example == NULL)
		example = graph->revs[heads->revs[0]].links.id;

	ereport(ERROR,
			(errcode(ERRCODE_MG_MULTIPLE_HEADS),
			 errmsg("target \"%s\" stands for %d revisions", name_shown(whole), heads->n),
			 errdetail("They are %s.", names_of_revs(graph, heads->revs, heads->n)),
			 asker->function == NULL ?
			 errhint("Name one of them, such as '%s', or merge them with migrate.merge().",
					 example) :
			 strcmp(asker->function, "downgrade") == 0 ?
			 errhint("Name one of them, such as migrate.downgrade('%s').", example) :
			 errhint("Use migrate.%s('heads') for all heads, or name one of them, such as '%s'.",
					 asker->function, example)));
}
