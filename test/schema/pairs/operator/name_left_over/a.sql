CREATE FUNCTION f(int, bigint) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR ### (FUNCTION = f, LEFTARG = int, RIGHTARG = bigint, COMMUTATOR = @@#);
DROP OPERATOR ### (int, bigint);
