/*
 * kind_text_search.c
 *		Text search: parsers, templates, dictionaries, configurations.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_ts_config.h"
#include "catalog/pg_ts_dict.h"
#include "catalog/pg_ts_parser.h"
#include "catalog/pg_ts_template.h"

static void
create_definition(const Change *change, Writer *w)
{
	put(w, "CREATE %s %s (%s)", change->new->kind->keyword, change->new->identity,
		prop(change->new, "definition"));
}

#define FUNCTION_CLAUSE(word, column) "CASE WHEN " column " <> 0 THEN '" word " = '" \
	" || " column "::regproc END"

static const Property ts_parser_props[] = {
	{"definition",
		"concat_ws(', ', " FUNCTION_CLAUSE("START", "t.prsstart") ", "
		FUNCTION_CLAUSE("GETTOKEN", "t.prstoken") ", " FUNCTION_CLAUSE("END", "t.prsend") ", "
		FUNCTION_CLAUSE("HEADLINE", "t.prsheadline") ", "
		FUNCTION_CLAUSE("LEXTYPES", "t.prslextype") ")", NOT_NULL
	},
	{NULL}
};

const Kind	kind_ts_parser = {
	.name = "text search parser",
	.source = {
		.oid = "t.oid",
		.schema = "n.nspname::text",
		.name = "t.prsname::text",
		.identity = QUALIFIED("n.nspname", "t.prsname"),
		.from = "pg_ts_parser t JOIN pg_namespace n ON n.oid = t.prsnamespace",
		.where = MANAGED,
	},
	.classid = TSParserRelationId,
	.props = ts_parser_props,
	.keyword = "TEXT SEARCH PARSER",
	.create = create_definition,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};

static const Property ts_template_props[] = {
	{"definition",
		"concat_ws(', ', " FUNCTION_CLAUSE("INIT", "t.tmplinit") ", "
		FUNCTION_CLAUSE("LEXIZE", "t.tmpllexize") ")", NOT_NULL
	},
	{NULL}
};

const Kind	kind_ts_template = {
	.name = "text search template",
	.source = {
		.oid = "t.oid",
		.schema = "n.nspname::text",
		.name = "t.tmplname::text",
		.identity = QUALIFIED("n.nspname", "t.tmplname"),
		.from = "pg_ts_template t JOIN pg_namespace n ON n.oid = t.tmplnamespace",
		.where = MANAGED,
	},
	.classid = TSTemplateRelationId,
	.props = ts_template_props,
	.keyword = "TEXT SEARCH TEMPLATE",
	.create = create_definition,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};

/* ----------------------------------------------------------------- dictionaries */

static void
create_dictionary(const Change *change, Writer *w)
{
	const char *options = prop(change->new, "options");

	put(w, "CREATE TEXT SEARCH DICTIONARY %s (TEMPLATE = %s%s%s)", change->new->identity,
		prop(change->new, "template"),
		options ? ", " : "", options ? options : "");
}

/* The name of the option at *p of "a = 'x', b = 'y'", and what follows it. */
static char *
next_option(const char **p)
{
	const char *start = *p;
	const char *end = strstr(start, " = ");
	bool		quoted = false;

	if (*start == '\0' || end == NULL)
		return NULL;
	for (*p = end + 3; **p != '\0' && (quoted || **p != ','); (*p)++)
		if (**p == '\'')
			quoted = !quoted;
	while (**p == ',' || **p == ' ')
		(*p)++;
	return pnstrdup(start, end - start);
}

static bool
has_option(const char *options, const char *name)
{
	char	   *other;

	while (options != NULL && (other = next_option(&options)) != NULL)
		if (strcmp(other, name) == 0)
			return true;
	return false;
}

static bool
alter_dictionary(Change *change, Writer *w)
{
	const char *before = prop(change->old, "options");
	const char *after = prop(change->new, "options");
	StringInfoData buf;
	char	   *name;

	if (prop_differs(change, "template"))
		return false;
	if (!prop_differs(change, "options"))
		return true;
	initStringInfo(&buf);
	appendStringInfoString(&buf, after ? after : "");
	/* a name alone takes the option away */
	while (before != NULL && (name = next_option(&before)) != NULL)
		if (!has_option(after, name))
			appendStringInfo(&buf, "%s%s", buf.len > 0 ? ", " : "", name);
	put(w, "ALTER TEXT SEARCH DICTIONARY %s (%s)", change->new->identity, buf.data);
	return true;
}

static const Property dictionary_props[] = {
	{"template", QUALIFIED("tn.nspname", "m.tmplname"), NOT_NULL},
	{"options", "t.dictinitoption", MAY_BE_NULL},
	{NULL}
};

const Kind	kind_ts_dictionary = {
	.name = "text search dictionary",
	.source = {
		.oid = "t.oid",
		.schema = "n.nspname::text",
		.name = "t.dictname::text",
		.identity = QUALIFIED("n.nspname", "t.dictname"),
		.owner = OWNER("t.dictowner"),
		.from = "pg_ts_dict t JOIN pg_namespace n ON n.oid = t.dictnamespace"
		" JOIN pg_ts_template m ON m.oid = t.dicttemplate"
		" JOIN pg_namespace tn ON tn.oid = m.tmplnamespace",
		.where = MANAGED,
	},
	.classid = TSDictionaryRelationId,
	.props = dictionary_props,
	.keyword = "TEXT SEARCH DICTIONARY",
	.create = create_dictionary,
	.drop = drop_object,
	.alter = alter_dictionary,
	.slots = object_slots,
};

/* --------------------------------------------------------------- configurations */

/* Between tokens, and between a token and its dictionaries. */
#define NEXT '\001'
#define WITH '\002'

/* The mapping at *p of a list; false at its end. */
static bool
next_mapping(const char **p, char **token, char **dictionaries)
{
	const char *with;
	const char *end;

	if (*p == NULL || **p == '\0')
		return false;
	with = strchr(*p, WITH);
	end = strchr(with, NEXT);
	if (end == NULL)
		end = with + strlen(with);
	*token = pnstrdup(*p, with - *p);
	*dictionaries = pnstrdup(with + 1, end - with - 1);
	*p = *end ? end + 1 : end;
	return true;
}

static const char *
find_mapping(const char *mappings, const char *token)
{
	char	   *other;
	char	   *dictionaries;

	while (next_mapping(&mappings, &other, &dictionaries))
		if (strcmp(other, token) == 0)
			return dictionaries;
	return NULL;
}

static void
write_mappings(const char *before, const SchemaObject *configuration, Writer *w)
{
	const char *after = prop(configuration, "mappings");
	const char *name = configuration->identity;
	char	   *token;
	char	   *dictionaries;

	for (const char *p = before; next_mapping(&p, &token, &dictionaries);)
		if (find_mapping(after, token) == NULL)
			put(w, "ALTER TEXT SEARCH CONFIGURATION %s DROP MAPPING FOR %s", name, token);
	for (const char *p = after; next_mapping(&p, &token, &dictionaries);)
	{
		const char *was = find_mapping(before, token);

		if (texts_differ(was, dictionaries))
			put(w, "ALTER TEXT SEARCH CONFIGURATION %s %s MAPPING FOR %s WITH %s", name,
				was ? "ALTER" : "ADD", token, dictionaries);
	}
}

static void
create_configuration(const Change *change, Writer *w)
{
	put(w, "CREATE TEXT SEARCH CONFIGURATION %s (PARSER = %s)", change->new->identity,
		prop(change->new, "parser"));
	write_mappings(NULL, change->new, w);
}

static bool
alter_configuration(Change *change, Writer *w)
{
	if (prop_differs(change, "parser"))
		return false;
	write_mappings(prop(change->old, "mappings"), change->new, w);
	return true;
}

static const Property configuration_props[] = {
	{"parser", QUALIFIED("pn.nspname", "p.prsname"), NOT_NULL},
	{"mappings",
		"(SELECT string_agg(token, E'\\001' ORDER BY token COLLATE \"C\")"
		" FROM (SELECT quote_ident(tt.alias) || E'\\002'"
		" || string_agg(m.mapdict::regdictionary::text, ', ' ORDER BY m.mapseqno)"
		" FROM pg_ts_config_map m JOIN ts_token_type(p.oid) tt ON tt.tokid = m.maptokentype"
		" WHERE m.mapcfg = t.oid GROUP BY tt.alias) AS u (token))", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_ts_configuration = {
	.name = "text search configuration",
	.source = {
		.oid = "t.oid",
		.schema = "n.nspname::text",
		.name = "t.cfgname::text",
		.identity = QUALIFIED("n.nspname", "t.cfgname"),
		.owner = OWNER("t.cfgowner"),
		.from = "pg_ts_config t JOIN pg_namespace n ON n.oid = t.cfgnamespace"
		" JOIN pg_ts_parser p ON p.oid = t.cfgparser"
		" JOIN pg_namespace pn ON pn.oid = p.prsnamespace",
		.where = MANAGED,
	},
	.classid = TSConfigRelationId,
	.props = configuration_props,
	.keyword = "TEXT SEARCH CONFIGURATION",
	.create = create_configuration,
	.drop = drop_object,
	.alter = alter_configuration,
	.slots = object_slots,
};
