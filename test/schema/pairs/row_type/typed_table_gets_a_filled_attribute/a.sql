-- The rows of tables OF types are values of columns; the types get attributes that are filled in each row.
CREATE DOMAIN with_check AS text CHECK (VALUE <> 'z');
CREATE DOMAIN with_default AS int DEFAULT 7;
CREATE TYPE checked AS (a int);
CREATE TYPE filled AS (a int);
CREATE TYPE empty AS (a int);
CREATE TYPE several AS (a int);
CREATE TABLE of_checked OF checked;
CREATE TABLE of_filled OF filled (PRIMARY KEY (a));
CREATE TABLE of_empty OF empty;
CREATE TABLE of_several OF several;
CREATE TABLE also_of_several OF several (a DEFAULT 3);
INSERT INTO of_checked VALUES (1); INSERT INTO of_filled VALUES (1), (2); INSERT INTO of_several VALUES (5); INSERT INTO also_of_several VALUES (6);
CREATE TABLE holds (id int, c of_checked, f of_filled[], e of_empty, s of_several);
INSERT INTO holds VALUES (1, ROW(1), ARRAY[ROW(2)::of_filled], ROW(3), ROW(4));
CREATE MATERIALIZED VIEW rows AS SELECT o AS v FROM of_filled o;
