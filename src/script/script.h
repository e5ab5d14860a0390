/*
 * script.h
 *		What does this text say?  Revision files, and a revision's SQL cut into
 *		statements by the server's own raw parser.
 *
 * Memory: results are allocated in the context that is current in the call and
 * point into the texts given; they are never freed singly.
 */
#ifndef MIGRATE_SCRIPT_H
#define MIGRATE_SCRIPT_H

#include "postgres.h"

#include "nodes/parsenodes.h"
#include "store/store.h"

/* A revision as its file says it: what both tables hold. */
typedef struct RevisionFile
{
	StoredRevision rev;			/* the modes are set by revision_check_sql() */
	StoredScript script;
	bool		is_unnamed;		/* the identifier was made up by us and means
								 * nothing to the user: leave it out of errors */
} RevisionFile;

/* ------------------------------------------------------------------ file.c */

/*
 * Read a revision file (API.md, "Revision file").  file_name may be NULL and is
 * named in errors.  The checksum is computed; the SQL is not looked at.
 * Errors: MG019 with the line; MG014 for an identifier that may not be written so.
 */
extern RevisionFile *revision_file_parse(const char *text, const char *file_name);

/* The revision as a file: revision_file_parse() of it gives the same again. */
extern char *revision_file_print(const RevisionFile *file);

/*
 * For a revision that does not come from a file: bring message and SQL into the
 * form that a file can hold, set the line numbers to 1, compute the checksum.
 * Errors: MG019 for what a file cannot hold (a line that looks like a marker).
 */
extern void revision_file_normalise(RevisionFile *file);

/* A Create Date as it is written, in UTC whatever the settings: "2026-11-20 23:10:00+00". */
extern char *revision_file_date(TimestampTz date);

/* SHA-256 of a text: 32 bytes; or 64 hex digits, palloc'd. */
extern void script_sha256(const char *text, char *digest);
extern char *script_digest(const char *text);

/* Compute the checksum anew, for a revision whose links have changed. */
extern void revision_file_renew(RevisionFile *file);

/* ------------------------------------------------------------- directory.c */

/*
 * The *.sql files of a directory of the server, sorted by name, converted from
 * UTF-8 to the server's encoding.  names[i] is the name without the directory.
 * Errors: 42501 for who may not read the server's files, those of the operating
 * system, 22021 for a file that is not UTF-8 (the context names it).
 */
extern void directory_read(const char *path, char ***names, char ***texts, int *n);

/* ------------------------------------------------------------------ parse.c */

/* Where a text comes from, for errors. */
typedef struct ScriptOrigin
{
	const char *revision;		/* NULL: not named in errors */
	const char *message;
	const char *direction;		/* upgrade, downgrade */
	const char *file_name;		/* may be NULL */
	int			first_line;		/* of the text in the file, 1-based */
} ScriptOrigin;

/*
 * The statements of a text, RawStmt with the locations in it, standard_conforming_strings
 * heeded; *standards has for each, as an int, what it was where the statement begins.
 * Errors: MG019 with the line.
 */
extern List *script_cut(const char *text, const ScriptOrigin *origin, List **standards);

/* The same for a text in which the setting does not change. */
extern List *script_trees(const char *text, bool standard, const ScriptOrigin *origin);

/*
 * A text that comes from the caller, so that it means in every session what it means in
 * this one, with a line before it if need be.  And, for who compares: as it would be in a
 * session that has it otherwise; and without that line.
 */
extern char *script_keep_strings(char *text);
extern char *script_other_strings(char *text);

/* A text of ours, so that its file means the same in every database. */
extern char *script_say_strings(char *text);
extern const char *script_without_strings(const char *text);

/* Is there a word of the setting in this text?  And what is it after this statement? */
extern bool script_may_set_strings(const char *text);
extern bool script_standard_after(const char *statement, bool standard);

/* The settings that a SELECT set_config('name', ...) changes. */
extern List *script_set_names(Node *node);

/* Does a SELECT do nothing else? */
extern bool script_is_set_config(Node *node);

/* ------------------------------------------------------------ statements.c */

typedef struct Statement
{
	RawStmt    *raw;			/* of its own text */
	char	   *text;			/* without the semicolon */
	int			start;			/* offset of its first token in the script */
	int			len;			/* in bytes, without the semicolon */
	int			line;			/* in the file */
	bool		is_ended;		/* by a semicolon */
	bool		standard_strings;	/* what the setting is where it begins */
	RunMode		mode;

	/*
	 * What it says of the transaction that it is in, as BEGIN and SET
	 * TRANSACTION do before the first query: a list of DefElem.  The level is
	 * for who begins the transaction; the statement itself is not run.
	 */
	List	   *modes;
} Statement;

typedef struct Script
{
	const char *text;
	int			nstatements;
	Statement  *statements;
	bool		wrapped;		/* BEGIN ... COMMIT round the whole of a
								 * section that is not marked, but for what is
								 * SET before: both are to be left out */
	RunMode		mode;			/* of the whole */
	const char *isolation;		/* the level that it asks for, or NULL */
} Script;

/*
 * Parse SQL and find out how it can be run.  marked: the section says
 * transaction:false.
 * Errors: MG019 with the line for a syntax error, a psql command, COPY from or
 * to the client, and transaction control where it is not possible.
 */
extern Script *script_parse(const char *text, bool marked, const ScriptOrigin *origin);

/*
 * What a statement says of the transaction that it is in, wherever it stands: BEGIN with modes,
 * SET TRANSACTION, SET transaction_isolation and the like.  A list of DefElem, or NIL.
 */
extern List *script_transaction_modes(Node *node);

/* The isolation level among such modes, or NULL: "serializable", "repeatable read", "read committed". */
extern const char *script_isolation(List *modes);

/* Parse both directions of a revision that is to be written, and set its modes. */
extern void revision_check_sql(RevisionFile *file);

/* "line 12 of file x.sql" or "line 12"; palloc'd */
extern char *script_where(const ScriptOrigin *origin, int line);

/* "upgrade of revision "1b2c"", for errors while it is written; palloc'd */
extern char *script_subject(const ScriptOrigin *origin);

extern int	script_count_lines(const char *start, const char *end);

/* ------------------------------------------------------------- difference.c */

/* Where two texts begin to differ: lines of either, and their number, 1-based. */
typedef struct TextDifference
{
	int			old_line;
	char	   *old_text;
	int			new_line;
	char	   *new_text;
} TextDifference;

/* Do these texts do something else?  Comments, blanks, CR LF and the case of keywords do nothing. */
extern bool script_difference(const char *old, const char *new, TextDifference *difference);

/*
 * The first difference of two texts of a revision in what they do, in words; NULL if there
 * is none.  *is_structure: it is one of the graph.  Message, Create Date and file name do nothing.
 */
extern char *revision_difference(const RevisionFile *old, const RevisionFile *new, bool *is_structure);

/* The settings that the script's top-level SET statements and set_config() change. */
extern List *script_settings(const Script *script);

#endif							/* MIGRATE_SCRIPT_H */
