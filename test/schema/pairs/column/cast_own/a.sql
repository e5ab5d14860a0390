CREATE TYPE m AS (x int, y int);
CREATE TYPE n AS (z text);
CREATE FUNCTION mn(m) RETURNS n LANGUAGE sql IMMUTABLE AS $$SELECT ROW('v' || ($1).x)::n$$;
CREATE CAST (m AS n) WITH FUNCTION mn(m);
CREATE TABLE t (i int, c m);
