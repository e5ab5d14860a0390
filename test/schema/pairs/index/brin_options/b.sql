CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX i ON t USING brin (d) WITH (pages_per_range = 32, autosummarize = on);
