CREATE TABLE t (id int, n int);
CREATE TABLE child () INHERITS (t);
CREATE TABLE below () INHERITS (child);
