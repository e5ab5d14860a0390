CREATE DOMAIN dom AS text COLLATE "C";
CREATE TABLE t (id int, d dom);
