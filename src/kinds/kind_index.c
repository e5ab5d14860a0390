/*
 * kind_index.c
 *		Indexes that belong to no constraint, and the links between indexes of partitions.
 *
 * pg_get_indexdef() prints everything but the tablespace and what ALTER sets.  For a partitioned
 * table it prints ON ONLY: the indexes of the partitions are separate objects with their own names,
 * and are attached.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/keywords.h"
#include "miscadmin.h"
#include "parser/scanner.h"
#include "utils/builtins.h"

/*
 * Where a clause of a definition begins, with the blank before it: its word outside of
 * all parentheses, names and literals.  NULL if there is none.
 */
static const char *
find_clause(const char *definition, const char *word)
{
	core_yy_extra_type extra;
	core_yyscan_t scanner = scanner_init(definition, &extra, &ScanKeywords, ScanKeywordTokens);
	core_YYSTYPE value;
	YYLTYPE		location;
	const char *found = NULL;
	int			depth = 0;

	compat_scan_standard(&extra, true);
	while (found == NULL && core_yylex(&value, &location, scanner) != 0)
	{
		const char *token = definition + location;

		if (*token == '(')
			depth++;
		else if (*token == ')')
			depth--;
		else if (depth == 0 && strncmp(token, word, strlen(word)) == 0)
			found = token - 1;
	}
	scanner_finish(scanner);
	return found;
}

/* The definition without its WITH clause, which has a property of its own. */
static char *
bare_definition(const SchemaObject *index)
{
	const char *definition = prop(index, "definition");
	const char *with;
	const char *where;

	if (prop(index, "options") == NULL)
		return pstrdup(definition);
	with = find_clause(definition, "WITH (");
	where = find_clause(definition, "WHERE ");
	return psprintf("%.*s%s", (int) (with ? with - definition : strlen(definition)), definition,
					where ? where : "");
}

/* The next of "2:100 3:500", which may be NULL; false if there is none. */
static bool
next_target(const char **targets, int *column, int *target)
{
	char	   *end;

	if (*targets == NULL || **targets == '\0')
		return false;
	*column = strtol(*targets, &end, 10);
	*target = strtol(end + 1, &end, 10);
	*targets = *end == ' ' ? end + 1 : end;
	return true;
}

static void
write_statistics(const char *old, const SchemaObject *index, Writer *w)
{
	const char *new = prop(index, "statistics");
	const char *p = old;
	int			column;
	int			target;

	while (next_target(&p, &column, &target))
		if (new == NULL || strstr(psprintf(" %s", new), psprintf(" %d:", column)) == NULL)
			put(w, "ALTER INDEX %s ALTER COLUMN %d SET STATISTICS -1", index->identity, column);
	p = new;
	while (next_target(&p, &column, &target))
		if (old == NULL || strstr(psprintf(" %s ", old),
								  psprintf(" %d:%d ", column, target)) == NULL)
			put(w, "ALTER INDEX %s ALTER COLUMN %d SET STATISTICS %d", index->identity, column,
				target);
}

static void
write_index_settings(const SchemaObject *old, const SchemaObject *index, Writer *w)
{
	const SchemaObject *table = index->parent;
	const char *name = quote_identifier(index->name);

	if (prop_true(index, "clustered") && !(old && prop_true(old, "clustered")))
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "ALTER %s %s CLUSTER ON %s",
			   table->kind->keyword, table->identity, name);
	if (old && prop_true(old, "clustered") && !prop_true(index, "clustered"))
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "ALTER %s %s SET WITHOUT CLUSTER",
			   table->kind->keyword, table->identity);
	if (prop_true(index, "is_identity") && !(old && prop_true(old, "is_identity")))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0,
			   "ALTER TABLE ONLY %s REPLICA IDENTITY USING INDEX %s", table->identity, name);
	write_statistics(old ? prop(old, "statistics") : NULL, index, w);
}

/*
 * Partitions that an extension makes by itself are no objects here, so nothing is attached: they
 * get the index with their parent.
 */
static const char *
definition_with_children(const SchemaObject *index)
{
	const char *definition = prop(index, "definition");
	const char *only = find_clause(definition, "ONLY ");

	return only == NULL ? definition
		: psprintf("%.*s%s", (int) (only - definition), definition, only + strlen(" ONLY"));
}

static void
create_index(const Change *change, Writer *w)
{
	const SchemaObject *index = change->new;
	const char *tablespace = prop(index, "tablespace");
	const char *definition = has_run_children(w, index->parent) ? definition_with_children(index)
	: prop(index, "definition");
	const char *where = tablespace != NULL ? find_clause(definition, "WHERE ") : NULL;
	SchemaStatement *statement = put_on(w, index->parent, LOCK_SHARE, HAZARD_INDEX_BUILD,
										"%.*s%s%s%s",
										(int) (where ? where - definition : strlen(definition)),
										definition,
										tablespace ? " TABLESPACE " : "", tablespace
										? quote_identifier(tablespace) : "", where ? where : "");

	statement->kind = STATEMENT_INDEX;
	statement->concurrently = strlen(prop_true(index, "_unique") ? "CREATE UNIQUE INDEX"
									 : "CREATE INDEX");
	if (prop_true(index, "_unique"))
	{
		statement->hazards |= HAZARD_MAY_FAIL;
		rows_against(statement, index, statement->sql, w);
	}
	write_index_settings(NULL, index, w);
}

bool
index_goes_with_parent(const SchemaObject *index, const Writer *w)
{
	ListCell   *lc;
	ListCell   *need;

	if (!table_stays_partition(index->parent, w->changes))
		return false;			/* it was detached before */
	foreach(lc, index->parts)
	{
		const SchemaObject *link = lfirst(lc);

		if (kind_is(link, KIND_INDEX_PARTITION))
		{
			foreach(need, link->needs)
			{
				const SchemaObject *other = lfirst(need);

				if (other != index && (kind_is(other, KIND_INDEX) ||
									   kind_is(other, KIND_CONSTRAINT)) && object_goes(w, other))
					return true;
			}
		}
	}
	return false;
}

/* Is it an index or key of the partitioned table that the link is about? */
static bool
is_of_parent(const SchemaObject *index, const SchemaObject *link)
{
	return (kind_is(index, KIND_INDEX) || (kind_is(index, KIND_CONSTRAINT) &&
										   prop(index, "_index") != NULL)) &&
		kind_is(link, KIND_PARTITION) && index->parent != link->parent &&
		object_needs(link, index->parent);
}

/* The index or key of the link's partition that is attached to this index, or NULL. */
static const SchemaObject *
attached_of(const SchemaObject *index, const SchemaObject *link)
{
	ListCell   *lc;

	foreach(lc, index->needed_by)
	{
		const SchemaObject *attached = lfirst(lc);

		if (kind_is(attached, KIND_INDEX_PARTITION) && attached->parent != index &&
			attached->parent->parent == link->parent)
			return attached->parent;
	}
	return NULL;
}

bool
index_relation_is_plain(const char *relation, const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	const SchemaObject *before = snapshot_find_rows(from, relation);
	const SchemaObject *after = to != NULL ? snapshot_find(to, KIND_TABLE, relation) : NULL;

	if (before == NULL || kind_is(before, KIND_MATVIEW))
		return before != NULL;
	return prop_is(before, "kind", "r") && (after == NULL || prop_is(after, "kind", "r"));
}

/* Is it an index of a partitioned table to which the link's partition has attached none? */
static bool
index_lacks(const SchemaObject *index, const SchemaObject *link)
{
	return is_of_parent(index, link) && attached_of(index, link) == NULL;
}

/* Has the table another index, or a key, that the server would take for this one? */
static bool
has_twin(const SchemaObject *index)
{
	ListCell   *lc;

	if (!kind_is(index, KIND_INDEX))
		return constraint_has_twin(index);
	foreach(lc, index->parent->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part != index && (kind_is(part, KIND_INDEX) || kind_is(part, KIND_CONSTRAINT)) &&
			prop_is(part, "_likeness", prop(index, "_likeness")))
			return true;
	}
	return false;
}

bool
index_waits(const SchemaObject *index, const SchemaObject *link)
{
	const SchemaObject *attached;

	check_stack_depth();
	if (!is_of_parent(index, link))
		return false;
	attached = attached_of(index, link);
	return attached == NULL || has_twin(index) || has_twin(attached) || index_waits_any(attached);
}

bool
index_waits_any(const SchemaObject *index)
{
	ListCell   *lc;

	foreach(lc, index->parent->needed_by)
	{
		if (index_waits(index, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * Is a partition's key attached to the index?  Such a key is not inherited, so DROP INDEX does not
 * take it along, and it cannot be dropped before the index either: CASCADE is needed.
 */
static bool
has_keys_attached(const SchemaObject *index)
{
	ListCell   *lc;

	foreach(lc, index->needed_by)
	{
		const SchemaObject *link = lfirst(lc);

		if (kind_is(link, KIND_INDEX_PARTITION) && link->parent != index &&
			(kind_is(link->parent, KIND_CONSTRAINT) || has_keys_attached(link->parent)))
			return true;
	}
	return false;
}

static void
drop_index(const Change *change, Writer *w)
{
	const SchemaObject *index = change->old;

	SchemaStatement *statement;

	if (index_goes_with_parent(index, w))
		return;
	statement = put_on(w, index->parent, LOCK_ACCESS_EXCLUSIVE, 0, "DROP INDEX %s%s",
					   index->identity,
					   has_keys_attached(index) ? " CASCADE" : "");
	statement->kind = STATEMENT_INDEX;
	statement->concurrently = strlen("DROP INDEX");
	/* children by inheritance have no part of the index */
	if (kind_is(index->parent, KIND_TABLE) && prop_is(index->parent, "kind", "p"))
		with_children(w, statement);
}

/*
 * Does a partition lack an attached index?  When the server rebuilds the index, it would create one
 * there.
 */
static bool
lacks_any(const SchemaObject *index)
{
	ListCell   *lc;

	foreach(lc, index->parent->needed_by)
	{
		if (index_lacks(index, lfirst(lc)))
			return true;
	}
	return false;
}

bool
index_breaks_by_retype(const SchemaObject *index, const Changes *changes)
{
	bool		is_key = kind_is(index, KIND_CONSTRAINT);

	if (is_key && prop(index, "_index") == NULL)
		return false;
	if ((!is_key && prop(index, "statistics") != NULL) || lacks_any(index))
		return true;

	/*
	 * that of a partition is made like the one that it is attached to,
	 * whatever it was
	 */
	return prop(index, "_usual") != NULL &&
		(strcmp(prop(index, "_usual"), index->name) != 0 || index->comment != NULL ||
		 prop(index, is_key ? "index_options" : "options") != NULL ||
		 prop(index, is_key ? "index_tablespace" : "tablespace") != NULL ||
		 prop_true(index, "clustered") || prop_true(index, "is_identity") ||
		 (is_key && prop(index, "index_comment") != NULL));
}

void
index_move(const char *index, const char *tablespace, Writer *w)
{
	SchemaStatement *statement = put(w, "ALTER INDEX %s SET TABLESPACE %s", index,
									 tablespace ? quote_identifier(tablespace) : "pg_default");

	statement->hazards = HAZARD_INDEX_BUILD;
	locks_index(statement, LOCK_ACCESS_EXCLUSIVE, index);
}

static bool
alter_index(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;

	/* an INVALID index, left by CREATE INDEX CONCURRENTLY, is recreated */
	if (!prop_same(old, new, "definition", bare_definition(old), bare_definition(new)) ||
		prop_differs(change, "valid"))
		return false;

	/*
	 * the index of a partitioned table has no storage, so options cannot be
	 * altered
	 */
	if (prop_differs(change, "options") && kind_is(new->parent, KIND_TABLE) &&
		prop_is(new->parent, "kind", "p"))
		return false;
	write_options(w, NULL, psprintf("ALTER INDEX %s", new->identity), prop(old, "options"),
				  prop(new, "options"));
	if (prop_differs(change, "tablespace"))
		index_move(new->identity, prop(new, "tablespace"), w);
	write_index_settings(old, new, w);
	return true;
}

/* No statement makes an INVALID index: where one is wanted, a valid one will do. */
static bool
index_same(const SchemaObject *old, const SchemaObject *new, const char *prop_name, const char *a,
		   const char *b)
{
	return strcmp(prop_name, "valid") == 0 && strcmp(b, "false") == 0;
}

bool
index_is_invalid(const SchemaObject *object)
{
	return kind_is(object, KIND_INDEX) && !prop_true(object, "valid");
}

void
index_set_invalid(SchemaObject *index)
{
	set_prop(index, "valid", "false");
}

char *
index_notice(const Change *change)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;

	if (old != NULL && index_is_invalid(old) && change_goes_away(change))
		return psprintf("index %s is INVALID, and is %s", old->identity,
						new ? "built anew" : "dropped");
	if (new != NULL && index_is_invalid(new))
		return psprintf("index %s is INVALID, and counts as if it were not; REINDEX INDEX %s makes it valid",
						new->identity, new->identity);
	return NULL;
}

bool
index_leads(const SchemaObject *object, const SchemaObject *column)
{
	const char *columns = kind_is(object, KIND_INDEX) ? prop(object, "_leads") : NULL;

	/* "{2,1}" */
	if (kind_is(object, KIND_CONSTRAINT) && prop(object, "_index") != NULL &&
		prop(object, "type")[0] != 'x')
		columns = prop(object, "_columns") + 1;
	return columns != NULL && strtol(columns, NULL, 10) == column->subid;
}

static List *
index_slots(const SchemaObject *index)
{
	return list_make1(psprintf("rel %s", index->identity));
}

static const Property index_props[] = {
	{"definition", "pg_get_indexdef(x.oid)", NOT_NULL, SQL_AFTER("")},
	{"options", "array_to_string(x.reloptions, ', ')", MAY_BE_NULL},
	{"tablespace", "ts.spcname::text", MAY_BE_NULL},
	{"clustered", "i.indisclustered::text", NOT_NULL},
	{"is_identity", "i.indisreplident::text", NOT_NULL},
	{"statistics",
		"(SELECT string_agg(a.attnum || ':' || a.attstattarget, ' ' ORDER BY a.attnum)"
		" FROM pg_attribute a WHERE a.attrelid = x.oid AND a.attstattarget >= 0"
		" AND i.indexprs IS NOT NULL)", MAY_BE_NULL
	},
	{"valid", "(i.indisvalid OR x.relkind = 'I')::text", NOT_NULL},
	{"_unique", "i.indisunique::text", NOT_NULL},
	{"_usual", USUAL_INDEX_NAME("'idx'"), MAY_BE_NULL},
	{"_leads",
		"CASE WHEN i.indpred IS NULL AND i.indisvalid AND x.relam = 403 THEN i.indkey[0]::text END",
		MAY_BE_NULL
	},
	{"_likeness", INDEX_LIKENESS, NOT_NULL},
	{NULL}
};

const Kind	kind_index = {
	.name = "index",
	.source = {
		.oid = "x.oid",
		.parent = "i.indrelid",
		.schema = "n.nspname::text",
		.name = "x.relname::text",
		.identity = QUALIFIED("n.nspname", "x.relname"),
		.from = "pg_index i JOIN pg_class x ON x.oid = i.indexrelid"
		" JOIN pg_class c ON c.oid = i.indrelid JOIN pg_namespace n ON n.oid = c.relnamespace"
		" LEFT JOIN pg_tablespace ts ON ts.oid = x.reltablespace AND x.reltablespace <> 0",
		.where = "c.relkind IN ('r', 'p', 'm') AND c.relpersistence <> 't'"
		" AND " MANAGED " AND NOT EXISTS (SELECT FROM pg_constraint o"
		" WHERE o.conrelid = i.indrelid AND o.conindid = x.oid AND o.contype IN ('p', 'u', 'x'))",
	},
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = index_props,
	.keyword = "INDEX",
	.create = create_index,
	.drop = drop_index,
	.alter = alter_index,
	.alter_keeps_needs = true,
	.slots = index_slots,
	.same = index_same,
	.relkinds = "iI",
	.names = NAME_OF_RELATION,
	.is_index = true,
	.keeps_values = true,
	.stores_expression = true,
	.creates_alone = true,
	.drops_alone = true,
	.after_rows = AFTER_ROWS_OF_PLAIN,
	.is_evaluated = object_always,
	.breaks_by_retype = index_breaks_by_retype,
	.renamed_as = RENAMED_RELATION,
};

/* ----------------------------------------------------------- of partitions */

static void
attach_index(const Change *change, Writer *w)
{
	put(w, "ALTER INDEX %s ATTACH PARTITION %s", prop(change->new, "parent"),
		prop(change->new, "_parent_index"));
}

/* No statement detaches an index: the link ends with one of the two indexes. */
static void
detach_index(const Change *change, Writer *w)
{
}

/* Does the link end since the index is dropped to which its parent is attached? */
static bool
loses_index(const SchemaObject *link, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, link->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if (need != link->parent && need->kind->is_index &&
			change_goes_away(changes->of_old[need->number]))
			return true;
	}
	return false;
}

/* An index is dropped with the one that it is attached to, unless its table is detached before. */
static bool
link_takes_index(const Change *part, const Changes *changes)
{
	return table_stays_partition(part->old->parent->parent, changes) &&
		loses_index(part->old, changes);
}

Change *
index_detached_from(const Change *link, const Changes *changes)
{
	const SchemaObject *index = link->old->parent;
	ListCell   *lc;

	if (!kind_is(link->old, KIND_INDEX_PARTITION) || !change_goes_away(link) ||
		!table_stays_partition(index->parent, changes) ||
		change_goes_away(changes->of_old[index->parent->number]))
		return NULL;
	foreach(lc, link->old->needs)
	{
		const SchemaObject *need = lfirst(lc);

		if (need != index && need->kind->is_index &&
			!change_goes_away(changes->of_old[need->number]))
			return changes->of_old[need->number];
	}
	return NULL;
}

static const Property index_partition_props[] = {
	{"parent", QUALIFIED("pn.nspname", "p.relname"), NOT_NULL},
	{"_parent_index", QUALIFIED("n.nspname", "x.relname"), NOT_NULL},
	{"_needs",
		ADDRESS("pg_class", "p.oid", "0") " || ' ' || "
		ADDRESS("pg_inherits", "t.inhrelid", "t.inhseqno"), NOT_NULL
	},
	{NULL}
};

const Kind	kind_index_partition = {
	.name = "index partition",
	.source = {
		.oid = "i.inhrelid",
		.subid = "i.inhseqno",
		.parent = "i.inhrelid",
		.schema = "n.nspname::text",
		.name = "x.relname::text",
		.identity = QUALIFIED("n.nspname", "x.relname") " || ' of ' || "
		QUALIFIED("pn.nspname", "p.relname"),
		.from = "pg_inherits i JOIN pg_class x ON x.oid = i.inhrelid"
		" JOIN pg_namespace n ON n.oid = x.relnamespace JOIN pg_class p ON p.oid = i.inhparent"
		" JOIN pg_namespace pn ON pn.oid = p.relnamespace JOIN pg_index ix ON ix.indexrelid = x.oid"
		" JOIN pg_inherits t ON t.inhrelid = ix.indrelid",
		.where = "x.relkind IN ('i', 'I') AND " MANAGED,
	},
	.classid = InheritsRelationId,
	.parent_classid = RelationRelationId,
	.props = index_partition_props,
	.create = attach_index,
	.drop = detach_index,
	.relkinds = "iI",
	.link = LINK_OF_INDEXES,
	.takes_parent = link_takes_index,
};
