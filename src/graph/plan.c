/*
 * plan.c
 *		Plans an upgrade, downgrade or stamp, step by step.
 *
 * A plan is made before any revision runs, and then followed exactly; migrate.plan()
 * shows it.  This file decides which revisions a plan has, order.c decides their
 * order, and version.c computes the version rows after each step.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "errors.h"
#include "graph/graph_private.h"

static MigrationPlan *make_plan(const Graph *graph, VersionState *start);
static void add_step(MigrationPlan *plan, StepKind kind, int rev, const int *removed, int nremoved);
static const char *split_range(const TargetAsker *asker, const char *target, bool offline,
							   char **from);
static VersionState *state_at(const TargetAsker *asker, const char *from);
static RevList *upgrade_targets(const TargetAsker *asker, const VersionState *state,
								const char *text);
static char *upgrade_notice(const Graph *graph, const VersionState *state, const RevList *targets);
static RevList *stamp_item(MigrationPlan *plan, const TargetAsker *asker, const char *item,
						   const RevList *rows, bool *remove);
static void stamp_steps(MigrationPlan *plan, const RevList *dests, const RevList *rows,
						bool *remove);

/* ---------------------------------------------------------------- upgrade */

MigrationPlan *
plan_upgrade(const Graph *graph, const VersionState *current, const char *target, bool offline)
{
	TargetAsker asker = {graph, "upgrade"};
	char	   *from;
	const char *to = split_range(&asker, target, offline, &from);
	MigrationPlan *plan = make_plan(graph, offline ? state_at(&asker, from)
									: version_copy(current));
	VersionState *start = plan->start;
	RevList    *targets = upgrade_targets(&asker, start, to);
	bool	   *todo = graph_closure(graph, targets);
	RevList    *ordered;
	int			n = 0;

	for (int i = 0; i < graph->nrevs; i++)
	{
		todo[i] = todo[i] && !start->applied[i];
		n += todo[i];
	}
	if (n == 0)
	{
		plan->notice = upgrade_notice(graph, start, targets);
		return plan;
	}
	ordered = order_convex(graph, todo, targets);
	for (int i = ordered->n - 1; i >= 0; i--)
		add_step(plan, STEP_UPGRADE, ordered->revs[i], NULL, 0);
	return plan;
}

static RevList *
upgrade_targets(const TargetAsker *asker, const VersionState *state, const char *text)
{
	RevList    *rows = version_rows(state);
	RevList    *targets = revlist_make(0);
	char	  **items;
	int			nitems;

	target_split_list(text, &items, &nitems);
	for (int i = 0; i < nitems; i++)
	{
		TargetText	target;
		RevList    *found;

		CHECK_FOR_INTERRUPTS();
		target_parse(asker, items[i], false, &target);
		found = walk_upgrade_target(asker, rows, &target, false);
		targets->revs = repalloc_huge(targets->revs, sizeof(int) * Max(targets->n + found->n, 1));
		memcpy(targets->revs + targets->n, found->revs, sizeof(int) * found->n);
		targets->n += found->n;
	}
	targets = revlist_dedupe(asker->graph, targets);
	target_check_overlap(asker->graph, targets);
	return targets;
}

/*
 * Returns the NOTICE of an upgrade that has nothing to do, or NULL.  If the target
 * lies below the current state, the user may have meant a downgrade.  A target that is
 * a head needs no NOTICE, even if an applied revision depends on it.
 */
static char *
upgrade_notice(const Graph *graph, const VersionState *state, const RevList *targets)
{
	if (targets->n == 0)
		return state->napplied == 0 ? NULL :
			pstrdup("nothing to upgrade: the target is the empty database, below the current revision; to go there use migrate.downgrade()");
	for (int i = 0; i < targets->n; i++)
	{
		int			rev = targets->revs[i];

		if (!version_is_row(state, rev) && !revision_is_head(&graph->revs[rev]))
			return psprintf("nothing to upgrade: revision \"%s\" is applied already and lies below the current revision; to go there use migrate.downgrade()",
							graph->revs[rev].links.id);
	}
	return NULL;
}

MigrationPlan *
plan_run(const Graph *graph, const VersionState *current, Direction direction, const char *target)
{
	return direction == DIRECTION_UP ? plan_upgrade(graph, current, target, false)
		: plan_downgrade(graph, current, target, false);
}

/* ---------------------------------------------------------------- downgrade */

MigrationPlan *
plan_downgrade(const Graph *graph, const VersionState *current, const char *target, bool offline)
{
	TargetAsker asker = {graph, "downgrade"};
	char	   *from;
	const char *text = split_range(&asker, target, offline, &from);
	MigrationPlan *plan;
	RevList    *roots;
	RevList    *ordered;
	bool	   *todo;
	int			to;
	int			n = 0;

	if (offline && from == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_RANGE),
				 errmsg("downgrade target \"%s\" is no range", name_shown(target)),
				 errdetail("A script cannot know where the database will be."),
				 errhint("Write from:to, such as \"head:%s\".", name_shown(target))));

	plan = make_plan(graph, offline ? state_at(&asker, from) : version_copy(current));
	roots = walk_downgrade_roots(&asker, plan->start, text, &to);
	todo = graph_descendants(graph, roots->revs, roots->n, true);
	for (int i = 0; i < graph->nrevs; i++)
	{
		todo[i] = todo[i] && plan->start->applied[i];
		n += todo[i];
	}
	if (n == 0)
	{
		RevList    *rows = version_rows(plan->start);

		if (to < 0 || version_is_row(plan->start, to))
			return plan;
		ereport(ERROR,
				(errcode(ERRCODE_MG_RANGE_NOT_ANCESTOR),
				 errmsg("revision \"%s\" is not below the current revision",
						graph->revs[to].links.id),
				 rows->n == 0 ? errdetail("No revision is applied.") :
				 plan->start->applied[to] ?
				 errdetail("It is applied only as a dependency; the current revisions are %s.",
						   names_of_revs(graph, rows->revs, rows->n)) :
				 errdetail("It is not applied; the current revisions are %s.",
						   names_of_revs(graph, rows->revs, rows->n)),
				 plan->start->applied[to] ?
				 errhint("Name a revision below what depends on it.") :
				 errhint("To go up use migrate.upgrade('%s').", graph->revs[to].links.id)));
	}
	ordered = order_convex(graph, todo, version_rows(plan->start));
	for (int i = 0; i < ordered->n; i++)
		add_step(plan, STEP_DOWNGRADE, ordered->revs[i], NULL, 0);
	return plan;
}

/* ---------------------------------------------------------------- stamp */

/*
 * Computes the final rows for all destinations at once: rows that share lineage with
 * a destination go, other rows stay, and the destinations come.  Alembic computes each
 * step from the rows at the start, which gives wrong rows for a list of targets.
 */
MigrationPlan *
plan_stamp(const Graph *graph, const VersionState *current, const char *target,
		   bool purge, bool offline)
{
	TargetAsker asker = {graph, "stamp"};
	char	  **items;
	int			nitems;
	char	   *from = NULL;
	MigrationPlan *plan;
	RevList    *rows;
	RevList    *dests = revlist_make(0);
	bool	   *remove = palloc0(Max(graph->nrevs, 1));

	target_split_list(target, &items, &nitems);
	for (int i = 0; i < nitems; i++)
	{
		char	   *item_from;

		items[i] = pstrdup(split_range(&asker, items[i], offline, &item_from));
		if (from && item_from && strcmp(from, item_from) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_BAD_RANGE),
					 errmsg("target \"%s\" has more than one start", name_shown(target)),
					 errdetail("They are \"%s\" and \"%s\".", name_shown(from),
							   name_shown(item_from)),
					 errhint("Write the same revision before every colon.")));
		if (item_from)
			from = item_from;
	}

	plan = make_plan(graph, offline ? state_at(&asker, from) :
					 purge ? version_from_rows(graph, id_list(NULL, 0)) : version_copy(current));
	rows = version_rows(plan->start);
	for (int i = 0; i < nitems; i++)
	{
		RevList    *found;

		CHECK_FOR_INTERRUPTS();
		found = stamp_item(plan, &asker, items[i], rows, remove);
		dests->revs = repalloc_huge(dests->revs, sizeof(int) * Max(dests->n + found->n, 1));
		memcpy(dests->revs + dests->n, found->revs, sizeof(int) * found->n);
		dests->n += found->n;
	}
	dests = revlist_dedupe(graph, dests);
	target_check_overlap(graph, dests);
	stamp_steps(plan, dests, rows, remove);
	return plan;
}

/*
 * Returns the destinations of one item of the target list, and marks in *remove the rows
 * that it replaces.
 */
static RevList *
stamp_item(MigrationPlan *plan, const TargetAsker *asker, const char *item,
		   const RevList *rows, bool *remove)
{
	const Graph *graph = plan->graph;
	TargetText	target;
	RevList    *dests;
	bool	   *above = NULL;
	bool	   *below = NULL;
	int			branch;
	int			nrelated = 0;

	target_parse(asker, item, false, &target);
	branch = target_branch(asker, target.branch);
	if (target.relative && rows->n > 0)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("cannot locate revision \"%s\"", name_shown(target.whole)),
				 errdetail("A stamp relative to the heads is understood only where nothing is applied."),
				 errhint("Name the revision itself, or use purge => true.")));
	dests = target_many(asker, &target);
	if (rows->n == 0)
		return dests;

	if (dests->n == 0)
	{
		/* base: every row, or those of a branch */
		if (branch >= 0)
		{
			above = graph_descendants(graph, &branch, 1, true);
			below = graph_ancestors(graph, &branch, 1, true);
		}
		for (int i = 0; i < rows->n; i++)
			if (above == NULL || above[rows->revs[i]] || below[rows->revs[i]])
				remove[rows->revs[i]] = true;
		return dests;
	}

	if (dests->n == 1 && version_is_row(plan->start, dests->revs[0]))
		return dests;
	above = graph_descendants(graph, dests->revs, dests->n, true);
	below = graph_ancestors(graph, dests->revs, dests->n, true);
	for (int i = 0; i < rows->n; i++)
		if (above[rows->revs[i]] || below[rows->revs[i]])
		{
			remove[rows->revs[i]] = true;
			nrelated++;
		}

	/* branch@x moves the whole branch: its other rows go as well */
	if (nrelated > 0 && branch >= 0 && dests->n == 1)
	{
		above = graph_descendants(graph, &branch, 1, true);
		below = graph_ancestors(graph, &branch, 1, true);
		for (int i = 0; i < rows->n; i++)
			if (above[rows->revs[i]] || below[rows->revs[i]])
				remove[rows->revs[i]] = true;
	}
	return dests;
}

/*
 * Add a step for each destination that is no row yet; it takes away the rows that are
 * ancestors or descendants of the destination.  Then add a step for each row left to remove.
 */
static void
stamp_steps(MigrationPlan *plan, const RevList *dests, const RevList *rows, bool *remove)
{
	const Graph *graph = plan->graph;
	int		   *removed = palloc(sizeof(int) * Max(rows->n, 1));
	int			nleft = 0;

	for (int i = 0; i < dests->n; i++)
		remove[dests->revs[i]] = false;
	for (int i = 0; i < rows->n; i++)
		nleft += remove[rows->revs[i]];

	for (int i = 0; i < dests->n; i++)
	{
		int			dest = dests->revs[i];
		int			nremoved = 0;

		CHECK_FOR_INTERRUPTS();
		if (version_is_row(plan->start, dest))
			continue;
		if (nleft > 0)
		{
			bool	   *above = NULL;
			bool	   *below = NULL;

			/* a single destination takes away all of them */
			if (dests->n > 1)
			{
				above = graph_descendants(graph, &dest, 1, true);
				below = graph_ancestors(graph, &dest, 1, true);
			}
			for (int k = 0; k < rows->n; k++)
			{
				int			row = rows->revs[k];

				if (remove[row] && (dests->n == 1 || above[row] || below[row]))
				{
					removed[nremoved++] = row;
					remove[row] = false;
					nleft--;
				}
			}
			if (above)
			{
				pfree(above);
				pfree(below);
			}
		}
		add_step(plan, STEP_STAMP, dest, removed, nremoved);
	}
	for (int k = 0; k < rows->n; k++)
		if (remove[rows->revs[k]])
			add_step(plan, STEP_STAMP, -1, &rows->revs[k], 1);
}

/* ---------------------------------------------------------------- ranges */

/*
 * Split "from:to".  Returns `to`; without a colon that is the whole target, and *from is NULL.
 */
static const char *
split_range(const TargetAsker *asker, const char *target, bool offline, char **from)
{
	const char *colon = strchr(target, ':');
	char	   *to;

	*from = NULL;
	if (colon == NULL)
		return target;
	if (!offline)
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_RANGE),
				 errmsg("target \"%s\" is a range", name_shown(target)),
				 errdetail("The database itself is where it starts from."),
				 errhint("Name only where to go; a range is for migrate.%s_sql().",
						 asker->function)));
	*from = name_trim(target, colon - target);
	to = name_trim(colon + 1, strlen(colon + 1));
	if (strchr(to, ':') != NULL || (*from)[0] == '\0' || to[0] == '\0')
		ereport(ERROR,
				(errcode(ERRCODE_MG_BAD_RANGE),
				 errmsg("cannot read range \"%s\"", name_shown(target)),
				 errhint("A range is written from:to, such as \"base:head\".")));
	return to;
}

/* Returns the revision at which a script starts; REV_NOTHING for base. */
static int
start_at(const TargetAsker *asker, const char *from)
{
	TargetText	target;

	target_parse(asker, from, false, &target);
	if (target.relative)
		ereport(ERROR,
				(errcode(ERRCODE_MG_CANT_LOCATE),
				 errmsg("cannot locate revision \"%s\"", name_shown(target.whole)),
				 errdetail("A range starts at a revision, not relative to one."),
				 errhint("Name the revision itself.")));
	return target_one(asker, &target, target.branch);
}

/* Returns the state at which a script starts: the listed revisions, or none, are current. */
static VersionState *
state_at(const TargetAsker *asker, const char *from)
{
	VersionState *state = version_from_rows(asker->graph, id_list(NULL, 0));
	RevList    *rows;
	char	  **items;
	int			nitems;

	if (from == NULL)
		return state;
	target_split_list(from, &items, &nitems);
	rows = revlist_make(nitems);
	for (int i = 0; i < nitems; i++)
	{
		int			rev = start_at(asker, items[i]);

		CHECK_FOR_INTERRUPTS();
		if (rev >= 0)
			rows->revs[rows->n++] = rev;
	}
	rows = revlist_dedupe(asker->graph, rows);
	target_check_overlap(asker->graph, rows);
	version_add_closure(state, rows);
	return state;
}

/* ---------------------------------------------------------------- steps */

static MigrationPlan *
make_plan(const Graph *graph, VersionState *start)
{
	MigrationPlan *plan = palloc0(sizeof(MigrationPlan));

	plan->graph = graph;
	plan->start = start;
	return plan;
}

static void
add_step(MigrationPlan *plan, StepKind kind, int rev, const int *removed, int nremoved)
{
	PlanStep   *step;

	/* room for 8, 16, 32, ... */
	if (plan->nsteps == 0)
		plan->steps = palloc(sizeof(PlanStep) * 8);
	else if (plan->nsteps >= 8 && (plan->nsteps & (plan->nsteps - 1)) == 0)
		plan->steps = repalloc_huge(plan->steps, sizeof(PlanStep) * 2 * plan->nsteps);
	step = &plan->steps[plan->nsteps++];
	step->kind = kind;
	step->rev = rev;
	step->nremoved = nremoved;
	step->removed = NULL;
	if (nremoved > 0)
	{
		step->removed = palloc(sizeof(int) * nremoved);
		memcpy(step->removed, removed, sizeof(int) * nremoved);
	}
}

void
plan_apply_step(const MigrationPlan *plan, const PlanStep *step, VersionState *state)
{
	version_begin_step(state);
	if (step->kind != STEP_STAMP)
	{
		version_set(state, step->rev, step->kind == STEP_UPGRADE);
		return;
	}
	if (step->rev >= 0)
		version_add_closure(state, revlist_one(step->rev));
	for (int i = 0; i < step->nremoved; i++)
		version_remove_row(state, step->removed[i], step->rev);
}

char *
plan_step_label(const MigrationPlan *plan, const PlanStep *step, bool with_message)
{
	const Graph *graph = plan->graph;
	const Revision *rev = step->rev >= 0 ? &graph->revs[step->rev] : NULL;
	StringInfoData from;
	StringInfoData label;

	Assert(rev != NULL || step->kind == STEP_STAMP);

	/* the revision's parents, or the rows that a stamp takes away */
	initStringInfo(&from);
	if (step->kind == STEP_STAMP)
		for (int i = 0; i < step->nremoved; i++)
			appendStringInfo(&from, "%s%s", i ? ", " : "", graph->revs[step->removed[i]].links.id);
	else
		for (int i = 0; i < rev->nparents; i++)
			appendStringInfo(&from, "%s%s", i ? ", " : "", graph->revs[rev->parents[i]].links.id);

	initStringInfo(&label);
	switch (step->kind)
	{
		case STEP_UPGRADE:
			appendStringInfo(&label, "upgrade %s -> %s", from.data, rev->links.id);
			break;
		case STEP_DOWNGRADE:
			appendStringInfo(&label, "downgrade %s -> %s", rev->links.id, from.data);
			break;
		case STEP_STAMP:
			appendStringInfo(&label, "stamp_revision %s -> %s", from.data,
							 rev ? rev->links.id : "");
			break;
	}
	if (with_message && step->kind != STEP_STAMP && rev->links.message && rev->links.message[0])
		appendStringInfo(&label, ", %s", first_line_shown(rev->links.message));
	return label.data;
}
