/*
 * routines.h
 *		The bodies of functions and procedures, as the server would read them.
 *
 * Memory: results are allocated in the context that is current in the call and are
 * never freed singly.
 */
#ifndef MIGRATE_ROUTINES_H
#define MIGRATE_ROUTINES_H

#include "postgres.h"

#include "nodes/pg_list.h"
#include "shadow/shadow.h"

typedef struct Routine
{
	Oid			oid;
	const char *name;			/* "function public.f(integer)" */
	const char *search_path;	/* that it sets itself; or NULL */
} Routine;

/* Something in a body that the server would refuse. */
typedef struct BodyError
{
	const char *part;			/* the statement or expression */
	int			sqlstate;
	const char *error;
} BodyError;

typedef struct BodyAnalysis
{
	bool		is_gone;		/* the routine is */
	List	   *errors;			/* BodyError */
	List	   *failures;		/* BodyError: of rows that it inserts */
	bool		is_dynamic;		/* it runs texts that it makes itself */
	struct Usage *usage;		/* to be added to; or NULL */
} BodyAnalysis;

/* In a shadow: the routines in SQL and PL/pgSQL in its schemas, but for those of extensions. */
extern List *routines_of(const Shadow *shadow);

/*
 * What the server makes of the body at this moment, with the search_path that is set.  Nothing of
 * it is run.  Locks and errors: as analyse_text().
 * What it does to a table is added to usage, unless that is NULL.
 */
extern BodyAnalysis *routine_analyse(const Shadow *shadow, const Routine *routine,
									 struct Usage *usage);

/* ------------------------------------------------------ routine_plpgsql.c */

/* One in PL/pgSQL, for routine_analyse(), which calls it in a subtransaction. */
extern void routine_analyse_plpgsql(const Shadow *shadow, Oid function, MemoryContext context,
									BodyAnalysis *body);

/*
 * Add to a list in this context an error of this part of a body, in words with the line if that is
 * known.
 */
extern List *routine_add_error(List *errors, MemoryContext context, const char *part, int line,
							   int sqlstate, const char *error);

#endif							/* MIGRATE_ROUTINES_H */
