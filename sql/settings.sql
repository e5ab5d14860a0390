-- SET in a revision: heeded for the statements after it, as by psql; over when the revision is.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE ROLE settings_joe;
CREATE SCHEMA settings_other;
GRANT CREATE, USAGE ON SCHEMA public, settings_other TO settings_joe;
CREATE ACCESS METHOD settings_heap TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE seen (n int GENERATED ALWAYS AS IDENTITY, place text, setting text, value text);
GRANT ALL ON seen TO PUBLIC;
-- lock_timeout is not among them: while a statement runs it is what patience makes of it
CREATE FUNCTION look(place text) RETURNS void LANGUAGE sql AS $$
	INSERT INTO public.seen (place, setting, value)
	SELECT look.place, s, current_setting(s, true) FROM unnest('{search_path,role,statement_timeout,client_encoding,
		check_function_bodies,default_table_access_method,row_security,session_replication_role,settings.own}'::text[]) AS s $$;
CREATE PROCEDURE look_on(place text) LANGUAGE sql AS 'SELECT public.look(place)';
CREATE PROCEDURE reset_seen() LANGUAGE plpgsql AS $$ BEGIN
	DELETE FROM seen;
	DROP TABLE IF EXISTS settings_other.made, public.made;
END $$;
CREATE VIEW told AS SELECT setting, string_agg(value, ' | ' ORDER BY n) AS "caller | revision | after SET | next revision | caller"
	FROM seen GROUP BY setting ORDER BY setting COLLATE "C";
SET statement_timeout = '31s';
SET settings.own = 'the caller''s';
\set begin 'SELECT public.look(''begin''); '
\set end '; SELECT public.look(''end''); CREATE TABLE made AS SELECT 1 AS i'
\set sets 'SET statement_timeout = ''61s''; SET client_encoding = LATIN1; SET check_function_bodies = off; SET default_table_access_method = settings_heap; SET row_security = off; SET session_replication_role = replica; SET settings.own = x; SET search_path = settings_other, public; SET ROLE settings_joe'
\set locals 'SET LOCAL statement_timeout = ''61s''; SET LOCAL check_function_bodies = off; SET LOCAL default_table_access_method = settings_heap; SET LOCAL row_security = off; SET LOCAL session_replication_role = replica; SET LOCAL settings.own = x; SET LOCAL search_path = settings_other, public; SET LOCAL ROLE settings_joe'
\set calls 'SELECT set_config(name, value, false) FROM (VALUES (''statement_timeout'', ''61s''), (''row_security'', ''off''), (''session_replication_role'', ''replica''), (''settings.own'', ''x''), (''search_path'', ''settings_other, public''), (''role'', ''settings_joe'')) AS v (name, value)'
\set body 'DO $d$ BEGIN SET statement_timeout = ''61s''; SET session_replication_role = replica; SET settings.own = x; SET search_path = settings_other, public; SET ROLE settings_joe; END $d$'
SELECT migrate.load(format(E'-- one\n-- Revision ID: a1\n-- Revises:\n\n-- migrate:up\n%s%s%s\n-- migrate:down\nSELECT 1', :'begin', :'sets', :'end'));
SELECT migrate.load(format(E'-- two\n-- Revision ID: b1\n-- Revises:\n\n-- migrate:up transaction:false\n%s%s%s\n-- migrate:down\nSELECT 1', :'begin', :'sets', :'end'));
SELECT migrate.load(format(E'-- next\n-- Revision ID: a2\n-- Revises: a1\n\n-- migrate:up\nSELECT public.look(''next'')\n-- migrate:down\nSELECT 1'));
SELECT migrate.load(format(E'-- next\n-- Revision ID: b2\n-- Revises: b1\n\n-- migrate:up\nSELECT public.look(''next'')\n-- migrate:down\nSELECT 1'));
CREATE PROCEDURE written_as(statements text, place_begin text, place_end text) LANGUAGE plpgsql AS $$ BEGIN
	PERFORM migrate.downgrade('base');
	PERFORM migrate.edit('a1', upgrade => place_begin || statements || place_end);
	PERFORM migrate.edit('b1', upgrade => place_begin || statements || place_end);
	CALL public.reset_seen();
END $$;

-- in a transaction
CALL look_on('before');
SELECT migrate.upgrade('a2');
CALL look_on('after');
TABLE told;
SELECT relnamespace::regnamespace, relowner::regrole, amname FROM pg_class AS c JOIN pg_am AS a ON a.oid = relam WHERE relname = 'made';
CALL written_as(:'locals', :'begin', :'end');
CALL look_on('before');
SELECT migrate.upgrade('a2');
CALL look_on('after');
TABLE told;
CALL written_as(:'calls', :'begin', :'end');
CALL look_on('before');
SELECT migrate.upgrade('a2');
CALL look_on('after');
TABLE told;
CALL written_as('RESET ALL', :'begin', :'end');
CALL look_on('before');
SELECT migrate.upgrade('a2');
CALL look_on('after');
SELECT * FROM told WHERE setting IN ('statement_timeout', 'settings.own');

-- deploy, in a transaction for each
CALL written_as(:'sets', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('a2');
CALL look_on('after');
TABLE told;

-- statement by statement: SET lasts to the end of the revision
CALL written_as(:'sets', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
TABLE told;
SELECT relnamespace::regnamespace, relowner::regrole, amname FROM pg_class AS c JOIN pg_am AS a ON a.oid = relam WHERE relname = 'made';
-- LOCAL alone has no effect
CALL written_as('SET LOCAL settings.own = ''z''; SET LOCAL search_path = settings_other', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
SELECT * FROM told WHERE setting IN ('search_path', 'settings.own');
-- functions, and what a block does
CALL written_as(:'calls', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
TABLE told;
CALL written_as(:'body', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
TABLE told;
CALL written_as('', '', '');
SELECT migrate.edit('b1', upgrade => :'begin' || 'BEGIN; SET settings.own = ''kept''; SET LOCAL statement_timeout = ''71s''; SELECT set_config(''row_security'', ''off'', false); COMMIT; BEGIN; SET settings.own = ''undone''; ROLLBACK' || :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
SELECT * FROM told WHERE setting IN ('statement_timeout', 'settings.own', 'row_security');
CALL written_as('RESET ALL', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
SELECT * FROM told WHERE setting IN ('statement_timeout', 'settings.own');
CALL written_as('SET ROLE settings_joe; DISCARD ALL', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
SELECT * FROM told WHERE setting IN ('statement_timeout', 'settings.own', 'role');
-- who has given up a right does not need it to get the settings back, nor after a failure
CALL written_as('SET session_replication_role = replica; SET SESSION AUTHORIZATION settings_joe; SELECT 1/0', :'begin', :'end');
CALL look_on('before');
CALL migrate.deploy('b2');
CALL look_on('after');
SELECT setting, string_agg(value, ' | ' ORDER BY n) AS "caller | revision | caller" FROM seen WHERE setting IN ('session_replication_role', 'role', 'settings.own') GROUP BY 1 ORDER BY 1;
SELECT session_user = current_user AS is_myself;
SELECT migrate.resolve('b1', 'rolled_back');

-- a script for psql gives back what it can see
CALL written_as('SELECT pg_catalog.set_config(''search_path'', '''', false), 1; SET LOCAL statement_timeout = 0', '', '');
SELECT string_agg(line, E'\n') FROM regexp_split_to_table(migrate.upgrade_sql('a1'), '\n') AS line WHERE line ~ '^(SET|RESET|SELECT pg_catalog.set_config)';

-- each statement has the time that is set then
CALL written_as('SET statement_timeout = ''1h''; SELECT pg_sleep(1.2); SET statement_timeout = ''50ms''; SELECT pg_sleep(5)', '', '');
SET statement_timeout = '1s';
SELECT migrate.upgrade('a1');
CALL migrate.deploy('b1');
SELECT migrate.resolve('b1', 'rolled_back');
SET statement_timeout = '31s';

-- a rehearsal heeds it as well, and gives it back; so does what runs revisions again
CALL written_as(:'sets', '', '; CREATE TABLE made AS SELECT current_setting(''settings.own'') AS own, current_user AS me; CREATE FUNCTION settings_f() RETURNS int LANGUAGE sql AS ''SELECT nowhere()''');
CALL look_on('before');
SELECT statement, outcome FROM migrate.dry_run('upgrade', 'a2') WHERE outcome <> 'ok';
CALL look_on('after');
SELECT setting, string_agg(value, ' | ' ORDER BY n) FROM seen GROUP BY setting HAVING count(DISTINCT value) <> 1;
SELECT migrate.edit('a1', downgrade => 'DROP TABLE settings_other.made; DROP FUNCTION settings_other.settings_f()');
SELECT migrate.upgrade('a1');
SELECT * FROM settings_other.made;
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('a1', schemas => '{settings_other}');
SELECT action, object_type, object_identity FROM migrate.drift(schemas => '{settings_other}');
DROP TABLE settings_other.made;
SELECT action, object_type, object_identity, upgrade FROM migrate.drift(schemas => '{settings_other}');
SELECT current_setting('statement_timeout'), current_setting('settings.own'), current_user = session_user AS is_myself;

-- BEGIN ... COMMIT round the whole, with a SET before it
SELECT migrate.revision('wrapped', 'SET settings.own = 1; BEGIN; SELECT 1; COMMIT', '', '{base}', rev_id => 'c1');
SELECT migrate.revision('wrapped', 'SELECT 1; BEGIN; SELECT 1; COMMIT', '', '{base}');
SELECT migrate.revision('wrapped', 'SET LOCAL settings.own = 1; BEGIN; SELECT 1; COMMIT', '', '{base}');

RESET ALL;
DROP EXTENSION migrate_ext;
DROP TABLE seen CASCADE;
DROP SCHEMA settings_other CASCADE;
DROP FUNCTION look;
DROP PROCEDURE look_on, reset_seen, written_as;
DROP ACCESS METHOD settings_heap;
REVOKE ALL ON SCHEMA public FROM settings_joe;
DROP ROLE settings_joe;
