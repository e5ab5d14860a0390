/*
 * drift.h
 *		What was changed in the schema outside of the revisions?
 */
#ifndef MIGRATE_DRIFT_H
#define MIGRATE_DRIFT_H

#include "postgres.h"

#include "diff/diff.h"

/* What differs from the schema that the applied revisions make; a clean answer is kept.  Errors: those of a replay. */
extern SchemaDiff *drift_find(const Managed *managed);

#endif							/* MIGRATE_DRIFT_H */
