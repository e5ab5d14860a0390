CREATE TABLE t (a int, b text, c jsonb, d timestamptz);
CREATE INDEX old_i ON t (a);
