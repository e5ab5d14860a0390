CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE VIEW v WITH (security_barrier) AS SELECT a FROM t;
