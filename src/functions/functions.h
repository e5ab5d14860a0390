/*
 * functions.h
 *		Arguments in, rows out: what the SQL-callable functions share.
 *
 * They are thin: read arguments, call the parts, return rows.
 */
#ifndef MIGRATE_FUNCTIONS_H
#define MIGRATE_FUNCTIONS_H

#include "postgres.h"

#include "compat.h"
#include "script/script.h"
#include "store/store.h"

#include "utils/tuplestore.h"

/*
 * What every function that changes something begins with.  Errors: 55000
 * inside a running revision, 25006 where nothing can be written.
 */
extern void begin_writing(const char *function);

/* Arguments.  NULL where none is allowed is an error (22004) that names it. */
extern char *arg_text(FunctionCallInfo fcinfo, int n, const char *name);
extern char *arg_text_or_null(FunctionCallInfo fcinfo, int n);

/* A target; NULL is the default of the command. */
extern char *arg_target_of(FunctionCallInfo fcinfo, int n, const char *command);

extern bool arg_bool(FunctionCallInfo fcinfo, int n, const char *name);
extern void arg_texts(FunctionCallInfo fcinfo, int n, const char *name, char ***items, int *nitems);

/* Argument rev_id; NULL: one is to be made up.  MG014 for what cannot be an identifier. */
extern char *arg_rev_id(FunctionCallInfo fcinfo, int n);

/* An argument file_names: as many as there are scripts, any of them null; or null altogether. */
extern char **file_names_argument(FunctionCallInfo fcinfo, int n, int nscripts);

/*
 * The gate of upgrade and deploy.  It raises MG032 if migrate.require_approval is on and nobody has
 * approved this plan for the state that the database is in; MG027 if what a revision with a
 * contract takes away is still used.  approvalfuncs.c
 */
extern const struct PlanGate upgrade_gate;

/* A set of rows, materialised. */
typedef struct ResultSet
{
	Tuplestorestate *store;
	TupleDesc	desc;
} ResultSet;

extern ResultSet *result_begin(FunctionCallInfo fcinfo);
extern void result_put(ResultSet *result, Datum *values, bool *nulls);

/* A SETOF text of these; to be returned as it is. */
extern Datum result_ids(FunctionCallInfo fcinfo, IdList ids);

/* A text that may be NULL as a column. */
extern void set_text(Datum *values, bool *nulls, int column, const char *text);

/* The identifiers of these revisions, sorted or as they are, as text[]. */
extern Datum revisions_array(const Graph *graph, const int *revs, int n, bool sorted);

#endif							/* MIGRATE_FUNCTIONS_H */
