CREATE TABLE r (a int, b text);
CREATE TABLE t (id int, x r, gone r, z r);
CREATE TABLE dropped (x r[]);
CREATE VIEW v AS SELECT (x).a FROM t;
