/*
 * header_values.h
 *		Values of a revision's header that are times, for file.c.
 *
 * place: where the value stands, in words, for the message.
 */
#ifndef MIGRATE_HEADER_VALUES_H
#define MIGRATE_HEADER_VALUES_H

#include "postgres.h"

#include "datatype/timestamp.h"

/* Returns the value of "Create Date:".  Raises MG019 for one that is no date. */
extern TimestampTz header_date(const char *value, const char *place);

/*
 * Returns the value of "Contract:" as it is, or NULL if it is empty.  Raises MG019 for one that is
 * no interval longer than nothing.
 */
extern const char *header_contract(const char *value, const char *place);

#endif							/* MIGRATE_HEADER_VALUES_H */
