CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX i ON t (a DESC NULLS LAST, b NULLS FIRST);
