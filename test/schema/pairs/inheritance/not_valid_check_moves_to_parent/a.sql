CREATE TABLE t (v int, note text);
CREATE TABLE child () INHERITS (t);
CREATE TABLE below () INHERITS (child);
ALTER TABLE child ADD CONSTRAINT positive CHECK (v > 0);
