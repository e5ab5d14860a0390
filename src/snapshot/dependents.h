/*
 * dependents.h
 *		Objects outside the managed schemas that depend on managed ones.
 */
#ifndef MIGRATE_DEPENDENTS_H
#define MIGRATE_DEPENDENTS_H

#include "kinds/changes.h"
#include "snapshot/ignored.h"

#include "catalog/pg_depend.h"

/*
 * While the live schema is read: an entry of pg_depend in which something that is no object of the
 * snapshot hangs on one.  ignored: it is this object, which is ignored, or NULL.  rules (or NULL)
 * say which tables elsewhere are an extension's own, and go with the table.  False if it belongs to
 * what is managed, too, and is not ignored there.
 */
extern bool dependents_add(SchemaSnapshot *snapshot, const FormData_pg_depend *depend,
						   const SchemaObject *on, const SchemaObject *ignored,
						   const Ignored *rules);

/* The schema "to" also with those who hang on the objects of the same names in "of". */
extern SchemaSnapshot *dependents_lend(const SchemaSnapshot *of, const SchemaSnapshot *to);

/*
 * Note in each change which objects outside it affects.  Returns the objects because of which
 * PostgreSQL would refuse a change, by name: a list of Obstacle.
 */
extern List *dependents_judge(Changes *changes);

#endif							/* MIGRATE_DEPENDENTS_H */
