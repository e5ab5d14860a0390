/*
 * prelude.h
 *		What a history presupposes: SQL that is run before the revisions wherever they are
 *		run again, and never in the database itself.
 *
 * The tables of a host application, auth.users, the table of another migration tool: revisions
 * refer to them, and no revision makes them.  The prelude is as trusted as the
 * revisions are: who may load those may load it, and it runs as whoever calls.
 *
 * Memory: as snapshot.h says.
 */
#ifndef MIGRATE_PRELUDE_H
#define MIGRATE_PRELUDE_H

#include "shadow/made.h"
#include "shadow/shadow.h"

/*
 * The setting migrate.prelude, if it says anything, or what was loaded with the revisions; NULL if
 * there is neither.  fresh: as store_load().
 */
extern char *prelude_text(bool fresh);

/* Add what it makes; and for a shadow of its own, these schemas and that.  text may be NULL. */
extern void prelude_add_made(Made *made, const char *text);
extern const Managed *prelude_managed(const Managed *managed, const char *text);

/* In a shadow, before the revisions; text may be NULL.  Errors: those of shadow_execute(). */
extern void prelude_run(Shadow *shadow, const char *text);

/* What there was before the prelude, and when it had run. */
typedef struct Presupposed
{
	SchemaSnapshot *before;
	SchemaSnapshot *after;
} Presupposed;

/* The same, with both looked at: for prelude_leave_out(). */
extern Presupposed *prelude_run_watched(Shadow *shadow, const Managed *managed, const char *text);

/* In a shadow of its own; *made is what there was when it had run, once more. */
extern Presupposed *prelude_presupposed(const Managed *managed, const char *text,
										SchemaSnapshot **made);

/*
 * Leave out of a comparison what the prelude has made, and what hangs on that; made is what there
 * is after the revisions.  What a revision has made, changed or dropped stays.  made and live are
 * changed.
 */
extern void prelude_leave_out(const Presupposed *presupposed, SchemaSnapshot *made,
							  SchemaSnapshot *live);

/* 55000 if the prelude has made something that the live schema does not have. */
extern void prelude_require_live(const Presupposed *presupposed, const SchemaSnapshot *live);

#endif							/* MIGRATE_PRELUDE_H */
