CREATE DOMAIN d AS int CHECK (VALUE > 0);
CREATE DOMAIN dd AS d;
CREATE DOMAIN da AS d[];
CREATE TABLE t (i int, c dd[], e da);
