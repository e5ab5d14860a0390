CREATE TABLE t (a int, b int);
CREATE FUNCTION no() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'ddl'; END $$;
CREATE EVENT TRIGGER et ON ddl_command_end EXECUTE FUNCTION no();
