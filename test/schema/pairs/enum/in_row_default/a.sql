CREATE TYPE e AS ENUM ('a');
CREATE TYPE r AS (x int, v e);
CREATE TABLE t (i int, c r);
