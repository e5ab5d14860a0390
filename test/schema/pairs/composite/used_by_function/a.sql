CREATE TYPE pair AS (a int, b text);
CREATE FUNCTION f(pair) RETURNS int LANGUAGE sql AS $$ SELECT ($1).a $$;
CREATE FUNCTION g() RETURNS SETOF pair LANGUAGE sql AS $$ SELECT 1, 'x' $$;
