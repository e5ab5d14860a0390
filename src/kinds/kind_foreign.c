/*
 * kind_foreign.c
 *		Foreign data wrappers, servers and user mappings; foreign tables are in
 *		kind_table.c.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_foreign_data_wrapper.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_user_mapping.h"
#include "utils/builtins.h"

/* " OPTIONS (...)", or nothing */
static char *
options_clause(const SchemaObject *old, const SchemaObject *new)
{
	const char *before = old ? prop(old, "options") : NULL;
	const char *after = prop(new, "options");

	if (!texts_differ(before, after))
		return "";
	return psprintf(" OPTIONS (%s)", old ? foreign_options(before, after) : after);
}

/* -------------------------------------------------------------------- wrappers */

static void
append_function(StringInfo buf, const SchemaObject *old, const SchemaObject *new, const char *name,
				const char *keyword)
{
	const char *function = prop(new, name);

	if (texts_differ(old ? prop(old, name) : NULL, function))
		appendStringInfo(buf, function ? " %s %s" : " NO %s", keyword, function);
}

static char *
wrapper_clauses(const SchemaObject *old, const SchemaObject *new)
{
	StringInfoData buf;

	initStringInfo(&buf);
	append_function(&buf, old, new, "handler", "HANDLER");
	append_function(&buf, old, new, "validator", "VALIDATOR");
	append_function(&buf, old, new, "connection", "CONNECTION");
	appendStringInfoString(&buf, options_clause(old, new));
	return buf.data;
}

static void
create_wrapper(const Change *change, Writer *w)
{
	put(w, "CREATE FOREIGN DATA WRAPPER %s%s", change->new->identity,
		wrapper_clauses(NULL, change->new));
}

static bool
alter_wrapper(Change *change, Writer *w)
{
	char	   *clauses = wrapper_clauses(change->old, change->new);

	if (*clauses != '\0')
		put(w, "ALTER FOREIGN DATA WRAPPER %s%s", change->new->identity, clauses);
	return true;
}

static const Property wrapper_props[] = {
	{"handler", FUNCTION_NAME("f.fdwhandler"), MAY_BE_NULL},
	{"validator", FUNCTION_NAME("f.fdwvalidator"), MAY_BE_NULL},
	{"connection", FUNCTION_NAME("f.fdwconnection"), SINCE(190000), MAY_BE_NULL},
	{"options", FOREIGN_OPTIONS("f.fdwoptions"), MAY_BE_NULL},
	{NULL}
};

const Kind	kind_fdw = {
	.name = "foreign data wrapper",
	.source = {
		.oid = "f.oid",
		.name = "f.fdwname::text",
		.identity = "quote_ident(f.fdwname)",
		.owner = OWNER("f.fdwowner"),
		.acl = ACL("f.fdwacl", "F", "f.fdwowner"),
		.from = "pg_foreign_data_wrapper f",
		.where = "$2",
	},
	.classid = ForeignDataWrapperRelationId,
	.props = wrapper_props,
	.keyword = "FOREIGN DATA WRAPPER",
	.acl_type = 'F',
	.create = create_wrapper,
	.drop = drop_object,
	.alter = alter_wrapper,
};

/* --------------------------------------------------------------------- servers */

static void
create_server(const Change *change, Writer *w)
{
	const SchemaObject *server = change->new;
	StringInfoData buf;

	initStringInfo(&buf);
	if (prop(server, "type") != NULL)
		appendStringInfo(&buf, " TYPE %s", literal(prop(server, "type")));
	if (prop(server, "version") != NULL)
		appendStringInfo(&buf, " VERSION %s", literal(prop(server, "version")));
	put(w, "CREATE SERVER %s%s FOREIGN DATA WRAPPER %s%s", server->identity, buf.data,
		prop(server, "wrapper"),
		options_clause(NULL, server));
}

static bool
alter_server(Change *change, Writer *w)
{
	StringInfoData buf;

	if (prop_differs(change, "wrapper") || prop_differs(change, "type"))
		return false;
	initStringInfo(&buf);
	if (prop_differs(change, "version"))
		appendStringInfo(&buf, " VERSION %s",
						 prop(change->new, "version") ? literal(prop(change->new, "version"))
						 : "NULL");
	appendStringInfoString(&buf, options_clause(change->old, change->new));
	if (buf.len > 0)
		put(w, "ALTER SERVER %s%s", change->new->identity, buf.data);
	return true;
}

static const Property server_props[] = {
	{"wrapper", "quote_ident(f.fdwname)", NOT_NULL},
	{"type", "s.srvtype", MAY_BE_NULL},
	{"version", "s.srvversion", MAY_BE_NULL},
	{"options", FOREIGN_OPTIONS("s.srvoptions"), MAY_BE_NULL},
	{NULL}
};

const Kind	kind_server = {
	.name = "server",
	.source = {
		.oid = "s.oid",
		.name = "s.srvname::text",
		.identity = "quote_ident(s.srvname)",
		.owner = OWNER("s.srvowner"),
		.acl = ACL("s.srvacl", "S", "s.srvowner"),
		.from = "pg_foreign_server s JOIN pg_foreign_data_wrapper f ON f.oid = s.srvfdw",
		.where = "$2",
	},
	.classid = ForeignServerRelationId,
	.props = server_props,
	.keyword = "SERVER",
	.acl_type = 'S',
	.grant_on = "FOREIGN SERVER",
	.create = create_server,
	.drop = drop_object,
	.alter = alter_server,
};

/* --------------------------------------------------------------- user mappings */

/*
 * Revisions are read by many and kept in git.  So the value of an option is written there only if
 * it is known to be no secret: that is said of the options of postgres_fdw and those that have
 * their names.
 */
#define IS_NO_SECRET \
	"option_name IN ('user', 'username', 'user_name', 'password_required'," \
	" 'use_scram_passthrough', 'sslcert', 'sslkey')"
#define OPTIONS_WITHOUT_SECRETS(options) \
	"(SELECT string_agg(quote_ident(option_name) || ' ' || CASE" \
	" WHEN " IS_NO_SECRET " THEN quote_literal(option_value) ELSE '''" SECRET "''' END," \
	" ', ' ORDER BY option_name) FROM pg_options_to_table(" options "))"

static void
create_mapping(const Change *change, Writer *w)
{
	put(w, "CREATE USER MAPPING %s%s", change->new->identity,
		options_clause(NULL, change->new))->hazards =
		prop(change->new, PROP_WITHOUT_SECRETS) ? HAZARD_SECRET : 0;
}

static bool
alter_mapping(Change *change, Writer *w)
{
	if (prop_differs(change, "options"))
		put(w, "ALTER USER MAPPING %s%s", change->new->identity,
			options_clause(change->old, change->new))->hazards =
			prop(change->new, PROP_WITHOUT_SECRETS) ? HAZARD_SECRET : 0;
	return true;
}

/* The view shows the options, which may be passwords, to those who may see them. */
static const Property mapping_props[] = {
	{"options", FOREIGN_OPTIONS("m.umoptions"), MAY_BE_NULL},
	{PROP_WITHOUT_SECRETS, OPTIONS_WITHOUT_SECRETS("m.umoptions"), MAY_BE_NULL},
	{NULL}
};

const Kind	kind_user_mapping = {
	.name = "user mapping",
	.source = {
		.oid = "m.umid",
		.name = "m.usename::text",
		.identity = "'FOR ' || CASE WHEN m.umuser = 0 THEN 'PUBLIC' ELSE quote_ident(m.usename) END"
		" || ' SERVER ' || quote_ident(m.srvname)",
		.from = "pg_user_mappings m",
		.where = "$2 AND m.srvname NOT LIKE '" HIDDEN_PREFIX "%'",
	},
	.classid = UserMappingRelationId,
	.props = mapping_props,
	.keyword = "USER MAPPING",
	.create = create_mapping,
	.drop = drop_object,
	.alter = alter_mapping,
};
