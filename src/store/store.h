/*
 * store.h
 *		The tables of schema migrate: which revisions are stored, and which are applied?
 *
 * Only src/store knows the names of tables and columns.  Its queries run as the
 * owner of the tables and with a search_path of pg_catalog, so that neither the
 * caller's path nor the caller's rights matter: EXECUTE on a function of the
 * extension is enough.  A revision's SQL never runs as that owner.
 *
 * Memory: every function allocates in the current memory context and frees nothing
 * singly.
 */
#ifndef MIGRATE_STORE_H
#define MIGRATE_STORE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "graph/graph.h"
#include "nodes/pg_list.h"

/* How the upgrade or the downgrade of a revision can run. */
typedef enum RunMode
{
	RUN_NONE,					/* no such script: irreversible */
	RUN_TRANSACTION,			/* inside a transaction */
	RUN_CONCURRENTLY,			/* in a transaction of its own, only because
								 * of CONCURRENTLY */
	RUN_AUTOCOMMIT				/* each statement in a transaction of its own */
} RunMode;

/* A row of migrate.revisions. */
typedef struct StoredRevision
{
	RevisionLinks links;		/* includes file_name */
	bool		has_created;
	TimestampTz created_at;
	RunMode		mode[NDIRECTIONS];	/* of the upgrade never RUN_NONE */

	/* isolation level that the script needs; NULL: any */
	const char *isolation[NDIRECTIONS];

	/*
	 * an interval as it was written: the upgrade waits until nothing that it
	 * breaks was called for so long; or NULL
	 */
	const char *contract;
	bool		is_real_head;
} StoredRevision;

/* What a revision runs in one direction. */
typedef struct ScriptHalf
{
	char	   *sql;			/* NULL, only of a downgrade: irreversible */
	int			line;			/* where it begins in its file, 1-based */
	bool		marked;			/* marked transaction:false */
	int			statements_done;	/* set by whom wants them left out, see
									 * journal_statements_done(); else 0 */
} ScriptHalf;

/* A row of migrate.scripts. */
typedef struct StoredScript
{
	const char *id;
	ScriptHalf	half[NDIRECTIONS];
	char	   *require;		/* what must hold before the upgrade; or NULL */
	int			require_line;
	char	   *verify;			/* what must hold after it; or NULL */
	int			verify_line;
	char		checksum[32];	/* SHA-256 of script_print() */
} StoredScript;

/* The stored revisions without their scripts, and the version rows. */
typedef struct Store
{
	bool		fresh;			/* as given to store_load(); read the scripts
								 * with the same value */
	int			nrevs;
	StoredRevision *revs;		/* load order, numbered as in the graph */
	Graph	   *graph;
	IdList		rows;			/* the version rows as stored, sorted */
	VersionState *version;		/* the state that the rows describe */
} Store;

/*
 * The version rows before and after a step, for the log.  Up to MAX_LOG_ROWS rows
 * are all listed, sorted.  If there are more, only the rows that the step took away
 * or added are listed, and then the number of the others as "+9999", which is no legal
 * identifier: a log with all rows would grow with the square of the number of heads.
 */
typedef struct LogRows
{
	IdList		before;
	IdList		after;
} LogRows;

#define MAX_LOG_ROWS 100

/* A finished step, for the log. */
typedef struct LogEntry
{
	const char *action;			/* upgrade, downgrade, stamp */
	const char *revision;		/* NULL for a stamp to base */
	const char *message;
	LogRows		rows;
	TimestampTz started_at;
	int64		duration_us;
	const char *checksum;		/* of the script, 32 bytes, or NULL */
	const char *allowed;		/* rules of migrate.review() that it breaks on
								 * purpose, or NULL */
	int			tries;			/* 0 counts as 1 */
	long		waited_ms;		/* for locks */
	const char *blocked_by;		/* who held the lock, or NULL */
} LogEntry;

/* ------------------------------------------------------------------ load.c */

/*
 * Read the graph and the version rows, with one scan each.  fresh: read what other
 * transactions have committed until now, as a writer must; otherwise use the
 * snapshot of the calling query, as a STABLE function must.
 * ignore_rows: do not resolve the version rows, and treat no revision as applied, for
 * stamp with purge.
 * Errors: those of graph_finish() and version_from_rows() if somebody changed the
 * tables by hand; 42P01 if the tables do not exist.
 */
extern Store *store_load(bool fresh, bool ignore_rows);

/*
 * Returns a store with these revisions and the version rows of `store`.  revs may come
 * in any order; it is sorted in place into load order.  Errors: those of graph_finish().
 */
extern Store *store_rebuild(const Store *store, StoredRevision *revs, int nrevs);

/*
 * Are the version rows exactly the real heads?  Takes two short scans, whatever the
 * number of revisions, and fills in the version rows and the real heads, both sorted.
 */
extern bool store_at_heads(bool fresh, IdList *rows, IdList *heads);

/*
 * Load, for an upgrade to all real heads, only the revisions that are not applied and
 * the version rows below them.  Returns NULL if only store_load() can tell which these are.
 */
extern Store *store_load_pending(IdList heads, IdList rows);

/* Read the version rows, sorted by identifier. */
extern IdList store_version_rows(bool fresh);

/*
 * Returns the scripts of these revisions, in the given order.  fresh: as for store_load().
 * Errors: XX001 if a revision has no script.
 */
extern StoredScript *store_scripts(bool fresh, char **ids, int nids);

/* Returns only their checksums, each 32 bytes; NULL for a revision that is not stored. */
extern char **store_checksums(bool fresh, char **ids, int nids);

/* Returns the stored prelude, or NULL. */
extern char *store_prelude(bool fresh);

/* A row of migrate.runs. */
typedef struct LastRun
{
	char	   *action;
	char	   *revision;		/* or NULL */
	char	   *outcome;
	char	   *error;			/* or NULL */
	TimestampTz at;
	char	   *role;
	char	   *application;	/* or NULL */
	bool		has_duration;
	Interval	duration;
} LastRun;

/* Read the latest run, of this revision or with NULL of any; returns false if there is none. */
extern bool store_last_run(const char *id, LastRun *run);

/* A row of migrate.runs, for a report. */
typedef struct StoredRun
{
	char	   *action;
	char	   *revision;		/* or NULL */
	char	   *message;		/* or NULL */
	char	   *outcome;
	char	   *error;			/* or NULL */
	char	   *sqlstate;		/* or NULL */
	TimestampTz at;
	char	   *role;
	char	   *application;	/* or NULL */
	int64		duration_us;	/* -1: not known */
	int64		waited_us;		/* for locks */
	int			tries;
	char	   *blocked_by;		/* or NULL */
} StoredRun;

/* Returns the latest runs, at most `limit`, the newest first; *n is how many.  runs.c */
extern StoredRun *store_runs(int limit, int *n);

/*
 * Returns, for each of these revisions, how long its upgrade took when it was last done, in
 * microseconds; -1: never.  runs.c
 */
extern int64 *store_durations(char **ids, int nids);

/*
 * Under REPEATABLE READ and SERIALIZABLE the transaction keeps the snapshot of its first
 * query.  Raise 40001 if another session has migrated or written revisions since then.
 */
extern void store_check_snapshot(void);

/* ----------------------------------------------------------------- write.c */

/* Add revisions, replace them (by identifier), or remove one.  scripts[i] belongs to revs[i]. */
extern void store_insert(StoredRevision **revs, StoredScript **scripts, int n);
extern void store_replace(StoredRevision **revs, StoredScript **scripts, int n);
extern void store_remove(const char *id);

/* Returns the mode as the tables have it; NULL for RUN_NONE. */
extern const char *store_mode_name(RunMode mode);

/* Replace the stored prelude; NULL removes it. */
extern void store_write_prelude(const char *script);

/* Update the derived column is_real_head where it differs from the graph. */
extern void store_write_heads(const Store *store);

/*
 * Change the version rows from `before` to `after`; both are sorted.
 * Errors: 40001 if the stored rows are not `before`: a revision has written the table.
 */
extern void store_write_version(IdList before, IdList after);

/*
 * The same for one step of many: reads and writes only the rows that the step takes
 * away (gone) and adds (come).
 * Errors: 40001 if a row to take away is missing, or a row to add exists.
 */
extern void store_change_version(IdList gone, IdList come);

/* Returns, for a step that changes no rows, these rows as before and after. */
extern LogRows store_log_rows(IdList rows);

/* Write finished steps into the log. */
extern void store_write_log(const LogEntry *entries, int nentries);

/*
 * An atomic run writes its version rows only at its end.  Until then it stages the
 * state that it has reached here, so that a revision which calls migrate.current()
 * gets the right answer.  The state must live until a call with NULL.
 */
extern void store_stage_version(const VersionState *state);

/* --------------------------------------------------------------- journal.c
 *
 * The log of an online run: a row is committed before a revision runs, and updated
 * while the revision runs and at its end.
 */

/* A row of the log whose run has not ended. */
typedef struct OpenEntry
{
	int64		id;
	char	   *action;
	char	   *revision;
	bool		is_half_done;	/* outcome "half_done"; otherwise "running" */
	bool		has_statements; /* the revision runs statement by statement */
	int			statements_done;
	bool		is_same_script; /* the stored script is the one that ran */
} OpenEntry;

/*
 * Insert a row with outcome "running" and return its id.  statements is 0 for a revision that
 * runs in one transaction.
 */
extern int64 journal_begin(const LogEntry *entry, int statements);

/* Note that this session goes on with an open row: one more try. */
extern void journal_resume(int64 id);

/* Note, in the current transaction, how many statements are done. */
extern void journal_progress(int64 id, int statements_done);

/*
 * Add tries, and time waited for locks, to a row.  blocked_by: who held the locks, or
 * NULL to leave what the row has.
 */
extern void journal_retry(int64 id, int more_tries, long wait_ms, const char *blocked_by);

/* Set the outcome of a row.  rows NULL, error NULL and duration_us -1 leave what the row has. */
extern void journal_end(int64 id, const char *outcome, const LogRows *rows,
						int64 duration_us, const ErrorData *error);

/* Is any row open?  A scan of a small partial index. */
extern bool journal_has_open(void);

/*
 * Returns a revision that runs statement by statement and whose row is open, or NULL.  It uses
 * the snapshot of the calling query, so it is for functions that only read.
 */
extern char *journal_half_done(void);

/* Returns the open rows, oldest first. */
extern OpenEntry *journal_open(int *n);

/*
 * How many statements of a revision's half are committed, by a run that was interrupted and with
 * which deploy() or revert() would go on; -1 if there is no such run, or its script has changed
 * since.
 */
extern int	journal_statements_done(const char *revision, Direction direction);

/* --------------------------------------------------------------- answers.c
 *
 * Cached answers to expensive questions, kept in the log as rows with an action of
 * their own.  An answer holds as long as the state it was computed from is the same.
 */

/*
 * Compute a digest (32 bytes) of seed and the checksums of these revisions, or of all
 * if ids is NULL.  ids must be sorted.  fresh: as for store_load().
 */
extern void answer_state(bool fresh, const char *seed, char **ids, int nids, char *digest);

/* Does the log have an answer to this question for this state? */
extern bool answer_is_known(bool fresh, const char *action, const char *question,
							const char *state);

/* Keep an answer.  rows are the current version rows, which every row of the log has. */
extern void answer_keep(const char *action, const char *question, IdList rows, const char *state);

/* ----------------------------------------------------------------- citus.c */

/* 55000 on a worker of Citus; function is named in the error. */
extern void store_require_coordinator(const char *function);

/*
 * The bytes of a distributed table on all nodes, with its indexes; -1 if Citus does not distribute
 * it.
 */
extern int64 store_distributed_size(Oid table);

/* ---------------------------------------------------------- stored_rules.c */

/* A row of migrate.extension_rules; what is NULL there is NULL or NIL here. */
typedef struct StoredRule
{
	const char *extension;
	const char *says;
	const char *catalog;
	List	   *columns;		/* char *, as in the lists below */
	const char *made_by;
	List	   *made_with;
	const char *undone_by;
	List	   *undone_with;
} StoredRule;

/* All of them, sorted by extension: StoredRule *.  Errors: as table_reader_open(). */
extern List *store_extension_rules(void);

/* ------------------------------------------------------------- approvals.c
 *
 * Approvals of pending revisions: rows of the log with the action "approve", and as checksum a
 * digest of what was approved.
 */

/* Returns who has last written each of these scripts; NULL where there is none. */
extern char **store_writers(char **ids, int nids);

typedef struct Approval
{
	char	   *role;			/* that was logged in */
	TimestampTz at;
	char	   *comment;		/* or NULL */
	IdList		rows;			/* the version rows then */
} Approval;

/*
 * Is there an approval with this digest (32 bytes)?  *latest is the latest such approval; if there
 * is none, the latest of anything, or NULL.  An approval that was committed a moment ago is seen.
 */
extern bool approval_is_there(const char *digest, Approval **latest);

/* Write an approval.  comment may be NULL; rows are the version rows. */
extern void approval_write(const char *comment, IdList rows, const char *digest);

/* ----------------------------------------------------------------- calls.c
 *
 * How often recorded statements were called, and since when these numbers have not grown.
 */

/* What pg_stat_statements has of the statements of a database, or some of them. */
typedef struct CallCounts
{
	int			n;
	char	  **roles;			/* who sends each; all roles that the caller
								 * may look at have all their statements here */
	int64	   *queryids;
	int64	   *calls;
	TimestampTz *since;			/* when it began to be counted; 0: not known */
} CallCounts;

/* Empty counts, with room for n statements; and add one, whose role is not copied. */
extern CallCounts *calls_new(int n);
extern void calls_add(CallCounts *counts, const char *role, int64 queryid, int64 calls,
					  TimestampTz since);

/*
 * Keep these numbers, with the time where they have grown, and forget statements that are gone.
 * Returns whether anything was written: not if another session does the same just now.
 */
extern bool calls_note(const CallCounts *counts);

/*
 * Returns for each statement when its calls were last seen to grow; 0: not within this time, an
 * interval.  A statement of which nothing was kept has grown now, as far as anybody knows.
 */
extern TimestampTz *calls_grown(const CallCounts *counts, const char *within);

/* ------------------------------------------------------------- extension.c */

/* Raises 55000 if the library and the extension of this database have different versions. */
extern void store_check_version(void);

/* ------------------------------------------------------------------- spi.c */

typedef struct StoreScope
{
	Oid			userid;
	int			sec_context;
	int			nest_level;
	MemoryContext caller;
} StoreScope;

/*
 * Around our own queries: become the owner of the tables, pin search_path, connect to
 * SPI.  The abort of a transaction or subtransaction undoes all three, so an error needs
 * no store_leave().  Allocate results that outlive the scope in scope->caller.
 */
extern void store_enter(StoreScope *scope);
extern void store_leave(StoreScope *scope);

/* Returns the OID of a relation of ours; 42P01 if it does not exist. */
extern Oid	store_table(const char *name);

/* Run one query with parameters inside a scope; a result other than `expected` is an error. */
extern void store_query(const char *sql, int nargs, Oid *types, Datum *values,
						const char *nulls, bool read_only, int expected);

/*
 * The same for a query that writes and runs for every revision.  Its plan is kept for the
 * session in *plan, a static variable that starts as NULL.
 */
struct _SPI_plan;
extern void store_query_again(struct _SPI_plan **plan, const char *sql, int nargs, Oid *types,
							  Datum *values,
							  const char *nulls, int expected);

/* Sort identifiers by their bytes, as all our lists are sorted; look one up in such a list. */
extern void store_sort_ids(IdList ids);
extern bool store_contains(IdList ids, const char *id);

/* Column i (from 1) of a row (from 0) of the last query as text, in the context; or NULL. */
extern char *store_text(MemoryContext context, int row, int i);

/* Make a text[] from C strings, and the reverse; a NULL element becomes an empty string. */
extern Datum store_text_array(char **items, int nitems);
extern void store_array_texts(Datum array, char ***items, int *nitems);

#endif							/* MIGRATE_STORE_H */
