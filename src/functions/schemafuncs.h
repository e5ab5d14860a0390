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
 * Argument schemas name[]: {*} is the whole database; NULL is what the setting migrate.schemas
 * says. Errors: 22004, 22023 for what names no schema or one that cannot be managed.
 */
extern void arg_managed(FunctionCallInfo fcinfo, int n, Managed *managed);

/*
 * What the settings migrate.schemas, migrate.ignore, migrate.compare_owners and
 * migrate.compare_privileges say, for a function that has no such arguments.  Errors: 22023 for a
 * schema that cannot be managed.
 */
extern void default_managed(Managed *managed);

/*
 * Arguments owners and privileges, n and the next: are they compared?  NULL: as the settings
 * migrate.compare_owners and migrate.compare_privileges say.
 */
extern void arg_compared(FunctionCallInfo fcinfo, int n, Managed *managed);

/* A diff as the rows of diff() and drift(). */
extern Datum diff_rows(FunctionCallInfo fcinfo, const SchemaDiff *diff);

#endif							/* MIGRATE_SCHEMAFUNCS_H */
