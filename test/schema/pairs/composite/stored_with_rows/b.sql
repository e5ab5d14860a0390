CREATE TYPE c AS (a bigint, b text, e int);
CREATE TABLE t (id int, c c);
