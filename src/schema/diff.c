/*
 * diff.c
 *		What turns one schema into another: changes, as rows or as a script.
 */
#include "postgres.h"

#include "schema/changes.h"
#include "schema/renames.h"

#include "miscadmin.h"

/*
 * Columns are compared by name.  Where the order of those that both have would
 * still differ, or a new one is to stand between them, a person may want to know.
 */
static char *
column_order(const Change *change)
{
	bool		is_table = kind_is(change->old, KIND_TABLE);
	ObjectKind	kind = is_table ? KIND_COLUMN : KIND_ATTRIBUTE;
	int			last = 0;
	ListCell   *lc;
	ListCell   *lc2;
	bool		added = false;

	if (change->new == NULL || change->fate == FATE_REPLACE)
		return NULL;
	foreach(lc, change->new->parts)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *old = NULL;

		if (!kind_is(column, kind))
			continue;
		foreach(lc2, change->old->parts)
		{
			const SchemaObject *candidate = lfirst(lc2);

			if (kind_is(candidate, kind) && strcmp(candidate->name, column->name) == 0)
				old = candidate;
		}
		if (old == NULL)
			added = true;
		else if (old->subid < last || added)
			return psprintf("%s %s keeps the order of its %s, which is another from \"%s\" on in the schema wanted",
							is_table ? "table" : "type", change->old->identity, is_table ? "columns" : "attributes", column->name);
		else
			last = old->subid;
	}
	return NULL;
}

static SchemaDiff *
find_diff(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild)
{
	SchemaDiff *diff = palloc0(sizeof(SchemaDiff));
	Changes    *changes = changes_find(from, to, rebuild);

	diff->changes = changes_order(changes, &diff->notices);
	for (int i = 0; i < from->nobjects; i++)
	{
		char	   *notice;

		CHECK_FOR_INTERRUPTS();
		if ((kind_is(from->objects[i], KIND_TABLE) || kind_is(from->objects[i], KIND_COMPOSITE)) &&
			(notice = column_order(changes->of_old[i])) != NULL)
			diff->notices = lappend(diff->notices, notice);
	}
	diff->notices = list_concat(diff->notices, rename_guesses(from, to));
	return diff;
}

SchemaDiff *
schema_diff(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	return find_diff(from, to, NIL);
}

/* The literal that the statement adds to an enum, or NULL. */
static char *
added_value(const SchemaStatement *statement)
{
	const char *value = strstr(statement->sql, " ADD VALUE '");
	const char *end;

	if (value == NULL)
		return NULL;
	value += strlen(" ADD VALUE ");
	for (end = value + 1; *end != '\'' || end[1] == '\''; end++)
		if (*end == '\'')
			end++;
	return pnstrdup(value, end + 1 - value);
}

/* Is the value in any statement of another change? */
static bool
is_used(const SchemaDiff *diff, const SchemaChange *except, const char *value)
{
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (change != except)
			foreach(lc2, change->statements)
				if (strstr(((SchemaStatement *) lfirst(lc2))->sql, value) != NULL)
				return true;
	}
	return false;
}

SchemaDiff *
schema_diff_in_transaction(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	SchemaDiff *diff = find_diff(from, to, NIL);
	List	   *rebuild = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		if (strcmp(change->object_type, kinds[KIND_ENUM]->name) != 0 || strcmp(change->action, "alter") != 0)
			continue;
		foreach(lc2, change->statements)
		{
			char	   *value = added_value(lfirst(lc2));

			CHECK_FOR_INTERRUPTS();
			if (value != NULL && is_used(diff, change, value))
			{
				rebuild = lappend(rebuild, unconstify(char *, change->identity));
				break;
			}
		}
	}
	return rebuild == NIL ? diff : find_diff(from, to, rebuild);
}

char *
schema_change_sql(const SchemaChange *change)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, change->statements)
		appendStringInfo(&buf, "%s%s;", buf.len ? "\n" : "", ((SchemaStatement *) lfirst(lc))->sql);
	return buf.data;
}

char *
schema_diff_sql(const SchemaDiff *diff)
{
	StringInfoData buf;
	bool		has_routine = false;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, diff->changes)
	{
		const SchemaChange *change = lfirst(lc);

		has_routine |= strcmp(change->action, "drop") != 0 && strcmp(change->object_type, "function") == 0;
	}
	/* a body may name what comes later */
	if (has_routine)
		appendStringInfoString(&buf, "SET check_function_bodies = false;\n\n");
	foreach(lc, diff->changes)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&buf, "%s\n\n", schema_change_sql(lfirst(lc)));
	}
	if (has_routine)
		appendStringInfoString(&buf, "RESET check_function_bodies;\n");
	while (buf.len > 0 && buf.data[buf.len - 1] == '\n' && (buf.len == 1 || buf.data[buf.len - 2] == '\n'))
		buf.data[--buf.len] = '\0';
	return buf.data;
}
