CREATE TABLE r (a int, b text);
CREATE TABLE m (a int, b text);
CREATE TABLE t (id int, x m NOT NULL, y bigint, d int DEFAULT 4);
CREATE TABLE chain (y t, i int);
CREATE FOREIGN DATA WRAPPER w;
CREATE SERVER s FOREIGN DATA WRAPPER w;
CREATE FOREIGN TABLE ft (x text) SERVER s;
