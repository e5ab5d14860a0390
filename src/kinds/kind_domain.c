/*
 * kind_domain.c
 *		Domains, their defaults and constraints.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/types.h"

#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"

/*
 * Since PostgreSQL 17 the NOT NULL of a domain has a name.  The usual name need not be said, unless
 * the domain that this one replaces has it.
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
			appendStringInfo(&buf, "\n    CONSTRAINT %s %s", quote_identifier(constraint->name),
							 prop(constraint, "definition"));
	}
	put(w, "%s", buf.data);
	foreach(lc, change->merged)
	{
		const SchemaObject *constraint = lfirst(lc);

		if (kind_is(constraint, KIND_DOMAIN_CONSTRAINT) && !prop_true(constraint, "_validated"))
			put(w, "ALTER DOMAIN %s ADD CONSTRAINT %s %s", domain->identity,
				quote_identifier(constraint->name),
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
		bool		is_column = column_is_stored(user);
		bool		is_domain = kind_is(user, KIND_DOMAIN);
		const char *type = kind_is(user, KIND_VIEW_COLUMN) ? "_type" : "type";

		CHECK_FOR_INTERRUPTS();
		/* of the domain itself, or of an array of it */
		if ((is_column || is_domain) && prop_is(user, type, domain->identity))
		{
			if (is_column ? type_is_stored(user->parent) : domain_is_held(user))
				return true;
		}
		else if (is_column || ((is_domain || kind_is(user, KIND_RANGE)) && type_is_stored(user)) ||
				 (kind_is(user, KIND_ATTRIBUTE) && type_is_stored(user->parent)))
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
	return kind_is(object, KIND_DOMAIN) &&
		(needed->kind->is_routine || kind_is(needed, KIND_OPERATOR) ||
		 kind_is(needed, KIND_SEQUENCE) || kind_is(needed, KIND_TABLE));
}

/* The server cannot check the values of a domain that are within others. */
static bool
constraint_takes_domain(const Change *part, const Changes *changes)
{
	return part->new != NULL && domain_constraint_is_valid(part->new) &&
		domain_is_held(part->old->parent);
}

static void
rename_domain_constraint(const SchemaObject *is, const SchemaObject *other,
						 const SchemaObject *parent, Writer *w)
{
	put(w, "ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s", parent->identity,
		quote_identifier(is->name), quote_identifier(other->name));
}

/* The server checks a new condition in all columns of the domain, and of the domains over it. */
static void
check_columns(SchemaStatement *statement, const SchemaObject *domain)
{
	ListCell   *lc;

	foreach(lc, domain->needed_by)
	{
		const SchemaObject *user = lfirst(lc);
		const char *type = kind_is(user, KIND_VIEW_COLUMN) ? "_type" : "type";

		CHECK_FOR_INTERRUPTS();
		if (column_is_stored(user) && prop_is(user, type, domain->identity))
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
		(prop_true(new, "not_null") && prop_differs(change, "not_null") &&
		 domain_is_held(change->old)))
		return false;
	if (!prop_true(new, "not_null") && prop_true(change->old, "not_null"))
		put(w, "ALTER DOMAIN %s DROP NOT NULL", new->identity);
	else if (prop_differs(change, "not_null"))
	{
		const char *name = not_null_name_clause(new, w);

		checks_columns(w,
					   put(w, "ALTER DOMAIN %s %s%s NOT NULL", new->identity, *name ? "ADD" : "SET",
						   name),
					   new);
	}
	else if (prop_differs(change, "not_null_name"))
		put(w, "ALTER DOMAIN %s RENAME CONSTRAINT %s TO %s", new->identity,
			quote_identifier(prop(change->old, "not_null_name")),
			quote_identifier(prop(new, "not_null_name")));
	return true;
}

static void
create_domain_constraint(const Change *change, Writer *w)
{
	SchemaStatement *statement = put(w, "ALTER DOMAIN %s ADD CONSTRAINT %s %s",
									 change->new->parent->identity,
									 quote_identifier(change->new->name),
									 prop(change->new, "definition"));

	if (prop_true(change->new, "_validated"))
		checks_columns(w, statement, change->new->parent);
}

static void
drop_domain_constraint(const Change *change, Writer *w)
{
	put(w, "ALTER DOMAIN %s DROP CONSTRAINT %s", change->old->parent->identity,
		quote_identifier(change->old->name));
}

static bool
alter_domain_constraint(Change *change, Writer *w)
{
	if (!prop_differs(change, "definition"))
		return true;
	if (!constraint_becomes_valid(change->old, change->new))
		return false;
	checks_columns(w,
				   put(w, "ALTER DOMAIN %s VALIDATE CONSTRAINT %s", change->new->parent->identity,
					   quote_identifier(change->new->name)),
				   change->new->parent);
	return true;
}

static const char *
domain_constraint_ref(const SchemaObject *constraint)
{
	return psprintf("%s ON DOMAIN %s", quote_identifier(constraint->name),
					constraint->parent->identity);
}

static const Property domain_props[] = {
	{"type", "format_type(t.typbasetype, t.typtypmod)", NOT_NULL},
	{"collation",
		"CASE WHEN t.typcollation <> b.typcollation AND t.typcollation <> 0"
		" THEN t.typcollation::regcollation::text END", MAY_BE_NULL
	},
	{"not_null", "t.typnotnull::text", NOT_NULL},
	{"not_null_name",
		"(SELECT o.conname::text FROM pg_constraint o WHERE o.contypid = t.oid"
		" AND o.contype = 'n')", SINCE(170000), MAY_BE_NULL
	},
	{"_base", "CASE WHEN t.typbasetype < 16384 THEN t.typbasetype::text END", MAY_BE_NULL},
	{"_base_typmod", "t.typtypmod::text", NOT_NULL},
	{NULL}
};

const Kind	kind_domain = {
	.name = "domain",
	.source = {
		TYPE_SOURCE,
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace"
		" JOIN pg_type b ON b.oid = t.typbasetype",
		.where = "t.typtype = 'd' AND " MANAGED,
	},
	.classid = TypeRelationId,
	.props = domain_props,
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
	put(w, "ALTER DOMAIN %s SET DEFAULT %s", change->new->parent->identity,
		prop(change->new, "expression"));
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

/*
 * In pg_depend its address is the domain's: what the domain needs of functions is the default's,
 * see domain_needs_for_default().
 */
static const Property domain_default_props[] = {
	{"expression",
		"coalesce(pg_get_expr(t.typdefaultbin, 0), quote_literal(t.typdefault))",
		NOT_NULL, SQL_AFTER("SELECT ")
	},
	{"_volatile", "t.typdefaultbin::text", MAY_BE_NULL},
	{NULL}
};

const Kind	kind_domain_default = {
	.name = "domain default",
	.source = {
		.oid = "t.oid",
		.subid = "-1",
		.parent = "t.oid",
		.schema = "n.nspname::text",
		.name = "t.typname::text",
		.identity = QUALIFIED("n.nspname", "t.typname"),
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace",
		.where = "t.typtype = 'd' AND (t.typdefaultbin IS NOT NULL OR t.typdefault IS NOT NULL)"
		" AND " MANAGED,
	},
	.classid = TypeRelationId,
	.parent_classid = TypeRelationId,
	.props = domain_default_props,
	.read = default_read,
	.create = create_domain_default,
	.drop = drop_domain_default,
	.alter = alter_domain_default,
	.typtypes = "d",
	.part_of_type = true,
	.creates_alone = true,
	.drops_alone = true,
	.created_with_parent = object_always,
	.is_evaluated = object_always,
};

static const Property domain_constraint_props[] = {
	{"definition", "pg_get_constraintdef(o.oid)", NOT_NULL, SQL_AFTER("ALTER TABLE t ADD ")},
	{"_validated", "o.convalidated::text", NOT_NULL},
	{NULL}
};

const Kind	kind_domain_constraint = {
	.name = "domain constraint",
	.source = {
		.oid = "o.oid",
		.parent = "o.contypid",
		.schema = "n.nspname::text",
		.name = "o.conname::text",
		.identity = QUALIFIED("n.nspname", "t.typname") " || '.' || quote_ident(o.conname)",
		.from = "pg_constraint o JOIN pg_type t ON t.oid = o.contypid"
		" JOIN pg_namespace n ON n.oid = t.typnamespace",
		.where = "o.contypid <> 0 AND o.contype = 'c' AND " MANAGED,
	},
	.classid = ConstraintRelationId,
	.parent_classid = TypeRelationId,
	.props = domain_constraint_props,
	.keyword = "CONSTRAINT",
	.ref = domain_constraint_ref,
	.create = create_domain_constraint,
	.drop = drop_domain_constraint,
	.alter = alter_domain_constraint,
	.alter_keeps_needs = true,
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
