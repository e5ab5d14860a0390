CREATE TABLE r (a bigint, b text);
CREATE TYPE k AS (x bigint, y r);
CREATE TABLE t (id int, c k, d r, e k[]);
CREATE VIEW v AS SELECT c, (d).b FROM t;
