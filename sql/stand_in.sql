-- A foreign key to a table that is not managed locks nothing that others use.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA app;
CREATE SCHEMA auth;
CREATE SCHEMA "Other one";
CREATE TABLE auth.users (gone int, id int CONSTRAINT users_are_known PRIMARY KEY, email varchar(20) UNIQUE, tenant int, no int, UNIQUE (tenant, no));
ALTER TABLE auth.users DROP gone;
CREATE UNIQUE INDEX ON auth.users (lower(email));
CREATE TABLE "Other one".users (id int PRIMARY KEY);
CREATE TABLE auth.parts (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE auth.part PARTITION OF auth.parts DEFAULT;
INSERT INTO auth.users VALUES (1, 'a@b.c', 1, 1);

SELECT $$
CREATE TABLE app.profiles (id int PRIMARY KEY REFERENCES auth.users ON DELETE CASCADE, email text, tenant int, no int, part int, other int);
ALTER TABLE app.profiles ADD CONSTRAINT by_number FOREIGN KEY (tenant, no) REFERENCES auth.users (tenant, no) MATCH FULL DEFERRABLE INITIALLY DEFERRED,
	ADD mail varchar(20) REFERENCES auth.users (email) ON UPDATE SET NULL;
ALTER TABLE app.profiles ADD FOREIGN KEY (part) REFERENCES auth.parts;
ALTER TABLE app.profiles ADD CONSTRAINT unchecked FOREIGN KEY (other) REFERENCES "Other one".users NOT VALID;
CREATE TABLE app.parted (i int, "user" int REFERENCES auth.users) PARTITION BY RANGE (i);
CREATE TABLE app.parted_1 PARTITION OF app.parted FOR VALUES FROM (1) TO (2);
CREATE TABLE app.parted_2 ("user" int, i int);
ALTER TABLE app.parted ATTACH PARTITION app.parted_2 FOR VALUES FROM (2) TO (3);
CREATE TABLE app.users (id int PRIMARY KEY, parent int REFERENCES app.users);
CREATE VIEW app.emails AS SELECT u.email FROM auth.users u JOIN app.profiles USING (id);
DO $do$ BEGIN
	CREATE TABLE app.by_a_block (u int REFERENCES auth.users (id));
	EXECUTE 'ALTER TABLE app.by_a_block ADD v int, ADD FOREIGN KEY (v) REFERENCES auth.users';
END $do$;
$$ AS model \gset
-- what of it takes more than ACCESS SHARE on what is not made by the text
CREATE FUNCTION public.locked() RETURNS SETOF text LANGUAGE sql AS $$
	SELECT l.relation::regclass || ' ' || l.mode FROM pg_locks l JOIN pg_class c ON c.oid = l.relation JOIN pg_namespace n ON n.oid = c.relnamespace
	 WHERE l.pid = pg_backend_pid() AND l.locktype = 'relation' AND n.nspname IN ('auth', 'Other one') AND l.mode <> 'AccessShareLock' $$;
SELECT $$
DO $do$ BEGIN
	IF EXISTS (SELECT FROM public.locked()) THEN RAISE 'locked: %', ARRAY(SELECT public.locked()); END IF;
END $do$;
$$ AS assert \gset
BEGIN;
:model
SELECT count(*) > 0 AS "outside it does" FROM locked();
COMMIT;

-- the same, whatever the way; and nothing is locked
SELECT * FROM migrate.diff(:'model' || :'assert', '{app}');
SELECT migrate.check(:'model' || :'assert', '{app}');
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'app.profiles'::regclass AND contype = 'f' ORDER BY 1;
-- rows are not checked against what is there or not, and a key can go again
SELECT action, object_identity FROM migrate.diff(:'model' || $$
	INSERT INTO app.profiles (id, part) VALUES (1, 1), (2, 2);
	ALTER TABLE app.profiles ADD FOREIGN KEY (id) REFERENCES auth.users (id);
	INSERT INTO app.parted VALUES (1, 5), (2, 6);
	ALTER TABLE app.profiles DROP CONSTRAINT by_number;
	ALTER TABLE app.profiles ALTER tenant TYPE bigint;
	ALTER TABLE app.profiles VALIDATE CONSTRAINT unchecked;
	ALTER TABLE app.parted DETACH PARTITION app.parted_2;
	DROP TABLE app.by_a_block;
	TRUNCATE app.profiles;
$$ || :'assert', '{app}');
-- the errors are the server's own
\set SHOW_CONTEXT never
SELECT * FROM migrate.diff('CREATE TABLE app.t (i int REFERENCES auth.users (no))', '{app}');
\set VERBOSITY terse
SELECT * FROM migrate.diff('CREATE TABLE app.t (i date REFERENCES auth.users (id))', '{app}');
\set VERBOSITY default
SELECT * FROM migrate.diff('CREATE TABLE app.t (i int REFERENCES auth.users (nothing))', '{app}');
SELECT * FROM migrate.diff('CREATE TABLE app.t (i int REFERENCES auth.nobody)', '{app}');
\set SHOW_CONTEXT errors
-- who may refer to it
CREATE ROLE regress_refers;
SELECT current_database() AS db \gset
GRANT CREATE ON DATABASE :"db" TO regress_refers;
GRANT USAGE ON SCHEMA auth, migrate TO regress_refers;
CREATE SCHEMA hers AUTHORIZATION regress_refers;
SET ROLE regress_refers;
\set SHOW_CONTEXT never
SELECT * FROM migrate.diff('CREATE TABLE hers.t (i int REFERENCES auth.users)', '{hers}');
\set SHOW_CONTEXT errors
RESET ROLE;
GRANT REFERENCES (id) ON auth.users TO regress_refers;
SET ROLE regress_refers;
SELECT upgrade FROM migrate.diff('CREATE TABLE hers.t (i int REFERENCES auth.users)' , '{hers}');
RESET ROLE;
DROP SCHEMA hers;
REVOKE ALL ON auth.users FROM regress_refers;
REVOKE ALL ON SCHEMA auth, migrate FROM regress_refers;
REVOKE ALL ON DATABASE :"db" FROM regress_refers;
DROP ROLE regress_refers;

-- revisions
DROP SCHEMA app CASCADE;
CREATE SCHEMA app;
SELECT migrate.migrate('keys', :'model', '{app}', rev_id => 'aa01');
SELECT * FROM migrate.upgrade();
SELECT * FROM migrate.drift('{app}');
SELECT revision, upgrade_ok, downgrade_ok, round_trip_ok, detail FROM migrate.verify('base:heads', '{app}');
SELECT migrate.migrate('fewer', replace(:'model', ' REFERENCES auth.users ON DELETE CASCADE', '') || :'assert', '{app}', rev_id => 'aa02');
SELECT split_part(migrate.script('aa02'), '-- migrate:up', 2);

-- what is not managed uses a type that is: a key does not care for it, what takes the type over is told so
SET client_min_messages = warning;
CREATE SCHEMA away;
CREATE SCHEMA beside;
CREATE TYPE away.mood AS ENUM ('a', 'b');
CREATE TABLE away.t (id int PRIMARY KEY, m away.mood);
CREATE TABLE beside.ref (id int PRIMARY KEY, m away.mood DEFAULT 'a', k away.mood UNIQUE);
CREATE VIEW beside.v AS SELECT id, m FROM away.t;
CREATE FUNCTION beside.f() RETURNS away.mood LANGUAGE sql AS $$ SELECT 'a'::away.mood $$;
SELECT count(*) FROM migrate.diff('CREATE TYPE away.mood AS ENUM (''a'', ''b''); CREATE TABLE away.t (id int PRIMARY KEY REFERENCES beside.ref, m away.mood)', '{away}');
SELECT count(*) FROM migrate.diff('CREATE TABLE away.u (LIKE beside.ref)', '{away}');
SELECT count(*) FROM migrate.diff('CREATE VIEW away.w AS SELECT id, m FROM beside.v', '{away}');
SELECT count(*) FROM migrate.diff('CREATE TABLE away.u AS SELECT m AS x FROM beside.ref', '{away}');
SELECT count(*) FROM migrate.diff('CREATE TABLE away.u (r text DEFAULT beside.f())', '{away}');
SELECT count(*) FROM migrate.diff('CREATE VIEW away.w AS SELECT id FROM beside.v', '{away}');

-- nor does it matter that the key is of such a type itself, or of an array or a domain of it
CREATE DOMAIN away.moods AS away.mood[] CHECK (VALUE <> '{}');
CREATE DOMAIN away.word AS text COLLATE "C";
CREATE TYPE away.pair AS (a int, b away.mood);
ALTER TABLE beside.ref ADD l away.mood[], ADD d away.moods, ADD w away.word COLLATE "POSIX", ADD p away.pair, ADD UNIQUE (l, k), ADD UNIQUE (d), ADD UNIQUE (w), ADD UNIQUE (p);
\set types 'CREATE TYPE away.mood AS ENUM (''a'', ''b''); CREATE DOMAIN away.moods AS away.mood[] CHECK (VALUE <> ''{}''); CREATE DOMAIN away.word AS text COLLATE "C"; CREATE TYPE away.pair AS (a int, b away.mood);'
\set keys 'CREATE TABLE away.t (id int PRIMARY KEY, m away.mood REFERENCES beside.ref (k), l away.mood[], d away.moods REFERENCES beside.ref (d), w away.word REFERENCES beside.ref (w), p away.pair REFERENCES beside.ref (p), FOREIGN KEY (l, m) REFERENCES beside.ref (l, k));'
SELECT migrate.stamp('aa02');
SELECT migrate.migrate('typed keys', :'types' || :'keys', '{away}', rev_id => 'bb01');
SELECT * FROM migrate.upgrade();
SELECT count(*) FROM migrate.diff(:'types' || :'keys', '{away}');
SELECT migrate.migrate('one key less', :'types' || replace(:'keys', ' REFERENCES beside.ref (k)', ''), '{away}', rev_id => 'bb02');
SELECT * FROM migrate.upgrade();
SELECT * FROM migrate.downgrade('-1');
SELECT count(*) FROM migrate.diff(replace(:'types', '''b''', '''b'', ''c''') || :'keys', '{away}');
-- a type that it has not
\set VERBOSITY terse
SELECT count(*) FROM migrate.diff('CREATE TYPE away.other AS ENUM (''a'', ''b''); CREATE TABLE away.t (m away.other REFERENCES beside.ref (k))', '{away}');
\set VERBOSITY default
-- nor does any other message call what is away by the name that it has meanwhile
CREATE TABLE beside.known (r regclass, t regtype);
INSERT INTO beside.known VALUES ('away.t', 'away.mood');
SELECT count(*) FROM migrate.diff(:'types' || :'keys' || 'INSERT INTO away.t (id, m) SELECT id, k FROM beside.ref', '{away}');
\set VERBOSITY terse
SELECT count(*) FROM migrate.diff(:'types' || :'keys' || 'CREATE VIEW away.v AS SELECT FROM beside.ref, away.t WHERE k = away.t.m', '{away}');
\set VERBOSITY default
-- a function that this session reads in only now
SET check_function_bodies = off;
CREATE FUNCTION away.raises() RETURNS int LANGUAGE plpgsql AS $$BEGIN RAISE EXCEPTION 'no'; END$$;
RESET check_function_bodies;
CREATE VIEW beside.raising AS SELECT away.raises();
SELECT count(*) FROM migrate.diff('CREATE TABLE away.t AS SELECT * FROM beside.raising', '{away}');
DROP VIEW beside.raising;
DROP FUNCTION away.raises;
SET client_min_messages = notice;
SELECT count(*) FROM migrate.diff($$DO 'DECLARE k record; BEGIN SELECT * INTO k FROM beside.known; RAISE NOTICE ''%'', k.r;
	RAISE ''%'', k.t USING DETAIL = k.r, HINT = k.t; END'$$, '{away}');
SET client_min_messages = warning;
DROP SCHEMA away, beside CASCADE;

-- a key of a base type that is away, of a domain over it, and of an operator class that is not the default
SET client_min_messages = error;
CREATE SCHEMA away;
CREATE SCHEMA beside;
\set base 'CREATE TYPE away.num; CREATE FUNCTION away.num_in(cstring) RETURNS away.num LANGUAGE internal IMMUTABLE STRICT AS ''int4in''; CREATE FUNCTION away.num_out(away.num) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS ''int4out''; CREATE TYPE away.num (INPUT = away.num_in, OUTPUT = away.num_out, LIKE = int); CREATE DOMAIN away.nums AS away.num CHECK (VALUE IS NOT NULL);'
SELECT string_agg(format('CREATE FUNCTION away.num_%1$s(away.num, away.num) RETURNS bool LANGUAGE internal IMMUTABLE STRICT AS ''int4%1$s''; CREATE OPERATOR away.%2$s (LEFTARG = away.num, RIGHTARG = away.num, FUNCTION = away.num_%1$s);', name, op), ' ') ||
	'CREATE FUNCTION away.num_cmp(away.num, away.num) RETURNS int LANGUAGE internal IMMUTABLE STRICT AS ''btint4cmp'';' AS operators
	FROM (VALUES ('lt', '<'), ('le', '<='), ('eq', '='), ('ge', '>='), ('gt', '>')) AS v(name, op) \gset
\set class 'FOR TYPE away.num USING btree AS OPERATOR 1 away.<, OPERATOR 2 away.<=, OPERATOR 3 away.=, OPERATOR 4 away.>=, OPERATOR 5 away.>, FUNCTION 1 away.num_cmp(away.num, away.num);'
\set classes 'CREATE OPERATOR CLASS away.num_ops DEFAULT ' :class 'CREATE OPERATOR CLASS away.other_ops ' :class
SELECT :'base' || :'operators' || :'classes' AS base \gset
SELECT :'base' \gexec
CREATE TABLE beside.ref (k away.num PRIMARY KEY, d away.nums UNIQUE, o away.num, n int);
CREATE UNIQUE INDEX ON beside.ref (o away.other_ops, n);
\set keys 'CREATE TABLE away.t (k away.num REFERENCES beside.ref, d away.nums REFERENCES beside.ref (d), o away.num, n int, FOREIGN KEY (o, n) REFERENCES beside.ref (o, n));'
SELECT migrate.stamp('heads');
SELECT migrate.migrate('keys of base types', :'base' || :'keys', '{away}', rev_id => 'cc01');
SELECT * FROM migrate.upgrade();
SELECT count(*) FROM migrate.diff(:'base' || :'keys', '{away}');
-- the classes are the text's, also to drop
SELECT count(*) FROM migrate.diff(:'base' || :'keys' || 'DROP TABLE away.t; DROP OPERATOR CLASS away.other_ops USING btree;', '{away}');
DROP SCHEMA away, beside CASCADE;

-- what a shadow has made is gone
SELECT nspname FROM pg_namespace WHERE nspname LIKE 'migrate %';
DROP EXTENSION migrate_ext;
SET client_min_messages = error;
DROP SCHEMA app, auth, "Other one" CASCADE;
DROP FUNCTION locked;
