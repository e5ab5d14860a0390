-- What migrate.facts() of another database has told.  Apart from 10_tables.sql, since scripts that make those tables
-- do not make these; and not dumped, since it is no part of this database.

CREATE TABLE migrate.facts (
	schema_name text COLLATE "C",
	table_name  text COLLATE "C",
	bytes       bigint NOT NULL,
	rows        bigint NOT NULL,
	scans       bigint NOT NULL,
	writes      bigint NOT NULL,
	told_at     timestamptz NOT NULL,
	PRIMARY KEY (schema_name, table_name)
);
COMMENT ON TABLE migrate.facts IS 'sizes and use of the tables of another database, for migrate.review(); written by what migrate.facts() prints';
COMMENT ON COLUMN migrate.facts.schema_name IS 'schema of the table';
COMMENT ON COLUMN migrate.facts.table_name IS 'table or materialised view';
COMMENT ON COLUMN migrate.facts.bytes IS 'how large it is, with its partitions and children, without indexes';
COMMENT ON COLUMN migrate.facts.rows IS 'about how many rows it has; 0: not known';
COMMENT ON COLUMN migrate.facts.scans IS 'how often it was read since the statistics began';
COMMENT ON COLUMN migrate.facts.writes IS 'how many of its rows were written since then';
COMMENT ON COLUMN migrate.facts.told_at IS 'when migrate.facts() was called';

CREATE TABLE migrate.fact_statements (
	queryid     bigint NOT NULL,
	calls       bigint NOT NULL,
	role        text NOT NULL,
	search_path text,
	query       text
);
COMMENT ON TABLE migrate.fact_statements IS 'the statements that the application sends to another database, for migrate.impact() and migrate.usage(); written by what migrate.facts() prints';
COMMENT ON COLUMN migrate.fact_statements.queryid IS 'as pg_stat_statements has it';
COMMENT ON COLUMN migrate.fact_statements.calls IS 'how often it was sent';
COMMENT ON COLUMN migrate.fact_statements.role IS 'who sends it';
COMMENT ON COLUMN migrate.fact_statements.search_path IS 'of that role';
COMMENT ON COLUMN migrate.fact_statements.query IS 'the text, with parameters instead of constants; null: hidden from who called migrate.facts()';

-- How often the statements of this database were called, for revisions with a contract.  Not dumped either: the
-- identifiers mean nothing to another server.
CREATE TABLE migrate.query_seen (
	role     name NOT NULL,
	queryid  bigint NOT NULL,
	calls    bigint NOT NULL,
	since    timestamptz,
	grown_at timestamptz NOT NULL,
	PRIMARY KEY (role, queryid)
);
COMMENT ON TABLE migrate.query_seen IS 'how often each statement that pg_stat_statements has was called, and when that was last seen to grow; written by migrate.impact(), and by upgrade and deploy of revisions with a contract';
COMMENT ON COLUMN migrate.query_seen.role IS 'who sends the statement';
COMMENT ON COLUMN migrate.query_seen.queryid IS 'as pg_stat_statements has it';
COMMENT ON COLUMN migrate.query_seen.calls IS 'how often it was called, as last seen';
COMMENT ON COLUMN migrate.query_seen.since IS 'when pg_stat_statements began to count it; null before PostgreSQL 17';
COMMENT ON COLUMN migrate.query_seen.grown_at IS 'when another number of calls was last seen than before';
