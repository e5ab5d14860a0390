/*
 * version.c
 *		Computes the version rows from the set of applied revisions.
 *
 * Alembic changes the rows of its version table by rules for merging and
 * unmerging, which give wrong rows where a revision and its ancestor meet.  Here
 * the state is the set of applied revisions.  The rows are those of them that no
 * applied revision has as parent or dependency.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/memutils.h"

#include "errors.h"
#include "graph/graph_private.h"

static VersionState *version_empty(const Graph *graph);
static const RevList *kept_rows(const VersionState *state);
static void revlist_add(RevList *list, int rev);
static void row_changed(VersionState *state, int rev);

VersionState *
version_from_rows(const Graph *graph, IdList rows)
{
	VersionState *state = version_empty(graph);
	RevList    *revs = revlist_make(rows.n);

	for (int i = 0; i < rows.n; i++)
	{
		int			rev = graph_find(graph, rows.ids[i]);

		CHECK_FOR_INTERRUPTS();
		if (rev < 0)
			ereport(ERROR,
					(errcode(ERRCODE_MG_CANT_LOCATE),
					 errmsg("current revision \"%s\" does not exist", rows.ids[i]),
					 errhint("Load its file again, or state where the database is with migrate.stamp(..., purge => true).")));
		revs->revs[revs->n++] = rev;
	}
	version_add_closure(state, revs);

	for (int i = 0; i < revs->n; i++)
		if (state->napplied_above[revs->revs[i]] > 0)
		{
			int			upper;
			int			lower;

			if (!graph_find_overlap(graph, revs, &upper, &lower))
				elog(ERROR, "version rows are inconsistent");
			ereport(ERROR,
					(errcode(ERRCODE_MG_OVERLAP),
					 errmsg("current revision \"%s\" is already implied by current revision \"%s\"",
							graph->revs[lower].links.id, graph->revs[upper].links.id),
					 errhint("State where the database is with migrate.stamp(..., purge => true).")));
		}
	return state;
}

VersionState *
version_copy(const VersionState *state)
{
	VersionState *copy = version_empty(state->graph);
	Size		n = state->graph->nrevs;

	memcpy(copy->applied, state->applied, sizeof(bool) * n);
	memcpy(copy->napplied_above, state->napplied_above, sizeof(int) * n);
	copy->napplied = state->napplied;
	return copy;
}

void
version_set(VersionState *state, int rev, bool applied)
{
	const Revision *revision = &state->graph->revs[rev];
	int			change = applied ? 1 : -1;

	if (state->applied[rev] == applied)
		return;
	state->applied[rev] = applied;
	state->napplied += change;
	for (int p = 0; p < revision->nparents; p++)
		state->napplied_above[revision->parents[p]] += change;
	for (int d = 0; d < revision->ndeps; d++)
		state->napplied_above[revision->deps[d]] += change;

	if (state->rows->n >= 0)
	{
		row_changed(state, rev);
		for (int p = 0; p < revision->nparents; p++)
			row_changed(state, revision->parents[p]);
		for (int d = 0; d < revision->ndeps; d++)
			row_changed(state, revision->deps[d]);
	}
}

/* Make room for one more element: at every power of two, double the room. */
static void
revlist_enlarge(RevList *list)
{
	if (list->n >= 8 && (list->n & (list->n - 1)) == 0)
		list->revs = repalloc_huge(list->revs, sizeof(int) * list->n * 2);
}

static void
revlist_add(RevList *list, int rev)
{
	revlist_enlarge(list);
	list->revs[list->n++] = rev;
}

/*
 * Update the kept list of rows, and flipped, after this revision may have become a row or
 * ceased to be one.
 */
static void
row_changed(VersionState *state, int rev)
{
	RevList    *rows = state->rows;
	const char *id = state->graph->revs[rev].links.id;
	int			low = 0;
	int			high = rows->n;
	bool		listed;

	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (strcmp(state->graph->revs[rows->revs[middle]].links.id, id) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	listed = low < rows->n && rows->revs[low] == rev;
	if (listed == version_is_row(state, rev))
		return;
	revlist_add(state->flipped, rev);
	if (listed)
	{
		rows->n--;
		memmove(rows->revs + low, rows->revs + low + 1, sizeof(int) * (rows->n - low));
	}
	else
	{
		revlist_enlarge(rows);
		memmove(rows->revs + low + 1, rows->revs + low, sizeof(int) * (rows->n - low));
		rows->revs[low] = rev;
		rows->n++;
	}
}

void
version_add_closure(VersionState *state, const RevList *revs)
{
	int		   *stack = palloc_extended(sizeof(int) * Max(state->graph->nrevs, 1), MCXT_ALLOC_HUGE);
	int			depth = 0;

	for (int i = 0; i < revs->n; i++)
	{
		if (state->applied[revs->revs[i]])
			continue;
		version_set(state, revs->revs[i], true);
		stack[depth++] = revs->revs[i];
		while (depth > 0)
		{
			const Revision *rev = &state->graph->revs[stack[--depth]];

			CHECK_FOR_INTERRUPTS();
			for (int l = 0; l < rev->nparents + rev->ndeps; l++)
			{
				int			below =
				l < rev->nparents ? rev->parents[l] : rev->deps[l - rev->nparents];

				if (state->applied[below])
					continue;
				version_set(state, below, true);
				stack[depth++] = below;
			}
		}
	}
	pfree(stack);
}

void
version_remove_row(VersionState *state, int row, int keep)
{
	int		   *stack;
	int			depth = 0;

	if (!version_is_row(state, row) || row == keep)
		return;
	stack = palloc_extended(sizeof(int) * Max(state->graph->nrevs, 1), MCXT_ALLOC_HUGE);
	version_set(state, row, false);
	stack[depth++] = row;
	while (depth > 0)
	{
		const Revision *rev = &state->graph->revs[stack[--depth]];

		CHECK_FOR_INTERRUPTS();
		for (int l = 0; l < rev->nparents + rev->ndeps; l++)
		{
			int			below = l < rev->nparents ? rev->parents[l] : rev->deps[l - rev->nparents];

			if (below == keep || !version_is_row(state, below))
				continue;
			version_set(state, below, false);
			stack[depth++] = below;
		}
	}
	pfree(stack);
}

/*
 * Returns the list of rows.  The first call makes it; version_set() then keeps it up
 * to date, since a plan needs it after every step.
 */
static const RevList *
kept_rows(const VersionState *state)
{
	RevList    *rows = state->rows;

	if (rows->n < 0)
	{
		/* the state may outlive the current memory context */
		rows->revs = MemoryContextAlloc(GetMemoryChunkContext(rows), sizeof(int) * 8);
		rows->n = 0;
		if (state->napplied > 0)
			for (int i = 0; i < state->graph->nrevs; i++)
				if (version_is_row(state, i))
					revlist_add(rows, i);
		revlist_sort_by_id(state->graph, rows);
	}
	return rows;
}

RevList *
version_rows(const VersionState *state)
{
	const RevList *rows = kept_rows(state);
	RevList    *copy = revlist_make(rows->n);

	memcpy(copy->revs, rows->revs, sizeof(int) * rows->n);
	copy->n = rows->n;
	return copy;
}

int
version_nrows(const VersionState *state)
{
	return kept_rows(state)->n;
}

void
version_begin_step(VersionState *state)
{
	(void) kept_rows(state);
	state->flipped->n = 0;
}

/* A revision that flipped an even number of times is as it was. */
void
version_changes(const VersionState *state, RevList **gone, RevList **come)
{
	const RevList *flipped = state->flipped;
	RevList    *sorted = revlist_make(flipped->n);

	memcpy(sorted->revs, flipped->revs, sizeof(int) * flipped->n);
	sorted->n = flipped->n;
	revlist_sort_by_id(state->graph, sorted);
	*gone = revlist_make(sorted->n);
	*come = revlist_make(sorted->n);
	for (int i = 0, times; i < sorted->n; i += times)
	{
		int			rev = sorted->revs[i];
		RevList    *list = version_is_row(state, rev) ? *come : *gone;

		for (times = 1; i + times < sorted->n && sorted->revs[i + times] == rev; times++)
			;
		if (times % 2 == 1)
			list->revs[list->n++] = rev;
	}
}

static VersionState *
version_empty(const Graph *graph)
{
	VersionState *state = palloc(sizeof(VersionState));
	Size		n = Max(graph->nrevs, 1);

	state->graph = graph;
	state->applied = palloc_extended(sizeof(bool) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	state->napplied_above = palloc_extended(sizeof(int) * n, MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
	state->napplied = 0;
	state->rows = palloc0(sizeof(RevList));
	state->rows->n = -1;
	state->flipped = revlist_make(8);
	return state;
}
