/*
 * bodies.c
 *		Guesses which objects the bodies of functions name.
 *
 * The catalog has no dependencies of a body that is a text.  To create the function they do not
 * matter, since the script turns the check of bodies off (diff.c).  They matter when the function
 * is called before the script ends: by defaults, generated columns, checks and indexes of
 * tables with rows, and by materialised views.  So the words of those bodies are looked up among
 * the names of relations, types and functions.  The guess decides about the order, and nothing
 * else.
 */
#include "postgres.h"

#include "diff/steps.h"
#include "kinds/kinds.h"

#include "common/hashfn.h"
#include "miscadmin.h"

typedef struct NameEntry
{
	const char *name;			/* hash key */
	List	   *objects;		/* SchemaObject * */
} NameEntry;

static uint32
name_hash(const void *key, Size size)
{
	const char *name = *(const char *const *) key;

	return hash_bytes((const unsigned char *) name, strlen(name));
}

static int
name_match(const void *a, const void *b, Size size)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

static HTAB *
collect_names(const SchemaSnapshot *snapshot)
{
	HASHCTL		ctl = {.keysize = sizeof(char *),.entrysize = sizeof(NameEntry),
	.hash = name_hash,.match = name_match,.hcxt = CurrentMemoryContext};
	HTAB	   *names = hash_create("migrate_ext names", 1024, &ctl,
									HASH_ELEM | HASH_FUNCTION | HASH_COMPARE | HASH_CONTEXT);

	for (int i = 0; i < snapshot->nobjects; i++)
	{
		SchemaObject *object = snapshot->objects[i];
		NameEntry  *entry;
		bool		found;

		if (!object->kind->named_in_bodies)
			continue;
		entry = hash_search(names, &object->name, HASH_ENTER, &found);
		if (!found)
			entry->objects = NIL;
		entry->objects = lappend(entry->objects, object);
	}
	return names;
}

static bool
starts_word(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c >= 0x80;
}

static bool
continues_word(unsigned char c)
{
	return starts_word(c) || (c >= '0' && c <= '9') || c == '$';
}

/*
 * The next word at or after *text as an identifier, and *text behind it; NULL at the end.  Is there
 * a dot before it?
 */
static char *
next_word(const char **text, bool *is_qualified)
{
	const char *p = *text;
	const char *start;
	char	   *word;

	while (*p != '\0' && *p != '"' && !starts_word(*p))
		p += continues_word(*p) ? strspn(p, "0123456789$") : 1;
	if (*p == '\0')
		return NULL;
	*is_qualified = p > *text && p[-1] == '.';
	if (*p == '"')
	{
		start = ++p;
		p += strcspn(p, "\"");
		word = pnstrdup(start, p - start);
		*text = *p ? p + 1 : p;
		return word;
	}
	start = p;
	while (continues_word(*p))
		p++;
	word = pnstrdup(start, p - start);
	for (char *c = word; *c != '\0'; c++)
		*c = pg_ascii_tolower(*c);
	*text = p;
	return word;
}

/* Is the word the name of an argument?  kind_routine.c lists them in property "_names". */
static bool
is_argument(const SchemaObject *function, const char *word)
{
	const char *names = prop(function, "_names");
	size_t		len = strlen(word);

	for (const char *p = names; p != NULL && (p = strstr(p, word)) != NULL; p++)
		if ((p == names || !continues_word(p[-1])) && !continues_word(p[len]))
			return true;
	return false;
}

/* The objects that words of the function's definition may mean: a list of SchemaObject. */
static List *
named_objects(HTAB *names, const SchemaObject *function)
{
	const char *text = prop(function, "definition");
	List	   *result = NIL;
	char	   *word;
	bool		is_qualified;

	while ((word = next_word(&text, &is_qualified)) != NULL)
	{
		NameEntry  *entry = hash_search(names, &word, HASH_FIND, NULL);
		ListCell   *lc;

		if (entry != NULL && (is_qualified || !is_argument(function, word)))
		{
			foreach(lc, entry->objects)
			{
				if (lfirst(lc) != function)
					result = list_append_unique_ptr(result, lfirst(lc));
			}
		}
		pfree(word);
	}
	return result;
}

/* Does PostgreSQL evaluate expressions of the object in statements about it or its table? */
static bool
is_evaluated(const SchemaObject *object)
{
	return object->kind->is_evaluated != NULL && object->kind->is_evaluated(object);
}

/*
 * Is the body a text?  A body that the server parses at creation has its dependencies in the
 * catalog.
 */
static bool
has_text_body(const SchemaObject *object)
{
	return object->kind->has_body && strstr(prop(object, "definition"), "\nAS ") != NULL;
}

/*
 * Start from all objects that are evaluated; with changes, only from those that the changes create
 * or alter.
 */
static List *
find_bodies(const SchemaSnapshot *snapshot, const Changes *changes)
{
	bool	   *seen = palloc0(sizeof(bool) * Max(snapshot->nobjects, 1));
	HTAB	   *names = NULL;
	List	   *work = NIL;
	List	   *result = NIL;

	for (int i = 0; i < snapshot->nobjects; i++)
		if (is_evaluated(snapshot->objects[i]) &&
			(changes == NULL || changes->of_new[i]->fate != FATE_SAME))
		{
			work = lappend(work, snapshot->objects[i]);
			seen[i] = true;
		}
	while (work != NIL)
	{
		SchemaObject *object = llast(work);
		List	   *needs = object->needs;
		ListCell   *lc;

		CHECK_FOR_INTERRUPTS();
		work = list_delete_last(work);
		if (has_text_body(object))
		{
			Body	   *body = palloc(sizeof(Body));

			if (names == NULL)
				names = collect_names(snapshot);
			body->function = object;
			body->named = named_objects(names, object);
			result = lappend(result, body);
			needs = list_concat_copy(needs, body->named);
		}
		foreach(lc, needs)
		{
			SchemaObject *need = lfirst(lc);

			if (seen[need->number])
				continue;
			seen[need->number] = true;
			work = lappend(work, need);
		}
	}
	return result;
}

List *
bodies_evaluated(const SchemaSnapshot *snapshot)
{
	return find_bodies(snapshot, NULL);
}

List *
bodies_called(const Changes *changes)
{
	return find_bodies(changes->to, changes);
}
