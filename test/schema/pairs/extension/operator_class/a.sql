CREATE EXTENSION pg_trgm;
CREATE TABLE t (name text);
