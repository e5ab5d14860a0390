CREATE TABLE t (id int, c int4range);
