/*
 * script.h
 *		Reads texts: revision files, and a revision's SQL, which the server's own raw
 *		parser cuts into statements.
 *
 * Memory: every function allocates in the current memory context and frees nothing
 * singly.  Results may point into the given texts.
 */
#ifndef MIGRATE_SCRIPT_H
#define MIGRATE_SCRIPT_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "store/store.h"

/* A revision as its file describes it: the rows of migrate.revisions and migrate.scripts. */
typedef struct RevisionFile
{
	StoredRevision rev;			/* the modes are set by revision_check_sql() */
	StoredScript script;
	bool		is_unnamed;		/* the identifier is generated, so leave it
								 * out of errors */
} RevisionFile;

/* ------------------------------------------------------------------ file.c */

/*
 * Read a revision file (docs/files.md) and compute its checksum.  Does not parse the SQL.
 * file_name is for errors and may be NULL.
 * Errors: MG019 with the line; MG014 for an illegal identifier or label.
 */
extern RevisionFile *revision_file_parse(const char *text, const char *file_name);

/* Returns the revision as a file; revision_file_parse() of it gives the same revision. */
extern char *revision_file_print(const RevisionFile *file);

/*
 * For a revision that does not come from a file: bring message and SQL into the
 * form that a file can hold, set the line numbers to 1, compute the checksum.
 * Errors: MG019 for a line that a file would read as a marker or field, MG014.
 */
extern void revision_file_normalise(RevisionFile *file);

/*
 * Returns a Create Date as files have it, in UTC whatever the settings: "2026-11-20
 * 23:10:00+00".
 */
extern char *revision_file_date(TimestampTz date);

/*
 * Compute the SHA-256 of a text: as 32 bytes into digest, or as 64 palloc'd hex digits.
 * script_hex() prints the 32 bytes so.
 */
extern void script_sha256(const char *text, char *digest);
extern char *script_digest(const char *text);
extern char *script_hex(const char *digest);

/* Compute the checksum again after the revision was changed. */
extern void revision_file_renew(RevisionFile *file);

/* A finding of migrate.review() that a revision means to have. */
typedef struct Allowed
{
	const char *rule;
	const char *reason;			/* "": none is given */
} Allowed;

/* Returns the lines "-- migrate:allow RULE: reason" of a section's text, a list of Allowed. */
extern List *script_allowed(const char *text);

/* Returns the same as one text for the log, "RULE: reason" in lines; NULL if there are none. */
extern char *script_allowed_words(const char *text);

/* ------------------------------------------------------------- directory.c */

/*
 * Read the *.sql files of a directory of the server, sorted by name, and convert them
 * from UTF-8 to the server's encoding.  names[i] is the name without the directory.
 * Errors: 42501 if the caller may not read the server's files, those of the operating
 * system, 22021 for a file that is not UTF-8 (the context names the file).
 */
extern void directory_read(const char *path, char ***names, char ***texts, int *n);

/* ------------------------------------------------------------------ parse.c */

/* What a text is for. */
typedef enum ScriptPurpose
{
	SCRIPT_CHANGES,				/* an upgrade, a downgrade, a model */
	SCRIPT_REQUIRES,			/* questions that must be true before an
								 * upgrade */
	SCRIPT_VERIFIES				/* and after it */
} ScriptPurpose;

/* Where a text comes from, for errors. */
typedef struct ScriptOrigin
{
	const char *revision;		/* NULL: not named in errors */
	const char *message;
	const char *direction;		/* upgrade, downgrade, or what else it is */
	Direction	half;			/* of a revision's upgrade or downgrade */
	const char *file_name;		/* may be NULL */
	int			first_line;		/* of the text in the file, 1-based */
	int			statements_done;	/* of them a shadow runs only what sets
									 * the session */
	ScriptPurpose purpose;
} ScriptOrigin;

/*
 * Returns the statements of a text as RawStmt with their locations in the text, parsed as
 * standard_conforming_strings says.  *standards has, for each statement, the setting's value
 * where the statement begins, as an int.  Errors: MG019 with the line.
 */
extern List *script_cut(const char *text, const ScriptOrigin *origin, List **standards);

/* The same for a text that does not change the setting, whose value is `standard`. */
extern List *script_trees(const char *text, bool standard, const ScriptOrigin *origin);

/*
 * Returns a text from the caller, preceded by a SET of the setting if this session has
 * it off and the text has a backslash, so that the text means the same in every session.
 * NULL stays NULL, also in the next three functions.
 */
extern char *script_keep_strings(char *text);

/* Returns what script_keep_strings() makes of the text in a session with the other value. */
extern char *script_other_strings(char *text);

/*
 * Returns a generated text, preceded by a SET of the setting to on if the text would mean
 * something else in a session that has it off.
 */
extern char *script_say_strings(char *text);

/* Returns a text without the SET that script_keep_strings() puts before it. */
extern const char *script_without_strings(const char *text);

/* Does the text mention the setting, so that it may change it? */
extern bool script_may_set_strings(const char *text);

/* Returns the setting's value after this statement, before which it is `standard`. */
extern bool script_standard_after(const char *statement, bool standard);

/* Returns the names of the settings that a SELECT set_config('name', ...) changes. */
extern List *script_set_names(Node *node);

/* Is the statement a SELECT that only calls set_config()? */
extern bool script_is_set_config(Node *node);

/*
 * Returns the relation that a raw INSERT, UPDATE, DELETE or MERGE names to write its rows, or NULL
 * for any other node.
 */
extern RangeVar *script_written_relation(Node *node);

/*
 * Returns the query that a raw statement is or contains: of EXPLAIN, PREPARE, DECLARE CURSOR,
 * CREATE TABLE AS and COPY the query inside.  NULL if there is none.
 */
extern Node *script_query_of(Node *node);

/* --------------------------------------------------------------- secrets.c */

/*
 * Returns a statement as messages may show it: with stars in the place of secrets, and as many
 * characters as before.  The text itself if there is none.
 */
extern char *script_shown_statement(char *text, const Node *node, bool standard);

/* The same for all of a text that can be parsed. */
extern char *script_shown(const char *text, const ScriptOrigin *origin);

/* ------------------------------------------------------------ statements.c */

/* The origin of one direction of a revision. */
extern ScriptOrigin script_origin(const RevisionLinks *links, const StoredScript *script,
								  Direction direction);

/* The origin of its questions before or after the upgrade; *text is their text, or NULL. */
extern ScriptOrigin script_questions(const RevisionLinks *links, const StoredScript *script,
									 ScriptPurpose purpose,
									 const char **text);

typedef struct Statement
{
	RawStmt    *raw;			/* its locations are in text */
	char	   *text;			/* without the semicolon */
	char	   *shown;			/* the same for messages, without secrets: see
								 * script_shown_statement() */
	int			start;			/* offset of its first token in the script */
	int			len;			/* in bytes, without the semicolon */
	int			line;			/* in the file */
	bool		is_ended;		/* by a semicolon */
	bool		standard_strings;	/* standard_conforming_strings where it
									 * begins */
	RunMode		mode;

	/*
	 * The transaction modes that the statement sets before the first query of
	 * its transaction, as BEGIN and SET TRANSACTION do: a list of DefElem.
	 * Our code begins the transaction in the isolation level among them, and
	 * does not run the statement.
	 */
	List	   *modes;
} Statement;

typedef struct Script
{
	const char *text;
	int			nstatements;
	Statement  *statements;
	bool		wrapped;		/* BEGIN ... COMMIT encloses the whole
								 * unmarked section, except for SET statements
								 * before it: do not run these two */
	RunMode		mode;			/* of the whole script */
	const char *isolation;		/* the level that the script needs, or NULL */
} Script;

/*
 * Parse SQL and find out how it can run.  marked: the section is marked
 * transaction:false.
 * Errors: MG019 with the line for a syntax error, a psql command, COPY from or
 * to the client, WAIT FOR, transaction control where it is not possible, and a
 * statement that is no question in a text of questions.
 */
extern Script *script_parse(const char *text, bool marked, const ScriptOrigin *origin);

/*
 * Returns the transaction modes that a statement sets, as a list of DefElem, or NIL: BEGIN with
 * modes, SET TRANSACTION, SET transaction_isolation and the like, wherever they stand.
 */
extern List *script_transaction_modes(Node *node);

/*
 * Returns the last isolation level among such modes, or NULL if they have none; "read
 * committed" also for "read uncommitted".
 */
extern const char *script_isolation(List *modes);

/*
 * Parse the sections of a revision before it is written, and set its modes and isolation
 * levels.  Errors: those of script_parse().
 */
extern void revision_check_sql(RevisionFile *file);

/* Returns "line 12 of file "x.sql"" or "line 12", palloc'd. */
extern char *script_where(const ScriptOrigin *origin, int line);

/* Returns "the upgrade of revision "1b2c"" or "the upgrade", for errors; palloc'd. */
extern char *script_subject(const ScriptOrigin *origin);

/* Returns the number of line feeds from start to before end. */
extern int	script_count_lines(const char *start, const char *end);

/* ------------------------------------------------------------- difference.c */

/* Where two texts begin to differ: the line of each text, and its number, 1-based. */
typedef struct TextDifference
{
	int			old_line;
	char	   *old_text;
	int			new_line;
	char	   *new_text;
} TextDifference;

/*
 * Do the two texts of SQL differ in what they do?  If so, fills in the first difference.  Comments,
 * white space, CR LF for LF and the case of words outside quotes do not count.
 */
extern bool script_difference(const char *old, const char *new, TextDifference *difference);

/*
 * Returns, in words, the first difference of two versions of a revision in what they do, or NULL
 * if there is none.  *is_structure: the difference is one of parents or dependencies.  Message,
 * Create Date and file name do not count.
 */
extern char *revision_difference(const RevisionFile *old, const RevisionFile *new,
								 bool *is_structure);

/* Returns the names of the settings that the script's top-level SET and set_config() change. */
extern List *script_settings(const Script *script);

#endif							/* MIGRATE_SCRIPT_H */
