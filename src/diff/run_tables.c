/*
 * run_tables.c
 *		Tables that an extension runs: hypertables, distributed tables, sets of partitions.
 *
 * They are compared as the tables that they are.  What makes a table such a one is a call of the
 * extension's, which a model may leave out and a revision may not: so it is written where only the
 * schema wanted has it, and never taken back.
 */
#include "postgres.h"

#include "diff/run_tables.h"
#include "kinds/kinds.h"
#include "snapshot/extension_rules.h"

#include "miscadmin.h"

static bool
is_run(const SchemaSnapshot *snapshot, const RunTable *table)
{
	ListCell   *lc;

	foreach(lc, snapshot->run_tables)
	{
		const RunTable *other = lfirst(lc);

		if (strcmp(other->identity, table->identity) == 0 && strcmp(other->extension, table->extension) == 0)
			return true;
	}
	return false;
}

static SchemaChange *
make_run(const RunTable *table)
{
	SchemaChange *change = palloc0(sizeof(SchemaChange));
	SchemaStatement *statement = palloc0(sizeof(SchemaStatement));

	statement->sql = table->sql != NULL ? pstrdup(table->sql) :
		psprintf("-- extension %s runs this table: what makes it such a one is to be written by hand", quote_identifier(table->extension));
	change->action = "alter";
	change->object_type = "table";
	change->identity = table->identity;
	change->statements = list_make1(statement);
	return change;
}

List *
run_tables_new(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *tables = NIL;
	ListCell   *lc;

	foreach(lc, to->run_tables)
	{
		CHECK_FOR_INTERRUPTS();
		if (!is_run(from, lfirst(lc)))
			tables = lappend(tables, lfirst(lc));
	}
	return tables;
}

List *
run_tables_changes(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	List	   *changes = NIL;
	ListCell   *lc;

	foreach(lc, run_tables_new(from, to))
		changes = lappend(changes, make_run(lfirst(lc)));
	return changes;
}

void
run_tables_require(const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	ListCell   *lc;

	foreach(lc, run_tables_new(from, to))
	{
		const RunTable *table = lfirst(lc);

		if (table->sql == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("%s is run by extension \"%s\", and cannot be written as a revision", table->identity, table->extension),
					 errdetail("What a revision makes would not be what it is in the database."),
					 errhint("Leave it alone with migrate.ignore, and write by hand what makes it; or say how in migrate.extension_rules.")));
	}
}
