-- diff and diff_sql: what they say, in which order, with which hazards; test/schema has the breadth.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
RESET client_min_messages;
CREATE SCHEMA shop;
CREATE TYPE shop.mood AS ENUM ('sad', 'ok');
CREATE TABLE shop.users (
	id serial PRIMARY KEY,
	name varchar(20) NOT NULL,
	email text,
	mood shop.mood DEFAULT 'ok');
CREATE TABLE shop.orders (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id int REFERENCES shop.users,
	total numeric(10,2) CHECK (total > 0),
	placed timestamptz,
	code varchar(10));
CREATE INDEX ON shop.orders (user_id);
CREATE VIEW shop.big AS SELECT o.*, u.name FROM shop.orders o JOIN shop.users u ON u.id = o.user_id WHERE total > 100;
CREATE FUNCTION shop.twice(i int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2 * i';
CREATE MATERIALIZED VIEW shop.totals AS SELECT u.name, sum(o.total) FROM shop.orders o JOIN shop.users u ON u.id = o.user_id GROUP BY 1;
GRANT SELECT ON shop.users TO PUBLIC;

SELECT $$CREATE TYPE shop.mood AS ENUM ('sad', 'ok', 'happy');
CREATE TABLE shop.users (
	id serial PRIMARY KEY,
	name text NOT NULL,
	phone text,
	email text NOT NULL,
	mood shop.mood DEFAULT 'happy');
CREATE TABLE shop.orders (
	id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	user_id bigint NOT NULL REFERENCES shop.users ON DELETE CASCADE,
	total numeric(12,2) CHECK (total >= 0),
	placed date,
	note text);
CREATE UNIQUE INDEX ON shop.orders (user_id, id);
CREATE VIEW shop.big AS SELECT o.id, o.total, u.name FROM shop.orders o JOIN shop.users u ON u.id = o.user_id WHERE total > 100;
CREATE FUNCTION shop.twice(i int) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT 2::bigint * i';
CREATE MATERIALIZED VIEW shop.totals AS SELECT u.name, sum(o.total) FROM shop.orders o JOIN shop.users u ON u.id = o.user_id GROUP BY 1;
CREATE TABLE shop.new (i int CHECK (i > 0), UNIQUE (i));
ALTER TABLE shop.users ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON shop.users USING (name = current_user);
GRANT SELECT (name) ON shop.users TO PUBLIC;
COMMENT ON TABLE shop.users IS 'Who buys';$$ AS model \gset

-- what each step does, and to whom
SELECT step, action, object_type, object_identity, hazards FROM migrate.diff(:'model', '{shop}');
-- the same as a script, which psql runs
\t on
\pset format unaligned
SELECT migrate.diff_sql(:'model', '{shop}') AS script \gset
\echo :script
\pset format aligned
\t off
:script
-- and then nothing is left to be done
SELECT migrate.diff_sql(:'model', '{shop}');
SELECT count(*) FROM migrate.diff(:'model', '{shop}');

-- which ways of changing a type leave the table alone is the server's to say
CREATE TABLE shop.w (a int, b varchar(10), c numeric(10,2), d varchar(20), e text, f numeric(10,2), g timestamptz, h int);
SELECT upgrade, hazards FROM migrate.diff(:'model' || $$;
	CREATE TABLE shop.w (a bigint, b varchar(20), c numeric(12,2), d varchar(10), e varchar, f numeric(12,4), g date, h text)$$, '{shop}');
DROP TABLE shop.w;

-- a type that a table has keeps the order of its attributes
CREATE TYPE shop.pair AS (a int, b text);
CREATE TABLE shop.w (p shop.pair);
SELECT migrate.diff_sql(:'model' || $$;
	CREATE TYPE shop.pair AS (b text, a int); CREATE TABLE shop.w (p shop.pair)$$, '{shop}');
DROP TABLE shop.w;
DROP TYPE shop.pair;

-- a subscription, running or not; in a transaction that no worker sees
SET client_min_messages = error;
CREATE FUNCTION pg_temp.subscription(model text) RETURNS SETOF text LANGUAGE sql AS
$$ SELECT upgrade FROM migrate.diff('CREATE EXTENSION migrate_ext;' || model, '{*}') WHERE object_type = 'subscription' $$;
\set create 'CREATE SUBSCRIPTION regress_migrate_sub CONNECTION ''host=/nowhere'' PUBLICATION one WITH (connect = false, slot_name = a);'
\set enable 'ALTER SUBSCRIPTION regress_migrate_sub ENABLE;'
SELECT pg_temp.subscription(:'create' || :'enable');
BEGIN;
:create
SELECT pg_temp.subscription(:'create');
SELECT pg_temp.subscription(:'create' || :'enable');
SELECT pg_temp.subscription('SELECT 1');
:enable
SELECT pg_temp.subscription(:'create' || :'enable');
SELECT pg_temp.subscription(:'create');
SELECT pg_temp.subscription(replace(:'create', '= a', '= b') || :'enable');
SELECT pg_temp.subscription(replace(replace(:'create', '= a', '= NONE'), 'one', 'one, two'));
SELECT pg_temp.subscription(replace(:'create', 'nowhere', 'elsewhere') || :'enable');
SELECT pg_temp.subscription('SELECT 1');
ROLLBACK;
RESET client_min_messages;

-- what cannot be an argument
SELECT migrate.diff_sql(NULL);
SELECT migrate.diff_sql('SELECT 1', '{}');
SELECT migrate.diff_sql('SELECT 1', '{public,NULL}');
SELECT migrate.diff_sql('SELECT 1', '{migrate}');
SELECT migrate.diff_sql('SELECT 1', '{pg_catalog}');
SELECT * FROM migrate.diff(E'-- nothing\n\n', '{shop}');
SELECT count(*) > 0 AS drops FROM migrate.diff(E'-- nothing\n\n', '{shop}', allow_empty => true);
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
