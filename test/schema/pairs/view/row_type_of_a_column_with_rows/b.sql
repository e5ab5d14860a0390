CREATE TABLE t (id int, a int, b text);
CREATE VIEW v AS SELECT b, id FROM t;
CREATE TABLE u (id int, x v, xs v[]);
