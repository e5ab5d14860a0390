CREATE DOMAIN d AS int NOT NULL;
CREATE TABLE t (i int, c d[]);
