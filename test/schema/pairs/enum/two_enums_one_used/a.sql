CREATE TYPE e AS ENUM ('a');
CREATE TYPE f AS ENUM ('x');
CREATE TABLE t (i int, c e, d f);
