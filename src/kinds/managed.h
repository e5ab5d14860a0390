/*
 * managed.h
 *		Which schemas are managed, and which objects in them are ignored.
 */
#ifndef MIGRATE_MANAGED_H
#define MIGRATE_MANAGED_H

#include "postgres.h"

#include "nodes/pg_list.h"

typedef struct SchemaSnapshot SchemaSnapshot;

/* The managed schemas, or the whole database. */
typedef struct Managed
{
	bool		whole;			/* and what no schema holds */
	int			nschemas;		/* 0 if whole */
	char	  **schemas;		/* sorted by their bytes, no duplicates */
	const struct Made *made;	/* for a shadow: what a history makes outside
								 * of them; NULL: nothing.  See made.h */
	struct MadeSeen *seen;		/* for a shadow: here it notes what is made;
								 * or NULL */

	/*
	 * Owners that the caller cannot give count as his own, unless they are
	 * wanted exactly as they are; without owners all of them do.
	 */
	bool		exact_owners;
	bool		no_owners;
	bool		no_privileges;	/* grants and default privileges are not
								 * compared */
	bool		secrets;		/* they are compared and written: for one who
								 * is shown the result, which is kept nowhere */
	List	   *ignore;			/* what is left alone: see patterns.h */

	bool		of_extensions;	/* what extensions run by themselves is not:
								 * it is compared and copied like all else */

	/*
	 * Names of what extensions run by themselves in the live schema; NULL:
	 * none.  See extension_rules.h.
	 */
	const struct OwnedNames *owned_names;

	/*
	 * For a shadow: schemas of extensions that make tables there, which are
	 * away as well, and in no snapshot.  List of char *.
	 */
	List	   *also_away;
} Managed;

/*
 * Schemas that are never managed: those of the server, and the extension's own.  As a question, and
 * as a condition of a query.
 */
static inline bool
schema_is_reserved(const char *name)
{
	return strncmp(name, "pg_", 3) == 0 || strcmp(name, "information_schema") == 0 ||
		strcmp(name, "migrate") == 0;
}

#define SCHEMA_IS_NOT_RESERVED(name) \
	name " !~ '^pg_' AND " name " NOT IN ('information_schema', 'migrate')"

/* The name of a schema that a shadow has put away: this, and its OID. */
#define HIDDEN_PREFIX "migrate hidden "

#endif							/* MIGRATE_MANAGED_H */
