/*
 * kind_operator.c
 *		Operators, their families and classes, casts, and conversions.
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/kinds.h"

#include "catalog/pg_cast.h"
#include "catalog/pg_conversion.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_opclass.h"
#include "catalog/pg_opfamily.h"
#include "utils/builtins.h"

#define OPERATOR_NAME(nsp, opr) "quote_ident(" nsp ") || '.' || " opr

/* -------------------------------------------------------------------- operators */

static void
create_operator(const Change *change, Writer *w)
{
	const SchemaObject *operator = change->new;

	/* one that is only a name comes with that which mentions it */
	if (prop(operator, "definition") == NULL)
		return;
	put(w, "CREATE OPERATOR %s.%s (\n    %s%s%s%s%s\n)", quote_identifier(operator->schema),
		operator->name,
		prop(operator, "definition"),
		prop(operator, "restrict") ? ",\n    RESTRICT = " : "", prop(operator, "restrict")
		? prop(operator, "restrict") : "",
		prop(operator, "join") ? ",\n    JOIN = " : "", prop(operator, "join")
		? prop(operator, "join") : "");
}

static bool
alter_operator(Change *change, Writer *w)
{
	const SchemaObject *new = change->new;

	if (prop(change->old, "definition") == NULL)
	{
		create_operator(change, w);
		return true;
	}
	if (prop_differs(change, "definition"))
		return false;
	if (prop_differs(change, "restrict"))
		put(w, "ALTER OPERATOR %s SET (RESTRICT = %s)", new->identity,
			prop(new, "restrict") ? prop(new, "restrict") : "NONE");
	if (prop_differs(change, "join"))
		put(w, "ALTER OPERATOR %s SET (JOIN = %s)", new->identity,
			prop(new, "join") ? prop(new, "join") : "NONE");
	return true;
}

static void
read_operator(SchemaObject *operator)
{
	set_prop(operator, "_shape", asked_shape_of_operator(operator->objid));
}

#define OTHER_OPERATOR(word, oid) \
	"(SELECT '" word " = OPERATOR(' || " OPERATOR_NAME("xn.nspname", "x.oprname") " || ')'" \
	" FROM pg_operator x" \
	" JOIN pg_namespace xn ON xn.oid = x.oprnamespace WHERE x.oid = " oid ")"

/*
 * One without a function is a name that another operator has mentioned; it has no definition.
 * Where that other one is gone it is nothing at all, and no dump has it.
 */
static const Property operator_props[] = {
	{"definition",
		"CASE WHEN o.oprcode <> 0 THEN concat_ws(E',\\n    ', 'FUNCTION = ' || o.oprcode,"
		" CASE WHEN o.oprleft <> 0 THEN 'LEFTARG = ' || format_type(o.oprleft, NULL) END,"
		" CASE WHEN o.oprright <> 0 THEN 'RIGHTARG = ' || format_type(o.oprright, NULL) END, "
		OTHER_OPERATOR("COMMUTATOR", "o.oprcom") ", " OTHER_OPERATOR("NEGATOR", "o.oprnegate") ","
		" CASE WHEN o.oprcanmerge THEN 'MERGES' END, CASE WHEN o.oprcanhash THEN 'HASHES' END) END",
		MAY_BE_NULL
	},
	{"restrict", "nullif(o.oprrest::text, '-')", MAY_BE_NULL},
	{"join", "nullif(o.oprjoin::text, '-')", MAY_BE_NULL},
	{"_shape", SET_BY_READ},
	{NULL}
};

const Kind	kind_operator = {
	.name = "operator",
	.source = {
		.oid = "o.oid",
		.schema = "n.nspname::text",
		.name = "o.oprname::text",
		.identity = OPERATOR_NAME("n.nspname", "o.oprname") " || ' (' ||"
		" CASE WHEN o.oprleft = 0 THEN 'NONE' ELSE format_type(o.oprleft, NULL) END || ', ' ||"
		" CASE WHEN o.oprright = 0 THEN 'NONE' ELSE format_type(o.oprright, NULL) END || ')'",
		.owner = OWNER("o.oprowner"),
		.from = "pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace",
		.where = MANAGED " AND (o.oprcode <> 0 OR EXISTS (SELECT FROM pg_operator x"
		" WHERE o.oid IN (x.oprcom, x.oprnegate)))",
	},
	.classid = OperatorRelationId,
	.props = operator_props,
	.read = read_operator,
	.keyword = "OPERATOR",
	.create = create_operator,
	.drop = drop_object,
	.alter = alter_operator,
	.slots = object_slots,
};

/* -------------------------------------------------------------------- families */

/* Between the members of a list, and between how one is added and how it is dropped. */
#define NEXT "\001"
#define AND_DROP "\002"

/* Is a member of the list, from start to end, in another list? */
static bool
has_member(const char *list, const char *start, const char *end)
{
	while (list != NULL && *list != '\0')
	{
		const char *stop = list + strcspn(list, NEXT);

		if (stop - list == end - start && strncmp(list, start, end - start) == 0)
			return true;
		list = *stop ? stop + 1 : stop;
	}
	return false;
}

/* Those of list that are not in other. */
static void
write_members(const SchemaObject *family, const char *list, const char *other, bool add, Writer *w)
{
	while (list != NULL && *list != '\0')
	{
		const char *stop = list + strcspn(list, NEXT);
		const char *drop = memchr(list, AND_DROP[0], stop - list);

		if (!has_member(other, list, stop))
		{
			if (add)
				put(w, "ALTER OPERATOR FAMILY %s ADD %.*s", family->identity, (int) (drop - list),
					list);
			else
				put(w, "ALTER OPERATOR FAMILY %s DROP %.*s", family->identity,
					(int) (stop - drop - 1), drop + 1);
		}
		list = *stop ? stop + 1 : stop;
	}
}

static void
create_family(const Change *change, Writer *w)
{
	put(w, "CREATE OPERATOR FAMILY %s", change->new->identity);
	write_members(change->new, prop(change->new, "members"), NULL, true, w);
}

static bool
alter_family(Change *change, Writer *w)
{
	const char *before = prop(change->old, "members");
	const char *after = prop(change->new, "members");

	write_members(change->new, before, after, false, w);
	write_members(change->new, after, before, true, w);
	return true;
}

/*
 * Entries of pg_amop and pg_amproc, as ALTER OPERATOR FAMILY and CREATE OPERATOR CLASS write them.
 */
#define AMOP_TEXT \
	"'OPERATOR ' || m.amopstrategy || ' ' || " OPERATOR_NAME("xn.nspname", "x.oprname") " || '('" \
	" || format_type(m.amoplefttype, NULL) || ', ' ||" \
	" format_type(m.amoprighttype, NULL) || ')' || coalesce((SELECT ' FOR ORDER BY '" \
	" || " QUALIFIED("sn.nspname", "s.opfname") \
	" FROM pg_opfamily s JOIN pg_namespace sn ON sn.oid = s.opfnamespace" \
	" WHERE s.oid = m.amopsortfamily), '')"
#define AMOP_FROM "pg_amop m JOIN pg_operator x ON x.oid = m.amopopr" \
	" JOIN pg_namespace xn ON xn.oid = x.oprnamespace"
#define AMPROC_TEXT \
	"'FUNCTION ' || m.amprocnum || ' (' || format_type(m.amproclefttype, NULL) || ', '" \
	" || format_type(m.amprocrighttype, NULL) || ') ' ||" \
	" m.amproc::regprocedure"
#define DEPENDS(class, refclass, ref) \
	"EXISTS (SELECT FROM pg_depend d WHERE d.classid = '" class "'::regclass AND d.objid = m.oid" \
	" AND d.refclassid = '" refclass "'::regclass" \
	" AND d.refobjid = " ref " AND d.deptype IN ('a', 'i'))"
#define FAMILY_NAME QUALIFIED("n.nspname", "f.opfname") " || ' USING ' || quote_ident(am.amname)"

static const Property family_props[] = {
	{"members",
		"(SELECT string_agg(t, E'\\001' ORDER BY t COLLATE \"C\") FROM"
		" (SELECT " AMOP_TEXT " || E'\\002OPERATOR ' || m.amopstrategy || ' ('"
		" || format_type(m.amoplefttype, NULL) || ', ' || format_type(m.amoprighttype, NULL) || ')'"
		" FROM " AMOP_FROM
		" WHERE m.amopfamily = f.oid AND " DEPENDS("pg_amop", "pg_opfamily", "f.oid")
		" UNION ALL SELECT " AMPROC_TEXT " || E'\\002FUNCTION ' || m.amprocnum || ' ('"
		" || format_type(m.amproclefttype, NULL) || ', ' || format_type(m.amprocrighttype, NULL)"
		" || ')' FROM pg_amproc m"
		" WHERE m.amprocfamily = f.oid AND " DEPENDS("pg_amproc", "pg_opfamily", "f.oid")
		") AS u (t))", MAY_BE_NULL
	},
	{"_aliases",
		"(SELECT string_agg(t, ' ') FROM"
		" (SELECT " ADDRESS("pg_amop", "m.oid", "0") " FROM pg_amop m"
		" WHERE m.amopfamily = f.oid AND " DEPENDS("pg_amop", "pg_opfamily", "f.oid")
		" UNION ALL SELECT " ADDRESS("pg_amproc", "m.oid", "0") " FROM pg_amproc m"
		" WHERE m.amprocfamily = f.oid AND " DEPENDS("pg_amproc", "pg_opfamily", "f.oid")
		") AS u (t))", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_operator_family = {
	.name = "operator family",
	.source = {
		.oid = "f.oid",
		.schema = "n.nspname::text",
		.name = "f.opfname::text",
		.identity = FAMILY_NAME,
		.owner = OWNER("f.opfowner"),
		.from = "pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace"
		" JOIN pg_am am ON am.oid = f.opfmethod",
		.where = MANAGED,
	},
	.classid = OperatorFamilyRelationId,
	.props = family_props,
	.keyword = "OPERATOR FAMILY",
	.create = create_family,
	.drop = drop_object,
	.alter = alter_family,
	.slots = object_slots,
};

/* --------------------------------------------------------------------- classes */

static void
create_class(const Change *change, Writer *w)
{
	const SchemaObject *class = change->new;

	put(w, "CREATE OPERATOR CLASS %s.%s\n    %s", quote_identifier(class->schema),
		quote_identifier(class->name), prop(class, "definition"));
}

/* An empty list of members is written as pg_dump does: the type is its own storage. */
static const Property class_props[] = {
	{"definition",
		"CASE WHEN c.opcdefault THEN 'DEFAULT ' ELSE '' END"
		" || 'FOR TYPE ' || format_type(c.opcintype, NULL) || ' USING ' || quote_ident(am.amname)"
		" || ' FAMILY ' || " QUALIFIED("fn.nspname", "f.opfname")
		" || E' AS\\n    ' || concat_ws(E',\\n    ',"
		" CASE WHEN c.opckeytype <> 0 THEN 'STORAGE ' || format_type(c.opckeytype, NULL) END,"
		" coalesce((SELECT string_agg(t, E',\\n    ' ORDER BY kind, number, t COLLATE \"C\") FROM"
		" (SELECT 1, m.amopstrategy, " AMOP_TEXT " FROM " AMOP_FROM
		" WHERE m.amopfamily = f.oid AND " DEPENDS("pg_amop", "pg_opclass", "c.oid")
		" UNION ALL SELECT 2, m.amprocnum, " AMPROC_TEXT " FROM pg_amproc m"
		" WHERE m.amprocfamily = f.oid AND " DEPENDS("pg_amproc", "pg_opclass", "c.oid")
		") AS u (kind, number, t)),"
		" CASE WHEN c.opckeytype = 0 THEN 'STORAGE ' || format_type(c.opcintype, NULL) END))",
		NOT_NULL
	},
	{NULL}
};

const Kind	kind_operator_class = {
	.name = "operator class",
	.source = {
		.oid = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.opcname::text",
		.identity = QUALIFIED("n.nspname", "c.opcname") " || ' USING ' || quote_ident(am.amname)",
		.owner = OWNER("c.opcowner"),
		.from = "pg_opclass c JOIN pg_namespace n ON n.oid = c.opcnamespace"
		" JOIN pg_am am ON am.oid = c.opcmethod JOIN pg_opfamily f ON f.oid = c.opcfamily"
		" JOIN pg_namespace fn ON fn.oid = f.opfnamespace",
		.where = MANAGED,
	},
	.classid = OperatorClassRelationId,
	.props = class_props,
	.keyword = "OPERATOR CLASS",
	.create = create_class,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};

/* ------------------------------------------------------------------------ casts */

static void
create_cast(const Change *change, Writer *w)
{
	put(w, "CREATE CAST %s %s", change->new->identity, prop(change->new, "definition"));
}

static const Property cast_props[] = {
	{"definition",
		"CASE c.castmethod WHEN 'b' THEN 'WITHOUT FUNCTION' WHEN 'i' THEN 'WITH INOUT'"
		" ELSE 'WITH FUNCTION ' || (SELECT " QUALIFIED("fn.nspname", "p.proname")
		" || '(' || oidvectortypes(p.proargtypes) || ')' FROM pg_proc p"
		" JOIN pg_namespace fn ON fn.oid = p.pronamespace WHERE p.oid = c.castfunc) END ||"
		" CASE c.castcontext WHEN 'a' THEN ' AS ASSIGNMENT' WHEN 'i' THEN ' AS IMPLICIT'"
		" ELSE '' END", NOT_NULL
	},
	{NULL}
};

const Kind	kind_cast = {
	.name = "cast",
	.source = {
		.oid = "c.oid",
		.identity = "'(' || format_type(c.castsource, NULL) || ' AS '"
		" || format_type(c.casttarget, NULL) || ')'",
		.from = "pg_cast c",
		/* that of a range to its multirange comes with them */
		.where = "$2 AND c.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d"
		" WHERE d.classid = 'pg_cast'::regclass AND d.objid = c.oid AND d.deptype = 'i')",
	},
	.classid = CastRelationId,
	.props = cast_props,
	.keyword = "CAST",
	.create = create_cast,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};

/* ------------------------------------------------------------------ conversions */

static void
create_conversion(const Change *change, Writer *w)
{
	const char *definition = prop(change->new, "definition");
	bool		is_default = *definition == 'D';

	put(w, "CREATE %sCONVERSION %s %s", is_default ? "DEFAULT " : "", change->new->identity,
		is_default ? definition + strlen("DEFAULT ") : definition);
}

static const Property conversion_props[] = {
	{"definition",
		"CASE WHEN c.condefault THEN 'DEFAULT ' ELSE '' END || 'FOR '"
		" || quote_literal(pg_encoding_to_char(c.conforencoding)) || ' TO '"
		" || quote_literal(pg_encoding_to_char(c.contoencoding)) || ' FROM ' || c.conproc", NOT_NULL
	},
	{NULL}
};

const Kind	kind_conversion = {
	.name = "conversion",
	.source = {
		.oid = "c.oid",
		.schema = "n.nspname::text",
		.name = "c.conname::text",
		.identity = QUALIFIED("n.nspname", "c.conname"),
		.owner = OWNER("c.conowner"),
		.from = "pg_conversion c JOIN pg_namespace n ON n.oid = c.connamespace",
		.where = MANAGED,
	},
	.classid = ConversionRelationId,
	.props = conversion_props,
	.keyword = "CONVERSION",
	.create = create_conversion,
	.drop = drop_object,
	.alter = alter_definition,
	.slots = object_slots,
};
