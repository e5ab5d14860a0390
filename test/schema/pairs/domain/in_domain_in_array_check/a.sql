CREATE DOMAIN d AS int;
CREATE DOMAIN dd AS d;
CREATE DOMAIN da AS d[];
CREATE TABLE t (i int, c dd[], e da);
