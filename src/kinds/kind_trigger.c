/*
 * kind_trigger.c
 *		Triggers and row security policies of tables.
 *
 * The clones that partitions have of a trigger come and go with the original; one is
 * an object only where it is enabled otherwise.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_class.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_trigger.h"
#include "utils/builtins.h"

/* Is it a row trigger of a partitioned table, which has clones at the partitions? */
static void
with_partitions(const Writer *w, SchemaStatement *statement, const SchemaObject *trigger)
{
	if (kind_is(trigger->parent, KIND_TABLE) && prop_is(trigger->parent, "kind", "p") &&
		prop_true(trigger, "_for_each_row"))
		with_children(w, statement);
}

static void
write_trigger_state(const char *before, const SchemaObject *trigger, const char *enabled, Writer *w)
{
	if (texts_differ(before, enabled))
		with_partitions(w, put_on(w, trigger->parent, LOCK_SHARE_ROW_EXCLUSIVE, 0,
								  "ALTER TABLE %s %s TRIGGER %s", trigger->parent->identity,
								  *enabled == 'D' ? "DISABLE" : *enabled == 'A' ? "ENABLE ALWAYS"
								  : *enabled == 'R' ? "ENABLE REPLICA" : "ENABLE",
								  quote_identifier(trigger->name)),
						trigger);
}

static void
create_trigger(const Change *change, Writer *w)
{
	const SchemaObject *trigger = change->new;
	const char *original = prop(trigger, "_original");
	SchemaStatement *statement;

	if (original == NULL)
	{
		statement = put_on(w, trigger->parent, LOCK_SHARE_ROW_EXCLUSIVE, 0, "%s",
						   prop(trigger, "definition"));
		with_partitions(w, statement, trigger);
		if (prop_true(trigger, "_for_each_row"))
			also_locks_joined(w, statement, LOCK_SHARE_ROW_EXCLUSIVE, 0, trigger->parent);
	}
	write_trigger_state(original ? original : "O", trigger, prop(trigger, "enabled"), w);
}

/* The same as its original, if both stay. */
static void
drop_clone(const SchemaObject *clone, Writer *w)
{
	ListCell   *lc;

	foreach(lc, clone->needs)
	{
		if (object_goes(w, lfirst(lc)))
			return;
	}
	write_trigger_state(prop(clone, "enabled"), clone, prop(clone, "_original"), w);
}

static void
drop_trigger(const Change *change, Writer *w)
{
	if (prop(change->old, "_original") != NULL)
		drop_clone(change->old, w);
	else
		with_partitions(w, put_on(w, change->old->parent, LOCK_ACCESS_EXCLUSIVE, 0,
								  "DROP TRIGGER %s ON %s", quote_identifier(change->old->name),
								  change->old->parent->identity),
						change->old);
}

static bool
alter_trigger(Change *change, Writer *w)
{
	if (prop_differs(change, "definition"))
		return false;
	write_trigger_state(prop(change->old, "enabled"), change->new, prop(change->new, "enabled"), w);
	return true;
}

static const char *
on_table_ref(const SchemaObject *obj)
{
	return psprintf("%s ON %s", quote_identifier(obj->name), obj->parent->identity);
}

/* A trigger or a policy. */
static void
on_table_rename(const SchemaObject *is, const SchemaObject *other, const SchemaObject *parent,
				Writer *w)
{
	put_on(w, parent, LOCK_ACCESS_EXCLUSIVE, 0, "ALTER %s %s ON %s RENAME TO %s", is->kind->keyword,
		   quote_identifier(is->name),
		   parent->identity, quote_identifier(other->name));
}

static const Property trigger_props[] = {
	{"definition",
		"CASE WHEN o.oid IS NULL THEN " DEFINED("pg_get_triggerdef(t.oid)") " END",
		MAY_BE_NULL, SQL_AFTER("")
	},
	{"enabled", "t.tgenabled::text", NOT_NULL},
	{"_for_each_row", "(t.tgtype & 1 <> 0)::text", NOT_NULL},
	{"_original", "o.tgenabled::text", MAY_BE_NULL},
	{"_needs",
		"CASE WHEN o.oid IS NOT NULL THEN " ADDRESS("pg_trigger", "o.oid", "0") " || ' ' || "
		ADDRESS("pg_inherits", "c.oid", "1") " END", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_trigger = {
	.name = "trigger",
	.source = {
		.oid = "t.oid",
		.parent = "t.tgrelid",
		.schema = "n.nspname::text",
		.name = "t.tgname::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(t.tgname)",
		.from = "pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace"
		" LEFT JOIN pg_trigger o ON o.oid = t.tgparentid",
		.where = "(NOT t.tgisinternal OR t.tgparentid <> 0) AND coalesce(NOT o.tgisinternal"
		" AND o.tgenabled <> t.tgenabled, true) AND " MANAGED,
	},
	.classid = TriggerRelationId,
	.parent_classid = RelationRelationId,
	.props = trigger_props,
	.keyword = "TRIGGER",
	.ref = on_table_ref,
	.create = create_trigger,
	.drop = drop_trigger,
	.alter = alter_trigger,
	.alter_keeps_needs = true,
	.creates_alone = true,
	.drops_alone = true,
	.stays_inside = true,
	.after_rows = AFTER_ROWS,
	.breaks_by_retype = object_always_breaks,
	.renamed_as = RENAMED_ON_TABLE,
	.rename = on_table_rename,
};

/* ----------------------------------------------------------------- policies */

static void
create_policy(const Change *change, Writer *w)
{
	const SchemaObject *policy = change->new;
	StringInfoData buf;

	initStringInfo(&buf);
	appendStringInfo(&buf, "CREATE POLICY %s", on_table_ref(policy));
	if (!prop_true(policy, "permissive"))
		appendStringInfoString(&buf, " AS RESTRICTIVE");
	if (!prop_is(policy, "command", "ALL"))
		appendStringInfo(&buf, " FOR %s", prop(policy, "command"));
	if (!prop_is(policy, "roles", "PUBLIC"))
		appendStringInfo(&buf, " TO %s", prop(policy, "roles"));
	if (prop(policy, "using") != NULL)
		appendStringInfo(&buf, " USING (%s)", prop(policy, "using"));
	if (prop(policy, "check") != NULL)
		appendStringInfo(&buf, " WITH CHECK (%s)", prop(policy, "check"));
	put_on(w, policy->parent, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION, "%s", buf.data);
}

static void
drop_policy(const Change *change, Writer *w)
{
	put_on(w, change->old->parent, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION, "DROP POLICY %s",
		   on_table_ref(change->old));
}

static bool
alter_policy(Change *change, Writer *w)
{
	const SchemaObject *old = change->old;
	const SchemaObject *new = change->new;
	StringInfoData buf;

	if (prop_differs(change, "command") || prop_differs(change, "permissive") ||
		(prop(old, "using") != NULL && prop(new, "using") == NULL) ||
		(prop(old, "check") != NULL && prop(new, "check") == NULL))
		return false;
	initStringInfo(&buf);
	if (prop_differs(change, "roles"))
		appendStringInfo(&buf, " TO %s", prop(new, "roles"));
	if (prop_differs(change, "using"))
		appendStringInfo(&buf, " USING (%s)", prop(new, "using"));
	if (prop_differs(change, "check"))
		appendStringInfo(&buf, " WITH CHECK (%s)", prop(new, "check"));
	if (buf.len > 0)
		put_on(w, new->parent, LOCK_ACCESS_EXCLUSIVE, HAZARD_AUTHORIZATION, "ALTER POLICY %s%s",
			   on_table_ref(new), buf.data);
	return true;
}

static const Property policy_props[] = {
	{"command",
		"CASE p.polcmd WHEN 'r' THEN 'SELECT' WHEN 'a' THEN 'INSERT' WHEN 'w' THEN 'UPDATE'"
		" WHEN 'd' THEN 'DELETE' ELSE 'ALL' END", NOT_NULL
	},
	{"permissive", "p.polpermissive::text", NOT_NULL},
	{"roles",
		"(SELECT string_agg(CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END,"
		" ', ' ORDER BY pg_get_userbyid(r)::text COLLATE \"C\") FROM unnest(p.polroles) AS u (r))",
		NOT_NULL
	},
	{"using",
		"CASE WHEN p.polqual IS NOT NULL THEN " DEFINED("pg_get_expr(p.polqual, p.polrelid)")
		" END", MAY_BE_NULL, SQL_AFTER("SELECT ")
	},
	{"check",
		"CASE WHEN p.polwithcheck IS NOT NULL THEN "
		DEFINED("pg_get_expr(p.polwithcheck, p.polrelid)") " END", MAY_BE_NULL, SQL_AFTER("SELECT ")
	},
	{NULL}
};

const Kind	kind_policy = {
	.name = "policy",
	.source = {
		.oid = "p.oid",
		.parent = "p.polrelid",
		.schema = "n.nspname::text",
		.name = "p.polname::text",
		.identity = QUALIFIED("n.nspname", "c.relname") " || '.' || quote_ident(p.polname)",
		.from = "pg_policy p JOIN pg_class c ON c.oid = p.polrelid"
		" JOIN pg_namespace n ON n.oid = c.relnamespace",
		.where = MANAGED,
	},
	.classid = PolicyRelationId,
	.parent_classid = RelationRelationId,
	.props = policy_props,
	.keyword = "POLICY",
	.ref = on_table_ref,
	.create = create_policy,
	.drop = drop_policy,
	.alter = alter_policy,
	.creates_alone = true,
	.drops_alone = true,
	.stays_inside = true,
	.after_rows = AFTER_ROWS_BEFORE_CLEANUP,
	.breaks_by_retype = object_always_breaks,
	.renamed_as = RENAMED_ON_TABLE,
	.rename = on_table_rename,
};
