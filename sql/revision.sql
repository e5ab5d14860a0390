-- Writing revisions: revision, merge, edit, remove, script.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;

-- an identifier of our own making: 12 hexadecimal digits
SELECT migrate.revision('one that goes again') ~ '^[0-9a-f]{12}$' AS made;
SELECT migrate.remove('head');

SELECT migrate.revision('Create users', 'CREATE TABLE users (id int PRIMARY KEY);', 'DROP TABLE users;', rev_id => 'aa01');
SELECT migrate.revision('Add a phone', 'ALTER TABLE users ADD phone text;', 'ALTER TABLE users DROP phone;', rev_id => 'bb01');
-- no downgrade: irreversible; no message: Alembic's word for it
SELECT migrate.revision(NULL, 'DELETE FROM users;', rev_id => 'cc01');
-- a branch needs splice, and takes a label
SELECT migrate.revision('Billing', head => '{aa01}', rev_id => 'dd01');
SELECT migrate.revision('Billing', 'CREATE TABLE invoices (id int);', 'DROP TABLE invoices;', head => '{aa01}', splice => true,
	branch_label => '{billing}', rev_id => 'dd01');
-- a base of its own, which depends on another branch, by a prefix and by a label
SELECT migrate.revision('Reports', head => '{base}', branch_label => '{reports,figures}', depends_on => '{bb0,billing,bb01,billing}', rev_id => 'ee01');
SELECT * FROM migrate.heads();
SELECT revision, down_revisions, message, branch_labels, depends_on, is_head, is_branch_point, is_merge_point
  FROM migrate.history();
-- two heads: which one?
SELECT migrate.revision('Next', rev_id => 'ff01');
SELECT migrate.merge(rev_id => 'ff01');
SELECT migrate.merge('{cc01,dd01}', 'Merge billing', branch_label => '{merged}', rev_id => 'ff01');
SELECT migrate.merge('{ff01}', rev_id => 'ff02');
SELECT migrate.merge('{ff01,ff}', rev_id => 'ff02');
SELECT revision, down_revisions, is_merge_point FROM migrate.history('ff01:');
-- what is no head is merged only if that is said
SELECT migrate.merge('{bb01,ee01}', rev_id => 'ff02');
SELECT migrate.merge('{bb01,bb}', rev_id => 'ff02', splice => true);
SELECT migrate.merge('{bb01,ee01}', 'not at the end', rev_id => 'ff02', splice => true);
SELECT revision, down_revisions, is_merge_point FROM migrate.history('ff02:') WHERE revision = 'ff02';
SELECT migrate.remove('ff02');
SELECT migrate.merge('{bb01,ee01}', splice => NULL);
\pset format unaligned
\pset tuples_only on
SELECT regexp_replace(migrate.script('ee01'), 'Create Date: .*?\n', E'Create Date: ...\n');
SELECT regexp_replace(migrate.script('cc01'), 'Create Date: .*?\n', E'Create Date: ...\n');
SELECT regexp_replace(migrate.script('ff01'), 'Create Date: .*?\n', E'Create Date: ...\n');
\pset format aligned
\pset tuples_only off

-- load(script(r)) is the identity
SELECT outcome, count(*) FROM migrate.load_files(ARRAY(SELECT migrate.script(revision) FROM migrate.history())) GROUP BY 1;

-- edit: null leaves a part as it is
SELECT migrate.edit('cc01', message => E'Clean up\n\nThe users were only for tests.');
SELECT migrate.edit('cc01', downgrade => '');
SELECT message, down_revisions FROM migrate.history('bb01:cc01') LIMIT 1;
SELECT upgrade, downgrade FROM migrate.scripts WHERE revision = 'cc01';
SELECT migrate.edit('cc01', upgrade => 'DELETE FORM users');
SELECT migrate.upgrade('bb01');
SELECT migrate.edit('bb01', upgrade => 'SELECT 1');
SELECT migrate.edit('current', message => 'x');
SELECT migrate.edit('base', message => 'x');
SELECT migrate.edit('nosuch', message => 'x');
SELECT migrate.edit('heads', message => 'x');

-- remove: only an unapplied head that nothing depends on
SELECT migrate.remove('bb01');
SELECT migrate.remove('cc01');
SELECT migrate.remove('dd01');
SELECT migrate.remove('base');
SELECT migrate.remove('ee01');
SELECT migrate.remove('ff01');
SELECT * FROM migrate.heads() ORDER BY 1;

-- what a message may hold
SELECT migrate.revision('Revises: another', head => '{cc01}', rev_id => 'ab01');
SELECT migrate.revision(E'Text\nmigrate:up', head => '{cc01}', rev_id => 'ab01');
SELECT migrate.revision(E'  "quotes", \\backslashes, $$dollars$$, a tab\there, ümläut  \r\n\r\n  second line  \n\n', head => '{cc01}', rev_id => 'ab01');
SELECT to_json(message) FROM migrate.revisions WHERE revision = 'ab01';
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('ab01')]);
SELECT migrate.revision('x', upgrade => E'SELECT 1;\n-- migrate:down\nSELECT 2;', head => '{ab01}');

-- rebase: a revision, and what is on top of it, gets another parent
SELECT migrate.revision('two people', head => '{ab01}', rev_id => 'ra01');
SELECT migrate.revision('wrote at once', head => '{ab01}', splice => true, rev_id => 'rb01');
SELECT migrate.revision('and went on', head => '{rb01}', rev_id => 'rb02');
SELECT migrate.rebase('rb01', 'ra01');
SELECT revision, down_revisions FROM migrate.history('ab01:rb02');
SELECT outcome FROM migrate.load_files(ARRAY[migrate.script('rb01')]);
SELECT migrate.rebase('rb01', 'rb02');
SELECT migrate.rebase('rb01', 'rb01');
SELECT migrate.rebase('rb02', 'base');
-- the head that "head" means is the one that does not come along
SELECT migrate.remove('ee01');
SELECT migrate.remove('dd01');
SELECT migrate.rebase('rb02');
SELECT revision, down_revisions FROM migrate.history() LIMIT 1;
SELECT migrate.rebase('aa01', 'cc01');
SELECT migrate.rebase('nosuch');
SELECT migrate.rebase(NULL);
SELECT migrate.rebase('rb01', NULL);
SELECT migrate.remove(r) FROM unnest('{rb02,rb01,ra01}'::text[]) r;
SELECT migrate.heads();

-- nulls and empty arrays
SELECT migrate.revision('x', NULL);
SELECT migrate.revision('x', head => NULL);
SELECT migrate.revision('x', head => '{}');
SELECT migrate.revision('x', head => '{NULL}');
SELECT migrate.revision('x', head => '{{aa01,bb01},{cc01,dd01}}');
SELECT migrate.revision('x', splice => NULL);
SELECT migrate.revision('x', branch_label => '{""}', head => '{ab01}');
SELECT migrate.revision('x', rev_id => '');
SELECT migrate.edit(NULL);
SELECT migrate.remove(NULL);
SELECT migrate.script(NULL);
SELECT migrate.downgrade('base');
SELECT count(*) FROM migrate.history();
