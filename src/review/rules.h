/*
 * rules.h
 *		What a statement of a revision does to who works with the database, as its parse tree tells.
 *
 * Memory: as review.h says.
 */
#ifndef MIGRATE_RULES_H
#define MIGRATE_RULES_H

#include "review/review.h"
#include "script/script.h"

/* What makes it serious. */
typedef enum RuleWeight
{
	WEIGHT_SIZE,				/* it keeps others out for as long as the
								 * table takes to be read */
	WEIGHT_ROWS,				/* there are rows */
	WEIGHT_USE,					/* the application that runs meanwhile may
								 * need it */
	WEIGHT_STYLE				/* it will be regretted later */
} RuleWeight;

struct Rule
{
	const char *name;
	RuleWeight	weight;
	const char *message;		/* %s is the subject */
	const char *advice;
};

/* A rule that a statement breaks. */
typedef struct RuleHit
{
	const Rule *rule;
	Oid			relid;			/* of the live table; InvalidOid: none, or not
								 * there yet */
	const char *subject;		/* quoted */
} RuleHit;

/* What a revision has done so far, in one transaction. */
typedef struct RuleScope
{
	const Pending *pending;
	bool		is_transaction;
	int			first_unvalidated;	/* constraints in pending->unvalidated
									 * from here on are its own */
	List	   *with_policy;	/* Oid: live tables that the plan gives a
								 * policy */
	List	   *locked;			/* Oid: live tables that it has locked
								 * exclusively */
} RuleScope;

/*
 * The rules that a statement breaks: RuleHit.  Names are looked up with the search_path that is
 * set; live tables are locked in ACCESS SHARE mode.
 */
extern List *rules_broken(const Statement *statement, RuleScope *scope);

/* The rule of a revision without a downgrade. */
extern const Rule rule_no_downgrade;

/* The rule that rows in the way break. */
extern const Rule rule_data_in_the_way;

/* The rules that only a trial of the plan shows to be broken, see report/trial.c. */
typedef enum TrialRule
{
	RULE_STATEMENT_BREAKS,
	RULE_STATEMENT_MAY_BREAK,
	RULE_RESULT_CHANGES,
	RULE_REHEARSAL_FAILS,
	RULE_DOWNGRADE_FAILS,
	RULE_DOWNGRADE_LOSES,
	RULE_DRIFT
} TrialRule;

#define NTRIALRULES (RULE_DRIFT + 1)

extern const Rule trial_rules[NTRIALRULES];

/* Is there a rule of this name? */
extern bool rule_exists(const char *name);

#endif							/* MIGRATE_RULES_H */
