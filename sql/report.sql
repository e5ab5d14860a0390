-- What an upgrade would run and what is to be said of it, as a text to pass on.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
DROP SCHEMA IF EXISTS rep CASCADE;
CREATE SCHEMA rep;
SET search_path = rep;
SET migrate.schemas = rep;
\pset tuples_only on
\pset format unaligned
\pset null (null)
-- what the statistics say differs from run to run
CREATE FUNCTION pg_temp.told(target text DEFAULT 'head', format text DEFAULT 'markdown') RETURNS text LANGUAGE sql AS
$$SELECT regexp_replace(migrate.report(target, format, trial => false), '(about \d+ rows, )?\d+ MB, \d+ scans and \d+ rows written since the statistics begin', 'as large as it is', 'g')$$;

SELECT migrate.report(format => 'pdf', trial => false);
SELECT migrate.report(format => NULL);
SELECT migrate.report('nosuch', trial => false);
SELECT migrate.report(trial => false);
SELECT jsonb_pretty(migrate.report(format => 'sarif', trial => false)::jsonb #- '{runs,0,tool,driver,version}');

CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, note text, at timestamptz);
INSERT INTO customers VALUES (1, 'a'), (2, 'b');
INSERT INTO orders VALUES (1, 1, NULL, now()), (2, 2, 'x', now());
SELECT migrate.revision('As it was', $$SELECT 1$$, $$SELECT 1$$, rev_id => 'r0');
SELECT migrate.upgrade();
SELECT migrate.report(trial => false);

SELECT migrate.load($$-- Notes are required
--
-- Revision ID: r1
-- Revises: r0

-- migrate:up
-- who reads this?
ALTER TABLE orders ALTER note SET NOT NULL;

ALTER TABLE orders ADD COLUMN paid_by bigint REFERENCES customers;
CREATE INDEX ON orders (customer);
CREATE TABLE items (orders_id bigint REFERENCES orders, nr int, text text, PRIMARY KEY (orders_id, nr));
COMMENT ON TABLE items IS 'what is ordered';

-- migrate:down
DROP TABLE items;
DROP INDEX orders_customer_idx;
ALTER TABLE orders DROP paid_by, ALTER note DROP NOT NULL;
$$, 'r1_notes.sql');
SELECT migrate.revision('Times', $$-- migrate:allow drop_column: see ticket 12
ALTER TABLE orders DROP COLUMN at; ALTER TABLE customers RENAME name TO full_name; UPDATE customers SET full_name = '';
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'; DROP FUNCTION f()$$, rev_id => 'r2');
SELECT migrate.revision('Apart', 'CREATE INDEX CONCURRENTLY ON orders (paid_by)', 'DROP INDEX CONCURRENTLY orders_paid_by_idx', rev_id => 'r3');

SELECT pg_temp.told();
SELECT pg_temp.told('r1');
SELECT jsonb_pretty(pg_temp.told(format => 'sarif')::jsonb #- '{runs,0,tool,driver,version}');
SELECT migrate.report('r2', 'sarif', './my migrations', trial => false) ~ '"uri": "my%20migrations/r1_notes.sql"';
SELECT migrate.report('r2', 'sarif', '/srv/m/', trial => false) ~ '"uri": "file:///srv/m/r1_notes.sql"';
SELECT severity, report = migrate.report('r1', trial => false) FROM migrate.report_and_severity('r1', trial => false);
SELECT severity FROM migrate.report_and_severity('r0', trial => false);

-- JSON: what has no times in it
CREATE TEMP TABLE told AS SELECT pg_temp.told(format => 'json')::jsonb AS j;
SELECT jsonb_pretty(j - '{plan,findings,preflight,tables,history}'::text[]) FROM told;
SELECT jsonb_pretty(j -> 'plan' -> 0) FROM told;
SELECT jsonb_pretty(p -> 'locks') FROM told, jsonb_array_elements(j -> 'plan') AS p;
SELECT f FROM told, jsonb_array_elements(j -> 'findings') AS f;
SELECT f FROM told, jsonb_array_elements(j -> 'preflight') AS f;
SELECT t -> 'table', t -> 'change', t -> 'refers_to', c FROM told, jsonb_array_elements(j -> 'tables') AS t, jsonb_array_elements(t -> 'columns') AS c;
SELECT h - '{started_at,seconds,role,application}'::text[], h ->> 'started_at' ~ '^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$', (h ->> 'seconds')::numeric >= 0,
	ARRAY(SELECT jsonb_object_keys(h)) FROM told, jsonb_array_elements(j -> 'history') AS h;

-- how long it took when it ran last, and what failed
SELECT migrate.upgrade('r0');
UPDATE orders SET note = '' WHERE note IS NULL;
SELECT migrate.upgrade('r1');
SELECT migrate.downgrade('r0');
SELECT (p -> 'last_seconds')::text <> 'null' FROM jsonb_array_elements(migrate.report(format => 'json', trial => false)::jsonb -> 'plan') AS p;

-- drift
SELECT migrate.report(format => 'json', trial => false)::jsonb -> 'drift' ->> 'is_known', jsonb_array_length(migrate.report(format => 'json', trial => false)::jsonb -> 'drift' -> 'changes') > 0;

-- a page
CREATE TEMP TABLE page AS SELECT migrate.report(format => 'html', trial => false) AS h;
SELECT h LIKE '<!DOCTYPE html>%</html>', h ~ 'name="viewport"', h ~ 'prefers-color-scheme: dark', h ~ '@media print',
	h ~* '<script|javascript:|https?://|@import|url\(' AS has_network FROM page;
SELECT count(*) FROM page, regexp_matches(h, '<svg', 'g');
SELECT m[1] FROM page, regexp_matches(h, '<h2>([^<]*)</h2>', 'g') AS m;
SELECT m[1] FROM page, regexp_matches(h, '<span class="badge[^>]*>([^<]*)</span>', 'g') AS m;

SELECT migrate.remove(r) FROM unnest('{r3,r2,r1}'::text[]) AS r;

-- what statements lock, by their kind
CREATE TABLE parts (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE part_of (id int, at date);
CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM orders;
CREATE VIEW named AS SELECT name FROM customers;
CREATE INDEX orders_at ON orders (at);
CREATE SEQUENCE numbers;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE ruled AS ON DELETE TO orders DO NOTHING;
CREATE POLICY seen ON orders USING (true);
SELECT migrate.revision('Locks', $$
	LOCK TABLE customers IN EXCLUSIVE MODE;
	TRUNCATE orders, customers;
	INSERT INTO orders SELECT FROM orders;
	DELETE FROM orders;
	CREATE INDEX ON parts (id);
	ALTER TABLE parts ATTACH PARTITION part_of FOR VALUES FROM (1) TO (2);
	CREATE TABLE part_new PARTITION OF parts FOR VALUES FROM (2) TO (3);
	CREATE TABLE child () INHERITS (customers);
	REFRESH MATERIALIZED VIEW counted;
	CREATE OR REPLACE VIEW named AS SELECT name FROM customers;
	ALTER INDEX orders_at RENAME TO orders_when;
	DROP INDEX orders_at;
	DROP TRIGGER touched ON orders;
	DROP RULE ruled ON orders;
	DROP POLICY seen ON rep.orders;
	CREATE TRIGGER touched BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION touch();
	CREATE RULE ruled AS ON DELETE TO orders DO NOTHING;
	CREATE POLICY seen ON orders USING (true);
	ALTER POLICY seen ON orders USING (false);
	ALTER TABLE named SET SCHEMA public;
	ALTER SEQUENCE numbers INCREMENT 2;
	CREATE TYPE mood AS ENUM ('good');
	ALTER TYPE mood ADD VALUE 'bad';
	CREATE DOMAIN positive AS int;
	CREATE SCHEMA IF NOT EXISTS other;
	COMMENT ON COLUMN orders.id IS 'x';
	COMMENT ON FUNCTION touch() IS 'x';
	COMMENT ON TYPE mood IS 'x';
	DROP VIEW named;
	DROP FUNCTION nosuch(int);
	DROP SCHEMA other;
	CLUSTER orders USING orders_pkey;
	DO 'BEGIN END'$$, 'SELECT 1', rev_id => 'locks');
SELECT s ->> 'statement', p -> 'does' ->> (s ->> 'statement')::int - 1, l ->> 'table', l ->> 'mode'
FROM migrate.report(format => 'json', trial => false) AS r, jsonb_array_elements(r::jsonb -> 'plan') AS p, jsonb_array_elements(p -> 'statements') AS s
	LEFT JOIN jsonb_array_elements(s -> 'locks') AS l ON true;
SELECT d FROM migrate.report(format => 'json', trial => false) AS r, jsonb_array_elements_text(r::jsonb #> '{plan,0,does}') AS d;
SELECT migrate.remove('locks');

-- the picture of tables
CREATE TABLE wide (id int PRIMARY KEY, c1 int, c2 int, c3 int, c4 int, c5 int, c6 int, c7 int, c8 int, c9 int, c10 int, c11 int, c12 int, c13 int, c14 int, last int);
SELECT migrate.revision('Tables', $$
	CREATE TABLE tree (id serial PRIMARY KEY, up int REFERENCES tree, kind no_such_type[], size numeric(8,2));
	CREATE TABLE one (id int PRIMARY KEY, other int);
	CREATE TABLE two (id int, one int, PRIMARY KEY (id), FOREIGN KEY (one) REFERENCES one (id));
	ALTER TABLE one ADD CONSTRAINT back FOREIGN KEY (other) REFERENCES two (id);
	ALTER TABLE wide ALTER c14 TYPE bigint, ALTER last SET DEFAULT 1, DROP c1, ADD CHECK (c2 > 0), ADD c2 text, ADD COLUMN "new one" int;
	ALTER TABLE customers RENAME TO clients;
	ALTER TABLE clients ADD phone text;
	ALTER TABLE orders RENAME note TO words;
	ALTER TABLE orders ADD UNIQUE (words);
	CREATE TABLE IF NOT EXISTS wide (id int);
	DROP TABLE part_of, nosuch;
	DROP TABLE IF EXISTS tree$$, 'SELECT 1', rev_id => 'tables');
CREATE TEMP TABLE pictures AS SELECT migrate.report(format => 'json', trial => false)::jsonb AS j, migrate.report(format => 'html', trial => false) AS h;
SELECT t ->> 'table', t ->> 'change', c ->> 'name', c ->> 'old_name', c ->> 'type', c ->> 'change', c -> 'is_key', c -> 'refers'
FROM pictures, jsonb_array_elements(j -> 'tables') AS t, jsonb_array_elements(t -> 'columns') AS c;
SELECT t ->> 'table', r FROM pictures, jsonb_array_elements(j -> 'tables') AS t, jsonb_array_elements(t -> 'refers_to') AS r;
SELECT m[1] FROM pictures, regexp_matches(h, '<g class="table ([a-z]*)">', 'g') AS m;
SELECT m[1] FROM pictures, regexp_matches(h, '>(\d+ more)<', 'g') AS m;
SELECT count(*) FROM pictures, regexp_matches(h, '<svg class="tables"', 'g');
SELECT migrate.remove('tables');
-- one of another schema is another table
SELECT migrate.revision('Two of a name', $$CREATE SCHEMA rep2; CREATE TABLE rep.twin (a int); CREATE TABLE rep2.twin (b int);
	ALTER TABLE rep2.twin ADD c int; ALTER TABLE twin ADD d int; ALTER TABLE twin RENAME TO other; ALTER TABLE rep.other ADD e int;
	CREATE TABLE rep2.other (f int REFERENCES rep2.twin)$$, 'SELECT 1', rev_id => 'twins');
SELECT t ->> 'table', c ->> 'name' FROM (SELECT migrate.report(format => 'json', trial => false)::jsonb AS j) AS r, jsonb_array_elements(j -> 'tables') AS t,
	jsonb_array_elements(t -> 'columns') AS c;
SELECT t ->> 'table', r ->> 'table' FROM (SELECT migrate.report(format => 'json', trial => false)::jsonb AS j) AS r0, jsonb_array_elements(j -> 'tables') AS t,
	jsonb_array_elements(t -> 'refers_to') AS r;
SELECT migrate.remove('twins');

-- the graph
SELECT count(migrate.revision('Straight ' || i, 'SELECT 1', 'SELECT 1', rev_id => 's' || i)) FROM generate_series(1, 9) AS i;
SELECT migrate.revision('A branch <b>', 'SELECT 1', rev_id => 'left', head => '{s9}', splice => true, branch_label => '{left_side}');
SELECT migrate.revision('Another', 'SELECT 1', rev_id => 'right', head => '{s9}', splice => true);
SELECT migrate.merge('{left,right}', 'Together', rev_id => 'both');
SELECT migrate.revision('Apart', 'SELECT 1', rev_id => 'apart', head => '{base}', splice => true, depends_on => '{s3}');
SELECT migrate.upgrade('s2');
SELECT regexp_replace(migrate.report('both', 'html', trial => false), '^.*<svg class="graph"(.*?)</svg>.*$', '\1') ~ 'class="lines"';
SELECT m[1] FROM regexp_matches(migrate.report('both', 'html', trial => false), '<tspan class="([^"]*"[^>]*>[^<]*)</tspan>', 'g') AS m;
SELECT m[1] FROM regexp_matches(migrate.report('both', 'html', trial => false), '<(circle class="(?:applied|pending|ring)|rect class="[a-z]+"|path class="stretch")', 'g') AS m;
SELECT migrate.report(trial => false);
SELECT (migrate.report('left', 'json', trial => false)::jsonb #> '{plan,7}') - '{statements,file}'::text[];
SELECT migrate.downgrade('r0');
SELECT migrate.remove(r) FROM unnest('{apart,both,right,left,s9,s8,s7,s6,s5,s4,s3,s2,s1}'::text[]) AS r;

-- what failed is in the history
SELECT migrate.revision('Divides', 'SELECT 1/0', rev_id => 'fails');
\set VERBOSITY terse
CALL migrate.deploy();
\set VERBOSITY default
SELECT h -> 'revision', h -> 'outcome', h -> 'sqlstate', h -> 'error' FROM jsonb_array_elements(migrate.report(format => 'json', trial => false)::jsonb -> 'history') AS h LIMIT 1;
SELECT migrate.report(format => 'html', trial => false) ~ '<strong class="error">failed</strong><br>22012: division by zero';
SELECT migrate.remove('fails');

-- what others have written is text and nothing else
SELECT migrate.revision($$<script>alert(1)</script> ]]> </style> @team #12 | `code` ``` **b** [x](http://evil.example) ![i](https://evil.example/i.png) www.evil.example &amp; "q" 'q' $$
	|| U&'\202Ereversed\202C \200Bzero' || E' \u001b[31m bell\u0007',
	E'CREATE TABLE "<img src=x onerror=alert(1)>|`" ("a</tspan><script>" int); -- ```` </pre></details><script>alert(2)</script> ]]> \u202E \u001b[2J\nSELECT ''@team''',
	rev_id => 'evil');
SELECT pg_temp.told();
SELECT migrate.report(format => 'html', trial => false) ~* '<script|<img|onerror=alert\(1\)>|\u202E|\u001b|\u0007|\u200B|</style>.*</style>';
SELECT m[1] FROM regexp_matches(migrate.report(format => 'html', trial => false), '(<article class="revision.*?</article>)') AS m;
SELECT migrate.report(format => 'html', trial => false) ~ '&lt;img src=x';
SELECT j -> 'plan' -> 0 -> 'message' = to_jsonb(message), j -> 'tables' -> 0 -> 'table'
FROM (SELECT migrate.report(format => 'json', trial => false)::jsonb AS j) AS r, migrate.history('evil:evil');
SELECT migrate.report(format => 'sarif', trial => false)::jsonb #> '{runs,0,results,0,message}';
SELECT migrate.remove('evil');

-- as long as a comment may be
SELECT count(migrate.revision('Revision ' || i, 'CREATE TABLE t' || i || ' (id bigint PRIMARY KEY); -- ' || repeat('x', 1000), 'SELECT 1', rev_id => 'm' || i))
FROM generate_series(1, 150) AS i;
SELECT length(r) <= 65536, length(r) > 60000, r LIKE '%</details>', m[1] FROM migrate.report(trial => false) AS r, regexp_matches(r, '_(\d+ more [^_]*)_', 'g') AS m;
SELECT jsonb_array_length(migrate.report(format => 'json', trial => false)::jsonb -> 'plan');
SELECT jsonb_array_length(migrate.report(format => 'json', trial => false)::jsonb -> 'tables'), migrate.report(format => 'json', trial => false)::jsonb -> 'tables_are_cut';

-- nothing is locked, nothing is written
BEGIN READ ONLY;
SELECT migrate.report('m2', f, trial => false) <> '' FROM unnest('{markdown,html,json,sarif}'::text[]) AS f;
SELECT DISTINCT mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation > 16384;
COMMIT;
BEGIN;
SELECT migrate.report('m2', 'html', trial => false) <> '';
SELECT DISTINCT mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation > 16384;
COMMIT;

-- for those who may
CREATE ROLE report_reader;
GRANT USAGE ON SCHEMA migrate TO report_reader;
SET ROLE report_reader;
SELECT migrate.report(trial => false);
RESET ROLE;
GRANT EXECUTE ON FUNCTION migrate.report TO report_reader;
SET ROLE report_reader;
SELECT migrate.report('m1', trial => false);
RESET ROLE;
REVOKE ALL ON FUNCTION migrate.report FROM report_reader;
REVOKE ALL ON SCHEMA migrate FROM report_reader;
DROP ROLE report_reader;

DROP SCHEMA rep CASCADE;
DROP EXTENSION migrate_ext;
