-- A value that a generated revision adds to an enum cannot be used in its transaction: where it is
-- used, the type is made anew; where only a text has the same letters, the value is added.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
SET search_path = shop, public;

CREATE TYPE e AS ENUM ('a', 'c');
CREATE TYPE f AS ENUM ('x');
CREATE TYPE r AS (n int, v e);
CREATE TYPE span AS RANGE (subtype = e);
CREATE DOMAIN d AS e CHECK (VALUE <> 'c');
CREATE TABLE t (i int, one e, many e[], comp r, spans span, dom d, other f, txt text);
INSERT INTO t VALUES (1, 'a', '{a,c}', '(1,a)', '[a,c]', 'a', 'x', 'archived');

-- How the types get their values, if the revision that leads there and back arrives; nothing stays.
CREATE FUNCTION public.way(of_domain text, more text, labels text DEFAULT $$'a', 'b', 'c'$$) RETURNS text
LANGUAGE plpgsql AS $way$
DECLARE
	model text := format($$CREATE TYPE e AS ENUM (%s); CREATE TYPE f AS ENUM ('x', 'y'); CREATE TYPE r AS (n int, v e);
		CREATE TYPE span AS RANGE (subtype = e); CREATE DOMAIN d AS e CHECK (VALUE <> 'c') %s;
		CREATE TABLE t (i int, one e, many e[], comp r, spans span, dom d, other f, txt text); %s$$, labels, of_domain, more);
	upgrade text;
BEGIN
	PERFORM migrate.migrate('way', model, '{shop}', rev_id => 'way');
	PERFORM migrate.upgrade();
	PERFORM migrate.check(model, '{shop}');
	SELECT s.upgrade INTO upgrade FROM migrate.scripts s WHERE s.revision = 'way';
	PERFORM migrate.downgrade();
	RAISE EXCEPTION USING ERRCODE = 'WAY00', MESSAGE = concat_ws(', ',
		CASE WHEN upgrade LIKE '%TYPE shop.e ADD VALUE%' THEN 'e added' WHEN upgrade LIKE '%TYPE shop.e RENAME%' THEN 'e made anew' END,
		CASE WHEN upgrade LIKE '%TYPE shop.f ADD VALUE%' THEN 'f added' WHEN upgrade LIKE '%TYPE shop.f RENAME%' THEN 'f made anew' END,
		'rows: ' || (SELECT count(*) FROM t WHERE many = '{a,c}' AND comp = '(1,a)'::r AND spans = '[a,c]'));
EXCEPTION WHEN SQLSTATE 'WAY00' THEN
	RETURN SQLERRM;
END
$way$;

-- nothing uses the values, whatever else looks like them
SELECT way('', '');
SELECT way('', $$ALTER TABLE t ALTER txt SET DEFAULT 'b'$$);
SELECT way('', $$ALTER TABLE t ADD n text DEFAULT 'archived', ADD CHECK (txt = 'archived'); COMMENT ON TABLE t IS 'archived'$$,
	labels => $$'a', 'archived', 'c'$$);
SELECT way('', $$CREATE TYPE g AS ENUM ('a', 'b'); ALTER TABLE t ADD g g DEFAULT 'b'$$);
SELECT way('', $$CREATE INDEX ON t (one) WHERE txt = 'b'$$);
SELECT way('', $$CREATE VIEW v AS SELECT i FROM t WHERE one = 'a' AND txt = 'b'$$);
SELECT way('', $$CREATE FUNCTION unused() RETURNS boolean LANGUAGE plpgsql AS $f$BEGIN RETURN EXISTS (SELECT FROM t WHERE one = 'b'); END$f$; $$);
SELECT way('', $$CREATE FUNCTION used(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS $f$BEGIN RETURN 'b'; END$f$; CREATE INDEX ON t (used(txt), one)$$);

-- used by itself and within other values
SELECT way('', $$ALTER TABLE t ALTER one SET DEFAULT 'b'$$);
SELECT way('', $$ALTER TABLE t ALTER many SET DEFAULT '{a,b}'$$);
SELECT way('', $$ALTER TABLE t ALTER comp SET DEFAULT '(1,b)'$$);
SELECT way('', $$ALTER TABLE t ALTER spans SET DEFAULT '[a,b)'$$);
SELECT way('', $$ALTER TABLE t ADD more r[] DEFAULT '{"(1,b)"}'$$);
SELECT way('', $$CREATE TABLE s (i int); ALTER TABLE s ADD whole t DEFAULT '(1,,"{b}",,,,,)'$$);
SELECT way($$DEFAULT 'b'$$, '');
SELECT way($$CHECK (VALUE IN ('a', 'b'))$$, '');
SELECT way('', $$ALTER TABLE t ADD CHECK (many <> '{b}')$$);
SELECT way('', $$ALTER TABLE t ADD k boolean GENERATED ALWAYS AS (one = 'b') STORED$$);
SELECT way('', $$CREATE INDEX ON t (i) WHERE one = 'b'$$);
SELECT way('', $$CREATE VIEW v AS SELECT i FROM t WHERE many @> '{b}'$$);
SELECT way('', $$CREATE POLICY p ON t USING (one IN ('a', 'b'))$$);
SELECT way('', $$CREATE RULE r AS ON INSERT TO t WHERE new.many = '{b}' DO ALSO SELECT 1$$);
SELECT way('', $$CREATE FUNCTION arg(e[] DEFAULT '{b}') RETURNS int LANGUAGE sql AS 'SELECT 1'$$);
SELECT way('', $$CREATE TABLE parts (p e) PARTITION BY LIST (p); CREATE TABLE parts_b PARTITION OF parts FOR VALUES IN ('b')$$);
SELECT way('', $$ALTER TABLE t ALTER one SET DEFAULT 'it''s "b"'$$, labels => $$'a', 'it''s "b"', 'c'$$);
-- only by what a function does with each row, which no proof has
SELECT way('', $$CREATE FUNCTION seen(e) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $f$BEGIN RETURN $1 = 'b'; END$f$; CREATE INDEX ON t (seen(one))$$);
SELECT way('', $$CREATE FUNCTION seen(e[]) RETURNS boolean IMMUTABLE LANGUAGE sql AS $f$SELECT $1 <> '{a,b}'$f$; ALTER TABLE t ADD CHECK (seen(many))$$);
-- of two that grow the one that is used
SELECT way('', $$ALTER TABLE t ALTER other SET DEFAULT 'y'$$);
SELECT way('', $$ALTER TABLE t ALTER other SET DEFAULT 'y', ALTER many SET DEFAULT '{b}'$$);

-- a squash has to do the same
SELECT migrate.revision('base', 'SELECT 1', '', rev_id => 'q1');
SELECT migrate.revision('type', $$CREATE TYPE shop.mood AS ENUM ('ok'); CREATE TABLE shop.moods (m shop.mood[])$$, 'DROP TABLE shop.moods; DROP TYPE shop.mood', rev_id => 'q2');
SELECT migrate.revision('value', $$ALTER TYPE shop.mood ADD VALUE 'fine'$$, '', rev_id => 'q3');
SELECT migrate.revision('use', $$ALTER TABLE shop.moods ALTER m SET DEFAULT '{fine}'$$, '', rev_id => 'q4');
SELECT migrate.squash('q3', 'q4', 'Both', rev_id => 'q5', schemas => '{shop}');
SELECT upgrade FROM migrate.scripts WHERE revision = 'q5';

DROP FUNCTION public.way;
DROP SCHEMA shop CASCADE;
DROP EXTENSION migrate_ext;
