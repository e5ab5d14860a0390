-- What the data does not allow, found before anything is run: one row of many, for each kind of demand.
SELECT current_database() AS db, current_setting('server_version_num')::int >= 150000 AS has_15 \gset
CREATE DATABASE regress_migrate_preflight;
\c regress_migrate_preflight
SET client_min_messages = warning;
CREATE EXTENSION migrate_ext;
\pset format unaligned
\pset tuples_only on
CREATE TYPE state AS ENUM ('new', 'open', 'closed');
CREATE TABLE parents (id int PRIMARY KEY, code text UNIQUE);
INSERT INTO parents SELECT i, i::text FROM generate_series(1, 10) i;
CREATE TABLE rows (id int PRIMARY KEY, filled text, once text, once2 int, "Odd name" text, part boolean, price int, price2 int, parent int, parent2 int,
	a int, b int, words text, big bigint, long text, num numeric, day text, state state, state2 text, span int4range, vc varchar(20), bits text);
INSERT INTO rows SELECT i, 'x', i::text, i, 'Mail' || i, i % 2 = 0, i, i, i % 10 + 1, i % 10 + 1, i % 10 + 1, i % 10 + 1, i::text, i, 'abc', 1.5,
	'2026-01-01', 'new', 'open', int4range(i * 10, i * 10 + 5), 'abc', '101' FROM generate_series(1, 2000) i;
ALTER TABLE rows ADD CONSTRAINT later CHECK (price2 < 3000) NOT VALID, ADD CONSTRAINT later_fk FOREIGN KEY (parent2) REFERENCES parents NOT VALID;
ANALYZE;

-- each of these by itself
CREATE TABLE demands (name text, sql text, spoil text);
INSERT INTO demands VALUES
('01 not null', 'ALTER TABLE rows ALTER filled SET NOT NULL', 'filled = NULL'),
('02 primary key, nulls', 'ALTER TABLE rows DROP CONSTRAINT rows_pkey, ADD PRIMARY KEY (once)', 'once = NULL'),
('03 primary key', 'ALTER TABLE rows DROP CONSTRAINT rows_pkey, ADD PRIMARY KEY (once)', 'once = ''7'''),
('04 unique', 'ALTER TABLE rows ADD UNIQUE (once, once2)', 'once = ''7'', once2 = 7'),
('05 unique index', 'CREATE UNIQUE INDEX CONCURRENTLY ON public.rows (once2)', 'once2 = 8'),
('06 unique expression', 'CREATE UNIQUE INDEX ON rows (lower("Odd name"))', '"Odd name" = ''MAIL7'''),
('07 partial unique', 'CREATE UNIQUE INDEX ON rows (once2) WHERE part AND id > 0', 'once2 = 8'),
('09 check', 'ALTER TABLE rows ADD CHECK (price BETWEEN 0 AND 2000)', 'price = -1'),
('10 validate check', 'ALTER TABLE rows VALIDATE CONSTRAINT later', 'ALTER TABLE rows DROP CONSTRAINT later; UPDATE rows SET price2 = 3000 WHERE id = 2000; ALTER TABLE rows ADD CONSTRAINT later CHECK (price2 < 3000) NOT VALID'),
('11 foreign key', 'ALTER TABLE rows ADD FOREIGN KEY (parent) REFERENCES parents', 'parent = 11'),
('12 validate foreign key', 'ALTER TABLE rows VALIDATE CONSTRAINT later_fk', 'ALTER TABLE rows DROP CONSTRAINT later_fk; UPDATE rows SET parent2 = 12 WHERE id = 2000; ALTER TABLE rows ADD CONSTRAINT later_fk FOREIGN KEY (parent2) REFERENCES parents NOT VALID'),
('24 not valid, then valid', 'ALTER TABLE rows ADD CONSTRAINT soon CHECK (price > 0) NOT VALID; ALTER TABLE rows VALIDATE CONSTRAINT soon', 'price = 0'),
('13 foreign key, full', 'ALTER TABLE rows ADD FOREIGN KEY (a, b) REFERENCES pairs (a, b) MATCH FULL', 'a = NULL'),
('14 no number', 'ALTER TABLE rows ALTER words TYPE int USING words::int', 'words = ''many'''),
('15 out of range', 'ALTER TABLE rows ALTER big TYPE int', 'big = 3000000000'),
('16 too long', 'ALTER TABLE rows ALTER COLUMN long TYPE varchar(5)', 'long = ''abcdef'''),
('17 numeric', 'ALTER TABLE rows ALTER num TYPE numeric(4,2)', 'num = 100'),
('18 no date', 'ALTER TABLE rows ALTER day TYPE date USING to_date(day, ''YYYY-MM-DD'')', 'day = ''soon'''),
('19 exclusion', 'ALTER TABLE rows ADD EXCLUDE USING gist (span WITH &&)', 'span = ''[70,72)'''),
('20 enum value in use', 'ALTER TYPE state RENAME TO state_old; CREATE TYPE state AS ENUM (''new'', ''open''); ALTER TABLE rows ALTER state TYPE state USING state::text::state', 'state = ''closed'''),
('21 enum of text', 'ALTER TABLE rows ALTER state2 TYPE state USING state2::state', 'state2 = ''gone'''),
('22 shorter', 'ALTER TABLE rows ALTER vc TYPE char(4)', 'vc = ''abcde'''),
('23 bits', 'ALTER TABLE rows ALTER bits TYPE bit(3) USING bits::bit varying', 'bits = ''1010''');
CREATE TABLE pairs (a int, b int, UNIQUE (a, b));
INSERT INTO pairs SELECT i, i FROM generate_series(1, 10) i;
CREATE FUNCTION look(sql text, spoil text, wrote text DEFAULT '') RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE state text;
BEGIN
	BEGIN
		PERFORM migrate.revision('a demand', concat_ws(';', nullif(wrote, ''), sql), rev_id => 'd1');
		IF spoil <> '' THEN
			EXECUTE CASE WHEN spoil LIKE '%;%' THEN spoil ELSE format('UPDATE rows SET %s WHERE id = 2000', spoil) END;
		END IF;
		RETURN QUERY SELECT concat_ws(' | ', p.statement, outcome, table_name, rows, examples, detail) FROM migrate.preflight() p;
		-- is it as it says?
		SET LOCAL migrate.plain_concurrently = on;
		BEGIN
			PERFORM migrate.upgrade();
		EXCEPTION WHEN OTHERS THEN
			state := SQLSTATE;
		END;
		RETURN NEXT 'the upgrade: ' || coalesce(state, 'good');
		RAISE EXCEPTION 'undo' USING ERRCODE = 'ZZZZZ';
	EXCEPTION WHEN SQLSTATE 'ZZZZZ' THEN NULL;
	END;
END $$;
SELECT name, look(sql, spoil) FROM demands ORDER BY name;
-- none where no row is in the way
SELECT name, look(sql, '') FROM demands ORDER BY name;
\if :has_15
\set nulls 'NULLS NOT DISTINCT'
\else
\set nulls ''
\endif
SELECT count(*) FILTER (WHERE l LIKE '%fails%1%several have the same once%') = :'has_15'::boolean::int FROM look('CREATE UNIQUE INDEX ON rows (once) ' || :'nulls', 'UPDATE rows SET once = NULL WHERE id > 1998;') l;
-- what is new has no rows, and what an earlier statement writes may be put right
SELECT look('CREATE TABLE new (i int); ALTER TABLE new ADD CHECK (i > 0), ALTER i SET NOT NULL; CREATE UNIQUE INDEX ON new (i)', '');
SELECT look('ALTER TABLE rows ALTER filled SET NOT NULL', 'filled = NULL', 'UPDATE rows SET filled = '''' WHERE filled IS NULL');
SELECT look('ALTER TABLE rows ALTER filled SET NOT NULL', '', 'DO ''BEGIN UPDATE rows SET filled = NULL; END''');
SELECT look('ALTER TABLE rows ADD more int NOT NULL', '');
SELECT look('ALTER TABLE rows ADD more int NOT NULL DEFAULT 1, ADD more2 serial NOT NULL, ADD more3 int GENERATED ALWAYS AS IDENTITY, ADD more4 int', '');
-- not looked at, and said so
SELECT look('ALTER TABLE rows ADD more int; ALTER TABLE rows ALTER more SET NOT NULL', '');
SELECT look('ALTER TABLE rows RENAME price TO cost; ALTER TABLE rows ADD CHECK (cost > 10)', '');
SELECT look('ALTER TABLE rows RENAME TO lines; ALTER TABLE lines ALTER filled SET NOT NULL', '');
SELECT look('CREATE FUNCTION f(int) RETURNS boolean IMMUTABLE LANGUAGE sql AS ''SELECT $1 > 10''; ALTER TABLE rows ADD CHECK (f(price))', '');
SELECT look('ALTER TABLE rows ADD CHECK (price > 10) NOT VALID', '');
SELECT look('SET search_path = nowhere; ALTER TABLE rows ALTER filled SET NOT NULL', '');

CREATE DOMAIN positive AS int;
SELECT look('ALTER DOMAIN positive ADD CHECK (value > 0); ALTER DOMAIN positive SET NOT NULL; ALTER DOMAIN positive DROP NOT NULL', '');
SELECT look('ALTER TABLE rows ADD CONSTRAINT nowhere FOREIGN KEY (price) REFERENCES nowhere; ALTER TABLE rows VALIDATE CONSTRAINT nobody', '');
SELECT look('CREATE TABLE new (i int PRIMARY KEY); ALTER TABLE rows ADD FOREIGN KEY (price) REFERENCES new', '');

-- functions of one's own are a part of the demand, and write nothing
CREATE FUNCTION odd(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN i % 2 = 1; END';
CREATE FUNCTION writes(i int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN INSERT INTO public.parents VALUES (99); RETURN true; END';
SELECT look('ALTER TABLE rows ADD CHECK (odd(price))', '');
SELECT regexp_replace(l, ' \| (the upgrade.*)?$', '') FROM look('ALTER TABLE rows ADD CHECK (writes(price))', '') l LIMIT 1;

-- partitions, each asked
CREATE TABLE parted (id int, word text) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (1000);
CREATE TABLE parted_2 PARTITION OF parted FOR VALUES FROM (1000) TO (3000);
INSERT INTO parted SELECT i, i::text FROM generate_series(1, 2000) i;
UPDATE parted SET word = 'x' WHERE id IN (5, 1999);
CREATE TABLE parted_rest PARTITION OF parted DEFAULT;
SELECT look('CREATE TABLE parted_3 PARTITION OF parted FOR VALUES FROM (3000) TO (4000)', '');
SELECT look('ALTER TABLE parted ALTER word TYPE int USING word::int', '');
SELECT look('ALTER TABLE parted ADD CHECK (length(word) > 1 OR id > 9), ALTER id SET NOT NULL', '');

-- whose rows: only who could change the table, and as its owner
CREATE ROLE regress_pre_owner;
CREATE ROLE regress_pre_other;
GRANT USAGE ON SCHEMA migrate TO regress_pre_owner, regress_pre_other;
GRANT EXECUTE ON FUNCTION migrate.preflight TO regress_pre_owner, regress_pre_other;
CREATE TABLE theirs (id int PRIMARY KEY, word text);
INSERT INTO theirs VALUES (1, NULL);
CREATE FUNCTION who(text) RETURNS text IMMUTABLE LANGUAGE plpgsql AS 'BEGIN IF current_user <> ''regress_pre_owner'' THEN RAISE WARNING ''it runs as %'', current_user; END IF; RETURN $1; END';
ALTER TABLE theirs OWNER TO regress_pre_owner;
CREATE INDEX ON theirs (who('x'));
SELECT migrate.revision('theirs', 'ALTER TABLE theirs ALTER word SET NOT NULL', rev_id => 't1', require => 'SELECT count(*) = 0, count(*) FROM theirs WHERE word IS NULL');
SELECT statement, outcome, table_name, rows, examples, detail FROM migrate.preflight();
SET ROLE regress_pre_other;
SELECT statement, outcome, table_name, rows, examples, detail FROM migrate.preflight();
SET ROLE regress_pre_owner;
SELECT statement, outcome, table_name, rows, examples, detail FROM migrate.preflight();
RESET ROLE;
ALTER TABLE theirs ENABLE ROW LEVEL SECURITY;
SELECT statement, outcome, rows, detail FROM migrate.preflight();
ALTER TABLE theirs FORCE ROW LEVEL SECURITY;
SELECT statement, outcome, rows, detail FROM migrate.preflight();

-- no lock stays, what was asked is no use of a table, and a limit of time is heeded
BEGIN;
SELECT sum(seq_scan) AS before FROM pg_stat_xact_user_tables WHERE schemaname = 'public' \gset
SELECT count(*) FROM migrate.preflight();
SELECT sum(seq_scan) = :before FROM pg_stat_xact_user_tables WHERE schemaname = 'public';
SHOW track_counts;
SELECT relation::regclass, mode FROM pg_locks WHERE pid = pg_backend_pid() AND relation IN ('theirs'::regclass, 'rows'::regclass, 'parents'::regclass);
ROLLBACK;
SELECT migrate.edit('t1', upgrade => 'ALTER TABLE rows ADD CHECK (slow(price))', require => '');
CREATE FUNCTION slow(int) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(1); RETURN true; END';
SET statement_timeout = '200ms';
\set VERBOSITY sqlstate
SELECT * FROM migrate.preflight();
\set VERBOSITY default
RESET statement_timeout;
SELECT migrate.preflight('nowhere');
SELECT migrate.upgrade('t1') FROM (SELECT migrate.edit('t1', upgrade => '')) e;
SELECT count(*) FROM migrate.preflight(NULL);
\c :db
DROP DATABASE regress_migrate_preflight;
DROP ROLE regress_pre_owner, regress_pre_other;
