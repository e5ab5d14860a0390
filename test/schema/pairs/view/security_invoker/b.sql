CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE VIEW v WITH (security_invoker = true) AS SELECT a FROM t;
