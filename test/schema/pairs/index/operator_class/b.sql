CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX i ON t USING gin (c jsonb_path_ops);
