CREATE TYPE c AS (n text, b text, a bigint);
CREATE TABLE inner_t (c c, more text, id bigint);
CREATE TABLE outer_t (r inner_t, rs inner_t[]);
