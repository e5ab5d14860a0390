-- The order of a graph with many open tips at once: that of the walk as it is described in
-- order.c, done here the simple way, with every ancestor of every revision in a table.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
-- a line with a short branch every twenty, and another that depends on it now and then
CREATE TEMP TABLE revs (n int, id text, parents text[], deps text[]);
DO $$
DECLARE
	n int := 0;
	main text := '';
	side text;
	branch text;
	other text := '';
BEGIN
	FOR k IN 0..29 LOOP
		FOR i IN 1..15 LOOP
			n := n + 1;
			INSERT INTO revs VALUES (n, 'm' || n, array_remove(ARRAY[main], ''), '{}');
			main := 'm' || n;
		END LOOP;
		side := main;
		FOR i IN 1..3 LOOP
			n := n + 1;
			INSERT INTO revs VALUES (n, 's' || n, ARRAY[side], '{}');
			side := 's' || n;
		END LOOP;
		branch := 'b' || n;
		INSERT INTO revs VALUES (n + 1, branch, ARRAY[main], '{}'), (n + 2, 'm' || n + 2, ARRAY[branch, side], '{}'),
			(n + 3, 'o' || n + 3, array_remove(ARRAY[other], ''), ARRAY['m' || n + 2]), (n + 4, 'o' || n + 4, ARRAY['o' || n + 3], '{}');
		main := 'm' || n + 2;
		other := 'o' || n + 4;
		n := n + 4;
	END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE outcome <> 'added') AS not_added FROM migrate.load_files((SELECT array_agg(format(
	E'-- step\n--\n-- Revision ID: %s\n-- Revises: %s\n-- Create Date: 2026-01-01 00:00:00+00\n-- Depends On: %s\n\n-- migrate:up\n\n-- migrate:down\n',
	id, array_to_string(parents, ', '), array_to_string(deps, ', ')) ORDER BY n) FROM revs));

CREATE TEMP TABLE ancestors AS
WITH RECURSIVE links AS (SELECT id, unnest(parents || deps) AS below FROM revs),
all_of AS (SELECT id, below FROM links UNION SELECT a.id, l.below FROM all_of a JOIN links l ON l.id = a.below)
SELECT * FROM all_of;
CREATE INDEX ON ancestors (below, id);
CREATE TEMP TABLE walked (place serial, id text);
DO $$
DECLARE
	tips text[] := (SELECT array_agg(id ORDER BY n) FROM revs WHERE id NOT IN (SELECT unnest(parents || deps) FROM revs));
	at int := 1;
	tip int;
	below text;
	replaced boolean;
BEGIN
	WHILE cardinality(tips) > 0 LOOP
		tip := (SELECT min(place) FROM unnest(tips) WITH ORDINALITY AS t (id, place) JOIN ancestors a ON a.id = t.id AND a.below = tips[at]);
		IF tip IS NOT NULL THEN
			at := tip;
			CONTINUE;
		END IF;
		INSERT INTO walked (id) VALUES (tips[at]);
		replaced := false;
		FOR below IN SELECT l FROM revs, unnest(parents || deps) WITH ORDINALITY AS u (l, o) WHERE id = tips[at] ORDER BY o LOOP
			CONTINUE WHEN below = ANY (tips) OR EXISTS (SELECT FROM walked w WHERE w.id = below);
			IF replaced THEN
				tips := tips || below;
			ELSE
				tips[at] := below;
				replaced := true;
			END IF;
		END LOOP;
		IF NOT replaced THEN
			tips := tips[:at - 1] || tips[at + 1:];
			at := greatest(at - 1, 1);
		END IF;
	END LOOP;
END $$;
SELECT count(*), count(*) FILTER (WHERE h.revision = w.id) AS in_the_same_place
  FROM (SELECT row_number() OVER () AS place, revision FROM migrate.history()) h FULL JOIN walked w USING (place);
SELECT count(*), count(*) FILTER (WHERE p.revision = w.id) AS in_the_same_place
  FROM (SELECT row_number() OVER (ORDER BY step DESC) AS place, revision FROM migrate.plan('upgrade', 'heads')) p FULL JOIN walked w USING (place);
DROP EXTENSION migrate_ext;

-- many heads: a row of the log does not repeat them all
CREATE EXTENSION migrate_ext;
SELECT count(*) FROM migrate.load_files(ARRAY[E'-- root\n--\n-- Revision ID: root\n-- Revises:\n\n-- migrate:up\n-- migrate:down\n'] ||
	ARRAY(SELECT format(E'-- head\n--\n-- Revision ID: h%s\n-- Revises: root\n\n-- migrate:up\n-- migrate:down\n', to_char(i, 'FM0000')) FROM generate_series(1, 1000) i));
SET client_min_messages = warning;
CREATE VIEW newest AS SELECT l.action, l.revision, l.version_before, l.version_after FROM migrate.log l ORDER BY id DESC LIMIT 1;
SELECT version_after FROM migrate.plan('upgrade', 'heads') WHERE step IN (1, 2, 3, 103, 1001) ORDER BY step;
SELECT count(*) FROM migrate.upgrade('heads');
SELECT action, revision, version_before, version_after FROM migrate.log WHERE id IN (1, 2, 3, 103, 1001) ORDER BY id;
SELECT max(cardinality(version_before)), max(cardinality(version_after)), sum(pg_column_size(version_after)) < 1000000 AS is_small FROM migrate.log;
SELECT count(*), min(c), max(c) FROM migrate.current() c;
SELECT count(*) FROM migrate.downgrade('h0500@-1');
TABLE newest;
SELECT migrate.revision('what is current while it runs', 'CREATE TEMP TABLE seen AS SELECT * FROM migrate.current() AS c', '', head => '{h0500}', rev_id => 'reader');
SELECT count(*) FROM migrate.upgrade('heads');
SELECT count(*), count(*) FILTER (WHERE c = 'h0500') AS under_it FROM seen;
TABLE newest;
CALL migrate.revert('h0500@-1');
TABLE newest;
SELECT count(*) FROM migrate.stamp('heads');
TABLE newest;
SELECT count(*) FROM migrate.stamp('h0001', purge => true);
TABLE newest;
-- the whole graph as one script: it does what the plan does
SELECT count(*) FROM migrate.stamp('base');
DROP TABLE seen;
SELECT length(migrate.upgrade_sql('base:heads')) < 2500000 AS is_small;
\! mkdir -p results
\o results/graph_large_run.sql
\pset format unaligned
\pset tuples_only on
SELECT migrate.upgrade_sql('base:heads');
\o
\! sed -i '/^.echo/d' results/graph_large_run.sql
\set ECHO none
\i results/graph_large_run.sql
\set ECHO all
\pset format aligned
\pset tuples_only off
SELECT count(*) FROM migrate.current();
TABLE newest;
DROP EXTENSION migrate_ext CASCADE;
RESET client_min_messages;
