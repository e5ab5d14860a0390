/*
 * autogenerate.h
 *		Generated revisions: both directions from two snapshots, and the proof that they arrive at
 *		the wanted schema.
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
	char	   *downgrade;		/* with comments on what it cannot get back */
} Generated;

/*
 * What leads from one to the other and back, each in one transaction; rebuild: as
 * schema_diff_in_transaction().
 */
extern Generated *autogenerate(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild);

/* The same with renames, which come first in the upgrade and last in the downgrade. */
extern Generated *autogenerate_renamed(const Renamed *from, const SchemaSnapshot *to,
									   List *rebuild);

/*
 * Something that generates revisions, making the enums of the list anew, and proves them.  It may
 * be run several times.
 */
typedef struct Trial
{
	void		(*run) (struct Trial *trial, List *rebuild);
	const SchemaSnapshot *from; /* between these two; NULL until run has set
								 * them */
	const SchemaSnapshot *to;
} Trial;

/*
 * Run a trial.  Where it fails because a revision uses a value that it has added to an enum, those
 * enums are found out of which that is true, and it is run again with these made anew.
 * Errors: as the trial.
 */
extern void autogenerate_try(Trial *trial);

/*
 * The revisions that lead from the live schema, with its renames, to the other, proven in both
 * directions: one, or as autogenerate_online() says.  *generated is what autogenerate_renamed()
 * says; it is replaced where enums have to be made anew, and by one that has only its diff for a
 * chain. Returns a list of Generated.
 * Errors: XX000 that says which step did not lead where it should; a statement's own.
 */
extern List *autogenerate_chain(const SchemaSnapshot *live, const Renamed *from,
								const SchemaSnapshot *to, bool online,
								Generated **generated);

/* The downgrade's text: what cannot be got back as a comment, back, and the renames. */
extern char *autogenerate_downgrade(const SchemaDiff *diff, SchemaDiff *back, const List *renames);

/*
 * The same as a chain of revisions that keep nobody waiting for long, each proven in both
 * directions: a list of Generated without diff.  rebuild: enums that the ways back make anew, as
 * schema_diff_in_transaction() says.  online_chain.c
 * Errors: as autogenerate_chain().
 */
extern List *autogenerate_online(const SchemaSnapshot *live, const Renamed *from,
								 const SchemaSnapshot *to,
								 const SchemaDiff *diff, List *rebuild);

/* Steps of a proof, in a shadow: run a text; demand that nothing is left to be done. */
extern void autogenerate_run(Shadow *shadow, const char *sql, const char *step);
extern void autogenerate_require(Shadow *shadow, const Managed *managed,
								 const SchemaSnapshot *wanted, const char *step);

/* In a shadow: the live schema's structure, proven to be it, and then the text. */
extern void autogenerate_copy(Shadow *shadow, const SchemaSnapshot *live, const char *sql);

/*
 * In a shadow that has reached to: run down and up again; after each the comparison has to find
 * nothing.
 * Errors: XX000 that says which step did not lead where it should; a statement's own.
 */
extern void autogenerate_prove_back(Shadow *shadow, const Managed *managed,
									const SchemaSnapshot *from,
									const SchemaSnapshot *to, const Generated *generated);

/*
 * What makes the live schema out of nothing, or out of what the prelude makes, and the other way
 * round, proven.  With a prelude (which may be NULL) live is changed.
 */
extern Generated *autogenerate_baseline(const Managed *managed, SchemaSnapshot *live,
										const char *prelude);

/*
 * The objects in which a diff finds a difference, a line each ("alter column
 * public.users.name"), the first 20 of them.
 */
extern char *diff_summary(const SchemaDiff *diff);

#endif							/* MIGRATE_AUTOGENERATE_H */
