/*
 * callers_own.c
 *		What belongs to the caller's session, and is not for a text to use up.
 *
 * Prepared statements and cursors are of a session, not of a transaction, so a
 * rollback brings none back.  Those that a text prepares get names of their own and
 * go with the shadow; others it can execute, not drop.  The caller's cursors
 * count as running while a text runs: so the server neither closes nor moves them,
 * whoever asks for it, a function as well.  Checks that the caller's transaction has deferred
 * are made when that says so, and not when a text does.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/pg_constraint.h"
#include "commands/prepare.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/rel.h"

/* ------------------------------------------------------------ prepared statements */

typedef struct Prepared
{
	char	   *name;			/* as the text says it */
	char	   *own_name;		/* as the session has it */
} Prepared;

static Prepared *
find_prepared(const Shadow *shadow, const char *name)
{
	ListCell   *lc;

	foreach(lc, shadow->prepared)
	{
		if (strcmp(((Prepared *) lfirst(lc))->name, name) == 0)
			return lfirst(lc);
	}
	return NULL;
}

/* Under a name that is free: the caller may have tried something out before, in vain. */
static void
add_prepared(Shadow *shadow, PrepareStmt *stmt)
{
	MemoryContext old;
	Prepared   *new;
	int			number = list_length(shadow->prepared);

	if (find_prepared(shadow, stmt->name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_PSTATEMENT),
				 errmsg("prepared statement \"%s\" already exists", stmt->name)));
	old = MemoryContextSwitchTo(shadow->context);
	new = palloc(sizeof(Prepared));
	new->name = pstrdup(stmt->name);
	do
		new->own_name = psprintf(HIDDEN_PREFIX "%d", ++number);
	while (FetchPreparedStatement(new->own_name, false) != NULL);
	shadow->prepared = lappend(shadow->prepared, new);
	MemoryContextSwitchTo(old);
	stmt->name = new->own_name;
}

static char *
own_name(const Shadow *shadow, const char *name)
{
	const Prepared *prepared = find_prepared(shadow, name);

	/* PREPARE may have failed */
	if (prepared == NULL || FetchPreparedStatement(prepared->own_name, false) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_PSTATEMENT),
				 errmsg("prepared statement \"%s\" does not exist", name),
				 FetchPreparedStatement(name, false) == NULL ? 0 :
				 errdetail("The one of that name is the session's, and not for what is tried out.")));
	return prepared->own_name;
}

static void
drop_prepared(Shadow *shadow, const char *name)
{
	Prepared   *prepared = name != NULL ? find_prepared(shadow, name) : NULL;

	if (name != NULL)
		DropPreparedStatement(own_name(shadow, name), true);
	else
		callers_own_end(shadow);
	if (prepared != NULL)
		shadow->prepared = list_delete_ptr(shadow->prepared, prepared);
}

/* EXECUTE as a statement, or what EXPLAIN and CREATE TABLE AS run. */
static ExecuteStmt *
find_execute(Node *node)
{
	if (IsA(node, ExecuteStmt))
		return castNode(ExecuteStmt, node);
	if (IsA(node, ExplainStmt))
		node = castNode(ExplainStmt, node)->query;
	else if (IsA(node, CreateTableAsStmt))
		node = castNode(CreateTableAsStmt, node)->query;
	else
		return NULL;
	if (node != NULL && IsA(node, Query))
		node = castNode(Query, node)->utilityStmt;
	/* EXPLAIN CREATE TABLE AS EXECUTE */
	return node != NULL ? find_execute(node) : NULL;
}

/* --------------------------------------------------------------- deferred checks */

List *
callers_own_deferrable(const Shadow *shadow)
{
	Relation	rel = table_open(ConstraintRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *constraints = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
		char	   *schema;

		CHECK_FOR_INTERRUPTS();
		if (form->condeferrable && shadow_is_own(shadow, tuple) &&
			(schema = get_namespace_name(form->connamespace)) != NULL)
			constraints = lappend(constraints,
								  makeRangeVar(schema, pstrdup(NameStr(form->conname)), -1));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return constraints;
}

/*
 * ALL is what the text has made: what the caller's transaction has deferred stays so.  Is there
 * anything to do?
 */
static bool
leave_deferred(const Shadow *shadow, ConstraintsSetStmt *stmt)
{
	if (stmt->constraints == NIL && !stmt->deferred)
		stmt->constraints = callers_own_deferrable(shadow);
	return stmt->constraints != NIL || stmt->deferred;
}

/* --------------------------------------------------------------------- statements */

bool
callers_own_before(Shadow *shadow, Node *node)
{
	ExecuteStmt *execute = find_execute(node);

	if (execute != NULL && find_prepared(shadow, execute->name) != NULL)
		execute->name = own_name(shadow, execute->name);
	switch (nodeTag(node))
	{
		case T_PrepareStmt:
			add_prepared(shadow, castNode(PrepareStmt, node));
			return true;
		case T_DeallocateStmt:
			drop_prepared(shadow, castNode(DeallocateStmt, node)->name);
			return false;
		case T_ConstraintsSetStmt:
			return leave_deferred(shadow, castNode(ConstraintsSetStmt, node));
		case T_DiscardStmt:
			/* currval() and lastval() of the session */
			return castNode(DiscardStmt, node)->target != DISCARD_SEQUENCES;
		default:
			return true;
	}
}

bool
callers_own_runs_execute(Node *node)
{
	const ExecuteStmt *execute = find_execute(node);

	return execute != NULL && execute->params != NIL;
}

/* ------------------------------------------------------------------------ cursors */

/* The names of those that are open: char *, in the current context. */
static List *
list_cursors(void)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *names = NIL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (SPI_execute("SELECT c.name FROM pg_catalog.pg_cursor() c", true, 0) != SPI_OK_SELECT)
		elog(ERROR, "cannot list the cursors");
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		char	   *name = SPI_getvalue(SPI_tuptable->vals[i], SPI_tuptable->tupdesc, 1);
		MemoryContext old = MemoryContextSwitchTo(caller);

		names = lappend(names, pstrdup(name));
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return names;
}

void
callers_own_protect(Shadow *shadow)
{
	List	   *names = list_cursors();
	ListCell   *lc;

	foreach(lc, names)
	{
		Portal		portal = GetPortalByName(lfirst(lc));

		if (!PortalIsValid(portal) || portal->status != PORTAL_READY)
			continue;
		shadow->cursors = lappend(shadow->cursors, portal);
		portal->status = PORTAL_ACTIVE;
	}
}

void
callers_own_release(Shadow *shadow)
{
	ListCell   *lc;

	foreach(lc, shadow->cursors)
	{
		((Portal) lfirst(lc))->status = PORTAL_READY;
	}
	shadow->cursors = NIL;
}

void
callers_own_end(Shadow *shadow)
{
	ListCell   *lc;

	foreach(lc, shadow->prepared)
	{
		DropPreparedStatement(((Prepared *) lfirst(lc))->own_name, false);
	}
	shadow->prepared = NIL;
}
