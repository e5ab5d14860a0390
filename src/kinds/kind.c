/*
 * kind.c
 *		The list of kinds, and functions that all kinds need to read properties and to write
 *		statements.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/asked.h"
#include "kinds/changes.h"
#include "kinds/kinds.h"
#include "kinds/object.h"

#include "mb/pg_wchar.h"
#include "utils/builtins.h"

const Kind *const kinds[NKINDS] = {
	[KIND_SCHEMA] = &kind_schema,
	[KIND_EXTENSION] = &kind_extension,
	[KIND_LANGUAGE] = &kind_language,
	[KIND_ACCESS_METHOD] = &kind_access_method,
	[KIND_CAST] = &kind_cast,
	[KIND_COLLATION] = &kind_collation,
	[KIND_CONVERSION] = &kind_conversion,
	[KIND_BASE_TYPE] = &kind_base_type,
	[KIND_ENUM] = &kind_enum,
	[KIND_COMPOSITE] = &kind_composite,
	[KIND_ATTRIBUTE] = &kind_attribute,
	[KIND_DOMAIN] = &kind_domain,
	[KIND_DOMAIN_DEFAULT] = &kind_domain_default,
	[KIND_DOMAIN_CONSTRAINT] = &kind_domain_constraint,
	[KIND_RANGE] = &kind_range,
	[KIND_FDW] = &kind_fdw,
	[KIND_SERVER] = &kind_server,
	[KIND_USER_MAPPING] = &kind_user_mapping,
	[KIND_SEQUENCE] = &kind_sequence,
	[KIND_TABLE] = &kind_table,
	[KIND_COLUMN] = &kind_column,
	[KIND_INHERITS] = &kind_inherits,
	[KIND_FUNCTION] = &kind_function,
	[KIND_AGGREGATE] = &kind_aggregate,
	[KIND_OPERATOR] = &kind_operator,
	[KIND_OPERATOR_FAMILY] = &kind_operator_family,
	[KIND_OPERATOR_CLASS] = &kind_operator_class,
	[KIND_TRANSFORM] = &kind_transform,
	[KIND_TS_PARSER] = &kind_ts_parser,
	[KIND_TS_TEMPLATE] = &kind_ts_template,
	[KIND_TS_DICTIONARY] = &kind_ts_dictionary,
	[KIND_TS_CONFIGURATION] = &kind_ts_configuration,
	[KIND_DEFAULT] = &kind_default,
	[KIND_SEQUENCE_OWNER] = &kind_sequence_owner,
	[KIND_CONSTRAINT] = &kind_constraint,
	[KIND_INDEX] = &kind_index,
	[KIND_PARTITION] = &kind_partition,
	[KIND_INDEX_PARTITION] = &kind_index_partition,
	[KIND_FOREIGN_KEY] = &kind_foreign_key,
	[KIND_STATISTICS] = &kind_statistics,
	[KIND_VIEW] = &kind_view,
	[KIND_MATVIEW] = &kind_matview,
	[KIND_VIEW_COLUMN] = &kind_view_column,
	[KIND_RULE] = &kind_rule,
	[KIND_TRIGGER] = &kind_trigger,
	[KIND_POLICY] = &kind_policy,
	[KIND_PUBLICATION] = &kind_publication,
	[KIND_PUBLICATION_TABLE] = &kind_publication_table,
#if COMPAT_PUBLISHED_SCHEMAS
	[KIND_PUBLICATION_SCHEMA] = &kind_publication_schema,
#endif
	[KIND_SUBSCRIPTION] = &kind_subscription,
	[KIND_EVENT_TRIGGER] = &kind_event_trigger,
	[KIND_DEFAULT_ACL] = &kind_default_acl,
};

ObjectKind
kind_number(const Kind *kind)
{
	for (int i = 0; i < NKINDS; i++)
		if (kinds[i] == kind)
			return i;
	elog(ERROR, "kind \"%s\" is not registered", kind->name);
}

/*
 * A function with a parsed body comes after operator classes: its queries may sort and compare, and
 * pg_depend does not record which operator classes they use.
 */
int
kind_rank(const SchemaObject *obj)
{
	if (kind_is(obj, KIND_FUNCTION) && prop_true(obj, "_is_parsed"))
		return 2 * KIND_OPERATOR_CLASS + 1;
	return 2 * kind_number(obj->kind);
}

bool
snapshot_has_name(const SchemaSnapshot *snapshot, int names, const char *identity)
{
	for (int i = 0; i < NKINDS; i++)
	{
		if (kinds[i] != NULL && (kinds[i]->names & names) != 0 &&
			snapshot_find(snapshot, i, identity) != NULL)
			return true;
	}
	return false;
}

/* --------------------------------------------------------------- properties */

const Property *
kind_property(const Kind *kind, const char *name)
{
	const Property *rows = kind->props;
	int			i = 0;

	/* nearly always the name is the same literal, in one place of the library */
	while (rows[i].name != NULL && rows[i].name != name)
		i++;
	if (rows[i].name == NULL)
	{
		for (i = 0; rows[i].name != NULL && strcmp(rows[i].name, name) != 0;)
			i++;
		if (rows[i].name == NULL)
			elog(ERROR, "kind \"%s\" has no property \"%s\"", kind->name, name);
	}
	while (i > 0 && strcmp(rows[i - 1].name, name) == 0)
		i--;
	return &rows[i];
}

/* Where the object keeps a property. */
static const char **
prop_place(const SchemaObject *obj, const char *name)
{
	return &obj->props[kind_property(obj->kind, name) - obj->kind->props];
}

const char *
prop(const SchemaObject *obj, const char *name)
{
	return *prop_place(obj, name);
}

void
set_prop(SchemaObject *obj, const char *name, const char *value)
{
	*prop_place(obj, name) = value;
}

bool
prop_is(const SchemaObject *obj, const char *name, const char *value)
{
	const char *is = prop(obj, name);

	return is != NULL && strcmp(is, value) == 0;
}

bool
prop_true(const SchemaObject *obj, const char *name)
{
	return prop_is(obj, name, "t") || prop_is(obj, name, "true");
}

bool
texts_differ(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a != b : strcmp(a, b) != 0;
}

static int
compare_texts(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

void
sort_texts(List *texts)
{
	list_sort(texts, compare_texts);
}

bool
has_text(const List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
	{
		if (strcmp(lfirst(lc), text) == 0)
			return true;
	}
	return false;
}

bool
prop_differs(const Change *change, const char *name)
{
	return !prop_same(change->old, change->new, name, prop(change->old, name),
					  prop(change->new, name));
}

/* ------------------------------------------------------------------- objects */

const SchemaObject *
object_root(const SchemaObject *obj)
{
	while (obj->parent != NULL)
		obj = obj->parent;
	return obj;
}

bool
object_needs(const SchemaObject *obj, const SchemaObject *what)
{
	return list_member_ptr(obj->needs, what);
}

const char *
object_ref(const SchemaObject *obj)
{
	const char *keyword = obj->kind->keyword_of ? obj->kind->keyword_of(obj) : obj->kind->keyword;

	return psprintf("%s %s", keyword, obj->kind->ref ? obj->kind->ref(obj) : obj->identity);
}

/* ----------------------------------------------------------------- callbacks */

void
drop_object(const Change *change, Writer *w)
{
	put(w, "DROP %s", object_ref(change->old));
}

bool
alter_definition(Change *change, Writer *w)
{
	return !prop_differs(change, "definition");
}

List *
object_slots(const SchemaObject *obj)
{
	return list_make1(psprintf("%s %s", obj->kind->name, obj->identity));
}

bool
object_always(const SchemaObject *obj)
{
	return true;
}

bool
object_always_breaks(const SchemaObject *old, const Changes *changes)
{
	return true;
}

OnLoss
object_outlives(const Change *dependent, const Change *cause)
{
	return cause->fate == FATE_REPLACE ? LOSS_IS_NOTHING : LOSS_REPLACES;
}

void
relation_rename(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent,
				Writer *w)
{
	put_on(w, is, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER %s RENAME TO %s", object_ref(is),
		   quote_identifier(other->name));
}

/* ---------------------------------------------------------------- statements */

const char *
literal(const char *text)
{
	return quote_literal_cstr(text);
}

static char *vprint(const char *fmt, va_list args) pg_attribute_printf(1, 0);

static char *
vprint(const char *fmt, va_list args)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (;;)
	{
		va_list		copy;
		int			needed;

		va_copy(copy, args);
		needed = appendStringInfoVA(&buf, fmt, copy);
		va_end(copy);
		if (needed == 0)
			return buf.data;
		enlargeStringInfo(&buf, needed);
	}
}

bool
object_goes(const Writer *w, const SchemaObject *old)
{
	return change_goes_away(w->changes->of_old[old->number]);
}

/* A relation and a type cannot share a name.  Indexes of keys are found in the catalog only. */
static bool
is_taken(const SchemaObject *obj, const char *name, const SchemaSnapshot *from,
		 const SchemaSnapshot *to)
{
	const int	names = NAME_OF_TYPE | NAME_OF_RELATION;
	const char *identity = psprintf("%s.%s", quote_identifier(obj->schema), quote_identifier(name));

	if (snapshot_find(from, kind_number(obj->kind), identity) != NULL ||
		snapshot_find(to, kind_number(obj->kind), identity) != NULL)
		return true;
	return snapshot_has_name(from, names, identity) || snapshot_has_name(to, names, identity) ||
		asked_has_relation(obj->schema, name);
}

char *
object_aside_name(const SchemaObject *obj, const SchemaSnapshot *from, const SchemaSnapshot *to)
{
	for (int i = 0;; i++)
	{
		const char *suffix = i == 0 ? "__old" : psprintf("__old%d", i);
		int			len = pg_mbcliplen(obj->name, strlen(obj->name),
									   NAMEDATALEN - 1 - strlen(suffix));
		char	   *name = psprintf("%.*s%s", len, obj->name, suffix);

		if (!is_taken(obj, name, from, to))
			return name;
	}
}

static SchemaStatement *
add_statement(Writer *w, char *sql)
{
	SchemaStatement *statement = palloc0(sizeof(SchemaStatement));

	statement->sql = nesting_kept(sql);
	w->statements = lappend(w->statements, statement);
	return statement;
}

SchemaStatement *
put(Writer *w, const char *fmt,...)
{
	va_list		args;
	char	   *sql;

	va_start(args, fmt);
	sql = vprint(fmt, args);
	va_end(args);
	return add_statement(w, sql);
}

int
lock_hazards(const char *mode)
{
	if (strcmp(mode, LOCK_ACCESS_EXCLUSIVE) == 0)
		return HAZARD_BLOCKS_READS | HAZARD_BLOCKS_WRITES;
	if (strcmp(mode, LOCK_SHARE) == 0 || strcmp(mode, LOCK_SHARE_ROW_EXCLUSIVE) == 0)
		return HAZARD_BLOCKS_WRITES;
	return 0;
}

/* Is it, or becomes it, the partitioned table of one that is there already? */
static bool
has_partition(const Writer *w, const SchemaObject *table)
{
	ListCell   *lc;

	foreach(lc, table->needed_by)
	{
		const SchemaObject *link = lfirst(lc);

		if (kind_is(link, KIND_PARTITION) && link->parent != table &&
			snapshot_find(w->from, KIND_TABLE, link->parent->identity) != NULL)
			return true;
	}
	return false;
}

/* A partitioned table without partitions: there is nothing that could be written anew. */
static bool
has_no_files(const Writer *w, const SchemaObject *table)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_TABLE, table->identity);
	const SchemaObject *after = snapshot_find(w->to, KIND_TABLE, table->identity);

	return before != NULL && prop_is(before, "kind", "p") && !has_partition(w, before) &&
		(after == NULL || !has_partition(w, after));
}

SchemaStatement *
put_on(Writer *w, const SchemaObject *table, const char *lock, int hazards, const char *fmt,...)
{
	SchemaStatement *statement;
	va_list		args;
	char	   *sql;

	va_start(args, fmt);
	sql = vprint(fmt, args);
	va_end(args);
	statement = add_statement(w, sql);
	statement->lock = lock;
	statement->table = table->identity;
	if ((hazards & HAZARD_REWRITE) != 0 && has_no_files(w, table))
		hazards &= ~HAZARD_REWRITE;
	statement->hazards = hazards | lock_hazards(lock);
	return statement;
}

void
also_locks(SchemaStatement *statement, const char *mode, const char *table)
{
	TableLock  *lock = palloc0(sizeof(TableLock));

	lock->mode = mode;
	lock->table = table;
	statement->other_locks = lappend(statement->other_locks, lock);
	statement->hazards |= lock_hazards(mode);
}

void
locks_index(SchemaStatement *statement, const char *mode, const char *index)
{
	also_locks(statement, mode, index);
	((TableLock *) llast(statement->other_locks))->is_index = true;
}

void
also_locks_below(SchemaStatement *statement, const char *mode, const SchemaObject *table)
{
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, table->needed_by)
	{
		const SchemaObject *link = lfirst(lc);

		/*
		 * what a table inherits from others is a part of it, and needs it as
		 * well
		 */
		if (link->kind->link != LINK_OF_TABLES || link->parent == table)
			continue;
		also_locks(statement, mode, link->parent->identity);
		also_locks_below(statement, mode, link->parent);
	}
}

void
also_locks_default(const Writer *w, SchemaStatement *statement, const char *parent, int hazards)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_TABLE, parent);
	ListCell   *lc;

	if (before == NULL)
		return;
	foreach(lc, before->needed_by)
	{
		const SchemaObject *link = lfirst(lc);

		if (kind_is(link, KIND_PARTITION) && link->parent != before &&
			prop_is(link, "bound", "DEFAULT"))
		{
			also_locks(statement, LOCK_ACCESS_EXCLUSIVE, link->parent->identity);
			((TableLock *) llast(statement->other_locks))->hazards = hazards;
			also_locks_below(statement, LOCK_ACCESS_EXCLUSIVE, link->parent);
		}
	}
}

void
also_locks_joined(const Writer *w, SchemaStatement *statement, const char *mode, int hazards,
				  const SchemaObject *after)
{
	ListCell   *lc;

	check_stack_depth();
	if (after == NULL)
		return;
	foreach(lc, after->needed_by)
	{
		const SchemaObject *link = lfirst(lc);
		const Change *change = w->changes->of_new[link->number];
		const Change *partition;

		if (!kind_is(link, KIND_PARTITION) || link->parent == after)
			continue;
		partition = w->changes->of_new[link->parent->number];
		if ((change->old == NULL || change_goes_away(change)) && partition->old != NULL &&
			!change_goes_away(partition))
		{
			also_locks(statement, mode, partition->old->identity);
			((TableLock *) llast(statement->other_locks))->hazards = hazards;
		}
		also_locks_joined(w, statement, mode, hazards, link->parent);
	}
}

SchemaStatement *
with_children(const Writer *w, SchemaStatement *statement)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_TABLE, statement->table);

	if (before != NULL)
		also_locks_below(statement, statement->lock, before);
	return statement;
}

/* ---------------------------------------------------------- rows in the way */

RowsInWay *
rows_in_way(SchemaStatement *statement, RowsInWayKind kind, const char *table, const char *columns,
			const char *other,
			const char *other_columns)
{
	RowsInWay  *rows = palloc(sizeof(RowsInWay));

	rows->kind = kind;
	rows->sql = statement->sql;
	rows->table = table;
	rows->columns = columns;
	rows->other = other;
	rows->other_columns = other_columns;
	statement->rows_in_way = rows;
	return rows;
}

/* Does everything that the object references exist already, and stay as it is? */
static bool
needs_stay(const SchemaObject *object, const Writer *w)
{
	ListCell   *lc;

	foreach(lc, object->needs)
	{
		const SchemaObject *need = lfirst(lc);
		const Change *change = w->changes->of_new[need->number];

		if (kind_is(need, KIND_COLUMN) ? change->old == NULL || change_goes_away(change) ||
			column_is_retyped(change) :
			need != object->parent && !kind_is(need, KIND_SCHEMA))
			return false;
	}
	return true;
}

void
rows_against(SchemaStatement *statement, const SchemaObject *object, const char *definition,
			 const Writer *w)
{
	if (needs_stay(object, w))
		rows_in_way(statement, ROWS_AGAINST_RULE, object->parent->identity, NULL, NULL, NULL)->sql =
			definition;
}

bool
has_run_children(const Writer *w, const SchemaObject *table)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_TABLE, table->identity);

	return before != NULL && before->has_run_children;
}
