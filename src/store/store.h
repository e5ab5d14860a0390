/*
 * store.h
 *		The tables of schema migrate: what has been written, what is applied?
 *
 * src/store is the only part that knows the names of tables and columns.  Its
 * queries run as the owner of the tables and with a search_path of pg_catalog,
 * so that neither the caller's path nor the caller's rights matter: who may
 * call a function may have it do its work.  Nothing else runs in there; a
 * revision's own SQL never does.
 *
 * Memory: results are allocated in the context that is current in the call and
 * are never freed singly.
 */
#ifndef MIGRATE_STORE_H
#define MIGRATE_STORE_H

#include "postgres.h"

#include "datatype/timestamp.h"
#include "graph/graph.h"

/* How a direction of a revision can be run. */
typedef enum RunMode
{
	RUN_NONE,					/* there is none: irreversible */
	RUN_TRANSACTION,			/* inside a transaction */
	RUN_CONCURRENTLY,			/* in a transaction of its own, only because
								 * of CONCURRENTLY */
	RUN_AUTOCOMMIT				/* each statement in a transaction of its own */
} RunMode;

/* A row of migrate.revisions. */
typedef struct StoredRevision
{
	RevisionLinks links;		/* file_name in there */
	bool		has_created;
	TimestampTz created_at;
	RunMode		upgrade_mode;	/* never RUN_NONE */
	RunMode		downgrade_mode;
	/* level that the script asks for, such as "serializable"; NULL: any */
	const char *upgrade_isolation;
	const char *downgrade_isolation;
	bool		is_real_head;
} StoredRevision;

/* A row of migrate.scripts. */
typedef struct StoredScript
{
	const char *id;
	char	   *upgrade;
	int			upgrade_line;	/* of the file it came from, 1-based */
	bool		upgrade_marked; /* marked transaction:false */
	char	   *downgrade;		/* NULL: irreversible */
	int			downgrade_line;
	bool		downgrade_marked;
	char		checksum[32];	/* SHA-256 of script_print() */
} StoredScript;

/* Everything but the scripts. */
typedef struct Store
{
	bool		fresh;			/* read as store_load() was told: what belongs
								 * to it is to be read so, too */
	int			nrevs;
	StoredRevision *revs;		/* load order, numbered as in the graph */
	Graph	   *graph;
	char	  **rows;			/* the version rows as they are stored, sorted */
	int			nrows;
	VersionState *version;		/* the state that they describe */
} Store;

/*
 * The version rows before and after a step, for the log.  All of them, sorted,
 * if they are few; otherwise those that went with the step, or came, and then
 * "+9999", which no identifier is: how many others there are.  A log that
 * repeated all would grow with the square of the number of heads.
 */
typedef struct LogRows
{
	char	  **before;
	int			nbefore;
	char	  **after;
	int			nafter;
} LogRows;

#define MAX_LOG_ROWS 100

/* A step that has been run, for the log. */
typedef struct LogEntry
{
	const char *action;			/* upgrade, downgrade, stamp */
	const char *revision;		/* NULL for a stamp to base */
	const char *message;
	LogRows		rows;
	TimestampTz started_at;
	int64		duration_us;
	const char *checksum;		/* of the script, 32 bytes, or NULL */
	int			tries;			/* 0: one */
	long		waited_ms;		/* for locks */
	const char *blocked_by;		/* by whom, or NULL */
} LogEntry;

/* ------------------------------------------------------------------ load.c */

/*
 * Read the graph and the version rows, by one query each.  fresh: see what
 * other transactions have committed until now, as a writer must; otherwise the
 * snapshot of the calling query is used, as a STABLE function must.
 * ignore_rows: make no sense of the version rows, as stamp with purge must,
 * and take nothing for applied.
 * Errors: those of graph_finish() and version_from_rows(), if the tables were
 * changed by hand; 42P01 if they are not there.
 */
extern Store *store_load(bool fresh, bool ignore_rows);

/*
 * The store that `store` would be with other revisions, given in any order
 * (sorted in place into load order).  Errors: those of graph_finish().
 */
extern Store *store_rebuild(const Store *store, StoredRevision *revs, int nrevs);

/*
 * The short way: is every real head applied?  Two short scans, whatever the
 * number of revisions.  Fills the version rows and the real heads, sorted.
 */
extern bool store_at_heads(bool fresh, char ***rows, int *nrows, char ***heads, int *nheads);

/*
 * The short way to an upgrade to all of these heads: only what is not applied,
 * and the rows below it.  NULL if that cannot be told without reading all.
 */
extern Store *store_load_pending(char **heads, int nheads, char **rows, int nrows);

/* The version rows, sorted by identifier. */
extern void store_version_rows(bool fresh, char ***rows, int *nrows);

/* The scripts of these revisions, in the order given.  fresh: as store_load(). */
extern StoredScript *store_scripts(bool fresh, char **ids, int nids);

/* One column of them: checksums[i] points at 32 bytes, or is NULL where no such revision is stored. */
extern char **store_checksums(bool fresh, char **ids, int nids);

/* The prelude that was loaded, or NULL. */
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

/* The latest one, of the revision, or with NULL of all; false if there is none. */
extern bool store_last_run(const char *id, LastRun *run);

/*
 * Under REPEATABLE READ and SERIALIZABLE, where the transaction keeps seeing
 * what it saw first: fail with 40001 if somebody has migrated or
 * written revisions since.
 */
extern void store_check_snapshot(void);

/* ----------------------------------------------------------------- write.c */

/* Add, replace (same identifier) and remove revisions.  revs[i] goes with scripts[i]. */
extern void store_insert(StoredRevision **revs, StoredScript **scripts, int n);
extern void store_replace(StoredRevision **revs, StoredScript **scripts, int n);
extern void store_remove(const char *id);

/* Put this prelude in the place of the one that is there; NULL: none. */
extern void store_write_prelude(const char *script);

/* Make the derived column is_real_head say what the graph says. */
extern void store_write_heads(const Store *store);

/*
 * Change the version rows from what they were to what they are to be; both are
 * sorted.  Fails with 40001 if they are not what they were: a revision has
 * changed them behind our back.
 */
extern void store_write_version(char **before, int nbefore, char **after, int nafter);

/*
 * The same for one step of many: looks only at the rows that go and those that come.
 * Errors: 40001 if one is not there, or there already.
 */
extern void store_change_version(char **gone, int ngone, char **come, int ncome);

/* Where nothing has changed: these rows before and after. */
extern LogRows store_log_rows(char **rows, int nrows);

/* Write what was run into the log. */
extern void store_write_log(const LogEntry *entries, int nentries);

/*
 * While an atomic run is going on, its version rows are not written yet; what
 * it has reached is staged here, so that a revision that asks migrate.current()
 * gets the answer.  The state must live until NULL ends it.
 */
extern void store_stage_version(const VersionState *state);

/* --------------------------------------------------------------- journal.c
 *
 * Rows of the log that are written while an online run goes on: one that is
 * committed before a revision runs, and its end afterwards.
 */

/* A row of the log that has no end yet. */
typedef struct OpenEntry
{
	int64		id;
	char	   *action;
	char	   *revision;
	bool		is_half_done;	/* failed in the middle; otherwise "running" */
	bool		has_statements; /* of a revision that runs statement by
								 * statement */
	int			statements_done;
	bool		is_same_script; /* the script is the one that was run */
} OpenEntry;

/* A new row; statements is 0 for a revision that runs in one transaction. */
extern int64 journal_begin(const LogEntry *entry, int statements);

/* An open row is being gone on with by this session. */
extern void journal_resume(int64 id);

/* So many statements are done, in this very transaction. */
extern void journal_progress(int64 id, int statements_done);

/*
 * It was run so many times more than the log knows, and has waited for locks;
 * blocked_by: for whom, or NULL.
 */
extern void journal_retry(int64 id, int more_tries, long wait_ms, const char *blocked_by);

/* The end.  rows and error NULL and duration_us -1 leave what is there. */
extern void journal_end(int64 id, const char *outcome, const LogRows *rows,
						int64 duration_us, const ErrorData *error);

/* Are there any?  Costs next to nothing. */
extern bool journal_has_open(void);

/* The revision that an online run has left half done, or NULL.  For readers. */
extern char *journal_half_done(void);

/* The open rows, oldest first, with what is stored of each revision now. */
extern OpenEntry *journal_open(int *n);

/* --------------------------------------------------------------- answers.c
 *
 * Answers that took long to find: they are kept in the log, as rows of their own
 * action, and hold as long as what they were found out from is the same.
 */

/*
 * A digest (32 bytes) of seed and of what is stored of these revisions, whose
 * identifiers are sorted; or of all, if ids is NULL.  fresh: as store_load().
 */
extern void answer_state(bool fresh, const char *seed, char **ids, int nids, char *digest);

/* Is there such an answer, for this state? */
extern bool answer_is_known(bool fresh, const char *action, const char *question, const char *state);

/* Keep one; the version rows are what every row of the log has. */
extern void answer_keep(const char *action, const char *question, char **rows, int nrows, const char *state);

/* ------------------------------------------------------------- extension.c */

/* 55000 if the library and the extension of this database are of different versions. */
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
 * Around our own queries: become the owner of the tables, pin search_path,
 * connect to SPI.  An error leaves the scope by itself.  Allocate results that
 * are to live on in scope->caller.
 */
extern void store_enter(StoreScope *scope);
extern void store_leave(StoreScope *scope);

/* A table of ours by name; 42P01 if it is not there. */
extern Oid	store_table(const char *name);

/* Run one query with parameters; expected is an SPI_OK_ code. */
extern void store_query(const char *sql, int nargs, Oid *types, Datum *values,
						const char *nulls, bool read_only, int expected);

/*
 * The same for one that writes and is run for every revision: its plan is kept for the session, in a static
 * variable that begins with NULL.
 */
struct _SPI_plan;
extern void store_query_again(struct _SPI_plan **plan, const char *sql, int nargs, Oid *types, Datum *values,
							  const char *nulls, int expected);

/* Sort identifiers by their bytes, as all lists of them are sorted; look one up in such a list. */
extern void store_sort_ids(char **ids, int n);
extern bool store_contains(char **ids, int n, const char *id);

/* text[] from C strings and back. */
extern Datum store_text_array(char **items, int nitems);
extern void store_array_texts(Datum array, char ***items, int *nitems);

#endif							/* MIGRATE_STORE_H */
