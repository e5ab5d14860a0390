CREATE TABLE r (a int, b text);
CREATE TABLE k (more text) INHERITS (r);
CREATE TABLE t (id int, x k, y r);
CREATE VIEW v AS SELECT (x).more, (y).b FROM t;
