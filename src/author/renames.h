/*
 * renames.h
 *		Renames that the user names, because a comparison alone cannot tell a renamed object from a
 *		dropped one and a created one.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_RENAMES_H
#define MIGRATE_RENAMES_H

#include "diff/diff.h"

/* A rename that the user asks for. */
typedef struct Rename
{
	List	   *old;			/* char *: names, qualified or not, unquoted */
	List	   *new;
	int			as;				/* the kinds of objects that are meant:
								 * RENAMED_... */
	const char *said;			/* the text as it was written, for errors */
	int			line;			/* the line of the model; 0: the argument */
} Rename;

/*
 * Returns the comments "-- migrate: renamed from NAME" of a model as a list of Rename.  A comment
 * behind something on its line is about that column, constraint or enum value.  A comment alone on
 * its line is about the next one.  Before or behind a statement it is about what the statement
 * creates.  rename_hints.c
 * Errors: MG019, with the line of a comment that belongs to nothing.
 */
extern List *rename_hints(const char *model);

/* Reads the argument renames, of which each item is "old=new".  Errors: 22023.  rename_hints.c */
extern List *rename_arguments(char **items, int nitems);

/* The live schema after the renames, and the changes that rename. */
typedef struct Renamed
{
	const SchemaSnapshot *snapshot;
	List	   *up;				/* SchemaChange *, in order */
	List	   *down;			/* the same for the downgrade */
} Renamed;

/*
 * Carries out, in a shadow, the renames that the live schema does not have yet.
 * Errors: MG019 or 22023 for a rename whose old name the live schema does not have, or whose new
 * name the wanted schema does not have.
 */
extern Renamed *rename_apply(const List *renames, const SchemaSnapshot *live,
							 const SchemaSnapshot *wanted);

/* Puts the renames before the changes that the comparison with the renamed schema has found. */
extern SchemaDiff *diff_with_renames(const Renamed *renamed, SchemaDiff *diff);

#endif							/* MIGRATE_RENAMES_H */
