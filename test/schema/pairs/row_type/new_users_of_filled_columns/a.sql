CREATE TABLE zr (a int, b text);
CREATE TABLE old_user (id int, x zr[]);
CREATE TABLE a_user (id int, x int);
