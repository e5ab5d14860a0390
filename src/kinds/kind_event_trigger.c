/*
 * kind_event_trigger.c
 *		Event triggers.  They come last and go first, so that none of them meets
 *		what the rest does.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "catalog/pg_event_trigger.h"
#include "utils/builtins.h"

static void
write_event_trigger_state(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	const char *enabled = prop(new, "enabled");

	if (texts_differ(old ? prop(old, "enabled") : "O", enabled))
		put(w, "ALTER EVENT TRIGGER %s %s", new->identity,
			*enabled == 'D' ? "DISABLE" : *enabled == 'A' ? "ENABLE ALWAYS" : *enabled == 'R'
			? "ENABLE REPLICA" : "ENABLE");
}

static void
create_event_trigger(const Change *change, Writer *w)
{
	put(w, "CREATE EVENT TRIGGER %s %s", change->new->identity, prop(change->new, "definition"));
	write_event_trigger_state(NULL, change->new, w);
}

static bool
alter_event_trigger(Change *change, Writer *w)
{
	if (prop_differs(change, "definition"))
		return false;
	write_event_trigger_state(change->old, change->new, w);
	return true;
}

static const Property event_trigger_props[] = {
	{"definition",
		"'ON ' || e.evtevent || coalesce((SELECT E'\\n    WHEN TAG IN ('"
		" || string_agg(quote_literal(t), ', ' ORDER BY ord) || ')'"
		" FROM unnest(e.evttags) WITH ORDINALITY AS u (t, ord)), '') || E'\\n    EXECUTE FUNCTION '"
		" || " QUALIFIED("n.nspname", "p.proname") " || '()'", NOT_NULL
	},
	{"enabled", "e.evtenabled::text", NOT_NULL},
	{NULL}
};

const Kind	kind_event_trigger = {
	.name = "event trigger",
	.source = {
		.oid = "e.oid",
		.name = "e.evtname::text",
		.identity = "quote_ident(e.evtname)",
		.owner = OWNER("e.evtowner"),
		.from = "pg_event_trigger e JOIN pg_proc p ON p.oid = e.evtfoid"
		" JOIN pg_namespace n ON n.oid = p.pronamespace",
		.where = "$2",
	},
	.classid = EventTriggerRelationId,
	.props = event_trigger_props,
	.keyword = "EVENT TRIGGER",
	.create = create_event_trigger,
	.drop = drop_object,
	.alter = alter_event_trigger,
	.alter_keeps_needs = true,
	.slots = object_slots,
};
