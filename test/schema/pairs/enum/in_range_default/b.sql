CREATE TYPE e AS ENUM ('a', 'b', 'c');
CREATE TYPE er AS RANGE (subtype = e);
CREATE TABLE t (i int, c er DEFAULT '[a,b]');
