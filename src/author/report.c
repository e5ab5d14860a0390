/*
 * report.c
 *		What a person is told of a comparison before and after a revision is written.
 */
#include "postgres.h"

#include "author/report.h"
#include "errors.h"
#include "script/script.h"
#include "shadow/shadow.h"
#include "snapshot/rows_in_way.h"
#include "store/store.h"

#include "lib/stringinfo.h"

static char *
join(const List *texts)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, texts)
	{
		appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", (char *) lfirst(lc));
	}
	return buf.data;
}

static char *
join_ids(IdList ids)
{
	List	   *texts = NIL;

	for (int i = 0; i < ids.n; i++)
		texts = lappend(texts, ids.ids[i]);
	return ids.n > 0 ? join(texts) : "none";
}

void
require_at_heads(bool fresh)
{
	IdList		rows;
	IdList		heads;

	/* whether it is up to date does not matter there */
	shadow_require_primary();
	if (store_at_heads(fresh, &rows, &heads))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MG_NOT_UP_TO_DATE),
			 errmsg("the database is not up to date"),
			 errdetail("Current: %s. Heads: %s.", join_ids(rows), join_ids(heads)),
			 errhint("Run SELECT migrate.upgrade('heads') first; or SELECT migrate.stamp('heads') if it has been done by hand.")));
}

/*
 * "alter table public.t: ...", as a terminal may show it: whoever has named the table is not who
 * reads this.
 */
static void
report(const SchemaChange *change, const char *what, const char *hint)
{
	char	   *text = psprintf("%s %s %s: %s", schema_change_action(change), change->kind->name,
								change->identity, what);

	ereport(NOTICE,
			(errmsg_internal("%s", text_shown(text, strlen(text))),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/* "Depends on data": how many rows are in the way today. */
static void
report_rows(const SchemaChange *change)
{
	ListCell   *lc;

	foreach(lc, change->statements)
	{
		const SchemaStatement *statement = lfirst(lc);
		char	   *rows =
		statement->rows_in_way != NULL ? rows_in_way_told(statement->rows_in_way) : NULL;

		if (rows != NULL)
			report(change, rows, NULL);
	}
}

void
report_secrets(const SchemaDiff *diff)
{
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (schema_change_hazard_bits(change) & HAZARD_SECRET)
			report(change, "its secrets are not written",
				   "Set them by hand wherever the revision has run, with ALTER USER MAPPING or ALTER SUBSCRIPTION.");
	}
}

void
report_hazards(const SchemaDiff *diff, bool with_rows)
{
	ListCell   *lc;

	report_secrets(diff);
	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if ((schema_change_hazard_bits(change) & (HAZARD_DATA_LOSS | HAZARD_IRREVERSIBLE |
												  HAZARD_REWRITE)) || change->obstacles != NIL)
			report(change, join(schema_change_hazards(change)), NULL);
		if (with_rows)
			report_rows(change);
	}
}
