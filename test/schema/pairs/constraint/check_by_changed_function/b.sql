CREATE FUNCTION ok(y int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT y > 0 $$;
CREATE TABLE t (a int CHECK (ok(a)));
