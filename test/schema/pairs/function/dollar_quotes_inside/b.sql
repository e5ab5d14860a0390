CREATE TABLE keep ();
CREATE FUNCTION f() RETURNS text LANGUAGE plpgsql AS $outer$ BEGIN EXECUTE $$ SELECT 1; $$; RETURN E'a\\b''$'; END $outer$;
