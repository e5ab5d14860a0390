CREATE TABLE t (a int, b int, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE child (own int, CONSTRAINT positive CHECK (a > 0)) INHERITS (t);
CREATE TABLE grandchild () INHERITS (child);
