/*
 * kind_column.c
 *		Columns of tables.  Their types: column_type.c; values that are rows: column_rows.c;
 *		identities: column_identity.c; what they have from parents: column_inheritance.c.
 *
 * A column of an existing table keeps its contents through every change that PostgreSQL has a
 * statement for.  Only a generated column is recreated, on a server that cannot change its
 * expression.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/columns.h"

#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

/* ----------------------------------------------------------------- creating */

char *
column_definition(const SchemaObject *column, const SchemaObject *default_, int how)
{
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "%s %s", quote_identifier(column->name), prop(column, "type"));
	if (prop(column, "foreign_options") != NULL)
		appendStringInfo(&buf, " OPTIONS (%s)", prop(column, "foreign_options"));
	if (prop(column, "compression") != NULL)
		appendStringInfo(&buf, " COMPRESSION %s",
						 prop_is(column, "compression", "p") ? "pglz" : "lz4");
	if (prop(column, "collation") != NULL)
		appendStringInfo(&buf, " COLLATE %s", prop(column, "collation"));
	if (default_ != NULL)
		appendStringInfo(&buf, " DEFAULT %s", prop(default_, "expression"));
	if (prop(column, "generated") != NULL && (how & COLUMN_WITHOUT_EXPRESSION) == 0)
		appendStringInfo(&buf, " GENERATED ALWAYS AS (%s)%s", prop(column, "expression"),
						 prop_is(column, "generated", "s") ? " STORED" : "");
	if (prop(column, "identity") != NULL && (how & COLUMN_WITHOUT_IDENTITY) == 0)
		appendStringInfo(&buf, " %s", column_identity_clause(column));
	if ((how & COLUMN_WITHOUT_NOT_NULL) == 0)
		appendStringInfoString(&buf, not_null_clause(column, (how & COLUMN_NAMES_NOT_NULL) != 0));
	return buf.data;
}

static const char *
storage_word(const char *storage)
{
	switch (storage[0])
	{
		case 'p':
			return "PLAIN";
		case 'e':
			return "EXTERNAL";
		case 'x':
			return "EXTENDED";
		default:
			return "MAIN";
	}
}

/* ALTER TABLE ONLY t ALTER COLUMN c */
char *
column_alter(const SchemaObject *column)
{
	return psprintf("%s ONLY %s ALTER COLUMN %s", alter_table(column->parent),
					column->parent->identity,
					quote_identifier(column->name));
}

void
column_set_storage(const SchemaObject *column, Writer *w)
{
	const char *storage = prop(column, "storage");

	put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET STORAGE %s", column_alter(column),
		   storage_word(storage ? storage : prop(column, "_typdefault")));
}

void
column_set_compression(const SchemaObject *column, Writer *w)
{
	const char *compression = prop(column, "compression");

	put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET COMPRESSION %s",
		   column_alter(column),
		   compression == NULL ? "default" : compression[0] == 'p' ? "pglz" : "lz4");
}

/* Statistics target and options, which have statements of their own. */
static void
write_statistics(const SchemaObject *old, const SchemaObject *column, Writer *w)
{
	const char *alter = column_alter(column);
	const SchemaObject *table = column->parent;

	if (texts_differ(old ? prop(old, "statistics") : NULL, prop(column, "statistics")))
		put_on(w, table, LOCK_SHARE_UPDATE_EXCLUSIVE, 0, "%s SET STATISTICS %s", alter,
			   prop(column, "statistics") ? prop(column, "statistics") : "-1");
	write_options(w, table, alter, old ? prop(old, "options") : NULL, prop(column, "options"));
}

void
column_write_settings(const SchemaObject *column, bool is_inherited, bool is_of_type,
					  const SchemaObject *default_, Writer *w)
{
	const char *alter = column_alter(column);

	if (is_inherited || is_of_type)
	{
		/* the column came from a parent or a type, without these */
		if (default_ != NULL)
			put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s SET DEFAULT %s", alter,
				   prop(default_, "expression"));
		else if (column_default_comes_along(column, w))
			put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s DROP DEFAULT", alter);
		if (prop_true(column, "not_null") && (is_of_type || !column_parent_not_null(column, w->to)))
			not_null_set(column, false, w);
		else if (!prop_true(column, "not_null") && !is_of_type &&
				 column_parent_not_null(column, w->to))
			not_null_drop(column, false, w);
		if (!column_setting_comes_along(column, "storage", w))
			column_set_storage(column, w);
		if (!column_setting_comes_along(column, "compression", w))
			column_set_compression(column, w);
		/* its parent's is not inherited: it has one of its own */
		if (prop(column, "identity") != NULL)
			put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s ADD %s", alter,
				   column_identity_clause(column));
	}
	else
	{
		not_null_write_rest(column, w);
		if (prop(column, "storage") != NULL)
			column_set_storage(column, w);
	}
	write_statistics(NULL, column, w);
	column_write_sequence_type(column, w);
}

bool
column_is_recomputed(const Change *change)
{
	return prop(change->old, "generated") != NULL &&
		(change->new == NULL || prop(change->new, "generated") != NULL);
}

bool
column_type_fills(const SchemaObject *column, const Changes *changes)
{
	return prop_true(column, "_checked") ||
		snapshot_find(changes->to, KIND_DOMAIN_DEFAULT, prop(column, "type")) != NULL;
}

/*
 * Does the server compute a value for each row when it adds the column?  As in ATExecAddColumn():
 * for a default, also of a domain, and to check whether the domain allows NULL.
 */
bool
column_is_filled(const Change *change, const Changes *changes)
{
	const SchemaObject *column = change->new;
	const Change *table;

	if (change->fate != FATE_CREATE && change->fate != FATE_REPLACE)
		return false;
	table = changes->of_new[column->parent->number];
	if (table->old == NULL || change_goes_away(table) || prop_is(column->parent, "kind", "f"))
		return false;
	return prop_is(column, "generated", "s") || prop(column, "identity") != NULL ||
		snapshot_find(changes->to, KIND_DEFAULT, column->identity) != NULL ||
		column_type_fills(column, changes);
}

bool
column_keeps_rows_out(const Change *change, const Changes *changes)
{
	const SchemaObject *table;

	if (change->new == NULL || !kind_is(change->new, KIND_COLUMN) ||
		!column_is_filled(change, changes) ||
		table_inherits_change(change->new, changes, true) != NULL)
		return false;
	table = changes->of_new[change->new->parent->number]->old;
	return column_rows_in(table) != NIL || column_rows_in_matviews(table) != NIL;
}

/*
 * The text of rows needs an empty field for the new column, before it can be read as the new row
 * type.
 */
static void
write_rows_with_place(const SchemaObject *column, const List *rows, Writer *w)
{
	const SchemaObject *table = column->parent;
	const char *name = quote_identifier(column->name);

	if (rows == NIL)
		return;
	put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s ADD COLUMN %s text", alter_table(table),
		   table->identity, name);
	column_rows_as_text(rows, w);
	put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s DROP COLUMN %s", alter_table(table),
		   table->identity, name);
}

/* Does the column's domain have a volatile default, which is another value for each row? */
static bool
has_volatile_type(const SchemaObject *column, const Writer *w)
{
	const SchemaObject *domain = snapshot_find(w->to, KIND_DOMAIN, prop(column, "type"));
	ListCell   *lc;

	if (domain != NULL)
	{
		foreach(lc, domain->parts)
		{
			if (kind_is((SchemaObject *) lfirst(lc), KIND_DOMAIN_DEFAULT) &&
				prop_true(lfirst(lc), "_volatile"))
				return true;
		}
	}
	return false;
}

bool
column_type_rewrites(const SchemaObject *column, const Writer *w)
{
	return prop_true(column, "_checked") || has_volatile_type(column, w);
}

/* Only where its table is there already. */
static void
create_column(const Change *change, Writer *w)
{
	const SchemaObject *column = change->new;
	const SchemaObject *table = column->parent;
	const SchemaObject *default_ = change->merged ? linitial(change->merged) : NULL;
	int			hazards = 0;
	bool		identity_later;
	SchemaStatement *statement;
	List	   *rows;

	if (table_inherits_change(column, w->changes, true))
	{
		column_write_settings(column, true, false, default_, w);
		return;
	}
	if (column_typed_attribute(column, w->changes, true))
	{
		column_write_settings(column, false, true, default_, w);
		return;
	}
	/* children get the column, but not the identity */
	identity_later = prop(column, "identity") != NULL &&
		column_children_lack_identity(column, w->to);
	if (prop_is(column, "generated", "s") || (prop(column, "identity") != NULL && !identity_later))
		hazards |= HAZARD_REWRITE;
	else if (prop_true(column, "not_null") && default_ == NULL)
		hazards |= HAZARD_MAY_FAIL;

	/*
	 * as ATExecAddColumn() finds out; any other default is filled in without
	 * touching the rows
	 */
	if (default_ != NULL ? prop_true(column, "_checked") || prop_true(default_, "_volatile")
		: column_type_rewrites(column, w))
		hazards |= HAZARD_REWRITE;
	if (identity_later)
		hazards |= HAZARD_MAY_FAIL;
	rows = column_keeps_rows_out(change, w->changes) ?
		column_rows_to_hold(w->changes->of_new[table->number]->old, w) : NIL;
	write_rows_with_place(column, rows, w);
	statement = put_on(w, table, LOCK_ACCESS_EXCLUSIVE, hazards, "%s %s ADD COLUMN %s",
					   alter_table(table), table->identity,
					   column_definition(column, default_,
										 identity_later ? COLUMN_WITHOUT_IDENTITY : 0));
	with_children(w, statement);
	column_rows_back(rows, w);
	if (identity_later)
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s ADD %s", column_alter(column),
			   column_identity_clause(column));
	column_write_settings(column, false, false, NULL, w);
}

static void
drop_column(const Change *change, Writer *w)
{
	const SchemaObject *column = change->old;
	bool		only = column_stays_in_child(column, w->changes);
	SchemaStatement *statement;
	ListCell   *lc;

	if (table_inherits_change(column, w->changes, false) ||
		column_typed_attribute(column, w->changes, false))
		return;
	statement = put_on(w, column->parent, LOCK_ACCESS_EXCLUSIVE,
					   prop(column, "generated") ? 0 : HAZARD_DATA_LOSS | HAZARD_IRREVERSIBLE,
					   "%s %s%s DROP COLUMN %s",
					   alter_table(column->parent), only ? "ONLY " : "", column->parent->identity,
					   quote_identifier(column->name));

	if (!only)
	{
		with_children(w, statement);
		return;
	}

	/*
	 * the server notes in the children that the column is their own now, and
	 * locks them for it, but not what inherits from them
	 */
	foreach(lc, table_child_links(column->parent))
	{
		also_locks(statement, LOCK_ACCESS_EXCLUSIVE,
				   ((SchemaObject *) lfirst(lc))->parent->identity);
	}
}

/* ----------------------------------------------------------------- altering */

/* What children have of the column gets its new type with it, which an identity may not be of. */
static void
drop_identities_below(const Change *change, Writer *w)
{
	ListCell   *lc;

	foreach(lc, table_child_links(change->old->parent))
	{
		const SchemaObject *child = ((SchemaObject *) lfirst(lc))->parent;
		const SchemaObject *theirs = snapshot_find(w->from, KIND_COLUMN,
												   psprintf("%s.%s", child->identity,
															quote_identifier(change->old->name)));
		const Change *below = theirs == NULL ? NULL : w->changes->of_old[theirs->number];

		if (below == NULL || below->new == NULL || change_goes_away(below) ||
			!column_retyped_with_parent(below, w))
			continue;
		if (column_loses_identity(below))
			put_on(w, child, LOCK_ACCESS_EXCLUSIVE, 0, "%s ALTER COLUMN %s DROP IDENTITY",
				   psprintf("%s %s", alter_table(child), child->identity),
				   quote_identifier(theirs->name));
		drop_identities_below(below, w);
	}
}

static bool
alter_column_in_place(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	const SchemaObject *table = new->parent;
	const char *alter = psprintf("%s %s ALTER COLUMN %s", alter_table(table), table->identity,
								 quote_identifier(new->name));
	bool		retype = column_is_retyped(change);
	bool		narrows = column_narrows_sequence(change);

	if (narrows)
		column_write_identity(change, w);
	/* a generated column becomes a plain one, or the other way round */
	if (prop(new, "generated") != NULL)
	{
		if (prop_differs(change, "generated"))
			return false;
		if (prop_differs(change, "expression"))
		{
			if (!COMPAT_SETS_EXPRESSION || retype)
				return false;
			if (!column_generated_with_parent(change, w))
				with_children(w, put_on(w, table, LOCK_ACCESS_EXCLUSIVE,
										prop_is(new, "generated", "s") ? HAZARD_REWRITE : 0,
										"%s SET EXPRESSION AS (%s)", alter,
										prop(new, "expression")));
		}
		else if (retype && !column_retyped_with_parent(change, w))
		{
			const char *collation = prop(new, "collation");

			/* values that are computed need no conversion */
			with_children(w, put_on(w, table, LOCK_ACCESS_EXCLUSIVE, HAZARD_REWRITE,
									"%s TYPE %s%s%s", alter, prop(new, "type"),
									collation ? " COLLATE " : "", collation ? collation : ""));
		}
		if (retype)
			change->disturbs = true;
	}
	else
	{
		/* a virtual column has no values that could stay */
		if (prop_is(old, "generated", "v"))
			return false;
		if (prop(old, "generated") != NULL && !change->held &&
			!column_generated_with_parent(change, w))
			with_children(w,
						  put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s DROP EXPRESSION", alter));
		if (column_loses_identity(change) && !(retype && column_retyped_with_parent(change, w)))
			put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s DROP IDENTITY", alter);
		if (retype)
		{
			change->disturbs = true;
			if (!column_retyped_with_parent(change, w))
			{
				List	   *rows = column_rows_to_hold(old->parent, w);

				drop_identities_below(change, w);
				column_rows_as_text(rows, w);
				column_write_type(change, w);
				column_rows_back(rows, w);
			}
		}
	}
	if (column_regains_not_null(change, w->changes))
		not_null_set(new, false, w);
	else if (!column_not_null_follows(change, w))
	{
		bool		only;

		if (column_loses_not_null(change))
			only = column_not_null_in_children(old, w->changes);
		else
			only = column_null_in_children(new, w->to);
		not_null_alter(change, only, w);
	}
	if (!narrows)
		column_write_identity(change, w);
	if (texts_differ(retype ? NULL : prop(old, "compression"), prop(new, "compression")))
		column_set_compression(new, w);
	if (prop_differs(change, "foreign_options"))
		put_on(w, table, LOCK_ACCESS_EXCLUSIVE, 0, "%s OPTIONS (%s)", alter,
			   foreign_options(prop(old, "foreign_options"), prop(new, "foreign_options")));
	/* a new type brings its own storage */
	if (texts_differ(retype ? NULL : prop(old, "storage"), prop(new, "storage")))
		column_set_storage(new, w);
	write_statistics(old, new, w);
	return true;
}

/*
 * Only the bounds of a sequence count, not its type: pg_dump does not print the type for an
 * identity column.
 */
static bool
same_column(const SchemaObject *old, const SchemaObject *new, const char *prop_name, const char *a,
			const char *b)
{
	return (strcmp(prop_name, "seq_type") == 0 && a != NULL && b != NULL) ||
		not_null_same(old, new, prop_name, a, b);
}

/* The sequence of an identity column is a relation. */
static List *
column_slots(const SchemaObject *column)
{
	return prop(column, "sequence") ? list_make1(psprintf("rel %s", prop(column, "sequence")))
		: NIL;
}

bool
column_is_key(const SchemaObject *object)
{
	return kind_is(object, KIND_COLUMN) && prop_true(object, "_key");
}

static bool
column_is_generated(const SchemaObject *column)
{
	return prop(column, "generated") != NULL;
}

static bool
column_breaks_by_retype(const SchemaObject *old, const Changes *changes)
{
	return column_is_generated(old);
}

/* A column whose type goes away keeps its values: it gets the new type of that name. */
static OnLoss
column_on_loss(const Change *dependent, const Change *cause)
{
	const SchemaObject *column = dependent->old;

	if (column->parent == cause->old || column_is_generated(column))
		return LOSS_REPLACES;
	return LOSS_RETYPES;
}

/*
 * The column of a partition key can neither be dropped nor get another type, but the partitioned
 * table has no rows, and its partitions stay.
 */
static bool
column_takes_table(const Change *part, const Changes *changes)
{
	return column_is_key(part->old);
}

/* A statement about a partitioned table's column takes the NOT NULL from the partition's. */
static bool
column_is_altered_along(const Change *change, const Changes *changes)
{
	return column_regains_not_null(change, changes);
}

static void
rename_column(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent,
			  Writer *w)
{
	SchemaStatement *statement;

	statement = put_on(w, parent, LOCK_ACCESS_EXCLUSIVE, 0, "%s %s RENAME COLUMN %s TO %s",
					   alter_table(parent), parent->identity, quote_identifier(is->name),
					   quote_identifier(other->name));
	also_locks_below(statement, LOCK_ACCESS_EXCLUSIVE, parent);
}

static const Property column_props[] = {
	{"type", "format_type(a.atttypid, a.atttypmod)", NOT_NULL},
	{"collation",
		"CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0"
		" THEN a.attcollation::regcollation::text END", MAY_BE_NULL
	},
	{"not_null", "a.attnotnull::text", NOT_NULL},

	/*
	 * since 17 a partition has its parent's identity, which comes and goes
	 * with the link, and no sequence
	 */
	{"identity", "CASE WHEN s.name IS NOT NULL THEN a.attidentity::text END", MAY_BE_NULL},
	{"sequence", "s.name", MAY_BE_NULL},
	{"seq_type", "s.type", MAY_BE_NULL},
	{"seq_start", "s.seqstart::text", MAY_BE_NULL},
	{"seq_increment", "s.seqincrement::text", MAY_BE_NULL},
	{"seq_min", "s.seqmin::text", MAY_BE_NULL},
	{"seq_max", "s.seqmax::text", MAY_BE_NULL},
	{"seq_cache", "s.seqcache::text", MAY_BE_NULL},
	{"seq_cycle", "s.seqcycle::text", MAY_BE_NULL},
	{"generated", "nullif(a.attgenerated, '')::text", MAY_BE_NULL},
	{"expression",
		"CASE WHEN a.attgenerated <> '' THEN " DEFINED("pg_get_expr(d.adbin, d.adrelid)") " END",
		MAY_BE_NULL, SQL_AFTER("SELECT ")
	},
	{"storage", "CASE WHEN a.attstorage <> t.typstorage THEN a.attstorage::text END", MAY_BE_NULL},
	{"compression", "nullif(a.attcompression, '')::text", SINCE(140000), MAY_BE_NULL},
	{"statistics", "nullif(a.attstattarget, -1)::text", MAY_BE_NULL},
	{"options", COLUMN_OPTIONS, MAY_BE_NULL},
	{"foreign_options", FOREIGN_OPTIONS("a.attfdwoptions"), MAY_BE_NULL},

	/*
	 * of its NOT NULL constraint; the name if neither inherited nor the
	 * default one
	 */
	{"not_null_inherited", "nullif(nn.coninhcount > 0, false)::text", SINCE(180000), MAY_BE_NULL},
	{"not_null_name",
		"CASE WHEN nn.coninhcount = 0 THEN nullif(nn.conname::text,"
		" c.relname || '_' || a.attname || '_not_null') END", SINCE(180000), MAY_BE_NULL
	},
	{"not_null_no_inherit", "nullif(nn.connoinherit, false)::text", SINCE(180000), MAY_BE_NULL},
	{"not_null_not_valid", "nullif(NOT nn.convalidated, false)::text", SINCE(180000), MAY_BE_NULL},
	{"not_null_comment", COMMENT_OF("nn.oid", "pg_constraint"), SINCE(180000), MAY_BE_NULL},
	{"_not_null", "nn.conname::text", SINCE(180000), MAY_BE_NULL},
	{"_inherited", "(a.attinhcount > 0)::text", NOT_NULL},
	{"_local", "a.attislocal::text", NOT_NULL},
	{"_typid", "CASE WHEN t.oid < 16384 THEN t.oid::text END", MAY_BE_NULL},
	{"_typmod", "a.atttypmod::text", NOT_NULL},
	{"_typdefault", "t.typstorage::text", NOT_NULL},
	{"_key",
		"(c.relkind = 'p' AND EXISTS (SELECT FROM pg_depend k"
		" WHERE k.classid = 'pg_class'::regclass AND k.objid = c.oid AND k.objsubid = a.attnum"
		" AND k.refclassid = 'pg_class'::regclass AND k.refobjid = c.oid AND k.refobjsubid = 0"
		" AND k.deptype = 'i'))::text", NOT_NULL
	},
	{"_typname", "format_type(a.atttypid, NULL)", NOT_NULL},

	/*
	 * casts that a user or an extension has created, also from the elements
	 * of an array
	 */
	{"_casts",
		"(SELECT E'\\001' || string_agg(format_type(k.casttarget, NULL)"
		" || CASE WHEN k.castsource = a.atttypid THEN '' ELSE '[]' END, E'\\001') || E'\\001'"
		" FROM pg_cast k"
		" WHERE k.castsource IN (a.atttypid, CASE WHEN t.typcategory = 'A' THEN t.typelem END)"
		" AND k.oid >= 16384)", MAY_BE_NULL
	},
	/* does the domain that is the type, or a domain below it, check anything? */
	{"_checked",
		"CASE WHEN t.typtype = 'd' THEN (WITH RECURSIVE d AS"
		" (SELECT t.oid, t.typbasetype, t.typnotnull UNION ALL"
		" SELECT b.oid, b.typbasetype, b.typnotnull"
		" FROM d JOIN pg_type b ON b.oid = d.typbasetype)"
		" SELECT bool_or(d.typnotnull OR"
		" EXISTS (SELECT FROM pg_constraint o WHERE o.contypid = d.oid)) FROM d)::text END",
		MAY_BE_NULL
	},
	{NULL}
};

static const SourceJoin column_joins[] = {
	{"LEFT JOIN pg_constraint nn ON nn.conrelid = c.oid AND nn.contype = 'n'"
		" AND nn.conkey[1] = a.attnum", SINCE(180000)
	},
	/* the sequence of an identity column */
	{"LEFT JOIN LATERAL (SELECT " QUALIFIED("sn.nspname", "sc.relname") " AS name,"
		" format_type(q.seqtypid, NULL) AS type, q.*"
		" FROM pg_depend i JOIN pg_sequence q ON q.seqrelid = i.objid"
		" JOIN pg_class sc ON sc.oid = i.objid JOIN pg_namespace sn ON sn.oid = sc.relnamespace"
		" WHERE i.refclassid = 'pg_class'::regclass AND i.refobjid = c.oid"
		" AND i.refobjsubid = a.attnum AND i.classid = 'pg_class'::regclass"
		" AND i.deptype = 'i') s ON a.attidentity <> ''", SINCE(130000)
	},
	{NULL}
};

const Kind	kind_column = {
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
		" JOIN pg_type t ON t.oid = a.atttypid"
		" LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum"
		" AND a.attgenerated <> ''",
		.joins = column_joins,
		.where = "c.relkind IN ('r', 'p', 'f') AND c.relpersistence <> 't' AND " MANAGED,
		.order_by = "c.oid, a.attnum",
	},
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = column_props,
	.keyword = "COLUMN",
	.acl_type = 'c',
	.create = create_column,
	.drop = drop_column,
	.alter = alter_column_in_place,
	.same = same_column,
	.slots = column_slots,
	.relkinds = "rpf",
	.field = FIELD_OF_ROW,
	.is_inherited = true,
	.drops_alone = true,
	.stays_inside = true,
	.created_with_parent = object_always,
	.is_evaluated = column_is_generated,
	.breaks_by_retype = column_breaks_by_retype,
	.on_loss = column_on_loss,
	.takes_parent = column_takes_table,
	.is_altered_along = column_is_altered_along,
	.empty = column_hold,
	.renamed_as = RENAMED_COLUMN,
	.rename = rename_column,
};
