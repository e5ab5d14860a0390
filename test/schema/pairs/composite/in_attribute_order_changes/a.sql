CREATE TYPE r AS (x int, y text);
CREATE TYPE s AS (n int, r r);
CREATE TABLE u (i int, c s);
