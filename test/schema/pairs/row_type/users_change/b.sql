CREATE TABLE r (a bigint, b text);
CREATE TABLE t (id int, x r, z text, made r);
CREATE TABLE added (x r[]);
CREATE INDEX ON t (((x).a));
CREATE VIEW v AS SELECT (x).a, (made).b FROM t;
