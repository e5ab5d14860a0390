/*
 * patterns.h
 *		Lists of names with wildcards, as in the setting migrate.ignore.
 *
 * A pattern without a schema, such as "alembic_version", matches in every schema; "public.tmp_%"
 * and "cron.*" match in one.  * and % stand for any characters, every other character for
 * itself.  As in SQL, names are folded to lower case unless they are in double quotes, where
 * no character is a wildcard.
 */
#ifndef MIGRATE_PATTERNS_H
#define MIGRATE_PATTERNS_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Parse a list, which may be empty, into palloc'd patterns.  Returns false if it is no list. */
extern bool patterns_parse(const char *text, List **patterns);

/* Does a pattern match the name in the schema? */
extern bool patterns_match(const List *patterns, const char *schema, const char *name);

/* Does a pattern match every name in the schema? */
extern bool patterns_match_schema(const List *patterns, const char *schema);

#endif							/* MIGRATE_PATTERNS_H */
