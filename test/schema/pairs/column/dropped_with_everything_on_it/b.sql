CREATE TABLE t (id int PRIMARY KEY, w int);
