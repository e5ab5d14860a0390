/*
 * rows_in_way.h
 *		How many rows are in the way of a statement?
 *
 * Memory: in the current context.
 */
#ifndef MIGRATE_ROWS_IN_WAY_H
#define MIGRATE_ROWS_IN_WAY_H

#include "postgres.h"

#include "kinds/statement.h"

/* "3 rows are in the way: name is null"; NULL if there are none, or they are not cheap to count. */
extern char *rows_in_way_told(const RowsInWay *rows);

#endif							/* MIGRATE_ROWS_IN_WAY_H */
