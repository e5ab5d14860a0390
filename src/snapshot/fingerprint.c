/*
 * fingerprint.c
 *		A snapshot in 64 digits: two that have the same are equal.
 *
 * For a comparison that is what a comparison looks at.  Two readings of the same
 * catalogs are the same only if they agree in the rest, too.
 */
#include "postgres.h"

#include "snapshot/extension_rules.h"
#include "snapshot/snapshot_private.h"
#include "script/script.h"

#include "miscadmin.h"

static void
append_part(StringInfo buf, const char *text)
{
	if (text == NULL)
		appendStringInfoChar(buf, '-');
	else
		appendStringInfo(buf, "%zu:%s", strlen(text), text);
}

void
object_print(const SchemaObject *obj, StringInfo buf)
{
	ListCell   *lc;

	append_part(buf, obj->kind->name);
	append_part(buf, obj->identity);
	append_part(buf, obj->owner);
	append_part(buf, acl_canonical(obj->acl));
	append_part(buf, obj->comment);
	foreach(lc, obj->labels)
	{
		append_part(buf, lfirst(lc));
	}
	for (int p = 0; obj->kind->props[p].name != NULL; p++)
		if (obj->kind->props[p].name[0] != '_')
			append_part(buf, obj->props[p]);
}

static int
compare_objects(const void *a, const void *b)
{
	const SchemaObject *x = *(SchemaObject *const *) a;
	const SchemaObject *y = *(SchemaObject *const *) b;
	int			k = (int) kind_number(x->kind) - (int) kind_number(y->kind);

	return k != 0 ? k : strcmp(x->identity, y->identity);
}

/* The parts of an object that a comparison ignores. */
static void
print_rest(const SchemaObject *obj, StringInfo buf)
{
	ListCell   *lc;

	for (int p = 0; obj->kind->props[p].name != NULL; p++)
		if (obj->kind->props[p].name[0] == '_')
			append_part(buf, obj->props[p]);
	appendStringInfo(buf, "%u.%u.%d needs %d", obj->classid, obj->objid, obj->subid,
					 list_length(obj->needs));
	foreach(lc, obj->extensions)
	{
		append_part(buf, lfirst(lc));
	}
}

static char *
fingerprint(const SchemaSnapshot *snapshot, bool all)
{
	SchemaObject **sorted = palloc_extended(sizeof(SchemaObject *) * Max(snapshot->nobjects, 1),
											MCXT_ALLOC_HUGE);
	StringInfoData digests;
	StringInfoData buf;
	ListCell   *lc;

	memcpy(sorted, snapshot->objects, sizeof(SchemaObject *) * snapshot->nobjects);
	qsort(sorted, snapshot->nobjects, sizeof(SchemaObject *), compare_objects);
	initStringInfo(&digests);
	initStringInfo(&buf);
	/* run_tables_settle() changes the list */
	foreach(lc, all ? NIL : snapshot->run_tables)
	{
		append_part(&buf, ((const RunTable *) lfirst(lc))->identity);
		append_part(&buf, ((const RunTable *) lfirst(lc))->extension);
		append_part(&buf, ((const RunTable *) lfirst(lc))->what);
	}
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		CHECK_FOR_INTERRUPTS();
		object_print(sorted[i], &buf);
		if (all)
			print_rest(sorted[i], &buf);

		/*
		 * a digest of digests: no text is longer than what a piece of it may
		 * be
		 */
		if (buf.len > 1024 * 1024 || i == snapshot->nobjects - 1)
		{
			appendStringInfoString(&digests, script_digest(buf.data));
			resetStringInfo(&buf);
		}
	}
	return script_digest(digests.data);
}

char *
snapshot_fingerprint(const SchemaSnapshot *snapshot)
{
	return fingerprint(snapshot, false);
}

bool
snapshots_agree(const SchemaSnapshot *a, const SchemaSnapshot *b)
{
	return strcmp(fingerprint(a, true), fingerprint(b, true)) == 0;
}
