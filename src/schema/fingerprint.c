/*
 * fingerprint.c
 *		A snapshot in 64 digits: two that have the same are equal.
 */
#include "postgres.h"

#include "schema/object.h"
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

static int
compare_objects(const void *a, const void *b)
{
	const SchemaObject *x = *(SchemaObject *const *) a;
	const SchemaObject *y = *(SchemaObject *const *) b;
	int			k = (int) kind_number(x->kind) - (int) kind_number(y->kind);

	return k != 0 ? k : strcmp(x->identity, y->identity);
}

char *
snapshot_fingerprint(const SchemaSnapshot *snapshot)
{
	SchemaObject **sorted = palloc_extended(sizeof(SchemaObject *) * Max(snapshot->nobjects, 1), MCXT_ALLOC_HUGE);
	StringInfoData digests;
	StringInfoData buf;
	ListCell   *lc;

	memcpy(sorted, snapshot->objects, sizeof(SchemaObject *) * snapshot->nobjects);
	qsort(sorted, snapshot->nobjects, sizeof(SchemaObject *), compare_objects);
	initStringInfo(&digests);
	initStringInfo(&buf);
	for (int i = 0; i < snapshot->nobjects; i++)
	{
		const SchemaObject *obj = sorted[i];

		CHECK_FOR_INTERRUPTS();
		append_part(&buf, obj->kind->name);
		append_part(&buf, obj->identity);
		append_part(&buf, obj->owner);
		append_part(&buf, acl_canonical(obj->acl));
		append_part(&buf, obj->comment);
		foreach(lc, obj->labels)
			append_part(&buf, lfirst(lc));
		for (int p = 0; obj->kind->props[p] != NULL; p++)
			if (obj->kind->props[p][0] != '_')
				append_part(&buf, obj->props[p]);

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
