/*
 * dependents.h
 *		What hangs on the managed objects from outside.
 */
#ifndef MIGRATE_DEPENDENTS_H
#define MIGRATE_DEPENDENTS_H

#include "kinds/changes.h"

#include "catalog/pg_depend.h"

/*
 * While the live schema is read: an entry of pg_depend in which something that is no
 * object of the snapshot hangs on one.  False if that belongs to what is managed, too, and is
 * not ignored there.
 */
extern bool dependents_add(SchemaSnapshot *snapshot, const FormData_pg_depend *depend, const SchemaObject *on, bool is_ignored);

/* The schema "to" also with those who hang on the objects of the same names in "of". */
extern SchemaSnapshot *dependents_lend(const SchemaSnapshot *of, const SchemaSnapshot *to);

/*
 * Tell each change whom it meets outside.  Returns those for whom PostgreSQL would
 * refuse it, by name: a list of Obstacle.
 */
extern List *dependents_judge(Changes *changes);

#endif							/* MIGRATE_DEPENDENTS_H */
