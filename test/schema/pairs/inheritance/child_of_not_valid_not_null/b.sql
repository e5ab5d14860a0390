CREATE TABLE parent (a int);
CREATE TABLE child (b int) INHERITS (parent);
ALTER TABLE parent ADD CONSTRAINT there NOT NULL a NOT VALID;
