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

/* What FOR ALL TABLES excepts (since 19). */
#define LEFT_OUT(text, order) \
	"(SELECT string_agg(" text ", " order ") FROM pg_publication_rel r" \
	" JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace" \
	" WHERE r.prpubid = p.oid AND r.prexcept)"

static const Property publication_props[] = {
	{"all_tables", "p.puballtables::text", NOT_NULL},
	{"publish",
		"concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,"
		" CASE WHEN p.pubupdate THEN 'update' END, CASE WHEN p.pubdelete THEN 'delete' END,"
		" CASE WHEN p.pubtruncate THEN 'truncate' END)", NOT_NULL
	},
	{"via_root", "p.pubviaroot::text", NOT_NULL},
	{"generated", "CASE p.pubgencols WHEN 's' THEN 'stored' END", SINCE(180000), MAY_BE_NULL},
	{"all_sequences", "nullif(p.puballsequences, false)::text", SINCE(190000), MAY_BE_NULL},
	{"left_out",
		LEFT_OUT("'TABLE ' || " QUALIFIED("n.nspname", "c.relname"),
				 "', ' ORDER BY n.nspname, c.relname"),
		SINCE(190000), MAY_BE_NULL
	},
	{"_needs", LEFT_OUT(ADDRESS("pg_class", "c.oid", "0"), "' '"), SINCE(190000), MAY_BE_NULL},
	{NULL}
};

const Kind	kind_publication = {
	.name = "publication",
	.source = {
		.oid = "p.oid",
		.name = "p.pubname::text",
		.identity = "quote_ident(p.pubname)",
		.owner = OWNER("p.pubowner"),
		.from = "pg_publication p",
		.where = "$2",
	},
	.classid = PublicationRelationId,
	.props = publication_props,
	.keyword = "PUBLICATION",
	.create = create_publication,
	.drop = drop_object,
	.alter = alter_publication,
	.slots = object_slots,
};

/* ------------------------------------------------------------ tables and schemas */

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

static const Property publication_table_props[] = {
	{"publication", "quote_ident(p.pubname)", NOT_NULL},
	{"table", QUALIFIED("n.nspname", "c.relname"), NOT_NULL},
	{"columns",
		"(SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname::text COLLATE \"C\")"
		" FROM pg_attribute a WHERE a.attrelid = r.prrelid AND a.attnum = ANY (r.prattrs))",
		SINCE(150000), MAY_BE_NULL
	},
	{"where",
		"CASE WHEN r.prqual IS NOT NULL THEN " DEFINED("pg_get_expr(r.prqual, r.prrelid)") " END",
		SINCE(150000), MAY_BE_NULL, SQL_AFTER("SELECT ")
	},
	{NULL}
};

/* Since 19 a row can also be what FOR ALL TABLES excepts.  It goes on with the last condition. */
static const SourceJoin publication_table_joins[] = {
	{"AND NOT r.prexcept", SINCE(190000)},
	{NULL}
};

const Kind	kind_publication_table = {
	.name = "published table",
	.source = {
		.oid = "r.oid",
		.parent = "r.prpubid",
		.identity = "quote_ident(p.pubname) || ' ' || " QUALIFIED("n.nspname", "c.relname"),
		.from = "pg_publication_rel r JOIN pg_publication p ON p.oid = r.prpubid"
		" JOIN pg_class c ON c.oid = r.prrelid JOIN pg_namespace n ON n.oid = c.relnamespace",
		.joins = publication_table_joins,
		.where = "$2 AND " MANAGED,
	},
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

static const Property publication_schema_props[] = {
	{"publication", "quote_ident(p.pubname)", NOT_NULL},
	{"schema", "quote_ident(n.nspname)", NOT_NULL},
	{NULL}
};

const Kind	kind_publication_schema = {
	.name = "published schema",
	.source = {
		.oid = "r.oid",
		.parent = "r.pnpubid",
		.identity = "quote_ident(p.pubname) || ' ' || quote_ident(n.nspname)",
		.from = "pg_publication_namespace r JOIN pg_publication p ON p.oid = r.pnpubid"
		" JOIN pg_namespace n ON n.oid = r.pnnspid",
		.where = "$2 AND " MANAGED,
	},
	.classid = PublicationNamespaceRelationId,
	.parent_classid = PublicationRelationId,
	.props = publication_schema_props,
	.create = create_publication_schema,
	.drop = drop_publication_schema,
	.alter = alter_publication_member,
};
#endif

/* ---------------------------------------------------------------- subscriptions */

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
/* The options of a subscription, but for those that have their default. */
#define SUBSCRIPTION_OPTIONS(newer) \
	"concat_ws(', ', CASE WHEN s.subsynccommit <> 'off'" \
	" THEN 'synchronous_commit = ' || quote_literal(s.subsynccommit) END" newer ")"
#define SINCE_14 ", CASE WHEN s.subbinary THEN 'binary = true' END"
#define STREAMING_14 SINCE_14 ", CASE WHEN s.substream THEN 'streaming = on' END"
#define STREAMING_16 SINCE_14 \
	", CASE s.substream WHEN 't' THEN 'streaming = on' WHEN 'p' THEN 'streaming = parallel' END"
/* 18 made streaming = parallel the default */
#define STREAMING_18 SINCE_14 \
	", CASE s.substream WHEN 't' THEN 'streaming = on' WHEN 'p' THEN NULL" \
	" ELSE 'streaming = off' END"
#define SINCE_15 \
	", CASE WHEN s.subtwophasestate <> 'd' THEN 'two_phase = on' END" \
	", CASE WHEN s.subdisableonerr THEN 'disable_on_error = true' END"
#define SINCE_16 \
	", CASE WHEN NOT s.subpasswordrequired THEN 'password_required = false' END" \
	", CASE WHEN s.subrunasowner THEN 'run_as_owner = true' END" \
	", CASE WHEN s.suborigin <> 'any' THEN 'origin = ' || quote_literal(s.suborigin) END"
#define SINCE_17 ", CASE WHEN s.subfailover THEN 'failover = true' END"
#define SINCE_19 \
	", CASE WHEN s.subretaindeadtuples THEN 'retain_dead_tuples = true' END" \
	", CASE WHEN s.submaxretention <> 0" \
	" THEN 'max_retention_duration = ' || s.submaxretention END" \
	", CASE WHEN s.subwalrcvtimeout <> '-1'" \
	" THEN 'wal_receiver_timeout = ' || quote_literal(s.subwalrcvtimeout) END"

static const Property subscription_props[] = {
	{"connection", "s.subconninfo", MAY_BE_NULL},
	{PROP_WITHOUT_SECRETS,
		"CASE WHEN s.subconninfo IS NOT NULL THEN 'host=" SECRET " password=" SECRET "' END",
		MAY_BE_NULL
	},
	{"server",
		"(SELECT quote_ident(f.srvname) FROM pg_foreign_server f WHERE f.oid = s.subserver)",
		SINCE(190000), MAY_BE_NULL
	},
	{"publications",
		"(SELECT string_agg(quote_ident(p), ', ' ORDER BY p COLLATE \"C\")"
		" FROM unnest(s.subpublications) AS u (p))", NOT_NULL
	},
	{"enabled", "s.subenabled::text", NOT_NULL},
	{"slot", "s.subslotname::text", MAY_BE_NULL},
	{"options",
		SUBSCRIPTION_OPTIONS(STREAMING_18 SINCE_15 SINCE_16 SINCE_17 SINCE_19),
		SINCE(190000), NOT_NULL
	},
	{"options",
		SUBSCRIPTION_OPTIONS(STREAMING_18 SINCE_15 SINCE_16 SINCE_17), SINCE(180000), NOT_NULL
	},
	{"options",
		SUBSCRIPTION_OPTIONS(STREAMING_16 SINCE_15 SINCE_16 SINCE_17), SINCE(170000), NOT_NULL
	},
	{"options", SUBSCRIPTION_OPTIONS(STREAMING_16 SINCE_15 SINCE_16), SINCE(160000), NOT_NULL},
	{"options", SUBSCRIPTION_OPTIONS(STREAMING_14 SINCE_15), SINCE(150000), NOT_NULL},
	{"options", SUBSCRIPTION_OPTIONS(STREAMING_14), SINCE(140000), NOT_NULL},
	{"options", SUBSCRIPTION_OPTIONS(""), NOT_NULL},
	{NULL}
};

const Kind	kind_subscription = {
	.name = "subscription",
	.source = {
		.oid = "s.oid",
		.name = "s.subname::text",
		.identity = "quote_ident(s.subname)",
		.owner = OWNER("s.subowner"),
		.from = "pg_subscription s",
		.where = "$2 AND s.subdbid = (SELECT oid FROM pg_database"
		" WHERE datname = current_database())",
	},
	.classid = SubscriptionRelationId,
	.props = subscription_props,
	.keyword = "SUBSCRIPTION",
	.create = create_subscription,
	.drop = drop_subscription,
	.alter = alter_subscription,
	.superuser_only = true,
};
