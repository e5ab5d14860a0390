/*
 * report.h
 *		What a person is told of a comparison before and after a revision is written.
 */
#ifndef MIGRATE_REPORT_H
#define MIGRATE_REPORT_H

#include "postgres.h"

#include "diff/diff.h"

/*
 * What a comparison says of a database that is behind would be nonsense: MG022.  25006 on a
 * standby, which can make none.
 */
extern void require_at_heads(bool fresh);

/* Secrets that a generated revision has no values for, a NOTICE for each object. */
extern void report_secrets(const SchemaDiff *diff);

/*
 * What is dangerous in a revision that was generated, and report_secrets(), a NOTICE for each
 * object; with_rows: the rows that are in the way today as well.
 */
extern void report_hazards(const SchemaDiff *diff, bool with_rows);

#endif							/* MIGRATE_REPORT_H */
