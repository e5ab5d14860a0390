CREATE TABLE p (a int, b text);
CREATE TABLE q (b text, z int);
CREATE TABLE c () INHERITS (p);
