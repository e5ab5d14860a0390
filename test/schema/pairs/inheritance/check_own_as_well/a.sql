CREATE TABLE t (a int, b int, CONSTRAINT positive CHECK (a > 0));
CREATE TABLE child (own int) INHERITS (t);
CREATE TABLE grandchild (CONSTRAINT positive CHECK (a > 0)) INHERITS (child);
