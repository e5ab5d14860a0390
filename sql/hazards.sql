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

-- What the server finds out before it begins: that no value changes, that no row can be null, that a table is used elsewhere.
CREATE DOMAIN plain AS text;
CREATE DOMAIN limited AS varchar(5);
CREATE TABLE one (id int PRIMARY KEY, d plain, l limited, at timestamp, net cidr, n int, CONSTRAINT n_there CHECK (n IS NOT NULL AND n > 0), m int);
CREATE INDEX one_at ON one (at);
CREATE INDEX one_m ON one (m);
CREATE TABLE two (id int REFERENCES one, n int);
CREATE TABLE heir () INHERITS (two);
CREATE INDEX two_n ON two (n) WITH (fillfactor = 70);
CREATE TABLE whole (i int, j int, CONSTRAINT whole_key UNIQUE (i)) PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF whole (j NOT NULL) FOR VALUES IN (1);
CREATE TYPE shape AS (a varchar(5));
CREATE TABLE typed OF shape;
CREATE FUNCTION told(change text, OUT upgrade text, OUT hazards text) RETURNS SETOF record LANGUAGE sql AS $$
	SELECT upgrade, array_to_string(hazards, ', ') FROM migrate.diff('CREATE FUNCTION told(change text, OUT upgrade text, OUT hazards text)
 RETURNS SETOF record LANGUAGE sql AS ''SELECT $1, $1'';
CREATE DOMAIN plain AS text; CREATE DOMAIN limited AS varchar(5);
CREATE TABLE one (id int PRIMARY KEY, d plain, l limited, at timestamp, net cidr, n int, CONSTRAINT n_there CHECK (n IS NOT NULL AND n > 0), m int);
CREATE INDEX one_at ON one (at); CREATE INDEX one_m ON one (m);
CREATE TABLE two (id int REFERENCES one, n int); CREATE TABLE heir () INHERITS (two); CREATE INDEX two_n ON two (n) WITH (fillfactor = 70);
CREATE TABLE whole (i int, j int, CONSTRAINT whole_key UNIQUE (i)) PARTITION BY LIST (i);
CREATE TABLE part PARTITION OF whole (j NOT NULL) FOR VALUES IN (1);
CREATE TYPE shape AS (a varchar(5)); CREATE TABLE typed OF shape;' || change) WHERE object_type <> 'function' $$;
SELECT * FROM told('ALTER TABLE one ALTER d TYPE text');
SELECT * FROM told('ALTER TABLE one ALTER l TYPE text');
SELECT * FROM told('ALTER TABLE one ALTER l TYPE varchar(4)');
SELECT * FROM told('ALTER TABLE one ALTER d TYPE text; DROP DOMAIN plain; CREATE DOMAIN plain AS text COLLATE "C"; ALTER TABLE one ALTER d TYPE plain');
SELECT * FROM told('ALTER TABLE one ALTER d TYPE text; DROP DOMAIN plain; CREATE DOMAIN plain AS text COLLATE "C" CHECK (value <> ''x''); ALTER TABLE one ALTER d TYPE plain');
SELECT * FROM told('ALTER TABLE one ALTER net TYPE inet');
SET TimeZone = 'UTC';
SELECT * FROM told('ALTER TABLE one ALTER at TYPE timestamptz');
SET TimeZone = 'Europe/Berlin';
SELECT * FROM told('ALTER TABLE one ALTER at TYPE timestamptz');
RESET TimeZone;
SELECT * FROM told('ALTER TABLE two ALTER id TYPE bigint');
SELECT * FROM told('ALTER TABLE one ALTER id TYPE bigint');
SELECT * FROM told('ALTER TYPE shape ALTER ATTRIBUTE a TYPE text CASCADE');
SELECT * FROM told('ALTER TYPE shape ALTER ATTRIBUTE a TYPE varchar(4) CASCADE');
SELECT hazards FROM told('ALTER TABLE one ALTER n SET NOT NULL');
SELECT hazards FROM told('ALTER TABLE one ALTER n SET NOT NULL; ALTER TABLE one DROP CONSTRAINT n_there');
SELECT hazards FROM told('ALTER TABLE whole ALTER j SET NOT NULL');
SELECT hazards FROM told('ALTER TABLE whole ALTER i SET NOT NULL');
SELECT * FROM told('ALTER TABLE whole DROP CONSTRAINT whole_key');
SELECT * FROM told('DROP INDEX two_n');
SELECT * FROM told('ALTER INDEX two_n SET (fillfactor = 80)');
SELECT hazards FROM told('CREATE SEQUENCE s OWNED BY one.m; ALTER TABLE one ALTER m SET DEFAULT nextval(''s'')') WHERE upgrade ~ 'OWNED';
SELECT hazards FROM told('CREATE SEQUENCE s OWNED BY one.n; ALTER TABLE one ALTER n SET DEFAULT nextval(''s'')') WHERE upgrade ~ 'OWNED';
DROP FUNCTION told;
DROP TABLE typed, whole, heir, two, one;
DROP TYPE shape;
DROP DOMAIN plain, limited;

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
BEGIN;
SELECT sum(seq_scan) AS before FROM pg_stat_xact_user_tables WHERE relname IN ('users', 'teams', 'parts_1') \gset
SELECT migrate.migrate('Constraints', :'model' || 'CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, "E Mail" text UNIQUE, team int REFERENCES teams)', rev_id => 'c1');
-- which is no use of the tables
SELECT sum(seq_scan) - :before AS counted FROM pg_stat_xact_user_tables WHERE relname IN ('users', 'teams', 'parts_1');
SHOW track_counts;
COMMIT;
SELECT migrate.remove('c1');
-- not counted: columns that get another type, of which the old one may have no equality
CREATE TABLE retyped (a json, b text);
INSERT INTO retyped VALUES ('{}', '1'), ('{}', '01');
SELECT migrate.migrate('Constraints', 'CREATE TABLE users (id int, name text, "E Mail" text, team int);' || replace(:'model', ' NOT NULL, UNIQUE (a, b)', '') ||
	'CREATE TABLE retyped (a jsonb UNIQUE, b int UNIQUE REFERENCES teams)', rev_id => 'c1');
SELECT migrate.remove('c1');
DROP TABLE retyped;
-- not counted: what the caller may not read, or is new, or has a policy, or a type of somebody's
CREATE TYPE mine AS (i int);
CREATE TABLE typed (c mine);
INSERT INTO typed VALUES (NULL);
ALTER TABLE users ENABLE ROW LEVEL SECURITY;
SELECT migrate.migrate('Constraints', :'model' || 'CREATE TYPE mine AS (i int); CREATE TABLE typed (c mine NOT NULL, d int NOT NULL);
	CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, "E Mail" text, team int); ALTER TABLE users ENABLE ROW LEVEL SECURITY', rev_id => 'c1');
SELECT migrate.remove('c1');
-- What a check, a unique index or an exclusion asks, as far as PostgreSQL's own functions can tell.
SET client_min_messages = warning;
DROP TABLE users, teams, parts, typed;
CREATE FUNCTION is_even(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE WARNING $w$called$w$; RETURN i % 2 = 0; END';
CREATE TABLE people (id int, mail text, since date, till date, during daterange, room int, note text);
INSERT INTO people SELECT i, chr(96 + i % 4) || CASE WHEN i > 5 THEN 'X' ELSE 'x' END, '2024-01-01'::date + i, '2024-01-08',
	daterange('2024-01-01'::date + i * 2, '2024-01-04'::date + i * 2), i % 2, nullif(i % 3, 0)::text FROM generate_series(1, 10) i;
CREATE TABLE base (n int);
CREATE TABLE below () INHERITS (base);
INSERT INTO below VALUES (-1), (1);
CREATE TABLE grown (id int, n int);
INSERT INTO grown VALUES (1, 1), (1, 1);
SET client_min_messages = notice;
\set rest 'CREATE FUNCTION is_even(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS ''BEGIN RAISE WARNING $w$called$w$; RETURN i % 2 = 0; END'';'
CREATE FUNCTION in_the_way(model text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
	PERFORM migrate.migrate('Rules', 'CREATE FUNCTION in_the_way(model text) RETURNS void LANGUAGE plpgsql AS ''BEGIN END'';' || model, rev_id => 'c1');
	PERFORM migrate.remove('c1');
END $$;
\set people 'CREATE TABLE people (id int, mail text, since date, till date, during daterange, room int, note text);'
\set others 'CREATE TABLE base (n int); CREATE TABLE below () INHERITS (base); CREATE TABLE grown (id int, n int);'
SELECT in_the_way(:'rest' || :'people' || :'others' || 'CREATE UNIQUE INDEX by_mail ON people (lower(mail), room);
	CREATE UNIQUE INDEX by_note ON people (note) WHERE id > 3; CREATE UNIQUE INDEX by_id ON people (id)');
SELECT in_the_way(:'rest' || :'people' || :'others' || 'ALTER TABLE people ADD CONSTRAINT a_period CHECK (since < till),
	ADD CONSTRAINT b_mail CHECK (mail IN (''ax'', ''bx'') AND note <> ''1''), ADD CONSTRAINT c_note CHECK (note IS NOT NULL), ADD CONSTRAINT d_fits CHECK (id > 0)');
SELECT in_the_way(:'rest' || :'people' || :'others' || 'ALTER TABLE people ADD CONSTRAINT a EXCLUDE USING gist (during WITH &&),
	ADD CONSTRAINT b EXCLUDE (room WITH =) WHERE (id < 5), ADD CONSTRAINT c EXCLUDE USING gist (during WITH -|-)');
-- what children have, too, but for what is no rule of theirs
SELECT in_the_way(:'rest' || :'people' || 'CREATE TABLE base (n int CONSTRAINT a CHECK (n > 0), CONSTRAINT b CHECK (n > 1) NO INHERIT);
	CREATE TABLE below () INHERITS (base); CREATE TABLE grown (id int, n int);');
-- not asked: functions of somebody's, and what is only to come
SELECT in_the_way(:'rest' || :'people' || 'CREATE TABLE base (n int); CREATE TABLE below () INHERITS (base);
	ALTER TABLE people ADD CONSTRAINT a CHECK (is_even(id)), ADD CONSTRAINT b CHECK (since < now());
	CREATE UNIQUE INDEX c ON people (is_even(id)); CREATE UNIQUE INDEX d ON people (note COLLATE "C"); CREATE UNIQUE INDEX e ON people (note text_pattern_ops);
	CREATE TABLE grown (id bigint UNIQUE, m int, n int, UNIQUE (m), CHECK (m <> 0), CHECK (id > 1));');
-- an error of the question is none of the answer
SELECT in_the_way(:'rest' || :'people' || :'others' || 'ALTER TABLE people ADD CONSTRAINT a CHECK (10 / (id - 3) > 0) NOT VALID,
	ADD CONSTRAINT b CHECK (mail::int > 0) NOT VALID');
ALTER TABLE people ADD CONSTRAINT a CHECK (10 / (id - 3) > 0) NOT VALID, ADD CONSTRAINT b CHECK (id > 3) NOT VALID;
CREATE TABLE referred (id int PRIMARY KEY);
ALTER TABLE grown ADD CONSTRAINT f FOREIGN KEY (id) REFERENCES referred NOT VALID;
DO $do$
BEGIN
	PERFORM in_the_way($m$CREATE FUNCTION is_even(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RAISE WARNING $w$called$w$; RETURN i % 2 = 0; END';
	CREATE TABLE referred (id int PRIMARY KEY); CREATE TABLE grown (id int, n int, CONSTRAINT f FOREIGN KEY (id) REFERENCES referred);
	CREATE TABLE base (n int); CREATE TABLE below () INHERITS (base);
	CREATE TABLE people (id int, mail text, since date, till date, during daterange, room int, note text,
		CONSTRAINT a CHECK (10 / (id - 3) > 0), CONSTRAINT b CHECK (id > 3))$m$);
EXCEPTION WHEN division_by_zero OR check_violation THEN
	RAISE NOTICE '%', SQLERRM;
END $do$;
SET client_min_messages = warning;
DROP TABLE people, below, base, grown, referred;
DROP FUNCTION is_even, in_the_way;

-- Nor does it run what somebody has put into an index: that is the owner's to be run.
CREATE ROLE regress_migrate_owner;
GRANT CREATE ON SCHEMA public TO regress_migrate_owner;
SET ROLE regress_migrate_owner;
CREATE FUNCTION planted(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_user <> $w$regress_migrate_owner$w$ THEN RAISE WARNING $w$as %$w$, current_user; END IF; RETURN true; END';
CREATE TABLE theirs (id int, name text);
INSERT INTO theirs VALUES (1, NULL);
CREATE INDEX theirs_index ON theirs (id) WHERE planted(1);
RESET ROLE;
\c
SET client_min_messages = notice;
SELECT migrate.migrate('Theirs', 'CREATE FUNCTION planted(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS ''BEGIN IF current_user <> $w$regress_migrate_owner$w$ THEN RAISE WARNING $w$as %$w$, current_user; END IF; RETURN true; END'';
	ALTER FUNCTION planted(int) OWNER TO regress_migrate_owner;
	CREATE TABLE theirs (id int, name text NOT NULL); ALTER TABLE theirs OWNER TO regress_migrate_owner;
	CREATE INDEX theirs_index ON theirs (id) WHERE planted(1)', rev_id => 'c1');
SELECT migrate.remove('c1');
SET client_min_messages = warning;
DROP TABLE theirs;
DROP FUNCTION planted;
DROP OWNED BY regress_migrate_owner;
DROP ROLE regress_migrate_owner;
DROP TYPE mine;
