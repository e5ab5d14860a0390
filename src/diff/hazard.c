/*
 * hazard.c
 *		What a change may do to those who use the database, in words.
 *
 * How much a lock or a rewrite matters depends on the table: its size and rows, as
 * the catalog estimates them, are said with it.
 */
#include "postgres.h"

#include "diff/diff.h"
#include "kinds/asked.h"

static const struct
{
	Hazard		hazard;
	const char *word;
}			words[] = {
	{HAZARD_DATA_LOSS, "data loss"},
	{HAZARD_REWRITE, "table rewrite"},
	{HAZARD_SCAN, "full scan"},
	{HAZARD_INDEX_BUILD, "index build"},
	{HAZARD_MAY_FAIL, "depends on data"},
	{HAZARD_IRREVERSIBLE, "not reversible"},
	{HAZARD_OWN_TRANSACTION, "own transaction"},
	{HAZARD_AUTHORIZATION, "authorization"},
	{HAZARD_SECRET, "secret left out"}
};

static List *
add_lock(List *hazards, const char *mode, const char *table)
{
	char	   *text = psprintf("lock: %s on %s%s", mode, table, asked_table_size(table));

	return has_text(hazards, text) ? hazards : lappend(hazards, text);
}

int
schema_change_hazard_bits(const SchemaChange *change)
{
	int			hazards = 0;
	ListCell   *lc;

	foreach(lc, change->statements)
	{
		hazards |= ((SchemaStatement *) lfirst(lc))->hazards;
	}
	return hazards;
}

List *
schema_change_hazards(const SchemaChange *change)
{
	List	   *result = NIL;
	int			all = schema_change_hazard_bits(change);
	ListCell   *lc;
	ListCell   *other;

	for (int i = 0; i < lengthof(words); i++)
		if (all & words[i].hazard)
			result = lappend(result, pstrdup(words[i].word));
	foreach(lc, change->statements)
	{
		const SchemaStatement *statement = lfirst(lc);

		if (statement->lock != NULL)
			result = add_lock(result, statement->lock, statement->table);
		foreach(other, statement->other_locks)
		{
			const TableLock *lock = lfirst(other);

			result = add_lock(result, lock->mode, lock->table);
		}
	}
	foreach(lc, change->obstacles)
	{
		const Obstacle *obstacle = lfirst(lc);

		result = lappend(result, psprintf("%s: %s",
										  obstacle->is_refused ? "in the way"
										  : "takes along", obstacle->what));
	}
	return result;
}
