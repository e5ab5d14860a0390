/*
 * moved_rows.c
 *		Moves the rows of a table that has to be recreated: a plain table that becomes partitioned,
 *		or the other way round.
 *
 * The old table is renamed aside, the new one is created with all its partitions, the rows are
 * moved, and the old table is dropped.  sort.c decides what comes before the move and what after
 * it.  The names of indexes and foreign keys are free, since those of the old table are dropped
 * first.
 *
 * The rows of partitions that the new schema does not have are moved into the new table.  A
 * partition that the new schema has, as whatever table, is detached before and keeps its rows.
 * Children by inheritance are treated like partitions.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "utils/builtins.h"

static bool
has_rows_of_ours(const SchemaObject *table)
{
	return !prop_is(table, "kind", "f");
}

/* A link that makes another table a child of this one. */
static bool
is_child_link(const SchemaObject *link, const SchemaObject *table)
{
	return link->kind->link == LINK_OF_TABLES && link->parent != table;
}

List *
table_child_links(const SchemaObject *table)
{
	List	   *links = NIL;
	ListCell   *lc;

	foreach(lc, table->needed_by)
	{
		if (is_child_link(lfirst(lc), table))
			links = lappend(links, lfirst(lc));
	}
	return links;
}

/* Is a partition dropped, so that its rows have to be moved? */
static bool
loses_partition(const SchemaObject *table, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, table_child_links(table))
	{
		if (changes->of_old[((SchemaObject *) lfirst(lc))->parent->number]->fate == FATE_DROP)
			return true;
	}
	return false;
}

bool
table_rows_move(const Change *change, const Changes *changes)
{
	if (change->fate != FATE_REPLACE || !kind_is(change->old, KIND_TABLE) ||
		!has_rows_of_ours(change->old) || !has_rows_of_ours(change->new))
		return false;
	if (prop_is(change->old, "kind", "r"))
		return true;
	/* with the same key, partitions are only detached, or dropped on purpose */
	return prop_differs(change, "partition_key") && loses_partition(change->old, changes);
}

/* The change of the parent that a link names; NULL if the part is no link. */
static const Change *
parent_change(const SchemaObject *link, const Changes *changes)
{
	const SchemaObject *parent = link->kind->link == LINK_OF_TABLES ?
	table_link_parent(link, changes->from) : NULL;

	return parent == NULL ? NULL : changes->of_old[parent->number];
}

bool
table_goes_after_rows(const SchemaObject *table, const Changes *changes)
{
	ListCell   *lc;

	if (changes->of_old[table->number]->fate != FATE_DROP)
		return false;
	foreach(lc, table->parts)
	{
		const Change *parent = parent_change(lfirst(lc), changes);

		if (parent != NULL && (table_rows_move(parent, changes) ||
							   table_goes_after_rows(parent->old, changes)))
			return true;
	}
	return false;
}

/* ------------------------------------------------------------------ writing */

static const char *
aside_name(const SchemaObject *object, const Writer *w)
{
	return quote_identifier(object_aside_name(object, w->from, w->to));
}

static char *
qualified_aside_name(const SchemaObject *object, const Writer *w)
{
	return psprintf("%s.%s", quote_identifier(object->schema), aside_name(object, w));
}

/* The sequence of an identity column of the old schema, or NULL. */
static const SchemaObject *
identity_sequence(const SchemaObject *column, const Writer *w)
{
	return prop(column, "sequence") ? snapshot_find(w->from, KIND_SEQUENCE,
													prop(column, "sequence")) : NULL;
}

/* Forced policies would hide rows from the owner, too: lift them for the move. */
void
table_put_aside(const SchemaObject *table, Writer *w)
{
	ListCell   *lc;

	if (prop_true(table, "force_row_security"))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER TABLE %s NO FORCE ROW LEVEL SECURITY",
			   table->identity);
	if (prop(table, "of_type") != NULL)
		table_leave_type(table, w);
	put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER TABLE %s RENAME TO %s", table->identity,
		   aside_name(table, w));
	foreach(lc, table->parts)
	{
		const SchemaObject *sequence = kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN)
		? identity_sequence(lfirst(lc), w) : NULL;

		if (sequence != NULL)
			put(w, "ALTER SEQUENCE %s RENAME TO %s", sequence->identity, aside_name(sequence, w));
	}
}

/* The sequence of an identity column continues after the old one, or after the rows. */
static void
write_identity(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	const SchemaObject *sequence = old ? identity_sequence(old, w) : NULL;
	const char *name = quote_identifier(new->name);

	if (prop(new, "identity") == NULL)
		return;
	if (sequence != NULL)
		put(w, "SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s"
			" WHERE last_value BETWEEN %s AND %s",
			literal(prop(new, "sequence")), qualified_aside_name(sequence, w), prop(new, "seq_min"),
			prop(new, "seq_max"));
	else if (old != NULL)
		put(w, "SELECT pg_catalog.setval(%s, max(%s)) FROM %s HAVING max(%s) BETWEEN %s AND %s",
			literal(prop(new, "sequence")),
			name, new->parent->identity, name, prop(new, "seq_start"), prop(new, "seq_max"));
}

static const SchemaObject *
old_column(const SchemaObject *column, const Writer *w)
{
	return kind_is(column, KIND_COLUMN) ? snapshot_find(w->from, KIND_COLUMN, column->identity)
		: NULL;
}

/*
 * The values of a column are those of the old column of the same name, converted to the new type.
 */
static void
write_move(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	int			hazards = HAZARD_REWRITE | HAZARD_MAY_FAIL;
	StringInfoData names;
	StringInfoData values;
	ListCell   *lc;

	initStringInfo(&names);
	initStringInfo(&values);
	foreach(lc, new->parts)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *before = old_column(column, w);
		char	   *value;

		if (before == NULL || prop(column, "generated") != NULL)
			continue;
		value = column_conversion(before, column, w, &hazards);
		appendStringInfo(&names, "%s%s", names.len ? ", " : "", quote_identifier(column->name));
		appendStringInfo(&values, "%s%s", values.len ? ", " : "",
						 value ? value : quote_identifier(column->name));
	}
	if (names.len > 0)
		put(w, "INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE\nSELECT %s FROM %s", new->identity,
			names.data, values.data,
			qualified_aside_name(old, w))->hazards = hazards;
	column_conversion_end(w);
}

void
table_move_rows(const Change *change, Writer *w)
{
	const SchemaObject *table = change->new;
	ListCell   *lc;

	write_move(change->old, table, w);
	foreach(lc, table->parts)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
			write_identity(old_column(lfirst(lc), w), lfirst(lc), w);
	}
}

/* Does the new table lack a column of the old one, so that its values are lost? */
static bool
loses_values(const SchemaObject *table, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *after;

		if (!kind_is(column, KIND_COLUMN) || prop(column, "generated") != NULL)
			continue;
		after = snapshot_find(w->to, KIND_COLUMN, column->identity);
		if (after == NULL || prop(after, "generated") != NULL)
			return true;
	}
	return false;
}

/* Policies that are forced on the owner would hide rows from the checks of foreign keys as well. */
void
table_drop_aside(const Change *change, Writer *w)
{
	const SchemaObject *table = change->old;

	if (prop_true(change->new, "force_row_security"))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION,
			   "ALTER TABLE %s FORCE ROW LEVEL SECURITY", table->identity);
	put(w, "DROP TABLE %s", qualified_aside_name(table, w))->hazards =
		loses_values(table, w) ? HAZARD_DATA_LOSS | HAZARD_IRREVERSIBLE : 0;
}
