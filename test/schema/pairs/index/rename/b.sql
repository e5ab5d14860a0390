CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX new_i ON t (a);
