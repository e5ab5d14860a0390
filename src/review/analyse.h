/*
 * analyse.h
 *		What the server makes of a statement, which is not run: for impact.c.
 *
 * Memory: results are allocated in the context that is current in the call and are
 * never freed singly.
 */
#ifndef MIGRATE_ANALYSE_H
#define MIGRATE_ANALYSE_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "shadow/shadow.h"

/* What is analysed: one statement, as one role sends it. */
typedef struct Text
{
	const char *sql;			/* to which the tree's locations belong */
	RawStmt    *raw;
	Oid			role;			/* the current one, or one whose rights it has */
	bool		with_rights;	/* are its rights looked at? */
	const Oid  *types;			/* of the parameters; NULL: what the statement
								 * makes of them */
	int			ntypes;
	Oid			otherwise;		/* the type of parameters of which the
								 * statement makes none; or InvalidOid */
} Text;

/* What a prepared statement knows of a column of its result. */
typedef struct ResultColumn
{
	const char *words;			/* name and type, quoted */
	const char *name;
	Oid			type;
	int32		typmod;
	Oid			collation;
} ResultColumn;

/* What is done to a table, or to a column of it. */
typedef struct Usage
{
	Oid			table;
	AttrNumber	column;			/* 0: the table */
	int			use;			/* COMPAT_READS and the like, added up */
} Usage;

/* What came of it. */
typedef struct Analysis
{
	MemoryContext context;		/* of what is below */
	const char *error;			/* why the server would refuse it; or NULL */
	int			error_sqlstate;

	/* unless there is an error: */
	const char *fails;			/* what a row that it inserts violates for
								 * certain; or NULL */
	int			fails_sqlstate;
	const char *may_fail;		/* the same, where a trigger or the number of
								 * rows decides; or NULL */
	int			may_fail_sqlstate;
	const char *unsure;			/* what cannot be told of it; or NULL */
	List	   *columns;		/* of its result: ResultColumn */
	Usage	   *usage;			/* to be added to; or NULL */
	int			nparams;
	Oid		   *params;			/* their types */
	List	  **labels;			/* by parameter: of an enum, char * */
} Analysis;

/*
 * Parse a text as pg_stat_statements has it, or anybody: a list of RawStmt.  "interval $1", which
 * is what becomes of interval '1 day' and is no SQL, counts as $1::interval.
 * On a syntax error *error is set, and NIL is returned.
 */
extern List *analyse_parse(const char *sql, ErrorData **error);

/* The statement in a PREPARE, or itself. */
extern RawStmt *analyse_unwrap(RawStmt *raw);

/* Is it a statement that no change of a schema breaks: BEGIN, SET, SHOW, FETCH? */
extern bool analyse_is_harmless(const RawStmt *raw);

/*
 * In a shadow: what the server makes of the text at this moment, with the search_path that is set.
 * It is neither planned nor run, and nobody's functions are called but those that read constants,
 * which are in C.  Live relations are locked in ACCESS SHARE mode at most, and that until it
 * returns. Errors: a cancel, memory; all others are results.
 */
extern Analysis *analyse_text(const Shadow *shadow, const Text *text);

/* The same, and what it does to a table is added to usage. */
extern Analysis *analyse_usage(const Shadow *shadow, const Text *text, Usage *usage);

/* Raise an error (or NULL) again that says nothing of a text: a cancel, no memory. */
extern void analyse_rethrow_end(ErrorData *error);

/* --------------------------------------------------------- analyse_calls.c */

/* As run_undone(); a function that is not in C fails when it is called meanwhile. */
extern ErrorData *analyse_undone(void (*body) (void *arg), void *arg);

/* ---------------------------------------------------------- analyse_rows.c */

/* What the server finds out only when it plans or runs a statement: the rest of Analysis. */
extern void analyse_rewritten(List *queries, bool with_rights, Analysis *analysis);

/* ---------------------------------------------------------- analyse_locks.c */

/*
 * In a shadow: make sure that analysing the tree, which is changed, locks no live relation in a
 * mode above ACCESS SHARE.  FOR UPDATE and its like is taken out where a live relation is read.
 * Errors: 0A000 for a statement that writes to a live relation.
 */
extern void analyse_keep_off(const Shadow *shadow, Node *raw);

#endif							/* MIGRATE_ANALYSE_H */
