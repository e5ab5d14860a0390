CREATE DOMAIN dom AS int DEFAULT 1;
CREATE TABLE t (id int, d dom);
