/*
 * ignored.h
 *		What comparisons leave alone: the setting migrate.ignore, and the tables in which other
 *		migration tools keep their books.
 *
 * An ignored object is in no snapshot, so no comparison creates, changes or drops it.  An ignored
 * table takes its parts along: columns, indexes, partitions, and sequences that it owns.
 */
#ifndef MIGRATE_IGNORED_H
#define MIGRATE_IGNORED_H

#include "snapshot/snapshot.h"

/* What has been found of a database by now, for as long as the current context. */
typedef struct Ignored Ignored;
extern Ignored *ignored_begin(const Managed *managed);

/* Is this object ignored?  ignored may be NULL: then nothing is. */
extern bool ignored_has(Ignored *ignored, Oid classid, Oid objid);

/*
 * The same schemas, for the live one: the tables of other tools are ignored in it, unless the other
 * schema (which may be NULL) has one of that name, because a model or revisions make it.
 */
extern Managed *ignored_without_books(const Managed *managed, const SchemaSnapshot *other);

/* Does the schema have such a table? */
extern bool ignored_has_books(const SchemaSnapshot *snapshot);

#endif							/* MIGRATE_IGNORED_H */
