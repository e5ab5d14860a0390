CREATE SCHEMA x;
CREATE FUNCTION x.diff(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'select 1.0::float8';
CREATE TYPE x.r AS RANGE (SUBTYPE = text, COLLATION = "C", SUBTYPE_DIFF = x.diff);
CREATE TABLE x.t (a x.r DEFAULT x.r('a', 'b'), b int);
INSERT INTO x.t VALUES ('[a,b)');
CREATE INDEX i ON x.t USING gist (a);
CREATE VIEW x.v AS SELECT lower(a) AS l, a FROM x.t;
CREATE FUNCTION x.f(a x.r) RETURNS x.r LANGUAGE sql AS 'select a';
