/*
 * drift.h
 *		Finds changes of the schema that no revision made.
 */
#ifndef MIGRATE_DRIFT_H
#define MIGRATE_DRIFT_H

#include "postgres.h"

#include "diff/diff.h"

/*
 * The differences between the live schema and the one that the applied revisions make; keeps a
 * clean answer.  Errors: those of a replay.
 */
extern SchemaDiff *drift_find(const Managed *managed);

#endif							/* MIGRATE_DRIFT_H */
