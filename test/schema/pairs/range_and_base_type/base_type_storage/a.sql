CREATE TYPE ty;
CREATE FUNCTION ty_in(cstring) RETURNS ty LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ty_out(ty) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE ty (INPUT = ty_in, OUTPUT = ty_out, STORAGE = extended);
CREATE TYPE un;
CREATE FUNCTION un_in(cstring) RETURNS un LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION un_out(un) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE un (INPUT = un_in, OUTPUT = un_out, STORAGE = extended);
CREATE TABLE t (a ty);
