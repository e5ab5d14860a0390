CREATE TABLE p (id int);
CREATE TABLE c (own int);
CREATE TABLE g (x int) INHERITS (c);
