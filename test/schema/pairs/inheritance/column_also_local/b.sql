CREATE TABLE p (a int, b text);
CREATE TABLE c (x int, a int DEFAULT 9, b text) INHERITS (p);
