SET check_function_bodies = off;
CREATE TABLE x (id int);
CREATE FUNCTION next_id() RETURNS bigint LANGUAGE sql AS $$ SELECT coalesce(max(id), 0) + 1 FROM public.t $$;
CREATE TABLE t (id bigint DEFAULT next_id(), CHECK (id > 0));
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS $$ SELECT public.g() $$;
CREATE FUNCTION g() RETURNS int LANGUAGE sql AS $$ SELECT public.f() $$;
CREATE TABLE u (a int DEFAULT f(), b int DEFAULT g());
