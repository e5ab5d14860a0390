CREATE TYPE e AS ENUM ('a', 'b');
CREATE TYPE f AS ENUM ('x', 'y');
CREATE TABLE t (i int, c e DEFAULT 'b', d f);
