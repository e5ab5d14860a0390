-- What diff() says of locks and rewrites is what the server does.
\set VERBOSITY terse
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;

-- Adds columns to a table with a row, and says whether the server has written it anew.
CREATE FUNCTION is_rewritten(column_definition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	before oid := pg_relation_filenode('t');
	rewritten boolean;
BEGIN
	EXECUTE 'ALTER TABLE t ADD COLUMN c ' || column_definition;
	rewritten := pg_relation_filenode('t') <> before;
	ALTER TABLE t DROP COLUMN c;
	RETURN rewritten;
END $$;
CREATE FUNCTION is_told(column_definition text) RETURNS boolean LANGUAGE sql AS $$
	SELECT bool_or('table rewrite' = ANY (hazards)) FROM migrate.diff(format('CREATE DOMAIN any_text AS text;
CREATE DOMAIN filled AS text CHECK (value <> '''');
CREATE DOMAIN filled_too AS filled;
CREATE DOMAIN there AS int NOT NULL;
CREATE FUNCTION is_rewritten(column_definition text) RETURNS boolean LANGUAGE sql AS ''SELECT true'';
CREATE FUNCTION is_told(column_definition text) RETURNS boolean LANGUAGE sql AS ''SELECT true'';
CREATE FUNCTION steady() RETURNS int STABLE LANGUAGE sql AS ''SELECT 1'';
CREATE FUNCTION moody() RETURNS int VOLATILE LANGUAGE plpgsql AS ''BEGIN RETURN 1; END'';
CREATE SEQUENCE s;
CREATE TABLE t (i int, c %s)', column_definition)) WHERE object_type = 'column' $$;

CREATE DOMAIN any_text AS text;
CREATE DOMAIN filled AS text CHECK (value <> '');
CREATE DOMAIN filled_too AS filled;
CREATE DOMAIN there AS int NOT NULL;
CREATE FUNCTION steady() RETURNS int STABLE LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION moody() RETURNS int VOLATILE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE SEQUENCE s;
CREATE TABLE t (i int);
INSERT INTO t VALUES (1);

-- a domain's constraints are looked at by another rule since 19
SELECT definition, is_rewritten(definition) AS rewritten, is_told(definition) AS told FROM unnest(ARRAY[
	'int', 'text DEFAULT ''(x)''', 'text DEFAULT ''a(b''', 'int DEFAULT (1 + 1)', 'text DEFAULT upper(''x'')',
	'timestamptz NOT NULL DEFAULT now()', 'timestamptz DEFAULT clock_timestamp()', 'int DEFAULT steady()', 'int DEFAULT moody()',
	'float8 DEFAULT random()', 'bigint DEFAULT nextval(''s'')', 'int GENERATED ALWAYS AS IDENTITY', 'int GENERATED ALWAYS AS (i + 1) STORED',
	'any_text', 'any_text DEFAULT ''x''', 'numeric(5, 2) DEFAULT round(1.234, 1)', 'text[] DEFAULT ARRAY[''(a)'']'])
	WITH ORDINALITY AS u (definition, n) ORDER BY n;
SELECT definition, is_told(definition) AS told FROM unnest(ARRAY['filled', 'filled_too DEFAULT ''x''', 'there DEFAULT 1']) AS definition;

-- Locks on the tables that are only mentioned.
DROP TABLE t;
DROP FUNCTION is_rewritten, is_told, steady, moody;
DROP DOMAIN any_text, filled_too, filled, there;
DROP SEQUENCE s;
CREATE TABLE parent (i int PRIMARY KEY);
CREATE TABLE child (i int, "x NOT VALID y" int);
CREATE TABLE ordered (k text COLLATE "C");
CREATE INDEX ordered_k ON ordered (k);
CREATE TABLE p (i int, j int) PARTITION BY LIST (i);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE FUNCTION told(change text, OUT upgrade text, OUT hazards text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT upgrade, array_to_string(hazards, ', ') FROM migrate.diff('CREATE FUNCTION told(change text, OUT upgrade text, OUT hazards text)
 RETURNS SETOF record LANGUAGE sql AS ''SELECT $1, $1'';
CREATE TABLE parent (i int PRIMARY KEY); CREATE TABLE child (i int, "x NOT VALID y" int);
CREATE TABLE ordered (k text COLLATE "C"); CREATE INDEX ordered_k ON ordered (k);
CREATE TABLE p (i int, j int) PARTITION BY LIST (i); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);' || change)
	WHERE object_type <> 'function' $$;
\a\t
SELECT * FROM told('ALTER TABLE child ADD FOREIGN KEY (i) REFERENCES parent');
SELECT * FROM told('ALTER TABLE child ADD FOREIGN KEY ("x NOT VALID y") REFERENCES parent NOT VALID');
SELECT * FROM told('ALTER TABLE child ADD FOREIGN KEY ("x NOT VALID y") REFERENCES parent');
SELECT * FROM told('CREATE TABLE other (i int REFERENCES parent)');
SELECT * FROM told('DROP TABLE p1');
SELECT * FROM told('ALTER TABLE p DETACH PARTITION p1');
SELECT * FROM told('CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2)');
SELECT * FROM told('ALTER TABLE child ADD CHECK (i::text <> '' NOT VALID'')');
SELECT * FROM told('ALTER TABLE child ADD CHECK (i > 0) NOT VALID');
SELECT * FROM told('ALTER TABLE ordered ALTER k TYPE text COLLATE "POSIX"');

-- Words of a definition inside of it.
SELECT * FROM told('CREATE INDEX "a USING b" ON ordered ((k || '' WHERE '')) WITH (fillfactor = 70) WHERE k <> '' WITH ( WHERE '' ');
CREATE INDEX "a USING b" ON ordered ((k || ' WHERE ')) WITH (fillfactor = 70) WHERE k <> ' WITH ( WHERE ';
SELECT * FROM told('CREATE INDEX "a USING b" ON ordered ((k || '' WHERE '')) WITH (fillfactor = 80) WHERE k <> '' WITH ( WHERE '' ');
SELECT * FROM told('CREATE INDEX "a USING b" ON ordered ((k || '' WHERE  '')) WITH (fillfactor = 70) WHERE k <> '' WITH ( WHERE '' ');
-- A predicate whose tree has no place in the text.
CREATE TYPE pair AS (a boolean, b int);
CREATE TABLE composite (c pair, l boolean[]);
CREATE INDEX composite_c ON composite (((c).b)) WITH (fillfactor = 70) WHERE (c).a;
CREATE INDEX composite_l ON composite (l) WITH (fillfactor = 70) WHERE l[1];
SELECT count(*) FROM told('CREATE TYPE pair AS (a boolean, b int); CREATE TABLE composite (c pair, l boolean[]);
CREATE INDEX composite_c ON composite (((c).b)) WITH (fillfactor = 70) WHERE (c).a;
CREATE INDEX composite_l ON composite (l) WITH (fillfactor = 70) WHERE l[2]') WHERE upgrade ~ 'composite';

DROP FUNCTION told;
DROP TABLE composite, p, ordered, child, parent;
DROP TYPE pair;

-- How many rows are in the way today.
\pset tuples_only off
\a
CREATE TABLE users (id int, name text, "E Mail" text, team int);
INSERT INTO users SELECT i, CASE WHEN i % 5 > 0 THEN 'n' END, 'm' || i % 8, i % 3 FROM generate_series(1, 20) i;
CREATE TABLE teams (id int PRIMARY KEY);
INSERT INTO teams VALUES (1), (2);
CREATE TABLE parts (a int, b int) PARTITION BY LIST (a);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (1, 1), (1, 1), (1, NULL);
SET client_min_messages = notice;
\set model 'CREATE TABLE teams (id int PRIMARY KEY); CREATE TABLE parts (a int, b int NOT NULL, UNIQUE (a, b)) PARTITION BY LIST (a); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);'
SELECT migrate.migrate('Constraints', :'model' || 'CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, "E Mail" text UNIQUE, team int REFERENCES teams)', rev_id => 'c1');
SELECT migrate.remove('c1');
-- not counted: what the caller may not read, or is new, or has a policy, or a type of somebody's
CREATE TYPE mine AS (i int);
CREATE TABLE typed (c mine);
INSERT INTO typed VALUES (NULL);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
SELECT migrate.migrate('Constraints', :'model' || 'CREATE TYPE mine AS (i int); CREATE TABLE typed (c mine NOT NULL, d int NOT NULL);
	CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, "E Mail" text, team int); ALTER TABLE users ENABLE ROW LEVEL SECURITY', rev_id => 'c1');
SELECT migrate.remove('c1');
SET client_min_messages = warning;
DROP TABLE users, teams, parts, typed;
DROP TYPE mine;
