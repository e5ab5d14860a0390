-- The rows of tables OF types are values of columns; the types get attributes that are filled in each row.
CREATE DOMAIN with_check AS text CHECK (VALUE <> 'z');
CREATE DOMAIN with_default AS int DEFAULT 7;
CREATE TYPE checked AS (a int, b with_check);
CREATE TYPE filled AS (a int, b with_default);
CREATE TYPE empty AS (a int, b text);
CREATE TYPE several AS (a int, b with_check, c text);
CREATE TABLE of_checked OF checked;
CREATE TABLE of_filled OF filled (PRIMARY KEY (a));
CREATE TABLE of_empty OF empty;
CREATE TABLE of_several OF several;
CREATE TABLE also_of_several OF several (a DEFAULT 3);
CREATE TABLE holds (id int, c of_checked, f of_filled[], e of_empty, s of_several);
CREATE MATERIALIZED VIEW rows AS SELECT o AS v FROM of_filled o;
