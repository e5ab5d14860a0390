CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE UNIQUE INDEX i ON t (a);
