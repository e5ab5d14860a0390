CREATE FUNCTION g(int, int) RETURNS int LANGUAGE sql AS 'select $1';
CREATE AGGREGATE f(int) (SFUNC = g, STYPE = int);
CREATE FUNCTION h(int) RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION p(int) RETURNS int LANGUAGE sql AS 'select 1';
CREATE PROCEDURE w(int) LANGUAGE sql AS 'select 1';
CREATE VIEW v AS SELECT f(s), p(1), h(1) FROM generate_series(1,2) s;
COMMENT ON AGGREGATE f(int) IS 'aggregate';
GRANT EXECUTE ON FUNCTION f(int) TO pg_monitor;
GRANT EXECUTE ON PROCEDURE w(int) TO pg_monitor;
