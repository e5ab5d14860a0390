CREATE FUNCTION step(int, int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + $2 $$;
CREATE FUNCTION finish(int) RETURNS text LANGUAGE sql AS $$ SELECT $1::text $$;
CREATE AGGREGATE a_first(int) (SFUNC = step, STYPE = int, FINALFUNC = finish);
