/*
 * hazard.c
 *		What a change may do to those who use the database, in words.
 *
 * How much a lock or a rewrite matters depends on the table: its size and rows, as
 * the catalog estimates them, are said with it.
 */
#include "postgres.h"

#include "schema/schema.h"

#include "catalog/namespace.h"
#include "utils/builtins.h"

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
	{HAZARD_AUTHORIZATION, "authorization"}
};

List *
schema_change_hazards(const SchemaChange *change)
{
	List	   *result = NIL;
	int			all = 0;
	ListCell   *lc;

	foreach(lc, change->statements)
		all |= ((SchemaStatement *) lfirst(lc))->hazards;
	for (int i = 0; i < lengthof(words); i++)
		if (all & words[i].hazard)
			result = lappend(result, pstrdup(words[i].word));
	foreach(lc, change->statements)
	{
		const SchemaStatement *statement = lfirst(lc);

		if (statement->lock != NULL)
		{
			char	   *text = psprintf("lock: %s on %s", statement->lock, statement->table);
			bool		seen = false;
			ListCell   *other;

			foreach(other, result)
				seen |= strcmp(lfirst(other), text) == 0;
			if (!seen)
				result = lappend(result, text);
		}
	}
	return result;
}
