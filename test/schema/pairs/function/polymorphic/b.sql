CREATE TABLE keep ();
CREATE FUNCTION f(a anyelement, b anyarray) RETURNS anyarray LANGUAGE sql AS $$ SELECT b || a $$;
