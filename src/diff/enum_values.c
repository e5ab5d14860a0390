/*
 * enum_values.c
 *		Finds enum values that one transaction adds and also uses.
 *
 * The server forbids to use a new value before its transaction ends, so such an enum has to be
 * recreated.  The proof runs the script as it will be run (autogenerate.c), and finds uses that the
 * server evaluates while it reads a statement.  But a proof has no rows: it does not call the
 * functions that an index, a check or a generated column calls for each row.  So the texts of their
 * bodies are searched here.  If the guess is wrong, the type is recreated in vain.
 */
#include "postgres.h"

#include "diff/steps.h"
#include "kinds/kinds.h"

#include "miscadmin.h"

/*
 * Is the enum the object itself, or anywhere inside it: in its columns, attributes, or what they
 * are made of?
 */
static bool
holds(const SchemaObject *object, const SchemaObject *type, bool *seen)
{
	List	   *inside = list_copy(object->needs);
	ListCell   *lc;

	if (object == type)
		return true;
	if (seen[object->number])
		return false;
	seen[object->number] = true;
	foreach(lc, object->parts)
	{
		const SchemaObject *part = lfirst(lc);

		if (part->kind->field != FIELD_OF_NOTHING)
			inside = list_concat(inside, part->needs);
	}
	foreach(lc, inside)
	{
		CHECK_FOR_INTERRUPTS();
		if (holds(lfirst(lc), type, seen))
			return true;
	}
	return false;
}

/* Does the function take the enum, return it, or name an object that contains it? */
static bool
knows(const Body *body, const SchemaObject *type, const SchemaSnapshot *snapshot)
{
	bool	   *seen = palloc0(sizeof(bool) * snapshot->nobjects);
	ListCell   *lc;

	foreach(lc, list_concat_copy(body->function->needs, body->named))
	{
		if (holds(lfirst(lc), type, seen))
			return true;
	}
	return false;
}

static bool
is_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
		c >= 0x80;
}

/*
 * Is the value, which is quoted as a literal, anywhere in the text, also within a longer literal?
 */
static bool
mentions(const char *text, const char *value)
{
	char	   *bare = pnstrdup(value + 1, strlen(value) - 2);
	size_t		len = strlen(bare);

	if (len == 0)
		return strstr(text, value) != NULL;
	for (const char *p = text; (p = strstr(p, bare)) != NULL; p++)
		if ((p == text || !is_word(p[-1]) || !is_word(p[0])) &&
			(!is_word(p[len]) || !is_word(p[len - 1])))
			return true;
	return false;
}

static bool
mentions_any(const Body *body, const List *values)
{
	ListCell   *lc;

	foreach(lc, values)
	{
		if (mentions(prop(body->function, "definition"), lfirst(lc)))
			return true;
	}
	return false;
}

List *
enums_used_by_bodies(const Changes *changes)
{
	List	   *bodies = NIL;
	List	   *result = NIL;
	bool		looked = false;
	ListCell   *lc;
	ListCell   *lc2;

	foreach(lc, changes->all)
	{
		const Change *change = lfirst(lc);
		List	   *values;

		if (change->fate != FATE_ALTER ||
			(values = enum_labels_without(change->new, change->old)) == NIL)
			continue;
		if (!looked)
			bodies = bodies_called(changes);
		looked = true;
		foreach(lc2, bodies)
		{
			const Body *body = lfirst(lc2);

			CHECK_FOR_INTERRUPTS();
			if (mentions_any(body, values) && knows(body, change->new, changes->to))
			{
				result = lappend(result, unconstify(char *, change->new->identity));
				break;
			}
		}
	}
	return result;
}

List *
enums_that_grow(const SchemaSnapshot *one, const SchemaSnapshot *other)
{
	List	   *result = NIL;

	for (int i = 0; i < one->nobjects; i++)
	{
		const SchemaObject *type = one->objects[i];
		const SchemaObject *its = snapshot_find_same(other, type);

		if (its != NULL && (enum_labels_without(type, its) != NIL ||
							enum_labels_without(its, type) != NIL))
			result = lappend(result, unconstify(char *, type->identity));
	}
	return result;
}
