CREATE TABLE kept (id int);
CREATE TABLE t (id int PRIMARY KEY, name text);
