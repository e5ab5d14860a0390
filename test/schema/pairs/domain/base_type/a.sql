CREATE DOMAIN dom AS int;
CREATE TABLE t (id int, d dom);
