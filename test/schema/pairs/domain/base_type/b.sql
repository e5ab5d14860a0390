CREATE DOMAIN dom AS bigint;
CREATE TABLE t (id int, d dom);
