CREATE FUNCTION step(int, int) RETURNS int LANGUAGE sql AS $$ SELECT $1 + $2 $$;
