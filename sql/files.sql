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
SELECT * FROM migrate.files_status('{}');
SELECT * FROM migrate.prune('{}');
SELECT * FROM migrate.files_status('{a}');

-- a revision whose file is gone, and one in its place
SELECT migrate.load(file('a', '')), migrate.load(file('b', 'a'));
SELECT migrate.upgrade('a');
SELECT * FROM migrate.load_files(ARRAY[file('a', ''), file('c', 'a')]);
SELECT * FROM migrate.files_status('{a,c}');
SELECT * FROM migrate.files_status('{a,c}', 'head');
SELECT * FROM migrate.files_status('{a,c}', 'heads');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', '+1');
-- a name that only the other one has means nothing here
SELECT migrate.load(file('c12', 'b'));
SELECT target_revisions FROM migrate.files_status('{a,c}', 'c1');
-- without any file
SELECT * FROM migrate.files_status('{}');
-- it is applied after all: two ways, of which neither is meant
SELECT migrate.upgrade('b');
SELECT * FROM migrate.files_status('{a,c}');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', 'heads');
SELECT target_revisions, pending, apart FROM migrate.files_status('{a,c}', 'c');
-- both are applied: nothing is to be done
SELECT migrate.upgrade('c');
SELECT * FROM migrate.files_status('{a,c}');
-- the files of an older release
SELECT * FROM migrate.files_status('{a}');
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
SELECT migrate.resolve('x', 'rolled back');
SELECT * FROM migrate.prune('{a,b,c}');

-- directories know of their own heads only; single files of all
SELECT migrate.load(file('y', 'c'));
SELECT * FROM migrate.load_files(ARRAY[file('a', ''), file('b', 'a'), file('c', 'a'), file('z', 'c')]);
SELECT migrate.load(file('w', 'c'));
SELECT * FROM migrate.load_files(ARRAY[file('u', 'c'), file('v', 'c')]);

-- who may read may ask, only who may write may forget
SET client_min_messages = warning;
DROP ROLE IF EXISTS regress_files;
CREATE ROLE regress_files;
GRANT USAGE ON SCHEMA migrate TO regress_files;
SET ROLE regress_files;
SELECT heads FROM migrate.files_status('{a}');
SELECT * FROM migrate.prune('{a}');
RESET ROLE;
DROP OWNED BY regress_files;
DROP ROLE regress_files;
DROP FUNCTION file;
