/*
 * workload.c
 *		What does the application send?
 *
 * pg_stat_statements is asked with the rights of the caller, to whom it shows the texts of others
 * only if he is a member of pg_read_all_stats.  A text means what it means with the search_path of
 * the role that sends it; what a client sets itself nobody has recorded.
 */
#include "postgres.h"

#include "compat.h"
#include "exec/exec.h"
#include "review/analyse.h"
#include "review/workload.h"
#include "settings.h"
#include "store/store.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* The view, quoted and qualified; it has to be the extension's own. */
#define FIND_VIEW \
	"SELECT c.oid::regclass::text FROM pg_extension e" \
	" JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid" \
	" AND d.deptype = 'e' AND d.classid = 'pg_class'::regclass" \
	" JOIN pg_class c ON c.oid = d.objid AND c.relname = 'pg_stat_statements' AND c.relkind = 'v'" \
	" WHERE e.extname = 'pg_stat_statements'"

/* As a new session of the role has it. */
#define PATH_OF(role) \
	"(SELECT substr(c, 13) FROM pg_db_role_setting d, unnest(d.setconfig) c" \
	" WHERE d.setrole IN (" role ", 0) AND d.setdatabase IN (s.dbid, 0)" \
	" AND c LIKE 'search\\_path=%%'" \
	" ORDER BY d.setrole <> 0 DESC, d.setdatabase <> 0 DESC LIMIT 1)"

#define READ_VIEW \
	"SELECT s.queryid, s.calls, s.userid, pg_get_userbyid(s.userid)::text," \
	" coalesce(" PATH_OF("s.userid") ", r.path), s.query, s.since" \
	" FROM (SELECT dbid, userid, queryid, min(query) AS query, sum(calls)::bigint AS calls," \
	"       max((to_jsonb(v) ->> 'stats_since')::timestamptz) AS since FROM %s v" \
	"       WHERE dbid = (SELECT oid FROM pg_database WHERE datname = current_database())" \
	" GROUP BY dbid, userid, queryid) s," \
	" (SELECT CASE WHEN EXISTS (SELECT FROM pg_db_role_setting d, unnest(d.setconfig) c" \
	"    WHERE d.setrole = (SELECT oid FROM pg_roles WHERE rolname = session_user)" \
	" AND c LIKE 'search\\_path=%%') THEN boot_val ELSE reset_val END AS path" \
	"  FROM pg_settings WHERE name = 'search_path') r" \
	" ORDER BY s.userid, s.calls DESC, s.queryid"

typedef struct Recorded
{
	MemoryContext context;
	List	   *texts;
	bool		has_view;
} Recorded;

static void
run_select(const char *sql)
{
	if (SPI_execute(sql, true, 0) != SPI_OK_SELECT)
		elog(ERROR, "the recorded statements could not be read");
}

static int64
number_of(HeapTuple row, int column)
{
	bool		isnull;
	Datum		value = SPI_getbinval(row, SPI_tuptable->tupdesc, column, &isnull);

	return isnull ? 0 : DatumGetInt64(value);
}

static void
keep_row(Recorded *recorded, int n)
{
	HeapTuple	row = SPI_tuptable->vals[n];
	WorkloadText *text = MemoryContextAllocZero(recorded->context, sizeof(WorkloadText));
	MemoryContext old;
	bool		isnull;

	text->queryid = number_of(row, 1);
	text->calls = number_of(row, 2);
	text->since = number_of(row, 7);
	text->role = DatumGetObjectId(SPI_getbinval(row, SPI_tuptable->tupdesc, 3, &isnull));
	text->role_name = store_text(recorded->context, n, 4);
	text->search_path = store_text(recorded->context, n, 5);
	/* those of others have no identifier where they are hidden */
	if (text->queryid != 0)
		text->sql = store_text(recorded->context, n, 6);
	old = MemoryContextSwitchTo(recorded->context);
	recorded->texts = lappend(recorded->texts, text);
	MemoryContextSwitchTo(old);
}

static void
read_recorded(void *arg)
{
	Recorded   *recorded = arg;
	char	   *view;

	(void) settings_pin_path();
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	run_select(FIND_VIEW);
	if (SPI_processed > 0)
	{
		recorded->has_view = true;
		view = SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1);
		run_select(psprintf(READ_VIEW, view));
		for (uint64 i = 0; i < SPI_processed; i++)
		{
			CHECK_FOR_INTERRUPTS();
			keep_row(recorded, i);
		}
	}
	SPI_finish();
}

List *
workload_counted(const char **why)
{
	Recorded	recorded = {.context = CurrentMemoryContext};
	ErrorData  *error = run_undone(read_recorded, &recorded);

	*why = NULL;
	if (error != NULL &&
		ERRCODE_TO_CATEGORY(error->sqlerrcode) ==
		ERRCODE_TO_CATEGORY(ERRCODE_OPERATOR_INTERVENTION))
		ReThrowError(error);
	if (error != NULL)
	{
		*why = psprintf("pg_stat_statements cannot be read: %s", error->message);
		return NIL;
	}
	if (!recorded.has_view)
		*why = "the extension pg_stat_statements is not in this database";
	return recorded.texts;
}

bool
workload_note(const List *texts)
{
	CallCounts *counts;
	ListCell   *lc;

	if (XactReadOnly || RecoveryInProgress())
		return false;
	counts = calls_new(list_length(texts));
	foreach(lc, texts)
	{
		const WorkloadText *text = lfirst(lc);

		CHECK_FOR_INTERRUPTS();
		if (text->queryid != 0)
			calls_add(counts, text->role_name, text->queryid, text->calls, text->since);
	}
	return calls_note(counts);
}

static List *
read_told(void)
{
	StoreScope	scope;
	List	   *texts = NIL;
	MemoryContext spi_context;

	store_enter(&scope);
	store_query("SELECT queryid, calls, role, search_path, query FROM migrate.fact_statements"
				" ORDER BY role, calls DESC, queryid",
				0, NULL, NULL, NULL, true, SPI_OK_SELECT);
	spi_context = MemoryContextSwitchTo(scope.caller);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		HeapTuple	row = SPI_tuptable->vals[i];
		WorkloadText *text = palloc0(sizeof(WorkloadText));

		CHECK_FOR_INTERRUPTS();
		text->queryid = number_of(row, 1);
		text->calls = number_of(row, 2);
		text->role_name = SPI_getvalue(row, SPI_tuptable->tupdesc, 3);
		text->search_path = SPI_getvalue(row, SPI_tuptable->tupdesc, 4);
		text->sql = SPI_getvalue(row, SPI_tuptable->tupdesc, 5);
		texts = lappend(texts, text);
	}
	MemoryContextSwitchTo(spi_context);
	store_leave(&scope);
	return texts;
}

List *
workload_recorded(const char **why)
{
	List	   *texts = read_told();
	ListCell   *lc;

	*why = NULL;
	if (texts == NIL)
		return workload_counted(why);
	foreach(lc, texts)
	{
		WorkloadText *text = lfirst(lc);

		text->role = get_role_oid(text->role_name, true);
		if (!OidIsValid(text->role))
			text->role = GetUserId();
	}
	return texts;
}

List *
workload_given(char **texts, int n)
{
	List	   *list = NIL;

	for (int i = 0; i < n; i++)
	{
		WorkloadText *text = palloc0(sizeof(WorkloadText));

		text->calls = -1;
		text->role = GetUserId();
		text->role_name = GetUserNameFromId(GetUserId(), false);
		text->sql = texts[i];
		list = lappend(list, text);
	}
	return list;
}

/* What a statement has in the places of values. */
typedef struct Values
{
	bool		has_texts;
	bool		has_numbers;
	bool		has_parameters;
} Values;

static bool
find_values(Node *node, void *context)
{
	Values	   *values = context;

	if (node == NULL)
		return false;
	if (IsA(node, ParamRef))
		values->has_parameters = true;
	else if (IsA(node, A_Const))
	{
		NodeTag		tag = nodeTag(&castNode(A_Const, node)->val);

		values->has_texts |= tag == T_String || tag == T_BitString;
		values->has_numbers |= tag == T_Integer || tag == T_Float;
	}
	return raw_expression_tree_walker(node, find_values, context);
}

/*
 * Of what is no query the server does not replace the constants: a CREATE ROLE has its password.
 * And now and then it keeps a query as it was sent.  A number beside parameters is none of the
 * data: it is the length of a type, or a column of ORDER BY.
 */
bool
workload_is_free_of_data(const char *sql)
{
	ErrorData  *error;
	List	   *raw = analyse_parse(sql, &error);
	Values		values = {0};
	Node	   *node;

	if (list_length(raw) != 1)
		return false;
	node = linitial_node(RawStmt, raw)->stmt;
	if (!IsA(node, SelectStmt) && !IsA(node, InsertStmt) && !IsA(node, UpdateStmt) &&
		!IsA(node, DeleteStmt) &&
		compat_merged_into(node) == NULL)
		return false;
	(void) find_values(node, &values);
	return !values.has_texts && (!values.has_numbers || values.has_parameters);
}
