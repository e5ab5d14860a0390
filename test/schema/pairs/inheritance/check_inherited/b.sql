CREATE TABLE p (a int CHECK (a > 0), b text);
CREATE TABLE c () INHERITS (p);
