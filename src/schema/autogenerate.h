/*
 * autogenerate.h
 *		Revisions that nobody has written: both directions from two snapshots, and
 *		the proof that they lead where they should.
 *
 * Memory: as schema.h says.
 */
#ifndef MIGRATE_SCHEMA_AUTOGENERATE_H
#define MIGRATE_SCHEMA_AUTOGENERATE_H

#include "schema/renames.h"

typedef struct Generated
{
	SchemaDiff *diff;			/* the upgrade's changes */
	char	   *upgrade;
	char	   *downgrade;		/* with comments on what it cannot get back */
} Generated;

/* What leads from one to the other and back, each in one transaction. */
extern Generated *autogenerate(const SchemaSnapshot *from, const SchemaSnapshot *to);

/* The same where the renames come first, and in the downgrade last. */
extern Generated *autogenerate_renamed(const Renamed *from, const SchemaSnapshot *to);

/* The downgrade's text: what cannot be got back as a comment, back, and the renames. */
extern char *autogenerate_downgrade(const SchemaDiff *diff, SchemaDiff *back, const List *renames);

/*
 * The same as a chain of revisions that keep nobody waiting for long, each proven in both
 * directions: a list of Generated without diff.  online.c
 * Errors: as autogenerate_prove().
 */
extern List *autogenerate_online(const SchemaSnapshot *live, const Renamed *from, const SchemaSnapshot *to,
								 const SchemaDiff *diff);

/* Steps of a proof, in a shadow: run a text; demand that nothing is left to be done. */
extern void autogenerate_run(Shadow *shadow, const char *sql, const char *step);
extern void autogenerate_require(Shadow *shadow, const Managed *managed, const SchemaSnapshot *wanted, const char *step);

/* In a shadow: the live schema's structure, proven to be it, and then the text. */
extern void autogenerate_copy(Shadow *shadow, const SchemaSnapshot *live, const char *sql);

/*
 * Run it in a shadow: from's structure, the upgrade, the downgrade; after each the comparison has to find nothing.
 * Errors: XX000 that says which step did not lead where it should; a statement's own.
 */
extern void autogenerate_prove(const Managed *managed, const SchemaSnapshot *from, const SchemaSnapshot *to,
							   const Generated *generated);

/*
 * The same where a shadow has reached to already: down and up again.
 */
extern void autogenerate_prove_back(Shadow *shadow, const Managed *managed, const SchemaSnapshot *from,
									const SchemaSnapshot *to, const Generated *generated);

/*
 * What makes the live schema out of nothing, and the other way round, proven.
 */
extern Generated *autogenerate_baseline(const Managed *managed, const SchemaSnapshot *live);

/*
 * The objects in which a diff finds a difference, a line each ("alter column
 * public.users.name"), the first 20 of them.
 */
extern char *diff_summary(const SchemaDiff *diff);

#endif							/* MIGRATE_SCHEMA_AUTOGENERATE_H */
