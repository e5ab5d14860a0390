/*
 * write_chain.c
 *		Writes the revisions of a chain, each on top of the one before.
 */
#include "postgres.h"

#include "author/write_chain.h"
#include "author/write_revision.h"

#include "miscadmin.h"

void
write_require_place(const Placement *place)
{
	Store	   *store = store_load(true, false);

	(void) target_new_parents(store->graph, place->heads, place->nheads, place->splice);
	(void) target_dependencies(store->graph, place->depends_on, place->ndepends_on);
}

/* Only the first revision has the labels and dependencies; all of a spliced chain are spliced. */
static RevList *
place_file(const Store *store, RevisionLinks *links, const RevisionLinks *pattern,
		   const Placement *place, const char *before)
{
	char	   *parent = unconstify(char *, before);
	RevList    *parents;

	if (before != NULL)
		return target_new_parents(store->graph, &parent, 1, place->splice);
	parents = target_new_parents(store->graph, place->heads, place->nheads, place->splice);
	links->labels = pattern->labels;
	links->nlabels = pattern->nlabels;
	links->ndepends_on = place->ndepends_on;
	links->depends_on = target_dependencies(store->graph, place->depends_on, place->ndepends_on);
	return parents;
}

const char *
write_chain(const List *chain, const RevisionLinks *pattern, const Placement *place)
{
	int			n = list_length(chain);
	const char *id = NULL;

	for (int i = 0; i < n; i++)
	{
		const Generated *generated = list_nth(chain, i);
		RevisionFile *file = palloc0(sizeof(RevisionFile));
		Store	   *store = store_load(true, false);
		RevList    *parents;

		CHECK_FOR_INTERRUPTS();
		file->rev.links.message = pattern->message == NULL || n == 1 ? pattern->message :
			psprintf("%s (%d of %d)", pattern->message, i + 1, n);
		file->script.half[DIRECTION_UP].sql = script_say_strings(generated->upgrade);
		file->script.half[DIRECTION_DOWN].sql = script_say_strings(generated->downgrade);
		parents = place_file(store, &file->rev.links, pattern, place, id);
		id = write_new(store, file, i == n - 1 ? place->rev_id : NULL, parents);
	}
	return id;
}
