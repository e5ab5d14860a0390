CREATE SCHEMA x;
CREATE TABLE t (a int, b int, c text);
CREATE STATISTICS x.s ON a, b FROM t;
