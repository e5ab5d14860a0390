CREATE TABLE t (a int, b text);
CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS $$ SELECT * FROM public.t $$;
CREATE VIEW v AS SELECT x.p, x.q FROM f() x(p, q);
