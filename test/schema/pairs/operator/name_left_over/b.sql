CREATE FUNCTION f(int, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
