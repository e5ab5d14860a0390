CREATE TYPE r AS (x int);
CREATE TABLE t OF r;
CREATE TABLE u (c r, d r[]);
