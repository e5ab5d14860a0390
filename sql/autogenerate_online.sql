-- migrate(online => true): what takes long is done in revisions of their own, without a lock that stops others.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE SCHEMA shop;
RESET client_min_messages;
\set schemas '{shop}'
\pset format unaligned
\t on

CREATE TABLE shop.users (id int, email text, age int, "The Name" text, note text);
CREATE INDEX old_notes ON shop.users (note);
CREATE TABLE shop.orders (id int PRIMARY KEY, user_id int);
CREATE TABLE shop.parts (id int, at int) PARTITION BY RANGE (at);
INSERT INTO shop.users SELECT i, i, i, i, i FROM generate_series(1, 3) i;
INSERT INTO shop.orders VALUES (1, 2);

SELECT $$CREATE TABLE shop.users (id int PRIMARY KEY, email text CONSTRAINT "e mail" UNIQUE,
	age int CONSTRAINT grown CHECK (age > 0), "The Name" text NOT NULL, note text);
CREATE INDEX names ON shop.users ("The Name") WHERE age > 1;
CREATE TABLE shop.orders (id int PRIMARY KEY, user_id int CONSTRAINT whose REFERENCES shop.users);
CREATE TABLE shop.parts (id int NOT NULL, at int) PARTITION BY RANGE (at);
CREATE INDEX of_parts ON shop.parts (id);
CREATE TABLE shop.fresh (id int PRIMARY KEY, user_id int REFERENCES shop.users);
CREATE INDEX of_fresh ON shop.fresh (user_id);$$ AS model \gset
SELECT migrate.migrate('Busy', :'model', :'schemas', online => true, rev_id => 'bb01', branch_label => '{busy}');
SELECT regexp_replace(regexp_replace(migrate.script(revision), 'Create Date: .*?\n', E'Create Date: ...\n'), '(ID|Revises): (?!bb01)\w+', '\1: ...', 'g')
FROM (SELECT revision, row_number() OVER () AS n FROM migrate.history()) AS h ORDER BY n DESC;
SET client_min_messages = warning;
CALL migrate.deploy();
SELECT migrate.check(:'model', :'schemas');
CALL migrate.revert('base');
RESET client_min_messages;
\d shop.users
TABLE shop.users;
SELECT count(*) FROM migrate.history();
SET client_min_messages = warning;
SELECT migrate.remove(revision) FROM migrate.history();
RESET client_min_messages;

-- an index that changes serves until the new one does, unless it stands in the way; one of a partitioned table is
-- built partition by partition
SET client_min_messages = warning;
CREATE SCHEMA changing;
CREATE TABLE changing.users (id int NOT NULL, email text, age int);
CREATE INDEX emails ON changing.users (email);
CREATE UNIQUE INDEX ids ON changing.users (id);
CREATE INDEX ages ON changing.users (age);
CREATE TABLE changing.emails__old ();
ALTER TABLE changing.users REPLICA IDENTITY USING INDEX ids;
CREATE TABLE changing.parts (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE changing.part PARTITION OF changing.parts FOR VALUES FROM (0) TO (10);
SELECT $$CREATE TABLE changing.users (id int NOT NULL, email text, age bigint);
CREATE INDEX emails ON changing.users (lower(email));
CREATE UNIQUE INDEX ids ON changing.users (id) INCLUDE (email);
CREATE INDEX ages ON changing.users (age, id);
CREATE TABLE changing.emails__old ();
ALTER TABLE changing.users REPLICA IDENTITY USING INDEX ids;
CREATE TABLE changing.parts (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE changing.part PARTITION OF changing.parts FOR VALUES FROM (0) TO (10);
CREATE INDEX of_parts ON changing.parts (id);$$ AS model3 \gset
SELECT migrate.migrate('Indexes', :'model3', '{changing}', online => true) IS NOT NULL;
SELECT regexp_replace(regexp_replace(migrate.script(revision), 'Create Date: .*?\n', E'Create Date: ...\n'), '(ID|Revises): \w+', '\1: ...', 'g')
FROM (SELECT revision, row_number() OVER () AS n FROM migrate.history()) AS h ORDER BY n DESC;
CALL migrate.deploy();
SELECT migrate.check(:'model3', '{changing}');
CALL migrate.revert('base');
SELECT indexdef FROM pg_indexes WHERE schemaname = 'changing' ORDER BY 1;
SELECT count(migrate.remove(revision)) FROM migrate.history();
DROP SCHEMA changing CASCADE;
RESET client_min_messages;

-- values of enums come first, after the names; what uses them, be it in the body of a function, is in a later transaction
SET client_min_messages = warning;
CREATE SCHEMA moods;
CREATE TYPE moods.mod AS ENUM ('a', 'c');
CREATE TABLE moods.t (i int, m moods.mod, ms moods.mod[]) PARTITION BY LIST (m);
CREATE TABLE moods.t_a PARTITION OF moods.t FOR VALUES IN ('a');
INSERT INTO moods.t VALUES (1, 'a', '{a,c}');
SELECT 'moods.t'::regclass::oid AS t_before \gset
SELECT $$CREATE TYPE moods.mood AS ENUM ('a', 'b', 'c');
COMMENT ON TYPE moods.mood IS 'of the day';
CREATE TABLE moods.t (i int, m moods.mood, ms moods.mood[] DEFAULT '{b}') PARTITION BY LIST (m);
CREATE TABLE moods.t_a PARTITION OF moods.t FOR VALUES IN ('a', 'b');
CREATE FUNCTION moods.best(moods.mood[]) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $f$BEGIN RETURN 'b' = ANY ($1); END$f$;
CREATE INDEX best ON moods.t_a (moods.best(ms));$$ AS model4 \gset
SELECT migrate.migrate('Moods', :'model4', '{moods}', renames => '{moods.mod=mood}', online => true) IS NOT NULL;
SELECT upgrade FROM (SELECT upgrade, row_number() OVER () AS n FROM migrate.history() JOIN migrate.scripts USING (revision)) AS h ORDER BY n DESC;
CALL migrate.deploy();
SELECT migrate.check(:'model4', '{moods}');
SELECT *, 'moods.t'::regclass::oid = :t_before AS is_same FROM moods.t;
CALL migrate.revert('base');
SELECT * FROM moods.t;
SELECT enum_range(NULL::moods.mod);
SELECT count(migrate.remove(revision)) FROM migrate.history();
DROP SCHEMA moods CASCADE;

-- a key is an index over its columns, whatever they are called; one with a clause is not
CREATE SCHEMA keys;
CREATE TABLE keys.t ("a)b" int, c int, " NOT VALID" int, d text);
SELECT $$CREATE TABLE keys.t ("a)b" int UNIQUE, c int, " NOT VALID" int, d text,
  CONSTRAINT deferred UNIQUE (c) DEFERRABLE, CONSTRAINT more UNIQUE (c) INCLUDE (d), CONSTRAINT filled PRIMARY KEY (c) WITH (fillfactor = 50),
  CONSTRAINT "x NOT VALID y" CHECK (d <> ' NOT VALID'));$$ AS model5 \gset
SELECT migrate.migrate('Keys', :'model5', '{keys}', online => true) IS NOT NULL;
SELECT upgrade FROM (SELECT upgrade, row_number() OVER () AS n FROM migrate.history() JOIN migrate.scripts USING (revision)) AS h ORDER BY n DESC;
CALL migrate.deploy();
SELECT migrate.check(:'model5', '{keys}');
CALL migrate.revert('base');
SELECT count(migrate.remove(revision)) FROM migrate.history();
DROP SCHEMA keys CASCADE;
-- what changes with a parent's column has its index dropped before; what gets a parent has first, and valid, what the parent wants
CREATE SCHEMA family;
CREATE TYPE family.e AS ENUM ('a', 'b');
CREATE DOMAIN family.d AS family.e;
CREATE TABLE family.parent (id int, c numeric, gone int);
CREATE TABLE family.child (own int) INHERITS (family.parent);
CREATE INDEX retyped ON family.child USING brin (c, id);
CREATE INDEX lost ON family.child (gone, id);
CREATE INDEX kept ON family.child (id);
CREATE TABLE family.p (k int, c text, n int) PARTITION BY RANGE (k);
CREATE TABLE family.pa PARTITION OF family.p FOR VALUES FROM (10) TO (15);
INSERT INTO family.p VALUES (11, '1', 2);
CREATE TABLE family.adopter (id int);
CREATE TABLE family.adopted (id int);
INSERT INTO family.adopted VALUES (1);
SELECT $$CREATE TYPE family.e AS ENUM ('a', 'b');
CREATE DOMAIN family.d AS family.e;
CREATE TABLE family.parent (id int, c family.d);
CREATE TABLE family.child (own int) INHERITS (family.parent);
CREATE INDEX retyped ON family.child (c, id);
CREATE INDEX lost ON family.child (own, id);
CREATE INDEX kept ON family.child (id DESC);
CREATE TABLE family.p (k int, c int NOT NULL, n int CONSTRAINT positive CHECK (n > 0)) PARTITION BY RANGE (k);
CREATE TABLE family.pa PARTITION OF family.p FOR VALUES FROM (10) TO (20);
CREATE TABLE family.adopter (id int NOT NULL CONSTRAINT small CHECK (id < 100));
CREATE TABLE family.adopted (id int NOT NULL CONSTRAINT small CHECK (id < 100)) INHERITS (family.adopter);$$ AS model6 \gset
SELECT migrate.migrate('Family', :'model6', '{family}', online => true) IS NOT NULL;
SELECT upgrade FROM (SELECT upgrade, row_number() OVER () AS n FROM migrate.history() JOIN migrate.scripts USING (revision)) AS h ORDER BY n DESC;
CALL migrate.deploy();
SELECT migrate.check(:'model6', '{family}');
SELECT tableoid::regclass, * FROM family.p;
CALL migrate.revert('base');
SELECT tableoid::regclass, * FROM family.p;
SELECT count(migrate.remove(revision)) FROM migrate.history();
DROP SCHEMA family CASCADE;
RESET client_min_messages;

-- what nothing is to be done about online is one revision
SELECT migrate.migrate('Calm', 'CREATE TABLE shop.users (id int, email text, age bigint, "The Name" text, note text); CREATE INDEX old_notes ON shop.users (note)',
  :'schemas', online => true, rev_id => 'cc01');
SELECT revision, message FROM migrate.history();

-- how long a lock may last is told by the table's size
INSERT INTO shop.users SELECT i, repeat('x', 100) FROM generate_series(1, 100000) i;
ANALYZE shop.users;
SELECT action, hazards FROM migrate.diff('CREATE TABLE shop.orders (id bigint PRIMARY KEY, user_id int); CREATE TABLE shop.parts (id int, at int) PARTITION BY RANGE (at);
CREATE TABLE shop.users (id bigint, email text, age int, "The Name" text, note text); CREATE INDEX old_notes ON shop.users (note)', :'schemas');
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
