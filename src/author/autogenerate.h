/*
 * autogenerate.h
 *		Writes revisions from two snapshots, in both directions, and proves that they lead to the
 *		wanted schema and back.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_AUTOGENERATE_H
#define MIGRATE_AUTOGENERATE_H

#include "author/renames.h"

typedef struct Generated
{
	SchemaDiff *diff;			/* the upgrade's changes */
	char	   *upgrade;
	char	   *downgrade;		/* with comments about lost data */

	/*
	 * The same for proofs, if these may not run all of it; otherwise NULL:
	 * see RunTable
	 */
	char	   *tried_upgrade;
	char	   *tried_downgrade;
} Generated;

/*
 * Writes the revision from one schema to the other.  Its upgrade and downgrade run in one
 * transaction each; rebuild: as for schema_diff_in_transaction().
 */
extern Generated *autogenerate(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* The same with renames, which come first in the upgrade and last in the downgrade. */
extern Generated *autogenerate_renamed(const Renamed *from, const SchemaSnapshot *to,
									   List *rebuild);

/*
 * A function that writes revisions and proves them, and recreates the enums of a list.  It may be
 * called several times.
 */
typedef struct Trial
{
	void		(*run) (struct Trial *trial, List *rebuild);
	const SchemaSnapshot *from; /* the two schemas; NULL until run() has set
								 * them */
	const SchemaSnapshot *to;
} Trial;

/*
 * Runs a trial.  A revision fails if it uses a value that it has added to an enum.  Then find out
 * which enums are concerned, and run the trial again with these enums recreated.
 * Errors: as the trial.
 */
extern void autogenerate_try(Trial *trial);

/*
 * Returns the revisions that lead from the renamed live schema to the wanted one, proven in both
 * directions: a list of Generated.  It has one revision, or those of autogenerate_online().
 * *generated is the result of autogenerate_renamed().  It is replaced if enums have to be
 * recreated, and for a chain by one that has only the diff.
 * Errors: XX000 that names the step which did not lead to the expected schema; a statement's own.
 */
extern List *autogenerate_chain(const SchemaSnapshot *live, const Renamed *from,
								const SchemaSnapshot *to, bool online,
								Generated **generated);

/* The text of a downgrade: comments about lost data, the changes in back, then the renames. */
extern char *autogenerate_downgrade(const SchemaDiff *diff, SchemaDiff *back, const List *renames);

/*
 * Writes a chain of revisions that keep no other session waiting for long, each proven in both
 * directions.  Returns a list of Generated without diff.  rebuild: the enums that the downgrades
 * recreate, as for schema_diff_in_transaction().  online_chain.c
 * Errors: as autogenerate_chain().
 */
extern List *autogenerate_online(const SchemaSnapshot *live, const Renamed *from,
								 const SchemaSnapshot *to,
								 const SchemaDiff *diff, List *rebuild);

/* Steps of a proof, in a shadow: run a text; raise an error if the schema is not the wanted one. */
extern void autogenerate_run(Shadow *shadow, const char *sql, const char *step);
extern void autogenerate_require(Shadow *shadow, const Managed *managed,
								 const SchemaSnapshot *wanted, const char *step);

/* In a shadow: create a copy of the live schema, prove that it is one, then run the text. */
extern void autogenerate_copy(Shadow *shadow, const SchemaSnapshot *live, const char *sql);

/*
 * In a shadow that holds the schema "to": run the downgrade and the upgrade.  After each, the
 * comparison has to find no difference.
 * Errors: XX000 that names the step which did not lead to the expected schema; a statement's own.
 */
extern void autogenerate_prove_back(Shadow *shadow, const Managed *managed,
									const SchemaSnapshot *from,
									const SchemaSnapshot *to, const Generated *generated);

/*
 * Writes the revision that creates the live schema, proven in both directions.  It starts from an
 * empty schema, or from the objects that the prelude creates.  If prelude is not NULL, live is
 * changed.
 */
extern Generated *autogenerate_baseline(const Managed *managed, SchemaSnapshot *live,
										const char *prelude);

/* The first 20 changes of a diff, one a line, such as "alter column public.users.name". */
extern char *diff_summary(const SchemaDiff *diff);

#endif							/* MIGRATE_AUTOGENERATE_H */
