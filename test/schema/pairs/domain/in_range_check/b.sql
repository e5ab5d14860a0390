CREATE DOMAIN d AS int CHECK (VALUE > 0);
CREATE TYPE dr AS RANGE (subtype = d);
CREATE TABLE t (i int, c dr);
