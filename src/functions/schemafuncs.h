/*
 * schemafuncs.h
 *		What the functions that compare schemas share.
 */
#ifndef MIGRATE_SCHEMAFUNCS_H
#define MIGRATE_SCHEMAFUNCS_H

#include "diff/diff.h"
#include "functions/functions.h"
#include "shadow/shadow.h"

/*
 * Argument schemas name[]: {*} is the whole database; NULL is what the setting migrate.schemas says.
 * Errors: 22004, 22023 for what names no schema or one that cannot be managed.
 */
extern void arg_managed(FunctionCallInfo fcinfo, int n, Managed *managed);

/*
 * Arguments owners and privileges, n and the next: are they compared?  NULL: as the settings
 * migrate.compare_owners and migrate.compare_privileges say.
 */
extern void arg_compared(FunctionCallInfo fcinfo, int n, Managed *managed);

/* A diff as the rows of diff() and drift(). */
extern Datum diff_rows(FunctionCallInfo fcinfo, const SchemaDiff *diff);

/* What a comparison says of a database that is behind would be nonsense: MG022. */
extern void require_at_heads(bool fresh);

/* Secrets that a generated revision has no values for, a NOTICE for each object. */
extern void report_secrets(const SchemaDiff *diff);

/* What is dangerous in a revision that was generated, and report_secrets(), a NOTICE for each object. */
extern void report_hazards(const SchemaDiff *diff);

/*
 * Write a list of Generated as revisions, each on top of the one before; the last gets the
 * identifier.  Returns it.
 */
extern const char *write_chain(const List *chain, const RevisionFile *pattern, const char *rev_id, char **heads,
							   int nheads, bool splice, char **depends_on, int ndepends_on);

#endif							/* MIGRATE_SCHEMAFUNCS_H */
