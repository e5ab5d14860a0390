CREATE TABLE t (id int PRIMARY KEY, old text);
