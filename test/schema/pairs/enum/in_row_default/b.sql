CREATE TYPE e AS ENUM ('a', 'b');
CREATE TYPE r AS (x int, v e);
CREATE TABLE t (i int, c r DEFAULT '(1,b)');
