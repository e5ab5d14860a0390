CREATE TYPE c AS (a int, b text);
CREATE TYPE e AS (a int, b text);
CREATE TABLE inner_t (id int, c c, e e);
CREATE TABLE outer_t (r inner_t, rs inner_t[]);
