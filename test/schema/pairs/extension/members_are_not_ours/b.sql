CREATE EXTENSION hstore;
CREATE TABLE t (a int, b int);
