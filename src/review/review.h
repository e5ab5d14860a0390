/*
 * review.h
 *		May it go out?  Questions to what is there, before anything is run.
 *
 * Memory: results are allocated in the context that is current in the call and are never
 * freed singly.
 */
#ifndef MIGRATE_REVIEW_H
#define MIGRATE_REVIEW_H

#include "postgres.h"

#include "kinds/managed.h"
#include "nodes/parsenodes.h"
#include "script/script.h"
#include "store/store.h"

/* What a statement demands of the rows of a table that is there. */
typedef struct Demand
{
	const char *table;			/* in words, quoted */
	Oid			relid;			/* InvalidOid: not looked at */
	Oid			other;			/* another table that is read; or InvalidOid */
	const char *why;			/* what is wrong with the rows, or why they
								 * are not looked at */

	/*
	 * SQL that returns n (bigint) and shown (text) for what is in the way; or
	 * an expression that raises an error for such a row; or neither: it
	 * cannot be told.
	 */
	const char *query;
	const char *expression;
} Demand;

/* What the statements before it, of the same plan, will have made and changed. */
typedef struct Pending
{
	List	   *made;			/* RangeVar: relations with their schemas */
	List	   *enums;			/* CreateEnumStmt */
	List	   *unvalidated;	/* AlterTableCmd: constraints with a name, NOT
								 * VALID */
	List	   *reshaped;		/* Oid: tables that have other columns then */
	const char *writer;			/* the statement that may change rows first,
								 * in words; or NULL */
} Pending;

/* ---------------------------------------------------------------- pending.c */

/* Note what a statement makes and changes.  where: the statement in words, for writer. */
extern void pending_note(Pending *pending, Node *statement, const char *where);

/* Has one of the statements before made the relation that the name means now? */
extern bool pending_has_made(const Pending *pending, const RangeVar *name);

/*
 * Returns the schema in which that one is: "" if nobody knows it, NULL if none of them has made it.
 */
extern const char *pending_made_schema(const Pending *pending, const RangeVar *name);

/*
 * Returns the schema in which a statement makes the relation; "" if the path has none that is
 * there.
 */
extern const char *pending_creation_schema(const RangeVar *name);

/*
 * Returns the relation of this name that is there now, found with the search_path that is set and
 * without a lock; InvalidOid: none, or one that the statements before it have made, or in a schema
 * that the caller may not look into.
 */
extern Oid	pending_live(const Pending *pending, const RangeVar *name);

/* ---------------------------------------------------------------- demands.c */

/*
 * The demands of one statement of a revision (Demand), read with the search_path that is set.
 * Tables are locked in ACCESS SHARE mode.
 */
extern List *demands_of(Node *statement, const Pending *pending);

/* ------------------------------------------------------------- preflight.c */

typedef struct PreflightRow
{
	int			step;			/* of the plan, 1-based */
	const char *revision;
	int			statement;		/* 0: what the revision requires */
	const char *sql;
	const char *outcome;		/* fails, may_fail, unchecked */
	const char *table;			/* or NULL */
	int64		rows;			/* -1: not counted */
	Datum		examples;		/* text[], or 0 */
	const char *detail;
} PreflightRow;

/*
 * What of an upgrade to the target would fail for the sake of the rows that are there,
 * PreflightRow. Nothing is locked but in ACCESS SHARE mode, and that for as long as it is read.
 * Errors: those of planning; a cancel.
 */
extern List *preflight(const char *target);

/* ---------------------------------------------------------------- review.c */

typedef struct ReviewRow
{
	int			step;			/* of the plan, 1-based */
	const char *revision;
	int			statement;		/* 0: the revision as a whole */
	const char *rule;
	const char *severity;		/* error, warning, notice, allowed */
	const char *message;
	const char *advice;			/* or NULL */
	const char *evidence;		/* or NULL */
	const char *allowed;		/* why the revision means it; or NULL */
	int			number;			/* in the order in which they were found */
} ReviewRow;

/* Returns how serious a PreflightRow's outcome is, as a severity. */
extern const char *preflight_severity(const PreflightRow *row);

/* A review that is being made. */
typedef struct Review Review;

/* One of the rules of rules.h. */
typedef struct Rule Rule;

/* For who reads the pending revisions along with review(). */
typedef struct ReviewWatch
{
	/*
	 * Called for statement i of the script of a step (0-based), with the
	 * search_path that it will have; or NULL. pending: what the statements
	 * before it have made and changed.
	 */
	void		(*statement) (void *arg, int step, const Script *script, int i,
							  const Pending *pending);
	void	   *arg;
	Store	   *store;			/* set by review(), before the first call */
	MigrationPlan *plan;		/* the same */
	const StoredScript **scripts;	/* set by review(), of each step */
	List	   *demands;		/* set by review(): what preflight() returned */

	/* Called after that, to add rows by review_add(); or NULL. */
	void		(*more) (Review *review, const Store *store, const MigrationPlan *plan,
						 void *arg);
	void	   *more_arg;
} ReviewWatch;

/*
 * Add a finding about a step (1-based) as a whole.  The settings and what the revision allows
 * decide about the severity, as everywhere; evidence may be NULL.
 */
extern void review_add(Review *review, int step, const Rule *rule, const char *severity,
					   const char *subject, const char *evidence);

/* Add that something could not be looked at. */
extern void review_add_unchecked(Review *review, int step, const char *message);

/*
 * What is to be said of each revision that an upgrade to the target would run, ReviewRow, in the
 * order of the statements.  watch may be NULL.  Nothing is locked but in ACCESS SHARE mode.
 * Errors: those of planning; a cancel.
 */
extern List *review(const char *target, ReviewWatch *watch);

/*
 * Once, when the library is loaded: the hook by which what is analysed calls nobody's functions.
 * analyse_calls.c
 */
extern void analyse_define(void);

/* ---------------------------------------------------------------- impact.c */

/* What becomes of a statement that the application sends. */
typedef struct ImpactRow
{
	const char *effect;			/* breaks, insert_fails, may_break,
								 * result_changes, unchecked */
	const char *revision;		/* that does it; or NULL */
	int64		queryid;		/* 0: none */
	int64		calls;			/* -1: not known */
	TimestampTz since;			/* when they began to be counted; 0: not known */
	const char *role;			/* or NULL */
	const char *sqlstate;		/* or NULL */
	const char *error;
	const char *query;			/* or NULL */
	int			number;
} ImpactRow;

/*
 * What upgrade or downgrade to the target would do to the statements that pg_stat_statements has,
 * or to these, if queries is not NULL: a list of ImpactRow, the worst and most frequent first.
 * Live tables are locked in ACCESS SHARE mode at most.
 * Errors: those of planning and of a shadow; 22023 for another command; 40001; a cancel.
 */
extern List *impact_find(const Managed *managed, const char *command, const char *target,
						 char **queries, int nqueries);

/* The same, for this plan and these texts (WorkloadText). */
extern List *impact_of_plan(const Managed *managed, const Store *store, const MigrationPlan *plan,
							const List *texts);

/*
 * Returns the text of the statement, cut behind a whole character if it has more bytes than that.
 */
extern char *impact_query_shown(const ImpactRow *row, int max_bytes);

/* Does the statement fail afterwards? */
extern bool impact_is_failure(const ImpactRow *row);

/*
 * What of these statements, and which functions, read or write a table or a column of it: a list of
 * ImpactRow, whose effect is "read", "insert", "update", "delete", several of them, or "unchecked".
 * Errors: those of a shadow; 42P01, 42703 for another object; 40001; a cancel.
 */
extern List *usage_find(const Managed *managed, const char *object, char **queries, int nqueries);

#endif							/* MIGRATE_REVIEW_H */
