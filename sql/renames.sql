-- Renames: by comments in the model or by the argument, never guessed.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
RESET client_min_messages;
SET search_path = shop, public;
\set schemas '{shop}'
\pset format unaligned
\t on

CREATE TYPE shop.mood AS ENUM ('sad', 'it''s ok', 'glad');
CREATE TYPE shop.place AS (street text, town text);
CREATE DOMAIN shop.age AS int CONSTRAINT positive CHECK (VALUE > 0);
CREATE SEQUENCE shop.numbers;
CREATE TABLE shop.users (
	id serial PRIMARY KEY,
	phone text UNIQUE,
	mood shop.mood DEFAULT 'sad',
	CONSTRAINT known CHECK (phone <> '' OR mood = 'glad')
);
CREATE INDEX lively ON shop.users (mood) WHERE mood <> 'sad';
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id int REFERENCES shop.users);
CREATE VIEW shop.phones AS SELECT phone FROM shop.users;
CREATE FUNCTION shop.twice(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
CREATE FUNCTION shop.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER watch BEFORE INSERT ON shop.users FOR EACH ROW EXECUTE FUNCTION shop.nothing();
CREATE POLICY own ON shop.users USING (phone = current_user);
INSERT INTO shop.users (phone, mood) VALUES ('1', 'sad'), ('2', 'glad');
INSERT INTO shop.orders VALUES (1, 2);

SELECT $$-- migrate: renamed from mood
CREATE TYPE shop.feeling AS ENUM (
	-- migrate: renamed from sad
	'unhappy',
	'so-so', -- migrate: renamed from 'it's ok'
	'glad'
);
CREATE TYPE shop.address AS ( -- migrate: renamed from place
	street text,
	city text -- migrate: renamed from town
);
CREATE DOMAIN shop.years AS int CONSTRAINT positive CHECK (VALUE > 0); -- migrate: renamed from shop.age
-- migrate: renamed from shop.numbers
CREATE SEQUENCE shop.counters;
-- migrate: renamed from users
CREATE TABLE shop."Customers" (
	id serial PRIMARY KEY,
	mobile text UNIQUE,              -- migrate: renamed from users.phone
	mood shop.feeling DEFAULT 'unhappy',
	note text DEFAULT '-- migrate: renamed from nothing',
	-- migrate: renamed from known
	CONSTRAINT reachable CHECK (mobile <> '' OR mood = 'glad')
);
-- migrate: renamed from lively
CREATE INDEX awake ON shop."Customers" (mood) WHERE mood <> 'unhappy';
CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id int REFERENCES shop."Customers");
-- migrate: renamed from phones
CREATE VIEW shop.mobiles AS SELECT mobile AS phone FROM shop."Customers";
-- migrate: renamed from twice
CREATE FUNCTION shop.double(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2 -- migrate: renamed from nothing';
CREATE FUNCTION shop.nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
-- migrate: renamed from watch
CREATE TRIGGER look BEFORE INSERT ON shop."Customers" FOR EACH ROW EXECUTE FUNCTION shop.nothing();
-- migrate: renamed from own
CREATE POLICY mine ON shop."Customers" USING (mobile = current_user);$$ AS model \gset
-- (since 18, NOT NULL has a name, too)
SELECT regexp_replace(migrate.diff_sql(:'model', :'schemas'), '[^\n]+_not_null"?;\n\n', '', 'g');
SELECT action, object_type, object_identity, hazards FROM migrate.diff(:'model', :'schemas') WHERE action = 'rename' AND object_type IN ('table', 'column', 'enum') ORDER BY step;
SELECT migrate.migrate('Names', :'model', :'schemas', rev_id => 'aa01');
SELECT regexp_replace(split_part(migrate.script('aa01'), 'migrate:down', 2), '[^\n]+_not_null"?;\n\n', '', 'g');
SELECT migrate.upgrade();
-- done already: the comments may stay
SELECT migrate.check(:'model', :'schemas');
SELECT migrate.migrate('Names', :'model', :'schemas') IS NULL;
INSERT INTO shop."Customers" (mobile) VALUES ('3');
TABLE shop."Customers";
SELECT migrate.downgrade();
TABLE shop.users;

-- what other statements name
SELECT migrate.remove('aa01');
CREATE TYPE shop.span AS RANGE (SUBTYPE = int);
CREATE TABLE shop.long (a int, b int);
ALTER TABLE shop.long ADD CONSTRAINT few CHECK (a < 10);
ALTER TABLE shop.long ADD CONSTRAINT "no keys" UNIQUE (b);
CREATE MATERIALIZED VIEW shop.sums AS SELECT sum(a) FROM shop.long;
CREATE INDEX ON shop.long (a);
SELECT $$
CREATE TYPE shop.mood AS ENUM ('sad', 'it''s ok', 'glad');
CREATE TYPE shop.place AS (street text, town text);
-- migrate: renamed from span
CREATE TYPE shop.stretch AS RANGE (SUBTYPE = int);
CREATE TABLE shop.long (a int, b int);
-- migrate: renamed from few
ALTER TABLE shop.long ADD CONSTRAINT less CHECK (a < 10);
ALTER TABLE shop.long ADD CONSTRAINT keys UNIQUE (b); -- migrate: renamed from "no keys"
ALTER TABLE shop.long SET (fillfactor = 50); -- migrate: renamed from shop.nothing
-- migrate: renamed from shop.sums
CREATE MATERIALIZED VIEW shop.totals AS SELECT sum(a) FROM shop.long;
-- migrate: renamed from shop.long_a_idx
CREATE INDEX ON shop.long (a);
$$ AS model2 \gset
SELECT action, object_type, object_identity, upgrade FROM migrate.diff(:'model2', :'schemas') WHERE action = 'rename';
SELECT replace(:'model2', E'-- migrate: renamed from shop.long_a_idx\n', '') AS model2 \gset
SELECT action, object_type, object_identity, upgrade FROM migrate.diff(:'model2', :'schemas') WHERE action = 'rename';
SELECT replace(:'model2', '-- migrate: renamed from shop.nothing', '') AS model2 \gset
SELECT action, object_type, object_identity, upgrade FROM migrate.diff(:'model2', :'schemas') WHERE action = 'rename';
DROP MATERIALIZED VIEW shop.sums;
DROP TABLE shop.long;
DROP TYPE shop.span;

-- the same by the argument; names are SQL's
CREATE TABLE shop.plain (a int, b int);
SELECT 'CREATE TABLE shop.simple ("A=B" int, b int)' AS model \gset
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{shop.plain=shop.simple, "simple.a=simple.\"A=B\""}') LIKE
  E'ALTER TABLE shop.plain RENAME TO simple;\n\nALTER TABLE shop.simple RENAME COLUMN a TO "A=B";\n%';
DROP TABLE shop.orders, shop.users CASCADE;
DROP TYPE shop.mood, shop.place;
DROP DOMAIN shop.age;
DROP SEQUENCE shop.numbers;
DROP FUNCTION shop.nothing(), shop.twice(int);
-- not guessed, but said
SELECT migrate.diff_sql(:'model', :'schemas');
SELECT migrate.diff_sql('CREATE TABLE shop.simple (a int, b int)', :'schemas');
SELECT migrate.diff_sql('CREATE TABLE shop.plain (a int, c int, d text)', :'schemas');
-- two that may be meant: nothing is said
SELECT migrate.diff_sql('CREATE TABLE shop.plain (c int, d int)', :'schemas');

-- what cannot be
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{plain}');
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{plain.=simple}');
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{plain=other}');
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{other=simple}');
SELECT migrate.diff_sql(:'model', :'schemas', renames => '{NULL}');
SELECT migrate.check(E'\nCREATE TABLE shop.simple (a int, -- migrate: renamed from x\nb int)', :'schemas');
SELECT migrate.migrate('No', E'CREATE TABLE shop.plain (a int,\nb int); -- migrate: renamed from a b', :'schemas');
SELECT migrate.migrate('No', E'CREATE TABLE shop.plain (a int,\nb int);\n-- migrate: renamed from a', :'schemas');
DROP TABLE shop.plain;

-- names that change places, or go on in a row: the rows keep their values
CREATE TYPE shop.way AS ENUM ('left', 'right');
CREATE TYPE shop.two AS (one int, other int);
CREATE TABLE shop.plain (a int, b int, c int, way shop.way);
CREATE VIEW shop.seen AS SELECT a, b, c FROM shop.plain;
CREATE TABLE shop.nobody (a text);
CREATE FUNCTION shop.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shop.g(int) RETURNS int LANGUAGE sql AS 'SELECT 2';
INSERT INTO shop.plain VALUES (1, 2, 3, 'left');
INSERT INTO shop.nobody VALUES ('none');
SELECT $$
CREATE TYPE shop.way AS ENUM ('left', 'right');
CREATE TYPE shop.two AS (one int, other int);
CREATE TABLE shop.plain (a int, b int, c int, way shop.way);
CREATE VIEW shop.seen AS SELECT a, b, c FROM shop.plain;
CREATE TABLE shop.nobody (a text);
CREATE FUNCTION shop.f(int) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION shop.g(int) RETURNS int LANGUAGE sql AS 'SELECT 2';
$$ AS model \gset
CREATE PROCEDURE public.try(model text, VARIADIC renames text[]) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM migrate.migrate('try', model, '{shop}', renames => renames, rev_id => 'tried');
	RAISE NOTICE E'\n%\n--\n%', (SELECT upgrade FROM migrate.scripts WHERE revision = 'tried'),
		(SELECT downgrade FROM migrate.scripts WHERE revision = 'tried');
	PERFORM migrate.upgrade();
	RAISE NOTICE '%', (SELECT to_json(plain) FROM shop.plain);
	PERFORM migrate.downgrade();
	RAISE NOTICE '%', (SELECT to_json(plain) FROM shop.plain);
	PERFORM migrate.remove('tried');
END $$;
\set VERBOSITY terse
CALL public.try(replace(:'model', 'SELECT a, b, c', 'SELECT b AS a, a AS b, c'), 'plain.a=plain.b', 'plain.b=plain.a');
CALL public.try(replace(:'model', 'SELECT a, b, c', 'SELECT b AS a, c AS b, a AS c'), 'plain.a=plain.b', 'plain.b=plain.c', 'plain.c=plain.a');
CALL public.try(replace(replace(:'model', 'a int, b int, c', 'b int, c int, d'), 'SELECT a, b, c', 'SELECT b AS a, c AS b, d AS c'),
	'plain.a=plain.b', 'plain.b=plain.c', 'plain.c=plain.d');
CALL public.try(replace(:'model', '''left'', ''right''', '''right'', ''left'''), 'way.left=way.right', 'way.right=way.left');
CALL public.try(:'model', 'two.one=two.other', 'two.other=two.one');
CALL public.try(replace(replace(replace(:'model', 'SELECT 1', 'SELECT 3'), 'SELECT 2', 'SELECT 1'), 'SELECT 3', 'SELECT 2'), 'f=g', 'g=f');
\set VERBOSITY default
-- two tables: one takes the name that the other gives up
SELECT migrate.diff_sql(replace(replace(replace(:'model', 'shop.plain (', 'shop.new ('), 'shop.nobody (', 'shop.plain ('), 'FROM shop.plain', 'FROM shop.new'),
	:'schemas', renames => '{nobody=plain,plain=new}');
-- comments cannot say it: whether it is done is not to be seen; a row of them can
SELECT migrate.diff_sql(replace(:'model', 'a int, b int,', E'a int, -- migrate: renamed from b\nb int, -- migrate: renamed from a\n'), :'schemas');
SELECT replace(replace(:'model', 'a int, b int, c int,', E'b int, -- migrate: renamed from a\nc int, -- migrate: renamed from b\nd int, -- migrate: renamed from c\n'),
	'SELECT a, b, c', 'SELECT b AS a, c AS b, d AS c') AS row \gset
SELECT migrate.diff_sql(:'row', :'schemas');
ALTER TABLE shop.plain RENAME c TO d;
ALTER TABLE shop.plain RENAME b TO c;
ALTER TABLE shop.plain RENAME a TO b;
SELECT migrate.diff_sql(:'row', :'schemas');
SET client_min_messages = warning;
DROP PROCEDURE public.try;
DROP SCHEMA shop CASCADE;
