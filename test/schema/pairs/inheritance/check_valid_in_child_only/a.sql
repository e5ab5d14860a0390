CREATE TABLE base (n int);
CREATE TABLE child () INHERITS (base);
