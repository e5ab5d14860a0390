/*
 * shadow_text.h
 *		Between the files that run a text in a shadow.
 */
#ifndef MIGRATE_SHADOW_TEXT_H
#define MIGRATE_SHADOW_TEXT_H

#include "shadow/changed.h"
#include "shadow/shadow_private.h"

/* A text that runs. */
typedef struct ShadowText
{
	Shadow	   *shadow;
	const Script *script;
	const ScriptOrigin *origin;
	bool		generated;		/* a comparison has written it */
	MemoryContext context;		/* lasts as long as the text */
	CommandId  *begun;			/* for each statement */
	bool		new_values_wait;	/* as StatementHooks has it */
	bool		commits;		/* each statement is a transaction, as it is
								 * run outside */
	List	   *muted;			/* event triggers */
	Changed    *changed;		/* to add to, or NULL */

	/* left by before_utility() for after_utility() */
	ShadowSchema *claiming;		/* its members are away while it is made anew */
	bool		enable;			/* the subscription that is made */
	Expressions expressions;	/* of the utility statement that runs */
	int			quiet;			/* nest level of settings */
	DestReceiver *answers;		/* of a text of questions; or NULL */
} ShadowText;

/* -------------------------------------------------------- shadow_schemas.c */

/*
 * Before such a statement: false if there is nothing left to run.  The text has mentioned the
 * extension then.
 */
extern bool text_create_extension(ShadowText *text, CreateExtensionStmt *stmt);
extern bool text_drop_extension(ShadowText *text, DropStmt *stmt);
extern bool text_create_schema(ShadowText *text, CreateSchemaStmt *stmt);
extern bool text_drop_schema(ShadowText *text, DropStmt *stmt);
extern void text_rename_schema(ShadowText *text, const RenameStmt *stmt);

/* After CREATE SCHEMA of one that was there: its members come back. */
extern void text_claimed(ShadowText *text);

/* An extension that was there before, by its name, unquoted; InvalidOid if there is none. */
extern Oid	text_live_extension(const Shadow *shadow, const char *name);

/*
 * Into another schema, for who could do so outside, too: functions of the extension trust the
 * schema they are in.  Errors: 42501.
 */
extern void text_move_extension(ShadowText *text, Oid extension, Oid to);

/* Could the caller act as the role, which may be a word for one? */
extern bool text_can_act_as(const RoleSpec *role);

#endif							/* MIGRATE_SHADOW_TEXT_H */
