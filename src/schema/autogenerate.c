/*
 * autogenerate.c
 *		Revisions that nobody has written, proven before anybody runs them.
 *
 * A comparison that is wrong is worse than none.  So what it has written is run
 * in a shadow first, upgrade and downgrade, and what comes of it is compared
 * again: the reader of the catalogs is trusted, the writer of SQL is not.
 */
#include "postgres.h"

#include "schema/autogenerate.h"

#include "utils/guc.h"

/* ------------------------------------------------------------------- texts */

static int
change_hazards(const SchemaChange *change)
{
	int			hazards = 0;
	ListCell   *lc;

	foreach(lc, change->statements)
		hazards |= ((SchemaStatement *) lfirst(lc))->hazards;
	return hazards;
}

/* A comment line with the objects of all changes that have the one hazard and not the other. */
static void
append_comment(StringInfo buf, const SchemaDiff *diff, const char *words, int with, int without)
{
	bool		any = false;
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);
		int			hazards = change_hazards(change);

		if ((hazards & with) == 0 || (hazards & without) != 0 || strchr(change->identity, '\n') != NULL)
			continue;
		appendStringInfo(buf, "%s%s %s", any ? ", " : words, change->object_type, change->identity);
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
	append_comment(&buf, diff, "-- comes back empty, the upgrade deletes what is in it: ", HAZARD_DATA_LOSS, 0);
	append_comment(&buf, diff, "-- values that the upgrade changes stay changed: ", HAZARD_IRREVERSIBLE, HAZARD_DATA_LOSS);
	if (buf.len > 0)
		appendStringInfoChar(&buf, '\n');
	back->changes = list_concat(back->changes, list_copy(renames));
	appendStringInfoString(&buf, schema_diff_sql(back));
	return buf.data;
}

Generated *
autogenerate_renamed(const Renamed *from, const SchemaSnapshot *to)
{
	Generated  *generated = palloc0(sizeof(Generated));

	generated->diff = diff_with_renames(from, schema_diff_in_transaction(from->snapshot, to));
	generated->upgrade = schema_diff_sql(generated->diff);
	generated->downgrade = autogenerate_downgrade(generated->diff, schema_diff_in_transaction(to, from->snapshot), from->down);
	return generated;
}

Generated *
autogenerate(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	Renamed		renamed = {.snapshot = from};

	return autogenerate_renamed(&renamed, to);
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
		appendStringInfo(&buf, "%s%s %s %s", n > 1 ? "\n" : "", change->action, change->object_type, change->identity);
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
} ProofArgs;

void
autogenerate_require(Shadow *shadow, const Managed *managed, const SchemaSnapshot *wanted, const char *step)
{
	SchemaDiff *rest = schema_diff(snapshot_take(managed, shadow), wanted);

	if (rest->changes != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INTERNAL_ERROR),
				 errmsg("the revision is not written, since its proof failed: %s", step),
				 errdetail("What is still to be done then:\n%s", diff_summary(rest)),
				 errhint("This is an error of migrate_ext. Take migrate.diff_sql() as a draft, and write the revision with migrate.revision().")));
}

static void
run_step(Shadow *shadow, const char *sql, const char *direction)
{
	ScriptOrigin origin = {.direction = direction,.first_line = 1};

	(void) shadow_execute(shadow, sql, &origin);
}

/* What is tried out has had its say. */
static int
be_silent(void)
{
	int			nest_level = NewGUCNestLevel();

	(void) set_config_option("client_min_messages", "warning", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
	return nest_level;
}

void
autogenerate_run(Shadow *shadow, const char *sql, const char *step)
{
	int			nest_level = be_silent();

	run_step(shadow, sql, step);
	AtEOXact_GUC(false, nest_level);
}

static void
prove_upgrade(Shadow *shadow, const ProofArgs *args)
{
	run_step(shadow, args->generated->upgrade, "proof of the upgrade");
	autogenerate_require(shadow, args->managed, args->to, "the upgrade does not lead where it should");
}

static void
prove_downgrade(Shadow *shadow, const ProofArgs *args)
{
	run_step(shadow, args->generated->downgrade, "proof of the downgrade");
	autogenerate_require(shadow, args->managed, args->from, "the downgrade does not lead back");
}

static void
copy_live(Shadow *shadow, const Managed *managed, const SchemaSnapshot *live)
{
	run_step(shadow, schema_diff_sql(schema_diff(snapshot_empty(managed), live)), "live schema");
	autogenerate_require(shadow, managed, live, "the schema that is there cannot be made again");
}

void
autogenerate_copy(Shadow *shadow, const SchemaSnapshot *live, const char *sql)
{
	int			nest_level = be_silent();

	copy_live(shadow, &live->managed, live);
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

void
autogenerate_prove(const Managed *managed, const SchemaSnapshot *from, const SchemaSnapshot *to, const Generated *generated)
{
	ProofArgs	args = {.managed = managed,.from = from,.to = to,.generated = generated};

	shadow_run(managed, prove, &args);
}

void
autogenerate_prove_back(Shadow *shadow, const Managed *managed, const SchemaSnapshot *from, const SchemaSnapshot *to,
						const Generated *generated)
{
	ProofArgs	args = {.managed = managed,.from = from,.to = to,.generated = generated};
	int			nest_level = be_silent();

	prove_downgrade(shadow, &args);
	prove_upgrade(shadow, &args);
	AtEOXact_GUC(false, nest_level);
}

static void
prove_baseline(Shadow *shadow, void *arg)
{
	const ProofArgs *args = arg;
	int			nest_level = be_silent();

	prove_upgrade(shadow, args);
	prove_downgrade(shadow, args);
	AtEOXact_GUC(false, nest_level);
}

Generated *
autogenerate_baseline(const Managed *managed, const SchemaSnapshot *live)
{
	SchemaSnapshot *empty = snapshot_empty(managed);
	Generated  *generated = autogenerate(empty, live);
	ProofArgs	args = {.managed = managed,.from = empty,.to = live,.generated = generated};

	shadow_run(managed, prove_baseline, &args);
	return generated;
}
