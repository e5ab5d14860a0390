/*
 * stored_rules.c
 *		Reads what users say that extensions run by themselves: migrate.extension_rules.
 */
#include "postgres.h"

#include "store/store.h"
#include "store/table.h"

#include "utils/builtins.h"

enum
{
	COL_EXTENSION, COL_SAYS, COL_CATALOG, COL_CATALOG_COLUMNS, COL_MADE_BY, COL_MADE_WITH,
	COL_UNDONE_BY, COL_UNDONE_WITH,
	NCOLUMNS
};

static const char *const columns[NCOLUMNS] = {
	"extension", "says", "catalog", "catalog_columns", "made_by", "made_with", "undone_by",
	"undone_with"
};

static char *
read_text(const TableReader *reader, int column)
{
	return reader->nulls[column] ? NULL : TextDatumGetCString(reader->values[column]);
}

static List *
read_texts(const TableReader *reader, int column)
{
	char	  **items;
	int			n = 0;
	List	   *texts = NIL;

	if (!reader->nulls[column])
		store_array_texts(reader->values[column], &items, &n);
	for (int i = 0; i < n; i++)
		texts = lappend(texts, items[i]);
	return texts;
}

static int
compare_rules(const ListCell *a, const ListCell *b)
{
	const StoredRule *one = lfirst(a);
	const StoredRule *other = lfirst(b);
	int			order = strcmp(one->extension, other->extension);

	if (order == 0)
		order = strcmp(one->says, other->says);
	if (order == 0 && one->catalog != NULL && other->catalog != NULL)
		order = strcmp(one->catalog, other->catalog);
	return order;
}

List *
store_extension_rules(void)
{
	TableReader *reader = table_reader_open("extension_rules", columns, NCOLUMNS, false);
	List	   *rules = NIL;

	table_reader_scan(reader, NULL, NULL);
	while (table_reader_next(reader, NULL))
	{
		StoredRule *rule = palloc(sizeof(StoredRule));

		rule->extension = read_text(reader, COL_EXTENSION);
		rule->says = read_text(reader, COL_SAYS);
		rule->catalog = read_text(reader, COL_CATALOG);
		rule->columns = read_texts(reader, COL_CATALOG_COLUMNS);
		rule->made_by = read_text(reader, COL_MADE_BY);
		rule->made_with = read_texts(reader, COL_MADE_WITH);
		rule->undone_by = read_text(reader, COL_UNDONE_BY);
		rule->undone_with = read_texts(reader, COL_UNDONE_WITH);
		rules = lappend(rules, rule);
	}
	table_reader_close(reader);
	list_sort(rules, compare_rules);
	return rules;
}
