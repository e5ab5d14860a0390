-- The graph as people see it: graph, show, branches, heads, history, status.
SET client_min_messages = warning;
DROP EXTENSION IF EXISTS migrate_ext;
CREATE EXTENSION migrate_ext;
CREATE FUNCTION node(id text, revises text, message text, n int, labels text DEFAULT '', deps text DEFAULT '') RETURNS text LANGUAGE sql AS $$
	SELECT format(E'-- %s\n-- Revision ID: %s\n-- Revises: %s\n-- Create Date: %s\n-- Branch Labels: %s\n-- Depends On: %s\n-- migrate:up\n-- migrate:down\n',
		message, id, revises, to_char(timestamp '2026-01-01' + n * interval '1 day', 'YYYY-MM-DD'), labels, deps)
$$;
SELECT count(*) FROM migrate.load_files(ARRAY[
	node('aa01', '', 'Create users', 1),
	node('aa02', 'aa01', 'Add projects', 2),
	node('aa03', 'aa02', 'Time entries', 3),
	node('bb01', 'aa01', 'Invoices', 4, 'billing'),
	node('bb02', 'bb01', 'Invoice "lines" [and] <more>', 5),
	node('aa04', 'aa03,bb02', 'Merge billing', 6),
	node('cc01', '', 'Reports', 7, 'reports, figures', 'billing'),
	node('cc02', 'cc01', 'Weekly', 8, '', 'aa03'),
	node('aa05', 'aa04', 'The end', 9),
	node('dd01', 'aa04', 'Another end', 10)]);
SELECT migrate.upgrade('aa03,bb01');
CREATE FUNCTION pg_temp.shown(text) RETURNS text LANGUAGE sql AS
$$ SELECT regexp_replace(regexp_replace(migrate.show($1), '\d{4}-\d\d-\d\d \S+ by \S+ \(\S+\), in \S+ s', 'TIME by ROLE (APPLICATION), in TIME', 'g'),
	'(Revises: (?:s30|u1)\n    Create Date:) [^\n]*', '\1 TIME') $$;
\pset format unaligned
\pset tuples_only on
SELECT migrate.graph();
SELECT migrate.graph('dot');
SELECT migrate.graph('mermaid');
SELECT pg_temp.shown('aa01');
SELECT pg_temp.shown('aa04');
SELECT pg_temp.shown('cc02,bb02');
SELECT pg_temp.shown('current');
SELECT pg_temp.shown('heads');
SELECT pg_temp.shown('base');
\pset format aligned
\pset tuples_only off
SELECT * FROM migrate.branches();
SELECT migrate.heads();
SELECT migrate.heads(resolve_dependencies => true);
SELECT migrate.heads(NULL);
SET timezone = 'UTC';
SELECT * FROM migrate.history();
SELECT revision FROM migrate.history('-2:');
SELECT revision FROM migrate.history('aa02:current');
SELECT revision FROM migrate.history('bb01:+2');
SELECT revision FROM migrate.history(':reports');
SELECT revision FROM migrate.history('nosuch:');
SELECT current, heads, up_to_date, revisions, applied, pending, next_revision, last_action, last_revision, last_outcome, last_error, last_run_at <= now() AS last_run_at,
	last_role = current_user AS last_role, migrating_pid FROM migrate.status();
SELECT migrate.check_heads();
SELECT migrate.graph(NULL);
-- a straight stretch of which there is nothing to say is one line
SELECT count(*) FROM migrate.load_files((SELECT array_agg(node('s' || to_char(n, 'FM00'), CASE WHEN n > 1 THEN 's' || to_char(n - 1, 'FM00') ELSE '' END,
	'Step ' || n, 20 + n, CASE n WHEN 9 THEN 'ninth' ELSE '' END, CASE n WHEN 25 THEN 's03' ELSE '' END)) FROM generate_series(1, 30) n)
	|| ARRAY[node('t1', 's19', 'Aside', 60), node('t2', 't1', 'Aside', 61), node('t3', 't2', 'Aside', 62), node('t4', 't3', 'Aside', 63)
		, node('t5', 't4', 'Aside', 64), node('t6', 't5,s29', 'And back', 65)]);
SELECT migrate.upgrade('s14');
\pset format unaligned
\pset tuples_only on
SELECT migrate.graph(rev_range => 's01:t6');
SELECT migrate.graph(rev_range => 's12:s17');
SELECT migrate.graph(rev_range => 's12:s17', fold => false);
SELECT migrate.graph(rev_range => 'aa03:aa04');
SELECT migrate.graph(rev_range => 'aa04:');
SELECT migrate.graph('dot', 's10:s17');
SELECT migrate.graph('mermaid', 's10:s17');
SELECT migrate.graph(rev_range => 's01:s01');
\pset format aligned
\pset tuples_only off
SELECT migrate.graph(rev_range => 's17:s10');
SELECT migrate.graph(rev_range => 's17');
SELECT migrate.graph(fold => NULL);

-- what a revision is, whether it is applied, and its SQL
SELECT migrate.revision('With SQL', E'CREATE TABLE shown (\n\ti int\n);\n\nCREATE INDEX ON shown (i); -- \033[31mred', NULL, head => '{s30}', rev_id => 'u1');
SELECT migrate.revision('Apart', 'CREATE INDEX CONCURRENTLY shown_j ON shown (i, i)', 'DROP INDEX shown_j', rev_id => 'u2', head => '{u1}');
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.shown('u1');
SELECT migrate.upgrade('u1');
SELECT pg_temp.shown('u1');
SELECT migrate.stamp('u2');
SELECT pg_temp.shown('u2');
INSERT INTO migrate.log (action, revision, outcome, error, version_before, version_after) VALUES ('downgrade', 'u2', 'failed', E'no\nway', '{}', '{}');
SELECT regexp_replace(migrate.show('u2'), '.*Applied: (.*?) \d.*? by \S+ (.*?)\n.*', '\1 \2');
\pset format aligned
\pset tuples_only off
INSERT INTO migrate.log (action, message, version_before, version_after) VALUES ('load', 'digest', '{}', '{}');
SELECT action, revision, outcome FROM migrate.runs ORDER BY id DESC LIMIT 2;
SELECT count(*) AS without_comment FROM pg_attribute WHERE attrelid = 'migrate.runs'::regclass AND attnum > 0 AND col_description(attrelid, attnum) IS NULL;
DROP TABLE shown;

-- plan() and dry_run() are of upgrade, and of the target that that has
SELECT migrate.revision('next', 'SELECT 1', 'SELECT 2', head => '{u2}', rev_id => 'v1');
SELECT migrate.stamp('aa05,cc02,dd01,u2', purge => true);
SELECT action, revision, version_after FROM migrate.plan('upgrade', 'heads');
SELECT action, revision FROM migrate.plan();
SELECT action, revision FROM migrate.plan('downgrade');
SELECT action, revision FROM migrate.plan('stamp', 'base');
SELECT revision, outcome FROM migrate.dry_run();
SELECT revision, outcome FROM migrate.dry_run('downgrade', 'u2@-1');
DROP FUNCTION node;
