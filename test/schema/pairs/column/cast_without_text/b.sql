CREATE TABLE t (i int, c jsonb);
