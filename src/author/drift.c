/*
 * drift.c
 *		Finds changes of the schema that no revision made.  A clean answer is kept, together with
 *		the state for which it is true.
 */
#include "postgres.h"

#include "author/drift.h"
#include "author/model.h"
#include "author/replay.h"
#include "author/written_triggers.h"
#include "diff/left_triggers.h"
#include "settings.h"
#include "snapshot/ignored.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/* How the log records a clean answer: the state for which it is true. */
static char *
managed_words(const Managed *managed)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfoString(&buf, managed->whole ? "no drift in the whole database" : "no drift in");
	for (int i = 0; i < managed->nschemas; i++)
		appendStringInfo(&buf, "%s %s", i > 0 ? "," : "", quote_identifier(managed->schemas[i]));
	if (managed->no_owners)
		appendStringInfoString(&buf, ", without owners");
	if (managed->no_privileges)
		appendStringInfoString(&buf, ", without privileges");
	if (managed->ignore != NIL)
		appendStringInfo(&buf, ", ignoring %s", settings_ignored_text());
	return buf.data;
}

/*
 * What a clean answer was given for: the live schema, the prelude, and the revisions
 * that were applied, since one that was stamped away can be edited and stamped back.
 */
static void
state_of_answer(const Store *store, const SchemaSnapshot *live, const char *prelude, char *state)
{
	char	   *seed = psprintf("%s%s", snapshot_fingerprint(live),
								prelude != NULL ? script_digest(prelude) : "");
	char	  **ids = palloc(sizeof(char *) * Max(store->nrevs, 1));
	int			n = 0;

	for (int i = 0; i < store->nrevs; i++)
		if (store->version->applied[i])
			ids[n++] = unconstify(char *, store->revs[i].links.id);
	store_sort_ids(id_list(ids, n));
	answer_state(false, seed, ids, n, state);
}

SchemaDiff *
drift_find(const Managed *managed)
{
	Store	   *store = store_load(false, false);
	char	   *prelude = prelude_text(false);
	SchemaSnapshot *live = snapshot_take(managed, NULL);
	char	   *words = managed_words(managed);
	SchemaSnapshot *replayed;
	Presupposed *presupposed;
	char		state[32];
	bool		is_kept = true;
	SchemaDiff *diff;

	state_of_answer(store, live, prelude, state);
	compare_extension_notices(live);
	if (answer_is_known(false, "drift", words, state))
		return palloc0(sizeof(SchemaDiff));
	replayed = replay(managed, store, store->version->applied, prelude, &presupposed);
	snapshot_require_same_base(live, replayed);
	if (ignored_has_books(live))
	{
		SchemaSnapshot *first = live;

		live = snapshot_take(ignored_without_books(managed, replayed), NULL);
		is_kept = !snapshot_is_outdated(first);
	}
	require_schemas(managed, live, replayed);
	if (presupposed != NULL)
		prelude_leave_out(presupposed, replayed, live);
	written_triggers_note(live);
	left_triggers_leave(live, replayed);
	compare_left_notices(live);
	diff = schema_diff(replayed, live);
	compare_notices(diff);
	/* notices are not kept, so an answer with notices is not kept either */
	if (diff->changes == NIL && diff->notices == NIL && live->left_triggers == NIL && is_kept &&
		!XactReadOnly)
		answer_keep("drift", words, store->rows, state);
	return diff;
}
