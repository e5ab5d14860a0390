CREATE FUNCTION f() RETURNS bigint LANGUAGE sql AS 'SELECT 2::bigint';
CREATE FUNCTION ok(n int) RETURNS bool LANGUAGE sql AS 'SELECT n >= 0';
CREATE DOMAIN d AS int DEFAULT f() CHECK (ok(value));
CREATE TABLE t (id int, d d);
CREATE TABLE h (many d[]);
