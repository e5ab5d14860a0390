CREATE TYPE e AS ENUM ('open');
CREATE TABLE o (i int, c e);
CREATE TABLE j (i int);
