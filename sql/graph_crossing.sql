-- Graphs that are hard to draw: merges of many, ways that cross, roots far from what is on top of them.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
\pset format unaligned
\pset tuples_only on
SELECT count(*) FROM (SELECT migrate.load(format(E'-- %s\n--\n-- Revision ID: %s\n-- Revises: %s\n-- Create Date: 2026-01-01 00:00:%s+00\n-- Depends On: %s\n\n-- migrate:up\n\n-- migrate:down\n',
	'step ' || id, id, parents, lpad(n::text, 2, '0'), deps))
  FROM (VALUES (1, 'root1', '', ''), (2, 'root2', '', ''), (3, 'root3', '', ''), (4, 'root4', '', ''),
	(5, 'pair12', 'root1, root2', ''), (6, 'all4', 'root4, root1, root3, root2', ''), (7, 'cross', 'root4, root1', ''),
	(8, 'side1', 'root3', 'root1'), (9, 'wide', 'pair12, all4, cross, side1', ''), (10, 'again', 'side1, pair12, cross', ''),
	(11, 'far', 'root2', 'again')) AS v (n, id, parents, deps) ORDER BY n) l;
SELECT migrate.graph();
-- what is applied is marked, whatever the lines do
SELECT migrate.stamp('all4');
SELECT line FROM regexp_split_to_table(migrate.graph(), E'\n') AS line WHERE line ~ '\*';
