CREATE TABLE p (a int, b text);
CREATE TABLE c (a int, b text, x int);
ALTER TABLE c INHERIT p;
