-- Times in a model: those without a zone are of UTC, whoever asks; those that mean the present are said to be constants.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
SELECT $$
CREATE TABLE t (
	a timestamptz DEFAULT '2020-01-01',
	b timestamptz CHECK (b > '2020-01-01 12:00' AND b < timestamptz '2030-06-01'),
	c tstzrange DEFAULT '[2020-01-01, 2020-07-01)',
	d timestamptz[] DEFAULT '{2020-01-01, 2020-07-01}',
	e timestamp DEFAULT '2020-01-01',
	f timetz DEFAULT '10:00',
	g timestamptz GENERATED ALWAYS AS (CASE WHEN e < '2020-01-01' THEN '2020-01-01'::timestamptz END) STORED
);
CREATE TABLE p (a timestamptz) PARTITION BY RANGE (a);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM ('2020-01-01') TO ('2020-07-01');
CREATE TABLE l (a timestamptz) PARTITION BY LIST (a);
CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('2020-01-01', '2020-07-01');
CREATE INDEX i ON t (a) WHERE a > '2020-01-01';
CREATE VIEW v AS SELECT timestamptz '2020-01-01' AS x, a FROM t WHERE a > '2020-07-01';
CREATE DOMAIN later AS timestamptz DEFAULT '2020-01-01' CHECK (value > '2019-07-01');
CREATE FUNCTION f(a timestamptz DEFAULT '2020-01-01') RETURNS int LANGUAGE sql AS 'SELECT 1';
ALTER TABLE t ENABLE ROW LEVEL SECURITY;
CREATE POLICY p ON t USING (a > '2020-01-01');
$$ AS model \gset
SET timezone = 'Asia/Tokyo';
SET datestyle = 'German';
SELECT migrate.migrate('times', :'model', rev_id => 'a1') AS rev;
-- which a different zone runs
SET timezone = 'America/New_York';
SELECT migrate.upgrade();
SELECT migrate.check(:'model');
SET timezone = 'Asia/Tokyo';
SET datestyle = 'ISO';
SELECT migrate.check(:'model');
SELECT count(*) FROM migrate.drift();
SET timezone = 'Europe/Berlin';
SET datestyle = 'SQL, DMY';
SELECT migrate.check(:'model');
SELECT count(*) FROM migrate.drift();
SELECT * FROM migrate.verify();
SELECT migrate.migrate('nothing', :'model');
SHOW timezone;
-- a model that says its zone itself means that
SELECT count(*) > 0 AS differs FROM migrate.diff('SET timezone = ''Asia/Tokyo'';' || :'model');
-- what is written says the offset
SELECT upgrade FROM migrate.diff(:'model' || $$ALTER TABLE t ALTER a SET DEFAULT '2021-07-01'$$);
RESET timezone;
RESET datestyle;
SELECT migrate.downgrade('base');

-- --------------------------------------------------- constants that mean the present
CREATE FUNCTION pg_temp.asked(model text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING '%', model; PERFORM migrate.diff(model, allow_empty => true); RETURN NULL; END $$;
SET client_min_messages = notice;
\set VERBOSITY terse
SELECT pg_temp.asked(m) FROM (VALUES
	($$CREATE TABLE t (a timestamptz DEFAULT 'now()')$$),
	($$CREATE TABLE t (a timestamp NOT NULL DEFAULT 'now', b int, c date DEFAULT 'today', d date DEFAULT 'Tomorrow', e timestamp DEFAULT 'yesterday 12:00', f time DEFAULT 'now', g timetz DEFAULT ' NOW ')$$),
	($$CREATE TABLE t (a timestamp DEFAULT 'now'::timestamp, b text DEFAULT timestamp 'today'::text)$$),
	($$CREATE TABLE t (a timestamp(0) DEFAULT CAST('now' AS timestamp), CHECK (a < date 'tomorrow'))$$),
	($$CREATE TABLE t (a timestamp); ALTER TABLE t ALTER a SET DEFAULT 'now'; ALTER TABLE t ADD b date DEFAULT 'today'; ALTER TABLE t ADD CHECK (a < 'now'::timestamp)$$),
	($$CREATE DOMAIN d AS timestamptz DEFAULT 'now'; CREATE TABLE t (a d DEFAULT 'today'); ALTER DOMAIN d SET DEFAULT 'tomorrow'$$),
	($$CREATE VIEW v AS SELECT timestamp 'now' AS a WHERE date 'today' > '2020-01-01'$$),
	($$CREATE FUNCTION f(a date DEFAULT 'today') RETURNS int LANGUAGE sql AS 'SELECT 1'$$),
	($$CREATE TABLE t (a timestamp); CREATE INDEX ON t (a) WHERE a > timestamp 'today'; CREATE POLICY p ON t USING (a < 'now'::timestamp)$$),
	($$CREATE TABLE t (a date) PARTITION BY RANGE (a); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM (date 'yesterday') TO ('2100-01-01')$$),
	($$CREATE TABLE t (a date CHECK (a > 'today'), b timestamp, c timestamp CHECK (c BETWEEN 'yesterday' AND 'tomorrow'), CHECK (b IN ('now', '2020-01-01')),
		d date GENERATED ALWAYS AS (coalesce(a, 'today')) STORED, EXCLUDE USING btree (a WITH =) WHERE (a > 'today'))$$),
	($$CREATE TABLE t (a timestamp[] DEFAULT '{2020-01-01, now}', b tsrange DEFAULT '[today,)', c date[] CHECK (c <> ARRAY['today']::date[] AND 'now' = ANY (c)))$$),
	($$CREATE TYPE c AS (a int, b timestamp); CREATE DOMAIN d AS timestamp CHECK (value > 'yesterday'); CREATE TABLE t (a c DEFAULT '(1,now)', b d[] DEFAULT '{{now}}', c d CHECK (c > 'today'))$$),
	($$CREATE TABLE t (a date, b text) PARTITION BY RANGE (a, (coalesce(a, 'today'))); CREATE TABLE t1 PARTITION OF t FOR VALUES FROM ('yesterday', '2020-01-01') TO ('2100-01-01', MAXVALUE);
	   CREATE TABLE l (a date) PARTITION BY LIST (a); CREATE TABLE l1 PARTITION OF l FOR VALUES IN ('today'); CREATE TABLE l2 (a date); ALTER TABLE l ATTACH PARTITION l2 FOR VALUES IN ('tomorrow')$$),
	($$CREATE TABLE t (a timestamp, b text); CREATE VIEW v AS SELECT a FROM t WHERE a > 'now' AND b > 'now' UNION VALUES (timestamp '2020-01-01'), ('today'::timestamp); ALTER VIEW v ALTER a SET DEFAULT 'today';
	   CREATE MATERIALIZED VIEW m AS SELECT coalesce(a, 'now') AS a FROM t WHERE b <> 'today'$$),
	($$CREATE TABLE t (a timestamp, b text); CREATE RULE r AS ON UPDATE TO t WHERE old.a > 'now' DO ALSO (INSERT INTO t VALUES ('today', 'now'); UPDATE t SET a = 'tomorrow', b = 'yesterday')$$),
	($$CREATE TABLE t (a timestamp, b text); CREATE FUNCTION tf() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
	   CREATE TRIGGER g BEFORE UPDATE ON t FOR EACH ROW WHEN (new.a > 'now' AND new.b > 'now') EXECUTE FUNCTION tf(); CREATE INDEX ON t ((coalesce(a, 'now'))) WHERE a < 'today' AND b < 'today';
	   CREATE STATISTICS s ON a, b FROM t; CREATE POLICY p ON t USING (a > 'now'); ALTER POLICY p ON t USING (a > 'today' OR b = 'today')$$),
	($$CREATE FUNCTION f(a timestamp) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE FUNCTION g(a text) RETURNS int LANGUAGE sql AS 'SELECT 1'; CREATE TABLE t (a int DEFAULT f('now'), b int DEFAULT g('now'))$$),
	($$DO 'BEGIN EXECUTE ''CREATE TABLE t (a date DEFAULT ''''today'''')''; END'$$)) v(m);
-- and these do not
SELECT pg_temp.asked(m) FROM (VALUES
	($$CREATE TABLE t (a timestamptz DEFAULT now(), b date DEFAULT CURRENT_DATE, c timestamp DEFAULT '2020-01-01', d timestamptz DEFAULT 'infinity', e timestamp DEFAULT 'epoch', f time DEFAULT 'allballs')$$),
	($$CREATE TABLE t (a text DEFAULT 'now()', b varchar DEFAULT 'today', c timestamptz DEFAULT 'now'::text::timestamptz, d serial)$$),
	($$CREATE TYPE e AS ENUM ('now', 'today'); CREATE TABLE t (a e DEFAULT 'now', b e[] DEFAULT '{today}', c text[] DEFAULT '{now,today}', d jsonb DEFAULT '{"now": "today"}', f text);
	   CREATE INDEX ON t (a) WHERE a = 'now'; ALTER TABLE t ALTER f TYPE date USING 'today'; INSERT INTO t (f) VALUES ('now'); CREATE TABLE u AS SELECT date 'today' AS a$$),
	($$CREATE TABLE t (a text CHECK (a IN ('now', 'today')), b text COLLATE "C" DEFAULT 'now'); COMMENT ON TABLE t IS 'now()'$$),
	($$CREATE TABLE s (a int PRIMARY KEY, b timestamptz DEFAULT '2020-01-01', CHECK (b > '2020-01-01')); CREATE INDEX ON s ((a + 1)) WHERE a > 1;
	   CREATE TABLE t (LIKE s INCLUDING ALL)$$)) v(m);
DROP EXTENSION migrate_ext;
