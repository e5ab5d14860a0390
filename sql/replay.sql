-- baseline, drift, verify, squash: revisions against the schema that they make.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS shop CASCADE;
CREATE SCHEMA shop;
RESET client_min_messages;
\set schemas '{shop}'

-- baseline: what is there, as the first revision, which counts as applied
CREATE TABLE shop.users (id serial PRIMARY KEY, name text NOT NULL);
CREATE FUNCTION shop.names() RETURNS SETOF text LANGUAGE sql AS 'SELECT name FROM shop.users';
INSERT INTO shop.users (name) VALUES ('Ann');
SELECT migrate.baseline(schemas => '{shop,shpo}');
SELECT migrate.baseline(schemas => :'schemas', rev_id => 'aa01');
\t on
\pset format unaligned
SELECT regexp_replace(migrate.script('aa01'), 'Create Date: .*?\n', E'Create Date: ...\n');
\pset format aligned
\t off
SELECT migrate.current();
TABLE shop.users;
-- only as the first
SELECT migrate.baseline(schemas => :'schemas');

-- no drift; the second time that is known without running anything
SELECT * FROM migrate.drift(:'schemas');
SELECT * FROM migrate.drift(:'schemas');
SELECT action, revision, message, version_after, length(checksum) FROM migrate.log ORDER BY id;
SELECT last_action FROM migrate.status();
-- what somebody does by hand, and what a revision does
ALTER TABLE shop.users ADD by_hand int;
SELECT migrate.revision('Phones', 'ALTER TABLE shop.users ADD phone text;', 'ALTER TABLE shop.users DROP phone;', rev_id => 'bb01');
SELECT migrate.upgrade();
SELECT step, action, object_type, object_identity, upgrade FROM migrate.drift(:'schemas');
ALTER TABLE shop.users DROP by_hand;
SELECT * FROM migrate.drift(:'schemas');

-- verify: what does not undo itself
SELECT migrate.revision('Forgets', 'CREATE TABLE shop.a (i int); CREATE TABLE shop.b (i int);', 'DROP TABLE shop.a;', rev_id => 'cc01');
SELECT migrate.revision('No way back', 'CREATE TABLE shop.c (i int);', rev_id => 'dd01');
SELECT migrate.revision('Down fails', E'CREATE TABLE shop.d (i int);', E'\n\nDROP TABLE shop.nothing;', rev_id => 'ee01');
SELECT migrate.revision('Up fails', E'CREATE TABLE shop.e (i int);\nALTER TABLE shop.nothing ADD i int;', 'DROP TABLE shop.e;', rev_id => 'ff01');
SELECT migrate.revision('After it', 'CREATE TABLE shop.f (i int);', 'DROP TABLE shop.f;', rev_id => 'ff02');
SELECT migrate.revision('Beside it', 'CREATE TABLE shop.g (i int);', 'DROP TABLE shop.g;', head => '{ee01}', splice => true, rev_id => 'ff03');
SELECT migrate.revision('Settings', $$DO 'BEGIN ASSERT current_setting(''migrate.revision'') = ''ff04''; END'; SET search_path = shop; CREATE TABLE h (i int);$$,
	'DROP TABLE shop.h;', head => '{ff03}', rev_id => 'ff04');
SELECT * FROM migrate.verify(schemas => :'schemas');
-- a part: what comes before it is run, and no more
SELECT * FROM migrate.verify('ff03:ff04', :'schemas');
SELECT * FROM migrate.verify('aa01, ff04', :'schemas');
SELECT * FROM migrate.verify('nothing:head', :'schemas');
SELECT migrate.current();
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' ORDER BY 1;

-- squash: one for many, in the same place
SELECT migrate.remove('ff02');
SELECT migrate.remove('ff01');
SELECT migrate.edit('ee01', downgrade => 'DROP TABLE shop.d;');
SELECT migrate.edit('dd01', downgrade => 'DROP TABLE shop.c;');
SELECT migrate.upgrade('dd01');
-- neither all applied nor none; not a line; what it would lose
SELECT migrate.squash('cc01', 'ee01', schemas => :'schemas');
SELECT migrate.squash('ee01', 'cc01', schemas => :'schemas');
SELECT migrate.squash('ff03', 'ff04', schemas => :'schemas');
SELECT migrate.squash('base', 'ff04', schemas => :'schemas');
SELECT migrate.squash('bb01', 'cc01', 'Two in one', schemas => :'schemas', rev_id => 'aa01');
SELECT migrate.squash('bb01', 'dd01', 'Three in one', schemas => :'schemas', rev_id => 'c0de');
-- in the log as what it is for the database: another place, and nothing run
SELECT action, revision, message, version_before, version_after FROM migrate.log ORDER BY id DESC LIMIT 1;
SELECT revision, down_revisions, message, is_current, is_applied FROM migrate.history();
\t on
\pset format unaligned
SELECT regexp_replace(migrate.script('c0de'), 'Create Date: .*?\n', E'Create Date: ...\n');
\pset format aligned
\t off
SELECT * FROM migrate.drift(:'schemas');
SELECT * FROM migrate.verify('c0de', :'schemas');
-- unapplied ones as well
SELECT migrate.squash('ff03', 'ff04', ignore_data => true, schemas => :'schemas', rev_id => 'c0df');
SELECT migrate.upgrade();
SELECT migrate.downgrade('base');
SELECT relname FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind = 'r' ORDER BY 1;
SELECT migrate.upgrade();
SELECT * FROM migrate.drift(:'schemas');

-- a clean answer is for the revisions as they were: stamped away, edited, stamped back
SELECT migrate.stamp('ee01');
SELECT migrate.edit('c0df', upgrade => 'CREATE TABLE shop.g (i int); CREATE TABLE shop.h (i int, j int);');
SELECT migrate.stamp('c0df');
SELECT action, object_type, object_identity FROM migrate.drift(:'schemas');

-- data in a downgrade, by EXPLAIN ANALYZE, by CREATE TABLE AS; a materialised view is none
SELECT migrate.revision('One', 'CREATE TABLE shop.one (i int);', 'DELETE FROM shop.users; DROP TABLE shop.one;', rev_id => 'a0a1');
SELECT migrate.revision('Two', 'CREATE MATERIALIZED VIEW shop.two AS SELECT 1 AS i;', 'DROP MATERIALIZED VIEW shop.two;', rev_id => 'a0a2');
SELECT migrate.squash('a0a1', 'a0a2', schemas => :'schemas');
SELECT migrate.edit('a0a1', downgrade => 'DROP TABLE shop.one;', upgrade => 'CREATE TABLE shop.one AS SELECT 1 AS i;');
SELECT migrate.squash('a0a1', 'a0a2', schemas => :'schemas');
SELECT migrate.edit('a0a1', upgrade => 'CREATE TABLE shop.one AS SELECT 1 AS i WITH NO DATA; EXPLAIN ANALYZE INSERT INTO shop.one VALUES (1);');
SELECT migrate.squash('a0a1', 'a0a2', schemas => :'schemas');
SELECT migrate.edit('a0a1', upgrade => 'CREATE TABLE shop.one AS SELECT 1 AS i WITH NO DATA;');
SELECT migrate.squash('a0a1', 'a0a2', schemas => :'schemas', rev_id => 'a0a3');

-- no way back from one of them is no way back from all
SELECT migrate.revision('No way back', 'CREATE TABLE shop.three (i int);', rev_id => 'a0a4');
SELECT migrate.squash('a0a3', 'a0a4', schemas => :'schemas', rev_id => 'a0a5');
SELECT migrate.script('a0a5') LIKE '%migrate:down%' AS has_downgrade, migrate.script('a0a5') LIKE '%shop.three%' AS has_upgrade;

-- many of them: the plans of the comparison are kept, and made again
SELECT count(migrate.revision('many ' || i, format('CREATE TABLE shop.many%s (a int PRIMARY KEY, b text); CREATE INDEX ON shop.many%1$s (b)', i),
  format('DROP TABLE shop.many%s', i), rev_id => 'm' || i)) FROM generate_series(1, 40) AS i;
SELECT count(*), bool_and(upgrade_ok AND downgrade_ok AND round_trip_ok) AS all_good FROM migrate.verify('m1:m40', :'schemas');
SELECT * FROM migrate.verify('m40', :'schemas');

-- a schema that nobody has is a wrong name
SELECT * FROM migrate.drift('{shop,shpo}');

-- none of it is for everybody
CREATE ROLE regress_migrate_replay;
GRANT USAGE ON SCHEMA migrate TO regress_migrate_replay;
SET ROLE regress_migrate_replay;
SELECT migrate.baseline();
SELECT * FROM migrate.drift();
SELECT * FROM migrate.verify();
SELECT migrate.squash('a', 'b');
RESET ROLE;
REVOKE USAGE ON SCHEMA migrate FROM regress_migrate_replay;
DROP ROLE regress_migrate_replay;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
