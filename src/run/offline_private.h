/*
 * offline_private.h
 *		What the files of a script for psql share: offline.c writes a plan down,
 *		offline_target.c what the script asks of the database that it is run on,
 *		offline_statements.c the statements of a revision.
 *
 * Memory: everything is allocated in the context that is current in the call.
 */
#ifndef MIGRATE_OFFLINE_PRIVATE_H
#define MIGRATE_OFFLINE_PRIVATE_H

#include "postgres.h"

#include "run/run.h"
#include "script/script.h"

/* A revision in one direction, of which the script has the SQL. */
typedef struct OfflineStep
{
	const StoredRevision *rev;
	const StoredScript *stored;
	Direction	direction;
	ScriptOrigin origin;
	Script	   *script;
} OfflineStep;

/* --------------------------------------------------------- offline_target.c */

/* ARRAY['a', 'b']::text[] */
extern void offline_array(StringInfo out, IdList items);

/* $sql$text$sql$, with a tag that the text does not have. */
extern void offline_dollar_quoted(StringInfo out, const char *tag, const char *text);

/*
 * The beginning and the end of every script.  places are the arrays, as text, of the version
 * rows at which it can begin or go on, from its start to its end; pieces are the OfflineStep
 * that it runs statement by statement, and can go on with.
 */
extern void offline_begin(StringInfo out, List *places, List *pieces);
extern void offline_end(StringInfo out);

/* What is between this and \endif is done where the database has these version rows. */
extern void offline_if_here(StringInfo out, const char *rows);

/* Have the books know these revisions. */
extern void offline_books(StringInfo out, const Store *store, const RevList *list);

/* ----------------------------------------------------- offline_statements.c */

/* The statements in the transaction that has been begun. */
extern void offline_statements(StringInfo out, const OfflineStep *step);

/*
 * What an upgrade requires or verifies, asked in the transaction that has been begun.  A savepoint
 * keeps the questions from writing, and their settings from staying.
 */
extern void offline_questions(StringInfo out, const OfflineStep *step, ScriptPurpose purpose);

/* Can it be a part of a block of PL/pgSQL?  And its statements and questions there. */
extern bool offline_fits_block(const Script *script);
extern void offline_block_statements(StringInfo out, const OfflineStep *step);
extern void offline_block_questions(StringInfo out, const OfflineStep *step, ScriptPurpose purpose);

/* Outside of a transaction, each piece once, by the open row of the log. */
extern void offline_pieces(StringInfo out, const OfflineStep *step);

/* What the revision has SET ends with it. */
extern void offline_reset(StringInfo out, const Script *script);

/* The condition on migrate.log for the row of such a revision that is running, or was. */
extern char *offline_open_row(const OfflineStep *step);

#endif							/* MIGRATE_OFFLINE_PRIVATE_H */
