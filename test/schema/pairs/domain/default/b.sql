CREATE DOMAIN dom AS int DEFAULT 2;
CREATE TABLE t (id int, d dom);
