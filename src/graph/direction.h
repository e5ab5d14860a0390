/*
 * direction.h
 *		The two directions in which a revision runs, as a value.
 *
 * It is an index as well: what a revision has for either direction, its SQL for example, is an
 * array of NDIRECTIONS.
 */
#ifndef MIGRATE_DIRECTION_H
#define MIGRATE_DIRECTION_H

#include "postgres.h"

typedef enum Direction
{
	DIRECTION_UP,				/* an upgrade */
	DIRECTION_DOWN				/* a downgrade */
} Direction;

#define NDIRECTIONS 2

/* "upgrade" or "downgrade": the function's name, and the action in the log. */
static inline const char *
direction_name(Direction direction)
{
	return direction == DIRECTION_UP ? "upgrade" : "downgrade";
}

/* "up" or "down": what the section of a revision file is marked with. */
static inline const char *
direction_mark(Direction direction)
{
	return direction == DIRECTION_UP ? "up" : "down";
}

/* "deploy" or "revert": the procedure of an online run. */
static inline const char *
direction_procedure(Direction direction)
{
	return direction == DIRECTION_UP ? "deploy" : "revert";
}

/* The direction of this name; false if the name is none of a direction. */
static inline bool
direction_find(const char *name, Direction *direction)
{
	*direction = strcmp(name, "upgrade") == 0 ? DIRECTION_UP : DIRECTION_DOWN;
	return strcmp(name, direction_name(*direction)) == 0;
}

#endif							/* MIGRATE_DIRECTION_H */
