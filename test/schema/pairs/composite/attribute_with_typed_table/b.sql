CREATE TYPE r AS (x int, y text);
CREATE TABLE t OF r;
