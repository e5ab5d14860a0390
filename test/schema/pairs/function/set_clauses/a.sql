CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql SET search_path = public, pg_temp AS $$ SELECT a $$;
