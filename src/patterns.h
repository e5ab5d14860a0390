/*
 * patterns.h
 *		Lists of names with wildcards, as in the setting migrate.ignore.
 *
 * "alembic_version" is of any schema, "public.tmp_%" and "cron.*" of one.  * and % stand for
 * any characters, everything else for itself.  Names are SQL's: folded to lower case
 * unless they are in double quotes, where nothing is a wildcard.
 */
#ifndef MIGRATE_PATTERNS_H
#define MIGRATE_PATTERNS_H

#include "postgres.h"

#include "nodes/pg_list.h"

/* Returns false if the text is no such list; an empty one is. */
extern bool patterns_parse(const char *text, List **patterns);

/* Does one of them match the name in the schema?  All that is in the schema? */
extern bool patterns_match(const List *patterns, const char *schema, const char *name);
extern bool patterns_match_schema(const List *patterns, const char *schema);

#endif							/* MIGRATE_PATTERNS_H */
