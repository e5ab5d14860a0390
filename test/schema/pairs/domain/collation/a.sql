CREATE DOMAIN dom AS text;
CREATE TABLE t (id int, d dom);
