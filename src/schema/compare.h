/*
 * compare.h
 *		The questions that are asked of two schemas, one of them in a shadow.
 *
 * Memory: as schema.h says.
 */
#ifndef MIGRATE_SCHEMA_COMPARE_H
#define MIGRATE_SCHEMA_COMPARE_H

#include "schema/schema.h"

/*
 * The schema that a model makes, in a shadow.
 * Errors: MG019 and the model's own with the line, see shadow_execute(); 22023 for
 * a model without a statement, which would drop everything, unless allow_empty.
 */
extern SchemaSnapshot *snapshot_model(const char *model, const Managed *managed, bool allow_empty);

/*
 * What turns the live schema into the model.
 * Errors: those of snapshot_model().
 */
extern SchemaDiff *compare_model(const char *model, const Managed *managed, bool allow_empty);

/*
 * Refuse what the comparison does not know of, whatever it finds elsewhere: 0A000
 * with the objects of the two (the second may be NULL).
 */
extern void require_modelled(const SchemaSnapshot *one, const SchemaSnapshot *two);

/* Tell the user what the comparison has to say: its notices, and what it does not know of. */
extern void compare_notices(const SchemaDiff *diff);

#endif							/* MIGRATE_SCHEMA_COMPARE_H */
