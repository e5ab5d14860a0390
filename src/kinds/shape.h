/*
 * shape.h
 *		Does an expression that PostgreSQL has printed yield an array?
 */
#ifndef MIGRATE_SHAPE_H
#define MIGRATE_SHAPE_H

#include "postgres.h"

#include "nodes/parsenodes.h"

struct SchemaObject;

/* Where the expression stands. */
typedef struct ShapeScope
{
	const struct SchemaObject *object;
	List	   *queries;		/* Node *, from the innermost outwards */
	List	   *parameters;		/* FunctionParameter * */
} ShapeScope;

/* The name of a type, as format_type() prints it. */
extern TypeName *shape_type(const char *type);

extern bool shape_is_array(const ShapeScope *scope, Node *node);

#endif
