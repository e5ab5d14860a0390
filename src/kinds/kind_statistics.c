/*
 * kind_statistics.c
 *		Extended statistics.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/kinds.h"

#include "catalog/pg_statistic_ext.h"

static void
write_target(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	const char *target = prop(new, "target");

	if (texts_differ(old ? prop(old, "target") : NULL, target))
		put(w, "ALTER STATISTICS %s SET STATISTICS %s", new->identity, target ? target : "-1");
}

static void
lock_table(SchemaStatement *statement, const SchemaObject *statistics)
{
	statement->lock = LOCK_SHARE_UPDATE_EXCLUSIVE;
	statement->table = prop(statistics, "_table");
}

static void
create_statistics(const Change *change, Writer *w)
{
	lock_table(put(w, "%s", prop(change->new, "definition")), change->new);
	write_target(NULL, change->new, w);
}

static void
drop_statistics(const Change *change, Writer *w)
{
	lock_table(put(w, "DROP STATISTICS %s", change->old->identity), change->old);
}

static bool
alter_statistics(Change *change, Writer *w)
{
	if (prop_differs(change, "definition"))
		return false;
	write_target(change->old, change->new, w);
	return true;
}

/* The server makes them again, but without their target. */
static bool
statistics_break_by_retype(const SchemaObject *old, const Changes *changes)
{
	return prop(old, "target") != NULL;
}

static const Property statistics_props[] = {
	{"definition", "pg_get_statisticsobjdef(s.oid)", NOT_NULL, SQL_AFTER("")},
	{"target", "nullif(s.stxstattarget, -1)::text", MAY_BE_NULL},
	{"_table", QUALIFIED("tn.nspname", "t.relname"), NOT_NULL},
	{NULL}
};

const Kind	kind_statistics = {
	.name = "statistics",
	.source = {
		.oid = "s.oid",
		.schema = "n.nspname::text",
		.name = "s.stxname::text",
		.identity = QUALIFIED("n.nspname", "s.stxname"),
		.owner = OWNER("s.stxowner"),
		.from = "pg_statistic_ext s JOIN pg_class t ON t.oid = s.stxrelid"
		" JOIN pg_namespace tn ON tn.oid = t.relnamespace"
		" JOIN pg_namespace n ON n.oid = s.stxnamespace",
		.where = MANAGED,
	},
	.classid = StatisticExtRelationId,
	.props = statistics_props,
	.keyword = "STATISTICS",
	.create = create_statistics,
	.drop = drop_statistics,
	.alter = alter_statistics,
	.alter_keeps_needs = true,
	.slots = object_slots,
	.keeps_values = true,
	.breaks_by_retype = statistics_break_by_retype,
};
