/*
 * outlives.c
 *		What a text may call, and no rollback undoes.
 *
 * nextval() and setval() count in a sequence for everybody at once, and an advisory
 * lock of the session stays when the transaction has gone.  So calls of these
 * functions are replaced, in each query that is planned while a text runs, by calls of
 * migrate.instead_of().  It lets sequences count that the text has made, refuses all
 * others, and takes an advisory lock for the length of the shadow.  A lock that the
 * caller has stays his: the text can release only what it has taken.
 *
 * nextval() itself is not called even for those: lastval() of the session would be
 * that of a sequence which is gone.  The next value is found and set.
 *
 * Some expressions never pass the planner's hook: defaults and checks of tables and
 * domains, which the server reads from the catalogs.  The executor says when it is
 * about to call one of the functions from there.  The sequences that a stored
 * expression names are in pg_depend; if one of those is not the text's, the call is
 * refused before it happens.  (A sequence that such an expression finds by a text at
 * run time is not known there.)
 *
 * Extensions count in sequences of their own when their functions are called, as they
 * do for who makes a job or a queue; nobody else is to set those, but for the ones that
 * book_sequences.c has put away.
 */
#include "postgres.h"

#include "compat.h"
#include "shadow/shadow_private.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/namespace.h"
#include "catalog/objectaccess.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_sequence.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/sequence.h"
#include "common/int.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_coerce.h"
#include "parser/parse_func.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/syscache.h"

MIGRATE_FUNCTION(migrate_shadow_instead_of);

typedef enum Effect
{
	COUNTS,						/* in the sequence that its first argument
								 * names */
	LOCKS,
	TRIES_TO_LOCK,
	UNLOCKS,
	UNLOCKS_ALL,
	REMEMBERS					/* what was counted last */
} Effect;

typedef struct Lasting
{
	Oid			function;
	PGFunction	run;			/* instead of it; NULL: only the list of locks
								 * changes */
	Effect		effect;
	int			nargs;
	bool		shared;			/* the lock */
} Lasting;

static Datum next_value(PG_FUNCTION_ARGS);

static const Lasting lasting[] = {
	{F_NEXTVAL, next_value, COUNTS, 1, false},
	{F_SETVAL_REGCLASS_INT8, setval_oid, COUNTS, 2, false},
	{F_SETVAL_REGCLASS_INT8_BOOL, setval3_oid, COUNTS, 3, false},
	{F_PG_ADVISORY_LOCK_INT8, pg_advisory_xact_lock_int8, LOCKS, 1, false},
	{F_PG_ADVISORY_LOCK_INT4_INT4, pg_advisory_xact_lock_int4, LOCKS, 2, false},
	{F_PG_ADVISORY_LOCK_SHARED_INT8, pg_advisory_xact_lock_shared_int8, LOCKS, 1, true},
	{F_PG_ADVISORY_LOCK_SHARED_INT4_INT4, pg_advisory_xact_lock_shared_int4, LOCKS, 2, true},
	{F_PG_TRY_ADVISORY_LOCK_INT8, pg_try_advisory_xact_lock_int8, TRIES_TO_LOCK, 1, false},
	{F_PG_TRY_ADVISORY_LOCK_INT4_INT4, pg_try_advisory_xact_lock_int4, TRIES_TO_LOCK, 2, false},
	{F_PG_TRY_ADVISORY_LOCK_SHARED_INT8, pg_try_advisory_xact_lock_shared_int8, TRIES_TO_LOCK, 1,
	true},
	{F_PG_TRY_ADVISORY_LOCK_SHARED_INT4_INT4, pg_try_advisory_xact_lock_shared_int4, TRIES_TO_LOCK,
	2, true},
	{F_PG_ADVISORY_UNLOCK_INT8, NULL, UNLOCKS, 1, false},
	{F_PG_ADVISORY_UNLOCK_INT4_INT4, NULL, UNLOCKS, 2, false},
	{F_PG_ADVISORY_UNLOCK_SHARED_INT8, NULL, UNLOCKS, 1, true},
	{F_PG_ADVISORY_UNLOCK_SHARED_INT4_INT4, NULL, UNLOCKS, 2, true},
	{F_PG_ADVISORY_UNLOCK_ALL, NULL, UNLOCKS_ALL, 0, false},
	{F_LASTVAL, lastval, REMEMBERS, 0, false}
};

/* An advisory lock that the text has taken, and has not released. */
typedef struct TakenLock
{
	int			nkeys;
	int64		keys[2];
	bool		shared;
} TakenLock;

static object_access_hook_type next_access_hook = NULL;

/* The arguments of migrate.instead_of() before those of the function that is meant. */
#define OWN_ARGS 2

/* Its OID, as long as a shadow lasts. */
static Oid	instead_of = InvalidOid;

static const Lasting *
find_lasting(Oid function)
{
	if (function >= FirstNormalObjectId)
		return NULL;
	for (int i = 0; i < lengthof(lasting); i++)
		if (lasting[i].function == function)
			return &lasting[i];
	return NULL;
}

/* -------------------------------------------------------------------- sequences */

/*
 * Is there an expression that names the sequence and may be what the executor is about
 * to evaluate?  Defaults of columns come with the query, unless the text itself adds one.
 */
static bool
is_in_expression(const Shadow *shadow, Oid sequence)
{
	Relation	rel = table_open(DependRelationId, AccessShareLock);
	bool		found = false;
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&keys[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(RelationRelationId));
	ScanKeyInit(&keys[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(sequence));
	scan = systable_beginscan(rel, DependReferenceIndexId, true, NULL, lengthof(keys), keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			of = ((Form_pg_depend) GETSTRUCT(tuple))->classid;

		found = shadow_is_own(shadow, tuple) ||
			(shadow_execute_expressions() == EXPRESSIONS_ANYWHERE &&
			 (of == ProcedureRelationId || of == ConstraintRelationId || of == TriggerRelationId));
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return found;
}

/* Does the sequence belong to an extension, and is put away or only counted in? */
static bool
is_for_extension(const Shadow *shadow, Oid function, Oid sequence)
{
	return book_sequence_is_away(shadow, sequence) ||
		(function == F_NEXTVAL && OidIsValid(getExtensionOfObject(RelationRelationId, sequence)));
}

/* Sequences that the text can name, and has not made: Oid. */
static List *
list_live_sequences(const Shadow *shadow)
{
	Relation	rel = table_open(RelationRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, NULL, 0, NULL);
	List	   *sequences = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		CHECK_FOR_INTERRUPTS();
		if (form->relkind == RELKIND_SEQUENCE && !hidden_object(RelationRelationId, form->oid) &&
			!shadow_has_made(shadow, form->oid))
			sequences = lappend_oid(sequences, form->oid);
	}
	systable_endscan(scan);
	table_close(rel, AccessShareLock);
	return sequences;
}

/* An error if a stored expression may count in a sequence that is not the text's. */
static void
check_stored_expressions(const Shadow *shadow, Oid function)
{
	List	   *sequences = list_live_sequences(shadow);
	ListCell   *lc;

	foreach(lc, sequences)
	{
		CHECK_FOR_INTERRUPTS();
		if (is_in_expression(shadow, lfirst_oid(lc)) &&
			!is_for_extension(shadow, function, lfirst_oid(lc)))
			unmanaged_refuse(RelationRelationId, lfirst_oid(lc));
	}
	list_free(sequences);
}

static Datum
call_with(PGFunction function, const NullableDatum *args, int nargs)
{
	LOCAL_FCINFO(fcinfo, 3);

	InitFunctionCallInfoData(*fcinfo, NULL, nargs, InvalidOid, NULL, NULL);
	for (int i = 0; i < nargs; i++)
		fcinfo->args[i] = args[i];
	return function(fcinfo);
}

typedef struct Counter
{
	int64		last;
	bool		is_called;
} Counter;

static Counter
read_counter(Oid sequence)
{
	Relation	rel = relation_open(sequence, AccessShareLock);
	SysScanDesc scan = systable_beginscan(rel, InvalidOid, false, SnapshotAny, 0, NULL);
	HeapTuple	tuple = systable_getnext(scan);
	Counter		counter;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "sequence %u is empty", sequence);
	counter.last = ((Form_pg_sequence_data) GETSTRUCT(tuple))->last_value;
	counter.is_called = ((Form_pg_sequence_data) GETSTRUCT(tuple))->is_called;
	systable_endscan(scan);
	relation_close(rel, AccessShareLock);
	return counter;
}

static int64
value_after(Oid sequence, Counter counter)
{
	HeapTuple	tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
	FormData_pg_sequence form;
	int64		next = counter.last;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for sequence %u", sequence);
	form = *(Form_pg_sequence) GETSTRUCT(tuple);
	ReleaseSysCache(tuple);
	if (!counter.is_called)
		return next;
	if (!pg_add_s64_overflow(counter.last, form.seqincrement, &next) && next <= form.seqmax &&
		next >= form.seqmin)
		return next;
	if (!form.seqcycle)
		ereport(ERROR,
				(errcode(ERRCODE_SEQUENCE_GENERATOR_LIMIT_EXCEEDED),
				 errmsg("nextval: reached %s value of sequence \"%s\" (%lld)",
						form.seqincrement > 0 ? "maximum" : "minimum", get_rel_name(sequence),
						(long long) (form.seqincrement > 0 ? form.seqmax : form.seqmin))));
	return form.seqincrement > 0 ? form.seqmin : form.seqmax;
}

/* Of an identity column nobody needs a right. */
static void
require_usage(Oid sequence)
{
	Oid			table;
	int32		column;

	if (!sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &table, &column) &&
		pg_class_aclcheck(sequence, GetUserId(), ACL_USAGE | ACL_UPDATE) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SEQUENCE, get_rel_name(sequence));
}

/* As nextval(), but that the session does not take the sequence for its last one. */
static Datum
next_value(PG_FUNCTION_ARGS)
{
	Shadow	   *shadow = shadow_execute_current();
	Oid			sequence = PG_GETARG_OID(0);
	NullableDatum args[3] = {{.value = ObjectIdGetDatum(sequence)}, {.value = (Datum) 0},
	{.value = BoolGetDatum(true)}};
	Oid			userid;
	int			sec_context;

	if (get_rel_relkind(sequence) != RELKIND_SEQUENCE ||
		(!shadow_has_made(shadow, sequence) && !book_sequence_is_away(shadow, sequence)))
		return nextval_oid(fcinfo);
	require_usage(sequence);
	args[1].value = Int64GetDatum(value_after(sequence, read_counter(sequence)));
	GetUserIdAndSecContext(&userid, &sec_context);
	SetUserIdAndSecContext(BOOTSTRAP_SUPERUSERID, sec_context | SECURITY_LOCAL_USERID_CHANGE);
	(void) call_with(setval3_oid, args, lengthof(args));
	SetUserIdAndSecContext(userid, sec_context);
	shadow->counted = sequence;
	return args[1].value;
}

/* What the text has counted last, or else the session. */
static Datum
last_value(const Shadow *shadow)
{
	NullableDatum sequence = {.value = ObjectIdGetDatum(shadow->counted)};

	if (OidIsValid(shadow->counted) && SearchSysCacheExists1(RELOID, sequence.value))
		return call_with(currval_oid, &sequence, 1);
	return call_with(lastval, NULL, 0);
}

/* ---------------------------------------------------------------- advisory locks */

static TakenLock
lock_of(const Lasting *call, const NullableDatum *args)
{
	TakenLock	lock = {.nkeys = call->nargs,.shared = call->shared};

	for (int i = 0; i < call->nargs; i++)
		lock.keys[i] =
			call->nargs == 1 ? DatumGetInt64(args[i].value) : DatumGetInt32(args[i].value);
	return lock;
}

static void
remember_lock(Shadow *shadow, TakenLock lock)
{
	MemoryContext old = MemoryContextSwitchTo(shadow->context);
	TakenLock  *taken = palloc(sizeof(TakenLock));

	*taken = lock;
	shadow->locks = lappend(shadow->locks, taken);
	MemoryContextSwitchTo(old);
}

/* It is held until the shadow ends; to the text it is released. */
static bool
forget_lock(Shadow *shadow, TakenLock lock)
{
	ListCell   *lc;

	foreach(lc, shadow->locks)
	{
		const TakenLock *taken = lfirst(lc);

		if (taken->nkeys == lock.nkeys && taken->shared == lock.shared &&
			memcmp(taken->keys, lock.keys, sizeof(lock.keys)) == 0)
		{
			shadow->locks = foreach_delete_current(shadow->locks, lc);
			return true;
		}
	}
	/* as the server says it to who has not taken it */
	ereport(WARNING,
			(errmsg("you don't own a lock of type %s",
					lock.shared ? "ShareLock" : "ExclusiveLock")));
	return false;
}

/* ---------------------------------------------------------------------- the call */

static void
require_own_sequence(const Shadow *shadow, Oid function, Oid sequence, FmgrInfo *flinfo)
{
	Oid		   *checked = flinfo->fn_extra;

	if (checked != NULL && *checked == sequence)
		return;
	/* what is no relation says so itself */
	if (get_rel_relkind(sequence) == RELKIND_SEQUENCE && !shadow_has_made(shadow, sequence) &&
		!is_for_extension(shadow, function, sequence))
		unmanaged_refuse(RelationRelationId, sequence);
	if (checked == NULL)
		flinfo->fn_extra = checked = MemoryContextAlloc(flinfo->fn_mcxt, sizeof(Oid));
	*checked = sequence;
}

static Datum
run(Shadow *shadow, const Lasting *call, const NullableDatum *args, FmgrInfo *flinfo)
{
	Datum		result;

	switch (call->effect)
	{
		case COUNTS:
			require_own_sequence(shadow, call->function, DatumGetObjectId(args[0].value), flinfo);
			return call_with(call->run, args, call->nargs);
		case LOCKS:
		case TRIES_TO_LOCK:
			result = call_with(call->run, args, call->nargs);
			if (call->effect == LOCKS || DatumGetBool(result))
				remember_lock(shadow, lock_of(call, args));
			return result;
		case UNLOCKS:
			return BoolGetDatum(forget_lock(shadow, lock_of(call, args)));
		case UNLOCKS_ALL:
			shadow->locks = NIL;
			return (Datum) 0;
		case REMEMBERS:
			return last_value(shadow);
	}
	return (Datum) 0;
}

static void
require_execute(Oid function)
{
	AclResult	result = object_aclcheck(ProcedureRelationId, function, GetUserId(), ACL_EXECUTE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_FUNCTION, get_func_name(function));
}

/*
 * migrate.instead_of(function, type of its result, arguments ...); each of the functions is strict
 */
Datum
migrate_shadow_instead_of(PG_FUNCTION_ARGS)
{
	const Lasting *call = PG_ARGISNULL(0) ? NULL : find_lasting(PG_GETARG_OID(0));
	Shadow	   *shadow = shadow_execute_current();

	if (call == NULL || shadow == NULL || PG_NARGS() < OWN_ARGS + call->nargs)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("migrate.instead_of() is called by what a shadow runs only"),
				 errhint("Call the function itself.")));
	require_execute(call->function);
	for (int i = 0; i < call->nargs; i++)
		if (PG_ARGISNULL(OWN_ARGS + i))
			PG_RETURN_NULL();
	return run(shadow, call, &fcinfo->args[OWN_ARGS], fcinfo->flinfo);
}

/* --------------------------------------------------------------------- replacing */

/* One without arguments is given one, since migrate.instead_of() has a VARIADIC one. */
static List *
own_args(Oid function, Oid result, List *args)
{
	Const	   *which = makeConst(OIDOID, -1, InvalidOid, sizeof(Oid), ObjectIdGetDatum(function),
								  false, true);

	if (args == NIL)
		args = list_make1(makeNullConst(INT4OID, -1, InvalidOid));
	return lcons(which, lcons(makeNullConst(result, -1, InvalidOid), args));
}

/* The value of an identity column, as a call. */
static Node *
replace_identity(Node *node)
{
	NextValueExpr *identity = (NextValueExpr *) node;
	Const	   *sequence;
	FuncExpr   *call;

	if (node == NULL || !IsA(node, NextValueExpr))
		return node;
	sequence = makeConst(REGCLASSOID, -1, InvalidOid, sizeof(Oid),
						 ObjectIdGetDatum(identity->seqid), false, true);
	call = makeFuncExpr(instead_of, INT8OID, own_args(F_NEXTVAL, INT8OID, list_make1(sequence)),
						InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	return coerce_to_target_type(NULL, (Node *) call, INT8OID, identity->typeId, -1,
								 COERCION_ASSIGNMENT, COERCE_IMPLICIT_CAST, -1);
}

void
outlives_replace(Node *node)
{
	ListCell   *lc;

	if (IsA(node, TargetEntry))
		castNode(TargetEntry, node)->expr =
			(Expr *) replace_identity((Node *) castNode(TargetEntry, node)->expr);
	else if (IsA(node, List))
	{
		foreach(lc, (List *) node)
		{
			lfirst(lc) = replace_identity(lfirst(lc));
		}
	}
	else if (IsA(node, FuncExpr))
	{
		FuncExpr   *call = castNode(FuncExpr, node);

		if (find_lasting(call->funcid) == NULL)
			return;
		call->args = own_args(call->funcid, call->funcresulttype, call->args);
		call->funcid = instead_of;
	}
	else if (IsA(node, OpExpr))
	{
		OpExpr	   *call = castNode(OpExpr, node);

		if (find_lasting(call->opfuncid) == NULL)
			return;
		call->args = own_args(call->opfuncid, call->opresulttype, call->args);
		call->opfuncid = instead_of;
	}
}

static bool
replace_in(Node *node, void *context)
{
	if (node == NULL)
		return false;
	outlives_replace(node);
	return expression_tree_walker(node, replace_in, context);
}

void
outlives_replace_all(Node *expression)
{
	(void) replace_in(expression, NULL);
}

static bool
visit_raw(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncCall))
		for (int i = 0; i < lengthof(lasting); i++)
			if (strcmp(strVal(llast(castNode(FuncCall, node)->funcname)),
					   get_func_name(lasting[i].function)) == 0)
				return true;
	return raw_expression_tree_walker(node, visit_raw, context);
}

bool
outlives_is_written(Node *raw)
{
	return visit_raw(raw, NULL);
}

static bool
is_called(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, FuncExpr) && find_lasting(castNode(FuncExpr, node)->funcid) != NULL)
		return true;
	if (IsA(node, Query))
		return query_tree_walker(castNode(Query, node), is_called, context, 0);
	return expression_tree_walker(node, is_called, context);
}

/* The planner puts SELECTs in the place of calls only; the body is text, or a tree from 14 on. */
bool
outlives_is_in_body(HeapTuple function)
{
	const		text *tree = compat_body_tree(function);
	bool		isnull;
	ListCell   *lc;

	if (tree != NULL)
		return is_called(stringToNode(text_to_cstring(tree)), NULL);
	foreach(lc, pg_parse_query(TextDatumGetCString(SysCacheGetAttr(PROCOID, function,
																   Anum_pg_proc_prosrc, &isnull))))
	{
		Node	   *stmt = lfirst_node(RawStmt, lc)->stmt;

		if (IsA(stmt, SelectStmt) && visit_raw(stmt, NULL))
			return true;
	}
	return false;
}

/* A call that was not replaced. */
static void
on_access(ObjectAccessType access, Oid catalog, Oid object, int part, void *arg)
{
	const Shadow *shadow;
	const Lasting *call;

	if (next_access_hook)
		next_access_hook(access, catalog, object, part, arg);
	if (access != OAT_FUNCTION_EXECUTE || (call = find_lasting(object)) == NULL ||
		call->effect == REMEMBERS ||
		(shadow = shadow_execute_current()) == NULL)
		return;
	if (call->effect == COUNTS && shadow_execute_expressions() != EXPRESSIONS_UNKNOWN)
		check_stored_expressions(shadow, object);
	else
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot try out a call of %s() here", get_func_name(object)),
				 errdetail("No rollback undoes what it does, and what it is called with is not known before."),
				 errhint("Call it in a SELECT.")));
}

void
outlives_begin(void)
{
	Oid			types[] = {OIDOID, ANYELEMENTOID, ANYOID};

	instead_of = LookupFuncName(list_make2(makeString("migrate"), makeString("instead_of")),
								lengthof(types), types, false);
}

void
outlives_define(void)
{
	next_access_hook = object_access_hook;
	object_access_hook = on_access;
}
