CREATE TABLE keep ();
CREATE FUNCTION f(VARIADIC a int[] DEFAULT '{}', OUT n int) LANGUAGE sql AS $$ SELECT cardinality(a) $$;
