CREATE DOMAIN dom AS int CHECK (VALUE > 0);
CREATE TABLE t (id int, d dom);
