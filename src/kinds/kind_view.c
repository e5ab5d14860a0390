/*
 * kind_view.c
 *		Views, materialised views, their columns, and rules.
 *
 * CREATE OR REPLACE VIEW can add columns at the end and nothing else; a materialised
 * view with another query is always made again.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_rewrite.h"
#include "utils/builtins.h"

/* A query as the catalog prints it, without its semicolon. */
static char *
query_text(const SchemaObject *view)
{
	const char *definition = prop(view, "definition");
	int			len = strlen(definition);

	while (len > 0 && (definition[len - 1] == ';' || definition[len - 1] == '\n'))
		len--;
	return pnstrdup(definition, len);
}

static char *
view_options(const SchemaObject *view)
{
	const char *options = prop(view, "options");

	return options ? psprintf(" WITH (%s)", options) : "";
}

static void
create_view(const Change *change, Writer *w)
{
	put(w, "CREATE %sVIEW %s%s AS\n%s", change->is_dummy ? "OR REPLACE " : "",
		change->new->identity,
		view_options(change->new), query_text(change->new));
}

static void
replace_view(const SchemaObject *view, Writer *w)
{
	put(w, "CREATE OR REPLACE VIEW %s%s AS\n%s", view->identity, view_options(view),
		query_text(view));
}

/* "name type[ COLLATE c]" a line */
void
view_create_dummy(const SchemaObject *view, Writer *w)
{
	StringInfoData buf;

	initStringInfo(&buf);
	for (const char *line = prop(view, "columns"); line != NULL && *line != '\0';)
	{
		const char *end = strchr(line, '\n');
		const char *tab = strchr(line, '\t');

		if (end == NULL)
			end = line + strlen(line);
		appendStringInfo(&buf, "%s\n    NULL::%.*s AS %.*s", buf.len ? "," : "",
						 (int) (end - tab - 1), tab + 1,
						 (int) (tab - line), line);
		line = *end == '\0' ? end : end + 1;
	}
	put(w, "CREATE OR REPLACE VIEW %s AS SELECT%s", view->identity, buf.data);
}

static void
drop_view(const Change *change, Writer *w)
{
	put(w, "DROP VIEW %s", change->old->identity);
}

static bool
starts_with_columns(const char *new, const char *old)
{
	size_t		len = old ? strlen(old) : 0;

	return len == 0 || (new != NULL && strncmp(new, old, len) == 0 &&
						(new[len] == '\0' || new[len] == '\n'));
}

static int
compare_types(const ListCell *a, const ListCell *b)
{
	return strcmp(lfirst(a), lfirst(b));
}

/* The types of "name type" lines, sorted. */
static List *
column_types(const char *columns)
{
	List	   *types = NIL;

	for (const char *line = columns; line != NULL && *line != '\0';)
	{
		const char *tab = strchr(line, '\t');
		size_t		len = strcspn(tab, "\n");

		types = lappend(types, pnstrdup(tab, len));
		line = tab[len] == '\0' ? NULL : tab + len + 1;
	}
	list_sort(types, compare_types);
	return types;
}

/*
 * What a query returns may change without a word of it.  Not so when only the order does:
 * a function returns the columns of a table, which may have kept theirs.
 */
static bool
types_differ(const SchemaObject *old, const SchemaObject *new)
{
	List	   *a = column_types(prop(old, "columns"));
	List	   *b = column_types(prop(new, "columns"));

	if (list_length(a) != list_length(b))
		return true;
	for (int i = 0; i < list_length(a); i++)
		if (strcmp(list_nth(a, i), list_nth(b, i)) != 0)
			return true;
	return false;
}

static bool
same_view(const SchemaObject *old, const SchemaObject *new, const char *name, const char *a,
		  const char *b)
{
	return strcmp(name, "columns") == 0 && !types_differ(old, new);
}

static bool
alter_view(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;

	if (prop_differs(change, "definition") || types_differ(old, new) || change->is_dummy)
	{
		if (!starts_with_columns(prop(new, "columns"), prop(old, "columns")))
			return false;
		replace_view(new, w);
	}
	else
		write_options(w, new, psprintf("ALTER VIEW %s", new->identity), prop(old, "options"),
					  prop(new, "options"));
	return true;
}

static List *
view_slots(const SchemaObject *view)
{
	return list_make2(psprintf("rel %s", view->identity), psprintf("type %s", view->identity));
}

#define VIEW_SOURCE \
	.oid = "c.oid", \
	.schema = "n.nspname::text", \
	.name = "c.relname::text", \
	.identity = QUALIFIED("n.nspname", "c.relname"), \
	.owner = OWNER("c.relowner"), \
	.acl = ACL("c.relacl", "r", "c.relowner")

SchemaObject *
matview_of_part(const SchemaObject *object)
{
	return object->parent != NULL && kind_is(object->parent, KIND_MATVIEW) ? object->parent : NULL;
}

static void
view_empty(const Change *change, Writer *w)
{
	view_create_dummy(change->old, w);
}

static const Property view_props[] = {
	{"definition", "pg_get_viewdef(c.oid)", NOT_NULL, SQL_AFTER("")},
	{"options", "array_to_string(c.reloptions, ', ')", MAY_BE_NULL},
	{"columns",
		"(SELECT string_agg(quote_ident(a.attname)"
		" || E'\\t' || format_type(a.atttypid, a.atttypmod)"
		" || CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0"
		" THEN ' COLLATE ' || a.attcollation::regcollation::text ELSE '' END,"
		" E'\\n' ORDER BY a.attnum) FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid"
		" WHERE a.attrelid = c.oid AND a.attnum > 0)", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_view = {
	.name = "view",
	.source = {
		VIEW_SOURCE,
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace",
		.where = "c.relkind = 'v' AND c.relpersistence <> 't' AND " MANAGED,
	},
	.classid = RelationRelationId,
	.props = view_props,
	.keyword = "VIEW",
	.grant_on = "TABLE",
	.acl_type = 'r',
	.create = create_view,
	.drop = drop_view,
	.alter = alter_view,
	.same = same_view,
	.slots = view_slots,
	.relkinds = "v",
	.names = NAME_OF_TYPE | NAME_OF_RELATION,
	.named_in_bodies = true,
	.used_aside = true,
	.after_rows = AFTER_CLEANUP,
	.breaks_by_retype = object_always_breaks,
	.stub = view_create_dummy,
	.empty = view_empty,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_RELATION,
	.rename = relation_rename,
};

/* --------------------------------------------------------- materialised views */

static void
create_matview(const Change *change, Writer *w)
{
	const SchemaObject *view = change->new;
	const char *method = prop(view, "access_method");
	const char *tablespace = prop(view, "tablespace");

	put(w, "CREATE MATERIALIZED VIEW %s%s%s%s%s%s%s AS\n%s%s", view->identity,
		method ? " USING " : "", method ? quote_identifier(method) : "", *with_options(view) ? " "
		: "", with_options(view),
		tablespace ? " TABLESPACE " : "", tablespace ? quote_identifier(tablespace) : "",
		query_text(view), prop_true(view, "_populated") ? "" : "\nWITH NO DATA");
}

static void
drop_matview(const Change *change, Writer *w)
{
	put_on(w, change->old, LOCK_ACCESS_EXCLUSIVE, 0, "DROP MATERIALIZED VIEW %s",
		   change->old->identity);
}

static bool
alter_matview(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	const char *alter = psprintf("ALTER MATERIALIZED VIEW %s", new->identity);

	if (prop_differs(change, "definition") ||
		(prop_differs(change, "access_method") && !COMPAT_SETS_ACCESS_METHOD))
		return false;
	write_options(w, new, alter, prop(change->old, "options"), prop(new, "options"));
	write_options(w, new, alter, prop(change->old, "toast_options"), prop(new, "toast_options"));
	if (prop_differs(change, "access_method"))
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s SET ACCESS METHOD %s", alter,
			   prop(new, "access_method") ? quote_identifier(prop(new, "access_method")) : "heap");
	if (prop_differs(change, "tablespace"))
		put_on(w, new, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE, "%s SET TABLESPACE %s", alter,
			   prop(new, "tablespace") ? quote_identifier(prop(new, "tablespace")) : "pg_default");
	return true;
}

static const Property matview_props[] = {
	{"definition", "pg_get_viewdef(c.oid)", NOT_NULL, SQL_AFTER("")},
	{"options", "array_to_string(c.reloptions, ', ')", MAY_BE_NULL},
	{"toast_options", TOAST_OPTIONS, MAY_BE_NULL},
	{"tablespace", "ts.spcname::text", MAY_BE_NULL},
	{"access_method", "nullif(am.amname::text, 'heap')", MAY_BE_NULL},
	{"_populated", "c.relispopulated::text", NOT_NULL},
	{NULL}
};

const Kind	kind_matview = {
	.name = "materialized view",
	.source = {
		VIEW_SOURCE,
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" LEFT JOIN pg_class tc ON tc.oid = c.reltoastrelid AND c.reltoastrelid <> 0"
		" LEFT JOIN pg_tablespace ts ON ts.oid = c.reltablespace AND c.reltablespace <> 0"
		" LEFT JOIN pg_am am ON am.oid = c.relam",
		.where = "c.relkind = 'm' AND " MANAGED,
	},
	.classid = RelationRelationId,
	.props = matview_props,
	.keyword = "MATERIALIZED VIEW",
	.grant_on = "TABLE",
	.acl_type = 'r',
	.create = create_matview,
	.drop = drop_matview,
	.alter = alter_matview,
	.slots = view_slots,
	.relkinds = "m",
	.names = NAME_OF_TYPE | NAME_OF_RELATION,
	.has_rows = true,
	.stores_expression = true,
	.named_in_bodies = true,
	.after_rows = AFTER_CLEANUP,
	.is_evaluated = object_always,
	.breaks_by_retype = object_always_breaks,
	.renamed_as = RENAMED_RELATION,
	.rename = relation_rename,
};

/* ------------------------------------------------------------------ columns */

/* Only columns of materialised views have settings. */
static void
write_column_settings(const SchemaObject *old, const SchemaObject *column, Writer *w)
{
	const SchemaObject *view = column->parent;
	const char *alter = psprintf("ALTER MATERIALIZED VIEW %s ALTER COLUMN %s", view->identity,
								 quote_identifier(column->name));
	const char *storage = prop(column, "storage");

	if (texts_differ(old ? prop(old, "storage") : NULL, storage))
	{
		char		letter = (storage ? storage : prop(column, "_default_storage"))[0];

		put_on(w, view, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET STORAGE %s", alter,
			   letter == 'p' ? "PLAIN" : letter == 'e' ? "EXTERNAL" : letter == 'x' ? "EXTENDED"
			   : "MAIN");
	}
	if (texts_differ(old ? prop(old, "compression") : NULL, prop(column, "compression")))
		put_on(w, view, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET COMPRESSION %s", alter,
			   prop(column, "compression") == NULL ? "default" : prop_is(column, "compression", "p")
			   ? "pglz" : "lz4");
	if (texts_differ(old ? prop(old, "statistics") : NULL, prop(column, "statistics")))
		put_on(w, view, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "%s SET STATISTICS %s", alter,
			   prop(column, "statistics") ? prop(column, "statistics") : "-1");
	write_options(w, view, alter, old ? prop(old, "options") : NULL, prop(column, "options"));
}

static void
create_view_column(const Change *change, Writer *w)
{
	write_column_settings(NULL, change->new, w);
}

static void
drop_view_column(const Change *change, Writer *w)
{
}

static bool
alter_view_column(Change *change, Writer *w)
{
	write_column_settings(change->old, change->new, w);
	return true;
}

static const Property view_column_props[] = {
	{"storage",
		"CASE WHEN c.relkind = 'm' AND a.attstorage <> t.typstorage THEN a.attstorage::text END",
		MAY_BE_NULL
	},
	{"compression", "nullif(a.attcompression, '')::text", SINCE(140000), MAY_BE_NULL},
	{"statistics", "nullif(a.attstattarget, -1)::text", MAY_BE_NULL},
	{"options", COLUMN_OPTIONS, MAY_BE_NULL},
	{"_default_storage", "t.typstorage::text", NOT_NULL},
	{"_type", "format_type(a.atttypid, a.atttypmod)", NOT_NULL},
	{NULL}
};

const Kind	kind_view_column = {
	.name = "column",
	.source = {
		.oid = "c.oid",
		.subid = "a.attnum::int",
		.parent = "c.oid",
		.schema = "n.nspname::text",
		.name = "a.attname::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(a.attname)",
		.acl = "coalesce(a.attacl, '{}')::text",
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
		" JOIN pg_type t ON t.oid = a.atttypid",
		.where = "c.relkind IN ('v', 'm') AND c.relpersistence <> 't' AND " MANAGED,
		.order_by = "c.oid, a.attnum",
	},
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = view_column_props,
	.keyword = "COLUMN",
	.acl_type = 'c',
	.create = create_view_column,
	.drop = drop_view_column,
	.alter = alter_view_column,
	.relkinds = "vm",
	.field = FIELD_OF_QUERY,
	.part_of_type = true,
};

/* -------------------------------------------------------------------- rules */

static void
write_rule_state(const SchemaObject *old, const SchemaObject *rule, Writer *w)
{
	const char *enabled = prop(rule, "enabled");

	if (texts_differ(old ? prop(old, "enabled") : "O", enabled))
		put_on(w, rule->parent, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER TABLE %s %s RULE %s",
			   rule->parent->identity,
			   *enabled == 'D' ? "DISABLE" : *enabled == 'A' ? "ENABLE ALWAYS" : *enabled == 'R'
			   ? "ENABLE REPLICA" : "ENABLE",
			   quote_identifier(rule->name));
}

static void
create_rule(const Change *change, Writer *w)
{
	put_on(w, change->new->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s", query_text(change->new));
	write_rule_state(NULL, change->new, w);
}

static void
drop_rule(const Change *change, Writer *w)
{
	put_on(w, change->old->parent, LOCK_ACCESS_EXCLUSIVE, 0, "DROP RULE %s ON %s",
		   quote_identifier(change->old->name),
		   change->old->parent->identity);
}

static bool
alter_rule(Change *change, Writer *w)
{
	if (prop_differs(change, "definition"))
		return false;
	write_rule_state(change->old, change->new, w);
	return true;
}

static const char *
rule_ref(const SchemaObject *rule)
{
	return psprintf("%s ON %s", quote_identifier(rule->name), rule->parent->identity);
}

static const Property rule_props[] = {
	{"definition", "pg_get_ruledef(r.oid)", NOT_NULL, SQL_AFTER("")},
	{"enabled", "r.ev_enabled::text", NOT_NULL},
	{NULL}
};

const Kind	kind_rule = {
	.name = "rule",
	.source = {
		.oid = "r.oid",
		.parent = "r.ev_class",
		.schema = "n.nspname::text",
		.name = "r.rulename::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(r.rulename)",
		.from = "pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class"
		" JOIN pg_namespace n ON n.oid = c.relnamespace",
		.where = "r.rulename <> '_RETURN' AND " MANAGED,
	},
	.classid = RewriteRelationId,
	.parent_classid = RelationRelationId,
	.props = rule_props,
	.keyword = "RULE",
	.ref = rule_ref,
	.create = create_rule,
	.drop = drop_rule,
	.alter = alter_rule,
	.alter_keeps_needs = true,
	.creates_alone = true,
	.drops_alone = true,
	.stays_inside = true,
	.after_rows = AFTER_ROWS,
	.breaks_by_retype = object_always_breaks,
};
