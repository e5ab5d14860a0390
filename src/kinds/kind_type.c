/*
 * kind_type.c
 *		Enumerations, composite types, domains, ranges.
 *
 * A type that cannot be altered in place is renamed aside, the new one is created, columns are converted,
 * and the old one is dropped (sort.c).
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"

const char *
type_aside_name(const SchemaObject *type, const Writer *w)
{
	return object_aside_name(type, w->from, w->to);
}

/* The functions that make values of a range have the name of the type. */
static void
put_constructors_aside(const SchemaObject *range, Writer *w)
{
	const char *aside = quote_identifier(type_aside_name(range, w));
	const char *aside_multi = quote_identifier(psprintf("%s_m", type_aside_name(range, w)));
	const char *type = psprintf("%s.%s", quote_identifier(range->schema), aside);
	const char *subtype = prop(range, "subtype");
	const char *multi = prop(range, "multirange");

	put(w, "ALTER FUNCTION %s(%s, %s) RENAME TO %s", range->identity, subtype, subtype, aside);
	put(w, "ALTER FUNCTION %s(%s, %s, text) RENAME TO %s", range->identity, subtype, subtype, aside);
	if (multi == NULL)
		return;
	put(w, "ALTER TYPE %s RENAME TO %s", multi, aside_multi);
	put(w, "ALTER FUNCTION %s() RENAME TO %s", multi, aside_multi);
	put(w, "ALTER FUNCTION %s(%s) RENAME TO %s", multi, type, aside_multi);
	put(w, "ALTER FUNCTION %s(%s[]) RENAME TO %s", multi, type, aside_multi);
}

/* The functions that a type is made of, which take it or return it. */
static void
put_functions_aside(const SchemaObject *type, Writer *w)
{
	ListCell   *lc;

	foreach(lc, type->needs)
	{
		const SchemaObject *function = lfirst(lc);

		if (kind_is(function, KIND_FUNCTION) && object_needs(function, type))
			put(w, "ALTER FUNCTION %s RENAME TO %s", function->identity, quote_identifier(type_aside_name(function, w)));
	}
}

void
type_put_aside(const SchemaObject *type, Writer *w)
{
	put_functions_aside(type, w);
	/* Only the view's row type is still needed. */
	if (kind_is(type, KIND_VIEW))
		view_create_dummy(type, w);
	put(w, "ALTER %s %s RENAME TO %s", type->kind->keyword, type->identity, quote_identifier(type_aside_name(type, w)));
	if (kind_is(type, KIND_RANGE))
		put_constructors_aside(type, w);
}

void
type_drop_aside(const Change *change, Writer *w)
{
	const SchemaObject *type = change->old;

	put(w, "DROP %s %s.%s", type->kind->keyword, quote_identifier(type->schema), quote_identifier(type_aside_name(type, w)));
}

static List *
type_slots(const SchemaObject *type)
{
	List	   *slots = list_make1(psprintf("type %s", type->identity));

	if (kind_is(type, KIND_COMPOSITE))
		slots = lappend(slots, psprintf("rel %s", type->identity));
	return slots;
}

#define TYPE_COLUMNS \
	"SELECT t.oid, 0, " NO_PARENT ", n.nspname::text, t.typname::text, " QUALIFIED("n.nspname", "t.typname") ", " \
	OWNER("t.typowner") ", " ACL("t.typacl", "T", "t.typowner") ","

/* -------------------------------------------------------------------- enums */

static const char *const enum_props[] = {"labels", NULL};
static const char *const enum_nullable[] = {"labels", NULL};

/* 'a', 'b': the literals as a list of char *. */
static List *
split_literals(const char *text)
{
	List	   *result = NIL;
	bool		quoted = false;
	const char *start = text;

	for (const char *p = text; p != NULL; p++)
	{
		if (*p == '\'')
			quoted = !quoted;
		if (*p == '\0' || (*p == ',' && !quoted))
		{
			if (p > start)
				result = lappend(result, pnstrdup(start, p - start));
			if (*p == '\0')
				break;
			start = p + 2;
		}
	}
	return result;
}

static void
create_enum(const Change *change, Writer *w)
{
	const char *labels = prop(change->new, "labels");

	put(w, "CREATE TYPE %s AS ENUM (%s)", change->new->identity, labels ? labels : "");
}

/* Values can be added anywhere, but neither removed nor moved. */
static bool
alter_enum(Change *change, Writer *w)
{
	List	   *old = split_literals(prop(change->old, "labels"));
	List	   *new = split_literals(prop(change->new, "labels"));
	const char *before = NULL;
	int			i = 0;
	ListCell   *lc;

	foreach(lc, new)
	{
		const char *label = lfirst(lc);

		if (i < list_length(old) && strcmp(list_nth(old, i), label) == 0)
			i++;
		else if (before != NULL)
			put(w, "ALTER TYPE %s ADD VALUE %s AFTER %s", change->new->identity, label, before);
		else if (old != NIL)
			put(w, "ALTER TYPE %s ADD VALUE %s BEFORE %s", change->new->identity, label, (char *) linitial(old));
		else
			put(w, "ALTER TYPE %s ADD VALUE %s", change->new->identity, label);
		before = label;
	}
	return i == list_length(old);
}

List *
enum_labels_without(const SchemaObject *type, const SchemaObject *other)
{
	List	   *labels;
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	if (!kind_is(type, KIND_ENUM))
		return NIL;
	labels = split_literals(prop(other, "labels"));
	foreach(lc, split_literals(prop(type, "labels")))
	{
		bool		found = false;

		foreach(lc2, labels)
		{
			found |= strcmp(lfirst(lc), lfirst(lc2)) == 0;
		}
		if (!found)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

bool
enum_contains(const SchemaObject *type, const SchemaObject *other)
{
	return enum_labels_without(other, type) == NIL;
}

bool
enum_has_label(const SchemaObject *type, const char *label)
{
	const char *quoted = literal(label);
	ListCell   *lc;

	foreach(lc, split_literals(prop(type, "labels")))
	{
		if (strcmp(lfirst(lc), quoted) == 0)
			return true;
	}
	return false;
}

const Kind	kind_enum = {
	.name = "enum",
	.query = TYPE_COLUMNS
	" (SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid)"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typtype = 'e' AND " MANAGED,
	.classid = TypeRelationId,
	.props = enum_props,
	.nullable = enum_nullable,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_enum,
	.drop = drop_object,
	.alter = alter_enum,
	.slots = type_slots,
	.typtypes = "e",
	.names = NAME_OF_TYPE,
	.named_in_bodies = true,
	.used_aside = true,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_ENUM,
};

/* --------------------------------------------------------------- composites */

static const char *const composite_props[] = {"_aliases", "attributes", NULL};
static const char *const composite_nullable[] = {"attributes", NULL};
static const char *const attribute_props[] = {"type", "collation", NULL};
static const char *const attribute_nullable[] = {"collation", NULL};

static char *
attribute_definition(const SchemaObject *attribute)
{
	const char *collation = prop(attribute, "collation");

	return psprintf("%s %s%s%s", quote_identifier(attribute->name), prop(attribute, "type"),
					collation ? " COLLATE " : "", collation ? collation : "");
}

static void
create_composite(const Change *change, Writer *w)
{
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	foreach(lc, change->merged)
	{
		appendStringInfo(&buf, "%s\n    %s", buf.len ? "," : "", attribute_definition(lfirst(lc)));
	}
	put(w, "CREATE TYPE %s AS (%s\n)", change->new->identity, buf.data);
}

/* ALTER TYPE adds attributes at the end: would they be in another order than is wanted? */
static bool
order_differs(const SchemaObject *old, const SchemaObject *new)
{
	int			last = 0;
	bool		added = false;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, new->parts)
	{
		const SchemaObject *attribute = lfirst(lc);
		const SchemaObject *before = NULL;

		foreach(lc2, old->parts)
		{
			if (strcmp(((SchemaObject *) lfirst(lc2))->name, attribute->name) == 0)
				before = lfirst(lc2);
		}
		if (before == NULL)
			added = true;
		else if (added || before->subid < last)
			return true;
		else
			last = before->subid;
	}
	return false;
}

/* CASCADE, if tables are made of the type. */
const char *
type_cascade(const SchemaObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_TABLE))
			return " CASCADE";
	}
	return "";
}

/* The locks on those tables. */
void
type_locks_tables(SchemaStatement *statement, const SchemaObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const SchemaObject *table = lfirst(lc);

		if (!kind_is(table, KIND_TABLE))
			continue;
		also_locks(statement, LOCK_ACCESS_EXCLUSIVE, table->identity);
		also_locks_below(statement, LOCK_ACCESS_EXCLUSIVE, table);
	}
}

static void
lock_typed_tables(const Writer *w, SchemaStatement *statement, const SchemaObject *type)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_COMPOSITE, type->identity);

	if (before != NULL)
		type_locks_tables(statement, before);
}

/* Do columns contain values of the type, or of a type that contains it? */
static bool
is_stored(const SchemaObject *type)
{
	ListCell   *lc;

	foreach(lc, type->needed_by)
	{
		const SchemaObject *user = lfirst(lc);

		if (user->parent == type)
			continue;
		if (kind_is(user, KIND_ATTRIBUTE))
			user = user->parent;
		if (kind_is(user, KIND_COLUMN) || (kind_is(user, KIND_VIEW_COLUMN) && kind_is(user->parent, KIND_MATVIEW)))
			return true;
		if ((kind_is(user, KIND_COMPOSITE) || kind_is(user, KIND_DOMAIN) || kind_is(user, KIND_RANGE)) && user != type &&
			is_stored(user))
			return true;
	}
	return false;
}

static bool
has_part(const SchemaObject *type, const char *name)
{
	ListCell   *lc;

	foreach(lc, type->parts)
	{
		if (strcmp(((SchemaObject *) lfirst(lc))->name, name) == 0)
			return true;
	}
	return false;
}

/* Are attributes dropped whose values a column still needs for its conversion? */
static bool
loses_values_that_move(const Change *change, const Writer *w)
{
	bool		loses = false;
	ListCell   *lc;

	foreach(lc, change->old->parts)
	{
		loses |= !has_part(change->new, ((SchemaObject *) lfirst(lc))->name);
	}
	if (!loses)
		return false;
	foreach(lc, change->old->needed_by)
	{
		const SchemaObject *column = lfirst(lc);
		const SchemaObject *now = kind_is(column, KIND_COLUMN) ? snapshot_find(w->to, KIND_COLUMN, column->identity) : NULL;

		if (now != NULL && texts_differ(prop(column, "type"), prop(now, "type")))
			return true;
	}
	return false;
}

/* The order in tables stays; everything else can be made again. */
static bool
alter_composite(Change *change, Writer *w)
{
	if (*type_cascade(change->old) == '\0' && loses_values_that_move(change, w))
		return false;
	return is_stored(change->old) || *type_cascade(change->old) != '\0' || !order_differs(change->old, change->new);
}

static void
create_attribute(const Change *change, Writer *w)
{
	lock_typed_tables(w, put(w, "ALTER TYPE %s ADD ATTRIBUTE %s%s", change->new->parent->identity, attribute_definition(change->new),
							 type_cascade(change->new->parent)),
					  change->new->parent);
}

static void
drop_attribute(const Change *change, Writer *w)
{
	SchemaStatement *statement = put(w, "ALTER TYPE %s DROP ATTRIBUTE %s%s", change->old->parent->identity, quote_identifier(change->old->name),
									 type_cascade(change->old->parent));

	statement->hazards = HAZARD_DATA_LOSS;
	lock_typed_tables(w, statement, change->old->parent);
}

static bool
alter_attribute(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	const char *collation = prop(new, "collation");

	if (!change->retype && !prop_differs(change, "type") && !prop_differs(change, "collation"))
		return true;
	if (is_stored(change->old->parent))
		return false;
	change->disturbs = true;
	/* the tables of the type have left it: table_changes_type() */
	put(w, "ALTER TYPE %s ALTER ATTRIBUTE %s TYPE %s%s%s", new->parent->identity, quote_identifier(new->name),
		prop(new, "type"), collation ? " COLLATE " : "", collation ? collation : "");
	return true;
}

const Kind	kind_composite = {
	.name = "composite type",
	.query = TYPE_COLUMNS " " ADDRESS("pg_class", "t.typrelid", "0") ","
	" (SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum) FROM pg_attribute a"
	"   WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_class c ON c.oid = t.typrelid"
	" WHERE t.typtype = 'c' AND c.relkind = 'c' AND " MANAGED,
	.classid = TypeRelationId,
	.props = composite_props,
	.nullable = composite_nullable,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_composite,
	.drop = drop_object,
	.alter = alter_composite,
	.slots = type_slots,
	.typtypes = "c",
	.names = NAME_OF_TYPE | NAME_OF_RELATION,
	.consists_of = CONSISTS_OF_FIELDS,
	.named_in_bodies = true,
	.drops_by_name = true,
	.used_aside = true,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_TYPE,
};

/* An attribute cannot be replaced alone where its type is in use. */
static bool
attribute_takes_type(const Change *part, const Changes *changes)
{
	return part->fate == FATE_REPLACE || part->retype;
}

static void
rename_attribute(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent, Writer *w)
{
	const SchemaObject *typed = *type_cascade(parent) != '\0' ? parent : (is->parent == parent ? other : is)->parent;
	SchemaStatement *statement = put(w, "ALTER TYPE %s RENAME ATTRIBUTE %s TO %s%s", parent->identity, quote_identifier(is->name),
									 quote_identifier(other->name), type_cascade(typed));

	type_locks_tables(statement, typed);
}

const Kind	kind_attribute = {
	.name = "attribute",
	.query = "SELECT c.oid, a.attnum::int, c.oid, 0, n.nspname::text, a.attname::text,"
	" " QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(a.attname), " NO_OWNER ", format_type(a.atttypid, a.atttypmod),"
	" CASE WHEN a.attcollation <> t.typcollation AND a.attcollation <> 0 THEN a.attcollation::regcollation::text END"
	" FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
	" JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped JOIN pg_type t ON t.oid = a.atttypid"
	" WHERE c.relkind = 'c' AND " MANAGED " ORDER BY c.oid, a.attnum",
	.classid = RelationRelationId,
	.parent_classid = RelationRelationId,
	.props = attribute_props,
	.nullable = attribute_nullable,
	.keyword = "COLUMN",
	.create = create_attribute,
	.drop = drop_attribute,
	.alter = alter_attribute,
	.relkinds = "c",
	.field = FIELD_OF_ROW,
	.part_of_type = true,
	.drops_by_name = true,
	.created_with_parent = object_always,
	.takes_parent = attribute_takes_type,
	.renamed_as = RENAMED_COLUMN,
	.rename = rename_attribute,
};

/* ------------------------------------------------------------------ domains */

static const char *const domain_props[] = {"type", "collation", "not_null", "not_null_name", "_base", "_base_typmod", NULL};
static const char *const domain_nullable[] = {"collation", "not_null_name", "_base", NULL};
static const char *const domain_default_props[] = {"expression", "_volatile", NULL};
static const char *const domain_default_nullable[] = {"_volatile", NULL};
static const char *const domain_constraint_props[] = {"definition", "_validated", NULL};

/*
 * Since PostgreSQL 17 it has a name.  The usual one need not be said, unless a
 * domain that this one replaces has it.
 */
static char *
not_null_name_clause(const SchemaObject *domain, const Writer *w)
{
	const char *name = prop(domain, "not_null_name");

	if (name == NULL || (strcmp(name, psprintf("%s_not_null", domain->name)) == 0 &&
						 snapshot_find(w->from, KIND_DOMAIN, domain->identity) == NULL))
		return "";
	return psprintf(" CONSTRAINT %s", quote_identifier(name));
}

static void
create_domain(const Change *change, Writer *w)
{
	const SchemaObject *domain = change->new;
	StringInfoData buf;
	ListCell   *lc;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE DOMAIN %s AS %s", domain->identity, prop(domain, "type"));
	if (prop(domain, "collation") != NULL)
		appendStringInfo(&buf, " COLLATE %s", prop(domain, "collation"));
	foreach(lc, change->merged)
	{
		if (kind_is((SchemaObject *) lfirst(lc), KIND_DOMAIN_DEFAULT))
			appendStringInfo(&buf, " DEFAULT %s", prop(lfirst(lc), "expression"));
	}
	if (prop_true(domain, "not_null"))
		appendStringInfo(&buf, "%s NOT NULL", not_null_name_clause(domain, w));
	foreach(lc, change->merged)
	{
		const SchemaObject *constraint = lfirst(lc);

		if (kind_is(constraint, KIND_DOMAIN_CONSTRAINT) && prop_true(constraint, "_validated"))
			appendStringInfo(&buf, "\n    CONSTRAINT %s %s", quote_identifier(constraint->name), prop(constraint, "definition"));
	}
	put(w, "%s", buf.data);
	foreach(lc, change->merged)
	{
		const SchemaObject *constraint = lfirst(lc);

		if (kind_is(constraint, KIND_DOMAIN_CONSTRAINT) && !prop_true(constraint, "_validated"))
			put(w, "ALTER DOMAIN %s ADD CONSTRAINT %s %s", domain->identity, quote_identifier(constraint->name),
				prop(constraint, "definition"));
	}
}

bool
domain_is_held(const SchemaObject *domain)
{
	ListCell   *lc;

	foreach(lc, domain->needed_by)
	{
		const SchemaObject *user = lfirst(lc);
		bool		is_column = kind_is(user, KIND_COLUMN) ||
		(kind_is(user, KIND_VIEW_COLUMN) && kind_is(user->parent, KIND_MATVIEW));
		bool		is_domain = kind_is(user, KIND_DOMAIN);

		CHECK_FOR_INTERRUPTS();
		/* of the domain itself, or of an array of it */
		if ((is_column || is_domain) && strcmp(prop(user, kind_is(user, KIND_VIEW_COLUMN) ? "_type" : "type"), domain->identity) == 0)
		{
			if (is_column ? is_stored(user->parent) : domain_is_held(user))
				return true;
		}
		else if (is_column || ((is_domain || kind_is(user, KIND_RANGE)) && is_stored(user)) ||
				 (kind_is(user, KIND_ATTRIBUTE) && is_stored(user->parent)))
			return true;
	}
	return false;
}

bool
domain_constraint_is_valid(const SchemaObject *constraint)
{
	return kind_is(constraint, KIND_DOMAIN_CONSTRAINT) && prop_true(constraint, "_validated");
}

bool
domain_needs_for_default(const SchemaObject *object, const SchemaObject *needed)
{
	return kind_is(object, KIND_DOMAIN) && (needed->kind->is_routine || kind_is(needed, KIND_OPERATOR) ||
											kind_is(needed, KIND_SEQUENCE) || kind_is(needed, KIND_TABLE));
}

/* The server cannot check the values of a domain that are within others. */
static bool
constraint_takes_domain(const Change *part, const Changes *changes)
{
	return part->new != NULL && domain_constraint_is_valid(part->new) && domain_is_held(part->old->parent);
}

static void
rename_domain_constraint(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent, Writer *w)
{
	put(w, "ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s", parent->identity, quote_identifier(is->name), quote_identifier(other->name));
}

/* The server checks a new condition in all columns of the domain, and of the domains over it. */
static void
check_columns(SchemaStatement *statement, const SchemaObject *domain)
{
	ListCell   *lc;

	foreach(lc, domain->needed_by)
	{
		const SchemaObject *user = lfirst(lc);
		bool		is_column = kind_is(user, KIND_COLUMN) || (kind_is(user, KIND_VIEW_COLUMN) && kind_is(user->parent, KIND_MATVIEW));

		CHECK_FOR_INTERRUPTS();
		if (is_column && prop_is(user, kind_is(user, KIND_COLUMN) ? "type" : "_type", domain->identity))
		{
			also_locks(statement, LOCK_SHARE, user->parent->identity);
			((TableLock *) llast(statement->other_locks))->hazards = HAZARD_SCAN | HAZARD_MAY_FAIL;
		}
		else if (kind_is(user, KIND_DOMAIN) && prop_is(user, "type", domain->identity))
			check_columns(statement, user);
	}
}

static void
checks_columns(const Writer *w, SchemaStatement *statement, const SchemaObject *domain)
{
	const SchemaObject *before = snapshot_find(w->from, KIND_DOMAIN, domain->identity);

	if (before != NULL)
		check_columns(statement, before);
}

static bool
alter_domain(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;

	if (prop_differs(change, "type") || prop_differs(change, "collation") ||
		(prop_true(new, "not_null") && prop_differs(change, "not_null") && domain_is_held(change->old)))
		return false;
	if (!prop_true(new, "not_null") && prop_true(change->old, "not_null"))
		put(w, "ALTER DOMAIN %s DROP NOT NULL", new->identity);
	else if (prop_differs(change, "not_null"))
	{
		const char *name = not_null_name_clause(new, w);

		checks_columns(w, put(w, "ALTER DOMAIN %s %s%s NOT NULL", new->identity, *name ? "ADD" : "SET", name), new);
	}
	else if (prop_differs(change, "not_null_name"))
		put(w, "ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s", new->identity, quote_identifier(prop(change->old, "not_null_name")),
			quote_identifier(prop(new, "not_null_name")));
	return true;
}

static void
create_domain_constraint(const Change *change, Writer *w)
{
	SchemaStatement *statement = put(w, "ALTER DOMAIN %s ADD CONSTRAINT %s %s", change->new->parent->identity,
									 quote_identifier(change->new->name), prop(change->new, "definition"));

	if (prop_true(change->new, "_validated"))
		checks_columns(w, statement, change->new->parent);
}

static void
drop_domain_constraint(const Change *change, Writer *w)
{
	put(w, "ALTER DOMAIN %s DROP CONSTRAINT %s", change->old->parent->identity, quote_identifier(change->old->name));
}

static bool
alter_domain_constraint(Change *change, Writer *w)
{
	if (!prop_differs(change, "definition"))
		return true;
	if (!constraint_becomes_valid(change->old, change->new))
		return false;
	checks_columns(w, put(w, "ALTER DOMAIN %s VALIDATE CONSTRAINT %s", change->new->parent->identity, quote_identifier(change->new->name)),
				   change->new->parent);
	return true;
}

static const char *
domain_constraint_ref(const SchemaObject *constraint)
{
	return psprintf("%s ON DOMAIN %s", quote_identifier(constraint->name), constraint->parent->identity);
}

const Kind	kind_domain = {
	.name = "domain",
	.query = TYPE_COLUMNS
	" format_type(t.typbasetype, t.typtypmod),"
	" CASE WHEN t.typcollation <> b.typcollation AND t.typcollation <> 0 THEN t.typcollation::regcollation::text END,"
	" t.typnotnull::text, " COMPAT_DOMAIN_NOT_NULL ","
	" CASE WHEN t.typbasetype < 16384 THEN t.typbasetype::text END, t.typtypmod::text"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_type b ON b.oid = t.typbasetype"
	" WHERE t.typtype = 'd' AND " MANAGED,
	.classid = TypeRelationId,
	.props = domain_props,
	.nullable = domain_nullable,
	.keyword = "DOMAIN",
	.acl_type = 'T',
	.create = create_domain,
	.drop = drop_object,
	.alter = alter_domain,
	.slots = type_slots,
	.typtypes = "d",
	.names = NAME_OF_TYPE,
	.consists_of = CONSISTS_OF_TYPE,
	.named_in_bodies = true,
	.drops_by_name = true,
	.used_aside = true,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_TYPE,
};

static void
create_domain_default(const Change *change, Writer *w)
{
	put(w, "ALTER DOMAIN %s SET DEFAULT %s", change->new->parent->identity, prop(change->new, "expression"));
}

static void
drop_domain_default(const Change *change, Writer *w)
{
	put(w, "ALTER DOMAIN %s DROP DEFAULT", change->old->parent->identity);
}

static bool
alter_domain_default(Change *change, Writer *w)
{
	create_domain_default(change, w);
	return true;
}

static const char *const domain_default_sql[] = {"expression", "SELECT ", NULL};

/* In pg_depend its address is the domain's: what the domain needs of functions is the default's, see domain_needs_for_default(). */
const Kind	kind_domain_default = {
	.name = "domain default",
	.query = "SELECT t.oid, -1, t.oid, 0, n.nspname::text, t.typname::text, " QUALIFIED("n.nspname", "t.typname") ", " NO_OWNER ","
	" coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault)), t.typdefaultbin::text"
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
	" WHERE t.typtype = 'd' AND (t.typdefaultbin IS NOT NULL OR t.typdefault IS NOT NULL) AND " MANAGED,
	.classid = TypeRelationId,
	.parent_classid = TypeRelationId,
	.props = domain_default_props,
	.nullable = domain_default_nullable,
	.read = default_read,
	.create = create_domain_default,
	.drop = drop_domain_default,
	.alter = alter_domain_default,
	.sql = domain_default_sql,
	.typtypes = "d",
	.part_of_type = true,
	.creates_alone = true,
	.drops_alone = true,
	.created_with_parent = object_always,
	.is_evaluated = object_always,
};

static const char *const domain_constraint_sql[] = {"definition", "ALTER TABLE t ADD ", NULL};

const Kind	kind_domain_constraint = {
	.name = "domain constraint",
	.query = "SELECT o.oid, 0, o.contypid, 0, n.nspname::text, o.conname::text,"
	" " QUALIFIED("n.nspname", "t.typname") " || '.' || quote_ident(o.conname), " NO_OWNER ", pg_get_constraintdef(o.oid), o.convalidated::text"
	" FROM pg_constraint o JOIN pg_type t ON t.oid = o.contypid JOIN pg_namespace n ON n.oid = t.typnamespace"
	" WHERE o.contypid <> 0 AND o.contype = 'c' AND " MANAGED,
	.classid = ConstraintRelationId,
	.parent_classid = TypeRelationId,
	.props = domain_constraint_props,
	.keyword = "CONSTRAINT",
	.ref = domain_constraint_ref,
	.create = create_domain_constraint,
	.drop = drop_domain_constraint,
	.alter = alter_domain_constraint,
	.alter_keeps_needs = true,
	.sql = domain_constraint_sql,
	.contypes = "c",
	.part_of_type = true,
	.creates_alone = true,
	.drops_alone = true,
	.created_with_parent = object_always,
	.is_evaluated = object_always,
	.takes_parent = constraint_takes_domain,
	.renamed_as = RENAMED_CONSTRAINT,
	.rename = rename_domain_constraint,
};

/* ------------------------------------------------------------------- ranges */

static const char *const range_props[] = {
	"subtype", "opclass", "collation", "canonical", "subtype_diff", "multirange", NULL
};
static const char *const range_nullable[] = {
	"opclass", "collation", "canonical", "subtype_diff", "multirange", NULL
};

static void
create_range(const Change *change, Writer *w)
{
	static const char *const clauses[] = {"SUBTYPE", "SUBTYPE_OPCLASS", "COLLATION", "CANONICAL", "SUBTYPE_DIFF", "MULTIRANGE_TYPE_NAME"};
	StringInfoData buf;

	initStringInfo(&buf);
	for (int i = 0; i < lengthof(clauses); i++)
		if (prop(change->new, range_props[i]) != NULL)
			appendStringInfo(&buf, "%s\n    %s = %s", buf.len ? "," : "", clauses[i], prop(change->new, range_props[i]));
	put(w, "CREATE TYPE %s AS RANGE (%s\n)", change->new->identity, buf.data);
}

static bool
alter_range(Change *change, Writer *w)
{
	for (int i = 0; range_props[i] != NULL; i++)
		if (prop_differs(change, range_props[i]))
			return false;
	return true;
}

const Kind	kind_range = {
	.name = "range type",
	.query = TYPE_COLUMNS
	" format_type(r.rngsubtype, NULL),"
	" CASE WHEN NOT oc.opcdefault THEN " QUALIFIED("ocn.nspname", "oc.opcname") " END,"
	" CASE WHEN r.rngcollation <> st.typcollation AND r.rngcollation <> 0 THEN r.rngcollation::regcollation::text END,"
	" nullif(r.rngcanonical::text, '-'), nullif(r.rngsubdiff::text, '-'), " COMPAT_MULTIRANGE
	" FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace JOIN pg_range r ON r.rngtypid = t.oid"
	" JOIN pg_opclass oc ON oc.oid = r.rngsubopc JOIN pg_namespace ocn ON ocn.oid = oc.opcnamespace"
	" JOIN pg_type st ON st.oid = r.rngsubtype"
	" WHERE t.typtype = 'r' AND " MANAGED,
	.classid = TypeRelationId,
	.props = range_props,
	.nullable = range_nullable,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_range,
	.drop = drop_object,
	.alter = alter_range,
	.slots = type_slots,
	.typtypes = "r",
	.names = NAME_OF_TYPE,
	.made_of_functions = true,
	.named_in_bodies = true,
	.drops_by_name = true,
	.used_aside = true,
	.stub = type_create_shell,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_TYPE,
};
