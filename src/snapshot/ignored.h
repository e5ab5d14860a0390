/*
 * ignored.h
 *		What comparisons leave alone: the setting migrate.ignore, the tables in which other
 *		migration tools keep their books, and what extensions run by themselves.
 *
 * An ignored object is in no snapshot, so no comparison creates, changes or drops it.  An ignored
 * table takes its parts along: columns, indexes, partitions, and sequences that it owns.
 */
#ifndef MIGRATE_IGNORED_H
#define MIGRATE_IGNORED_H

#include "kinds/object.h"
#include "snapshot/snapshot.h"

/* What has been found of a database by now, for as long as the current context. */
typedef struct Ignored Ignored;
extern Ignored *ignored_begin(const Managed *managed, const Shadow *shadow);

/* Is this object ignored?  ignored may be NULL: then nothing is. */
extern bool ignored_has(Ignored *ignored, Oid classid, Oid objid);

/*
 * The extension that runs this object, and not only what it is a part of, by itself; NULL: none.
 * Is there one for what has this address?
 * The one that may have made a trigger: see extension_rules.h.
 * The tables that extensions run, and what of that could not be read: see extension_rules.h.
 * ignored may be NULL.
 */
extern const char *ignored_extension(const Ignored *ignored, const SchemaObject *object);
extern bool ignored_is_own(const Ignored *ignored, const ObjectAddress *address);
extern const char *ignored_perhaps_made(const Ignored *ignored, Oid trigger, bool *only_triggers);
extern List *ignored_run_tables(const Ignored *ignored);
extern List *ignored_unread(const Ignored *ignored);

/*
 * The same schemas, for the live one: the tables of other tools are ignored in it, unless the other
 * schema (which may be NULL) has one of that name, because a model or revisions make it.
 */
extern Managed *ignored_without_books(const Managed *managed, const SchemaSnapshot *other);

/* Does the schema have such a table? */
extern bool ignored_has_books(const SchemaSnapshot *snapshot);

#endif							/* MIGRATE_IGNORED_H */
