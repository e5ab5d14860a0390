CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $x$select '$function$'::text || E'a\'b'$x$;
CREATE FUNCTION g() RETURNS text LANGUAGE sql SET search_path = '' AS 'select 1::text';
COMMENT ON FUNCTION f() IS E'it''s \\ a';
CREATE PROCEDURE p(INOUT a int, b int DEFAULT 3) LANGUAGE sql AS 'select 1';
CREATE FUNCTION v(VARIADIC a int[]) RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION o(a int = 1, b text = 'x;y') RETURNS int LANGUAGE sql STRICT AS 'select 1';
CREATE FUNCTION q("Arg x" int) RETURNS "char" LANGUAGE sql AS $$ select 'a'::"char" $$;
