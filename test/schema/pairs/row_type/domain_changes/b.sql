CREATE TABLE r (a bigint, b text);
CREATE DOMAIN d AS r DEFAULT NULL CHECK ((VALUE).b <> 'z');
CREATE DOMAIN da AS r;
CREATE TYPE k AS (x d);
CREATE TABLE t (id int, c k, d r, e d[], f da);
CREATE VIEW v AS SELECT c, (d).b FROM t;
CREATE FUNCTION f(d) RETURNS int LANGUAGE sql AS 'SELECT 1';
