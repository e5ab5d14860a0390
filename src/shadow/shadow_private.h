/*
 * shadow_private.h
 *		What the files of the shadow share: shadow.c is its life, hide.c puts away
 *		what is there, hidden_catalogs.c keeps it from being found, stand_in.c keeps
 *		it from being locked, members.c keeps extensions where they are, mute.c silences
 *		event triggers, commits.c passes over COMMIT in procedures, guard.c sees to it
 *		that nobody's rights are used, whose.c tells whose an object is,
 *		shadow_execute.c runs a text, unmanaged.c finds what the text has changed
 *		elsewhere, outlives.c and callers_own.c see to what a rollback does not undo,
 *		temporary.c to what is temporary.
 */
#ifndef MIGRATE_SHADOW_PRIVATE_H
#define MIGRATE_SHADOW_PRIVATE_H

#include "postgres.h"

#include "access/htup.h"
#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "nodes/parsenodes.h"
#include "nodes/plannodes.h"
#include "shadow/shadow.h"

/* A managed schema: the one that is away, and the one in its place. */
typedef struct ShadowSchema
{
	char	   *name;
	Oid			live;			/* InvalidOid: it was not there */
	Oid			owner;			/* of that */
	char	   *base;			/* schema_base() of it, or NULL */
	Oid			oid;			/* the empty one; stale if the text has
								 * dropped it */
	Oid			replaced;		/* the first of those, once the text has made
								 * another */
	bool		claimed;		/* the text has said CREATE SCHEMA */
} ShadowSchema;

/* Where a text begins: see changed.h. */
typedef struct ChangeMark
{
	uint64		position;		/* in the WAL */
	CommandId	command;
	List	   *read;			/* what the catalogs have said, once asked */
} ChangeMark;

/* Where an expression comes from that the executor evaluates and that is in no query. */
typedef enum Expressions
{
	EXPRESSIONS_ANYWHERE,		/* defaults of functions, checks of domains,
								 * and so on */
	EXPRESSIONS_OF_TEXT,		/* what the text has made is in the catalogs */
	EXPRESSIONS_UNKNOWN			/* a part of the statement, stored nowhere */
} Expressions;

struct Shadow
{
	const Managed *managed;
	Oid			caller;			/* as whom the text is run */
	bool		implies_schemas;	/* those of the list need not be created */
	MemoryContext context;		/* of all that is here */
	TransactionId xid;			/* of the subtransaction: what is done in it
								 * has this one or a later one */
	List	   *schemas;		/* ShadowSchema * */
	List	   *live_extensions;	/* Oid: those that were there before */
	List	   *mentioned;		/* Oid: those of them that the text has
								 * mentioned */
	List	   *used;			/* Oid: those of them that something made in
								 * the shadow depends on */
	CommandId	used_at;		/* when they were looked for */
	List	   *book_sequences; /* Oid: of book_sequences.c */
	List	   *stand_ins;		/* of stand_in.c */
	Oid			counted;		/* the sequence of lastval() */
	List	   *called;			/* Oid: functions in SQL whose bodies were
								 * looked at */
	List	   *on_commit;		/* of temporary.c */
	List	   *locks;			/* advisory ones of the text: outlives.c */
	List	   *prepared;		/* statements of the text: callers_own.c */
	List	   *cursors;		/* Portal: the caller's, until the end */
	void	   *pending_enums;	/* values added before the shadow, and not
								 * committed */
};

/* ------------------------------------------------------------------ hide.c */

/* Put away what is managed, and put empty schemas in its place. */
extern void hide_managed(Shadow *shadow);

/*
 * Give schema public the owner, the grants and the comment that it has in a new
 * database, if the caller could.
 */
extern void hide_reset_public(const ShadowSchema *schema);

/* A schema for things of ours, which everybody may use. */
extern Oid	hide_create_open_schema(const char *name);

/* One that is for nobody. */
extern Oid	hide_create_closed_schema(const char *name);

/* Give columns of a catalog's row new values; false if there is no such row. */
extern bool hide_update_row(Oid catalog, Oid oid, int n, int *columns, Datum *values, bool *nulls);
extern bool hide_update_column(Oid catalog, Oid oid, int column, Datum value);

/* ----------------------------------------------------------------- books.c */

/*
 * The tables in which extensions keep what they know of users' tables: as CREATE EXTENSION leaves
 * them.
 */
extern void books_put_away(Shadow *shadow);

/* -------------------------------------------------------- book_sequences.c */

/*
 * Let a sequence of an extension begin anew, if the caller could do that; the rows of its books are
 * away already.  Has that been done?
 */
extern void book_sequence_put_away(Shadow *shadow, Oid sequence);
extern bool book_sequence_is_away(const Shadow *shadow, Oid sequence);

/* ------------------------------------------------------- hidden_catalogs.c */

/* A shadow begins in this session, and has ended: what was planned before is planned anew. */
extern void hidden_catalogs_begin(void);
extern void hidden_catalogs_end(void);

/*
 * From now on queries do not find what this shadow hides; with NULL they find
 * everything.  Returns what it was before, which the caller puts back.
 */
extern const Shadow *hidden_catalogs_switch(const Shadow *shadow);

/* Is the object hidden from the queries that run now? */
extern bool hidden_object(Oid catalog, Oid oid);

/* ----------------------------------------------------------------- guard.c */

/* From here on code runs with no rights but the current role's, until the end. */
extern void guard_begin(void);
extern void guard_end(void);

/*
 * While a statement runs that defines something, the functions that it evaluates do
 * so as their owners, if the caller could act as those; while one runs that a
 * comparison has written, as the owner of the object that it is about, unless that
 * is InvalidOid or the caller.
 */
extern void guard_definition(void);
extern void guard_generated(Oid object_owner);
extern void guard_statement_end(void);

/* Instead of that after an error: its abort puts back the role and the settings. */
extern void guard_statement_failed(void);

/* Does the user have the role's rights, or can get them with SET ROLE? */
extern bool guard_may_act_as(Oid user, Oid role);

/* ----------------------------------------------------------------- whose.c */

/*
 * The owner of the relation or type that the statement, which a comparison has
 * written, creates or changes; InvalidOid if it is new, or of another kind.
 */
extern Oid	whose_is(const Shadow *shadow, Node *stmt);

/* --------------------------------------------------------------- members.c */

/* Members of extensions, out of the schemas that are away into the empty ones. */
extern void members_move_all(const Shadow *shadow);

/*
 * Those of one extension, or of all that were there before, from one schema into
 * another.  Whoever calls this answers for the right to do so.
 */
extern void members_move(const Shadow *shadow, Oid extension, Oid from, Oid to);

/* A type and its array: a type that goes with a table depends on that, not on the schema. */
extern void members_move_type(Oid type, Oid to);

/*
 * A relation with its type, indexes and constraints; whether it is locked is the caller's affair.
 */
extern void members_move_relation(Relation rel, Oid from, Oid to, ObjectAddresses *moved);

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

/* --------------------------------------------------------------- commits.c */

/*
 * While a text runs whose statements are transactions of their own: a COMMIT in a procedure or DO
 * block counts as done.  Errors: 0A000 for a ROLLBACK of what was written since the last one.
 */
extern void commits_begin(void);
extern void commits_end(void);

/* What was written until now counts as committed. */
extern void commits_done(void);

/* -------------------------------------------------------------- callers_own.c */

/*
 * Before a utility statement of a text runs: it gets the names of the text's own
 * prepared statements.  False if there is nothing left to run.
 */
extern bool callers_own_before(Shadow *shadow, Node *node);

/* Does the statement evaluate parameters of EXECUTE? */
extern bool callers_own_runs_execute(Node *node);

/* From here on nothing moves or closes the cursors that are open, until the release. */
extern void callers_own_protect(Shadow *shadow);
extern void callers_own_release(Shadow *shadow);

/* The constraints of the text that may be deferred: RangeVar, as SET CONSTRAINTS has them. */
extern List *callers_own_deferrable(const Shadow *shadow);

/* What the text has prepared goes. */
extern void callers_own_end(Shadow *shadow);

/* ------------------------------------------------------------------ frozen.c */

/*
 * A NOTICE for each constant in a statement of a model that means the present; the statement can be
 * run now.
 */
extern void frozen_check(PlannedStmt *stmt);

/* The same of a materialised view's query, which is analysed before its statement runs. */
extern void frozen_check_raw(RawStmt *raw);

/* ---------------------------------------------------------------- outlives.c */

/* A shadow begins in this session. */
extern void outlives_begin(void);

/*
 * A call of a function that does what no rollback undoes becomes a call of
 * migrate.instead_of(): the node, or every node of an expression.
 */
extern void outlives_replace(Node *node);
extern void outlives_replace_all(Node *expression);

/* Does a raw parse tree, or the body of a function in SQL, call such a function by its name? */
extern bool outlives_is_written(Node *raw);
extern bool outlives_is_in_body(HeapTuple function);

/* ----------------------------------------------------------------- shadow.c */

/* The shadow that lasts in this session, or NULL. */
extern const Shadow *shadow_current(void);

extern ShadowSchema *shadow_find_schema(const Shadow *shadow, Oid oid);

/* The schema that has been put away and is this one, or NULL. */
extern ShadowSchema *shadow_find_live(const Shadow *shadow, Oid live);

/* Was this row written in the shadow? */
extern bool shadow_is_own(const Shadow *shadow, HeapTuple tuple);
extern bool shadow_is_own_xid(const Shadow *shadow, TransactionId xid);

/* Was the relation made in the shadow, and not only changed? */
extern bool shadow_has_made(const Shadow *shadow, Oid relid);

/* --------------------------------------------------------------- stand_in.c */

/*
 * Before ALTER TABLE runs: where it adds a foreign key to a table that is live, let it
 * refer to a stand-in.
 */
extern void stand_in_redirect(Shadow *shadow, AlterTableStmt *stmt);

/* After it, and after CREATE TABLE: the new keys depend on the tables, and check nothing. */
extern void stand_in_settle(const Shadow *shadow);

/*
 * The stand-in for a table whose rows a text's rule or function writes; made when it is first asked
 * for.
 */
extern Oid	stand_in_for_rows(Shadow *shadow, Oid live);

/* The table that it stands in for; InvalidOid if the relation is no stand-in. */
extern Oid	stand_in_live(const Shadow *shadow, Oid oid);

/* A relation that others use, and neither one of the text nor one of this session only. */
extern bool stand_in_is_live(const Shadow *shadow, Oid relid);

/* ---------------------------------------------------------- stand_in_rows.c */

/* What a catalog's row has while no snapshot is taken. */
typedef struct StandInShown
{
	ObjectAddress address;
	int			column;
	Datum		before;
} StandInShown;

/*
 * Before CREATE RULE or CREATE FUNCTION runs: where it writes rows of a table that others use, let
 * it write to a stand-in.
 */
extern void stand_in_redirect_rows(Shadow *shadow, Node *stmt);

/*
 * For stand_in_show(): the rules and functions that write to the stand-in name the table.  Returns
 * the list with what to put back, StandInShown *, in the order in which that is right.
 */
extern List *stand_in_show_rows(const Shadow *shadow, Oid stand_in, List *shown);

/* ------------------------------------------------------------ shown_names.c */

/*
 * An ErrorContextCallback with the Shadow: messages call what is away by the name that it has
 * outside.
 */
extern void shown_names_callback(void *arg);

/*
 * In PG_CATCH(), instead of PG_RE_THROW(): the same for the error's context, which is complete only
 * now.
 */
extern void shown_names_rethrow(const Shadow *shadow) pg_attribute_noreturn();

/* ------------------------------------------------------------------- live.c */

/*
 * Does the statement write rows of a table that is not the text's?  And MG019 if it
 * does, or a query does, or a utility statement is about to lock such a table to change it.
 */
extern bool live_is_others(const Shadow *shadow, Oid relid);
extern bool live_writes_rows(const Shadow *shadow, Node *node);
extern void live_refuse_rows(const Shadow *shadow, Node *node);
extern void live_refuse_query(const Shadow *shadow, const Query *query);
extern void live_refuse(const Shadow *shadow, Node *node);

/* A query of a revision's function: it leaves such rows alone. */
extern void live_leave_query(const Shadow *shadow, Query *query);

/* Does the body of a function in SQL write or lock such rows? */
extern bool live_is_in_body(const Shadow *shadow, HeapTuple function);

/* MG019 if the text, which is about to be read, writes or locks such rows. */
extern void live_refuse_text(const Shadow *shadow, const char *text);

/* RawStmt *; none if it cannot be parsed. */
extern List *live_parse(const char *text);

/*
 * live_calls.c: the same of what functions in PL/pgSQL are about to run, and of one in SQL that a
 * query calls, before it is planned.
 */
extern void live_watch(bool on);
extern void live_refuse_call(Oid function);

/* Tables of the text, and no others: VacuumRelation. */
extern bool live_may_be_analysed(const Shadow *shadow, const List *relations);

/* FOR UPDATE and its like of such a table is taken out of a statement that is about to be read. */
extern void live_leave_rows(const Shadow *shadow, Node *node);

/* Such tables are taken out of what a revision empties.  False if none is left. */
extern bool live_leave_truncated(const Shadow *shadow, TruncateStmt *stmt);

/*
 * Does CREATE FUNCTION have a body that writes or locks such rows, which the server would read in
 * order to check it?
 */
extern bool live_body_writes_rows(const Shadow *shadow, Node *node);

/* -------------------------------------------------------------- temporary.c */

/* After the shadow: what was put away is where it was, for those who have it open as well. */
extern void temporary_came_back(void);

/*
 * After a utility statement of a text that has begun with the command: what is to happen ON COMMIT?
 */
extern void temporary_note(Shadow *shadow, Node *node, CommandId since);

/* ... which counts as done now. */
extern void temporary_commit(Shadow *shadow);

/* -------------------------------------------------------------- unmanaged.c */

/*
 * Raise MG019 if what is not managed has been changed.  begun[i] is the command
 * with which statement i began, mark where the text did.
 */
extern void unmanaged_check(const Shadow *shadow, const Script *script, const ScriptOrigin *origin,
							const CommandId *begun, ChangeMark *mark);

/* Raise MG019 for a text that is about to change the object, which is not managed. */
extern void unmanaged_refuse(Oid catalog, Oid oid) pg_attribute_noreturn();

/* ------------------------------------------------------------ shadow_execute.c */

/* The shadow in which a text runs now, or NULL; and what the text is. */
extern Shadow *shadow_execute_current(void);
extern const ScriptOrigin *shadow_execute_origin(void);

/* Is it what somebody wants the schema to be, and neither a revision nor of our own making? */
extern bool shadow_execute_is_model(void);

extern bool shadow_execute_is_revision(void);

/* Of the utility statement that runs now. */
extern Expressions shadow_execute_expressions(void);

/* What the running text has done counts as committed */
extern void shadow_commit(void);

/* Without the lines that pg_dump writes for psql; what is left has the same lines */
extern char *shadow_without_restrict(const char *sql);

/* ------------------------------------------------------------- lock_check.c */

#ifdef USE_ASSERT_CHECKING
/*
 * The locks of this session on relations that are stronger than ACCESS SHARE, in the current memory
 * context.
 */
extern List *lock_check_list(void);

/*
 * Raises an error if one of those is on a relation that is there after the shadow, and was not held
 * before it.
 */
extern void lock_check(const List *before, const List *during);
#endif

#endif							/* MIGRATE_SHADOW_PRIVATE_H */
