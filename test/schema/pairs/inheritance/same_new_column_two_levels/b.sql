CREATE TABLE p (id int, n int DEFAULT 1);
CREATE TABLE c (own int, id int, n int DEFAULT 2) INHERITS (p);
CREATE TABLE g (x int, n int NOT NULL DEFAULT 3) INHERITS (c);
