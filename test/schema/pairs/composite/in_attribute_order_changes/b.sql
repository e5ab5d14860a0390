CREATE TYPE r AS (y text, x bigint);
CREATE TYPE s AS (n int, r r);
CREATE TABLE u (i int, c s);
