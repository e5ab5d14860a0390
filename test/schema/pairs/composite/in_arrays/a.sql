CREATE TYPE c AS (i int, x text, gone int);
CREATE TYPE holder AS (n int, cs c[]);
CREATE DOMAIN many AS c[];
CREATE DOMAIN one AS c;
CREATE TABLE t (id int PRIMARY KEY, cs c[], h holder, hs holder[], m many, ones one[],
	CHECK ((cs[1]).i = 1 AND (cs[1]).x = '2' AND (cs[3]).x IS NULL AND array_length(cs, 1) = 3),
	CHECK (((h).cs[1]).x = '2' AND (((hs[1]).cs)[1]).x = '2' AND (m[1]).x = '2' AND (ones[2]).x = '2' AND ones[1] IS NOT DISTINCT FROM NULL));
CREATE TABLE u (cs c[] CHECK ((cs[2][3]).x = '2'), low c[] CHECK ((low[-1]).i = 1));
CREATE TABLE p (id int, cs c[] CHECK ((cs[1]).x = '2')) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE VIEW v AS SELECT (cs[1]).x FROM t;
