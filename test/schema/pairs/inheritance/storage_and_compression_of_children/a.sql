CREATE TABLE t (id int, a text, b text, c text);
CREATE TABLE p (k int, a text) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TYPE row AS (a text, b text);
