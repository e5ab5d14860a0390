CREATE TYPE ty;
CREATE FUNCTION ty_in(cstring) RETURNS ty LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION ty_out(ty) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION ty_recv(internal) RETURNS ty LANGUAGE internal STABLE STRICT AS 'textrecv';
CREATE FUNCTION ty_send(ty) RETURNS bytea LANGUAGE internal STABLE STRICT AS 'textsend';
CREATE TYPE ty (INPUT = ty_in, OUTPUT = ty_out, SEND = ty_send, STORAGE = extended, ANALYZE = array_typanalyze, TYPMOD_IN = varchartypmodin, TYPMOD_OUT = varchartypmodout);
CREATE TABLE t (a ty);
