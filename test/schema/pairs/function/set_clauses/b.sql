CREATE FUNCTION f(a int) RETURNS int LANGUAGE sql SET search_path = '' SET work_mem = '64MB' AS $$ SELECT a $$;
