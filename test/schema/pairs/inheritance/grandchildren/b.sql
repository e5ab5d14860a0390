CREATE TABLE p (a int, b text, d date);
CREATE TABLE c () INHERITS (p);
CREATE TABLE g (h int) INHERITS (c);
