CREATE DOMAIN d AS int CHECK (VALUE > 0);
CREATE TYPE r AS (x d, y text);
CREATE TABLE t (i int, c r);
