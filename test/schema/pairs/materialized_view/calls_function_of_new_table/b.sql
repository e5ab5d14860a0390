SET check_function_bodies = off;
CREATE TABLE t (id int);
CREATE TABLE zz (id int, t text);
CREATE TYPE zc AS (a int);
CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ DECLARE x public.zc; BEGIN SELECT count(*) INTO x FROM public.zz; PERFORM public.zproc(); RETURN x.a; END $$;
CREATE FUNCTION zproc() RETURNS int LANGUAGE sql AS $$ SELECT 1 FROM public.zv $$;
CREATE VIEW zv AS SELECT id FROM zz;
CREATE MATERIALIZED VIEW m AS SELECT id, f() FROM t UNION ALL SELECT 1, f();
