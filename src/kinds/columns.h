/*
 * columns.h
 *		What the files about columns ask each other; kinds.h has what others ask them.
 */
#ifndef MIGRATE_COLUMNS_H
#define MIGRATE_COLUMNS_H

#include "kinds/kinds.h"

/* column_identity.c */

/* GENERATED ... AS IDENTITY (...) */
extern char *column_identity_clause(const SchemaObject *column);

/* The properties of an identity column's sequence for which IDENTITY has no clause. */
extern void column_write_sequence_type(const SchemaObject *column, Writer *w);

/* Add the identity, or alter it and its sequence.  Nothing if the new column has none. */
extern void column_write_identity(const Change *change, Writer *w);

/* Is the new type of an identity column too small for the bounds of its old sequence? */
extern bool column_narrows_sequence(const Change *change);

extern bool column_loses_identity(const Change *change);

/* column_inheritance.c */

/*
 * Does an inherited column get its storage or compression (name) without a statement?  And may it
 * get a default?
 */
extern bool column_setting_comes_along(const SchemaObject *column, const char *name,
									   const Writer *w);
extern bool column_default_comes_along(const SchemaObject *column, const Writer *w);

/* Are there children that would not get the identity from ADD COLUMN? */
extern bool column_children_lack_identity(const SchemaObject *column,
										  const SchemaSnapshot *snapshot);

/* Does a child inherit the new column without its NOT NULL? */
extern bool column_null_in_children(const SchemaObject *column, const SchemaSnapshot *snapshot);

/* Does a table that inherits the old column keep the NOT NULL that this one gives up? */
extern bool column_not_null_in_children(const SchemaObject *column,
										const struct Changes *changes);

/*
 * Does the statement about the parent's column already change this column: its NOT NULL; its type;
 * how it is generated, or that it no longer is?
 */
extern bool column_not_null_follows(const Change *change, const Writer *w);
extern bool column_retyped_with_parent(const Change *change, const Writer *w);
extern bool column_generated_with_parent(const Change *change, const Writer *w);

#endif							/* MIGRATE_COLUMNS_H */
