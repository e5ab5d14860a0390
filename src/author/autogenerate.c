/*
 * autogenerate.c
 *		Generates revisions, and proves them before anybody runs them.
 *
 * A wrong comparison is worse than none.  So a generated revision is run in a shadow first, upgrade
 * and downgrade, and the schema that results is compared again: the code that reads the catalogs is
 * trusted, the code that writes SQL is not.
 */
#include "postgres.h"

#include "author/autogenerate.h"
#include "author/prelude.h"
#include "diff/left_triggers.h"
#include "diff/run_tables.h"
#include "snapshot/dependents.h"

#include "miscadmin.h"
#include "utils/guc.h"

/* ------------------------------------------------------------------- texts */

/* A comment line that names the objects of all changes with one hazard and without another. */
static void
append_comment(StringInfo buf, const SchemaDiff *diff, const char *words, int with, int without)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		int			hazards = schema_change_hazard_bits(change);

		if ((hazards & with) == 0 || (hazards & without) != 0 ||
			strchr(change->identity, '\n') != NULL)
			continue;
		appendStringInfo(buf, "%s%s %s", any ? ", " : words, change->kind->name, change->identity);
		any = true;
	}
	if (any)
		appendStringInfoChar(buf, '\n');
}

/* A comment line that names the unmanaged objects because of which the script would fail. */
static void
append_obstacles(StringInfo buf, const SchemaDiff *back)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, back->refused)
	{
		const Obstacle *obstacle = lfirst(lc);

		if (strchr(obstacle->what, '\n') != NULL)
			continue;
		appendStringInfo(buf, "%s%s", any ? ", " : "-- fails while there is: ", obstacle->what);
		any = true;
	}
	if (any)
		appendStringInfoChar(buf, '\n');
}

char *
autogenerate_downgrade(const SchemaDiff *diff, SchemaDiff *back, const List *renames)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_obstacles(&buf, back);
	append_comment(&buf, diff, "-- comes back empty, the upgrade deletes what is in it: ",
				   HAZARD_DATA_LOSS, 0);
	append_comment(&buf, diff, "-- values that the upgrade changes stay changed: ",
				   HAZARD_IRREVERSIBLE, HAZARD_DATA_LOSS);
	if (buf.len > 0)
		appendStringInfoChar(&buf, '\n');
	back->changes = list_concat(back->changes, list_copy(renames));
	appendStringInfoString(&buf, schema_diff_sql(back));
	return buf.data;
}

/* Tell the author of a revision if the downgrade would fail. */
static List *
downgrade_notices(const SchemaDiff *back)
{
	List	   *notices = NIL;
	ListCell   *lc;

	foreach(lc, back->refused)
	{
		const Obstacle *obstacle = lfirst(lc);

		notices = lappend(notices,
						  psprintf("the downgrade will fail while there is %s, which uses %s and is not managed",
								   obstacle->what, obstacle->on));
	}
	return notices;
}

Generated *
autogenerate_renamed(const Renamed *from, const SchemaSnapshot *to, List *rebuild)
{
	Generated  *generated = palloc0(sizeof(Generated));
	SchemaDiff *back = schema_diff_in_transaction(dependents_lend(from->snapshot, to),
												  from->snapshot, rebuild);

	generated->diff = diff_with_renames(from,
										schema_diff_in_transaction(from->snapshot, to, rebuild));
	generated->diff->notices = list_concat(generated->diff->notices, downgrade_notices(back));
	left_triggers_require_kept(to, generated->diff);
	left_triggers_require_kept(to, back);
	generated->upgrade = schema_diff_sql(generated->diff);
	generated->downgrade = autogenerate_downgrade(generated->diff, back, from->down);
	if (schema_diff_has_untried(generated->diff))
		generated->tried_upgrade = schema_diff_tried_sql(generated->diff);
	if (schema_diff_has_untried(back))
		generated->tried_downgrade = schema_diff_tried_sql(back);
	return generated;
}

Generated *
autogenerate(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild)
{
	Renamed		renamed = {.snapshot = from};

	return autogenerate_renamed(&renamed, to, rebuild);
}

char *
diff_summary(const SchemaDiff *diff)
{
	StringInfoData buf;
	int			n = 0;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (n++ == 20)
		{
			appendStringInfo(&buf, "\nand %d more", list_length(diff->changes) - 20);
			break;
		}
		appendStringInfo(&buf, "%s%s %s %s", n > 1 ? "\n" : "", schema_change_action(change),
						 change->kind->name,
						 text_shown(change->identity, strlen(change->identity)));
	}
	return buf.data;
}

/* ------------------------------------------------------------------- proof */

typedef struct ProofArgs
{
	const Managed *managed;
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	const Generated *generated;
	const char *prelude;		/* of a baseline, or NULL */
} ProofArgs;

void
autogenerate_require(Shadow *shadow, const Managed *managed, const SchemaSnapshot *wanted,
					 const char *step)
{
	SchemaSnapshot *is = snapshot_take(managed, shadow);
	SchemaDiff *rest = schema_diff(is, wanted);

	if (rest->changes != NIL)
	{
		snapshot_require_same_base(is, wanted);
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("the revision is not written, since its proof failed: %s", step),
				 errdetail("What is still to be done then:\n%s", diff_summary(rest)),
				 errhint("This is an error of migrate_ext. Take migrate.diff_sql() as a draft, and write the revision with migrate.revision().")));
	}
}

static void
run_step(Shadow *shadow, const char *sql, const char *direction)
{
	ScriptOrigin origin = {.direction = direction,.first_line = 1};

	(void) shadow_execute_generated(shadow, sql, false, &origin);
}

/* Run the text as a revision, in a transaction, as it will be run later. */
static void
run_revision(Shadow *shadow, const char *sql, const char *direction)
{
	ScriptOrigin origin = {.direction = direction,.first_line = 1};

	(void) shadow_execute_generated(shadow, sql, true, &origin);
}

/* Suppress messages: the script has already been run once with them. */
static int
be_silent(void)
{
	int			nest_level = NewGUCNestLevel();

	(void) set_config_option("client_min_messages", "warning", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

void
autogenerate_run(Shadow *shadow, const char *sql, const char *step)
{
	int			nest_level = be_silent();

	run_revision(shadow, sql, step);
	AtEOXact_GUC(false, nest_level);
}

static void
prove_upgrade(Shadow *shadow, const ProofArgs *args)
{
	const Generated *generated = args->generated;

	run_revision(shadow, generated->tried_upgrade ? generated->tried_upgrade
				 : generated->upgrade, "proof of the upgrade");
	autogenerate_require(shadow, args->managed, args->to,
						 "the upgrade does not lead where it should");
}

static void
prove_downgrade(Shadow *shadow, const ProofArgs *args)
{
	const Generated *generated = args->generated;

	run_revision(shadow, generated->tried_downgrade ? generated->tried_downgrade
				 : generated->downgrade, "proof of the downgrade");
	autogenerate_require(shadow, args->managed, args->from, "the downgrade does not lead back");
}

static void
copy_live(Shadow *shadow, const Managed *managed, const SchemaSnapshot *live)
{
	/* of what extensions run only that about which a change is */
	const SchemaSnapshot *copied = run_tables_only(live->copied ? live->copied : live,
												   live->run_tables);

	run_step(shadow, schema_diff_sql(schema_diff(snapshot_empty(managed), copied)), "live schema");
	autogenerate_require(shadow, managed, live, "the schema that is there cannot be made again");
}

void
autogenerate_copy(Shadow *shadow, const SchemaSnapshot *live, const char *sql)
{
	int			nest_level = be_silent();

	copy_live(shadow, &live->managed, run_tables_only(live, NIL));
	run_step(shadow, sql, "renames");
	AtEOXact_GUC(false, nest_level);
}

static void
prove(Shadow *shadow, void *arg)
{
	const ProofArgs *args = arg;
	int			nest_level = be_silent();

	copy_live(shadow, args->managed, args->from);
	prove_upgrade(shadow, args);
	prove_downgrade(shadow, args);
	AtEOXact_GUC(false, nest_level);
}

static void
autogenerate_prove(const Managed *managed, const SchemaSnapshot *from, const SchemaSnapshot *to,
				   const Generated *generated)
{
	ProofArgs	args = {.managed = managed,.generated = generated};

	args.from = run_tables_only(from, run_tables_tried(from));
	args.to = run_tables_only(to, run_tables_tried(to));
	snapshot_run_copy(from, prove, &args);
}

void
autogenerate_prove_back(Shadow *shadow, const Managed *managed, const SchemaSnapshot *from,
						const SchemaSnapshot *to,
						const Generated *generated)
{
	ProofArgs	args = {.managed = managed,.from = from,.to = to,.generated = generated};
	int			nest_level = be_silent();

	prove_downgrade(shadow, &args);
	prove_upgrade(shadow, &args);
	AtEOXact_GUC(false, nest_level);
}

/* --------------------------------------------------------------- new values */

/*
 * Run the trial.  Returns false if it fails because it uses a value that it has added to an enum.
 */
static bool
comes_to_its_end(Trial *trial, List *rebuild)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool result = true;

	PG_TRY();
	{
		trial->run(trial, rebuild);
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(caller);
		if (geterrcode() != ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE)
			PG_RE_THROW();
		FlushErrorState();
		result = false;
	}
	PG_END_TRY();
	return result;
}

/* The enums that have to be recreated: the trial fails if it recreates all the others only. */
static List *
find_needed(Trial *trial, const List *candidates)
{
	List	   *needed = NIL;
	ListCell   *lc;

	foreach(lc, candidates)
	{
		List	   *others = list_delete_ptr(list_copy(candidates), lfirst(lc));

		if (others == NIL || !comes_to_its_end(trial, others))
			needed = lappend(needed, lfirst(lc));
	}
	return needed;
}

void
autogenerate_try(Trial *trial)
{
	List	   *candidates;
	List	   *needed;

	if (comes_to_its_end(trial, NIL))
		return;
	/* the text that failed may be a revision that a person has written */
	candidates = trial->to == NULL ? NIL : enums_that_grow(trial->from, trial->to);
	needed = find_needed(trial, candidates);
	if (needed == NIL || !comes_to_its_end(trial, needed))
		trial->run(trial, candidates);
}

typedef struct ChainTrial
{
	Trial		trial;
	const SchemaSnapshot *live;
	const Renamed *from;
	bool		online;
	Generated  *generated;
	List	   *chain;			/* Generated * */
} ChainTrial;

static void
try_chain(Trial *trial, List *rebuild)
{
	ChainTrial *args = (ChainTrial *) trial;

	if (args->online)
	{
		args->generated = palloc0(sizeof(Generated));
		args->generated->diff = diff_with_renames(args->from,
												  schema_diff(args->from->snapshot, trial->to));
		run_tables_require_tried(args->generated->diff);
		args->chain = autogenerate_online(args->live, args->from, trial->to, args->generated->diff,
										  rebuild);
	}
	else
	{
		if (rebuild != NIL)
			args->generated = autogenerate_renamed(args->from, trial->to, rebuild);
		autogenerate_prove(&args->live->managed, args->live, trial->to, args->generated);
		args->chain = list_make1(args->generated);
	}
}

List *
autogenerate_chain(const SchemaSnapshot *live, const Renamed *from, const SchemaSnapshot *to,
				   bool online, Generated **generated)
{
	ChainTrial	args = {
		.trial = {.run = try_chain,.from = from->snapshot,.to = to},
		.live = live,.from = from,.online = online,.generated = *generated
	};

	autogenerate_try(&args.trial);
	*generated = args.generated;
	return args.chain;
}

/* ----------------------------------------------------------------- baseline */

static void
prove_baseline(Shadow *shadow, void *arg)
{
	const ProofArgs *args = arg;
	int			nest_level = be_silent();

	prelude_run(shadow, args->prelude);
	prove_upgrade(shadow, args);
	prove_downgrade(shadow, args);
	AtEOXact_GUC(false, nest_level);
}

/*
 * The schema at which a baseline starts.  Objects that exist by then are left out of the baseline.
 */
static SchemaSnapshot *
baseline_begin(const Managed *managed, SchemaSnapshot *live, const char *prelude)
{
	Presupposed *presupposed;
	SchemaSnapshot *made;

	if (prelude == NULL)
		return snapshot_empty(managed);
	presupposed = prelude_presupposed(managed, prelude, &made);
	prelude_require_live(presupposed, live);
	prelude_leave_out(presupposed, made, live);
	return made;
}

Generated *
autogenerate_baseline(const Managed *managed, SchemaSnapshot *live, const char *prelude)
{
	SchemaSnapshot *from = baseline_begin(managed, live, prelude);
	Generated  *generated;
	Managed		provable = *managed;
	ProofArgs	args = {.managed = &provable,.from = from,.to = live,.prelude = prelude};

	run_tables_settle(from, live);
	args.generated = generated = autogenerate(from, live, NIL);

	/*
	 * the text has all owners; in the shadow there are those that the caller
	 * can give
	 */
	if (!superuser())
	{
		SchemaSnapshot *to;

		provable.exact_owners = false;
		to = snapshot_take(&provable, NULL);
		args.from = baseline_begin(&provable, to, prelude);
		args.to = to;
	}
	args.to = run_tables_only(args.to, run_tables_tried(live));
	if (prelude == NULL)
		snapshot_run_copy(args.to, prove_baseline, &args);
	else
		shadow_run(prelude_managed(managed, prelude), prove_baseline, &args);
	return generated;
}
