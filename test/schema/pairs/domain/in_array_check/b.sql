CREATE DOMAIN d AS int CHECK (VALUE > 0);
CREATE TABLE t (i int, c d[]);
