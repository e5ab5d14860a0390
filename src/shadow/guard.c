/*
 * guard.c
 *		Whose code runs in a shadow, and with whose rights.
 *
 * Two dangers, one on each side of the caller.
 *
 * A shadow must not give the caller rights.  Names mean something else in it, and
 * a function of somebody else that trusts them would run what the caller's text
 * has put in their place.  So a SECURITY DEFINER function runs only if the caller
 * could act as its owner; and where the server itself has changed to another role
 * (it does so for the expressions of a table that it analyses or indexes, and for
 * the checks of foreign keys), only what is written in C runs.
 *
 * Nor must it take them from him.  What a comparison writes itself, to copy the
 * live schema and to prove a revision, has the expressions of that schema in it,
 * which others may have written.  The server evaluates some when an object is
 * made.  As in REINDEX and ANALYZE their functions run as the owner of the
 * object, in a security-restricted operation; what they SET ends with the statement.
 * The same expressions come back in the revision that baseline() writes, and in the
 * dump that somebody takes for a model.  There they are the caller's text, and his
 * to answer for; but a function that the text has given to another role runs as
 * that role where a definition evaluates it, and what it SETs ends with that.
 *
 * Every call of a function passes fmgr; the hook there sees those of operators,
 * casts, triggers, index expressions, constraints and policies alike, and those
 * that the planner makes to simplify an expression.  It is called for functions
 * that are SECURITY DEFINER or for which needs_fmgr_hook was true.  Parallel
 * workers know nothing of the shadow, so there are none while it lasts.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "commands/extension.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "optimizer/planner.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

typedef struct Identity
{
	Oid			user;
	int			context;
} Identity;

/* All of it is zero outside of a shadow. */
typedef struct Guard
{
	bool		active;
	Oid			caller;			/* who tries something out */
	Oid			trusted;		/* whose rights code may use: the caller's, or
								 * those of the role that stands in for him */

	/* while a statement runs that defines something */
	bool		defines;
	bool		is_generated;	/* a comparison has written it */
	Oid			object_owner;	/* then, of what it is about, or InvalidOid */
	Identity	statement;		/* before it */
	int			nest_level;		/* of settings */
	int			depth;			/* calls of functions, one within the other */
	bool		changed;		/* the outermost one has changed the role */
	Identity	call;			/* before that */
} Guard;

static Guard guard;

/*
 * The function that the executor is about to look up.  The planner asks
 * needs_fmgr_hook as well, before it puts the body of a SQL function in the place of a
 * call.  It is let, since an index may be possible only then; what such a body
 * calls is looked at when that is called.
 */
static Oid	about_to_run = InvalidOid;

static needs_fmgr_hook_type next_needs_hook = NULL;
static fmgr_hook_type next_fmgr_hook = NULL;
static object_access_hook_type next_access_hook = NULL;
static planner_hook_type next_planner = NULL;
static compat_relation_hook_type next_relation_hook = NULL;

bool
guard_may_act_as(Oid user, Oid role)
{
	return has_privs_of_role(user, role) || member_can_set_role(user, role);
}

/* ------------------------------------------------------------------- functions */

typedef struct Function
{
	Oid			oid;
	Oid			owner;
	bool		is_definer;
	bool		is_c;			/* nobody but a superuser can have made it */
	bool		is_sql;
} Function;

static Function
look_up(Oid oid)
{
	Function	function = {.oid = oid};
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(oid));
	Form_pg_proc form;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", oid);
	form = (Form_pg_proc) GETSTRUCT(tuple);
	function.owner = form->proowner;
	function.is_definer = form->prosecdef;
	function.is_c = form->prolang == ClanguageId || form->prolang == INTERNALlanguageId;
	function.is_sql = form->prolang == SQLlanguageId;
	ReleaseSysCache(tuple);
	return function;
}

static void
refuse(const Function *function, Oid role, Oid trusted)
{
	const char *name = GetUserNameFromId(role, true);

	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("permission denied to run function %s while a schema is tried out",
					format_procedure(function->oid)),
			 errdetail("It belongs to role \"%s\" and would run with the rights of role \"%s\", which role \"%s\" does not have; "
					   "names that it trusts may mean something else here.",
					   GetUserNameFromId(function->owner, true), name,
					   GetUserNameFromId(trusted, true)),
			 trusted == guard.caller
			 ? errhint("Take out what calls it, or run this as role \"%s\".", name)
			 : errhint("Take it out of what belongs to role \"%s\" and calls it.",
					   GetUserNameFromId(trusted, true))));
}

/* The script of an extension is what it is anywhere. */
static bool
is_own_of_script(Oid function)
{
	return creating_extension && getExtensionOfObject(ProcedureRelationId,
													  function) == CurrentExtensionObject;
}

/* An error if the function would use rights that are not there. */
static void
require_rights(const Function *function, Oid trusted)
{
	Oid			role = function->is_definer ? function->owner : GetUserId();

	if (role == trusted || (function->is_c && !function->is_definer) ||
		guard_may_act_as(trusted, role) ||
		is_own_of_script(function->oid))
		return;
	refuse(function, role, trusted);
}

/*
 * Who runs the function that an expression calls, where something is defined: the
 * owner of the object, if that is another's.  The caller's own and new objects
 * may call functions of others: those run as their owners, who could not be trusted
 * otherwise, unless they have more rights than the caller.
 */
static Oid
stand_in(const Function *function)
{
	Oid			user = guard.statement.user;

	if (OidIsValid(guard.object_owner) && guard.object_owner != user)
	{
		if (!guard_may_act_as(user, guard.object_owner))
			refuse(function, guard.object_owner, user);
		return guard.object_owner;
	}
	return guard_may_act_as(user, function->owner) ? function->owner : user;
}

/*
 * A function that an expression calls, not another function.  In a security-restricted
 * operation the role is what the server has made it, the owner of a table that it
 * indexes; outside of one a setting of the function may have changed it.
 */
static void
enter_outermost(const Function *function)
{
	Identity	now;
	Oid			role = stand_in(function);
	bool		is_restricted;

	GetUserIdAndSecContext(&now.user, &now.context);
	is_restricted = (now.context & SECURITY_RESTRICTED_OPERATION) != 0;
	if (function->is_definer)
		require_rights(function, role); /* the server has changed to its owner */
	else if (is_restricted && now.user != guard.statement.user)
	{
		require_rights(function, guard.caller);
		role = now.user;
	}
	else if (guard.is_generated || role != guard.statement.user)
	{
		guard.changed = true;
		guard.call = is_restricted ? now : guard.statement;
		SetUserIdAndSecContext(role, guard.call.context | SECURITY_LOCAL_USERID_CHANGE |
							   SECURITY_RESTRICTED_OPERATION);
	}
	guard.trusted = role;
}

static void
enter(Oid oid)
{
	Function	function = look_up(oid);

	if (guard.defines && guard.depth == 0 && !creating_extension)
		enter_outermost(&function);
	else
		require_rights(&function, guard.trusted);
	guard.depth++;
}

static void
leave(void)
{
	if (--guard.depth > 0)
		return;
	if (guard.changed)
		SetUserIdAndSecContext(guard.call.user, guard.call.context);
	guard.changed = false;
	guard.trusted = guard.caller;
}

/* ----------------------------------------------------------------------- hooks */

/* The functions that initdb makes are as harmless as those written in C. */
static bool
needs_hook(Oid oid)
{
	bool		runs = oid == about_to_run;
	Function	function;

	if (runs)
		about_to_run = InvalidOid;
	if (next_needs_hook && next_needs_hook(oid))
		return true;
	if (!guard.active || oid < FirstNormalObjectId)
		return false;
	function = look_up(oid);
	return function.is_sql ? runs : !function.is_c;
}

static void
on_call(FmgrHookEventType event, FmgrInfo *flinfo, Datum *private)
{
	if (next_fmgr_hook)
		next_fmgr_hook(event, flinfo, private);
	if (!guard.active)
		return;
	if (event == FHET_START)
		enter(flinfo->fn_oid);
	else if (guard.depth > 0)
		leave();
}

static void
on_access(ObjectAccessType access, Oid catalog, Oid object, int part, void *arg)
{
	if (next_access_hook)
		next_access_hook(access, catalog, object, part, arg);
	if (guard.active && access == OAT_FUNCTION_EXECUTE)
		about_to_run = object;
}

static PlannedStmt *
plan_alone(COMPAT_PLANNER_PARAMS)
{
	if (guard.active)
		options &= ~CURSOR_OPT_PARALLEL_OK;
	return next_planner ? next_planner(COMPAT_PLANNER_ARGS) : standard_planner(COMPAT_PLANNER_ARGS);
}

/* Building an index does not pass the planner's hook. */
static void
scan_alone(COMPAT_RELATION_PARAMS)
{
	if (next_relation_hook)
		next_relation_hook(COMPAT_RELATION_ARGS);
	if (guard.active)
		rel->rel_parallel_workers = 0;
}

void
guard_define(void)
{
	next_needs_hook = needs_fmgr_hook;
	needs_fmgr_hook = needs_hook;
	next_fmgr_hook = fmgr_hook;
	fmgr_hook = on_call;
	next_access_hook = object_access_hook;
	object_access_hook = on_access;
	next_planner = planner_hook;
	planner_hook = plan_alone;
	next_relation_hook = compat_relation_hook;
	compat_relation_hook = scan_alone;
}

/* ------------------------------------------------------------------- its life */

void
guard_begin(void)
{
	guard = (Guard)
	{
		.active = true,.caller = GetUserId(),.trusted = GetUserId()
	};
	about_to_run = InvalidOid;
}

void
guard_end(void)
{
	guard = (Guard)
	{
		0
	};
}

static void
begin_definition(Oid object_owner)
{
	guard.defines = true;
	guard.object_owner = object_owner;
	guard.nest_level = NewGUCNestLevel();
	GetUserIdAndSecContext(&guard.statement.user, &guard.statement.context);
}

void
guard_definition(void)
{
	begin_definition(InvalidOid);
}

void
guard_generated(Oid object_owner)
{
	begin_definition(object_owner);
	guard.is_generated = true;
	SetUserIdAndSecContext(guard.statement.user,
						   guard.statement.context | SECURITY_RESTRICTED_OPERATION);
}

void
guard_statement_failed(void)
{
	guard = (Guard)
	{
		.active = guard.active,.caller = guard.caller,.trusted = guard.caller
	};
}

void
guard_statement_end(void)
{
	if (!guard.defines)
		return;
	AtEOXact_GUC(false, guard.nest_level);
	if (guard.is_generated)
		SetUserIdAndSecContext(guard.statement.user, guard.statement.context);
	guard_statement_failed();
}
