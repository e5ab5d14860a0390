/*
 * diff.c
 *		Compares two schemas: the changes from one to the other, as rows or as a script.
 */
#include "postgres.h"

#include "diff/run_tables.h"
#include "diff/steps.h"
#include "kinds/kinds.h"
#include "settings.h"
#include "snapshot/dependents.h"
#include "race.h"

#include "miscadmin.h"

/*
 * Columns are compared by name, and ALTER TABLE cannot move a column.  Returns a notice if the
 * order of columns will differ from the one that is wanted; or NULL.
 */
static char *
column_order(const Change *change)
{
	bool		is_table = kind_is(change->old, KIND_TABLE);
	int			last = 0;
	ListCell   *lc;
	ListCell   *lc2;
	bool		added = false;

	if (change->new == NULL || change->fate == FATE_REPLACE || change->new->presupposed)
		return NULL;
	foreach(lc, change->new->parts)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *old = NULL;

		if (column->kind->field != FIELD_OF_ROW)
			continue;
		foreach(lc2, change->old->parts)
		{
			const SchemaObject *candidate = lfirst(lc2);

			if (candidate->kind->field == FIELD_OF_ROW &&
				strcmp(candidate->name, column->name) == 0)
				old = candidate;
		}
		if (old == NULL)
			added = true;
		else if (old->subid < last || added)
			return psprintf("%s %s keeps the order of its %s, which is another from \"%s\" on in the schema wanted",
							is_table ? "table" : "type", change->old->identity, is_table ? "columns"
							: "attributes", column->name);
		else
			last = old->subid;
	}
	return NULL;
}

/* A notice for each invalid index. */
static List *
invalid_indexes(const Changes *changes)
{
	List	   *notices = NIL;
	ListCell   *lc;

	foreach(lc, changes->all)
	{
		const Change *change = lfirst(lc);
		char	   *notice = index_notice(change);

		CHECK_FOR_INTERRUPTS();
		if (notice != NULL)
			notices = lappend(notices, notice);
	}
	return notices;
}

typedef struct FindArgs
{
	const SchemaSnapshot *from;
	const SchemaSnapshot *to;
	List	   *rebuild;
	SchemaDiff *diff;
} FindArgs;

static void
find(void *arg)
{
	FindArgs   *args = arg;
	const SchemaSnapshot *from = args->from;
	SchemaDiff *diff = palloc0(sizeof(SchemaDiff));
	Changes    *changes = changes_find(from, args->to, args->rebuild);

	diff->refused = dependents_judge(changes);
	run_tables_require_kept(changes);
	diff->changes = list_concat(run_tables_undone(from, args->to),
								changes_order(changes, &diff->notices));
	diff->changes = list_concat(diff->changes, run_tables_made(from, args->to));
	for (int i = 0; i < from->nobjects; i++)
	{
		char	   *notice = column_order(changes->of_old[i]);

		CHECK_FOR_INTERRUPTS();
		if (notice != NULL)
			diff->notices = lappend(diff->notices, notice);
	}
	diff->notices = list_concat(diff->notices, invalid_indexes(changes));
	diff->notices = list_concat(diff->notices, rename_guesses(from, args->to));
	args->diff = diff;
}

/*
 * Has another session changed objects of the snapshot?  In a shadow it can only change what the
 * shadow's objects use.
 */
static bool
is_outdated(const SchemaSnapshot *snapshot)
{
	return snapshot->is_live ? snapshot_is_outdated(snapshot) : !snapshot_outside_is_same(snapshot);
}

/*
 * The comparison reads catalogs, too, for types and casts: another session may drop one meanwhile.
 */
static SchemaDiff *
find_diff(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild)
{
	FindArgs	args = {.from = from,.to = to,.rebuild = rebuild};
	ErrorData  *error = race_try(find, &args);

	if (error == NULL)
		return args.diff;
	if (race_is_internal(error) && (is_outdated(from) || is_outdated(to)))
		race_raise(error);
	ReThrowError(error);
	return NULL;
}

SchemaDiff *
schema_diff(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	return find_diff(from, to, NIL);
}

SchemaDiff *
schema_diff_in_transaction(const SchemaSnapshot *from, const SchemaSnapshot *to, List *rebuild)
{
	if (enums_that_grow(from, to) != NIL)
		rebuild = list_concat_copy(rebuild, enums_used_by_bodies(changes_find(from, to, NIL)));
	return find_diff(from, to, rebuild);
}

const char *
schema_change_action(const SchemaChange *change)
{
	static const char *const words[] = {
		[CHANGE_CREATE] =
		"create",[CHANGE_ALTER] = "alter",[CHANGE_DROP] = "drop",[CHANGE_RENAME] = "rename"
	};

	return words[change->action];
}

bool
schema_change_writes_function(const SchemaChange *change)
{
	return change->action != CHANGE_DROP && change->kind->has_body;
}

char *
schema_change_sql(const SchemaChange *change)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, change->statements)
	{
		appendStringInfo(&buf, "%s%s;", buf.len ? "\n" : "", ((SchemaStatement *) lfirst(lc))->sql);
	}
	return buf.data;
}

bool
schema_diff_has_untried(const SchemaDiff *diff)
{
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		if (((const SchemaChange *) lfirst(lc))->is_untried)
			return true;
	}
	return false;
}

char *
schema_diff_tried_sql(const SchemaDiff *diff)
{
	SchemaDiff	tried = {.changes = NIL};
	ListCell   *lc;

	foreach(lc, diff->changes)
	{
		if (!((const SchemaChange *) lfirst(lc))->is_untried)
			tried.changes = lappend(tried.changes, lfirst(lc));
	}
	return schema_diff_sql(&tried);
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

		has_routine |= schema_change_writes_function(change);
	}
	if (diff->changes != NIL)
		appendStringInfoString(&buf, settings_open_script(has_routine));
	foreach(lc, diff->changes)
	{
		CHECK_FOR_INTERRUPTS();
		appendStringInfo(&buf, "%s\n\n", schema_change_sql(lfirst(lc)));
	}
	if (diff->changes != NIL)
		appendStringInfoString(&buf, settings_close_script(has_routine));
	while (buf.len > 0 && buf.data[buf.len - 1] == '\n' &&
		   (buf.len == 1 || buf.data[buf.len - 2] == '\n'))
		buf.data[--buf.len] = '\0';
	return buf.data;
}
