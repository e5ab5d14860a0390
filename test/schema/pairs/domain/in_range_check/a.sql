CREATE DOMAIN d AS int;
CREATE TYPE dr AS RANGE (subtype = d);
CREATE TABLE t (i int, c dr);
