/*
 * kind_enum.c
 *		Enumerations.
 */
#include "postgres.h"

#include "kinds/changes.h"
#include "kinds/types.h"

#include "catalog/pg_type.h"

/* 'a', 'b': the literals as a list of char *. */
static List *
split_literals(const char *text)
{
	List	   *result = NIL;
	bool		quoted = false;
	const char *start = text;

	for (const char *p = text; p != NULL; p++)
	{
		if (*p == '\'')
			quoted = !quoted;
		if (*p == '\0' || (*p == ',' && !quoted))
		{
			if (p > start)
				result = lappend(result, pnstrdup(start, p - start));
			if (*p == '\0')
				break;
			start = p + 2;
		}
	}
	return result;
}

static void
create_enum(const Change *change, Writer *w)
{
	const char *labels = prop(change->new, "labels");

	put(w, "CREATE TYPE %s AS ENUM (%s)", change->new->identity, labels ? labels : "");
}

/* Values can be added anywhere, but neither removed nor moved. */
static bool
alter_enum(Change *change, Writer *w)
{
	List	   *old = split_literals(prop(change->old, "labels"));
	List	   *new = split_literals(prop(change->new, "labels"));
	const char *before = NULL;
	int			i = 0;
	ListCell   *lc;

	foreach(lc, new)
	{
		const char *label = lfirst(lc);

		if (i < list_length(old) && strcmp(list_nth(old, i), label) == 0)
			i++;
		else if (before != NULL)
			put(w, "ALTER TYPE %s ADD VALUE %s AFTER %s", change->new->identity, label, before);
		else if (old != NIL)
			put(w, "ALTER TYPE %s ADD VALUE %s BEFORE %s", change->new->identity, label,
				(char *) linitial(old));
		else
			put(w, "ALTER TYPE %s ADD VALUE %s", change->new->identity, label);
		before = label;
	}
	return i == list_length(old);
}

List *
enum_labels_without(const SchemaObject *type, const SchemaObject *other)
{
	List	   *labels;
	List	   *result = NIL;
	ListCell   *lc;
	ListCell   *lc2;

	if (!kind_is(type, KIND_ENUM))
		return NIL;
	labels = split_literals(prop(other, "labels"));
	foreach(lc, split_literals(prop(type, "labels")))
	{
		bool		found = false;

		foreach(lc2, labels)
		{
			found |= strcmp(lfirst(lc), lfirst(lc2)) == 0;
		}
		if (!found)
			result = lappend(result, lfirst(lc));
	}
	return result;
}

bool
enum_contains(const SchemaObject *type, const SchemaObject *other)
{
	return enum_labels_without(other, type) == NIL;
}

bool
enum_has_label(const SchemaObject *type, const char *label)
{
	const char *quoted = literal(label);
	ListCell   *lc;

	foreach(lc, split_literals(prop(type, "labels")))
	{
		if (strcmp(lfirst(lc), quoted) == 0)
			return true;
	}
	return false;
}

static const Property enum_props[] = {
	{"labels",
		"(SELECT string_agg(quote_literal(e.enumlabel), ', ' ORDER BY e.enumsortorder)"
		" FROM pg_enum e WHERE e.enumtypid = t.oid)", MAY_BE_NULL
	},
	{NULL}
};

const Kind	kind_enum = {
	.name = "enum",
	.source = {
		TYPE_SOURCE,
		.from = "pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace",
		.where = "t.typtype = 'e' AND " MANAGED,
	},
	.classid = TypeRelationId,
	.props = enum_props,
	.keyword = "TYPE",
	.acl_type = 'T',
	.create = create_enum,
	.drop = drop_object,
	.alter = alter_enum,
	.slots = type_slots,
	.typtypes = "e",
	.names = NAME_OF_TYPE,
	.named_in_bodies = true,
	.used_aside = true,
	.put_aside = type_put_aside,
	.drop_aside = type_drop_aside,
	.renamed_as = RENAMED_ENUM,
};
