CREATE TYPE ty;
CREATE FUNCTION ty_in(cstring) RETURNS ty LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ty_out(ty) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE ty (INPUT = ty_in, OUTPUT = ty_out, STORAGE = extended, CATEGORY = 'S');
CREATE TABLE t (a ty);
