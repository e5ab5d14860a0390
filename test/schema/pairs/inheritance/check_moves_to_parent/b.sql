CREATE TABLE t (v int, note text);
CREATE TABLE child () INHERITS (t);
CREATE TABLE below () INHERITS (child);
ALTER TABLE t ADD CONSTRAINT positive CHECK (v > 0);
ALTER TABLE child ADD CONSTRAINT small CHECK (v < 100);
