CREATE TABLE t (b text, a int);
CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql AS $$ SELECT * FROM public.t $$;
CREATE VIEW v AS SELECT x.p, x.q FROM f() x(p, q);
