CREATE DOMAIN d AS int;
CREATE TYPE r AS (x d, y text);
CREATE TABLE t (i int, c r);
