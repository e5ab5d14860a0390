/*
 * preflight.c
 *		Does the data allow what is pending?
 *
 * What the statements of a plan demand of rows (demands.c) is asked of the live tables, and what is
 * in the way is counted.  Each question has a subtransaction, which is read-only and rolled back,
 * so that its lock, in ACCESS SHARE mode, goes with it.
 *
 * A question is asked as the owner of the table, in a security-restricted operation, of a caller
 * who has the rights of that owner.  So nothing that somebody has put into the table (an expression
 * of an index, a policy) runs as a caller who may do more; and who could not change the table
 * learns nothing of its rows.
 *
 * A statement that changes rows may put right what is found, or spoil what is not: what is asked
 * behind one may fail, and is not said to.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "graph/graph.h"
#include "review/analyse.h"
#include "review/review.h"
#include "run/run.h"
#include "settings.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/guc.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

/* So much of a statement, and of a row, is shown. */
#define MAX_SHOWN 200

/* Rows of which it is asked at once whether they can be cast. */
#define CAST_AT_ONCE 1000

typedef struct Preflight
{
	Store	   *store;
	MigrationPlan *plan;
	MemoryContext context;		/* of the rows */
	Pending		pending;
	List	   *rows;			/* PreflightRow */

	/* the statement that is looked at */
	int			step;
	const StoredScript *stored;
	ScriptOrigin origin;
	const Script *script;
	int			number;
	List	   *demands;
} Preflight;

/* ------------------------------------------------------------ subtransactions */

typedef struct ReadOnly
{
	void		(*body) (void *arg);
	void	   *arg;
} ReadOnly;

static void
call_read_only(void *arg)
{
	const ReadOnly *call = arg;

	(void) settings_set_lock_timeout(migrate_lock_timeout);
	settings_set_read_only(true);
	settings_count_nothing();
	call->body(call->arg);
}

/* Read-only, and rolled back.  Returns NULL, or the error. */
static ErrorData *
try_and_roll_back(void (*body) (void *arg), void *arg)
{
	ReadOnly	call = {.body = body,.arg = arg};
	ErrorData  *error = run_undone(call_read_only, &call);

	if (error != NULL && error_ends_the_call(error))
		ReThrowError(error);
	return error;
}

/* ------------------------------------------------------------------ a question */

static Oid
owner_of(Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Oid			owner;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the table is gone"),
				 errhint("Another session has dropped it: ask again.")));
	owner = ((Form_pg_class) GETSTRUCT(tuple))->relowner;
	ReleaseSysCache(tuple);
	return owner;
}

typedef struct Asking
{
	MemoryContext context;
	const Demand *demand;
	int64		n;
	Datum		examples;		/* text[], or 0 */
} Asking;

static void
select_into(const char *sql, int nargs, Oid *types, Datum *values)
{
	if (SPI_execute_with_args(sql, nargs, types, values, NULL, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "rows could not be counted");
}

static void
keep_examples(Asking *asking, Datum examples)
{
	MemoryContext old = MemoryContextSwitchTo(asking->context);

	asking->examples = PointerGetDatum(DatumGetArrayTypePCopy(examples));
	MemoryContextSwitchTo(old);
}

static void
count_query(Asking *asking)
{
	bool		isnull;
	Datum		value;

	select_into(psprintf("SELECT coalesce(sum(n), 0)::bigint, array_agg(left(shown, %d)) FILTER (WHERE i <= 3)"
						 " FROM (SELECT n, shown, row_number() OVER () AS i FROM (%s) AS a) AS b",
						 MAX_SHOWN, asking->demand->query),
				0, NULL, NULL);
	asking->n = DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1,
											&isnull));
	value = SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 2, &isnull);
	if (!isnull)
		keep_examples(asking, value);
}

/* Does the expression raise an error for one of these rows?  ids is tid[]; 0: for one of all. */
typedef struct Cast
{
	const Demand *demand;
	const char *table;			/* a part of it, which has numbers of rows */
	Datum		ids;
} Cast;

static void
cast_rows(void *arg)
{
	Cast	   *cast = arg;
	Oid			types[1] = {TIDARRAYOID};

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	select_into(psprintf("SELECT count(%s) FROM %s AS t%s", cast->demand->expression, cast->table,
						 cast->ids != 0 ? " WHERE t.ctid = ANY ($1)" : ""),
				cast->ids != 0 ? 1 : 0, types, &cast->ids);
	SPI_finish();
}

static Datum
tid_array(SPITupleTable *rows, uint64 first, uint64 n)
{
	Datum	   *ids = palloc(sizeof(Datum) * Max(n, 1));
	bool		isnull;

	for (uint64 i = 0; i < n; i++)
		ids[i] = SPI_getbinval(rows->vals[first + i], rows->tupdesc, 1, &isnull);
	return PointerGetDatum(construct_array(ids, n, TIDOID, sizeof(ItemPointerData), false,
										   TYPALIGN_SHORT));
}

/* One of a few that fail together. */
static void
add_uncast(Asking *asking, Cast *cast, SPITupleTable *rows, List **examples)
{
	for (uint64 i = 0; i < rows->numvals; i++)
	{
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		cast->ids = tid_array(rows, i, 1);
		error = try_and_roll_back(cast_rows, cast);
		if (error == NULL)
			continue;
		asking->n++;
		if (list_length(*examples) < 3)
			*examples = lappend(*examples, pnstrdup(error->message,
													pg_mbcliplen(error->message,
																 strlen(error->message),
																 MAX_SHOWN)));
		FreeErrorData(error);
	}
}

/* In each table by itself, by portions: only of one that fails each row is looked at. */
static void
count_uncast(Asking *asking, const char *table, List **examples)
{
	Cast		cast = {.demand = asking->demand,.table = table};
	Portal		portal = SPI_cursor_open_with_args(NULL, psprintf("SELECT ctid FROM %s", table), 0,
												   NULL, NULL, NULL, true, 0);

	for (;;)
	{
		SPITupleTable *rows;
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		SPI_cursor_fetch(portal, true, CAST_AT_ONCE);
		rows = SPI_tuptable;
		if (rows->numvals == 0)
			break;
		cast.ids = tid_array(rows, 0, rows->numvals);
		error = try_and_roll_back(cast_rows, &cast);
		if (error != NULL)
			add_uncast(asking, &cast, rows, examples);
		SPI_freetuptable(rows);
	}
	SPI_cursor_close(portal);
}

static void
count_casts(Asking *asking)
{
	Cast		cast = {.demand = asking->demand,.table = asking->demand->table};
	List	   *examples = NIL;
	Datum	   *texts;
	SPITupleTable *tables;
	Oid			types[1] = {OIDOID};
	Datum		values[1] = {ObjectIdGetDatum(asking->demand->relid)};
	int			n = 0;
	ListCell   *lc;

	/* mostly no row fails, which one look says */
	if (try_and_roll_back(cast_rows, &cast) == NULL)
		return;
	select_into("SELECT c.oid::regclass::text FROM pg_partition_tree($1) AS p"
				" JOIN pg_class AS c ON c.oid = p.relid WHERE p.isleaf"
				" UNION SELECT $1::regclass::text", 1, types, values);
	tables = SPI_tuptable;
	for (uint64 i = 0; i < tables->numvals; i++)
		count_uncast(asking, psprintf("ONLY %s", SPI_getvalue(tables->vals[i], tables->tupdesc, 1)),
					 &examples);
	if (examples == NIL)
		return;
	texts = palloc(sizeof(Datum) * list_length(examples));
	foreach(lc, examples)
	{
		texts[n++] = CStringGetTextDatum(lfirst(lc));
	}
	keep_examples(asking, PointerGetDatum(construct_array(texts, n, TEXTOID, -1, false,
														  TYPALIGN_INT)));
}

static void
ask_as_owner(void *arg)
{
	Asking	   *asking = arg;

	(void) settings_pin_path();
	/* to the end of the subtransaction */
	(void) as_owner_begin(owner_of(asking->demand->relid));
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	PushActiveSnapshot(GetTransactionSnapshot());
	if (asking->demand->query != NULL)
		count_query(asking);
	else
		count_casts(asking);
	PopActiveSnapshot();
	SPI_finish();
}

/* Why the caller may not ask; or NULL. */
static const char *
refusal(const Demand *demand)
{
	Oid			owner = owner_of(demand->relid);

	if (!has_privs_of_role(GetUserId(), owner))
		return "you have not the rights of the table's owner";
	if (check_enable_rls(demand->relid, owner, true) == RLS_ENABLED)
		return "row-level security hides rows from the table's owner";
	if (OidIsValid(demand->other) &&
		(pg_class_aclcheck(demand->other, owner, ACL_SELECT) != ACLCHECK_OK ||
		 check_enable_rls(demand->other, owner, true) == RLS_ENABLED))
		return "the table's owner does not see the other table";
	return NULL;
}

/* -------------------------------------------------------------------- the rows */

static char *
shorten(const char *sql, int len)
{
	int			shown = len > MAX_SHOWN ? pg_mbcliplen(sql, len, MAX_SHOWN) : len;

	return psprintf("%s%s", text_shown(sql, shown), shown < len ? " ..." : "");
}

static PreflightRow *
add_row(Preflight *p, const char *outcome, const char *table, const char *detail)
{
	MemoryContext old = MemoryContextSwitchTo(p->context);
	PreflightRow *row = palloc0(sizeof(PreflightRow));

	row->step = p->step + 1;
	row->revision = p->origin.revision;
	if (p->script != NULL)
	{
		row->statement = p->number + 1;
		row->sql = shorten(p->script->statements[p->number].text,
						   p->script->statements[p->number].len);
	}
	row->outcome = outcome;
	row->table = table != NULL ? pstrdup(table) : NULL;
	row->rows = -1;
	row->detail = pstrdup(detail);
	p->rows = lappend(p->rows, row);
	MemoryContextSwitchTo(old);
	return row;
}

static void
ask_demand(Preflight *p, const Demand *demand)
{
	Asking		asking = {.context = p->context,.demand = demand};
	const char *why = OidIsValid(demand->relid) ? refusal(demand) : demand->why;
	ErrorData  *error = NULL;
	PreflightRow *row;

	if (why == NULL)
		error = try_and_roll_back(ask_as_owner, &asking);
	if (error != NULL)
		why = psprintf("it could not be asked: %s", error->message);
	if (why != NULL)
		add_row(p, "unchecked", demand->table, why);
	else if (asking.n > 0)
	{
		row = add_row(p, p->pending.writer != NULL ? "may_fail" : "fails", demand->table,
					  p->pending.writer == NULL ? demand->why :
					  psprintf("%s; before it %s may change rows", demand->why, p->pending.writer));
		row->rows = asking.n;
		row->examples = asking.examples;
	}
}

/* ------------------------------------------------------------------- the plan */

/*
 * In a subtransaction, since it locks the table, and without a call of anybody's function:
 * constants are read.
 */
static void
read_demands(void *arg)
{
	Preflight  *p = arg;

	p->demands = demands_of(p->script->statements[p->number].raw->stmt, &p->pending);
}

static void
look_at_statement(Preflight *p)
{
	ReadOnly	reading = {.body = read_demands,.arg = p};
	Node	   *node = p->script->statements[p->number].raw->stmt;
	ErrorData  *error;
	ListCell   *lc;

	p->demands = NIL;
	error = analyse_undone(call_read_only, &reading);
	if (error != NULL && error_ends_the_call(error))
		ReThrowError(error);
	if (error != NULL)
		add_row(p, "unchecked", NULL, psprintf("it could not be read: %s", error->message));
	else
	{
		foreach(lc, p->demands)
		{
			ask_demand(p, lfirst(lc));
		}
	}
	/* names are looked for as the revision says */
	if (IsA(node, VariableSetStmt) && script_transaction_modes(node) == NIL)
		ExecSetVariableStmt(castNode(VariableSetStmt, node), false);
	pending_note(&p->pending, node, psprintf("statement %d of revision \"%s\"", p->number + 1,
											 p->origin.revision));
}

/* Only the first revision finds what there is now. */
static void
ask_required(void *arg)
{
	Preflight  *p = arg;
	const StoredRevision *rev = &p->store->revs[p->plan->steps[p->step].rev];
	const char *text;
	ScriptOrigin origin = script_questions(&rev->links, p->stored, SCRIPT_REQUIRES, &text);

	execute_questions(text, &origin);
}

static void
look_at_step(Preflight *p)
{
	const StoredRevision *rev = &p->store->revs[p->plan->steps[p->step].rev];
	char	   *id = unconstify(char *, rev->links.id);
	const StoredScript *stored = store_scripts(true, &id, 1);

	/* what an interrupted run has committed is not run again, and not asked */
	int			done = p->step == 0 ? journal_statements_done(id, DIRECTION_UP) : -1;
	ErrorData  *error = NULL;
	int			nest_level;

	p->stored = stored;
	p->origin = script_origin(&rev->links, stored, DIRECTION_UP);
	p->script = NULL;
	if (p->step == 0 && done <= 0)
		error = try_and_roll_back(ask_required, p);
	if (error != NULL)
		add_row(p, "fails", NULL, psprintf("%s%s%s", error->message, error->detail ? ": " : "",
										   error->detail ? error->detail : ""));
	p->script = script_parse(stored->half[DIRECTION_UP].sql, stored->half[DIRECTION_UP].marked,
							 &p->origin);
	nest_level = settings_enter_revision(p->origin.revision, p->origin.direction);
	for (p->number = 0; p->number < p->script->nstatements; p->number++)
	{
		CHECK_FOR_INTERRUPTS();
		if (p->number >= done || IsA(p->script->statements[p->number].raw->stmt, VariableSetStmt))
			look_at_statement(p);
	}
	settings_leave(nest_level);
}

List *
preflight(const char *target)
{
	Preflight	p = {.context = CurrentMemoryContext};

	p.store = store_load(true, false);
	p.plan = plan_upgrade(p.store->graph, p.store->version, target, false);
	for (p.step = 0; p.step < p.plan->nsteps; p.step++)
		look_at_step(&p);
	return p.rows;
}
