CREATE TABLE t (a int, b int);
CREATE TABLE log (a int);
CREATE VIEW v AS SELECT a FROM t;
