CREATE TABLE t (id int, k text, more date);
CREATE TABLE u (id int, one t);
CREATE TYPE pair AS (l t, n int);
CREATE TABLE w (id int, p pair, many t[]);
CREATE FUNCTION f(t) RETURNS text LANGUAGE sql AS 'SELECT $1.k';
CREATE VIEW v AS SELECT one, f(one) FROM u;
