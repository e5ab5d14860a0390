/*
 * changed.h
 *		What a text in a shadow has changed, in time that does not grow with the schema.
 */
#ifndef MIGRATE_CHANGED_H
#define MIGRATE_CHANGED_H

#include "postgres.h"

#include "access/xlogdefs.h"
#include "shadow/shadow_private.h"
#include "utils/hsearch.h"
#include "utils/relcache.h"

/* A version of a row that was there either before or after the text, not both. */
typedef struct ChangedRow
{
	HeapTuple	tuple;
	CommandId	written;		/* by which command; InvalidCommandId: before
								 * the text */
	CommandId	deleted;		/* InvalidCommandId: it is still there */
} ChangedRow;

/*
 * Called before a text.  What is asked with the mark, when the text has run, is what has
 * changed since; a catalog is read once, and its rows live in the context of the first question.
 */
extern void changed_begin(ChangeMark *mark);

/*
 * The versions of rows of a catalog that were written or deleted since: ChangedRow *,
 * palloc'd.  Not those that a subtransaction has taken back.
 */
extern List *changed_rows(const Shadow *shadow, ChangeMark *mark, Relation rel);

typedef struct ChangedAddress
{
	Oid			classid;
	Oid			objid;
} ChangedAddress;

/* A set of objects. */
typedef struct Changed
{
	bool		everything;		/* what changed is in the text of any object:
								 * a schema's name */
	HTAB	   *addresses;		/* ChangedAddress */
} Changed;

extern Changed *changed_nothing(void);
extern bool changed_is_nothing(const Changed *changed);

/* Add the objects of which a row, or one that belongs to them, has changed since. */
extern void changed_add(Changed *changed, const Shadow *shadow, ChangeMark *mark);

/* shadow_execute(), which adds the objects that the text has changed. */
extern int	shadow_execute_noted(Shadow *shadow, const char *sql, bool commits,
								 const ScriptOrigin *origin, Changed *changed);
extern void changed_union(Changed *changed, const Changed *other);

/*
 * With the objects that are printed with the name of one of them, which depend on it;
 * and with those of which these are internal parts: the view of a rule.
 */
extern Changed *changed_with_dependents(const Changed *changed);

#endif							/* MIGRATE_CHANGED_H */
