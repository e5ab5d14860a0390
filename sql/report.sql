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
$$SELECT regexp_replace(migrate.report(target, format), '(about \d+ rows, )?\d+ MB, \d+ scans and \d+ rows written since the statistics begin', 'as large as it is', 'g')$$;

SELECT migrate.report(format => 'pdf');
SELECT migrate.report(format => NULL);
SELECT migrate.report('nosuch');
SELECT migrate.report();
SELECT jsonb_pretty(migrate.report(format => 'sarif')::jsonb #- '{runs,0,tool,driver,version}');

CREATE TABLE customers (id bigint PRIMARY KEY, name text NOT NULL);
CREATE TABLE orders (id bigint PRIMARY KEY, customer bigint NOT NULL REFERENCES customers, note text, at timestamptz);
INSERT INTO customers VALUES (1, 'a'), (2, 'b');
INSERT INTO orders VALUES (1, 1, NULL, now()), (2, 2, 'x', now());
SELECT migrate.revision('As it was', $$SELECT 1$$, $$SELECT 1$$, rev_id => 'r0');
SELECT migrate.upgrade();
SELECT migrate.report();

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
SELECT migrate.report('r2', 'sarif', './my migrations') ~ '"uri": "my%20migrations/r1_notes.sql"';
SELECT migrate.report('r2', 'sarif', '/srv/m/') ~ '"uri": "file:///srv/m/r1_notes.sql"';
SELECT severity, report = migrate.report('r1') FROM migrate.report_and_severity('r1');
SELECT severity FROM migrate.report_and_severity('r0');

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
SELECT (p -> 'last_seconds')::text <> 'null' FROM jsonb_array_elements(migrate.report(format => 'json')::jsonb -> 'plan') AS p;

-- drift
SELECT migrate.report(format => 'json')::jsonb -> 'drift' ->> 'is_known', jsonb_array_length(migrate.report(format => 'json')::jsonb -> 'drift' -> 'changes') > 0;

-- a page
CREATE TEMP TABLE page AS SELECT migrate.report(format => 'html') AS h;
SELECT h LIKE '<!DOCTYPE html>%</html>', h ~ 'name="viewport"', h ~ 'prefers-color-scheme: dark', h ~ '@media print',
	h ~* '<script|javascript:|https?://|@import|url\(' AS has_network FROM page;
SELECT count(*) FROM page, regexp_matches(h, '<svg', 'g');
SELECT m[1] FROM page, regexp_matches(h, '<h2>([^<]*)</h2>', 'g') AS m;
SELECT m[1] FROM page, regexp_matches(h, '<span class="badge[^>]*>([^<]*)</span>', 'g') AS m;

-- what others have written is text and nothing else
SELECT migrate.remove(r) FROM unnest('{r3,r2,r1}'::text[]) AS r;
SELECT migrate.revision($$<script>alert(1)</script> ]]> </style> @team #12 | `code` ``` **b** [x](http://evil.example) ![i](https://evil.example/i.png) www.evil.example &amp; "q" 'q' $$
	|| U&'\202Ereversed\202C \200Bzero' || E' \u001b[31m bell\u0007',
	E'CREATE TABLE "<img src=x onerror=alert(1)>|`" ("a</tspan><script>" int); -- ```` </pre></details><script>alert(2)</script> ]]> \u202E \u001b[2J\nSELECT ''@team''',
	rev_id => 'evil');
SELECT pg_temp.told();
SELECT migrate.report(format => 'html') ~* '<script|<img|onerror=alert\(1\)>|\u202E|\u001b|\u0007|\u200B|</style>.*</style>';
SELECT m[1] FROM regexp_matches(migrate.report(format => 'html'), '(<article class="revision.*?</article>)') AS m;
SELECT migrate.report(format => 'html') ~ '&lt;img src=x';
SELECT j -> 'plan' -> 0 -> 'message' = to_jsonb(message), j -> 'tables' -> 0 -> 'table'
FROM (SELECT migrate.report(format => 'json')::jsonb AS j) AS r, migrate.history('evil:evil');
SELECT migrate.report(format => 'sarif')::jsonb #> '{runs,0,results,0,message}';
SELECT migrate.remove('evil');

-- as long as a comment may be
SELECT count(migrate.revision('Revision ' || i, 'CREATE TABLE t' || i || ' (id bigint PRIMARY KEY); -- ' || repeat('x', 1000), 'SELECT 1', rev_id => 'm' || i))
FROM generate_series(1, 150) AS i;
SELECT length(r) <= 65536, length(r) > 60000, r LIKE '%</details>', m[1] FROM migrate.report() AS r, regexp_matches(r, '_(\d+ more [^_]*)_', 'g') AS m;
SELECT jsonb_array_length(migrate.report(format => 'json')::jsonb -> 'plan');
SELECT jsonb_array_length(migrate.report(format => 'json')::jsonb -> 'tables'), migrate.report(format => 'json')::jsonb -> 'tables_are_cut';

-- nothing is locked, nothing is written
BEGIN READ ONLY;
SELECT migrate.report('m2', f) <> '' FROM unnest('{markdown,html,json,sarif}'::text[]) AS f;
SELECT DISTINCT mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation > 16384;
COMMIT;
BEGIN;
SELECT migrate.report('m2', 'html') <> '';
SELECT DISTINCT mode FROM pg_locks WHERE locktype = 'relation' AND pid = pg_backend_pid() AND relation > 16384;
COMMIT;

-- for those who may
CREATE ROLE report_reader;
GRANT USAGE ON SCHEMA migrate TO report_reader;
SET ROLE report_reader;
SELECT migrate.report();
RESET ROLE;
GRANT EXECUTE ON FUNCTION migrate.report TO report_reader;
SET ROLE report_reader;
SELECT migrate.report('m1');
RESET ROLE;
REVOKE ALL ON FUNCTION migrate.report FROM report_reader;
REVOKE ALL ON SCHEMA migrate FROM report_reader;
DROP ROLE report_reader;

DROP SCHEMA rep CASCADE;
DROP EXTENSION migrate_ext;
