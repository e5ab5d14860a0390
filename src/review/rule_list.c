/*
 * rule_list.c
 *		The rules: what each says, what to do instead, and what makes it serious.
 *
 * The rules are those of strong_migrations and squawk, as far as they hold for PostgreSQL 13 and
 * later, and some more.  For each rule, one place in rules.c or column_rules.c finds out whether a
 * statement breaks it.
 */
#include "postgres.h"

#include "review/rule_list.h"

const Rule	rule_list[NRULES] = {
	[RULE_INDEX_LOCKS_WRITES] = {"index_locks_writes", WEIGHT_SIZE,
		"nobody writes to %s while the index is built",
	"CREATE INDEX CONCURRENTLY, which migrate.deploy() runs by itself"},
	[RULE_DROP_INDEX_LOCKS] = {"drop_index_locks", WEIGHT_USE,
		"DROP INDEX waits for all who use %s, and they wait for it",
	"DROP INDEX CONCURRENTLY"},
	[RULE_REINDEX_LOCKS] = {"reindex_locks", WEIGHT_SIZE,
		"nobody writes to %s, or reads by the index, while it is built again",
	"REINDEX ... CONCURRENTLY"},
	[RULE_SET_NOT_NULL_SCANS] = {"set_not_null_scans", WEIGHT_SIZE,
		"SET NOT NULL reads all rows of %s while nobody else may",
	"add CHECK (... IS NOT NULL) NOT VALID, validate it in a revision behind, and then SET NOT NULL, which believes it"},
	[RULE_CHECK_SCANS] = {"check_scans", WEIGHT_SIZE,
		"the check reads all rows of %s while nobody else may",
	"add it NOT VALID, and VALIDATE CONSTRAINT in a revision behind"},
	[RULE_DOMAIN_SCANS] = {"domain_scans", WEIGHT_SIZE,
		"the domain's constraint reads all rows of %s while nobody writes to it",
	"a CHECK of the column, NOT VALID and validated in a revision behind; VALIDATE CONSTRAINT of a domain takes the same lock"},
	[RULE_FOREIGN_KEY_SCANS] = {"foreign_key_scans", WEIGHT_SIZE,
		"the foreign key reads all rows of %s while nobody writes to either table",
	"add it NOT VALID, and VALIDATE CONSTRAINT in a revision behind"},
	[RULE_KEY_BUILDS_INDEX] = {"key_builds_index", WEIGHT_SIZE,
		"nobody reads or writes %s while the key's index is built",
	"CREATE UNIQUE INDEX CONCURRENTLY, and then ADD CONSTRAINT ... USING INDEX"},
	[RULE_EXCLUSION_BUILDS_INDEX] = {"exclusion_builds_index", WEIGHT_SIZE,
		"nobody reads or writes %s while the constraint's index is built",
	"no way is known without the lock: choose a quiet hour, or a new table"},
	[RULE_VALIDATE_WITH_ADD] = {"validate_with_add", WEIGHT_SIZE,
		"the lock of ADD CONSTRAINT is held while %s is read",
	"VALIDATE CONSTRAINT in a revision of its own"},
	[RULE_TYPE_REWRITES] = {"type_rewrites", WEIGHT_SIZE,
		"%s is written anew while nobody else reads or writes the table",
	"a new column, filled in steps, and a change over to it; migrate.migrate(..., online => true) writes such revisions"},
	[RULE_ADD_COLUMN_REWRITES] = {"add_column_rewrites", WEIGHT_SIZE,
		"the table of %s is written anew, since each row gets a value of its own or is checked, while nobody else reads or writes it",
	"add the column without it, then SET DEFAULT, and fill the rows in steps"},
	[RULE_REWRITES_TABLE] = {"rewrites_table", WEIGHT_SIZE,
		"%s is written anew while nobody else reads or writes it",
	"choose a quiet hour; pg_repack where it is installed"},
	[RULE_ATTACH_SCANS] = {"attach_scans", WEIGHT_SIZE,
		"ATTACH PARTITION reads all rows of %s under a lock",
	"a validated CHECK of the same bounds before it, which it believes"},
	[RULE_DETACH_LOCKS] = {"detach_locks", WEIGHT_USE,
		"DETACH PARTITION waits for all who use %s, and they wait for it",
	"DETACH PARTITION ... CONCURRENTLY, since PostgreSQL 14"},
	[RULE_REFRESH_LOCKS_READERS] = {"refresh_locks_readers", WEIGHT_ROWS,
		"nobody reads %s while it is refreshed",
	"REFRESH MATERIALIZED VIEW CONCURRENTLY, which needs a unique index"},
	[RULE_CHANGES_ALL_ROWS] = {"changes_all_rows", WEIGHT_SIZE,
		"all rows of %s are changed in one transaction, and locked until its end",
	"change them in steps, with a transaction for each"},
	[RULE_LOCKS_TABLE] = {"locks_table", WEIGHT_USE,
		"LOCK TABLE keeps others out of %s until the end of the revision",
	"leave it out: statements take the locks that they need"},
	[RULE_LOCKS_TWO_TABLES] = {"locks_two_tables", WEIGHT_USE,
		"%s is locked while another table is, so that who uses both in the other order gets a deadlock",
	"a revision for each table"},
	[RULE_TRUNCATES] = {"truncates", WEIGHT_ROWS, "all rows of %s are deleted",
	"no downgrade brings them back: keep a copy"},
	[RULE_DROP_COLUMN] = {"drop_column", WEIGHT_USE,
		"what runs now may still use column %s, and its values do not come back",
	"release code that does not use it first, then drop it; migrate.impact() names the queries"},
	[RULE_DROP_TABLE] = {"drop_table", WEIGHT_USE,
		"what runs now may still use %s, and its rows do not come back",
	"release code that does not use it first, then drop it"},
	[RULE_DROP_VIEW] = {"drop_view", WEIGHT_USE, "what runs now may still use %s",
	"release code that does not use it first, then drop it"},
	[RULE_DROP_ROUTINE] = {"drop_routine", WEIGHT_USE, "what runs now may still call %s",
	"release code that does not call it first, then drop it"},
	[RULE_DROP_SEQUENCE] = {"drop_sequence", WEIGHT_USE,
		"what runs now may still take numbers from %s",
	"release code that does not use it first, then drop it"},
	[RULE_DROP_DEFAULT] = {"drop_default", WEIGHT_USE,
		"an INSERT that leaves out column %s gets NULL from now on, or fails",
	"release code that names the column first"},
	[RULE_DROP_NOT_NULL] = {"drop_not_null", WEIGHT_USE,
		"what runs now may not expect NULL in column %s",
	"release code that expects it first"},
	[RULE_DROP_CASCADE] = {"drop_cascade", WEIGHT_USE,
		"CASCADE drops what depends on %s, whatever that is by then",
	"name what is to be dropped"},
	[RULE_RENAME_COLUMN] = {"rename_column", WEIGHT_USE,
		"what runs now uses column %s by the old name",
	"add a column and let both be written for a while, or give the code a view with the old name"},
	[RULE_RENAME_TABLE] = {"rename_table", WEIGHT_USE, "what runs now uses %s by the old name",
	"leave a view with the old name behind"},
	[RULE_SET_SCHEMA] = {"set_schema", WEIGHT_USE, "what runs now looks for %s in the old schema",
	"leave a view there"},
	[RULE_TYPE_CHANGES] = {"type_changes", WEIGHT_USE,
		"what runs now expects column %s to be of the old type",
	"prepared statements fail once; see that the code takes both types"},
	[RULE_ROW_SECURITY_WITHOUT_POLICY] = {"row_security_without_policy", WEIGHT_USE,
		"from now on nobody but its owner sees a row of %s, until there is a policy",
	"CREATE POLICY before ENABLE ROW LEVEL SECURITY"},
	[RULE_DISABLES_TRIGGERS] = {"disables_triggers", WEIGHT_USE,
		"what triggers of %s do, foreign keys among it, is not done from now on",
	"enable them again in the same revision, and check the rows that came meanwhile"},
	[RULE_NO_REPLICA_IDENTITY] = {"no_replica_identity", WEIGHT_USE,
		"UPDATE and DELETE of %s fail from now on where it is published",
	"REPLICA IDENTITY DEFAULT, with a primary key"},
	[RULE_PREFER_BIGINT] = {"prefer_bigint", WEIGHT_STYLE, "the key %s ends at 2,147,483,647",
	"bigint"},
	[RULE_PREFER_IDENTITY] = {"prefer_identity", WEIGHT_STYLE,
		"serial column %s: its sequence has rights and an owner of its own",
	"GENERATED BY DEFAULT AS IDENTITY"},
	[RULE_PREFER_JSONB] = {"prefer_jsonb", WEIGHT_STYLE,
		"type json of column %s has no equality, so that DISTINCT and UNION of its rows fail",
	"jsonb"},
	[RULE_PREFER_TEXT] = {"prefer_text", WEIGHT_STYLE,
		"char(n) fills column %s up with blanks, and ignores them where it compares",
	"text, with a CHECK for its length"},
	[RULE_PREFER_TIMESTAMPTZ] = {"prefer_timestamptz", WEIGHT_STYLE,
		"timestamp without time zone in column %s is no moment in time",
	"timestamptz"},
	[RULE_NO_PRIMARY_KEY] = {"no_primary_key", WEIGHT_STYLE,
		"table %s has no primary key: logical replication cannot update its rows, and nobody can name one",
	"a primary key"}
};

const Rule	rule_no_downgrade = {"no_downgrade", WEIGHT_STYLE, "revision %s has no downgrade",
"write one, or raise an error in it that says why there is none"};

const Rule	rule_data_in_the_way = {"data_in_the_way", WEIGHT_USE, "%s",
"put the rows right first, in a revision before it"};

const Rule	trial_rules[NTRIALRULES] = {
	[RULE_STATEMENT_BREAKS] = {
		"statement_breaks", WEIGHT_USE, "%s",
		"release code that does not send it first; migrate.impact() has the whole text"
	},[RULE_STATEMENT_MAY_BREAK] = {
		"statement_may_break", WEIGHT_USE, "%s", "migrate.impact() says on what it depends"
	},[RULE_RESULT_CHANGES] = {
		"result_changes", WEIGHT_USE, "%s", "see that the code takes both results"
	},[RULE_REHEARSAL_FAILS] = {
		"rehearsal_fails", WEIGHT_USE, "it fails on the rows that are there: %s",
		"migrate.rehearse() shows the error"
	},[RULE_DOWNGRADE_FAILS] = {
		"downgrade_fails", WEIGHT_USE, "its downgrade fails on the rows that are there: %s",
		"migrate.rehearse() shows the error"
	},[RULE_DOWNGRADE_LOSES] = {
		"downgrade_loses", WEIGHT_USE, "its downgrade %s",
		"keep a copy, or say with migrate:allow that it is meant"
	},[RULE_DRIFT] = {
		"drift", WEIGHT_USE, "the schema is not what the applied revisions make: %s",
		"migrate.drift() lists the differences; migrate.record() makes a revision of them"
	}
};

static bool
is_called(const Rule *rule, const char *name)
{
	return strcmp(rule->name, name) == 0;
}

bool
rule_exists(const char *name)
{
	for (int i = 0; i < NRULES; i++)
		if (is_called(&rule_list[i], name))
			return true;
	for (int i = 0; i < NTRIALRULES; i++)
		if (is_called(&trial_rules[i], name))
			return true;
	return is_called(&rule_no_downgrade, name) || is_called(&rule_data_in_the_way, name);
}
