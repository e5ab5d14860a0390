/*
 * shown_names.c
 *		What the server says in a shadow names what is away as everybody knows it.
 *
 * A schema that is away has another name meanwhile.  The server prints that where it names
 * something that no search_path finds: a type in "operator does not exist", a table in a NOTICE.
 * The text's owner has never seen such a name, and must not be told to write it.
 */
#include "postgres.h"

#include "shadow/shadow_private.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

/* The schema of a name that begins with the prefix and a number; NULL if there is none. */
static const char *
schema_called(const Shadow *shadow, const char *name)
{
	Oid			oid = atooid(name + strlen(HIDDEN_PREFIX));
	const ShadowSchema *schema = shadow_find_live(shadow, oid);

	return schema != NULL ? schema->name : get_namespace_name(oid);
}

/* The text with each such schema by its own name; NULL if there is none in it. */
static char *
with_known_names(const Shadow *shadow, const char *text)
{
	const char *start = "\"" HIDDEN_PREFIX;
	StringInfoData buf;
	const char *done = text;
	const char *found = text;

	if (text == NULL || strstr(text, start) == NULL)
		return NULL;
	initStringInfo(&buf);
	while ((found = strstr(found, start)) != NULL)
	{
		const char *schema = schema_called(shadow, found + 1);
		const char *end = strchr(found + 1, '"');

		if (schema == NULL || end == NULL)
		{
			found++;
			continue;
		}
		appendBinaryStringInfo(&buf, done, found - done);
		appendStringInfoString(&buf, quote_identifier(schema));
		done = found = end + 1;
	}
	appendStringInfoString(&buf, done);
	return buf.data;
}

/* As the outermost context of a text, it sees what all others have said. */
void
shown_names_callback(void *arg)
{
	const Shadow *shadow = arg;
	MemoryContext old = MemoryContextSwitchTo(shadow->context);
	ErrorData  *said = CopyErrorData();
	char	   *message;

	if ((message = with_known_names(shadow, said->message)) != NULL)
		errmsg_internal("%s", message);
	if ((message = with_known_names(shadow, said->detail)) != NULL)
		errdetail_internal("%s", message);
	if ((message = with_known_names(shadow, said->hint)) != NULL)
		errhint("%s", message);
	FreeErrorData(said);
	MemoryContextSwitchTo(old);
}

void
shown_names_rethrow(const Shadow *shadow)
{
	ErrorData  *error;
	char	   *context;

	MemoryContextSwitchTo(shadow->context);
	error = CopyErrorData();
	if ((context = with_known_names(shadow, error->context)) == NULL)
	{
		FreeErrorData(error);
		PG_RE_THROW();
	}
	FlushErrorState();
	error->context = context;
	ReThrowError(error);
}
