/*
 * impact.c
 *		Which statements of the running application will what is pending break?
 *
 * The live structure is made again in a shadow.  There the server analyses each text before and
 * after the revisions of the plan, so that what differs is their doing.  Then they are run once
 * more, with a look at the texts concerned after each, to tell which revision it is.  Nothing of it
 * touches a live table, and no text is run.
 *
 * A text that could not be analysed before says nothing afterwards.  It has a row, too: who
 * reads the answer has to know what it does not cover.
 */
#include "postgres.h"

#include "compat.h"
#include "diff/diff.h"
#include "exec/exec.h"
#include "graph/graph.h"
#include "review/analyse.h"
#include "review/review.h"
#include "review/routines.h"
#include "review/workload.h"
#include "settings.h"

#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/varlena.h"

/* One statement of a text, or a function. */
typedef struct Subject
{
	const WorkloadText *workload;
	const char *sql;			/* of this statement alone, to be shown */
	Text		text;
	Analysis   *before;
	const Routine *routine;		/* or it is the body of one */
	const BodyAnalysis *body;	/* of that, before */
	ImpactRow  *row;			/* what is to be said of it; or NULL */
} Subject;

typedef struct Impact
{
	const Store *store;
	const MigrationPlan *plan;
	const SchemaSnapshot *live;
	const Managed *managed;
	Shadow	   *shadow;
	MemoryContext context;		/* of what stays */
	List	   *subjects;
	List	   *rows;			/* ImpactRow */

	/* while the plan runs */
	int			nsteps;			/* of which none has failed */
	int			step;
	int			statements_done;	/* of the first, by a run that was
									 * interrupted; -1: there was none */
	bool		each_step;		/* look after each of them, at those of the
								 * subjects that have a row */

	/* for usage_find() */
	const char *object;
	Usage		usage;
} Impact;

/* ----------------------------------------------------------------------- rows */

static ImpactRow *
make_row(const Subject *subject, const char *effect, int sqlstate, const char *error)
{
	ImpactRow  *row = palloc0(sizeof(ImpactRow));

	row->effect = effect;
	row->calls = -1;
	if (subject != NULL)
	{
		row->queryid = subject->workload->queryid;
		row->calls = subject->workload->calls;
		row->since = subject->workload->since;
		row->role = subject->workload->role_name;
		row->query = subject->routine != NULL ? subject->routine->name : subject->sql;
	}
	row->sqlstate = sqlstate != 0 ? pstrdup(unpack_sql_state(sqlstate)) : NULL;
	row->error = pstrdup(error);
	return row;
}

static void
add_unchecked(Impact *impact, const Subject *subject, int sqlstate, const char *why)
{
	impact->rows = lappend(impact->rows, make_row(subject, "unchecked", sqlstate, why));
}

/* ------------------------------------------------------------------- the texts */

static void
add_subject(Impact *impact, const WorkloadText *workload, RawStmt *raw)
{
	Subject    *subject = palloc0(sizeof(Subject));
	int			len = raw->stmt_len > 0 ? raw->stmt_len
	: strlen(workload->sql) - raw->stmt_location;

	if (analyse_is_harmless(raw))
		return;
	subject->workload = workload;
	subject->sql = pnstrdup(workload->sql + raw->stmt_location, len);
	while (isspace((unsigned char) *subject->sql))
		subject->sql++;
	subject->text.sql = workload->sql;
	subject->text.raw = analyse_unwrap(raw);
	/* what is only looked at needs no more rights than the caller has */
	subject->text.with_rights = has_privs_of_role(GetUserId(), workload->role);
	subject->text.role = subject->text.with_rights ? workload->role : GetUserId();
	impact->subjects = lappend(impact->subjects, subject);
}

static void
add_text(Impact *impact, const WorkloadText *workload)
{
	Subject		unread = {.workload = workload,.sql = workload->sql};
	ErrorData  *error;
	List	   *trees;
	ListCell   *lc;

	if (workload->sql == NULL)
	{
		add_unchecked(impact, &unread, ERRCODE_INSUFFICIENT_PRIVILEGE,
					  "the texts of this role are hidden from you; GRANT pg_read_all_stats shows them");
		return;
	}
	trees = analyse_parse(workload->sql, &error);
	if (error != NULL)
		add_unchecked(impact, &unread, error->sqlerrcode, error->message);
	foreach(lc, trees)
	{
		add_subject(impact, workload, lfirst_node(RawStmt, lc));
	}
}

static void
add_texts(Impact *impact, const List *texts)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		CHECK_FOR_INTERRUPTS();
		add_text(impact, lfirst(lc));
	}
}

static void
read_texts(Impact *impact, char **queries, int nqueries)
{
	const char *why = NULL;
	List	   *texts =
	queries != NULL ? workload_given(queries, nqueries) : workload_recorded(&why);

	if (why != NULL)
		add_unchecked(impact, NULL, ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE, why);
	add_texts(impact, texts);
}

/* ------------------------------------------------------------------- comparing */

typedef void (*Look) (Impact *impact, Subject *subject);

/* Each with the search_path that its role has. */
static void
look_at_all(Impact *impact, Look look)
{
	const char *path = NULL;
	int			nest_level = 0;
	ListCell   *lc;

	foreach(lc, impact->subjects)
	{
		Subject    *subject = lfirst(lc);
		const char *wanted = subject->workload->search_path;

		CHECK_FOR_INTERRUPTS();
		if (nest_level == 0 || (path == NULL) != (wanted == NULL) ||
			(path != NULL && strcmp(path, wanted) != 0))
		{
			if (nest_level > 0)
				settings_leave(nest_level);
			nest_level = NewGUCNestLevel();
			if (wanted != NULL)
				(void) set_config_option("search_path", wanted, PGC_USERSET, PGC_S_SESSION,
										 GUC_ACTION_SAVE, true, 0, false);
			path = wanted;
		}
		look(impact, subject);
	}
	if (nest_level > 0)
		settings_leave(nest_level);
}

static void
note_body_unchecked(Impact *impact, const Subject *subject)
{
	ListCell   *lc;

	foreach(lc, subject->body->errors)
	{
		add_unchecked(impact, subject, ((BodyError *) lfirst(lc))->sqlstate,
					  ((BodyError *) lfirst(lc))->error);
	}
	if (subject->body->is_dynamic)
		add_unchecked(impact, subject, 0, "it runs texts that it makes itself");
}

/* Is it an error of which a parameter without a type may be the reason? */
static bool
is_about_types(int sqlstate)
{
	return sqlstate == ERRCODE_AMBIGUOUS_FUNCTION || sqlstate == ERRCODE_UNDEFINED_FUNCTION ||
		sqlstate == ERRCODE_INDETERMINATE_DATATYPE ||
		sqlstate == ERRCODE_AMBIGUOUS_PARAMETER || sqlstate == ERRCODE_DATATYPE_MISMATCH;
}

/*
 * Where a constant had a type, the parameter in its place has none: 1 + 2 is recorded as $1 + $2.
 * One with which the statement can be read will do for the rest of it.
 */
static void
guess_types(Impact *impact, Subject *subject)
{
	static const Oid guesses[] = {INT4OID, TEXTOID, TIMESTAMPTZOID};

	for (int i = 0; i < (int) lengthof(guesses); i++)
	{
		Analysis   *analysis;

		subject->text.otherwise = guesses[i];
		analysis = analyse_text(impact->shadow, &subject->text);
		if (analysis->error == NULL)
		{
			subject->before = analysis;
			return;
		}
	}
	subject->text.otherwise = InvalidOid;
}

/* What its role may not do today tells nothing; the names in it may. */
static void
look_before(Impact *impact, Subject *subject)
{
	Text	   *text = &subject->text;

	if (subject->routine != NULL)
	{
		subject->body = routine_analyse(impact->shadow, subject->routine, NULL);
		note_body_unchecked(impact, subject);
		return;
	}
	subject->before = analyse_text(impact->shadow, text);
	if (subject->before->error != NULL &&
		subject->before->error_sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE && text->with_rights)
	{
		text->with_rights = false;
		subject->before = analyse_text(impact->shadow, text);
		if (subject->before->error != NULL && text->role != GetUserId())
		{
			text->role = GetUserId();
			subject->before = analyse_text(impact->shadow, text);
		}
	}
	if (subject->before->error != NULL && is_about_types(subject->before->error_sqlstate))
		guess_types(impact, subject);
	if (subject->before->error != NULL)
		add_unchecked(impact, subject, subject->before->error_sqlstate, subject->before->error);
}

static bool
is_there(Oid type)
{
	return SearchSysCacheExists1(TYPEOID, ObjectIdGetDatum(type));
}

/* Parameters that get other types now: what of a client that sends them as they were? */
static const Analysis *
analyse_as_before(Impact *impact, const Subject *subject, const Analysis *after)
{
	const Analysis *before = subject->before;
	Text		text = subject->text;
	bool		differs = false;

	for (int i = 0; i < before->nparams; i++)
	{
		if (!OidIsValid(before->params[i]) || !is_there(before->params[i]))
			return NULL;
		differs |= i >= after->nparams || after->params[i] != before->params[i];
	}
	if (!differs)
		return NULL;
	text.types = before->params;
	text.ntypes = before->nparams;
	return analyse_text(impact->shadow, &text);
}

static const char *
types_shown(const Analysis *analysis)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < analysis->nparams; i++)
		appendStringInfo(&buf, "%s%s", i > 0 ? ", " : "", format_type_be(analysis->params[i]));
	return buf.data;
}

static bool
has_label(const List *labels, const char *label)
{
	ListCell   *lc;

	foreach(lc, labels)
	{
		if (strcmp(lfirst(lc), label) == 0)
			return true;
	}
	return false;
}

/* A value that a parameter can have had, and cannot have any more; or NULL. */
static const char *
find_lost_label(const Analysis *before, const Analysis *after)
{
	ListCell   *lc;

	for (int i = 0; i < before->nparams && i < after->nparams; i++)
	{
		foreach(lc, before->labels[i])
		{
			if (after->labels[i] != NIL && !has_label(after->labels[i], lfirst(lc)))
				return psprintf("parameter $%d can no longer be \"%s\"", i + 1,
								(char *) lfirst(lc));
		}
	}
	return NULL;
}

static bool
same_text(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* In words, where the two results begin to differ; NULL if they do not. */
static const char *
result_difference(const Analysis *before, const Analysis *after)
{
	int			n = Min(list_length(before->columns), list_length(after->columns));

	for (int i = 0; i < n; i++)
	{
		const ResultColumn *was = list_nth(before->columns, i);
		const ResultColumn *is = list_nth(after->columns, i);

		if (strcmp(was->name, is->name) == 0 && was->type == is->type &&
			was->typmod == is->typmod && was->collation == is->collation)
			continue;
		if (strcmp(was->words, is->words) != 0)
			return psprintf("column %d of the result was %s and is %s", i + 1, was->words,
							is->words);
		return psprintf("column %d of the result, %s, is of another type or collation of the same name",
						i + 1, is->words);
	}
	if (list_length(before->columns) != list_length(after->columns))
		return psprintf("the result had %d columns and has %d", list_length(before->columns),
						list_length(after->columns));
	return NULL;
}

static ImpactRow *
compare(Impact *impact, const Subject *subject)
{
	const Analysis *before = subject->before;
	const Analysis *after = analyse_text(impact->shadow, &subject->text);
	const Analysis *typed;
	const char *lost;
	const char *differs;

	if (after->error != NULL)
		return make_row(subject, "breaks", after->error_sqlstate, after->error);
	if (after->fails != NULL && before->fails == NULL)
		return make_row(subject, "insert_fails", after->fails_sqlstate, after->fails);
	typed = analyse_as_before(impact, subject, after);
	if (typed != NULL && typed->error != NULL)
		return make_row(subject, "may_break", typed->error_sqlstate,
						psprintf("%s; that is for a client that sends the parameters as %s",
								 typed->error, types_shown(before)));
	if ((lost = find_lost_label(before, after)) != NULL)
		return make_row(subject, "may_break", ERRCODE_INVALID_TEXT_REPRESENTATION, lost);
	if (after->may_fail != NULL && !same_text(after->may_fail, before->may_fail))
		return make_row(subject, "may_break", after->may_fail_sqlstate, after->may_fail);
	if ((differs = result_difference(before, after)) != NULL)
		return make_row(subject, "result_changes", ERRCODE_FEATURE_NOT_SUPPORTED,
						psprintf("%s: a statement prepared before fails once", differs));
	if (after->unsure != NULL)
		return make_row(subject, "unchecked", 0, psprintf("it cannot be told: %s", after->unsure));
	return NULL;
}

/* The first of these that was not there before; or NULL. */
static const BodyError *
find_new(const List *after, const List *before)
{
	ListCell   *lc;

	foreach(lc, after)
	{
		const BodyError *error = lfirst(lc);
		bool		is_new = true;
		ListCell   *other;

		foreach(other, before)
		{
			if (strcmp(((BodyError *) lfirst(other))->part, error->part) == 0)
				is_new = false;
		}
		if (is_new)
			return error;
	}
	return NULL;
}

/* A function that is gone is missed by the statements that call it. */
static ImpactRow *
compare_body(Impact *impact, const Subject *subject)
{
	const BodyAnalysis *after = routine_analyse(impact->shadow, subject->routine, NULL);
	const BodyError *error;

	if (after->is_gone)
		return NULL;

	/*
	 * a right that the caller lacks is not one that the function's callers
	 * lack
	 */
	if ((error = find_new(after->errors, subject->body->errors)) != NULL)
		return make_row(subject, error->sqlstate == ERRCODE_INSUFFICIENT_PRIVILEGE ? "unchecked"
						: "breaks", error->sqlstate, error->error);
	if ((error = find_new(after->failures, subject->body->failures)) != NULL)
		return make_row(subject, "insert_fails", error->sqlstate, error->error);
	return NULL;
}

static ImpactRow *
compare_subject(Impact *impact, const Subject *subject)
{
	if (subject->routine != NULL)
		return compare_body(impact, subject);
	return subject->before->error == NULL ? compare(impact, subject) : NULL;
}

static void
look_after(Impact *impact, Subject *subject)
{
	subject->row = compare_subject(impact, subject);
}

/* Is it this step that does it? */
static void
look_at_step(Impact *impact, Subject *subject)
{
	const ImpactRow *row;

	if (subject->row == NULL || subject->row->revision != NULL ||
		strcmp(subject->row->effect, "unchecked") == 0)
		return;
	row = compare_subject(impact, subject);
	if (row == NULL || strcmp(row->effect, subject->row->effect) != 0)
		return;
	subject->row->revision = impact->store->revs[impact->plan->steps[impact->step].rev].links.id;
	subject->row->sqlstate = row->sqlstate;
	subject->row->error = row->error;
}

/* --------------------------------------------------------------------- the plan */

static void
run_step(Impact *impact)
{
	const PlanStep *step = &impact->plan->steps[impact->step];
	const StoredRevision *rev = &impact->store->revs[step->rev];
	char	   *id = unconstify(char *, rev->links.id);
	const StoredScript *script = store_scripts(impact->store->fresh, &id, 1);
	Direction	direction = step_direction(step);
	ScriptOrigin origin = script_origin(&rev->links, script, direction);

	if (script->half[direction].sql == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("it has no downgrade")));
	if (impact->step == 0)
		origin.statements_done = Max(impact->statements_done, 0);
	(void) shadow_execute(impact->shadow, script->half[direction].sql,
						  rev->mode[direction] != RUN_TRANSACTION, &origin);
}

static void
run_plan(void *arg)
{
	Impact	   *impact = arg;

	for (impact->step = 0; impact->step < impact->nsteps; impact->step++)
	{
		CHECK_FOR_INTERRUPTS();
		run_step(impact);
		if (impact->each_step)
			look_at_all(impact, look_at_step);
	}
	if (!impact->each_step)
		look_at_all(impact, look_after);
}

/* Run it, and take it back.  Returns NULL, or the error of the step at which it ended. */
static ErrorData *
try_plan(Impact *impact)
{
	Shadow	   *then = shadow_remember(impact->shadow);
	ErrorData  *error = run_undone(run_plan, impact);

	shadow_recall(impact->shadow, then);
	if (error != NULL &&
		(ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
		 ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION) ||
		 impact->step >= impact->nsteps))
		ReThrowError(error);
	return error;
}

/*
 * What a shadow cannot do, or what fails on tables without rows, ends the answer before its time.
 */
static void
add_failed_step(Impact *impact, const ErrorData *error)
{
	ImpactRow  *row = make_row(NULL, "unchecked", error->sqlerrcode,
							   psprintf("it cannot be tried out, so nothing is said of it and of what comes after it: %s",
										error->message));

	row->revision = impact->store->revs[impact->plan->steps[impact->step].rev].links.id;
	impact->rows = lappend(impact->rows, row);
}

static bool
has_to_be_told_apart(const Impact *impact)
{
	ListCell   *lc;

	foreach(lc, impact->subjects)
	{
		if (((Subject *) lfirst(lc))->row != NULL)
			return impact->nsteps > 1;
	}
	return false;
}

static void
settle_rows(Impact *impact)
{
	ListCell   *lc;

	foreach(lc, impact->subjects)
	{
		Subject    *subject = lfirst(lc);

		if (subject->row == NULL)
			continue;
		if (subject->row->revision == NULL && impact->nsteps > 0 &&
			strcmp(subject->row->effect, "unchecked") != 0)
			subject->row->revision =
				impact->store->revs[impact->plan->steps[impact->nsteps - 1].rev].links.id;
		impact->rows = lappend(impact->rows, subject->row);
	}
}

static void
copy_live(Impact *impact)
{
	ScriptOrigin origin = {.direction = "live schema",.first_line = 1};
	const SchemaSnapshot *live = impact->live;

	(void) shadow_execute_generated(impact->shadow,
									schema_diff_sql(schema_diff(snapshot_empty(impact->managed),
																live)), false, &origin);
}

/* Their bodies are analysed as well. */
static void
add_routines(Impact *impact)
{
	ListCell   *lc;

	foreach(lc, routines_of(impact->shadow))
	{
		Subject    *subject = palloc0(sizeof(Subject));
		WorkloadText *workload = palloc0(sizeof(WorkloadText));

		subject->routine = lfirst(lc);
		workload->calls = -1;
		workload->search_path = subject->routine->search_path;
		subject->workload = workload;
		impact->subjects = lappend(impact->subjects, subject);
	}
}

/* Does the plan go on where a run was interrupted? */
static bool
goes_on(Impact *impact)
{
	const PlanStep *first = &impact->plan->steps[0];

	impact->statements_done = impact->plan->nsteps == 0 ? -1 :
		journal_statements_done(impact->store->revs[first->rev].links.id, step_direction(first));
	return impact->statements_done >= 0;
}

static void
impact_body(Shadow *shadow, void *arg)
{
	Impact	   *impact = arg;
	int			nest_level = settings_be_quiet();
	ErrorData  *error;

	impact->shadow = shadow;
	copy_live(impact);
	shadow_invalid_indexes(impact->live, goes_on(impact));
	add_routines(impact);
	look_at_all(impact, look_before);
	impact->nsteps = impact->plan->nsteps;
	error = try_plan(impact);
	if (error != NULL)
	{
		add_failed_step(impact, error);
		impact->nsteps = impact->step;
		error = try_plan(impact);
	}
	if (error == NULL && has_to_be_told_apart(impact))
	{
		impact->each_step = true;
		error = try_plan(impact);
	}
	if (error != NULL)
		ReThrowError(error);
	settle_rows(impact);
	settings_leave(nest_level);
}

/* -------------------------------------------------------------------- the call */

static int
rank(const char *effect)
{
	static const char *const effects[] = {"breaks", "insert_fails", "may_break", "result_changes"};

	for (int i = 0; i < (int) lengthof(effects); i++)
		if (strcmp(effect, effects[i]) == 0)
			return i;
	/* of usage_find(), all others alike */
	return strcmp(effect, "unchecked") == 0 ? lengthof(effects) + 1 : lengthof(effects);
}

static int
compare_rows(const ListCell *a, const ListCell *b)
{
	const ImpactRow *one = lfirst(a);
	const ImpactRow *other = lfirst(b);

	if (rank(one->effect) != rank(other->effect))
		return rank(one->effect) - rank(other->effect);
	if (one->calls != other->calls)
		return one->calls > other->calls ? -1 : 1;
	return one->number - other->number;
}

static List *
sorted_rows(Impact *impact)
{
	ListCell   *lc;
	int			n = 0;

	foreach(lc, impact->rows)
	{
		((ImpactRow *) lfirst(lc))->number = n++;
	}
	list_sort(impact->rows, compare_rows);
	return impact->rows;
}

char *
impact_query_shown(const ImpactRow *row, int max_bytes)
{
	int			len = strlen(row->query);

	if (len <= max_bytes)
		return pstrdup(row->query);
	return psprintf("%.*s...", pg_mbcliplen(row->query, len, max_bytes), row->query);
}

bool
impact_is_failure(const ImpactRow *row)
{
	return strcmp(row->effect, "breaks") == 0 || strcmp(row->effect, "insert_fails") == 0;
}

static List *
find_rows(Impact *impact)
{
	impact->live = snapshot_take(impact->managed, NULL);
	snapshot_run_copy(impact->live, impact_body, impact);
	return sorted_rows(impact);
}

/* So that a contract can tell later what has not been called since. */
static void
note_calls(void)
{
	const char *why;

	(void) workload_note(workload_counted(&why));
}

List *
impact_find(const Managed *managed, const char *command, const char *target, char **queries,
			int nqueries)
{
	Impact		impact = {.managed = managed,.context = CurrentMemoryContext};
	Store	   *store = store_load(true, false);
	Direction	direction;

	if (!direction_find(command, &direction))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown command \"%s\"", command),
				 errhint("The command is upgrade or downgrade.")));
	impact.store = store;
	impact.plan = plan_run(store->graph, store->version, direction, target);
	if (queries == NULL)
		note_calls();
	if (impact.plan->nsteps == 0)
		return NIL;
	read_texts(&impact, queries, nqueries);
	return find_rows(&impact);
}

List *
impact_of_plan(const Managed *managed, const Store *store, const MigrationPlan *plan,
			   const List *texts)
{
	Impact		impact =
	{.managed = managed,.context = CurrentMemoryContext,.store = store,.plan = plan};

	add_texts(&impact, texts);
	return find_rows(&impact);
}

/* ------------------------------------------------------------------------ usage */

/* schema.table.column, schema.table, table.column or table. */
static void
find_object(Impact *impact)
{
	List	   *names = textToQualifiedNameList(cstring_to_text(impact->object));
	Oid			table = list_length(names) <= 2
	? RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true) : InvalidOid;
	const char *column = NULL;

	if (!OidIsValid(table) && list_length(names) > 1)
	{
		column = strVal(llast(names));
		names = list_truncate(names, list_length(names) - 1);
		table = RangeVarGetRelid(makeRangeVarFromNameList(names), NoLock, true);
	}
	if (!OidIsValid(table))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("there is no table or column \"%s\" in what is managed", impact->object),
				 errhint("Name a table, table.column or schema.table.column; schemas names what is managed.")));
	impact->usage.table = table;
	impact->usage.column = column != NULL ? get_attnum(table, column) : 0;
	if (column != NULL && impact->usage.column == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist", column,
						get_rel_name(table))));
}

static const char *
use_in_words(int use)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s%s%s%s", use & COMPAT_READS ? ", read" : "",
					 use & COMPAT_INSERTS ? ", insert" : "",
					 use & COMPAT_UPDATES ? ", update" : "", use & COMPAT_DELETES ? ", delete"
					 : "");
	return buf.data + strlen(", ");
}

static void
look_at_use(Impact *impact, Subject *subject)
{
	Usage		usage = impact->usage;
	ImpactRow  *row;

	if (subject->routine != NULL)
	{
		subject->body = routine_analyse(impact->shadow, subject->routine, &usage);
		note_body_unchecked(impact, subject);
	}
	else
	{
		/* a right that is not there makes no use of it */
		subject->text.with_rights = false;
		subject->before = analyse_usage(impact->shadow, &subject->text, &usage);
		if (subject->before->error != NULL)
			add_unchecked(impact, subject, subject->before->error_sqlstate, subject->before->error);
	}
	if (usage.use == 0)
		return;
	row = make_row(subject, use_in_words(usage.use), 0, "");
	row->error = NULL;
	impact->rows = lappend(impact->rows, row);
}

static void
usage_body(Shadow *shadow, void *arg)
{
	Impact	   *impact = arg;
	int			nest_level = settings_be_quiet();

	impact->shadow = shadow;
	copy_live(impact);
	find_object(impact);
	add_routines(impact);
	look_at_all(impact, look_at_use);
	settings_leave(nest_level);
}

List *
usage_find(const Managed *managed, const char *object, char **queries, int nqueries)
{
	Impact		impact = {.managed = managed,.context = CurrentMemoryContext,.object = object};

	read_texts(&impact, queries, nqueries);
	impact.live = snapshot_take(managed, NULL);
	snapshot_run_copy(impact.live, usage_body, &impact);
	return sorted_rows(&impact);
}
