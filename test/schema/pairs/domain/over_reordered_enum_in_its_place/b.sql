CREATE TYPE e AS ENUM ('1', 'x');
CREATE DOMAIN d AS e DEFAULT 'x' CHECK (length(VALUE::text) < 9);
CREATE DOMAIN fresh AS e CHECK (VALUE <> 'x');
CREATE TYPE inner_k AS (i int, f fresh);
CREATE TYPE k AS (a int, b d, c fresh);
CREATE TABLE t (i int, c1 d, c2 fresh, c3 e, c4 fresh[]);
CREATE TABLE u (i inner_k);
CREATE FUNCTION f(d) RETURNS int LANGUAGE sql AS 'SELECT 1';
