/*
 * kind_aggregate.c
 *		Aggregates; PostgreSQL has no pg_get_aggregatedef(), so they are written from
 *		pg_aggregate, as pg_dump does (dumpAgg in pg_dump.c).
 */
#include "postgres.h"

#include "kinds/asked.h"
#include "kinds/kinds.h"

#include "catalog/pg_proc.h"
#include "utils/builtins.h"

static const char *
aggregate_ref(const SchemaObject *aggregate)
{
	return prop(aggregate, "_ref");
}

static void
create_aggregate(const Change *change, Writer *w)
{
	const SchemaObject *aggregate = change->new;

	put(w, "CREATE %sAGGREGATE %s.%s(%s) (\n    %s\n)",
		change->fate == FATE_ALTER ? "OR REPLACE " : "",
		quote_identifier(aggregate->schema), quote_identifier(aggregate->name),
		prop(aggregate, "arguments"),
		prop(aggregate, "definition"));
}

static bool
alter_aggregate(Change *change, Writer *w)
{
	if (prop_differs(change, "arguments") || prop_differs(change, "_result"))
		return false;
	if (prop_differs(change, "definition"))
	{
		change->fate = FATE_ALTER;
		create_aggregate(change, w);
	}
	return true;
}

static List *
aggregate_slots(const SchemaObject *aggregate)
{
	return list_make1(psprintf("proc %s", aggregate->identity));
}

static void
read_aggregate(SchemaObject *aggregate)
{
	set_prop(aggregate, "_shape", asked_shape_of_function(aggregate->objid));
}

#define FUNCTION_CLAUSE(word, column) " CASE WHEN " column " <> 0 THEN '" word " = '" \
	" || " column "::regproc END,"
#define MODIFY_CLAUSE(word, column) \
	" CASE WHEN " column " <> CASE WHEN a.aggkind = 'n' THEN 'r' ELSE 'w' END" \
	" THEN '" word " = ' ||" \
	"  CASE " column " WHEN 'r' THEN 'READ_ONLY' WHEN 's' THEN 'SHAREABLE'" \
	" ELSE 'READ_WRITE' END END"

static const Property aggregate_props[] = {
	{"arguments",
		"coalesce(nullif(" DEFINED("pg_get_function_arguments(p.oid)") ", ''), '*')", NOT_NULL
	},
	{"definition",
		"concat_ws(E',\\n    ', 'SFUNC = ' || a.aggtransfn::regproc,"
		" 'STYPE = ' || format_type(a.aggtranstype, NULL),"
		" 'SSPACE = ' || nullif(a.aggtransspace, 0),"
		FUNCTION_CLAUSE("FINALFUNC", "a.aggfinalfn")
		" CASE WHEN a.aggfinalextra THEN 'FINALFUNC_EXTRA' END,"
		MODIFY_CLAUSE("FINALFUNC_MODIFY", "a.aggfinalmodify") ","
		FUNCTION_CLAUSE("COMBINEFUNC", "a.aggcombinefn")
		FUNCTION_CLAUSE("SERIALFUNC", "a.aggserialfn")
		FUNCTION_CLAUSE("DESERIALFUNC", "a.aggdeserialfn")
		" 'INITCOND = ' || quote_literal(a.agginitval),"
		FUNCTION_CLAUSE("MSFUNC", "a.aggmtransfn")
		FUNCTION_CLAUSE("MINVFUNC", "a.aggminvtransfn")
		" CASE WHEN a.aggmtransfn <> 0"
		" THEN 'MSTYPE = ' || format_type(a.aggmtranstype, NULL) END,"
		" 'MSSPACE = ' || nullif(a.aggmtransspace, 0),"
		FUNCTION_CLAUSE("MFINALFUNC", "a.aggmfinalfn")
		" CASE WHEN a.aggmfinalextra THEN 'MFINALFUNC_EXTRA' END,"
		" CASE WHEN a.aggmtransfn <> 0 THEN"
		MODIFY_CLAUSE("MFINALFUNC_MODIFY", "a.aggmfinalmodify") " END,"
		" 'MINITCOND = ' || quote_literal(a.aggminitval),"
		" (SELECT 'SORTOP = OPERATOR(' || quote_ident(sn.nspname) || '.' || o.oprname || ')'"
		" FROM pg_operator o JOIN pg_namespace sn ON sn.oid = o.oprnamespace"
		" WHERE o.oid = a.aggsortop),"
		" CASE WHEN a.aggkind = 'h' THEN 'HYPOTHETICAL' END,"
		" CASE p.proparallel WHEN 's' THEN 'PARALLEL = SAFE'"
		" WHEN 'r' THEN 'PARALLEL = RESTRICTED' END)", NOT_NULL
	},
	{"_result", "p.prorettype::regtype::text", NOT_NULL},
	{"_ref",
		QUALIFIED("n.nspname", "p.proname") " || '('"
		" || coalesce(nullif(pg_get_function_identity_arguments(p.oid), ''), '*') || ')'", NOT_NULL
	},
	{"_shape", SET_BY_READ},
	{NULL}
};

const Kind	kind_aggregate = {
	.name = "aggregate",
	.source = {
		.oid = "p.oid",
		.schema = "n.nspname::text",
		.name = "p.proname::text",
		.identity = QUALIFIED("n.nspname", "p.proname") " || '(' || oidvectortypes(p.proargtypes)"
		" || ')'",
		.owner = OWNER("p.proowner"),
		.acl = ACL("p.proacl", "f", "p.proowner"),
		.from = "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
		" JOIN pg_aggregate a ON a.aggfnoid = p.oid",
		.where = MANAGED,
	},
	.classid = ProcedureRelationId,
	.props = aggregate_props,
	.read = read_aggregate,
	.keyword = "AGGREGATE",
	.ref = aggregate_ref,
	.acl_type = 'f',
	.grant_on = "FUNCTION",
	.create = create_aggregate,
	.drop = drop_object,
	.alter = alter_aggregate,
	.slots = aggregate_slots,
	.is_routine = true,
	.named_in_bodies = true,
	.breaks_by_retype = object_always_breaks,
	.renamed_as = RENAMED_ROUTINE,
};
