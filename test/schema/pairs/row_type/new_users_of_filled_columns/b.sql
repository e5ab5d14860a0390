CREATE TABLE zr (a int, b text, g text GENERATED ALWAYS AS (b) STORED, i int GENERATED ALWAYS AS IDENTITY, n int DEFAULT 3);
CREATE TABLE old_user (id int);
CREATE TABLE a_user (id int, x int, new_x zr);
