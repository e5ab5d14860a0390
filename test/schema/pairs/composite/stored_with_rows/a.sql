CREATE TYPE c AS (a int, b text, d int);
CREATE TABLE t (id int, c c);
