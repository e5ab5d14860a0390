/*
 * online_private.h
 *		What the files of an online run share: deploy.c runs a plan, autocommit.c a
 *		revision that cannot run inside a transaction, retry.c what can, leftover_index.c
 *		knows what CREATE INDEX CONCURRENTLY leaves behind.
 */
#ifndef MIGRATE_ONLINE_PRIVATE_H
#define MIGRATE_ONLINE_PRIVATE_H

#include "postgres.h"

#include "run/run.h"
#include "settings.h"

#include "nodes/parsenodes.h"
#include "portability/instr_time.h"

/* The step that is running.  Its memory context lives as long as it does. */
typedef struct OnlineStep
{
	const StoredRevision *rev;
	ScriptOrigin origin;
	Script	   *script;
	bool		is_marked;		/* the section says transaction:false */
	bool		by_statement;	/* it cannot run inside a transaction */
	int64		journal;		/* its row in the log; 0: not there yet */
	char	  **before;			/* version rows, or NULL: only what changes is
								 * looked at */
	int			nbefore;
	instr_time	start;
	MemoryContext context;

	/* for what runs statement by statement */
	int			statements_done;	/* committed */
	int			toplevel;		/* the statement that may commit by itself, or
								 * -1 */
	TimestampTz toplevel_start; /* of the transaction that it was given */
	List	   *settings;		/* names of those that it SETs */
	SavedSettings *saved;		/* as they were before */
	char	   *lock_timeout;	/* what it was, while a statement runs
								 * without; or NULL */
} OnlineStep;

/* ----------------------------------------------------------------- retry.c */

/*
 * Some statements in a subtransaction; if a table lock is not to be had, give
 * way, wait and try again.  Returns with the statements run but not committed.
 */
extern void retry_statements(OnlineStep *step, int first, int n);

/* ------------------------------------------------------------- autocommit.c */

/* Raise MG026 unless it is known what to do with the statement that an earlier run stopped at. */
extern void pieces_check_resumed(const OnlineStep *step, const OpenEntry *entry);

/*
 * The whole script, each statement in a transaction of its own; resumed is the
 * entry of the run that this one goes on with, or NULL.
 */
extern void pieces_run(OnlineStep *step, const OpenEntry *resumed);

/* Put the settings back that it changed, in a transaction that will be committed. */
extern void pieces_restore_settings(OnlineStep *step);

/*
 * Has the statement that failed left something behind though it was not
 * finished?  Called before the abort and after it.
 */
extern bool pieces_has_committed(const OnlineStep *step);
extern bool pieces_left_behind(const OnlineStep *step, bool has_committed, ErrorData *error);

/* --------------------------------------------------------- leftover_index.c */

/* The table or index of this name, or InvalidOid; raises nothing. */
extern Oid	relation_by_name(const RangeVar *name);

/* Name the index of a CREATE INDEX that does not, as the server would. */
extern void index_choose_name(IndexStmt *stmt, bool resumed);

/* The index of a CREATE INDEX, or InvalidOid. */
extern Oid	index_made_by(const IndexStmt *stmt);

/* An invalid index that this statement has left behind, or InvalidOid. */
extern Oid	index_left_behind(Node *stmt);

/* schema.index, quoted */
extern char *index_name(Oid index);

#endif							/* MIGRATE_ONLINE_PRIVATE_H */
