-- What the files of a directory mean: files_status() and prune().
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE FUNCTION file(id text, revises text, header text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format(E'-- make %s\n-- Revision ID: %s\n-- Revises: %s\n%s-- migrate:up\nSELECT 1;\n-- migrate:down\n', $1, $1, $2, $3)
$$;
RESET client_min_messages;
\pset null (null)

-- nothing at all
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{}');
SELECT * FROM migrate.prune('{}');
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a}');

-- a revision whose file is gone, and one in its place
SELECT migrate.load(file('a', '')), migrate.load(file('b', 'a'));
SELECT migrate.upgrade('a');
SELECT * FROM migrate.load_files(ARRAY[file('a', ''), file('c', 'a')]);
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,c}');
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,c}', 'head');
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,c}', 'heads');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', '+1');
-- a name that only the other one has means nothing here
SELECT migrate.load(file('c12', 'b'));
SELECT target_revisions FROM migrate.files_status('{a,c}', 'c1');
-- without any file
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{}');
-- it is applied after all: two ways, of which neither is meant
SELECT migrate.upgrade('b');
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,c}');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', 'heads');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', 'c');
-- both are applied: nothing is to be done
SELECT migrate.upgrade('c');
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,c}');
-- the files of an older release
SELECT heads, target_revisions, pending, apart, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a}');
SELECT target_revisions, pending FROM migrate.files_status('{a}', 'a');

-- a parent, or a dependency, without a file
SELECT migrate.load(file('d', 'c12')), migrate.load(file('e', '', E'-- Depends On: d\n')), migrate.load(file('f', 'e'));
SELECT heads, target_revisions, pending, missing, missing_applied, ahead, unknown FROM migrate.files_status('{a,b,c,d,f}');
SELECT heads, missing, missing_applied, ahead, unknown FROM migrate.files_status('{c}');
-- what lies between two files is no head
SELECT migrate.load(file('g', 'd')), migrate.load(file('h', 'g'));
SELECT heads, target_revisions, missing FROM migrate.files_status('{a,b,c,c12,d,h}', 'h');

-- what is neither applied nor needed goes, whatever is on top of it
SELECT * FROM migrate.prune('{c12}');
SELECT revision, is_head, is_applied FROM migrate.history() ORDER BY revision;
SELECT * FROM migrate.prune('{a}');
SELECT is_real_head, revision FROM migrate.revisions ORDER BY 2;
-- a half-done one is not forgotten
SELECT migrate.load(E'-- x\n-- Revision ID: x\n-- Revises: c\n-- migrate:up transaction:false\nSELECT 1;\nSELECT 1/0;\n-- migrate:down\n');
CALL migrate.deploy('x');
SELECT * FROM migrate.prune('{a,b,c}');
SELECT apart, unknown FROM migrate.files_status('{a,b,c}');
SELECT migrate.resolve('x', 'rolled_back');
SELECT * FROM migrate.prune('{a,b,c}');

-- directories know of their own heads only; single files of all
SELECT migrate.load(file('y', 'c'));
SELECT * FROM migrate.load_files(ARRAY[file('a', ''), file('b', 'a'), file('c', 'a'), file('z', 'c')]);
SELECT migrate.load(file('w', 'c'));
SELECT * FROM migrate.load_files(ARRAY[file('u', 'c'), file('v', 'c')]);

-- the same of files that are not loaded
SELECT heads, target_revisions, pending, messages, unknown, files, added, replaced
	FROM migrate.check_files(ARRAY[file('a', ''), file('b', 'a'), file('c', 'a'), file('m', 'b,c')]);
SELECT apart_words, to_rebase, to_undo FROM migrate.check_files(ARRAY[file('a', ''), file('b', 'a'), file('c', 'a'), file('m', 'b')]);
SELECT apart_words, to_rebase, to_undo FROM migrate.check_files(ARRAY[file('a', ''), file('c', 'a'), file('m', 'c')]);
SELECT pending, added, replaced, unknown FROM migrate.check_files(ARRAY[file('a', ''), file('b', 'a'), file('c', 'a'), file('y', 'b')], NULL, 'heads');
SELECT files, added, replaced FROM migrate.check_files(ARRAY['CREATE TABLE host ()', file('a', '')], ARRAY['prelude.sql', 'a.sql']);
SELECT files, heads FROM migrate.check_files('{}');
-- its errors are those of loading
SELECT files FROM migrate.check_files(ARRAY[file('a', ''), file('n', 'nosuch')]);
SELECT files FROM migrate.check_files(ARRAY[replace(file('n', 'a'), 'SELECT 1', 'SELEC')], ARRAY['n.sql']);
SELECT files FROM migrate.check_files(ARRAY[replace(file('a', ''), 'SELECT 1', 'SELECT 2')], ARRAY['a.sql']);
SELECT files FROM migrate.check_files(ARRAY['nothing']);
SELECT files FROM migrate.check_files(ARRAY['SELEC', file('a', '')], ARRAY['prelude.sql', 'a.sql']);
SELECT count(*) FROM migrate.history() WHERE revision IN ('m', 'n');

-- what a file of an applied revision may say differently
SELECT migrate.load(E'-- made\n-- Revision ID: k\n-- Revises: c\n-- Branch Labels: kk\n-- migrate:up\nCREATE TABLE k (id int, t text DEFAULT \'a\nb\');\nSELECT 1;\n-- migrate:down\nDROP TABLE k;\n', 'k.sql');
SELECT migrate.upgrade('k');
CREATE FUNCTION k(up text, down text DEFAULT 'DROP TABLE k', header text DEFAULT E'-- Revises: c\n-- Branch Labels: kk\n') RETURNS text[] LANGUAGE sql AS $$
	SELECT ARRAY[E'-- another message\n-- Revision ID: k\n' || header || E'-- migrate:up\n' || up || coalesce(E'\n-- migrate:down\n' || down, '') || E'\n']
$$;
\set up 'CREATE TABLE k (id int, t text DEFAULT ''a\nb'');\nSELECT 1;'
SELECT outcome FROM migrate.load_files(k('/* CREATE */ create table K(id int , t text -- or varchar' || E'\r\n\n' || 'default ''a' || E'\r\n' || 'b'') ; select 1'));
SELECT outcome FROM migrate.load_files(k(:'up', E'DROP TABLE\n\tk;;'));
SELECT action, revision, message, version_before = version_after AS same FROM migrate.log WHERE action = 'repair' ORDER BY id;
SELECT message FROM migrate.history() WHERE revision = 'k';
SELECT last_action, last_revision FROM migrate.status();
-- and what not
SELECT difference FROM migrate.changed_files(k(:'up'));
SELECT difference FROM migrate.changed_files(k(:'up' || ' SELECT 2'));
SELECT difference FROM migrate.changed_files(k(replace(:'up', 'SELECT 1', '')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', 'int', '"int"')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', ' k ', ' "K" ')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', E'a\nb', E'a\nB')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', E'a\nb', 'a b')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', 'SELECT 1', 'SELECT $x$1$x$')));
SELECT difference FROM migrate.changed_files(k(replace(:'up', 'SELECT 1', E'SELECT ''\u00e9'' || repeat(''' || repeat('x', 300) || ''', 2)')));
SELECT difference FROM migrate.changed_files(k(:'up', NULL));
SELECT difference FROM migrate.changed_files(k(:'up', ''));
SELECT difference FROM migrate.changed_files(k(:'up', 'DROP TABLE k', E'-- Revises: b\n-- Branch Labels: kk\n'));
SELECT difference FROM migrate.changed_files(k(:'up', 'DROP TABLE k', E'-- Revises: c\n-- Depends On: b\n-- Branch Labels: kk\n'));
SELECT difference FROM migrate.changed_files(k(:'up', 'DROP TABLE k', E'-- Revises: c\n'));
SELECT difference FROM migrate.changed_files(k(:'up', 'DROP TABLE k', E'-- Revises: c\n-- Create Date: 2020-01-01\n-- Branch Labels: kk\n'));
SELECT * FROM migrate.changed_files(k(:'up') || ARRAY[file('a', ''), file('new', 'k')]);
SELECT outcome FROM migrate.load_files(k(:'up', 'SELECT 1'), ARRAY['k.sql']);
SELECT outcome FROM migrate.load_files(k(:'up', 'DROP TABLE k', E'-- Revises: b\n'), ARRAY['k.sql']);
SELECT * FROM migrate.repair(k(:'up', 'DROP TABLE k', E'-- Revises: b\n'), ARRAY['k.sql']);
SELECT * FROM migrate.repair(k(:'up', 'SELECT 1'), ARRAY['k.sql'], '{a}');
SELECT * FROM migrate.repair(k(:'up', 'SELECT 1'), ARRAY['k.sql'], '{kk}', 'for good');
SELECT * FROM migrate.repair(k(:'up', 'SELECT 1'), ARRAY['k.sql'], '{nosuch}', 'for good');
SELECT outcome FROM migrate.load_files(k(:'up', 'SELECT 1'));
-- by hand
SELECT migrate.edit('k', downgrade => 'DROP TABLE k', message => 'by hand');
SELECT migrate.edit('k', upgrade => 'SELECT 3');
SELECT migrate.edit('k', upgrade => :'up' || ' -- as it was');
SELECT revision, message FROM migrate.log WHERE action = 'repair' ORDER BY id;
SELECT migrate.downgrade('k@-1');
SELECT migrate.edit('k', upgrade => 'SELECT 3');
DROP FUNCTION k;

-- who may read may ask, only who may write may forget
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_files;
CREATE ROLE regress_files;
GRANT USAGE ON SCHEMA migrate TO regress_files;
SET ROLE regress_files;
SELECT heads FROM migrate.files_status('{a}');
BEGIN READ ONLY;
SELECT heads, pending, added FROM migrate.check_files(ARRAY[file('a', ''), file('c', 'a'), file('m', 'c')], NULL, 'm');
COMMIT;
SELECT * FROM migrate.prune('{a}');
RESET ROLE;
DROP OWNED BY regress_files;
DROP ROLE regress_files;
DROP FUNCTION file;
