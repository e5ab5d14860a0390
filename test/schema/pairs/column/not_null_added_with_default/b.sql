CREATE TABLE t (id int PRIMARY KEY, w int, v text NOT NULL DEFAULT repeat('x', 3));
