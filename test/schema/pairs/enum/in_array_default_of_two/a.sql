CREATE TYPE e AS ENUM ('a');
CREATE TABLE t (i int, c e[] DEFAULT '{a}');
