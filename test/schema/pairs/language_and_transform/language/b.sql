CREATE TABLE keep ();
CREATE LANGUAGE other HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler VALIDATOR plpgsql_validator;
COMMENT ON LANGUAGE other IS 'again';
CREATE FUNCTION f() RETURNS int LANGUAGE other AS $$ BEGIN RETURN 1; END $$;
