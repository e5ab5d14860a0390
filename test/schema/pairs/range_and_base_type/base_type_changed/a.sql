CREATE TYPE ty;
CREATE FUNCTION ty_in(cstring) RETURNS ty LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ty_out(ty) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE ty (INPUT = ty_in, OUTPUT = ty_out, STORAGE = extended);
CREATE FUNCTION f(ty) RETURNS int LANGUAGE sql AS 'select 1';
CREATE VIEW v AS SELECT f('a'::ty);
COMMENT ON TYPE ty IS 'x';
COMMENT ON FUNCTION ty_in(cstring) IS 'y';
