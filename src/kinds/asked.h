/*
 * asked.h
 *		What the kinds and the comparison ask the server at the moment.
 *
 * All else that they know is in the snapshots; these are the questions that a query
 * of the catalogs cannot answer.  Results are allocated in the current memory context.
 */
#ifndef MIGRATE_ASKED_H
#define MIGRATE_ASKED_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "nodes/primnodes.h"

/* Has the database a relation of this name?  Names are unquoted. */
extern bool asked_has_relation(const char *schema, const char *name);

/*
 * " (about 1200000 rows, 96 MB)", as VACUUM and ANALYZE have found it, of a quoted "schema.name";
 * empty for a small table, and for what is none.
 */
extern char *asked_table_size(const char *table);

/* Is there a cast from one type to the other in such a context? */
extern bool asked_casts(Oid from, Oid to, CoercionContext context);

/*
 * Is something left of the cast once the planner has simplified it, so that ALTER COLUMN ... TYPE
 * writes the table anew?  by_text: the cast goes by way of text.
 */
extern bool asked_cast_rewrites(Oid from, int32 from_typmod, Oid to, int32 to_typmod, bool by_text);

/*
 * The same for any expression of the column.  The planner runs immutable functions of constants:
 * see to it that there are none but the server's own.
 */
extern bool asked_conversion_rewrites(Node *conversion, AttrNumber column);

/* Does an expression, a tree as text, call anything volatile? */
extern bool asked_is_volatile(const char *tree);

/*
 * The definition of a function whose body has been parsed and that has an argument without a name:
 * with numbers for the names.  NULL: as it is.
 */
extern char *asked_numbered_definition(Oid function, const char *definition);

/*
 * What a function takes and returns, a letter each: its result, and then its arguments.  Behind
 * that the OIDs of the arguments' types, if they are the server's own.
 */
#define SHAPE_ARRAY 'a'
#define SHAPE_SCALAR 's'
#define SHAPE_ANY 'e'			/* polymorphic: either, and all of them the
								 * same */
#define SHAPE_MORE '+'			/* at the end: VARIADIC */

/* For property "_shape" of functions, aggregates and operators; NULL if it is gone. */
extern char *asked_shape_of_function(Oid function);
extern char *asked_shape_of_operator(Oid operator);

/* Those of all functions, or all operators, of a name: a list of char *. */
extern List *asked_shapes(bool is_operator, const char *schema, const char *name);

/* The type of this name, and its modifier unless typmod is NULL; InvalidOid if there is none. */
extern Oid	asked_type(const TypeName *name, int32 *typmod);

/*
 * The function of a trigger, and whether the server or an extension has made the trigger for
 * itself, unless is_internal is NULL; InvalidOid and false if there is no such trigger.
 */
extern Oid	asked_trigger_function(Oid trigger, bool *is_internal);

/* A type that means the same everywhere, and has one form only; otherwise InvalidOid. */
extern Oid	asked_own_type(Oid type);

#endif							/* MIGRATE_ASKED_H */
