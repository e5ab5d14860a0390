/*
 * left_triggers.h
 *		Triggers that an extension may have made, and that only the database has.
 *
 * A trigger that calls an extension's function may be a user's (moddatetime, lo), or the extension
 * has put it on the table.  The catalogs do not tell.  So one that the model or the revisions have
 * is an object like others.  Of the others none is dropped, and none is written into a revision,
 * unless it is known whose they are: by a rule (extension_rules.h), or since a revision creates
 * them (written_triggers.h).
 *
 * Memory: as diff.h says.
 */
#ifndef MIGRATE_LEFT_TRIGGERS_H
#define MIGRATE_LEFT_TRIGGERS_H

#include "diff/diff.h"

/*
 * Before live, which is changed into wanted: wanted gets such triggers of its tables, too, so that
 * they stay, also on a table that is made anew.  wanted->left_triggers says which.
 * Errors: 2BP01 for one that needs what wanted has not.
 */
extern void left_triggers_keep(const SchemaSnapshot *live, SchemaSnapshot *wanted);

/*
 * Where its table goes, such a trigger goes with it, and a downgrade does not make it: before that,
 * live and what it is after renames (which may be the same) lose it.
 */
extern void left_triggers_forget(SchemaSnapshot *live, SchemaSnapshot *renamed,
								 const SchemaSnapshot *wanted);

/*
 * Errors: 2BP01 for a change that would make one of them anew: revisions that are run again have
 * none.
 */
extern void left_triggers_require_kept(const SchemaSnapshot *wanted, const SchemaDiff *diff);

/*
 * Before something is written that makes live out of other, or out of nothing (NULL): live is
 * without them.  live->left_triggers says which.  Only one that no call of the extension can have
 * made stays: it would be lost in a new database.
 */
extern void left_triggers_leave(SchemaSnapshot *live, const SchemaSnapshot *other);

#endif							/* MIGRATE_LEFT_TRIGGERS_H */
