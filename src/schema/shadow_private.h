/*
 * shadow_private.h
 *		What the files of the shadow share: shadow.c is its life, hide.c puts away
 *		what is there, members.c keeps extensions where they are, mute.c silences
 *		event triggers, shadow_execute.c runs a text, unmanaged.c finds what the
 *		text has changed elsewhere.
 */
#ifndef MIGRATE_SHADOW_PRIVATE_H
#define MIGRATE_SHADOW_PRIVATE_H

#include "postgres.h"

#include "access/htup.h"
#include "access/htup_details.h"
#include "schema/schema.h"

/* A managed schema: the one that is away, and the one in its place. */
typedef struct ShadowSchema
{
	char	   *name;
	Oid			live;			/* InvalidOid: it was not there */
	Oid			owner;			/* of that */
	Oid			oid;			/* the empty one; stale if the text has
								 * dropped it */
	Oid			replaced;		/* the first of those, once the text has made
								 * another */
	bool		claimed;		/* the text has said CREATE SCHEMA */
} ShadowSchema;

struct Shadow
{
	const Managed *managed;
	bool		implies_schemas;	/* those of the list need not be created */
	MemoryContext context;		/* of all that is here */
	TransactionId xid;			/* of the subtransaction: what is done in it
								 * has this one or a later one */
	CommandId	begun;			/* commands from here on are the body's, not
								 * ours */
	List	   *schemas;		/* ShadowSchema * */
	List	   *live_extensions;	/* Oid: those that were there before */
	List	   *mentioned;		/* Oid: those of them that the text has
								 * mentioned */
	List	   *used;			/* Oid: those of them that something made in
								 * the shadow depends on */
	CommandId	used_at;		/* when they were looked for */
};

/* ------------------------------------------------------------------ hide.c */

/* Put away what is managed, and put empty schemas in its place. */
extern void hide_managed(Shadow *shadow);

/*
 * Give schema public the owner, the grants and the comment that it has in a new
 * database, if the caller could.
 */
extern void hide_reset_public(const ShadowSchema *schema);

/* Give columns of a catalog's row new values; false if there is no such row. */
extern bool hide_update_row(Oid catalog, Oid oid, int n, int *columns, Datum *values, bool *nulls);
extern bool hide_update_column(Oid catalog, Oid oid, int column, Datum value);

/* --------------------------------------------------------------- members.c */

/* Members of extensions, out of the schemas that are away into the empty ones. */
extern void members_move_all(const Shadow *shadow);

/*
 * Those of one extension, or of all that were there before, from one schema into
 * another.  Whoever calls this answers for the right to do so.
 */
extern void members_move(const Shadow *shadow, Oid extension, Oid from, Oid to);

/* After a text: what DROP SCHEMA has sent away goes into the schema that has the name now. */
extern void members_come_back(const Shadow *shadow);

/* Is the extension in a schema that is away? */
extern bool members_are_away(Oid extension);

/* The schema that an extension says it is in. */
extern Oid	members_extension_schema(Oid extension);

/* The schema of an object, or InvalidOid if it has none or is gone. */
extern Oid	members_schema_of(Oid catalog, Oid oid);

/* Does the schema hold anything that is no member of an extension? */
extern bool members_schema_in_use(const Shadow *shadow, Oid schema);

/* The extensions of those that were there before that live in the schema: Oid. */
extern List *members_extensions_in(const Shadow *shadow, Oid schema);

/* ------------------------------------------------------------------ mute.c */

/* Let no event trigger fire.  The list is for mute_end(); those muted earlier stay in it. */
extern List *mute_event_triggers(List *muted);
extern void mute_end(List *muted);

/* The text has said itself when this one is to fire. */
extern List *mute_forget(List *muted, Oid trigger);

/* ----------------------------------------------------------------- shadow.c */

extern ShadowSchema *shadow_find_schema(const Shadow *shadow, Oid oid);

/* Was this row written in the shadow? */
extern bool shadow_is_own(const Shadow *shadow, HeapTuple tuple);
extern bool shadow_is_own_xid(const Shadow *shadow, TransactionId xid);

/* -------------------------------------------------------------- unmanaged.c */

/*
 * Raise MG019 if what is not managed has been changed.  begun[i] is the command
 * with which statement i began.
 */
extern void unmanaged_check(const Shadow *shadow, const Script *script, const ScriptOrigin *origin,
							const CommandId *begun);

/* shadow_execute.c: without the lines that pg_dump writes for psql; what is left has the same lines */
extern char *shadow_without_restrict(const char *sql);

#endif							/* MIGRATE_SHADOW_PRIVATE_H */
