CREATE TYPE mood AS ENUM ('a', 'b', 'c');
CREATE TABLE t (m mood);
CREATE MATERIALIZED VIEW m AS SELECT count(*), 'c'::mood AS one FROM t WHERE m = 'c' OR m > 'b';
