CREATE TABLE r (a int, b text);
CREATE TYPE k AS (x int, y r);
CREATE TABLE t (id int, c k, d r, e k[]);
CREATE VIEW v AS SELECT c, (d).b FROM t;
