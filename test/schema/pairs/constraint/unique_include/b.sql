CREATE TABLE t (a int NOT NULL, b int NOT NULL, c text);
ALTER TABLE t ADD UNIQUE (a) INCLUDE (b, c);
