CREATE TABLE p (i int, c int) PARTITION BY RANGE (c);
CREATE TABLE p1 (i int, c int);
CREATE INDEX mine ON p1 (i);
CREATE UNIQUE INDEX mine2 ON p1 (i, c);
