-- Scripts for psql: upgrade_sql, downgrade_sql, stamp_sql.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
SELECT migrate.revision('users', E'BEGIN;\nCREATE TABLE off_users (id int PRIMARY KEY, name text); -- with a comment\nCOMMIT;', 'DROP TABLE off_users', rev_id => 'o1');
SELECT migrate.revision('settings''', E'SET search_path = pg_catalog;\nSET LOCAL work_mem = ''8MB'';\nINSERT INTO public.off_users VALUES (1, ''a;b'') -- no semicolon', 'TRUNCATE off_users', rev_id => 'o2');
SELECT migrate.revision('index', 'CREATE INDEX CONCURRENTLY off_i ON off_users (name)', 'DROP INDEX CONCURRENTLY off_i', rev_id => 'o3');
SELECT migrate.revision('side', '', '', head => '{o1}', splice => true, rev_id => 'o4', branch_label => '{side}');
SELECT migrate.revision('no way back', 'SELECT 1', rev_id => 'o5', head => '{o3}');
SELECT migrate.merge('{o4,o5}', rev_id => 'o6');
-- what every script has, but for checksums and dates
CREATE FUNCTION pg_temp.fixed(script text) RETURNS text LANGUAGE sql AS $f$
	SELECT regexp_replace(regexp_replace(script, '\\x[0-9a-f]{64}', '\\x...', 'g'), '''[-0-9]{10} [^'']*''::timestamptz', 'DATE', 'g')
$f$;
-- its sections, without what says again what the revisions are
CREATE FUNCTION pg_temp.sections(script text) RETURNS text LANGUAGE sql AS $f$
	SELECT regexp_replace(regexp_replace(pg_temp.fixed(substr(script, strpos(script, E'\\set ECHO errors\n'))),
		'INSERT INTO migrate.revisions .*?excluded.file_name;\n', '', 'g'), 'INSERT INTO migrate.scripts .*?excluded.verify_line;\n', '', 'g')
$f$;
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.fixed(migrate.upgrade_sql('o1'));
SELECT pg_temp.sections(migrate.upgrade_sql('o3,o4'));
SELECT pg_temp.sections(migrate.upgrade_sql('o3,o4', online => true));
SELECT pg_temp.sections(migrate.upgrade_sql('o2:o3'));
SELECT pg_temp.sections(migrate.downgrade_sql('o3:base'));
SELECT pg_temp.sections(migrate.downgrade_sql('o2:base', online => true));
SELECT pg_temp.sections(migrate.stamp_sql('heads'));
SELECT pg_temp.sections(migrate.stamp_sql('o3:o2'));
SELECT pg_temp.sections(migrate.upgrade_sql('o6:o6'));
SELECT pg_temp.sections(migrate.downgrade_sql('o6:o1'));
SELECT pg_temp.sections(migrate.downgrade_sql('o1'));
SELECT pg_temp.sections(migrate.upgrade_sql('o1:o2:o3'));
-- from where several revisions are current
SELECT pg_temp.sections(migrate.upgrade_sql('o5, o4:o6'));
SELECT pg_temp.sections(migrate.upgrade_sql('side,o3,base:o5'));
SELECT pg_temp.sections(migrate.downgrade_sql('o4,o3:o2'));
SELECT pg_temp.sections(migrate.upgrade_sql('o1,o4:o6'));
SELECT pg_temp.sections(migrate.upgrade_sql('o4,:o6'));
SELECT pg_temp.sections(migrate.upgrade_sql('o4,o9:o6'));

\! mkdir -p results
-- they run with plain psql and have the same effect
\o results/offline_run.sql
SELECT migrate.upgrade_sql('o3,o4');
\o
\set ECHO none
\i results/offline_run.sql
\set ECHO all
SELECT migrate.current();
SHOW search_path;
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 'off_users'::regclass ORDER BY 1;
SELECT action, revision, message, outcome, version_before, version_after, duration > '0' AS took, length(checksum), statements, statements_done, tries FROM migrate.log ORDER BY id;
-- psql was told to stop at an error
\echo :ON_ERROR_STOP
\set ON_ERROR_STOP off
-- run again it has nothing left to do
\set ECHO none
\i results/offline_run.sql
\set ECHO all
SELECT count(*) FROM migrate.log;
-- where the database is somewhere else, nothing happens
\o results/offline_run.sql
SELECT migrate.upgrade_sql('base:o2');
\o
\setenv PGDATABASE :DBNAME
\! psql -X -q -f results/offline_run.sql 2>&1
SELECT count(*) FROM migrate.log;
SELECT migrate.current();
-- and down again
SELECT migrate.stamp('o3', purge => true);
\o results/offline_run.sql
SELECT migrate.downgrade_sql('o3:base');
\o
\set ECHO none
\i results/offline_run.sql
\set ECHO all
SELECT count(*), to_regclass('off_users') FROM migrate.current();
