CREATE SCHEMA x;
CREATE FUNCTION x.diff(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'select 2.0::float8';
CREATE FUNCTION x.diff2(text, text) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'select 2.0::float8';
CREATE TYPE x.r AS RANGE (SUBTYPE = text, SUBTYPE_DIFF = x.diff2, MULTIRANGE_TYPE_NAME = x.mr);
CREATE TABLE x.t (a x.r DEFAULT x.r('a', 'b'), b int);
CREATE INDEX i ON x.t USING gist (a);
CREATE VIEW x.v AS SELECT lower(a) AS l, a FROM x.t;
CREATE FUNCTION x.f(a x.r) RETURNS x.r LANGUAGE sql AS 'select a';
CREATE TABLE x.t2 (m x.mr DEFAULT x.mr(x.r('a', 'b')));
