-- migrate and check: a revision from a model, proven in both directions before it is written.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
RESET client_min_messages;
SET search_path = shop, public;
\set schemas '{shop}'

SELECT $$CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
CREATE TABLE shop.users (id int PRIMARY KEY, name varchar(20), mood shop.mood DEFAULT 'ok');
CREATE VIEW shop.names AS SELECT a.name FROM shop.users a CROSS JOIN shop.users b;$$ AS model \gset
-- from nothing
SELECT migrate.migrate('Users', :'model', :'schemas', rev_id => 'aa01');
\t on
\pset format unaligned
SELECT migrate.script('aa01') AS script \gset
SELECT regexp_replace(:'script', 'Create Date: .*?\n', E'Create Date: ...\n');
\pset format aligned
\t off
-- written, not run: the database is behind
SELECT migrate.check(:'model', :'schemas');
SELECT migrate.migrate('Again', :'model', :'schemas');
SELECT migrate.upgrade();
SELECT migrate.check(:'model', :'schemas');
-- nothing to do: nothing is written
SELECT migrate.migrate('Again', :'model', :'schemas') IS NULL AS nothing;
SELECT revision FROM migrate.history();

INSERT INTO shop.users VALUES (1, 'Ann', 'sad');
-- what is lost is said; a value that the same revision uses is not added but the type made anew
SELECT $$CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE shop.users (id bigint PRIMARY KEY, mood shop.mood DEFAULT 'happy');
CREATE INDEX moods ON shop.users (mood);$$ AS model2 \gset
SELECT migrate.check(:'model2', :'schemas');
SELECT migrate.migrate('Moods', :'model2', :'schemas', rev_id => 'bb01');
\t on
\pset format unaligned
SELECT migrate.script('bb01') AS script \gset
SELECT regexp_replace(:'script', 'Create Date: .*?\n', E'Create Date: ...\n');
\pset format aligned
\t off
BEGIN;
SELECT migrate.upgrade();
COMMIT;
SELECT migrate.check(:'model2', :'schemas');
TABLE shop.users;
SELECT migrate.downgrade();
TABLE shop.users;
SELECT migrate.check(:'model', :'schemas');
SELECT migrate.upgrade();
SELECT migrate.check(:'model', :'schemas');

-- done by hand: check sees it, migrate writes it down
ALTER TABLE shop.users ADD by_hand int;
SELECT migrate.check(:'model2', :'schemas');
SELECT migrate.migrate('By hand', :'model2', :'schemas', rev_id => 'cc01');
SELECT migrate.remove('cc01');

-- a schema of the list that is not there yet: the model makes it, or relies on the list
BEGIN;
ALTER TABLE shop.users DROP by_hand;
SELECT migrate.migrate('Annex', :'model2' || 'CREATE SCHEMA annex; CREATE TABLE annex.t (i int);', '{shop,annex}', rev_id => 'ee01');
SELECT migrate.upgrade();
SELECT migrate.check(:'model2' || 'CREATE TABLE annex.t (i int);', '{shop,annex}');
SELECT migrate.downgrade();
SELECT to_regnamespace('annex') IS NULL AS gone;
SELECT migrate.remove('ee01');
SELECT migrate.migrate('Annex', :'model2' || 'CREATE TABLE annex.t (i int);', '{shop,annex}', rev_id => 'ee02');
SELECT migrate.upgrade();
SELECT migrate.migrate('Annex', :'model2' || 'DROP SCHEMA annex', '{shop,annex}', rev_id => 'ee03');
SELECT migrate.upgrade();
SELECT to_regnamespace('annex') IS NULL AS gone;
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('ee02:ee03', '{shop,annex}');
ROLLBACK;

-- what cannot be
SELECT migrate.migrate('Empty', '-- nothing', :'schemas');
SELECT migrate.migrate('Null', NULL, :'schemas');
SELECT migrate.migrate('Wrong', E'CREATE TABLE shop.a (i int);\nCREAT TABLE shop.b (i int);', :'schemas');
SELECT migrate.migrate('Wrong', E'CREATE TABLE shop.a (i int);\nCREATE TABLE shop.b (i nothing);', :'schemas');
SELECT migrate.migrate('Elsewhere', 'CREATE TABLE public.elsewhere (i int)', :'schemas');
SELECT migrate.migrate('There', 'CREATE TABLE shop.c (i int)', :'schemas', rev_id => 'aa01');
SELECT revision FROM migrate.history();
-- everything goes, if that is meant
SELECT migrate.migrate('Drop all', '-- nothing', :'schemas', allow_empty => true, rev_id => 'dd01');

-- writing is for whom it was granted to, and takes the right to create in the schema
CREATE ROLE regress_migrate_auto;
GRANT USAGE ON SCHEMA migrate, shop TO regress_migrate_auto;
SET ROLE regress_migrate_auto;
SELECT migrate.migrate('No', :'model', :'schemas');
SELECT migrate.check(:'model', :'schemas');
RESET ROLE;
SELECT migrate.remove('dd01');
SET ROLE regress_migrate_auto;
SELECT migrate.check(:'model', :'schemas');
RESET ROLE;
REVOKE USAGE ON SCHEMA migrate, shop FROM regress_migrate_auto;
DROP ROLE regress_migrate_auto;
-- where a revision is to go is asked even if there is none to write
SELECT migrate.revision('one end', '', '', rev_id => 'ee01');
SELECT migrate.revision('another', '', '', head => '{base}', rev_id => 'ee02');
SELECT count(*) FROM migrate.upgrade('heads');
CREATE SCHEMA same;
CREATE TABLE same.t (i int);
SELECT migrate.migrate('No', 'CREATE TABLE same.t (i int)', '{same}');
SELECT migrate.migrate('No', 'CREATE TABLE same.t (i bigint)', '{same}');
SELECT migrate.migrate('No', 'CREATE TABLE same.t (i int)', '{same}', head => '{nowhere}');
SELECT migrate.migrate('No', 'CREATE TABLE same.t (i int)', '{same}', head => '{ee01}', depends_on => '{nowhere}');
SELECT migrate.migrate('No', 'CREATE TABLE same.t (i int)', '{same}', head => '{ee01}');
DROP SCHEMA same CASCADE;
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
