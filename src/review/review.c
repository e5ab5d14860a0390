/*
 * review.c
 *		May it go out?  What a reader of the pending revisions would say to each.
 *
 * Whether a rule that a statement breaks matters depends on the tables of this database: how large
 * they are, and whether anybody uses them.  Nothing is run, and nothing but ACCESS SHARE is locked.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "graph/graph.h"
#include "review/analyse.h"
#include "review/rules.h"
#include "review/table_facts.h"
#include "run/run.h"
#include "settings.h"

#include "commands/defrem.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* From these sizes on, what takes as long as reading a table is a warning, and an error. */
#define SIZE_OF_WARNING (8 * 1024.0 * 1024)
#define SIZE_OF_ERROR (1024 * 1024.0 * 1024)

struct Review
{
	MigrationPlan *plan;
	Store	   *store;
	List	   *severities;		/* settings_rules() */
	FactsTold  *told;			/* or NULL */
	Pending		pending;
	RuleScope	scope;
	const StoredRevision *rev;
	List	   *allowed;		/* Allowed * of the revision */

	int			step;
	int			number;			/* of the statement, from 1; 0: the revision
								 * as a whole */
	const Statement *statement;
	List	   *hits;
	List	   *rows;			/* ReviewRow * */
	ReviewWatch *watch;			/* or NULL */
};

/* ------------------------------------------------------------------------ rows */

/* By what the rule is about; NULL: it does not matter. */
static const char *
severity_of(const Rule *rule, Oid relid, const TableFacts *facts)
{
	char		relkind = OidIsValid(relid) ? get_rel_relkind(relid) : '\0';
	bool		is_table = OidIsValid(relid) &&
	(facts->bytes > 0 || (relkind != RELKIND_VIEW && relkind != RELKIND_SEQUENCE));

	switch (rule->weight)
	{
		case WEIGHT_SIZE:
			return facts->bytes == 0 ? NULL : facts->bytes < SIZE_OF_WARNING ? "notice"
				: facts->bytes < SIZE_OF_ERROR ? "warning" : "error";
		case WEIGHT_ROWS:
			return facts->bytes == 0 ? NULL : "warning";
		case WEIGHT_USE:
			return is_table && facts->bytes == 0 && facts->scans == 0 && facts->writes == 0 ? NULL
				: "warning";
		default:
			return "notice";
	}
}

static const Allowed *
find_allowed(const Review *r, const char *rule)
{
	ListCell   *lc;

	foreach(lc, r->allowed)
	{
		const Allowed *allowed = lfirst(lc);

		if (strcmp(allowed->rule, rule) == 0)
			return allowed;
	}
	return NULL;
}

/* The message of a rule, about its subject. */
static char *
message_about(const char *message, const char *subject)
{
	const char *place = strstr(message, "%s");

	return place == NULL ? pstrdup(message) : psprintf("%.*s%s%s", (int) (place - message), message,
													   subject, place + strlen("%s"));
}

static ReviewRow *
add_row(Review *r, const char *rule, const char *severity, const char *message)
{
	ReviewRow  *row = palloc0(sizeof(ReviewRow));

	row->step = r->step + 1;
	row->revision = r->rev->links.id;
	row->statement = r->number;
	row->rule = rule;
	row->severity = severity;
	row->message = message;
	row->number = list_length(r->rows);
	r->rows = lappend(r->rows, row);
	return row;
}

/*
 * What the setting says comes before what the table says, and what the revision says before both.
 */
static void
add_finding(Review *r, const Rule *rule, const char *schema, const char *severity,
			const char *subject, const char *evidence)
{
	const char *set = settings_rule_severity(r->severities, rule->name, schema);
	const Allowed *allowed = find_allowed(r, rule->name);
	ReviewRow  *row;

	if (set != NULL)
		severity = strcmp(set, "off") == 0 ? NULL : set;
	if (severity == NULL)
		return;
	row = add_row(r, rule->name, allowed != NULL ? "allowed" : severity,
				  message_about(rule->message, subject));
	row->advice = rule->advice;
	row->evidence = evidence;
	if (allowed != NULL)
		row->allowed = allowed->reason;
}

static void
add_hit(Review *r, const RuleHit *hit)
{
	TableFacts	facts = {0};
	const char *schema = "";

	if (OidIsValid(hit->relid))
	{
		facts = table_facts_of(r->told, hit->relid);
		schema = get_namespace_name(get_rel_namespace(hit->relid));
	}
	add_finding(r, hit->rule, schema, severity_of(hit->rule, hit->relid, &facts), hit->subject,
				facts.bytes > 0 ? table_facts_words(&facts) : NULL);
}

/* ------------------------------------------------------------------ the revisions */

/*
 * In a subtransaction, which takes its locks away, and without a call of anybody's function:
 * constants are read.
 */
static void
find_hits(void *arg)
{
	Review	   *r = arg;
	ListCell   *lc;

	foreach(lc, rules_broken(r->statement, &r->scope))
	{
		add_hit(r, lfirst(lc));
	}
}

static void
look_at_statement(Review *r)
{
	Node	   *node = r->statement->raw->stmt;
	ErrorData  *error = analyse_undone(find_hits, r);

	if (error != NULL)
	{
		if (error_ends_the_call(error))
			ReThrowError(error);
		add_row(r, "unchecked", "notice", psprintf("it could not be read: %s", error->message));
	}
	if (IsA(node, VariableSetStmt) && script_transaction_modes(node) == NIL)
		ExecSetVariableStmt(castNode(VariableSetStmt, node), false);
	pending_note(&r->pending, node, "");
}

static void
look_at_allowed(Review *r)
{
	ListCell   *lc;

	foreach(lc, r->allowed)
	{
		const Allowed *allowed = lfirst(lc);

		if (!rule_exists(allowed->rule))
			add_row(r, "unknown_rule", "warning",
					psprintf("there is no rule \"%s\" that could be allowed", allowed->rule));
		else if (allowed->reason[0] == '\0')
			add_row(r, "unknown_rule", "warning",
					psprintf("\"-- migrate:allow %s\" has no reason", allowed->rule));
	}
}

static void
look_at_step(Review *r)
{
	char	   *id;
	const StoredScript *stored;
	ScriptOrigin origin;
	Script	   *script;
	int			nest_level;

	r->rev = &r->store->revs[r->plan->steps[r->step].rev];
	id = unconstify(char *, r->rev->links.id);
	stored = store_scripts(true, &id, 1);
	if (r->watch != NULL)
		r->watch->scripts[r->step] = stored;
	origin = script_origin(&r->rev->links, stored, DIRECTION_UP);
	r->scope = (RuleScope)
	{
		.pending = &r->pending,.is_transaction = r->rev->mode[DIRECTION_UP] == RUN_TRANSACTION,
			.first_unvalidated =
			list_length(r->pending.unvalidated),.with_policy = r->scope.with_policy
	};
	r->allowed = script_allowed(stored->half[DIRECTION_UP].sql);
	r->number = 0;
	look_at_allowed(r);
	if (stored->half[DIRECTION_DOWN].sql == NULL)
		add_finding(r, &rule_no_downgrade, "", "notice", r->rev->links.id, NULL);
	script = script_parse(stored->half[DIRECTION_UP].sql, stored->half[DIRECTION_UP].marked,
						  &origin);
	nest_level = settings_enter_revision(origin.revision, origin.direction);
	(void) settings_set_lock_timeout(migrate_lock_timeout);
	for (int i = 0; i < script->nstatements; i++)
	{
		CHECK_FOR_INTERRUPTS();
		r->number = i + 1;
		r->statement = &script->statements[i];
		if (r->watch != NULL && r->watch->statement != NULL)
			r->watch->statement(r->watch->arg, r->step, script, i, &r->pending);
		look_at_statement(r);
	}
	settings_leave(nest_level);
}

/* ------------------------------------------------------------- rows in the way */

static const char *
evidence_of_rows(const PreflightRow *row)
{
	if (row->rows < 0)
		return NULL;
	return psprintf(INT64_FORMAT " rows", row->rows);
}

const char *
preflight_severity(const PreflightRow *row)
{
	return strcmp(row->outcome, "fails") == 0 ? "error" : strcmp(row->outcome, "may_fail") == 0
		? "warning" : "notice";
}

static void
add_demand(Review *r, const PreflightRow *found)
{
	const char *severity = preflight_severity(found);
	const char *subject = psprintf("%s%s%s", found->table != NULL ? found->table : "",
								   found->table != NULL ? ": " : "", found->detail);

	r->step = found->step - 1;
	r->rev = &r->store->revs[r->plan->steps[r->step].rev];
	r->number = found->statement;
	if (strcmp(found->outcome, "unchecked") == 0)
		add_row(r, "unchecked", severity, subject);
	else
		add_finding(r, &rule_data_in_the_way, "", severity, subject, evidence_of_rows(found));
}

/* ------------------------------------------------------------------ what others add */

static void
go_to_step(Review *r, int step)
{
	r->step = step - 1;
	r->rev = &r->store->revs[r->plan->steps[r->step].rev];
	r->number = 0;
	r->allowed = script_allowed(r->watch->scripts[r->step]->half[DIRECTION_UP].sql);
}

void
review_add(Review *r, int step, const Rule *rule, const char *severity, const char *subject,
		   const char *evidence)
{
	go_to_step(r, step);
	add_finding(r, rule, "", severity, subject, evidence);
}

void
review_add_unchecked(Review *r, int step, const char *message)
{
	go_to_step(r, step);
	add_row(r, "unchecked", "notice", message);
}

static int
by_place(const ListCell *a, const ListCell *b)
{
	const ReviewRow *one = lfirst(a);
	const ReviewRow *other = lfirst(b);

	if (one->step != other->step)
		return one->step < other->step ? -1 : 1;
	if (one->statement != other->statement)
		return one->statement < other->statement ? -1 : 1;
	return one->number - other->number;
}

List *
review(const char *target, ReviewWatch *watch)
{
	Review		r = {
		.store = store_load(true, false),.severities = settings_rules(),
		.told = table_facts_told(),.watch = watch
	};
	List	   *demands;
	ListCell   *lc;

	r.plan = plan_upgrade(r.store->graph, r.store->version, target, false);
	if (watch != NULL)
	{
		watch->store = r.store;
		watch->plan = r.plan;
		watch->scripts = palloc(sizeof(StoredScript *) * Max(r.plan->nsteps, 1));
	}
	for (r.step = 0; r.step < r.plan->nsteps; r.step++)
		look_at_step(&r);
	r.allowed = NIL;
	demands = preflight(target);
	if (watch != NULL)
		watch->demands = demands;
	foreach(lc, demands)
	{
		add_demand(&r, lfirst(lc));
	}
	if (watch != NULL && watch->more != NULL && r.plan->nsteps > 0)
		watch->more(&r, r.store, r.plan, watch->more_arg);
	list_sort(r.rows, by_place);
	return r.rows;
}
