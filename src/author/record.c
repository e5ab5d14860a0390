/*
 * record.c
 *		Writes a revision for changes that were made by hand, and stamps it, since this database has
 *		them already.  The schema that the revisions make is compared with the live one as the
 *		model.
 */
#include "postgres.h"

#include "author/model.h"
#include "author/record.h"
#include "author/replay.h"
#include "author/report.h"
#include "author/write_chain.h"
#include "author/written_triggers.h"
#include "diff/left_triggers.h"
#include "diff/run_tables.h"
#include "run/run.h"

#include "utils/builtins.h"

/* Let the revision create and drop the schemas that are new in the database. */
static void
add_new_schemas(Generated *generated, SchemaSnapshot *replayed, SchemaSnapshot *live)
{
	ListCell   *lc;

	foreach(lc, replay_new_schemas(replayed, live))
	{
		const char *schema = quote_identifier(lfirst(lc));

		generated->upgrade = psprintf("CREATE SCHEMA %s;\n\n%s", schema, generated->upgrade);
		generated->downgrade = psprintf("%s\n\nDROP SCHEMA %s;", generated->downgrade, schema);
	}
}

/* Read the schema that the revisions make, and the live one. */
static SchemaSnapshot *
read_both(const Managed *managed, SchemaSnapshot **live)
{
	Store	   *store = store_load(true, false);
	char	   *prelude = prelude_text(true);
	Presupposed *presupposed;
	SchemaSnapshot *replayed;

	*live = snapshot_take(managed, NULL);
	replayed = replay(managed, store, store->version->applied, prelude, &presupposed);
	snapshot_require_same_base(*live, replayed);
	require_schemas(managed, *live, replayed);
	require_modelled(*live, replayed);
	if (presupposed != NULL)
		prelude_leave_out(presupposed, replayed, *live);
	written_triggers_note(*live);
	left_triggers_leave(*live, replayed);
	return replayed;
}

const char *
record_write(const Managed *managed, const char *message, List *renames, const char *rev_id)
{
	char	   *head = "head";
	RevisionLinks links = {.message = message};
	Placement	place = {.heads = &head,.nheads = 1,.rev_id = rev_id};
	SchemaSnapshot *live;
	SchemaSnapshot *replayed;
	Renamed    *renamed;
	Generated  *generated;
	List	   *chain;
	const char *id;

	lock_migrations();
	require_at_heads(true);
	write_require_place(&place);
	replayed = read_both(managed, &live);
	run_tables_settle(replayed, live);
	renamed = rename_apply(renames, replayed, live);
	generated = autogenerate_renamed(renamed, live, NIL);
	compare_extension_notices(live);
	compare_left_notices(live);
	compare_notices(generated->diff);
	if (generated->diff->changes == NIL)
	{
		ereport(NOTICE,
				(errmsg("the schema is what its revisions make; there is nothing to record")));
		return NULL;
	}
	chain = autogenerate_chain(replayed, renamed, live, false, &generated);
	report_hazards(generated->diff, true);
	if (!managed->whole)
		add_new_schemas(generated, replayed, live);
	id = write_chain(chain, &links, &place);
	(void) run_stamp(id, false);
	return id;
}
