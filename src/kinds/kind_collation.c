/*
 * kind_collation.c
 *		Collations.
 *
 * The version of the library is that of the machine, and no part of the model.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_collation.h"

static void
create_collation(const Change *change, Writer *w)
{
	put(w, "CREATE COLLATION %s (%s)", change->new->identity, prop(change->new, "definition"));
}

#define COLLATION_DEFINITION(locale, rules) \
	"concat_ws(', ', 'provider = ' || CASE c.collprovider WHEN 'i' THEN 'icu'" \
	" WHEN 'b' THEN 'builtin' ELSE 'libc' END," \
	" CASE WHEN NOT c.collisdeterministic THEN 'deterministic = false' END," \
	" CASE WHEN c.collprovider IN ('i', 'b') THEN 'locale = ' || quote_literal(" locale ")" \
	" WHEN c.collcollate = c.collctype THEN 'locale = ' || quote_literal(c.collcollate)" \
	" ELSE 'lc_collate = ' || quote_literal(c.collcollate)" \
	" || ', lc_ctype = ' || quote_literal(c.collctype) END," \
	" 'rules = ' || quote_literal(" rules "))"

static const Property collation_props[] = {
	{"definition",
		COLLATION_DEFINITION("c.colllocale", "c.collicurules"), SINCE(170000), NOT_NULL
	},
	{"definition",
		COLLATION_DEFINITION("c.colliculocale", "c.collicurules"), SINCE(160000), NOT_NULL
	},
	{"definition",
		COLLATION_DEFINITION("c.colliculocale", "NULL::text"), SINCE(150000), NOT_NULL
	},
	{"definition", COLLATION_DEFINITION("c.collcollate", "NULL::text"), NOT_NULL},
	{NULL}
};

const Kind	kind_collation = {
	.name = "collation",
	.source = {
		.oid = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.collname::text",
		.identity = QUALIFIED("n.nspname", "c.collname"),
		.owner = OWNER("c.collowner"),
		.from = "pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace",
		.where = "c.collencoding IN (-1, (SELECT encoding FROM pg_database"
		" WHERE datname = current_database())) AND " MANAGED,
	},
	.classid = CollationRelationId,
	.props = collation_props,
	.keyword = "COLLATION",
	.create = create_collation,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.used_aside = true,
};
