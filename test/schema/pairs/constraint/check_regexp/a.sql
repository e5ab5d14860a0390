CREATE TABLE t (a int NOT NULL, b int NOT NULL, c text);
ALTER TABLE t ADD CHECK (c ~ '^[a-z]+$');
