CREATE TYPE ty AS (
	xx int, -- migrate: renamed from x
	y text
);
CREATE TABLE t OF ty;
CREATE TABLE p OF ty PARTITION BY LIST (xx);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
