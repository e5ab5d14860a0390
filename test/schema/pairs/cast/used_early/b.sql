CREATE TABLE nothing (a int);
CREATE TYPE point_of AS (x int, y int);
CREATE TYPE color AS ENUM ('red', 'green');
CREATE FUNCTION point_of(int) RETURNS point_of LANGUAGE sql IMMUTABLE AS $$SELECT ($1, $1)::public.point_of$$;
CREATE FUNCTION color(int) RETURNS color LANGUAGE sql IMMUTABLE AS $$SELECT 'red'::public.color$$;
CREATE CAST (int AS point_of) WITH FUNCTION point_of(int) AS ASSIGNMENT;
CREATE CAST (int AS color) WITH FUNCTION color(int);
CREATE DOMAIN positive AS int CHECK ((VALUE::point_of).x > 0);
CREATE FUNCTION a_point(n int DEFAULT 2) RETURNS point_of LANGUAGE sql BEGIN ATOMIC SELECT n::point_of; END;
CREATE TABLE drawn (
    p point_of DEFAULT 1::point_of,
    c color DEFAULT 1::color,
    n positive,
    m int CHECK ((m::point_of) IS NOT NULL)
);
CREATE INDEX drawn_m ON drawn ((m::point_of));
CREATE VIEW drawn_as AS SELECT m::point_of AS p, m::color AS c FROM drawn;
