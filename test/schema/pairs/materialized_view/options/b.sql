CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE MATERIALIZED VIEW m WITH (fillfactor = 50) AS SELECT a FROM t;
