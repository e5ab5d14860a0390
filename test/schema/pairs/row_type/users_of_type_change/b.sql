CREATE TYPE k AS (x bigint, y text);
CREATE TABLE r (a bigint, c k);
CREATE TABLE t (id int, x r, ks text, kk r);
CREATE TABLE u OF k;
CREATE TABLE w (x u, y t[]);
