-- migrate: renamed from r1
CREATE TABLE n1 (a int PRIMARY KEY,
 bb int -- migrate: renamed from b
);
CREATE TABLE r2 (a int REFERENCES n1,
 CONSTRAINT cc CHECK (a > 0) -- migrate: renamed from c
);
CREATE TABLE r22 () INHERITS (r2);
CREATE TABLE r3 (aa int -- migrate: renamed from a
);
-- migrate: renamed from r3_i
CREATE INDEX r3_j ON r3 (aa);
CREATE TABLE r4 () INHERITS (r3);
CREATE TABLE r5 (a int, 
 bb int -- migrate: renamed from b
) PARTITION BY LIST (a);
CREATE TABLE r6 PARTITION OF r5 FOR VALUES IN (1);
CREATE TABLE r7 (a int); CREATE FUNCTION tr() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
-- migrate: renamed from t
CREATE TRIGGER tt AFTER INSERT ON r7 EXECUTE FUNCTION tr();
-- migrate: renamed from p
CREATE POLICY pp ON r7;
-- migrate: renamed from s
CREATE SEQUENCE ss;
-- migrate: renamed from v
CREATE VIEW vv AS SELECT a FROM r7; 
CREATE TYPE mood AS ENUM ('a', 
'bb' -- migrate: renamed from b
);
CREATE TABLE r8 (m mood);
CREATE TYPE ty AS (
 xx int -- migrate: renamed from x
);
CREATE TABLE r9 OF ty;
-- migrate: renamed from d
CREATE DOMAIN dd AS int CONSTRAINT dc CHECK (VALUE > 0); CREATE TABLE r10 (x dd); 
-- migrate: renamed from mv
CREATE MATERIALIZED VIEW mvv AS SELECT 1 AS a;
