/*
 * contract.c
 *		Is what a pending revision takes away still used?
 *
 * A revision with the header "-- Contract: 7 days" ends what an earlier one has begun: the new
 * column is there, the code that needs the old one is said to be gone.  Whether it is gone, the
 * statements tell that pg_stat_statements has: those that the revision breaks must not have been
 * called for so long.  Which these are is what impact.c finds out.
 */
#include "postgres.h"

#include "errors.h"
#include "review/contract.h"
#include "review/review.h"
#include "review/workload.h"
#include "shadow/shadow.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* So many statements are shown, each so far. */
#define SHOWN 5
#define SHOWN_BYTES 200

/* Is the revision half done?  Then its contract was met when it began. */
static bool
is_begun(const OpenEntry *open, int nopen, const char *id)
{
	for (int i = 0; i < nopen; i++)
		if (open[i].revision != NULL && strcmp(open[i].revision, id) == 0 &&
			open[i].statements_done > 0)
			return true;
	return false;
}

/* The plan's revisions with a contract, as StoredRevision *, but for those that are half done. */
static List *
find_contracts(const Store *store, const MigrationPlan *plan)
{
	int			nopen = 0;
	OpenEntry  *open = NULL;
	List	   *found = NIL;

	for (int i = 0; i < plan->nsteps; i++)
	{
		StoredRevision *rev = &store->revs[plan->steps[i].rev];

		CHECK_FOR_INTERRUPTS();
		if (rev->contract == NULL)
			continue;
		if (open == NULL)
			open = journal_open(&nopen);
		if (!is_begun(open, nopen, rev->links.id))
			found = lappend(found, rev);
	}
	return found;
}

bool
contract_is_in(const Store *store, const MigrationPlan *plan)
{
	return find_contracts(store, plan) != NIL;
}

bool
contract_note(const Store *store, const MigrationPlan *plan)
{
	const char *why;

	return contract_is_in(store, plan) && workload_note(workload_counted(&why));
}

/* Statements that the revision breaks: rows of impact with a number of calls. */
static List *
broken_by(const List *rows, const StoredRevision *rev)
{
	List	   *broken = NIL;
	ListCell   *lc;

	foreach(lc, rows)
	{
		ImpactRow  *row = lfirst(lc);

		if (impact_is_failure(row) && row->queryid != 0 && row->revision != NULL &&
			strcmp(row->revision, rev->links.id) == 0)
			broken = lappend(broken, row);
	}
	return broken;
}

TimestampTz *
contract_last_called(const List *rows, const char *within)
{
	CallCounts *counts = calls_new(list_length(rows));
	ListCell   *lc;

	foreach(lc, rows)
	{
		const ImpactRow *row = lfirst(lc);

		calls_add(counts, row->role, row->queryid, row->calls, row->since);
	}
	return calls_grown(counts, within);
}

static void
show_row(StringInfo buf, const ImpactRow *row, TimestampTz at)
{
	appendStringInfo(buf,
					 "\n" INT64_FORMAT " calls by role \"%s\", last seen to grow at %s: %s (%s)",
					 row->calls, row->role, timestamptz_to_str(at),
					 impact_query_shown(row, SHOWN_BYTES), row->error);
}

/* Raise MG027 if one of the statements that the revision breaks is still called. */
static void
require_contract(const StoredRevision *rev, const List *broken)
{
	TimestampTz *grown = contract_last_called(broken, rev->contract);
	StringInfoData shown;
	ListCell   *lc;
	int			n = 0;

	initStringInfo(&shown);
	foreach(lc, broken)
	{
		TimestampTz at = grown[foreach_current_index(lc)];

		if (at != 0 && n++ < SHOWN)
			show_row(&shown, lfirst(lc), at);
	}
	if (n == 0)
		return;
	if (n > SHOWN)
		appendStringInfo(&shown, "\nand %d more", n - SHOWN);
	ereport(ERROR,
			(errcode(ERRCODE_MG_STILL_USED),
			 errmsg("revision \"%s\" breaks statements that are still sent, and its contract is %s",
					rev->links.id, rev->contract),
			 errdetail_plural("%d statement was called within that time, as far as anybody has looked. Nothing was run.%s",
							  "%d statements were called within that time, as far as anybody has looked. Nothing was run.%s",
							  n, n, shown.data),
			 errhint("Release code that does not send them, and wait; migrate.impact('upgrade', '%s') shows all and takes note of the calls. What was sent by hand is forgotten by pg_stat_statements_reset(userid, dbid, queryid).",
					 rev->links.id)));
}

/* The first of the rows whose text the caller may not see; or NULL. */
static const ImpactRow *
find_hidden(const List *rows)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		const ImpactRow *row = lfirst(lc);

		if (row->role != NULL && row->query == NULL)
			return row;
	}
	return NULL;
}

static void
refuse_hidden(const StoredRevision *rev, const ImpactRow *hidden)
{
	ereport(ERROR,
			(errcode(ERRCODE_MG_STILL_USED),
			 errmsg("revision \"%s\" has a contract, and it cannot be told whether what it takes away is still used",
					rev->links.id),
			 errdetail("What role \"%s\" sends is hidden from role \"%s\". Nothing was run.",
					   hidden->role, GetUserNameFromId(GetUserId(), false)),
			 errhint("GRANT pg_read_all_stats TO %s, or have a member of it run this.",
					 quote_identifier(GetUserNameFromId(GetUserId(), false)))));
}

/* Silence would look like safety. */
static void
warn_of_unchecked(const StoredRevision *rev, const char *why)
{
	ereport(WARNING,
			(errmsg("it is not known whether what revision \"%s\" takes away is still used",
					rev->links.id),
			 errdetail_internal("%s", why),
			 errhint("Its contract of %s is taken as met. SELECT * FROM migrate.impact() shows what was looked at.",
					 rev->contract)));
}

/* Returns, in words, what of the statements is not known; NULL: all is. */
static const char *
unknown_words(const List *rows)
{
	int			n = 0;
	const char *first = NULL;
	ListCell   *lc;

	foreach(lc, rows)
	{
		const ImpactRow *row = lfirst(lc);

		if (strcmp(row->effect, "unchecked") != 0)
			continue;
		if (first == NULL)
			first = row->error;
		n++;
	}
	return n == 0 ? NULL
		: psprintf(ngettext("%d recorded statement could not be looked at. The first: %s",
							"%d recorded statements could not be looked at. The first: %s",
							n),
				   n, first);
}

void
contract_require(const Managed *managed, const Store *store, const MigrationPlan *plan)
{
	const char *why;
	List	   *texts = workload_counted(&why);
	List	   *rows = NIL;
	const ImpactRow *hidden;
	ListCell   *lc;

	if (texts != NIL)
	{
		elsewhere_refuse("a revision with a contract");
		rows = impact_of_plan(managed, store, plan, texts);
	}
	hidden = find_hidden(rows);
	if (why == NULL)
		why = unknown_words(rows);
	foreach(lc, find_contracts(store, plan))
	{
		const StoredRevision *rev = lfirst(lc);

		require_contract(rev, broken_by(rows, rev));
		if (hidden != NULL)
			refuse_hidden(rev, hidden);
		if (why != NULL)
			warn_of_unchecked(rev, why);
	}
}
