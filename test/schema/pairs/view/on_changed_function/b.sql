CREATE TABLE t (id int PRIMARY KEY, a int, b text);
CREATE FUNCTION f(int) RETURNS bigint LANGUAGE sql AS $$ SELECT $1::bigint $$;
CREATE VIEW v AS SELECT f(a) AS x FROM t;
