/*
 * column_identity.c
 *		Columns GENERATED ... AS IDENTITY, and the sequence that each of them has.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/columns.h"

static const char *
identity_word(const SchemaObject *column)
{
	return prop_is(column, "identity", "a") ? "ALWAYS" : "BY DEFAULT";
}

/* GENERATED ... AS IDENTITY (...) */
char *
column_identity_clause(const SchemaObject *column)
{
	return psprintf("GENERATED %s AS IDENTITY (%s)", identity_word(column),
					psprintf("SEQUENCE NAME %s%s", prop(column, "sequence"),
							 sequence_clauses(NULL, column, "seq_")));
}

/*
 * LIKE ... INCLUDING IDENTITY makes a sequence of bigint for any column, within the bounds of the
 * other's.
 */
static bool
has_sequence_of_other_type(const SchemaObject *column)
{
	return prop(column, "identity") != NULL &&
		texts_differ(prop(column, "seq_type"), prop(column, "type"));
}

/* The properties of an identity column's sequence for which IDENTITY has no clause. */
void
column_write_sequence_type(const SchemaObject *column, Writer *w)
{
	if (has_sequence_of_other_type(column))
		put(w, "ALTER SEQUENCE %s AS %s MINVALUE %s MAXVALUE %s", prop(column, "sequence"),
			prop(column, "seq_type"),
			prop(column, "seq_min"), prop(column, "seq_max"));
}

void
column_write_identity(const Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const char *alter = psprintf("ALTER TABLE %s ALTER COLUMN %s", new->parent->identity,
								 quote_identifier(new->name));
	char	   *clauses;

	if (prop(new, "identity") == NULL)
		return;
	if (prop(old, "identity") == NULL)
	{
		put_on(w, new->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s ADD %s", alter,
			   column_identity_clause(new))->kind = STATEMENT_IDENTITY;
		column_write_sequence_type(new, w);
		sequence_move_behind_values(new, new, "seq_", prop(new, "sequence"), w);
		return;
	}
	if (prop_differs(change, "sequence"))
		put(w, "ALTER SEQUENCE %s RENAME TO %s", prop(old, "sequence"),
			name_part(prop(new, "sequence")));
	clauses = sequence_clauses(old, new, "seq_");
	if (prop_differs(change, "identity"))
		put_on(w, new->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET GENERATED %s", alter,
			   identity_word(new));
	if (*clauses != '\0')
	{
		sequence_move_into_bounds(old, new, "seq_", prop(new, "sequence"), w);
		put(w, "ALTER SEQUENCE %s%s%s", prop(new, "sequence"),
			has_sequence_of_other_type(old) || has_sequence_of_other_type(new) ?
			psprintf(" AS %s", prop(new, "seq_type")) : "", clauses);
	}
}

static int
integer_size(const char *type)
{
	return strcmp(type, "smallint") == 0 ? 2 : strcmp(type, "integer") == 0 ? 4 : 8;
}

/* Is the new type of an identity column too small for the bounds of its sequence? */
bool
column_narrows_sequence(const Change *change)
{
	return prop(change->old, "identity") != NULL && prop(change->new, "identity") != NULL &&
		integer_size(prop(change->new, "seq_type")) < integer_size(prop(change->old, "seq_type"));
}

bool
column_loses_identity(const Change *change)
{
	return prop(change->old, "identity") != NULL && prop(change->new, "identity") == NULL;
}
