/*
 * online_private.h
 *		What the files of an online run share.
 *
 * deploy.c runs a plan; autocommit.c runs a revision that cannot run inside a transaction;
 * retry.c runs statements that can; leftover_index.c finds indexes that CONCURRENTLY leaves
 * behind.
 */
#ifndef MIGRATE_ONLINE_PRIVATE_H
#define MIGRATE_ONLINE_PRIVATE_H

#include "postgres.h"

#include "run/run.h"
#include "settings.h"

#include "nodes/parsenodes.h"
#include "portability/instr_time.h"

/* The step that is running; all of it lives in `context`. */
typedef struct OnlineStep
{
	const StoredRevision *rev;
	const StoredScript *stored;
	Direction	direction;
	ScriptOrigin origin;
	Script	   *script;
	bool		is_marked;		/* the section is marked transaction:false */
	bool		by_statement;	/* it cannot run inside a transaction */
	int64		journal;		/* id of its row in the log; 0: none yet */
	IdList		before;			/* all version rows; without ids: look only at
								 * those that the step changes */
	instr_time	start;
	MemoryContext context;

	/* only if it runs statement by statement */
	int			statements_done;	/* committed */
	int			toplevel;		/* the running statement that may commit by
								 * itself, or -1 */
	TimestampTz toplevel_start; /* when the transaction that it was given
								 * began */
	List	   *settings;		/* names of the settings that it SETs */
	SavedSettings *saved;		/* the session's settings before it */
	char	   *lock_timeout;	/* its value, while a statement runs without
								 * it; or NULL */
} OnlineStep;

/* ----------------------------------------------------------------- retry.c */

/*
 * Run statements in a subtransaction.  If a lock is refused, roll back, wait, and try again.
 * Returns when the statements have run; the caller commits.
 */
extern void retry_statements(OnlineStep *step, int first, int n);

/* The same with all of a revision: what it requires, its statements, what it verifies. */
extern void retry_revision(OnlineStep *step);

/* The same with what it requires, or with what it verifies, alone. */
extern void retry_questions(OnlineStep *step, ScriptPurpose purpose);

/* ------------------------------------------------------------- replicated.c */

/*
 * Before the step runs: a NOTICE of the tables that it changes and that are replicated logically.
 */
extern void replicated_note(const OnlineStep *step);

/* ------------------------------------------------------------- autocommit.c */

/* A part of a revision that cannot run inside a transaction: its statements run together. */
typedef struct Piece
{
	int			n;				/* statements */
	bool		is_group;		/* BEGIN ... COMMIT */
	bool		is_undone;		/* BEGIN ... ROLLBACK */
} Piece;

/* Fills *piece with the piece that begins with statement first. */
extern void piece_at(const Script *script, int first, Piece *piece);

/* Returns whether a statement has to be the first of a transaction, or may end one. */
extern bool piece_is_toplevel(const Statement *stmt);

/* Returns whether a statement may run again if it is not known whether it has run. */
extern bool piece_may_be_repeated(Node *node);

/* Raises MG026 unless pieces_run() can go on from the statement at which an earlier run stopped. */
extern void pieces_check_resumed(const OnlineStep *step, const OpenEntry *entry);

/*
 * Run the whole script, each statement in a transaction of its own.  resumed is the log entry
 * of the earlier run to go on with, or NULL.
 */
extern void pieces_run(OnlineStep *step, const OpenEntry *resumed);

/* Restore the settings that the script changed, in a transaction that will be committed. */
extern void pieces_restore_settings(OnlineStep *step);

/*
 * Has the failed statement left something behind, though it did not finish?  Call the first
 * function before the abort and the second, with its result, after it.
 */
extern bool pieces_has_committed(const OnlineStep *step);
extern bool pieces_left_behind(const OnlineStep *step, bool has_committed, ErrorData *error);

/* --------------------------------------------------------- leftover_index.c */

/* Returns the table or index with this name, or InvalidOid.  Raises no error. */
extern Oid	relation_by_name(const RangeVar *name);

/*
 * Give a CREATE INDEX without a name the name that the server would choose.  resumed: an earlier
 * run may have left the index, so take the name of an invalid index of this table.
 */
extern void index_choose_name(IndexStmt *stmt, bool resumed);

/* Returns the index with the name of this CREATE INDEX, or InvalidOid. */
extern Oid	index_made_by(const IndexStmt *stmt);

/* Returns an invalid index that this statement has left behind, or InvalidOid. */
extern Oid	index_left_behind(Node *stmt);

/* Returns the quoted name schema.index. */
extern char *index_name(Oid index);

#endif							/* MIGRATE_ONLINE_PRIVATE_H */
