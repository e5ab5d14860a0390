CREATE TYPE e AS ENUM ('a', 'c');
CREATE TYPE er AS RANGE (subtype = e);
CREATE TABLE t (i int, c er);
