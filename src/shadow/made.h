/*
 * made.h
 *		What the texts of a history make outside of the managed schemas.
 *
 * Only the managed schemas are compared; but a history that is run again cannot make
 * a second time what is there, so this is put away, too.
 */
#ifndef MIGRATE_MADE_H
#define MIGRATE_MADE_H

#include "postgres.h"

#include "kinds/managed.h"
#include "script/script.h"

typedef struct Made
{
	MemoryContext context;		/* of all that is here */
	List	   *objects;		/* MadeObject * */
} Made;

typedef struct MadeObject
{
	Oid			catalog;
	const char *name;			/* unquoted; NULL for what has none: casts,
								 * transforms, default privileges of all
								 * schemas */
} MadeObject;

/* Is it no schema of PostgreSQL, of ours or of an extension? */
extern bool made_can_be_managed(const char *schema);

/*
 * Add what the text's statements make or rename; what they do in a DO block is not seen.  origin is
 * for errors.
 */
extern void made_add(Made *made, const char *sql, const ScriptOrigin *origin);

/*
 * Add what a statement makes that runs, and that a DO block may hold; and what it takes for the
 * history's, since it makes something in it or changes it.  A name without a schema counts for the
 * schema that the search_path of the moment makes it in.
 */
extern void made_note(Made *made, Node *stmt);
extern void made_guess(Made *made, Node *stmt);

/* Add all of another that is not managed anyway; returns whether anything was new. */
extern bool made_merge(Made *made, const Made *other, const Managed *managed);

/* Is there one of this name, or with NULL, one that has none?  made may be NULL. */
extern bool made_has(const Made *made, Oid catalog, const char *name);

/* Is there any of this catalog? */
extern bool made_any(const Made *made, Oid catalog);

/*
 * What the texts in a shadow make and take for theirs while they run: see made_note(),
 * made_guess().
 */
typedef struct MadeSeen
{
	Made		certain;
	Made		guessed;
} MadeSeen;

/* For a shadow: these schemas and what is made; the same if nothing is. */
extern const Managed *made_managed(const Managed *managed, const Made *made);

#endif							/* MIGRATE_MADE_H */
