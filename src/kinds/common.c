/*
 * common.c
 *		What objects of every kind can have: an owner, privileges, a comment, security labels, and
 *		extensions that they depend on.
 */
#include "postgres.h"

#include "kinds/kinds.h"

#include "utils/builtins.h"

static bool
labels_equal(const List *a, const List *b)
{
	if (list_length(a) != list_length(b))
		return false;
	for (int i = 0; i < list_length(a); i++)
		if (strcmp(list_nth(a, i), list_nth(b, i)) != 0)
			return false;
	return true;
}

static bool
has_extension(const SchemaObject *obj, const char *extension)
{
	ListCell   *lc;

	if (obj != NULL)
	{
		foreach(lc, obj->extensions)
		{
			if (strcmp(lfirst(lc), extension) == 0)
				return true;
		}
	}
	return false;
}

bool
objects_differ(const SchemaObject *old, const SchemaObject *new)
{
	const Kind *kind = old->kind;
	ListCell   *lc;

	if (texts_differ(old->owner, new->owner) || texts_differ(old->comment, new->comment) ||
		!acl_stays(old, new) || !labels_equal(old->labels, new->labels) ||
		list_length(old->extensions) != list_length(new->extensions))
		return true;
	foreach(lc, old->extensions)
	{
		if (!has_extension(new, lfirst(lc)))
			return true;
	}
	for (int i = 0; kind->props[i].name != NULL; i++)
		if (kind->props[i].name[0] != '_' &&
			!prop_same(old, new, kind->props[i].name, old->props[i], new->props[i]))
			return true;
	return false;
}

/* Add, or with no = "NO " take away, the extensions of obj that other does not have. */
static void
write_extensions(const SchemaObject *obj, const SchemaObject *other, const char *no, Writer *w)
{
	ListCell   *lc;

	if (obj != NULL)
	{
		foreach(lc, obj->extensions)
		{
			if (!has_extension(other, lfirst(lc)))
				put(w, "ALTER %s %sDEPENDS ON EXTENSION %s", object_ref(obj), no,
					quote_identifier(lfirst(lc)));
		}
	}
}

/* The label of this provider, or NULL. */
static const char *
find_label(const SchemaObject *obj, const char *provider)
{
	if (obj != NULL)
		for (int i = 0; i < list_length(obj->labels); i += 2)
			if (strcmp(list_nth(obj->labels, i), provider) == 0)
				return list_nth(obj->labels, i + 1);
	return NULL;
}

/* COMMENT ON and SECURITY LABEL lock the table that they are about. */
static void
lock_for_remark(SchemaStatement *statement, const SchemaObject *obj)
{
	if (kind_is(obj, KIND_TABLE) || kind_is(obj, KIND_MATVIEW))
		also_locks(statement, LOCK_SHARE_UPDATE_EXCLUSIVE, obj->identity);
	else if (kind_is(obj, KIND_COLUMN) || (kind_is(obj, KIND_VIEW_COLUMN) &&
										   kind_is(obj->parent, KIND_MATVIEW)))
		also_locks(statement, LOCK_SHARE_UPDATE_EXCLUSIVE, obj->parent->identity);
}

static void
write_labels(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	for (int i = 0; i < list_length(new->labels); i += 2)
	{
		const char *provider = list_nth(new->labels, i);
		const char *label = list_nth(new->labels, i + 1);

		if (texts_differ(find_label(old, provider), label))
			lock_for_remark(put(w, "SECURITY LABEL FOR %s ON %s IS %s", quote_identifier(provider),
								object_ref(new), literal(label)), new);
	}
	if (old != NULL)
		for (int i = 0; i < list_length(old->labels); i += 2)
			if (find_label(new, list_nth(old->labels, i)) == NULL)
				lock_for_remark(put(w, "SECURITY LABEL FOR %s ON %s IS NULL",
									quote_identifier(list_nth(old->labels, i)), object_ref(new)),
								new);
}

void
write_comment(const SchemaObject *obj, Writer *w)
{
	lock_for_remark(put(w, "COMMENT ON %s IS %s", object_ref(obj),
						obj->comment ? literal(obj->comment) : "NULL"), obj);
}

void
write_common(const SchemaObject *old, const SchemaObject *new, Writer *w)
{
	if (new->owner != NULL && texts_differ(old ? old->owner : w->from->user, new->owner) &&
		!(kind_is(new, KIND_SEQUENCE) && sequence_follows_table(old, new)))
	{
		SchemaStatement *statement = put(w, "ALTER %s OWNER TO %s", object_ref(new),
										 quote_identifier(new->owner));

		statement->hazards = HAZARD_AUTHORIZATION;
		if (kind_is(new, KIND_TABLE) || kind_is(new, KIND_MATVIEW))
			also_locks(statement, LOCK_ACCESS_EXCLUSIVE, new->identity);
	}
	acl_write(old, new, w);
	if (texts_differ(old ? old->comment : NULL, new->comment))
		write_comment(new, w);
	write_labels(old, new, w);
	write_extensions(old, new, "NO ", w);
	write_extensions(new, old, "", w);
}
