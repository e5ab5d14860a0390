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
\pset format unaligned
\pset tuples_only on
SELECT migrate.graph();
SELECT migrate.graph('dot');
SELECT migrate.graph('mermaid');
SELECT migrate.show('aa01');
SELECT migrate.show('aa04');
SELECT migrate.show('cc02,bb02');
SELECT migrate.show('current');
SELECT migrate.show('heads');
SELECT migrate.show('base');
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
SELECT current, heads, up_to_date, revisions, applied, pending, next_revision, last_action, last_revision, last_run_at <= now() AS last_run_at,
	last_role = current_user AS last_role, migrating_pid FROM migrate.status();
SELECT migrate.check_heads();
SELECT migrate.graph(NULL);
DROP FUNCTION node;
