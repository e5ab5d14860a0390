/*
 * renames.h
 *		What has got another name, as its author says: a comparison alone cannot
 *		tell it from one thing dropped and another created.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_RENAMES_H
#define MIGRATE_RENAMES_H

#include "diff/diff.h"

/* One that was asked for. */
typedef struct Rename
{
	List	   *old;			/* char *: names, qualified or not, unquoted */
	List	   *new;
	int			as;				/* what it can be: RENAMED_... */
	const char *said;			/* as it was written, for errors */
	int			line;			/* of the model; 0 in the argument */
} Rename;

/*
 * The comments "-- migrate: renamed from NAME" of a model: a list of Rename.  The thing
 * is the column, constraint or enum value that the comment's line begins before the comment, or
 * else the next one; or the statement's own, if the comment stands before it or behind it.
 * rename_hints.c Errors: MG019 with the line for one that belongs to nothing.
 */
extern List *rename_hints(const char *model);

/* The argument renames: "old=new" each.  Errors: 22023.  rename_hints.c */
extern List *rename_arguments(char **items, int nitems);

/* A schema in which things have got their new names, and how. */
typedef struct Renamed
{
	const SchemaSnapshot *snapshot;
	List	   *up;				/* SchemaChange * */
	List	   *down;
} Renamed;

/*
 * What of it is still to be done in the live schema, done in a shadow: PostgreSQL knows best where
 * a name stands.  Errors: MG019 or 22023 for one that names what is neither there nor wanted.
 */
extern Renamed *rename_apply(const List *renames, const SchemaSnapshot *live,
							 const SchemaSnapshot *wanted);

/* The renames, and what the comparison of the renamed schema finds. */
extern SchemaDiff *diff_with_renames(const Renamed *renamed, SchemaDiff *diff);

#endif							/* MIGRATE_RENAMES_H */
