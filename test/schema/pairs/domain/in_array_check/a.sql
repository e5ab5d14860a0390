CREATE DOMAIN d AS int;
CREATE TABLE t (i int, c d[]);
