CREATE FUNCTION f(a int, b int) RETURNS int LANGUAGE sql AS 'select $1';
CREATE VIEW v AS SELECT f(1, 2);
CREATE FUNCTION g(a anyelement, b anyelement DEFAULT 'x'::text) RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION h(a anyelement, b anyelement DEFAULT 1, c anyelement DEFAULT 3) RETURNS int LANGUAGE sql AS 'select 1';
CREATE FUNCTION k(a int, OUT b int, OUT d text) LANGUAGE sql AS $$select 1, ''$$;
CREATE VIEW vk AS SELECT * FROM k(1);
