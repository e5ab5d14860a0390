/*
 * approval.c
 *		Approves a plan, and finds out whether it is approved.
 *
 * An approval is bound to a digest of all that a reviewer has looked at: the steps in their order,
 * the text of their scripts, the version rows, and the managed schemas.  The digest is computed
 * again before the plan runs. So whatever changes in between makes the approval void, and nobody
 * has to notice the change.
 */
#include "postgres.h"

#include "errors.h"
#include "review/approval.h"
#include "run/run.h"
#include "script/script.h"
#include "snapshot/snapshot.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

/* The identifiers of the plan's steps. */
static char **
step_ids(const Store *store, const MigrationPlan *plan)
{
	char	  **ids = palloc(sizeof(char *) * Max(plan->nsteps, 1));

	for (int i = 0; i < plan->nsteps; i++)
		ids[i] = unconstify(char *, store->revs[plan->steps[i].rev].links.id);
	return ids;
}

/* A text and its length, so that no two lists of texts look the same. */
static void
append_text(StringInfo buf, const char *text)
{
	if (text == NULL)
		appendStringInfoString(buf, "-;");
	else
		appendStringInfo(buf, "%zu:%s;", strlen(text), text);
}

/*
 * A digest of all that a script runs.  It is made of the texts: the stored checksum would not tell
 * that somebody has changed a text by hand.
 */
static char *
script_words(const StoredScript *script)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int direction = 0; direction < NDIRECTIONS; direction++)
	{
		append_text(&buf, script->half[direction].sql);
		appendStringInfoChar(&buf, script->half[direction].marked ? 'm' : ' ');
	}
	append_text(&buf, script->require);
	append_text(&buf, script->verify);
	return script_digest(buf.data);
}

/* 32 bytes. */
static void
compute_digest(const Managed *managed, const Store *store, const MigrationPlan *plan, char *digest)
{
	char	  **ids = step_ids(store, plan);
	StoredScript *scripts = store_scripts(true, ids, plan->nsteps);
	StringInfoData buf;

	initStringInfo(&buf);
	append_text(&buf, snapshot_fingerprint(snapshot_take(managed, NULL)));
	for (int i = 0; i < store->rows.n; i++)
		append_text(&buf, store->rows.ids[i]);
	for (int i = 0; i < plan->nsteps; i++)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfoChar(&buf, '\n');
		append_text(&buf, ids[i]);
		append_text(&buf, script_words(&scripts[i]));
		append_text(&buf, store->revs[plan->steps[i].rev].contract);
	}
	script_sha256(buf.data, digest);
}

/* Who approves has not written what he approves. */
static void
require_another_writer(const Approved *approved, char **ids)
{
	const char *role = GetUserNameFromId(GetSessionUserId(), false);

	for (int i = 0; i < approved->plan->nsteps; i++)
	{
		if (approved->writers[i] == NULL || strcmp(approved->writers[i], role) != 0)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("revision \"%s\" cannot be approved by who has written it", ids[i]),
				 errdetail("Its script was last written by role \"%s\".", role),
				 errhint("Have another role call migrate.approve(); SET ROLE does not make one.")));
	}
}

Approved
approval_give(const Managed *managed, const char *target, const char *comment)
{
	Approved	approved;
	char	  **ids;
	char		digest[32];

	lock_migrations();
	approved.store = store_load(true, false);
	approved.plan = plan_run(approved.store->graph, approved.store->version, DIRECTION_UP, target);
	ids = step_ids(approved.store, approved.plan);
	approved.writers = store_writers(ids, approved.plan->nsteps);
	if (approved.plan->nsteps == 0)
	{
		ereport(NOTICE, (errmsg("nothing is pending, so that there is nothing to approve")));
		return approved;
	}
	require_another_writer(&approved, ids);
	compute_digest(managed, approved.store, approved.plan, digest);
	approval_write(comment, approved.store->rows, digest);
	return approved;
}

static bool
same_rows(IdList a, IdList b)
{
	for (int i = 0; i < Min(a.n, b.n); i++)
		if (strcmp(a.ids[i], b.ids[i]) != 0)
			return false;
	return a.n == b.n;
}

/* Why the latest approval does not count. */
static const char *
why_not(const Approval *latest, IdList rows)
{
	const char *given;

	if (latest == NULL)
		return "Nobody has approved anything yet.";
	given = psprintf("Role \"%s\" has approved something at %s", latest->role,
					 timestamptz_to_str(latest->at));
	if (!same_rows(latest->rows, store_log_rows(rows).before))
		return psprintf("%s, but the database was at other revisions then.", given);
	return psprintf("%s, but not this: since then a pending revision, the target or the schema has changed.",
					given);
}

Approval *
approval_find(const Managed *managed, const Store *store, const MigrationPlan *plan)
{
	char		digest[32] = {0};
	Approval   *latest;

	/* where nobody has approved anything, the schema need not be read */
	(void) approval_is_there(digest, &latest);
	if (latest == NULL)
		return NULL;
	compute_digest(managed, store, plan, digest);
	return approval_is_there(digest, &latest) ? latest : NULL;
}

void
approval_require(const Managed *managed, const Store *store, const MigrationPlan *plan)
{
	char		digest[32];
	Approval   *latest;

	compute_digest(managed, store, plan, digest);
	if (approval_is_there(digest, &latest))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_MG_NOT_APPROVED),
			 errmsg("this upgrade is not approved, and migrate.require_approval is on"),
			 errdetail("%s Nothing was run.", why_not(latest, store->rows)),
			 errhint("Read what migrate.review() says, and have a role that has not written the revisions approve it: SELECT * FROM migrate.approve('%s').",
					 store->revs[plan->steps[plan->nsteps - 1].rev].links.id)));
}
