/*
 * kind_sequence.c
 *		Sequences, and the columns that own them.
 *
 * The sequence of an identity column is a property of the column.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_sequence.h"
#include "utils/builtins.h"

const char *
name_part(const char *qualified)
{
	bool		quoted = false;
	const char *result = qualified;

	for (const char *p = qualified; *p != '\0'; p++)
	{
		if (*p == '"')
			quoted = !quoted;
		else if (*p == '.' && !quoted)
			result = p + 1;
	}
	return result;
}

static const char *
get(const SchemaObject *obj, const char *prefix, const char *name)
{
	return prop(obj, psprintf("%s%s", prefix, name));
}

/* The value that CREATE SEQUENCE uses if a clause is missing. */
static const char *
implied_value(const SchemaObject *obj, const char *prefix, const char *name)
{
	bool		down = get(obj, prefix, "increment")[0] == '-';
	const char *type = get(obj, prefix, "type");
	bool		is_small = strcmp(type, "smallint") == 0;
	bool		is_int = strcmp(type, "integer") == 0;

	if (strcmp(name, "min") == 0)
		return !down ? "1" : is_small ? "-32768" : is_int ? "-2147483648" : "-9223372036854775808";
	if (strcmp(name, "max") == 0)
		return down ? "-1" : is_small ? "32767" : is_int ? "2147483647" : "9223372036854775807";
	if (strcmp(name, "start") == 0)
		return get(obj, prefix, down ? "max" : "min");
	return "1";					/* increment, cache */
}

/* A bound as a number: all of bigint is there. */
static int64
bound(const SchemaObject *sequence, const char *prefix, const char *name)
{
	return strtoll(get(sequence, prefix, name), NULL, 10);
}

char *
sequence_clauses(const SchemaObject *old, const SchemaObject *new, const char *prefix)
{
	static const char *const names[] = {"increment", "min", "max", "start", "cache"};
	static const char *const clauses[] = {"INCREMENT BY", "MINVALUE", "MAXVALUE", "START WITH",
	"CACHE"};
	StringInfoData buf;
	bool		new_type = old != NULL &&
	(texts_differ(get(old, prefix, "type"), get(new, prefix, "type")) ||
	 texts_differ(prop(old, "type"), prop(new, "type")));

	initStringInfo(&buf);
	for (int i = 0; i < lengthof(names); i++)
	{
		const char *value = get(new, prefix, names[i]);
		const char *before =
		old ? get(old, prefix, names[i]) : implied_value(new, prefix, names[i]);

		/* with another type the bounds would be made to fit it */
		if (texts_differ(before, value) || (new_type && (i == 1 || i == 2)))
			appendStringInfo(&buf, " %s %s", clauses[i], value);
	}
	if (texts_differ(old ? get(old, prefix, "cycle") : "false", get(new, prefix, "cycle")))
		appendStringInfo(&buf, " %sCYCLE", strcmp(get(new, prefix, "cycle"), "true") == 0 ? ""
						 : "NO ");
	/* the old and the new bounds have no value in common */
	if (old != NULL && (bound(new, prefix, "min") > bound(old, prefix, "max") ||
						bound(new, prefix, "max") < bound(old, prefix, "min")))
		appendStringInfoString(&buf, " RESTART");
	return buf.data;
}

void
sequence_move_into_bounds(const SchemaObject *old, const SchemaObject *new, const char *prefix,
						  const char *sequence, Writer *w)
{
	const char *min = get(new, prefix, "min");
	const char *max = get(new, prefix, "max");
	bool		raised = bound(new, prefix, "min") > bound(old, prefix, "min");
	bool		lowered = bound(new, prefix, "max") < bound(old, prefix, "max");

	if (raised && bound(new, prefix, "min") <= bound(old, prefix, "max"))
		put(w, "SELECT pg_catalog.setval(%s, %s, false) FROM %s WHERE last_value < %s",
			literal(sequence), min, sequence, min);
	if (lowered && bound(new, prefix, "max") >= bound(old, prefix, "min"))
		put(w, "SELECT pg_catalog.setval(%s, %s) FROM %s WHERE last_value > %s", literal(sequence),
			max, sequence, max);
}

/* Has the table an index that finds the greatest value, before and afterwards? */
static bool
has_index(const SchemaObject *column, const Writer *w)
{
	const SchemaObject *before = w->changes->of_new[column->number]->old;
	ListCell   *lc;

	if (before != NULL)
	{
		foreach(lc, before->needed_by)
		{
			if (index_leads(lfirst(lc), before) && !object_goes(w, lfirst(lc)))
				return true;
		}
	}
	return false;
}

void
sequence_move_behind_values(const SchemaObject *column, const SchemaObject *sequence,
							const char *prefix, const char *name, Writer *w)
{
	const char *of = quote_identifier(column->name);

	/* do not read the rows of a foreign table: they are in another server */
	if (prop_is(column->parent, "kind", "f") || get(sequence, prefix, "increment")[0] == '-')
		return;
	put(w, "SELECT pg_catalog.setval(%s, max(%s)) FROM %s HAVING max(%s) BETWEEN %s AND %s",
		literal(name), of,
		column->parent->identity, of, get(sequence, prefix, "start"),
		get(sequence, prefix, "max"))->hazards = has_index(column, w) ? 0 : HAZARD_SCAN;
}

static void
create_sequence(const Change *change, Writer *w)
{
	const SchemaObject *sequence = change->new;
	const char *type = prop(sequence, "type");

	if (prop_true(sequence, "_identity"))
		return;
	put(w, "CREATE %sSEQUENCE %s%s%s", prop_is(sequence, "persistence", "u") ? "UNLOGGED " : "",
		sequence->identity,
		strcmp(type, "bigint") == 0 ? "" : psprintf(" AS %s", type),
		sequence_clauses(NULL, sequence, ""));
}

static void
drop_sequence(const Change *change, Writer *w)
{
	if (!prop_true(change->old, "_identity"))
		put(w, "DROP SEQUENCE %s", change->old->identity)->hazards = HAZARD_DATA_LOSS;
}

/* The column among the objects, or NULL. */
static const SchemaObject *
find_column(const List *objects)
{
	ListCell   *lc;

	foreach(lc, objects)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_COLUMN))
			return lfirst(lc);
	}
	return NULL;
}

const SchemaObject *
sequence_owned_by(const SchemaObject *object)
{
	ListCell   *lc;

	foreach(lc, object->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (kind_is(part, KIND_SEQUENCE_OWNER))
			return find_column(part->needs);
	}
	return NULL;
}

const SchemaObject *
sequence_column(const SchemaObject *object)
{
	const SchemaObject *column = kind_is(object, KIND_SEQUENCE) ? find_column(object->needs) : NULL;

	return column != NULL ? column : sequence_owned_by(object);
}

bool
sequence_follows_persistence(const SchemaObject *old, const Changes *changes)
{
	const Change *change = changes->of_old[old->number];
	const SchemaObject *column;
	const Change *table;

	if (!COMPAT_SEQUENCE_FOLLOWS_PERSISTENCE || prop_true(old, "_identity") ||
		change->new == NULL || change_goes_away(change))
		return false;
	column = sequence_owned_by(old);
	table = column != NULL ? changes->of_old[column->parent->number] : NULL;
	return table != NULL && table->fate == FATE_ALTER && prop_differs(table, "persistence");
}

static bool
alter_sequence(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	const char *type;
	const char *clauses;

	if (prop_true(change->old, "_identity") || prop_true(new, "_identity"))
		return prop_true(change->old, "_identity") == prop_true(new, "_identity");
	type = prop_differs(change, "type") ? psprintf(" AS %s", prop(new, "type")) : "";
	clauses = sequence_clauses(change->old, new, "");
	sequence_move_into_bounds(change->old, new, "", new->identity, w);
	if (*type != '\0' || *clauses != '\0')
		put(w, "ALTER SEQUENCE %s%s%s", new->identity, type, clauses);
	if (prop_differs(change, "persistence") ||
		sequence_follows_persistence(change->old, w->changes))
		put(w, "ALTER SEQUENCE %s SET %s", new->identity,
			prop_is(new, "persistence", "u") ? "UNLOGGED" : "LOGGED");
	return true;
}

static List *
sequence_slots(const SchemaObject *obj)
{
	/* an identity column creates its sequence itself */
	return prop_true(obj, "_identity") ? NIL : list_make1(psprintf("rel %s", obj->identity));
}

static const SchemaObject *
owner_part(const SchemaObject *sequence)
{
	ListCell   *lc;

	foreach(lc, sequence->parts)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_SEQUENCE_OWNER))
			return lfirst(lc);
	}
	return NULL;
}

bool
sequence_follows_table(const SchemaObject *old, const SchemaObject *new)
{
	const SchemaObject *before = old ? owner_part(old) : NULL;
	const SchemaObject *after = owner_part(new);

	return prop_true(new, "_identity") ||
		(before != NULL && after != NULL && strcmp(prop(before, "column"),
												   prop(after, "column")) == 0);
}

/* The sequence of an identity column is created again with the column. */
static OnLoss
sequence_on_loss(const Change *dependent, const Change *cause)
{
	return prop_true(dependent->old, "_identity") ? LOSS_REPLACES
		: object_outlives(dependent, cause);
}

/* ALTER TABLE SET UNLOGGED does the same to the sequences of the table's columns. */
static bool
sequence_is_altered_along(const Change *change, const Changes *changes)
{
	return sequence_follows_persistence(change->old, changes);
}

/*
 * Of an identity column's sequence only grants and comment are compared: the column has the rest as
 * properties.
 */
static const Property sequence_props[] = {
	{"type", "CASE WHEN d.objid IS NULL THEN format_type(s.seqtypid, NULL) END", MAY_BE_NULL},
	{"start", "CASE WHEN d.objid IS NULL THEN s.seqstart::text END", MAY_BE_NULL},
	{"increment", "CASE WHEN d.objid IS NULL THEN s.seqincrement::text END", MAY_BE_NULL},
	{"min", "CASE WHEN d.objid IS NULL THEN s.seqmin::text END", MAY_BE_NULL},
	{"max", "CASE WHEN d.objid IS NULL THEN s.seqmax::text END", MAY_BE_NULL},
	{"cache", "CASE WHEN d.objid IS NULL THEN s.seqcache::text END", MAY_BE_NULL},
	{"cycle", "CASE WHEN d.objid IS NULL THEN s.seqcycle::text END", MAY_BE_NULL},
	{"persistence", "CASE WHEN d.objid IS NULL THEN c.relpersistence::text END", MAY_BE_NULL},
	{"_identity", "(d.objid IS NOT NULL)::text", NOT_NULL},
	{"_needs",
		"CASE WHEN d.objid IS NOT NULL THEN " ADDRESS("pg_class", "d.refobjid", "d.refobjsubid")
		" END", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_sequence = {
	.name = "sequence",
	.source = {
		.oid = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.relname::text",
		.identity = QUALIFIED("n.nspname", "c.relname"),
		.owner = OWNER("c.relowner"),
		.acl = ACL("c.relacl", "s", "c.relowner"),
		.from = "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
		" JOIN pg_sequence s ON s.seqrelid = c.oid"
		" LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid"
		" AND d.deptype = 'i' AND d.refclassid = 'pg_class'::regclass AND d.refobjsubid > 0",
		.where = "c.relkind = 'S' AND c.relpersistence <> 't' AND " MANAGED,
	},
	.classid = RelationRelationId,
	.props = sequence_props,
	.keyword = "SEQUENCE",
	.acl_type = 's',
	.create = create_sequence,
	.drop = drop_sequence,
	.alter = alter_sequence,
	.slots = sequence_slots,
	.relkinds = "S",
	.names = NAME_OF_RELATION,
	.named_in_bodies = true,
	.creates_alone = true,
	.drops_alone = true,
	.on_loss = sequence_on_loss,
	.is_altered_along = sequence_is_altered_along,
	.renamed_as = RENAMED_RELATION,
};

/* -------------------------------------------------------------------- owners */

static bool
is_integer(const SchemaObject *column)
{
	return prop_is(column, "type", "integer") || prop_is(column, "type", "bigint") ||
		prop_is(column, "type", "smallint");
}

/* A new sequence of an existing column starts after the greatest value of the column. */
static void
move_behind_values(const SchemaObject *sequence, const char *column_identity, Writer *w)
{
	const SchemaObject *column = snapshot_find(w->to, KIND_COLUMN, column_identity);
	const SchemaObject *before = snapshot_find(w->from, KIND_SEQUENCE, sequence->identity);

	if ((before != NULL && !object_goes(w, before)) ||
		snapshot_find(w->from, KIND_COLUMN, column_identity) == NULL ||
		column == NULL || !is_integer(column))
		return;
	sequence_move_behind_values(column, sequence, "", sequence->identity, w);
}

static void
create_owner(const Change *change, Writer *w)
{
	put(w, "ALTER SEQUENCE %s OWNED BY %s", change->new->parent->identity,
		prop(change->new, "column"));
	if (change->fate == FATE_CREATE || change->fate == FATE_REPLACE)
		move_behind_values(change->new->parent, prop(change->new, "column"), w);
}

static void
drop_owner(const Change *change, Writer *w)
{
	put(w, "ALTER SEQUENCE %s OWNED BY NONE", change->old->parent->identity);
}

static bool
alter_owner(Change *change, Writer *w)
{
	create_owner(change, w);
	return true;
}

static const Property owner_props[] = {
	{"column", QUALIFIED("tn.nspname", "t.relname") " || '.' || quote_ident(a.attname)", NOT_NULL},
	{"_needs", ADDRESS("pg_class", "t.oid", "a.attnum"), NOT_NULL},
	{NULL}
};

const Kind	kind_sequence_owner = {
	.name = "sequence owner",
	/* not its own address in pg_depend, where it is the sequence's */
	.source = {
		.oid = "c.oid",
		.subid = "-1",
		.parent = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.relname::text",
		.identity = QUALIFIED("n.nspname", "c.relname"),
		.from = "pg_depend d JOIN pg_class c ON c.oid = d.objid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_class t ON t.oid = d.refobjid"
		" JOIN pg_namespace tn ON tn.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid"
		" AND a.attnum = d.refobjsubid",
		.where = "d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass"
		" AND d.deptype = 'a' AND d.refobjsubid > 0 AND c.relkind = 'S' AND c.relpersistence <> 't'"
		" AND " MANAGED,
	},
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = owner_props,
	.create = create_owner,
	.drop = drop_owner,
	.alter = alter_owner,
	.relkinds = "S",
	.creates_alone = true,
	.drops_alone = true,
	.after_rows = AFTER_ROWS,
};
