/*
 * run_tables.c
 *		Tables that an extension runs: hypertables, distributed tables, sets of partitions.
 */
#include "postgres.h"

#include "diff/run_tables.h"
#include "errors.h"
#include "kinds/kinds.h"
#include "snapshot/extension_rules.h"

#include "miscadmin.h"
#include "utils/builtins.h"

static bool
is_of(const RunTable *table, const List *tables)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		const RunTable *other = lfirst(lc);

		if (strcmp(other->identity, table->identity) == 0 &&
			strcmp(other->extension, table->extension) == 0 &&
			strcmp(other->what, table->what) == 0)
			return true;
	}
	return false;
}

static bool
is_there(const SchemaSnapshot *snapshot, const RunTable *table)
{
	return snapshot_find(snapshot, table->kind, table->identity) != NULL;
}

/* The second has them and the first has not. */
static List *
new_tables(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, to->run_tables)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_of(lfirst(lc), from->run_tables))
			tables = lappend(tables, lfirst(lc));
	}
	return tables;
}

/* The first has them, and in the second there is no such table at all. */
static List *
gone_tables(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, from->run_tables)
	{
		CHECK_FOR_INTERRUPTS();
		if (!((const RunTable *) lfirst(lc))->is_own && !is_there(to, lfirst(lc)))
			tables = lappend(tables, lfirst(lc));
	}
	return tables;
}

/* ------------------------------------------------------------------------ changes */

static SchemaChange *
change_of(const RunTable *table, const List *texts)
{
	SchemaChange *change = palloc0(sizeof(SchemaChange));
	ListCell   *lc;

	change->action = CHANGE_ALTER;
	change->kind = kinds[table->kind];
	change->identity = table->identity;
	change->is_untried = table->is_untried;
	foreach(lc, texts)
	{
		SchemaStatement *statement = palloc0(sizeof(SchemaStatement));

		statement->sql = lfirst(lc);
		change->statements = lappend(change->statements, statement);
	}
	return change;
}

List *
run_tables_made(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *changes = NIL;
	ListCell   *lc;

	foreach(lc, new_tables(from, to))
	{
		const RunTable *table = lfirst(lc);
		char	   *unknown = psprintf("-- %s of extension %s: to be written by hand", table->what,
									   quote_identifier(table->extension));

		changes = lappend(changes, change_of(table, table->made != NIL ? table->made
											 : list_make1(unknown)));
	}
	return changes;
}

List *
run_tables_undone(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *changes = NIL;
	ListCell   *lc;

	/* the last that was made is the first */
	foreach(lc, gone_tables(from, to))
	{
		const RunTable *table = lfirst(lc);

		if (table->undone != NIL)
			changes = lcons(change_of(table, table->undone), changes);
	}
	return changes;
}

/* ------------------------------------------------------------------------- errors */

static void
refuse_unknown(const List *tables)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		const RunTable *table = lfirst(lc);

		if (table->made == NIL)
			ereport(ERROR,
					(errcode(ERRCODE_MG_RUN_BY_EXTENSION),
					 errmsg("%s %s is run by extension \"%s\" in a way that cannot be written as a revision",
							kinds[table->kind]->name, table->identity, table->extension),
					 errdetail("To the extension it is: %s. A revision would make it without that.",
							   table->what),
					 errhint("Leave it alone with migrate.ignore, and write by hand what makes it; or say how in migrate.extension_rules: see docs/engines.md.")));
	}
}

void
run_tables_require_known(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	refuse_unknown(new_tables(from, to));
	refuse_unknown(gone_tables(from, to));
}

void
run_tables_require_tried(const SchemaDiff *diff)
{
	if (schema_diff_has_untried(diff))
		ereport(ERROR,
				(errcode(ERRCODE_MG_RUN_BY_EXTENSION),
				 errmsg("the change of a table that an extension runs cannot be proven here"),
				 errdetail("It is by a rule in migrate.extension_rules, or reaches other servers."),
				 errhint("Write it by hand with migrate.revision(), or as one revision with migrate.migrate().")));
}

void
run_tables_settle(SchemaSnapshot *from, SchemaSnapshot *to)
{
	List	   *made = new_tables(from, to);
	List	   *gone = gone_tables(from, to);

	run_tables_require_known(from, to);
	from->run_kept = list_difference_ptr(from->run_tables, gone);
	from->run_tables = gone;
	to->run_tables = made;
}

void
run_tables_require_kept(const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, changes->from->run_kept)
	{
		const RunTable *table = lfirst(lc);
		const SchemaObject *object = snapshot_find(changes->from, table->kind, table->identity);

		if (object != NULL && change_goes_away(changes->of_old[object->number]))
			ereport(ERROR,
					(errcode(ERRCODE_MG_RUN_BY_EXTENSION),
					 errmsg("%s %s is run by extension \"%s\" and would have to be made anew",
							object->kind->name, object->identity, table->extension),
					 errdetail("To the extension it is: %s. The new one would not be.",
							   table->what),
					 errhint("Write the revision by hand, with migrate.revision(), in the extension's own way.")));
	}
}

void
run_tables_require_names(const SchemaSnapshot *before, const SchemaSnapshot *renamed)
{
	ListCell   *lc;

	foreach(lc, list_concat_copy(before->run_tables, before->run_kept))
	{
		const RunTable *table = lfirst(lc);

		if (is_there(before, table) && !is_there(renamed, table))
			ereport(ERROR,
					(errcode(ERRCODE_MG_RUN_BY_EXTENSION),
					 errmsg("%s %s is run by extension \"%s\" and would get another name",
							kinds[table->kind]->name, table->identity, table->extension),
					 errdetail("To the extension it is: %s. It may know it by its name.",
							   table->what),
					 errhint("Write the revision by hand, with migrate.revision(), in the extension's own way.")));
	}
}

/* ------------------------------------------------------------------------- proofs */

SchemaSnapshot *
run_tables_only(const SchemaSnapshot *snapshot, List *run_tables)
{
	SchemaSnapshot *result = palloc(sizeof(SchemaSnapshot));

	*result = *snapshot;
	result->run_tables = run_tables;
	return result;
}

List *
run_tables_tried(const SchemaSnapshot *snapshot)
{
	List	   *tried = NIL;
	ListCell   *lc;

	foreach(lc, snapshot->run_tables)
	{
		if (!((const RunTable *) lfirst(lc))->is_untried)
			tried = lappend(tried, lfirst(lc));
	}
	return tried;
}
