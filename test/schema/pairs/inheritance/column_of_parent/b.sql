CREATE TABLE p (a int, b text, n int DEFAULT 3);
CREATE TABLE c (x int) INHERITS (p);
