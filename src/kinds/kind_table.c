/*
 * kind_table.c
 *		Tables of all sorts, and the links between them: inheritance, partitions.
 *
 * A partition is created as a separate table and attached when its indexes and constraints exist,
 * as pg_dump does it, so that all of them get the right names.  Inherited parts are created and
 * dropped by the parent's statements; other statements are written only for the differences.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"

const char *
alter_table(const SchemaObject *table)
{
	return prop_is(table, "kind", "f") ? "ALTER FOREIGN TABLE" : "ALTER TABLE";
}

static const char *
table_keyword(const SchemaObject *table)
{
	return prop_is(table, "kind", "f") ? "FOREIGN TABLE" : "TABLE";
}

static List *
relation_slots(const SchemaObject *obj)
{
	return list_make2(psprintf("rel %s", obj->identity), psprintf("type %s", obj->identity));
}

/* -------------------------------------------------------------- inheritance */

const SchemaObject *
table_link_parent(const SchemaObject *link, const SchemaSnapshot *snapshot)
{
	return snapshot_find(snapshot, KIND_TABLE, prop(link, "parent"));
}

static bool
comes_anew(const Change *change)
{
	return change->fate == FATE_CREATE || change->fate == FATE_REPLACE;
}

bool
table_keeps_link(const SchemaObject *link, const Changes *changes, bool is_new)
{
	const Change *change = is_new ? changes->of_new[link->number] : changes->of_old[link->number];

	return change->old != NULL && change->new != NULL && !change_goes_away(change);
}

/* The parent's part that is created or dropped together with this one; NULL if there is none. */
static const SchemaObject *
changing_part(const SchemaObject *part, const SchemaObject *parent, const Changes *changes,
			  bool gains)
{
	const SchemaObject *other = NULL;
	ListCell   *lc;

	foreach(lc, parent->parts)
	{
		const SchemaObject *theirs = lfirst(lc);

		if (theirs->kind != part->kind ||
			!(gains ? comes_anew(changes->of_new[theirs->number])
			  : change_goes_away(changes->of_old[theirs->number])))
			continue;
		if (strcmp(theirs->name, part->name) == 0)
			return theirs;
		/* the clone of a foreign key may have another name */
		if (kind_is(part, KIND_FOREIGN_KEY))
			other = theirs;
	}
	return other;
}

const SchemaObject *
table_inherited_change(const SchemaObject *part, const Changes *changes, bool gains)
{
	const SchemaObject *table = part->parent;
	bool		drops_table = !gains && change_goes_away(changes->of_old[table->number]) &&
	!table_rows_move(changes->of_old[table->number], changes);
	ListCell   *lc;

	if (!prop_true(part, "_inherited"))
		return NULL;
	foreach(lc, table->parts)
	{
		const SchemaObject *link = lfirst(lc);
		const SchemaObject *parent;
		const SchemaObject *theirs;
		bool		stays;

		if (link->kind->link != LINK_OF_TABLES)
			continue;

		/*
		 * a foreign key is dropped before partitions are detached, which
		 * would check it
		 */
		stays = drops_table || table_keeps_link(link, changes, gains);
		if (!stays && (gains || !kind_is(part, KIND_FOREIGN_KEY)))
			continue;
		parent = table_link_parent(link, gains ? changes->to : changes->from);
		if (parent == NULL)
			continue;
		theirs = changing_part(part, parent, changes, gains);
		if (theirs != NULL)
			return theirs;
		/* the part cannot be dropped on its own */
		if (stays && (kind_is(part, KIND_FOREIGN_KEY) || drops_table))
			return part;
	}
	return NULL;
}

bool
table_stays_partition(const SchemaObject *table, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, table->parts)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_PARTITION) &&
			table_keeps_link(lfirst(lc), changes, false))
			return true;
	}
	return false;
}

const SchemaObject *
table_inherits_change(const SchemaObject *part, const Changes *changes, bool gains)
{
	const SchemaObject *theirs = table_inherited_change(part, changes, gains);

	if (theirs == NULL || theirs == part)
		return theirs;
	/* a part that the table also defines itself needs a statement of its own */
	if (prop_true(part, "_local") || (!gains && kind_is(part, KIND_COLUMN) &&
									  column_stays_in_child(theirs, changes)))
		return NULL;
	return theirs;
}

/* ----------------------------------------------------------------- creating */

char *
with_options(const SchemaObject *table)
{
	const char *options = prop(table, "options");
	const char *toast = prop(table, "toast_options");

	if (options == NULL && toast == NULL)
		return "";
	return psprintf("WITH (%s%s%s)", options ? options : "", options &&
					toast ? ", " : "", toast ? toast : "");
}

/* The default among the parts that are created with a table. */
static const SchemaObject *
find_default(const List *merged, const SchemaObject *column)
{
	ListCell   *lc;

	foreach(lc, merged)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_DEFAULT) && part->parent == column)
			return part;
	}
	return NULL;
}

/* Does CREATE TABLE list the column of a child, or does it come from the parent? */
static bool
is_written(const SchemaObject *column, bool inherits)
{
	return !inherits || prop_true(column, "_local");
}

/* Until 16 a child cannot say how its column is generated if its parent's is. */
static bool
is_generated_by_parent(const SchemaObject *column, const SchemaSnapshot *snapshot)
{
	const SchemaObject *theirs =
	COMPAT_CHILD_SAYS_GENERATED ? NULL : column_of_parent(column, snapshot);

	return theirs != NULL && prop(theirs, "generated") != NULL;
}

static void
append_parts(StringInfo buf, const Change *change, bool inherits, const Writer *w)
{
	const char *separator = "";
	ListCell   *lc;

	foreach(lc, change->merged)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_COLUMN))
		{
			if (!is_written(part, inherits))
				continue;
			appendStringInfo(buf, "%s\n    %s", separator,
							 column_definition(part, find_default(change->merged, part),
											   (inherits &&
												is_generated_by_parent(part, w->to)
												? COLUMN_WITHOUT_EXPRESSION : 0) |
											   (table_rows_move(change, w->changes)
												? COLUMN_NAMES_NOT_NULL : 0)));
		}
		else if (kind_is(part, KIND_CONSTRAINT))
		{
			if (inherits && !prop_true(part, "_local"))
				continue;
			/* the other constraints are added afterwards */
			if (!constraint_fits_table(part))
				continue;
			appendStringInfo(buf, "%s\n    CONSTRAINT %s %s", separator,
							 quote_identifier(part->name), prop(part, "definition"));
		}
		else
			continue;
		separator = ",";
	}
}

static void
append_parents(StringInfo buf, const Change *change)
{
	const char *separator = "\nINHERITS (";
	ListCell   *lc;

	foreach(lc, change->merged)
	{
		const SchemaObject *part = lfirst(lc);

		if (!kind_is(part, KIND_INHERITS))
			continue;
		appendStringInfo(buf, "%s%s", separator, prop(part, "parent"));
		separator = ", ";
	}
	if (strcmp(separator, ", ") == 0)
		appendStringInfoChar(buf, ')');
}

static bool
has_inherits(const List *merged)
{
	ListCell   *lc;

	foreach(lc, merged)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_INHERITS))
			return true;
	}
	return false;
}

/* The properties for which CREATE TABLE has no clause. */
static void
write_table_settings(const SchemaObject *old, const SchemaObject *table, bool gets_rows, Writer *w)
{
	const char *alter = alter_table(table);
	const char *identity = prop(table, "replica_identity");

	if (old ? texts_differ(prop(old, "replica_identity"), identity)
		: !prop_is(table, "replica_identity", "d"))
	{
		/* REPLICA IDENTITY USING INDEX is written with the index */
		if (strcmp(identity, "i") != 0)
			put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s ONLY %s REPLICA IDENTITY %s", alter,
				   table->identity,
				   strcmp(identity, "f") == 0 ? "FULL" : strcmp(identity, "n") == 0 ? "NOTHING"
				   : "DEFAULT");
	}
	if (prop_true(table, "row_security") != (old != NULL && prop_true(old, "row_security")))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION, "%s %s %s ROW LEVEL SECURITY",
			   alter, table->identity,
			   prop_true(table, "row_security") ? "ENABLE" : "DISABLE");
	/* if rows are moved into the table, FORCE is set after the move */
	if (!gets_rows && prop_true(table, "force_row_security") != (old != NULL &&
																 prop_true(old,
																		   "force_row_security")))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION, "%s %s %s ROW LEVEL SECURITY",
			   alter, table->identity,
			   prop_true(table, "force_row_security") ? "FORCE" : "NO FORCE");
}

static void
lock_parents(SchemaStatement *statement, const List *merged)
{
	ListCell   *lc;

	foreach(lc, merged)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_INHERITS))
			also_locks(statement, LOCK_SHARE_UPDATE_EXCLUSIVE, prop(lfirst(lc), "parent"));
	}
}

static void
create_table(const Change *change, Writer *w)
{
	const SchemaObject *table = change->new;
	bool		inherits = has_inherits(change->merged);
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE %s%s %s", prop_is(table, "persistence", "u") ? "UNLOGGED " : "",
					 table_keyword(table), table->identity);
	if (prop(table, "of_type") != NULL)
		appendStringInfo(&buf, " OF %s", prop(table, "of_type"));
	else
	{
		appendStringInfoString(&buf, " (");
		append_parts(&buf, change, inherits, w);
		appendStringInfoString(&buf, "\n)");
	}
	append_parents(&buf, change);
	if (prop(table, "partition_key") != NULL)
		appendStringInfo(&buf, "\nPARTITION BY %s", prop(table, "partition_key"));
	if (prop(table, "access_method") != NULL)
		appendStringInfo(&buf, "\nUSING %s", quote_identifier(prop(table, "access_method")));
	if (prop(table, "server") != NULL)
	{
		appendStringInfo(&buf, "\nSERVER %s", quote_identifier(prop(table, "server")));
		if (prop(table, "foreign_options") != NULL)
			appendStringInfo(&buf, "\nOPTIONS (%s)", prop(table, "foreign_options"));
	}
	else if (*with_options(table) != '\0')
		appendStringInfo(&buf, "\n%s", with_options(table));
	if (prop(table, "tablespace") != NULL)
		appendStringInfo(&buf, "\nTABLESPACE %s", quote_identifier(prop(table, "tablespace")));
	lock_parents(put(w, "%s", buf.data), change->merged);
	write_table_settings(NULL, table, change->old != NULL &&
						 table_rows_move(change, w->changes), w);
	foreach(lc, change->merged)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_COLUMN))
			column_write_settings(part, inherits && !prop_true(part, "_local"),
								  prop(table, "of_type") != NULL,
								  find_default(change->merged, part), w);
		else if (kind_is(part, KIND_CONSTRAINT) && !(inherits && !prop_true(part, "_local")))
			constraint_write_settings(NULL, part, constraint_fits_table(part) &&
									  prop(table, "of_type") == NULL, w);
	}
}

static void
drop_table(const Change *change, Writer *w)
{
	int			hazards =
	table_goes_after_rows(change->old, w->changes) ? 0 : HAZARD_DATA_LOSS | HAZARD_IRREVERSIBLE;

	SchemaStatement *statement = put_on(w, change->old, LOCK_ACCESS_EXCLUSIVE, hazards,
										"DROP %s %s", table_keyword(change->old),
										change->old->identity);
	ListCell   *lc;

	/*
	 * the server takes triggers from the one, and the partition from the
	 * other
	 */
	foreach(lc, change->old->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_FOREIGN_KEY))
			also_locks(statement, LOCK_ACCESS_EXCLUSIVE, prop(part, "_references"));
		else if (kind_is(part, KIND_PARTITION))
		{
			also_locks(statement, LOCK_ACCESS_EXCLUSIVE, prop(part, "parent"));
			also_locks_default(w, statement, prop(part, "parent"), 0);
		}
	}
}

/* ----------------------------------------------------------------- altering */

/* "a=1, b=2": the value of a name, or NULL.  As array_to_string() of reloptions makes it. */
static char *
option_value(const char *options, const char *name, int len)
{
	const char *p = options;

	while (p != NULL && *p != '\0')
	{
		const char *end = strstr(p, ", ");

		if (end == NULL)
			end = p + strlen(p);
		if (strncmp(p, name, len) == 0 && p[len] == '=')
			return pnstrdup(p + len + 1, end - p - len - 1);
		p = *end == '\0' ? end : end + 2;
	}
	return NULL;
}

/* Such a statement; table is NULL if it locks an index only, and keeps nobody waiting. */
static void
put_option(Writer *w, const SchemaObject *table, const char *alter, const char *word,
		   const char *options)
{
	if (table == NULL)
		put(w, "%s %s (%s)", alter, word, options);
	else
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "%s %s (%s)", alter, word, options);
}

/* ALTER ... SET (...) and RESET (...) from one list of options to another. */
void
write_options(Writer *w, const SchemaObject *table, const char *alter, const char *old,
			  const char *new)
{
	StringInfoData set;
	StringInfoData reset;
	const char *lists[] = {new, old};

	initStringInfo(&set);
	initStringInfo(&reset);
	for (int i = 0; i < 2; i++)
		for (const char *p = lists[i]; p != NULL && *p != '\0';)
		{
			const char *end = strstr(p, ", ");
			const char *eq = strchr(p, '=');
			int			len;

			if (end == NULL)
				end = p + strlen(p);
			len = (eq != NULL && eq < end ? eq : end) - p;
			if (i == 0 && texts_differ(option_value(old, p, len), option_value(new, p, len)))
				appendStringInfo(&set, "%s%.*s", set.len ? ", " : "", (int) (end - p), p);
			if (i == 1 && option_value(new, p, len) == NULL)
				appendStringInfo(&reset, "%s%.*s", reset.len ? ", " : "", len, p);
			p = *end == '\0' ? end : end + 2;
		}
	if (reset.len > 0)
		put_option(w, table, alter, "RESET", reset.data);
	if (set.len > 0)
		put_option(w, table, alter, "SET", set.data);
}

/*
 * OPTIONS of foreign things, which array_to_string() of quoted pairs made: "a 'x', b 'y'".
 * Values may hold the separator; so pairs are cut by their quotes.
 */
static const char *
next_foreign(const char *p, const char **name, int *namelen, const char **value, int *valuelen)
{
	bool		quoted = false;

	*name = p;
	for (; *p != '\0' && (quoted || *p != ' '); p++)
		if (*p == '"')
			quoted = !quoted;
	*namelen = p - *name;
	if (*p == ' ')
		p++;
	*value = p;
	for (quoted = false; *p != '\0' && (quoted || *p != ','); p++)
		if (*p == '\'')
			quoted = !quoted;
	*valuelen = p - *value;
	return *p == ',' ? p + 2 : p;
}

static bool
find_foreign(const char *options, const char *name, int namelen, const char **value, int *valuelen)
{
	while (options != NULL && *options != '\0')
	{
		const char *n;
		int			len;

		options = next_foreign(options, &n, &len, value, valuelen);
		if (len == namelen && strncmp(n, name, len) == 0)
			return true;
	}
	return false;
}

char *
foreign_options(const char *old, const char *new)
{
	StringInfoData buf;
	const char *name;
	const char *value;
	const char *other;
	int			namelen;
	int			valuelen;
	int			otherlen;

	initStringInfo(&buf);
	for (const char *p = old; p != NULL && *p != '\0';)
	{
		p = next_foreign(p, &name, &namelen, &value, &valuelen);
		if (!find_foreign(new, name, namelen, &other, &otherlen))
			appendStringInfo(&buf, "%sDROP %.*s", buf.len ? ", " : "", namelen, name);
	}
	for (const char *p = new; p != NULL && *p != '\0';)
	{
		p = next_foreign(p, &name, &namelen, &value, &valuelen);
		if (!find_foreign(old, name, namelen, &other, &otherlen))
			appendStringInfo(&buf, "%sADD %.*s %.*s", buf.len ? ", " : "", namelen, name, valuelen,
							 value);
		else if (valuelen != otherlen || strncmp(value, other, valuelen) != 0)
			appendStringInfo(&buf, "%sSET %.*s %.*s", buf.len ? ", " : "", namelen, name, valuelen,
							 value);
	}
	return buf.data;
}

bool
table_waits_for_toast(const Change *table)
{
	return table->fate == FATE_ALTER && !prop_true(table->old, "_toasted") &&
		prop(table->new, "toast_options") != NULL;
}

/*
 * Does an attribute of it get another type?  CASCADE knows of no USING, with which values get into
 * that.
 */
static bool
has_retyped_attribute(const SchemaObject *type, const Changes *changes)
{
	ListCell   *lc;

	foreach(lc, type->parts)
	{
		const Change *attribute = changes->of_old[((SchemaObject *) lfirst(lc))->number];

		if (kind_is(attribute->old, KIND_ATTRIBUTE) && attribute->new != NULL &&
			column_is_retyped(attribute))
			return true;
	}
	return false;
}

/*
 * Does the type get an attribute for which the server would compute a value for each row of the
 * table?  It does not, while rows of the table are values of columns.
 */
static bool
gains_filled_attribute(const Change *table, const SchemaObject *type, const Changes *changes)
{
	const SchemaObject *new_type = changes->of_old[type->number]->new;
	ListCell   *lc;

	if (new_type == NULL ||
		(column_rows_in(table->old) == NIL && column_rows_in_matviews(table->old) == NIL))
		return false;
	foreach(lc, new_type->parts)
	{
		const SchemaObject *part = lfirst(lc);
		const SchemaObject *column =
		snapshot_find(changes->to, KIND_COLUMN,
					  psprintf("%s.%s", table->new->identity, quote_identifier(part->name)));

		if (kind_is(part, KIND_ATTRIBUTE) && column != NULL &&
			changes->of_new[part->number]->old == NULL && column_type_fills(column, changes))
			return true;
	}
	return false;
}

const SchemaObject *
table_type(const SchemaObject *table, const SchemaSnapshot *snapshot)
{
	const char *type = prop(table, "of_type");

	return type == NULL ? NULL : snapshot_find(snapshot, KIND_COMPOSITE, type);
}

bool
table_changes_type(const Change *table, const Changes *changes)
{
	const SchemaObject *type;

	if (table->old == NULL || !kind_is(table->old, KIND_TABLE) || table->new == NULL ||
		change_goes_away(table))
		return false;
	if (prop_differs(table, "of_type"))
		return true;
	type = table_type(table->old, changes->from);
	return type != NULL && (change_goes_away(changes->of_old[type->number]) ||
							has_retyped_attribute(type, changes) ||
							gains_filled_attribute(table, type, changes));
}

void
table_leave_type(const SchemaObject *old, Writer *w)
{
	put_on(w, old, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s NOT OF", alter_table(old), old->identity);
}

/* TOAST options are written with their prefix on both sides. */
static bool
alter_table_in_place(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const char *alter = psprintf("%s %s", alter_table(new), new->identity);

	if (prop_differs(change, "kind") || prop_differs(change, "partition_key") ||
		prop_differs(change, "server"))
		return false;
	if (table_changes_type(change, w->changes) && prop(new, "of_type") != NULL)
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, 0, "%s OF %s", alter, prop(new, "of_type"));
	if (prop_differs(change, "persistence"))
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s SET %s", alter,
			   prop_is(new, "persistence", "u") ? "UNLOGGED" : "LOGGED");
	if (prop_differs(change, "access_method"))
	{
		if (!COMPAT_SETS_ACCESS_METHOD)
			return false;
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s SET ACCESS METHOD %s", alter,
			   prop(new, "access_method") ? quote_identifier(prop(new, "access_method")) : "heap");
	}
	if (prop_differs(change, "tablespace"))
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s SET TABLESPACE %s", alter,
			   prop(new, "tablespace") ? quote_identifier(prop(new, "tablespace")) : "pg_default");
	write_options(w, new, alter, prop(old, "options"), prop(new, "options"));
	write_options(w, new, alter, prop(old, "toast_options"), prop(new, "toast_options"));
	if (prop_differs(change, "foreign_options"))
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, 0, "%s OPTIONS (%s)", alter,
			   foreign_options(prop(old, "foreign_options"), prop(new, "foreign_options")));
	write_table_settings(old, new, false, w);
	return true;
}

static OnLoss
table_on_loss(const Change *dependent, const Change *cause)
{
	const SchemaObject *table = dependent->old;

	if (kind_is(cause->old, KIND_COMPOSITE) && prop_is(table, "of_type", cause->old->identity))
		return LOSS_ALTERS;

	/*
	 * a foreign table cannot get another server, and has no rows in this
	 * database
	 */
	if (kind_is(cause->old, KIND_SERVER))
		return LOSS_REPLACES;
	return object_outlives(dependent, cause);
}

static void
table_empty(const Change *change, Writer *w)
{
	table_leave_type(change->old, w);
}

static const Property table_props[] = {
	{"kind", "c.relkind::text", NOT_NULL},
	{"persistence", "c.relpersistence::text", NOT_NULL},
	{"partition_key",
		"CASE WHEN c.relkind = 'p' THEN " DEFINED("pg_get_partkeydef(c.oid)") " END",
		MAY_BE_NULL, SQL_AFTER("CREATE TABLE t () PARTITION BY ")
	},
	{"options", "array_to_string(c.reloptions, ', ')", MAY_BE_NULL},
	{"toast_options", TOAST_OPTIONS, MAY_BE_NULL},
	{"tablespace", "ts.spcname::text", MAY_BE_NULL},
	{"access_method", "nullif(am.amname::text, 'heap')", MAY_BE_NULL},
	{"replica_identity",
		"CASE WHEN c.relkind = 'f' THEN 'd' ELSE c.relreplident::text END", NOT_NULL
	},
	{"row_security", "c.relrowsecurity::text", NOT_NULL},
	{"force_row_security", "c.relforcerowsecurity::text", NOT_NULL},
	{"of_type", "CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END", MAY_BE_NULL},
	{"server", "s.srvname::text", MAY_BE_NULL},
	{"foreign_options", FOREIGN_OPTIONS("f.ftoptions"), MAY_BE_NULL},
	{"_toasted", "(tc.oid IS NOT NULL)::text", NOT_NULL},
	{NULL}
};

const Kind	kind_table = {
	.name = "table",
	.source = {
		.oid = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.relname::text",
		.identity = QUALIFIED("n.nspname", "c.relname"),
		.owner = OWNER("c.relowner"),
		.acl = ACL("c.relacl", "r", "c.relowner"),
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid AND c.reltoastrelid <> 0"
		" LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace AND c.reltablespace <> 0"
		" LEFT JOIN pg_am am ON am.oid = c.relam AND c.relam <> 0"
		" LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid"
		" LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver",
		.where = "c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND " MANAGED,
	},
	.classid = RelationRelationId,
	.props = table_props,
	.keyword = "TABLE",
	.keyword_of = table_keyword,
	.grant_on = "TABLE",
	.acl_type = 'r',
	.create = create_table,
	.drop = drop_table,
	.alter = alter_table_in_place,
	.slots = relation_slots,
	.relkinds = "rpf",
	.names = NAME_OF_TYPE | NAME_OF_RELATION,
	.consists_of = CONSISTS_OF_FIELDS,
	.has_rows = true,
	.named_in_bodies = true,
	.on_loss = table_on_loss,
	.is_altered_along = table_changes_type,
	.empty = table_empty,
	.put_aside = table_put_aside,
	.drop_aside = table_drop_aside,
	.renamed_as = RENAMED_RELATION,
	.rename = relation_rename,
};

/* -------------------------------------------------------------------- links */

/* The subid is the position in INHERITS (a, b). */
#define LINK_SOURCE \
	.oid = "i.inhrelid", \
	.subid = "i.inhseqno", \
	.parent = "i.inhrelid", \
	.schema = "n.nspname::text", \
	.name = "c.relname::text", \
	.identity = QUALIFIED("n.nspname", "c.relname") " || ' of ' || " \
	QUALIFIED("pn.nspname", "p.relname"), \
	.from = "pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid" \
	" JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class p ON p.oid = i.inhparent" \
	" JOIN pg_namespace pn ON pn.oid = p.relnamespace"

static const Property link_props[] = {
	{"parent", QUALIFIED("pn.nspname", "p.relname"), NOT_NULL},
	{"bound",
		"CASE WHEN c.relispartition THEN " DEFINED("pg_get_expr(c.relpartbound, c.oid)") " END",
		MAY_BE_NULL
	},
	{"_needs", ADDRESS("pg_class", "p.oid", "0"), NOT_NULL},
	{"local",
		"(SELECT bool_and(a.attislocal)::text FROM pg_attribute a"
		" JOIN pg_attribute pa ON pa.attname = a.attname AND pa.attrelid = p.oid"
		" WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
		" AND NOT c.relispartition)", MAY_BE_NULL
	},
	{NULL}
};

/* INHERIT for an existing table; a new child is created with its parents. */
static void
create_inherits(const Change *change, Writer *w)
{
	const SchemaObject *table = change->new->parent;

	also_locks(put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s INHERIT %s", alter_table(table),
					  table->identity,
					  prop(change->new, "parent")),
			   LOCK_SHARE_UPDATE_EXCLUSIVE, prop(change->new, "parent"));
}

static void
drop_inherits(const Change *change, Writer *w)
{
	const SchemaObject *table = change->old->parent;

	put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s NO INHERIT %s", alter_table(table),
		   table->identity, prop(change->old, "parent"));
}

/*
 * When a child is detached and attached again, its columns become its own.  Only recreating them
 * would undo that.
 */
static bool
same_inherits(const SchemaObject *old, const SchemaObject *new, const char *prop, const char *a,
			  const char *b)
{
	return strcmp(prop, "local") == 0 && (b == NULL || strcmp(b, "true") != 0);
}

const Kind	kind_inherits = {
	.name = "inheritance",
	.source = {
		LINK_SOURCE,
		.where = "c.relkind IN ('r', 'p', 'f') AND NOT c.relispartition AND " MANAGED,
	},
	.classid = InheritsRelationId,
	.parent_classid = RelationRelationId,
	.props = link_props,
	.create = create_inherits,
	.drop = drop_inherits,
	.same = same_inherits,
	.relkinds = "rpf",
	.link = LINK_OF_TABLES,
	.created_with_parent = object_always,
};

static void
create_partition(const Change *change, Writer *w)
{
	const SchemaObject *table = change->new->parent;

	/* ATTACH does not scan a foreign table */
	int			hazards = prop_is(table, "kind", "f") ? 0 : HAZARD_SCAN | HAZARD_MAY_FAIL;
	SchemaStatement *statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, hazards,
										"ALTER TABLE ONLY %s ATTACH PARTITION %s %s",
										prop(change->new, "parent"), table->identity,
										prop(change->new, "bound"));

	also_locks(statement, LOCK_SHARE_UPDATE_EXCLUSIVE, prop(change->new, "parent"));
	also_locks_default(w, statement, prop(change->new, "parent"), HAZARD_SCAN | HAZARD_MAY_FAIL);
	with_children(w, statement);
}

static void
drop_partition(const Change *change, Writer *w)
{
	const SchemaObject *table = change->old->parent;
	SchemaStatement *statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0,
										"ALTER TABLE ONLY %s DETACH PARTITION %s",
										prop(change->old, "parent"), table->identity);

	also_locks(statement, LOCK_ACCESS_EXCLUSIVE, prop(change->old, "parent"));
	also_locks_default(w, statement, prop(change->old, "parent"), 0);
	with_children(w, statement);
}

const Kind	kind_partition = {
	.name = "partition",
	.source = {
		LINK_SOURCE,
		.where = "c.relkind IN ('r', 'p', 'f') AND c.relispartition AND " MANAGED,
	},
	.classid = InheritsRelationId,
	.parent_classid = RelationRelationId,
	.props = link_props,
	.create = create_partition,
	.drop = drop_partition,
	.relkinds = "rpf",
	.link = LINK_OF_TABLES,
	.creates_alone = true,
	.drops_alone = true,
	.is_evaluated = object_always,
};
