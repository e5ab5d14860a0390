CREATE FUNCTION eq(int, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1::text = $2 $$;
CREATE FUNCTION eq2(text, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $2::text = $1 $$;
