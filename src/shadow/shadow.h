/*
 * shadow.h
 *		Try it and keep nothing: run a model or a chain of revisions for real, look
 *		at the schema that it makes, and roll all of it back.
 *
 * Memory: results are allocated in the context that is current in the call and
 * are never freed singly.
 */
#ifndef MIGRATE_SHADOW_H
#define MIGRATE_SHADOW_H

#include "postgres.h"

#include "kinds/managed.h"
#include "script/script.h"

/*
 * While a shadow lasts, the managed schemas are away and empty ones stand in
 * their place.
 */
typedef struct Shadow Shadow;

/*
 * Run body in a shadow and roll all of it back.  body's results have to be
 * allocated in the context that is current when it is called, which is the
 * caller's.  An error in body is raised again when all is rolled back.
 * Errors: 42501 where the caller may not create in the database; 25006 on a
 * standby and in a read-only transaction (see shadow.c).
 */
typedef void (*ShadowBody) (Shadow *shadow, void *arg);
extern void shadow_run(const Managed *managed, ShadowBody body, void *arg);

/* The same; the error in body is returned, or NULL. */
extern ErrorData *shadow_try(const Managed *managed, ShadowBody body, void *arg);

/*
 * In a shadow: run a text there as the caller, a statement after the other.
 * origin names it in errors ("model", line).  What cannot run inside a transaction is left
 * out with a NOTICE, CONCURRENTLY is switched off, lines of psql that every
 * pg_dump has (\restrict, \unrestrict) are passed over.  The text counts as committed
 * when it has run: a value that it adds to an enum can be used by the next one; with
 * commits, each of its statements does.  Returns how many statements the text has.
 * Errors: MG019 for a syntax error; the statement's own with the line as context;
 * MG019 as well for a statement that changes something that is not managed.
 */
extern int	shadow_execute(Shadow *shadow, const char *sql, bool commits,
						   const ScriptOrigin *origin);

/*
 * The same for a text that a comparison has written.  Its expressions are somebody
 * else's: their functions run as the owners of the objects that they belong to,
 * and materialised views are not filled.  as_revision: as a transaction of a database that
 * has had its types for long, where a value that the text adds to an enum cannot be
 * used before its end.
 * Errors: also 42501 for a function that would have to run as a role that the caller
 * cannot act as, and 55P04 where a revision uses such a value.
 */
extern int	shadow_execute_generated(Shadow *shadow, const char *sql, bool as_revision,
									 const ScriptOrigin *origin);

/*
 * In a shadow that has a copy of the live schema, for a plan that is tried out: what is INVALID in
 * the live schema is so in the copy, too.  goes_on: the plan goes on where a run was interrupted,
 * and what that has left behind is gone, as deploy() drops it.  invalid_indexes.c
 */
extern void shadow_invalid_indexes(const SchemaSnapshot *live, bool goes_on);

/* 25006 on a standby server, where no shadow can be made. */
extern void shadow_require_primary(void);

/*
 * In a shadow, for a model: the schemas of the list are part of it whether it
 * creates them or not.  Otherwise one that the database does not have is what it
 * is anywhere: not there until a statement makes it.
 */
extern void shadow_imply_schemas(Shadow *shadow);

/*
 * A subtransaction in a shadow that is rolled back leaves what the shadow has in memory:
 * what it was when shadow_remember() was called is put back by shadow_recall().
 */
extern Shadow *shadow_remember(const Shadow *shadow);
extern void shadow_recall(Shadow *shadow, const Shadow *then);

/* In a shadow, for snapshot.c: what of it counts. */
extern bool shadow_has_schema(const Shadow *shadow, const char *name);
extern bool shadow_has_extension(const Shadow *shadow, const char *name);

/*
 * A wait for a lock that timed out (55P03): who has it goes into the detail, what to do into the
 * hint. Other errors stay as they are.  lock_wait.c
 */
extern void lock_wait_explain(ErrorData *error);

/*
 * The schema whose row a shadow that has ended waited for in vain, and the transaction that is
 * changing it; InvalidOid if there was none.  hide.c
 */
extern Oid	hide_awaited(TransactionId *changed_by);

/*
 * In a shadow, for snapshot.c: foreign keys refer to the tables that they refer to outside, until
 * they are put back.  Returns what to put back.  stand_in.c
 */
extern List *stand_in_show(const Shadow *shadow);

/* Is the relation one that stands in for another? */
extern bool stand_in_is_one(const Shadow *shadow, Oid relid);

/* The unique indexes that foreign keys to live tables may refer to: Oid. */
extern List *stand_in_keys(const Shadow *shadow);
extern void stand_in_put_back(List *shown);

/*
 * In a shadow: char *, those of the schemas that were there which its texts have created once more.
 */
extern List *shadow_created_schemas(const Shadow *shadow);

/*
 * A schema of the database as it is at this moment, in a text.  A shadow gives owner, rights (as
 * aclitem[] prints them, or NULL) and comment of the schemas that are there to the empty ones, so
 * that a snapshot in it can be compared only with one of the same.
 */
extern char *schema_base(const char *name, Oid oid, Oid owner, const char *acl,
						 const char *comment);

/* The schema_base() of each managed schema that was there, in the order of their names. */
extern List *shadow_bases(const Shadow *shadow);

/* Watch for statements that a shadow does not run; once, from _PG_init.  shadow_roles.c */
extern void shadow_watch_roles(void);

/*
 * Once, when the library is loaded: hooks that do nothing but in a shadow.  hidden_catalogs.c,
 * shadow_execute.c
 */
extern void hidden_catalogs_define(void);
extern void shadow_execute_define(void);

/*
 * Once, when the library is loaded: the hooks that say whose code runs in a shadow,
 * and with whose rights.  guard.c
 */
extern void guard_define(void);

/*
 * The hook by which rows of live tables are left out of what a revision's functions write.  live.c
 */
extern void live_define(void);

/* The hook by which calls are found that no rollback undoes. */
extern void outlives_define(void);

/* Is this the name of a schema or object that a shadow has put away? */
extern bool shadow_is_hidden(const char *name);

/*
 * What is temporary in the session, and was not put away: ObjectAddress *; put it, but for those of
 * a list, where no name finds it.  temporary.c
 */
extern List *temporary_objects(void);
extern void temporary_put_away(const List *but);

/* -------------------------------------------------------------- elsewhere.c */

/*
 * 0A000, in the name of this function, where revisions that are run again would reach other
 * servers.
 */
extern void elsewhere_refuse(const char *function);

#endif							/* MIGRATE_SHADOW_H */
