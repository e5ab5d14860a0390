-- Every SQLSTATE of the atomic calls, with its message, detail and hint.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
-- abcd1 <- abcd2 <- left1 <- left2 (left)
--                <- right1 (right) ; other1 (other) is a base of its own
SELECT migrate.revision('one', '', '', rev_id => 'abcd1');
SELECT migrate.revision('two', '', '', rev_id => 'abcd2');
SELECT migrate.revision('left', '', '', rev_id => 'left1', branch_label => '{left}');
SELECT migrate.revision('left again', '', NULL, rev_id => 'left2');
SELECT migrate.revision('right', '', '', rev_id => 'right1', head => '{abcd2}', splice => true, branch_label => '{right}');
SELECT migrate.revision('other', 'VACUUM', '', rev_id => 'other1', head => '{base}', branch_label => '{other}');

-- MG001 cant_locate
SELECT migrate.upgrade('abdc1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.upgrade('abcd1+1junk');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.show('');
\echo :LAST_ERROR_SQLSTATE
-- MG002 ambiguous_prefix
SELECT migrate.upgrade('abcd');
\echo :LAST_ERROR_SQLSTATE
-- MG003 no_such_branch
SELECT migrate.upgrade('nosuch@head');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.downgrade('nosuch@abcd1');
\echo :LAST_ERROR_SQLSTATE
-- MG004 not_on_branch
SELECT migrate.upgrade('other@abcd1');
\echo :LAST_ERROR_SQLSTATE
-- MG005 multiple_heads
SELECT migrate.upgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.upgrade('abcd1@head');
\echo :LAST_ERROR_SQLSTATE
-- MG006 ambiguous_walk
SELECT migrate.upgrade('+1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.upgrade('abcd2+1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.stamp('left1,right1');
SELECT migrate.downgrade('-1');
\echo :LAST_ERROR_SQLSTATE
-- MG007 ambiguous_upgrade
SELECT migrate.upgrade('+1');
\echo :LAST_ERROR_SQLSTATE
-- MG008 relative_too_far
SELECT migrate.upgrade('left@+2');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.upgrade('left1+99999999999999999999');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.downgrade('left@-7');
\echo :LAST_ERROR_SQLSTATE
-- MG009 overlap
SELECT migrate.upgrade('left1,left2');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.stamp('abcd1,left2');
\echo :LAST_ERROR_SQLSTATE
-- MG010 range_not_ancestor
SELECT migrate.history('right1:left2');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.downgrade('left2');
\echo :LAST_ERROR_SQLSTATE
-- MG011 invalid_downgrade_target
SELECT migrate.downgrade('other@abcd2');
\echo :LAST_ERROR_SQLSTATE
-- MG012 cycle
SELECT migrate.load_files(ARRAY[E'-- x\n-- Revision ID: x1\n-- Revises: x2\n-- migrate:up', E'-- x\n-- Revision ID: x2\n-- Depends On: x1\n-- migrate:up']);
\echo :LAST_ERROR_SQLSTATE
-- MG013 duplicate_label
SELECT migrate.revision('x', branch_label => '{left}', head => '{left2}', rev_id => 'x1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', branch_label => '{abcd1}', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', rev_id => 'abcd1', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
-- MG014 illegal_identifier
SELECT migrate.revision('x', rev_id => 'a@b', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', rev_id => 'a b', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', rev_id => 'head', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', branch_label => '{release-2}', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
-- MG015 not_a_head
SELECT migrate.revision('x', head => '{abcd1}');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.remove('abcd2');
SELECT migrate.stamp('base');
SELECT migrate.remove('abcd2');
\echo :LAST_ERROR_SQLSTATE
-- MG016 duplicate_heads
SELECT migrate.revision('x', head => '{left2,left@head}');
\echo :LAST_ERROR_SQLSTATE
-- MG017 bad_range
SELECT migrate.upgrade('abcd1:left1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.history('abcd1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.history('a:b:c');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.downgrade_sql('abcd1');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.stamp_sql('abcd1:left1,right1:left1');
\echo :LAST_ERROR_SQLSTATE
-- MG018 missing_revision
SELECT migrate.load(E'-- x\n-- Revision ID: x1\n-- Revises: left3\n-- migrate:up', 'x1.sql');
\echo :LAST_ERROR_SQLSTATE
-- but not itself
SELECT migrate.load(E'-- x\n-- Revision ID: left3\n-- Revises: left4\n-- migrate:up', 'left3.sql');
SELECT migrate.load(E'-- x\n-- Revision ID: x02\n-- Revises: x01\n-- Branch Labels: x03\n-- migrate:up', 'x02.sql');
SELECT migrate.revision('x', head => '{left2}', depends_on => '{nosuch}');
\echo :LAST_ERROR_SQLSTATE
-- MG019 bad_script
SELECT migrate.load('SELECT 1', 'x1.sql');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.revision('x', 'SELEKT 1', head => '{left2}');
\echo :LAST_ERROR_SQLSTATE
-- MG020 irreversible
SELECT migrate.stamp('left2');
SELECT migrate.downgrade();
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.downgrade_sql('left2:base');
\echo :LAST_ERROR_SQLSTATE
-- MG021 revision_applied
SELECT migrate.remove('left2');
SELECT migrate.edit('left1', message => 'x');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.load(E'-- x\n-- Revision ID: left1\n-- Revises: abcd2\n-- migrate:up', 'x1.sql');
\echo :LAST_ERROR_SQLSTATE
-- MG024 needs_own_transaction
SELECT migrate.upgrade('other');
\echo :LAST_ERROR_SQLSTATE

-- 42P01, 42703, 22023 and 55000 are the server's own
SELECT migrate.graph('svg');
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA migrate RENAME TO migrated;
SELECT migrated.upgrade();
\echo :LAST_ERROR_SQLSTATE
ALTER SCHEMA migrated RENAME TO migrate;
ALTER TABLE migrate.revisions RENAME message TO text;
SELECT migrate.heads();
\echo :LAST_ERROR_SQLSTATE
ALTER TABLE migrate.revisions RENAME text TO message;

-- rows changed by hand are named, and a stamp with purge mends them
INSERT INTO migrate.version VALUES ('abcd1');
SELECT migrate.current();
SELECT migrate.upgrade('left2');
\echo :LAST_ERROR_SQLSTATE
SELECT migrate.stamp('left2', purge => true);
INSERT INTO migrate.version VALUES ('nosuch');
DELETE FROM migrate.revisions WHERE revision = 'left2';
UPDATE migrate.revisions SET down_revisions = '{left2}' WHERE revision = 'abcd1';
SELECT migrate.history();
\echo :LAST_ERROR_SQLSTATE
UPDATE migrate.revisions SET down_revisions = '{}' WHERE revision = 'abcd1';
SELECT migrate.current();
