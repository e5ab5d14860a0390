CREATE TABLE r (a int, b text);
CREATE MATERIALIZED VIEW m AS SELECT b, a::bigint AS a, 1 AS c FROM r;
CREATE VIEW v AS SELECT b, a::bigint AS a, 1 AS c FROM r;
CREATE TYPE k AS (i int, x m[]);
CREATE DOMAIN d AS m[];
CREATE TABLE t (id int, x m[] CHECK ((x[1]).b = '2' AND (x[1]).a = 1 AND (x[2]).a IS NULL), y k, ks k[], z d, CHECK (((y).x[1]).b = '2' AND ((ks[1]).x[1]).b = '2' AND (z[1]).b = '2'));
CREATE TABLE vs (x v[] CHECK ((x[1][2]).b = '2'), y v CHECK ((y).b = '2'));
