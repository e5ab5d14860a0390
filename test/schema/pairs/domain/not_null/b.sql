CREATE DOMAIN dom AS int NOT NULL;
CREATE TABLE t (id int, d dom);
