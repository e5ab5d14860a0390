/*
 * kind_publication.c
 *		Publications with their tables and schemas, and subscriptions.
 *
 * A table is a part of its own, since a column that a publication names cannot
 * be changed until the table has left it.
 */
#include "postgres.h"

#include "compat.h"
#include "kinds/kinds.h"

#include "catalog/pg_namespace.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "catalog/pg_subscription.h"
#include "utils/builtins.h"

static const Property publication_props[] = {
	{"all_tables", NOT_NULL},
	{"publish", NOT_NULL},
	{"via_root", NOT_NULL},
	{"generated", MAY_BE_NULL},
	{"all_sequences", MAY_BE_NULL},
	{"left_out", MAY_BE_NULL},
	{"_needs", MAY_BE_NULL},
	{NULL}
};

/* The options that differ from old, or from the defaults; "" if none does. */
static char *
publication_options(const SchemaObject *old, const SchemaObject *new)
{
	StringInfoData buf;

	initStringInfo(&buf);
	if (texts_differ(old ? prop(old, "publish") : "insert, update, delete, truncate",
					 prop(new, "publish")))
		appendStringInfo(&buf, "publish = '%s'", prop(new, "publish"));
	if (texts_differ(old ? prop(old, "via_root") : "false", prop(new, "via_root")))
		appendStringInfo(&buf, "%spublish_via_partition_root = %s", buf.len > 0 ? ", " : "",
						 prop(new, "via_root"));
	if (texts_differ(old ? prop(old, "generated") : NULL, prop(new, "generated")))
		appendStringInfo(&buf, "%spublish_generated_columns = %s", buf.len > 0 ? ", " : "",
						 prop(new, "generated") ? prop(new, "generated") : "none");
	return buf.data;
}

/* "ALL TABLES EXCEPT (TABLE a), ALL SEQUENCES", or "" */
static char *
all_of_a_kind(const SchemaObject *publication)
{
	const char *left_out = prop(publication, "left_out");
	StringInfoData buf;

	initStringInfo(&buf);
	if (prop_true(publication, "all_tables"))
		appendStringInfoString(&buf, "ALL TABLES");
	if (left_out != NULL)
		appendStringInfo(&buf, " EXCEPT (%s)", left_out);
	if (prop_true(publication, "all_sequences"))
		appendStringInfo(&buf, "%sALL SEQUENCES", buf.len > 0 ? ", " : "");
	return buf.data;
}

static void
create_publication(const Change *change, Writer *w)
{
	char	   *options = publication_options(NULL, change->new);
	char	   *all = all_of_a_kind(change->new);

	put(w, "CREATE PUBLICATION %s%s%s%s%s%s", change->new->identity, *all ? " FOR " : "", all,
		*options ? " WITH (" : "", options, *options ? ")" : "");
}

static bool
alter_publication(Change *change, Writer *w)
{
	char	   *options = publication_options(change->old, change->new);

	/* SET ALL TABLES needs a server that knows more than that */
	if (prop_differs(change, "all_tables") || prop_differs(change, "all_sequences"))
		return false;
	if (prop_differs(change, "left_out"))
		put(w, "ALTER PUBLICATION %s SET %s", change->new->identity, all_of_a_kind(change->new));
	if (*options != '\0')
		put(w, "ALTER PUBLICATION %s SET (%s)", change->new->identity, options);
	return true;
}

const Kind	kind_publication = {
	.name = "publication",
	.query = "SELECT p.oid, 0, " NO_PARENT ", NULL::text, p.pubname::text, quote_ident(p.pubname), "
	OWNER("p.pubowner") ", NULL::text,"
	" p.puballtables::text, concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END, CASE"
	" WHEN p.pubupdate THEN 'update' END,"
	" CASE WHEN p.pubdelete THEN 'delete' END, CASE WHEN p.pubtruncate"
	" THEN 'truncate' END), p.pubviaroot::text, "
	COMPAT_PUBLICATION_GENERATED ", " COMPAT_PUBLICATION_ALL
	" FROM pg_publication p WHERE $2",
	.classid = PublicationRelationId,
	.props = publication_props,
	.keyword = "PUBLICATION",
	.create = create_publication,
	.drop = drop_object,
	.alter = alter_publication,
	.slots = object_slots,
};

/* ------------------------------------------------------------ tables and schemas */

static const Property publication_table_props[] = {
	{"publication", NOT_NULL},
	{"table", NOT_NULL},
	{"columns", MAY_BE_NULL},
	{"where", MAY_BE_NULL, SQL_AFTER("SELECT ")},
	{NULL}
};

static void
create_publication_table(const Change *change, Writer *w)
{
	const SchemaObject *member = change->new;
	StringInfoData buf;

	initStringInfo(&buf);
	if (prop(member, "columns") != NULL)
		appendStringInfo(&buf, " (%s)", prop(member, "columns"));
	if (prop(member, "where") != NULL)
		appendStringInfo(&buf, " WHERE (%s)", prop(member, "where"));
	also_locks(put(w, "ALTER PUBLICATION %s ADD TABLE ONLY %s%s", prop(member, "publication"),
				   prop(member, "table"), buf.data),
			   LOCK_SHARE_UPDATE_EXCLUSIVE, prop(member, "table"));
}

static void
drop_publication_table(const Change *change, Writer *w)
{
	also_locks(put(w, "ALTER PUBLICATION %s DROP TABLE ONLY %s", prop(change->old, "publication"),
				   prop(change->old, "table")),
			   LOCK_SHARE_UPDATE_EXCLUSIVE, prop(change->old, "table"));
}

static bool
alter_publication_member(Change *change, Writer *w)
{
	return false;
}

const Kind	kind_publication_table = {
	.name = "published table",
	.query = "SELECT r.oid, 0, r.prpubid, 0, NULL::text, NULL::text,"
	" quote_ident(p.pubname) || ' ' || " QUALIFIED("n.nspname", "c.relname") ", " NO_OWNER ","
	" quote_ident(p.pubname), " QUALIFIED("n.nspname", "c.relname") ", " COMPAT_PUBLICATION_COLUMNS
	" FROM pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid"
	" JOIN pg_class c ON c.oid = r.prrelid"
	" JOIN pg_namespace n ON n.oid = c.relnamespace WHERE $2 AND " COMPAT_IS_PUBLISHED " AND "
	MANAGED,
	.classid = PublicationRelRelationId,
	.parent_classid = PublicationRelationId,
	.props = publication_table_props,
	.create = create_publication_table,
	.drop = drop_publication_table,
	.alter = alter_publication_member,
	.after_rows = AFTER_ROWS,
	.breaks_by_retype = object_always_breaks,
};

#if COMPAT_PUBLISHED_SCHEMAS
static const Property publication_schema_props[] = {
	{"publication", NOT_NULL},
	{"schema", NOT_NULL},
	{NULL}
};

static void
create_publication_schema(const Change *change, Writer *w)
{
	put(w, "ALTER PUBLICATION %s ADD TABLES IN SCHEMA %s", prop(change->new, "publication"),
		prop(change->new, "schema"));
}

static void
drop_publication_schema(const Change *change, Writer *w)
{
	put(w, "ALTER PUBLICATION %s DROP TABLES IN SCHEMA %s", prop(change->old, "publication"),
		prop(change->old, "schema"));
}

const Kind	kind_publication_schema = {
	.name = "published schema",
	.query = "SELECT r.oid, 0, r.pnpubid, 0, NULL::text, NULL::text, quote_ident(p.pubname) || ' '"
	" || quote_ident(n.nspname), " NO_OWNER ","
	" quote_ident(p.pubname), quote_ident(n.nspname)"
	" FROM pg_publication_namespace r JOIN pg_publication p ON p.oid = r.pnpubid"
	" JOIN pg_namespace n ON n.oid = r.pnnspid"
	" WHERE $2 AND " MANAGED,
	.classid = PublicationNamespaceRelationId,
	.parent_classid = PublicationRelationId,
	.props = publication_schema_props,
	.create = create_publication_schema,
	.drop = drop_publication_schema,
	.alter = alter_publication_member,
};
#endif

/* ---------------------------------------------------------------- subscriptions */

static const Property subscription_props[] = {
	{"connection", MAY_BE_NULL},
	{PROP_WITHOUT_SECRETS, MAY_BE_NULL},
	{"server", MAY_BE_NULL},
	{"publications", NOT_NULL},
	{"enabled", NOT_NULL},
	{"slot", MAY_BE_NULL},
	{"options", NOT_NULL},
	{NULL}
};

/* How it finds its publisher: CONNECTION '...' or SERVER s. */
static char *
subscription_source(const SchemaObject *subscription)
{
	const char *server = prop(subscription, "server");

	return server ? psprintf("SERVER %s", server)
		: psprintf("CONNECTION %s", literal(prop(subscription, "connection")));
}

/* A connection has the publisher's password in it, and is another one in each environment. */
static int
subscription_hazards(const SchemaObject *subscription)
{
	return prop(subscription, PROP_WITHOUT_SECRETS) ? HAZARD_SECRET : 0;
}

/* The server's own words for them, as CREATE SUBSCRIPTION takes them. */
static void
create_subscription(const Change *change, Writer *w)
{
	const SchemaObject *subscription = change->new;
	const char *slot = prop(subscription, "slot");
	const char *options = prop(subscription, "options");

	put(w, "CREATE SUBSCRIPTION %s %s PUBLICATION %s WITH (connect = false, slot_name = %s%s%s)",
		subscription->identity, subscription_source(subscription),
		prop(subscription, "publications"),
		slot ? literal(slot) : "NONE", *options ? ", "
		: "", options)->hazards = subscription_hazards(subscription);
	if (prop_true(subscription, "enabled"))
		put(w, "ALTER SUBSCRIPTION %s ENABLE", subscription->identity);
}

/* Its slot belongs to the other server, which may not be there: it stays. */
static void
drop_subscription(const Change *change, Writer *w)
{
	const char *name = change->old->identity;

	if (prop(change->old, "slot") != NULL)
	{
		if (prop_true(change->old, "enabled"))
			put(w, "ALTER SUBSCRIPTION %s DISABLE", name);
		put(w, "ALTER SUBSCRIPTION %s SET (slot_name = NONE)", name);
	}
	put(w, "DROP SUBSCRIPTION %s", name);
}

static bool
alter_subscription(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;
	bool		enabled = prop_true(change->old, "enabled");

	if (prop_differs(change, "connection") || prop_differs(change, "server"))
		put(w, "ALTER SUBSCRIPTION %s %s", new->identity, subscription_source(new))->hazards =
			subscription_hazards(new);
	if (prop_differs(change, "publications"))
		put(w, "ALTER SUBSCRIPTION %s SET PUBLICATION %s WITH (refresh = false)", new->identity,
			prop(new, "publications"));
	if (prop_differs(change, "options"))
		return false;
	if (enabled && (!prop_true(new, "enabled") || prop_differs(change, "slot")))
		put(w, "ALTER SUBSCRIPTION %s DISABLE", new->identity);
	if (prop_differs(change, "slot"))
		put(w, "ALTER SUBSCRIPTION %s SET (slot_name = %s)", new->identity,
			prop(new, "slot") ? literal(prop(new, "slot")) : "NONE");
	if (prop_true(new, "enabled") && (!enabled || prop_differs(change, "slot")))
		put(w, "ALTER SUBSCRIPTION %s ENABLE", new->identity);
	return true;
}

/* Only superusers can read the connection; snapshot.c asks nobody else's. */
const Kind	kind_subscription = {
	.name = "subscription",
	.query = "SELECT s.oid, 0, " NO_PARENT ", NULL::text, s.subname::text, quote_ident(s.subname), "
	OWNER("s.subowner") ", NULL::text,"
	" s.subconninfo, CASE WHEN s.subconninfo IS NOT NULL THEN 'host=" SECRET " password="
	SECRET "' END, "
	COMPAT_SUBSCRIPTION_SERVER ", (SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE \"C\")"
	" FROM unnest(s.subpublications) AS u (p)),"
	" s.subenabled::text, s.subslotname::text, concat_ws(', ',"
	"  CASE WHEN s.subsynccommit <> 'off' THEN 'synchronous_commit = '"
	" || quote_literal(s.subsynccommit) END" COMPAT_SUBSCRIPTION_OPTIONS ")"
	" FROM pg_subscription s WHERE $2 AND s.subdbid = (SELECT oid FROM pg_database"
	" WHERE datname = current_database())",
	.classid = SubscriptionRelationId,
	.props = subscription_props,
	.keyword = "SUBSCRIPTION",
	.create = create_subscription,
	.drop = drop_subscription,
	.alter = alter_subscription,
	.superuser_only = true,
};
