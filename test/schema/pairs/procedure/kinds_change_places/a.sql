CREATE FUNCTION f(int) RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION g(int, int) RETURNS int LANGUAGE sql AS 'select $1';
CREATE AGGREGATE h(int) (SFUNC = g, STYPE = int);
CREATE PROCEDURE p(int) LANGUAGE sql AS 'select 1';
CREATE FUNCTION w(int) RETURNS int LANGUAGE sql AS 'select 1';
CREATE VIEW v AS SELECT f(1), w(1), h(s) FROM generate_series(1,2) s GROUP BY 1;
COMMENT ON FUNCTION f(int) IS 'function';
GRANT EXECUTE ON FUNCTION f(int) TO pg_monitor;
