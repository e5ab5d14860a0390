/*
 * extension_rules.h
 *		What extensions run by themselves, and how it is made again.
 *
 * The chunks of a hypertable, the shards of a distributed table, the partitions that pg_partman
 * makes, the triggers that such extensions put on tables: nobody writes revisions of them.  What we
 * know of extensions is data, in shipped_rules.c.  Users add theirs in migrate.extension_rules.
 *
 * Memory: results are allocated in the context that is current in the call and are never freed
 * singly.
 */
#ifndef MIGRATE_EXTENSION_RULES_H
#define MIGRATE_EXTENSION_RULES_H

#include "postgres.h"

#include "kinds/managed.h"
#include "nodes/pg_list.h"

typedef struct ExtensionRules ExtensionRules;

/*
 * Read what the rules about installed extensions say now.  NULL if no rule is about one of them.
 * In a shadow (otherwise NULL) an extension counts that its text may have.  Needs an active
 * snapshot.
 * Errors: 42501 for a rule that cannot be read and protects tables; 42P01, 42703, 42883 or 42804
 * for a rule of users that names what its extension does not have.  The context names the rule.
 */
struct Shadow;
extern ExtensionRules *extension_rules_read(const struct Shadow *shadow);

/* The extension that makes and drops this object by itself; NULL: none.  rules may be NULL. */
extern const char *extension_rules_owner(const ExtensionRules *rules, Oid classid, Oid objid);

/*
 * The extension that may have made this trigger, since the trigger calls a function of it, and no
 * rule says whose such triggers are; NULL: none.  rules may be NULL.
 * *only_triggers: the extension has nothing to call but functions of triggers, so that none of
 * its functions can have made it.
 */
extern const char *extension_rules_perhaps_made(const ExtensionRules *rules, Oid trigger,
												bool *only_triggers);

/* A table that an extension runs, or a view. */
typedef struct RunTable
{
	Oid			relid;
	const char *extension;
	const char *what;			/* that it runs there: a table can be more
								 * than one thing to an extension */

	/*
	 * char *, a statement each: what makes the bare table such a one, and
	 * what takes that back before it is dropped.  made NIL: nobody knows;
	 * undone NIL: nothing is needed.
	 */
	List	   *made;
	List	   *undone;

	/*
	 * A proof may not run these statements: a user's rule has written them,
	 * or they reach other servers.
	 */
	bool		is_untried;

	/* set by the snapshot */
	bool		is_own;			/* the extension makes and drops it, too */
	int			kind;			/* ObjectKind */
	const char *identity;		/* quoted */
} RunTable;

/* RunTable *, in the order in which they are made, without identities.  rules may be NULL. */
extern List *extension_rules_run(const ExtensionRules *rules);

/*
 * Words for what could not be read, for lack of a right, of rules that only say what extensions
 * run: char *.
 */
extern List *extension_rules_unread(const ExtensionRules *rules);

/*
 * Note in managed which schemas of extensions are away in a shadow, too: what an extension makes
 * there is no affair of a comparison, and would be in the way of its own function.
 */
extern void extension_rules_note_schemas(Managed *managed);

/*
 * The same, and the names of what extensions run by themselves in the database as it is: a model
 * or a replay that has something of such a name is compared without it, too.
 */
extern void extension_rules_note_names(Managed *managed);

/* The extension that runs by itself what has this name in the live schema; NULL: none. */
extern const char *extension_rules_owner_of_name(const Managed *managed, const char *schema,
												 const char *name);

/* ------------------------------------------------------ shipped_rules.c, users_rules.c */

typedef enum RuleSays
{
	RULE_RUNS,
	RULE_OWNS,
	RULE_OWNS_PARTITIONS,
	RULE_OWNS_TRIGGERS,
	RULE_OFFERS_TRIGGER_FUNCTIONS,
	RULE_MAKES_IN_ITS_SCHEMA
} RuleSays;

/* A rule of ours. */
typedef struct ShippedRule
{
	const char *extension;
	RuleSays	says;

	/*
	 * The extension's tables and views that the query reads, separated by
	 * blanks.  @extschema@ is the extension's schema, here and in the query.
	 * Where the extension has not all of them, it is of another version.
	 */
	const char *catalogs;

	/*
	 * RULE_RUNS: OID, what, made (text[]), undone (text[]), whether they
	 * reach other servers; in order.  RULE_OWNS: OID of a catalog, OID of an
	 * object.  RULE_OWNS_PARTITIONS: OID of the table that has them.
	 * RULE_OWNS_TRIGGERS and RULE_OFFERS_TRIGGER_FUNCTIONS: none, and for
	 * RULE_MAKES_IN_ITS_SCHEMA: of what it owns some is in its own schema.
	 */
	const char *query;
} ShippedRule;

extern const ShippedRule shipped_rules[];
extern const int nshipped_rules;

/* What a rule says, as it is collected; in the context that is current. */
typedef struct RuleSink
{
	const char *extension;
	RuleSays	says;
	void	   *rules;			/* ExtensionRules * */
	void		(*own) (struct RuleSink *sink, Oid classid, Oid objid);
	void		(*run) (struct RuleSink *sink, RunTable *table);
} RuleSink;

struct StoredRule;

/*
 * Read the catalog that a user's rule names, without running anything that the rule or the catalog
 * could bring along.
 */
extern void users_rule_read(const struct StoredRule *rule, Oid extension, RuleSink *sink);

/* What the rule says; an error names words that are none. */
extern RuleSays users_rule_says(const struct StoredRule *rule);

/* May the caller read this relation, all its rows? */
extern bool rule_can_read(Oid relid);

#endif							/* MIGRATE_EXTENSION_RULES_H */
