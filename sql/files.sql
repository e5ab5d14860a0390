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
