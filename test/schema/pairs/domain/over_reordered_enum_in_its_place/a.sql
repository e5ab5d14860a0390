CREATE TYPE e AS ENUM ('x', '1');
CREATE DOMAIN d AS e DEFAULT 'x' CHECK (length(VALUE::text) < 9);
CREATE TYPE k AS (a int, b e, c e);
CREATE TABLE t (i int, c1 e, c2 e, c3 d, c4 e[]);
CREATE FUNCTION f(d) RETURNS int LANGUAGE sql AS 'SELECT 1';
