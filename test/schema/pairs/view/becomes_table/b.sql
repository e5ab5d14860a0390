CREATE TABLE t (id int, a int);
CREATE TABLE v (id int, a int);
CREATE VIEW w AS SELECT id FROM v;
