/*
 * written_triggers.h
 *		Triggers that applied revisions create in so many words.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_WRITTEN_TRIGGERS_H
#define MIGRATE_WRITTEN_TRIGGERS_H

#include "kinds/object.h"

/*
 * A trigger of the live schema that an extension may have made is a user's where an applied
 * revision has its CREATE TRIGGER.  Scripts are read only if there is one to ask about.
 */
extern void written_triggers_note(SchemaSnapshot *live);

#endif							/* MIGRATE_WRITTEN_TRIGGERS_H */
